# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which route a flow is written: which tokens take which, and what is said where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    PermissionDeniedError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import PLAIN, SANDBOX, check, one, plan, rows, statuses, things
from tests.unit.engine.flows import (
    APPROVAL,
    CONNECTED,
    DEFINITION,
    INTAKE,
    ONBOARDING,
    OTHER_DEFINITION,
    RUNNING,
    STOPPED,
    cloud_flow,
    named,
    paths,
)

Json = dict[str, Any]

# Which client, in which view, takes which route for a new flow, and by which requests a life goes.
LIVES = {
    "application": ("runner", True, "dataverse", ["POST workflows", "PATCH row", "DELETE row"]),
    "administrator": ("delegated", True, "flow_service", ["POST flows", "PATCH flow", "DELETE flow"]),
    "maker": ("maker", False, "flow_service", ["POST flows", "PATCH flow", "DELETE flow"]),
}


def shortened(emulator: Emulator) -> list[str]:
    """The writes, ids left out."""
    found = []
    for text in paths(emulator):
        method, _blank, last = text.partition(" ")
        if last not in ("workflows", "flows"):
            last = "row" if "(" in last else "flow"
        found.append(f"{method} {last}")
    return found


@pytest.mark.parametrize("who", LIVES)
def test_a_life_by_the_route_of_each_identity(emulator: Emulator, who: str) -> None:
    client, as_admin, route, expected = LIVES[who]
    before = things(emulator, "flows")
    for action, options in (
        ("create", {"definition": DEFINITION}),
        ("update", {"definition": OTHER_DEFINITION}),
        ("delete", {"state": "absent"}),
    ):
        wanted = cloud_flow("Greeting", as_admin=as_admin, **options)
        outcome = one(emulator, wanted, client)
        row = outcome.as_json()
        assert (row["status"], row["action"], row["verified"]) == (CHANGED, action, True), row
        assert plan_facts(outcome)["route"] == route
        writes = len(emulator.log(writes=True))
        again = one(emulator, wanted, client)
        assert (again.status, again.changed, again.drift) == (OK, False, [])
        assert len(emulator.log(writes=True)) == writes
        assert len(named(emulator, "Greeting")) == (0 if action == "delete" else 1)
    assert shortened(emulator) == expected
    assert {key: before[key] for key in before} == {key: things(emulator, "flows")[key] for key in before}


def plan_facts(outcome: Any) -> Json:
    return dict(outcome.plan.facts)


def test_check_mode_names_the_route(emulator: Emulator) -> None:
    for client, wanted, route in (
        ("runner", cloud_flow("Greeting", definition=DEFINITION), "dataverse"),
        ("delegated", cloud_flow("Greeting", definition=DEFINITION), "flow_service"),
        ("delegated", cloud_flow("Greeting", definition=DEFINITION, route="dataverse"), "dataverse"),
        ("delegated", cloud_flow("Greeting", definition=DEFINITION, solution="ContosoFinance"), "dataverse"),
        ("delegated", cloud_flow("Greeting", definition=DEFINITION, owner_team="Finance Makers"), "dataverse"),
        ("delegated", cloud_flow(RUNNING, definition=DEFINITION), "flow_service"),
        ("delegated", cloud_flow(APPROVAL, definition=DEFINITION), "dataverse"),
        ("runner", cloud_flow(APPROVAL, definition=DEFINITION), "dataverse"),
        ("runner", cloud_flow(RUNNING, state="absent"), "flow_service"),
        ("runner", cloud_flow(APPROVAL, state="absent"), "dataverse"),
    ):
        report = plan(emulator, wanted, name=client)
        assert statuses(report) == [PLANNED]
        assert rows(report, [wanted])[0]["facts"]["route"] == route
    assert emulator.log(writes=True) == []


def test_facts_tell_flows_of_solutions_from_others(emulator: Emulator) -> None:
    for flow, expected in (
        (RUNNING, {"route": "flow_service", "solution_flow": False}),
        (APPROVAL, {"route": "dataverse", "solution_flow": True}),
    ):
        wanted = cloud_flow(flow)
        assert rows(check(emulator, wanted), [wanted])[0]["facts"] == expected


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (cloud_flow("Greeting", definition=DEFINITION, route="flow_service"), "log in as a user"),
        (cloud_flow(RUNNING, definition=DEFINITION), "is in no solution"),
        (cloud_flow(RUNNING, display_name="Nightly"), "Log in as a user"),
    ],
    ids=["create", "change", "rename"],
)
def test_an_application_without_a_route_is_told_what_would_work(emulator: Emulator, wanted: Request, said: str) -> None:
    assert plan(emulator, wanted).failed
    audited = check(emulator, wanted)  # never writes, so that it needs no token that can
    assert (statuses(audited), len(audited.outcomes[0].drift)) == ([PLANNED], 1)
    assert any(said.lower() in warning.lower() for warning in rows(audited, [wanted])[0]["warnings"])
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, TokenError)
    assert said in str(outcome.error)
    assert "user" in str(outcome.error)
    assert emulator.log(writes=True) == []


