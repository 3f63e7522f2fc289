# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of flows, their roles and their runs behind the client's back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from .changes_base import Change, ChangeError, environment_of, principal_of
from .flow_model import Flow, FlowRole, FlowRun
from .model import Environment
from .state import State
from .tenant_file import add_flow_to, names_of

_OF_FLOW = (
    "state",
    "reason",
    "suspended_at",
    "deleted_at",
    "name",
    "description",
    "bound",
    "managed",
    "definition",
    "connection_references",
    "trigger",
    "next_id",
    "outcome",
    "modified",
)
_OF_RUN = tuple(spec.name for spec in fields(FlowRun) if spec.name != "id")


def _flow(state: State, item: Change) -> tuple[Environment, Flow]:
    key = str(item["flow"]).lower()
    for environment in state.tenant.environments.values():
        found = environment.flows.get(key)
        if found is not None and not found.gone:
            return environment, found
    raise ChangeError(f"no flow {item['flow']!r}")


def _set_flow(state: State, item: Change) -> None:
    """As somebody's hand in the portal, or the platform's: no rule stands in the way."""
    environment, flow = _flow(state, item)
    state.before(environment.flows, flow.id)
    for key in _OF_FLOW:
        if key in item:
            setattr(flow, key, item[key])


def _set_flow_owner(state: State, item: Change) -> None:
    """Of a flow of a solution: what an assignment of its row does."""
    environment, flow = _flow(state, item)
    if not flow.workflow_id:
        raise ChangeError(f"flow {flow.id}: only a flow of a solution changes its owner")
    owner = principal_of(state, str(item["principal"]))
    state.before(environment.flows, flow.id)
    flow.owner = owner
    flow.roles = {key: role for key, role in flow.roles.items() if role.role != "Owner"}
    flow.roles[owner] = FlowRole(owner, "Owner", names_of(state.tenant).type(owner) or "User")


def _put_flow_role(state: State, item: Change) -> None:
    environment, flow = _flow(state, item)
    principal = principal_of(state, str(item["principal"]))
    state.before(environment.flows, flow.id)
    flow.roles[principal] = FlowRole(principal, str(item["role"]), names_of(state.tenant).type(principal) or "User")


def _delete_flow_role(state: State, item: Change) -> None:
    environment, flow = _flow(state, item)
    state.before(environment.flows, flow.id)
    flow.roles.pop(principal_of(state, str(item["principal"])), None)


def _add_flow(state: State, item: Change) -> None:
    environment = environment_of(state, item)
    state.before(environment.flows, str(item["flow"].get("id", "")).lower())
    add_flow_to(environment, item["flow"], names_of(state.tenant), replace=True)


def _add_run(state: State, item: Change) -> None:
    environment, flow = _flow(state, item)
    data = {key: value for key, value in item["run"].items() if key in ("id", *_OF_RUN)}
    if data != item["run"] or not data.get("id"):
        raise ChangeError(f"a run has id, and any of {', '.join(_OF_RUN)}: {item['run']!r}")
    state.before(environment.flows, flow.id)
    flow.runs[str(data["id"])] = FlowRun(**data)


def _set_run(state: State, item: Change) -> None:
    """A status of its own ends what the run was about to become."""
    environment, flow = _flow(state, item)
    if str(item["run"]) not in flow.runs:
        raise ChangeError(f"no run {item['run']!r} of flow {flow.id}")
    state.before(environment.flows, flow.id)
    run = flow.runs[str(item["run"])]
    if "status" in item:
        run.then = None
    for key in _OF_RUN:
        if key in item:
            setattr(run, key, item[key])


HANDLERS: dict[str, Callable[[State, Change], None]] = {
    "set_flow": _set_flow,
    "set_flow_owner": _set_flow_owner,
    "put_flow_role": _put_flow_role,
    "delete_flow_role": _delete_flow_role,
    "add_flow": _add_flow,
    "add_run": _add_run,
    "set_run": _set_run,
}
