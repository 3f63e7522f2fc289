# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints of managed identities, and the challenge for other claims (auth-clouds-throttling.md 3.3, 4.3 and 5.3)."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import msal
import pytest
import requests

from tests.emulator.control import Emulator
from tests.emulator.services.managed_identity import IDENTITY_HEADER
from tests.emulator.tokens import jwt_claims

from .api import Api
from .test_login import RUNNER, VerifyingSession, claims, token

GRAPH = "https://graph.microsoft.com"
UNREGISTERED = "c1000000-0000-4000-8000-000000000002"
RESOURCE_ID = (
    "/subscriptions/a1b2c3d4/resourcegroups/contoso/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/unregistered"
)
MACHINE = "/metadata/identity/oauth2/token"
APP = "/msi/token"


def ask(emulator: Emulator, path: str, headers: dict[str, str] | None = None, **query: str) -> requests.Response:
    given = {"Metadata": "true", "X-IDENTITY-HEADER": IDENTITY_HEADER} if headers is None else headers
    params = {"api-version": "2019-08-01", "resource": GRAPH, **query}
    return requests.get(emulator.base_url + path, params, headers=given, verify=emulator.ca_path, timeout=30)


@pytest.fixture(params=["machine", "app service"])
def source(request: pytest.FixtureRequest, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "machine":
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.base_url)
    else:
        monkeypatch.setenv("IDENTITY_ENDPOINT", emulator.base_url + APP)
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    return str(request.param)


def by_msal(emulator: Emulator, **identity: str) -> dict[str, Any]:
    asked = msal.UserAssignedManagedIdentity(**identity) if identity else msal.SystemAssignedManagedIdentity()
    client = msal.ManagedIdentityClient(asked, http_client=VerifyingSession(emulator.ca_path))
    found: dict[str, Any] = client.acquire_token_for_client(resource=GRAPH)
    return found


@pytest.mark.usefixtures("source")
def test_msal_gets_the_token_of_the_machine(emulator: Emulator, api: Api) -> None:
    found = by_msal(emulator)
    read = jwt_claims(found["access_token"])
    assert read is not None
    assert (read["appid"], read["idtyp"], read["aud"]) == (RUNNER, "app", GRAPH)
    assert 3500 < found["expires_in"] <= 3599
    assert api.get("graph", "/v1.0/organization", token=found["access_token"]).status_code == 200
    assert emulator.summary()["tokens"] == 1
    assert emulator.summary()["reads"] == 1


@pytest.mark.usefixtures("source")
def test_msal_gets_the_token_of_an_assigned_identity(emulator: Emulator) -> None:
    first = by_msal(emulator, client_id=UNREGISTERED)["access_token"]
    read = jwt_claims(first)
    assert read is not None
    assert read["appid"] == UNREGISTERED
    assert by_msal(emulator, object_id=read["oid"])["access_token"] == first, "kept by the platform"
    assert by_msal(emulator, resource_id=RESOURCE_ID.upper())["access_token"] == first


@pytest.mark.usefixtures("source")
def test_msal_is_told_that_there_is_no_such_identity(emulator: Emulator) -> None:
    # One that is no managed identity at all, and one that is nowhere.
    for identity in ({"client_id": "c1000000-0000-4000-8000-000000000003"}, {"object_id": "nobody"}):
        found = by_msal(emulator, **identity)
        assert re.search("not found|No User Assigned", found["error_description"])


def test_headers_and_parameters_are_asked_for(emulator: Emulator) -> None:
    assert ask(emulator, MACHINE, {}).json()["error"] == "bad_request_102"
    assert ask(emulator, MACHINE, resource="").json()["error"] == "invalid_request"
    assert ask(emulator, APP, {"X-IDENTITY-HEADER": "other"}).status_code == 401
    assert ask(emulator, APP, **{"api-version": "2017-09-01"}).json()["statusCode"] == 400
    assert "AADSTS500011" in ask(emulator, MACHINE, resource="nothing").json()["error_description"]
    assert "AADSTS500011" in ask(emulator, APP, resource="nothing").json()["message"]
    assert ask(emulator, "/metadata/identity/info").status_code == 404


def test_a_machine_without_an_identity(emulator: Emulator) -> None:
    emulator.change([{"change": "set_client", "client": "runner", "managed_identity": ""}])
    assert ask(emulator, MACHINE).json() == {"error": "invalid_request", "error_description": "Identity not found"}
    assert ask(emulator, APP).json()["message"].startswith("No User Assigned or Delegated Managed Identity")


def test_numbers_are_texts(emulator: Emulator) -> None:
    found = ask(emulator, MACHINE).json()
    assert found["expires_in"].isdecimal()
    assert found["expires_on"].isdecimal()
    assert ask(emulator, APP).json()["expires_on"].isdecimal()


# -- claims ------------------------------------------------------------------------------------------------------------


def challenge(reply: requests.Response) -> str:
    assert reply.status_code == 401
    found = re.search(r'error="insufficient_claims", claims="([^"]+)"', reply.headers["WWW-Authenticate"])
    assert found is not None
    return base64.b64decode(found[1]).decode()


def test_a_token_with_the_claims_that_are_asked_for_passes(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "claims_challenge", "value": "c7"}])
    first = token(emulator, client_secret="runner-secret").json()["access_token"]
    asked = challenge(api.get("graph", "/v1.0/organization", token=first))
    assert json.loads(asked) == {"access_token": {"acrs": {"essential": True, "value": "c7"}}}
    reply = token(emulator, client_secret="runner-secret", claims=asked)
    assert claims(reply)["acrs"] == ["c7"]
    assert api.get("graph", "/v1.0/organization", token=reply.json()["access_token"]).status_code == 200
    assert "acrs" not in claims(token(emulator, client_secret="runner-secret", claims="no json"))


def test_a_challenge_that_nothing_meets(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "claims_challenge", "always": True}])
    asked = {"access_token": {"acrs": {"values": ["c1"]}}}
    found = token(emulator, client_secret="runner-secret", claims=json.dumps(asked)).json()["access_token"]
    challenge(api.get("graph", "/v1.0/organization", token=found))
