# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments in the Business App Platform (contract: powerapps-admin.md, 4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import BAP, DELEGATED, Operation

ADMINISTRATOR = (
    "Power Platform administrator (or Dynamics 365 or Global administrator); an application must be registered as a "
    "management application"
)
_API_VERSION = "2021-04-01"
_ADMIN = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
_MAKER = "/providers/Microsoft.BusinessAppPlatform/environments"
_MAKER_PERMISSION = "the user's own rights in the environment"

LIST_ENVIRONMENTS = Operation(
    name="List-AdminEnvironments",
    service=BAP,
    method="GET",
    path=_ADMIN,
    api_version=_API_VERSION,
    permission=ADMINISTRATOR,
    contract="powerapps-admin.md 4.1",
)
GET_ENVIRONMENT = Operation(
    name="Get-AdminEnvironment",
    service=BAP,
    method="GET",
    path=_ADMIN + "/{environment}",
    api_version=_API_VERSION,
    permission=ADMINISTRATOR,
    contract="powerapps-admin.md 4.1",
)

LIST_MY_ENVIRONMENTS = Operation(
    name="List-Environments",
    service=BAP,
    method="GET",
    path=_MAKER,
    api_version=_API_VERSION,
    tokens=frozenset({DELEGATED}),
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.1",
)
GET_MY_ENVIRONMENT = Operation(
    name="Get-Environment",
    service=BAP,
    method="GET",
    path=_MAKER + "/{environment}",
    api_version=_API_VERSION,
    tokens=frozenset({DELEGATED}),
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.1",
)


def list_environments(client: Client, *, as_admin: bool) -> Iterator[Json]:
    """Every environment that the identity administers; in the maker form those that it may see."""
    return client.items(LIST_ENVIRONMENTS if as_admin else LIST_MY_ENVIRONMENTS)


def get_environment(client: Client, environment: str, *, as_admin: bool) -> Json:
    """One environment by its name (a GUID, `Default-{tenant}` or `~default`). NotFoundError when there is none."""
    operation = GET_ENVIRONMENT if as_admin else GET_MY_ENVIRONMENT
    answer: Json = client.call(operation, {"environment": environment})
    return answer
