# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant file: YAML that a person writes, loaded into records and saved back. The format is told in README.md."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

import yaml

from . import platform_file
from .flow_model import Flow, FlowRole, FlowRun
from .model import (
    App,
    Client,
    Connection,
    Connector,
    Environment,
    Group,
    Publisher,
    Role,
    ServicePrincipal,
    Shared,
    Solution,
    Team,
    Tenant,
    Thing,
    User,
    role_owner,
)
from .tenant_parts import Names, TenantFileError, listed, names_of, plain, put, record

__all__ = [
    "TenantFileError",
    "add_flow_to",
    "app_from_dict",
    "connection_from_dict",
    "connector_from_dict",
    "flow_from_dict",
    "from_dict",
    "load",
    "names_of",
    "owner_of",
    "save",
    "solution_from_dict",
    "solution_name",
    "to_dict",
]

_IN_ENVIRONMENT = ("publishers", "solutions", "teams", "apps", "flows", "connections", "connectors", "packages")


def load(path: Path) -> Tenant:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":  # the same keys; a large tenant loads in a fraction of the time
        data = json.loads(text)
    else:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(data, dict):
        raise TenantFileError(f"{path}: a mapping is expected")
    return from_dict(data)


def save(tenant: Tenant, path: Path) -> None:
    """Write beside the file and move into place: a crash leaves the old file whole."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as stream:
        if path.suffix == ".json":
            json.dump(to_dict(tenant), stream, ensure_ascii=False)
        else:
            dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
            yaml.dump(to_dict(tenant), stream, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
    beside.replace(path)


def from_dict(data: dict[str, Any]) -> Tenant:
    head = dict(data.get("tenant") or {})
    tenant = record(Tenant, head, "tenant")
    tenant.id = tenant.id.lower()
    for item in listed(data, "users"):
        user = record(User, item, f"user {item}")
        if "mail" not in item:
            user.mail = user.upn
        user.id = user.id.lower()
        put(tenant.users, user.id, user, "user")
    for item in listed(data, "groups"):
        group = record(Group, item, f"group {item}")
        group.id = group.id.lower()
        put(tenant.groups, group.id, group, "group")
    for item in listed(data, "service_principals"):
        principal = record(ServicePrincipal, item, f"service principal {item}")
        principal.id, principal.app_id = principal.id.lower(), principal.app_id.lower()
        put(tenant.service_principals, principal.id, principal, "service principal")
    names = Names(tenant)
    for item in listed(data, "clients"):
        client = record(Client, item, f"client {item.get('name')}")
        client.app_id = client.app_id.lower()
        if client.user:
            client.user = names.id(client.user, f"client {client.name}")
        put(tenant.clients, client.app_id, client, "client")
    for item in listed(data, "environments"):
        environment = _environment(item, names)
        put(tenant.environments, environment.id.lower(), environment, "environment")
    if sum(1 for environment in tenant.environments.values() if environment.default) != 1:
        raise TenantFileError("exactly one environment must be `default: true`")
    platform_file.read(tenant, data, names)
    return tenant


def _environment(item: dict[str, Any], names: Names) -> Environment:
    rest = {key: value for key, value in item.items() if key not in _IN_ENVIRONMENT}
    where = f"environment {item.get('id')}"
    environment = record(Environment, rest, where)
    if environment.blocked not in (None, "office_ai"):
        raise TenantFileError(f"{where}: blocked can be office_ai, not {environment.blocked!r}")
    if set(environment.rp_delay) - {"reads", "seconds"}:
        raise TenantFileError(f"{where}: rp_delay takes reads or seconds, not {', '.join(environment.rp_delay)}")
    environment.admins = [names.id(text, where) for text in environment.admins]
    environment.makers = [names.id(text, where) for text in environment.makers]
    _read_dataverse(environment, item, names, where)
    platform_file.read_packages(environment, item)
    for data in listed(item, "apps"):
        app = app_from_dict(data, names)
        put(environment.apps, app.id, app, "app")
    for data in listed(item, "flows"):
        add_flow_to(environment, data, names)
    for data in listed(item, "connections"):
        connection = connection_from_dict(data, names)
        put(environment.connections, connection.key, connection, "connection")
    for data in listed(item, "connectors"):
        connector = connector_from_dict(data, names, environment)
        row = connector.dataverse_id
        if row is not None and any(item.dataverse_id == row for item in environment.connectors.values()):
            raise TenantFileError(f"{where}: dataverse_id {row} is given twice")
        put(environment.connectors, connector.key, connector, "connector")
    return environment


def app_from_dict(data: dict[str, Any], names: Names) -> App:
    where = f"app {data.get('id')}"
    rest = {key: value for key, value in data.items() if key != "roles"}
    app = record(App, rest, where)
    app.id = app.id.lower()
    app.owner = names.id(app.owner, where)
    app.created_by = names.id(app.created_by, where) if app.created_by else app.owner
    _read_roles(app, data, names, where)
    return app


def connection_from_dict(data: dict[str, Any], names: Names) -> Connection:
    where = f"connection {data.get('id')}"
    connection = record(Connection, {key: value for key, value in data.items() if key != "roles"}, where)
    connection.creator = names.id(connection.creator, where)
    _read_roles(connection, data, names, where)
    return connection


def connector_from_dict(data: dict[str, Any], names: Names, environment: Environment) -> Connector:
    where = f"connector {data.get('id')}"
    rest = {key: value for key, value in data.items() if key != "roles"}
    if "swagger" in rest:  # the name that the definition had before Dataverse
        rest["definition"] = rest.pop("swagger")
    if isinstance(rest.get("solution"), str):
        rest["solution"] = [rest["solution"]]
    connector = record(Connector, rest, where)
    connector.creator = names.id(connector.creator, where)
    connector.modified_by = names.id(connector.modified_by, where) if connector.modified_by else ""
    connector.owner = owner_of(environment, names, connector.owner, where) if connector.owner else ""
    if connector.dataverse_id is not None:
        connector.dataverse_id = connector.dataverse_id.lower()
        connector.unique_name = connector.unique_name or f"new_5F{re.sub(r'[^a-z0-9]', '', connector.name.lower())}"
    connector.solution = [solution_name(environment, name, where) for name in connector.solution]
    _read_roles(connector, data, names, where)
    return connector


def solution_name(environment: Environment, reference: str, where: str) -> str:
    """A solution's name as it is spelled."""
    if reference.lower() == "default":
        return "Default"
    found = environment.solutions.get(reference.lower())
    if found is None:
        raise TenantFileError(f"{where}: no solution {reference!r}")
    return found.name


