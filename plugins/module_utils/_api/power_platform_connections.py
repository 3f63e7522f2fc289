# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Power Platform API: connections on the host of their environment (contract: power-platform-api.md 4.7).

A connection belongs to whoever creates it, and only its owner may write it here.
"""

from __future__ import annotations

from contextlib import suppress

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    ENVIRONMENT_HOST,
    POWER_PLATFORM,
    Operation,
)

_CONNECTION = "/connectivity/connectors/{connector}/connections/{connection}"
_PERMISSION = (
    "access to the environment as a maker, and for a user's token the delegated permission {}; an application must be "
    "registered as a management application"
)

GET_CONNECTION = Operation(
    name="Get-Connection",
    service=POWER_PLATFORM,
    method="GET",
    path=_CONNECTION,
    api_version="1",
    tokens_assumed=True,
    host=ENVIRONMENT_HOST,
    permission=_PERMISSION.format("Connectivity.Connections.Read"),
    contract="power-platform-api.md 4.7",
)
PUT_CONNECTION = Operation(
    name="Put-Connection",
    service=POWER_PLATFORM,
    method="PUT",
    path=_CONNECTION,
    api_version="1",
    tokens_assumed=True,
    # Its name is the client's choice, so that doing it twice makes no second one.
    repeatable=True,
    host=ENVIRONMENT_HOST,
    permission=_PERMISSION.format("Connectivity.Connections.Write"),
    contract="power-platform-api.md 4.7",
)
REMOVE_CONNECTION = Operation(
    name="Remove-Connection",
    service=POWER_PLATFORM,
    method="DELETE",
    path=_CONNECTION,
    api_version="1",
    tokens_assumed=True,
    repeatable=True,
    host=ENVIRONMENT_HOST,
    permission=_PERMISSION.format("Connectivity.Connections.Write"),
    contract="power-platform-api.md 4.7",
)


def get_connection(client: Client, environment: str, connector: str, connection: str) -> Json:
    """A connection of the caller's. NotFoundError when there is none, PermissionDeniedError for another's."""
    answer: Json = client.call(GET_CONNECTION, _path(environment, connector, connection))
    return answer


def put_connection(client: Client, environment: str, connector: str, connection: str, content: Json) -> None:
    """Creates a connection that belongs to the caller, or replaces the `properties` of one that does.

    Assumed: a secret parameter that `content` leaves out keeps its value.
    """
    home = {"id": f"/providers/Microsoft.PowerApps/environments/{environment}", "name": environment}
    body = {"properties": {**content, "environment": home}}
    client.call(PUT_CONNECTION, _path(environment, connector, connection), body=body)


def remove_connection(client: Client, environment: str, connector: str, connection: str) -> None:
    """Deletes a connection of the caller's; one that is gone already is as wanted."""
    with suppress(NotFoundError):
        client.call(REMOVE_CONNECTION, _path(environment, connector, connection))


def _path(environment: str, connector: str, connection: str) -> dict[str, str]:
    return {"environment": environment, "connector": connector, "connection": connection}
