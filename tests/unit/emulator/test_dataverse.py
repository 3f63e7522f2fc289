# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataverse: whose host, whose token, and rows of `connector` made, read, changed, deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.control import Emulator

from .api import ADA, CONNECTOR, ENV, KIM, LEE, RUNNER, Api
from .dataverse_api import (
    ABSENT,
    API_HOST,
    DEFINITION,
    EXPENSES,
    HOST,
    LEES_RATES,
    NEW,
    RATES,
    SANDBOX_HOST,
    TEAM,
    WAREHOUSE,
    Organisation,
    code_of,
    new_row,
    scope_of,
)


@pytest.fixture
def finance(api: Api) -> Organisation:
    return Organisation(api)


def stored(emulator: Emulator, key: str = "dataverse_id", value: str = NEW) -> dict[str, Any]:
    """A connector of the tenant as the file would hold it."""
    for environment in emulator.tenant()["environments"]:
        for item in environment["connectors"]:
            if item.get(key) == value:
                return dict(item)
    raise AssertionError(value)


# -- hosts and tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v9.0", "v9.1", "v9.2"])
@pytest.mark.parametrize("host", [HOST, API_HOST, f"{HOST}:8443", HOST.upper()])
def test_both_forms_of_the_host_and_all_versions_answer(api: Api, host: str, version: str) -> None:
    organisation = Organisation(api, host=host, version=version)
    organisation.token = api.emulator.token(scope_of(HOST))
    reply = organisation.get("connectors?$select=name")
    assert (reply.status_code, reply.headers["OData-Version"]) == (200, "4.0")
    assert reply.json()["@odata.context"] == f"https://{host.lower()}/api/data/{version}/$metadata#connectors(name)"
    assert len(reply.json()["value"]) == 4


@pytest.mark.parametrize(
    "host", ["nobody.crm4.dynamics.com", "contosofin.crm.dynamics.com", "contosofin.crm10.dynamics.com"]
)
def test_no_organisation_no_answer(api: Api, host: str) -> None:
    assert Organisation(api, host=host).get("connectors").status_code == 421


def test_the_loopback_name_is_no_organisation(api: Api) -> None:
    reply = api.session.get(f"{api.emulator.base_url}/api/data/v9.2/connectors", verify=api.emulator.ca_path, timeout=9)
    assert reply.status_code == 421


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (f"https://{HOST}/.default", 200),
        (f"https://{HOST}//.default", 200),
        (f"https://{API_HOST}/.default", 200),
        (f"https://{HOST}:8443/.default", 401),
        (f"https://{SANDBOX_HOST}/.default", 401),
        ("https://service.powerapps.com//.default", 401),
        ("https://globaldisco.crm.dynamics.com/.default", 401),
    ],
)
def test_the_audience_is_the_organisations_origin(api: Api, scope: str, status: int) -> None:
    for host in (HOST, API_HOST):
        organisation = Organisation(api, host=host)
        organisation.token = api.emulator.token(scope)
        reply = organisation.get("connectors")
        assert reply.status_code == status
        if status == 401:
            assert reply.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_an_organisation_of_another_cloud(emulator: Emulator, api: Api) -> None:
    for host in ("crm9.dynamics.com", "crm.microsoftdynamics.us", "crm.appsplatform.us", "crm.dynamics.cn"):
        tenant = {"change": "set_environment", "environment": ENV, "dataverse_host": host}
        emulator.change([tenant])
        organisation = Organisation(api, host=f"contosofin.api.{host}")
        assert organisation.get("WhoAmI").status_code == 200
        assert Organisation(api).get("WhoAmI").status_code == 421


@pytest.mark.parametrize("path", ["v8.2/connectors", "v9.3/connectors", "v9.2/spaceships", "v9.2/connectors/x", "v9.2"])
def test_what_is_not_there_is_404(api: Api, finance: Organisation, path: str) -> None:
    reply = finance.get(f"{api.emulator.base_url}/api/data/{path}")
    assert code_of(reply) == (404, "0x8006088a")


