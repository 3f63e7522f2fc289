# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New flows: made turned off, bound to their connections, started then; and never two of them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    ServiceError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import DATABASE, FINANCE, SANDBOX, flow, one, rows, run, statuses
from tests.unit.engine.flows import CONNECTED, DEFINITION, cloud_flow, named, paths

Json = dict[str, Any]

BY_CONNECTION = {"shared_sql": {"connector": "shared_sql", "connection": DATABASE}}
BLOBS: Json = {
    "triggers": DEFINITION["triggers"],
    "actions": {
        "List": {
            "type": "OpenApiConnection",
            "inputs": {"host": {"connectionName": "shared_azureblob", "operationId": "ListFolder_V4"}},
        }
    },
}
BY_REFERENCE = {"shared_azureblob": {"connector": "shared_azureblob", "connection_reference": "cr736_receipts"}}
UNBOUND = {"shared_azureblob": {"connector": "shared_azureblob", "connection_reference": "cr736_missing"}}
# The two routes: who takes them, where, and what finishes a new flow that is to be started.
ROUTES: dict[str, tuple[str, str, str]] = {
    "dataverse": ("runner", SANDBOX, "workflows"),
    "flow_service": ("delegated", FINANCE, "flows"),
}


@pytest.fixture(params=sorted(ROUTES))
def route(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def connected(route: str, **options: Any) -> Any:
    """A new flow with a connection."""
    _client, environment, _path = ROUTES[route]
    content = {"definition": CONNECTED, "connection_references": BY_CONNECTION}
    if route == "dataverse":
        content = {"definition": BLOBS, "connection_references": BY_REFERENCE}
    return cloud_flow("Greeting", environment, **{**content, **options})


def bound_to(emulator: Emulator) -> Json:
    [made] = named(emulator, "Greeting")
    return {name: item.get("connectionName") for name, item in made.get("connection_references", {}).items()}


def share_receipts(emulator: Emulator) -> None:
    """An application starts a flow when it may use the connections behind its references (contract 9)."""
    emulator.change(
        [
            {
                "change": "put_connection_role",
                "connection": "d0000000000000000000000000000021",
                "principal": "Governance Runner",
                "role": "CanView",
            }
        ]
    )


# -- stopped or started -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("initial_state", ["stopped", "started"])
def test_a_new_flow_is_made_off_and_started_last(emulator: Emulator, route: str, initial_state: str) -> None:
    client, _environment, path = ROUTES[route]
    share_receipts(emulator)
    outcome = one(emulator, connected(route, initial_state=initial_state), client)
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    [made] = named(emulator, "Greeting")
    assert made.get("state", "Started").lower() == initial_state
    writes = emulator.log(writes=True)
    assert writes[0]["path"].endswith(f"/{path}")
    assert len(writes) == outcome.plan.writes == (2 if initial_state == "started" else 1)
    if route == "flow_service":
        assert writes[0]["body"]["properties"]["state"] == "Stopped"
    else:
        assert "statecode" not in writes[0]["body"]
    assert None not in bound_to(emulator).values()


def test_the_initial_state_counts_once(emulator: Emulator, route: str) -> None:
    client = ROUTES[route][0]
    assert one(emulator, connected(route), client).status == CHANGED
    emulator.clear_log()
    for state in ("started", "stopped"):
        assert one(emulator, connected(route, initial_state=state), client).status == OK
    assert emulator.log(writes=True) == []


def test_a_start_that_is_refused_leaves_the_flow_and_says_what_is_left(emulator: Emulator) -> None:
    """Of a reference that has no connection, in Dataverse."""
    wanted = cloud_flow("Greeting", SANDBOX, definition=BLOBS, connection_references=UNBOUND, initial_state="started")
    report = run(emulator, wanted)
    [outcome] = report.outcomes
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, UnfinishedError)
    assert "0x80060467" in str(outcome.error) or "has no connection" in str(outcome.error)
    assert "flow_state" in outcome.error.remedy
    assert rows(report, [wanted])[0]["manual_steps"] == ["Turn the flow on with flow_state, once its connections work."]
    [made] = named(emulator, "Greeting")
    assert made["state"] == "Stopped"
    emulator.clear_log()
    assert one(emulator, wanted).status == OK
    assert emulator.log(writes=True) == []


