# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in with a client secret, at the emulator's token endpoint; and what may go wrong on the way."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    TokenError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, DELEGATED
from tests.emulator.control import Emulator

from .logging_in import FLOW, GRAPH, by_secret, federated, options
from .wire import always, in_turn, reply, wire


def test_client_secret(emulator: Emulator) -> None:
    result = by_secret(emulator)
    token = result.tokens.token(FLOW)
    assert token.claims["aud"] == FLOW
    assert token.tenant_id == emulator.tenant_id
    assert token.application_id == emulator.credentials("runner")["client_id"]
    assert token.object_id
    assert token.kind == APPLICATION
    assert 3000 < token.expires_at - time.time() < 3700
    assert by_secret(emulator, "delegated").tokens.token(GRAPH).kind == DELEGATED


def test_one_token_request_for_an_audience_and_sixteen_threads(emulator: Emulator) -> None:
    tokens = by_secret(emulator).tokens
    threads = [
        threading.Thread(target=tokens.token, args=(audience,)) for audience in (FLOW, GRAPH) for _unused in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tokens.token(FLOW)
    assert tokens.requests == 2
    assert emulator.summary()["tokens"] == 2
    assert emulator.summary()["discovery"] == 1


def test_a_refused_token_is_replaced_at_the_service(emulator: Emulator) -> None:
    tokens = by_secret(emulator).tokens
    first = tokens.token(FLOW)
    second = tokens.token(FLOW, refused=first)
    assert second.text != first.text
    assert tokens.requests == 2


def test_the_real_login_host_is_named(emulator: Emulator) -> None:
    by_secret(emulator, cloud="dod").tokens.token(GRAPH)
    assert {entry["host"] for entry in emulator.log(service="login")} == {"login.microsoftonline.us"}


def test_a_wrong_secret(emulator: Emulator) -> None:
    with pytest.raises(TokenError) as caught:
        by_secret(emulator, client_secret="hunter2-wrong").tokens.token(FLOW)
    text = str(caught.value)
    assert "AADSTS7000215" in text
    assert "the value of the secret, not its id" in text
    assert "correlation id" in text
    assert "hunter2" not in text
    assert emulator.summary()["tokens"] == 1, "a refusal is not repeated"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"client_id": "99999999-0000-4000-8000-000000000000"}, ["AADSTS700016", "Check client_id"]),
        ({"tenant_id": "fabrikam.example"}, ["AADSTS90002", "Check tenant_id"]),
    ],
)
def test_wrong_ids(emulator: Emulator, more: dict[str, str], words: list[str]) -> None:
    with pytest.raises(TokenError) as caught:
        by_secret(emulator, **more).tokens.token(FLOW)
    for word in words:
        assert word in str(caught.value)


def test_a_refusal_is_not_remembered(emulator: Emulator) -> None:
    tokens = by_secret(emulator).tokens
    body = {"error": "invalid_client", "error_description": "AADSTS7000215: not replicated yet"}
    emulator.faults([{"kind": "status", "status": 400, "body": body, "times": 1, "match": {"path": "/token$"}}])
    with pytest.raises(TokenError):
        tokens.token(FLOW)
    assert tokens.token(FLOW).claims["aud"] == FLOW


# -- faults of the way -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, "match": {"path": "/token$"}},
        {"kind": "status", "status": 503, "match": {"path": "openid-configuration$"}},
        {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}, "match": {"path": "/token$"}},
        {"kind": "drop", "when": "before", "match": {"path": "/token$"}},
        {"kind": "drop", "when": "after", "match": {"path": "openid-configuration$"}},
    ],
)
def test_passing_faults_are_survived(emulator: Emulator, fault: dict[str, Any]) -> None:
    emulator.faults([{**fault, "times": 1}])
    assert by_secret(emulator).tokens.token(FLOW).claims["aud"] == FLOW
    assert emulator.fault_list()[0]["hits"] == 1


