# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a flow is made of: definition, triggers, actions, connection references, and the row's `clientdata`.

flow-management.md 4.1, 5.3 and 9.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..catalogue import CATALOGUE
from ..flow_model import Flow
from ..model import Environment

Json = dict[str, Any]
_TRIGGERS: dict[str, Json] = {
    "Recurrence": {"type": "Recurrence"},
    "Request": {"type": "Request", "kind": "Http"},
    "Button": {"type": "Request", "kind": "Button"},
    "PowerApp": {"type": "Request", "kind": "PowerApp"},
}
_SCHEMA = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"
_DECLARED = ("$connections", "$authentication")
_INSIDE = ("actions", "else", "cases", "default")
API = "/providers/Microsoft.PowerApps/apis/"
SCHEMA_VERSION = "1.0.0.0"


# -- definitions -----------------------------------------------------------------------------------------------------


def definition_of(item: Flow) -> Json:
    """The definition, or a minimal one for a flow of a tenant file that names none."""
    if item.definition is not None:
        return item.definition
    trigger = _TRIGGERS.get(item.trigger, {"type": item.trigger})
    name = "Recurrence" if item.trigger == "Recurrence" else "manual"
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {
            "$connections": {"defaultValue": {}, "type": "Object"},
            "$authentication": {"defaultValue": {}, "type": "SecureObject"},
        },
        "triggers": {name: {**trigger, "inputs": {"schema": {}}}},
        "actions": {},
        "outputs": {},
    }


def trigger_name(item: Flow) -> str:
    if item.definition is None:  # without making one up: lists of thousands ask for this
        return "Recurrence" if item.trigger == "Recurrence" else "manual"
    return str(next(iter(item.definition.get("triggers") or {"manual": {}})))


def trigger_of(item: Flow) -> Json:
    """Type and kind of the trigger."""
    if item.definition is None:
        return _TRIGGERS.get(item.trigger, {"type": item.trigger})
    found: Json = next(iter((item.definition.get("triggers") or {}).values()), {})
    return {key: found[key] for key in ("type", "kind") if key in found}


def takes_calls(item: Flow) -> bool:
    """Whether a callback URL starts it. ASSUMED: triggers of the kind Http, and no other."""
    return trigger_of(item) == {"type": "Request", "kind": "Http"}


def steps(definition: Json) -> Iterator[tuple[str, Json]]:
    """Every action, those inside of scopes, conditions and switches included."""
    for name, action in (definition.get("actions") or {}).items():
        if not isinstance(action, dict):
            continue
        yield name, action
        for key in _INSIDE:
            inner = action.get(key)
            if not isinstance(inner, dict):
                continue
            if key == "actions":
                yield from steps({"actions": inner})
            elif key == "cases":
                for case in inner.values():
                    yield from steps(case)
            else:
                yield from steps(inner)


def summary(item: Flow, *, operations: bool = False) -> Json:
    """`definitionSummary`; with the expand its entries name connector and operation, too."""
    triggers, actions = [dict(trigger_of(item))], []
    if item.definition is not None:
        actions = [_summarised(action, operations) for _unused, action in steps(item.definition)]
    return {"triggers": triggers, "actions": actions, "description": item.description}


def _summarised(action: Json, operations: bool) -> Json:
    found: Json = {"type": action.get("type")}
    if "kind" in action:
        found["kind"] = action["kind"]
    host = (action.get("inputs") or {}).get("host") if isinstance(action.get("inputs"), dict) else None
    if isinstance(host, dict) and host.get("operationId"):
        found["swaggerOperationId"] = host["operationId"]
        if operations:
            api = str(host.get("apiId") or "")
            found["api"] = {"id": api, "name": api.rpartition("/")[2]}
            found["apiOperation"] = {"name": host["operationId"], "id": f"{api}/apiOperations/{host['operationId']}"}
    if isinstance(action.get("metadata"), dict):
        found["metadata"] = action["metadata"]
    return found


def problem_of(definition: Any) -> str | None:
    """What is wrong with a definition. ASSUMED: a trigger is asked for; the rest is 5.3."""
    if not isinstance(definition, dict):
        return "The definition must be a JSON object."
    triggers = definition.get("triggers")
    if not isinstance(triggers, dict) or not triggers:
        return "The definition has no trigger."
    connected = any(
        str(action.get("type", "")).startswith("OpenApiConnection") for _unused, action in steps(definition)
    )
    connected = connected or any(
        str(item.get("type", "")).startswith("OpenApiConnection") for item in triggers.values()
    )
    declared = definition.get("parameters") or {}
    if connected and not all(name in declared for name in _DECLARED):
        return f"The inputs of trigger '{next(iter(triggers))}' are not valid."  # it blames the trigger
    return None


def kind_of(definition: Json) -> str:
    """The trigger as the tenant file names it."""
    found = next(iter(definition["triggers"].values()))
    for name, trigger in _TRIGGERS.items():
        if all(found.get(key) == value for key, value in trigger.items()):
            return name
    return str(found.get("type") or "Request")