def test_what_needs_no_change_needs_no_route(emulator: Emulator) -> None:
    """An application may still tell that a flow outside solutions is as declared."""
    held = things(emulator, "flows")[RUNNING]["name"]
    outcome = one(emulator, cloud_flow(RUNNING, display_name=held))
    assert (outcome.status, plan_facts(outcome)["route"]) == (OK, "flow_service")


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"solution": "ContosoFinance"}, "solution"),
        ({"owner_user": "kim@contoso.example"}, "owner_user"),
        ({"owner_team": "Finance Makers"}, "owner_team"),
    ],
)
@pytest.mark.parametrize("client", ["runner", "delegated"])
def test_the_flow_service_knows_no_solutions_and_no_owners(
    emulator: Emulator, client: str, options: Json, option: str
) -> None:
    wanted = cloud_flow("Greeting", definition=DEFINITION, route="flow_service", **options)
    outcome = one(emulator, wanted, client)
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == option
    assert "route=dataverse" in outcome.error.remedy
    assert emulator.log() == []


@pytest.mark.parametrize(
    "options",
    [
        {"definition": DEFINITION, "route": "dataverse"},
        {"state": "absent", "route": "dataverse"},
        {"owner_team": "Finance Makers"},
    ],
    ids=["change", "removal", "owner"],
)
@pytest.mark.parametrize("client", ["runner", "delegated"])
def test_dataverse_does_not_know_flows_outside_solutions(emulator: Emulator, client: str, options: Json) -> None:
    outcome = one(emulator, cloud_flow(RUNNING, **options), client)
    assert isinstance(outcome.error, OptionError)
    assert "is in no solution" in outcome.error.message
    assert outcome.error.option == ("route" if "route" in options else "owner_team")
    assert ("flow_owners" in outcome.error.remedy) == ("owner_team" in options)
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    "options",
    [
        {"definition": OTHER_DEFINITION},
        {"connection_references": {}},
        {"definition": OTHER_DEFINITION, "display_name": "Suppliers"},
    ],
    ids=["definition", "references", "both"],
)
def test_what_a_flow_of_a_solution_does_is_not_written_through_the_flow_service(
    emulator: Emulator, options: Json
) -> None:
    """It would take the names of connection references for connections. A name alone does no harm."""
    outcome = one(emulator, cloud_flow(ONBOARDING, SANDBOX, route="flow_service", **options), "delegated")
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "route"
    assert emulator.log(writes=True) == []
    held = things(emulator, "flows")[ONBOARDING]["connection_references"]
    renamed = cloud_flow(ONBOARDING, SANDBOX, route="flow_service", display_name="Suppliers")
    assert one(emulator, renamed, "delegated").status == CHANGED
    assert shortened(emulator) == ["PATCH flow"]
    assert things(emulator, "flows")[ONBOARDING]["connection_references"] == held


@pytest.mark.parametrize(
    ("wanted", "needed"),
    [
        (
            cloud_flow(
                "Greeting",
                definition=CONNECTED,
                connection_references={"shared_sql": {"connector": "shared_sql", "connection": "d" * 32}},
            ),
            "connection_reference",
        ),
        (
            cloud_flow(
                APPROVAL, connection_references={"shared_sql": {"connector": "shared_sql", "connection": "d" * 32}}
            ),
            "connection_reference",
        ),
        (
            cloud_flow(
                RUNNING,
                connection_references={"shared_sql": {"connector": "shared_sql", "connection_reference": "cr736_a"}},
            ),
            "connection",
        ),
    ],
    ids=["new in Dataverse", "in Dataverse", "outside solutions"],
)
def test_connections_are_named_as_the_route_knows_them(emulator: Emulator, wanted: Request, needed: str) -> None:
    outcome = one(emulator, wanted)
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "connection_references"
    assert f"its entries need {needed}." in outcome.error.message
    assert emulator.log(writes=True) == []


