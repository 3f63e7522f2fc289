# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of one flow, as facts (contract: flow-management.md 6)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow_runs
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_runs import (
    FINDING,
    FINDING_AS_ADMIN,
    SELECTION_OPTIONS,
    as_actions,
    as_run,
    flow_of_task,
    flow_options,
    head,
    parse_selection,
    render,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW

ACTIONS_PART = "actions"


class FlowRunInfo(InfoKind):
    """Runs, newest first, up to a limit."""

    name = "flow_run_info"
    thing_type = FLOW
    options: Mapping[str, Json] = {
        **flow_options(as_admin=True),
        **SELECTION_OPTIONS,
        "limit": {"type": "int", "default": 100},
        "include": {"type": "list", "elements": "str", "choices": [ACTIONS_PART], "default": []},
    }
    operations = (
        *FINDING_AS_ADMIN,
        flow_runs.LIST_FLOW_RUNS_AS_ADMIN,
        *FINDING,
        flow_runs.LIST_FLOW_RUNS,
        flow_runs.GET_FLOW_RUN,
    )

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        as_admin, limit = options["as_admin"], options["limit"]
        selection = parse_selection(options)
        if limit < 1:
            raise OptionError("limit", "it is below 1.", value=limit, remedy="Give how many runs to list at most.")
        if options["include"] and as_admin:
            raise OptionError(
                "include",
                "only owners of a flow can read a single run with its actions.",
                value=options["include"],
                remedy="Set as_admin=false and log in as a user who owns the flow, or leave it out.",
            )
        needed = flow_runs.LIST_FLOW_RUNS_AS_ADMIN if as_admin else flow_runs.LIST_FLOW_RUNS
        target = flow_of_task(client, options, needed, as_admin=as_admin)
        place = (target.environment.id, target.thing.id)
        records = flow_runs.list_runs(client, *place, as_admin=as_admin, where=selection.where)
        chosen = filter(selection.takes, map(as_run, records))
        rows = [render(run) for run in islice(chosen, limit)]
        complete = next(chosen, None) is None
        if ACTIONS_PART in options["include"]:
            for row in rows:
                row["actions"] = as_actions(flow_runs.get_run(client, *place, row["run"], actions=True))
        return {**head(target, options), "runs": rows, "complete": complete}


KIND = FlowRunInfo()