def solution_from_dict(environment: Environment, data: Any, where: str) -> Solution:
    solution = record(Solution, data, f"{where}: solution {data}")
    if solution.publisher and solution.publisher.lower() not in environment.publishers:
        raise TenantFileError(f"{where}: solution {solution.name}: no publisher {solution.publisher!r}")
    return solution


def owner_of(environment: Environment, names: Names, reference: str, where: str) -> str:
    """Who may own a row: a team of the environment by its name or id, or a principal."""
    for team in environment.teams.values():
        if reference.lower() in (team.id.lower(), team.name.lower()):
            return team.id
    return names.id(reference, where)


def _read_dataverse(environment: Environment, item: dict[str, Any], names: Names, where: str) -> None:
    for data in listed(item, "publishers"):
        publisher = record(Publisher, data, f"{where}: publisher {data}")
        put(environment.publishers, publisher.name.lower(), publisher, "publisher")
    for data in listed(item, "solutions"):
        solution = solution_from_dict(environment, data, where)
        put(environment.solutions, solution.name.lower(), solution, "solution")
    for data in listed(item, "teams"):
        team = record(Team, data, f"{where}: team {data}")
        team.id = team.id.lower() or str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{environment.dataverse} team {team.name}"))
        team.group = names.id(team.group, where) if team.group else None
        put(environment.teams, team.id, team, "team")


def _read_roles(thing: Shared, data: dict[str, Any], names: Names, where: str) -> None:
    """The owner's role by itself, then the written ones."""
    owner = role_owner(thing)
    thing.roles[owner] = Role(owner, "Owner", names.type(owner) or "User")
    for entry in listed(data, "roles"):
        role = record(Role, entry, where, principal=names.id(str(entry.get("principal")), where))
        if "type" not in entry:
            role.type = names.type(role.principal) or "User"
        thing.roles[role.principal] = role


