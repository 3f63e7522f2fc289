# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""modifyPermissions of apps (powerapps-admin.md 2.5)."""

from __future__ import annotations

from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import EVERYONE, App, AppRole, Environment, Group, ServicePrincipal
from ..world import World
from . import app_shapes
from .base import folded, json_of
from .clock import now

_ROLES = {role.lower(): role for role in ("CanView", "CanViewWithShare", "CanEdit")}
_EMPTY = (None, "", "null")


def modify(world: World, call: Call, environment: Environment, item: App) -> Reply:
    """Check every item first, then change: a refused call leaves nothing half done."""
    body = folded(json_of(call, envelopes.BAD_BODY))
    puts = [_read_put(world, entry) for entry in _items(body, "put")]
    deletes = [_read_delete(world, entry) for entry in _items(body, "delete")]
    for principal in [*deletes, *(put.principal for put in puts)]:
        if principal == item.owner:
            raise ServiceError(400, envelopes.OWNER_IMMUTABLE, "The owner's role assignment cannot be changed.")
    answered = []
    touched = False
    for put in puts:
        failed = world.faults.failed_items(call, put.principal) if world.faults.faults else None
        present = item.roles.get(put.principal)
        same = present is not None and present.role == put.role
        if failed is None and not same:
            if not touched:
                world.state.before(environment.apps, item.id)
                touched = True
            put.created_at, put.created_by = now(), call.oid()
            if present is not None:
                put.created_at, put.created_by = present.created_at, present.created_by
            item.roles[put.principal] = put
        answered.append(_answer(world, item, put, failed.data if failed else None, same))
    for principal in deletes:
        failed = world.faults.failed_items(call, principal) if world.faults.faults else None
        if failed is None and principal in item.roles:  # ASSUMED: an absent one is no error
            if not touched:
                world.state.before(environment.apps, item.id)
                touched = True
            del item.roles[principal]
    return Reply(200, {"put": answered})


def _items(body: dict[str, object], key: str) -> list[Any]:
    found = body.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ServiceError(400, envelopes.BAD_BODY, f"'{key}' must be an array.")
    return found


def _read_put(world: World, entry: Any) -> AppRole:
    """All five ways to name the tenant are understood; the directory decides what kind an id is."""
    properties = folded(folded(entry).get("properties"))
    principal = folded(properties.get("principal"))
    role = _ROLES.get(str(properties.get("rolename") or "").lower())
    if role is None:
        raise ServiceError(400, envelopes.BAD_BODY, f"The role '{properties.get('rolename')}' is not valid.")
    tenant_id = world.state.tenant.id
    raw = principal.get("id")
    object_id = "" if raw in _EMPTY else str(raw).lower()
    if str(principal.get("type") or "").lower() == "tenant" or object_id == tenant_id:
        given = object_id or str(principal.get("tenantid") or "").lower()
        if given != tenant_id:
            raise ServiceError(400, envelopes.BAD_BODY, f"The tenant '{given}' is not the tenant of the app.")
        if role != "CanView":
            raise ServiceError(400, envelopes.BAD_BODY, "A tenant can be given the role CanView only.")
        return AppRole(EVERYONE, role, "Tenant")
    found = world.state.principal(object_id) if object_id else None
    if found is None or found.deleted_at:
        raise ServiceError(404, envelopes.USER_UNKNOWN, f"The specified user with user id {raw} does not exist.")
    if isinstance(found, Group):
        # Groups need the security flag (graph.md 11.3); how the service refuses others is ASSUMED.
        if not is_security(found):
            raise ServiceError(400, envelopes.UNUSABLE_GROUP, f"The group '{object_id}' is not security-enabled.")
        return AppRole(object_id, role, "Group")
    return AppRole(object_id, role, "ServicePrincipal" if isinstance(found, ServicePrincipal) else "User")


def is_security(group: Group) -> bool:
    if group.security_enabled is not None:
        return group.security_enabled
    return group.kind in ("security", "mail-security")


def _read_delete(world: World, entry: Any) -> str:
    text = str(folded(entry).get("id") or "")
    if not text:
        raise ServiceError(400, envelopes.BAD_BODY, "A delete item needs 'id'.")
    name = text.rstrip("/").rpartition("/")[2].lower()
    return EVERYONE if name == f"tenant-{world.state.tenant.id}" else name


def _answer(world: World, item: App, put: AppRole, failed: dict[str, Any] | None, same: bool) -> dict[str, Any]:
    state = world.state
    app_id = f"/providers/Microsoft.PowerApps/apps/{item.id}"
    principal: dict[str, Any] = {"id": put.principal, "type": put.type}
    if put.principal == EVERYONE:
        principal = {"type": "Tenant", "tenantId": state.tenant.id}
    response: dict[str, Any] = {
        "id": app_id,
        "statusCode": "OK" if same else "Created",
        "responseCode": "ResourceShared",
        "message": f"This was shared with '{put.role}' permission.",
        "type": "/providers/Microsoft.PowerApps/apps",
    }
    if failed is not None:
        response.update(
            statusCode=failed.get("status_code", "BadRequest"),
            responseCode=failed.get("response_code", "ShareFailed"),
            message=failed.get("message", "The resource could not be shared with this principal."),
        )
    name = app_shapes.role_name(state, put.principal)
    return {
        "id": f"/providers/Microsoft.PowerApps/scopes/admin/apps/{item.id}/permissions/{name}",
        "properties": {
            "roleName": put.role,
            "scope": app_id,
            "principal": principal,
            "resourceResponses": [response],
        },
    }
