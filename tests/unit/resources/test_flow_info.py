# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""flow_info against the emulated tenant: states, people, definitions, connections, and what each of them costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    IncompleteListingError,
    OptionError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import (
    flow,
    flow_owners,
    flow_run_only_users,
    flow_state,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    BOT,
    FINANCE,
    GONE,
    KIM,
    LEE,
    LOU,
    OFF,
    READERS,
    RUNNING,
    SANDBOX,
    SUSPENDED,
    ask,
    plan,
    request,
    services_asked,
    statuses,
)

Json = dict[str, Any]

OLD_IMPORT = "f0000000-0000-4000-8000-000000000014"  # deleted
APPROVAL = "f0000000-0000-4000-8000-000000000015"  # in a solution
BUTTON = "f0000000-0000-4000-8000-000000000017"  # shared with a list as well
RETIRED = "f0000000-0000-4000-8000-000000000018"  # deleted not long ago
ONBOARDING = "f0000000-0000-4000-8000-000000000022"  # in a solution, with a connection reference
ROBOT = "f0000000-0000-4000-8000-000000000025"  # in a solution, made by Kim and owned by a service principal
POLL = "f0000000-0000-4000-8000-000000000002"  # of Kim, with an address by which anybody may start it
LISTED = {OFF: "Stopped", RETIRED: "Deleted"}
EVERY_PART = ["owners", "run_only_users", "definition", "connections", "owner_state"]


@pytest.fixture(autouse=True)
def reads_alone(emulator: Emulator) -> Iterator[None]:
    """Whatever happens, nothing is written."""
    yield
    assert emulator.log(writes=True) == []


def ids(answer: Json) -> list[str]:
    return [row["flow"] for row in answer["flows"]]


def found(answer: Json, flow_id: str) -> Json:
    [row] = [row for row in answer["flows"] if row["flow"] == flow_id]
    return dict(row)


def asked(emulator: Emulator, end: str = "") -> list[str]:
    """The paths of the Flow service that were asked for."""
    return [entry["path"] for entry in emulator.log(service="flow") if entry["path"].endswith(end)]


# -- facts and states --------------------------------------------------------------------------------------------------


def test_a_row_tells_what_the_listing_tells(emulator: Emulator) -> None:
    answer = ask(emulator, "flow_info")
    row = found(answer, SUSPENDED)
    assert row["owner"] == {"id": KIM, "display_name": "", "user_principal_name": "", "type": ""}
    assert (row["environment"], row["environment_display_name"]) == (FINANCE, "Finance Production")
    assert (row["flow_display_name"], row["state"]) == ("Tweet every invoice", "suspended")
    assert (row["suspension_reason"], row["suspended_time"]) == ("CompanyDlpViolation", "2025-02-03T04:05:06.0000000Z")
    assert (row["solution_flow"], row["workflow_id"], row["shared"], row["managed"]) == (False, None, None, False)
    assert row["created_time"]
    assert row["modified_time"]
    running = found(answer, RUNNING)
    assert (running["suspension_reason"], running["suspended_time"], running["shared"]) == (None, None, "Coauthor")
    approval = found(answer, APPROVAL)
    assert (approval["solution_flow"], approval["workflow_id"]) == (True, "fd000000-0000-4000-8000-000000000015")
    assert not {"owners", "run_only_users", "definition", "connections", "resources"} & row.keys()
    assert answer["scope"] == "admin"


