# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers about flows that repeat themselves, mean something else or cannot be read: nothing is written on a guess."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import dataverse_workflows
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import FAILED, OK, UNKNOWN
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    JOERG,
    KIM,
    SANDBOX,
    check,
    client,
    one,
    plan,
    roles_of,
    rows,
    run,
    statuses,
    things,
)
from tests.unit.engine.flows import (
    DEFINITION,
    INTAKE,
    ONBOARDING,
    ONBOARDING_ROW,
    OTHER_DEFINITION,
    RUNNING,
    cloud_flow,
    owners,
    run_only,
)

Json = dict[str, Any]

SANDBOX_URL = "https://contosofindev.crm4.dynamics.com"
SITE = "https://contoso.example/sites/finance"
STRANGER = "dddddddd-0000-4000-8000-00000000000d"


def told(value: Any, path: str, **more: Any) -> Json:
    """A fault that answers reads of a path with a text of its own."""
    match = {"method": "GET", "path": path}
    return {"kind": "status", "status": 200, "body": value, "match": match, **more}


def entry(user: str, role: str, kind: str = "Principal", **more: Any) -> Json:
    principal = {"principal": {"id": user, "type": "User"}}
    return {"name": user, "properties": {"roleName": role, "permissionType": kind, **principal, **more}}


def listed(*entries: Json) -> Json:
    """A fault that tells of these permissions of Nightly stock export."""
    return told({"value": list(entries)}, rf"/flows/{RUNNING}/permissions$")


# -- somebody who is listed twice --------------------------------------------------------------------------------------


def in_either_order(*entries: Json) -> list[list[Json]]:
    return [list(entries), list(reversed(entries))]


@pytest.mark.parametrize("entries", in_either_order(entry(KIM, "Owner"), entry(KIM, "CanEdit")))
@pytest.mark.parametrize("wanted", [owners(RUNNING, exclusive=True), owners(RUNNING, {"user": KIM})])
def test_an_owner_who_is_listed_as_co_owner_too_is_the_owner(
    emulator: Emulator, entries: list[Json], wanted: Request
) -> None:
    emulator.faults([listed(*entries)])
    assert one(emulator, wanted).status == OK
    for refused in (owners(RUNNING, {"user": KIM}, state="absent"), run_only(RUNNING, {"user": KIM})):
        outcome = one(emulator, refused)
        assert isinstance(outcome.error, GuardError)
        assert "PermissionDowngradeNotAllowed" in outcome.error.message
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize("entries", in_either_order(entry(ADA, "Owner"), entry(KIM, "CanEdit"), entry(KIM, "CanView")))
def test_a_co_owner_who_is_listed_as_run_only_user_too_is_a_co_owner(emulator: Emulator, entries: list[Json]) -> None:
    """A removal by the object id takes both."""
    emulator.faults([listed(*entries)])
    for wanted in (
        run_only(RUNNING, exclusive=True),
        run_only(RUNNING, {"user": KIM}, state="absent"),
        owners(RUNNING, {"user": KIM}),
    ):
        assert one(emulator, wanted).status == OK
    assert emulator.log(writes=True) == []
    [outcome] = plan(emulator, owners(RUNNING, exclusive=True)).outcomes
    assert outcome.plan
    assert outcome.plan.removals == 1
    assert [row["id"].rpartition("/")[2] for row in outcome.drift] == [KIM]


# -- what a flow is shared with besides people -------------------------------------------------------------------------

DELEGATES: dict[str, Json] = {
    "with a principal": entry(
        STRANGER,
        "CanView",
        "AuthorizationDelegate",
        authorizationDelegate={"delegatedAuthResource": {"resourceCollection": SITE, "resourceId": "list"}},
    ),
    "with a principal, as co-owner": entry(STRANGER, "CanEdit", "authorizationdelegate"),
    "with an empty principal": {
        "name": "list",
        "properties": {"roleName": "CanView", "permissionType": "AuthorizationDelegate", "principal": {}},
    },
    "with nothing": {"name": "list", "properties": {"permissionType": "AuthorizationDelegate"}},
}


@pytest.mark.parametrize("delegate", DELEGATES.values(), ids=DELEGATES)
def test_what_stands_for_a_resource_is_no_person(emulator: Emulator, delegate: Json) -> None:
    """Whatever it carries besides: a complete list does not take it away."""
    emulator.faults([listed(entry(ADA, "Owner"), delegate)])
    for kind in (owners, run_only):
        wanted = kind(RUNNING, exclusive=True, remove_orphans=True)
        report = run(emulator, wanted)
        assert statuses(report) == [OK], report.outcomes[0].error
        [row] = rows(report, [wanted])
        assert row["resource"]["assignments"] == row["facts"]["orphans"] == []
        assert len(row["facts"]["resources"]) == 1
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    "properties",
    [
        {"roleName": "CanView", "permissionType": "Principal"},
        {"roleName": "CanView"},
        {"permissionType": "Principal", "principal": {"id": KIM, "type": "User"}},
    ],
    ids=["no principal", "no type", "no role"],
)
def test_a_person_of_whom_half_is_told_stops_everything(emulator: Emulator, properties: Json) -> None:
    """Taken for nobody, a complete list would be written without them."""
    emulator.faults([listed(entry(ADA, "Owner"), {"name": KIM, "properties": properties})])
    for kind in (owners, run_only):
        outcome = one(emulator, kind(RUNNING, {"user": JOERG}, exclusive=True))
        assert (outcome.status, outcome.changed) == (FAILED, False)
        assert isinstance(outcome.error, UnreadableAnswerError)
    assert emulator.log(writes=True) == []


