# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps and their role assignments in the PowerApps resource provider (contract: powerapps-admin.md).

Each operation exists in an admin form and in a maker form; `as_admin` says which one is meant. The maker form has no
environment in its path and takes delegated tokens only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._permissions import modify_permissions
from ansible_collections.powerops.powerplatform.plugins.module_utils._api._powerapps import (
    ADMIN,
    MAKER,
    PAGE_SIZE,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS, USERS_TOKEN, Operation

_ADMIN_PERMISSION = (
    "Power Platform administrator or administrator of the environment; an application must be registered as a "
    "management application"
)
_MAKER_PERMISSION = "the user's own rights on the app"

LIST_APPS_AS_ADMIN = Operation(
    name="Get-AdminApps",
    service=POWERAPPS,
    method="GET",
    path=ADMIN + "/apps",
    api_version="2016-11-01",
    tokens_assumed=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.1",
)
GET_APP_AS_ADMIN = Operation(
    name="Get-AdminApp",
    service=POWERAPPS,
    method="GET",
    path=ADMIN + "/apps/{app}",
    api_version="2016-11-01",
    tokens_assumed=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.2",
)
LIST_APP_ROLE_ASSIGNMENTS_AS_ADMIN = Operation(
    name="Get-AdminAppRoleAssignment",
    service=POWERAPPS,
    method="GET",
    path=ADMIN + "/apps/{app}/permissions",
    api_version="2016-11-01",
    tokens_assumed=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.4",
)
EDIT_APP_ROLE_ASSIGNMENT_AS_ADMIN = Operation(
    name="Edit-AdminAppRoleAssignment",
    service=POWERAPPS,
    method="POST",
    path=ADMIN + "/apps/{app}/modifyPermissions",
    api_version="2022-11-01",
    tokens_assumed=True,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 2.5",
)
SET_APP_OWNER = Operation(
    name="Set-AdminAppOwner",
    service=POWERAPPS,
    method="POST",
    path=ADMIN + "/apps/{app}/modifyAppOwner",
    api_version="2022-11-01",
    tokens_assumed=True,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.6",
)
REMOVE_APP_AS_ADMIN = Operation(
    name="Remove-AdminApp",
    service=POWERAPPS,
    method="DELETE",
    path=ADMIN + "/apps/{app}",
    api_version="2016-11-01",
    tokens_assumed=True,
    repeatable=True,
    permission=_ADMIN_PERMISSION,
    contract="powerapps-admin.md 3.3",
)
LIST_MY_APPS = Operation(
    name="Get-Apps",
    service=POWERAPPS,
    method="GET",
    path=MAKER + "/apps",
    api_version="2017-08-01",
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.5",
)
GET_MY_APP = Operation(
    name="Get-App",
    service=POWERAPPS,
    method="GET",
    path=MAKER + "/apps/{app}",
    api_version="2016-11-01",
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.5",
)
LIST_MY_APP_ROLE_ASSIGNMENTS = Operation(
    name="Get-AppRoleAssignment",
    service=POWERAPPS,
    method="GET",
    path=MAKER + "/apps/{app}/permissions",
    api_version="2022-11-01",
    tokens=USERS_TOKEN,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.5",
)
EDIT_MY_APP_ROLE_ASSIGNMENT = Operation(
    name="Edit-AppRoleAssignment",
    service=POWERAPPS,
    method="POST",
    path=MAKER + "/apps/{app}/modifyPermissions",
    api_version="2022-11-01",
    tokens=USERS_TOKEN,
    repeatable=True,
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.5",
)
REMOVE_MY_APP = Operation(
    name="Remove-App",
    service=POWERAPPS,
    method="DELETE",
    path=MAKER + "/apps/{app}",
    api_version="2017-08-01",
    tokens=USERS_TOKEN,
    # Not repeatable: an app that is gone already is answered with 403.
    permission=_MAKER_PERMISSION,
    contract="powerapps-admin.md 4.5",
)


def list_apps(client: Client, environment: str, *, as_admin: bool) -> Iterator[Json]:
    """Every canvas app of an environment; in the maker form the caller's own view of it."""
    if as_admin:
        return client.items(LIST_APPS_AS_ADMIN, {"environment": environment}, page_size=PAGE_SIZE)
    return (
        app
        for app in client.items(LIST_MY_APPS)
        if app.get("properties", {}).get("environment", {}).get("name", "").lower() == environment.lower()
    )


def get_app(client: Client, environment: str, app: str, *, as_admin: bool) -> Json:
    """One app by its id (GUID). NotFoundError when there is none."""
    if as_admin:
        answer: Json = client.call(GET_APP_AS_ADMIN, {"environment": environment, "app": app})
        return answer
    mine: Json = client.call(GET_MY_APP, {"app": app})
    return mine


def list_app_role_assignments(client: Client, environment: str, app: str, *, as_admin: bool) -> Iterator[Json]:
    """Every role assignment of an app, the owner's included (shape: contract 2.4)."""
    if as_admin:
        return client.items(LIST_APP_ROLE_ASSIGNMENTS_AS_ADMIN, {"environment": environment, "app": app})
    return client.items(LIST_MY_APP_ROLE_ASSIGNMENTS, {"app": app})


def edit_app_role_assignments(
    client: Client, environment: str, app: str, put: Sequence[Json], delete: Sequence[Json], *, as_admin: bool
) -> None:
    """Gives and takes roles in one call. ItemsRefusedError when its answer reports some of them as refused."""
    operation = EDIT_APP_ROLE_ASSIGNMENT_AS_ADMIN if as_admin else EDIT_MY_APP_ROLE_ASSIGNMENT
    path = {"environment": environment, "app": app} if as_admin else {"app": app}
    modify_permissions(client, operation, path, put, delete, f"app {app}")


def set_app_owner(client: Client, environment: str, app: str, owner: str, role_for_old_owner: str | None) -> None:
    """Makes a user (object id) the owner. The old owner keeps that role, or loses all access when it is None."""
    body = {"newAppOwner": owner}
    if role_for_old_owner:
        body["roleForOldAppOwner"] = role_for_old_owner
    client.call(SET_APP_OWNER, {"environment": environment, "app": app}, body=body)


def remove_app(client: Client, environment: str, app: str, *, as_admin: bool) -> None:
    """Deletes an app; one that is gone already is as wanted."""
    path = {"environment": environment, "app": app} if as_admin else {"app": app}
    with suppress(NotFoundError):
        client.call(REMOVE_APP_AS_ADMIN if as_admin else REMOVE_MY_APP, path)
