# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of a flow, cancelled or started again (contract: flow-management.md 5.1, 5.19 and 6).

Neither is repeated on its own: after an answer that was lost, the runs are read back first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow_runs
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    LostAnswerError,
    NotFoundError,
    PowerPlatformError,
    ServiceError,
    ServiceUnavailableError,
    TransportError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_run_steps import (
    CANCEL,
    STATE_CANCELLED,
    STATE_RESUBMITTED,
    Step,
    Wanted,
    acting,
    check_number,
    check_single,
    choose_trigger,
    parse_wanted,
    plan_cancel,
    plan_resubmit,
    report,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_runs import (
    CANCELLED,
    FINDING,
    SELECTION_OPTIONS,
    Run,
    Selection,
    as_run,
    flow_of_task,
    flow_options,
    head,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._times import read_time
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing

_AGAIN = "Running again is safe: it reads first."
_LOOK = "Look at the newest runs of the flow before running again: a repeated resubmission may start it twice."


class FlowRun(ActionKind):
    """One run, or those of a selection."""

    name = "flow_run"
    thing_type = FLOW
    options: Mapping[str, Json] = {
        **flow_options(as_admin=False),
        "state": {"type": "str", "choices": [STATE_CANCELLED, STATE_RESUBMITTED], "required": True},
        "run": {"type": "str"},
        **SELECTION_OPTIONS,
        "max_runs": {"type": "int", "default": 20},
        "trigger_name": {"type": "str"},
    }
    constraints: Mapping[str, Any] = {"mutually_exclusive": [("run", option) for option in SELECTION_OPTIONS]}
    operations = (
        *FINDING,
        flow_runs.LIST_FLOW_RUNS,
        flow_runs.GET_FLOW_RUN,
        flow_runs.LIST_FLOW_TRIGGERS,
        flow_runs.CANCEL_FLOW_RUN,
        flow_runs.RESUBMIT_FLOW,
    )

    def act(self, client: Client, options: Mapping[str, Any]) -> Json:
        wanted = parse_wanted(options)
        target = flow_of_task(client, options, flow_runs.CANCEL_FLOW_RUN, flow_runs.RESUBMIT_FLOW, as_admin=False)
        work = _Work(client, target, self.verify_delays)
        if wanted.action == CANCEL:
            steps = plan_cancel(work.chosen(wanted))
            check_number(steps, wanted.max_runs)
            if not client.read_only:
                work.cancel(acting(steps))
        else:
            known = work.known(wanted)
            steps = plan_resubmit(known.chosen, known.listing, known.trigger)
            check_number(steps, wanted.max_runs)
            if not client.read_only:
                work.resubmit(acting(steps), known)
        return {**head(target, options), **report(steps, target, planned=client.read_only)}


class _Known(NamedTuple):
    """What is known before runs are resubmitted. listing: all runs since the oldest of the chosen ones."""

    chosen: Sequence[Run]
    listing: Sequence[Run]
    trigger: str


class _Work:
    """What is read and sent for one flow."""

    def __init__(self, client: Client, target: Target, delays: Sequence[float]) -> None:
        self._client = client
        self._environment, self._flow = target.environment.id, target.thing.id
        self._delays = delays

    # -- reading -----------------------------------------------------------------------------------------------------

    def chosen(self, wanted: Wanted) -> list[Run]:
        """The runs that are meant. UnknownReferenceError for a single one that is not there."""
        if wanted.run is None:
            return [run for run in self._list(wanted.selection) if wanted.selection.takes(run)]
        try:
            return [self._get(wanted.run)]
        except NotFoundError as error:
            raise UnknownReferenceError(
                "run",
                "the flow has no such run, or no longer: its history reaches back for 28 days.",
                value=wanted.run,
                remedy="Take the id from flow_run_info.",
            ) from error

    def known(self, wanted: Wanted) -> _Known:
        """What resubmitting is planned on, runs included that are later than the window: they may repeat others."""
        names = [as_thing(record).id for record in flow_runs.list_triggers(self._client, self._environment, self._flow)]
        trigger = choose_trigger(wanted.trigger, names)
        if wanted.run is None:
            listing = self._list(Selection(after=wanted.selection.after))
            return _Known([run for run in listing if wanted.selection.takes(run)], listing, trigger)
        [run] = self.chosen(wanted)
        check_single(run, trigger)
        listing = self._list(Selection(after=read_time(run.start or "")))
        return _Known([run], listing if any(other.id == run.id for other in listing) else [*listing, run], trigger)

    def _list(self, selection: Selection) -> list[Run]:
        where = selection.where
        records = flow_runs.list_runs(self._client, self._environment, self._flow, as_admin=False, where=where)
        return [as_run(record) for record in records]

    def _get(self, run: str) -> Run:
        return as_run(flow_runs.get_run(self._client, self._environment, self._flow, run))

    # -- cancelling --------------------------------------------------------------------------------------------------

    def cancel(self, steps: Sequence[Step]) -> None:
        """Cancels one run after the other, then waits for the end of all. The first failure ends the sending."""
        sent: list[Step] = []
        for index, step in enumerate(steps):
            try:
                flow_runs.cancel_run(self._client, self._environment, self._flow, step.run.id)
                sent.append(step)
            except (LostAnswerError, ServiceUnavailableError) as error:
                self._await_end([step])
                if step.error:
                    error.remedy = f"{error.remedy} {_AGAIN}".strip()
                    step.fail(error, changed=True)
            except PowerPlatformError as error:
                self._not_cancelled(step, error)
            if step.error:
                _leave(steps[index + 1 :], step)
                break
        self._await_end(sent)

    def _not_cancelled(self, step: Step, error: PowerPlatformError) -> None:
        """A run that ended by itself between the reading and the writing is as wanted."""
        try:
            now = self._get(step.run.id) if isinstance(error, ServiceError) else step.run
        except PowerPlatformError:
            now = step.run
        if now.ended:
            step.leave(f"It has ended meanwhile: {now.status}.")
            step.new = now
        else:
            step.fail(error, changed=False)

    def _await_end(self, steps: Sequence[Step]) -> None:
        """Reads runs that were cancelled until they have ended, for a while."""
        last: PowerPlatformError = TransportError(
            "The service accepted to cancel the run, but it had not ended in time.",
            remedy=f"It may end later. {_AGAIN}",
        )
        pending = list(steps)
        try:
            for delay in (0.0, *self._delays):
                if delay and pending:
                    self._client.wait(delay)
                for step in pending:
                    step.new = self._get(step.run.id)
                    if step.new.ended:
                        _settle_cancelled(step, step.new)
                pending = [step for step in pending if not step.new or not step.new.ended]
        except PowerPlatformError as error:
            last = _not_read_back(error, _AGAIN)
        for step in pending:
            if not step.new or not step.new.ended:
                step.fail(last, changed=True)

    # -- resubmitting ------------------------------------------------------------------------------------------------

    def resubmit(self, steps: Sequence[Step], known: _Known) -> None:
        """Resubmits one run after the other, then looks for the new ones. The first failure ends the sending."""
        sent: list[Step] = []
        for index, step in enumerate(steps):
            try:
                flow_runs.resubmit_run(self._client, self._environment, self._flow, known.trigger, step.run.id)
                sent.append(step)
            except (LostAnswerError, ServiceUnavailableError) as error:
                self._await_new([step], known)
                if step.error:
                    error.remedy = f"{error.remedy} {_LOOK}".strip()
                    step.fail(error, changed=True)
            except PowerPlatformError as error:
                step.fail(error, changed=False)
            if step.error:
                _leave(steps[index + 1 :], step)
                break
        self._await_new(sent, known)

    def _await_new(self, steps: Sequence[Step], known: _Known) -> None:
        """Lists runs until each of these has one that repeats it and was not there before, for a while."""
        last: PowerPlatformError = TransportError(
            "The service accepted to resubmit the run, but no run that repeats it was to be seen in time.", remedy=_LOOK
        )
        before = {run.id for run in known.listing}
        starts = [start for run in known.listing if (start := read_time(run.start or ""))]
        since = Selection(after=max(starts, default=None))
        pending = list(steps)
        try:
            for delay in (0.0, *self._delays):
                if not pending:
                    break
                if delay:
                    self._client.wait(delay)
                new = [run for run in self._list(since) if run.id not in before]
                for step in pending:
                    found = [run for run in new if run.origin in step.run.lineage]
                    if found:
                        step.settle(found[0])
                pending = [step for step in pending if not step.verified]
        except PowerPlatformError as error:
            last = _not_read_back(error, _LOOK)
        for step in pending:
            step.fail(last, changed=True)


def _not_read_back(error: PowerPlatformError, remedy: str) -> PowerPlatformError:
    """The same error with what it means after a write."""
    told = type(error).__new__(type(error), *error.args)
    vars(told).update(
        vars(error),
        message=f"It was sent, but what came of it could not be read: {error.message}",
        remedy=f"{error.remedy} {remedy}".strip(),
    )
    return told


def _settle_cancelled(step: Step, now: Run) -> None:
    """A run that was to be cancelled has ended: by that, or by itself."""
    if same_text(now.status, CANCELLED):
        step.settle(now)
    else:
        step.leave(f"It has ended meanwhile: {now.status}.")
        step.new = now


def _leave(steps: Sequence[Step], failed: Step) -> None:
    for step in steps:
        step.leave(f"Not attempted, because of run {failed.run.id}.")


KIND = FlowRun()
