# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A canvas app: that it is there, who owns it, or that it is gone (contract: powerapps-admin.md, 3.2, 3.3 and 3.6).

No API creates apps. The owner is one of the app's role assignments, so that this kind and powerapp_role write one
document; the owner comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    NotFoundError,
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import (
    Find,
    Kind,
    thing_options,
    unseen,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import unknown
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    DELETE,
    NONE,
    PRESENT,
    UPDATE,
    Caller,
    Difference,
    Exported,
    Holder,
    Json,
    Plan,
    Target,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    USER,
    Principal,
    PrincipalReference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._apps import APP, find_app
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import ROLES
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    OWNER,
    Assignment,
    CurrentAssignments,
    as_assignment,
    holders_of,
    principal_key,
    render_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._principals import (
    protected_keys,
    protected_references,
    user_reference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import place


class PowerappDeclaration(NamedTuple):
    """The options of powerapp."""

    environment: str
    environment_display_name: str | None
    thing: str
    display_name: str | None
    as_admin: bool
    owner: PrincipalReference | None
    owner_display_name: str | None
    role_for_old_owner: str | None
    protected: tuple[PrincipalReference, ...] | None
    absent: bool
    max_removals: int = -1


class AppChange(NamedTuple):
    """A new owner, the one that was, and that one's role from then on; without a new owner, the end of the app."""

    owner: Principal | None
    old_owner: Principal | None
    role_for_old_owner: str | None


class DesiredApp(NamedTuple):
    """What is declared of one app. `written`: what was sent, and has to show."""

    target: Target
    owner: Principal | None
    role_for_old_owner: str | None
    protected: frozenset[str]
    absent: bool
    warnings: tuple[str, ...] = ()
    written: AppChange | None = None


class Powerapp(Kind[PowerappDeclaration, DesiredApp, CurrentAssignments, AppChange]):
    """An app and its owner. Of the current state only the owner's assignment is looked at."""

    name = "powerapp"
    service = POWERAPPS
    document = "app"
    thing_type = APP
    exportable = True
    options: Mapping[str, Json] = {
        **thing_options(APP),
        "owner": {"type": "str"},
        "owner_display_name": {"type": "str"},
        "role_for_old_owner": {"type": "str", "choices": list(ROLES)},
        "protected_principals": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
    }
    constraints: Mapping[str, Any] = {
        "required_by": {"role_for_old_owner": ("owner",), "owner_display_name": ("owner",)},
    }

    def parse(self, options: Mapping[str, Any]) -> PowerappDeclaration:
        absent, owner = options["state"] == ABSENT, options["owner"]
        if absent and owner is not None:
            raise OptionError("owner", "an app that is to be removed has none.", value=owner, remedy="Leave it out.")
        if owner is not None and not options["as_admin"]:
            raise OptionError(
                "as_admin",
                "the owner of an app can be set by administrators only.",
                value=False,
                remedy="Use as_admin=true with an identity that administers the environment.",
            )
        return PowerappDeclaration(
            environment=options["environment"],
            environment_display_name=options["environment_display_name"],
            thing=options["app"],
            display_name=options["app_display_name"],
            as_admin=options["as_admin"],
            owner=None if owner is None else user_reference("owner", owner),
            owner_display_name=options["owner_display_name"],
            role_for_old_owner=options["role_for_old_owner"],
            protected=protected_references(options["protected_principals"]),
            absent=absent,
        )

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            return (
                powerapps.GET_APP_AS_ADMIN,
                powerapps.LIST_APP_ROLE_ASSIGNMENTS_AS_ADMIN,
                powerapps.SET_APP_OWNER,
                powerapps.REMOVE_APP_AS_ADMIN,
            )
        return (powerapps.GET_MY_APP, powerapps.REMOVE_MY_APP)

    def may_be_missing(self, declaration: PowerappDeclaration) -> bool:
        return declaration.absent

    def principals(self, declaration: PowerappDeclaration) -> Iterable[PrincipalReference]:
        yield from () if declaration.owner is None else (declaration.owner,)
        yield from declaration.protected or ()

    def bind(self, declaration: PowerappDeclaration, target: Target, find: Find, caller: Caller) -> DesiredApp:
        owner = find(declaration.owner) if declaration.owner else None
        protected = protected_keys(declaration.protected, find, caller) if owner else frozenset()
        said, warnings = declaration.owner_display_name, []
        if owner and said and owner.name and said != owner.name:
            warnings.append(f"owner_display_name says {said!r}, but {owner.id} is called {owner.name!r}.")
        role = declaration.role_for_old_owner
        return DesiredApp(target, owner, role, protected, declaration.absent, tuple(warnings))

    def merge(self, one: DesiredApp, other: DesiredApp) -> DesiredApp:
        if one.absent is not other.absent or _contradict(one, other):
            raise OptionError(
                "owner" if one.owner and other.owner else "state",
                f"another item declares app {one.target.thing.name or one.target.thing.id} differently.",
                remedy="Keep one of the two items.",
            )
        kept = one if one.owner else other
        return kept._replace(protected=one.protected | other.protected)

    def listed(self, target: Target) -> CurrentAssignments | None:
        return _owned(target.thing.record)

    def missing(self, caller: Caller) -> CurrentAssignments:
        del caller
        return CurrentAssignments((), exists=False)

    def read(self, client: Client, target: Target) -> CurrentAssignments:
        where = (client, target.environment.id, target.thing.id)
        try:
            record = find_app(*where, as_admin=target.as_admin)
        except NotFoundError:
            return CurrentAssignments((), exists=False)
        if not target.as_admin:
            return _owned(record)
        # Asked for after a write: it may have taken a role away besides.
        records = powerapps.list_app_role_assignments(*where, as_admin=True)
        return CurrentAssignments(tuple(map(as_assignment, records)))

    def plan(self, desired: DesiredApp, current: CurrentAssignments) -> Plan[AppChange]:
        target, owner = desired.target, _owner(current)
        if desired.absent:
            return self._plan_removal(target, current)
        if not current.exists:  # it was there when it was looked up
            raise unknown(APP.option, target.thing.id, place(target.environment))
        before = self._render(target, owner, exists=True)
        wanted = desired.owner
        if wanted is None or (owner and owner.key == principal_key(wanted)):
            lost = self._lost(desired, current)
            return Plan(NONE, before, before, differences=lost, warnings=desired.warnings)
        return self._plan_owner(desired, owner, wanted, before)

    def _plan_owner(
        self, desired: DesiredApp, owner: Assignment | None, wanted: Principal, before: Json
    ) -> Plan[AppChange]:
        target, role, new = desired.target, desired.role_for_old_owner, Assignment(wanted, OWNER)
        place_, name = self.path(target), target.thing.name
        differences = [Difference(f"{place_}/owner", name, before=_owner_row(owner), after=_owner_row(new))]
        aside: tuple[Json, Json] = ({}, {})
        if owner:
            if owner.key in desired.protected and not role:
                raise GuardError(
                    f"{owner.principal.name or owner.key} owns app {name} ({target.thing.id}), would lose all access "
                    "to it, and is one of protected_principals (by default the identity that runs).",
                    remedy="Say role_for_old_owner, or set protected_principals without it.",
                )
            held = render_assignment(owner, ROLES)
            given = render_assignment(owner._replace(role=role), ROLES) if role else None
            differences.append(
                Difference(f"{place_}/permissions/{owner.key}", owner.principal.name or owner.key, held, given)
            )
            aside = ({"assignments": [held]}, {"assignments": [given] if given else []})
        return Plan(
            UPDATE,
            before,
            self._render(target, new, exists=True),
            differences=tuple(differences),
            change=AppChange(wanted, owner.principal if owner else None, role),
            removals=int(owner is not None and not role),
            writes=1,
            warnings=desired.warnings,
            aside=aside,
        )

    def _lost(self, desired: DesiredApp, current: CurrentAssignments) -> tuple[Difference, ...]:
        """What became of the old owner, where that is not what was sent."""
        sent = desired.written
        if sent is None or sent.old_owner is None:
            return ()
        key = principal_key(sent.old_owner)
        held = next((item for item in current.assignments if item.key == key), None)
        if same_text(held.role if held else "", sent.role_for_old_owner or ""):
            return ()
        wanted = Assignment(sent.old_owner, sent.role_for_old_owner) if sent.role_for_old_owner else None
        return (
            Difference(
                f"{self.path(desired.target)}/permissions/{key}",
                sent.old_owner.name or key,
                before=render_assignment(held, ROLES) if held else None,
                after=render_assignment(wanted, ROLES) if wanted else None,
            ),
        )

    def _plan_removal(self, target: Target, current: CurrentAssignments) -> Plan[AppChange]:
        after = self._render(target, None, exists=False)
        if not current.exists:
            return Plan(NONE, after, after, warnings=unseen(target))
        owner = _owner(current)
        return Plan(
            DELETE,
            self._render(target, owner, exists=True),
            after,
            differences=(Difference(self.path(target), target.thing.name, before=_owner_row(owner) or {}, after=None),),
            change=AppChange(None, None, None),
            removals=1,
            writes=1,
        )

    def written(self, client: Client, desired: DesiredApp, change: AppChange) -> DesiredApp:
        return desired._replace(written=change)

    def holders(self, current: CurrentAssignments) -> Iterable[Holder]:
        return holders_of(current)

    def outlook(self, current: CurrentAssignments, change: AppChange) -> CurrentAssignments:
        if change.owner is None:  # nothing else is planned of an app that goes
            return current
        old, key = _owner(current), principal_key(change.owner)
        kept = [item for item in current.assignments if item.key != key and item is not old]
        if old and change.role_for_old_owner:
            kept.append(old._replace(role=change.role_for_old_owner))
        return current._replace(assignments=(Assignment(change.owner, OWNER, change.owner.id), *kept))

    def apply(self, client: Client, target: Target, change: AppChange) -> None:
        environment, app = target.environment.id, target.thing.id
        if change.owner is None:
            powerapps.remove_app(client, environment, app, as_admin=target.as_admin)
        else:
            powerapps.set_app_owner(client, environment, app, change.owner.id, change.role_for_old_owner)

    def as_found(self, declared: Json, plan: Plan[AppChange], *, exclusive: bool) -> Exported:
        if declared["as_admin"] and "owner" not in plan.before:
            return Exported(None, undeclarable=("The service names no owner.",))
        return super().as_found(declared, plan, exclusive=exclusive)

    def _render(self, target: Target, owner: Assignment | None, exists: bool) -> Json:
        # Makers cannot set owners, so that what they read could not be declared.
        shown = (_owner_row(owner) or {}) if exists and target.as_admin else {}
        return {**self.head(target), **shown, "state": PRESENT if exists else ABSENT}


def _contradict(one: DesiredApp, other: DesiredApp) -> bool:
    if not (one.owner and other.owner):
        return False
    return one.owner.id.lower() != other.owner.id.lower() or one.role_for_old_owner != other.role_for_old_owner


def _owned(record: Json) -> CurrentAssignments:
    """An app's record (contract 3.1) as far as it tells assignments: the owner's."""
    owner: Json = properties(record).get("owner") or {}
    if not owner.get("id"):
        return CurrentAssignments(())
    principal = Principal(
        owner.get("type") or USER, owner["id"].lower(), owner.get("displayName") or "", owner.get("email") or ""
    )
    return CurrentAssignments((Assignment(principal, OWNER, owner["id"]),))


def _owner(current: CurrentAssignments) -> Assignment | None:
    return next((item for item in current.assignments if same_text(item.role, OWNER)), None)


def _owner_row(owner: Assignment | None) -> Json | None:
    return {"owner": owner.principal.id, "owner_display_name": owner.principal.name} if owner else None


KIND = Powerapp()
