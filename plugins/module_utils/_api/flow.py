# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows and their state in the Flow resource provider (contract: flow-management.md 5).

Most operations exist in an admin form and in a maker form; `as_admin` says which one is meant. The maker form takes
delegated tokens only. Flows are made and changed in the maker form alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._flow import (
    ADMIN,
    MAKER,
    admin_operation,
    maker_operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

# What every definition names as its schema (contract 4.1).
DEFINITION_SCHEMA = (
    "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"
)
_PAGE_SIZE = 250
# Assumed: this is what the switch `includeFlowDefinition` of the admin action stands for (contract 5.6).
_DEFINITION = {"$expand": "properties.definition"}

LIST_FLOWS_AS_ADMIN = admin_operation(
    name="ListFlowsInEnvironment_V2", method="GET", path=ADMIN + "/v2/flows", contract="flow-management.md 5.12"
)
GET_FLOW_AS_ADMIN = admin_operation(
    name="AdminGetFlow", method="GET", path=ADMIN + "/flows/{flow}", contract="flow-management.md 5.6"
)
START_FLOW_AS_ADMIN = admin_operation(
    name="AdminStartFlow",
    method="POST",
    path=ADMIN + "/flows/{flow}/start",
    repeatable=True,
    contract="flow-management.md 5.20",
)
STOP_FLOW_AS_ADMIN = admin_operation(
    name="AdminStopFlow",
    method="POST",
    path=ADMIN + "/flows/{flow}/stop",
    repeatable=True,
    contract="flow-management.md 5.20",
)
DELETE_FLOW_AS_ADMIN = admin_operation(
    name="AdminDeleteFlow",
    method="DELETE",
    path=ADMIN + "/flows/{flow}",
    repeatable=True,
    contract="flow-management.md 5.4",
)
RESTORE_FLOW_AS_ADMIN = admin_operation(
    name="AdminRestoreFlow",
    method="POST",
    path=ADMIN + "/flows/{flow}/restore",
    repeatable=True,
    contract="flow-management.md 5.23",
)
LIST_MY_FLOWS = maker_operation(
    name="ListMyFlows", method="GET", path=MAKER + "/flows", contract="flow-management.md 5.15"
)
GET_MY_FLOW = maker_operation(
    name="GetFlow", method="GET", path=MAKER + "/flows/{flow}", contract="flow-management.md 5.6"
)
START_MY_FLOW = maker_operation(
    name="StartFlow",
    method="POST",
    path=MAKER + "/flows/{flow}/start",
    repeatable=True,
    contract="flow-management.md 5.20",
)
STOP_MY_FLOW = maker_operation(
    name="StopFlow",
    method="POST",
    path=MAKER + "/flows/{flow}/stop",
    repeatable=True,
    contract="flow-management.md 5.20",
)
CREATE_MY_FLOW = maker_operation(
    name="CreateFlow",
    method="POST",
    path=MAKER + "/flows",
    permission="a maker of the environment, with a Power Automate licence",
    contract="flow-management.md 5.3",
)
UPDATE_MY_FLOW = maker_operation(
    name="UpdateFlow",
    method="PATCH",
    path=MAKER + "/flows/{flow}",
    repeatable=True,
    contract="flow-management.md 5.22",
)
DELETE_MY_FLOW = maker_operation(
    name="DeleteFlow",
    method="DELETE",
    path=MAKER + "/flows/{flow}",
    repeatable=True,
    contract="flow-management.md 5.4",
)


def connector_reference(connector: str) -> str:
    """A connector as `connectionReferences` names it (contract 4.1)."""
    return f"/providers/Microsoft.PowerApps/apis/{connector}"


def list_flows(client: Client, environment: str, *, as_admin: bool, deleted: bool = False) -> Iterator[Json]:
    """Every cloud flow of an environment, solution flows included; in the maker form those of the caller.

    deleted: as admin, those that were deleted in the last 21 days as well, with the state `Deleted`.
    """
    if as_admin:
        query = {"include": "softDeletedFlows"} if deleted else None
        return client.items(LIST_FLOWS_AS_ADMIN, {"environment": environment}, query=query, page_size=_PAGE_SIZE)
    query = {"include": "includeSolutionCloudFlows"}
    return client.items(LIST_MY_FLOWS, {"environment": environment}, query=query)


def get_flow(client: Client, environment: str, flow: str, *, as_admin: bool) -> Json:
    """One flow by its id (GUID). As admin: NotFoundError when there is none; as maker a missing one is a 403."""
    operation = GET_FLOW_AS_ADMIN if as_admin else GET_MY_FLOW
    answer: Json = client.call(operation, _path(environment, flow))
    return answer


def get_definition(client: Client, environment: str, flow: str, *, as_admin: bool) -> Json:
    """One flow with its definition, where the service shows it to the caller. Raises as `get_flow`."""
    operation = GET_FLOW_AS_ADMIN if as_admin else GET_MY_FLOW
    answer: Json = client.call(operation, _path(environment, flow), query=_DEFINITION)
    return answer


def start_flow(client: Client, environment: str, flow: str, *, as_admin: bool) -> None:
    """Turns a flow on. The answer's body is not established: nothing is read from it."""
    client.call(START_FLOW_AS_ADMIN if as_admin else START_MY_FLOW, _path(environment, flow))


def stop_flow(client: Client, environment: str, flow: str, *, as_admin: bool) -> None:
    """Turns a flow off; runs in progress end normally."""
    client.call(STOP_FLOW_AS_ADMIN if as_admin else STOP_MY_FLOW, _path(environment, flow))


def create_flow(client: Client, environment: str, content: Json) -> Json:
    """Makes a flow of the caller from its `properties`, and returns it; its id is the service's choice.

    Doing it twice makes two flows.
    """
    body = {"properties": {**content, "environment": {"name": environment}}}
    answer: Json = client.call(CREATE_MY_FLOW, {"environment": environment}, body=body) or {}
    return answer


def update_flow(client: Client, environment: str, flow: str, content: Json) -> None:
    """Changes those members of `properties` that are given; each replaces the old one whole."""
    client.call(UPDATE_MY_FLOW, _path(environment, flow), body={"properties": content})


def delete_flow(client: Client, environment: str, flow: str, *, as_admin: bool) -> None:
    """Deletes a flow, for 21 days restorably; one that is not there is as wanted (204)."""
    client.call(DELETE_FLOW_AS_ADMIN if as_admin else DELETE_MY_FLOW, _path(environment, flow))


def restore_flow(client: Client, environment: str, flow: str) -> None:
    """Brings back a flow that was deleted in the last 21 days; it is turned off."""
    client.call(RESTORE_FLOW_AS_ADMIN, _path(environment, flow))


def _path(environment: str, flow: str) -> dict[str, str]:
    return {"environment": environment, "flow": flow}
