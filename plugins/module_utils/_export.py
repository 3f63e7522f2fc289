# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there, as declarations that change nothing: listed once, then compared by the engine's own audit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, audit
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    GuardError,
    NotApplicableError,
    OptionError,
    PowerPlatformError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    WHOLE_TENANT,
    Json,
    Target,
    Thing,
    Undeclarable,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once, each
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Watch
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import FAILED, Outcome
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    Tenant,
    ThingType,
    as_thing,
    require_ready,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import UNFORESEEN, unforeseen

# What is wrong with the run, and not with one environment.
_OF_THE_RUN = (DeadlineError, GuardError, OptionError, TokenError)

_SEVERAL = "The service lists several things of this id, or it changed while it was listed: an item cannot tell which."

# By what a thing of a kind is told apart: its kind, its environment and its id, in lower case.
Key = tuple[str, str, str]


class Wanted(NamedTuple):
    """What to export. environments: those to look at. exclusive: whether lists are declared to be complete."""

    kinds: Sequence[AnyKind]
    environments: Sequence[Thing]
    as_admin: bool = True
    exclusive: bool = True


class Gap(NamedTuple):
    """What could not be read, or does not apply. thing: None where the things of the kinds could not be listed."""

    kinds: tuple[str, ...]
    environment: Thing
    thing: Thing | None
    error: PowerPlatformError

    @property
    def applies(self) -> bool:
        """Whether it is unknown what is there; else the question does not arise."""
        return not isinstance(self.error, NotApplicableError)


class Left(NamedTuple):
    """What is there and cannot be declared."""

    kind: str
    target: Target
    reason: str


class Item(NamedTuple):
    """A declaration of what is there. empty: it says that nobody holds anything."""

    kind: AnyKind
    target: Target
    options: Json
    empty: bool

    @property
    def key(self) -> Key:
        """Equal for two items of one thing."""
        return key_of(self.kind, self.target)


class _Asked(NamedTuple):
    kind: AnyKind
    target: Target
    declared: Json


def key_of(kind: AnyKind, target: Target) -> Key:
    """By what a declaration and an export know that they are about one thing, whoever looks at it."""
    return (kind.name, *target.key[:2])


