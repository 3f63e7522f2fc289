# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds which role on a canvas app (contract: powerapps-admin.md, 2.4 and 2.5)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import GROUP, Principal
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._apps import APP, in_solution
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    ROLES,
    assignment_constraints,
    assignment_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind


class PowerappRole(AssignmentKind):
    """Role assignments of an app; the owner is read, never written."""

    name = "powerapp_role"
    service = POWERAPPS
    document = "app"
    thing_type = APP
    roles = ROLES
    everyone_roles = ("CanView",)
    security_groups_only = True
    options = assignment_options(APP, ROLES)
    constraints = assignment_constraints(options)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            return (powerapps.LIST_APP_ROLE_ASSIGNMENTS_AS_ADMIN, powerapps.EDIT_APP_ROLE_ASSIGNMENT_AS_ADMIN)
        return (powerapps.LIST_MY_APP_ROLE_ASSIGNMENTS, powerapps.EDIT_MY_APP_ROLE_ASSIGNMENT)

    def list_assignments(self, client: Client, target: Target) -> Iterable[Json]:
        return powerapps.list_app_role_assignments(
            client, target.environment.id, target.thing.id, as_admin=target.as_admin
        )

    def modify(self, client: Client, target: Target, put: list[Json], delete: list[Json]) -> None:
        powerapps.edit_app_role_assignments(
            client, target.environment.id, target.thing.id, put, delete, as_admin=target.as_admin
        )

    def forbids(self, target: Target, principal: Principal, role: str) -> str:
        if principal.type == GROUP and same_text(role, "CanEdit") and in_solution(target.thing.record):
            return "it belongs to a solution, and groups cannot be co-owners of such an app"
        return ""


KIND = PowerappRole()
