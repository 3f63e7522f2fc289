# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of `workflow` and the flows of the Flow RP behind them (flow-management.md 9)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .api import ADA, KIM, RUNNER, SANDBOX, Api
from .dataverse_api import SANDBOX_HOST, Organisation, code_of
from .flow_api import ARCHIVE, DRAFT, IMPORT, INVOICE_BOT, ONBOARDING, REVIEW, ROBOT, admin, definition, maker, names

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

NEW_ROW = "fd000000-0000-4000-8000-0000000000aa"
ABSENT = "fd000000-0000-4000-8000-0000000000ee"
ROWS = {flow: flow.replace("f0000000", "fd000000") for flow in (ONBOARDING, IMPORT, ROBOT, ARCHIVE)}
TEAM = "b2000000-0000-4000-8000-000000000002"
MAKERS = "b0000000-0000-4000-8000-000000000002"


@pytest.fixture
def sandbox(api: Api) -> Organisation:
    return Organisation(api, host=SANDBOX_HOST)


def _client_data(references: dict[str, Any] | None = None, made_of: dict[str, Any] | None = None) -> str:
    properties = {"connectionReferences": references or {}, "definition": made_of or definition(steps=False)}
    return json.dumps({"properties": properties, "schemaVersion": "1.0.0.0"}, indent=1)


def _row(**more: Any) -> dict[str, Any]:
    return {
        "category": 5,
        "type": 1,
        "primaryentity": "none",
        "name": "Made in Dataverse",
        "clientdata": _client_data(),
        **more,
    }


def _patch(organisation: Organisation, row_id: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    sent = {"If-Match": "*"} if headers is None else headers
    return organisation("PATCH", f"workflows({row_id})", headers=sent, json=body)


def _read(organisation: Organisation, row_id: str) -> dict[str, Any]:
    reply = organisation.get(f"workflows({row_id})")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def _flow(api: Api, flow: str) -> dict[str, Any]:
    reply = api.get("flow", admin(flow=flow))
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()["properties"]
    return found


def test_the_rows_of_cloud_flows(sandbox: Organisation) -> None:
    query = "workflows?$filter=category eq 5 and type eq 1&$select=name,statecode,statuscode,_ownerid_value,ismanaged"
    rows = {row["name"]: row for row in sandbox.get(query).json()["value"]}
    states = {name: (row["statecode"], row["statuscode"]) for name, row in rows.items()}
    assert states == {
        "Supplier onboarding": (1, 2),
        "Supplier review": (0, 1),
        "Supplier import": (0, 1),
        "Ledger robot": (1, 2),
        "Supplier archive": (1, 2),
    }
    assert rows["Ledger robot"]["_ownerid_value"] == sandbox.user_id(INVOICE_BOT)
    assert rows["Supplier archive"]["ismanaged"] is True
    started = sandbox.filtered("statecode eq 1 and startswith(name,'supplier')", "workflows")
    assert started == ["Supplier archive", "Supplier onboarding"]


def test_what_a_row_says_of_its_flow(sandbox: Organisation) -> None:
    row = _read(sandbox, ROWS[ONBOARDING])
    data = json.loads(row["clientdata"])
    assert data["schemaVersion"] == "1.0.0.0"
    assert data["properties"]["connectionReferences"] == {
        "shared_azureblob": {
            "runtimeSource": "embedded",
            "connection": {"connectionReferenceLogicalName": "cr736_receipts"},
            "api": {"name": "shared_azureblob", "logicalName": "shared_azureblob"},
        }
    }
    assert "List_blobs" in data["properties"]["definition"]["actions"]
    assert (row["category"], row["type"], row["primaryentity"]) == (5, 1, "none")
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'


def test_a_row_is_made_as_a_draft_and_is_a_flow(api: Api, sandbox: Organisation) -> None:
    made = sandbox.post("workflows", _row(workflowid=NEW_ROW, description="From code", statecode=1))
    assert (made.status_code, made.content) == (204, b"")
    assert made.headers["OData-EntityId"].endswith(f"/workflows({NEW_ROW})")
    row = _read(sandbox, NEW_ROW)
    assert (row["name"], row["description"], row["statecode"], row["statuscode"]) == (
        "Made in Dataverse",
        "From code",
        0,
        1,
    )
    assert row["_ownerid_value"] == sandbox.user_id(RUNNER)
    flow = _flow(api, NEW_ROW)
    assert (flow["displayName"], flow["state"], flow["workflowEntityId"]) == ("Made in Dataverse", "Stopped", NEW_ROW)
    assert api.role_names(admin(flow=NEW_ROW), "flow") == {RUNNER: "Owner"}
    assert sandbox.post("workflows", _row()).status_code == 204


def test_a_row_is_answered_when_asked_for(sandbox: Organisation) -> None:
    made = sandbox.post("workflows?$select=name", _row(workflowid=NEW_ROW), {"Prefer": "return=representation"})
    assert (made.status_code, made.json()["workflowid"], made.json()["name"]) == (201, NEW_ROW, "Made in Dataverse")
    changed = _patch(sandbox, NEW_ROW, {"If-Match": "*", "Prefer": "return=representation"}, name="Changed")
    assert (changed.status_code, changed.json()["name"]) == (200, "Changed")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"name": None}, 400),
        ({"clientdata": None}, 400),
        ({"clientdata": "no json"}, 400),
        ({"clientdata": '{"properties": {}}'}, 400),
        ({"clientdata": _client_data(made_of=definition(declared=False))}, 400),
        ({"category": 6}, 400),
        ({"type": 2}, 400),
        ({"primaryentity": "account"}, 400),
        ({"nothing": 1}, 400),
        ({"name": 5}, 400),
        ({"statecode": 2, "statuscode": 3}, 400),
        ({"workflowid": ROWS[ROBOT]}, 412),
        ({"ownerid@odata.bind": f"/systemusers({ABSENT})"}, 404),
    ],
)
def test_rows_that_are_refused(emulator: Emulator, sandbox: Organisation, more: Any, status: int) -> None:
    assert sandbox.post("workflows", _row(**more)).status_code == status
    assert emulator.summary()["effects"] == 0


