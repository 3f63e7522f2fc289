# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever follows a guide gets what it says."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tools.stage import ROOT

from .guide import Change, Command, File, GuideError, Reader, steps

if TYPE_CHECKING:
    from tests.emulator.control import Emulator
    from tests.unit.play import Play

GUIDES = sorted((ROOT / "docs" / "docsite" / "rst").glob("guide_*.rst"))
SAMPLE = """\
.. code-block:: yaml
   :caption: folder/first.yml

   ---
   key:
     - value

.. changed by hand: [{"change": "set_flow",
   "state": "Stopped"}]

.. fails: 3

.. code-block:: console

   $ cat folder/first.yml
   key:
   ...
     - v...e
   $ [ -n "${KEPT-}" ] || \\
     exit 3

Text.

.. not run: it takes a user

#. A list.

.. code-block:: yaml

   an: illustration
"""


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guide_does_what_it_says(guide: Path, emulator: Emulator, play: Play, tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    # Readers that need one have a clone beside their files.
    (folder / "powerplatform").symlink_to(ROOT)
    # Readers have an environment of their own, with the collection installed, and no settings but those of the guide.
    variables = {name: value for name, value in play.variables.items() if name != "ANSIBLE_CONFIG"}
    variables["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    variables["HOME"] = str(tmp_path / "home")
    with Reader(folder, variables) as reader:
        for step in steps(guide.read_text(encoding="utf-8")):
            match step:
                case File():
                    reader.save(step)
                case Change():
                    emulator.change(step.changes)
                case Command():
                    reader.run(step)


def test_steps_are_taken_as_they_stand() -> None:
    text = SAMPLE.replace(".. not run: it takes a user\n\n#. A list.\n", "")

    assert steps(text) == [
        File("folder/first.yml", "---\nkey:\n  - value\n"),
        Change([{"change": "set_flow", "state": "Stopped"}]),
        Command(15, "cat folder/first.yml", ("key:", "...", "  - v...e")),
        Command(19, '[ -n "${KEPT-}" ] || \\\n  exit 3', (), 3),
    ]


def test_a_comment_that_marks_nothing_is_told() -> None:
    with pytest.raises(GuideError, match="line 26: a console block has to follow"):
        steps(SAMPLE)


def test_what_is_marked_is_not_run() -> None:
    assert steps(".. not run: no user here\n\n.. code-block:: console\n\n   $ exit 1\n") == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (Command(1, "false", ()), "ended with 1, not with 0"),
        (Command(1, "true", (), 2), "ended with 0, not with 2"),
        (Command(1, "exit 4", ()), "ended with no status"),
        (Command(1, "echo two; echo one", ("one", "two")), "did not print .*: two"),
        (Command(1, "echo one", ("on",)), "did not print .*: on"),
    ],
)
def test_what_differs_from_the_guide_is_told(command: Command, told: str, tmp_path: Path) -> None:
    with Reader(tmp_path, os.environ) as reader, pytest.raises(GuideError, match=told):
        reader.run(command)


def test_one_shell_serves_the_whole_guide(tmp_path: Path) -> None:
    with Reader(tmp_path, os.environ) as reader:
        reader.save(File("in/it.txt", "one\ntwo\n"))
        reader.run(Command(1, "export KEPT=kept; cd in", ()))
        reader.run(Command(1, "cat; echo $KEPT; cat it.txt >&2", ("kept", "...", "two")))


def test_what_runs_in_the_background_ends_with_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    with Reader(tmp_path, os.environ) as reader:
        # Opened by the shell itself, so that the command does not end before it is.
        reader.run(Command(1, "exec 9> held; sleep 600 >&9 2>&1 & exec 9>&-", ()))
        assert select.select([held], [], [], 0)[0] == []

    # The other end of the pipe is closed by the death of whoever has it.
    assert select.select([held], [], [], 60)[0] == [held]
    os.close(held)