def flow_from_dict(data: dict[str, Any], names: Names) -> Flow:
    where = f"flow {data.get('id')}"
    rest = {key: value for key, value in data.items() if key not in ("roles", "runs")}
    if isinstance(rest.get("solution"), str):
        rest["solution"] = [rest["solution"]]
    flow = record(Flow, rest, where)
    flow.id = flow.id.lower()
    flow.creator = names.id(flow.creator, where)
    flow.owner = names.id(flow.owner, where) if flow.owner else ""
    flow.modified_by = names.id(flow.modified_by, where) if flow.modified_by else ""
    flow.shares = {names.id(principal, where): rights for principal, rights in flow.shares.items()}
    if flow.workflow_id is not None:
        flow.workflow_id = flow.workflow_id.lower()
    owner = flow.row_owner
    flow.roles[owner] = FlowRole(owner, "Owner", names.type(owner) or "User")
    for entry in listed(data, "runs"):
        run = record(FlowRun, entry, where)
        put(flow.runs, run.id, run, f"{where}: run")
    for entry in listed(data, "roles"):
        principal = names.id(str(entry["principal"]), where) if entry.get("principal") else ""
        if not principal and not entry.get("delegate_name"):
            raise TenantFileError(f"{where}: a role needs principal or delegate_name")
        role = FlowRole(**{**entry, "principal": principal})
        if "type" not in entry:
            role.type = names.type(principal) or "User"
        flow.roles[principal or str(role.delegate_name)] = role
    return flow


def add_flow_to(environment: Environment, data: dict[str, Any], names: Names, *, replace: bool = False) -> None:
    flow = flow_from_dict(data, names)
    _read_row_of(flow, environment)
    if replace:
        environment.flows.pop(flow.id, None)
    put(environment.flows, flow.id, flow, "flow")


def _read_row_of(flow: Flow, environment: Environment) -> None:
    """What only the environment knows of a flow's row: its solutions, and a team that owns it."""
    flow.solution = [solution_name(environment, name, f"flow {flow.id}") for name in flow.solution]
    team = environment.teams.get(flow.owner)
    if team is not None:
        flow.roles.pop(flow.owner)
        if team.group:
            flow.roles[team.group] = FlowRole(team.group, "Owner", "Group")


def to_dict(tenant: Tenant) -> dict[str, Any]:
    """The tenant as the file holds it: ids everywhere, defaults left out."""
    parts = ("users", "groups", "service_principals", "clients", "environments", "platform")
    return {
        "tenant": plain(tenant, drop=parts),
        "users": [plain(user, keep=("mail",)) for user in tenant.users.values() if not user.gone],
        "groups": [plain(group) for group in tenant.groups.values() if not group.gone],
        "service_principals": [plain(item) for item in tenant.service_principals.values() if not item.gone],
        "clients": [plain(client) for client in tenant.clients.values()],
        "environments": [
            {
                **plain(environment, drop=_IN_ENVIRONMENT),
                **_dataverse(environment),
                "apps": [_with_roles(app) for app in environment.apps.values()],
                "flows": [_flow(flow) for flow in environment.flows.values() if not flow.gone],
                "connections": [_with_roles(item) for item in environment.connections.values() if not item.deleted],
                "connectors": [_with_roles(item) for item in environment.connectors.values() if not item.deleted],
                **platform_file.packages_of(environment),
            }
            for environment in tenant.environments.values()
        ],
        **platform_file.to_dict(tenant.platform),
    }


def _dataverse(environment: Environment) -> dict[str, Any]:
    held = {name: getattr(environment, name) for name in ("publishers", "solutions", "teams")}
    return {name: [plain(item) for item in items.values()] for name, items in held.items() if items}


def _flow(flow: Flow) -> dict[str, Any]:
    runs = [plain(run) for run in flow.runs.values()]
    return {**_with_roles(flow), **({"runs": runs} if runs else {})}


def _with_roles(thing: Thing) -> dict[str, Any]:
    found = plain(thing, drop=("roles", "runs"))
    roles = [
        plain(role, keep=("type",), drop=() if role.principal else ("principal",)) for role in thing.roles.values()
    ]
    return {**found, "roles": roles}
