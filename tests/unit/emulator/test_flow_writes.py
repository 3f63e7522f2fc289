# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows made, changed, switched, deleted and restored (flow-management.md 5.3, 5.4, 5.20 to 5.23)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .api import ENV, FLOW, KIM, LEE, SANDBOX, STOPPED_FLOW, Api
from .flow_api import (
    ARCHIVE,
    DEFAULT,
    DRAFT,
    IMPORT,
    INTAKE,
    MONITOR,
    POLL,
    PURGED,
    REFERENCES,
    RETIRED,
    REVIEW,
    admin,
    code_of,
    definition,
    maker,
    names,
    new_flow,
)

if TYPE_CHECKING:
    from tests.emulator.control import Emulator


def _create(api: Api, environment: str = ENV, **more: Any) -> Any:
    return api.post("flow", maker(environment), new_flow(**more), client="maker")


def _made(api: Api, **more: Any) -> dict[str, Any]:
    reply = _create(api, **more)
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    return found


# -- create ----------------------------------------------------------------------------------------------------------


def test_a_flow_is_made_whole(api: Api) -> None:
    made = _made(api)
    properties = made["properties"]
    assert (properties["displayName"], properties["state"]) == ("Fresh", "Stopped")
    assert properties["definition"] == definition()
    reference = properties["connectionReferences"]["shared_office365"]
    assert {key: reference[key] for key in REFERENCES["shared_office365"]} == REFERENCES["shared_office365"]
    assert reference["displayName"] == "Office 365 Outlook"
    assert properties["creator"]["objectId"] == KIM
    assert properties["definitionSummary"]["actions"] == [
        {"type": "OpenApiConnection", "swaggerOperationId": "SendEmailV2"}
    ]
    read = api.get("flow", maker(ENV, made["name"]), client="maker").json()
    assert read["properties"]["definition"] == definition()
    assert api.flow_roles(made["name"]) == {KIM: "Owner"}
    assert made["name"] in names(api.get("flow", maker(ENV), client="maker"))


def test_two_creates_are_two_flows(api: Api) -> None:
    assert _made(api)["name"] != _made(api)["name"]


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        ({"displayName": ""}, "InvalidRequestContent", "displayName"),
        ({"definition": None}, "InvalidRequestContent", "definition"),
        ({"state": "Suspended"}, "InvalidRequestContent", "Suspended"),
        ({"state": "Perhaps"}, "InvalidRequestContent", "Perhaps"),
        ({"definition": {"actions": {}}}, "InvalidOpenApiFlow", "no trigger"),
        ({"definition": definition(declared=False)}, "InvalidOpenApiFlow", "trigger 'manual'"),
        ({"connectionReferences": [REFERENCES["shared_office365"]] * 2}, "InvalidRequestContent", "already exists"),
        ({"connectionReferences": ["x"]}, "InvalidRequestContent", "JSON object"),
    ],
)
def test_creates_that_are_refused(api: Api, emulator: Emulator, more: Any, code: str, says: str) -> None:
    reply = _create(api, **more)
    assert code_of(reply) == (400, code)
    assert says in reply.json()["error"]["message"]
    assert emulator.summary()["effects"] == 0


def test_definitions_without_connected_steps_need_no_declarations(api: Api) -> None:
    assert _create(api, definition=definition(declared=False, steps=False)).status_code == 201


def test_an_array_of_references_is_taken_by_connector(api: Api) -> None:
    made = _made(api, connectionReferences=[REFERENCES["shared_office365"]])
    assert list(made["properties"]["connectionReferences"]) == ["shared_office365"]


def test_who_may_make_flows(api: Api) -> None:
    assert code_of(_create(api, SANDBOX)) == (403, "EnvironmentAccessDenied")
    assert code_of(_create(api, ENV[:-1] + "f")) == (403, "EnvironmentAccessDenied")
    assert _create(api, DEFAULT).status_code == 201
    assert code_of(api.post("flow", maker(ENV), new_flow())) == (401, "ClientScopeAuthorizationFailed")
    assert api.post("flow", admin(ENV), new_flow()).status_code == 404
    assert code_of(api("flow", "POST", maker(ENV), client="maker")) == (400, "InvalidRequestContent")


