# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every unit test stands on: the collection can be imported, and an emulated tenant is one fixture away."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.emulator.control import Emulator
    from tests.unit.play import Play

ROOT = Path(__file__).resolve().parents[2]

# pytest's own configuration does this too, but ansible-test brings another one.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / ".cache" / "hypothesis"))


if importlib.util.find_spec("ansible_collections") is None:
    from ansible.plugins.loader import init_plugin_loader

    from tests.tools.stage import live_view

    # Ansible's own loader, as under ansible-test: a plain path on sys.path would serve imports, but plugins that are
    # loaded by name would no longer find what was imported before them.
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(live_view(ROOT))
    init_plugin_loader([os.environ["ANSIBLE_COLLECTIONS_PATH"]])


def pytest_configure(config: pytest.Config) -> None:
    """ansible-test runs each test in a process of its own, for the sake of tests that leave something behind. None here
    may, as they share a process under any other pytest, and ten thousand processes would take minutes."""
    if config.pluginmanager.hasplugin("ansible_forked"):
        config.pluginmanager.unregister(name="ansible_forked")


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[Emulator]:
    """An emulated tenant as the test before left it: for property tests, which reset it for each example."""
    from tests.emulator.control import Emulator

    with Emulator.start() as running:
        yield running


@pytest.fixture
def emulator(running_emulator: Emulator) -> Emulator:
    """The contoso tenant as its file says, without faults, with an empty log."""
    running_emulator.reset()
    return running_emulator


@pytest.fixture
def play(emulator: Emulator, tmp_path: Path) -> Iterator[Play]:
    """Runs playbooks against this tenant."""
    from tests.unit.play import Play

    yield Play(emulator, tmp_path)
    # Ansible's folders are not worth keeping for those who look at what a failed test left.
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
