# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the identity at hand can read, found out by harmless GETs alone, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, flow, graph, powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AuthenticationError,
    DeadlineError,
    OptionError,
    PermissionDeniedError,
    PowerPlatformError,
    ServiceError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    BAP,
    FLOW,
    GRAPH,
    POWERAPPS,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import (
    SELECTION_OPTIONS,
    check_selection,
    select,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing, is_environment_id

_SERVICES = (BAP, POWERAPPS, FLOW, GRAPH)
_IN_ENVIRONMENT = {POWERAPPS: powerapps.LIST_APPS_AS_ADMIN, FLOW: flow.LIST_FLOWS_AS_ADMIN}
_IN_DIRECTORY = (graph.LIST_USERS, graph.LIST_GROUPS, graph.LIST_SERVICE_PRINCIPALS)


class AccessInfo(InfoKind):
    """One row for each service and chosen environment."""

    name = "access_info"
    options: Mapping[str, Json] = {
        **SELECTION_OPTIONS,
        "services": {"type": "list", "elements": "str", "choices": list(_SERVICES), "default": list(_SERVICES)},
    }
    operations = (bap.LIST_ENVIRONMENTS, *_IN_ENVIRONMENT.values(), *_IN_DIRECTORY)

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        check_selection(options)
        services: Sequence[str] = options["services"]
        if not services:
            raise OptionError("services", "it is empty.", value=services, remedy="Name a service, or leave it out.")
        rows: list[Json] = []
        # Where the listing is refused, environments that are given by id can be asked all the same.
        given = options["environments"] or ()
        environments = [Thing(name, "", {}) for name in given if is_environment_id(name)]
        listing = _row(bap.LIST_ENVIRONMENTS)
        try:
            environments = select(map(as_thing, bap.list_environments(client, as_admin=True)), options)
        except (ServiceError, TokenError) as error:
            _note(listing, error)
        if BAP in services or not listing["readable"]:
            rows.append(listing)
        for service in services:
            rows.extend(_probes(client, service, environments, unlisted=not listing["readable"]))
        return {
            "identities": [_identity(client, service) for service in services],
            "access": rows,
            "readable": all(row["readable"] for row in rows),
        }


def _probes(client: Client, service: str, environments: Sequence[Thing], *, unlisted: bool) -> Iterable[Json]:
    if service in _IN_ENVIRONMENT:
        for environment in environments:
            yield _probe(client, _IN_ENVIRONMENT[service], environment)
        if unlisted and not environments:
            yield {
                **_row(_IN_ENVIRONMENT[service]),
                "readable": None,
                "message": "Not asked, because the environments could not be listed.",
                "remedy": "Give environments by their ids.",
            }
    if service == GRAPH:
        for operation in _IN_DIRECTORY:
            yield _probe(client, operation)


def _probe(client: Client, operation: Operation, environment: Thing | None = None) -> Json:
    """Asks for the first item of a listing, and says what came of it."""
    row = _row(operation, environment)
    path = {"environment": environment.id} if environment else {}
    try:
        next(client.items(operation, path, page_size=1), None)
    except DeadlineError:
        raise
    except PowerPlatformError as error:
        _note(row, error)
    return row


def _row(operation: Operation, environment: Thing | None = None) -> Json:
    return {
        "service": operation.service,
        "operation": operation.name,
        "permission": operation.permission,
        "environment": environment.id if environment else None,
        "environment_display_name": environment.name if environment else None,
        "readable": True,
        "status": None,
        "code": "",
        "message": "",
        "remedy": "",
    }


def _note(row: Json, error: PowerPlatformError) -> None:
    """A refusal means no; any other failure means that it is not known."""
    refused = isinstance(error, (AuthenticationError, PermissionDeniedError, TokenError))
    row.update(readable=False if refused else None, message=error.message, remedy=error.remedy)
    if isinstance(error, ServiceError):
        row.update(status=error.status, code=error.code)


def _identity(client: Client, service: str) -> Json:
    try:
        token = client.caller(service)
    except PowerPlatformError as error:
        return {"service": service, "kind": None, "message": str(error)}
    return {
        "service": service,
        "kind": token.kind,
        "tenant_id": token.tenant_id,
        "object_id": token.object_id,
        "application_id": token.application_id,
        "name": token.name,
    }


KIND = AccessInfo()
