# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs and triggers of flows (contract: flow-management.md 5.1, 5.8, 5.19 and 6).

Runs are cancelled and resubmitted by owners of the flow alone; only listings have an admin form.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._flow import (
    ADMIN,
    MAKER,
    admin_operation,
    maker_operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

_PAGE_SIZE = 100

LIST_FLOW_RUNS_AS_ADMIN = admin_operation(
    name="AdminListFlowRuns", method="GET", path=ADMIN + "/flows/{flow}/runs", contract="flow-management.md 6"
)
LIST_FLOW_RUNS = maker_operation(
    name="ListFlowRuns", method="GET", path=MAKER + "/flows/{flow}/runs", contract="flow-management.md 6"
)
GET_FLOW_RUN = maker_operation(
    name="GetFlowRun", method="GET", path=MAKER + "/flows/{flow}/runs/{run}", contract="flow-management.md 6"
)
LIST_FLOW_TRIGGERS = maker_operation(
    name="ListFlowTriggers", method="GET", path=MAKER + "/flows/{flow}/triggers", contract="flow-management.md 6"
)
# None of the two is repeated on its own after an answer that was lost (contract 10).
CANCEL_FLOW_RUN = maker_operation(
    name="CancelFlowRun",
    method="POST",
    path=MAKER + "/flows/{flow}/runs/{run}/cancel",
    contract="flow-management.md 5.1",
)
RESUBMIT_FLOW = maker_operation(
    name="ResubmitFlow",
    method="POST",
    path=MAKER + "/flows/{flow}/triggers/{trigger}/histories/{run}/resubmit",
    contract="flow-management.md 5.19",
)
LIST_CALLBACK_URL = maker_operation(
    name="ListCallbackUrl",
    method="POST",
    path=MAKER + "/flows/{flow}/triggers/{trigger}/listCallbackUrl",
    reads_only=True,
    contract="flow-management.md 5.8",
)


def list_runs(client: Client, environment: str, flow: str, *, as_admin: bool, where: str = "") -> Iterator[Json]:
    """Runs of the last 28 days, newest first. where: an OData filter on status and startTime, "" for all."""
    operation = LIST_FLOW_RUNS_AS_ADMIN if as_admin else LIST_FLOW_RUNS
    query = {"$filter": where} if where else None
    return client.items(operation, _path(environment, flow), query=query, page_size=_PAGE_SIZE)


def get_run(client: Client, environment: str, flow: str, run: str, *, actions: bool = False) -> Json:
    """One run, with its actions where they are asked for. NotFoundError when the flow has none of that id."""
    query = {"$expand": "properties/actions"} if actions else None
    answer: Json = client.call(GET_FLOW_RUN, {**_path(environment, flow), "run": run}, query=query)
    return answer


def list_triggers(client: Client, environment: str, flow: str) -> Iterator[Json]:
    """The triggers of a flow; nearly every flow has one."""
    return client.items(LIST_FLOW_TRIGGERS, _path(environment, flow))


def cancel_run(client: Client, environment: str, flow: str, run: str) -> None:
    """Asks for the end of a run. It ends a while later."""
    client.call(CANCEL_FLOW_RUN, {**_path(environment, flow), "run": run})


def resubmit_run(client: Client, environment: str, flow: str, trigger: str, run: str) -> None:
    """Starts a new run with the trigger data of an old one. The answer does not tell its id."""
    client.call(RESUBMIT_FLOW, {**_path(environment, flow), "trigger": trigger, "run": run})


def get_callback_url(client: Client, environment: str, flow: str, trigger: str) -> Json:
    """The URL that starts the flow, a secret, with its parts. NotFoundError for a trigger of another kind.

    Found under `response` (contract 5.8) or, assumed, at the top.
    """
    answer: Json = client.call(LIST_CALLBACK_URL, {**_path(environment, flow), "trigger": trigger})
    found: Json = answer.get("response") or answer
    return found


def _path(environment: str, flow: str) -> dict[str, str]:
    return {"environment": environment, "flow": flow}
