# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: observe, plan, apply, verify, for one declaration or for thousands.

`ensure`, `converge` and `audit` are three entries to one run. A run whose client is read-only ends after the plan: that
is check mode, and that is an audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._contradictions import Together, gone, merged
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    ContradictionError,
    GuardError,
    IncompleteListingError,
    LimitError,
    OptionError,
    PowerPlatformError,
    WriteRefusedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import (
    Limits,
    Sum,
    check_own,
    has_shrunk,
    refusals,
    sum_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    CREATE,
    DELETE,
    NONE,
    Aftermath,
    Caller,
    Json,
    Target,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once, each
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Progress, Watch
from ansible_collections.powerops.powerplatform.plugins.module_utils._references import References
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
    Outcome,
    Report,
    numbered,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import (
    UNFORESEEN,
    Unit,
    beside,
    same_thing,
    settle,
    unforeseen,
)


class Request(NamedTuple):
    """One declaration of a call: a kind and the options of its module."""

    kind: AnyKind
    options: Mapping[str, Any]


def ensure(kind: AnyKind, options: Mapping[str, Any], client: Client, limits: Limits) -> Outcome:
    """Brings one thing to its declared state, or, with a read-only client, says what that would take."""
    return converge([Request(kind, options)], client, limits).outcomes[0]


def converge(requests: Sequence[Request], client: Client, limits: Limits, watch: Watch | None = None) -> Report:
    """Brings all things to their declared state, or, with a read-only client, says what that would take.

    Nothing is written unless every declaration could be understood, looked up, read and planned. With `limits.go_on`
    what could not be found, read or planned is left out; a declaration that cannot be right, and one that contradicts
    another, hold all of them back all the same.
    """
    return _Run(requests, client, limits, watch, auditing=False).report()


def misdeclared(requests: Sequence[Request]) -> list[tuple[int, OptionError]]:
    """What can never be right, by the index of the declaration. Pure."""
    found = []
    for index, request in enumerate(requests):
        try:
            _require_names(request.kind, request.kind.parse(request.options))
        except OptionError as error:
            found.append((index, error))
    return found


def audit(
    requests: Sequence[Request],
    client: Client,
    limits: Limits,
    watch: Watch | None = None,
    tenant: Tenant | None = None,
) -> Report:
    """Says what is not as declared. What cannot be read is `unknown` and does not hide the rest.

    tenant: look-ups that were made already.
    """
    if not client.read_only:
        raise WriteRefusedError("An audit was given a client that can write.")
    return _Run(requests, client, limits, watch, auditing=True, tenant=tenant).report()


class _Run:
    """One run over all declarations. Each step leaves its errors in the outcomes, for the next step to pass over."""

    def __init__(
        self,
        requests: Sequence[Request],
        client: Client,
        limits: Limits,
        watch: Watch | None,
        *,
        auditing: bool,
        tenant: Tenant | None = None,
    ) -> None:
        self._client = client
        self._limits = limits
        self._progress = Progress(watch)
        self._auditing = auditing
        self._references = References(client, tenant)
        self._once = Once()
        self._requests = requests
        self._outcomes = [Outcome(index, request.kind.name) for index, request in enumerate(requests)]
        self._declarations: dict[int, Any] = {}
        self._callers: dict[str, Caller] = {}
        self._seen: dict[str, int] = {}
        # Declarations that failed before they became part of a unit, by the things that they are about.
        self._lost: dict[tuple[object, ...], list[Outcome]] = {}
        self._sum = Sum()
        # What holds everything back, whatever else may go on.
        self._halted = False

    def report(self) -> Report:
        """Runs all steps. Raises only what concerns the run as a whole: no token, the wrong tenant."""
        units: list[Unit] = []
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
        report = Report(self._outcomes, *self._sum, seen={**self._limits.seen, **self._seen})
        if self._limits.orphans:
            self._look_for_orphans(units, report)
        return report

    def _look_for_orphans(self, units: Sequence[Unit], report: Report) -> None:
        from ansible_collections.powerops.powerplatform.plugins.module_utils._orphans import orphans

        try:
            report.orphans = orphans(units, self._references.directory())
        except (PowerPlatformError, *UNFORESEEN) as error:
            report.orphans_error = error if isinstance(error, PowerPlatformError) else unforeseen(error)

    def _declare(self) -> None:
        for index, request in enumerate(self._requests):
            with self._noting(index):
                declaration = request.kind.parse(request.options)
                _require_names(request.kind, declaration)
                self._declarations[index] = declaration
                self._client.hide(request.kind.secrets(declaration))
        self._halted = not self._auditing and any(outcome.error for outcome in self._outcomes)

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
                if self._outcomes[index].error is None or self._limits.go_on
            ]
        )

    def _bind(self) -> list[Unit]:
        """Declarations of one thing become one unit, however the thing was named."""
        units: dict[tuple[object, ...], Unit] = {}
        together = Together()
        for index, declaration in self._declarations.items():
            outcome, kind = self._outcomes[index], self._requests[index].kind
            if outcome.error:
                # Nothing else shall be done to its thing, which has to be known for that.
                if self._limits.go_on:
                    with suppress(PowerPlatformError):
                        outcome.target = self._references.target(kind, declaration, self._callers[kind.service])
                self._note_lost(outcome, kind)
                continue
            with self._noting(index):
                caller = self._callers[kind.service]
                outcome.environment = self._references.environment(kind, declaration)
                target = outcome.target = self._references.target(kind, declaration, caller)
                outcome.renamed = renaming(kind, declaration, target)
                together.check_view(index, kind, target)
                desired = kind.bind(declaration, target, self._references.principal, caller)
                together.check_claims(index, kind, desired)
                known = units.setdefault((kind.name, *target.key), Unit(kind, target, desired, self._limits.accepted))
                if known.parts:
                    known.desired = merged(known, desired, index)
                known.parts.append((outcome, desired))
            if outcome.error:
                self._note_lost(outcome, kind)
        return list(units.values())

    def _note_lost(self, outcome: Outcome, kind: AnyKind) -> None:
        if outcome.target:
            self._lost.setdefault((kind.thing_type.option, *outcome.target.key), []).append(outcome)

    def _observe(self, units: Sequence[Unit]) -> None:
        """Reads each document once, then asks the directory once about all principals that a plan is unsure of."""
        documents = list(_grouped([unit for unit in units if unit.open], lambda unit: unit.document))
        each(self._progress.through("read", self._read, len(documents)), documents)
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
            self._count(sharing[-1])

    def _count(self, unit: Unit) -> None:
        """Notes how long a list is. IncompleteListingError for one that is suddenly half as long as last time."""
        entries = unit.kind.entries(unit.current)
        if entries is None:
            return
        path = f"{unit.kind.document}: {unit.kind.path(unit.target)}"
        before = self._limits.seen.get(path, 0)
        if has_shrunk(before, entries):
            # What is not believed is nothing to compare with next time.
            raise IncompleteListingError(
                f"{path} has {entries} entries, and had {before} when it was last read: it may not be whole.",
                remedy="Look at it. If so many went, run once without previous_report.",
            )
        self._seen[path] = entries

    def _plan(self, units: Sequence[Unit]) -> None:
        for sharing in _grouped(units, lambda unit: unit.thing):
            self._plan_thing(sharing)
        planned = [unit for unit in units if unit.open]
        self._sum = sum_of(planned)
        if not self._auditing:
            for unit, refusal in refusals(planned, self._sum, self._limits):
                with self._noting(*(outcome.index for outcome in unit.outcomes)):
                    raise refusal

    def _plan_thing(self, sharing: Sequence[Unit]) -> None:
        """Plans the units of one thing, each on what those before it will have done."""
        earlier: list[Unit] = []
        failed: Unit | None = None
        for unit in sharing:
            if failed and not self._auditing:
                unit.leave(beside(failed))
            elif unit.open:
                with self._noting(*(outcome.index for outcome in unit.outcomes)):
                    self._plan_unit(unit, earlier)
            failed = failed or (None if unit.open else unit)
        lost = failed.outcomes if failed else self._lost.get(sharing[0].thing, ())
        if lost and self._limits.go_on:
            self._drop(sharing, [outcome.index for outcome in lost])

    def _drop(self, sharing: Sequence[Unit], lost: Sequence[int]) -> None:
        """Leaves a thing alone of which one declaration failed, while others go on."""
        for unit in sharing:
            if unit.open:
                unit.plan = None
                unit.leave(same_thing(lost))
                for outcome in unit.outcomes:
                    outcome.plan = None

    def _plan_unit(self, unit: Unit, earlier: list[Unit]) -> None:
        """Plans one unit on what `earlier` ones of its thing will have done; joins them if it changes anything."""
        for before in earlier:
            if before.planned.action == DELETE:
                raise gone(before, unit)
            if before.document == unit.document:
                unit.current = before.kind.outlook(unit.current, before.planned.change)
            made = Aftermath() if before.planned.action == CREATE else None
            aftermath = before.kind.unsettles(before.planned.change) or made
            if aftermath:
                unit.current = unit.kind.guessed(unit.current, aftermath)
            unit.follows = unit.follows or before.document == unit.document or bool(aftermath)
        plan = unit.make_plan()
        if not self._auditing:
            if plan.forbidden:
                raise plan.forbidden
            if plan.refusal and (self._limits.strict or self._limits.go_on):
                raise GuardError(plan.refusal)
            check_own(unit, (self._declarations[outcome.index].max_removals for outcome in unit.outcomes))
        if plan.change is not None:
            earlier.append(unit)

    def _conclude(self, units: Sequence[Unit]) -> None:
        """The end of a read-only run: what would be done."""
        for unit in units:
            if unit.plan and unit.open:
                if unit.plan.refusal and not self._auditing:
                    settle(unit, changed=False, status=FAILED, error=GuardError(unit.plan.refusal))
                else:
                    settle(unit, changed=unit.plan.action != NONE, status=PLANNED if unit.plan.differences else OK)

    def _apply(self, units: Sequence[Unit]) -> None:
        """One thing after the other in each thread, the kinds of one thing by rank."""
        from ansible_collections.powerops.powerplatform.plugins.module_utils._apply import Applying

        things = list(_grouped([unit for unit in units if unit.plan and unit.open], lambda unit: unit.thing))
        total = sum(any(unit.planned.change is not None for unit in thing) for thing in things)
        applying = Applying(self._client, self._limits.verify_delays, go_on=self._limits.go_on)
        for outcome in self._outcomes:
            applying.note_failure(outcome)
        work = self._progress.through("write", applying.bring, total)
        turns: dict[tuple[bool, int], list[list[Unit]]] = {}
        for thing in things:
            turns.setdefault(_turn(thing), []).append(thing)
        for turn in sorted(turns):
            applying.all(turns[turn], work)

    def _may_go_on(self) -> bool:
        """A converge stops at the first step that left an error, unless it may go on; an audit always goes on."""
        if self._halted:
            return False
        return self._auditing or self._limits.go_on or not any(outcome.blocking for outcome in self._outcomes)

    def _say_why_skipped(self) -> None:
        failed = numbered([outcome.index for outcome in self._outcomes if outcome.status == FAILED])
        for outcome in self._outcomes:
            if outcome.status == SKIPPED and not outcome.reason:
                outcome.reason = f"Not attempted, because of {failed}."

    @contextmanager
    def _noting(self, *indexes: int) -> Iterator[None]:
        """Leaves an error of the block in the outcomes of these declarations."""
        try:
            yield
        except (PowerPlatformError, *UNFORESEEN) as error:
            told = error if isinstance(error, PowerPlatformError) else unforeseen(error)
            self._halted = self._halted or (not self._auditing and isinstance(told, (ContradictionError, LimitError)))
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


def renaming(kind: AnyKind, declaration: Any, target: Target) -> Json | None:
    """Where things are called otherwise than the declaration says: never followed, only reported."""
    option = kind.thing_type.option
    pairs = {"environment_display_name": (declaration.environment_display_name, target.environment.name)}
    if target.exists:
        pairs[f"{option}_display_name"] = (declaration.display_name, target.thing.name)
    renamed = {name: {"declared": said, "actual": now} for name, (said, now) in pairs.items() if said and said != now}
    return renamed or None


def _turn(thing: Sequence[Unit]) -> tuple[bool, int]:
    """When a thing has its turn: before those that may refer to it, and if it is to go, after them."""
    wave = min(unit.kind.wave for unit in thing)
    goes = any(unit.planned.action == DELETE for unit in thing)
    return goes, -wave if goes else wave


def _grouped(units: Sequence[Unit], key: Callable[[Unit], tuple[object, ...]]) -> Iterable[list[Unit]]:
    """The units that have something in common, by the rank of their kinds."""
    groups: dict[tuple[object, ...], list[Unit]] = {}
    for unit in units:
        groups.setdefault(key(unit), []).append(unit)
    return [sorted(group, key=lambda unit: unit.kind.rank) for group in groups.values()]
