# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where what does the work inside the controller is imported."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.integration.run import environment

from .collection import PACKAGE

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

# Prints of a worker, and then of Ansible's first process, whether what does the work came with the action.
LOADING = f"""
import multiprocessing, sys
from importlib import import_module
from ansible.plugins.loader import init_plugin_loader

def load():
    import_module("ansible_collections.powerops.powerplatform.plugins.action.converge")
    print([name in sys.modules for name in ("requests", "{PACKAGE}._job_bulk")], flush=True)

init_plugin_loader()
worker = multiprocessing.get_context("fork").Process(target=load)
worker.start()
worker.join()
load()
"""


def test_a_worker_imports_nothing_to_hand_a_task_over_and_a_bulk_call_is_imported_before(emulator: Emulator) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], env=environment(emulator), check=True, capture_output=True, text=True
    )

    assert done.stdout.splitlines() == ["[False, False]", "[True, True]"]
