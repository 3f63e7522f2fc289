# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows and their state in the Flow resource provider (contract: flow-management.md).

Each operation exists in an admin form and in a maker form; `as_admin` says which one is meant. The maker form takes
delegated tokens only.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import FLOW, USERS_TOKEN, Operation

_API_VERSION = "2016-11-01"
_ADMIN = "/providers/Microsoft.ProcessSimple/scopes/admin/environments/{environment}"
_MAKER = "/providers/Microsoft.ProcessSimple/environments/{environment}"
_ADMIN_PERMISSION = (
    "Power Platform administrator or administrator of the environment; an application must be registered as a "
    "management application"
)
_MAKER_PERMISSION = "owner or co-owner of the flow, with a Power Automate licence"
_PAGE_SIZE = 250

LIST_FLOWS_AS_ADMIN = Operation(
    name="ListFlowsInEnvironment_V2",
    service=FLOW,
    method="GET",
    path=_ADMIN + "/v2/flows",
    api_version=_API_VERSION,
    permission=_ADMIN_PERMISSION,
    contract="flow-management.md 5.12",
)
GET_FLOW_AS_ADMIN = Operation(
    name="AdminGetFlow",
    service=FLOW,
    method="GET",
    path=_ADMIN + "/flows/{flow}",
    api_version=_API_VERSION,
    permission=_ADMIN_PERMISSION,
    contract="flow-management.md 5.6",
)
START_FLOW_AS_ADMIN = Operation(
    name="AdminStartFlow",
    service=FLOW,
    method="POST",
    path=_ADMIN + "/flows/{flow}/start",
    api_version=_API_VERSION,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="flow-management.md 5.20",
)
STOP_FLOW_AS_ADMIN = Operation(
    name="AdminStopFlow",
    service=FLOW,
    method="POST",
    path=_ADMIN + "/flows/{flow}/stop",
    api_version=_API_VERSION,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="flow-management.md 5.20",
)
LIST_MY_FLOWS = Operation(
    name="ListMyFlows",
    service=FLOW,
    method="GET",
    path=_MAKER + "/flows",
    api_version=_API_VERSION,
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="flow-management.md 5.15",
)
GET_MY_FLOW = Operation(
    name="GetFlow",
    service=FLOW,
    method="GET",
    path=_MAKER + "/flows/{flow}",
    api_version=_API_VERSION,
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="flow-management.md 5.6",
)
START_MY_FLOW = Operation(
    name="StartFlow",
    service=FLOW,
    method="POST",
    path=_MAKER + "/flows/{flow}/start",
    api_version=_API_VERSION,
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_MAKER_PERMISSION,
    contract="flow-management.md 5.20",
)
STOP_MY_FLOW = Operation(
    name="StopFlow",
    service=FLOW,
    method="POST",
    path=_MAKER + "/flows/{flow}/stop",
    api_version=_API_VERSION,
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_MAKER_PERMISSION,
    contract="flow-management.md 5.20",
)


def list_flows(client: Client, environment: str, *, as_admin: bool) -> Iterator[Json]:
    """Every cloud flow of an environment, solution flows included; in the maker form those of the caller."""
    if as_admin:
        return client.items(LIST_FLOWS_AS_ADMIN, {"environment": environment}, page_size=_PAGE_SIZE)
    query = {"include": "includeSolutionCloudFlows"}
    return client.items(LIST_MY_FLOWS, {"environment": environment}, query=query)


def get_flow(client: Client, environment: str, flow: str, *, as_admin: bool) -> Json:
    """One flow by its id (GUID). As admin: NotFoundError when there is none; as maker a missing one is a 403."""
    operation = GET_FLOW_AS_ADMIN if as_admin else GET_MY_FLOW
    answer: Json = client.call(operation, {"environment": environment, "flow": flow})
    return answer


def start_flow(client: Client, environment: str, flow: str, *, as_admin: bool) -> None:
    """Turns a flow on. The answer's body is not established: nothing is read from it."""
    operation = START_FLOW_AS_ADMIN if as_admin else START_MY_FLOW
    client.call(operation, {"environment": environment, "flow": flow})


def stop_flow(client: Client, environment: str, flow: str, *, as_admin: bool) -> None:
    """Turns a flow off; runs in progress end normally."""
    operation = STOP_FLOW_AS_ADMIN if as_admin else STOP_MY_FLOW
    client.call(operation, {"environment": environment, "flow": flow})
