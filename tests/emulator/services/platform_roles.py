# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Power Platform's own roles and who has them; capacity of the tenant (power-platform-api.md 4.9 and 6)."""

from __future__ import annotations

import re
import uuid
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment, Group, ServicePrincipal
from ..paging import listing, page_of
from ..platform_file import ROLES
from ..platform_model import RoleAssignment
from ..world import World
from .base import folded, json_of
from .clock import now, seconds
from .platform_access import Access
from .platform_routes import NEXT, Serve, enveloped

PAGE = 100  # ASSUMED
# A registered application without a role got 403 (5).
_READ = Access("Authorization.RoleAssignments.Read", registered=False)
_WRITE = Access("Authorization.RoleAssignments.Write", registered=False)
_CAPACITY = Access("Licensing.TenantCapacity.Read")  # ASSUMED name
_TYPES = ("User", "Group", "ApplicationUser")


def flat(_unused: Call, refused: ServiceError) -> Reply:
    """`{code, message}`, as the known refusal of an unknown principal (2)."""
    return envelopes.gateway(refused.status, refused.code, refused.message)


class PlatformRoles:
    """ASSUMED: the members of definitions and assignments, 201 of a create, 204 of a delete."""

    def __init__(self, world: World, serve: Serve) -> None:
        self.world = world
        self.state = world.state
        self.assignments = world.state.tenant.platform.role_assignments
        self.root = f"/tenants/{world.state.tenant.id}"
        serve("GET", "/authorization/roleDefinitions", self._definitions, _READ, flat)
        path = "/authorization/roleAssignments"
        serve("GET", path, lambda call: self._list(call, None), _READ, flat)
        serve("POST", path, lambda call: self._create(call, None), _WRITE, flat)
        serve("GET", f"{path}/{{}}", self._get, _READ, flat)
        serve("DELETE", f"{path}/{{}}", self._delete, _WRITE, flat)
        path = "/authorization/environments/{environment}/roleAssignments"
        serve("GET", path, lambda call, item: self._list(call, self._of(item)), _READ, flat)
        serve("POST", path, lambda call, item: self._create(call, self._of(item)), _WRITE, flat)
        path = "/authorization/environmentGroups/{}/roleAssignments"
        serve("GET", path, lambda call, group: self._list(call, self._of_group(group)), _READ, flat)
        serve("POST", path, lambda call, group: self._create(call, self._of_group(group)), _WRITE, flat)
        serve("GET", "/licensing/tenantCapacity", self._capacity, _CAPACITY, enveloped)

    def _of(self, environment: Environment) -> str:
        return f"{self.root}/environments/{environment.id}"

    def _of_group(self, group_id: str) -> str:
        return f"{self.root}/environmentGroups/{group_id}"

    def _definitions(self, _unused: Call) -> Reply:
        rows = [
            {"roleDefinitionId": role, "roleDefinitionName": f"Power Platform {name}", "permissions": []}
            for name, role in ROLES.items()
        ]
        return Reply(200, {"value": rows})

    def _shown(self, item: RoleAssignment) -> dict[str, Any]:
        return {
            "roleAssignmentId": item.id,
            "principalObjectId": item.principal,
            "principalType": item.type,
            "roleDefinitionId": item.role,
            "scope": item.scope,
            "createdByPrincipalObjectId": item.created_by,
            "createdOn": seconds(item.created),
        }

    def _list(self, call: Call, scope: str | None) -> Reply:
        """Those of one scope, and not of those above it (ASSUMED); without one, all."""
        found = [item for item in self.assignments.values() if not item.deleted]
        if scope is not None:
            found = [item for item in found if item.scope.lower() == scope.lower()]
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        return Reply(200, listing([self._shown(item) for item in chosen], link, NEXT))

    def _live(self, assignment_id: str) -> RoleAssignment:
        item = self.assignments.get(assignment_id.lower())
        if item is None or item.deleted:
            text = f"The role assignment '{assignment_id}' could not be found."
            raise ServiceError(404, envelopes.NO_ASSIGNMENT, text)
        return item

    def _get(self, _unused: Call, assignment_id: str) -> Reply:
        return Reply(200, self._shown(self._live(assignment_id)))

    def _create(self, call: Call, within: str | None) -> Reply:
        body = folded(json_of(call, envelopes.BAD_REQUEST))
        role = str(body.get("roledefinitionid") or "").lower()
        principal = str(body.get("principalobjectid") or "").lower()
        kind = str(body.get("principaltype") or "")
        scope = str(body.get("scope") or within or "").rstrip("/")
        if role not in ROLES.values():
            raise ServiceError(400, envelopes.BAD_REQUEST, f"There is no role definition '{role}'.")
        self._check_principal(principal, kind)
        self._check_scope(scope, within)
        for item in self.assignments.values():
            same = (item.role, item.principal, item.scope.lower()) == (role, principal, scope.lower())
            if same and not item.deleted:
                raise ServiceError(409, envelopes.ASSIGNED, "The principal has the role in this scope already.")
        fresh = RoleAssignment(str(uuid.uuid4()), principal, role, scope, kind, now(), call.oid())
        self.state.before(self.assignments, fresh.id)
        self.assignments[fresh.id] = fresh
        return Reply(201, self._shown(fresh))

    def _check_principal(self, principal: str, kind: str) -> None:
        found = self.state.principal(principal)
        if found is None or found.deleted_at:
            text = f"The principal '{principal}' does not exist in the directory."
            raise ServiceError(400, "PrincipalDoesNotExist", text)
        real = "Group" if isinstance(found, Group) else "ApplicationUser"
        if not isinstance(found, Group | ServicePrincipal):
            real = "User"
        if kind != real:
            text = f"'{kind}' is not the type of '{principal}'; it is one of {', '.join(_TYPES)}."
            raise ServiceError(400, envelopes.BAD_REQUEST, text)

    def _check_scope(self, scope: str, within: str | None) -> None:
        """The tenant, or an environment or group in it that is there."""
        below = r"(?:/(environments|environmentGroups)/([^/]+))?"
        match = re.fullmatch(f"{re.escape(self.root)}{below}", scope, re.IGNORECASE)
        good = match is not None and (within is None or scope.lower() == within.lower())
        if match is not None and match[1]:
            group = self.state.tenant.platform.environment_groups.get(match[2].lower())
            there = self.state.environment(match[2]) if match[1].lower() == "environments" else group
            good = good and there is not None and not getattr(there, "deleted", False)
        if not good:
            raise ServiceError(400, envelopes.BAD_REQUEST, f"The scope '{scope}' is not valid here.")

    def _delete(self, _unused: Call, assignment_id: str) -> Reply:
        item = self._live(assignment_id)
        self.state.before(self.assignments, item.id)
        item.deleted = True
        return Reply(204)

    # -- capacity ----------------------------------------------------------------------------------------------------

    def _capacity(self, _unused: Call) -> Reply:
        """ASSUMED: every value; the numbers follow from how many environments have Dataverse."""
        used = 1024.0 * sum(1 for item in self.state.tenant.environments.values() if item.dataverse)
        rows = [_kind("Database", used, 10240.0), _kind("File", used * 2, 20480.0), _kind("Log", used / 4, 2048.0)]
        summary = {
            "status": "WithinCapacity",
            "statusMessage": "",
            "statusMessageCode": "None",
            "finOpsStatus": "None",
            "finOpsStatusMessage": "",
            "finOpsStatusMessageCode": "None",
        }
        return Reply(
            200,
            {
                "tenantId": self.state.tenant.id,
                "licenseModelType": "StorageDriven",
                "capacitySummary": summary,
                "tenantCapacities": rows,
            },
        )


def _kind(name: str, used: float, total: float) -> dict[str, Any]:
    updated = "2025-01-06T08:00:00Z"
    licence = {"capacityType": name, "capacitySubType": f"{name}Base", "totalCapacity": total, "licenses": []}
    return {
        "capacityType": name,
        "capacityUnits": "MB",
        "totalCapacity": total,
        "maxCapacity": total,
        "consumption": {"actual": used, "rated": used, "actualUpdatedOn": updated, "ratedUpdatedOn": updated},
        "status": "Available",
        "overflowCapacity": [],
        "capacityEntitlements": [licence],
    }
