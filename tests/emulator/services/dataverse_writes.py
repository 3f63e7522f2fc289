# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating, changing and deleting rows of `connector` (dataverse-connectors.md 2 and 3.3 to 3.6)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .. import envelopes
from ..call import Call, ServiceError
from ..flow_model import Flow
from ..model import Connector, Role, Solution, next_version
from ..state import StaleRule
from ..tenant_parts import GUID
from .base import json_of
from .clock import after, now
from .dataverse_tables import CAPABILITIES, COMPONENT_TYPE, CONNECTORS, WORKFLOW_COMPONENT, WRITABLE
from .definitions import internal_name, problem_of, take_secrets
from .organisation import Organisation

_BIND = re.compile(r"(?:https://[^/]+)?(?:/?api/data/v9\.\d)?/?(?P<set>\w+)\((?P<id>[0-9a-fA-F-]{36})\)")
_FIELDS = {
    "displayname": "name",
    "description": "description",
    "openapidefinition": "definition",
    "connectionparameters": "connection_parameters",
    "connectionparametersets": "connection_parameter_sets",
    "policytemplateinstances": "policy_templates",
    "scriptoperations": "script_operations",
    "customcodeblobcontent": "script",
    "capabilities": "capabilities",
    "iconbrandcolor": "icon_brand_color",
    "interfaces": "interfaces",
    "introducedversion": "introduced_version",
    "iscustomizable": "customizable",
    "statecode": "active",
}
_WITH_SECRETS = ("connectionparameters", "connectionparametersets", "policytemplateinstances")
# ASSUMED: what the platform sets, and an icon (it "is not supported"), is not refused but ignored.
_IGNORED = frozenset(name for name in CONNECTORS.kinds if name not in WRITABLE and not name.startswith("_"))
_COMPONENTS = {COMPONENT_TYPE: "connector", WORKFLOW_COMPONENT: "workflow"}
Values = dict[str, Any]


def no_row(table: str, row_id: str) -> ServiceError:
    name = table[:1].upper() + table[1:]
    return ServiceError(404, envelopes.NO_ROW, f"Entity '{name}' With Id = {row_id} Does Not Exist")


def bad(message: str, code: str = envelopes.BAD_PAYLOAD) -> ServiceError:
    return ServiceError(400, code, message)


# -- reading a body --------------------------------------------------------------------------------------------------


def read(call: Call, organisation: Organisation) -> Values:
    """The columns of the body, checked and in the form of the record; `owner` is a principal or a team."""
    found: Values = {}
    for key, value in json_of(call, envelopes.BAD_PAYLOAD).items():
        name, mark, annotation = key.partition("@")
        if mark and annotation == "odata.bind":
            if name != "ownerid":
                raise bad(f"An undeclared property '{name}' which only has property annotations was found.")
            found["owner"] = bound(organisation, value)
        elif mark or key in _IGNORED:
            continue
        elif key in WRITABLE:
            found[key] = _READERS[WRITABLE[key].form](key, value)
        else:
            raise bad(
                f"Error identified in Payload provided by the user for Entity :'connectors': Invalid property '{key}' "
                "was found in entity 'Microsoft.Dynamics.CRM.connector'."
            )
    return found


def bound(organisation: Organisation, value: Any) -> str:
    match = _BIND.fullmatch(value) if isinstance(value, str) else None
    if match is None or match["set"] not in ("systemusers", "teams"):
        raise bad(f"The value '{value}' of 'ownerid@odata.bind' is no URL of a user or team.")
    row_id = match["id"].lower()
    if match["set"] == "teams":
        if row_id not in organisation.environment.teams:
            raise no_row("team", row_id)
        return row_id
    principal = organisation.principal(row_id)
    if principal is None:
        raise no_row("systemuser", row_id)
    return principal


def mistyped(key: str, value: Any, wanted: str) -> ServiceError:
    return bad(f"Cannot convert the value '{value}' of '{key}' to the expected type '{wanted}'.")


