# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom connectors in the Dataverse Web API of an environment (contract: dataverse-connectors.md 1 to 3).

Each organisation has a host of its own, and an audience that is that host; `organization` is its URL.
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

# `connectortype` of a custom connector (contract 2).
CUSTOM_CONNECTOR = 1
_ROLE = "an application user or user of the environment with a security role that has {} on Connector"
# Rows of a page, where each row may be megabytes of documents.
_DOCUMENTS_PAGE = 20
# What a listing tells of each connector; the documents are read one by one.
LISTED = (
    "connectorid",
    "name",
    "displayname",
    "connectorinternalid",
    "connectortype",
    "ismanaged",
    "modifiedon",
    "_ownerid_value",
)
DOCUMENTS = (
    "description",
    "openapidefinition",
    "connectionparameters",
    "connectionparametersets",
    "policytemplateinstances",
    "scriptoperations",
    "customcodeblobcontent",
    "iconbrandcolor",
)

_operation = partial(Operation, service=DATAVERSE, host=ORGANIZATION_HOST, contract="dataverse-connectors.md 3")

LIST_CONNECTORS = _operation(
    name="List-DataverseConnectors", method="GET", path=API + "/connectors", permission=_ROLE.format("Read")
)
GET_CONNECTOR = _operation(
    name="Get-DataverseConnector", method="GET", path=API + "/connectors({id})", permission=_ROLE.format("Read")
)
CREATE_CONNECTOR = _operation(
    name="Create-DataverseConnector", method="POST", path=API + "/connectors", permission=_ROLE.format("Create")
)
UPDATE_CONNECTOR = _operation(
    name="Update-DataverseConnector",
    method="PATCH",
    path=API + "/connectors({id})",
    repeatable=True,
    permission=_ROLE.format("Write (and Assign for another owner)"),
)
DELETE_CONNECTOR = _operation(
    name="Delete-DataverseConnector",
    method="DELETE",
    path=API + "/connectors({id})",
    repeatable=True,
    permission=_ROLE.format("Delete"),
)
LIST_SYSTEM_USERS = _operation(
    name="List-DataverseUsers", method="GET", path=API + "/systemusers", permission="Read on User"
)
LIST_TEAMS = _operation(name="List-DataverseTeams", method="GET", path=API + "/teams", permission="Read on Team")
LIST_COMPONENT_TYPES = _operation(
    name="List-DataverseSolutionComponentDefinitions",
    method="GET",
    path=API + "/solutioncomponentdefinitions",
    permission="Read on Solution Component Definition",
    contract="dataverse-connectors.md 3.3",
)
ADD_SOLUTION_COMPONENT = _operation(
    name="AddSolutionComponent",
    method="POST",
    path=API + "/AddSolutionComponent",
    repeatable=True,
    permission="Write on Solution",
    contract="dataverse-connectors.md 3.3",
)
LIST_SOLUTIONS = _operation(
    name="List-DataverseSolutions",
    method="GET",
    path=API + "/solutions",
    permission="Read on Solution",
    contract="dataverse-connectors.md 1",
)
# Assumed: the table by which the vendor documents the components of solutions; the contract names the action alone.
LIST_SOLUTION_COMPONENTS = _operation(
    name="List-DataverseSolutionComponents",
    method="GET",
    path=API + "/solutioncomponents",
    permission="Read on Solution Component",
    contract="dataverse-connectors.md 3.3",
)
# The type of a connector in a solution, where the organisation does not tell it. Sources disagree on 371 and 372.
_CONNECTOR_COMPONENT = 372


def list_connectors(client: Client, organization: str, *, documents: bool = False) -> Iterator[Json]:
    """Every custom connector of an environment's solutions, with its documents only where they are wanted."""
    columns = (*LISTED, *DOCUMENTS) if documents else LISTED
    query = {"$select": ",".join(columns), "$filter": f"connectortype eq {CUSTOM_CONNECTOR}"}
    headers = {**HEADERS, **({"Prefer": f"odata.maxpagesize={_DOCUMENTS_PAGE}"} if documents else {})}
    return client.items(LIST_CONNECTORS, _at(organization), query=query, headers=headers)


