# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes to a flow, by either route (contract: flow-management.md 5.3, 5.4, 5.22, 5.23 and 9)."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import (
    dataverse,
    dataverse_workflows,
    flow,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    LostAnswerError,
    NotFoundError,
    PermissionDeniedError,
    PowerPlatformError,
    ServiceUnavailableError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Target, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_definition import (
    completed,
    same_references,
    sent_to_row,
    sent_to_service,
    service_references,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_model import FlowChange
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_options import DATAVERSE

# Seconds before each further look at a flow that was just made.
LAG = (1.0, 2.0, 4.0, 8.0)
_START_LATER = "Turn the flow on with flow_state, once its connections work."


def write_flow(client: Client, target: Target, organization: str, change: FlowChange) -> None:
    """Sends a change that restores nothing. organization: the URL, where the route is Dataverse.

    Raises as `Client.call`; UnfinishedError when the flow was made, or may have been, and the rest was not done.
    """
    environment = target.environment.id
    if change.removes:
        if change.route == DATAVERSE:
            dataverse_workflows.delete_workflow(client, organization, change.workflow)
        else:
            flow.delete_flow(client, environment, change.flow, as_admin=target.as_admin)
    elif change.creates and change.route == DATAVERSE:
        _create_row(client, organization, change)
    elif change.creates:
        _create_flow(client, environment, change)
    elif change.route == DATAVERSE:
        columns = _columns(change)
        if columns:
            dataverse_workflows.update_workflow(client, organization, change.workflow, columns, change.etag)
        if change.solution:
            _add_to_solution(client, organization, change.workflow, change.solution)
    else:
        flow.update_flow(client, environment, change.flow, _members(change))


def _members(change: FlowChange) -> Json:
    """`properties` of the Flow service, those that change."""
    members: Json = {}
    if change.display_name is not None:
        members["displayName"] = change.display_name
    if change.definition is not None:
        members["definition"] = completed(change.definition)
    if change.references is not None:
        members["connectionReferences"] = sent_to_service(change.references)
    return members


def _columns(change: FlowChange) -> Json:
    """Columns of the row, those that change."""
    columns: Json = {}
    if change.display_name is not None:
        columns["name"] = change.display_name
    if change.definition is not None or change.references is not None:
        columns["clientdata"] = sent_to_row(change.present or {}, change.definition, change.references)
    if change.owner:
        columns["ownerid@odata.bind"] = change.owner.reference
    return columns


def _create_flow(client: Client, environment: str, change: FlowChange) -> None:
    """Made off, then bound to its connections where that did not happen at once, then turned on (contract 5.3)."""
    made = _made(lambda: flow.create_flow(client, environment, {**_members(change), "state": "Stopped"}), change)
    bound = same_references(change.references or {}, service_references(properties(made)))
    identifier = str(made.get("name") or "")
    if not identifier:
        raise _unfinished("The service did not tell the id of the new flow.", "", change)
    try:
        _await(client, environment, identifier)
        if not bound:
            references = sent_to_service(change.references or {})
            flow.update_flow(client, environment, identifier, {"connectionReferences": references})
        if change.starts:
            flow.start_flow(client, environment, identifier, as_admin=False)
    except PowerPlatformError as error:
        raise _unfinished(error.message, error.remedy, change) from error


def _await(client: Client, environment: str, identifier: str) -> None:
    """Waits until a flow that was just made is seen by the one who made it."""
    for delay in LAG:
        try:
            flow.get_flow(client, environment, identifier, as_admin=False)
            return
        except (NotFoundError, PermissionDeniedError):
            client.wait(delay)


def _create_row(client: Client, organization: str, change: FlowChange) -> None:
    """Made off, then put into its solution, then turned on."""
    row = _made(
        lambda: dataverse_workflows.create_workflow(client, organization, _columns(change), change.solution) or {},
        change,
    )
    try:
        if change.solution or change.starts:
            workflow = str(row.get("workflowid") or _newest(client, organization, change.display_name or ""))
            if change.solution:
                _add_to_solution(client, organization, workflow, change.solution)
            if change.starts:
                dataverse_workflows.start_workflow(client, organization, workflow)
    except PowerPlatformError as error:
        raise _unfinished(error.message, error.remedy, change) from error


def _add_to_solution(client: Client, organization: str, workflow: str, solution: str) -> None:
    dataverse.add_solution_component(client, organization, workflow, dataverse_workflows.FLOW_COMPONENT, solution)


def _newest(client: Client, organization: str, name: str) -> str:
    rows = list(dataverse_workflows.find_workflows(client, organization, name))
    newest = max(rows, key=lambda row: str(row.get("createdon") or ""), default={})
    return str(newest.get("workflowid") or "")


def _made(create: Callable[[], Json], change: FlowChange) -> Json:
    try:
        return create()
    except (LostAnswerError, ServiceUnavailableError) as error:
        if not (change.starts or change.solution):
            raise
        raise _unfinished(error.message, error.remedy, change) from error


def _unfinished(why: str, remedy: str, change: FlowChange) -> UnfinishedError:
    steps = [_START_LATER] if change.starts else []
    later = [f"Running again puts it into solution {change.solution}."] if change.solution else []
    return UnfinishedError(
        f"Flow {change.display_name} was made, or may have been, and what follows was not done to its end: {why}",
        remedy=" ".join([*filter(None, [remedy]), *later, *steps]),
        manual_steps=steps,
        uncertain=True,
    )
