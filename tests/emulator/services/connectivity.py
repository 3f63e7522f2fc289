# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerApps RP: connections and connectors, as administrator and as maker.

powerapps-admin.md 3.7 to 3.13, 4.2 and 4.3.
"""

from __future__ import annotations

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from . import connectivity_shapes as shapes
from .connections import PAGE, Connections, no_environment
from .connector_writes import ConnectorWrites
from .connectors import Connectors
from .rp import ResourceProvider

CONNECTIONS, CONNECTORS = "ManageAnyConnection", "ManageAnyCustomApi"
_BLOCKED = {"office_ai": "PermissionBlockedByOfficeAI"}


class Connectivity:
    """Adds its routes to those of the service."""

    def __init__(self, service: ResourceProvider, root: str) -> None:
        self.service = service
        self.state = service.state
        self.connections = Connections(service.world)
        self.connectors = Connectors(service.world)
        add = service.routes.add
        admin = f"{root}/scopes/admin/environments/{{}}"
        one = f"{admin}/apis/{{}}/connections/{{}}"
        add("GET", f"{admin}/connections", self._list_admin)
        add("GET", f"{admin}/apis/{{}}/connections", self._list_admin)
        add("DELETE", one, self._delete_admin)
        add("GET", f"{one}/permissions", self._permissions_admin)
        add("POST", f"{one}/modifyPermissions", self._modify_admin)
        add("GET", f"{admin}/apis", self._connectors_admin)
        add("DELETE", f"{admin}/apis/{{}}", self._delete_connector_admin)
        add("GET", f"{admin}/apis/{{}}/permissions", self._connector_permissions_admin)
        add("POST", f"{admin}/apis/{{}}/modifyPermissions", self._modify_connector_admin)
        one = f"{root}/apis/{{}}/connections/{{}}"
        add("GET", f"{root}/connections", self._list)
        add("GET", f"{root}/apis/{{}}/connections", self._list)
        add("GET", one, self._get)
        add("PUT", one, self._put)
        add("DELETE", one, self._delete)
        add("GET", f"{one}/permissions", self._permissions)
        add("POST", f"{one}/modifyPermissions", self._modify)
        add("GET", f"{root}/apis", self._connectors)
        add("GET", f"{root}/apis/{{}}", self._connector)
        add("GET", f"{root}/apis/{{}}/permissions", self._connector_permissions)
        add("POST", f"{root}/apis/{{}}/modifyPermissions", self._modify_connector)
        ConnectorWrites(service, self.connectors, root)

    # -- as administrator ------------------------------------------------------------------------------------------

    def _administered(self, call: Call, name: str, permission: str) -> Environment:
        environment = self.state.environment(name)
        if environment is None:
            raise no_environment(name, self.state.tenant.id)
        self.service.need_admin(call, permission, environment)
        if permission == CONNECTORS and environment.blocked in _BLOCKED:
            text = (
                f"The user with object id '{call.oid()}' in tenant '{self.state.tenant.id}' does not have access to "
                f"permission '{permission}' in environment '{environment.id}'. "
                f"Error Code: {_BLOCKED[environment.blocked]}"
            )
            raise ServiceError(403, envelopes.FORBIDDEN_ADMIN, text)
        return environment

    def _list_admin(self, call: Call, name: str, connector: str | None = None) -> Reply:
        environment = self._administered(call, name, CONNECTIONS)
        if connector is not None:
            self.connections.need_connector(environment, connector)
        return self.connections.page(
            call, environment, self.connections.of(environment, connector), shapes.ADMIN, size=PAGE
        )

    def _delete_admin(self, call: Call, name: str, connector: str, connection: str) -> Reply:
        environment = self._administered(call, name, CONNECTIONS)
        return self.connections.remove(environment, self.connections.live(environment, connector, connection))

    def _permissions_admin(self, call: Call, name: str, connector: str, connection: str) -> Reply:
        environment = self._administered(call, name, CONNECTIONS)
        return self.connections.permissions(call, self.connections.shown(environment, connector, connection))

    def _modify_admin(self, call: Call, name: str, connector: str, connection: str) -> Reply:
        environment = self._administered(call, name, CONNECTIONS)
        return self.connections.modify(call, environment, self.connections.live(environment, connector, connection))

    def _connectors_admin(self, call: Call, name: str) -> Reply:
        return self.connectors.list_custom(call, self._administered(call, name, CONNECTORS))

    def _delete_connector_admin(self, call: Call, name: str, connector: str) -> Reply:
        environment = self._administered(call, name, CONNECTORS)
        return self.connectors.remove(environment, self.connectors.live(environment, connector))

    def _connector_permissions_admin(self, call: Call, name: str, connector: str) -> Reply:
        environment = self._administered(call, name, CONNECTORS)
        item = self.connectors.shown(environment, connector)
        return self.connectors.permissions(call, environment, item, shapes.ADMIN)

    def _modify_connector_admin(self, call: Call, name: str, connector: str) -> Reply:
        environment = self._administered(call, name, CONNECTORS)
        return self.connectors.modify(call, environment, self.connectors.live(environment, connector))

    # -- as maker --------------------------------------------------------------------------------------------------

    def _filtered(self, call: Call) -> Environment:
        """The filter's environment. Applications get in here too, with their own rights, once they are registered."""
        if call.caller is not None and call.caller.app_only and not self.service.world.is_admin(call):
            text = "The application does not have permission to access this."
            raise ServiceError(403, envelopes.FORBIDDEN_ADMIN, text)
        return self.connectors.filtered_environment(call)

    def _list(self, call: Call, connector: str | None = None) -> Reply:
        environment = self._filtered(call)
        if connector is not None:
            self.connections.need_connector(environment, connector)
        found = self.connections.of_caller(call, environment, connector)
        return self.connections.page(call, environment, found, shapes.MAKER)

    def _get(self, call: Call, connector: str, connection: str) -> Reply:
        environment = self._filtered(call)
        item = self.connections.shown(environment, connector, connection)
        self.connections.need_role(call, item)
        return Reply(200, shapes.connection(self.state, environment, item, shapes.MAKER))

    def _put(self, call: Call, connector: str, connection: str) -> Reply:
        environment = self._filtered(call)
        return self.connections.put(call, environment, connector, connection, shapes.MAKER)

    def _delete(self, call: Call, connector: str, connection: str) -> Reply:
        environment = self._filtered(call)
        item = self.connections.live(environment, connector, connection)
        self.connections.need_role(call, item, edit=True)
        return self.connections.remove(environment, item)

    def _permissions(self, call: Call, connector: str, connection: str) -> Reply:
        item = self.connections.shown(self._filtered(call), connector, connection)
        self.connections.need_role(call, item, edit=True)
        return self.connections.permissions(call, item)

    def _modify(self, call: Call, connector: str, connection: str) -> Reply:
        environment = self._filtered(call)
        item = self.connections.live(environment, connector, connection)
        self.connections.need_role(call, item, edit=True)
        return self.connections.modify(call, environment, item)

    def _connectors(self, call: Call) -> Reply:
        self._filtered(call)
        return self.connectors.list_all(call)

    def _connector(self, call: Call, connector: str) -> Reply:
        return self.connectors.get(self._filtered(call), connector)

    def _connector_permissions(self, call: Call, connector: str) -> Reply:
        environment = self._filtered(call)
        item = self.connectors.shown(environment, connector)
        self.connectors.need_editor(call, item)
        return self.connectors.permissions(call, environment, item, shapes.MAKER)

    def _modify_connector(self, call: Call, connector: str) -> Reply:
        environment = self._filtered(call)
        item = self.connectors.live(environment, connector)
        self.connectors.need_editor(call, item)
        return self.connectors.modify(call, environment, item)
