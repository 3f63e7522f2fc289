# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of one flow: how the flow is found, which runs are meant, what is told of them (contract: flow-management.md 6).

Links to inputs and outputs of a run are signed, and so secrets: nothing here reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    UnknownReferenceError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import thing_options
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, properties, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._times import (
    read_time,
    time_option,
    utc,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant, as_thing

CANCELLED = "Cancelled"
CANCELLING = "Cancelling"
ENDED = ("Succeeded", "Skipped", CANCELLED, "Failed", "Faulted", "TimedOut", "Aborted", "Ignored")
STATUSES = ("NotSpecified", "Paused", "Running", "Waiting", "Suspended", CANCELLING, *ENDED)

SELECTION_OPTIONS: dict[str, Json] = {
    "status": {"type": "list", "elements": "str", "choices": list(STATUSES)},
    "started_after": {"type": "str"},
    "started_before": {"type": "str"},
}
# What finds environment and flow, in each view.
FINDING_AS_ADMIN = (bap.GET_ENVIRONMENT, bap.LIST_ENVIRONMENTS, flow.GET_FLOW_AS_ADMIN, flow.LIST_FLOWS_AS_ADMIN)
FINDING = (bap.GET_MY_ENVIRONMENT, bap.LIST_MY_ENVIRONMENTS, flow.GET_MY_FLOW, flow.LIST_MY_FLOWS)


class Selection(NamedTuple):
    """Which runs are meant. statuses: empty for all. after, before: the first moment, and the first one too late."""

    statuses: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None

    @property
    def where(self) -> str:
        """The filter that the service applies: it takes one status, so that several are left to `takes`."""
        clauses = [f"status eq '{status}'" for status in self.statuses] if len(self.statuses) == 1 else []
        clauses += [f"startTime ge {utc(self.after)}"] if self.after else []
        clauses += [f"startTime lt {utc(self.before)}"] if self.before else []
        return " and ".join(clauses)

    def takes(self, run: Run) -> bool:
        """Whether a run is meant. The service is not relied on: a filter that it overlooks must not widen a choice."""
        if self.statuses and not any(same_text(run.status, status) for status in self.statuses):
            return False
        if not (self.after or self.before):
            return True
        started = read_time(run.start or "")
        if started is None:
            return False
        return (self.after is None or started >= self.after) and (self.before is None or started < self.before)


class Run(NamedTuple):
    """What the service says of a run. start, end: None where it does not say, as of an end that is still to come.

    origin: the id of the run that this one repeats, "" where it repeats none. error: code and message, None without.
    """

    id: str
    status: str
    start: str | None
    end: str | None
    trigger: str
    code: str
    error: Json | None
    origin: str
    tracking_id: str

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return any(same_text(self.status, status) for status in ENDED)

    @property
    def lineage(self) -> frozenset[str]:
        """The ids under which a run that repeats this one may go: its own, or that of the run that it repeats."""
        return frozenset({self.id, self.origin} - {""})


def flow_options(*, as_admin: bool) -> dict[str, Json]:
    """The options that name the flow; with `as_admin` where there is a choice of views."""
    options = thing_options(FLOW)
    return options if as_admin else {name: spec for name, spec in options.items() if name != "as_admin"}


def parse_selection(options: Mapping[str, Any]) -> Selection:
    """The options of SELECTION_OPTIONS. OptionError for a choice that can never be right."""
    statuses: Sequence[str] | None = options["status"]
    if statuses is not None and not statuses:
        raise OptionError("status", "it is empty.", remedy="Name a status, or leave it out.")
    after, before = (
        None if options[option] is None else time_option(option, options[option])
        for option in ("started_after", "started_before")
    )
    if after and before and after >= before:
        raise OptionError(
            "started_before",
            f"no time lies between started_after, {options['started_after']}, and this one.",
            value=options["started_before"],
            remedy="Give a later one.",
        )
    return Selection(tuple(dict.fromkeys(statuses or ())), after, before)


def flow_of_task(client: Client, options: Mapping[str, Any], *operations: Operation, as_admin: bool) -> Target:
    """The flow that a task names.

    OptionError for a blank name, and TokenError where the token cannot do all of `operations`, before anything is sent;
    then what is wrong with the names.
    """
    for option in ("environment", "flow"):
        if not options[option].strip():
            raise OptionError(option, "it is empty.", value=options[option], remedy="Give an id or a display name.")
    for operation in operations:
        client.require(operation)
    tenant = Tenant(client)
    tenant.prefetch_environments([options["environment"]], as_admin=as_admin)
    environment = tenant.environment(options["environment"], as_admin=as_admin)
    tenant.prefetch_things(FLOW, environment, [options["flow"]], as_admin=as_admin)
    try:
        found = tenant.thing(FLOW, environment, options["flow"], as_admin=as_admin)
    except UnknownReferenceError as error:
        raise error.told() from None
    return Target(environment, found, as_admin)


def head(target: Target, options: Mapping[str, Any]) -> Json:
    """How a result names its flow, and where names are others than the task says: those are reported, not followed."""
    names = {
        "environment_display_name": target.environment.name,
        "flow_display_name": target.thing.name,
    }
    renamed = {
        option: {"declared": options[option], "actual": name}
        for option, name in names.items()
        if options[option] is not None and options[option] != name
    }
    return {
        "environment": target.environment.id,
        "flow": target.thing.id,
        **names,
        **({"renamed": renamed} if renamed else {}),
        "scope": target.scope,
    }


def as_run(record: Any) -> Run:
    """A run of a listing, or one that was asked for. UnreadableAnswerError for what is none."""
    name = as_thing(record).id
    content = properties(record)
    status = content.get("status")
    if not isinstance(status, str) or not status:
        raise UnreadableAnswerError("The service described a run without its status.")
    trigger = _member(content, "trigger")
    origin = _text(trigger, "originHistoryName")
    return Run(
        id=name,
        status=status,
        start=_text(content, "startTime") or None,
        end=_text(content, "endTime") or None,
        trigger=_text(trigger, "name"),
        code=_text(content, "code"),
        error=_error(_member(content, "error")),
        origin="" if origin == name else origin,
        tracking_id=_text(_member(content, "correlation"), "clientTrackingId"),
    )


def as_actions(record: Json) -> list[Json]:
    """What a run that was asked for with its actions says of them, by their start."""
    found = []
    for name, content in _member(properties(record), "actions").items():
        if not isinstance(content, dict):
            raise UnreadableAnswerError("The service described an action of a run in a form that is not known.")
        found.append(
            {
                "action": name,
                "status": _text(content, "status"),
                "code": _text(content, "code"),
                "start_time": _text(content, "startTime") or None,
                "end_time": _text(content, "endTime") or None,
            }
        )
    return sorted(found, key=lambda row: (row["start_time"] or "", row["action"]))


def render(run: Run) -> Json:
    """A run as users see it."""
    return {
        "run": run.id,
        "status": run.status,
        "start_time": run.start,
        "end_time": run.end,
        "trigger_name": run.trigger,
        "code": run.code,
        "error": run.error,
        "resubmitted_from": run.origin or None,
        "tracking_id": run.tracking_id,
    }


def resubmissions(listing: Sequence[Run]) -> dict[str, Run]:
    """By the id of each run of a listing (newest first) that was repeated: the newest run that repeats it.

    Whether a run that repeats a repetition names that one, or the run with which it began, is not established. Either
    is taken for it, so that a run that was repeated is never taken for one that was not.
    """
    newest: dict[str, Run] = {}
    for run in listing:
        if run.origin:
            newest.setdefault(run.origin, run)
    found = {}
    for run in listing:
        other = newest.get(run.id) or newest.get(run.origin)
        if other and other.id != run.id:
            found[run.id] = other
    return found


def _error(content: Json) -> Json | None:
    if not content:
        return None
    return {"code": _text(content, "code"), "message": redact(_text(content, "message"))}


def _member(content: Json, name: str) -> Json:
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _text(content: Json, name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""
