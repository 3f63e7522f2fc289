# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No flow is made twice, and none of its parts is lost, where the services do not show at once what was done."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import _flow_writes
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import DATABASE, FINANCE, KIM, LEE, one, request, run, statuses, things

SANDBOX = "e0000000-0000-4000-8000-000000000002"
DEFINITION = {
    "triggers": {"manual": {"type": "Request", "kind": "Http", "inputs": {"schema": {}}}},
    "actions": {"Note": {"type": "Compose", "inputs": "Done"}},
}


def test_a_flow_that_only_dataverse_shows_yet_is_not_made_again(emulator: Emulator) -> None:
    wanted = request(
        KINDS["flow"], environment=SANDBOX, flow="Slow one", definition=DEFINITION, solution="ContosoFinance"
    )
    emulator.faults([{"kind": "rp_delay", "reads": 60}])
    assert one(emulator, wanted).status == FAILED
    again = one(emulator, wanted)
    assert (again.status, again.changed) == (FAILED, False)
    assert isinstance(again.error, GuardError)
    made = [entry for entry in emulator.log(writes=True) if entry["path"].endswith("/workflows")]
    assert len(made) == 1


def test_people_of_a_flow_that_is_made_for_somebody_else_are_planned_on_fact(emulator: Emulator) -> None:
    requests = [
        request(
            KINDS["flow"],
            environment=SANDBOX,
            flow="New one",
            definition=DEFINITION,
            solution="ContosoFinance",
            owner_user="kim@contoso.example",
        ),
        request(KINDS["flow_owners"], environment=SANDBOX, flow="New one", assignments=[{"user": LEE}, {"user": KIM}]),
    ]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert statuses(run(emulator, *requests)) == [OK, OK]


def test_a_state_beside_a_new_flow_is_looked_at(emulator: Emulator) -> None:
    requests = [
        request(KINDS["flow"], environment=SANDBOX, flow="New one", definition=DEFINITION, initial_state="started"),
        request(KINDS["flow_state"], environment=SANDBOX, flow="New one", state="stopped"),
    ]
    assert statuses(run(emulator, *requests, name="delegated")) == [CHANGED, CHANGED]
    assert statuses(run(emulator, *requests, name="delegated")) == [OK, OK]


@pytest.mark.parametrize(
    ("client", "told", "untold"),
    [("delegated", "Look at it before running again", "is safe"), ("runner", "Running again is safe", "Look at it")],
)
def test_whether_a_creation_may_be_repeated_is_told_as_it_is(
    emulator: Emulator, client: str, told: str, untold: str
) -> None:
    """Dataverse shows at once what it made, by its name. The Flow service may not list a flow yet."""
    emulator.faults([{"kind": "drop", "when": "before", "match": {"method": "POST", "path": "/(flows|workflows)$"}}])
    outcome = one(emulator, request(KINDS["flow"], environment=SANDBOX, flow="New one", definition=DEFINITION), client)
    assert outcome.status == FAILED
    assert told in str(outcome.error)
    assert untold not in str(outcome.error)


@pytest.mark.parametrize("binds", [True, False])
def test_a_new_flow_that_is_not_seen_yet_is_bound_and_started_once_it_is(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, binds: bool
) -> None:
    monkeypatch.setattr(_flow_writes, "LAG", (0.01, 0.01, 0.01, 0.01))
    emulator.change([{"change": "set_environment", "environment": FINANCE, "create_binds": binds}])
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"method": "POST", "path": "/flows$"}}])
    host = {"connectionName": "shared_sql", "operationId": "GetItems_V2"}
    rows = {"type": "OpenApiConnection", "inputs": {"host": host, "parameters": {}}}
    wanted = request(
        KINDS["flow"],
        environment=FINANCE,
        flow="New one",
        definition={**DEFINITION, "actions": {"Rows": rows}},
        connection_references={"shared_sql": {"connector": "shared_sql", "connection": DATABASE}},
        initial_state="started",
    )
    outcome = one(emulator, wanted, "delegated")
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    [made] = [item for item in things(emulator, "flows").values() if item["name"] == "New one"]
    assert made.get("state", "Started") == "Started"
    assert made["connection_references"]["shared_sql"]["connectionName"] == DATABASE
    assert one(emulator, wanted, "delegated").status == OK
