# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes behind the client's back: what an administrator does in the portal while our client is at work.

Each change is a mapping with `change` and its arguments; README.md lists them with an example each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import changes_flows, changes_platform
from .changes_base import Change, ChangeError, environment_of, principal_of
from .model import (
    EVERYONE,
    App,
    Client,
    Connection,
    Connector,
    Environment,
    Group,
    Principal,
    Role,
    Shared,
    next_version,
)
from .services.clock import after, now
from .state import State
from .tenant_file import (
    app_from_dict,
    connection_from_dict,
    connector_from_dict,
    names_of,
    owner_of,
    solution_from_dict,
    solution_name,
)

_OF_DATAVERSE = ("dataverse_host", "security_group", "dataverse_dependencies", "rp_delay")
_OF_FLOWS = ("connection_references", "create_binds", "owners_without_applications")
_OF_CONNECTOR = (
    "name",
    "description",
    "definition",
    "connection_parameters",
    "connection_parameter_sets",
    "policy_templates",
    "script",
    "script_operations",
    "capabilities",
    "icon_brand_color",
    "unique_name",
    "managed",
    "customizable",
)


def apply(state: State, items: list[Change]) -> int:
    for item in items:
        name = item.get("change")
        handler = _HANDLERS.get(str(name))
        if handler is None:
            raise ChangeError(f"change must be one of {', '.join(sorted(_HANDLERS))}: {item!r}")
        try:
            handler(state, item)
        except KeyError as missing:
            raise ChangeError(f"{name}: {missing} is missing") from None
    return len(items)


def _app(state: State, item: Change) -> tuple[Environment, App]:
    found = state.app(str(item["app"]))
    if found is None:
        raise ChangeError(f"no app {item['app']!r}")
    return found


def _connection(state: State, item: Change) -> tuple[Environment, Connection]:
    """By its name; `environment` and `connector` tell two of one name apart."""
    key, connector = str(item["connection"]).lower(), str(item.get("connector", "")).lower()
    found = [
        (environment, connection)
        for environment in _environments(state, item)
        for connection in environment.connections.values()
        if connection.id.lower() == key and not connection.deleted
        if not connector or connection.connector.lower() == connector
    ]
    if len(found) != 1:
        raise ChangeError(f"{len(found)} connections {item['connection']!r}")
    return found[0]


def _connector(state: State, item: Change) -> tuple[Environment, Connector]:
    key = str(item["connector"]).lower()
    found = [
        (environment, environment.connectors[key])
        for environment in _environments(state, item)
        if key in environment.connectors and not environment.connectors[key].deleted
    ]
    if len(found) != 1:
        raise ChangeError(f"{len(found)} custom connectors {item['connector']!r}")
    return found[0]


def _environments(state: State, item: Change) -> list[Environment]:
    return [environment_of(state, item)] if "environment" in item else list(state.tenant.environments.values())


def _put_role(state: State, item: Change, container: dict[str, Any], thing: Shared) -> None:
    principal = principal_of(state, str(item["principal"]))
    kind = "Tenant" if principal == EVERYONE else names_of(state.tenant).type(principal) or "User"
    state.before(container, thing.key)
    thing.roles[principal] = Role(principal, str(item["role"]), kind, created_at=now())


def _delete_role(state: State, item: Change, container: dict[str, Any], thing: Shared) -> None:
    principal = principal_of(state, str(item["principal"]))
    state.before(container, thing.key)
    thing.roles.pop(principal, None)


def _put_app_role(state: State, item: Change) -> None:
    environment, app = _app(state, item)
    _put_role(state, item, environment.apps, app)


def _delete_app_role(state: State, item: Change) -> None:
    environment, app = _app(state, item)
    _delete_role(state, item, environment.apps, app)


def _set_app(state: State, item: Change) -> None:
    environment, app = _app(state, item)
    state.before(environment.apps, app.id)
    app.name = str(item.get("name", app.name))
    app.description = str(item.get("description", app.description))


def _set_app_owner(state: State, item: Change) -> None:
    environment, app = _app(state, item)
    principal = principal_of(state, str(item["principal"]))
    state.before(environment.apps, app.id)
    app.roles.pop(app.owner, None)
    app.owner = principal
    app.roles[principal] = Role(principal, "Owner", "User", created_at=now())


def _delete_app(state: State, item: Change) -> None:
    environment, app = _app(state, item)
    state.before(environment.apps, app.id)
    app.deleted_at = now()


def _add_app(state: State, item: Change) -> None:
    environment = environment_of(state, item)
    app = app_from_dict(item["app"], names_of(state.tenant))
    state.before(environment.apps, app.id)
    environment.apps[app.id] = app
    state.forget_apps()


def _put_connection_role(state: State, item: Change) -> None:
    environment, connection = _connection(state, item)
    _put_role(state, item, environment.connections, connection)


def _delete_connection_role(state: State, item: Change) -> None:
    environment, connection = _connection(state, item)
    _delete_role(state, item, environment.connections, connection)


def _set_connection(state: State, item: Change) -> None:
    """`status: Connected` is a user's consent, too: it takes the error away."""
    environment, connection = _connection(state, item)
    state.before(environment.connections, connection.key)
    if item.get("status") == "Connected":
        connection.error_code = connection.error_message = None
    for key in ("status", "error_code", "error_message", "name", "allow_sharing", "parameters", "account_name"):
        if key in item:
            setattr(connection, key, item[key])
    connection.modified = after(connection.modified)