def test_an_application_without_the_connection_may_not_start(emulator: Emulator) -> None:
    outcome = one(emulator, connected("dataverse", initial_state="started"))
    assert isinstance(outcome.error, UnfinishedError)
    assert "does not have permission for connection" in outcome.error.message
    assert [item["state"] for item in named(emulator, "Greeting")] == ["Stopped"]


# -- connections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("initial_state", ["stopped", "started"])
def test_connections_that_a_create_left_unbound_are_bound(emulator: Emulator, initial_state: str) -> None:
    """Before the start (contract 5.3)."""
    emulator.change([{"change": "set_environment", "environment": FINANCE, "create_binds": False}])
    wanted = connected("flow_service", initial_state=initial_state)
    outcome = one(emulator, wanted, "delegated")
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert bound_to(emulator) == {"shared_sql": DATABASE}
    methods = [entry["method"] for entry in emulator.log(writes=True)]
    assert methods == ["POST", "PATCH", *(["POST"] if initial_state == "started" else [])]
    assert emulator.log(writes=True)[1]["body"]["properties"].keys() == {"connectionReferences"}
    assert one(emulator, wanted, "delegated").status == OK


def test_a_create_without_connections_is_not_read_back_for_them(emulator: Emulator) -> None:
    emulator.change([{"change": "set_environment", "environment": FINANCE, "create_binds": False}])
    assert one(emulator, cloud_flow("Greeting", definition=DEFINITION), "delegated").status == CHANGED
    assert paths(emulator) == ["POST flows"]


def test_references_are_sent_as_a_mapping(emulator: Emulator) -> None:
    """As a list, the service loses one of two of one connector (contract 5.3)."""
    both = {
        "first": {"connector": "shared_sql", "connection": DATABASE},
        "second": {"connector": "shared_sql", "connection": "d0000000000000000000000000000003", "source": "invoker"},
    }
    definition = {**DEFINITION, "actions": {}}
    wanted = cloud_flow("Greeting", definition=definition, connection_references=both)
    assert one(emulator, wanted, "delegated").status == CHANGED
    sent = emulator.log(writes=True)[0]["body"]["properties"]["connectionReferences"]
    assert {name: item["source"] for name, item in sent.items()} == {"first": "Embedded", "second": "Invoker"}
    assert one(emulator, wanted, "delegated").status == OK


# -- solutions and owners ---------------------------------------------------------------------------------------------


def test_a_solution_is_told_twice_and_an_owner_at_once(emulator: Emulator) -> None:
    wanted = cloud_flow(
        "Greeting",
        definition=DEFINITION,
        solution="ContosoFinance",
        owner_team="Finance Makers",
        initial_state="started",
    )
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.error) == (CHANGED, None)
    first, second, third = emulator.log(writes=True)
    assert first["headers"]["mscrm.solutionuniquename"] == "ContosoFinance"
    assert first["body"]["ownerid@odata.bind"].startswith("/teams(")
    assert second["path"].endswith("/AddSolutionComponent")
    assert third["method"] == "PATCH"
    [made] = named(emulator, "Greeting")
    assert "ContosoFinance" in made["solution"]
    assert one(emulator, wanted).status == OK
    assert len(emulator.log(writes=True)) == 3


@pytest.mark.parametrize("options", [{"solution": "NoSuchSolution"}, {"owner_team": "No Such Team"}])
def test_a_solution_or_team_that_is_not_there_makes_nothing(emulator: Emulator, options: Json) -> None:
    outcome = one(emulator, cloud_flow("Greeting", definition=DEFINITION, **options))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, (OptionError, ServiceError))
    assert named(emulator, "Greeting") == []


def test_a_solution_that_refuses_the_flow_afterwards_is_told(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 400, "match": {"path": "/AddSolutionComponent$"}}])
    wanted = cloud_flow("Greeting", definition=DEFINITION, solution="ContosoFinance")
    report = run(emulator, wanted)
    assert statuses(report) == [FAILED]
    assert report.changed
    assert report.outcomes[0].error is not None
    assert "puts it into solution ContosoFinance" in report.outcomes[0].error.remedy
    assert len(named(emulator, "Greeting")) == 1
    emulator.faults([])
    assert statuses(run(emulator, wanted)) == [OK]  # the header of the creation was enough
    [made] = named(emulator, "Greeting")
    assert made["solution"] == ["ContosoFinance"]


