# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom connectors and the catalogue (powerapps-admin.md 3.11 to 3.13, 4.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.control import Emulator, EmulatorError

from .api import (
    ADA,
    ADMIN,
    CONNECTOR,
    COPILOT,
    ENV,
    GONE,
    KIM,
    LEE,
    READERS,
    RP,
    SANDBOX,
    TENANT,
    Api,
    in_environment,
    put_item,
)

ONE = f"{ADMIN}/apis/{CONNECTOR}"
MINE = f"{RP}/apis/{CONNECTOR}"
WAREHOUSE = "shared_warehouse-5f0629412a7d1fe83e-5f11c0de00000000aa"


def modify(api: Api, body: Any, path: str = ONE, **more: Any) -> Any:
    return api.post("powerapps", f"{path}/modifyPermissions", body, version="2017-06-01", **more)


def test_the_admin_list_has_custom_connectors_only(api: Api) -> None:
    found = api.get("powerapps", f"{ADMIN}/apis", version="2017-05-01").json()["value"]
    assert [item["properties"]["displayName"] for item in found] == ["Expenses", "Warehouse", "Rates", "Rates"]
    item = found[0]
    assert item["id"] == ONE
    properties = item["properties"]
    assert (properties["isCustomApi"], properties["tier"], properties["publisher"]) == (True, "Premium", "Ada Example")
    assert (properties["metadata"]["environmentName"], properties["metadata"]["environment"]["name"]) == (ENV, ENV)
    assert json.loads(properties["metadata"]["createdBy"])["id"] == ADA
    assert "swagger" not in properties
    page = api.get("powerapps", f"{ADMIN}/apis?$top=3").json()
    assert len(api.get("powerapps", page["nextLink"], version=None).json()["value"]) == 1


def test_permissions_and_what_changes_them(api: Api) -> None:
    assert api.role_names(ONE) == {ADA: "Owner", KIM: "CanEdit", READERS: "CanView"}
    entry = api.get("powerapps", f"{ONE}/permissions").json()["value"][1]
    assert entry["id"] == f"{ONE}/permissions/{KIM}"
    assert entry["type"] == "Microsoft.PowerApps/apis/permissions"
    reply = modify(api, {**put_item(LEE), "delete": [{"id": f"{ONE}/permissions/{READERS}"}]})
    assert (reply.status_code, reply.content) == (200, b"")
    assert api.role_names(ONE) == {ADA: "Owner", KIM: "CanEdit", LEE: "CanView"}
    modify(api, {"put": [{"properties": {"roleName": "CanView", "principal": {"id": TENANT, "tenantId": TENANT}}}]})
    assert api.role_names(ONE)[f"tenant-{TENANT}"] == "CanView"
    orphans = api.get("powerapps", f"{ADMIN}/apis/{WAREHOUSE}/permissions").json()["value"]
    assert {item["name"] for item in orphans} == {GONE, GONE[:-1] + "e"}
    assert not [item for item in orphans if "displayName" in item["properties"]["principal"]]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (ONE, put_item(ADA, "CanEdit"), 400, "InvalidOperation"),
        (ONE, {"delete": [{"id": ADA}]}, 400, "InvalidOperation"),
        (ONE, put_item(TENANT, "CanViewWithShare"), 400, "InvalidRequestContent"),
        (ONE, put_item("a0000000-0000-4000-8000-0000000000ee"), 404, "UserNotFound"),
        (f"{ADMIN}/apis/shared_sql", put_item(KIM), 404, "ApiResourceNotFound"),
        (ONE.replace(ENV, SANDBOX), put_item(KIM), 404, "ApiResourceNotFound"),
        (ONE.replace(ENV, ENV[:-1] + "f"), put_item(KIM), 404, "ServiceToServiceEnvironmentNotFound"),
    ],
)
def test_what_is_refused_changes_nothing(
    emulator: Emulator, api: Api, path: str, body: Any, status: int, code: str
) -> None:
    before = emulator.tenant()
    reply = modify(api, body, path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert emulator.tenant() == before


def test_a_deleted_connector_is_gone_until_reset(emulator: Emulator, api: Api) -> None:
    gone = api("powerapps", "DELETE", ONE, version="2017-06-01")
    assert (gone.status_code, gone.content) == (200, b"")
    again = api("powerapps", "DELETE", ONE)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "ApiResourceNotFound")
    assert api.get("powerapps", f"{ONE}/permissions").status_code == 404
    emulator.reset()
    assert api.get("powerapps", f"{ADMIN}/apis").json()["value"][0]["name"] == CONNECTOR


def test_an_environment_of_copilot_is_closed_to_administrators_of_connectors(emulator: Emulator, api: Api) -> None:
    closed = ADMIN.replace(ENV, COPILOT)
    for path in (f"{closed}/apis", f"{closed}/apis/{CONNECTOR}/permissions"):
        reply = api.get("powerapps", path)
        error = reply.json()["error"]
        assert (reply.status_code, error["code"]) == (403, "Forbidden")
        assert "'ManageAnyCustomApi'" in error["message"]
        assert error["message"].endswith("PermissionBlockedByOfficeAI")
    assert modify(api, put_item(KIM), f"{closed}/apis/{CONNECTOR}").status_code == 403
    assert api("powerapps", "DELETE", f"{closed}/apis/{CONNECTOR}").status_code == 403
    assert api.get("powerapps", f"{closed}/connections").status_code == 200
    assert api.get("powerapps", f"{closed}/apps").status_code == 200
    emulator.change([{"change": "set_environment", "environment": COPILOT, "blocked": None}])
    assert api.get("powerapps", f"{closed}/apis").json() == {"value": []}


