# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module does the same inside the controller as in a process of its own: its options are those of its kind."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._job import ActionJob, InfoJob, ResourceJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import AuditJob, ConvergeJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_export import ExportJob
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller import job_of
from tests.integration.run import environment

from .collection import ALL_KINDS, BULK, INFO_KINDS, KINDS, MODULES, PACKAGE

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

OF_BULK = {"converge": ConvergeJob, "desired_state_info": ExportJob, "drift_info": AuditJob}
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


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_job(module: str) -> None:
    job = job_of(module)

    assert job.options is (BULK[module] if module in BULK else ALL_KINDS[module].options)
    assert type(job) is OF_BULK.get(
        module, ResourceJob if module in KINDS else InfoJob if module in INFO_KINDS else ActionJob
    )


def test_a_worker_imports_nothing_to_hand_a_task_over_and_a_bulk_call_is_imported_before(emulator: Emulator) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], env=environment(emulator), check=True, capture_output=True, text=True
    )

    assert done.stdout.splitlines() == ["[False, False]", "[True, True]"]
