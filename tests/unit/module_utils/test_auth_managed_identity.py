# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in as a managed identity, at the emulator; platforms that it is not are servers on the wire."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth import managed_identity as module
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    OptionError,
    PowerPlatformError,
    TokenError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login, login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION
from tests.emulator.control import Emulator
from tests.emulator.services.managed_identity import IDENTITY_HEADER

from .logging_in import FLOW, GRAPH, federated
from .wire import always, reply, wire

UNREGISTERED = "c1000000-0000-4000-8000-000000000002"
RESOURCE_ID = (
    "/subscriptions/a1b2c3d4/resourcegroups/contoso/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/unregistered"
)
PLATFORM = (
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
)
Place = Callable[[str], None]


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PLATFORM:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Place:
    """This is a virtual machine whose metadata service is at a URL."""
    return lambda url: monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", url)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Place:
    """This is an app of App Service whose identity service is at a URL."""

    def set_up(url: str) -> None:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)

    return set_up


@pytest.fixture(params=["machine", "app"])
def source(request: pytest.FixtureRequest, emulator: Emulator) -> str:
    place: Place = request.getfixturevalue(request.param)
    place(emulator.base_url)
    return str(request.param)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth import source as waiting

    found: list[float] = []

    class Clock:
        time = staticmethod(time.time)
        sleep = staticmethod(found.append)

    monkeypatch.setattr(waiting, "time", Clock)
    return found


def identity(ca_path: str, **more: Any) -> Login:
    return login({"auth_method": "managed_identity", "ca_path": ca_path, **more}, {})


def chain(error: BaseException | None) -> str:
    texts = []
    while error is not None:
        texts.append(str(error) + repr(error.args))
        error = error.__cause__ or error.__context__
    return " ".join(texts)


# -- at the emulator ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("source")
def test_the_identity_of_the_machine(emulator: Emulator) -> None:
    result = identity(emulator.ca_path)
    token = result.tokens.token(FLOW)
    assert token.claims["aud"] == FLOW, "a resource, and no scope"
    assert token.application_id == emulator.credentials("runner")["client_id"]
    assert token.tenant_id == emulator.tenant_id
    assert token.kind == APPLICATION
    assert 3000 < token.expires_at - time.time() < 3700
    assert result.tokens.token(FLOW) is token
    result.tokens.token(GRAPH)
    assert result.tokens.requests == 2
    assert emulator.summary()["tokens"] == 2


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("name", ["client_id", "managed_identity_object_id", "managed_identity_resource_id"])
def test_an_identity_that_is_assigned(emulator: Emulator, name: str) -> None:
    object_id = identity(emulator.ca_path, client_id=UNREGISTERED).tokens.token(FLOW).object_id
    ids = {"client_id": UNREGISTERED, "managed_identity_object_id": object_id}
    token = identity(emulator.ca_path, **{name: ids.get(name, RESOURCE_ID)}).tokens.token(GRAPH)
    assert token.application_id == UNREGISTERED


@pytest.mark.usefixtures("source")
def test_neither_base_url_nor_a_proxy_stands_for_the_platform(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header that proves that this is the app must not leave the machine."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    more = {"base_url": "https://127.0.0.1:9", "proxy": "http://127.0.0.1:9"}
    assert identity(emulator.ca_path, **more).tokens.token(FLOW).text


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"client_id": "nobody"}, ["(client_id nobody)", "Assign this identity"]),
        ({"managed_identity_object_id": "nobody"}, ["(object_id nobody)", "Assign this identity"]),
        ({}, ["(the machine's own)", "Turn on the system-assigned identity", "managed_identity_object_id"]),
    ],
)
def test_there_is_no_such_identity(emulator: Emulator, more: dict[str, str], words: list[str]) -> None:
    emulator.change([{"change": "set_client", "client": "runner", "managed_identity": ""}])
    with pytest.raises(TokenError) as caught:
        identity(emulator.ca_path, **more).tokens.token(FLOW)
    for word in (*words, "No token for", "by managed identity"):
        assert word in str(caught.value)
    assert emulator.summary()["tokens"] == 1, "a refusal is not repeated"


