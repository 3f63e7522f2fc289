# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of flows and their actions as JSON (flow-management.md 6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ..flow_model import Flow, FlowRun
from ..model import Environment
from . import flow_definitions
from .flow_shapes import signature

_GOING_ON = frozenset({"Running", "Waiting", "Paused", "Suspended", "Cancelling", "NotSpecified"})


def run(environment: Environment, item: Flow, held: FlowRun, *, actions: bool = False) -> dict[str, Any]:
    """A run that is going on has no `endTime`, and only one that failed has `code` and `error`."""
    properties: dict[str, Any] = {
        "startTime": held.start,
        **_end(held),
        "status": held.status,
        # ASSUMED: a repeated run goes on under the tracking id of the one that it repeats
        "correlation": {"clientTrackingId": held.origin or held.id},
        "trigger": _trigger(item, held),
    }
    code = held.code or ("ActionFailed" if held.status == "Failed" else None)
    if code:
        text = held.message or "An action failed. No dependent actions succeeded."
        properties |= {"code": code, "error": {"code": code, "message": text}}
    if actions:
        properties["actions"] = {action["name"]: action["properties"] for action in _actions(item, held)}
    return {
        "name": held.id,
        "id": _path(environment, item, held),
        "type": "Microsoft.ProcessSimple/environments/flows/runs",
        "properties": properties,
    }


def actions(environment: Environment, item: Flow, held: FlowRun) -> Iterator[dict[str, Any]]:
    for action in _actions(item, held):
        yield {
            "name": action["name"],
            "id": f"{_path(environment, item, held)}/actions/{action['name']}",
            "type": "Microsoft.ProcessSimple/environments/flows/runs/actions",
            "properties": action["properties"],
        }


def _path(environment: Environment, item: Flow, held: FlowRun) -> str:
    root = f"/providers/Microsoft.ProcessSimple/environments/{environment.id}"
    return f"{root}/flows/{item.id}/runs/{held.id}"


def _end(held: FlowRun) -> dict[str, str]:
    if held.status in _GOING_ON:
        return {}
    if held.end:
        return {"endTime": held.end}
    ended = datetime.fromisoformat(held.start) + timedelta(seconds=8)
    return {"endTime": ended.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")}


def _trigger(item: Flow, held: FlowRun) -> dict[str, Any]:
    name = held.trigger or flow_definitions.trigger_name(item)
    found: dict[str, Any] = {
        "name": name,
        "startTime": held.start,
        **_end(held),
        # ASSUMED: the history of the run itself, and of a repeated one that of the run that it repeats
        "originHistoryName": held.origin or held.id,
        "code": "OK",
        "status": "Succeeded",
        "inputsLink": _link(item, held, f"triggers/{name}", "inputs"),
        "outputsLink": _link(item, held, f"triggers/{name}", "outputs"),
    }
    if name == "Recurrence":
        found["scheduledTime"] = held.start
    return found


def _actions(item: Flow, held: FlowRun) -> Iterator[dict[str, Any]]:
    """Those that the run names; else those of the definition, which fared as the run did (ASSUMED)."""
    definition = flow_definitions.definition_of(item)
    found = held.actions or {name: held.status for name, _unused in flow_definitions.steps(definition)}
    for name, status in found.items():
        failed = status in ("Failed", "TimedOut")
        properties: dict[str, Any] = {
            "startTime": held.start,
            **({} if status in _GOING_ON else _end(held)),
            "status": status,
            "code": "BadRequest" if failed else status if status in ("Skipped", "Cancelled") else "OK",
            "correlation": {
                "actionTrackingId": signature("action", held.id, name)[:36],
                "clientTrackingId": held.origin or held.id,
            },
        }
        if status not in ("Skipped", *_GOING_ON):
            properties["inputsLink"] = _link(item, held, f"actions/{name}", "inputs")
            properties["outputsLink"] = _link(item, held, f"actions/{name}", "outputs")
        yield {"name": name, "properties": properties}


def _link(item: Flow, held: FlowRun, of: str, what: str) -> dict[str, Any]:
    """A SAS link, and so a secret. Nothing answers there."""
    root = f"https://prod-12.westeurope.logic.azure.com:443/workflows/{item.id.replace('-', '')}/runs/{held.id}"
    path = f"{root}/{of}/contents/{what}"
    sas = f"api-version=2016-06-01&sp=%2Fruns%2F{held.id}%2Fread&sv=1.0&sig={signature(held.id, of, what)}"
    return {"uri": f"{path}?{sas}", "contentVersion": f'"{signature(held.id, what)[:8]}"', "contentSize": 128}
