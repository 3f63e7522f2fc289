# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solution flows as rows of `workflow` in Dataverse (contract: flow-management.md 9; dataverse-connectors.md 1).

The supported route to flows, which application users take too; it reaches flows of solutions alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._dataverse import (
    API,
    HEADERS,
    WRITING,
    literal,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    DATAVERSE,
    ORGANIZATION_HOST,
    Operation,
)

_ROLE = "an application user or user of the environment with a security role that has {} on Process"
_COLUMNS = "workflowid,name,clientdata,statecode,statuscode,ismanaged,modifiedon,_ownerid_value"
# A modern flow, as a definition, which belongs to no table (contract 9).
_KIND = {"category": 5, "type": 1, "primaryentity": "none"}
# The type of a flow in a solution (contract 9).
FLOW_COMPONENT = 29
# statecode and statuscode of a flow that is on (contract 9).
_ON = {"statecode": 1, "statuscode": 2}

_operation = partial(Operation, service=DATAVERSE, host=ORGANIZATION_HOST, contract="flow-management.md 9")

LIST_WORKFLOWS = _operation(
    name="List-DataverseWorkflows", method="GET", path=API + "/workflows", permission=_ROLE.format("Read")
)
GET_WORKFLOW = _operation(
    name="Get-DataverseWorkflow", method="GET", path=API + "/workflows({id})", permission=_ROLE.format("Read")
)
CREATE_WORKFLOW = _operation(
    name="Create-DataverseWorkflow", method="POST", path=API + "/workflows", permission=_ROLE.format("Create")
)
UPDATE_WORKFLOW = _operation(
    name="Update-DataverseWorkflow",
    method="PATCH",
    path=API + "/workflows({id})",
    repeatable=True,
    permission=_ROLE.format("Write (and Assign for another owner)"),
)
DELETE_WORKFLOW = _operation(
    name="Delete-DataverseWorkflow",
    method="DELETE",
    path=API + "/workflows({id})",
    repeatable=True,
    permission=_ROLE.format("Delete"),
)


def find_workflows(client: Client, organization: str, name: str) -> Iterator[Json]:
    """Solution flows of this display name, whatever its case, without their definitions."""
    where = f"category eq 5 and type eq 1 and name eq {literal(name)}"
    query = {"$select": "workflowid,name,createdon", "$filter": where}
    return client.items(LIST_WORKFLOWS, _at(organization), query=query, headers=HEADERS)


def get_workflow(client: Client, organization: str, workflow: str) -> Json:
    """One row with `clientdata`, the JSON text of definition and connection references. NotFoundError without one."""
    answer: Json = client.call(GET_WORKFLOW, _at(organization, workflow), query={"$select": _COLUMNS}, headers=HEADERS)
    return answer


def create_workflow(client: Client, organization: str, columns: Json, solution: str | None) -> Json | None:
    """Makes a flow that is off. The row, None where the service does not show it."""
    headers = {**WRITING, **({"MSCRM.SolutionUniqueName": solution} if solution else {})}
    answer: Json | None = client.call(CREATE_WORKFLOW, _at(organization), body={**_KIND, **columns}, headers=headers)
    return answer


def update_workflow(client: Client, organization: str, workflow: str, columns: Json, etag: str) -> None:
    """Changes some columns of the row that was read under that ETag. ConflictError when it is another by now."""
    client.call(
        UPDATE_WORKFLOW, _at(organization, workflow), body=columns, headers={**WRITING, "If-Match": etag or "*"}
    )


def start_workflow(client: Client, organization: str, workflow: str) -> None:
    """Turns a flow on. It fails where the caller may not use the connections behind its references (contract 9)."""
    update_workflow(client, organization, workflow, _ON, "*")


def delete_workflow(client: Client, organization: str, workflow: str) -> None:
    """Deletes a flow; one that is gone already is as wanted."""
    with suppress(NotFoundError):
        client.call(DELETE_WORKFLOW, _at(organization, workflow), headers={"OData-Version": "4.0"})


def _at(organization: str, workflow: str = "") -> dict[str, str]:
    return {"organization": organization, **({"id": workflow} if workflow else {})}
