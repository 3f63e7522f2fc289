# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in to AvePoint, at the emulator's token endpoints; what it cannot give comes from a server on the wire."""

from __future__ import annotations

import base64
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from ansible_collections.powerops.powerplatform.plugins.doc_fragments.avepoint import ModuleDocFragment
from ansible_collections.powerops.powerplatform.plugins.module_utils._api import avepoint as operations
from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds_avepoint import (
    SCOPE,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._login_avepoint import (
    AVEPOINT_VARIABLES,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, AVEPOINT
from tests.emulator import avepoint_keys
from tests.emulator.avepoint_hosts import IDENTITY, TOKEN_PATH
from tests.emulator.control import Emulator

from .avepoint_logins import OTHER, by_certificate, certificate, client_of, listed, log_in, options, refused, wired
from .wire import always, in_turn, reply, wire

# -- secret ------------------------------------------------------------------------------------------------------------


def test_client_secret(emulator: Emulator) -> None:
    result = log_in(options(emulator))
    token = result.tokens.token(SCOPE)
    assert token.kind == APPLICATION
    assert token.application_id == emulator.avepoint()["client_id"]
    assert (token.tenant_id, token.object_id) == ("", "")
    assert 3000 < token.expires_at - time.time() < 3700
    [entry] = emulator.log()
    assert (entry["host"], entry["path"], entry["status"]) == (IDENTITY["commercial"], TOKEN_PATH, 200)


def test_the_form_of_a_secret(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200, {"access_token": "t0ken", "expires_in": 60}))) as server:
        settings = wired(server.url, server.ca_path, client_secret="s3cret &+")
        assert settings.tokens.token(SCOPE).text == "t0ken"
    [request] = server.requests
    assert (request.method, request.target) == ("POST", TOKEN_PATH)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert request.form == {
        "grant_type": "client_credentials",
        "client_id": "ac-1",
        "client_secret": "s3cret &+",
        "scope": "enpower.data.read.all",
    }


@pytest.mark.parametrize(
    ("change", "says", "remedy"),
    [
        ({"client_secret": OTHER}, "invalid_client", "Check client_id and client_secret"),
        ({"client_id": "ac000000-0000-4000-8000-00000000000f"}, "invalid_client", "data_center"),
    ],
)
def test_a_refused_secret(emulator: Emulator, change: dict[str, Any], says: str, remedy: str) -> None:
    error = refused(log_in(options(emulator, **change)), OTHER, "avepoint-secret")
    assert f"(client secret): HTTP 400, {says}" in error.message
    assert remedy in error.remedy
    assert emulator.summary()["tokens"] == 1, "a refusal is not repeated"


def test_an_app_registration_without_the_permission(emulator: Emulator) -> None:
    error = refused(log_in(options(emulator, "avepoint-other")), "avepoint-other-secret")
    assert "invalid_scope" in error.message
    assert "service EnPower with the permission enpower.data.read.all" in error.remedy


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, {"access_token": ""}, "HTTP 200"),
        (200, "<html>Sign in</html>", "Check endpoints, base_url and proxy"),
        (302, "", "HTTP 302"),
        (404, {"message": "no"}, "HTTP 404"),
        (400, {"error": "invalid_client", "error_description": "bad s3cret of yours"}, "bad ******** of yours"),
    ],
)
def test_odd_answers_of_a_token_endpoint(tmp_path: Path, status: int, body: object, says: str) -> None:
    with wire(tmp_path, always(reply(status, body))) as server:
        error = refused(wired(server.url, server.ca_path, client_secret="s3cret"), "s3cret")
    assert says in str(error)
    assert len(server.requests) == 1


def test_a_token_without_a_lifetime_is_used_until_it_is_refused(tmp_path: Path) -> None:
    with wire(tmp_path, always(reply(200, {"access_token": "t0ken"}))) as server:
        settings = wired(server.url, server.ca_path, client_secret="s3cret")
        assert settings.tokens.token(SCOPE) is settings.tokens.token(SCOPE)
    assert len(server.requests) == 1


def test_claims_that_mean_something_at_microsoft_mean_nothing_here(tmp_path: Path) -> None:
    """Else a scope would make a user of the app registration, and a tenant would be compared with others."""
    text = jwt.encode({"scp": SCOPE, "tid": "t-1", "oid": "o-1", "appid": "other"}, "k" * 32)
    with wire(tmp_path, always(reply(200, {"access_token": text, "expires_in": 60}))) as server:
        token = wired(server.url, server.ca_path, client_secret="s3cret").tokens.token(SCOPE)
    assert (token.text, token.kind, token.application_id) == (text, APPLICATION, "ac-1")
    assert (token.tenant_id, token.object_id) == ("", "")


