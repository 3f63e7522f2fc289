# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cloud flow runs (contract: flow-management.md, 4.2 and 5.20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind, thing_options
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    NONE,
    UPDATE,
    Aftermath,
    Caller,
    Difference,
    Json,
    Plan,
    Target,
    Undeclarable,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import FLOW as FLOW_SERVICE
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW, find_flow

STARTED = "started"
STOPPED = "stopped"
SUSPENDED = "suspended"
REPORT = "report"
ACT = "act"

_OPTIONS = {
    **thing_options(FLOW),
    "state": {"type": "str", "choices": [STARTED, STOPPED], "required": True},
    "on_suspended": {"type": "str", "choices": [REPORT, ACT], "default": REPORT},
}


class FlowStateDeclaration(NamedTuple):
    """The options of flow_state."""

    environment: str
    environment_display_name: str | None
    thing: str
    display_name: str | None
    as_admin: bool
    state: str
    on_suspended: str
    max_removals: int = -1


class DesiredState(NamedTuple):
    """What is declared of one flow."""

    target: Target
    state: str
    on_suspended: str


class CurrentState(NamedTuple):
    """What the service says: a state in lower case, and why it is suspended.

    foretold: whether an earlier write of the run says so, and not the service.
    """

    state: str
    suspension_reason: str
    foretold: bool = False


class FlowState(Kind[FlowStateDeclaration, DesiredState, CurrentState, str]):
    """A flow that is on or off. Its change is the state to bring about.

    It comes last of the kinds of a flow: the first activation may give a flow of a solution another id (contract 5.20).
    """

    name = "flow_state"
    service = FLOW_SERVICE
    document = "flow"
    thing_type = FLOW
    rank = 3
    exportable = True
    keeps_names = True
    options = _OPTIONS

    def parse(self, options: Mapping[str, Any]) -> FlowStateDeclaration:
        return FlowStateDeclaration(
            environment=options["environment"],
            environment_display_name=options["environment_display_name"],
            thing=options["flow"],
            display_name=options["flow_display_name"],
            as_admin=options["as_admin"],
            state=options["state"],
            on_suspended=options["on_suspended"],
        )

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            return (flow.GET_FLOW_AS_ADMIN, flow.START_FLOW_AS_ADMIN, flow.STOP_FLOW_AS_ADMIN)
        return (flow.GET_MY_FLOW, flow.START_MY_FLOW, flow.STOP_MY_FLOW)

    def bind(self, declaration: FlowStateDeclaration, target: Target, find: Find, caller: Caller) -> DesiredState:
        del find, caller
        return DesiredState(target, declaration.state, declaration.on_suspended)

    def merge(self, one: DesiredState, other: DesiredState) -> DesiredState:
        if (one.state, one.on_suspended) != (other.state, other.on_suspended):
            raise OptionError(
                "state",
                f"another item declares flow {one.target.thing.id} differently.",
                value=other.state,
                remedy="Keep one of the two items.",
            )
        return one

    def missing(self, caller: Caller) -> CurrentState:
        """A flow that was just made is off (contract 5.3)."""
        del caller
        return CurrentState(STOPPED, "")

    def guessed(self, current: CurrentState, aftermath: Aftermath) -> CurrentState:
        return current._replace(state=aftermath.state, foretold=True) if aftermath.state else current

    def agrees(self, expected: CurrentState, current: CurrentState) -> bool:
        return not expected.foretold or current.state in (expected.state, SUSPENDED)

    def listed(self, target: Target) -> CurrentState | None:
        return _as_state(target.thing.record) if properties(target.thing.record).get("state") else None

    def read(self, client: Client, target: Target) -> CurrentState:
        return _as_state(find_flow(client, target.environment.id, target.thing.id, as_admin=target.as_admin))

    def plan(self, desired: DesiredState, current: CurrentState) -> Plan[str]:
        head = self.head(desired.target)
        before = _render(head, current.state, desired.on_suspended)
        facts = {"suspension_reason": current.suspension_reason} if current.suspension_reason else {}
        if current.state == desired.state:
            return Plan(NONE, before, before, facts=facts)
        if current.state == SUSPENDED and desired.state == STOPPED and desired.on_suspended == REPORT:
            warning = _suspended(desired.target, current, "It does not run, and was left as it is.")
            return Plan(NONE, before, before, warnings=(warning,), facts=facts)
        difference = Difference(
            id=f"environments/{desired.target.environment.id}/flows/{desired.target.thing.id}/state",
            name=desired.target.thing.name,
            before=current.state,
            after=desired.state,
        )
        if current.state == SUSPENDED and desired.on_suspended == REPORT:
            return Plan(
                NONE,
                before,
                before,
                differences=(difference,),
                facts=facts,
                refusal=_suspended(
                    desired.target,
                    current,
                    "Remove the reason, or set on_suspended=act to send a start all the same; the service decides.",
                ),
            )
        after = _render(head, desired.state, desired.on_suspended)
        return Plan(UPDATE, before, after, differences=(difference,), change=desired.state, writes=1, facts=facts)

    def as_listed(self, client: Client, target: Target, once: Once) -> Json | Undeclarable:
        del client, once
        current = _as_state(target.thing.record)
        if current.state == SUSPENDED:
            return Undeclarable(_suspended(target, current, "Nobody can declare that."))
        if current.state not in (STARTED, STOPPED):
            return Undeclarable(f"Its state is {current.state}, which nobody can declare.")
        return {**self.head(target), "state": current.state}

    def apply(self, client: Client, target: Target, change: str) -> None:
        send = flow.start_flow if change == STARTED else flow.stop_flow
        send(client, target.environment.id, target.thing.id, as_admin=target.as_admin)


def _as_state(record: Json) -> CurrentState:
    content = properties(record)
    if not content.get("state"):
        raise UnreadableAnswerError("The service described a flow without its state.")
    reason = content.get("flowSuspensionReason") or ""
    return CurrentState(content["state"].lower(), "" if same_text(reason, "None") else reason)


def _render(head: Json, state: str, on_suspended: str) -> Json:
    return {**head, "state": state, "on_suspended": on_suspended}


def _suspended(target: Target, current: CurrentState, consequence: str) -> str:
    reason = current.suspension_reason or "no reason given"
    return f"The platform has suspended flow {target.thing.name} ({target.thing.id}): {reason}. {consequence}"


KIND = FlowState()
