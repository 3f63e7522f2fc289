# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module does the same inside the controller as in a process of its own: its options are those of its kind."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._job import ActionJob, InfoJob, ResourceJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import AuditJob, ConvergeJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_export import ExportJob
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller import job_of

from .collection import ALL_KINDS, BULK, INFO_KINDS, KINDS, MODULES

OF_BULK = {"converge": ConvergeJob, "desired_state_info": ExportJob, "drift_info": AuditJob}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_job(module: str) -> None:
    job = job_of(module)

    assert job.options is (BULK[module] if module in BULK else ALL_KINDS[module].options)
    assert type(job) is OF_BULK.get(
        module, ResourceJob if module in KINDS else InfoJob if module in INFO_KINDS else ActionJob
    )
