# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The family of assignments: who holds which role on a thing (contract: powerapps-admin.md, 2.2 to 2.5).

A kind adds its identity, its roles, which principals may hold which of them, and two operations: list and modify.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._permissions import role_assignment
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Aftermath,
    Caller,
    Difference,
    Exported,
    Holder,
    Json,
    Target,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    GONE,
    SERVICE_PRINCIPAL,
    TENANT,
    USER,
    Principal,
    PrincipalReference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    AssignmentDeclaration,
    parse_declaration,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    OWNER,
    Assignment,
    AssignmentChange,
    AssignmentPlan,
    CurrentAssignments,
    DesiredAssignments,
    Rules,
    accept_assignments,
    as_assignment,
    holders_of,
    merge_assignments,
    plan_assignments,
    principal_key,
    shown,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._principals import protected_keys
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid


class AssignmentKind(Kind[AssignmentDeclaration, DesiredAssignments, CurrentAssignments, AssignmentChange]):
    """Role assignments of a thing, planned after the kind that makes or owns the thing.

    roles: the roles that this kind manages, weakest first. everyone_roles: those that the whole tenant may hold.
    security_groups_only: whether a group must be security-enabled.
    """

    exportable = True
    record_is_state = False
    keeps_names = True
    roles: Sequence[str]
    everyone_roles: Sequence[str]
    security_groups_only: bool
    rank = 1

    @abstractmethod
    def list_assignments(self, client: Client, target: Target) -> Iterable[Json]:
        """The service's records, every one."""

    @abstractmethod
    def modify(self, client: Client, target: Target, put: list[Json], delete: list[Json]) -> None:
        """Sends a change in one write: entries of `put` and `delete` (contract: powerapps-admin.md 2.5)."""

    def forbids(self, target: Target, principal: Principal, role: str) -> str:
        """Why the service is known to refuse this assignment on this thing; "" when nothing is known against it."""
        del target, principal, role
        return ""

    def rules(self) -> Rules:
        """What this service does with roles."""
        return Rules(self.thing_type.option, self.roles)

    def parse(self, options: Mapping[str, Any]) -> AssignmentDeclaration:
        return parse_declaration(options, self.thing_type, self.roles, self.everyone_roles)

    def principals(self, declaration: AssignmentDeclaration) -> Iterable[PrincipalReference]:
        yield from (entry.reference for entry in declaration.entries)
        yield from declaration.protected or ()

    def bind(
        self, declaration: AssignmentDeclaration, target: Target, find: Find, caller: Caller
    ) -> DesiredAssignments:
        gives: dict[str, Assignment] = {}
        takes: dict[str, Principal] = {}
        said: dict[str, str] = {}
        written: dict[str, PrincipalReference] = {}
        warnings = []
        for entry in declaration.entries:
            principal = find(entry.reference)
            everyone = principal.type == TENANT
            if everyone and not caller.tenant_id:
                raise TokenError(
                    "The access token does not say of which tenant it is, so everyone in it cannot be named.",
                    remedy="Give a token with the claim tid.",
                )
            principal = principal._replace(id=caller.tenant_id if everyone else principal.id.lower())
            if principal.security_enabled is False and self.security_groups_only and not declaration.absent:
                raise OptionError(
                    f"{entry.place}group",
                    "this group is not security-enabled, and the service shares with security groups only.",
                    value=entry.reference.value,
                    remedy="Use a security group, or set securityEnabled on this Microsoft 365 group.",
                )
            if entry.display_name and principal.name and entry.display_name != principal.name:
                warnings.append(
                    f"{entry.place}principal_display_name says {entry.display_name!r}, "
                    f"but {principal.id} is called {principal.name!r}."
                )
            key = principal_key(principal)
            written[key] = entry.reference
            if entry.display_name and not principal.name:
                said[key] = entry.display_name
            if declaration.absent:
                takes[key] = principal
            elif key in gives and not same_text(gives[key].role, entry.role):
                raise OptionError(
                    f"{entry.place}role",
                    f"{principal.name or principal.id} is declared with {gives[key].role} as well.",
                    value=entry.role,
                    remedy="A principal holds one role on a thing: keep one of the two entries.",
                )
            else:
                gives[key] = Assignment(principal, entry.role)
        protected = protected_keys(declaration.protected, find, caller)
        if not (declaration.entries or declaration.exclusive or declaration.remove_orphans):
            warnings.append("assignments is empty and exclusive is false: nothing is declared, so nothing is compared.")
        return DesiredAssignments(
            target=target,
            gives=gives,
            takes=takes,
            protected=protected,
            exclusive=declaration.exclusive,
            remove_orphans=declaration.remove_orphans,
            notify=declaration.notify,
            warnings=tuple(warnings),
            said=said,
            written=written,
        )

    def agrees(self, expected: CurrentAssignments, current: CurrentAssignments) -> bool:
        if not expected.guess:
            return _owners(expected) == _owners(current)
        # Of a guess nothing is known but that somebody owns the thing, and who it is where that was just written.
        owners = _owners(current)
        return expected.new_owner in owners if expected.new_owner else bool(owners - expected.old_owners)

    def guessed(self, current: CurrentAssignments, aftermath: Aftermath) -> CurrentAssignments:
        owner, kept = aftermath.owner, current.assignments
        old = frozenset(_owners(current)) if aftermath.replaces else frozenset()
        if owner is not None:
            kept = tuple(item for item in kept if not same_text(item.role, OWNER) and item.key != owner)
        if owner:
            kept = (*kept, Assignment(Principal(USER, owner), OWNER, owner))
        return current._replace(assignments=kept, guess=True, new_owner=owner or "", old_owners=old)

    def missing(self, caller: Caller) -> CurrentAssignments:
        """A thing that was just made has one assignment: its maker owns it."""
        kind = SERVICE_PRINCIPAL if caller.kind == APPLICATION else USER
        return CurrentAssignments((Assignment(Principal(kind, caller.object_id.lower()), OWNER, caller.object_id),))

    def merge(self, one: DesiredAssignments, other: DesiredAssignments) -> DesiredAssignments:
        return merge_assignments(one, other)

    def accept(
        self, desired: DesiredAssignments, current: CurrentAssignments, differences: Sequence[Difference]
    ) -> DesiredAssignments:
        return accept_assignments(self.rules(), desired, current, [item.id.rpartition("/")[2] for item in differences])

    def entries(self, current: CurrentAssignments) -> int | None:
        return len(current.assignments) if current.exists and not current.guess else None

    def holders(self, current: CurrentAssignments) -> Iterable[Holder]:
        return holders_of(current)

    def read(self, client: Client, target: Target) -> CurrentAssignments:
        return CurrentAssignments(tuple(map(as_assignment, self.list_assignments(client, target))))

    def unsure(self, desired: DesiredAssignments, current: CurrentAssignments) -> Iterable[str]:
        if not desired.remove_orphans or desired.exclusive:
            return ()
        return [
            item.key
            for item in current.assignments
            if item.key not in desired.gives and item.principal.type != TENANT and is_guid(item.key)
        ]

    def informed(self, current: CurrentAssignments, states: Mapping[str, str]) -> CurrentAssignments:
        return current._replace(gone=frozenset(key for key, state in states.items() if state == GONE))

    def plan(self, desired: DesiredAssignments, current: CurrentAssignments) -> AssignmentPlan:
        plan = plan_assignments(self.head(desired.target), self.path(desired.target), self.rules(), desired, current)
        for item in plan.change.put if plan.change else ():
            reason = self.forbids(desired.target, item.principal, item.role)
            if reason:
                reference = desired.written[item.key]
                thing = shown(self.thing_type.option, desired.target)
                raise OptionError(
                    reference.option,
                    f"this principal cannot hold {item.role} on {thing}: {reason}.",
                    value=reference.value or True,
                    remedy="Take it out of the declaration, or declare another role.",
                )
        return plan

    def as_listed(self, client: Client, target: Target, once: Once) -> Json:
        del client, once
        # Nothing is taken away, so that nobody has to be protected, and a token that does not say who runs will do.
        return {**self.head(target), "assignments": [], "protected_principals": []}

    def as_found(self, declared: Json, plan: AssignmentPlan, *, exclusive: bool) -> Exported:
        del declared
        options = {**plan.before, "exclusive": exclusive}
        shared = tuple(
            f"It is shared with {resource} as well, which is no principal: no option says so, and nothing touches it."
            for resource in plan.facts.get("resources", ())
        )
        others = tuple(
            f"{item.principal.name or item.key} holds {item.role}, a role that no option gives."
            for item in plan.content.get("others", ())
        )
        return Exported(options, empty=not options["assignments"], undeclarable=(*shared, *others))

    def entry(self, item: Assignment, *, notify: bool) -> Json:
        """One entry of `put`, in the service's form."""
        who = item.principal
        return role_assignment(who.id, who.type, item.role, email=who.email, notify=notify)

    def apply(self, client: Client, target: Target, change: AssignmentChange) -> None:
        lowered = change.stepping_down
        delete = [{"id": item.name} for item in change.delete]
        for put, taken in (
            ([item for item in change.put if item.key not in lowered], delete),
            ([item for item in change.put if item.key in lowered], []),
        ):
            if put or taken:
                self.modify(client, target, [self.entry(item, notify=change.notify) for item in put], taken)


def _owners(state: CurrentAssignments) -> set[str]:
    return {item.key for item in state.assignments if same_text(item.role, OWNER)}
