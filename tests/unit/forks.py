# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that run in a process of their own each, as `ansible-test units` has it.

What a fork starts it has to end, and what it makes is lost to the others. So whatever is dear and the same for many
tests is made before the first of them is forked, or kept in a file.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

Made = TypeVar("Made")


# What the collection imports when it needs it, and each fork would import for itself.
_WANTED_BY_MANY = ("cryptography.hazmat.primitives.serialization", "msal", "requests")


class Shared:
    """What all tests share whose processes are forked: an emulator with those of one worker, files with all.

    run: what the workers of one run have in common.
    """

    def __init__(self, run: str) -> None:
        # Here: nothing before it is needed. It imports the collection, which the import of conftest.py makes possible.

        from tests.emulator.control import Emulator

        self.emulator: Emulator = Emulator.start()
        # Each fork makes a connection of its own.
        self.emulator.disconnect()
        self.folder = Path(tempfile.gettempdir()) / f"units-{run}"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._user = self.folder / f"user-{os.getpid()}"
        self._user.touch()

    def end(self) -> None:
        """The last one takes the files away."""
        self.emulator.stop()
        self._user.unlink()
        if not any(self.folder.glob("user-*")):
            shutil.rmtree(self.folder)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What the first fork that asks for it made; the others wait for it."""
        path = self.folder / name
        with (self.folder / f"{name}.lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                path.write_bytes(pickle.dumps(make()))
        made: Made = pickle.loads(path.read_bytes())
        return made


# None: all tests of a worker run in one process.
shared: Shared | None = None


def begin(config: pytest.Config) -> None:
    """To be called by each worker before its first test."""
    global shared
    if config.pluginmanager.hasplugin("ansible_forked") and not config.option.collectonly:
        for name in _WANTED_BY_MANY:
            importlib.import_module(name)
        # What is there by now no fork looks through for garbage: looking would make a copy of it for each of them.
        gc.collect()
        gc.freeze()
        alone = {"testrunuid": f"{os.getpid()}-{time.time_ns()}"}
        shared = Shared(getattr(config, "workerinput", alone)["testrunuid"])


def end() -> None:
    """To be called by each worker after its last test."""
    global shared
    if shared:
        shared.end()
    shared = None


def module_scope(*, config: pytest.Config, **_others: object) -> str:
    """For fixtures that start a process: as wide as can be without leaving it behind."""
    return "function" if config.pluginmanager.hasplugin("ansible_forked") else "module"
