# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections on the PowerApps RP, as administrator and as maker (powerapps-admin.md 2.5, 3.7 to 3.10, 4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.control import Emulator, EmulatorError

from .api import (
    ADA,
    ADMIN,
    BROKEN_CONNECTION,
    CONNECTION,
    ENV,
    GONE,
    KIM,
    LEE,
    PRIVATE_CONNECTION,
    READERS,
    RP,
    RUNNER,
    TENANT,
    Api,
    in_environment,
    put_item,
)

SQL = f"{ADMIN}/apis/shared_sql/connections/{CONNECTION}"
PRIVATE = f"{ADMIN}/apis/shared_sharepointonline/connections/{PRIVATE_CONNECTION}"
EVERYONE = f"tenant-{TENANT}"
MINE = f"{RP}/apis/shared_sql/connections"


def names(api: Api, path: str, **more: Any) -> list[str]:
    return [item["name"] for item in api.get("powerapps", path, **more).json()["value"]]


def modify(api: Api, body: Any, path: str = SQL, **more: Any) -> Any:
    return api.post("powerapps", f"{path}/modifyPermissions", body, version="2017-06-01", **more)


# -- as administrator ------------------------------------------------------------------------------------------------


def test_the_admin_list_pages_by_next_link(api: Api) -> None:
    found, link = [], f"{ADMIN}/connections?$top=4&api-version=2016-11-01"
    while link:
        page = api.get("powerapps", link, version=None).json()
        assert len(page["value"]) <= 4
        found += [item["properties"]["displayName"] for item in page["value"]]
        link = page.get("nextLink")
    assert len(found) == 6
    assert found.count("Approvals mailbox") == 2


def test_one_connection_in_its_admin_form(api: Api) -> None:
    found = {item["name"]: item for item in api.get("powerapps", f"{ADMIN}/connections").json()["value"]}
    item = found[CONNECTION]
    assert item["id"] == SQL
    assert item["type"] == "Microsoft.PowerApps/scopes/apis/connections"
    properties = item["properties"]
    assert properties["apiId"] == f"{ADMIN}/apis/shared_sql"
    assert properties["connectionParameters"] == {"server": "sql.contoso.example", "database": "ledger"}
    assert properties["statuses"] == [{"status": "Connected"}]
    assert (properties["allowSharing"], properties["createdBy"]["id"]) == (True, ADA)
    assert properties["environment"] == {"id": f"{RP}/environments/{ENV}", "name": ENV}
    broken = found[BROKEN_CONNECTION]["properties"]
    assert "displayName" not in broken["createdBy"]
    assert broken["statuses"][0]["error"]["code"] == "Unauthorized"
    assert "AADSTS50173" in broken["statuses"][0]["error"]["message"]
    private = found[PRIVATE_CONNECTION]["properties"]
    assert (private["allowSharing"], private["accountName"]) == (False, "lee@contoso.example")
    automation = found["d0000000000000000000000000000006"]["properties"]
    assert automation["connectionParametersSet"] == {"name": "CertOauth", "values": {}}
    assert automation["createdBy"] == {
        "id": RUNNER,
        "type": "ServicePrincipal",
        "tenantId": TENANT,
        "displayName": "Governance Runner",
    }


def test_the_connections_of_one_connector(api: Api) -> None:
    assert names(api, f"{ADMIN}/apis/SHARED_SQL/connections") == [CONNECTION, BROKEN_CONNECTION]
    assert names(api, f"{ADMIN}/apis/shared_teams/connections") == []
    unknown = api.get("powerapps", f"{ADMIN}/apis/shared_nothing/connections")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "ApiResourceNotFound")


def test_permissions_in_their_form(api: Api) -> None:
    found = {item["name"]: item for item in api.get("powerapps", f"{SQL}/permissions").json()["value"]}
    assert {name: item["properties"]["roleName"] for name, item in found.items()} == {
        ADA: "Owner",
        KIM: "CanView",
        READERS: "CanEdit",
    }
    item = found[KIM]
    assert item["id"] == f"{RP}/apis/shared_sql/connections/{CONNECTION}/permissions/{KIM}"
    assert item["type"] == "Microsoft.PowerApps/apis/connections/permissions"
    assert "scope" not in item["properties"]
    assert item["properties"]["notifyShareTargetOption"] == "NotSpecified"
    path = f"{ADMIN}/apis/shared_sql/connections/{BROKEN_CONNECTION}/permissions"
    broken = {item["name"]: item["properties"] for item in api.get("powerapps", path).json()["value"]}
    assert broken[GONE]["roleName"] == "Owner"
    assert "displayName" not in broken[GONE[:-1] + "e"]["principal"]