def test_without_dataverse_there_is_no_route_for_an_application(emulator: Emulator) -> None:
    outcome = one(emulator, cloud_flow("Greeting", PLAIN, definition=DEFINITION))
    assert outcome.status == FAILED  # the environment has flows: what was declared is not passed over
    assert isinstance(outcome.error, TokenError)
    assert "route=flow_service" in str(outcome.error)
    assert emulator.log(writes=True) == []
    assert one(emulator, cloud_flow("Greeting", PLAIN, definition=DEFINITION), "delegated").status == CHANGED


@pytest.mark.parametrize("name", ["Greeting", RUNNING])
def test_a_maker_s_view_takes_no_application(emulator: Emulator, name: str) -> None:
    outcome = one(emulator, cloud_flow(name, definition=DEFINITION, as_admin=False))
    assert isinstance(outcome.error, TokenError)
    assert [entry for entry in emulator.log() if entry["service"] == "flow"] == []


def test_an_administrator_who_is_no_owner_cannot_change_a_flow(emulator: Emulator) -> None:
    """There is no update as administrator: the service refuses the maker's form, and says so."""
    emulator.change(
        [{"change": "add_flow", "environment": SANDBOX, "flow": {**LONELY, "creator": "kim@contoso.example"}}]
    )
    outcome = one(emulator, cloud_flow(LONELY["id"], SANDBOX, definition=DEFINITION), "delegated")
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, (PermissionDeniedError, GuardError))
    assert emulator.summary()["effects"] == 0


LONELY: Json = {"id": "f0000000-0000-4000-8000-0000000000b1", "name": "Lonely"}


def test_a_definition_that_nobody_shows_is_not_overwritten(emulator: Emulator) -> None:
    """The expand by which an administrator sees definitions is an assumption."""
    emulator.faults(
        [
            {
                "kind": "status",
                "status": 200,
                "body": {"name": STOPPED, "properties": {"displayName": "Month end report", "state": "Stopped"}},
                "match": {"method": "GET", "path": f"scopes/admin/.*/flows/{STOPPED}$"},
            }
        ]
    )
    outcome = one(emulator, cloud_flow(STOPPED, definition=DEFINITION), "delegated")
    assert outcome.error is not None
    assert "Nobody shows the definition" in outcome.error.message
    assert "as_admin=false" in outcome.error.remedy
    assert emulator.log(writes=True) == []


def test_a_row_that_cannot_be_read_is_no_absence(emulator: Emulator) -> None:
    emulator.faults(
        [{"kind": "status", "status": 403, "code": "0x80040220", "match": {"service": "dataverse", "method": "GET"}}]
    )
    for options in ({"owner_team": "Finance Makers"}, {"display_name": "Approval"}, {"state": "absent"}):
        outcome = one(emulator, cloud_flow(APPROVAL, **options))
        assert outcome.status == FAILED
        assert isinstance(outcome.error, PermissionDeniedError)
    assert emulator.log(writes=True) == []
    assert INTAKE in things(emulator, "flows")


@pytest.mark.parametrize("options", [{"definition": DEFINITION}, {"display_name": "Archive"}, {"state": "absent"}])
def test_a_flow_of_a_managed_solution_is_left_to_it(emulator: Emulator, options: Json) -> None:
    archive = "f0000000-0000-4000-8000-000000000026"
    outcome = one(emulator, cloud_flow(archive, SANDBOX, **options))
    assert isinstance(outcome.error, GuardError)
    assert "managed solution" in outcome.error.message
    assert emulator.log(writes=True) == []
    assert one(emulator, cloud_flow(archive, SANDBOX, display_name="Supplier archive")).status == OK


def test_no_solution_takes_a_flow_that_was_made_outside(emulator: Emulator) -> None:
    outcome = one(emulator, cloud_flow(RUNNING, solution="ContosoFinance"))
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "solution"
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    ("flow", "options"),
    [
        (ONBOARDING, {"display_name": "Q"}),
        (ONBOARDING, {"state": "absent"}),
        ("f0000000-0000-4000-8000-000000000026", {"display_name": "Q"}),
        (ONBOARDING, {"route": "flow_service", "definition": OTHER_DEFINITION}),
    ],
    ids=["no Dataverse", "no removal", "managed", "wrong route"],
)
def test_an_audit_shows_drift_whatever_closes_the_write(emulator: Emulator, flow: str, options: Json) -> None:
    if "route" not in options and flow == ONBOARDING:
        emulator.faults([{"kind": "status", "status": 403, "match": {"service": "dataverse"}}])
    wanted = cloud_flow(flow, SANDBOX, **options)
    [outcome] = check(emulator, wanted).outcomes
    assert outcome.status == PLANNED
    assert outcome.drift
    assert outcome.as_json()["warnings"]
    assert one(emulator, wanted).status == FAILED
    assert emulator.log(writes=True) == []