def test_the_first_activation_changes_the_flows_id_and_not_the_rows(api: Api, sandbox: Organisation) -> None:
    assert _patch(sandbox, DRAFT, statecode=1, statuscode=2).status_code == 204
    assert (_read(sandbox, DRAFT)["statecode"], _read(sandbox, DRAFT)["statuscode"]) == (1, 2)
    assert api.get("flow", admin(flow=DRAFT)).status_code == 404
    assert (_flow(api, REVIEW)["state"], _flow(api, REVIEW)["workflowEntityId"]) == ("Started", DRAFT)
    assert _patch(sandbox, DRAFT, statecode=0).status_code == 204
    assert _flow(api, REVIEW)["state"] == "Stopped"
    sandbox.post("workflows", _row(workflowid=NEW_ROW))
    _patch(sandbox, NEW_ROW, statecode=1)
    (found,) = [
        item
        for item in api.get("flow", admin()).json()["value"]
        if item["properties"].get("workflowEntityId") == NEW_ROW
    ]
    assert found["name"] != NEW_ROW


def test_both_sides_are_kept_in_step(api: Api, sandbox: Organisation) -> None:
    row_id, version = ROWS[ROBOT], _read(sandbox, ROWS[ROBOT])["versionnumber"]
    _patch(sandbox, row_id, name="Renamed here", description="Told here")
    flow = _flow(api, ROBOT)
    assert (flow["displayName"], flow["definitionSummary"]["description"]) == ("Renamed here", "Told here")
    api("flow", "POST", admin(flow=ROBOT, what="stop"))
    row = _read(sandbox, row_id)
    assert (row["statecode"], row["statuscode"]) == (0, 1)
    assert row["versionnumber"] > version
    body = {"properties": {"displayName": "Renamed there"}}
    assert api("flow", "PATCH", maker(flow=ONBOARDING), json=body, client="delegated").status_code == 200
    assert _read(sandbox, ROWS[ONBOARDING])["name"] == "Renamed there"
    assert _read(sandbox, ROWS[ONBOARDING])["_modifiedby_value"] == sandbox.user_id(ADA)


def test_a_suspended_flow_is_a_suspended_row(emulator: Emulator, sandbox: Organisation) -> None:
    emulator.change([{"change": "set_flow", "flow": ROBOT, "state": "Suspended", "reason": "CompanyDlpViolation"}])
    row = _read(sandbox, ROWS[ROBOT])
    assert (row["statecode"], row["statuscode"]) == (2, 3)
    refused = _patch(sandbox, ROWS[ROBOT], statecode=1)
    assert code_of(refused) == (400, "0x80060467")
    assert "FlowSuspended" in refused.json()["error"]["message"]
    assert _patch(sandbox, ROWS[ROBOT], statecode=0, statuscode=1).status_code == 204
    assert _read(sandbox, ROWS[ROBOT])["statecode"] == 0