def test_a_create_may_leave_connections_unbound(api: Api, emulator: Emulator) -> None:
    emulator.change([{"change": "set_environment", "environment": ENV, "create_binds": False}])
    made = _made(api, state="Started")
    path = maker(ENV, made["name"])
    assert made["properties"]["state"] == "Stopped"
    assert "connectionName" not in made["properties"]["connectionReferences"]["shared_office365"]
    assert code_of(api("flow", "POST", f"{path}/start", client="maker")) == (400, "CannotStartUnpublishedSolutionFlow")
    changed = api("flow", "PATCH", path, json={"properties": {"connectionReferences": REFERENCES}}, client="maker")
    assert changed.status_code == 200
    assert api("flow", "POST", f"{path}/start", client="maker").status_code == 200
    assert api.flow_state(made["name"]) == "Started"


def test_a_new_flow_may_be_unknown_for_a_while(api: Api, emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"service": "flow", "method": "POST"}}])
    name = _made(api)["name"]
    assert name not in names(api.get("flow", maker(ENV), client="maker"))
    assert code_of(api.get("flow", maker(ENV, name), client="maker")) == (403, "ConnectionAuthorizationFailed")
    assert api.get("flow", maker(ENV, name), client="maker").status_code == 200
    assert name in names(api.get("flow", maker(ENV), client="maker"))


# -- update ----------------------------------------------------------------------------------------------------------


def _patch(api: Api, flow: str, where: str = DEFAULT, client: str = "maker", **properties: Any) -> Any:
    return api("flow", "PATCH", maker(where, flow), json={"properties": properties}, client=client)


def test_what_is_sent_replaces_and_the_rest_stays(api: Api) -> None:
    before = api.get("flow", maker(DEFAULT, POLL), client="maker").json()["properties"]
    renamed = _patch(api, POLL, displayName="Morning poll")
    assert renamed.status_code == 200
    found = renamed.json()["properties"]
    assert found["displayName"] == "Morning poll"
    for kept in ("definition", "connectionReferences", "state", "createdTime"):
        assert found[kept] == before[kept]
    assert found["lastModifiedTime"] > before["lastModifiedTime"]
    found = _patch(api, POLL, connectionReferences=REFERENCES, definition=definition(kind="Button")).json()[
        "properties"
    ]
    assert list(found["connectionReferences"]) == ["shared_office365"]
    assert found["definition"] == definition(kind="Button")
    assert found["definitionSummary"]["triggers"] == [{"type": "Request", "kind": "Button"}]
    assert "flowTriggerUri" not in api.get("flow", maker(DEFAULT, POLL), client="maker").json()["properties"]
    emptied = _patch(api, POLL, connectionReferences={}).json()["properties"]
    assert (emptied["connectionReferences"], emptied["displayName"]) == ({}, "Morning poll")


def test_all_properties_can_be_sent_back(api: Api) -> None:
    held = api.get("flow", maker(DEFAULT, POLL), client="maker").json()["properties"]
    reply = _patch(api, POLL, **{**held, "displayName": "Again"})
    assert reply.status_code == 200
    found = api.get("flow", maker(DEFAULT, POLL), client="maker").json()["properties"]
    assert {key: value for key, value in found.items() if key not in ("displayName", "lastModifiedTime")} == {
        key: value for key, value in held.items() if key not in ("displayName", "lastModifiedTime")
    }


