# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow RP: flows made, changed, switched, deleted and restored (flow-management.md 5.3, 5.4, 5.20 to 5.23)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..flow_model import Flow, FlowRole
from ..model import Environment
from . import flow_definitions, flow_shapes, flow_states
from .base import Service, folded, json_of
from .clock import now
from .flow_access import ADMIN, MAKER, FlowAccess, is_admin_form, is_live, is_over, on

_STATES = {"started": "Started", "stopped": "Stopped"}
_BODY_STATES = {**_STATES, "suspended": "Suspended", "deleted": "Deleted", "notspecified": "NotSpecified"}


class FlowWrites:
    """Adds its routes to those of the service."""

    def __init__(self, service: Service, access: FlowAccess) -> None:
        self.state = service.state
        self.access = access
        add = service.routes.add
        add("POST", f"{MAKER}/flows", self._create)
        add("PATCH", f"{MAKER}/flows/{{}}", on(access.editable_flow, self._update))
        add("POST", f"{MAKER}/flows/{{}}/exportToARMTemplate", on(access.maker_flow, self._export))
        add("POST", f"{ADMIN}/flows/{{}}/restore", self._restore)
        for prefix, edit in ((ADMIN, access.admin_flow), (MAKER, access.editable_flow)):
            add("DELETE", f"{prefix}/flows/{{}}", self._delete)
            add("POST", f"{prefix}/flows/{{}}/start", on(edit, self._start))
            add("POST", f"{prefix}/flows/{{}}/stop", on(edit, self._stop))

    # -- create and update -------------------------------------------------------------------------------------------

    def _create(self, call: Call, name: str) -> Reply:
        """Never idempotent: a second flow of one name is a second flow."""
        environment = self.access.visible_environment(call, name)
        properties = _properties(call)
        title = properties.get("displayname")
        if not isinstance(title, str) or not title.strip():
            raise _bad("'displayName' is needed.")
        if properties.get("definition") is None:
            raise _bad("'definition' is needed.")
        creator, time = call.oid(), now()
        item = Flow(str(uuid.uuid4()), title, creator, state="Stopped", created=time, modified=time)
        item.roles[creator] = FlowRole(creator, "Owner", "User")
        wanted = _state_of(properties) or "Started"  # ASSUMED: on, when nothing is said
        if wanted not in _STATES.values():
            raise _bad(f"A flow cannot be made with the state '{wanted}'.")
        _take(environment, item, properties)
        if not environment.create_binds and item.connection_references:
            # "A create may not bind the connections" (5.3): a PATCH has to bring them again
            for reference in item.connection_references.values():
                reference.pop("connectionName", None)
            item.bound, wanted = False, "Stopped"
        item.state = wanted
        self.state.before(environment.flows, item.id)
        environment.flows[item.id] = item
        rule = self.state.stale_rule
        if rule is not None:
            self.state.hide(environment.flows, item.id, rule)
        return Reply(201, self._shape(environment, item))

    def _update(self, call: Call, environment: Environment, item: Flow) -> Reply:
        """What is sent replaces, what is left out stays; members that nobody can write are ignored (5.22)."""
        properties = _properties(call)
        title = properties.get("displayname")
        if title is not None and (not isinstance(title, str) or not title.strip()):
            raise _bad("'displayName' must be a text.")
        wanted = _state_of(properties)
        if wanted is not None and wanted != item.state and wanted not in _STATES.values():
            raise _bad(f"The state '{wanted}' cannot be set.")
        if any(properties.get(key) is not None for key in ("displayname", "definition", "connectionreferences")):
            flow_states.touch(self.state, environment, item, call.oid())
            item.name = title or item.name
            _take(environment, item, properties)
        if wanted is not None and wanted != item.state:  # ASSUMED: as start and stop
            item = self._turned(call, environment, item, wanted)
        return Reply(200, self._shape(environment, item))

    def _turned(self, call: Call, environment: Environment, item: Flow, wanted: str) -> Flow:
        if wanted == "Started":
            return flow_states.start(self.state, environment, item, call.oid())
        return flow_states.turn(self.state, environment, item, wanted, call.oid())

    def _shape(self, environment: Environment, item: Flow) -> dict[str, Any]:
        return flow_shapes.flow(self.state, environment, item, detail=True, definition=True)

    def _export(self, _unused: Call, environment: Environment, item: Flow) -> Reply:
        """ASSUMED: what is inside of the file, of which the contract says no more than that it is JSON."""
        seen = self.state.seen(environment.flows, item)
        resource = {
            "type": "Microsoft.Logic/workflows",
            "apiVersion": "2016-06-01",
            "name": "[parameters('logicAppName')]",
            "properties": {"state": "Disabled", "definition": flow_definitions.definition_of(seen), "parameters": {}},
        }
        schema = "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#"
        return Reply(200, {"$schema": schema, "contentVersion": "1.0.0.0", "resources": [resource]})

    # -- states ------------------------------------------------------------------------------------------------------

    def _start(self, call: Call, environment: Environment, item: Flow) -> Reply:
        flow_states.start(self.state, environment, item, call.oid())
        return Reply(200)

    def _stop(self, call: Call, environment: Environment, item: Flow) -> Reply:
        flow_states.turn(self.state, environment, item, "Stopped", call.oid())
        return Reply(200)

    def _delete(self, call: Call, name: str, flow_id: str) -> Reply:
        """200 was there, 204 was not (5.4); on the maker route a flow of others is 403, none at all 204."""
        find: Callable[[Call, str], Environment] = self.access.admin_environment
        if not is_admin_form(call):
            find = self.access.maker_environment
        environment = find(call, name)
        item = environment.flows.get(flow_id.lower())
        if item is None or not is_live(item):
            return Reply(204)
        if not is_admin_form(call):
            self.access.editable_flow(call, name, flow_id)
        flow_states.remove(self.state, environment, item)
        return Reply(200)

    def _restore(self, call: Call, name: str, flow_id: str) -> Reply:
        environment = self.access.admin_environment(call, name)
        item = environment.flows.get(flow_id.lower())
        if item is None or item.state != "Deleted" or is_over(item):
            raise ServiceError(404, "AzureResourceManagerRequestFailed", "Request to Azure Resource Manager failed.")
        flow_states.restore(self.state, environment, item)
        return Reply(200)


