# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people of a flow: co-owners and run-only users, who stand in one list (contract: flow-management.md 4.3, 5.16).

Its creator stays its owner: no write of this list moves, downgrades or removes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow_permissions
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Claim,
    Json,
    Target,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import FLOW as FLOW_SERVICE
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    assignment_constraints,
    membership_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    OWNER,
    Assignment,
    AssignmentChange,
    CurrentAssignments,
    DesiredAssignments,
    Rules,
    as_assignment,
    changed_assignments,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW

RUN_ONLY = "CanView"
CO_OWNER = "CanEdit"
# Every role, weakest first. A put never lowers one (contract 5.16).
_LADDER = (RUN_ONLY, CO_OWNER, OWNER)
_DELEGATE = "AuthorizationDelegate"


class FlowPeopleKind(AssignmentKind):
    """Those who hold one role on a flow."""

    service = FLOW_SERVICE
    document = "flow permissions"
    thing_type = FLOW
    everyone_roles = ()
    security_groups_only = False
    options = membership_options(FLOW)
    constraints = assignment_constraints(options)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            return (
                flow_permissions.LIST_FLOW_PERMISSIONS_AS_ADMIN,
                flow_permissions.MODIFY_FLOW_PERMISSIONS_AS_ADMIN,
            )
        return (flow_permissions.LIST_FLOW_PERMISSIONS, flow_permissions.MODIFY_FLOW_PERMISSIONS)

    def rules(self) -> Rules:
        return Rules(
            FLOW.option,
            self.roles,
            nameless_are_orphans=False,
            owner_suffices=same_text(self.roles[0], CO_OWNER),
            ladder=_LADDER,
            refusal="PermissionDowngradeNotAllowed",
        )

    def claims(self, desired: DesiredAssignments) -> Iterable[Claim]:
        for key, item in desired.gives.items():
            about = f"{key} on flow {'/'.join(map(str, desired.target.key[:2]))}"
            yield Claim(about, item.role, "A principal holds one role on a flow: a co-owner can run it anyway.")

    def list_assignments(self, client: Client, target: Target) -> Iterator[Json]:
        return flow_permissions.list_flow_permissions(
            client, target.environment.id, target.thing.id, as_admin=target.as_admin
        )

    def read(self, client: Client, target: Target) -> CurrentAssignments:
        return as_people(self.list_assignments(client, target))

    def outlook(self, current: CurrentAssignments, change: AssignmentChange) -> CurrentAssignments:
        return changed_assignments(current, change)

    def agrees(self, expected: CurrentAssignments, current: CurrentAssignments) -> bool:
        return _co_owners(expected) == _co_owners(current)

    def entry(self, item: Assignment, *, notify: bool) -> Json:
        del notify
        return flow_permissions.permission(item.principal.id, item.principal.type, item.role)

    def modify(self, client: Client, target: Target, put: list[Json], delete: list[Json]) -> None:
        flow_permissions.modify_flow_permissions(
            client, target.environment.id, target.thing.id, put, delete, as_admin=target.as_admin
        )


def as_people(records: Iterable[Json]) -> CurrentAssignments:
    """The permissions of a flow, without those that are no principals, which are told by what they are."""
    people, resources = [], []
    for record in records:
        content = properties(record)
        if content.get("principal") is None and same_text(content.get("permissionType"), _DELEGATE):
            resources.append(_resource(content))
        else:
            people.append(as_assignment(record))
    return CurrentAssignments(tuple(people), resources=tuple(sorted(resources)))


def _resource(content: Json) -> str:
    found: Json = (content.get("authorizationDelegate") or {}).get("delegatedAuthResource") or {}
    parts = [str(found.get(name) or "") for name in ("resourceCollection", "resourceId")]
    return "/".join(part for part in parts if part) or "a resource that the service does not name"


def _co_owners(state: CurrentAssignments) -> set[str]:
    return {item.key for item in state.assignments if not same_text(item.role, RUN_ONLY)}