def test_states_choose_and_deleted_ones_are_listed_only_when_wanted(emulator: Emulator) -> None:
    def of(*states: str) -> list[str]:
        return ids(ask(emulator, "flow_info", environments=[FINANCE], states=list(states)))

    everything = ids(ask(emulator, "flow_info", environments=[FINANCE]))
    assert not {OLD_IMPORT, RETIRED} & set(everything)
    assert of("suspended") == [SUSPENDED]
    assert sorted([*of("started"), *of("stopped"), SUSPENDED]) == sorted(everything)
    assert OFF in of("stopped")
    assert {entry["query"] for entry in emulator.log(service="flow") if "include" in entry["query"]} == set()
    assert set(of("deleted")) == {OLD_IMPORT, RETIRED}
    assert set(of("deleted", "suspended")) == {OLD_IMPORT, RETIRED, SUSPENDED}
    assert of() == []
    # A service that lists a deleted one unasked changes nothing.
    body = {"value": [{"name": name, "properties": {"state": state}} for name, state in LISTED.items()]}
    emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"path": f"{FINANCE}/v2/flows$"}}])
    assert ids(ask(emulator, "flow_info", environments=[FINANCE])) == [OFF]
    emulator.faults([])
    # A flow in another state is there.
    assert ids(ask(emulator, "flow_info", environments=[FINANCE], flows=["Month end report"], states=["started"])) == []


def test_deleted_flows_are_administrators_business(emulator: Emulator) -> None:
    with pytest.raises(OptionError) as raised:
        ask(emulator, "flow_info", "maker", as_admin=False, states=["stopped", "deleted"])
    assert (raised.value.option, "as_admin=true" in raised.value.remedy) == ("states", True)
    assert emulator.log() == []


def test_of_a_deleted_flow_nothing_more_is_asked(emulator: Emulator) -> None:
    answer = ask(emulator, "flow_info", environments=[FINANCE], states=["deleted", "stopped"], include=EVERY_PART)
    row = found(answer, RETIRED)
    assert (row["owners"], row["owners_complete"], row["resources"]) == (None, False, None)
    assert (row["run_only_users"], row["run_only_users_complete"]) == (None, False)
    assert (row["definition"], row["connections"]) == (None, None)
    assert "restored" in row["definition_reason"]
    assert [path for path in asked(emulator) if RETIRED in path or OLD_IMPORT in path] == []
    assert (answer["complete"], answer["owners_complete"], answer["run_only_users_complete"]) == (True, True, True)


def test_one_flow_by_its_id_is_asked_for_alone_unless_it_may_be_deleted(emulator: Emulator) -> None:
    assert ids(ask(emulator, "flow_info", environments=[FINANCE], flows=[RUNNING.upper()])) == [RUNNING]
    assert [path.rpartition("/")[2].lower() for path in asked(emulator)] == [RUNNING]
    assert ids(ask(emulator, "flow_info", flows=[RUNNING])) == [RUNNING]
    assert ids(ask(emulator, "flow_info", environments=[FINANCE], flows=[RETIRED], states=["deleted"])) == [RETIRED]


def test_names_and_patterns_choose_every_flow_that_fits(emulator: Emulator) -> None:
    chosen = ask(emulator, "flow_info", flows=["NIGHTLY stock*", "Month end report"])
    assert set(ids(chosen)) == {RUNNING, OFF, "f0000000-0000-4000-8000-000000000021"}


# -- the maker's view --------------------------------------------------------------------------------------------------


def test_a_maker_lists_what_is_his_own_flows_of_solutions_too(emulator: Emulator) -> None:
    emulator.change([{"change": "put_flow_role", "flow": APPROVAL, "principal": KIM, "role": "CanEdit"}])
    emulator.clear_log()
    answer = ask(emulator, "flow_info", "maker", as_admin=False)
    assert answer["scope"] == "maker"
    assert {POLL, RUNNING, APPROVAL} <= set(ids(answer))
    assert OFF not in ids(answer)
    with pytest.raises(TokenError):
        ask(emulator, "flow_info", as_admin=False)


@pytest.mark.parametrize("who", ["maker", "runner"])
def test_what_is_listed_twice_is_one_flow(emulator: Emulator, who: str) -> None:
    twice = [
        {"name": name, "properties": {"displayName": "Twin", "state": "Started"}} for name in (RUNNING, OFF, RUNNING)
    ]
    fault = {"kind": "status", "status": 200, "body": {"value": twice}, "match": {"path": f"{FINANCE}/(v2/)?flows$"}}
    emulator.faults([fault])
    answer = ask(emulator, "flow_info", who, environments=[FINANCE], as_admin=who == "runner")
    assert ids(answer) == [RUNNING, OFF]


