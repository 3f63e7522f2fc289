# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation of `_api/`, sent with a token of each kind: accepted exactly where that is declared."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import string
from contextlib import suppress
from typing import Any

import pytest
import requests

from ansible_collections.powerops.powerplatform.plugins.module_utils import _api
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import resolve_cloud, scope
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    TokenError,
    WriteRefusedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._guard import READING_POSTS
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    APPLICATION,
    AVEPOINT,
    BAP,
    DELEGATED,
    ENVIRONMENT_HOST,
    ORGANIZATION_HOST,
    SERVICE_HOST,
    USERS_PATH,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)
from tests.emulator.control import Emulator
from tests.tools.permissions import resource_rows
from tests.unit.engine.conftest import (
    AUTOMATION,
    BOT_APPLICATION,
    CLAIMS,
    DATABASE,
    EMEA,
    EXPENSES,
    EXPENSES_ROW,
    FINANCE,
    FINANCE_URL,
    GOING_ON,
    GROUP,
    GROUPS,
    INTAKE,
    JOERG,
    LEE,
    NEW_PACKAGE,
    PLAIN,
    RUNNER_APPLICATION,
    RUNNING,
    SALES_WEST,
    SANDBOX,
    SECRET,
    SUBSCRIPTION,
    WAREHOUSE_ROW,
    client,
    declared,
    services_asked,
)
from tests.unit.engine.flows import APPROVAL_ROW, DEFINITION, RETIRED
from tests.unit.engine.subject import Subject

Json = dict[str, Any]

