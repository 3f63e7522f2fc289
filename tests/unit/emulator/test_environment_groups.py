# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment groups and their members (power-platform-api.md 3 and 4.5)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.control import Emulator

from .api import ADA, RUNNER, SANDBOX, Api
from .platform_api import NOWHERE, SALES, TENANT_HOST, ask, every, flat_code_of, follow, poll

GROUPS = "/environmentmanagement/environmentGroups"
REGULATED, EMEA, PERSONAL = (f"e9000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
ADMIN = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"


def member_of(api: Api, environment: str) -> str | None:
    """The group of an environment, of which both services have to say the same."""
    found = ask(api, "GET", f"/environmentmanagement/environments/{environment}").json()["environmentGroupId"]
    other = api.get("bap", f"{ADMIN}/{environment}").json()["properties"].get("parentEnvironmentGroup")
    assert (other or {}).get("id") == found
    return None if found is None else str(found)


def move(api: Api, what: str, group: str, environment: str, **more: Any) -> requests.Response:
    return ask(api, "POST", f"{GROUPS}/{group}/{what}Environment/{environment}", **more)


def problem(reply: requests.Response) -> tuple[int, str]:
    body = reply.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "extensions"}
    assert body["status"] == reply.status_code
    assert reply.headers["Content-Type"] == "application/problem+json"
    return reply.status_code, body["title"]


# -- groups ----------------------------------------------------------------------------------------------------------


def test_the_groups(api: Api) -> None:
    found = {item["id"]: item for item in every(api, GROUPS)}
    assert list(found) == [REGULATED, EMEA, PERSONAL]
    regulated = found[REGULATED]
    members = "id displayName description parentGroupId childrenGroupIds createdTime createdBy lastModifiedTime"
    assert set(regulated) == {*members.split(), "lastModifiedBy"}
    assert (regulated["displayName"], regulated["parentGroupId"]) == ("Regulated", None)
    assert (regulated["childrenGroupIds"], found[EMEA]["parentGroupId"]) == ([EMEA], REGULATED)
    assert (regulated["createdBy"]["id"], regulated["createdBy"]["userPrincipalName"]) == (ADA, "ada@contoso.example")
    assert ask(api, "GET", f"{GROUPS}/{REGULATED.upper()}").json() == regulated
    assert ask(api, "GET", f"{GROUPS}/{NOWHERE}").status_code == 204
    assert member_of(api, SALES) == REGULATED


def test_the_list_is_paged(api: Api) -> None:
    first = ask(api, "GET", f"{GROUPS}?$top=2").json()
    assert len(first["value"]) == 2
    assert [item["id"] for item in follow(api, first["@odata.nextLink"]).json()["value"]] == [PERSONAL]


def test_a_registered_application_needs_a_role(emulator: Emulator, api: Api) -> None:
    refused = flat_code_of(ask(api, "GET", GROUPS, client="graphless"))
    assert refused == (403, "Forbidden", "InsufficientPrincipalPermissions")
    emulator.change([{"change": "put_role_assignment", "principal": "Graphless Runner", "role": "reader"}])
    assert ask(api, "GET", GROUPS, client="graphless").status_code == 200
    body = {"displayName": "x"}
    assert ask(api, "POST", GROUPS, body, client="graphless").status_code == 403
    assert ask(api, "POST", GROUPS, body, client="delegated").status_code == 200


def test_a_group_from_its_creation_to_its_end(emulator: Emulator, api: Api) -> None:
    made = ask(api, "POST", GROUPS, {"displayName": "New", "description": "d", "parentGroupId": PERSONAL})
    assert made.status_code == 200
    group = made.json()
    assert (group["displayName"], group["description"], group["parentGroupId"]) == ("New", "d", PERSONAL)
    assert (group["createdBy"]["id"], group["createdBy"]["type"]) == (RUNNER, "ServicePrincipal")
    one = f"{GROUPS}/{group['id']}"
    assert ask(api, "GET", one).json() == group
    changed = ask(api, "PUT", one, {"displayName": "Newer", "parentGroupId": None, "childrenGroupIds": [PERSONAL]})
    assert (changed.status_code, changed.json()["displayName"]) == (200, "Newer")
    assert (changed.json()["parentGroupId"], changed.json()["childrenGroupIds"]) == (None, [PERSONAL])
    assert changed.json()["description"] == ""
    assert ask(api, "GET", f"{GROUPS}/{PERSONAL}").json()["parentGroupId"] == group["id"]
    assert [ask(api, "DELETE", one).status_code for _unused in range(2)] == [200, 204]
    assert ask(api, "GET", one).status_code == 204
    assert ask(api, "GET", f"{GROUPS}/{PERSONAL}").json()["parentGroupId"] is None
    assert [entry["effect"] for entry in emulator.log(writes=True)] == [True, True, True, False]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": " "},
        {"displayName": "x", "parentGroupId": NOWHERE},
        {"displayName": "x", "childrenGroupIds": [NOWHERE]},
        {"displayName": "x", "name": "y"},
        {"displayName": "x", "parentGroupId": PERSONAL},
        [],
    ],
)
def test_a_body_that_is_refused(emulator: Emulator, api: Api, body: Any) -> None:
    before = every(api, GROUPS)
    assert problem(ask(api, "PUT", f"{GROUPS}/{PERSONAL}", body))[0] == 400
    assert every(api, GROUPS) == before
    assert emulator.summary()["effects"] == 0