def test_an_activation_that_fails_carries_the_flows_refusal(api: Api, sandbox: Organisation) -> None:
    refused = _patch(sandbox, ROWS[IMPORT], statecode=1, statuscode=2, name="Not this either")
    assert code_of(refused) == (400, "0x80060467")
    assert "XrmConnectionReferenceMissingConnection" in refused.json()["error"]["message"]
    assert (_flow(api, IMPORT)["state"], _flow(api, IMPORT)["displayName"]) == ("Stopped", "Supplier import")


def test_an_application_needs_the_connections(emulator: Emulator, sandbox: Organisation) -> None:
    row_id = ROWS[ONBOARDING]
    assert _patch(sandbox, row_id, statecode=1).status_code == 204  # it is at work already
    assert _patch(sandbox, row_id, statecode=0).status_code == 204
    refused = _patch(sandbox, row_id, statecode=1)
    assert code_of(refused) == (400, "0x80060467")
    assert "ConnectionAuthorizationFailed" in refused.json()["error"]["message"]
    role = {"connection": "d0000000000000000000000000000021", "principal": "Governance Runner", "role": "CanView"}
    emulator.change([{"change": "put_connection_role", **role}])
    assert _patch(sandbox, row_id, statecode=1).status_code == 204


def test_client_data_is_written_as_a_whole_and_rewritten(api: Api, sandbox: Organisation) -> None:
    references = {
        "shared_azureblob": {
            "runtimeSource": "invoker",
            "connection": {"connectionReferenceLogicalName": "cr736_receipts"},
            "api": {"name": "shared_azureblob"},
        }
    }
    sent = _client_data(references, definition())
    assert _patch(sandbox, ROWS[IMPORT], clientdata=sent).status_code == 204
    held = _read(sandbox, ROWS[IMPORT])["clientdata"]
    assert held != sent
    data = json.loads(held)["properties"]
    assert data["definition"] == definition()
    assert data["connectionReferences"]["shared_azureblob"] == {
        **references["shared_azureblob"],
        "api": {"name": "shared_azureblob", "logicalName": "shared_azureblob"},
    }
    reference = _flow(api, IMPORT)["connectionReferences"]["shared_azureblob"]
    assert reference["connectionName"] == "d0000000000000000000000000000021"  # what the environment says of that name
    assert reference["source"] == "Invoker"
    again = _client_data({"shared_sql": {"api": {"name": "shared_sql"}, "connection": {"name": "d1"}}})
    _patch(sandbox, ROWS[IMPORT], clientdata=again)
    assert _flow(api, IMPORT)["connectionReferences"]["shared_sql"]["connectionName"] == "d1"
    assert api("flow", "POST", admin(flow=IMPORT, what="start")).status_code == 200


def test_the_owner_is_assigned(api: Api, sandbox: Organisation) -> None:
    row_id = ROWS[ONBOARDING]
    ada = {"ownerid@odata.bind": f"/systemusers({sandbox.user_id(ADA)})"}
    assert _patch(sandbox, row_id, **ada).status_code == 204
    assert _read(sandbox, row_id)["_ownerid_value"] == sandbox.user_id(ADA)
    assert api.role_names(admin(flow=ONBOARDING), "flow") == {ADA: "Owner"}
    assert _flow(api, ONBOARDING)["creator"]["objectId"] == KIM
    _patch(sandbox, row_id, **{"ownerid@odata.bind": f"systemusers({sandbox.user_id(RUNNER)})"})
    assert api.role_names(admin(flow=ONBOARDING), "flow") == {RUNNER: "Owner"}
    removal = api.post("flow", admin(flow=ONBOARDING, what="modifyPermissions"), {"delete": [{"id": RUNNER}]})
    assert removal.json()["error"]["code"] == "PermissionDowngradeNotAllowed"
    _patch(sandbox, row_id, **{"ownerid@odata.bind": f"/teams({TEAM})"})
    assert _read(sandbox, row_id)["_owningteam_value"] == TEAM
    assert api.role_names(admin(flow=ONBOARDING), "flow") == {MAKERS: "Owner"}


def test_a_row_is_deleted_with_its_flow_and_comes_back_with_it(api: Api, sandbox: Organisation) -> None:
    row_id = ROWS[ROBOT]
    assert sandbox("DELETE", f"workflows({row_id})").status_code == 204
    assert code_of(sandbox.get(f"workflows({row_id})")) == (404, "0x80040217")
    assert code_of(sandbox("DELETE", f"workflows({row_id})")) == (404, "0x80040217")
    assert ROBOT not in names(api.get("flow", admin()))
    assert api("flow", "POST", admin(flow=ROBOT, what="restore")).status_code == 200
    assert _read(sandbox, row_id)["statecode"] == 0
    assert api("flow", "DELETE", admin(flow=ROBOT)).status_code == 200
    assert sandbox.get(f"workflows({row_id})").status_code == 404
    assert sandbox("DELETE", f"workflows({ROWS[ARCHIVE]})").status_code == 400


