# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Token endpoints and discovery (auth-clouds-throttling.md 3 and 5.3)."""

from __future__ import annotations

import json
from typing import Any

import msal
import pytest
import requests

from tests.emulator.control import Emulator
from tests.emulator.tokens import b64, jwt_claims

from .api import ADA, KIM, TENANT, Api

RUNNER = "c1000000-0000-4000-8000-000000000001"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def post(emulator: Emulator, path: str, **form: str) -> requests.Response:
    return requests.post(f"{emulator.base_url}/{path}", data=form, verify=emulator.ca_path, timeout=30)


def token(emulator: Emulator, **form: str) -> requests.Response:
    given = {"grant_type": "client_credentials", "client_id": RUNNER, "scope": "https://graph.microsoft.com/.default"}
    return post(emulator, f"{TENANT}/oauth2/v2.0/token", **{**given, **form})


def claims(reply: requests.Response) -> dict[str, Any]:
    assert reply.status_code == 200, reply.text
    found = jwt_claims(reply.json()["access_token"])
    assert found is not None
    return found


class VerifyingSession:
    """What a client has to do where a CA variable of the environment would beat the session's own setting."""

    def __init__(self, ca_path: str) -> None:
        self._session = requests.Session()
        self._ca_path = ca_path

    def get(self, url: str, **more: Any) -> requests.Response:
        return self._session.get(url, **{**more, "verify": self._ca_path})

    def post(self, url: str, **more: Any) -> requests.Response:
        return self._session.post(url, **{**more, "verify": self._ca_path})

    def close(self) -> None:
        self._session.close()


def msal_app(emulator: Emulator, credential: Any, client_id: str = RUNNER) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        client_id,
        client_credential=credential,
        authority=f"{emulator.base_url}/{TENANT}",
        instance_discovery=False,
        http_client=VerifyingSession(emulator.ca_path),
    )


def test_msal_gets_an_application_token_that_the_services_take(emulator: Emulator, api: Api) -> None:
    found = msal_app(emulator, "runner-secret").acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert found["expires_in"] == 3599
    assert api.get("graph", "/v1.0/organization", token=found["access_token"]).status_code == 200
    assert emulator.summary()["tokens"] == 1


def test_msal_is_told_that_a_secret_is_wrong(emulator: Emulator) -> None:
    found = msal_app(emulator, "wrong").acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert (found["error"], found["error_codes"]) == ("invalid_client", [7000215])


def test_msal_logs_a_user_in_by_device_code(emulator: Emulator, api: Api) -> None:
    app = msal.PublicClientApplication(
        emulator.credentials("delegated")["client_id"],
        authority=f"{emulator.base_url}/{TENANT}",
        instance_discovery=False,
        http_client=VerifyingSession(emulator.ca_path),
    )
    flow = app.initiate_device_flow(["https://graph.microsoft.com/.default"])
    found = app.acquire_token_by_device_flow(flow)
    assert found.get("error") is None
    token_claims = jwt_claims(found["access_token"])
    assert token_claims is not None
    assert (token_claims["aud"], token_claims["oid"]) == ("https://graph.microsoft.com", ADA)
    assert api.get("graph", "/v1.0/organization", token=found["access_token"]).status_code == 200


def test_msal_with_an_assertion(emulator: Emulator) -> None:
    given = ".".join(b64(json.dumps(part).encode()) for part in ({"alg": "RS256"}, {"sub": RUNNER, "iss": RUNNER}, {}))
    found = msal_app(emulator, {"client_assertion": lambda: given}).acquire_token_for_client(
        ["https://graph.microsoft.com/.default"]
    )
    assert "access_token" in found


@pytest.mark.parametrize(
    "assertion",
    [
        "no token",
        "a.b.c",
        ".".join(b64(json.dumps(part).encode()) for part in ({}, {"sub": "other", "iss": RUNNER}, {})),
    ],
)
def test_an_assertion_of_somebody_else_is_refused(emulator: Emulator, assertion: str) -> None:
    reply = token(emulator, client_assertion=assertion, client_assertion_type=ASSERTION)
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


def test_an_application_token_has_the_claims_of_one(emulator: Emulator) -> None:
    found = claims(token(emulator, client_secret="runner-secret", scope="https://service.flow.microsoft.com//.default"))
    assert found["aud"] == "https://service.flow.microsoft.com/"
    assert (found["tid"], found["appid"], found["idtyp"]) == (TENANT, RUNNER, "app")
    assert found["oid"] == "c0000000-0000-4000-8000-000000000001"
    assert not {"upn", "scp"} & set(found)
    assert found["exp"] - found["iat"] == 3599


@pytest.mark.parametrize(("client", "oid"), [("delegated", ADA), ("maker", KIM)])
def test_a_delegated_client_gets_a_users_token(emulator: Emulator, client: str, oid: str) -> None:
    given = emulator.credentials(client)
    found = claims(token(emulator, client_id=given["client_id"], client_secret=given["client_secret"]))
    assert found["oid"] == oid
    assert found["scp"]
    assert found["upn"].endswith("@contoso.example")
    assert "idtyp" not in found


