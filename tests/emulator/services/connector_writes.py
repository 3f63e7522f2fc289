# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerApps RP: custom connectors made, changed and deleted by their makers (dataverse-connectors.md 5)."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Connector, Environment, Role, next_version
from . import connectivity_shapes as shapes
from .base import folded, json_of
from .clock import after, now
from .connectors import Connectors
from .definitions import internal_name, problem_of, take_secrets
from .rp import ResourceProvider

_PARAMETERS = {"connectionparameters": "connection_parameters", "connectionparametersets": "connection_parameter_sets"}
_PLAIN = {
    "iconbrandcolor": "icon_brand_color",
    "publisher": "publisher",
    "policytemplateinstances": "policy_templates",
    "scriptoperations": "script_operations",
}


class ConnectorWrites:
    """Adds its routes to those of the service. Users' tokens only: the documented tool has no other."""

    def __init__(self, service: ResourceProvider, connectors: Connectors, root: str) -> None:
        self.service = service
        self.state = service.state
        self.connectors = connectors
        add = service.routes.add
        add("POST", f"{root}/apis", self._create)
        add("PATCH", f"{root}/apis/{{}}", self._update)
        add("DELETE", f"{root}/apis/{{}}", self._delete)
        add("POST", f"{root}/objectIds/{{}}/validateApiSwagger", self._validate)
        add("POST", f"{root}/objectIds/{{}}/generateResourceStorage", self._storage)

    def _need_user(self, call: Call) -> None:
        if call.caller is None or call.caller.app_only:
            text = "The application does not have permission to access this."
            raise ServiceError(403, envelopes.FORBIDDEN_ADMIN, text)

    def _environment(self, call: Call) -> Environment:
        self._need_user(call)
        environment = self.connectors.filtered_environment(call)
        if not self.service.visible(call, environment):  # ASSUMED: making one takes the role of a maker
            text = f"The user with object id '{call.oid()}' is no maker in environment '{environment.id}'."
            raise ServiceError(403, envelopes.FORBIDDEN_ADMIN, text)
        return environment

    # -- connectors ------------------------------------------------------------------------------------------------

    def _create(self, call: Call) -> Reply:
        """ASSUMED: what is made here has no row in Dataverse: this route is "the only one to non-solution" ones."""
        environment = self._environment(call)
        properties = self._properties(call, environment)
        title = properties.get("displayname")
        if not isinstance(title, str) or not title:
            raise ServiceError(400, envelopes.BAD_BODY, "'displayName' is needed.")
        if properties.get("openapidefinition") is None:
            raise ServiceError(400, envelopes.BAD_DEFINITION, "'openApiDefinition' is needed.")
        creator, time = call.oid(), now()
        name = internal_name(title, str(uuid.uuid4()), 32)
        item = Connector(name, title, creator, created=time, modified=time)
        item.roles[creator] = Role(creator, "Owner", "User")
        _take(item, properties)
        self.state.before(environment.connectors, item.key)
        environment.connectors[item.key] = item
        return Reply(201, shapes.connector(self.state, environment, item, shapes.MAKER, detail=True))

    def _update(self, call: Call, name: str) -> Reply:
        """What is sent replaces, what is left out stays; the display name is one of create (ASSUMED: ignored here)."""
        environment, item = self._editable(call, name)
        properties = self._properties(call, environment)
        if item.managed and not item.customizable:  # ASSUMED: as in Dataverse
            raise ServiceError(400, envelopes.OWNER_IMMUTABLE, "The connector is managed and cannot be customized.")
        self.state.before(environment.connectors, item.key)
        _take(item, properties)
        item.modified_by = call.oid()
        item.modified = after(item.modified, step=timedelta(seconds=1))
        if item.dataverse_id is not None:
            item.version_number = next_version(environment)
        return Reply(200, shapes.connector(self.state, environment, item, shapes.MAKER, detail=True))

    def _delete(self, call: Call, name: str) -> Reply:
        """ASSUMED: who may edit it may delete it; the row in Dataverse goes as well."""
        environment, item = self._editable(call, name)
        return self.connectors.remove(environment, item)

    def _editable(self, call: Call, name: str) -> tuple[Environment, Connector]:
        self._need_user(call)
        environment = self.connectors.filtered_environment(call)
        item = self.connectors.live(environment, name)
        self.connectors.need_editor(call, item)
        return environment, item

    def _properties(self, call: Call, environment: Environment) -> dict[str, Any]:
        """The body's properties; where they name an environment it has to be the filter's."""
        properties = folded(folded(json_of(call, envelopes.BAD_BODY)).get("properties"))
        named = folded(properties.get("environment")).get("name")
        if named is not None and self.state.environment(str(named)) is not environment:
            raise ServiceError(400, envelopes.BAD_BODY, f"'{named}' is not the environment of the request.")
        definition = properties.get("openapidefinition")
        problem = problem_of(definition) if definition is not None else None
        if problem is not None:
            raise ServiceError(400, envelopes.BAD_DEFINITION, problem)
        return properties

    # -- beside them -----------------------------------------------------------------------------------------------

    def _need_self(self, call: Call, object_id: str) -> None:
        """ASSUMED: the object id of the path is the caller's own."""
        self._need_user(call)
        if object_id.lower() != call.oid():
            text = f"The user with object id '{call.oid()}' does not have access to '{object_id}'."
            raise ServiceError(403, envelopes.FORBIDDEN_ADMIN, text)

    def _validate(self, call: Call, object_id: str) -> Reply:
        """The findings as one JSON text, empty when there are none (ASSUMED by the contract)."""
        self._need_self(call, object_id)
        problem = problem_of(json_of(call, envelopes.BAD_BODY))
        return Reply(200, f"Error: {problem}\r\n" if problem else "")

    def _storage(self, call: Call, object_id: str) -> Reply:
        """An address of the right form; nothing answers there."""
        self._need_self(call, object_id)
        named = folded(folded(json_of(call, envelopes.BAD_BODY)).get("environment")).get("name")
        self.connectors.visible_environment(str(named or ""))
        signature = hashlib.sha256(f"{call.number} {object_id}".encode()).hexdigest()
        container = uuid.uuid5(uuid.NAMESPACE_DNS, object_id).hex
        address = f"https://contosoresources.blob.core.windows.net/{container}?sv=2024-11-04&sr=c&sig={signature}"
        return Reply(200, {"sharedAccessSignature": address})


def _take(item: Connector, properties: dict[str, Any]) -> None:
    definition = properties.get("openapidefinition")
    if definition is not None:
        item.definition = definition
    info = folded((definition or {}).get("info"))
    if properties.get("description") is not None or info.get("description") is not None:
        # ASSUMED: the body's own description before that of the definition
        item.description = str(properties.get("description") or info.get("description") or "")
    for key, name in _PLAIN.items():
        if properties.get(key) is not None:
            setattr(item, name, properties[key])
    if isinstance(properties.get("capabilities"), list):
        item.capabilities = [str(name) for name in properties["capabilities"]]
    if properties.get("scriptdefinitionurl") == "":
        item.script = None
    for key, name in _PARAMETERS.items():
        if properties.get(key) is not None:
            clean, taken = take_secrets(properties[key], key)
            setattr(item, name, clean)
            item.secrets.update(taken)