# -- connection references -------------------------------------------------------------------------------------------


def references_of(value: Any) -> Json | str:
    """The references of a body by their names, or what is wrong with them."""
    if isinstance(value, dict):
        if not all(isinstance(item, dict) for item in value.values()):
            return "A connection reference must be a JSON object."
        return dict(value)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return "'connectionReferences' must be a JSON object."
    found: Json = {}
    for item in value:  # one connector twice is what breaks an array (5.3)
        name = str(item.get("id") or "").rpartition("/")[2]
        if name in found:
            return f"Can not add property {name} to Newtonsoft.Json.Linq.JObject. Property already exists on object."
        found[name] = item
    return found


def stored(references: Json) -> Json:
    """What is kept of them: the members that the service adds are made anew for each answer."""
    kept = ("connectionName", "source", "id", "connectionReferenceLogicalName", "impersonation")
    return {
        name: {key: reference[key] for key in kept if reference.get(key) is not None}
        for name, reference in references.items()
    }


def shown(environment: Environment, item: Flow, *, swagger: bool = False) -> Json:
    """As the Flow RP answers them."""
    return {name: _shown(environment, reference, swagger) for name, reference in item.connection_references.items()}


def _shown(environment: Environment, reference: Json, swagger: bool) -> Json:
    connector = str(reference.get("id") or "").rpartition("/")[2]
    known = CATALOGUE.get(connector) or environment.connectors.get(connector.lower())
    found = {"source": "Embedded", **reference, "tier": "NotSpecified"}
    found["displayName"] = known.name if known is not None else connector
    found["iconUri"] = f"https://contoso.example/icons/{connector}.png"
    if swagger:
        found["apiDefinition"] = {
            "name": connector,
            "id": f"{API}{connector}",
            "type": "Microsoft.PowerApps/apis",
            "properties": {
                "displayName": found["displayName"],
                "tier": known.tier if known is not None else "Standard",
            },
        }
    return found


def unbound(item: Flow) -> list[str]:
    """The references behind which there is no connection."""
    return [name for name, reference in item.connection_references.items() if not reference.get("connectionName")]


# -- the row ---------------------------------------------------------------------------------------------------------


def to_client_data(item: Flow) -> str:
    """ASSUMED: the spacing; the contract says that Dataverse writes its own, and `api.logicalName`."""
    references = {}
    for name, reference in item.connection_references.items():
        connector = str(reference.get("id") or "").rpartition("/")[2]
        connection = {
            member: reference[key]
            for member, key in (
                ("connectionReferenceLogicalName", "connectionReferenceLogicalName"),
                ("name", "connectionName"),
            )
            if reference.get(key) and not (member == "name" and reference.get("connectionReferenceLogicalName"))
        }
        extra = {"impersonation": reference["impersonation"]} if "impersonation" in reference else {}
        references[name] = {
            **extra,
            "runtimeSource": str(reference.get("source") or "Embedded").lower(),
            "connection": connection,
            "api": {"name": connector, "logicalName": connector},
        }
    properties = {"connectionReferences": references, "definition": definition_of(item)}
    held = {"properties": properties, "schemaVersion": SCHEMA_VERSION}
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))


def from_client_data(text: str, environment: Environment, item: Flow | None) -> tuple[Json, Json] | str:
    """Definition and references of a row, or what is wrong with them.

    Which connection stands behind a logical name is what the environment says, else what the flow had.
    """
    try:
        properties = json.loads(text)["properties"]
        definition, given = properties["definition"], properties.get("connectionReferences") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return "The value of 'clientdata' is no flow: JSON with properties.definition is expected."
    problem = problem_of(definition)
    if problem is not None:
        return problem
    if not isinstance(given, dict):
        return "'connectionReferences' must be a JSON object."
    held = item.connection_references if item is not None else {}
    return definition, {name: _from_row(name, entry, environment, held) for name, entry in given.items()}


def _from_row(name: str, entry: Any, environment: Environment, held: Json) -> Json:
    data = entry if isinstance(entry, dict) else {}
    connection, api = data.get("connection") or {}, data.get("api") or {}
    logical = connection.get("connectionReferenceLogicalName")
    found: Json = {
        "id": f"{API}{api.get('name', name)}",
        "source": "Invoker" if str(data.get("runtimeSource")).lower() == "invoker" else "Embedded",
    }
    if "impersonation" in data:
        found["impersonation"] = data["impersonation"]
    bound = connection.get("name")
    if logical:
        found["connectionReferenceLogicalName"] = logical
        before = held.get(name) or {}
        kept = before.get("connectionName") if before.get("connectionReferenceLogicalName") == logical else None
        bound = environment.connection_references.get(str(logical)) or bound or kept
    if bound:
        found["connectionName"] = bound
    return found