# Clients of the tenant file, by the kind of token that they get: a registered application, and an administrator who
# owns the app, the flow and the connector below.
CLIENTS = {APPLICATION: "runner", DELEGATED: "delegated"}
SEGMENTS = {
    "environment": FINANCE,
    "app": EXPENSES,
    "flow": RUNNING,
    "connector": CLAIMS,
    "application": BOT_APPLICATION,
    "organization": FINANCE_URL,
    "id": EXPENSES_ROW,
    "policy": EMEA,
    "package": NEW_PACKAGE,
    "operation": "0a000000-0000-4000-8000-000000000001",
}
# A connection is of its connector, and some operations want the caller's own one.
OWN_CONNECTIONS = {
    APPLICATION: {"connector": "shared_commondataservice", "connection": AUTOMATION},
    DELEGATED: {"connector": "shared_sql", "connection": DATABASE},
}
# A flow of the same user with runs.
_RUN = {"environment": SANDBOX, "flow": INTAKE, "run": GOING_ON, "trigger": "manual"}
# What operations need besides the above; a new one that needs something fails until it stands here.
PATHS: dict[str, Json] = {
    "AdminRestoreFlow": {"flow": RETIRED},
    "Delete-DataverseWorkflow": {"id": APPROVAL_ROW},
    "Get-DataverseWorkflow": {"id": APPROVAL_ROW},
    "Update-DataverseWorkflow": {"id": APPROVAL_ROW},
    "Get-ManagementApplication": {"application": RUNNER_APPLICATION},
    "Remove-ManagementApplication": {"application": RUNNER_APPLICATION},
    "Put-Connection": {"connector": "shared_azureblob", "connection": "ab" * 16},
    **dict.fromkeys(("GetFlowRun", "CancelFlowRun", "ResubmitFlow", "ListCallbackUrl"), _RUN),
}
# Of operations whose path the user gives, the path that they are tried with.
GIVEN_PATHS = {
    "Get-PowerPlatformResource": f"{GROUPS}/{GROUP}",
    "List-PowerPlatformResources": GROUPS,
    "Put-PowerPlatformResource": f"{GROUPS}/{GROUP}",
    "Patch-PowerPlatformResource": f"/environmentmanagement/environments/{FINANCE}/settings",
    "Post-PowerPlatformResource": GROUPS,
    "Delete-PowerPlatformResource": f"{GROUPS}/{GROUP}",
}
FLOW = {"displayName": "Greeting", "definition": DEFINITION, "state": "Stopped"}
WORKFLOW = {"name": "Greeting", "clientdata": json.dumps({"properties": {"definition": DEFINITION}})}
SHARE = {"put": [{"properties": {"roleName": "CanView", "principal": {"id": LEE, "type": "User"}}}], "delete": []}
BODIES: dict[str, Json] = {
    "AdminModifyFlowPermissions": SHARE,
    "Add-BillingPolicyEnvironments": {"environmentIds": [PLAIN]},
    "AddSolutionComponent": {
        "ComponentId": WAREHOUSE_ROW,
        "ComponentType": 372,
        "SolutionUniqueName": "ContosoFinance",
        "AddRequiredComponents": False,
    },
    "Create-BillingPolicy": {
        "name": "payg-new",
        "location": "europe",
        "status": "Enabled",
        "billingInstrument": {"subscriptionId": SUBSCRIPTION, "resourceGroup": "rg-new"},
    },
    "Create-DataverseWorkflow": {**WORKFLOW, "category": 5, "type": 1, "primaryentity": "none"},
    "CreateFlow": {"properties": {**FLOW, "environment": {"name": FINANCE}}},
    "Create-DataverseConnector": {"name": "cr736_5Fnew", "displayname": "New"},
    "Edit-AdminAppRoleAssignment": SHARE,
    "Edit-AdminConnectionRoleAssignment": SHARE,
    "Edit-AdminConnectorRoleAssignment": SHARE,
    "Edit-AppRoleAssignment": SHARE,
    "Edit-ConnectionRoleAssignment": SHARE,
    "Edit-ConnectorRoleAssignment": SHARE,
    "Graph-Batch": {"requests": [{"id": "0", "method": "GET", "url": f"/users/{LEE}"}]},
    "Graph-GetByIds": {"ids": [LEE]},
    "ModifyFlowPermissions": SHARE,
    "Patch-PowerPlatformResource": {"PowerApps_NLSearch": False},
    "Post-PowerPlatformResource": {"displayName": "Field teams"},
    "Put-PowerPlatformResource": {"displayName": "Field teams"},
    "Put-Connection": {
        "properties": {
            "displayName": "Archive",
            "environment": {"name": FINANCE},
            "connectionParameters": {"accountName": "archive", "accessKey": SECRET},
        }
    },
    "Remove-BillingPolicyEnvironments": {"environmentIds": [SALES_WEST]},
    "Set-AdminAppOwner": {"newAppOwner": JOERG, "roleForOldAppOwner": "CanView"},
    "Update-BillingPolicy": {"name": "payg-europe", "status": "Disabled"},
    "Update-Connector": {"properties": {"description": "Other words", "environment": {"name": FINANCE}}},
    "Update-DataverseConnector": {"description": "Other words"},
    "Update-DataverseWorkflow": WORKFLOW,
    "UpdateFlow": {"properties": FLOW},
}
# What makes and changes flows in the Flow service, in whatever view they are looked for.
MADE_BY_USERS = {"CreateFlow", "GetFlow", "StartFlow", "UpdateFlow"}
IN_FINANCE = {"$filter": f"environment eq '{FINANCE}'"}
QUERIES: dict[str, dict[str, str]] = dict.fromkeys(
    (
        "Get-Connections",
        "Get-ConnectionRoleAssignment",
        "Edit-ConnectionRoleAssignment",
        "Get-Connector",
        "Get-Connectors",
        "Update-Connector",
        "Get-ConnectorRoleAssignment",
        "Edit-ConnectorRoleAssignment",
    ),
    IN_FINANCE,
)
# The others are answered with 200.
STATUSES = {
    "Create-BillingPolicy": 201,
    "Create-DataverseConnector": 204,
    "Create-DataverseWorkflow": 204,
    "CreateFlow": 201,
    "Delete-BillingPolicy": 204,
    "Delete-DataverseConnector": 204,
    "Delete-DataverseWorkflow": 204,
    "Install-ApplicationPackage": 202,
    "Put-Connection": 201,
    "Remove-ManagementApplication": 204,
    "ResubmitFlow": 202,
    "Update-DataverseConnector": 204,
    "Update-DataverseWorkflow": 204,
}
# Maker routes that the emulator leaves open to applications. Of BAP, the contract does not say that they are refused
# (auth-clouds-throttling.md 1 names the Flow and PowerApps services alone). Of connections, it has applications that
# own some (power-platform-api.md 4.7), and the emulator lets them at their own through either service: to leave these
# to users is a caution of the declarations. So it is with reading one connector.
NOT_REFUSED_BY_THE_SERVICE = {
    "List-Environments",
    "Get-Environment",
    "Get-Connections",
    "Get-ConnectionRoleAssignment",
    "Edit-ConnectionRoleAssignment",
    "Get-Connector",
}


