# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call may do as a whole, held against its plan before the first write. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import NOTHING_ACCEPTED, Acceptance
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, LimitError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import DELETE, VERIFY_DELAYS, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import Unit

# How many removals a refusal lists by name.
_NAMED = 30
# Of what changes hold: what differs from run to run, or was only read.
_PASSING = frozenset(
    {"deleted", "email", "etag", "modified", "name", "present", "record", "said", "security_enabled", "target"}
    | {"warnings", "written"}
)
_SECRET = frozenset({"secrets", "secret_parameters"})
# A list of fewer entries may lose half of them any day.
_SHORT = 4


class Limits(NamedTuple):
    """What a call may do.

    max_removals, max_changes: totals for the whole call, on top of each declaration's own; -1 for no limit.
    expected_plan: the digest of the plan that was reviewed, "" for any.
    go_on: whether declarations that fail leave the others alone. strict: whether, where they do not, a thing that
    cannot be brought to its declared state holds back the others as well.
    orphans: whether an audit looks for those who left. accepted: differences that stay.
    seen: how many entries each list had last time, by its path.
    verify_delays: seconds before each further look at a write that is not visible yet.
    """

    max_removals: int = 20
    max_changes: int = -1
    expected_plan: str = ""
    go_on: bool = False
    strict: bool = False
    orphans: bool = False
    accepted: Acceptance = NOTHING_ACCEPTED
    seen: Mapping[str, int] = MappingProxyType({})
    verify_delays: Sequence[float] = VERIFY_DELAYS


class Sum(NamedTuple):
    """A plan as a whole: its digest, how many things it changes, how much it takes away, and requests that it takes."""

    digest: str = ""
    changes: int = 0
    removals: int = 0
    writes: int = 0


def sum_of(units: Iterable[Unit]) -> Sum:
    """What the plans of all units make together."""
    plans = [unit.planned for unit in units if unit.plan]
    return Sum(
        _digest_of(units),
        sum(plan.change is not None for plan in plans),
        sum(plan.removals for plan in plans),
        sum(plan.writes for plan in plans),
    )


def _digest_of(units: Iterable[Unit]) -> str:
    """Equal for plans that do the same to the same things, whatever these are called, and in whichever order."""
    rows = []
    for unit in units:
        if unit.plan and unit.plan.change is not None:
            marks = sorted(item.as_drift(unit.kind.name)["fingerprint"] for item in unit.plan.differences)
            rows.append(canonical([unit.kind.name, unit.plan.action, marks, substance(unit.plan.change)]))
    return hashlib.sha256(canonical(sorted(rows)).encode()).hexdigest()


def substance(change: Any) -> Any:
    """What a change writes, as JSON: all of it that is the same in every run that does the same.

    A difference shows what is compared; a definition, or whether somebody is told, need not be. Of secrets, which a
    review need not have, only the names.
    """
    if hasattr(change, "_fields"):
        return {
            field: sorted(value or ()) if field in _SECRET else substance(value)
            for field, value in zip(change._fields, change, strict=True)
            if field not in _PASSING
        }
    if isinstance(change, Mapping):
        return {str(key): substance(value) for key, value in change.items()}
    if isinstance(change, (set, frozenset)):
        return sorted(canonical(substance(value)) for value in change)
    if isinstance(change, (list, tuple)):
        return [substance(value) for value in change]
    return change if change is None or isinstance(change, (str, int, float)) else type(change).__name__


def check_own(unit: Unit, limits: Iterable[int]) -> None:
    """GuardError where a plan takes away more than one of the declarations behind it allows."""
    for limit in limits:
        if 0 <= limit < unit.planned.removals:
            raise GuardError(*_too_many(unit, unit.planned.removals, limit), remedy=_RAISE)


def refusals(units: Sequence[Unit], total: Sum, limits: Limits) -> Iterator[tuple[Unit, LimitError]]:
    """What the limits of the call say against its plan, and of which units. total: of that plan."""
    for unit in units:
        if unit.plan and unit.plan.removals and 0 <= limits.max_removals < total.removals:
            yield unit, LimitError(*_too_many(unit, total.removals, limits.max_removals), remedy=_RAISE)
    changing = [unit for unit in units if unit.plan and unit.plan.change is not None]
    if 0 <= limits.max_changes < total.changes:
        for unit in changing:
            yield (
                unit,
                LimitError(
                    f"The plan changes {total.changes} things, more than max_changes={limits.max_changes}. Nothing was "
                    "changed.",
                    remedy="Look at the plan in check mode; if it is right, raise max_changes; -1 lifts it.",
                ),
            )
    if limits.expected_plan and limits.expected_plan != total.digest:
        for unit in changing:
            yield unit, _other_plan(total.digest, limits.expected_plan)


def _other_plan(digest: str, expected: str) -> LimitError:
    return LimitError(
        f"The plan is not the one that was reviewed: its digest is {digest}, and expected_plan is {expected}. Nothing "
        "was changed.",
        remedy="The tenant or the declarations have changed since. Review what a new run in check mode would do.",
    )


_RAISE = "If they all are to go, raise max_removals; -1 lifts it."


def _too_many(unit: Unit, removals: int, limit: int) -> tuple[str]:
    return (f"The plan removes {removals}, more than max_removals={limit}: {_removed(unit)}. Nothing was changed.",)


def has_shrunk(before: int, now: int) -> bool:
    """Whether a list lost so much since last time that it may not be whole."""
    return before >= _SHORT and now * 2 <= before


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
