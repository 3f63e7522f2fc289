# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment groups and who belongs to them (power-platform-api.md 3 and 4.5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from ..paging import listing, page_of
from ..platform_model import EnvironmentGroup, Operation
from ..world import World
from .base import folded, json_of
from .clock import now, seconds
from .environments import person
from .operations import RUNNING, Operations, retry_after
from .platform_access import Access
from .platform_routes import NEXT, Serve, problem

PAGE = 100  # ASSUMED: only the link is known
# A registered application without a role got 403 (5).
_READ = Access("EnvironmentManagement.Groups.Read", registered=False)
_WRITE = Access("EnvironmentManagement.Groups.ReadWrite", registered=False)
_MADE_OF = frozenset({"displayname", "description", "parentgroupid", "childrengroupids"})
_POLLED = "/environmentmanagement/environmentGroupOperations"


class EnvironmentGroups:
    """ASSUMED: all of it on the tenant's host as well; of the removal that much is known."""

    def __init__(self, world: World, serve: Serve) -> None:
        self.world = world
        self.state = world.state
        self.groups = world.state.tenant.platform.environment_groups
        self.operations = Operations(world, "group", "InProgress", self._finish)
        root = "/environmentmanagement/environmentGroups"
        one = f"{root}/{{}}"
        for method, path, handler, access in (
            ("GET", root, self._list, _READ),
            ("POST", root, self._create, _WRITE),
            ("GET", one, self._get, _READ),
            ("PUT", one, self._update, _WRITE),
            ("DELETE", one, self._delete, _WRITE),
            ("POST", f"{one}/addEnvironment/{{}}", self._add, _WRITE),
            ("POST", f"{one}/removeEnvironment/{{}}", self._remove, _WRITE),
            ("GET", f"{_POLLED}/{{}}", self._operation, _READ),
        ):
            serve(method, path, handler, access, problem, also=("tenant",))

    # -- groups ------------------------------------------------------------------------------------------------------

    def _shown(self, item: EnvironmentGroup) -> dict[str, Any]:
        children = [other.id for other in self.groups.values() if other.parent == item.id and not other.deleted]
        return {
            "id": item.id,
            "displayName": item.name,
            "description": item.description,
            "parentGroupId": item.parent,
            "childrenGroupIds": children,
            "createdTime": seconds(item.created),
            "createdBy": person(self.state, item.created_by),
            "lastModifiedTime": seconds(item.modified),
            "lastModifiedBy": person(self.state, item.modified_by),
        }

    def _live(self, group_id: str) -> EnvironmentGroup | None:
        item = self.groups.get(group_id.lower())
        return None if item is None or item.deleted else item

    def _needed(self, group_id: str) -> EnvironmentGroup:
        """ASSUMED: 400 where a group has to be there, because no 404 is documented."""
        item = self._live(group_id)
        if item is None:
            raise ServiceError(400, envelopes.NO_GROUP, f"The environment group '{group_id}' could not be found.")
        return item

    def _list(self, call: Call) -> Reply:
        seen = [self.state.seen(self.groups, item) for item in list(self.groups.values())]
        chosen, link = page_of(call, self.world.faults, [item for item in seen if not item.deleted], PAGE)
        return Reply(200, listing([self._shown(item) for item in chosen], link, NEXT))

    def _get(self, _unused: Call, group_id: str) -> Reply:
        """ASSUMED: the documented 204 is the answer for a group that is not there."""
        item = self.groups.get(group_id.lower())
        seen = None if item is None else self.state.seen(self.groups, item)
        return Reply(204) if seen is None or seen.deleted else Reply(200, self._shown(seen))

    def _create(self, call: Call) -> Reply:
        """ASSUMED: names need not differ; 200 as documented, not the 201 of the other service."""
        name, description, parent, children = self._body(call, None)
        time, who = now(), call.oid()
        item = EnvironmentGroup(str(uuid.uuid4()), name, description, parent, time, who, time, who)
        self.state.before(self.groups, item.id)
        self.groups[item.id] = item
        self._adopt(item, children)
        return Reply(200, self._shown(item))

    def _update(self, call: Call, group_id: str) -> Reply:
        item = self._needed(group_id)
        name, description, parent, children = self._body(call, item)
        self.state.before(self.groups, item.id)
        item.name, item.description, item.parent = name, description, parent
        item.modified, item.modified_by = now(), call.oid()
        self._adopt(item, children)
        return Reply(200, self._shown(item))

    def _body(self, call: Call, item: EnvironmentGroup | None) -> tuple[str, str, str | None, list[str] | None]:
        """ASSUMED: a PUT that says nothing of parent or children leaves them as they are; a group is not above
        itself."""
        sent = json_of(call, envelopes.BAD_REQUEST)
        unknown = [key for key in sent if key.lower() not in _MADE_OF]
        body = folded(sent)
        name = body.get("displayname")
        if unknown or not isinstance(name, str) or not name.strip():
            raise ServiceError(400, envelopes.BAD_REQUEST, "A displayName is needed, and members that are known.")
        parent = item.parent if item is not None else None
        if "parentgroupid" in body:
            parent = self._needed(str(body["parentgroupid"])).id if body["parentgroupid"] else None
        children: list[str] | None = None
        if isinstance(body.get("childrengroupids"), list):
            given: Any = body["childrengroupids"]
            children = [self._needed(str(text)).id for text in given]
        if item is not None and item.id in (parent, *(children or [])):
            raise ServiceError(400, envelopes.BAD_REQUEST, "A group cannot be above itself.")
        return name, str(body.get("description") or ""), parent, children

    def _adopt(self, item: EnvironmentGroup, children: list[str] | None) -> None:
        """The children are these, and no others; None leaves them alone."""
        if children is None:
            return
        for other in self.groups.values():
            wanted = item.id if other.id in children else None if other.parent == item.id else other.parent
            if other.parent != wanted:
                self.state.before(self.groups, other.id)
                other.parent = wanted

    def _delete(self, _unused: Call, group_id: str) -> Reply:
        """ASSUMED: 204 for what is not there; children lose their parent."""
        item = self._live(group_id)
        if item is None:
            return Reply(204)
        if any(environment.environment_group == item.id for environment in self.state.tenant.environments.values()):
            text = f"The environment group '{item.id}' has environments."
            raise ServiceError(409, "EnvironmentsInEnvironmentGroup", text)
        self._adopt(item, [])
        self.state.before(self.groups, item.id)
        item.deleted = True
        return Reply(200)

    # -- members -----------------------------------------------------------------------------------------------------

    def _add(self, call: Call, group_id: str, environment: str) -> Reply:
        """ASSUMED: an environment of another group moves."""
        item = self._needed(group_id)
        found = self._environment(environment)
        if found.environment_group == item.id:
            return Reply(204)
        return self._start(call, "AddEnvironment", item.id, found)

    def _remove(self, call: Call, group_id: str, environment: str) -> Reply:
        item = self._needed(group_id)
        found = self._environment(environment)
        if found.environment_group != item.id:
            return Reply(204)
        return self._start(call, "RemoveEnvironment", item.id, found)

    def _environment(self, name: str) -> Environment:
        found = self.state.environment(name)
        if found is None:
            raise ServiceError(400, "EnvironmentNotFound", f"The environment '{name}' could not be found.")
        return found

    def _start(self, call: Call, name: str, group_id: str, environment: Environment) -> Reply:
        """At once, unless the fault `operation` lets it take its time: what ends it is not established, so a client
        may as well look at the environment."""
        operation = self.operations.start(call, name, environment=environment.id, target=group_id, polls=0)
        if operation.polls == 0 and operation.until is None:
            operation.status = operation.end
            self._apply(operation, self.state.before)
        return self.operations.started(call, operation, _POLLED)

    def _finish(self, operation: Operation) -> None:
        self._apply(operation, self.state.in_time)

    def _apply(self, operation: Operation, journal: Callable[[dict[str, Environment], str], None]) -> None:
        environment = self.state.environment(operation.environment)
        if environment is None or operation.status != "Succeeded":
            return
        journal(self.state.tenant.environments, environment.id.lower())
        environment.environment_group = operation.target if operation.name == "AddEnvironment" else None

    def _operation(self, _unused: Call, operation_id: str) -> Reply:
        """ASSUMED: the body is not documented."""
        item = self.operations.polled(operation_id)
        ended = item.status not in RUNNING
        shape = {
            "operationId": item.id,
            "name": item.name,
            "status": item.status,
            "startTime": seconds(item.created),
            "endTime": seconds(item.modified) if ended else None,
        }
        if item.status == "Failed":
            shape["errorDetail"] = item.message or "The operation failed."
        return Reply(200, shape, retry_after(item))
