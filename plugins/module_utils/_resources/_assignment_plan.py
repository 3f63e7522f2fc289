# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What assignments are, and the plan that brings a thing's assignments to their declared state. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    NONE,
    UPDATE,
    Difference,
    Holder,
    Json,
    Plan,
    Target,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    GROUP,
    SERVICE_PRINCIPAL,
    TENANT,
    USER,
    Principal,
    PrincipalReference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

OWNER = "Owner"

# The option that names a principal, by the type that the services give it.
_OPTION_OF_TYPE = {USER: "user", GROUP: "group", SERVICE_PRINCIPAL: "service_principal", TENANT: "everyone"}


class Assignment(NamedTuple):
    """A principal's role on a thing. `name` is the service's key for it."""

    principal: Principal
    role: str
    name: str = ""

    @property
    def key(self) -> str:
        """Equal for two assignments of one principal."""
        return principal_key(self.principal)


class DesiredAssignments(NamedTuple):
    """What is declared of one thing, by principal key. `takes` are principals that shall hold nothing.

    said: what principals that nobody looked up are called according to the declaration. written: how they were named.
    """

    target: Target
    gives: Mapping[str, Assignment]
    takes: Mapping[str, Principal]
    protected: frozenset[str]
    exclusive: bool
    remove_orphans: bool
    notify: bool
    warnings: tuple[str, ...] = ()
    said: Mapping[str, str] = MappingProxyType({})
    written: Mapping[str, PrincipalReference] = MappingProxyType({})


class CurrentAssignments(NamedTuple):
    """What a thing's list of assignments holds. `gone` are the keys of principals that no longer exist.

    exists: False when there is no such thing, which kinds that may delete it have to know.
    resources: what the thing is shared with that is no principal, such as a list; never touched.
    guess: whether an earlier write of the run makes this a guess. new_owner: the key of whom it makes the owner, "" for
    somebody; old_owners: the keys of those who are none after it.
    """

    assignments: tuple[Assignment, ...]
    gone: frozenset[str] = frozenset()
    exists: bool = True
    resources: tuple[str, ...] = ()
    guess: bool = False
    new_owner: str = ""
    old_owners: frozenset[str] = frozenset()


class Rules(NamedTuple):
    """What differs between the services.

    option: the word for the thing. roles: those that the kind manages, weakest first.
    nameless_are_orphans: whether the service gives no name for principals that are deleted, and for no others.
    owner_suffices: whether the owner holds what these roles give, so that giving them to the owner is done already.
    ladder: every role, weakest first, where none is replaced by a lower one: it is taken first, and given then.
    refusal: what the service calls the refusal to downgrade its owner, "" when the contract does not say.
    """

    option: str
    roles: Sequence[str]
    nameless_are_orphans: bool = True
    owner_suffices: bool = False
    ladder: Sequence[str] = ()
    refusal: str = ""

    def manages(self, role: str) -> bool:
        """Whether a role is one of those that the kind gives and takes."""
        return any(same_text(role, managed) for managed in self.roles)

    def knows(self, role: str) -> bool:
        """Whether a role is the owner's, or one that some kind gives and takes."""
        return same_text(role, OWNER) or self.manages(role) or any(same_text(role, step) for step in self.ladder)

    def steps_down(self, held: str, wanted: str) -> bool:
        """Whether a role has to be taken before the other one can be given."""
        heights = {role.casefold(): height for height, role in enumerate(self.ladder)}
        return heights.get(wanted.casefold(), 0) < heights.get(held.casefold(), 0)


class AssignmentChange(NamedTuple):
    """The smallest change: roles to give (also in place of another), assignments to take.

    What is in both is taken before it is given.
    """

    put: tuple[Assignment, ...]
    delete: tuple[Assignment, ...]
    notify: bool

    @property
    def stepping_down(self) -> frozenset[str]:
        """The keys of those whose role is taken first and given then."""
        return frozenset(item.key for item in self.put) & frozenset(item.key for item in self.delete)


AssignmentPlan = Plan[AssignmentChange]


