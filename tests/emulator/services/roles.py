# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""modifyPermissions of everything that has roles: apps, connections, custom connectors (powerapps-admin.md 2.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .. import envelopes
from ..call import Call, ServiceError
from ..model import EVERYONE, Group, Role, ServicePrincipal, Shared, role_owner
from ..state import State
from ..world import World
from .base import folded, json_of
from .clock import now

S = TypeVar("S", bound=Shared)
Failure = dict[str, Any]
_ROLES = {role.lower(): role for role in ("CanView", "CanViewWithShare", "CanEdit")}
_EMPTY = (None, "", "null")


@dataclass(slots=True)
class Answered:
    """What became of one put."""

    role: Role
    same: bool
    failed: Failure | None


def modify(
    world: World,
    call: Call,
    container: dict[str, S],
    item: S,
    *,
    check: Callable[[Role], None] | None = None,
    failure: Callable[[Role], Failure | None] | None = None,
) -> list[Answered]:
    """Check every item first, then change: a refused call leaves nothing half done.

    `check` raises and so refuses the whole call; `failure` refuses one put inside the answer.
    """
    body = folded(json_of(call, envelopes.BAD_BODY))
    puts = [_read_put(world, entry) for entry in _items(body, "put")]
    deletes = [_read_delete(world, entry) for entry in _items(body, "delete")]
    for principal in [*deletes, *(put.principal for put in puts)]:
        if principal == role_owner(item):
            raise ServiceError(400, envelopes.OWNER_IMMUTABLE, "The owner's role assignment cannot be changed.")
    for put in puts:
        if check is not None:
            check(put)
    answered = []
    touched = False
    for put in puts:
        failed = _failed(world, call, put.principal) or (failure(put) if failure is not None else None)
        present = item.roles.get(put.principal)
        same = present is not None and present.role == put.role
        if failed is None and not same:
            if not touched:
                world.state.before(container, item.key)
                touched = True
            put.created_at, put.created_by = now(), call.oid()
            if present is not None:
                put.created_at, put.created_by = present.created_at, present.created_by
            item.roles[put.principal] = put
        answered.append(Answered(put, same, failed))
    for principal in deletes:
        # ASSUMED: an absent one is no error
        if _failed(world, call, principal) is None and principal in item.roles:
            if not touched:
                world.state.before(container, item.key)
                touched = True
            del item.roles[principal]
    return answered


def _failed(world: World, call: Call, principal: str) -> Failure | None:
    fault = world.faults.failed_items(call, principal) if world.faults.faults else None
    return fault.data if fault is not None else None


def _items(body: dict[str, object], key: str) -> list[Any]:
    found = body.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ServiceError(400, envelopes.BAD_BODY, f"'{key}' must be an array.")
    return found


def _read_put(world: World, entry: Any) -> Role:
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
            raise ServiceError(400, envelopes.BAD_BODY, f"The tenant '{given}' is not the tenant of the resource.")
        if role != "CanView":
            raise ServiceError(400, envelopes.BAD_BODY, "A tenant can be given the role CanView only.")
        return Role(EVERYONE, role, "Tenant")
    found = world.state.principal(object_id) if object_id else None
    if found is None or found.deleted_at:
        raise ServiceError(404, envelopes.USER_UNKNOWN, f"The specified user with user id {raw} does not exist.")
    if isinstance(found, Group):
        # Groups need the security flag (graph.md 11.3); how the service refuses others is ASSUMED.
        if not is_security(found):
            raise ServiceError(400, envelopes.UNUSABLE_GROUP, f"The group '{object_id}' is not security-enabled.")
        return Role(object_id, role, "Group")
    return Role(object_id, role, "ServicePrincipal" if isinstance(found, ServicePrincipal) else "User")


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


def role_of(state: State, oid: str, item: Shared) -> str | None:
    """A caller's role on a thing: its own, its groups', or everyone's."""
    own = item.roles.get(oid)
    if own is not None:
        return own.role
    best: str | None = None
    for key, role in item.roles.items():
        group = state.tenant.groups.get(key)
        if key == EVERYONE or (group is not None and not group.gone and oid in group.members):
            best = role.role if best != "CanEdit" else best
    return best


def name_of(state: State, principal: str) -> str:
    """The name of an assignment, which is also the last segment of its id."""
    return f"tenant-{state.tenant.id}" if principal == EVERYONE else principal


def principal_of(state: State, role: Role) -> dict[str, Any]:
    tenant_id = state.tenant.id
    if role.principal == EVERYONE:
        return {"type": "Tenant", "tenantId": tenant_id}
    found: dict[str, Any] = {"id": role.principal, "type": role.type, "tenantId": tenant_id}
    present = state.principal(role.principal)
    if role.name is not None:  # a name of the file stands: the services keep copies of unknown age (graph.md 11.2)
        found["displayName"] = role.name
    elif present is not None:
        found["displayName"] = present.name
    if role.type == "User":
        user = state.tenant.users.get(role.principal)
        if role.email is not None:
            found["email"] = role.email
        elif user is not None and not user.gone:
            found["email"] = user.mail or ""
            found["userPrincipalName"] = user.upn
    return found