def test_a_token_endpoint_that_is_away_for_a_moment(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 503, "times": 2, "match": {"service": "avepoint_login"}}])
    assert listed(log_in(options(emulator))) == 9
    assert emulator.summary()["tokens"] == 3


# -- certificate -------------------------------------------------------------------------------------------------------


def pfx(emulator: Emulator, password: bytes) -> bytes:
    text = certificate(emulator).encode()
    key = serialization.load_pem_private_key(text, None)
    found = x509.load_pem_x509_certificate(text[text.index(b"-----BEGIN CERTIFICATE") :])
    protection = serialization.BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(b"x", key, found, None, protection)


def test_certificate_in_every_form(emulator: Emulator, tmp_path: Path) -> None:
    bundle = tmp_path / "client.pfx"
    bundle.write_bytes(pfx(emulator, b"pass-of-it"))
    forms: list[dict[str, Any]] = [
        {"client_certificate": certificate(emulator)},
        {"client_certificate_file_path": emulator.avepoint("avepoint-certificate")["certificate_path"]},
        {"client_certificate_file_path": str(bundle), "client_certificate_password": "pass-of-it"},
        {
            "client_certificate": base64.b64encode(bundle.read_bytes()).decode(),
            "client_certificate_password": "pass-of-it",
        },
    ]
    for form in forms:
        assert listed(by_certificate(emulator, **form)) == 9


def test_every_token_takes_an_assertion_of_its_own(emulator: Emulator) -> None:
    """The emulator takes none twice."""
    settings = by_certificate(emulator, client_certificate=certificate(emulator))
    first = settings.tokens.token(SCOPE)
    second = settings.tokens.token(SCOPE, refused=first)
    assert first.text != second.text
    emulator.faults([{"kind": "status", "status": 503, "times": 1, "match": {"service": "avepoint_login"}}])
    settings.tokens.token(SCOPE, refused=second)


