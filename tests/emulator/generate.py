# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large tenants made of counts, the same ones for the same counts."""

from __future__ import annotations

import random

from .catalogue import CATALOGUE
from .flow_model import Flow, FlowRole, FlowRun
from .model import (
    App,
    Client,
    Connection,
    Connector,
    Environment,
    Group,
    Role,
    ServicePrincipal,
    Tenant,
    User,
)
from .platform_file import ROLES
from .platform_model import AvePointClient, RoleAssignment

DEFAULTS = {
    "environments": 5,
    "apps": 20,
    "flows": 20,
    "solution_flows": 0,
    "flow_owners": 1,
    "runs": 0,
    "connections": 5,
    "connectors": 2,
    "roles": 5,
    "users": 200,
    "groups": 20,
    "seed": 1,
}
TENANT_ID = "9e000000-0000-4000-8000-000000000001"
CLIENT_ID = "9e000000-0000-4000-8000-0000000000c1"
SECRET = "generated-runner-secret"
_ROLES = ("CanView", "CanView", "CanView", "CanViewWithShare", "CanEdit")
_RUNS = ("Succeeded", "Succeeded", "Failed", "Cancelled")
_CONNECTORS = tuple(CATALOGUE)
_SKUS = ("Production", "Sandbox", "Production", "Developer")


class CountError(ValueError):
    """A text that is no list of counts."""


def counts(text: str) -> dict[str, int]:
    """`environments=50,apps=200` with the defaults for what is not named; things in environments are per one."""
    found = dict(DEFAULTS)
    for part in text.split(","):
        if not part.strip():
            continue
        key, _unused, value = part.strip().partition("=")
        if key not in DEFAULTS or not value.isdigit():
            raise CountError(f"{part!r}: expected NAME=NUMBER with NAME one of {', '.join(DEFAULTS)}")
        found[key] = int(value)
    return found


def identifier(kind: int, number: int) -> str:
    """A readable GUID: kind in front, number at the end."""
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def make(wanted: dict[str, int]) -> Tenant:
    chance = random.Random(wanted["seed"])
    apart = random.Random(f"connectivity {wanted['seed']}")  # its own, so that apps and flows stay what they were
    tenant = Tenant(id=TENANT_ID, name="Generated", domains=["generated.example", "generated.onmicrosoft.example"])
    for number in range(1, max(wanted["users"], 1) + 1):
        upn = f"user{number:05d}@generated.example"
        user = User(identifier(0xA, number), f"User {number:05d}", upn, mail=upn, admin=number == 1)
        tenant.users[user.id] = user
    people = list(tenant.users)
    for number in range(1, wanted["groups"] + 1):
        members = chance.sample(people, min(5, len(people)))
        group = Group(identifier(0xB, number), f"Group {number:04d}", members=members)
        tenant.groups[group.id] = group
    crowd = people + list(tenant.groups)
    steps = random.Random(f"flows {wanted['seed']}")  # as above: what was added later changes nothing of before
    runner = ServicePrincipal(identifier(0xC, 1), CLIENT_ID, "Generated runner")
    tenant.service_principals[runner.id] = runner
    tenant.clients[CLIENT_ID] = Client("runner", CLIENT_ID, SECRET, registered=True)
    role = RoleAssignment(identifier(0xE, 1), runner.id, ROLES["owner"], f"/tenants/{TENANT_ID}", "ApplicationUser")
    tenant.platform.role_assignments[role.id] = role
    avepoint = AvePointClient("avepoint", identifier(0xA, 0xC1), SECRET)
    tenant.platform.avepoint.clients[avepoint.client_id] = avepoint
    for number in range(1, max(wanted["environments"], 1) + 1):
        environment = _environment(number)
        for index in range(wanted["apps"]):
            app = _app(chance, number * 100_000 + index, people, crowd, wanted["roles"])
            environment.apps[app.id] = app
        for index in range(wanted["flows"]):
            flow = _flow(chance, number * 100_000 + index, people)
            _more(steps, flow, people, wanted["flow_owners"], wanted["runs"])
            environment.flows[flow.id] = flow
        for index in range(wanted["solution_flows"]):
            flow = _solution_flow(steps, number * 100_000 + index, people)
            _more(steps, flow, people, wanted["flow_owners"], wanted["runs"])
            environment.flows[flow.id] = flow
        for index in range(wanted["connections"]):
            connection = _connection(apart, number * 100_000 + index, people)
            environment.connections[connection.key] = connection
        for index in range(wanted["connectors"]):
            connector = _connector(apart, number * 100_000 + index, people)
            environment.connectors[connector.key] = connector
        tenant.environments[environment.id.lower()] = environment
    return tenant


