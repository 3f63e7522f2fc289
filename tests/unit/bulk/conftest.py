# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bulk modules as Ansible runs them, in this process: options go in as JSON, and a result comes out as JSON."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from typing import Any, NamedTuple

import pytest
from ansible.module_utils import basic

from ansible_collections.powerops.powerplatform.plugins.module_utils import _job_bulk, _module
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import EXPENSES, FINANCE, RUNNING, TIMESHEETS
from tests.unit.given import give

Json = dict[str, Any]

JOBS = {"converge": _job_bulk.ConvergeJob, "drift_info": _job_bulk.AuditJob}
# Where roles of Expenses and the state of a flow stand in a report.
PERMISSIONS = f"environments/{FINANCE}/apps/{EXPENSES}/permissions"


class Ended(NamedTuple):
    """How a module ended. printed: everything that it printed. logged: what it told the log of the system."""

    result: Json
    printed: str
    logged: str

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def statuses(self) -> list[str]:
        return [row["status"] for row in self.result["outcomes"]]


def run_module(
    module: str,
    emulator: Emulator,
    resources: Any,
    *,
    check_mode: bool = False,
    diff: bool = True,
    client: str = "runner",
    **options: Any,
) -> Ended:
    """Runs a bulk module with these options, logged in as one of the emulator's clients."""
    reach = {"base_url": emulator.base_url, "ca_path": emulator.ca_path, **emulator.credentials(client)}
    internal = {"_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_verbosity": 4}
    logged: list[str] = []
    warned: list[str] = []
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        give(patch, {**reach, "resources": resources, **options, **internal})
        # Where Ansible itself is imported, as here, warnings go to its display and not into the result.
        patch.setattr(basic.AnsibleModule, "warn", lambda _self, warning, **_more: warned.append(str(warning)))
        patch.setattr(basic.AnsibleModule, "log", lambda _self, msg, **_more: logged.append(str(msg)))
        with redirect_stdout(printed), pytest.raises(SystemExit):
            _module.run(JOBS[module]())
    text = printed.getvalue()
    return Ended({**json.loads(text), "warnings": warned}, text, "\n".join(logged))


def converge(emulator: Emulator, *resources: Json, **options: Any) -> Ended:
    """The module `converge`."""
    return run_module("converge", emulator, list(resources), **options)


def audit(emulator: Emulator, *resources: Json, **options: Any) -> Ended:
    """The module `drift_info`. Nothing that it does is a write."""
    written = len(emulator.log(writes=True))
    ended = run_module("drift_info", emulator, list(resources), **options)
    assert len(emulator.log(writes=True)) == written
    assert ended.result["api_calls"]["write"] == 0
    return ended


def roles(*assignments: Json, app: str = EXPENSES, environment: str = FINANCE, **options: Any) -> Json:
    """An item about roles on an app."""
    place = {"environment": environment, "app": app}
    return {"kind": "powerapp_role", **place, "assignments": list(assignments), **options}


def holds(user: str, role: str = "CanView") -> Json:
    """A user with a role."""
    return {"user": user, "role": role}


def flow(state: str = "stopped", flow_id: str = RUNNING, environment: str = FINANCE, **options: Any) -> Json:
    """An item about the state of a flow."""
    return {"kind": "flow_state", "environment": environment, "flow": flow_id, "state": state, **options}


def owner(user: str, app: str = TIMESHEETS, **options: Any) -> Json:
    """An item about the owner of an app."""
    return {"kind": "powerapp", "environment": FINANCE, "app": app, "owner": user, **options}


def accepting(**entry: Any) -> Json:
    """An entry of accepted_drift."""
    told = {"owner": "ada@contoso.example", "reason": "Until the year is closed", "expires": "2999-12-31"}
    return {**told, **entry}


def categories(ended: Ended) -> list[tuple[str, bool]]:
    """The categories of all findings, and whether each was accepted."""
    return [(row["category"], row["accepted"] is not None) for row in ended.result["findings"]]