def test_a_put_without_type_adds_then_replaces_and_answers_nothing(api: Api) -> None:
    for kind, principal in (("User", LEE), ("Group", "b0000000-0000-4000-8000-000000000002")):
        reply = modify(api, put_item(principal))
        assert (reply.status_code, reply.content) == (200, b"")
        entry = next(i for i in api.get("powerapps", f"{SQL}/permissions").json()["value"] if i["name"] == principal)
        assert entry["properties"]["principal"]["type"] == kind
    modify(api, put_item(LEE, "CanViewWithShare"))
    assert api.role_names(SQL)[LEE] == "CanViewWithShare"


@pytest.mark.parametrize("option", ["NotifyShareTargetOption", "notifyShareTargetOption"])
def test_the_option_to_notify_in_both_casings(api: Api, option: str) -> None:
    body = put_item(LEE)
    body["put"][0]["properties"] |= {option: "DoNotNotify", "capabilities": [], "inviteGuestToTenant": False}
    assert modify(api, body).status_code == 200
    assert api.role_names(SQL)[LEE] == "CanView"


@pytest.mark.parametrize("prefix", ["", f"{RP}/apis/shared_sql/connections/{CONNECTION}/permissions/"])
def test_a_delete_takes_a_bare_name_or_a_whole_id(api: Api, prefix: str) -> None:
    for _unused in range(2):
        assert modify(api, {"put": [], "delete": [{"id": prefix + KIM.upper()}]}).status_code == 200
        assert KIM not in api.role_names(SQL)


@pytest.mark.parametrize(
    "principal",
    [
        {"id": TENANT, "type": "Tenant"},
        {"type": "Tenant", "tenantId": TENANT},
        {"email": "", "id": "null", "type": "Tenant", "tenantId": TENANT},
        {"email": "", "id": None, "type": "Tenant", "tenantId": TENANT},
        {"id": TENANT, "tenantId": TENANT},
    ],
)
def test_everyone_in_each_of_its_spellings(api: Api, principal: dict[str, Any]) -> None:
    assert modify(api, {"put": [{"properties": {"roleName": "CanView", "principal": principal}}]}).status_code == 200
    assert api.role_names(SQL)[EVERYONE] == "CanView"
    modify(api, {"delete": [{"id": f"{RP}/apis/shared_sql/connections/{CONNECTION}/permissions/{EVERYONE}"}]})
    assert EVERYONE not in api.role_names(SQL)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (SQL, put_item(ADA, "CanEdit"), 400, "InvalidOperation"),
        (SQL, {"delete": [{"id": ADA}]}, 400, "InvalidOperation"),
        (SQL, put_item(KIM, "Owner"), 400, "InvalidRequestContent"),
        (SQL, put_item(TENANT, "CanEdit"), 400, "InvalidRequestContent"),
        (SQL, put_item("a0000000-0000-4000-8000-0000000000ee"), 404, "UserNotFound"),
        (PRIVATE, put_item(KIM), 403, "ConnectionSharingNotAllowed"),
        (PRIVATE, put_item(TENANT), 403, "ConnectionSharingNotAllowed"),
        (PRIVATE[:-1] + "9", put_item(KIM), 404, "ConnectionNotFound"),
        (SQL.replace("shared_sql", "shared_teams"), put_item(KIM), 404, "ConnectionNotFound"),
        (SQL.replace(ENV, ENV[:-1] + "f"), put_item(KIM), 404, "ServiceToServiceEnvironmentNotFound"),
    ],
)
def test_what_is_refused_changes_nothing(
    emulator: Emulator, api: Api, path: str, body: Any, status: int, code: str
) -> None:
    before = emulator.tenant()
    reply = modify(api, body, path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert emulator.tenant() == before


def test_a_connection_that_is_not_to_be_shared_takes_service_principals_and_deletes(api: Api) -> None:
    bot = "c0000000-0000-4000-8000-000000000006"
    assert modify(api, put_item(bot), PRIVATE).status_code == 200
    assert api.role_names(PRIVATE)[bot] == "CanView"
    assert modify(api, {"delete": [{"id": bot}]}, PRIVATE).status_code == 200
    assert bot not in api.role_names(PRIVATE)


def test_a_deleted_connection_is_gone(emulator: Emulator, api: Api) -> None:
    gone = api("powerapps", "DELETE", SQL, version="2017-06-01")
    assert (gone.status_code, gone.content) == (200, b"")
    again = api("powerapps", "DELETE", SQL)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "ConnectionNotFound")
    assert api.get("powerapps", f"{SQL}/permissions").status_code == 404
    assert CONNECTION not in names(api, f"{ADMIN}/connections")
    finance = next(item for item in emulator.tenant()["environments"] if item["id"] == ENV)
    assert CONNECTION not in [item["id"] for item in finance["connections"]]
    emulator.reset()
    assert names(api, f"{ADMIN}/connections")[0] == CONNECTION


