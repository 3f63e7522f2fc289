# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with connectors, whichever route asks for it (powerapps-admin.md 3.11 to 3.13, 4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..catalogue import CATALOGUE
from ..model import Connector, Environment
from ..paging import listing, page_of
from ..world import World
from . import connectivity_shapes as shapes
from . import roles
from .connections import PAGE, custom_connector, no_connector, no_environment

_ENVIRONMENT = re.compile(r"\benvironment\s+eq\s+'([^']*)'", re.IGNORECASE)
_CUSTOM = re.compile(r"\biscustomapi\s+eq\s+'?true\b", re.IGNORECASE)


class Connectors:
    def __init__(self, world: World) -> None:
        self.world = world
        self.state = world.state

    # -- finding ---------------------------------------------------------------------------------------------------

    def filtered_environment(self, call: Call) -> Environment:
        """The environment that `$filter` has to name. One that is still being made is not visible yet."""
        named = _ENVIRONMENT.search(call.query.get("$filter") or "")
        if named is None:
            text = "The environment filter is missing: the request needs $filter=environment eq '{environment}'."
            raise ServiceError(400, "MissingEnvironmentFilter", text)
        return self.visible_environment(named[1])

    def visible_environment(self, name: str) -> Environment:
        found = self.state.environment(name)
        if found is None or found.state != "Succeeded":
            raise no_environment(name, self.state.tenant.id)
        return found

    def custom(self, environment: Environment) -> Iterator[Connector]:
        for item in environment.connectors.values():
            seen = self.state.seen(environment.connectors, item)
            if not seen.deleted and not self.state.hidden(environment.connectors, item.key):
                yield seen

    def live(self, environment: Environment, connector: str) -> Connector:
        """The record itself: who writes takes this one. Connectors of the catalogue have no roles and cannot go."""
        item = custom_connector(self.state, environment, connector)
        if item is None:
            raise no_connector(environment, connector)
        return item

    def shown(self, environment: Environment, connector: str) -> Connector:
        item = environment.connectors.get(connector.lower())
        seen = self.state.seen(environment.connectors, item) if item is not None else None
        if seen is None or seen.deleted or self.state.hidden(environment.connectors, seen.key):
            raise no_connector(environment, connector)
        return seen

    def need_editor(self, call: Call, item: Connector) -> None:
        if roles.role_of(self.state, call.oid(), item) not in ("Owner", "CanEdit"):
            text = f"The user with object id '{call.oid()}' does not have permission to access this."
            raise ServiceError(403, envelopes.NO_USE_OF_CONNECTOR, text)

    # -- answering -------------------------------------------------------------------------------------------------

    def list_custom(self, call: Call, environment: Environment) -> Reply:
        chosen, link = page_of(call, self.world.faults, list(self.custom(environment)), PAGE)
        return Reply(
            200, listing([shapes.connector(self.state, environment, item, shapes.ADMIN) for item in chosen], link)
        )

    def list_all(self, call: Call) -> Reply:
        """Catalogue and custom connectors of the filter's environment, or its custom ones. No paging was observed."""
        environment = self.filtered_environment(call)
        urls = not call.query.flag("showAllDlpEnforceableApis")
        found: list[dict[str, Any]] = []
        if not _CUSTOM.search(call.query.get("$filter") or ""):
            found += [shapes.built_in(environment, item, urls=urls) for item in CATALOGUE.values()]
        found += [
            shapes.connector(self.state, environment, item, shapes.MAKER, urls=urls)
            for item in self.custom(environment)
        ]
        chosen, link = page_of(call, self.world.faults, found, max(len(found), 1))
        return Reply(200, listing(list(chosen), link))

    def get(self, environment: Environment, connector: str) -> Reply:
        built_in = CATALOGUE.get(connector.lower())
        if built_in is not None:
            return Reply(200, shapes.built_in(environment, built_in, detail=True))
        item = self.shown(environment, connector)
        return Reply(200, shapes.connector(self.state, environment, item, shapes.MAKER, detail=True))

    def permissions(self, call: Call, environment: Environment, item: Connector, form: str) -> Reply:
        chosen, link = page_of(call, self.world.faults, list(item.roles.values()), PAGE)
        found = [shapes.connector_permission(self.state, environment, item, role, form) for role in chosen]
        return Reply(200, listing(found, link))

    def modify(self, call: Call, environment: Environment, item: Connector) -> Reply:
        """ASSUMED by the contract: the body is empty, as that of connections."""
        roles.modify(self.world, call, environment.connectors, item)
        return Reply(200)

    def remove(self, environment: Environment, item: Connector) -> Reply:
        """ASSUMED: its connections stay behind."""
        self.state.before(environment.connectors, item.key)
        item.deleted = True
        return Reply(200)
