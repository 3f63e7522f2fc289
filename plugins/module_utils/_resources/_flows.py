# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud flows as things that live in an environment: how they are found, and what of a record is kept."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    PermissionDeniedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    ThingType,
    by_environment_id,
    not_listed,
)


def _kept(record: Json) -> Json:
    """What flow_state reads of a flow, and by which id Dataverse knows it."""
    wanted = ("state", "flowSuspensionReason", "workflowEntityId")
    return {"properties": {name: value for name, value in properties(record).items() if name in wanted}}


def find_flow(client: Client, environment: str, identifier: str, *, as_admin: bool, definition: bool = False) -> Json:
    """One flow by its id, or by the id of its row in Dataverse: activation may give a flow of a solution another one.

    definition: with it, where the service shows it (contract: flow-management.md 5.6 and 5.20).
    NotFoundError when there is none. A maker gets a 403 for a missing one: then only a whole listing tells (5.6).
    """
    get = flow.get_definition if definition else flow.get_flow
    try:
        return get(client, environment, identifier, as_admin=as_admin)
    except (NotFoundError, PermissionDeniedError) as refusal:
        for record in flow.list_flows(client, environment, as_admin=as_admin):
            if same_text(workflow_id(record), identifier):
                return get(client, environment, record["name"], as_admin=as_admin)
            if same_text(record.get("name"), identifier):
                raise
        if as_admin or isinstance(refusal, NotFoundError):
            raise
        raise not_listed(refusal, f"flow {identifier}", environment) from refusal


def workflow_id(record: Json) -> str:
    """The id of a flow's row in Dataverse; "" for a flow outside solutions (contract 4.1)."""
    return str(properties(record).get("workflowEntityId") or "")


FLOW = ThingType(
    "flow", by_environment_id(flow.list_flows), by_environment_id(flow.get_flow), keep=_kept, other_id=workflow_id
)