def test_who_may_administer_connections(emulator: Emulator, api: Api) -> None:
    for client, status in (("runner", 200), ("delegated", 200), ("unregistered", 403), ("maker", 403)):
        assert api.get("powerapps", f"{ADMIN}/connections", client=client).status_code == status
    emulator.change([{"change": "set_client", "client": "runner", "registered": False}])
    refused = api.get("powerapps", f"{ADMIN}/connections")
    assert "'ManageAnyConnection'" in refused.json()["error"]["message"]
    assert api.get("powerapps", f"{ADMIN}/connections", version="1").json()["error"]["code"] == "InvalidApiVersion"


# -- faults and changes ----------------------------------------------------------------------------------------------


def test_a_failed_item_is_not_applied_and_nothing_says_so(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "item_failure", "principal": LEE}])
    body = {"put": [*put_item(LEE)["put"], *put_item(KIM, "CanEdit")["put"]]}
    reply = modify(api, body)
    assert (reply.status_code, reply.content) == (200, b"")
    found = api.role_names(SQL)
    assert (LEE in found, found[KIM]) == (False, "CanEdit")


def test_stale_ignored_and_late(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "stale", "reads": 2, "times": 1}])
    modify(api, put_item(LEE))
    assert [LEE in api.role_names(SQL) for _unused in range(3)] == [False, False, True]
    emulator.faults([{"kind": "stale", "reads": 1, "times": 1}])
    api("powerapps", "DELETE", SQL)
    assert [CONNECTION in names(api, f"{ADMIN}/connections") for _unused in range(2)] == [True, False]
    emulator.reset()
    emulator.faults([{"kind": "ignore_write"}])
    assert modify(api, put_item(LEE)).status_code == 200
    assert LEE not in api.role_names(SQL)
    emulator.faults([{"kind": "lag", "times": 1}])
    late = api.get("powerapps", f"{SQL}/permissions")
    assert (late.status_code, late.json()["error"]["code"]) == (404, "ConnectionNotFound")


def test_changes_of_connections(emulator: Emulator, api: Api) -> None:
    new = "d00000000000000000000000000000ff"
    emulator.change(
        [
            {"change": "put_connection_role", "connection": CONNECTION, "principal": "Makers", "role": "CanView"},
            {"change": "delete_connection_role", "connection": CONNECTION, "principal": "kim@contoso.example"},
            {"change": "set_connection", "connection": BROKEN_CONNECTION, "status": "Connected", "name": "Mended"},
            {
                "change": "set_connection",
                "connection": PRIVATE_CONNECTION,
                "status": "Error",
                "error_code": "Unauthenticated",
                "allow_sharing": True,
            },
            {"change": "delete_connection", "connection": "d0000000000000000000000000000004"},
            {
                "change": "add_connection",
                "environment": ENV,
                "connection": {"id": new, "connector": "shared_teams", "name": "New", "creator": KIM},
            },
        ]
    )
    found = {item["name"]: item["properties"] for item in api.get("powerapps", f"{ADMIN}/connections").json()["value"]}
    assert set(api.role_names(SQL)) == {ADA, READERS, "b0000000-0000-4000-8000-000000000002"}
    assert found[BROKEN_CONNECTION]["statuses"] == [{"status": "Connected"}]
    assert found[BROKEN_CONNECTION]["displayName"] == "Mended"
    private = found[PRIVATE_CONNECTION]
    assert (private["statuses"][0]["error"]["code"], private["allowSharing"]) == ("Unauthenticated", True)
    assert "d0000000000000000000000000000004" not in found
    assert api.role_names(f"{ADMIN}/apis/shared_teams/connections/{new}") == {KIM: "Owner"}
    assert emulator.log(writes=True) == []
    with pytest.raises(EmulatorError, match="0 connections"):
        emulator.change([{"change": "delete_connection", "connection": "d0000000000000000000000000000004"}])


