# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds which role on a canvas app (contract: powerapps-admin.md, 2.4 and 2.5)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import ItemsRefusedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import TENANT
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._apps import APP
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    AssignmentDeclaration,
    assignment_constraints,
    assignment_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    Assignment,
    AssignmentChange,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind

_ROLES = ("CanView", "CanViewWithShare", "CanEdit")
_DONE = ("created", "ok", "accepted", "nocontent")


class PowerappRole(AssignmentKind):
    """Role assignments of an app; the owner is read, never written."""

    name = "powerapp_role"
    service = POWERAPPS
    document = "app permissions"
    thing_type = APP
    roles = _ROLES
    everyone_roles = ("CanView",)
    security_groups_only = True
    options = assignment_options(APP, _ROLES)
    constraints = assignment_constraints()

    def operations(self, declaration: AssignmentDeclaration) -> tuple[Operation, ...]:
        if declaration.as_admin:
            return (powerapps.LIST_APP_ROLE_ASSIGNMENTS_AS_ADMIN, powerapps.EDIT_APP_ROLE_ASSIGNMENT_AS_ADMIN)
        return (powerapps.LIST_MY_APP_ROLE_ASSIGNMENTS, powerapps.EDIT_MY_APP_ROLE_ASSIGNMENT)

    def list_assignments(self, client: Client, target: Target) -> Iterable[Json]:
        return powerapps.list_app_role_assignments(
            client, target.environment.id, target.thing.id, as_admin=target.as_admin
        )

    def modify(self, client: Client, target: Target, change: AssignmentChange) -> None:
        answer = powerapps.edit_app_role_assignments(
            client,
            target.environment.id,
            target.thing.id,
            [_put(item, notify=change.notify) for item in change.put],
            [{"id": item.name} for item in change.delete],
            as_admin=target.as_admin,
        )
        failures = list(_failures(answer))
        if failures:
            done = len(change.put) + len(change.delete) - len(failures)
            others = ": the others were done, stay done and are not done twice" if done > 0 else ""
            admin, maker = powerapps.EDIT_APP_ROLE_ASSIGNMENT_AS_ADMIN, powerapps.EDIT_MY_APP_ROLE_ASSIGNMENT
            raise ItemsRefusedError(
                f"The service refused some assignments of app {target.thing.id}: {'; '.join(failures)}",
                done=max(done, 0),
                operation=(admin if target.as_admin else maker).name,
                remedy=f"Correct these entries and run again{others}.",
            )


def _put(assignment: Assignment, *, notify: bool) -> Json:
    """One entry of `put` (contract 2.5)."""
    principal: Json = {"id": assignment.principal.id, "type": assignment.principal.type}
    if assignment.principal.type == TENANT:
        principal["tenantId"] = assignment.principal.id
    elif assignment.principal.email:
        principal["email"] = assignment.principal.email
    return {
        "properties": {
            "roleName": assignment.role,
            "capabilities": [],
            "NotifyShareTargetOption": "Notify" if notify else "DoNotNotify",
            "principal": principal,
        }
    }


def _failures(answer: Json) -> Iterable[str]:
    """What a 200 reports as failed, principal by principal (contract 2.5)."""
    for entry in answer.get("put") or ():
        content = properties(entry)
        for response in content.get("resourceResponses") or ():
            status = str(response.get("statusCode", ""))
            if status.lower() not in _DONE and not status.startswith("2"):
                principal = (content.get("principal") or {}).get("id") or entry.get("id", "")
                yield f"{principal}: {status} {response.get('responseCode', '')}: {response.get('message', '')}"


KIND = PowerappRole()
