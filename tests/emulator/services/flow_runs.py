# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow RP: runs, their actions, triggers, callback addresses (flow-management.md 5.1, 5.8, 5.19 and 6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..flow_model import Flow, FlowRun
from ..model import Environment
from ..paging import listing, page_of
from . import flow_definitions, flow_run_shapes, flow_shapes
from .base import Service
from .clock import now
from .flow_access import ADMIN, MAKER, FlowAccess, on

PAGE = 50
TERMINAL = frozenset({"Succeeded", "Skipped", "Cancelled", "Failed", "Faulted", "TimedOut", "Aborted", "Ignored"})
_CLAUSE = re.compile(r"\s*(?P<member>\w+)\s+(?P<word>eq|ge|gt|le|lt)\s+(?P<value>'[^']*'|\S+)\s*", re.IGNORECASE)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda held, wanted: bool(held == wanted),
    "ge": lambda held, wanted: bool(held >= wanted),
    "gt": lambda held, wanted: bool(held > wanted),
    "le": lambda held, wanted: bool(held <= wanted),
    "lt": lambda held, wanted: bool(held < wanted),
}


class FlowRuns:
    """Adds its routes to those of the service. ASSUMED: runs and addresses are for owners, not for run-only users."""

    def __init__(self, service: Service, access: FlowAccess) -> None:
        self.world = service.world
        self.state = service.state
        add = service.routes.add
        edit = access.editable_flow
        for prefix, read, own in (
            (ADMIN, access.admin_flow, access.admin_flow),
            (MAKER, access.maker_flow, access.editable_flow),
        ):
            one = f"{prefix}/flows/{{}}"
            add("GET", f"{one}/triggers", on(read, self._triggers))
            add("GET", f"{one}/runs", on(own, self._list))
            add("GET", f"{one}/runs/{{}}", on(own, self._get))
            add("GET", f"{one}/runs/{{}}/actions", on(own, self._actions))
        mine = f"{MAKER}/flows/{{}}"
        add("POST", f"{mine}/runs/{{}}/cancel", on(edit, self._cancel))
        add("POST", f"{mine}/triggers/{{}}/histories/{{}}/resubmit", on(edit, self._resubmit))
        add("POST", f"{mine}/triggers/{{}}/listCallbackUrl", on(edit, self._callback))

    # -- runs --------------------------------------------------------------------------------------------------------

    def _list(self, call: Call, environment: Environment, item: Flow) -> Reply:
        seen = self.state.seen(environment.flows, item)
        test = _test(call.query.get("$filter") or "")
        found = [run for run in seen.runs.values() if test(run)]
        found.sort(key=lambda run: moment(run.start), reverse=True)
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        shapes = [flow_run_shapes.run(environment, seen, run) for run in chosen]
        for run in chosen:
            _settle(run)
        return Reply(200, listing(shapes, link))

    def _get(self, call: Call, environment: Environment, item: Flow, name: str) -> Reply:
        seen = self.state.seen(environment.flows, item)
        run = _run(seen, name)
        actions = "properties/actions" in (call.query.get("$expand") or "").lower().split(",")
        shape = flow_run_shapes.run(environment, seen, run, actions=actions)
        _settle(run)
        return Reply(200, shape)

    def _actions(self, call: Call, environment: Environment, item: Flow, name: str) -> Reply:
        seen = self.state.seen(environment.flows, item)
        run = _run(seen, name)
        found = list(flow_run_shapes.actions(environment, seen, run))
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        return Reply(200, listing(list(chosen), link))

    def _cancel(self, _unused: Call, environment: Environment, item: Flow, name: str) -> Reply:
        """Asynchronous: one read still shows `Cancelling`."""
        run = _run(item, name)
        if run.status in TERMINAL:  # ASSUMED: 400, of the 4xx that the contract assumes
            text = f"The workflow run '{run.id}' has ended with the status '{run.status}' and cannot be cancelled."
            raise ServiceError(400, envelopes.RUN_FINISHED, text)
        if run.status != "Cancelling":
            self.state.before(environment.flows, item.id)
            run.status, run.then, run.reads = "Cancelling", "Cancelled", 1
        return Reply(200)

    def _resubmit(self, _unused: Call, environment: Environment, item: Flow, trigger: str, name: str) -> Reply:
        """Each call starts another run. ASSUMED: the state of the flow does not matter; one read shows it running."""
        _need_trigger(item, trigger)
        run = _run(item, name)
        self.state.before(environment.flows, item.id)
        fresh = FlowRun(_next_name(item), "Running", now(), trigger=trigger, origin=run.origin or run.id)
        fresh.then, fresh.reads = item.outcome, 1
        item.runs[fresh.id] = fresh
        return Reply(202)

    # -- triggers ----------------------------------------------------------------------------------------------------

    def _triggers(self, _unused: Call, environment: Environment, item: Flow) -> Reply:
        return Reply(200, {"value": [flow_shapes.trigger(environment, self.state.seen(environment.flows, item))]})

    def _callback(self, _unused: Call, _environment: Environment, item: Flow, trigger: str) -> Reply:
        _need_trigger(item, trigger)
        if not flow_definitions.takes_calls(item):
            raise _no_trigger(trigger)
        return Reply(200, {"response": flow_shapes.callback(item)})


