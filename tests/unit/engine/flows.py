# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of flows share: ids of contoso, definitions, declarations as users give them."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import (
    flow,
    flow_owners,
    flow_run_only_users,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE, request, things

Json = dict[str, Any]

FLOW = flow.KIND
OWNERS = flow_owners.KIND
RUN_ONLY = flow_run_only_users.KIND

# Of Finance Production. Ada made all of them.
RUNNING = "f0000000-0000-4000-8000-000000000011"  # Nightly stock export; Kim edits, Finance Readers run it
STOPPED = "f0000000-0000-4000-8000-000000000012"  # Month end report
APPROVAL = "f0000000-0000-4000-8000-000000000015"  # Solution approval: in a solution, turned off
APPROVAL_ROW = "fd000000-0000-4000-8000-000000000015"
UNBOUND = "f0000000-0000-4000-8000-000000000016"  # in a solution as well
BUTTON = "f0000000-0000-4000-8000-000000000017"  # Lou edits, Lee and somebody who is gone run it, and a list is shared
RETIRED = "f0000000-0000-4000-8000-000000000018"  # Retired digest, deleted last week; Lee edits
PURGED = "f0000000-0000-4000-8000-000000000019"  # deleted longer ago than a restore reaches
LIST = "https://contoso.example/sites/finance/fe000000-0000-4000-8000-000000000017"

# Of Finance Sandbox.
ONBOARDING = "f0000000-0000-4000-8000-000000000022"  # in a solution, with a connection reference; Kim's, Ada edits
ONBOARDING_ROW = "fd000000-0000-4000-8000-000000000022"
REVIEW_ROW = "fd000000-0000-4000-8000-000000000023"  # in a solution, never started: it goes by the id of its row
REVIEW = "f0000000-0000-4000-8000-000000000023"  # what its first start makes of it
INTAKE = "f0000000-0000-4000-8000-000000000027"  # Ada's, with steps and connections
HANDOVER = "f0000000-0000-4000-8000-000000000029"  # Invoice Bot and Jörg edit
CLAIM = "f0000000-0000-4000-8000-00000000002a"  # Lee, Jörg and two groups run it

DAILY: Json = {"Recurrence": {"type": "Recurrence", "recurrence": {"frequency": "Day", "interval": 1}}}
DEFINITION: Json = {"triggers": DAILY, "actions": {"Greet": {"type": "Compose", "inputs": "Good morning"}}}
OTHER_DEFINITION: Json = {"triggers": DAILY, "actions": {"Greet": {"type": "Compose", "inputs": "Good evening"}}}
# A flow that reads a database by a connection, or by a connection reference.
CONNECTED: Json = {
    "triggers": DAILY,
    "actions": {
        "Rows": {
            "type": "OpenApiConnection",
            "inputs": {"host": {"connectionName": "shared_sql", "operationId": "GetItems_V2"}, "parameters": {}},
        }
    },
}


def cloud_flow(name: str, environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of a flow."""
    return request(FLOW, environment=environment, flow=name, **options)


def owners(name: str, *principals: Json, environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of co-owners."""
    return request(OWNERS, environment=environment, flow=name, assignments=list(principals), **options)


def run_only(name: str, *principals: Json, environment: str = FINANCE, **options: Any) -> Request:
    """A declaration of run-only users."""
    return request(RUN_ONLY, environment=environment, flow=name, assignments=list(principals), **options)


def named(emulator: Emulator, name: str) -> list[Json]:
    """All flows of a display name that are there now."""
    return [item for item in things(emulator, "flows").values() if item["name"] == name and not is_gone(item)]


def is_gone(item: Json) -> bool:
    """Whether a flow was deleted, or goes by another id since its first start."""
    return item.get("state") == "Deleted" or bool(item.get("gone"))


def paths(emulator: Emulator, *, writes: bool = True) -> list[str]:
    """Method and end of the path of all that was sent."""
    return [f"{entry['method']} {entry['path'].rpartition('/')[2]}" for entry in emulator.log(writes=writes)]