def test_verbs_that_are_not_taken(finance: Organisation) -> None:
    for method, path in (
        ("POST", f"connectors({EXPENSES})"),
        ("PUT", "connectors"),
        ("DELETE", "connectors"),
        ("POST", "teams"),
    ):
        assert finance(method, path, json={}).status_code == 405


# -- who may do what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "status"),
    [("runner", 200), ("graphless", 200), ("delegated", 200), ("maker", 200), ("unregistered", 403)],
)
def test_who_gets_in(api: Api, client: str, status: int) -> None:
    reply = Organisation(api, client).get("connectors")
    assert reply.status_code == status
    if status == 403:
        assert reply.json()["error"]["code"] == "0x80040220"


def test_a_maker_reads_all_and_changes_its_own(api: Api, finance: Organisation) -> None:
    kim = Organisation(api, "maker")
    assert len(kim.get("connectors").json()["value"]) == 4
    assert kim.patch(RATES, {"description": "mine"}, {"If-Match": "*"}).status_code == 204
    for row_id in (EXPENSES, LEES_RATES):
        assert code_of(kim.patch(row_id, {"description": "not mine"}, {"If-Match": "*"})) == (403, "0x80040220")
        assert code_of(kim("DELETE", f"connectors({row_id})")) == (403, "0x80040220")
    finance.patch(EXPENSES, {"ownerid@odata.bind": f"/teams({TEAM})"})
    assert kim.patch(EXPENSES, {"description": "my team's"}, {"If-Match": "*"}).status_code == 204
    assert kim.post("connectors", new_row()).status_code == 204
    assert kim("DELETE", f"connectors({NEW})").status_code == 204


def test_makers_of_one_environment_are_none_of_another(emulator: Emulator, api: Api) -> None:
    sandbox = Organisation(api, "maker", SANDBOX_HOST)
    assert sandbox.get("connectors").status_code == 403
    default = Organisation(api, "maker", "contoso.crm4.dynamics.com")
    assert default.get("connectors").json()["value"] == []  # everybody is a maker there
    emulator.change([{"change": "set_client", "client": "runner", "registered": False}])
    assert Organisation(api).get("connectors").status_code == 403


# -- rows ------------------------------------------------------------------------------------------------------------


def test_a_row_in_full(finance: Organisation) -> None:
    row = finance.row()
    assert row["@odata.context"].endswith("/$metadata#connectors/$entity")
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'
    assert (row["connectorid"], row["name"], row["displayname"]) == (EXPENSES, "cr736_5Fexpenses", "Expenses")
    assert (row["connectorinternalid"], row["connectortype"], row["ismanaged"]) == (CONNECTOR, 1, False)
    assert json.loads(row["openapidefinition"])["host"] == "claims.contoso.example"
    assert row["_ownerid_value"] == row["_owninguser_value"] == row["_createdby_value"] == finance.user_id(ADA)
    assert (row["_owningteam_value"], row["owneridtype"], row["statecode"], row["statuscode"]) == (
        None,
        "systemuser",
        0,
        1,
    )
    assert (row["connectionparameters"], row["capabilities"], row["iconbrandcolor"]) == (None, None, "#007ee5")
    assert (row["createdon"], row["componentstate"]) == ("2025-01-06T08:00:00Z", 0)
    assert row["iscustomizable"]["Value"] is True


