# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings of flows, what each form of a flow holds, connectors and environments (flow-management.md 4 and 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .api import ADA, ENV, SANDBOX, TENANT, Api
from .flow_api import (
    ARCHIVE,
    BOOKING,
    CLAIM,
    DEFAULT,
    DIGEST,
    DRAFT,
    HANDOVER,
    INTAKE,
    LEDGER,
    MONITOR,
    ONBOARDING,
    POLL,
    ROBOT,
    RP,
    admin,
    code_of,
    maker,
    names,
)

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

BIRTHDAY = "f0000000-0000-4000-8000-000000000001"
V2 = f"{RP}/scopes/admin/environments/{SANDBOX}/v2/flows"


def _items(api: Api, path: str, **more: Any) -> dict[str, dict[str, Any]]:
    return {item["name"]: item["properties"] for item in api.get("flow", path, **more).json()["value"]}


@pytest.mark.parametrize("path", [V2, admin()])
def test_the_admin_lists_have_everything_but_the_definition(api: Api, path: str) -> None:
    found = _items(api, path)
    assert {INTAKE, LEDGER, HANDOVER, CLAIM, MONITOR, ONBOARDING, DRAFT, ROBOT, ARCHIVE} <= set(found)
    for item in found.values():
        assert not {"definition", "connectionReferences", "userType"} & set(item)
        assert {"triggers", "actions", "description"} <= set(item["definitionSummary"])
        assert {"flowSuspensionReason", "creator", "environment", "lastModifiedTime"} <= set(item)
    assert found[MONITOR]["flowSuspensionReason"] == "AlwaysFailingDetected"
    assert found[MONITOR]["flowSuspensionTime"]
    assert found[ONBOARDING]["workflowEntityId"] == "fd000000-0000-4000-8000-000000000022"
    assert found[ARCHIVE]["isManaged"] is True
    assert found[HANDOVER]["sharingType"] == "Coauthor"
    assert "sharingType" not in found[CLAIM]
    assert found[INTAKE]["definitionSummary"]["description"] == "Takes the invoices of the shop"


@pytest.mark.parametrize(
    "query", ["$filter=search('team')", "include=includeSolutionCloudFlows", "$filter=search('personal')&$expand=x"]
)
def test_the_admin_list_ignores_what_has_no_meaning_there(api: Api, query: str) -> None:
    assert set(_items(api, f"{V2}?{query}")) == set(_items(api, V2))


def test_the_makers_list_has_references_as_an_array(api: Api) -> None:
    found = _items(api, maker(), client="delegated")
    assert set(found) == {INTAKE, HANDOVER, CLAIM, MONITOR}
    references = found[INTAKE]["connectionReferences"]
    assert [item["source"] for item in references] == ["Embedded", "Invoker"]
    assert references[0]["id"] == "/providers/Microsoft.PowerApps/apis/shared_azureblob"
    assert "definition" not in found[INTAKE]
    assert "flowSuspensionReason" not in found[MONITOR]
    assert found[INTAKE]["userType"] == "Owner"
    assert found[INTAKE]["definitionSummary"]["triggers"] == [{"type": "Request", "kind": "Http"}]
    expanded = _items(api, f"{maker()}?$expand=properties.protectionStatus", client="delegated")
    assert "protectionStatus" in expanded[INTAKE]


def test_what_is_listed_for_a_maker(api: Api) -> None:
    def listed(query: str = "", environment: str = DEFAULT) -> list[str]:
        return names(api.get("flow", f"{maker(environment)}?{query}", client="maker"))

    assert listed() == listed("$filter=all") == [BIRTHDAY, POLL, DIGEST]
    assert listed("$filter=search('personal')") == [BIRTHDAY, POLL]
    assert listed("$filter=search('team')") == [DIGEST]
    assert listed(environment=SANDBOX) == ["f0000000-0000-4000-8000-000000000021"]
    included = "include=includeSolutionCloudFlows"
    personal = listed(f"{included}&$filter=search('personal')", SANDBOX)
    team = listed(f"{included}&$filter=search('team')", SANDBOX)
    assert ONBOARDING in personal
    assert ONBOARDING in team
    assert (ROBOT in personal, ROBOT in team) == (False, False)
    assert api.get("flow", maker(DEFAULT, BOOKING), client="maker").status_code == 200
    assert BOOKING not in listed()


def test_lists_come_in_pages_of_fifty_or_of_top(api: Api, emulator: Emulator) -> None:
    more = [{"id": f"f9000000-0000-4000-8000-{n:012x}", "name": f"Flow {n}", "creator": ADA} for n in range(60)]
    emulator.change([{"change": "add_flow", "environment": SANDBOX, "flow": item} for item in more])
    for path, client in ((V2, "runner"), (maker(), "delegated")):
        whole = names(api.get("flow", f"{path}?$top=250", client=client))
        reply = api.get("flow", path, client=client).json()
        assert len(reply["value"]) == 50
        assert reply["nextLink"].startswith(emulator.base_url)
        rest = api.get("flow", reply["nextLink"], version=None, client=client).json()
        assert [item["name"] for page in (reply, rest) for item in page["value"]] == whole
        assert len(set(whole)) == len(whole)


