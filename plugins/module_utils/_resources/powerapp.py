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
    NotFoundError,
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import (
    Find,
    Kind,
    thing_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    DELETE,
    NONE,
    UPDATE,
    Caller,
    Difference,
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._apps import APP
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    ABSENT,
    PRESENT,
    ROLES,
    user_reference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    OWNER,
    Assignment,
    CurrentAssignments,
    principal_key,
    render_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import place, unknown


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
    absent: bool
    max_removals: int = -1


class DesiredApp(NamedTuple):
    """What is declared of one app."""

    target: Target
    owner: Principal | None
    role_for_old_owner: str | None
    absent: bool
    warnings: tuple[str, ...] = ()


class AppChange(NamedTuple):
    """A new owner and the old one's role, or, without an owner, the end of the app."""

    owner: Principal | None
    role_for_old_owner: str | None


class Powerapp(Kind[PowerappDeclaration, DesiredApp, CurrentAssignments, AppChange]):
    """An app and its owner. Of the current state only the owner's assignment is looked at."""

    name = "powerapp"
    service = POWERAPPS
    document = "app"
    thing_type = APP
    options: Mapping[str, Json] = {
        **thing_options(APP),
        "owner": {"type": "str"},
        "owner_display_name": {"type": "str"},
        "role_for_old_owner": {"type": "str", "choices": list(ROLES)},
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
            absent=absent,
        )

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            return (powerapps.GET_APP_AS_ADMIN, powerapps.SET_APP_OWNER, powerapps.REMOVE_APP_AS_ADMIN)
        return (powerapps.GET_MY_APP, powerapps.REMOVE_MY_APP)

    def may_be_missing(self, declaration: PowerappDeclaration) -> bool:
        return declaration.absent

    def principals(self, declaration: PowerappDeclaration) -> Iterable[PrincipalReference]:
        return () if declaration.owner is None else (declaration.owner,)

    def bind(self, declaration: PowerappDeclaration, target: Target, find: Find, caller: Caller) -> DesiredApp:
        del caller
        owner = find(declaration.owner) if declaration.owner else None
        said, warnings = declaration.owner_display_name, []
        if owner and said and owner.name and said != owner.name:
            warnings.append(f"owner_display_name says {said!r}, but {owner.id} is called {owner.name!r}.")
        return DesiredApp(target, owner, declaration.role_for_old_owner, declaration.absent, tuple(warnings))

    def merge(self, one: DesiredApp, other: DesiredApp) -> DesiredApp:
        if one.absent is not other.absent or _contradict(one, other):
            raise OptionError(
                "owner" if one.owner and other.owner else "state",
                f"another item declares app {one.target.thing.name or one.target.thing.id} differently.",
                remedy="Keep one of the two items.",
            )
        return one if one.owner else other

    def listed(self, target: Target) -> CurrentAssignments | None:
        return _owned(target.thing.record)

    def missing(self, caller: Caller) -> CurrentAssignments:
        del caller
        return CurrentAssignments((), exists=False)

    def read(self, client: Client, target: Target) -> CurrentAssignments:
        try:
            record = powerapps.get_app(client, target.environment.id, target.thing.id, as_admin=target.as_admin)
        except NotFoundError:
            return CurrentAssignments((), exists=False)
        return _owned(record)

    def plan(self, desired: DesiredApp, current: CurrentAssignments) -> Plan[AppChange]:
        target, owner = desired.target, _owner(current)
        before = self._render(target, owner, current.exists)
        if not current.exists or desired.absent:
            return self._plan_removal(desired, current, before)
        wanted = desired.owner
        if wanted is None or (owner and principal_key(owner.principal) == wanted.id.lower()):
            return Plan(NONE, before, before, warnings=desired.warnings)
        new = Assignment(wanted, OWNER)
        differences = [
            Difference(
                id=f"{self.path(target)}/owner",
                name=target.thing.name,
                before=_owner_row(owner),
                after=_owner_row(new),
            )
        ]
        if owner:
            left = desired.role_for_old_owner
            differences.append(
                Difference(
                    id=f"{self.path(target)}/permissions/{owner.key}",
                    name=owner.principal.name or owner.key,
                    before=render_assignment(owner, ROLES),
                    after=render_assignment(owner._replace(role=left), ROLES) if left else None,
                )
            )
        return Plan(
            UPDATE,
            before,
            self._render(target, new, exists=True),
            differences=tuple(differences),
            change=AppChange(wanted, desired.role_for_old_owner),
            removals=int(owner is not None and not desired.role_for_old_owner),
            writes=1,
            warnings=desired.warnings,
        )

    def _plan_removal(self, desired: DesiredApp, current: CurrentAssignments, before: Json) -> Plan[AppChange]:
        target = desired.target
        if not desired.absent:  # it was there when it was looked up
            raise unknown(APP.option, target.thing.id, place(target.environment))
        after = self._render(target, None, exists=False)
        if not current.exists:
            return Plan(NONE, after, after)
        difference = Difference(self.path(target), target.thing.name, before=_owner_row(_owner(current)), after=None)
        return Plan(
            DELETE, before, after, differences=(difference,), change=AppChange(None, None), removals=1, writes=1
        )

    def outlook(self, current: CurrentAssignments, change: AppChange) -> CurrentAssignments:
        if change.owner is None:
            return CurrentAssignments((), exists=False)
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