def _environment(number: int) -> Environment:
    if number == 1:
        return Environment(
            f"Default-{TENANT_ID}", "Generated (default)", sku="Default", default=True, dataverse="org0001"
        )
    return Environment(
        identifier(0xE, number),
        f"Environment {number:04d}",
        sku=_SKUS[number % len(_SKUS)],
        dataverse=f"org{number:04d}",
    )


def _app(chance: random.Random, number: int, people: list[str], crowd: list[str], roles: int) -> App:
    owner = people[chance.randrange(len(people))]
    app = App(identifier(0xAA, number), f"App {number:09d}", owner, created_by=owner)
    app.roles[owner] = Role(owner, "Owner")
    while len(app.roles) <= min(roles, len(crowd) - 1):
        at = chance.randrange(len(crowd))
        principal = crowd[at]
        if principal not in app.roles:
            kind = "User" if at < len(people) else "Group"
            app.roles[principal] = Role(principal, _ROLES[chance.randrange(len(_ROLES))], kind)
    return app


def _flow(chance: random.Random, number: int, people: list[str]) -> Flow:
    creator = people[chance.randrange(len(people))]
    draw = chance.random()
    state, reason = "Started", "None"
    if draw > 0.95:
        state, reason = "Suspended", "CompanyDlpViolation"
    elif draw > 0.75:
        state = "Stopped"
    flow = Flow(identifier(0xF, number), f"Flow {number:09d}", creator, state=state, reason=reason)
    flow.roles[creator] = FlowRole(creator, "Owner")
    for role in ("CanEdit", "CanView"):
        other = people[chance.randrange(len(people))]
        flow.roles.setdefault(other, FlowRole(other, role))
    return flow


def _more(chance: random.Random, flow: Flow, people: list[str], owners: int, runs: int) -> None:
    """Co-owners beyond the one that every flow may have, and runs, one an hour."""
    for _further in range(owners - 1):
        other = people[chance.randrange(len(people))]
        flow.roles.setdefault(other, FlowRole(other, "CanEdit"))
    for index in range(runs):
        run = FlowRun(f"{8585_0000_0000_0000_0000 + runs - index:020d}{'':0>12}CU01", _RUNS[index % len(_RUNS)])
        run.start = f"2025-02-{1 + index // 24 % 28:02d}T{index % 24:02d}:00:00.0000000Z"
        flow.runs[run.id] = run


def _solution_flow(chance: random.Random, number: int, people: list[str]) -> Flow:
    creator = people[chance.randrange(len(people))]
    state = "Started" if chance.random() < 0.75 else "Stopped"
    flow = Flow(identifier(0xF1, number), f"Solution flow {number:09d}", creator, state=state)
    flow.workflow_id = identifier(0xFD, number)
    flow.roles[creator] = FlowRole(creator, "Owner")
    return flow


def _connection(chance: random.Random, number: int, people: list[str]) -> Connection:
    creator = people[chance.randrange(len(people))]
    connector = _CONNECTORS[chance.randrange(len(_CONNECTORS))]
    connection = Connection(f"{0xD:08x}{number:024x}", connector, f"Connection {number:09d}", creator)
    if chance.random() > 0.9:
        connection.status, connection.error_code = "Error", "Unauthorized"
        connection.error_message = "Failed to refresh access token. AADSTS70008: the grant has expired."
    connection.roles[creator] = Role(creator, "Owner")
    other = people[chance.randrange(len(people))]
    connection.roles.setdefault(other, Role(other, _ROLES[chance.randrange(len(_ROLES))]))
    return connection


def _connector(chance: random.Random, number: int, people: list[str]) -> Connector:
    creator = people[chance.randrange(len(people))]
    connector = Connector(f"shared_generated-{0xCC:018x}-{number:018x}", f"Connector {number:09d}", creator)
    connector.dataverse_id, connector.unique_name = identifier(0xB1, number), f"new_5Fconnector{number:09d}"
    connector.roles[creator] = Role(creator, "Owner")
    other = people[chance.randrange(len(people))]
    connector.roles.setdefault(other, Role(other, "CanView"))
    return connector