def test_an_environment_that_is_switched_off_says_so(emulator: Emulator, api: Api) -> None:
    path = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/e0000000-0000-4000-8000-000000000008"
    states = api.get("bap", path).json()["properties"]["states"]
    assert states == {"management": {"id": "Ready"}, "runtime": {"id": "Disabled"}}
    emulator.change([{"change": "set_environment", "environment": path[-36:], "runtime_state": "Enabled"}])
    assert api.get("bap", path).json()["properties"]["states"]["runtime"]["id"] == "Enabled"


def test_faults_reach_connectors(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "item_failure", "principal": LEE}])
    assert modify(api, put_item(LEE)).content == b""
    assert LEE not in api.role_names(ONE)
    emulator.faults([{"kind": "stale", "reads": 1, "times": 1}])
    modify(api, put_item(LEE))
    assert [LEE in api.role_names(ONE) for _unused in range(2)] == [False, True]
    emulator.faults([{"kind": "ignore_write", "times": 1}])
    modify(api, put_item(LEE, "CanEdit"))
    assert api.role_names(ONE)[LEE] == "CanView"
    emulator.faults([{"kind": "lag", "times": 1}])
    assert api.get("powerapps", f"{ONE}/permissions").json()["error"]["code"] == "ApiResourceNotFound"


def test_changes_of_connectors(emulator: Emulator, api: Api) -> None:
    new = {"id": "shared_new", "name": "New", "creator": "kim@contoso.example", "roles": [
        {"principal": "Finance Readers", "role": "CanView"}
    ]}  # fmt: skip
    emulator.change(
        [
            {"change": "put_connector_role", "connector": CONNECTOR, "principal": "everyone", "role": "CanView"},
            {"change": "delete_connector_role", "connector": CONNECTOR, "principal": KIM},
            {"change": "delete_connector", "connector": WAREHOUSE},
            {"change": "add_connector", "environment": ENV, "connector": new},
        ]
    )
    assert api.role_names(ONE) == {ADA: "Owner", READERS: "CanView", f"tenant-{TENANT}": "CanView"}
    found = [item["name"] for item in api.get("powerapps", f"{ADMIN}/apis").json()["value"]]
    assert WAREHOUSE not in found
    assert found[-1] == "shared_new"
    with pytest.raises(EmulatorError, match="0 custom connectors"):
        emulator.change([{"change": "delete_connector", "connector": WAREHOUSE}])


# -- as maker --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["maker", "runner"])
def test_the_catalogue_and_the_custom_connectors_of_an_environment(api: Api, client: str) -> None:
    found = {i["name"]: i["properties"] for i in api.get(
        "powerapps", f"{RP}/apis?{in_environment(ENV.upper())}&showApisWithToS=true", client=client
    ).json()["value"]}  # fmt: skip
    assert len(found) == 16
    assert (found["shared_sql"]["isCustomApi"], found["shared_sql"]["tier"]) == (False, "Premium")
    assert found["shared_sql"]["connectionParameters"]["password"] == {"type": "securestring"}
    assert found[CONNECTOR]["isCustomApi"] is True
    custom = f"{in_environment()} and IsCustomApi eq 'True'"
    names = [item["name"] for item in api.get("powerapps", f"{RP}/apis?{custom}", client=client).json()["value"]]
    assert names == [name for name in found if found[name]["isCustomApi"]]
    governed = api.get("powerapps", f"{RP}/apis?{in_environment()}&showAllDlpEnforceableApis=true", client=client)
    assert not [item for item in governed.json()["value"] if "runtimeUrls" in item["properties"]]


def test_one_connector_with_its_swagger(emulator: Emulator, api: Api) -> None:
    for name, title in (("shared_teams", "Microsoft Teams"), (CONNECTOR.upper(), "Expenses")):
        found = api.get(
            "powerapps", f"{RP}/apis/{name}?{in_environment('~Default' if 'teams' in name else ENV)}"
        ).json()
        assert found["properties"]["swagger"]["info"]["title"] == title
    missing = api.get("powerapps", f"{RP}/apis/shared_nothing?{in_environment()}")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ApiResourceNotFound")
    own = {"swagger": "2.0", "info": {"title": "Own"}, "paths": {"/x": {}}}
    new = {"id": "shared_own", "name": "Own", "creator": KIM, "swagger": own}
    emulator.change([{"change": "add_connector", "environment": ENV, "connector": new}])
    found = api.get("powerapps", f"{RP}/apis/shared_own?{in_environment()}").json()
    assert found["properties"]["swagger"] == own


def test_only_an_editor_shares_a_connector_as_maker(api: Api) -> None:
    query = in_environment()
    assert set(api.role_names_at(f"{MINE}/permissions?{query}", client="maker")) == {ADA, KIM, READERS}
    shared = api.post("powerapps", f"{MINE}/modifyPermissions?{query}", put_item(LEE), client="maker")
    assert (shared.status_code, shared.content) == (200, b"")
    assert api.role_names(ONE)[LEE] == "CanView"
    for client, path in (("runner", MINE), ("maker", f"{RP}/apis/{WAREHOUSE}")):
        assert api.get("powerapps", f"{path}/permissions?{query}", client=client).status_code == 403
        refused = api.post("powerapps", f"{path}/modifyPermissions?{query}", put_item(LEE), client=client)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Forbidden")
