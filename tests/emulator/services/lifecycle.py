# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments as the Power Platform API has them, and their operations (power-platform-api.md 3 and 4.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from ..paging import listing, page_of
from ..platform_model import Operation
from ..world import World
from .clock import seconds
from .environments import dataverse
from .operations import RUNNING, Operations, retry_after
from .platform_access import Access, author
from .platform_routes import Serve, fields

PAGE = 100  # ASSUMED: the contract knows $top and the link
NEXT = "@odata.nextlink"  # with this l, here alone
_READ = Access("EnvironmentManagement.Environments.Read")
_WRITE = Access("EnvironmentManagement.Environments.ReadWrite")  # ASSUMED: the table of permissions has no such one
_FILTERS = ("dataverseId", "type", "geo", "state", "environmentGroupId", "domainName")
_CLAUSE = re.compile(r"(?P<name>\w+)\s+eq\s+(?P<value>'[^']*'|[\w-]+)", re.IGNORECASE)
_LEVELS = {"EnableManaged": "Standard", "DisableManaged": "Basic"}


class Lifecycle:
    def __init__(self, world: World, serve: Serve) -> None:
        self.world = world
        self.state = world.state
        self.operations = Operations(world, "lifecycle", "InProgress", self._finish)
        root = "/environmentmanagement/environments"
        one = f"{root}/{{environment}}"
        serve("GET", root, self._list, _READ, fields)
        serve("GET", one, self._get, _READ, fields)
        serve("GET", f"{one}/operations", self._operations, _READ, fields)
        serve("GET", "/environmentmanagement/operations/{}", self._operation, _READ, fields, also=("environment",))
        for name in _LEVELS:
            action = name[:1].lower() + name[1:]
            serve("POST", f"{one}/governanceSetting/{action}", self._starter(name), _WRITE, fields)

    # -- environments ------------------------------------------------------------------------------------------------

    def _list(self, call: Call) -> Reply:
        """ASSUMED: whoever may list sees them all; $top is the length of a page."""
        query = call.query
        found = [self._shown(item) for item in self.state.tenant.environments.values()]
        ids = [part.strip().lower() for part in (query.get("ids") or "").split(",") if part.strip()]
        if ids:
            found = [item for item in found if item["id"].lower() in ids]
        test = _test(query.get("$filter") or "")
        found = [item for item in found if test(item)]
        _sort(found, query.get("$orderby") or "")
        skip = query.get("$skip") or "0"
        if not skip.isdecimal() or not (query.get("$top") or "1").isdecimal():
            raise ServiceError(400, envelopes.BAD_FILTER, "$top and $skip are numbers.")
        chosen, link = page_of(call, self.world.faults, found[int(skip) :], PAGE)
        return Reply(200, listing([_selected(item, query.get("$select")) for item in chosen], link, NEXT))

    def _get(self, call: Call, environment: Environment) -> Reply:
        return Reply(200, _selected(self._shown(environment), call.query.get("$select")))

    def _shown(self, environment: Environment) -> dict[str, Any]:
        """Flat, and the same facts as BAP's record. ASSUMED: the spellings of states and modes."""
        linked = dataverse(environment) or {}
        state = "Ready" if environment.state == "Succeeded" else "Provisioning"
        if environment.runtime_state != "Enabled":
            state = "Disabled"
        return {
            "id": environment.id,
            "displayName": environment.name,
            "tenantId": self.state.tenant.id,
            "type": environment.sku,
            "state": state,
            "geo": environment.region,
            "azureRegion": environment.azure_region,
            "clusterCategory": "Prod",
            "createdDateTime": seconds(environment.created),
            "createdBy": author(self.world, environment.created_by),
            "dataverseId": linked.get("resourceId"),
            "domainName": linked.get("domainName"),
            "url": linked.get("instanceUrl"),
            "version": linked.get("version"),
            "environmentGroupId": environment.environment_group,
            "protectionLevel": environment.protection,
            "adminMode": "Disabled",
            "backgroundOperationsState": "Enabled",
            "securityGroupId": environment.security_group,
            "retentionDetails": {"retentionPeriod": "P7D"},
        }

    # -- operations --------------------------------------------------------------------------------------------------

    def _starter(self, name: str) -> Callable[[Call, Environment], Reply]:
        def start(call: Call, environment: Environment) -> Reply:
            """ASSUMED: 409 while another operation of the environment runs; NoOperation where nothing is to do."""
            if any(item.status in RUNNING for item in self.operations.of(environment.id)):
                text = f"Another operation of the environment '{environment.id}' is in progress."
                raise ServiceError(409, envelopes.UNDER_WAY, text)
            operation = self.operations.start(call, name, environment=environment.id)
            if operation.end == "Succeeded" and environment.protection == _LEVELS[name]:
                operation.end = "NoOperation"
            version = call.query.get("api-version") or "1"
            return self.operations.started(call, operation, "/environmentmanagement/operations", version)

        return start

    def _finish(self, operation: Operation) -> None:
        environment = self.state.environment(operation.environment)
        if environment is not None and operation.status == "Succeeded":
            self.state.in_time(self.state.tenant.environments, environment.id.lower())
            environment.protection = _LEVELS[operation.name]

    def _operations(self, call: Call, environment: Environment) -> Reply:
        chosen, link = page_of(call, self.world.faults, self.operations.of(environment.id), PAGE)
        return Reply(200, listing([self._of(item) for item in chosen], link, NEXT))

    def _operation(self, _unused: Call, operation_id: str) -> Reply:
        item = self.operations.polled(operation_id)
        return Reply(200, self._of(item), retry_after(item))

    def _of(self, item: Operation) -> dict[str, Any]:
        """ASSUMED: what stands in a stage, and in the error."""
        ended = item.status not in RUNNING
        environment = self.state.environment(item.environment)
        error = None
        if item.status in ("Failed", "ValidationFailed"):
            message = {"errorMessages": [item.message or "The operation failed."], "suggestedValue": None}
            error = {"code": item.code or "OperationFailed", "fieldErrors": {"environment": message}}
        end = seconds(item.modified) if ended else None
        stage = {"name": item.name, "status": item.status, "startTime": seconds(item.created), "endTime": end}
        return {
            "operationId": item.id,
            "name": item.name,
            "status": item.status,
            "startTime": seconds(item.created),
            "endTime": end,
            "requestedBy": author(self.world, item.requested_by),
            "updatedEnvironment": self._shown(environment)
            if environment is not None and item.status == "Succeeded"
            else None,
            "stageStatuses": [stage],
            "errorDetail": error,
        }


