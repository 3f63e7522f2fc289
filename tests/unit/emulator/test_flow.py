# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows: states, permissions, what each kind of token may do (flow-management.md 3 to 5, 11)."""

from __future__ import annotations

from typing import Any

import pytest

from .api import ADA, ENV, FLOW, FLOWS, KIM, LEE, STOPPED_FLOW, TENANT, Api

SUSPENDED, DELETED, SOLUTION, UNBOUND, SHARED = (f"f0000000-0000-4000-8000-00000000001{n}" for n in (3, 4, 5, 6, 7))
MAKER = f"/providers/Microsoft.ProcessSimple/environments/{ENV}"
READERS = "b0000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("form", ["flows", "v2/flows"])
def test_the_admin_list_leaves_definitions_and_deleted_flows_out(api: Api, form: str) -> None:
    found = {item["name"]: item["properties"] for item in api.get("flow", f"{FLOWS}/{form}").json()["value"]}
    assert DELETED not in found
    assert {item["state"] for item in found.values()} == {"Started", "Stopped", "Suspended"}
    assert all("definition" not in item and item["definitionSummary"]["triggers"] for item in found.values())
    assert found[SUSPENDED]["flowSuspensionReason"] == "CompanyDlpViolation"
    assert found[SOLUTION]["workflowEntityId"].startswith("fd000000")
    more = api.get("flow", f"{FLOWS}/{form}?include=softDeletedFlows&$top=3").json()
    assert len(more["value"]) == 3
    rest = api.get("flow", more["nextLink"], version=None).json()["value"]
    assert DELETED in {item["name"] for item in [*more["value"], *rest]}


def test_one_flow_has_its_definition_when_asked_for(api: Api) -> None:
    assert "definition" not in api.get("flow", f"{FLOWS}/flows/{FLOW}").json()["properties"]
    found = api.get("flow", f"{FLOWS}/flows/{FLOW}?$expand=properties.definition").json()["properties"]
    assert found["definition"]["triggers"]
    assert found["connectionReferences"] == {}


def test_start_and_stop(api: Api) -> None:
    changed = api.get("flow", f"{FLOWS}/flows/{FLOW}").json()["properties"]["lastModifiedTime"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for _unused in range(2):
        assert api("flow", "POST", f"{FLOWS}/flows/{FLOW}/stop", headers=form).status_code == 200
        assert api.flow_state(FLOW) == "Stopped"
    assert api.post("flow", f"{FLOWS}/flows/{FLOW}/start", {}).status_code == 200
    found = api.get("flow", f"{FLOWS}/flows/{FLOW}").json()["properties"]
    assert (found["state"], found["lastModifiedTime"]) == ("Started", changed)
    api("flow", "POST", f"{FLOWS}/flows/{SOLUTION}/start")
    assert api.get("flow", f"{FLOWS}/flows/{SOLUTION}").json()["properties"]["lastModifiedTime"] != changed


def test_starts_that_are_refused(api: Api) -> None:
    unbound = api("flow", "POST", f"{FLOWS}/flows/{UNBOUND}/start")
    assert (unbound.status_code, unbound.json()["error"]["code"]) == (400, "CannotStartUnpublishedSolutionFlow")
    assert api("flow", "POST", f"{FLOWS}/flows/{SUSPENDED}/start").status_code == 400
    assert api.flow_state(SUSPENDED) == "Suspended"
    assert api("flow", "POST", f"{FLOWS}/flows/{SUSPENDED}/stop").status_code == 200
    assert api.flow_state(SUSPENDED) == "Stopped"


def test_missing_flows_and_environments(api: Api) -> None:
    for flow in (FLOW[:-1] + "f", DELETED):
        missing = api.get("flow", f"{FLOWS}/flows/{flow}")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "FlowNotFound")
    elsewhere = api.get("flow", f"{FLOWS.replace(ENV, ENV[:-1] + 'f')}/v2/flows")
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (403, "EnvironmentAccessDenied")
    assert api.get("flow", f"{FLOWS}/v2/flows", client="unregistered").status_code == 403
    assert api.get("flow", f"{FLOWS}/v2/flows", version=None).json()["error"]["code"] == "MissingApiVersionParameter"
    unrouted = api.get("flow", f"{FLOWS}/nothing")
    assert (unrouted.status_code, unrouted.content) == (404, b"")


def test_the_maker_routes_want_a_user(api: Api) -> None:
    refused = api.get("flow", f"{MAKER}/flows")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "ClientScopeAuthorizationFailed")
    wrong = api.get("flow", f"{FLOWS}/v2/flows", token=api.token("graph"))
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    assert api.get("flow", f"{FLOWS}/v2/flows", token=api.token("powerapps")).status_code == 200