def test_a_flow_of_which_next_to_nothing_is_told_is_a_row_all_the_same(emulator: Emulator) -> None:
    body = {"value": [{"name": RUNNING, "properties": {}}]}
    emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"path": f"{FINANCE}/v2/flows$"}}])
    [row] = ask(emulator, "flow_info", environments=[FINANCE])["flows"]
    assert (row["owner"], row["state"], row["managed"], row["suspension_reason"]) == (None, "", None, None)


# -- people ------------------------------------------------------------------------------------------------------------


def test_owners_and_run_only_users_take_one_request_for_both(emulator: Emulator) -> None:
    answer = ask(emulator, "flow_info", environments=[FINANCE], include=["owners", "run_only_users"])
    assert len(asked(emulator)) == 1 + len(answer["flows"])
    assert len(asked(emulator, "/permissions")) == len(answer["flows"])
    row = found(answer, BUTTON)
    assert row["owners"] == [{"user": LOU, "principal_display_name": ""}]
    assert [entry["user"] for entry in row["run_only_users"]] == sorted([LEE, GONE])
    assert row["resources"] == ["https://contoso.example/sites/finance/fe000000-0000-4000-8000-000000000017"]
    assert found(answer, RUNNING)["run_only_users"] == [{"group": READERS, "principal_display_name": ""}]
    # The creator is the owner, and no co-owner.
    assert row["owner"] == {"id": ADA, "display_name": "", "user_principal_name": "", "type": "User"}
    flags = {(entry["owners_complete"], entry["run_only_users_complete"]) for entry in answer["flows"]}
    assert (flags, answer["owners_complete"], answer["run_only_users_complete"]) == ({(True, True)}, True, True)


@pytest.mark.parametrize(("part", "other"), [("owners", "run_only_users"), ("run_only_users", "owners")])
def test_what_is_not_asked_for_is_not_shown(emulator: Emulator, part: str, other: str) -> None:
    answer = ask(emulator, "flow_info", environments=[FINANCE], include=[part])
    [shown] = {frozenset(row) for row in answer["flows"]}
    assert {part, f"{part}_complete", "resources"} <= shown
    assert other not in shown
    assert (f"{part}_complete" in answer, f"{other}_complete" in answer) == (True, False)


def test_a_role_that_nobody_knows_makes_no_list_look_complete(emulator: Emulator) -> None:
    rows = [
        {"name": ADA, "properties": {"roleName": "Owner", "principal": {"id": ADA, "type": "User"}}},
        {"name": KIM, "properties": {"roleName": "CanDance", "principal": {"id": KIM, "type": "User"}}},
    ]
    fault = {"kind": "status", "status": 200, "body": {"value": rows}, "match": {"path": f"{RUNNING}/permissions$"}}
    emulator.faults([fault])
    answer = ask(emulator, "flow_info", environments=[FINANCE], include=["owners", "run_only_users"])
    row = found(answer, RUNNING)
    assert (row["owners"], row["owners_complete"], row["run_only_users_complete"]) == ([], False, False)
    assert (answer["owners_complete"], answer["run_only_users_complete"]) == (False, False)


def test_permissions_say_who_owns_a_flow_of_a_solution(emulator: Emulator) -> None:
    def owner(**options: Any) -> Json:
        row: Json = found(ask(emulator, "flow_info", environments=[SANDBOX], **options), ROBOT)["owner"]
        return row

    assert owner()["id"] == KIM
    told = owner(include=["owners", "owner_state"])
    assert (told["id"], told["type"], told["state"]) == (BOT, "ServicePrincipal", "enabled")
    assert told["display_name"] == "Invoice Bot"
    # Who filters by owners and reads permissions gets whom these name, with no request more than needed.
    assert ROBOT not in ids(ask(emulator, "flow_info", owners=[BOT]))
    emulator.clear_log()
    answer = ask(emulator, "flow_info", environments=["Finance*"], owners=[BOT], include=["owners"])
    assert ids(answer) == [ROBOT]
    solutions = [row for row in ask(emulator, "flow_info", environments=["Finance*"])["flows"] if row["solution_flow"]]
    assert len(asked(emulator, "/permissions")) == len(solutions)
    kims = ask(emulator, "flow_info", environments=[SANDBOX], owners=["kim@contoso.example"], include=["owners"])
    assert ROBOT not in ids(kims)
    assert all(row["owners_complete"] for row in kims["flows"])