def test_pages_that_are_read_while_something_changes(api: Api, emulator: Emulator) -> None:
    first = api.get("flow", f"{V2}?$top=3").json()
    emulator.change([{"change": "set_flow", "flow": INTAKE, "name": "Renamed"}])
    rest = api.get("flow", f"{V2}?$top=250").json()["value"]
    assert {item["name"]: item["properties"]["displayName"] for item in rest}[INTAKE] == "Renamed"
    emulator.change([{"change": "put_flow_role", "flow": LEDGER, "principal": ADA, "role": "CanEdit"}])
    assert LEDGER in names(api.get("flow", maker(), client="delegated"))
    emulator.reset()
    assert LEDGER not in names(api.get("flow", maker(), client="delegated"))
    assert api.get("flow", first["nextLink"], version=None).status_code == 200


def test_what_one_flow_holds(api: Api) -> None:
    as_admin = api.get("flow", admin(flow=INTAKE)).json()["properties"]
    assert list(as_admin["connectionReferences"]) == ["shared_azureblob", "shared_office365"]
    assert not {"definition", "flowTriggerUri"} & set(as_admin)
    as_owner = api.get("flow", maker(flow=INTAKE), client="delegated").json()["properties"]
    assert set(as_owner["definition"]["actions"]) == {"Store", "Tell"}
    assert "sig=" in as_owner["flowTriggerUri"]
    assert as_owner["definitionSummary"]["actions"] == [
        {"type": "OpenApiConnection", "swaggerOperationId": "CreateFile_V2"},
        {"type": "OpenApiConnection", "swaggerOperationId": "SendEmailV2"},
    ]


def test_expands(api: Api) -> None:
    def properties(expand: str) -> dict[str, Any]:
        found: dict[str, Any] = api.get("flow", f"{admin(flow=INTAKE)}?$expand={expand}").json()["properties"]
        return found

    assert "Store" in properties("properties.definition")["definition"]["actions"]
    both = properties(
        "properties.connectionreferences.apidefinition,properties.definitionsummary.operations.apioperation"
    )
    assert both["connectionReferences"]["shared_azureblob"]["apiDefinition"]["name"] == "shared_azureblob"
    assert both["definitionSummary"]["actions"][0]["api"]["name"] == "shared_azureblob"
    assert "licenseData" in properties("properties.licenseData")
    assert "estimatedSuspensionData" in properties("properties.estimatedsuspensiondata")
    assert properties("swagger,plan,nothing") == properties("")


def test_a_connector_of_the_flow_service(api: Api) -> None:
    path = f"{RP}/environments/{ENV}/apis"
    found = api.get("flow", f"{path}/shared_office365", client="maker").json()
    beside = api.get(
        "powerapps",
        f"/providers/Microsoft.PowerApps/apis/shared_office365?$filter=environment eq '{ENV}'",
        client="maker",
    ).json()
    assert found == beside
    own = api.get("flow", f"{path}/shared_expenses-5f0629412a7d1fe83e-5f6f049093c9b7a698", client="maker")
    assert own.json()["properties"]["isCustomApi"] is True
    assert api.get("flow", f"{path}/shared_nothing", client="maker").status_code == 404
    elsewhere = api.get("flow", f"{RP}/environments/{SANDBOX}/apis/shared_office365", client="maker")
    assert code_of(elsewhere) == (403, "EnvironmentAccessDenied")
    assert code_of(api.get("flow", f"{path}/shared_office365")) == (401, "ClientScopeAuthorizationFailed")
    assert api.get("flow", f"{RP}/environments/{ENV}/connections", client="maker").status_code == 404


def test_the_environments_of_a_maker(api: Api) -> None:
    root = f"{RP}/environments"
    found = api.get("flow", f"{root}?$expand=permissions", client="maker").json()["value"]
    assert [item["name"] for item in found] == [f"Default-{TENANT}", ENV]
    default = api.get("flow", f"{root}/~Default", client="maker").json()
    assert default == found[0]
    assert default["properties"]["isDefault"] is True
    assert default["properties"]["runtimeEndpoints"]["microsoft.Flow"] == "https://emea.api.flow.microsoft.com"
    assert code_of(api.get("flow", root)) == (401, "ClientScopeAuthorizationFailed")
    assert names(api.get("flow", f"{RP}/environments/~default/flows", client="maker")) == [BIRTHDAY, POLL, DIGEST]


def test_a_maker_is_told_nothing_of_what_is_not_its_own(api: Api) -> None:
    unknown = "f0000000-0000-4000-8000-0000000000ee"
    for flow in (INTAKE, unknown):
        reply = api.get("flow", maker(flow=flow), client="maker")
        assert code_of(reply) == (403, "ConnectionAuthorizationFailed")
        message = reply.json()["error"]["message"]
        assert flow in message
        assert "shared_logicflows" in message
        assert "a0000000-0000-4000-8000-000000000002" in message
    assert code_of(api.get("flow", admin(flow=unknown))) == (404, "FlowNotFound")
    for path, client in ((maker(ENV[:-1] + "f", INTAKE), "maker"), (admin(ENV[:-1] + "f", INTAKE), "runner")):
        assert code_of(api.get("flow", path, client=client)) == (403, "EnvironmentAccessDenied")
    assert code_of(api.get("flow", admin(flow=INTAKE), client="maker")) == (403, "EnvironmentAccessDenied")