class Export:
    """An export: `look` lists, `read` compares. tenant: takes the listings, for others to look things up in."""

    def __init__(self, client: Client, tenant: Tenant, wanted: Wanted) -> None:
        self.items: list[Item] = []
        self.gaps: list[Gap] = []
        self.left: list[Left] = []
        self._client = client
        self._tenant = tenant
        self._wanted = wanted
        self._once = Once()
        self._asked: list[_Asked] = []

    def look(self) -> None:
        """Lists everything: one listing for all kinds of one type of thing in one environment."""
        each(lambda scope: self._list(*scope), list(self._scopes()))

    def read(self, declared: Collection[Key] = (), watch: Watch | None = None) -> None:
        """Reads what the listings do not tell, in the fewest requests. declared: what nothing has to be said of."""
        asked = [item for item in self._asked if key_of(item.kind, item.target) not in declared]
        asked.sort(key=lambda item: key_of(item.kind, item.target))
        requests = [Request(item.kind, filled(item.kind, item.declared)) for item in asked]
        report = audit(requests, self._client, Limits(), watch, self._tenant)
        for item, outcome in zip(asked, report.outcomes, strict=True):
            self._take(item, outcome)
        self.items.sort(key=lambda item: _order(item.kind.name, item.target))
        self.left.sort(key=lambda left: (*_order(left.kind, left.target), left.reason))
        self.gaps.sort(key=lambda gap: (gap.environment.name.casefold(), gap.environment.id, gap.kinds, str(gap.error)))

    def _scopes(self) -> Iterator[tuple[Thing, bool, ThingType, list[AnyKind]]]:
        """An environment, or the tenant, with what to list in it, in whose view, and the kinds that it is for."""
        groups: dict[tuple[ThingType, bool], list[AnyKind]] = {}
        for kind in self._wanted.kinds:
            as_admin = self._wanted.as_admin or "as_admin" not in kind.options
            groups.setdefault((kind.thing_type, as_admin), []).append(kind)
        for (thing_type, as_admin), kinds in groups.items():
            places = self._wanted.environments if thing_type.in_environment else [WHOLE_TENANT]
            yield from ((environment, as_admin, thing_type, kinds) for environment in places)

    def _list(self, environment: Thing, as_admin: bool, thing_type: ThingType, kinds: Sequence[AnyKind]) -> None:
        names = tuple(sorted(kind.name for kind in kinds))
        several: set[str] = set()

        def listed() -> list[Thing]:
            require_ready(environment)
            things: dict[str, Thing] = {}
            for record in thing_type.list(self._client, environment, as_admin=as_admin):
                thing = as_thing(record)
                kept = Thing(thing.id, thing.name, thing_type.keep(record))
                # Pages shift, so that a thing may be listed twice; and connections of two connectors may have one id.
                if things.setdefault(thing.id.casefold(), kept) != kept:
                    several.add(thing.id.casefold())
            return [*things.values()]

        things = self._noting(names, environment, None, listed)
        if things is None:
            return
        self._tenant.know_things(thing_type, environment, things, as_admin=as_admin)
        for thing in things:
            target = Target(environment, thing, as_admin)
            for kind in kinds:
                if thing.id.casefold() in several:
                    self.left.append(Left(kind.name, target, _SEVERAL))
                else:
                    self._ask(kind, target)

    def _ask(self, kind: AnyKind, target: Target) -> None:
        def said() -> list[Json | Undeclarable]:
            told = kind.as_listed(self._client, target, self._once)
            return [] if told is None else [told]

        for told in self._noting((kind.name,), target.environment, target.thing, said) or ():
            if isinstance(told, Undeclarable):
                self.left.append(Left(kind.name, target, told.reason))
            else:
                self._asked.append(_Asked(kind, target, told))

    def _noting(
        self, kinds: tuple[str, ...], environment: Thing, thing: Thing | None, read: Callable[[], list[Any]]
    ) -> list[Any] | None:
        """What was read, None where it could not be, which is noted."""
        try:
            return read()
        except _OF_THE_RUN:
            raise
        except (PowerPlatformError, *UNFORESEEN) as error:
            told = error if isinstance(error, PowerPlatformError) else unforeseen(error)
            self.gaps.append(Gap(kinds, environment, thing, told))
            return None

    def _take(self, asked: _Asked, outcome: Outcome) -> None:
        kind, target = asked.kind, asked.target
        if outcome.status == FAILED:
            self.left.append(Left(kind.name, target, str(outcome.error)))
        elif outcome.error or outcome.plan is None:
            error = outcome.error or PowerPlatformError("It was not looked at.")
            self.gaps.append(Gap((kind.name,), target.environment, target.thing, error))
        elif outcome.plan.differences:
            said = outcome.plan.refusal or f"{outcome.plan.differences[0].id} cannot be declared as it is."
            self.left.append(Left(kind.name, target, said))
        else:
            found = kind.as_found(asked.declared, outcome.plan, exclusive=self._wanted.exclusive)
            self.left.extend(Left(kind.name, target, reason) for reason in found.undeclarable)
            if found.options is not None:
                self.items.append(Item(kind, target, found.options, found.empty))


def filled(kind: AnyKind, options: Mapping[str, Any]) -> Json:
    """Options as a module hands them on: with the defaults of the others."""
    return {**{name: settings.get("default") for name, settings in kind.options.items()}, **options}


def undeclared(items: Iterable[Item], declared: Collection[Key]) -> list[Item]:
    """What is there, and holds something, and nobody declares."""
    return [item for item in items if not item.empty and item.key not in declared]


def _order(kind: str, target: Target) -> tuple[str, str, str, str, str]:
    environment, thing = target.environment, target.thing
    return (kind, environment.name.casefold(), environment.id, thing.name.casefold(), thing.id.casefold())