def test_a_state_in_the_body_is_a_start_or_a_stop(api: Api) -> None:
    assert _patch(api, POLL, state="Stopped").json()["properties"]["state"] == "Stopped"
    assert _patch(api, POLL, state="Started").json()["properties"]["state"] == "Started"
    assert _patch(api, POLL, state="Deleted").status_code == 400
    suspended = _patch(api, MONITOR, SANDBOX, "delegated", state="Started", displayName="Woken")
    assert code_of(suspended) == (400, "FlowSuspended")
    found = api.get("flow", admin(flow=MONITOR)).json()["properties"]
    assert (found["displayName"], found["state"]) == ("Quiet monitor", "Suspended")
    assert _patch(api, MONITOR, SANDBOX, "delegated", state="Suspended", displayName="Watched").status_code == 200


def test_who_may_update(api: Api, emulator: Emulator) -> None:
    assert code_of(_patch(api, INTAKE, SANDBOX, displayName="x")) == (403, "ConnectionAuthorizationFailed")
    emulator.change(
        [{"change": "put_flow_role", "flow": INTAKE, "principal": "kim@contoso.example", "role": "CanView"}]
    )
    assert code_of(_patch(api, INTAKE, SANDBOX, displayName="x")) == (403, "ConnectionAuthorizationFailed")
    emulator.change(
        [{"change": "put_flow_role", "flow": INTAKE, "principal": "kim@contoso.example", "role": "CanEdit"}]
    )
    assert _patch(api, INTAKE, SANDBOX, displayName="x").status_code == 200
    unknown = _patch(api, "f0000000-0000-4000-8000-0000000000ee", displayName="x")
    assert code_of(unknown) == (403, "ConnectionAuthorizationFailed")
    assert api("flow", "PATCH", admin(DEFAULT, POLL), json={"properties": {}}).status_code == 404
    refused = api("flow", "PATCH", maker(DEFAULT, POLL), json={"properties": {}})
    assert code_of(refused) == (401, "ClientScopeAuthorizationFailed")


# -- start and stop --------------------------------------------------------------------------------------------------


def test_a_switch_may_be_answered_before_it_shows(api: Api, emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"path": "/(start|stop)$"}}])
    assert api("flow", "POST", admin(ENV, STOPPED_FLOW, "start")).status_code == 200
    assert [api.flow_state(STOPPED_FLOW) for _read in range(3)] == ["Stopped", "Stopped", "Started"]
    api("flow", "POST", admin(ENV, STOPPED_FLOW, "stop"))

    def listed() -> str:
        found = api.get("flow", f"/providers/Microsoft.ProcessSimple/scopes/admin/environments/{ENV}/v2/flows").json()
        return str({item["name"]: item["properties"]["state"] for item in found["value"]}[STOPPED_FLOW])

    assert [listed() for _read in range(3)] == ["Started", "Started", "Stopped"]


def test_a_write_may_be_answered_and_never_happen(api: Api, emulator: Emulator) -> None:
    emulator.faults([{"kind": "ignore_write", "match": {"path": "/start$"}}])
    assert api("flow", "POST", admin(ENV, STOPPED_FLOW, "start")).status_code == 200
    assert api.flow_state(STOPPED_FLOW) == "Stopped"


def test_the_first_start_gives_another_id(api: Api, emulator: Emulator) -> None:
    before = api.get("flow", admin(flow=DRAFT)).json()["properties"]
    assert (before["state"], before["workflowEntityId"]) == ("Stopped", DRAFT)
    assert api("flow", "POST", admin(flow=DRAFT, what="start")).status_code == 200
    assert code_of(api.get("flow", admin(flow=DRAFT))) == (404, "FlowNotFound")
    after = api.get("flow", admin(flow=REVIEW)).json()["properties"]
    assert (after["state"], after["workflowEntityId"]) == ("Started", DRAFT)
    assert after["displayName"] == before["displayName"]
    listed = names(api.get("flow", admin()))
    assert (DRAFT in listed, REVIEW in listed) == (False, True)
    for verb in ("stop", "start"):
        assert api("flow", "POST", admin(flow=REVIEW, what=verb)).status_code == 200
    assert REVIEW in names(api.get("flow", admin()))
    held = {flow["id"] for flow in emulator.tenant()["environments"][2]["flows"]}
    assert (DRAFT in held, REVIEW in held) == (False, True)
    emulator.reset()
    assert api.get("flow", admin(flow=DRAFT)).status_code == 200
    assert api.get("flow", admin(flow=REVIEW)).status_code == 404