@pytest.mark.usefixtures("machine")
def test_a_service_that_the_tenant_does_not_know(emulator: Emulator, machine: Place) -> None:
    machine(emulator.base_url)
    with pytest.raises(TokenError, match=r"AADSTS500011.*Check cloud and audiences"):
        identity(emulator.ca_path, audiences={"flow": "nothing"}).tokens.token("nothing")


def test_a_refusal_of_app_service_that_is_an_error_500(emulator: Emulator, app: Place, pauses: list[float]) -> None:
    app(emulator.base_url)
    with pytest.raises(TokenError, match="HTTP 500: AADSTS500011"):
        identity(emulator.ca_path).tokens.token("nothing")
    assert len(pauses) == 3


@pytest.mark.usefixtures("source")
def test_the_tenant_of_the_identity_cannot_be_chosen(emulator: Emulator) -> None:
    other = "99999999-2222-4333-8444-555555555555"
    assert identity(emulator.ca_path, tenant_id=emulator.tenant_id.upper()).tokens.token(FLOW)
    assert identity(emulator.ca_path, tenant_id="contoso.example").tokens.token(FLOW)
    with pytest.raises(TokenError, match=f"belongs to tenant {emulator.tenant_id}, not to tenant_id='{other}'"):
        identity(emulator.ca_path, tenant_id=other).tokens.token(FLOW)


@pytest.mark.usefixtures("source")
def test_the_platform_keeps_its_token(emulator: Emulator) -> None:
    tokens = identity(emulator.ca_path).tokens
    first = tokens.token(FLOW)
    with pytest.raises(TokenError, match=r"refused once more.*for up to a day"):
        tokens.token(FLOW, refused=first)
    emulator.faults([{"kind": "token_lifetime", "seconds": 1}])
    with pytest.raises(TokenError):
        tokens.token(FLOW, refused=first, claims_challenge='{"access_token":{}}')
    assert tokens.requests == 3, "each refusal is asked about anew"


@pytest.mark.parametrize("status", [404, 410, 429, 503])
def test_a_machine_that_is_brought_up_to_date(
    emulator: Emulator, machine: Place, pauses: list[float], status: int
) -> None:
    machine(emulator.base_url)
    emulator.faults([{"kind": "status", "status": status, "times": 3}])
    assert identity(emulator.ca_path).tokens.token(FLOW).text
    assert len(pauses) == 3
    if status == 410:
        assert sum(pauses) >= 70, "so long it may take"


# -- where there is none -----------------------------------------------------------------------------------------------


def test_nothing_listens(machine: Place, pauses: list[float]) -> None:
    machine("https://127.0.0.1:9")
    with pytest.raises(TransportError, match=r"127\.0\.0\.1:9 could not be reached.*apps of Azure only"):
        login({"auth_method": "managed_identity"}, {}).tokens.token(FLOW)
    assert len(pauses) == 3


