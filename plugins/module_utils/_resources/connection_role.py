# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds which role on a connection (contract: powerapps-admin.md, 3.9 and 3.10)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps_connections
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import SERVICE_PRINCIPAL, Principal
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    ROLES,
    assignment_constraints,
    assignment_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    CONNECTION,
    connector_of,
)


class ConnectionRole(AssignmentKind):
    """Role assignments of a connection; its owner is who created it, for good."""

    name = "connection_role"
    service = POWERAPPS
    wave = 1
    document = "connection permissions"
    thing_type = CONNECTION
    roles = ROLES
    everyone_roles = ("CanView",)
    security_groups_only = True
    options = assignment_options(CONNECTION, ROLES)
    constraints = assignment_constraints(options)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            return (
                powerapps_connections.LIST_CONNECTION_ROLE_ASSIGNMENTS_AS_ADMIN,
                powerapps_connections.EDIT_CONNECTION_ROLE_ASSIGNMENT_AS_ADMIN,
            )
        return (
            powerapps_connections.LIST_MY_CONNECTION_ROLE_ASSIGNMENTS,
            powerapps_connections.EDIT_MY_CONNECTION_ROLE_ASSIGNMENT,
        )

    def list_assignments(self, client: Client, target: Target) -> Iterable[Json]:
        return powerapps_connections.list_connection_role_assignments(
            client, target.environment.id, connector_of(target.thing.record), target.thing.id, as_admin=target.as_admin
        )

    def modify(self, client: Client, target: Target, put: list[Json], delete: list[Json]) -> None:
        powerapps_connections.edit_connection_role_assignments(
            client,
            target.environment.id,
            connector_of(target.thing.record),
            target.thing.id,
            put,
            delete,
            as_admin=target.as_admin,
        )

    def forbids(self, target: Target, principal: Principal, role: str) -> str:
        del role
        # Contract 3.7: those of desktop flows are shared with service principals all the same.
        unshared = properties(target.thing.record).get("allowSharing") is False
        if unshared and principal.type != SERVICE_PRINCIPAL:
            return "the service marks it as not to be shared (allowSharing is false)"
        return ""


KIND = ConnectionRole()