def test_v1_gives_numbers_as_text(emulator: Emulator) -> None:
    reply = post(
        emulator,
        f"{TENANT}/oauth2/token",
        grant_type="client_credentials",
        client_id=RUNNER,
        client_secret="runner-secret",
        resource="https://service.powerapps.com/",
    )
    assert claims(reply)["aud"] == "https://service.powerapps.com/"
    assert reply.json()["expires_in"] == "3599"
    assert int(reply.json()["expires_on"]) > 0


@pytest.mark.parametrize("version", [1, 2])
def test_device_code_is_pending_once_and_then_a_user(emulator: Emulator, version: int) -> None:
    client = emulator.credentials("delegated")["client_id"]
    what = (
        {"resource": "https://graph.microsoft.com"}
        if version == 1
        else {"scope": "https://graph.microsoft.com/.default"}
    )
    root = "common/oauth2" if version == 1 else "organizations/oauth2/v2.0"
    begun = post(emulator, f"{root}/devicecode", client_id=client, **what).json()
    assert begun["message"]
    assert begun["verification_url" if version == 1 else "verification_uri"]
    grant = "device_code" if version == 1 else "urn:ietf:params:oauth:grant-type:device_code"
    code = {"code" if version == 1 else "device_code": begun["device_code"]}
    pending = post(emulator, f"{root}/token", grant_type=grant, client_id=client, **code, **what)
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    done = post(emulator, f"{root}/token", grant_type=grant, client_id=client, **code, **what)
    assert claims(done)["oid"] == ADA
    assert jwt_claims(done.json()["id_token"])["preferred_username"] == "ada@contoso.example"
    again = post(
        emulator,
        f"{root}/token",
        grant_type="refresh_token",
        client_id=client,
        refresh_token=done.json()["refresh_token"],
        **what,
    )
    assert claims(again)["oid"] == ADA


def test_password_grant(emulator: Emulator) -> None:
    form = {"grant_type": "password", "username": "kim@contoso.example", "password": "Passw0rd-of-the-emulator"}
    assert claims(token(emulator, **form))["oid"] == KIM
    assert token(emulator, **{**form, "password": "no"}).json()["error"] == "invalid_grant"
    disabled = token(emulator, **{**form, "username": "dana@contoso.example"})
    assert disabled.json()["error_codes"] == [50057]


@pytest.mark.parametrize(
    ("form", "status", "number"),
    [
        ({"client_id": "00000000-0000-0000-0000-000000000000", "client_secret": "x"}, 400, 700016),
        ({}, 401, 7000218),
        ({"client_secret": "runner-secret", "scope": ""}, 400, 70011),
        ({"grant_type": "magic"}, 400, 70003),
    ],
)
def test_refusals_of_the_token_endpoint(emulator: Emulator, form: dict[str, str], status: int, number: int) -> None:
    reply = token(emulator, **form)
    assert (reply.status_code, reply.json()["error_codes"]) == (status, [number])


def test_an_unknown_tenant_is_refused(emulator: Emulator) -> None:
    assert post(emulator, "fabrikam.example/oauth2/v2.0/token", client_id=RUNNER).json()["error"] == "invalid_tenant"


@pytest.mark.parametrize("name", [TENANT, "contoso.example", "common", "organizations"])
def test_discovery_names_the_host_that_was_asked(emulator: Emulator, name: str) -> None:
    url = f"{emulator.base_url}/{name}/v2.0/.well-known/openid-configuration"
    found = requests.get(url, verify=emulator.ca_path, timeout=30).json()
    assert found["token_endpoint"] == f"{emulator.base_url}/{name}/oauth2/v2.0/token"
    assert found["issuer"].startswith(emulator.base_url)
    assert found["authorization_endpoint"]
    assert found["device_authorization_endpoint"]


def test_workload_identity_of_a_pipeline(emulator: Emulator) -> None:
    root = f"{emulator.base_url}/__emulator__/oidc"
    bearer = {"Authorization": "Bearer of-the-runner"}
    args: dict[str, Any] = {"verify": emulator.ca_path, "timeout": 30}
    github = requests.get(f"{root}/github?audience=api://AzureADTokenExchange", headers=bearer, **args).json()["value"]
    devops = requests.post(f"{root}/azuredevops?api-version=7.1&serviceConnectionId=77", headers=bearer, **args).json()[
        "oidcToken"
    ]
    for given in (github, devops):
        assert claims(token(emulator, client_assertion=given, client_assertion_type=ASSERTION))["appid"] == RUNNER
    assert requests.get(f"{root}/github", **args).status_code == 401
    wrong = requests.get(f"{root}/github?audience=elsewhere", headers=bearer, **args).json()["value"]
    assert token(emulator, client_assertion=wrong, client_assertion_type=ASSERTION).status_code == 401