def test_some_columns_of_a_row_and_none_that_is_unchanged(finance: Organisation) -> None:
    reply = finance.get(f"connectors({EXPENSES.upper()})?$select=displayname")
    assert set(reply.json()) == {"@odata.context", "@odata.etag", "displayname", "connectorid"}
    etag = reply.json()["@odata.etag"]
    same = finance.get(f"connectors({EXPENSES})", headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    for other in ('W/"1"', "null"):
        assert finance.get(f"connectors({EXPENSES})", headers={"If-None-Match": other}).status_code == 200


def test_rows_that_are_not_there_and_keys_that_are_none(finance: Organisation) -> None:
    assert code_of(finance.get(f"connectors({ABSENT})")) == (404, "0x80040217")
    assert code_of(finance.get("connectors(shared_expenses)")) == (400, "0x80060888")
    assert finance.get(f"connectors(connectorid={EXPENSES})").status_code == 200


def test_create(emulator: Emulator, finance: Organisation) -> None:
    reply = finance.post("connectors", new_row(description="Sample", capabilities="118690005,118690004"))
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["OData-EntityId"] == f"https://{HOST}/api/data/v9.2/connectors({NEW})"
    row = finance.row(NEW)
    assert (row["description"], row["capabilities"], row["connectortype"]) == ("Sample", "118690005,118690004", 1)
    assert row["connectorinternalid"].startswith("shared_demo-20connector-5f")
    assert json.loads(row["openapidefinition"]) == DEFINITION
    assert row["_ownerid_value"] == row["_modifiedby_value"] == finance.user_id(RUNNER)
    assert stored(emulator)["capabilities"] == ["actions", "cloud"]
    again = finance.post("connectors", new_row(name="other"))
    assert code_of(again) == (412, "0x80040237")
    assert finance.row(NEW) == row


def test_create_makes_a_key_and_shows_the_row_when_asked(finance: Organisation) -> None:
    reply = finance.post(
        "connectors?$select=displayname", {"name": "a_b", "displayname": "A_b"}, {"Prefer": "return=representation"}
    )
    assert (reply.status_code, reply.headers["Preference-Applied"]) == (201, "return=representation")
    row = reply.json()
    assert row["@odata.etag"] == reply.headers["ETag"]
    assert set(row) == {"@odata.context", "@odata.etag", "displayname", "connectorid"}
    made = finance.row(row["connectorid"])
    assert made["connectorinternalid"].startswith("shared_a-5fb-5f")
    assert (made["openapidefinition"], made["connectortype"]) == (None, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"colour": "red"}, "0x80048d19"),
        ({"_ownerid_value": NEW}, "0x80048d19"),
        ({"owninguser@odata.bind": "/systemusers(x)"}, "0x80048d19"),
        ({"ownerid@odata.bind": "systemusers"}, "0x80048d19"),
        ({"ownerid@odata.bind": f"/accounts({NEW})"}, "0x80048d19"),
        ({"connectorid": "7"}, "0x80048d19"),
        ({"connectortype": "1"}, "0x80048d19"),
        ({"connectortype": 7}, "0x80048d19"),
        ({"displayname": 7}, "0x80048d19"),
        ({"capabilities": "1"}, "0x80048d19"),
        ({"displayname": "x" * 201}, "0x80044331"),
        ({"description": "x" * 1001}, "0x80044331"),
        ({"openapidefinition": "x" * 1_000_001}, "0x80044331"),
        ({"openapidefinition": "swagger: '2.0'"}, "0x80040203"),
        ({"openapidefinition": json.dumps({**DEFINITION, "swagger": "3.0"})}, "0x80040203"),
        ({"openapidefinition": '{"swagger": "2.0", "paths": {}}'}, "0x80040203"),
        ({"openapidefinition": '{"swagger": "2.0", "host": "a.example"}'}, "0x80040203"),
        ({"connectionparameters": "token"}, "0x80040203"),
        ({"name": None}, "0x80040203"),
        ({"displayname": ""}, "0x80040203"),
    ],
)  # fmt: skip
def test_a_body_that_is_refused_makes_nothing(
    emulator: Emulator, finance: Organisation, change: Any, code: str
) -> None:
    before = emulator.tenant()
    assert code_of(finance.post("connectors", new_row(**change))) == (400, code)
    assert emulator.tenant() == before


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"'])
def test_a_body_that_is_no_json_object(finance: Organisation, body: bytes) -> None:
    assert finance("POST", "connectors", data=body).status_code == 400
    assert finance("PATCH", f"connectors({EXPENSES})", data=body).status_code == 400


