# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps and their role assignments as JSON (powerapps-admin.md 2.4, 3.1, 3.4)."""

from __future__ import annotations

from typing import Any

from ..model import App, Environment, Role
from ..state import State
from . import roles
from .environments import person

_VERSION = {"major": 3, "minor": 24011, "build": 20, "revision": 0, "majorRevision": 0, "minorRevision": 0}
_TAGS = {
    "primaryDeviceWidth": "1366",
    "primaryDeviceHeight": "768",
    "primaryFormFactor": "Tablet",
    "supportsPortrait": "true",
    "supportsLandscape": "true",
    "publisherVersion": "3.24011.20",
    "minimumRequiredApiVersion": "2.2.0",
    "sienaVersion": "20240131T091502Z-3.24011.20.0",
}


def app(state: State, environment: Environment, item: App, *, admin: bool) -> dict[str, Any]:
    """The admin form carries the environment in its id, the maker form does not."""
    tenant_id = state.tenant.id
    modified = item.modified.partition(".")[0].rstrip("Z") + "Z"
    kinds = [role.type for role in item.roles.values() if role.role != "Owner"]
    properties: dict[str, Any] = {
        "appVersion": modified,
        "lastDraftVersion": modified,
        "lifeCycleId": "Published",
        "status": "Ready",
        "createdByClientVersion": _VERSION,
        "minClientVersion": _VERSION,
        "owner": person(state, item.owner),
        "createdBy": person(state, item.created_by),
        "lastModifiedBy": person(state, item.created_by),
        "lastPublishedBy": person(state, item.created_by),
        "displayName": item.name,
        "description": item.description,
        "backgroundColor": "RGBA(0,176,240,1)",
        "backgroundImageUri": "https://contoso.example/background.png",
        "appUris": {"documentUri": {"value": "", "readonlyValue": ""}, "imageUris": []},
        "createdTime": item.created,
        "lastModifiedTime": item.modified,
        "lastPublishTime": modified,
        "sharedGroupsCount": kinds.count("Group"),
        "sharedUsersCount": kinds.count("User"),
        "appOpenProtocolUri": f"ms-apps:///providers/Microsoft.PowerApps/apps/{item.id}",
        "appOpenUri": f"https://apps.powerapps.com/play/e/{environment.id}/a/{item.id}?tenantId={tenant_id}",
        "connectionReferences": item.connection_references,
        "databaseReferences": {},
        "userAppMetadata": {"favorite": "NotSpecified", "includeInAppsList": True},
        "isFeaturedApp": False,
        "bypassConsent": False,
        "isHeroApp": False,
        "environment": {
            "id": f"/providers/Microsoft.PowerApps/environments/{environment.id}",
            "name": environment.id,
            "location": environment.region,
        },
    }
    scope = f"scopes/admin/environments/{environment.id}/" if admin else ""
    found: dict[str, Any] = {
        "name": item.id,
        "id": f"/providers/Microsoft.PowerApps/{scope}apps/{item.id}",
        "type": "Microsoft.PowerApps/scopes/admin/apps" if admin else "Microsoft.PowerApps/apps",
        "tags": _TAGS,
        "properties": properties,
        "appLocation": environment.region,
        "appType": item.type,
        "isAppComponentLibrary": False,
    }
    if item.logical_name:
        found["logicalName"] = item.logical_name
    return found


def assignment(state: State, environment: Environment, item: App, role: Role) -> dict[str, Any]:
    name = roles.name_of(state, role.principal)
    return {
        "name": name,
        "id": f"/providers/Microsoft.PowerApps/apps/{item.id}/permissions/{name}",
        "type": "Microsoft.PowerApps/apps/permissions",
        "properties": {
            "roleName": role.role,
            "principal": roles.principal_of(state, role),
            "scope": f"/providers/Microsoft.PowerApps/environments/{environment.id}/apps/{item.id}",
            "notifyShareTargetOption": "NotSpecified",
            "inviteGuestToTenant": False,
            "createdOn": role.created_at or item.created,
            "createdBy": role.created_by or item.owner,
        },
    }
