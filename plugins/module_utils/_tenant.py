# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what people write (display names, ids) to things of the tenant: environments, apps, flows, connections.

Names are followed through complete listings only; an id is looked up directly, or found in a listing where that costs
fewer requests. What was found is kept for the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotApplicableError,
    NotFoundError,
    PermissionDeniedError,
    PowerPlatformError,
    ServiceError,
    UnknownReferenceError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Listing, Names, unknown
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Json,
    Thing,
    display_name,
    properties,
    same_text,
)

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._memory import Memory

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
DEFAULT = "~default"
_ENVIRONMENT_ID = re.compile(rf"(Default-)?{GUID.pattern}|{DEFAULT}", re.IGNORECASE)
# What the services put on one page, about.
_PAGE = 250
# The scopes under which environments are remembered, by the view.
_ENVIRONMENTS = {True: "environments as administrator", False: "environments as maker"}
# Up to this many ids of one scope are looked up one by one; more of them make a listing the cheaper way.
_FEW = 2

T = TypeVar("T")
Found: TypeAlias = "Thing | PowerPlatformError"


def is_environment_id(value: str) -> bool:
    """Whether a text is the id of an environment, or stands for that of the default one."""
    return _ENVIRONMENT_ID.fullmatch(value) is not None


def is_guid(value: str) -> bool:
    """Whether a text is a GUID and nothing else."""
    return GUID.fullmatch(value) is not None


def by_environment_id(function: Callable[..., T]) -> Callable[..., T]:
    """For services that know an environment by its id alone."""

    def ask(client: Client, environment: Thing, *rest: str, as_admin: bool) -> T:
        return function(client, environment.id, *rest, as_admin=as_admin)

    return ask


def nothing(record: Json) -> Json:
    """For a listing whose records tell nothing that lasts."""
    del record
    return {}


def not_listed(refusal: ServiceError, what: str, environment: str) -> NotFoundError:
    """The absence of a thing that the service answers with a refusal, proven by a whole listing."""
    return NotFoundError(
        f"No listing of environment {environment} has {what}.",
        status=refusal.status,
        code=refusal.code,
        operation=refusal.operation,
        correlation=refusal.correlation,
    )


class ThingType(NamedTuple):
    """A type of thing that an option refers to.

    option: the option that names it (`app`); also the word for it in messages.
    list, get: how it is read: (client, environment, [id,] as_admin=). get is None where only a listing tells.
    keep: the part of a record that is needed later; a listing of thousands is not kept whole.
    is_id: whether a text can only be an id. Such a text is never followed as a name, which anybody could give to a
    thing of their own.
    in_environment: False for things of the whole tenant.
    other_id: a second id by which a thing may be called, from what was kept of its record; "" where it has none.
    """

    option: str
    list: Callable[..., Iterator[Json]]
    get: Callable[..., Json] | None
    keep: Callable[[Json], Json]
    is_id: Callable[[str], bool] = is_guid
    in_environment: bool = True
    other_id: Callable[[Json], str] | None = None


def as_thing(record: Any) -> Thing:
    """A resource of the PowerApps, Flow or BAP service as a thing."""
    name = record.get("name") if isinstance(record, dict) and isinstance(properties(record), dict) else None
    if not isinstance(name, str) or not name:
        raise UnreadableAnswerError("A service answered with a thing that has no name, or no readable properties.")
    return Thing(name, display_name(record), record)


# Things of one type in one environment and one view.
Scope = tuple[ThingType, str, bool]


