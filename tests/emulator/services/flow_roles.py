# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""modifyPermissions, modifyOwners, modifyUsers of flows (flow-management.md 5.16 to 5.18)."""

from __future__ import annotations

from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..flow_model import Flow, FlowRole
from ..model import Environment, Group, ServicePrincipal
from ..world import World
from . import flow_states
from .base import folded, json_of
from .roles import is_security

_ROLES = {"canedit": "CanEdit", "canview": "CanView"}
_RANK = {"CanView": 1, "CanEdit": 2, "Owner": 3}
_DOWNGRADE = "PermissionDowngradeNotAllowed"


def modify(world: World, call: Call, environment: Environment, item: Flow, *, role: str | None) -> Reply:
    """`role` is what a put makes (modifyOwners, modifyUsers); None lets each put say it (modifyPermissions)."""
    body = folded(json_of(call, envelopes.BAD_BODY))
    puts = [_read_put(world, entry, role) for entry in _items(body, "put")]
    deletes = [_key_of(item, _read_delete(entry, role is not None)) for entry in _items(body, "delete")]
    for put in puts:
        present = item.roles.get(put.principal)
        if present is not None and _RANK[put.role] < _RANK.get(present.role, 0):
            text = f"The permission of '{put.principal}' cannot be changed from '{present.role}' to '{put.role}'."
            raise ServiceError(400, _DOWNGRADE, text)
    for key in deletes:
        present = item.roles.get(key)
        if present is not None and present.role == "Owner":
            raise ServiceError(400, _DOWNGRADE, "The creator of a flow cannot be removed.")
    changed = [put for put in puts if not _same(item, put)]
    gone = [key for key in deletes if key in item.roles]  # ASSUMED: a stranger is no error
    if world.faults.faults:
        changed = [put for put in changed if world.faults.failed_items(call, put.principal) is None]
        gone = [key for key in gone if world.faults.failed_items(call, key) is None]
    if changed or gone:
        if item.workflow_id:
            flow_states.touch(world.state, environment, item, call.oid())
        else:
            world.state.before(environment.flows, item.id)
        for put in changed:
            item.roles[put.principal] = put
            item.shares.pop(put.principal, None)
        for key in gone:
            item.roles.pop(key, None)
            item.shares.pop(key, None)
    return Reply(200, {})


def _same(item: Flow, put: FlowRole) -> bool:
    present = item.roles.get(put.principal)
    return present is not None and present.role == put.role


def _items(body: dict[str, object], key: str) -> list[Any]:
    found = body.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ServiceError(400, envelopes.BAD_BODY, f"'{key}' must be an array.")
    return found


def _read_put(world: World, entry: Any, role: str | None) -> FlowRole:
    properties = folded(folded(entry).get("properties"))
    principal = folded(properties.get("principal"))
    named = role or _ROLES.get(str(properties.get("rolename") or "").lower())
    if named is None:
        raise ServiceError(400, envelopes.BAD_BODY, f"The role '{properties.get('rolename')}' is not valid.")
    object_id = str(principal.get("id") or "").lower()
    found = world.state.principal(object_id) if object_id else None
    if found is None or found.deleted_at:
        # ASSUMED: no contract says how the Flow RP refuses a principal that the directory does not know.
        raise ServiceError(404, envelopes.USER_UNKNOWN, f"The specified user with user id {object_id} does not exist.")
    if isinstance(found, Group):
        # Microsoft 365 groups whatever their flag; how others without it are refused is ASSUMED (graph.md 11.3).
        if found.kind != "m365" and not is_security(found):
            text = f"The group '{object_id}' cannot be given a role on a flow."
            raise ServiceError(400, envelopes.UNUSABLE_GROUP, text)
        return FlowRole(object_id, named, "Group")
    return FlowRole(object_id, named, "ServicePrincipal" if isinstance(found, ServicePrincipal) else "User")


def _key_of(item: Flow, name: str) -> str:
    """Names without case: that of a delegate is any text."""
    return next((key for key in item.roles if key.lower() == name), name)


def _read_delete(entry: Any, principal_form: bool) -> str:
    """`id`, bare or a whole resource id; the principal form only on modifyOwners and modifyUsers."""
    data = folded(entry)
    text = str(data.get("id") or "")
    if not text and principal_form:
        text = str(folded(folded(data.get("properties")).get("principal")).get("id") or "")
    if not text:
        raise ServiceError(400, envelopes.BAD_BODY, "A delete item needs 'id'.")
    return text.rstrip("/").rpartition("/")[2].lower()