def test_what_a_maker_sees(api: Api) -> None:
    def names(query: str = "") -> set[str]:
        return {item["name"] for item in api.get("flow", f"{MAKER}/flows{query}", client="maker").json()["value"]}

    assert names() == {FLOW, SUSPENDED}
    assert names("?$filter=search('personal')") == {SUSPENDED}
    assert names("?$filter=search('team')") == {FLOW}
    hidden = api.get("flow", f"{MAKER}/flows/{STOPPED_FLOW}", client="maker")
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (403, "ConnectionAuthorizationFailed")
    assert api("flow", "POST", f"{MAKER}/flows/{FLOW}/stop", client="maker").status_code == 200
    assert api.flow_state(FLOW) == "Stopped"
    owners = api.get("flow", f"{MAKER}/flows/{FLOW}/owners", client="maker").json()["value"]
    assert {item["name"] for item in owners} == {ADA, KIM}
    users = api.get("flow", f"{MAKER}/flows/{FLOW}/users", client="maker").json()["value"]
    assert {item["name"] for item in users} == {READERS}


def test_solution_flows_are_listed_for_makers_when_included(api: Api) -> None:
    assert SOLUTION not in {i["name"] for i in api.get("flow", f"{MAKER}/flows", client="delegated").json()["value"]}
    found = api.get("flow", f"{MAKER}/flows?include=includeSolutionCloudFlows", client="delegated").json()["value"]
    assert SOLUTION in {item["name"] for item in found}


def test_a_delegate_has_no_principal(api: Api) -> None:
    found = api.get("flow", f"{FLOWS}/flows/{SHARED}/permissions").json()["value"]
    delegate = next(item for item in found if item["name"] == "sharepoint-list-requests")
    assert delegate["properties"]["permissionType"] == "AuthorizationDelegate"
    assert "principal" not in delegate["properties"]
    assert delegate["properties"]["authorizationDelegate"]["delegatedAuthResource"]["resourceId"]


def _put(principal: str, role: str | None = None) -> dict[str, Any]:
    properties: dict[str, Any] = {"principal": {"id": principal, "type": "User", "email": "ignored"}}
    if role:
        properties["roleName"] = role
    return {"put": [{"properties": properties}]}


def modify(api: Api, what: str, body: Any, flow: str = FLOW) -> Any:
    return api.post("flow", f"{FLOWS}/flows/{flow}/{what}", body)


def test_permissions_are_put_and_deleted(api: Api) -> None:
    assert modify(api, "modifyPermissions", _put(LEE, "CanView")).status_code == 200
    assert api.flow_roles()[LEE] == "CanView"
    modify(api, "modifyPermissions", _put(LEE, "CanEdit"))
    assert api.flow_roles()[LEE] == "CanEdit"
    modify(api, "modifyPermissions", {"delete": [{"id": f"/providers/x/permissions/{LEE}"}]})
    assert LEE not in api.flow_roles()
    assert modify(api, "modifyPermissions", {"delete": [{"id": LEE}]}).status_code == 200


@pytest.mark.parametrize("name", ["modifyOwners", "modifyowners"])
def test_owners_are_put_and_deleted_by_principal(api: Api, name: str) -> None:
    modify(api, name, _put(LEE))
    assert api.flow_roles()[LEE] == "CanEdit"
    body = {"delete": [{"properties": {"principal": {"id": LEE, "type": "User"}}}]}
    assert modify(api, "modifyPermissions", body).status_code == 400
    modify(api, name, body)
    assert LEE not in api.flow_roles()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (_put(KIM, "CanView"), 400, "PermissionDowngradeNotAllowed"),
        (_put(ADA, "CanEdit"), 400, "PermissionDowngradeNotAllowed"),
        ({"delete": [{"id": ADA}]}, 400, "PermissionDowngradeNotAllowed"),
        (_put(KIM, "Owner"), 400, None),
        (_put("a0000000-0000-4000-8000-0000000000ee", "CanView"), 404, None),
    ],
)
def test_permissions_that_are_refused(api: Api, body: Any, status: int, code: str | None) -> None:
    before = api.flow_roles()
    reply = modify(api, "modifyPermissions", body)
    assert reply.status_code == status
    assert code in (None, reply.json()["error"]["code"])
    assert api.flow_roles() == before


def test_delete_and_restore(api: Api) -> None:
    assert api("flow", "DELETE", f"{FLOWS}/flows/{FLOW}").status_code == 200
    assert api("flow", "DELETE", f"{FLOWS}/flows/{FLOW}").status_code == 204
    assert api("flow", "POST", f"{FLOWS}/flows/{FLOW}/restore").status_code == 200
    assert api.flow_state(FLOW) == "Stopped"
    assert api("flow", "POST", f"{FLOWS}/flows/{FLOW}/restore").status_code == 404


def test_environments_of_the_flow_service(api: Api) -> None:
    root = "/providers/Microsoft.ProcessSimple/environments"
    found = api.get("flow", root, client="delegated").json()["value"]
    assert len(found) == 9
    assert api.get("flow", f"{root}/~default", client="maker").json()["name"] == f"Default-{TENANT}"
    assert api.get("flow", f"{root}/{ENV[:-1]}2", client="maker").status_code == 403
