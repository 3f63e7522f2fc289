# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writing half of a run: apply, then verify by reading back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    ConflictError,
    GuardError,
    ItemsRefusedError,
    LostAnswerError,
    NotFoundError,
    PowerPlatformError,
    ServiceError,
    ServiceUnavailableError,
    TransportError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import substance
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import CREATE, DELETE, Plan, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import each
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, Outcome
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import (
    UNFORESEEN,
    Unit,
    beside,
    settle,
    unforeseen,
)

# A write takes its own time and that of looking at it; whoever begins one has to have that left.
_RESERVE = 30.0
# Of a short deadline not all of it.
_SHARE = 4


class Applying:
    """Brings things to their planned state, several at a time. The units of one thing go one after the other.

    go_on: whether other things are begun after a failure. verify_delays: seconds before each further look at a write
    that is not visible yet.
    """

    def __init__(self, client: Client, verify_delays: Sequence[float], *, go_on: bool) -> None:
        self._client = client
        self._verify_delays = verify_delays
        self._go_on = go_on
        self._failed = False
        # Items that failed, by the ids of their things: what refers to one of these has to wait for it.
        self._lost: dict[str, int] = {}
        self._reserve = min(_RESERVE, client.remaining() / _SHARE)

    def all(self, things: Sequence[Sequence[Unit]], work: Callable[[Sequence[Unit]], None]) -> None:
        """Brings all of them there. work: `bring`, or what calls it. The units of each come by their ranks."""
        changing = []
        for sharing in things:
            if any(unit.planned.change is not None for unit in sharing):
                changing.append(sharing)
            else:  # what needs no request needs no thread either
                self.bring(sharing)
        each(work, changing)

    def bring(self, sharing: Sequence[Unit]) -> None:
        """Brings one thing there. After a failure no further write to it is begun."""
        failed: Unit | None = None
        for unit in sharing:
            if unit.planned.refusal:
                settle(unit, changed=False, status=FAILED, error=GuardError(unit.planned.refusal))
            elif unit.planned.change is None and not unit.follows:
                settle(unit, changed=False, status=OK)
            elif failed:
                unit.leave(beside(failed))
            elif self._failed and not self._go_on:
                continue
            elif self._client.remaining() <= self._reserve:
                unit.leave("Not begun, because the deadline is near. Run again to go on.")
            elif self._go_on and (reason := self._depends(unit)):
                unit.leave(reason)
            else:
                self._try(unit)
            # What is not as declared is not shared either: it may not be what it is taken for.
            failed = failed or (None if unit.open else unit)
            for outcome in unit.outcomes:
                self.note_failure(outcome)
            if failed is None and unit.planned.action == CREATE:
                _hand_on(unit, sharing)

    def note_failure(self, outcome: Outcome) -> None:
        """Keeps in mind what failed, and is therefore not there for others."""
        if outcome.error is not None and outcome.target and outcome.target.thing.id:
            self._lost.setdefault(outcome.target.thing.id.lower(), outcome.index)

    def _depends(self, unit: Unit) -> str:
        """Why a write has to wait for an item that failed; "" where it does not.

        What is to go may be in use by what failed, of which nobody knows whether it still is.
        """
        if not self._lost:
            return ""
        if unit.planned.action == DELETE:
            first = min(self._lost.values())
            return f"Not attempted, because item {first} failed, and what is removed here may still be in use."
        written = canonical(substance(unit.planned.change)).lower()
        for identifier, index in self._lost.items():
            if identifier in written and identifier != unit.target.thing.id.lower():
                return f"Not attempted, because it refers to what item {index} is about, which failed."
        return ""

    def _try(self, unit: Unit) -> None:
        try:
            _bring(self._client, unit, self._verify_delays)
        except UNFORESEEN as error:
            settle(unit, changed=True, status=FAILED, error=unforeseen(error), verified=False)
        self._failed = self._failed or not unit.open


def _hand_on(made: Unit, sharing: Sequence[Unit]) -> None:
    """Tells the other units of a thing what it is, now that it is there."""
    target = made.kind.made(made.target, made.current)
    for unit in sharing:
        if unit is not made:
            unit.retarget(target)


def _bring(client: Client, unit: Unit, verify_delays: Sequence[float]) -> None:
    """Writes what was planned; what was planned on an earlier write is planned again on what that one did."""
    if unit.follows:
        try:
            _plan_on_fact(client, unit, verify_delays)
        except PowerPlatformError as error:
            settle(unit, changed=False, status=FAILED, error=error)
            return
    if unit.planned.refusal:
        settle(unit, changed=False, status=FAILED, error=GuardError(unit.planned.refusal))
    elif unit.planned.change is None:
        settle(unit, changed=False, status=OK)
    else:
        _write(client, unit, verify_delays)


def _plan_on_fact(client: Client, unit: Unit, verify_delays: Sequence[float]) -> None:
    """Plans on what is there after an earlier write, once that write is visible in it.

    TransportError when it does not become visible: then nothing may be concluded, and least of all a removal.
    """
    expected, foreseen = unit.current, _removals(unit.planned)
    reason = ""
    for delay in (0.0, *verify_delays):
        if delay:
            client.wait(delay)
        try:
            unit.current = unit.kind.informed(unit.kind.read(client, unit.target), unit.states)
            unit.make_plan()
        except (GuardError, NotFoundError) as error:
            reason = error.message
            continue
        seen = unit.kind.agrees(expected, unit.current)
        unforeseen_removals = _removals(unit.planned) - foreseen
        if seen and not unforeseen_removals:
            return
        reason = "It is not as it was planned to be by then."
        if seen:
            names = sorted(item.name for item in unit.planned.differences if item.id in unforeseen_removals)
            reason = f"It would now be removed what nobody could foresee: {', '.join(names)}."
    raise TransportError(
        f"What was written to {_name(unit)} before is not visible in time, so that nothing more was written. {reason}",
        remedy=_again(unit),
    )