def test_states_of_owners_are_those_of_the_owners_that_permissions_name(emulator: Emulator) -> None:
    emulator.change([{"change": "set_principal", "principal": "kim@contoso.example", "enabled": False}])
    emulator.clear_log()
    by_creator = ask(emulator, "flow_info", environments=[SANDBOX], owner_states=["disabled"])
    assert asked(emulator, "/permissions") == []
    by_permissions = ask(emulator, "flow_info", environments=[SANDBOX], owner_states=["disabled"], include=["owners"])
    # Of flows outside solutions those alone that are kept.
    everything = ask(emulator, "flow_info", environments=[SANDBOX])["flows"]
    needed = {row["flow"] for row in everything if row["solution_flow"]} | set(ids(by_permissions))
    assert len(needed) < len(everything)
    assert sorted(path.split("/")[-2] for path in asked(emulator, "/permissions")) == sorted(needed)
    assert set(ids(by_creator)) - set(ids(by_permissions)) == {ROBOT}
    assert {row["owner"]["display_name"] for row in by_creator["flows"]} == {"Kim Maker"}
    assert {row["owner"]["user_principal_name"] for row in by_creator["flows"]} == {"kim@contoso.example"}
    assert {row["owner"]["state"] for row in by_permissions["flows"]} == {"disabled"}
    assert all(row["owners"] is not None for row in by_permissions["flows"])


def test_people_that_cannot_be_read_are_unknown(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "match": {"path": f"{APPROVAL}/permissions$"}}])
    with pytest.raises(IncompleteListingError, match="Finance Production"):
        ask(emulator, "flow_info", include=["owners"])
    answer = ask(emulator, "flow_info", environments=[FINANCE], include=["owners", "run_only_users"], on_error="report")
    row = found(answer, APPROVAL)
    assert (row["owners"], row["owners_complete"], row["run_only_users"], row["resources"]) == (None, False, None, None)
    assert row["owner"]["id"] == ADA
    assert [entry["flow"] for entry in answer["unknown"]] == [APPROVAL]
    assert (answer["complete"], answer["owners_complete"], answer["run_only_users_complete"]) == (False, False, False)


# -- definitions and connections ---------------------------------------------------------------------------------------


def test_definition_and_connections_take_one_request_for_both(emulator: Emulator) -> None:
    answer = ask(emulator, "flow_info", environments=[SANDBOX], include=["definition", "connections"])
    assert len(asked(emulator)) == 1 + len(answer["flows"])
    row = found(answer, ONBOARDING)
    assert list(row["definition"]["actions"]) == ["List_blobs"]
    assert (row["definition_reason"], row["definition_hidden"]) == (None, [])
    assert row["connections"] == {
        "shared_azureblob": {
            "connector": "shared_azureblob",
            "connection_reference": "cr736_receipts",
            "source": "embedded",
        }
    }
    alone = ask(emulator, "flow_info", environments=[SANDBOX], include=["connections"])
    assert all("definition" not in entry and entry["connections"] is not None for entry in alone["flows"])


def test_a_definition_that_nobody_shows_is_null_and_the_reason_is_told(emulator: Emulator) -> None:
    body = {"name": RUNNING, "properties": {"displayName": "Nightly stock export", "state": "Started"}}
    emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"path": f"/flows/{RUNNING}$"}}])
    answer = ask(emulator, "flow_info", environments=[FINANCE], include=["definition", "connections"])
    row = found(answer, RUNNING)
    assert (row["definition"], row["connections"], answer["complete"]) == (None, None, True)
    assert "as_admin=false" in row["definition_reason"]
    assert found(answer, OFF)["definition"] is not None


