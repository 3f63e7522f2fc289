# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example that users read does what it says: in examples/, in the modules' documentation, in README.md."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.demo import EXAMPLE, ansible, connection, environment
from tests.tools.stage import COLLECTION, ROOT, live_view

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

MODULES = sorted(path for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Plays and tasks are lists; other YAML, such as a requirements file, is a mapping.
README_EXAMPLES = [
    found
    for found in map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    if isinstance(found, list)
]
RECAP = re.compile(r"^localhost\s+: ok=(\d+)\s+changed=(\d+)\s", re.MULTILINE)
# Longer than any playbook here takes, so that one that hangs fails with what it printed.
TIMEOUT = 300


class Play:
    """ansible-playbook against the emulator; gives how many tasks were ok, and how many of these changed something."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        # Under ansible-test the repository lies where a collection belongs; elsewhere a link makes it so.
        installed = ROOT.parts[-3:] == COLLECTION.parts
        collections = ROOT.parents[2] if installed else live_view()
        self.variables = environment(collections, folder / "home", os.environ) | connection(emulator)

    def __call__(self, playbook: Path, *arguments: str) -> tuple[int, int]:
        done = subprocess.run(
            ansible("playbook", playbook.name, *arguments),
            cwd=playbook.parent,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, printed
        [(ok, changed)] = RECAP.findall(printed)
        return int(ok), int(changed)


@pytest.fixture
def play(emulator: Emulator, tmp_path: Path) -> Iterator[Play]:
    yield Play(emulator, tmp_path)
    # Ansible's folders are not worth keeping for those who look at what a failed test left.
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


def tasks_of(module: Path) -> list[dict[str, Any]]:
    """The tasks in the EXAMPLES of a module."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(name, "id", "") for name in node.targets] == ["EXAMPLES"]:
            found: list[dict[str, Any]] = yaml.safe_load(ast.literal_eval(node.value))
            return found
    return []


def as_playbook(content: list[dict[str, Any]], folder: Path) -> Path:
    """A playbook of these plays, or of these tasks."""
    header = {"name": "Example", "hosts": "localhost", "connection": "local", "gather_facts": False}
    plays = content if "hosts" in content[0] else [header | {"tasks": content}]
    playbook = folder / "playbook.yml"
    playbook.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return playbook


def test_example_contoso_converges_and_stays(emulator: Emulator, play: Play) -> None:
    ok, changed = play(EXAMPLE / "converge.yml")
    assert (ok, changed) == (2, 2)
    assert emulator.summary()["writes"] > 0

    emulator.clear_log()
    assert play(EXAMPLE / "converge.yml") == (2, 0)
    assert emulator.summary()["writes"] == 0


def test_example_contoso_writes_nothing_in_check_mode(emulator: Emulator, play: Play) -> None:
    assert play(EXAMPLE / "converge.yml", "--check", "--diff") == (2, 2)
    assert emulator.summary()["writes"] == 0


def test_example_contoso_refuses_another_tenant(emulator: Emulator, play: Play, tmp_path: Path) -> None:
    copied = tmp_path / "contoso"
    shutil.copytree(EXAMPLE, copied)
    playbook = copied / "converge.yml"
    text = playbook.read_text(encoding="utf-8")
    assert emulator.tenant_id in text
    playbook.write_text(text.replace(emulator.tenant_id, "99999999-2222-4333-8444-555555555555"), encoding="utf-8")

    with pytest.raises(AssertionError, match="99999999-2222-4333-8444-555555555555"):
        play(playbook)
    assert emulator.summary()["writes"] == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_examples_in_documentation_run_as_written(module: Path, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    tasks = tasks_of(module)
    assert any(f"powerops.powerplatform.{module.stem}" in task for task in tasks), "no example of this module"
    playbook = as_playbook(tasks, tmp_path)

    ok, changed = play(playbook)

    assert ok == len(tasks)
    # What only reads changes nothing; an example of the others that changes nothing shows nothing.
    assert (changed > 0) is not module.stem.endswith("_info")
    assert (emulator.summary()["writes"] > 0) is not module.stem.endswith("_info")


@pytest.mark.parametrize("example", README_EXAMPLES, ids=lambda example: example[0]["name"])
def test_examples_in_the_readme_run_and_stay(
    example: list[dict[str, Any]], emulator: Emulator, play: Play, tmp_path: Path
) -> None:
    playbook = as_playbook(example, tmp_path)
    play(playbook)
    emulator.clear_log()

    _ok, changed = play(playbook)

    assert changed == 0
    assert emulator.summary()["writes"] == 0


def test_the_readme_has_a_playbook() -> None:
    assert any("hosts" in example[0] for example in README_EXAMPLES)
