# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds which role on a custom connector (contract: powerapps-admin.md, 3.12 and 3.13)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps_connectors
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    ROLES,
    assignment_constraints,
    assignment_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connectors import CUSTOM_CONNECTOR


class CustomConnectorRole(AssignmentKind):
    """Role assignments of a custom connector; its owner is who created it, for good."""

    name = "custom_connector_role"
    service = POWERAPPS
    document = "connector permissions"
    thing_type = CUSTOM_CONNECTOR
    roles = ROLES
    everyone_roles = ("CanView",)
    security_groups_only = True
    options = assignment_options(CUSTOM_CONNECTOR, ROLES)
    constraints = assignment_constraints(options)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            return (
                powerapps_connectors.LIST_CONNECTOR_ROLE_ASSIGNMENTS_AS_ADMIN,
                powerapps_connectors.EDIT_CONNECTOR_ROLE_ASSIGNMENT_AS_ADMIN,
            )
        return (
            powerapps_connectors.LIST_MY_CONNECTOR_ROLE_ASSIGNMENTS,
            powerapps_connectors.EDIT_MY_CONNECTOR_ROLE_ASSIGNMENT,
        )

    def list_assignments(self, client: Client, target: Target) -> Iterable[Json]:
        return powerapps_connectors.list_connector_role_assignments(
            client, target.environment.id, target.thing.id, as_admin=target.as_admin
        )

    def modify(self, client: Client, target: Target, put: list[Json], delete: list[Json]) -> None:
        powerapps_connectors.edit_connector_role_assignments(
            client, target.environment.id, target.thing.id, put, delete, as_admin=target.as_admin
        )


KIND = CustomConnectorRole()
