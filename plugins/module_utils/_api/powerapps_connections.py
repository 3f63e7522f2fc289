# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections and who may use them, in the PowerApps resource provider (contract: powerapps-admin.md 3.7 to 3.10, 4.3).

There is no admin operation that creates a connection; `power_platform_connections.py` has the one that makers use. The
maker forms have the environment in `$filter` and show the caller's own connections only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._permissions import modify_permissions
from ansible_collections.powerops.powerplatform.plugins.module_utils._api._powerapps import (
    ADMIN,
    MAKER,
    PAGE_SIZE,
    in_environment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    POWERAPPS,
    USERS_TOKEN,
    Operation,
)

_CONNECTION = "/apis/{connector}/connections/{connection}"
_ADMIN_PERMISSION = (
    "Power Platform administrator or administrator of the environment (ManageAnyConnection); an application must be "
    "registered as a management application"
)
_MAKER_PERMISSION = "the user's own rights on the connection"

LIST_CONNECTIONS_AS_ADMIN = Operation(
    name="Get-AdminConnections",
    service=POWERAPPS,
    method="GET",
    path=ADMIN + "/connections",
    api_version="2016-11-01",
    tokens_assumed=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.7",
)
REMOVE_CONNECTION_AS_ADMIN = Operation(
    name="Remove-AdminConnection",
    service=POWERAPPS,
    method="DELETE",
    path=ADMIN + _CONNECTION,
    api_version="2017-06-01",
    tokens_assumed=True,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.8",
)
LIST_CONNECTION_ROLE_ASSIGNMENTS_AS_ADMIN = Operation(
    name="Get-AdminConnectionRoleAssignment",
    service=POWERAPPS,
    method="GET",
    path=ADMIN + _CONNECTION + "/permissions",
    api_version="2017-06-01",
    tokens_assumed=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.9",
)
EDIT_CONNECTION_ROLE_ASSIGNMENT_AS_ADMIN = Operation(
    name="Edit-AdminConnectionRoleAssignment",
    service=POWERAPPS,
    method="POST",
    path=ADMIN + _CONNECTION + "/modifyPermissions",
    api_version="2017-06-01",
    tokens_assumed=True,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.10",
)
LIST_MY_CONNECTIONS = Operation(
    name="Get-Connections",
    service=POWERAPPS,
    method="GET",
    path=MAKER + "/connections",
    api_version="2016-11-01",
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.3",
)
LIST_MY_CONNECTION_ROLE_ASSIGNMENTS = Operation(
    name="Get-ConnectionRoleAssignment",
    service=POWERAPPS,
    method="GET",
    path=MAKER + _CONNECTION + "/permissions",
    api_version="2017-06-01",
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.3",
)
EDIT_MY_CONNECTION_ROLE_ASSIGNMENT = Operation(
    name="Edit-ConnectionRoleAssignment",
    service=POWERAPPS,
    method="POST",
    path=MAKER + _CONNECTION + "/modifyPermissions",
    api_version="2017-06-01",
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.3",
)


def list_connections(client: Client, environment: str, *, as_admin: bool) -> Iterator[Json]:
    """Every connection of an environment; in the maker form the caller's own."""
    if as_admin:
        return client.items(LIST_CONNECTIONS_AS_ADMIN, {"environment": environment}, page_size=PAGE_SIZE)
    return client.items(LIST_MY_CONNECTIONS, query=in_environment(environment))


def remove_connection(client: Client, environment: str, connector: str, connection: str) -> None:
    """Deletes anybody's connection; one that is gone already is as wanted."""
    with suppress(NotFoundError):
        client.call(REMOVE_CONNECTION_AS_ADMIN, _path(environment, connector, connection))


def list_connection_role_assignments(
    client: Client, environment: str, connector: str, connection: str, *, as_admin: bool
) -> Iterator[Json]:
    """Every role assignment of a connection, the owner's included (shape: contract 2.4)."""
    path = _path(environment, connector, connection)
    if as_admin:
        return client.items(LIST_CONNECTION_ROLE_ASSIGNMENTS_AS_ADMIN, path)
    return client.items(LIST_MY_CONNECTION_ROLE_ASSIGNMENTS, path, query=in_environment(environment))


def edit_connection_role_assignments(
    client: Client,
    environment: str,
    connector: str,
    connection: str,
    put: Sequence[Json],
    delete: Sequence[Json],
    *,
    as_admin: bool,
) -> None:
    """Gives and takes roles in one call. ItemsRefusedError when its answer reports some of them as refused."""
    modify_permissions(
        client,
        EDIT_CONNECTION_ROLE_ASSIGNMENT_AS_ADMIN if as_admin else EDIT_MY_CONNECTION_ROLE_ASSIGNMENT,
        _path(environment, connector, connection),
        put,
        delete,
        f"connection {connection}",
        query=None if as_admin else in_environment(environment),
    )


def _path(environment: str, connector: str, connection: str) -> dict[str, str]:
    return {"environment": environment, "connector": connector, "connection": connection}