def operations() -> dict[str, Operation]:
    """All operations that any module of `_api/` declares, by name; where users give the path, with one to try."""
    found: dict[str, Operation] = {}
    for info in pkgutil.iter_modules(_api.__path__):
        module = importlib.import_module(f"{_api.__name__}.{info.name}")
        for value in vars(module).values():
            # AvePoint has tokens of its own, which no client of the others can send (test_auth_avepoint.py).
            if isinstance(value, Operation) and value.service != AVEPOINT:
                assert found.setdefault(value.name, value) is value, f"two operations are called {value.name}"
    given = {name: operation for name, operation in found.items() if operation.path == USERS_PATH}
    assert given.keys() == GIVEN_PATHS.keys()
    return found | {name: operation._replace(path=GIVEN_PATHS[name]) for name, operation in given.items()}


OPERATIONS = operations()
EVERY = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
DELEGATED_ONLY = [operation for operation in OPERATIONS.values() if operation.tokens == {DELEGATED}]


def path_of(operation: Operation, kind: str = DELEGATED) -> dict[str, str]:
    names = {name for _text, name, _spec, _conversion in string.Formatter().parse(operation.path) if name}
    if operation.host != SERVICE_HOST:
        names.add(operation.host)
    own = OWN_CONNECTIONS[kind] if "connection" in names else {}
    values = {**SEGMENTS, **own, **PATHS.get(operation.name, {})}
    return {name: values[name] for name in sorted(names)}


def send(sender: Client, operation: Operation, kind: str = DELEGATED) -> Any:
    """The operation with all that it needs."""
    name = operation.name
    return sender.call(operation, path_of(operation, kind), query=QUERIES.get(name), body=BODIES.get(name))


def test_every_module_declares_operations_of_its_one_service() -> None:
    """Several modules may share a service, whose name theirs begin with; private ones help and declare nothing."""
    found: dict[str, set[str]] = {}
    for info in pkgutil.iter_modules(_api.__path__):
        values = vars(importlib.import_module(f"{_api.__name__}.{info.name}")).values()
        found[info.name] = {value.service for value in values if isinstance(value, Operation)}
    assert {name for name, services in found.items() if not services} == {name for name in found if name[0] == "_"}
    for name, services in found.items():
        if services:
            [service] = services
            assert name == service or name.startswith(f"{service}_")


@EVERY
@pytest.mark.parametrize("kind", [APPLICATION, DELEGATED])
def test_a_token_is_accepted_exactly_where_that_is_declared(
    emulator: Emulator, operation: Operation, kind: str
) -> None:
    sender = client(emulator, CLIENTS[kind])
    assert sender.caller(BAP if operation.host == ORGANIZATION_HOST else operation.service).kind == kind
    if kind in operation.tokens:
        sender.require(operation)
        send(sender, operation, kind)
        [entry] = [entry for entry in emulator.log() if entry["service"] != "login"]
        assert (entry["service"], entry["status"]) == (operation.service, STATUSES.get(operation.name, 200))
        assert entry["token_kind"] == ("app" if kind == APPLICATION else "delegated")
        assert (operation.host == ENVIRONMENT_HOST) == (".environment." in entry["host"])
        assert (operation.host == ORGANIZATION_HOST) == (f"https://{entry['host']}" == FINANCE_URL)
        return
    for refused in (
        lambda: sender.require(operation),
        lambda: send(sender, operation, kind),
        lambda: next(sender.items(operation, path_of(operation, kind))),
    ):
        with pytest.raises(TokenError) as raised:
            refused()
        assert operation.name in raised.value.message
        assert raised.value.remedy
    assert services_asked(emulator) == set()


