# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AvePoint's Graph API: what EnPower knows of connections and environments (avepoint.md 3, 4 and 5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from ..avepoint_hosts import IDENTITY, environment_of
from ..call import Call, Reply, ServiceError
from ..model import Connection, Environment
from ..paging import page_at
from ..world import UnauthorizedError, World
from . import avepoint_shapes as shapes
from .avepoint_login import audience
from .base import Service

PAGE, LONGEST = 100, 1000
PERMISSION = "enpower.data.read.all"
Row = dict[str, Any] | tuple[Environment, Connection]
Rows = Callable[[str], Sequence[Row]]


class AvePoint(Service):
    """ASSUMED: a token is good in the environment that issued it, in each of its data centres."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        root = "/smp/powerplatform"
        self.routes.add("GET", f"{root}/connections", lambda call: self._report(call, "connections", self._connections))
        self.routes.add(
            "GET", f"{root}/environments", lambda call: self._report(call, "environments", self._environments)
        )

    def headers(self, _: Call, reply: Reply) -> None:
        reply.headers.setdefault("request-id", str(uuid.uuid4()))

    def answer(self, call: Call) -> Reply:
        """Route, bearer, permission, parameters (ASSUMED order)."""
        environment = environment_of(call.host)
        found = self.routes.find(call.method, call.segments)
        if found is None or environment == "":
            raise ServiceError(404, "", "The requested resource was not found.")
        accepted = IDENTITY if environment is None else (environment,)
        self.world.authenticate(call, frozenset(audience(item) for item in accepted))
        if call.caller is None or call.caller.scopes is None:
            raise UnauthorizedError("The access token was issued by somebody else.")
        if PERMISSION not in call.caller.scopes:
            raise ServiceError(403, "", f"The application does not have the permission {PERMISSION}.")
        return found[0](call)

    def _report(self, call: Call, name: str, rows: Rows) -> Reply:
        """A page. ASSUMED: 400 for a `top` out of its range; `tenant` is an id; `totalCount` counts the whole set."""
        text = call.query.get("top")
        size = PAGE if text is None else int(text) if text.isdecimal() else 0
        if not 1 <= size <= LONGEST:
            raise ServiceError(400, "", f"The value '{text}' of top is not valid: enter a number from 1 to {LONGEST}.")
        wanted = (call.query.get("tenant") or "").lower()
        found = rows(wanted)
        chosen, link = page_at(call, self.world.faults, found, size)
        rule = self.world.faults.rule("report", call)
        form = {} if rule is None else rule.data
        if link is not None and form.get("link") == "relative":
            link = link[link.index("/", len("https://")) :]
        body: dict[str, Any] = {
            name: self._filled(chosen),
            "totalCount": len(chosen) if form.get("total") == "page" else len(found),
            "nextLink": link,
        }
        if link is None:
            if form.get("last") == "absent":
                del body["nextLink"]
            elif form.get("last") != "null":
                body["nextLink"] = ""
        return Reply(200, body)

    def _is_own(self, wanted: str) -> bool:
        return not wanted or wanted == self.state.tenant.id

    def _connections(self, wanted: str) -> list[Row]:
        """What the tenant has, as of now (ASSUMED: no scan interval is known), then the further rows of the file."""
        tenant = self.state.tenant
        found: list[Row] = []
        if self._is_own(wanted):
            for environment in tenant.environments.values():
                found += [(environment, item) for item in environment.connections.values() if not item.deleted]
        rows = tenant.platform.avepoint.rows
        return [*found, *(row for row in rows if not wanted or str(row.get("tenantId")).lower() == wanted)]

    def _environments(self, wanted: str) -> list[Row]:
        own = list(self.state.tenant.environments.values()) if self._is_own(wanted) else []
        return [shapes.environment(self.state, item) for item in own]

    def _filled(self, chosen: Sequence[Row]) -> list[dict[str, Any]]:
        """The rows of a page: connections are made into rows here, so that a page costs what is on it."""
        usage: dict[str, shapes.Usage] = {}
        found: list[dict[str, Any]] = []
        for row in chosen:
            if isinstance(row, dict):
                found.append(row)
                continue
            environment, item = row
            if environment.id not in usage:
                usage[environment.id] = shapes.Usage(environment)
            seen = self.state.peek(environment.connections, item)
            found.append(shapes.connection(self.state, environment, seen, usage[environment.id]))
        return found