def test_what_the_platform_sets_is_not_taken_from_the_body(finance: Organisation) -> None:
    given = {
        "createdon": "2001-01-01T00:00:00Z",
        "ismanaged": True,
        "connectorinternalid": "shared_mine",
        "@odata.type": "x",
    }
    assert finance.post("connectors", new_row(**given)).status_code == 204
    row = finance.row(NEW)
    assert row["createdon"] > "2025"
    assert (row["ismanaged"], row["connectorinternalid"] == "shared_mine") == (False, False)


# -- update and delete -----------------------------------------------------------------------------------------------


def test_an_update_changes_what_is_sent_and_counts(emulator: Emulator, finance: Organisation) -> None:
    before = finance.row()
    reply = finance(
        "PATCH", f"connectors({EXPENSES})?tag=PowerAppsRP", headers={"If-Match": "*"}, json={"description": "New"}
    )
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["OData-EntityId"].endswith(f"connectors({EXPENSES})")
    assert emulator.log(writes=True)[-1]["query"] == "tag=PowerAppsRP"
    after = finance.row()
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"@odata.etag", "versionnumber", "modifiedon", "description", "_modifiedby_value"}
    assert after["modifiedon"] > before["modifiedon"]
    shown = finance.patch(EXPENSES, {"description": None}, {"Prefer": "return=representation", "If-Match": "*"})
    assert (shown.status_code, shown.json()["description"]) == (200, None)
    assert shown.json()["versionnumber"] > after["versionnumber"]
    assert shown.json()["modifiedon"] > after["modifiedon"]


def test_versions(finance: Organisation) -> None:
    old = finance.row()["@odata.etag"]
    assert finance.patch(EXPENSES, {"description": "1"}, {"If-Match": old}).status_code == 204
    assert code_of(finance.patch(EXPENSES, {"description": "2"}, {"If-Match": old})) == (412, "0x80060882")
    assert code_of(finance("DELETE", f"connectors({EXPENSES})", headers={"If-Match": old})) == (412, "0x80060882")
    assert code_of(finance.patch(EXPENSES, {"description": "3"}, {"If-None-Match": "*"})) == (412, "0x80040237")
    assert finance.row()["description"] == "1"


def test_a_patch_creates_unless_it_says_otherwise(finance: Organisation) -> None:
    body = new_row()
    del body["connectorid"]
    for tag in ("*", 'W/"1"'):
        assert code_of(finance.patch(NEW, body, {"If-Match": tag})) == (404, "0x80040217")
    other = finance.patch(NEW, new_row(connectorid=ABSENT))
    assert code_of(other) == (400, "0x80040203")
    made = finance.patch(NEW, body, {"If-None-Match": "*"})
    assert (made.status_code, made.headers["OData-EntityId"][-38:]) == (204, f"({NEW})")
    assert finance.row(NEW)["displayname"] == "Demo connector"
    shown = finance.patch(ABSENT, {**body, "name": "x"}, {"Prefer": "return=representation"})
    assert (shown.status_code, shown.json()["connectorid"]) == (201, ABSENT)


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"connectortype": 2}, {"connectorid": NEW}, {"displayname": None}]
)
def test_what_an_update_cannot_change(finance: Organisation, change: Any) -> None:
    before = finance.row()
    assert code_of(finance.patch(EXPENSES, change)) == (400, "0x80040203")
    assert finance.row() == before
    assert finance.patch(EXPENSES, {"name": before["name"], "connectortype": 1, "connectorid": EXPENSES}).ok