# -- bodies ----------------------------------------------------------------------------------------------------------


def _bad(message: str, code: str = envelopes.BAD_BODY) -> ServiceError:
    return ServiceError(400, code, message)


def _properties(call: Call) -> dict[str, Any]:
    properties = folded(json_of(call, envelopes.BAD_BODY)).get("properties")
    if not isinstance(properties, dict):
        raise _bad("'properties' is needed.")
    return folded(properties)


def _state_of(properties: dict[str, Any]) -> str | None:
    given = properties.get("state")
    if given is None:
        return None
    found = _BODY_STATES.get(str(given).lower())
    if found is None:
        raise _bad(f"The state '{given}' is not valid.")
    return found


def _take(environment: Environment, item: Flow, properties: dict[str, Any]) -> None:
    """Definition and references, each as a whole."""
    definition, references = properties.get("definition"), properties.get("connectionreferences")
    if definition is not None:
        problem = flow_definitions.problem_of(definition)
        if problem is not None:
            raise _bad(problem, envelopes.BAD_FLOW)
        item.definition, item.trigger = definition, flow_definitions.kind_of(definition)
    if references is not None:
        found = flow_definitions.references_of(references)
        if isinstance(found, str):
            raise _bad(found)
        item.connection_references = flow_definitions.stored(found)
        for reference in item.connection_references.values():
            logical = reference.get("connectionReferenceLogicalName")
            if logical and not reference.get("connectionName") and logical in environment.connection_references:
                reference["connectionName"] = environment.connection_references[logical]
        item.bound = item.bound or not flow_definitions.unbound(item)
