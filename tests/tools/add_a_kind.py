# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example of the guide "Add a kind in an hour", laid over a copy of the tree.

    python -m tests.tools.add_a_kind FOLDER   follow the guide in a copy below FOLDER, print the copy's own folder

What the example consists of stands in examples/add_a_kind: `files/` has what is new, and `steps.yml` each step of the
guide with the lines that it adds to files that are there already.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.tools.stage import ROOT, clean_copy

EXAMPLE = ROOT / "examples" / "add_a_kind"
FILES = EXAMPLE / "files"
STEPS = EXAMPLE / "steps.yml"
# In place of a version, which is another one after each release.
NEXT_VERSION = "NEXT_VERSION"


class StaleStepError(Exception):
    """An edit of the guide finds no place in the tree any more."""


class Edit(NamedTuple):
    """Lines that are added to a file, or a text that is replaced.

    below: lines, without the blanks around them, of which each is looked for below the one before it; the lines of
    `insert` come below the last of them, and `replace` is looked for from there on. Empty, from the beginning.
    above: a line that is looked for below these, where the lines of `insert` come above it.
    """

    file: str
    below: tuple[str, ...]
    above: str
    insert: str
    replace: str
    by: str

    @property
    def shown(self) -> str:
        """How the guide shows it: below the lines that tell where it belongs, with an ellipsis for what is between."""
        around = [line for wanted in self.below for line in (wanted, "...")]
        return "\n".join([*around, self.added])

    @property
    def added(self) -> str:
        """What it adds, without the blanks that all of its lines begin with."""
        return textwrap.dedent(self.insert or self.by).strip("\n")

    def applied(self, text: str) -> str:
        """The text with the edit. StaleStepError where there is no place for it."""
        lines = text.splitlines(keepends=True)
        place = 0
        for number, wanted in enumerate(self.below):
            place = self._line(lines, place, wanted, self.below[:number]) + 1
        if self.insert:
            place = self._line(lines, place, self.above, self.below) if self.above else place
            return "".join((*lines[:place], self.insert, *lines[place:]))
        rest = "".join(lines[place:])
        if self.replace not in rest:
            raise self._stale(self.replace, self.below)
        return "".join(lines[:place]) + rest.replace(self.replace, self.by, 1)

    def _line(self, lines: Sequence[str], start: int, wanted: str, passed: Sequence[str]) -> int:
        """The number of the first line from `start` on that says it."""
        for number in range(start, len(lines)):
            if lines[number].strip() == wanted:
                return number
        raise self._stale(wanted, passed)

    def _stale(self, wanted: str, passed: Sequence[str]) -> StaleStepError:
        place = f" below {' and '.join(map(repr, passed))}" if passed else ""
        return StaleStepError(
            f"{self.file} does not say {wanted!r}{place} any more. Mend the edit in "
            f"{STEPS.relative_to(ROOT).as_posix()}; docs/docsite/rst/guide_add_a_kind.rst may show the line as well."
        )


class Step(NamedTuple):
    """What one step of the guide does.

    fails_without: the tests that fail where it was left out. run: the modules that write what is made of the rest.
    """

    name: str
    fails_without: tuple[str, ...]
    files: tuple[str, ...]
    edits: tuple[Edit, ...]
    run: tuple[str, ...]


def steps() -> list[Step]:
    """The steps of the guide, in its order."""
    return [
        Step(
            name=str(entry["step"]),
            fails_without=tuple(entry["fails_without"]),
            files=tuple(entry.get("files", ())),
            edits=tuple(
                Edit(
                    file=str(edit["file"]),
                    below=tuple(edit.get("below", ())),
                    above=str(edit.get("above", "")),
                    insert=str(edit.get("insert", "")),
                    replace=str(edit.get("replace", "")),
                    by=str(edit.get("by", "")),
                )
                for edit in entry.get("edits", ())
            ),
            run=tuple(entry.get("run", ())),
        )
        for entry in yaml.safe_load(STEPS.read_text(encoding="utf-8"))
    ]


def example_files() -> list[str]:
    """Every new file of the example, by its path in the tree."""
    return sorted(path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file())


def lay_over(tree: Path, chosen: Sequence[Step]) -> None:
    """Does in a tree what steps of the guide write by hand."""
    version = str(yaml.safe_load((tree / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    for step in chosen:
        for name in _below(step.files):
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            text = (FILES / name).read_text(encoding="utf-8")
            # What comes with a beta of a version is new in that version.
            target.write_text(text.replace(NEXT_VERSION, version.partition("-")[0]), encoding="utf-8")
        for edit in step.edits:
            file = tree / edit.file
            file.write_text(edit.applied(file.read_text(encoding="utf-8")), encoding="utf-8")


def make(tree: Path, chosen: Sequence[Step]) -> None:
    """Runs in it what steps of the guide run."""
    for step in chosen:
        for module in step.run:
            subprocess.run([sys.executable, "-m", module], cwd=tree, env=environment(), check=True)


def environment() -> dict[str, str]:
    """For programs that are to see the tree in which they are started, and not the one that this process stands in."""
    leading_away = ("ANSIBLE_", "PYTEST_", "PYTHONPATH", "PYTHONPYCACHEPREFIX")
    return {name: value for name, value in os.environ.items() if not name.startswith(leading_away)}


def _below(names: Sequence[str]) -> Iterator[str]:
    """Files, and of folders all that is in them."""
    for name in names:
        if (FILES / name).is_dir():
            yield from (found for found in example_files() if found.startswith(f"{name}/"))
        else:
            yield name


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.add_a_kind")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    tree = clean_copy(folder)
    lay_over(tree, steps())
    make(tree, steps())
    print(tree)


if __name__ == "__main__":
    main()