def get_connector(client: Client, organization: str, connector: str) -> Json:
    """One connector with its documents, by its Dataverse id. NotFoundError when there is none."""
    query = {"$select": ",".join((*LISTED, *DOCUMENTS))}
    answer: Json = client.call(GET_CONNECTOR, _at(organization, connector), query=query, headers=HEADERS)
    return answer


def create_connector(client: Client, organization: str, columns: Json, solution: str | None) -> Json | None:
    """The row that was made, None where the service does not show it. Assumed: the header puts it into the solution."""
    headers = {**WRITING, **({"MSCRM.SolutionUniqueName": solution} if solution else {})}
    answer: Json | None = client.call(CREATE_CONNECTOR, _at(organization), body=columns, headers=headers)
    return answer


def update_connector(client: Client, organization: str, connector: str, columns: Json, etag: str) -> None:
    """Changes some columns of the row that was read under that ETag. ConflictError when it is another by now.

    With `If-Match` this PATCH cannot create (contract 3.4).
    """
    client.call(
        UPDATE_CONNECTOR,
        _at(organization, connector),
        query={"tag": "PowerAppsRP"},
        body=columns,
        headers={**WRITING, "If-Match": etag or "*"},
    )


def delete_connector(client: Client, organization: str, connector: str) -> None:
    """Deletes a connector; one that is gone already is as wanted."""
    with suppress(NotFoundError):
        client.call(DELETE_CONNECTOR, _at(organization, connector), headers={"OData-Version": "4.0"})


def add_connector_to_solution(client: Client, organization: str, connector: str, solution: str) -> None:
    """Puts a connector into an unmanaged solution, by its unique name; one that is in it already stays in it.

    Needed because sources disagree on whether the header of the create does it (contract 3.3).
    """
    query = {"$select": "solutioncomponenttype", "$filter": f"name eq {literal('connector')}"}
    types = list(client.items(LIST_COMPONENT_TYPES, _at(organization), query=query, headers=HEADERS))
    told = types[0].get("solutioncomponenttype") if types else None
    component_type = told if isinstance(told, int) else _CONNECTOR_COMPONENT
    add_solution_component(client, organization, connector, component_type, solution)


def add_solution_component(
    client: Client, organization: str, component: str, component_type: int, solution: str
) -> None:
    """Puts a row into an unmanaged solution, by its unique name; what is in it already stays in it."""
    body = {
        "ComponentId": component,
        "ComponentType": component_type,
        "SolutionUniqueName": solution,
        "AddRequiredComponents": False,
    }
    client.call(ADD_SOLUTION_COMPONENT, _at(organization), body=body, headers=HEADERS)


def find_solutions(client: Client, organization: str, name: str) -> list[Json]:
    """Solutions of this unique name, with `solutionid` and `ismanaged`."""
    query = {"$select": "solutionid,uniquename,ismanaged", "$filter": f"uniquename eq {literal(name)}"}
    return list(client.items(LIST_SOLUTIONS, _at(organization), query=query, headers=HEADERS))


def list_solution_components(client: Client, organization: str, solution: str, component_type: int) -> Iterator[Json]:
    """The rows of one type that are in a solution, by its id; `objectid` is the id of the row itself."""
    where = f"_solutionid_value eq {solution} and componenttype eq {component_type}"
    query = {"$select": "objectid", "$filter": where}
    return client.items(LIST_SOLUTION_COMPONENTS, _at(organization), query=query, headers=HEADERS)


def find_users(client: Client, organization: str, name: str) -> list[Json]:
    """Users whose user principal name is this (`domainname`, assumed): `systemuserid`, `fullname`, object id."""
    columns = "systemuserid,fullname,domainname,azureactivedirectoryobjectid"
    query = {"$select": columns, "$filter": f"domainname eq {literal(name)}"}
    return list(client.items(LIST_SYSTEM_USERS, _at(organization), query=query, headers=HEADERS))


def find_teams(client: Client, organization: str, name: str) -> list[Json]:
    """Teams of this name: `teamid`, `name`, object id of the group behind it."""
    query = {"$select": "teamid,name,azureactivedirectoryobjectid", "$filter": f"name eq {literal(name)}"}
    return list(client.items(LIST_TEAMS, _at(organization), query=query, headers=HEADERS))


def _at(organization: str, connector: str = "") -> dict[str, str]:
    return {"organization": organization, **({"id": connector} if connector else {})}