@pytest.mark.parametrize("operation", DELEGATED_ONLY, ids=[operation.name for operation in DELEGATED_ONLY])
def test_the_service_refuses_what_the_client_does_not_send(emulator: Emulator, operation: Operation) -> None:
    """With the client's own check out of the way, the same request fails: the declaration is no mere caution."""
    cloud = resolve_cloud("public", {}, {})
    statuses = {}
    for kind, name in CLIENTS.items():
        token = emulator.token(scope(cloud.audiences[operation.service]), name)
        body = BODIES.get(operation.name)
        base = cloud.endpoints[operation.service]
        if operation.host == ENVIRONMENT_HOST:
            base = cloud.environment_base(operation.service, FINANCE)
        reply = requests.request(
            operation.method,
            emulator.base_url + operation.fill(path_of(operation, kind)),
            params={"api-version": operation.api_version, **QUERIES.get(operation.name, {})},
            headers={
                "Host": base.removeprefix("https://"),
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
            },
            data=None if body is None else json.dumps(body),
            verify=emulator.ca_path,
            timeout=20,
        )
        statuses[kind] = reply.status_code
    assert statuses[DELEGATED] == STATUSES.get(operation.name, 200)
    if operation.name in NOT_REFUSED_BY_THE_SERVICE:
        assert statuses[APPLICATION] == 200
    else:
        assert statuses[APPLICATION] == (401 if operation.service == "flow" else 403)
        assert emulator.summary()["effects"] <= 1


# -- reads that are POSTs, writes that are not sent -------------------------------------------------------------------


def test_posts_that_only_read_agree_with_the_short_list() -> None:
    for operation in OPERATIONS.values():
        listed = (operation.service, operation.method, operation.path) in READING_POSTS
        assert operation.reads_only == listed, operation.name
        assert not (operation.reads_only and operation.safe), operation.name


@EVERY
def test_a_read_only_client_sends_reads_alone(emulator: Emulator, operation: Operation) -> None:
    sender = client(emulator, CLIENTS[DELEGATED], read_only=True)
    if operation.safe or operation.reads_only:
        send(sender, operation)
        assert emulator.log(writes=True) == []
        return
    for refused in (lambda: send(sender, operation), lambda: next(sender.items(operation, path_of(operation)))):
        with pytest.raises(WriteRefusedError):
            refused()
    assert emulator.log() == []


@EVERY
def test_the_service_agrees_on_what_is_a_write(emulator: Emulator, operation: Operation) -> None:
    sender = client(emulator, CLIENTS[DELEGATED])
    send(sender, operation)
    writes = not (operation.safe or operation.reads_only)
    assert len(emulator.log(writes=True)) == sender.api_calls["write"] == int(writes)
    assert sender.api_calls["read"] == int(not writes)


def test_a_batch_that_writes_is_no_read(emulator: Emulator) -> None:
    batch = OPERATIONS["Graph-Batch"]
    body = {"requests": [*BODIES["Graph-Batch"]["requests"], {"id": "1", "method": "DELETE", "url": f"/users/{LEE}"}]}
    for read_only in (True, False):
        with pytest.raises(WriteRefusedError):
            client(emulator, read_only=read_only).call(batch, body=body)
    assert services_asked(emulator) == set()


