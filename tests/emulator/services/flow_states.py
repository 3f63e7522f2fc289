# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows switched on and off, deleted and brought back, whichever service asks for it (flow-management.md 5.4, 5.20)."""

from __future__ import annotations

from datetime import timedelta

from .. import envelopes
from ..call import ServiceError
from ..flow_model import Flow
from ..model import Environment, next_version
from ..state import State
from . import flow_definitions
from .clock import after, now


def touch(state: State, environment: Environment, item: Flow, modifier: str) -> None:
    """Journal the flow and let its time grow; a flow of a solution is a row, which has a version, too."""
    state.before(environment.flows, item.id)
    item.modified = after(item.modified, step=timedelta(seconds=1 if item.workflow_id else 0, microseconds=1))
    if item.workflow_id:
        item.version_number = next_version(environment)
        item.modified_by = modifier or item.modified_by


def start(state: State, environment: Environment, item: Flow, modifier: str) -> Flow:
    """Gives the flow, which the first start of one of a solution has given another id."""
    _may_start(item)
    found = turn(state, environment, item, "Started", modifier)
    if found.next_id is None:
        return found
    fresh = found.clone()
    fresh.id, fresh.next_id = str(found.next_id).lower(), None
    state.before(environment.flows, fresh.id)
    environment.flows[fresh.id] = fresh
    state.before(environment.flows, found.id)
    found.gone = True
    return fresh


def _may_start(item: Flow) -> None:
    if item.state == "Suspended":
        why = "by a data loss prevention policy" if item.reason == "CompanyDlpViolation" else "by the platform"
        text = f"The flow '{item.id}' is suspended {why} ({item.reason})."
        raise ServiceError(400, envelopes.SUSPENDED_START, text)
    if not item.bound:
        text = f"The flow '{item.id}' cannot be started: its connections have never been bound."
        raise ServiceError(400, "CannotStartUnpublishedSolutionFlow", text)
    missing = flow_definitions.unbound(item) if item.workflow_id else []
    if missing:
        text = f"The connection reference '{missing[0]}' of the flow '{item.id}' has no connection."
        raise ServiceError(400, "XrmConnectionReferenceMissingConnection", text)


def turn(state: State, environment: Environment, item: Flow, wanted: str, modifier: str) -> Flow:
    """Idempotent (ASSUMED, 5.20). The time of change moves for solution flows only."""
    if item.state != wanted:
        if item.workflow_id:
            touch(state, environment, item, modifier)
        else:
            state.before(environment.flows, item.id)
        item.state, item.reason, item.suspended_at = wanted, "None", None
    return item


def remove(state: State, environment: Environment, item: Flow) -> None:
    """Soft. ASSUMED: runs in progress end at once, and the row of a solution flow goes with the flow."""
    state.before(environment.flows, item.id)
    item.state, item.deleted_at = "Deleted", now()
    for run in item.runs.values():
        if run.status in ("Running", "Waiting", "Cancelling"):
            run.status, run.then, run.end = "Cancelled", None, now()


def restore(state: State, environment: Environment, item: Flow) -> None:
    """It comes back switched off. ASSUMED: with its roles, and with its row."""
    state.before(environment.flows, item.id)
    item.state, item.reason, item.suspended_at, item.deleted_at = "Stopped", "None", None, None
    if item.workflow_id:
        item.version_number = next_version(environment)
