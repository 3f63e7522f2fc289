# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: observe, plan, apply, verify, for one declaration or for thousands.

`ensure`, `converge` and `audit` are three entries to one run. A run whose client is read-only ends after the plan: that
is check mode, and that is an audit. Threads (`_unit.each`) belong to the engine and to nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    PowerPlatformError,
    WriteRefusedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    CREATE,
    DELETE,
    NONE,
    VERIFY_DELAYS,
    Aftermath,
    Caller,
    Claim,
    Json,
    Target,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once, each
from ansible_collections.powerops.powerplatform.plugins.module_utils._references import References
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
    Outcome,
    Report,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import (
    UNFORESEEN,
    Unit,
    settle,
    unforeseen,
)

# How many removals a refusal lists by name.
_NAMED = 30


class Request(NamedTuple):
    """One declaration of a call: a kind and the options of its module."""

    kind: AnyKind
    options: Mapping[str, Any]


class Limits(NamedTuple):
    """What a call may do.

    max_removals: a total for the whole call, on top of each declaration's own; -1 for no limit.
    verify_delays: seconds before each further look at a write that is not visible yet.
    """

    max_removals: int = 20
    verify_delays: Sequence[float] = VERIFY_DELAYS


def ensure(kind: AnyKind, options: Mapping[str, Any], client: Client, limits: Limits) -> Outcome:
    """Brings one thing to its declared state, or, with a read-only client, says what that would take."""
    return converge([Request(kind, options)], client, limits).outcomes[0]


def converge(requests: Sequence[Request], client: Client, limits: Limits) -> Report:
    """Brings all things to their declared state, or, with a read-only client, says what that would take.

    Nothing is written unless every declaration could be understood, looked up, read and planned.
    """
    return _Run(requests, client, limits, auditing=False).report()


def audit(requests: Sequence[Request], client: Client, limits: Limits) -> Report:
    """Says what is not as declared. What cannot be read is `unknown` and does not hide the rest."""
    if not client.read_only:
        raise WriteRefusedError("An audit was given a client that can write.")
    return _Run(requests, client, limits, auditing=True).report()


