# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in as a managed identity on other platforms that msal knows: Service Fabric and Azure Arc."""

from __future__ import annotations

import hashlib
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msal.managed_identity
import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth import managed_identity as module
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth import source as waiting
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError, TransportError

from .logging_in import FLOW, GRAPH, federated
from .test_auth_managed_identity import PLATFORM, chain, identity
from .wire import Wire, always, in_turn, reply, wire


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PLATFORM:
        monkeypatch.delenv(name, raising=False)


def _answer(**more: Any) -> bytes:
    ends = int(time.time()) + 3600
    given = {"access_token": federated(aud=FLOW, tid="t"), "token_type": "Bearer", "expires_on": str(ends)}
    return reply(200, {**given, "expires_in": "3600", **more})


def _thumbprint(server: Wire) -> str:
    certificate = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", server.port)))
    return hashlib.sha1(certificate).hexdigest()


def fabric(monkeypatch: pytest.MonkeyPatch, server: Wire) -> None:
    """This is an app of Service Fabric whose identity service is that server."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/metadata/identity/oauth2/token")
    monkeypatch.setenv("IDENTITY_HEADER", "hunter2")
    monkeypatch.setenv("IDENTITY_SERVER_THUMBPRINT", _thumbprint(server))


def test_service_fabric(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with wire(tmp_path, always(_answer())) as server:
        fabric(monkeypatch, server)
        tokens = identity(server.ca_path).tokens
        assert tokens.token(FLOW).claims["aud"] == FLOW
        monkeypatch.setenv("IDENTITY_SERVER_THUMBPRINT", "0" * 40)
        with pytest.raises(TokenError, match="thumbprint") as caught:
            tokens.token(GRAPH)
    assert [request.headers["secret"] for request in server.requests] == ["hunter2"]
    assert tokens.requests == 2
    assert "hunter2" not in chain(caught.value)


def test_service_fabric_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """msal asks it with a session of its own, which knows no timeout."""
    monkeypatch.setattr(module, "_ANSWER_TIMEOUT", 0.2)
    monkeypatch.setattr(waiting, "ATTEMPTS", 1)
    over = threading.Event()
    with wire(tmp_path, lambda _request, _connection: over.wait(5) and None) as server:
        fabric(monkeypatch, server)
        with pytest.raises(TransportError, match=r"Service Fabric did not answer within 0\.2 seconds.*of Azure only"):
            identity(server.ca_path).tokens.token(FLOW)
        over.set()


@pytest.mark.parametrize("name", ["client_id", "managed_identity_object_id", "managed_identity_resource_id"])
def test_service_fabric_lets_nobody_choose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """msal would take the cluster's own identity in its place."""
    with wire(tmp_path, always(_answer())) as server:
        fabric(monkeypatch, server)
        with pytest.raises(TokenError, match=rf"Service Fabric has one identity.*Take {name} away"):
            identity(server.ca_path, **{name: "1b2c"}).tokens.token(FLOW)
    assert server.requests == []


def test_azure_arc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(msal.managed_identity._supported_arc_platforms_and_their_prefixes, sys.platform, str(tmp_path))
    (tmp_path / "proof.key").write_text("hunter2", encoding="ascii")
    challenge = reply(401, "", {"WWW-Authenticate": f"Basic realm={tmp_path}/proof.key"})
    with wire(tmp_path, in_turn(challenge, _answer(), challenge, reply(200, "hunter2 is wrong"))) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/metadata/identity/oauth2/token")
        monkeypatch.setenv("IMDS_ENDPOINT", server.url)
        tokens = identity(server.ca_path).tokens
        assert tokens.token(FLOW).claims["aud"] == FLOW
        assert server.requests[1].headers["authorization"] == "Basic hunter2"
        (tmp_path / "proof.key").unlink()
        with pytest.raises(TokenError, match=r"No such file.*to the group himds"):
            tokens.token(GRAPH)