def test_the_form_of_an_assertion(emulator: Emulator, tmp_path: Path) -> None:
    text = certificate(emulator)
    answers = [reply(200, {"access_token": f"t0ken{number}", "expires_in": 60}) for number in range(4)]
    with wire(tmp_path, in_turn(*answers)) as server:
        settings = wired(server.url, server.ca_path, client_certificate=text)
        for _unused in range(2):
            settings.tokens.token(SCOPE, refused=settings.tokens.token(SCOPE))
        endpoint = f"{server.url}{TOKEN_PATH}"
    first = server.requests[0].form
    assertion = first.pop("client_assertion")
    assert first == {
        "grant_type": "client_credentials",
        "scope": "enpower.data.read.all",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    found = x509.load_pem_x509_certificate(text[text.index("-----BEGIN CERTIFICATE") :].encode())
    assert jwt.get_unverified_header(assertion) == {
        "alg": "RS256",
        "typ": "JWT",
        "kid": found.fingerprint(hashes.SHA1()).hex().upper(),
    }
    public: Any = found.public_key()
    claims = jwt.decode(assertion, public, algorithms=["RS256"], audience=endpoint)
    assert set(claims) == {"iss", "sub", "aud", "jti", "nbf", "exp"}
    assert (claims["iss"], claims["sub"]) == ("ac-1", "ac-1")
    assert claims["exp"] - claims["nbf"] == 3600
    assert claims["nbf"] < time.time() < claims["exp"]
    numbers = [
        jwt.decode(request.form["client_assertion"], options={"verify_signature": False})["jti"]
        for request in server.requests
    ]
    assert len(set(numbers)) == len(numbers) == 3


def test_the_real_endpoint_is_the_audience_whatever_the_base_url_says(emulator: Emulator) -> None:
    """At its real name the emulator takes its own address alone."""
    settings = by_certificate(emulator, client_certificate=certificate(emulator))
    settings.tokens.token(SCOPE)
    assert [entry["host"] for entry in emulator.log()] == [IDENTITY["commercial"]]


def test_a_refused_certificate(emulator: Emulator) -> None:
    public, private = avepoint_keys.make("stranger")
    settings = by_certificate(emulator, client_certificate=private + public)
    error = refused(settings, *(line for line in private.splitlines() if not line.startswith("-----")))
    assert "(certificate): HTTP 400, invalid_client" in error.message
    assert "this certificate is the one of the app registration" in error.remedy


@pytest.mark.parametrize(
    ("text", "says"),
    [("not one", "PEM text"), ("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "both the private key")],
)
def test_an_unusable_certificate(emulator: Emulator, text: str, says: str) -> None:
    with pytest.raises(OptionError, match=says) as caught:
        by_certificate(emulator, client_certificate=text).tokens.token(SCOPE)
    assert caught.value.option == "client_certificate"
    assert emulator.log() == []


@pytest.mark.parametrize("library", ["jwt", "cryptography.hazmat.primitives"])
def test_without_the_libraries_of_msal(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    text = certificate(emulator)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingLibraryError) as caught:
        by_certificate(emulator, client_certificate=text).tokens.token(SCOPE)
    assert caught.value.library == "msal"
    assert listed(log_in(options(emulator))) == 9, "a secret needs neither"


# -- where values come from --------------------------------------------------------------------------------------------


def variables(emulator: Emulator) -> dict[str, str]:
    own = emulator.avepoint()
    return {
        "AVEPOINT_CLIENT_ID": own["client_id"],
        "AVEPOINT_CLIENT_SECRET": own["client_secret"],
        "AVEPOINT_DATA_CENTER": "we",
        "POWER_PLATFORM_BASE_URL": emulator.base_url,
        "POWER_PLATFORM_CA_PATH": emulator.ca_path,
    }


def test_the_environment_is_enough(emulator: Emulator) -> None:
    settings = log_in({}, variables(emulator))
    assert listed(settings) == 9
    assert settings.explanation == (
        "Logging in to AvePoint: client_secret from AVEPOINT_CLIENT_SECRET, client_id from AVEPOINT_CLIENT_ID."
    )
    assert settings.secrets == ("avepoint-secret",)
    assert "avepoint-secret" not in repr(settings)
    assert "avepoint-secret" not in settings.redactor("it was avepoint-secret")


def test_a_credential_in_the_task_leaves_the_environment_aside(emulator: Emulator) -> None:
    own = emulator.avepoint("avepoint-certificate")
    task = {"client_id": own["client_id"], "client_certificate_file_path": own["certificate_path"]}
    settings = log_in(task, variables(emulator))
    assert listed(settings) == 9
    assert "client_certificate_file_path from the task" in settings.explanation
    assert "Left aside: AVEPOINT_CLIENT_SECRET." in settings.explanation


def test_what_logs_in_to_microsoft_is_not_looked_at(emulator: Emulator) -> None:
    secret = {"CLIENT_ID": "c1", "CLIENT_SECRET": OTHER, "CLIENT_CERTIFICATE": OTHER, "USE_OIDC": "true"}
    strangers = {
        f"{start}_{name}": value for start in ("POWER_PLATFORM", "AZURE", "ARM") for name, value in secret.items()
    }
    with pytest.raises(OptionError, match="nothing to log in to AvePoint"):
        log_in({"data_center": "we"}, strangers)
    settings = log_in({}, {**strangers, **variables(emulator)})
    assert settings.secrets == ("avepoint-secret",)
    assert listed(settings) == 9


def test_microsoft_s_login_does_not_look_at_those_of_avepoint(emulator: Emulator) -> None:
    with pytest.raises(OptionError, match="Nothing to log in with is given"):
        MICROSOFT_ACCESS.login({}, variables(emulator))
    assert emulator.log() == []


def test_neither_client_knows_the_services_of_the_other(emulator: Emulator) -> None:
    """No token of one is ever asked for, or sent, for the other."""
    ours = client_of(log_in(options(emulator)))
    base = {"base_url": emulator.base_url, "ca_path": emulator.ca_path}
    theirs = client_of(MICROSOFT_ACCESS.login({**base, **emulator.credentials()}, {}))
    for ask in (
        lambda: list(operations.list_connections(theirs, tenant="", page_size=10)),
        lambda: theirs.caller(AVEPOINT),
        lambda: list(bap.list_environments(ours, as_admin=True)),
        lambda: ours.caller("bap"),
    ):
        with pytest.raises(KeyError):
            ask()
    assert emulator.log() == []


def test_the_documentation_names_every_variable() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    for name in documented:
        text = " ".join(documented[name]["description"])
        found = AVEPOINT_VARIABLES.get(name, ())
        assert all(f"E({variable})" in text for variable in found), name
        assert ("E(AVEPOINT_" in text) is bool(found), name