# -- what is missing, and what follows in the same call ---------------------------------------------------------------


def test_a_state_is_declared_in_the_same_call(emulator: Emulator, route: str) -> None:
    """The flow is made first, and flow_state keeps it on, under whatever id its start gives it."""
    client, environment, _path = ROUTES[route]
    share_receipts(emulator)
    requests = [flow("Greeting", "started", environment), connected(route)]
    report = run(emulator, *requests, name=client)
    assert statuses(report) == [CHANGED, CHANGED], [str(outcome.error) for outcome in report.outcomes]
    [made] = named(emulator, "Greeting")
    assert made.get("state", "Started") == "Started"
    emulator.clear_log()
    assert statuses(run(emulator, *requests, name=client)) == [OK, OK]
    assert emulator.log(writes=True) == []


def test_a_flow_that_is_not_there_and_shall_not_be(emulator: Emulator) -> None:
    for name in ("No such thing", "dddddddd-0000-4000-8000-000000000001"):
        for client, as_admin in (("runner", True), ("maker", False)):
            environment = FINANCE
            outcome = one(emulator, cloud_flow(name, environment, state="absent", as_admin=as_admin), client)
            assert (outcome.status, outcome.changed) == (OK, False)
            assert bool(outcome.as_json()["warnings"]) == (not as_admin)
    assert emulator.log(writes=True) == []


# -- answers that are lost --------------------------------------------------------------------------------------------

LOST: dict[str, Json] = {
    "dropped before": {"kind": "drop", "when": "before", "times": 1},
    "dropped after": {"kind": "drop", "when": "after", "times": 1},
    "503": {"kind": "status", "status": 503, "times": 1},
    "500": {"kind": "status", "status": 500, "times": 1},
    "429": {"kind": "status", "status": 429, "times": 1, "headers": {"Retry-After": "0"}},
}


@pytest.mark.parametrize("lost", LOST)
def test_a_create_never_makes_two(emulator: Emulator, route: str, lost: str) -> None:
    """However it was answered. A second run ends what the first one left."""
    client, _environment, path = ROUTES[route]
    emulator.faults([{**LOST[lost], "match": {"method": "POST", "path": f"/{path}$"}}])
    first = one(emulator, connected(route), client)
    made = len(named(emulator, "Greeting"))
    assert made <= 1
    posts = [entry for entry in emulator.log(writes=True) if entry["path"].endswith(f"/{path}")]
    assert len(posts) == (2 if lost == "429" else 1), "only what surely did nothing is sent again"
    assert (first.status == CHANGED) == (made == 1)
    if first.status == CHANGED:
        assert first.verified
    second = one(emulator, connected(route), client)
    assert second.status == (OK if made else CHANGED)
    assert len(named(emulator, "Greeting")) == 1


@pytest.mark.parametrize("lost", ["dropped after", "503"])
def test_a_create_that_was_to_be_started_says_that_it_may_not_be(emulator: Emulator, route: str, lost: str) -> None:
    client, _environment, path = ROUTES[route]
    emulator.faults([{**LOST[lost], "match": {"method": "POST", "path": f"/{path}$"}}])
    outcome = one(emulator, connected(route, initial_state="started"), client)
    assert outcome.status == FAILED
    assert isinstance(outcome.error, UnfinishedError)
    assert "flow_state" in outcome.error.remedy
    assert len(named(emulator, "Greeting")) == (1 if lost == "dropped after" else 0)


def test_a_new_flow_that_is_not_seen_for_a_while_is_waited_for(emulator: Emulator, route: str) -> None:
    client = ROUTES[route][0]
    kind = "rp_delay" if route == "dataverse" else "stale"
    emulator.faults([{"kind": kind, "reads": 2, "match": {"method": "POST"}}])
    outcome = one(emulator, connected(route), client)
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert len(named(emulator, "Greeting")) == 1