def test_lasting_unavailability_ends(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 503, "match": {"path": "/token$"}}])
    tokens = by_secret(emulator).tokens
    with pytest.raises(TokenError, match="HTTP 503"):
        tokens.token(FLOW)
    assert tokens.requests == 4


def test_a_login_does_not_outlive_the_deadline(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 429, "headers": {"Retry-After": "30"}}])
    tokens = by_secret(emulator).tokens
    tokens.remaining = lambda: 2.0
    begin = time.monotonic()
    with pytest.raises(DeadlineError):
        tokens.token(FLOW)
    assert time.monotonic() - begin < 2


def test_an_untrusted_login_host(emulator: Emulator, tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200))) as other, pytest.raises(TransportError, match="ca_path"):
        by_secret(emulator, ca_path=other.ca_path).tokens.token(FLOW)


def test_validate_certs_false(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nothing")
    assert by_secret(emulator, ca_path=None, validate_certs=False).tokens.token(FLOW).text


def test_a_ca_bundle_in_the_environment_does_not_matter(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nothing")
    assert by_secret(emulator).tokens.token(FLOW).text


@pytest.mark.parametrize(
    "body", ["<html>hunter2</html>", '{"error": "invalid_client", "error_description": "hunter2 sent"}']
)
def test_an_answer_that_repeats_the_secret(emulator: Emulator, tmp_path: Path, body: str) -> None:
    discovery = {"authorization_endpoint": "https://x.test/t/a", "token_endpoint": "https://x.test/t/token"}
    with wire(tmp_path, in_turn(reply(200, discovery), reply(400, body))) as server:
        more = {"base_url": server.url, "ca_path": server.ca_path, "client_secret": "hunter2"}
        with pytest.raises(TokenError) as caught:
            login(options(emulator, **more), {}).tokens.token(FLOW)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("body", ["no json", {}, {"token_endpoint": "http://x.test"}])
def test_discovery_that_makes_no_sense(emulator: Emulator, tmp_path: Path, body: object) -> None:
    with wire(tmp_path, always(reply(200, body))) as server:
        more = {"base_url": server.url, "ca_path": server.ca_path, "client_secret": "hunter2"}
        with pytest.raises(TokenError):
            login(options(emulator, **more), {}).tokens.token(FLOW)


@pytest.mark.parametrize("token", [5, {"t": 1}, ["t"], "t\u2013t", "t\nt"])
def test_a_token_that_is_none(emulator: Emulator, tmp_path: Path, token: object) -> None:
    discovery = {"authorization_endpoint": "https://x.test/t/a", "token_endpoint": "https://x.test/t/token"}
    granted = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
    with wire(tmp_path, in_turn(reply(200, discovery), reply(200, granted))) as server:
        more = {"base_url": server.url, "ca_path": server.ca_path, "client_secret": "hunter2"}
        with pytest.raises(TokenError, match="none that can be read"):
            login(options(emulator, **more), {}).tokens.token(FLOW)


def test_a_claims_challenge_reaches_the_service(emulator: Emulator, tmp_path: Path) -> None:
    discovery = {"authorization_endpoint": "https://x.test/t/a", "token_endpoint": "https://x.test/t/token"}
    granted = [
        reply(200, {"access_token": federated(n=number), "expires_in": 3599, "token_type": "Bearer"})
        for number in range(2)
    ]
    answers = in_turn(reply(200, discovery), granted[0], reply(200, discovery), granted[1])
    with wire(tmp_path, answers) as server:
        more = {"base_url": server.url, "ca_path": server.ca_path, "client_secret": "hunter2"}
        tokens = login(options(emulator, **more), {}).tokens
        challenge = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
        tokens.token(FLOW, refused=tokens.token(FLOW), claims_challenge=challenge)
    forms = [request.form for request in server.requests if request.method == "POST"]
    assert "claims" not in forms[0]
    assert json.loads(forms[1]["claims"]) == json.loads(challenge)


def test_without_msal(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    tokens = by_secret(emulator).tokens
    with pytest.raises(MissingLibraryError) as caught:
        tokens.token(FLOW)
    assert caught.value.library == "msal"
