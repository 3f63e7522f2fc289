# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to log in, at the emulator's token endpoint; what it cannot give comes from a server on the wire."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    OptionError,
    PowerPlatformError,
    TokenError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login, login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, DELEGATED
from tests.emulator.control import Emulator

from .wire import Wire, always, in_turn, reply, wire

FLOW = "https://service.flow.microsoft.com/"
GRAPH = "https://graph.microsoft.com"
# The issuer and the audience that the emulator trusts.
ISSUER = "https://pipeline.test/__emulator__/oidc/test"
EXCHANGE = "api://AzureADTokenExchange"


def options(emulator: Emulator, client: str = "runner", **more: Any) -> dict[str, Any]:
    """base_url and everything to log in with but the credential."""
    given = emulator.credentials(client)
    return {
        "base_url": emulator.base_url,
        "ca_path": emulator.ca_path,
        "tenant_id": given["tenant_id"],
        "client_id": given["client_id"],
        **more,
    }


def by_secret(emulator: Emulator, client: str = "runner", **more: Any) -> Login:
    secret = emulator.credentials(client)["client_secret"]
    return login(options(emulator, client, **{"client_secret": secret, **more}), {})


def federated(**claims: Any) -> str:
    parts = ({"alg": "none"}, {"iss": ISSUER, "sub": "repo:contoso/desired-state", "aud": EXCHANGE, **claims})
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*texts, "c2ln"])


# -- client secret -----------------------------------------------------------------------------------------------------


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


def test_a_claims_challenge_reaches_the_service(emulator: Emulator, tmp_path: Path) -> None:
    discovery = {"authorization_endpoint": "https://x.test/t/a", "token_endpoint": "https://x.test/t/token"}
    granted = {"access_token": federated(), "expires_in": 3599, "token_type": "Bearer"}
    answers = in_turn(reply(200, discovery), reply(200, granted), reply(200, discovery), reply(200, granted))
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


# -- certificate -------------------------------------------------------------------------------------------------------


class Certificate:
    """A key, its certificate and somebody else's, in every form that a user may give."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = _certificate(self.key)
        self.other = _certificate(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def pem(self, password: str = "") -> str:
        protection = (
            serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        )
        return (
            _pem(self.other)
            + _pem(self.certificate)
            + self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection).decode()
        )

    def pfx(self, password: str = "") -> bytes:
        protection = (
            serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        )
        return pkcs12.serialize_key_and_certificates(b"me", self.key, self.certificate, [self.other], protection)


def _certificate(key: Any) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "runner")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return Certificate()


@pytest.mark.parametrize("password", ["", "p4ss-phräse"])
@pytest.mark.parametrize("form", ["pem text", "pem file", "pfx text", "pfx file"])
def test_certificate(emulator: Emulator, certificate: Certificate, tmp_path: Path, form: str, password: str) -> None:
    content = certificate.pem(password).encode() if "pem" in form else certificate.pfx(password)
    more: dict[str, Any] = {"client_certificate_password": password}
    if "file" in form:
        path = tmp_path / "certificate"
        path.write_bytes(content)
        more["client_certificate_file_path"] = str(path)
    else:
        more["client_certificate"] = content.decode() if "pem" in form else base64.encodebytes(content).decode()
    assert login(options(emulator, **more), {}).tokens.token(FLOW).kind == APPLICATION


def test_the_assertion_is_signed_with_sha_256(emulator: Emulator, certificate: Certificate, tmp_path: Path) -> None:
    discovery = {"authorization_endpoint": "https://x.test/t/a", "token_endpoint": "https://x.test/t/token"}
    with wire(tmp_path, in_turn(reply(200, discovery), reply(401, {"error": "invalid_client"}))) as server:
        more = {"base_url": server.url, "ca_path": server.ca_path, "client_certificate": certificate.pem()}
        with pytest.raises(TokenError):
            login(options(emulator, **more), {}).tokens.token(FLOW)
    head = server.requests[1].form["client_assertion"].partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    assert header["alg"] == "PS256"
    thumbprint = base64.urlsafe_b64encode(certificate.certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    assert header["x5t#S256"].rstrip("=") == thumbprint, "that of the key's own certificate"
    assert header["x5c"]


def _ec_pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return _pem(_certificate(key)) + key.private_bytes(*encoding).decode()


@pytest.mark.parametrize("case", range(9))
def test_bad_certificates(emulator: Emulator, certificate: Certificate, tmp_path: Path, case: int) -> None:
    plain = certificate.pem()
    key = plain[plain.index("-----BEGIN PRIVATE") :]
    more, words = [
        ({"client_certificate": certificate.pem("p4ss"), "client_certificate_password": "hunter2"}, "password"),
        ({"client_certificate": certificate.pem("p4ss")}, "Give client_certificate_password"),
        (
            {
                "client_certificate": base64.b64encode(certificate.pfx("p4ss")).decode(),
                "client_certificate_password": "hunter2",
            },
            "password",
        ),
        ({"client_certificate": key}, "both the private key and the certificate"),
        ({"client_certificate": _pem(certificate.certificate)}, "both the private key and the certificate"),
        ({"client_certificate": _pem(certificate.other) + key}, "belongs to none"),
        ({"client_certificate": "hunter2 is no certificate"}, "base64"),
        ({"client_certificate": _ec_pem()}, "RSA"),
        ({"client_certificate_file_path": str(tmp_path / "nothing.pfx")}, "No such file"),
    ][case]
    with pytest.raises(OptionError, match=words) as caught:
        login(options(emulator, **more), {}).tokens.token(FLOW)
    assert "hunter2" not in str(caught.value)
    assert caught.value.option.startswith("client_certificate")
    assert emulator.summary()["total"] == 0, "nothing was sent"


# -- workload identity -------------------------------------------------------------------------------------------------


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


# -- ready tokens ------------------------------------------------------------------------------------------------------


def test_ready_tokens_send_nothing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    token = emulator.token()
    emulator.clear_log()
    result = login({"access_tokens": {"powerapps": token}}, {})
    assert result.tokens.token(result.cloud.audiences["bap"]).text == token
    assert token in result.secrets
    assert emulator.summary()["total"] == 0


# -- no secret anywhere ------------------------------------------------------------------------------------------------


def test_no_exception_holds_a_secret(emulator: Emulator, certificate: Certificate) -> None:
    pem = certificate.pem()
    secrets = {"client_secret": "hunter2", "client_certificate": pem, "oidc_token": federated(iss="https://else.test")}
    for name, secret in secrets.items():
        with pytest.raises(PowerPlatformError) as caught:
            login(options(emulator, "users-only", **{name: secret, "tenant_id": "fabrikam.example"}), {}).tokens.token(
                FLOW
            )
        error: BaseException | None = caught.value
        while error is not None:
            assert secret not in str(error) + repr(error) + repr(error.args)
            assert error.__cause__ is None
            error = error.__context__


def test_explanations_hold_no_secret(emulator: Emulator) -> None:
    result = by_secret(emulator)
    assert emulator.credentials("runner")["client_secret"] not in result.explanation + repr(result)