@EVERY
def test_writes_that_are_repeated_do_nothing_the_second_time(emulator: Emulator, operation: Operation) -> None:
    """But for the time and the number of the last change. What is gone may be told as not found."""
    if operation.safe or operation.reads_only or not operation.repeatable:
        return
    sender = client(emulator, CLIENTS[DELEGATED])
    before = timeless(emulator.tenant())
    send(sender, operation)
    once = timeless(emulator.tenant())
    with suppress(NotFoundError):
        send(sender, operation)
    assert timeless(emulator.tenant()) == once
    assert (once != before) == (operation.name not in ("AdminStartFlow", "StartFlow"))  # this flow runs already


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        counted = ("modified", "modified_by", "version_number", "next_version")
        return {name: timeless(item) for name, item in value.items() if name not in counted}
    return [timeless(item) for item in value] if isinstance(value, list) else value


# -- what kinds say they need -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kind_declares_the_operations_of_each_view(name: str) -> None:
    """The maker's view always needs a user, the administrator's one never where the kind has both.

    But for what no API lets administrators do as such.
    """
    kind = KINDS[name]
    for as_admin in (True, False):
        every = kind.every_operation(as_admin=as_admin)
        assert any(operation.safe for operation in every)
        assert any(not operation.safe for operation in every)
        assert kind.service in {operation.service for operation in every} or of_organizations(every)
        if "as_admin" in kind.options:
            of_users = {operation.name for operation in every if operation.tokens == {DELEGATED}}
            assert bool(of_users - (MADE_BY_USERS if as_admin else set())) == (not as_admin)


def of_organizations(every: tuple[Operation, ...]) -> bool:
    """An organisation has no token before it is known: another service's tells who runs."""
    return any(operation.host == ORGANIZATION_HOST for operation in every)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_is_sent_is_what_the_declaration_may_need(emulator: Emulator, name: str) -> None:
    """Step by step. What finds environment and thing stands in the table of permissions, with all that is declared."""
    subject = Subject(name)
    listed = {operation.name for _view, _when, operation in resource_rows(subject.kind)}
    for _action, options in subject.sample.steps:
        declaration = subject.kind.parse(declared(subject.kind, **options))
        needed = {operation.name for operation in subject.kind.operations(declaration)}
        assert needed <= {operation.name for operation in subject.kind.every_operation(as_admin=True)} <= listed
        emulator.clear_log()
        subject.run(emulator, subject.request(options))
        among = [operation for _view, _when, operation in resource_rows(subject.kind)]
        sent = [(entry, operation_of(entry, among)) for entry in emulator.log() if entry["service"] != "login"]
        assert {operation for entry, operation in sent if entry["write"]} <= needed
        assert {operation for _entry, operation in sent} <= listed
        assert [operation for entry, operation in sent if entry["write"]]


def operation_of(entry: Json, among: list[Operation]) -> str:
    """The declared operation that a request of the log is.

    Where the user gives the path, it can be any: of those that a kind declares, the first one of the method.
    """
    request = (entry["service"], entry["method"])
    given = [item.name for item in among if item.path == USERS_PATH and (item.service, item.method) == request]
    if given:
        return given[0]
    found = []
    for operation in OPERATIONS.values():
        if operation.name in GIVEN_PATHS:  # the path that it is tried with may be that of a declared one
            continue
        pattern = "[^/]+".join(re.escape(text) for text, *_field in string.Formatter().parse(operation.path))
        pattern += "[^/]+" if operation.path.endswith("}") else ""
        if request == (operation.service, operation.method) and re.fullmatch(pattern, entry["path"]):
            found.append(operation.name)
    assert len(found) == 1, (entry, found)
    return found[0]


@pytest.mark.parametrize("name", sorted(INFO_KINDS))
def test_a_question_uses_reads_alone(name: str) -> None:
    for operation in INFO_KINDS[name].operations:
        assert operation.safe or operation.reads_only


@pytest.mark.parametrize("name", sorted(ACTION_KINDS))
def test_a_deed_is_never_repeated_on_its_own(name: str) -> None:
    """What it may send besides reading does something each time."""
    writes = [item for item in ACTION_KINDS[name].operations if not (item.safe or item.reads_only)]
    assert writes
    assert not any(item.repeatable for item in writes)