# -- runs ------------------------------------------------------------------------------------------------------------


def _run(item: Flow, name: str) -> FlowRun:
    run = item.runs.get(name)
    if run is None:
        raise _nested("WorkflowRunNotFound", f"The workflow run '{name}' could not be found.")
    return run


def _settle(run: FlowRun) -> None:
    """A read went by: what is under way gets on. It is no change of the tenant, time did it."""
    if run.then is None:
        return
    run.reads -= 1
    if run.reads <= 0:
        run.status, run.then = run.then, None
        run.end = now() if run.status in TERMINAL else None
        if run.status in ("Failed", "TimedOut"):
            run.code = run.code or "ActionFailed"


def _next_name(item: Flow) -> str:
    """ASSUMED: names fall as time goes on, so that by name, too, the newest comes first."""
    least = min((int(name[:20]) for name in item.runs if name[:20].isdigit()), default=8585000000000000000)
    return f"{least - 1:020d}{'':0>12}CU01"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# -- $filter ---------------------------------------------------------------------------------------------------------


def _test(text: str) -> Callable[[FlowRun], bool]:
    """`status eq 'X'` and comparisons of `startTime`, joined by ` and `. ASSUMED: anything else is refused."""
    clauses = [_clause(part) for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE) if part]
    return lambda run: all(clause(run) for clause in clauses)


def _clause(text: str) -> Callable[[FlowRun], bool]:
    match = _CLAUSE.fullmatch(text)
    member = match["member"].lower() if match else ""
    if match is None or member not in ("status", "starttime"):
        raise ServiceError(400, envelopes.BAD_RUN_FILTER, f"The filter '{text}' is not supported.")
    word, value = match["word"].lower(), match["value"].strip("'")
    if member == "status":
        if word != "eq":
            raise ServiceError(400, envelopes.BAD_RUN_FILTER, f"The filter '{text}' is not supported.")
        return lambda run: run.status == value
    try:
        wanted = moment(value)
    except ValueError:
        raise ServiceError(400, envelopes.BAD_RUN_FILTER, f"The time '{value}' is not valid.") from None
    if wanted.tzinfo is None:
        raise ServiceError(400, envelopes.BAD_RUN_FILTER, f"The time '{value}' has no offset.")
    return lambda run: _ORDER[word](moment(run.start), wanted)


# -- errors ----------------------------------------------------------------------------------------------------------


def _need_trigger(item: Flow, name: str) -> None:
    if name.lower() != flow_definitions.trigger_name(item).lower():
        raise _no_trigger(name)


def _no_trigger(name: str) -> ServiceError:
    return _nested("WorkflowTriggerNotFound", f"The workflow trigger '{name}' could not be found.")


def _nested(code: str, message: str) -> ServiceError:
    """The real code stands inside of the text (4.4)."""
    inner = json.dumps({"error": {"code": code, "message": message}}, separators=(",", ":"))
    text = f"Request to Azure Resource Manager failed with error: '{inner}'."
    return ServiceError(404, "AzureResourceManagerRequestFailed", text)
