# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Power Platform API: hosts, versions and rights of every route; the routes of connectivity.

power-platform-api.md 1, 2 and 4.7. The other families have a file each.
"""

from __future__ import annotations

from collections.abc import Callable

from .. import envelopes
from ..call import Call, Reply, Routes, ServiceError
from ..clouds import scope_of_host
from ..model import Connection, Environment
from ..world import World
from . import connectivity_shapes as shapes
from .base import Service
from .billing import Billing
from .connections import Connections, no_environment
from .connectors import Connectors
from .environment_groups import EnvironmentGroups
from .environment_settings import EnvironmentSettings
from .lifecycle import Lifecycle
from .packages import Packages
from .platform_access import Access, Guarded, lacks_grant, of_connectivity, refusal
from .platform_roles import PlatformRoles

VERSIONS = ("1", "2021-10-01-preview", "2022-03-01-preview", "2024-10-01", "2026-05-01-preview")


class PowerPlatform(Service):
    """Routes belong to a host: those of an environment's host are nowhere else, and the other way round."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.connections = Connections(world)
        self.connectors = Connectors(world)
        add = self.routes.add
        named = "/connectivity/environments/{}"
        add("GET", f"{named}/connections", self._list)
        add("GET", f"{named}/connectors", self._list_connectors)
        add("GET", f"{named}/connectors/{{}}", self._connector)
        self._hosts = {"": self.routes, "environment": Routes(), "tenant": Routes()}  # nothing here is a tenant's
        add = self._hosts["environment"].add
        of_connector = "/connectivity/connectors/{}/connections"
        one = f"{of_connector}/{{}}"
        add("GET", "/connectivity/connections", self._list_mine)
        add("GET", of_connector, self._list_mine)
        add("PUT", one, self._put)
        add("GET", one, self._get)
        add("DELETE", one, self._delete)
        add("POST", f"{one}/getConsentLink", self._consent_link)
        add("POST", f"{one}/confirmConsentCode", self._confirm)
        add("GET", f"{one}/permissions", self._permissions)
        add("POST", f"{one}/modifyPermissions", self._modify)
        for family in (Billing, Packages, Lifecycle, EnvironmentSettings, EnvironmentGroups, PlatformRoles):
            family(world, self._serve)

    def _serve(
        self,
        method: str,
        path: str,
        handler: Callable[..., Reply],
        access: Access,
        error: Callable[[Call, ServiceError], Reply],
        *,
        also: tuple[str, ...] = (),
    ) -> None:
        """See `platform_routes.Serve`."""
        part = "/environments/{environment}"
        route = Guarded(handler, access, error, part in path)
        self.routes.add(method, path.replace("{environment}", "{}"), route)
        if route.named:
            self._hosts["environment"].add(method, path.replace(part, ""), route)
        for scope in also:
            self._hosts[scope].add(method, path, route)

    def answer(self, call: Call) -> Reply:
        """Route, api-version, bearer, the application's rights, then the environment (ASSUMED order; rights come
        before identifiers, that much is known)."""
        scope, label = scope_of_host(call.host, call.cloud) or ("", "")
        found = self._hosts[scope].find(call.method, call.segments)
        if found is None or (scope == "tenant" and label != self.state.tenant.id.replace("-", "")):
            return envelopes.gateway(404, "RouteNotFound", "The requested route could not be found.")
        version = call.query.get("api-version") or ""
        if version not in VERSIONS:
            text = f"API version {version} is not supported. Supported API versions are: {', '.join(VERSIONS)}."
            return envelopes.gateway(400, "ApiVersionInvalid", text, "ApiVersionUnsupported")
        self.world.authenticate(call)
        if isinstance(found[0], Guarded):
            return self._guarded(call, found[0], found[1], label if scope == "environment" else "")
        if lacks_grant(self.world, call, of_connectivity(call)):
            return envelopes.insufficient_delegated(of_connectivity(call))
        if call.caller is not None and call.caller.app_only and not self.world.is_admin(call):
            return envelopes.insufficient_principal()
        handler, taken = found
        if not scope:
            return handler(call, self.connectors.visible_environment(taken[0]), *taken[1:])
        return handler(call, self._labelled(label), *taken)

    def _guarded(self, call: Call, route: Guarded, taken: list[str], label: str) -> Reply:
        """Rights, then the environment, then the handler, whose refusals get the envelope of their family."""
        arguments: list[object] = list(taken)
        environment: Environment | None = None
        name = label
        if route.named:
            name = name or str(arguments.pop(0))
            environment = self._by_label(label) if label else self.state.environment(name)
            arguments.insert(0, environment)
        refused = refusal(self.world, call, route.access, environment)
        if refused is not None:
            return refused
        if route.named and environment is None:
            text = f"The environment '{name}' could not be found in the tenant '{self.state.tenant.id}'."
            return route.error(call, ServiceError(404, "EnvironmentNotFound", text))
        try:
            return route(call, *arguments)
        except ServiceError as error:
            return route.error(call, error)

    def _by_label(self, label: str) -> Environment | None:
        environments = self.state.tenant.environments.values()
        return next((item for item in environments if item.id.replace("-", "").lower() == label), None)

    def _labelled(self, label: str) -> Environment:
        environment = self._by_label(label)
        if environment is None:
            raise no_environment(label, self.state.tenant.id)
        return self.connectors.visible_environment(environment.id)

    # -- global host -----------------------------------------------------------------------------------------------

    def _list(self, call: Call, environment: Environment) -> Reply:
        """ASSUMED: an administrator sees all connections of the environment, anybody else those it may use."""
        if self.world.is_admin(call):
            found = list(self.connections.of(environment))
        else:
            found = self.connections.of_caller(call, environment)
        return self.connections.page(call, environment, found, shapes.PLATFORM)

    def _list_connectors(self, call: Call, _unused: Environment) -> Reply:
        return self.connectors.list_all(call)

    def _connector(self, _unused: Call, environment: Environment, connector: str) -> Reply:
        return self.connectors.get(environment, connector)

    # -- host of an environment ------------------------------------------------------------------------------------

    def _list_mine(self, call: Call, environment: Environment, connector: str | None = None) -> Reply:
        if connector is not None:
            self.connections.need_connector(environment, connector)
        found = self.connections.of_caller(call, environment, connector)
        return self.connections.page(call, environment, found, shapes.PLATFORM)

    def _put(self, call: Call, environment: Environment, connector: str, name: str) -> Reply:
        return self.connections.put(call, environment, connector, name, shapes.PLATFORM)

    def _get(self, call: Call, environment: Environment, connector: str, name: str) -> Reply:
        item = self.connections.shown(environment, connector, name)
        self.connections.need_role(call, item)
        return Reply(200, shapes.connection(self.state, environment, item, shapes.PLATFORM))

    def _editable(self, call: Call, environment: Environment, connector: str, name: str) -> Connection:
        item = self.connections.live(environment, connector, name)
        self.connections.need_role(call, item, edit=True)
        return item

    def _delete(self, call: Call, environment: Environment, connector: str, name: str) -> Reply:
        """ASSUMED: who may edit it may delete it."""
        return self.connections.remove(environment, self._editable(call, environment, connector, name))

    def _consent_link(self, call: Call, environment: Environment, connector: str, name: str) -> Reply:
        return self.connections.consent_link(call, self._editable(call, environment, connector, name))

    def _confirm(self, call: Call, environment: Environment, connector: str, name: str) -> Reply:
        item = self._editable(call, environment, connector, name)
        return self.connections.confirm_consent(call, environment, item, shapes.PLATFORM)

    def _permissions(self, call: Call, environment: Environment, connector: str, name: str) -> Reply:
        item = self.connections.shown(environment, connector, name)
        self.connections.need_role(call, item, edit=True)
        return self.connections.permissions(call, item)

    def _modify(self, call: Call, environment: Environment, connector: str, name: str) -> Reply:
        return self.connections.modify(call, environment, self._editable(call, environment, connector, name))