# -- $filter, $orderby, $select --------------------------------------------------------------------------------------


def _test(text: str) -> Callable[[dict[str, Any]], bool]:
    """`name eq value` joined by ` and `, of the documented members. ASSUMED: anything else is refused."""
    wanted: list[tuple[str, str]] = []
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        if not part:
            continue
        match = _CLAUSE.fullmatch(part)
        name = next((item for item in _FILTERS if match and item.lower() == match["name"].lower()), None)
        if match is None or name is None:
            raise ServiceError(400, envelopes.BAD_FILTER, f"The filter '{part}' is not supported.")
        wanted.append((name, match["value"].strip("'").lower()))
    return lambda item: all(str(item[name] or "null").lower() == value for name, value in wanted)


def _sort(found: list[dict[str, Any]], text: str) -> None:
    name, _unused, way = text.strip().partition(" ")
    if not name:
        return
    if found and name not in found[0]:
        raise ServiceError(400, envelopes.BAD_FILTER, f"Environments cannot be sorted by '{name}'.")
    found.sort(key=lambda item: str(item[name] or "").lower(), reverse=way.strip().lower() == "desc")


def _selected(item: dict[str, Any], text: str | None) -> dict[str, Any]:
    """ASSUMED: names without case, unknown ones left out."""
    if not text:
        return item
    names = {part.strip().lower() for part in text.split(",")}
    return {key: value for key, value in item.items() if key.lower() in names}