class _Run:
    """One run over all declarations. Each step leaves its errors in the outcomes, for the next step to pass over."""

    def __init__(self, requests: Sequence[Request], client: Client, limits: Limits, *, auditing: bool) -> None:
        self._client = client
        self._limits = limits
        self._auditing = auditing
        self._references = References(client)
        self._once = Once()
        self._requests = requests
        self._outcomes = [Outcome(index, request.kind.name) for index, request in enumerate(requests)]
        self._declarations: dict[int, Any] = {}
        self._callers: dict[str, Caller] = {}

    def report(self) -> Report:
        """Runs all steps. Raises only what concerns the run as a whole: no token, the wrong tenant."""
        self._declare()
        if self._may_go_on():
            self._identify()
        if self._may_go_on():
            self._look_up()
            units = self._bind()
            if self._may_go_on():
                self._observe(units)
                self._plan(units)
            if self._client.read_only:
                self._conclude(units)
            elif self._may_go_on():
                self._apply(units)
        self._say_why_skipped()
        return Report(self._outcomes)

    def _declare(self) -> None:
        for index, request in enumerate(self._requests):
            with self._noting(index):
                declaration = request.kind.parse(request.options)
                _require_names(request.kind, declaration)
                self._declarations[index] = declaration
                self._client.hide(request.kind.secrets(declaration))

    def _identify(self) -> None:
        """Who runs, in which tenant, and whether its tokens can do what is declared: before anything is asked.

        An audit never writes, so that it needs no token that can.
        """
        for service in sorted({self._requests[index].kind.service for index in self._declarations}):
            token = self._client.caller(service)
            self._callers[service] = Caller(token.tenant_id, token.object_id, token.application_id, token.kind)
        for index, declaration in self._declarations.items():
            with self._noting(index):
                for operation in self._requests[index].kind.operations(declaration):
                    if operation.safe or operation.reads_only or not self._auditing:
                        self._client.require(operation)

    def _look_up(self) -> None:
        self._references.prefetch(
            [
                (self._requests[index].kind, item, self._callers[self._requests[index].kind.service])
                for index, item in self._declarations.items()
                if self._outcomes[index].error is None
            ]
        )

    def _bind(self) -> list[Unit]:
        """Declarations of one thing become one unit, however the thing was named."""
        units: dict[tuple[object, ...], Unit] = {}
        views: dict[tuple[str, str, str], tuple[int, bool]] = {}
        claimed: dict[tuple[str, str], tuple[int, str]] = {}
        for index, declaration in self._declarations.items():
            outcome, kind = self._outcomes[index], self._requests[index].kind
            if outcome.error:
                continue
            with self._noting(index):
                caller = self._callers[kind.service]
                target = outcome.target = self._references.target(kind, declaration, caller)
                outcome.renamed = renaming(kind, declaration, target)
                first, as_admin = views.setdefault((kind.thing_type.option, *target.key[:2]), (index, target.as_admin))
                if as_admin is not target.as_admin:
                    raise OptionError(
                        "as_admin",
                        f"items {first} and {index} declare the same {kind.thing_type.option}, one as administrator "
                        "and one as maker, and would be written apart.",
                        value=target.as_admin,
                        remedy="Declare one thing in one view.",
                    )
                desired = kind.bind(declaration, target, self._references.principal, caller)
                for claim in kind.claims(desired):
                    first, said = claimed.setdefault((kind.document, claim.about), (index, claim.said))
                    if said != claim.said:
                        raise _clash(kind, claim, first, index)
                known = units.setdefault((kind.name, *target.key), Unit(kind, target, desired))
                if known.parts:
                    known.desired = _merged(known, desired, index)
                known.parts.append((outcome, desired))
        return list(units.values())

    def _observe(self, units: Sequence[Unit]) -> None:
        """Reads each document once, then asks the directory once about all principals that a plan is unsure of."""
        each(self._read, list(_grouped([unit for unit in units if unit.open], lambda unit: unit.document)))
        unsure = {unit: set(unit.kind.unsure(unit.desired, unit.current)) for unit in units if unit.open}
        asking = {unit: ids for unit, ids in unsure.items() if ids}
        if asking:
            with self._noting(*(outcome.index for unit in asking for outcome in unit.outcomes)):
                states = self._references.directory().states(set().union(*asking.values()))
                for unit, ids in asking.items():
                    unit.states = {key: state for key, state in states.items() if key in ids}
                    unit.current = unit.kind.informed(unit.current, unit.states)

    def _read(self, sharing: Sequence[Unit]) -> None:
        with self._noting(*(outcome.index for unit in sharing for outcome in unit.outcomes)):
            kind, target = sharing[-1].kind, sharing[-1].target
            for unit in sharing:
                unit.prepare(self._client, self._once)
            listed = [unit.kind.listed(target) for unit in sharing]
            if not target.exists:
                current = kind.missing(self._callers[kind.service])
            elif None in listed:
                current = kind.read(self._client, target)
            else:
                current = listed[-1]
            for unit in sharing:
                unit.current = current

    def _plan(self, units: Sequence[Unit]) -> None:
        for sharing in _grouped([unit for unit in units if unit.open], lambda unit: unit.thing):
            self._plan_thing(sharing)
        if not self._auditing:
            self._guard_removals([unit for unit in units if unit.plan and unit.plan.removals])

    def _plan_thing(self, sharing: Sequence[Unit]) -> None:
        """Plans the units of one thing, each on what those before it will have done."""
        earlier: list[Unit] = []
        for unit in sharing:
            with self._noting(*(outcome.index for outcome in unit.outcomes)):
                for before in earlier:
                    if before.planned.action == DELETE:
                        raise _gone(before, unit)
                    if before.document == unit.document:
                        unit.current = before.kind.outlook(unit.current, before.planned.change)
                    made = Aftermath() if before.planned.action == CREATE else None
                    aftermath = before.kind.unsettles(before.planned.change) or made
                    if aftermath:
                        unit.current = unit.kind.guessed(unit.current, aftermath)
                    unit.follows = unit.follows or before.document == unit.document or bool(aftermath)
                plan = unit.make_plan()
                if plan.forbidden and not self._auditing:
                    raise plan.forbidden
                if plan.change is not None:
                    earlier.append(unit)

    def _guard_removals(self, units: Sequence[Unit]) -> None:
        """On the whole plan, before the first write: each declaration's own limit, then the limit of the call."""
        total = sum(unit.plan.removals for unit in units if unit.plan)
        for unit in units:
            own = [self._declarations[outcome.index].max_removals for outcome in unit.outcomes]
            limits = [(unit.planned.removals, limit) for limit in own] + [(total, self._limits.max_removals)]
            for removals, limit in limits:
                if 0 <= limit < removals:
                    with self._noting(*(outcome.index for outcome in unit.outcomes)):
                        raise GuardError(
                            f"The plan removes {removals}, more than max_removals={limit}: {_removed(unit)}. "
                            "Nothing was changed.",
                            remedy="If they all are to go, raise max_removals; -1 lifts it.",
                        )

    def _conclude(self, units: Sequence[Unit]) -> None:
        """The end of a read-only run: what would be done."""
        for unit in units:
            if unit.plan and unit.open:
                if unit.plan.refusal and not self._auditing:
                    settle(unit, changed=False, status=FAILED, error=GuardError(unit.plan.refusal))
                else:
                    settle(unit, changed=unit.plan.action != NONE, status=PLANNED if unit.plan.differences else OK)

    def _apply(self, units: Sequence[Unit]) -> None:
        """One thing after the other in each thread, the kinds of one thing by rank. The first failure ends it."""
        from ansible_collections.powerops.powerplatform.plugins.module_utils._apply import apply_things

        things = _grouped([unit for unit in units if unit.plan], lambda unit: unit.thing)
        apply_things(self._client, list(things), self._limits.verify_delays)

    def _may_go_on(self) -> bool:
        """A converge stops at the first step that left an error; an audit goes on with the rest."""
        return self._auditing or not any(outcome.blocking for outcome in self._outcomes)

    def _say_why_skipped(self) -> None:
        failed = ", ".join(str(outcome.index) for outcome in self._outcomes if outcome.status == FAILED)
        for outcome in self._outcomes:
            if outcome.status == SKIPPED:
                outcome.reason = f"Not attempted, because of item {failed}."

    @contextmanager
    def _noting(self, *indexes: int) -> Iterator[None]:
        """Leaves an error of the block in the outcomes of these declarations."""
        try:
            yield
        except (PowerPlatformError, *UNFORESEEN) as error:
            told = error if isinstance(error, PowerPlatformError) else unforeseen(error)
            for index in indexes:
                self._outcomes[index].fail(told, auditing=self._auditing)


