# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in with a token of another issuer; what the emulator cannot give comes from a server on the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION
from tests.emulator.control import Emulator

from .logging_in import FLOW, GRAPH, federated, options
from .wire import Wire, always, in_turn, reply, wire


def test_federated_token_text(emulator: Emulator) -> None:
    assert login(options(emulator, oidc_token=federated()), {}).tokens.token(FLOW).kind == APPLICATION


def test_a_federated_token_that_nobody_trusts(emulator: Emulator) -> None:
    token = federated(iss="https://elsewhere.test")
    with pytest.raises(TokenError) as caught:
        login(options(emulator, oidc_token=token[:-4] + "aHVudGVy"), {}).tokens.token(FLOW)
    assert "aHVudGVy" not in str(caught.value)


def test_federated_token_file_is_read_at_each_use(emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("no token", encoding="ascii")
    tokens = login(options(emulator, oidc_token_file_path=str(path)), {}).tokens
    with pytest.raises(TokenError):
        tokens.token(FLOW)
    path.write_text(federated() + "\n", encoding="ascii")
    first = tokens.token(FLOW)
    path.unlink()
    assert tokens.token(FLOW) is first
    with pytest.raises(OptionError, match="oidc_token_file_path"):
        tokens.token(GRAPH)
    path.write_text(" \n", encoding="ascii")
    with pytest.raises(OptionError, match="empty"):
        tokens.token(GRAPH)


def test_github_actions_at_the_emulator(emulator: Emulator) -> None:
    environ = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipeline.test/__emulator__/oidc/github?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hunter2",
    }
    result = login(options(emulator), environ)
    assert result.tokens.token(FLOW).kind == APPLICATION
    assert result.tokens.requests == 1


def test_azure_devops_at_the_emulator(emulator: Emulator) -> None:
    environ = {
        "SYSTEM_OIDCREQUESTURI": "https://pipeline.test/__emulator__/oidc/azuredevops",
        "SYSTEM_ACCESSTOKEN": "hunter2",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "5a",
    }
    assert login(options(emulator), environ).tokens.token(FLOW).kind == APPLICATION


def trusting(emulator: Emulator, server: Wire, folder: Path, **more: Any) -> dict[str, Any]:
    """Both the emulator and a pipeline's server on the wire, each under its own name."""
    bundle = folder / "both.pem"
    bundle.write_text(
        "".join(Path(path).read_text(encoding="ascii") for path in (emulator.ca_path, server.ca_path)), encoding="ascii"
    )
    return options(emulator, base_url=None, ca_path=str(bundle), endpoints={"authority": emulator.base_url}, **more)


def test_github_actions(emulator: Emulator, tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200, {"count": 1, "value": federated()}))) as server:
        environ = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/oidc?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hunter2",
        }
        assert login(trusting(emulator, server, tmp_path), environ).tokens.token(FLOW).kind == APPLICATION
    [request] = server.requests
    assert (request.method, request.headers["authorization"]) == ("GET", "Bearer hunter2")
    assert request.target == "/oidc?audience=api%3A%2F%2FAzureADTokenExchange&api-version=2.0"


def test_github_actions_with_an_audience_of_ones_own(emulator: Emulator, tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200, {"value": federated()}))) as server:
        more = {"oidc_request_url": f"{server.url}/?audience=mine", "oidc_request_token": "hunter2"}
        login(trusting(emulator, server, tmp_path, **more), {}).tokens.token(FLOW)
    assert server.requests[0].target == "/?audience=mine"


def test_azure_devops(emulator: Emulator, tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200, {"oidcToken": federated()}))) as server:
        environ = {
            "SYSTEM_OIDCREQUESTURI": f"{server.url}/x/_apis/oidctoken",
            "SYSTEM_ACCESSTOKEN": "hunter2",
            "POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID": "5a",
        }
        result = login(trusting(emulator, server, tmp_path), environ)
        assert result.tokens.token(FLOW).kind == APPLICATION
    [request] = server.requests
    assert (request.method, request.headers["authorization"]) == ("POST", "Bearer hunter2")
    assert request.target == "/x/_apis/oidctoken?api-version=7.1&serviceConnectionId=5a"
    assert request.headers["content-length"] == "0"


@pytest.mark.parametrize(
    "answer",
    [
        reply(401, {"message": "hunter2"}),
        reply(302, headers={"Location": "https://x.test"}),
        reply(200, "<html>"),
        reply(200, {}),
    ],
)
def test_a_pipeline_that_issues_nothing(emulator: Emulator, tmp_path: Path, answer: bytes) -> None:
    with wire(tmp_path, always(answer)) as server:
        more = {"oidc_request_url": server.url, "oidc_request_token": "hunter2"}
        with pytest.raises(TokenError, match="id-token: write") as caught:
            login(trusting(emulator, server, tmp_path, **more), {}).tokens.token(FLOW)
    assert "hunter2" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_pipeline_that_hiccups(emulator: Emulator, tmp_path: Path) -> None:
    with wire(tmp_path, in_turn(reply(503), reply(200, {"value": federated()}))) as server:
        more = {"oidc_request_url": server.url, "oidc_request_token": "hunter2"}
        assert login(trusting(emulator, server, tmp_path, **more), {}).tokens.token(FLOW).text
    assert len(server.requests) == 2
