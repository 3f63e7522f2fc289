# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation of `_api/`, sent with a token of each kind: accepted exactly where that is declared."""

from __future__ import annotations

import importlib
import json
import pkgutil
import string
from typing import Any

import pytest
import requests

from ansible_collections.powerops.powerplatform.plugins.module_utils import _api
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import resolve_cloud, scope
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError, WriteRefusedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._guard import READING_POSTS
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    ANY_TOKEN,
    APPLICATION,
    DELEGATED,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS, KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import EXPENSES, FINANCE, LEE, RUNNING, client, declared, services_asked
from tests.unit.engine.samples import SAMPLES

Json = dict[str, Any]

# Clients of the tenant file, by the kind of token that they get: a registered application, and an administrator who
# owns the app and the flow below.
CLIENTS = {APPLICATION: "runner", DELEGATED: "delegated"}
SEGMENTS = {"environment": FINANCE, "app": EXPENSES, "flow": RUNNING}
SHARE = {"put": [{"properties": {"roleName": "CanView", "principal": {"id": LEE, "type": "User"}}}], "delete": []}
# What operations need besides their path; a new one that needs something fails until it stands here.
BODIES: dict[str, Json] = {
    "Edit-AdminAppRoleAssignment": SHARE,
    "Edit-AppRoleAssignment": SHARE,
    "Graph-Batch": {"requests": [{"id": "0", "method": "GET", "url": f"/users/{LEE}"}]},
    "Graph-GetByIds": {"ids": [LEE]},
}
# Maker routes that the emulator leaves open to applications: that BAP refuses them is declared with caution, for the
# contract (auth-clouds-throttling.md, 1) says it of the Flow and PowerApps services alone.
NOT_REFUSED_BY_THE_SERVICE = {"List-Environments", "Get-Environment"}


def operations() -> dict[str, Operation]:
    """All operations that any module of `_api/` declares, by name."""
    found: dict[str, Operation] = {}
    for info in pkgutil.iter_modules(_api.__path__):
        module = importlib.import_module(f"{_api.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, Operation):
                assert found.setdefault(value.name, value) is value, f"two operations are called {value.name}"
    return found


OPERATIONS = operations()
EVERY = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
DELEGATED_ONLY = [operation for operation in OPERATIONS.values() if operation.tokens == {DELEGATED}]


def path_of(operation: Operation) -> dict[str, str]:
    names = [name for _text, name, _spec, _conversion in string.Formatter().parse(operation.path) if name]
    return {name: SEGMENTS[name] for name in names}


def test_there_are_operations_of_every_module() -> None:
    modules = {info.name for info in pkgutil.iter_modules(_api.__path__)}
    assert modules == {operation.service for operation in OPERATIONS.values()} != set()


@EVERY
@pytest.mark.parametrize("kind", [APPLICATION, DELEGATED])
def test_a_token_is_accepted_exactly_where_that_is_declared(
    emulator: Emulator, operation: Operation, kind: str
) -> None:
    sender = client(emulator, CLIENTS[kind])
    assert sender.caller(operation.service).kind == kind
    if kind in operation.tokens:
        sender.require(operation)
        sender.call(operation, path_of(operation), body=BODIES.get(operation.name))
        [entry] = [entry for entry in emulator.log() if entry["service"] != "login"]
        assert (entry["service"], entry["status"]) == (operation.service, 200)
        assert entry["token_kind"] == ("app" if kind == APPLICATION else "delegated")
        return
    for refused in (
        lambda: sender.require(operation),
        lambda: sender.call(operation, path_of(operation), body=BODIES.get(operation.name)),
        lambda: next(sender.items(operation, path_of(operation))),
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
        reply = requests.request(
            operation.method,
            emulator.base_url + operation.fill(path_of(operation)),
            params={"api-version": operation.api_version},
            headers={
                "Host": cloud.endpoints[operation.service].removeprefix("https://"),
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
            },
            data=None if body is None else json.dumps(body),
            verify=emulator.ca_path,
            timeout=20,
        )
        statuses[kind] = reply.status_code
    assert statuses[DELEGATED] == 200
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
    body = BODIES.get(operation.name)
    if operation.safe or operation.reads_only:
        sender.call(operation, path_of(operation), body=body)
        assert emulator.log(writes=True) == []
        return
    for refused in (
        lambda: sender.call(operation, path_of(operation), body=body),
        lambda: next(sender.items(operation, path_of(operation))),
    ):
        with pytest.raises(WriteRefusedError):
            refused()
    assert emulator.log() == []


@EVERY
def test_the_service_agrees_on_what_is_a_write(emulator: Emulator, operation: Operation) -> None:
    sender = client(emulator, CLIENTS[DELEGATED])
    sender.call(operation, path_of(operation), body=BODIES.get(operation.name))
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
    if operation.safe or operation.reads_only or not operation.repeatable:
        return
    sender = client(emulator, CLIENTS[DELEGATED])
    for _attempt in range(2):
        sender.call(operation, path_of(operation), body=BODIES.get(operation.name))
    assert emulator.summary()["effects"] <= 1


# -- what kinds say they need -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kind_declares_the_operations_it_uses(emulator: Emulator, name: str) -> None:
    """Without a listing and without names: what is asked of the kind's own service is declared, each for its scope."""
    kind = KINDS[name]
    for as_admin in (True, False):
        options = declared(kind, **SAMPLES[name].differs, as_admin=as_admin)
        named = kind.operations(kind.parse(options))
        assert named
        assert {operation.service for operation in named} == {kind.service}
        assert {operation.tokens for operation in named} == {ANY_TOKEN if as_admin else frozenset({DELEGATED})}
        assert any(not operation.safe for operation in named)
    assert emulator.log() == []


@pytest.mark.parametrize("name", sorted(INFO_KINDS))
def test_a_question_uses_reads_alone(name: str) -> None:
    for operation in INFO_KINDS[name].operations:
        assert operation.safe or operation.reads_only