# -- as maker --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["connections", "apis/shared_sql/connections", "apis"])
def test_the_maker_routes_need_to_be_told_the_environment(api: Api, path: str) -> None:
    for wrong in ("", "?$filter=name eq 'x'"):
        reply = api.get("powerapps", f"{RP}/{path}{wrong}", client="maker")
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "MissingEnvironmentFilter")
    for environment in (ENV[:-1] + "f", "e0000000-0000-4000-8000-000000000006"):
        missing = api.get("powerapps", f"{RP}/{path}?{in_environment(environment)}", client="maker")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ServiceToServiceEnvironmentNotFound")


def test_a_maker_sees_what_it_made_and_what_it_may_use(api: Api) -> None:
    mine = names(api, f"{RP}/connections?{in_environment()}", client="maker")
    assert mine == [CONNECTION, BROKEN_CONNECTION, "d0000000000000000000000000000004"]
    assert names(api, f"{RP}/connections?{in_environment()}") == ["d0000000000000000000000000000006"]
    assert names(api, f"{MINE}?{in_environment()}", client="maker") == [CONNECTION, BROKEN_CONNECTION]
    one = api.get("powerapps", f"{MINE}/{CONNECTION}?{in_environment()}", client="maker").json()
    assert one["id"] == f"{MINE}/{CONNECTION}"
    assert one["type"] == "Microsoft.PowerApps/apis/connections"
    other = f"{RP}/apis/shared_sharepointonline/connections/{PRIVATE_CONNECTION}?{in_environment()}"
    hidden = api.get("powerapps", other, client="maker")
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (403, "ConnectionAuthorizationFailed")
    assert api.get("powerapps", f"{RP}/connections?{in_environment()}", client="unregistered").status_code == 403


def test_only_an_editor_shares_updates_and_deletes_as_maker(emulator: Emulator, api: Api) -> None:
    query = in_environment()
    one = f"{MINE}/{CONNECTION}"

    def attempts() -> list[int]:
        return [
            api.get("powerapps", f"{one}/permissions?{query}", client="maker").status_code,
            api.post("powerapps", f"{one}/modifyPermissions?{query}", put_item(LEE), client="maker").status_code,
            api(
                "powerapps",
                "PUT",
                f"{one}?{query}",
                client="maker",
                json={"properties": {"displayName": "Renamed", "environment": {"name": ENV}}},
            ).status_code,
            api("powerapps", "DELETE", f"{one}?{query}", client="maker").status_code,
        ]

    assert attempts() == [403] * 4
    emulator.change([{"change": "put_connection_role", "connection": CONNECTION, "principal": KIM, "role": "CanEdit"}])
    assert attempts() == [200] * 4
    assert CONNECTION not in names(api, f"{ADMIN}/connections")


def test_a_maker_creates_on_the_rp(api: Api) -> None:
    name = "d00000000000000000000000000000aa"
    body = {
        "properties": {
            "displayName": "Mine",
            "environment": {"name": ENV},
            "connectionParameters": {"server": "s", "database": "d", "password": "hush"},
        }
    }
    path = f"{MINE}/{name}?{in_environment()}"
    assert api("powerapps", "PUT", path, json=body, client="maker").status_code == 201
    assert api.role_names(f"{ADMIN}/apis/shared_sql/connections/{name}") == {KIM: "Owner"}