class Tenant:
    """The look-ups of one run. Each answer is asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._memory = client.memory
        self._environments: dict[tuple[str, bool], Found] = {}
        self._things: dict[tuple[ThingType, str, bool, str], Found] = {}
        # Whole listings that somebody made already.
        self._known_environments: dict[bool, list[Thing]] = {}
        self._known_things: dict[tuple[ThingType, str, bool], Listing] = {}

    def know_environments(self, listed: Iterable[Thing], *, as_admin: bool) -> None:
        """Takes a whole listing of environments, which is not asked for again."""
        self._known_environments[as_admin] = list(listed)

    def know_things(
        self, thing_type: ThingType, environment: Thing, listed: Iterable[Thing], *, as_admin: bool
    ) -> None:
        """Takes a whole listing of the things of an environment, which is not asked for again."""
        self._known_things[(thing_type, environment.id, as_admin)] = Listing(listed, thing_type.other_id)

    def environment(self, wanted: str, *, as_admin: bool) -> Thing:
        """An environment that `prefetch_environments` was asked for. Raises what was found wrong with it."""
        return _raise_or_return(self._environments[(wanted, as_admin)])

    def thing(self, thing_type: ThingType, environment: Thing, wanted: str, *, as_admin: bool) -> Thing:
        """A thing that `prefetch_things` was asked for. Raises what was found wrong with it."""
        return _raise_or_return(self._things[(thing_type, environment.id, as_admin, wanted)])

    def prefetch_environments(self, wanted: Iterable[str], *, as_admin: bool) -> None:
        """Looks up environments in the cheaper of both ways. A failure is kept for `environment`."""
        names = set(wanted)
        scope = _ENVIRONMENTS[as_admin]
        if self._memory is not None:
            for name in sorted(names):
                thing = self._memory.thing(scope, name, by_id=is_environment_id(name))
                if thing is not None:
                    self._environments[(name, as_admin)] = thing
                    names.remove(name)
        for name, found in self._look_up_environments(names, as_admin=as_admin).items():
            self._environments[(name, as_admin)] = found
            if self._memory is not None and isinstance(found, Thing):
                self._memory.note_thing(scope, name, found)

    def _look_up_environments(self, names: set[str], *, as_admin: bool) -> dict[str, Found]:
        ids = {name for name in names if is_environment_id(name)}
        known = self._known_environments.get(as_admin)
        if known is None and len(names) <= _FEW and names == ids:
            return {name: self._get_environment(name, as_admin=as_admin) for name in names}
        try:
            asked = () if known is not None else bap.list_environments(self._client, as_admin=as_admin)
            listed = known or [as_thing(record) for record in asked]
        except PowerPlatformError as error:
            return dict.fromkeys(names, error)
        listing = Listing(listed)
        if self._memory is not None:
            self._memory.note_listing(_ENVIRONMENTS[as_admin], listing)
        found: dict[str, Found] = {}
        for name in names:
            if same_text(name, DEFAULT):
                found[name] = default_environment(listed)
                continue
            found[name] = listing.find("environment", name, by_id=name in ids, where="the tenant")
            # Listings hold what the identity administers; only an answer about the id itself tells absent from closed.
            if name in ids and isinstance(found[name], UnknownReferenceError):
                found[name] = self._get_environment(name, as_admin=as_admin)
        return found

    def prefetch_things(
        self, thing_type: ThingType, environment: Thing, wanted: Iterable[str], *, as_admin: bool, fresh: bool = True
    ) -> None:
        """Looks up the things of one environment, in the cheaper of both ways. A failure is kept for `thing`.

        fresh: whether their records are asked for now, whatever an earlier item of a loop was told.
        """
        names, scope = set(wanted), (thing_type, environment.id, as_admin)
        if self._memory is not None:
            for name, thing in self._remembered(scope, environment, sorted(names), fresh=fresh).items():
                self._things[(*scope, name)] = thing
                names.remove(name)
        for name, found in self._look_up(thing_type, environment, names, as_admin=as_admin).items():
            self._things[(*scope, name)] = found
            if self._memory is not None and isinstance(found, Thing):
                self._memory.note_thing(scope, name, found)

    def _remembered(self, scope: Scope, environment: Thing, names: Iterable[str], *, fresh: bool) -> dict[str, Thing]:
        """Those that an earlier item found, under the ids that it found them by."""
        memory, thing_type, as_admin = cast("Memory", self._memory), scope[0], scope[2]
        found: dict[str, Thing] = {}
        for name in names:
            thing = memory.thing(scope, name, by_id=thing_type.is_id(name))
            if thing is None or (fresh and (thing_type.get is None or same_text(thing.id, name))):
                continue
            if fresh:
                again = self._get_thing(thing_type, environment, thing.id, as_admin=as_admin)
                if not isinstance(again, Thing) or again.name != thing.name:
                    memory.forget_scope(scope)
                    continue
                thing = again
            found[name] = thing
        return found

    def _look_up(
        self, thing_type: ThingType, environment: Thing, names: set[str], *, as_admin: bool
    ) -> dict[str, Found]:
        where = place(environment)
        ids = {name for name in names if thing_type.is_id(name)}
        listed: list[Thing] = []
        others = Names()
        scope = (thing_type, environment.id, as_admin)
        known = self._known_things.get(scope)
        whole = known is not None
        try:
            require_ready(environment)
            if names and known is None and (names != ids or len(ids) > _FEW or thing_type.get is None):
                records = thing_type.list(self._client, environment, as_admin=as_admin)
                stop_early = names == ids and thing_type.get is not None
                whole = not stop_early
                # A later item of a loop may ask for any of them.
                chosen = None if whole and self._memory is not None else names
                listed = list(_wanted(thing_type, records, chosen, stop_early=stop_early, others=others))
        except PowerPlatformError as error:
            return dict.fromkeys(names, error)
        listing = known or Listing(listed, thing_type.other_id, others)
        if listed and whole and self._memory is not None:
            self._memory.note_listing(scope, listing)
        found: dict[str, Found] = {}
        for name in names:
            found[name] = listing.find(thing_type.option, name, by_id=name in ids, where=where)
            if name in ids and thing_type.get is not None and isinstance(found[name], UnknownReferenceError):
                found[name] = self._get_thing(thing_type, environment, name, as_admin=as_admin)
        if thing_type.other_id is not None:
            asked = {name: found[name] for name in ids}
            found.update(
                self._by_other_id(thing_type, environment, asked, listing if whole else None, as_admin=as_admin)
            )
        return found

    def _by_other_id(
        self,
        thing_type: ThingType,
        environment: Thing,
        asked: dict[str, Found],
        listing: Listing | None,
        *,
        as_admin: bool,
    ) -> dict[str, Found]:
        """Ids that the service does not know, or refuses to a maker, looked for among the second ids of its things.

        One whole listing for all of them, `listing` where there was one; what it does not have either is not there for
        a maker.
        """
        doubtful = {
            name: found
            for name, found in asked.items()
            if isinstance(found, UnknownReferenceError) or (not as_admin and isinstance(found, PermissionDeniedError))
        }
        if not doubtful:
            return {}
        try:
            if listing is None:
                records = thing_type.list(self._client, environment, as_admin=as_admin)
                wanted = _wanted(thing_type, records, set(doubtful), stop_early=False)
                listing = Listing(wanted, thing_type.other_id)
        except PowerPlatformError as error:
            return dict.fromkeys(doubtful, error)
        settled: dict[str, Found] = {}
        for name, refused in doubtful.items():
            thing = listing.find(thing_type.option, name, by_id=True, where=place(environment))
            if isinstance(thing, Thing) and same_text(thing.id, name):
                settled[name] = refused  # it is listed, and not to be had
            elif isinstance(thing, UnknownReferenceError) and isinstance(refused, PermissionDeniedError):
                thing.refusal = refused
                settled[name] = thing
            else:
                settled[name] = thing
        return settled

    def _get_environment(self, name: str, *, as_admin: bool) -> Found:
        try:
            return as_thing(bap.get_environment(self._client, name, as_admin=as_admin))
        except NotFoundError:
            return unknown("environment", name, "the tenant")
        except PowerPlatformError as error:
            return error

    def _get_thing(self, thing_type: ThingType, environment: Thing, name: str, *, as_admin: bool) -> Found:
        where = place(environment)
        try:
            thing = as_thing(
                cast(Callable[..., Json], thing_type.get)(self._client, environment, name, as_admin=as_admin)
            )
        except NotFoundError as error:
            missing = unknown(thing_type.option, name, where)
            # A maker's listing tells what the maker sees, and no more.
            if not as_admin and isinstance(error.__cause__, PermissionDeniedError):
                missing.refusal = error.__cause__
            return missing
        except PowerPlatformError as error:
            return error
        # The maker form of some services has no environment in its address and finds things anywhere.
        home = (properties(thing.record).get("environment") or {}).get("name") or environment.id
        if not same_text(home, environment.id):
            return unknown(thing_type.option, name, where)
        return Thing(thing.id, thing.name, thing_type.keep(thing.record))


def place(environment: Thing) -> str:
    """An environment in the words of a message."""
    return f"environment {environment.name or environment.id}" if environment.id else environment.name


def require_ready(environment: Thing) -> None:
    """NotApplicableError for an environment in which nothing can be managed now (contract: powerapps-admin.md 4.1).

    Assumed: an environment that was switched off says `Disabled` in `states`.
    """
    content = properties(environment.record)
    state = content.get("provisioningState") or "Succeeded"
    if not same_text(state, "Succeeded"):
        raise NotApplicableError(
            f"Environment {environment.name or environment.id} is not ready: its provisioning state is {state}.",
            remedy="Run again when it is provisioned, or leave it out.",
        )
    states = content.get("states") or {}
    if any(same_text((states.get(part) or {}).get("id"), "Disabled") for part in ("management", "runtime")):
        raise NotApplicableError(
            f"Environment {environment.name or environment.id} is disabled.",
            remedy="Enable it in the admin center, or leave it out.",
        )


def _wanted(
    thing_type: ThingType,
    records: Iterable[Json],
    names: set[str] | None,
    *,
    stop_early: bool,
    others: Names | None = None,
) -> Iterator[Thing]:
    """The things of a listing that some reference may mean; a listing of thousands is not kept whole.

    names: the references, None for all there are. stop_early: when ids alone are wanted, the listing is left once they
    are found, or once it has cost as many requests as looking all of them up one by one. others: takes the names of
    the rest.
    """
    missing = {name.casefold() for name in names or ()}
    folded = frozenset(missing)
    for number, record in enumerate(records):
        if stop_early and number >= _PAGE * len(folded):
            return
        thing = as_thing(record)
        kept = Thing(thing.id, thing.name, thing_type.keep(record))
        other = thing_type.other_id(kept.record).casefold() if thing_type.other_id else ""
        if names is None or thing.id.casefold() in folded or thing.name.casefold() in folded or other in folded:
            missing -= {thing.id.casefold(), other}
            yield kept
        elif others is not None:
            others.add(thing.name)


def default_environment(listed: Iterable[Thing]) -> Found:
    """The one of them that every tenant has, or the error that says that it is not among them."""
    defaults = [thing for thing in listed if properties(thing.record).get("isDefault")]
    return defaults[0] if defaults else unknown("environment", DEFAULT, "the tenant")


def _raise_or_return(found: Found) -> Thing:
    if isinstance(found, PowerPlatformError):
        raise found
    return found
