# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done to runs of a flow, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    PowerPlatformError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import NONE, Json, Target, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import error_json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_runs import (
    CANCELLED,
    CANCELLING,
    ENDED,
    Run,
    Selection,
    parse_selection,
    resubmissions,
)

STATE_CANCELLED = "cancelled"
STATE_RESUBMITTED = "resubmitted"
CANCEL = "cancel"
RESUBMIT = "resubmit"
# What a selection without a status means.
_GOING_ON = ("Running", "Waiting", "Paused", "Suspended")
_GONE_WRONG = ("Failed", "TimedOut", "Aborted")


class Wanted(NamedTuple):
    """The options of flow_run. action: CANCEL or RESUBMIT. run: None where a selection says which ones."""

    action: str
    run: str | None
    selection: Selection
    max_runs: int
    trigger: str | None


@dataclass
class Step:
    """What is to be done to one run: CANCEL, RESUBMIT or NONE with a reason; and, once it was tried, what came of it.

    changed: whether something was sent that took effect, or may have. verified: whether that was read back; None where
    nothing was sent. new: the run itself after a cancellation, the new run after a resubmission.
    """

    run: Run
    action: str
    reason: str = ""
    changed: bool = False
    verified: bool | None = None
    new: Run | None = None
    error: PowerPlatformError | None = None

    def leave(self, reason: str) -> None:
        """Nothing is done to the run."""
        self.action, self.reason = NONE, reason

    def settle(self, new: Run) -> None:
        """What was done is there to see."""
        self.changed, self.verified, self.new = True, True, new

    def fail(self, error: PowerPlatformError, *, changed: bool) -> None:
        """It went wrong; `changed` when it took effect all the same, or may have."""
        self.error, self.changed, self.verified = error, changed, False if changed else None
        self.reason = str(error)

    def as_json(self) -> Json:
        """What users see of it."""
        return {
            "run": self.run.id,
            "start_time": self.run.start,
            "status": self.run.status,
            "action": self.action,
            "new_run": self.new.id if self.new and self.action == RESUBMIT else None,
            "new_status": self.new.status if self.new else None,
            "verified": self.verified,
            "reason": self.reason,
        }

    @property
    def before(self) -> str:
        """What a diff shows."""
        return self.run.status

    @property
    def after(self) -> str:
        """The same once it is done; of a failure what is known."""
        if self.action == RESUBMIT:
            return f"{self.run.status}, {'perhaps ' if self.error else ''}resubmitted"
        if self.new:
            return self.new.status
        return "unknown" if self.error else CANCELLED


# -- options ---------------------------------------------------------------------------------------------------------


def parse_wanted(options: Mapping[str, Any]) -> Wanted:
    """OptionError for what can never be right."""
    given = parse_selection(options)
    resubmit = options["state"] == STATE_RESUBMITTED
    run, trigger, max_runs = options["run"], options["trigger_name"], options["max_runs"]
    for option in ("run", "trigger_name"):
        if options[option] is not None and not options[option].strip():
            raise OptionError(option, "it is empty.", value=options[option], remedy="Give one, or leave it out.")
    if trigger is not None and not resubmit:
        raise OptionError(
            "trigger_name",
            "a run is cancelled whatever started it.",
            value=trigger,
            remedy="Leave it out, or set state=resubmitted.",
        )
    if max_runs < -1:
        raise OptionError("max_runs", "it is below -1.", value=max_runs, remedy="Give a number of runs; -1 lifts it.")
    if run is None:
        given = _checked(given, options, resubmit=resubmit)
    return Wanted(RESUBMIT if resubmit else CANCEL, run, given, max_runs, trigger)


def _checked(given: Selection, options: Mapping[str, Any], *, resubmit: bool) -> Selection:
    """The selection with the statuses that it means where it names none."""
    if resubmit:
        _require_window(given, options)
    elif not (given.statuses or given.after or given.before):
        raise OptionError(
            "state",
            "nothing says which runs are meant.",
            value=options["state"],
            remedy="Give run, or any of status, started_after and started_before.",
        )
    wrong = [status for status in given.statuses if (status in ENDED) != resubmit]
    if wrong:
        told = "runs of this status have not ended" if resubmit else "runs of this status have ended"
        raise OptionError(
            "status",
            f"{told}, so that they cannot be {options['state']}.",
            value=wrong[0],
            remedy="Leave it out.",
        )
    return given._replace(statuses=given.statuses or (_GONE_WRONG if resubmit else _GOING_ON))


