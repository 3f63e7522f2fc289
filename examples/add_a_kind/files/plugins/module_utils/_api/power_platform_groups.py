# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment groups of the Power Platform API (contract: power-platform-api.md 4.5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWER_PLATFORM, Operation

_GROUPS = "/environmentmanagement/environmentGroups"
_GROUP = _GROUPS + "/{group}"
_WHO = "for a user's token the delegated permission {}; an application must have a Power Platform role"
_reading = _WHO.format("EnvironmentManagement.Groups.Read")
_writing = _WHO.format("EnvironmentManagement.Groups.ReadWrite")
_operation = partial(
    Operation,
    service=POWER_PLATFORM,
    api_version="2024-10-01",
    tokens_assumed=True,
    contract="power-platform-api.md 4.5",
)

LIST_GROUPS = _operation(name="List-EnvironmentGroups", method="GET", path=_GROUPS, permission=_reading)
GET_GROUP = _operation(name="Get-EnvironmentGroup", method="GET", path=_GROUP, permission=_reading)
# Doing it twice makes two.
CREATE_GROUP = _operation(name="Create-EnvironmentGroup", method="POST", path=_GROUPS, permission=_writing)
UPDATE_GROUP = _operation(
    name="Update-EnvironmentGroup", method="PUT", path=_GROUP, repeatable=True, permission=_writing
)
DELETE_GROUP = _operation(
    name="Delete-EnvironmentGroup", method="DELETE", path=_GROUP, repeatable=True, permission=_writing
)


def list_groups(client: Client) -> Iterator[Json]:
    """Every group of the tenant."""
    return client.items(LIST_GROUPS)


def get_group(client: Client, group: str) -> Json:
    """One group by its id. NotFoundError when there is none, which the service says without words (204)."""
    answer: Json | None = client.call(GET_GROUP, {"group": group})
    if answer is None:
        raise NotFoundError(f"There is no environment group {group}.", status=204, operation=GET_GROUP.name)
    return answer


def create_group(client: Client, content: Json) -> None:
    """Makes a group. The service chooses its id."""
    client.call(CREATE_GROUP, body=content)


def update_group(client: Client, group: str, content: Json) -> None:
    """Replaces the whole content of a group."""
    client.call(UPDATE_GROUP, {"group": group}, body=content)


def delete_group(client: Client, group: str) -> None:
    """Deletes a group. One that is gone already is answered as one that went. It must have no environments."""
    client.call(DELETE_GROUP, {"group": group})