@pytest.mark.usefixtures("pauses")
def test_nobody_takes_the_connection(machine: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside of Azure, where the address of its machines leads nowhere."""
    import socket

    monkeypatch.setattr(module, "_CONNECT_TIMEOUT", 0.2)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        held = [socket.socket() for _unused in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        machine(f"https://127.0.0.1:{full.getsockname()[1]}")
        begin = time.monotonic()
        with pytest.raises(TransportError, match=r"within 0\.2 seconds.*of Azure only"):
            login({"auth_method": "managed_identity", "timeout": 60}, {}).tokens.token(FLOW)
        assert time.monotonic() - begin < 10
        for one in held:
            one.close()


@pytest.mark.usefixtures("pauses")
def test_a_platform_that_does_not_answer(machine: Place, tmp_path: Path) -> None:
    with wire(tmp_path, lambda _request, _connection: time.sleep(3)) as server:
        machine(server.url)
        with pytest.raises(TransportError, match=r"did not answer within 1 seconds.*of Azure only"):
            identity(server.ca_path, timeout=1).tokens.token(FLOW)


@pytest.mark.usefixtures("pauses")
def test_a_machine_is_not_waited_for_as_long_as_a_service(
    machine: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_ANSWER_TIMEOUT", 0.2)
    over = threading.Event()
    with wire(tmp_path, lambda _request, _connection: over.wait(5) and None) as server:
        machine(server.url)
        with pytest.raises(TransportError, match=r"did not answer within 0\.2 seconds"):
            identity(server.ca_path, timeout=60).tokens.token(FLOW)
        over.set()


def test_the_deadline_holds(machine: Place, tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(410, "", {"Retry-After": "30"}))) as server:
        machine(server.url)
        tokens = identity(server.ca_path).tokens
        tokens.remaining = lambda: 2.0
        with pytest.raises(DeadlineError):
            tokens.token(FLOW)


@pytest.mark.usefixtures("pauses")
def test_another_cloud_has_the_address(machine: Place, tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(404, "<html>not here</html>"))) as server:
        machine(server.url)
        with pytest.raises(TokenError, match=r"HTTP 404.*of Azure only"):
            identity(server.ca_path).tokens.token(FLOW)
        assert len(server.requests) == 4


@pytest.mark.parametrize("place", ["machine", "app"])
@pytest.mark.parametrize(
    "body",
    [
        "<html>hunter2</html>",
        [],
        {"access_token": "t", "expires_in": "x", "expires_on": "x"},
        {"access_token": {"t": 1}, "expires_in": "3600", "expires_on": "9999999999"},
        {"access_token": 5, "expires_in": "3600", "expires_on": "9999999999"},
        {"access_token": "t\u2013t", "expires_in": "3600", "expires_on": "9999999999"},
    ],
)
def test_an_answer_that_makes_no_sense(
    request: pytest.FixtureRequest, tmp_path: Path, place: str, body: object
) -> None:
    with wire(tmp_path, always(reply(200, body))) as server:
        request.getfixturevalue(place)(server.url)
        with pytest.raises(TokenError, match="none that can be read") as caught:
            identity(server.ca_path).tokens.token(FLOW)
    assert "hunter2" not in chain(caught.value)


@pytest.mark.parametrize("place", ["machine", "app"])
def test_a_token_that_has_ended(request: pytest.FixtureRequest, tmp_path: Path, place: str) -> None:
    body = {"access_token": federated(), "expires_in": "-5", "expires_on": str(int(time.time()) - 5)}
    with wire(tmp_path, always(reply(200, body))) as server:
        request.getfixturevalue(place)(server.url)
        with pytest.raises(TokenError, match=r"has ended\. Check the clock"):
            identity(server.ca_path).tokens.token(FLOW)


def test_the_header_of_the_app_is_in_no_error(app: Place, tmp_path: Path, pauses: list[float]) -> None:
    bodies = [{"statusCode": 400, "message": f"bad {IDENTITY_HEADER}"}, {"message": f"worse {IDENTITY_HEADER}"}]
    for status, body in zip((400, 500), bodies, strict=True):
        with wire(tmp_path, always(reply(status, body))) as server:
            app(server.url)
            with pytest.raises(PowerPlatformError) as caught:
                identity(server.ca_path).tokens.token(FLOW)
        assert IDENTITY_HEADER not in chain(caught.value)
        assert server.requests[0].headers["x-identity-header"] == IDENTITY_HEADER
    assert len(pauses) == 3


def test_a_cloud_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREPS_HOST_ENVIRONMENT", "cloud-shell/1.0")
    monkeypatch.setenv("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")
    with pytest.raises(TokenError, match="azure_cli"):
        login({"auth_method": "managed_identity"}, {}).tokens.token(FLOW)


def test_without_msal(machine: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    machine("https://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "msal", None)
    with pytest.raises(MissingLibraryError):
        login({"auth_method": "managed_identity"}, {}).tokens.token(FLOW)


def test_an_id_that_cannot_be(emulator: Emulator) -> None:
    with pytest.raises(OptionError, match="client_id and managed_identity_object_id are both given"):
        identity(emulator.ca_path, client_id="1b2c", managed_identity_object_id="2c3d")
