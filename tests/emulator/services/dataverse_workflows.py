# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating, changing and deleting rows of `workflow`, and with them flows of the Flow RP (flow-management.md 9)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from .. import envelopes
from ..call import Call, ServiceError
from ..flow_model import Flow, FlowRole
from ..model import Environment, connection_key, next_version
from . import flow_definitions, flow_states
from .base import json_of
from .clock import now
from .dataverse_tables import WORKFLOWS
from .dataverse_writes import asked_solution, bad, bound, delay_of, guid_of, mistyped
from .organisation import Organisation
from .roles import role_of

CLOUD_FLOW, DEFINITION = 5, 1
# ASSUMED: the limits of the texts, of which the contract names none.
_TEXTS = {"name": 256, "description": 100_000, "clientdata": 1_073_741_823, "primaryentity": 64}
_NUMBERS = ("category", "type", "statecode", "statuscode")
_STATUS = {0: 1, 1: 2, 2: 3}
_IGNORED = frozenset(name for name in WORKFLOWS.kinds if not name.startswith("_")) - {*_TEXTS, *_NUMBERS, "workflowid"}
Values = dict[str, Any]


def read(call: Call, organisation: Organisation) -> Values:
    """The columns of the body, checked; `owner` is a principal or a team, `state` 0 or 1."""
    found: Values = {}
    for key, value in json_of(call, envelopes.BAD_PAYLOAD).items():
        name, mark, annotation = key.partition("@")
        if mark and annotation == "odata.bind":
            if name != "ownerid":
                raise bad(f"An undeclared property '{name}' which only has property annotations was found.")
            found["owner"] = bound(organisation, value)
        elif mark or key in _IGNORED:
            continue
        elif key == "workflowid":
            found[key] = guid_of(key, value)
        elif key in _TEXTS:
            found[key] = _text(key, value)
        elif key in _NUMBERS:
            if not isinstance(value, int) or isinstance(value, bool):
                raise mistyped(key, value, "Edm.Int32")
            found[key] = value
        else:
            raise bad(
                f"Error identified in Payload provided by the user for Entity :'workflows': Invalid property '{key}' "
                "was found in entity 'Microsoft.Dynamics.CRM.workflow'."
            )
    return _with_state(found)