def plan_assignments(
    head: Json, path: str, rules: Rules, desired: DesiredAssignments, current: CurrentAssignments
) -> AssignmentPlan:
    """The smallest change to the assignments of one thing.

    head: how results name the thing. path: how differences do.
    GuardError for the owner and for protected principals.
    """
    roles = rules.roles
    present = _held(rules, current)
    put = tuple(_to_give(rules, desired, present))
    held = [(present[item.key], item) for item in put if item.key in present]
    lowered = [before for before, item in held if rules.steps_down(before.role, item.role)]
    delete = (*_to_take(rules, desired, current, present), *lowered)
    after = {key: item for key, item in present.items() if item not in delete}
    after.update({item.key: item for item in put})
    changed = {item.key: item for item in (*delete, *put)}
    differences = tuple(
        Difference(
            id=f"{path}/permissions/{item.key}",
            name=item.principal.name or item.key,
            before=_role_row(roles, present.get(item.key)),
            after=_role_row(roles, after.get(item.key)),
        )
        for item in sorted(changed.values(), key=_order)
    )
    orphans = [item for item in sorted(present.values(), key=_order) if _is_orphaned(item, rules, current)]
    staying = [item.key for item in orphans if item not in delete]
    warnings = [*desired.warnings, *_misnamed(desired, present)]
    if staying and rules.nameless_are_orphans:
        warnings.append(
            f"The service gives no name for {', '.join(staying)}, as it does for deleted principals. "
            "remove_orphans removes those of which Microsoft Graph confirms it."
        )
    change = AssignmentChange(put, delete, desired.notify) if changed else None
    facts: Json = {"orphans": [render_assignment(item, roles) for item in orphans]}
    if current.resources:
        facts["resources"] = list(current.resources)
    return Plan(
        action=UPDATE if changed else NONE,
        before=_render(head, rules, present.values()),
        after=_render(head, rules, after.values()),
        differences=differences,
        change=change,
        removals=len(delete),
        writes=0 if change is None else 1 + bool(change.stepping_down),
        warnings=tuple(warnings),
        facts=facts,
        content={"others": [item for item in current.assignments if not rules.knows(item.role)]},
    )


def _held(rules: Rules, current: CurrentAssignments) -> dict[str, Assignment]:
    """What each principal holds. One that is listed with several roles holds the highest of them, an owner owns."""
    held: dict[str, Assignment] = {}
    for item in current.assignments:
        known = held.get(item.key)
        owns = known is not None and same_text(known.role, OWNER)
        if known is None or not (owns or rules.steps_down(known.role, item.role)):
            held[item.key] = item
    return held


def changed_assignments(current: CurrentAssignments, change: AssignmentChange) -> CurrentAssignments:
    """What a thing's assignments are once a change is written."""
    after = {item.key: item for item in current.assignments if item not in change.delete}
    after.update({item.key: item for item in change.put})
    return current._replace(assignments=tuple(after.values()))


def _misnamed(desired: DesiredAssignments, present: Mapping[str, Assignment]) -> Iterable[str]:
    for key, name in desired.said.items():
        held = present.get(key)
        if held and held.principal.name and held.principal.name != name:
            yield f"principal_display_name says {name!r}, but {key} is called {held.principal.name!r}."


def _to_give(rules: Rules, desired: DesiredAssignments, present: Mapping[str, Assignment]) -> Iterable[Assignment]:
    for key, wanted in desired.gives.items():
        held = present.get(key)
        if held is None:
            yield wanted
        elif same_text(held.role, OWNER):
            if not rules.owner_suffices:
                raise _owner_error(held, rules, desired.target)
        elif not same_text(held.role, wanted.role):
            if key in desired.protected:
                raise _protected_error(held, rules.option, desired.target)
            yield Assignment(held.principal._replace(email=wanted.principal.email), wanted.role, held.name)


def _to_take(
    rules: Rules, desired: DesiredAssignments, current: CurrentAssignments, present: Mapping[str, Assignment]
) -> Iterable[Assignment]:
    for key in desired.takes:
        held = present.get(key)
        if held and same_text(held.role, OWNER):
            raise _owner_error(held, rules, desired.target)
        if held and rules.ladder and not rules.manages(held.role):
            continue  # what it holds is up to another kind
        if held and key in desired.protected:
            raise _protected_error(held, rules.option, desired.target)
        if held:
            yield held
    for key, held in present.items():
        undeclared = key not in desired.gives and key not in desired.takes and key not in desired.protected
        orphaned = desired.remove_orphans and key in current.gone
        if undeclared and rules.manages(held.role) and (desired.exclusive or orphaned):
            yield held


def merge_assignments(one: DesiredAssignments, other: DesiredAssignments) -> DesiredAssignments:
    """Two declarations of one thing as one. OptionError when they contradict each other."""
    if one.exclusive or other.exclusive:
        raise OptionError(
            "exclusive",
            "another item declares assignments of the same thing, so this cannot be the complete list.",
            value=True,
            remedy="Put all assignments of the thing into one item, or leave exclusive out.",
        )
    if one.notify is not other.notify:
        raise OptionError(
            "notify",
            "one of them notifies, and the other does not: what is written at once notifies all or nobody.",
            value=other.notify,
            remedy="Say the same in both.",
        )
    for key, assignment in other.gives.items():
        known = one.gives.get(key)
        if key in one.takes or (known and not same_text(known.role, assignment.role)):
            raise _contradiction(assignment.principal)
    for key, principal in other.takes.items():
        if key in one.gives:
            raise _contradiction(principal)
    return one._replace(
        gives={**one.gives, **other.gives},
        takes={**one.takes, **other.takes},
        protected=one.protected | other.protected,
        remove_orphans=one.remove_orphans or other.remove_orphans,
        warnings=one.warnings + other.warnings,
        said={**one.said, **other.said},
        written={**one.written, **other.written},
    )