def test_states_and_customizability(finance: Organisation) -> None:
    body = {"statecode": 1, "iscustomizable": {"Value": False}, "interfaces": "i", "introducedversion": "1.0"}
    assert finance.patch(EXPENSES, body, {"If-Match": "*"}).status_code == 204
    row = finance.row()
    assert (row["statecode"], row["statuscode"], row["iscustomizable"]["Value"]) == (1, 2, False)
    assert (row["interfaces"], row["introducedversion"]) == ("i", "1.0")
    for wrong in ({"statecode": 5}, {"iscustomizable": False}):
        assert code_of(finance.patch(EXPENSES, wrong)) == (400, "0x80048d19")


def test_owners(finance: Organisation) -> None:
    kim = finance.user_id(KIM)
    for bind in (
        f"/systemusers({kim})",
        f"systemusers({kim})",
        f"https://{HOST}/api/data/v9.2/systemusers({kim.upper()})",
    ):
        finance.patch(EXPENSES, {"ownerid@odata.bind": f"/teams({TEAM})"})
        row = finance.row()
        assert (row["_ownerid_value"], row["_owningteam_value"], row["_owninguser_value"]) == (TEAM, TEAM, None)
        assert row["owneridtype"] == "team"
        assert finance.patch(EXPENSES, {"ownerid@odata.bind": bind}).status_code == 204
        assert finance.row()["_ownerid_value"] == kim
    for missing in (f"/systemusers({KIM})", f"/teams({ABSENT})", f"/systemusers({finance.user_id(LEE)[:-1]}x)"):
        assert finance.patch(EXPENSES, {"ownerid@odata.bind": missing}).status_code in (400, 404)
    assert finance.row()["_ownerid_value"] == kim
    made = finance.post("connectors", new_row(**{"ownerid@odata.bind": f"systemusers({kim})"}))
    assert made.status_code == 204
    row = finance.row(NEW)
    assert (row["_ownerid_value"], row["_createdby_value"]) == (kim, finance.user_id(RUNNER))


def test_delete(emulator: Emulator, finance: Organisation) -> None:
    gone = finance("DELETE", f"connectors({EXPENSES})")
    assert (gone.status_code, gone.content) == (204, b"")
    assert code_of(finance("DELETE", f"connectors({EXPENSES})")) == (404, "0x80040217")
    assert finance.get(f"connectors({EXPENSES})").status_code == 404
    assert EXPENSES not in finance.filtered("name ne null", select="connectorid")
    emulator.reset()
    assert finance.row()["displayname"] == "Expenses"


def test_a_connector_that_is_used_stays_where_dependencies_count(emulator: Emulator, finance: Organisation) -> None:
    connection = {"id": "d0000000000000000000000000000099", "connector": CONNECTOR, "name": "Used", "creator": ADA}
    emulator.change(
        [
            {"change": "add_connection", "environment": ENV, "connection": connection},
            {"change": "set_environment", "environment": ENV, "dataverse_dependencies": True},
        ]
    )
    assert code_of(finance("DELETE", f"connectors({EXPENSES})")) == (400, "0x8004f01f")
    assert finance("DELETE", f"connectors({WAREHOUSE})").status_code == 204
    emulator.change([{"change": "set_environment", "environment": ENV, "dataverse_dependencies": False}])
    assert finance("DELETE", f"connectors({EXPENSES})").status_code == 204


def test_managed_rows(emulator: Emulator, finance: Organisation) -> None:
    emulator.change([{"change": "set_connector", "connector": CONNECTOR, "managed": True}])
    row = finance.row()
    assert (row["ismanaged"], row["iscustomizable"]["CanBeChanged"]) == (True, False)
    assert finance.patch(EXPENSES, {"description": "layer"}).status_code == 204
    emulator.change([{"change": "set_connector", "connector": CONNECTOR, "customizable": False}])
    assert code_of(finance.patch(EXPENSES, {"description": "no"})) == (400, "0x80045036")
    assert finance("DELETE", f"connectors({EXPENSES})").status_code == 400
    assert finance.row()["description"] == "layer"