def test_a_definition_that_cannot_be_read_is_unknown(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": {"path": f"/flows/{RUNNING}$"}}])
    answer = ask(
        emulator, "flow_info", environments=[FINANCE], include=["definition", "connections"], on_error="report"
    )
    row = found(answer, RUNNING)
    assert (row["definition"], row["connections"], answer["complete"]) == (None, None, False)
    assert "unknown" in row["definition_reason"]
    assert [entry["flow"] for entry in answer["unknown"]] == [RUNNING]


def test_no_address_that_starts_a_flow_comes_out(emulator: Emulator) -> None:
    """The one that the service tells of a maker's flow, and one that a maker wrote into another."""
    shown = ask(emulator, "flow_info", "maker", as_admin=False, include=EVERY_PART)
    seen = [entry for entry in emulator.log(service="flow") if entry["path"].endswith(f"/flows/{POLL}")]
    assert len(seen) == 1
    assert found(shown, POLL)["connections"]
    assert "sig=" not in json.dumps(shown)
    assert "flowTriggerUri" not in json.dumps(shown)
    signed = "https://prod-12.logic.azure.com/workflows/x/triggers/manual/paths/invoke?sv=1.0&sig=0123456789abcdef"
    definition = {
        "parameters": {"$connections": {"type": "Object", "defaultValue": {"a": {"connectionId": "c"}}}},
        "triggers": {"manual": {"type": "Request"}},
        "actions": {"Call": {"type": "Http", "inputs": {"uri": signed, "headers": [{"plain": "text"}, signed]}}},
    }
    body = {"name": RUNNING, "properties": {"definition": definition, "flowTriggerUri": signed}}
    emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"path": f"/flows/{RUNNING}$"}}])
    answer = ask(emulator, "flow_info", environments=[FINANCE], include=["definition"])
    row = found(answer, RUNNING)
    assert "0123456789abcdef" not in json.dumps(answer)
    assert row["definition_hidden"] == ["actions.Call.inputs.uri", "actions.Call.inputs.headers[1]"]
    assert row["definition"]["actions"]["Call"]["inputs"]["headers"][0] == {"plain": "text"}
    assert row["definition"]["parameters"]["$connections"] == {"type": "Object", "defaultValue": {}}


# -- fed back ----------------------------------------------------------------------------------------------------------


def declared(row: Json) -> Iterator[tuple[AnyKind, Json]]:
    """What a row says, as declarations of the kinds that change flows."""
    place = {"environment": row["environment"], "flow": row["flow"]}
    if row["state"] in ("started", "stopped"):
        yield flow_state.KIND, {**place, "state": row["state"]}
    yield flow_owners.KIND, {**place, "assignments": row["owners"], "exclusive": True}
    yield flow_run_only_users.KIND, {**place, "assignments": row["run_only_users"], "exclusive": True}
    content = {"definition": row["definition"], "connection_references": row["connections"]}
    yield flow.KIND, {**place, "display_name": row["flow_display_name"], **content}


def test_what_is_told_can_be_declared_and_nothing_would_change(emulator: Emulator) -> None:
    # What is bound to nothing cannot be declared, and an owner cannot be a co-owner.
    answer = ask(emulator, "flow_info", environments=["Finance*"], include=EVERY_PART)
    bound = [
        row
        for row in answer["flows"]
        if all(item.get("connection") or item.get("connection_reference") for item in row["connections"].values())
    ]
    assert len(bound) > 9
    requests = [request(kind, **options) for row in bound for kind, options in declared(row)]
    report = plan(emulator, *requests)
    assert [outcome.drift for outcome in report.outcomes if outcome.drift] == []
    assert set(statuses(report)) == {"ok"}
    assert "dataverse" in services_asked(emulator)
