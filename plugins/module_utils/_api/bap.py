# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments and management applications in the Business App Platform (contract: powerapps-admin.md, 4.1 and 4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import BAP, USERS_TOKEN, Operation

ADMINISTRATOR = (
    "Power Platform administrator (or Dynamics 365 or Global administrator); an application must be registered as a "
    "management application"
)
_API_VERSION = "2021-04-01"
_ADMIN = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
_MAKER = "/providers/Microsoft.BusinessAppPlatform/environments"
_USER_ADMINISTRATOR = "Power Platform administrator (or Dynamics 365 or Global administrator), as a user"
_APPLICATIONS = "/providers/Microsoft.BusinessAppPlatform/adminApplications"
_APPLICATIONS_VERSION = "2020-10-01"
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
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.1",
)
GET_MY_ENVIRONMENT = Operation(
    name="Get-Environment",
    service=BAP,
    method="GET",
    path=_MAKER + "/{environment}",
    api_version=_API_VERSION,
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.1",
)
LIST_MANAGEMENT_APPLICATIONS = Operation(
    name="List-ManagementApplications",
    service=BAP,
    method="GET",
    path=_APPLICATIONS,
    api_version=_APPLICATIONS_VERSION,
    tokens_assumed=True,
    permission=ADMINISTRATOR,
    contract="powerapps-admin.md 4.4",
)
GET_MANAGEMENT_APPLICATION = Operation(
    name="Get-ManagementApplication",
    service=BAP,
    method="GET",
    path=_APPLICATIONS + "/{application}",
    api_version=_APPLICATIONS_VERSION,
    tokens_assumed=True,
    permission=ADMINISTRATOR,
    contract="powerapps-admin.md 4.4",
)
ADD_MANAGEMENT_APPLICATION = Operation(
    name="Add-ManagementApplication",
    service=BAP,
    method="PUT",
    path=_APPLICATIONS + "/{application}",
    api_version=_APPLICATIONS_VERSION,
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_USER_ADMINISTRATOR,
    contract="powerapps-admin.md 4.4",
)
REMOVE_MANAGEMENT_APPLICATION = Operation(
    name="Remove-ManagementApplication",
    service=BAP,
    method="DELETE",
    path=_APPLICATIONS + "/{application}",
    api_version=_APPLICATIONS_VERSION,
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_USER_ADMINISTRATOR,
    contract="powerapps-admin.md 4.4",
)


def list_environments(client: Client, *, as_admin: bool) -> Iterator[Json]:
    """Every environment that the identity administers; in the maker form those that it may see."""
    return client.items(LIST_ENVIRONMENTS if as_admin else LIST_MY_ENVIRONMENTS)


def get_environment(client: Client, environment: str, *, as_admin: bool) -> Json:
    """One environment by its name (a GUID, `Default-{tenant}` or `~default`). NotFoundError when there is none."""
    operation = GET_ENVIRONMENT if as_admin else GET_MY_ENVIRONMENT
    answer: Json = client.call(operation, {"environment": environment})
    return answer


def list_management_applications(client: Client) -> Iterator[Json]:
    """The registrations: `{"applicationId": ...}` of each application that may call the admin APIs."""
    return client.items(LIST_MANAGEMENT_APPLICATIONS)


def get_management_application(client: Client, application: str) -> Json:
    """One registration by its application (client) id. NotFoundError when there is none."""
    answer: Json = client.call(GET_MANAGEMENT_APPLICATION, {"application": application})
    return answer


def add_management_application(client: Client, application: str) -> None:
    """Lets an application call the admin APIs."""
    client.call(ADD_MANAGEMENT_APPLICATION, {"application": application})


def remove_management_application(client: Client, application: str) -> None:
    """Takes a registration away; one that is gone already is as wanted."""
    with suppress(NotFoundError):
        client.call(REMOVE_MANAGEMENT_APPLICATION, {"application": application})
