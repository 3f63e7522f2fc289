# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors and who may use the custom ones, in the PowerApps resource provider (powerapps-admin.md 3.11-3.13, 4.2).

The admin form knows custom connectors only. The catalogue of all connectors is in the maker form, which takes an
application's token too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._permissions import modify_permissions
from ansible_collections.powerops.powerplatform.plugins.module_utils._api._powerapps import (
    ADMIN,
    MAKER,
    PAGE_SIZE,
    in_environment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    POWERAPPS,
    USERS_TOKEN,
    Operation,
)

_ADMIN_PERMISSION = (
    "Power Platform administrator or administrator of the environment (ManageAnyCustomApi); an application must be "
    "registered as a management application"
)
_MAKER_PERMISSION = "the user's own rights on the connector"

LIST_CUSTOM_CONNECTORS_AS_ADMIN = Operation(
    name="Get-AdminConnectors",
    service=POWERAPPS,
    method="GET",
    path=ADMIN + "/apis",
    api_version="2017-05-01",
    tokens_assumed=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.11",
)
LIST_CONNECTOR_ROLE_ASSIGNMENTS_AS_ADMIN = Operation(
    name="Get-AdminConnectorRoleAssignment",
    service=POWERAPPS,
    method="GET",
    path=ADMIN + "/apis/{connector}/permissions",
    api_version="2017-06-01",
    tokens_assumed=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.12",
)
EDIT_CONNECTOR_ROLE_ASSIGNMENT_AS_ADMIN = Operation(
    name="Edit-AdminConnectorRoleAssignment",
    service=POWERAPPS,
    method="POST",
    path=ADMIN + "/apis/{connector}/modifyPermissions",
    api_version="2017-06-01",
    tokens_assumed=True,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.13",
)
LIST_CONNECTORS = Operation(
    name="Get-Connectors",
    service=POWERAPPS,
    method="GET",
    path=MAKER + "/apis",
    api_version="2019-05-01",
    tokens_assumed=True,
    permission="access to the environment",
    contract="powerapps-admin.md 4.2",
)
LIST_MY_CONNECTOR_ROLE_ASSIGNMENTS = Operation(
    name="Get-ConnectorRoleAssignment",
    service=POWERAPPS,
    method="GET",
    path=MAKER + "/apis/{connector}/permissions",
    api_version="2017-06-01",
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.2",
)
EDIT_MY_CONNECTOR_ROLE_ASSIGNMENT = Operation(
    name="Edit-ConnectorRoleAssignment",
    service=POWERAPPS,
    method="POST",
    path=MAKER + "/apis/{connector}/modifyPermissions",
    api_version="2017-06-01",
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.2",
)
GET_MY_CONNECTOR = Operation(
    name="Get-Connector",
    service=POWERAPPS,
    method="GET",
    path=MAKER + "/apis/{connector}",
    api_version="2016-11-01",
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="dataverse-connectors.md 5",
)
UPDATE_MY_CONNECTOR = Operation(
    name="Update-Connector",
    service=POWERAPPS,
    method="PATCH",
    path=MAKER + "/apis/{connector}",
    api_version="2016-11-01",
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_MAKER_PERMISSION,
    contract="dataverse-connectors.md 5.3",
)


def list_custom_connectors(client: Client, environment: str, *, as_admin: bool) -> Iterator[Json]:
    """Every custom connector of an environment; in the maker form those that the caller may use."""
    if as_admin:
        return client.items(LIST_CUSTOM_CONNECTORS_AS_ADMIN, {"environment": environment}, page_size=PAGE_SIZE)
    query = {"$filter": f"environment eq '{environment}' and IsCustomApi eq 'True'"}
    return client.items(LIST_CONNECTORS, query=query)


def list_connectors(client: Client, environment: str) -> Iterator[Json]:
    """The catalogue of an environment: built-in connectors, and the custom ones that the caller may use."""
    return client.items(LIST_CONNECTORS, query=in_environment(environment))


def get_connector(client: Client, environment: str, connector: str) -> Json:
    """One connector with its connection parameters. NotFoundError while the service does not know it."""
    answer: Json = client.call(GET_MY_CONNECTOR, {"connector": connector}, query=in_environment(environment))
    return answer


def update_connector(client: Client, environment: str, connector: str, content: Json) -> None:
    """Changes `properties` of a connector. Assumed: what is left out stays, stored secrets included."""
    body = {"properties": {**content, "environment": {"name": environment}}}
    client.call(UPDATE_MY_CONNECTOR, {"connector": connector}, query=in_environment(environment), body=body)


def list_connector_role_assignments(
    client: Client, environment: str, connector: str, *, as_admin: bool
) -> Iterator[Json]:
    """Every role assignment of a custom connector, the owner's included (shape: contract 2.4)."""
    path = {"environment": environment, "connector": connector}
    if as_admin:
        return client.items(LIST_CONNECTOR_ROLE_ASSIGNMENTS_AS_ADMIN, path)
    return client.items(LIST_MY_CONNECTOR_ROLE_ASSIGNMENTS, path, query=in_environment(environment))


def edit_connector_role_assignments(
    client: Client, environment: str, connector: str, put: Sequence[Json], delete: Sequence[Json], *, as_admin: bool
) -> None:
    """Gives and takes roles in one call. ItemsRefusedError when its answer reports some of them as refused."""
    modify_permissions(
        client,
        EDIT_CONNECTOR_ROLE_ASSIGNMENT_AS_ADMIN if as_admin else EDIT_MY_CONNECTOR_ROLE_ASSIGNMENT,
        {"environment": environment, "connector": connector},
        put,
        delete,
        f"connector {connector}",
        query=None if as_admin else in_environment(environment),
    )