# -- listings that repeat themselves -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        cloud_flow("Nightly stock export", display_name="Nightly stock export"),
        owners("Nightly stock export", {"user": KIM}),
        cloud_flow("Nightly stock export", state="absent"),
    ],
    ids=["flow", "owners", "removal"],
)
def test_a_flow_that_a_listing_tells_twice_is_one(emulator: Emulator, wanted: Request) -> None:
    """Pages shift, and flows of solutions are listed by two of them."""
    record = {"name": RUNNING, "properties": {"displayName": "Nightly stock export", "state": "Started"}}
    again = {**record, "name": RUNNING.upper()}
    emulator.faults([told({"value": [record, again]}, r"/scopes/admin/.*/flows$", times=1)])
    outcome = one(emulator, wanted)
    assert outcome.error is None
    assert outcome.target
    assert outcome.target.thing.id.lower() == RUNNING


def test_two_flows_of_one_name_stay_two_however_often_they_are_told(emulator: Emulator) -> None:
    record = {"name": RUNNING, "properties": {"displayName": "Stock export", "state": "Started"}}
    other = {**record, "name": INTAKE}
    emulator.faults([told({"value": [record, other, record]}, r"/scopes/admin/.*/flows$")])
    outcome = one(emulator, cloud_flow("Stock export", state="absent"))
    assert outcome.status == FAILED
    assert "2 things bear this name" in str(outcome.error)
    assert emulator.log(writes=True) == []


# -- rows that cannot be read ------------------------------------------------------------------------------------------

UNREADABLE: dict[str, Any] = {
    "null": None,
    "empty": "",
    "no JSON": "<properties/>",
    "a list": "[]",
    "no properties": "{}",
    "properties of null": '{"properties": null}',
    "properties as a list": '{"properties": []}',
}


def row_says(emulator: Emulator, change: Callable[[Any], Any]) -> None:
    """From now on Dataverse shows the row of Supplier onboarding with another clientdata."""
    row = dataverse_workflows.get_workflow(client(emulator), SANDBOX_URL, ONBOARDING_ROW)
    emulator.faults([told({**row, "clientdata": change(row["clientdata"])}, rf"workflows\({ONBOARDING_ROW}\)$")])
    emulator.clear_log()


@pytest.mark.parametrize(
    "options",
    [
        {"definition": OTHER_DEFINITION},
        {"connection_references": {}},
        {"definition": DEFINITION, "connection_references": {}},
    ],
    ids=["definition", "references", "both"],
)
@pytest.mark.parametrize("said", UNREADABLE)
def test_a_row_whose_content_cannot_be_read_is_not_written_over(emulator: Emulator, said: str, options: Json) -> None:
    """Taken for empty, it would lose its connection references."""
    before = things(emulator, "flows")[ONBOARDING]
    row_says(emulator, lambda _held: UNREADABLE[said])
    wanted = cloud_flow(ONBOARDING, SANDBOX, **options)
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, UnreadableAnswerError)
    assert "clientdata" in outcome.error.message
    assert statuses(check(emulator, wanted)) == [UNKNOWN]
    assert emulator.log(writes=True) == []
    assert things(emulator, "flows")[ONBOARDING] == before


def test_a_row_that_can_be_read_is_written_with_all_that_it_holds(emulator: Emulator) -> None:
    """Members that nobody declares stay."""

    def noted(text: str) -> str:
        content = json.loads(text)
        content["properties"]["templateName"] = "invoices"
        return json.dumps({**content, "schemaVersion": "1.0.0.1"})

    row_says(emulator, noted)
    one(emulator, cloud_flow(ONBOARDING, SANDBOX, definition=OTHER_DEFINITION))
    [write] = emulator.log(writes=True)
    content = json.loads(write["body"]["clientdata"])
    assert content["schemaVersion"] == "1.0.0.1"
    assert content["properties"]["templateName"] == "invoices"
    assert list(content["properties"]["connectionReferences"]) == ["shared_azureblob"]
    assert roles_of(emulator, ONBOARDING, "flows") == {KIM: "Owner", ADA: "CanEdit"}
