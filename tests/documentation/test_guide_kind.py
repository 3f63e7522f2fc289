# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever follows the guide "Add a kind in an hour" has a kind that passes; whoever leaves a step out is told."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tools.add_a_kind import FILES, Edit, StaleStepError, Step, environment, example_files, lay_over, make, steps
from tests.tools.stage import ROOT, clean_copy, live_view

KIND = "environment_group"
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_add_a_kind.rst"
STEPS = {step.name: step for step in steps()}
EVERY_STEP = pytest.mark.parametrize("name", STEPS)
# Nothing of the kind can be read without them.
NEEDED = frozenset({"operations", "kind", "catalog", "module"})
# Of the tests that look at all kinds and name none, those that are quick.
OF_ALL_KINDS = (
    "tests/unit/completeness/test_layers.py",
    "tests/unit/completeness/test_vendor_parameters.py",
    "tests/unit/roles",
    "tests/unit/action/test_complete.py",
)


class Block(NamedTuple):
    """Code that the guide shows. files: those that it says it is of."""

    step: str
    files: tuple[str, ...]
    text: str


def _blocks() -> Iterator[Block]:
    """The code of each step: what has a caption. The comments that begin a step are seen by nobody else."""
    _before, *parts = re.split(r"^\.\. step: (\w+)\n", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        for caption, text in re.findall(
            r"^\.\. code-block:: \w+\n   :caption: (.+)\n\n((?:   .*\n|\n)+)", part, flags=re.MULTILINE
        ):
            yield Block(name, tuple(caption.split(", ")), textwrap.dedent(text).strip("\n"))


BLOCKS = list(_blocks())
# What the guide has its readers run in the tree. `make` does more of the same, in an environment of its own.
COMMANDS = [
    command
    for command in re.findall(r"^   \$ (python -m .+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    if "add_a_kind" not in command  # makes the copy that the others are run in
]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which somebody followed the whole guide."""
    tree = clean_copy(tmp_path_factory.mktemp("followed"))
    lay_over(tree, steps())
    make(tree, steps())
    live_view(tree)
    return tree


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """In the environment that `make` makes for that tree."""
    variables = {**environment(), "ANSIBLE_COLLECTIONS_PATH": str(tree / ".cache" / "live")}
    program = Path(sys.executable).with_name(command[0])
    return subprocess.run(
        [str(program), *command[1:]], cwd=tree, env=variables, check=False, capture_output=True, text=True
    )


def run_pytest(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    live_view(tree)
    return run(tree, "python", "-m", "pytest", "-q", *arguments)


# -- the guide shows the example ---------------------------------------------------------------------------------------


def test_the_guide_has_the_steps_in_their_order() -> None:
    assert re.findall(r"^\.\. step: (\w+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE) == list(STEPS)


def test_every_file_of_the_example_is_of_a_step() -> None:
    laid = [name for name in example_files() if any(_has(step, name) for step in STEPS.values())]

    assert laid == example_files()


def _has(step: Step, name: str) -> bool:
    return any(name == file or name.startswith(f"{file}/") for file in step.files)


@pytest.mark.parametrize("block", [pytest.param(block, id=f"{block.step}-{block.files[0]}") for block in BLOCKS])
def test_what_the_guide_shows_stands_in_the_example(block: Block) -> None:
    step = STEPS[block.step]

    for file in block.files:
        if _has(step, file):
            assert _is_part(block.text, (FILES / file).read_text(encoding="utf-8")), f"not in examples/: {file}"
        else:
            assert any(_shows(block, edit) for edit in step.edits if edit.file == file), f"not in steps.yml: {file}"


def _is_part(text: str, whole: str) -> bool:
    """Whether lines stand in a file one below the other, further in or not."""
    wanted, lines = text.splitlines(), whole.splitlines()
    count = len(wanted)
    return any(
        textwrap.dedent("\n".join(lines[start : start + count])).splitlines() == wanted
        for start in range(len(lines) - count + 1)
    )


def _shows(block: Block, edit: Edit) -> bool:
    """Whether a block is what somebody has to write, and where that belongs: of several files a sentence says so."""
    if edit.file not in block.files:
        return False
    if len(block.files) > 1 or not edit.below:
        return block.text == edit.added
    lines, count = block.text.splitlines(), 2 * len(edit.below)
    around = [line.strip() for line in lines[:count]]
    return "\n".join([*around, textwrap.dedent("\n".join(lines[count:]))]) == edit.shown


@EVERY_STEP
def test_the_guide_shows_what_a_step_writes(name: str) -> None:
    step = STEPS[name]
    blocks = [block for block in BLOCKS if block.step == name]
    files = [file for block in blocks for file in block.files]

    for file in step.files:
        assert any(shown.startswith(file) for shown in files), f"nothing of {file}"
    for edit in step.edits:
        assert any(_shows(block, edit) for block in blocks), f"an edit of {edit.file}: {edit.added}"


@EVERY_STEP
def test_the_guide_says_what_fails_without_a_step(name: str) -> None:
    after = GUIDE.read_text(encoding="utf-8").partition(f"\n.. step: {name}\n")[2].partition("\n.. step: ")[0]

    for test in STEPS[name].fails_without:
        assert f"``{test.partition('::')[2].partition('[')[0]}``" in after


# -- who follows it has a kind -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_what_the_guide_runs_on_the_way_passes_in_the_end(followed: Path, command: str) -> None:
    done = run(followed, *command.split())

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[1-9]\d* passed|^passed  ", done.stdout, re.MULTILINE), done.stdout


def test_what_looks_at_all_kinds_at_once_passes(followed: Path) -> None:
    """Each test that notices a step is among them."""
    noticing = sorted({test for step in STEPS.values() for test in step.fails_without})

    done = run_pytest(followed, "-rp", *OF_ALL_KINDS, *noticing)

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(noticing) <= set(re.findall(r"^PASSED (\S+)", done.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--no-cache"),
        ("ruff", "format", "--no-cache", "--check"),
        ("mypy",),
        ("yamllint", "--strict", "meta", "roles/converge", "roles/drift_audit", f"tests/integration/targets/{KIND}"),
        ("ansible-lint", "--offline", "--nocolor", f"tests/integration/targets/{KIND}"),
    ],
    ids=lambda command: command[0] if len(command) < 3 else " ".join(command[:2]),
)
def test_the_linters_have_nothing_to_say(followed: Path, command: Sequence[str]) -> None:
    if not Path(sys.executable).with_name(command[0]).exists():
        pytest.skip(f"{command[0]} is not installed beside this Python; make lint installs it")

    done = run(followed, *command)

    assert done.returncode == 0, done.stdout + done.stderr


# -- who leaves a step out is told -------------------------------------------------------------------------------------


def _without(left_out: Sequence[str], folder: Path) -> Path:
    """A copy of the tree in which somebody did everything but these steps."""
    tree = clean_copy(folder)
    kept = [step for step in STEPS.values() if step.name not in left_out]
    lay_over(tree, kept)
    if not set(left_out) & NEEDED:
        make(tree, kept)
    return tree


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_step_that_others_need_is_noticed(name: str, tmp_path: Path) -> None:
    """Its own test fails, or cannot even be read."""
    done = run_pytest(_without([name], tmp_path), *STEPS[name].fails_without)

    assert re.search(r"^1 (failed|error) in", done.stdout, re.MULTILINE), done.stdout + done.stderr


@pytest.mark.parametrize("part", [0, 1])
def test_a_step_that_stands_alone_is_noticed(part: int, tmp_path: Path) -> None:
    """Half of them left out at once: their own tests fail, and those of the other half do not."""
    alone = [name for name in STEPS if name not in NEEDED]
    left_out = alone[part::2]
    tests = {name: set(STEPS[name].fails_without) for name in alone}

    done = run_pytest(_without(left_out, tmp_path), *sorted(set().union(*tests.values())))

    failed = set(re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE))
    assert failed == set().union(*(tests[name] for name in left_out)), done.stdout + done.stderr


def test_an_edit_without_a_place_says_what_to_mend() -> None:
    edit = STEPS["meta"].edits[0]

    assert "    - environment_group\n    - environment_info\n" in edit.applied(
        (ROOT / edit.file).read_text(encoding="utf-8")
    )
    with pytest.raises(StaleStepError, match=r"meta/runtime.yml does not say 'action_groups:' any more\. Mend"):
        edit.applied("---\nplugin_routing:\n")