def test_conditions_on_rows(sandbox: Organisation) -> None:
    row_id, stale = ROWS[ROBOT], {"If-Match": 'W/"1"'}
    current = {"If-Match": _read(sandbox, row_id)["@odata.etag"]}
    assert code_of(_patch(sandbox, ABSENT, name="x")) == (404, "0x80040217")
    assert code_of(_patch(sandbox, row_id, stale, name="x")) == (412, "0x80060882")
    assert code_of(sandbox("DELETE", f"workflows({row_id})", headers=stale)) == (412, "0x80060882")
    assert _patch(sandbox, row_id, current, name="x").status_code == 204
    assert code_of(_patch(sandbox, row_id, current, name="y")) == (412, "0x80060882")
    assert code_of(_patch(sandbox, row_id, {"If-None-Match": "*"}, name="y")) == (412, "0x80040237")
    assert _patch(sandbox, ABSENT, {}, **_row()).status_code == 204
    assert _read(sandbox, ABSENT)["name"] == "Made in Dataverse"


@pytest.mark.parametrize(
    "change", [{"category": 0}, {"type": 2}, {"primaryentity": "x"}, {"name": ""}, {"statuscode": 3}]
)
def test_changes_of_rows_that_are_refused(sandbox: Organisation, change: Any) -> None:
    assert _patch(sandbox, ROWS[ROBOT], **change).status_code == 400


def test_rows_go_into_solutions(sandbox: Organisation) -> None:
    def members() -> list[Any]:
        (solution,) = sandbox.filtered("uniquename eq 'ContosoFinance'", "solutions", "solutionid")
        text = f"_solutionid_value eq {solution} and componenttype eq 29"
        return sandbox.filtered(text, "solutioncomponents", "objectid")

    assert members() == sorted([ROWS[ONBOARDING], DRAFT, ROWS[IMPORT], ROWS[ROBOT]])
    sandbox.post("workflows", _row(workflowid=NEW_ROW), {"MSCRM.SolutionUniqueName": "contosofinance"})
    body = {"ComponentId": ROWS[ARCHIVE], "ComponentType": 29, "SolutionUniqueName": "ContosoFinance"}
    added = sandbox.post("AddSolutionComponent", body)
    assert added.status_code == 200
    assert {NEW_ROW, ROWS[ARCHIVE]} <= set(members())
    assert sandbox.post("AddSolutionComponent", body).json()["id"] == added.json()["id"]
    assert code_of(sandbox.post("AddSolutionComponent", {**body, "ComponentId": ABSENT})) == (404, "0x80040217")
    unknown = {"MSCRM.SolutionUniqueName": "Nothing"}
    assert sandbox.post("workflows", _row(), unknown).status_code == 400


def test_the_flow_service_may_learn_late_of_a_row(api: Api, emulator: Emulator, sandbox: Organisation) -> None:
    emulator.faults([{"kind": "rp_delay", "reads": 2}])
    sandbox.post("workflows", _row(workflowid=NEW_ROW))
    seen = [api.get("flow", admin(flow=NEW_ROW)).status_code for _read in range(3)]
    assert seen == [404, 404, 200]


def test_a_change_of_a_row_may_show_late(emulator: Emulator, sandbox: Organisation) -> None:
    emulator.faults([{"kind": "stale", "reads": 1, "match": {"service": "dataverse"}}])
    _patch(sandbox, ROWS[ROBOT], statecode=0)
    assert [_read(sandbox, ROWS[ROBOT])["statecode"] for _n in range(2)] == [1, 0]


def test_the_changed_tenant_survives_a_file(emulator: Emulator, sandbox: Organisation, tmp_path: Any) -> None:
    from tests.emulator import tenant_file

    _patch(sandbox, DRAFT, statecode=1)
    _patch(sandbox, ROWS[ONBOARDING], **{"ownerid@odata.bind": f"/teams({TEAM})"})
    sandbox.post("workflows", _row(workflowid=NEW_ROW))
    emulator.save(tmp_path / "after.json")
    held = tenant_file.load(tmp_path / "after.json")
    assert tenant_file.to_dict(held) == emulator.tenant()
    flows = held.environments[SANDBOX].flows
    assert flows[ONBOARDING].roles[MAKERS].role == "Owner"
    assert DRAFT not in flows
