# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit of work of a run: all declarations of one kind on one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import NOTHING_ACCEPTED, Acceptance
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    PowerPlatformError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import NONE, Json, Plan, Target
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    OK,
    Outcome,
    numbered,
)

# What code raises that meets an answer of a form that nobody has seen before. One of them must not take the report of
# what other threads wrote with it.
UNFORESEEN = (AttributeError, LookupError, TypeError, ValueError)


class Unit:
    """All declarations of one kind on one thing: what is planned and written as one.

    desired: what they declare together. parts: the outcome of each one, with what it declares by itself.
    states: what the directory said of the principals that the kind was unsure of.
    follows: whether it was planned on what an earlier unit of the same thing will have written.
    """

    def __init__(self, kind: AnyKind, target: Target, desired: Any, acceptance: Acceptance = NOTHING_ACCEPTED) -> None:
        self.kind = kind
        self.target = target
        self.desired = desired
        self.parts: list[tuple[Outcome, Any]] = []
        self.current: Any = None
        self.states: Mapping[str, str] = {}
        self.plan: Plan[Any] | None = None
        self.follows = False
        self._acceptance = acceptance

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes of its declarations."""
        return [outcome for outcome, _desired in self.parts]

    def make_plan(self) -> Plan[Any]:
        """Plans on the current state. What was merged is written as one and reported item by item."""
        self.desired, self.plan, accepted = self._plan(self.desired)
        parts = []
        for outcome, desired in self.parts:
            if len(self.parts) == 1:
                own, outcome.plan, taken = self.desired, self.plan, accepted
            else:
                own, outcome.plan, taken = self._plan(desired)
            # What was accepted before is no longer declared, and so no longer found.
            outcome.accepted = list({row["id"]: row for row in (*outcome.accepted, *taken)}.values())
            parts.append((outcome, own))
        self.parts = parts
        return self.plan

    def _plan(self, desired: Any) -> tuple[Any, Plan[Any], list[Json]]:
        """A declaration without what was accepted to be otherwise, its plan, and what was accepted."""
        plan = self.kind.plan(desired, self.current)
        found = [(item, self._acceptance.entry(self.kind.name, item)) for item in plan.differences]
        taken = [item for item, entry in found if entry]
        if not taken:
            return desired, plan, []
        rows = [{**item.as_drift(self.kind.name), "accepted": entry.as_json()} for item, entry in found if entry]
        if len(taken) < len(found):
            desired = self.kind.accept(desired, self.current, taken)
            return desired, self.kind.plan(desired, self.current), rows
        left_alone = plan._replace(
            action=NONE,
            after=plan.before,
            differences=(),
            change=None,
            removals=0,
            writes=0,
            refusal="",
            forbidden=None,
        )
        return desired, left_alone, rows

    def prepare(self, client: Client, once: Once) -> None:
        """Asks the environment what only it can tell of the declarations, once for those that say the same."""
        known = self.desired
        self.desired = self.kind.prepare(client, known, once)
        self.parts = [
            (outcome, self.desired if desired is known else self.kind.prepare(client, desired, once))
            for outcome, desired in self.parts
        ]

    def leave(self, reason: str) -> None:
        """Nothing is done about it, and why."""
        for outcome in self.outcomes:
            outcome.reason = reason

    def retarget(self, target: Target) -> None:
        """From now on it is about the thing as it is after an earlier unit made it."""
        self.target = target
        self.desired = self.desired._replace(target=target)
        self.parts = [(outcome, desired._replace(target=target)) for outcome, desired in self.parts]
        for outcome in self.outcomes:
            outcome.target = target

    @property
    def thing(self) -> tuple[object, ...]:
        """What is told apart by type and identity: the units of one thing are planned and applied together."""
        return (self.kind.thing_type.option, *self.target.key)

    @property
    def document(self) -> tuple[object, ...]:
        """The remote document that it writes."""
        return (self.kind.document, *self.target.key)

    @property
    def planned(self) -> Plan[Any]:
        """The plan, for steps that come after it was made."""
        if self.plan is None:
            raise PowerPlatformError("A step of the engine came before its plan.")
        return self.plan

    @property
    def open(self) -> bool:
        """Whether nothing has gone wrong with it."""
        return all(outcome.error is None for outcome in self.outcomes)


def beside(failed: Unit) -> str:
    """Why a unit is left alone whose thing another one is about, which failed."""
    return same_thing([outcome.index for outcome in failed.outcomes])


def same_thing(indexes: Sequence[int]) -> str:
    """The same, of items that failed."""
    return f"Not attempted, because of {numbered(indexes)}, which is about the same thing."


def settle(
    unit: Unit,
    *,
    changed: bool,
    status: str,
    error: PowerPlatformError | None = None,
    verified: bool | None = None,
) -> None:
    """Notes the end of a unit in the outcomes of its declarations, of which some had nothing to change."""
    for outcome in unit.outcomes:
        if error is None and outcome.plan is not None and not outcome.plan.differences:
            outcome.changed, outcome.status = False, OK
        else:
            # Of what was merged, a part that had nothing to change was not changed by what the others made of it.
            own = changed and (outcome.plan is None or len(unit.parts) == 1 or bool(outcome.plan.differences))
            outcome.changed, outcome.status, outcome.error, outcome.verified = own, status, error, verified


def unforeseen(error: Exception) -> PowerPlatformError:
    """One of UNFORESEEN as an error that can be reported."""
    from traceback import extract_tb

    from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact

    place = extract_tb(error.__traceback__)[-1]
    file = place.filename.rpartition("/")[2]
    what = redact(f"{type(error).__name__}: {error}")
    return UnreadableAnswerError(f"An answer could not be understood: {what} ({file}, line {place.lineno}).")