def _text(key: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise mistyped(key, value, "Edm.String")
    longest = WRITABLE[key].longest
    if value is not None and len(value) > longest:
        text = f"The length of the '{key}' attribute of the 'connector' entity exceeded the maximum length of {longest}"
        raise bad(text, envelopes.TEXT_TOO_LONG)
    return value


def guid_of(key: str, value: Any) -> str:
    if not isinstance(value, str) or not GUID.fullmatch(value):
        raise mistyped(key, value, "Edm.Guid")
    return value.lower()


def _json(key: str, value: Any) -> Any:
    """ASSUMED: these columns have to be JSON; an empty text is none."""
    text = _text(key, value)
    if not text:
        return None
    try:
        held = json.loads(text)
    except ValueError:
        raise bad(f"The value of '{key}' is not valid JSON.", envelopes.BAD_ARGUMENT) from None
    return take_secrets(held)[0] if key in _WITH_SECRETS else held


def _definition(key: str, value: Any) -> Any:
    held = _json(key, value)
    problem = None if held is None else problem_of(held)
    if problem:
        raise bad(problem, envelopes.BAD_ARGUMENT)
    return held


def _type(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise mistyped(key, value, "Edm.Int32")
    if value not in CONNECTORS.labels["connectortype"]:
        raise bad(f"A validation error occurred: {value} is outside the valid range of '{key}'.")
    return value


def _capabilities(key: str, value: Any) -> list[str]:
    if value is None or value == "":
        return []
    names = {str(number): name for name, number in CAPABILITIES.items()}
    if not isinstance(value, str):
        raise mistyped(key, value, "Edm.String")
    wanted = [part.strip() for part in value.split(",")]
    if not all(part in names for part in wanted):
        raise bad(f"A validation error occurred: '{value}' has a value outside of the options of '{key}'.")
    return [names[part] for part in dict.fromkeys(wanted)]


def _managed(key: str, value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("Value"), bool):
        raise mistyped(key, value, "Microsoft.Dynamics.CRM.BooleanManagedProperty")
    return bool(value["Value"])


def _state(key: str, value: Any) -> bool:
    if value not in (0, 1) or isinstance(value, bool):
        raise mistyped(key, value, "Edm.Int32")
    return bool(value == 0)


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "text": _text,
    "guid": guid_of,
    "json": _json,
    "definition": _definition,
    "type": _type,
    "capabilities": _capabilities,
    "managed": _managed,
    "state": _state,
}


# -- writing ---------------------------------------------------------------------------------------------------------


def create(call: Call, organisation: Organisation, values: Values) -> Connector:
    """A new row, and with it the connector of the PowerApps RP."""
    environment, state = organisation.environment, organisation.state
    for key in ("name", "displayname"):  # ASSUMED: the two without which nothing can be made of it
        if not values.get(key):
            raise bad(f"The required column '{key}' is missing.", envelopes.BAD_ARGUMENT)
    row_id = str(values.get("connectorid") or uuid.uuid4())
    if organisation.find(row_id) is not None:
        raise ServiceError(412, envelopes.DUPLICATE_KEY, "A record with matching key values already exists.")
    solution = asked_solution(call, organisation)
    creator, time = call.oid(), now()
    version = next_version(environment)
    name = internal_name(str(values["displayname"]), f"{row_id}/{version}", 16)
    item = Connector(name, str(values["displayname"]), creator, definition=None, created=time, modified=time)
    item.dataverse_id, item.unique_name, item.version_number = row_id, str(values["name"]), version
    item.type = int(values.get("connectortype", 1))
    item.roles[creator] = Role(creator, "Owner", "ServicePrincipal" if call.caller and call.caller.app_only else "User")
    item.solution = [solution.name] if solution is not None else []
    _assign(item, values)
    state.before(environment.connectors, item.key)
    environment.connectors[item.key] = item
    rule = state.rp_rule or delay_of(environment.rp_delay)
    if rule is not None:
        state.hide(environment.connectors, item.key, rule)
    return item


def delay_of(setting: dict[str, float]) -> StaleRule | None:
    if not setting:
        return None
    reads = setting.get("reads")
    return StaleRule(None if reads is None else int(reads), setting.get("seconds"))


def update(call: Call, organisation: Organisation, item: Connector, values: Values) -> None:
    if item.managed and not item.customizable:  # ASSUMED: status and code
        raise bad("The connector is managed and cannot be customized.", envelopes.MANAGED)
    held = {"connectorid": item.dataverse_id, "name": item.unique_name, "connectortype": item.type}
    for key, value in held.items():  # ASSUMED: create-only, and another value is refused
        if key in values and values[key] != value:
            raise bad(f"The column '{key}' of a connector cannot be changed.", envelopes.BAD_ARGUMENT)
    if "displayname" in values and not values["displayname"]:
        raise bad("The column 'displayname' cannot be empty.", envelopes.BAD_ARGUMENT)
    solution = asked_solution(call, organisation)
    touch(organisation, item, call.oid())
    _assign(item, values)
    if solution is not None and solution.name not in item.solution:
        item.solution.append(solution.name)


def touch(organisation: Organisation, item: Connector, modifier: str) -> None:
    """Journal the row and let its version and its time grow; Dataverse writes full seconds."""
    organisation.state.before(organisation.environment.connectors, item.key)
    item.version_number = next_version(organisation.environment)
    item.modified = after(item.modified, step=timedelta(seconds=1))
    item.modified_by = modifier


def _assign(item: Connector, values: Values) -> None:
    for key, name in _FIELDS.items():
        if key in values:
            value = values[key]
            setattr(item, name, "" if value is None and name == "description" else value)
    if "owner" in values:
        item.owner = str(values["owner"])


def remove(organisation: Organisation, item: Connector) -> None:
    """ASSUMED: a managed row cannot be deleted by itself, and a connection is what makes a row one that is used."""
    environment = organisation.environment
    if item.managed:
        raise bad("The connector is managed: it goes with its solution.", envelopes.MANAGED)
    used = any(held.connector.lower() == item.key and not held.deleted for held in environment.connections.values())
    if environment.dataverse_dependencies and used:
        text = f"The connector({item.dataverse_id}) component cannot be deleted because it is referenced by others."
        raise bad(text, envelopes.HAS_DEPENDENTS)
    organisation.state.before(environment.connectors, item.key)
    item.deleted = True


# -- solutions -------------------------------------------------------------------------------------------------------


def asked_solution(call: Call, organisation: Organisation) -> Solution | None:
    name = call.headers.get("mscrm.solutionuniquename")
    return unmanaged(organisation, name) if name else None


def unmanaged(organisation: Organisation, name: str) -> Solution:
    """The solution that components are put into. ASSUMED: status and code where there is none, or a managed one."""
    found = organisation.solution(name)
    if found is None:
        raise bad(f"A solution with unique name '{name}' does not exist.", envelopes.BAD_ARGUMENT)
    if found.managed:
        raise bad(f"The solution '{name}' is managed.", envelopes.MANAGED)
    return found


def add_component(call: Call, organisation: Organisation, allowed: Callable[[Connector | Flow], None]) -> str:
    """AddSolutionComponent: gives the id of the component, new or not."""
    body = json_of(call, envelopes.BAD_PAYLOAD)
    table = next((name for kind, name in _COMPONENTS.items() if kind == body.get("ComponentType")), None)
    if table is None:
        text = f"The component type {body.get('ComponentType')} is not supported by the emulator."
        raise bad(text, envelopes.BAD_ARGUMENT)
    solution = unmanaged(organisation, str(body.get("SolutionUniqueName") or ""))
    row_id = guid_of("ComponentId", body.get("ComponentId"))
    item = organisation.find_flow(row_id) if table == "workflow" else organisation.find(row_id)
    if item is None:
        raise no_row(table, row_id)
    allowed(item)
    if solution.name not in item.solution and solution.name != "Default":
        if isinstance(item, Connector):
            organisation.state.before(organisation.environment.connectors, item.key)
        else:
            organisation.state.before(organisation.environment.flows, item.key)
        item.solution.append(solution.name)
    return organisation.component_id(solution.name, row_id)