def holders_of(current: CurrentAssignments) -> Iterable[Holder]:
    """Who holds which role, everyone left out."""
    for item in current.assignments:
        if item.principal.type != TENANT and is_guid(item.principal.id):
            yield Holder(item.principal.id, item.principal.name, item.role)


def accept_assignments(
    rules: Rules, desired: DesiredAssignments, current: CurrentAssignments, keys: Sequence[str]
) -> DesiredAssignments:
    """A declaration in which these principals keep what they hold, and get nothing where they hold nothing."""
    held = {key: item for key, item in _held(rules, current).items() if key in keys}
    gives = {key: item for key, item in desired.gives.items() if key not in keys}
    takes = {key: item for key, item in desired.takes.items() if key not in keys}
    return desired._replace(gives={**gives, **held}, takes=takes)


def principal_key(principal: Principal) -> str:
    """What tells principals apart: the object id; the whole tenant is one."""
    return TENANT.lower() if principal.type == TENANT else principal.id.lower()


def is_orphan(assignment: Assignment, roles: Sequence[str]) -> bool:
    """Whether the service gives no name for the holder of a managed role, as for deleted ones (contract 2.2)."""
    managed = any(same_text(assignment.role, role) for role in roles)
    return managed and assignment.principal.type != TENANT and not assignment.principal.name


def _is_orphaned(assignment: Assignment, rules: Rules, current: CurrentAssignments) -> bool:
    if rules.nameless_are_orphans:
        return is_orphan(assignment, rules.roles)
    return assignment.key in current.gone and rules.manages(assignment.role)


def render_assignment(assignment: Assignment, roles: Sequence[str]) -> Json:
    """An assignment as one entry of the option `assignments`, the role spelt as there.

    Where a kind gives one role only, that one is not an option, and only another is told.
    """
    principal = assignment.principal
    role = next((role for role in roles if same_text(role, assignment.role)), assignment.role)
    option = _OPTION_OF_TYPE.get(principal.type, "user")
    told = {} if [role] == list(roles) else {"role": role}
    if principal.type == TENANT:
        return {option: True, **told}
    return {option: principal.id, "principal_display_name": principal.name, **told}


def as_assignment(record: Json) -> Assignment:
    """A permission resource (contract 2.4) as an assignment."""
    content, name = properties(record), record.get("name")
    principal, role = content.get("principal"), content.get("roleName")
    if not (name and principal and role):
        # Taken for nobody's or for no role, it would be overlooked, or removed as undeclared.
        raise UnreadableAnswerError("A service listed a role assignment without its name, principal or role.")
    everyone = principal.get("type") == TENANT
    return Assignment(
        Principal(
            type=principal.get("type") or "",
            id=(principal.get("id") or (everyone and principal.get("tenantId")) or name).lower(),
            name=principal.get("displayName") or "",
            email=principal.get("email") or "",
        ),
        role=role,
        name=name,
    )


def _render(head: Json, rules: Rules, assignments: Iterable[Assignment]) -> Json:
    managed = [item for item in assignments if rules.manages(item.role)]
    return {**head, "assignments": [render_assignment(item, rules.roles) for item in sorted(managed, key=_order)]}


def _role_row(roles: Sequence[str], assignment: Assignment | None) -> Json | None:
    return None if assignment is None else render_assignment(assignment, roles)


def _order(assignment: Assignment) -> tuple[str, str]:
    return (assignment.principal.type, assignment.key)


def _contradiction(principal: Principal) -> OptionError:
    return OptionError(
        "assignments",
        f"two items say different things of {principal.name or principal.id} on the same thing.",
        remedy="A principal holds one role on a thing: keep one of the two.",
    )


def _owner_error(held: Assignment, rules: Rules, target: Target) -> GuardError:
    option, called = rules.option, f" (the service would answer {rules.refusal})" if rules.refusal else ""
    return GuardError(
        f"{held.principal.name or held.key} owns {shown(option, target)}: role assignments never remove or downgrade "
        f"the owner{called}.",
        remedy=f"Give the {option} another owner first, or take this principal out of the declaration; check mode "
        "cannot see what an earlier task would have changed.",
    )


def _protected_error(held: Assignment, option: str, target: Target) -> GuardError:
    return GuardError(
        f"{held.principal.name or held.key} is one of protected_principals (by default the identity that runs): its "
        f"{held.role} on {shown(option, target)} is neither changed nor removed.",
        remedy="Take it out of the declaration, or set protected_principals without it.",
    )


def shown(option: str, target: Target) -> str:
    """A thing in the words of a message."""
    return f"{option} {target.thing.name} ({target.thing.id})"