def _text(key: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise mistyped(key, value, "Edm.String")
    if value is not None and len(value) > _TEXTS[key]:
        text = f"The length of the '{key}' attribute of the 'workflow' entity exceeded the maximum of {_TEXTS[key]}"
        raise bad(text, envelopes.TEXT_TOO_LONG)
    return value


def _with_state(values: Values) -> Values:
    """`statecode` alone is enough (9); a status of another state is refused (ASSUMED, as is a row made Suspended)."""
    state, status = values.get("statecode"), values.get("statuscode")
    if state is None and status is not None:
        state = next((key for key, item in _STATUS.items() if item == status), None)
    if state is None and status is None:
        return values
    if state not in (0, 1) or (status is not None and _STATUS[state] != status):
        raise bad(f"{status} is not a valid status code for state code {state}.", envelopes.BAD_ARGUMENT)
    return {**values, "state": state}


def create(call: Call, organisation: Organisation, values: Values) -> Flow:
    """A draft, and the flow of the Flow RP beside it, which goes by the id of the row until its first start."""
    environment, state = organisation.environment, organisation.state
    for key in ("name", "clientdata"):  # ASSUMED: how a row is refused that lacks them
        if not values.get(key):
            raise bad(f"The required column '{key}' is missing.", envelopes.BAD_ARGUMENT)
    if (values.get("category"), values.get("type", DEFINITION)) != (CLOUD_FLOW, DEFINITION):
        raise bad("The emulator keeps cloud flows only: category 5, type 1.", envelopes.BAD_ARGUMENT)
    if values.get("primaryentity") != "none":
        raise bad("The column 'primaryentity' of a cloud flow is 'none'.", envelopes.BAD_ARGUMENT)
    row_id = str(values.get("workflowid") or uuid.uuid4())
    if organisation.find_flow(row_id) is not None or row_id in environment.flows:
        raise ServiceError(412, envelopes.DUPLICATE_KEY, "A record with matching key values already exists.")
    solution = asked_solution(call, organisation)
    creator, time = call.oid(), now()
    item = Flow(row_id, str(values["name"]), creator, state="Stopped", created=time, modified=time)
    item.workflow_id, item.version_number = row_id, next_version(environment)
    item.next_id = str(uuid.uuid5(uuid.UUID(row_id), "first start"))  # ASSUMED: it "can" change; here it always does
    item.roles[creator] = FlowRole(creator, "Owner", "ServicePrincipal" if _is_application(call) else "User")
    item.solution = [solution.name] if solution is not None else []
    _assign(organisation, item, values)
    state.before(environment.flows, item.id)
    environment.flows[item.id] = item
    rule = state.rp_rule or delay_of(environment.rp_delay)
    if rule is not None:
        state.hide(environment.flows, item.id, rule)
    return item


def _is_application(call: Call) -> bool:
    return call.caller is not None and call.caller.app_only


def update(call: Call, organisation: Organisation, item: Flow, values: Values) -> None:
    held = {"workflowid": item.workflow_id, "category": CLOUD_FLOW, "type": DEFINITION, "primaryentity": "none"}
    for key, value in held.items():  # ASSUMED: create-only, and another value is refused
        if key in values and values[key] != value:
            raise bad(f"The column '{key}' of a workflow cannot be changed.", envelopes.BAD_ARGUMENT)
    if "name" in values and not values["name"]:
        raise bad("The column 'name' cannot be empty.", envelopes.BAD_ARGUMENT)
    solution = asked_solution(call, organisation)
    environment, state = organisation.environment, organisation.state
    flow_states.touch(state, environment, item, call.oid())
    _assign(organisation, item, values)
    if solution is not None and solution.name not in item.solution:
        item.solution.append(solution.name)
    if values.get("state") == 0:
        flow_states.turn(state, environment, item, "Stopped", call.oid())
    elif values.get("state") == 1:
        _activate(call, organisation, item)


def _assign(organisation: Organisation, item: Flow, values: Values) -> None:
    if values.get("name"):
        item.name = str(values["name"])
    if "description" in values:
        item.description = values["description"] or ""
    if values.get("clientdata"):
        found = flow_definitions.from_client_data(str(values["clientdata"]), organisation.environment, item)
        if isinstance(found, str):
            raise bad(found, envelopes.BAD_ARGUMENT)
        item.definition, item.connection_references = found
        item.trigger = flow_definitions.kind_of(item.definition)
        item.bound = True
    if "owner" in values:
        _give(organisation, item, str(values["owner"]))


def _give(organisation: Organisation, item: Flow, owner: str) -> None:
    """ASSUMED: the former owner keeps nothing, and a team stands in the Flow RP as its group."""
    item.roles = {key: role for key, role in item.roles.items() if role.role != "Owner"}
    item.owner = owner
    item.shares.pop(owner, None)
    team = organisation.environment.teams.get(owner)
    if team is not None:
        if team.group:
            item.roles[team.group] = FlowRole(team.group, "Owner", "Group")
        return
    application = owner in organisation.state.tenant.service_principals or organisation.is_application(owner)
    item.roles[owner] = FlowRole(owner, "Owner", "ServicePrincipal" if application else "User")


def _activate(call: Call, organisation: Organisation, item: Flow) -> None:
    """As a start in the Flow RP, whose refusal stands in the text."""
    try:
        if item.state != "Started" and _is_application(call):
            _need_connections(call, organisation.environment, organisation, item)
        flow_states.start(organisation.state, organisation.environment, item, call.oid())
    except ServiceError as refused:
        body = json.dumps({"error": {"code": refused.code, "message": refused.message}})
        status = {400: "BadRequest", 403: "Forbidden"}.get(refused.status, str(refused.status))
        text = f'Flow client error returned with status code "{status}" and details "{body}".'
        raise bad(text, envelopes.ACTIVATION_FAILED) from None


def _need_connections(call: Call, environment: Environment, organisation: Organisation, item: Flow) -> None:
    """An application needs a role on every connection behind the references. ASSUMED: unknown ones do not count."""
    for reference in item.connection_references.values():
        connector = str(reference.get("id") or "").rpartition("/")[2]
        key = connection_key(connector, str(reference.get("connectionName") or ""))
        held = environment.connections.get(key)
        if held is not None and not held.deleted and role_of(organisation.state, call.oid(), held) is None:
            text = (
                f"The caller with object id '{call.oid()}' does not have permission for connection '{held.id}' "
                f"under Api '{connector}'."
            )
            raise ServiceError(403, "ConnectionAuthorizationFailed", text)


def remove(organisation: Organisation, item: Flow) -> None:
    if item.managed:  # ASSUMED: as of connectors
        raise bad("The workflow is managed: it goes with its solution.", envelopes.MANAGED)
    flow_states.remove(organisation.state, organisation.environment, item)