def test_a_group_that_is_not_there_cannot_be_changed(api: Api) -> None:
    assert problem(ask(api, "PUT", f"{GROUPS}/{NOWHERE}", {"displayName": "x"})) == (400, "EnvironmentGroupNotFound")


def test_a_group_with_members_stays(api: Api) -> None:
    assert problem(ask(api, "DELETE", f"{GROUPS}/{REGULATED}")) == (409, "EnvironmentsInEnvironmentGroup")
    assert move(api, "remove", REGULATED, SALES).status_code == 202
    assert ask(api, "DELETE", f"{GROUPS}/{REGULATED}").status_code == 200
    assert ask(api, "GET", f"{GROUPS}/{EMEA}").json()["parentGroupId"] is None


# -- members ---------------------------------------------------------------------------------------------------------


def test_members_come_and_go(emulator: Emulator, api: Api) -> None:
    added = move(api, "add", PERSONAL, SANDBOX.upper())
    assert (added.status_code, added.content) == (202, b"")
    address = added.headers["Operation-Location"]
    assert address.startswith("https://api.powerplatform.com/environmentmanagement/environmentGroupOperations/")
    assert poll(api, added).json()["status"] == "Succeeded"
    assert member_of(api, SANDBOX) == PERSONAL
    assert move(api, "add", PERSONAL, SANDBOX).status_code == 204
    moved = move(api, "add", REGULATED, SANDBOX)
    assert (moved.status_code, member_of(api, SANDBOX)) == (202, REGULATED)
    assert move(api, "remove", PERSONAL, SANDBOX).status_code == 204
    assert (move(api, "remove", REGULATED, SANDBOX).status_code, member_of(api, SANDBOX)) == (202, None)
    assert [entry["effect"] for entry in emulator.log(writes=True)] == [True, False, True, False, True]


def test_a_move_that_takes_its_time(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "operation", "polls": 2}])
    started = move(api, "add", PERSONAL, SANDBOX)
    assert [poll(api, started).json()["status"] for _unused in range(2)] == ["InProgress"] * 2
    assert member_of(api, SANDBOX) is None
    assert poll(api, started).json()["status"] == "Succeeded"
    assert member_of(api, SANDBOX) == PERSONAL
    emulator.reset()
    assert member_of(api, SANDBOX) is None


@pytest.mark.parametrize("polls", [0, 1])
def test_a_move_that_fails(emulator: Emulator, api: Api, polls: int) -> None:
    emulator.faults([{"kind": "operation", "polls": polls, "end": "Failed", "message": "Not managed."}])
    started = move(api, "add", PERSONAL, SANDBOX)
    ended = [poll(api, started).json() for _unused in range(polls + 1)][-1]
    assert (ended["status"], ended["errorDetail"]) == ("Failed", "Not managed.")
    assert member_of(api, SANDBOX) is None


def test_members_of_what_is_not_there(api: Api) -> None:
    for what in ("add", "remove"):
        assert problem(move(api, what, NOWHERE, SANDBOX)) == (400, "EnvironmentGroupNotFound")
        assert problem(move(api, what, PERSONAL, NOWHERE)) == (400, "EnvironmentNotFound")


def test_the_tenants_own_host(api: Api) -> None:
    gone = move(api, "remove", REGULATED, SALES, headers=TENANT_HOST, version="1")
    assert gone.status_code == 202
    assert gone.headers["Operation-Location"].startswith(f"https://{TENANT_HOST['Host']}/")
    assert poll(api, gone).json()["status"] == "Succeeded"
    assert member_of(api, SALES) is None
    stranger = {"Host": TENANT_HOST["Host"].replace("1111", "2222", 1)}
    assert flat_code_of(ask(api, "GET", GROUPS, headers=stranger))[:2] == (404, "RouteNotFound")


def test_groups_behind_the_clients_back(emulator: Emulator, api: Api) -> None:
    emulator.change(
        [
            {"change": "add_environment_group", "environment_group": {"id": NOWHERE, "name": "Fresh"}},
            {"change": "set_environment_group", "environment_group": "Regulated EMEA", "name": "R", "parent": None},
            {"change": "delete_environment_group", "environment_group": PERSONAL},
            {"change": "set_environment", "environment": SANDBOX, "environment_group": NOWHERE},
        ]
    )
    assert [item["displayName"] for item in every(api, GROUPS)] == ["Regulated", "R", "Fresh"]
    assert member_of(api, SANDBOX) == NOWHERE


def test_a_stale_read_shows_the_group_as_it_was(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "stale", "reads": 1}])
    ask(api, "PUT", f"{GROUPS}/{PERSONAL}", {"displayName": "renamed"})
    seen = [ask(api, "GET", f"{GROUPS}/{PERSONAL}").json()["displayName"] for _unused in range(2)]
    assert seen == ["Personal", "renamed"]