def _delete_connection(state: State, item: Change) -> None:
    environment, connection = _connection(state, item)
    state.before(environment.connections, connection.key)
    connection.deleted = True


def _add_connection(state: State, item: Change) -> None:
    environment = environment_of(state, item)
    connection = connection_from_dict(item["connection"], names_of(state.tenant))
    state.before(environment.connections, connection.key)
    environment.connections[connection.key] = connection


def _put_connector_role(state: State, item: Change) -> None:
    environment, connector = _connector(state, item)
    _put_role(state, item, environment.connectors, connector)


def _delete_connector_role(state: State, item: Change) -> None:
    environment, connector = _connector(state, item)
    _delete_role(state, item, environment.connectors, connector)


def _set_connector(state: State, item: Change) -> None:
    """As somebody's write in the portal: the version and the time grow."""
    environment, connector = _connector(state, item)
    state.before(environment.connectors, connector.key)
    for key in _OF_CONNECTOR:
        if key in item:
            setattr(connector, key, item[key])
    if "solution" in item:
        named = item["solution"] if isinstance(item["solution"], list) else [item["solution"]]
        connector.solution = [solution_name(environment, str(name), "change") for name in named]
    if "owner" in item:
        connector.owner = owner_of(environment, names_of(state.tenant), str(item["owner"]), "change")
    connector.version_number = next_version(environment)
    connector.modified = after(connector.modified)


def _delete_connector(state: State, item: Change) -> None:
    environment, connector = _connector(state, item)
    state.before(environment.connectors, connector.key)
    connector.deleted = True


def _add_connector(state: State, item: Change) -> None:
    environment = environment_of(state, item)
    connector = connector_from_dict(item["connector"], names_of(state.tenant), environment)
    state.before(environment.connectors, connector.key)
    environment.connectors[connector.key] = connector


def _add_solution(state: State, item: Change) -> None:
    environment = environment_of(state, item)
    solution = solution_from_dict(environment, item["solution"], "change")
    state.before(environment.solutions, solution.name.lower())
    environment.solutions[solution.name.lower()] = solution


def _set_environment(state: State, item: Change) -> None:
    environment = environment_of(state, item)
    state.before(state.tenant.environments, environment.id.lower())
    for key in (
        "name",
        "state",
        "dataverse",
        "protection",
        "description",
        "blocked",
        "runtime_state",
        "settings",
        "environment_group",
        *_OF_DATAVERSE,
        *_OF_FLOWS,
    ):
        if key in item:
            setattr(environment, key, item[key])
    if "admins" in item:
        environment.admins = [principal_of(state, str(text)) for text in item["admins"]]


def _directory(state: State, item: Change) -> tuple[dict[str, Any], Principal]:
    key = principal_of(state, str(item["principal"]))
    tenant = state.tenant
    for container in (tenant.users, tenant.groups, tenant.service_principals):
        if key in container:
            held: dict[str, Any] = container
            return held, held[key]
    raise ChangeError(f"no principal {item['principal']!r}")


def _delete_principal(state: State, item: Change) -> None:
    """Soft; with `hard: true` for good."""
    container, principal = _directory(state, item)
    state.before(container, principal.id)
    principal.deleted_at = now()
    principal.gone = bool(item.get("hard"))


def _restore_principal(state: State, item: Change) -> None:
    container, principal = _directory(state, item)
    state.before(container, principal.id)
    principal.deleted_at, principal.gone = None, False


def _set_principal(state: State, item: Change) -> None:
    container, principal = _directory(state, item)
    state.before(container, principal.id)
    for key in ("name", "enabled", "upn", "mail", "admin", "security_enabled", "members", "kind"):
        if key in item:
            if not hasattr(principal, key):
                raise ChangeError(f"{key!r} is nothing of this principal")
            value = item[key]
            if key == "members" and isinstance(principal, Group):
                value = [principal_of(state, text) for text in value]
            setattr(principal, key, value)


def _set_client(state: State, item: Change) -> None:
    """registered, graph and platform (list, or null for all), secret, delegated, user, assertions, managed_identity."""
    wanted = str(item["client"]).lower()
    clients = state.tenant.clients
    client: Client | None = clients.get(wanted) or next((c for c in clients.values() if c.name.lower() == wanted), None)
    if client is None:
        raise ChangeError(f"no client {item['client']!r}")
    state.before(clients, client.app_id)
    for key in ("registered", "graph", "platform", "secret", "delegated", "user", "assertions", "managed_identity"):
        if key in item:
            setattr(client, key, item[key])
    state.registrations_changed()


_HANDLERS: dict[str, Callable[[State, Change], None]] = {
    "put_app_role": _put_app_role,
    "delete_app_role": _delete_app_role,
    "set_app": _set_app,
    "set_app_owner": _set_app_owner,
    "delete_app": _delete_app,
    "add_app": _add_app,
    "put_connection_role": _put_connection_role,
    "delete_connection_role": _delete_connection_role,
    "set_connection": _set_connection,
    "delete_connection": _delete_connection,
    "add_connection": _add_connection,
    **changes_flows.HANDLERS,
    **changes_platform.HANDLERS,
    "put_connector_role": _put_connector_role,
    "delete_connector_role": _delete_connector_role,
    "set_connector": _set_connector,
    "delete_connector": _delete_connector,
    "add_connector": _add_connector,
    "add_solution": _add_solution,
    "set_environment": _set_environment,
    "delete_principal": _delete_principal,
    "restore_principal": _restore_principal,
    "set_principal": _set_principal,
    "set_client": _set_client,
}
