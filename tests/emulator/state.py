# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant in memory: look-ups by id, one journal for reset, undo of a request, and stale reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from .flow_model import Flow
from .model import App, Connection, Connector, Environment, Principal, Record, Tenant, Thing, User
from .platform_model import BillingPolicy, EnvironmentGroup

R = TypeVar("R", bound=Record)
V = TypeVar("V", App, Flow, Connection, Connector, BillingPolicy, EnvironmentGroup)
Kept = Thing | BillingPolicy | EnvironmentGroup


@dataclass(slots=True)
class StaleRule:
    """How long reads go on showing the old state after a write."""

    reads: int | None
    seconds: float | None


@dataclass(slots=True)
class _Stale:
    old: Kept
    reads: int | None
    until: float | None


@dataclass(slots=True)
class _Hidden:
    reads: int | None
    until: float | None


class State:
    """Everything mutable. Whoever changes a record calls `before` first; nothing is removed from a dict, things that
    are deleted carry a mark, so the order of listings survives a reset."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.changes = 0
        self.generation = 0
        self.stale_rule: StaleRule | None = None
        self.rp_rule: StaleRule | None = None
        self._first: dict[tuple[int, str], tuple[dict[str, Any], Record | None]] = {}
        self._first_head = (dict(tenant.settings), list(tenant.management_applications))
        self._undo: list[tuple[dict[str, Any], str, Record | None]] = []
        self._undo_head: tuple[dict[str, Any], list[str]] | None = None
        self._stale: dict[tuple[int, str], _Stale] = {}
        self._hidden: dict[tuple[int, str], _Hidden] = {}
        self._apps: dict[str, tuple[Environment, App]] | None = None
        self._names: dict[str, dict[str, list[Principal]]] | None = None
        self.registered: set[str] = set()
        self._read_registrations()

    # -- changes ---------------------------------------------------------------------------------------------------

    def before(self, container: dict[str, R], key: str) -> None:
        """Note what `container[key]` is now (or that it is not there): it is about to change."""
        self.changes += 1
        self.generation += 1
        present = container.get(key)
        old: Any = present.clone() if present is not None else None
        self._first.setdefault((id(container), key), (container, old))
        self._undo.append((container, key, old))
        if isinstance(old, App | Flow | Connection | Connector | BillingPolicy | EnvironmentGroup):
            if self.stale_rule is not None:
                self._keep_stale((id(container), key), old)
        else:
            self._names = None
            self._apps = None

    def in_time(self, container: dict[str, R], key: str) -> None:
        """As `before`, for what time does by itself: no request's change, and not undone with one."""
        present = container.get(key)
        old: Any = present.clone() if present is not None else None
        self.generation += 1
        self._first.setdefault((id(container), key), (container, old))

    def before_head(self) -> None:
        """As `before`, for the tenant's settings and registrations."""
        self.changes += 1
        if self._undo_head is None:
            self._undo_head = (dict(self.tenant.settings), list(self.tenant.management_applications))

    def begin(self) -> None:
        """A request starts: what it changes can be undone as one."""
        self._undo.clear()
        self._undo_head = None

    def undo(self) -> None:
        """Take back what the request changed."""
        self.generation += 1
        for container, key, old in reversed(self._undo):
            self._restore(container, key, old)
            self._stale.pop((id(container), key), None)
            if old is None:
                self._hidden.pop((id(container), key), None)
        if self._undo_head is not None:
            self.tenant.settings, self.tenant.management_applications = self._undo_head
        self.begin()
        self._forget_indexes()

    def reset(self) -> None:
        """Back to the tenant as it was loaded. Costs as much as was changed."""
        self.generation += 1
        for (_unused, key), (container, old) in self._first.items():
            self._restore(container, key, old)
        self._first.clear()
        self.tenant.settings, self.tenant.management_applications = dict(self._first_head[0]), list(self._first_head[1])
        self._stale.clear()
        self._hidden.clear()
        self.begin()
        self._forget_indexes()

    @staticmethod
    def _restore(container: dict[str, Any], key: str, old: Record | None) -> None:
        if old is None:
            container.pop(key, None)
        else:
            container[key] = old.clone()

    def _forget_indexes(self) -> None:
        self._apps = None
        self._names = None
        self._read_registrations()

    def _read_registrations(self) -> None:
        self.registered = {client.app_id for client in self.tenant.clients.values() if client.registered}
        self.registered.update(item.lower() for item in self.tenant.management_applications)

    def forget_apps(self) -> None:
        self._apps = None

    def registrations_changed(self) -> None:
        self._read_registrations()

    # -- environments, apps, flows ---------------------------------------------------------------------------------

    def environment(self, name: str) -> Environment | None:
        key = name.lower()
        if key == "~default":
            return next(item for item in self.tenant.environments.values() if item.default)
        return self.tenant.environments.get(key)

    def app(self, app_id: str) -> tuple[Environment, App] | None:
        """An app by its id, wherever it is: the maker routes name no environment."""
        if self._apps is None:
            self._apps = {
                app.id: (environment, app)
                for environment in self.tenant.environments.values()
                for app in environment.apps.values()
            }
        found = self._apps.get(app_id.lower())
        return found if found and found[1].deleted_at is None else None

    def apps(self) -> Iterator[tuple[Environment, App]]:
        for environment in self.tenant.environments.values():
            for app in environment.apps.values():
                if app.deleted_at is None:
                    yield environment, app

    # -- stale reads -----------------------------------------------------------------------------------------------

    def forget_stale(self) -> None:
        self._stale.clear()

    def _keep_stale(self, key: tuple[int, str], old: Kept) -> None:
        rule = self.stale_rule
        assert rule is not None
        kept = self._stale.get(key)
        until = None if rule.seconds is None else time.monotonic() + rule.seconds
        self._stale[key] = _Stale(kept.old if kept else old, rule.reads, until)

    def seen(self, container: dict[str, V], thing: V) -> V:
        """The thing as a reader sees it: the old one while a stale read is due."""
        if not self._stale:
            return thing
        key = (id(container), thing.key)
        kept = self._stale.get(key)
        if kept is None:
            return thing
        old: Any = kept.old
        found: V = old
        if kept.until is not None:
            if time.monotonic() < kept.until:
                return found
        elif kept.reads is not None and kept.reads > 0:
            kept.reads -= 1
            return found
        del self._stale[key]
        return thing

    def peek(self, container: dict[str, V], thing: V) -> V:
        """As `seen`, by somebody who looks through a listing: it uses up no stale read."""
        kept = self._stale.get((id(container), thing.key)) if self._stale else None
        if kept is None or (kept.until is not None and time.monotonic() >= kept.until):
            return thing
        if kept.until is None and not kept.reads:
            return thing
        found: Any = kept.old
        return cast(V, found)

    @property
    def agreed(self) -> bool:
        """Whether every reader sees what is: nothing is stale, nothing hidden."""
        return not self._stale and not self._hidden

    # -- things that one service does not know yet -----------------------------------------------------------------

    def hide(self, container: dict[str, V], key: str, rule: StaleRule) -> None:
        """The RP does not know a new connector of Dataverse, or a new flow, for so many reads, or for so long."""
        until = None if rule.seconds is None else time.monotonic() + rule.seconds
        self._hidden[id(container), key] = _Hidden(rule.reads, until)

    def hidden(self, container: dict[str, V], key: str) -> bool:
        """Whether a read of the RP, which this is, misses the thing."""
        held = self._hidden.get((id(container), key))
        if held is None:
            return False
        if held.until is not None:
            if time.monotonic() < held.until:
                return True
        elif held.reads is not None and held.reads > 0:
            held.reads -= 1
            return True
        del self._hidden[id(container), key]
        return False

    # -- directory -------------------------------------------------------------------------------------------------

    def principal(self, object_id: str) -> Principal | None:
        """A principal that is in the directory, soft-deleted ones included."""
        key = object_id.lower()
        tenant = self.tenant
        found = tenant.users.get(key) or tenant.groups.get(key) or tenant.service_principals.get(key)
        return None if found is None or found.gone else found

    def user(self, object_id: str) -> User | None:
        found = self.tenant.users.get(object_id.lower())
        return None if found is None or found.gone or found.deleted_at else found

    def by_name(self, prop: str, value: str) -> list[Principal]:
        """Live principals whose property has that value, without case. O(1)."""
        if self._names is None:
            self._names = self._index_names()
        return self._names.get(prop, {}).get(value.lower(), [])

    def _index_names(self) -> dict[str, dict[str, list[Principal]]]:
        found: dict[str, dict[str, list[Principal]]] = {}

        def add(prop: str, value: str | None, principal: Principal) -> None:
            if value:
                found.setdefault(prop, {}).setdefault(value.lower(), []).append(principal)

        for user in self.tenant.users.values():
            if not user.gone and not user.deleted_at:
                add("users.userprincipalname", user.upn, user)
                add("users.mail", user.mail, user)
                add("users.displayname", user.name, user)
        for group in self.tenant.groups.values():
            if not group.gone and not group.deleted_at:
                add("groups.displayname", group.name, group)
                add("groups.mail", group.mail, group)
        for item in self.tenant.service_principals.values():
            if not item.gone and not item.deleted_at:
                add("serviceprincipals.appid", item.app_id, item)
                add("serviceprincipals.displayname", item.name, item)
        return found
