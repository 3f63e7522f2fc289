# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what on the Power Platform API: permissions, registration, roles (power-platform-api.md 2, 5, 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from ..platform_file import ROLES
from ..world import World
from .environments import person

OWNER, CONTRIBUTOR, READER, ADMINISTRATOR = ROLES.values()


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller.

    `permission` is the delegated one. `registered`: an application that is registered as management application needs
    no role of the access control (the live matrix of the contract). `refused` is the status where a permission lacks.
    """

    permission: str
    registered: bool = True
    refused: int = 403


@dataclass(frozen=True, slots=True)
class Guarded:
    """A route with what it asks. `named`: its first free segment is an environment, which the handler is given."""

    handler: Callable[..., Reply]
    access: Access
    error: Callable[[Call, ServiceError], Reply]
    named: bool

    def __call__(self, call: Call, *taken: object) -> Reply:
        return self.handler(call, *taken)


def refusal(world: World, call: Call, access: Access, environment: Environment | None) -> Reply | None:
    """The answer of a caller that may not, None when it may. It says nothing about what is there."""
    caller = call.caller
    if caller is None:
        return None
    permission = access.permission
    if lacks_grant(world, call, permission):
        return _refused(access, envelopes.insufficient_delegated(permission))
    if world.is_admin(call) and (access.registered or not caller.app_only):
        return None
    if environment is not None and not caller.app_only and caller.oid in environment.admins:
        return None
    if any(_allows(role, call.method, permission) for role in _roles(world, caller.oid, environment)):
        return None
    return _refused(access, envelopes.insufficient_principal(permission))


def lacks_grant(world: World, call: Call, permission: str) -> bool:
    """Whether the client of a delegated token was never granted the permission, whatever its user may do."""
    client = world.client(call)
    if client is None or call.caller is None or call.caller.app_only or client.platform is None:
        return False
    return not _granted(client.platform, permission)


def of_connectivity(call: Call) -> str:
    """The permission of a route of connectivity (6)."""
    if "connections" not in [part.lower() for part in call.segments]:
        return "Connectivity.Connectors.Read"
    return f"Connectivity.Connections.{'Read' if call.method == 'GET' else 'Write'}"


def _granted(held: list[str], permission: str) -> bool:
    """Whoever may write may read."""
    low = {item.lower() for item in held}
    wanted = permission.lower()
    return wanted in low or (wanted.endswith(".read") and f"{wanted}write" in low)


def _refused(access: Access, reply: Reply) -> Reply:
    """Application packages answered 401 where others answer 403 (2); ASSUMED: the flat body of the gateway."""
    if access.refused != 401:
        return reply
    inner = reply.payload["innererror"]
    return envelopes.gateway(401, envelopes.GATEWAY_UNAUTHORIZED, inner["message"])


def _roles(world: World, principal: str, environment: Environment | None) -> list[str]:
    """The roles that a principal has here, by itself or through a group (ASSUMED: groups are not nested)."""
    tenant = world.state.tenant
    groups = {group.id for group in tenant.groups.values() if principal in group.members and not group.deleted_at}
    scopes = {f"/tenants/{tenant.id}"}
    if environment is not None:
        scopes.add(f"/tenants/{tenant.id}/environments/{environment.id.lower()}")
        if environment.environment_group:
            scopes.add(f"/tenants/{tenant.id}/environmentgroups/{environment.environment_group.lower()}")
    held = (item for item in tenant.platform.role_assignments.values() if not item.deleted)
    own = (item for item in held if item.principal == principal or item.principal in groups)
    return [item.role for item in own if item.scope.lower() in scopes]


def _allows(role: str, method: str, permission: str) -> bool:
    """ASSUMED: what the names of the roles say; assignments are for owners and administrators of access alone."""
    if role == OWNER or method == "GET":
        return True
    of_roles = permission.startswith("Authorization.")
    return of_roles if role == ADMINISTRATOR else role == CONTRIBUTOR and not of_roles


def author(world: World, object_id: str | None) -> dict[str, str]:
    """`createdBy` and the like: an id and the type of the principal (4.1)."""
    if not object_id:
        return {"id": "", "type": "None"}
    kind = person(world.state, object_id)["type"]
    return {"id": object_id, "type": "Application" if kind == "ServicePrincipal" else "User"}