def _require_window(given: Selection, options: Mapping[str, Any]) -> None:
    """A window that has begun and has ended: no run that is still to come, and may fail as well, is in it."""
    missing = [option for option in ("started_after", "started_before") if options[option] is None]
    if missing:
        raise OptionError(
            missing[0],
            "it is missing, and without it a second run of the task would resubmit what failed meanwhile.",
            remedy="Give run, or both started_after and started_before as fixed times.",
        )
    if given.before and given.before > datetime.now(UTC):
        raise OptionError(
            "started_before",
            "it lies in the future, so that a second run of the task would resubmit what failed meanwhile.",
            value=options["started_before"],
            remedy="Give a time that has passed.",
        )


# -- plan ------------------------------------------------------------------------------------------------------------


def plan_cancel(chosen: Iterable[Run]) -> list[Step]:
    """What cancelling these runs takes."""
    return [_cancelling(run) for run in chosen]


def _cancelling(run: Run) -> Step:
    if run.ended:
        return Step(run, NONE, "It has ended.")
    if same_text(run.status, CANCELLING):
        return Step(run, NONE, "It is being cancelled already.")
    return Step(run, CANCEL)


def plan_resubmit(chosen: Sequence[Run], listing: Sequence[Run], trigger: str) -> list[Step]:
    """What resubmitting these runs takes. listing: all runs since the oldest of them, newest first."""
    repeated = resubmissions(listing)
    steps = [Step(run, RESUBMIT) for run in chosen]
    for step in steps:
        other = repeated.get(step.run.id)
        if other:
            step.leave(f"It was resubmitted already, by run {other.id}.")
        elif step.run.trigger and not same_text(step.run.trigger, trigger):
            step.leave(f"It was started by trigger {step.run.trigger}, not by {trigger}.")
    return steps


def check_single(run: Run, trigger: str) -> None:
    """OptionError for a run that was named and cannot be resubmitted."""
    if not run.ended:
        raise OptionError(
            "run",
            f"it has not ended, its status is {run.status}, so that it cannot be resubmitted.",
            value=run.id,
            remedy="Wait for its end, or cancel it first.",
        )
    if run.trigger and not same_text(run.trigger, trigger):
        raise OptionError(
            "trigger_name",
            f"run {run.id} was started by trigger {run.trigger}.",
            value=trigger,
            remedy="Name that one.",
        )


def check_number(steps: Sequence[Step], limit: int) -> None:
    """GuardError where more is to be done than the task allows."""
    number = len(acting(steps))
    if 0 <= limit < number:
        raise GuardError(
            f"{number} runs match, more than max_runs={limit}. Nothing was changed.",
            remedy="If all of them are meant, raise max_runs; -1 lifts it.",
        )


def choose_trigger(wanted: str | None, names: Sequence[str]) -> str:
    """The trigger that is meant: the one that was named, or the only one that there is."""
    listed = ", ".join(names) or "none"
    if wanted is not None:
        found = [name for name in names if same_text(name, wanted)]
        if not found:
            raise UnknownReferenceError(
                "trigger_name",
                f"the flow has no such trigger; it has: {listed}.",
                value=wanted,
                remedy="Name one of these, or leave it out where there is one alone.",
            )
        return found[0]
    if len(names) != 1:
        raise OptionError(
            "trigger_name",
            f"it is missing, and the flow has not exactly one trigger; it has: {listed}.",
            remedy="Name the one that started the runs.",
        )
    return names[0]


def acting(steps: Iterable[Step]) -> list[Step]:
    """Those by which something is done."""
    return [step for step in steps if step.action != NONE]


# -- report ----------------------------------------------------------------------------------------------------------


def report(steps: Sequence[Step], target: Target, *, planned: bool) -> Json:
    """The part of the answer that tells of the runs. planned: nothing was sent."""
    shown = [step for step in acting(steps) if planned or step.changed]
    answer: Json = {"changed": bool(shown), "runs": [step.as_json() for step in steps]}
    if shown:
        title = f"runs of flow {target.thing.name} ({target.thing.id})"
        answer["diff"] = {
            "before_header": title,
            "after_header": title,
            "before": {step.run.id: step.before for step in shown},
            "after": {step.run.id: step.after for step in shown},
        }
    failed = [step for step in steps if step.error]
    if failed and failed[0].error:
        done = sum(step.changed and not step.error for step in steps)
        answer["error"] = error_json(failed[0].error)
        answer["failure"] = f"{len(failed)} of {len(steps)} runs failed, {done} were changed. {failed[0].reason}"
    return answer