def test_a_reference_without_connection_keeps_a_solution_flow_off(api: Api) -> None:
    reply = api("flow", "POST", admin(flow=IMPORT, what="start"))
    assert code_of(reply) == (400, "XrmConnectionReferenceMissingConnection")
    assert api.get("flow", admin(flow=IMPORT)).json()["properties"]["state"] == "Stopped"


# -- delete and restore ----------------------------------------------------------------------------------------------


def test_deleted_flows_are_listed_when_asked_for_and_come_back(api: Api) -> None:
    root = f"/providers/Microsoft.ProcessSimple/scopes/admin/environments/{ENV}/v2/flows"
    assert RETIRED not in names(api.get("flow", root))
    found = {
        item["name"]: item["properties"]["state"]
        for item in api.get("flow", f"{root}?include=softDeletedFlows").json()["value"]
    }
    assert found[RETIRED] == "Deleted"
    assert PURGED not in found
    assert api("flow", "DELETE", admin(ENV, RETIRED)).status_code == 204
    assert api("flow", "POST", admin(ENV, RETIRED, "restore")).status_code == 200
    assert api.flow_state(RETIRED) == "Stopped"
    assert api.flow_roles(RETIRED)[LEE] == "CanEdit"
    for flow in (PURGED, FLOW, "f0000000-0000-4000-8000-0000000000ee"):
        failed = api("flow", "POST", admin(ENV, flow, "restore"))
        assert code_of(failed) == (404, "AzureResourceManagerRequestFailed")


def test_what_becomes_too_old_to_restore(api: Api, emulator: Emulator) -> None:
    emulator.change([{"change": "set_flow", "flow": RETIRED, "deleted_at": "2025-01-01T00:00:00Z"}])
    assert api("flow", "POST", admin(ENV, RETIRED, "restore")).status_code == 404


def test_a_maker_deletes_what_is_its_own(api: Api) -> None:
    assert code_of(api("flow", "DELETE", maker(flow=ARCHIVE), client="maker")) == (403, "ConnectionAuthorizationFailed")
    assert [api("flow", "DELETE", maker(DEFAULT, POLL), client="maker").status_code for _n in range(2)] == [200, 204]
    assert code_of(api.get("flow", maker(DEFAULT, POLL), client="maker")) == (403, "ConnectionAuthorizationFailed")
    assert code_of(api("flow", "POST", f"{maker(DEFAULT, POLL)}/start", client="maker"))[0] == 403
    assert api("flow", "POST", maker(DEFAULT, POLL, "restore"), client="maker").status_code == 404


def test_a_delete_may_show_late(api: Api, emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 1, "match": {"method": "DELETE"}}])
    api("flow", "DELETE", admin(flow=INTAKE))
    assert INTAKE in names(api.get("flow", admin()))
    assert INTAKE not in names(api.get("flow", admin()))
    emulator.faults([{"kind": "stale", "reads": 1, "match": {"path": "/restore$"}}])
    api("flow", "POST", admin(flow=INTAKE, what="restore"))
    assert [api.get("flow", admin(flow=INTAKE)).status_code for _read in range(2)] == [404, 200]


def test_a_flow_as_a_template(api: Api, emulator: Emulator) -> None:
    reply = api("flow", "POST", maker(flow=INTAKE, what="exportToARMTemplate"), client="delegated")
    assert reply.status_code == 200
    (resource,) = reply.json()["resources"]
    assert set(resource["properties"]["definition"]["actions"]) == {"Store", "Tell"}
    assert emulator.summary()["writes"] == 0