def _removals(plan: Plan[Any]) -> set[str]:
    """What is taken away. Where nothing goes as a whole, it is what is lowered that a plan counts as a removal."""
    return {item.id for item in plan.differences if item.after is None or (plan.removals and item.before)}


def _write(client: Client, unit: Unit, verify_delays: Sequence[float]) -> None:
    lost: PowerPlatformError | None = None
    try:
        _send(client, unit)
    except (LostAnswerError, ServiceUnavailableError) as error:
        error.remedy = f"{error.remedy} {_again(unit)}".strip()
        lost = error
    except PowerPlatformError as error:
        settle(unit, changed=_has_changed(client, unit, error), status=FAILED, error=error)
        return
    if lost is None and not unit.kind.awaited(unit.planned.change):
        settle(unit, changed=True, status=CHANGED, verified=False)
        return
    try:
        left = _left(client, unit, verify_delays)
    except PowerPlatformError as error:
        settle(unit, changed=True, status=FAILED, error=lost or _not_read_back(unit, error), verified=False)
        return
    if left.refusal:
        settle(unit, changed=True, status=FAILED, error=lost or GuardError(left.refusal), verified=not left.differences)
    elif left.differences:
        settle(unit, changed=True, status=FAILED, error=lost or _not_visible(unit), verified=False)
    else:
        settle(unit, changed=True, status=CHANGED, verified=True)
    _show(unit, left)


def _send(client: Client, unit: Unit) -> None:
    """Sends the change; where somebody was faster, it is planned once more on what that one did."""
    try:
        unit.kind.apply(client, unit.target, unit.planned.change)
    except ConflictError as error:
        if error.uncertain:  # it may be what an earlier attempt of this very write has made of it
            raise LostAnswerError(error.message, remedy=error.remedy) from error
        foreseen = _removals(unit.planned)
        unit.current = unit.kind.informed(unit.kind.read(client, unit.target), unit.states)
        if not _removals(unit.make_plan()) <= foreseen:
            raise
        if unit.planned.change is not None:
            unit.kind.apply(client, unit.target, unit.planned.change)


def _show(unit: Unit, seen: Plan[Any]) -> None:
    """Lets the outcomes show the thing as it was read after the write."""
    for outcome in unit.outcomes:
        outcome.seen = seen


def _left(client: Client, unit: Unit, verify_delays: Sequence[float]) -> Plan[Any]:
    """What is left to do by fresh reads: the plan of the first one that finds nothing, else of the last one."""
    left: Plan[Any] | None = None
    missing: NotFoundError | None = None
    for delay in (0.0, *verify_delays):
        if delay:
            client.wait(delay)
        try:
            left, missing = _plan_again(client, unit), None
        except NotFoundError as error:  # what was made a moment ago is not everywhere yet
            missing = error
            continue
        if not left.differences:
            break
    if missing or left is None:
        raise missing or PowerPlatformError("Nothing was read back.")
    return left


def _plan_again(client: Client, unit: Unit) -> Plan[Any]:
    """What is left to do, by a fresh read; what the directory said before the write goes on to count."""
    unit.current = unit.kind.informed(unit.kind.read(client, unit.target), unit.states)
    return unit.kind.plan(unit.kind.written(client, unit.desired, unit.planned.change), unit.current)


def _has_changed(client: Client, unit: Unit, error: PowerPlatformError) -> bool:
    """Whether a write that failed had an effect all the same. When that cannot be read, it counts as one."""
    if isinstance(error, UnfinishedError) and error.uncertain:
        return True
    if unit.planned.writes == 1 and not isinstance(error, (ServiceError, UnfinishedError)):
        return False  # no service took it: a write that may have arrived is a LostAnswerError
    try:
        now = _plan_again(client, unit)
    except PowerPlatformError:
        return unit.planned.writes > 1 or isinstance(error, ItemsRefusedError) or getattr(error, "uncertain", True)
    if now.before != unit.planned.before or _moved(unit.planned, now):
        _show(unit, now)
        return True
    # What the service says was done counts, even where a read does not show it yet.
    return isinstance(error, ItemsRefusedError) and error.done > 0


def _moved(planned: Plan[Any], now: Plan[Any]) -> bool:
    """Whether what a difference was about is another by now, as with a role that is no option of the kind."""
    seen = {item.id: item.before for item in now.differences}
    return any(item.id in seen and seen[item.id] != item.before for item in planned.differences)


def _not_visible(unit: Unit) -> PowerPlatformError:
    return TransportError(
        f"The service accepted the change to {_name(unit)}, but its effect was not visible in time.",
        remedy=_again(unit),
    )


def _not_read_back(unit: Unit, error: PowerPlatformError) -> PowerPlatformError:
    """The same error with what it means here. A copy, for one failed login is raised in every thread."""
    told = type(error).__new__(type(error), *error.args)
    vars(told).update(
        vars(error),
        message=f"The change to {_name(unit)} was sent, but could not be read back: {error.message}",
        remedy=f"{error.remedy} {_again(unit)}".strip(),
    )
    return told


def _name(unit: Unit) -> str:
    return unit.target.thing.name or unit.target.thing.id


def _again(unit: Unit) -> str:
    if unit.kind.rerun_safe(unit.planned.change):
        return "Running again is safe: it reads first, and writes only what is still missing."
    return "Look at it before running again: a repeated write may do it twice."