def _require_names(kind: AnyKind, declaration: Any) -> None:
    """OptionError for a reference that is blank, as an unset variable makes it: some things have no display name."""
    names = {kind.named_by(declaration): declaration.thing}
    if kind.given_environment(declaration) is None:
        names["environment"] = declaration.environment
    for option, value in names.items():
        if value is not None and not value.strip():
            raise OptionError(option, "it is empty.", value=value, remedy="Give an id or a display name.")


def _removed(unit: Unit) -> str:
    """What a plan takes away, as far as a message has room for it."""
    thing = f"{unit.kind.thing_type.option} {unit.target.thing.name or unit.target.thing.id}"
    if unit.planned.action == DELETE:
        return thing
    differences = unit.planned.differences
    # Where nothing goes as a whole, it is what is lowered that counts as a removal.
    gone = [item for item in differences if item.after is None] or [item for item in differences if item.before]
    names = [f"{item.name} ({item.id.rpartition('/')[2]})" for item in gone]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"on {thing} {', '.join(names[:_NAMED])}{more}"


def renaming(kind: AnyKind, declaration: Any, target: Target) -> Json | None:
    """Where things are called otherwise than the declaration says: never followed, only reported."""
    option = kind.thing_type.option
    pairs = {"environment_display_name": (declaration.environment_display_name, target.environment.name)}
    if target.exists:
        pairs[f"{option}_display_name"] = (declaration.display_name, target.thing.name)
    renamed = {name: {"declared": said, "actual": now} for name, (said, now) in pairs.items() if said and said != now}
    return renamed or None


def _clash(kind: AnyKind, claim: Claim, first: int, second: int) -> OptionError:
    return OptionError(
        kind.thing_type.option,
        f"items {first} and {second} contradict each other over {claim.about}.",
        remedy=claim.remedy,
    )


def _merged(unit: Unit, desired: Any, index: int) -> Any:
    try:
        return unit.kind.merge(unit.desired, desired)
    except OptionError as error:
        numbers = ", ".join(str(outcome.index) for outcome in unit.outcomes)
        raise OptionError(
            error.option, f"items {numbers} and {index} contradict each other: {error.message}", remedy=error.remedy
        ) from error


def _gone(before: Unit, unit: Unit) -> OptionError:
    option, thing = unit.kind.thing_type.option, unit.target.thing
    numbers = ", ".join(str(outcome.index) for outcome in before.outcomes)
    return OptionError(
        option,
        f"item {numbers} declares that this {option} shall not be there, so that nothing else can be declared of it.",
        value=thing.name or thing.id,
        remedy="Keep one of the items.",
    )


def _grouped(units: Sequence[Unit], key: Callable[[Unit], tuple[object, ...]]) -> Iterable[list[Unit]]:
    """The units that have something in common, by the rank of their kinds."""
    groups: dict[tuple[object, ...], list[Unit]] = {}
    for unit in units:
        groups.setdefault(key(unit), []).append(unit)
    return [sorted(group, key=lambda unit: unit.kind.rank) for group in groups.values()]
