# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of AvePoint Online Services (avepoint.md 2)."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.emulator import avepoint_keys
from tests.emulator.control import Emulator
from tests.emulator.tokens import b64

from .api import Api
from .avepoint_api import COMMERCIAL, SCOPE, connections, secret_of, token, token_of

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AUDIENCE = f"https://{COMMERCIAL}/connect/token"
OWN = "ac000000-0000-4000-8000-000000000002"


def pair(emulator: Emulator) -> tuple[rsa.RSAPrivateKey, str]:
    """The private key of the client with a certificate, and the certificate's thumbprint."""
    text = Path(emulator.avepoint("avepoint-certificate")["certificate_path"]).read_bytes()
    key = serialization.load_pem_private_key(text, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    certificate = x509.load_pem_x509_certificate(text[text.index(b"-----BEGIN CERTIFICATE") :])
    return key, certificate.fingerprint(hashes.SHA1()).hex().upper()


def assertion(emulator: Emulator, *, key: rsa.RSAPrivateKey | None = None, head: Any = None, **claims: Any) -> str:
    own, thumbprint = pair(emulator)
    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT", "kid": thumbprint, **(head or {})}
    given = {"iss": OWN, "sub": OWN, "aud": AUDIENCE, "jti": str(uuid.uuid4()), "nbf": now, "exp": now + 3600}
    parts = [{k: v for k, v in part.items() if v is not None} for part in (header, {**given, **claims})]
    text = ".".join(b64(json.dumps(part).encode()) for part in parts)
    return f"{text}.{b64((key or own).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def by_certificate(emulator: Emulator, given: str, **more: str) -> requests.Response:
    form = {"grant_type": "client_credentials", "scope": SCOPE, "client_assertion_type": ASSERTION}
    return token(emulator, **{**form, "client_assertion": given, **more})


def refused(reply: requests.Response) -> str:
    assert reply.status_code == 400, reply.text
    assert set(reply.json()) == {"error"}
    return str(reply.json()["error"])


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_a_secret_gets_a_token_of_an_hour(emulator: Emulator, api: Api) -> None:
    reply = token(emulator, **secret_of(emulator))
    found = reply.json()
    assert (reply.status_code, found["token_type"], found["expires_in"], found["scope"]) == (200, "Bearer", 3600, SCOPE)
    assert set(found) == {"token_type", "expires_in", "access_token", "scope"}
    assert connections(api, token=found["access_token"]).status_code == 200
    entry = emulator.log()[0]
    assert (entry["service"], entry["write"], "body" in entry) == ("avepoint_login", False, False)
    assert entry["client_id"] == emulator.avepoint()["client_id"]
    assert emulator.summary()["tokens"] == 1
    assert "avepoint-secret" not in json.dumps(emulator.log())


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_id": OWN[:-1] + "f"}, "invalid_client"),
        ({"client_id": OWN, "client_secret": ""}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"scope": "records.data.read.all"}, "invalid_scope"),
        ({"scope": f"{SCOPE} records.data.read.all"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_what_gets_no_token(emulator: Emulator, form: dict[str, str], error: str) -> None:
    assert refused(token(emulator, **{**secret_of(emulator), **form})) == error


def test_the_form_has_to_be_one(emulator: Emulator) -> None:
    reply = requests.post(
        f"{emulator.base_url}/connect/token",
        json=secret_of(emulator),
        headers={"Host": COMMERCIAL},
        verify=emulator.ca_path,
        timeout=30,
    )
    assert refused(reply) == "invalid_request"


def test_several_scopes_stand_apart_by_spaces(emulator: Emulator) -> None:
    both = ["records.data.read.all", SCOPE]
    emulator.change([{"change": "set_avepoint_client", "client": "avepoint", "scopes": both}])
    found = token(emulator, **{**secret_of(emulator), "scope": " ".join(both)}).json()
    assert found["scope"].split() == both


def test_a_secret_that_was_replaced_and_a_registration_that_was_switched_off(emulator: Emulator) -> None:
    form = secret_of(emulator)
    emulator.change([{"change": "set_avepoint_client", "client": "avepoint", "secret": "another"}])
    assert refused(token(emulator, **form)) == "invalid_client"
    assert token(emulator, **{**form, "client_secret": "another"}).status_code == 200
    emulator.change([{"change": "set_avepoint_client", "client": "avepoint", "enabled": False}])
    assert refused(token(emulator, **{**form, "client_secret": "another"})) == "invalid_client"


@pytest.mark.parametrize(
    ("host", "client", "status"),
    [
        ("identity.avepointonlineservices.com", "avepoint", 200),
        ("identity-gov.avepointonlineservices.com", "avepoint-gov", 200),
        ("identity-gov.avepointonlineservices.com", "avepoint", 400),
        ("identity-aos2.avepointonlineservices.com", "avepoint", 400),
        ("identity.online15.net", "avepoint-gov", 400),
        ("identity.avepointonlineservices.com", "avepoint-gov", 400),
    ],
)
def test_each_environment_knows_its_own_clients(emulator: Emulator, host: str, client: str, status: int) -> None:
    assert token(emulator, host, **secret_of(emulator, client)).status_code == status


@pytest.mark.parametrize(
    ("host", "environment"),
    [("identity-aos2.avepointonlineservices.com", "aos2"), ("identity.online15.net", "fedramp")],
)
def test_the_other_environments(emulator: Emulator, host: str, environment: str) -> None:
    emulator.change([{"change": "set_avepoint_client", "client": "avepoint", "environment": environment}])
    assert token(emulator, host, **secret_of(emulator)).status_code == 200


def test_by_the_path_alone_on_a_loopback_name(emulator: Emulator, api: Api) -> None:
    found = token(emulator, "", **secret_of(emulator)).json()["access_token"]
    assert connections(api, host="", token=found).status_code == 200


# -- certificates ----------------------------------------------------------------------------------------------------


def test_a_certificate_gets_a_token_without_naming_the_client_elsewhere(emulator: Emulator, api: Api) -> None:
    reply = by_certificate(emulator, assertion(emulator))
    assert reply.status_code == 200
    assert connections(api, token=reply.json()["access_token"]).status_code == 200
    assert emulator.log()[0]["client_id"] == OWN
    assert by_certificate(emulator, assertion(emulator, head={"kid": None})).status_code == 200
    assert by_certificate(emulator, assertion(emulator), client_id=OWN).status_code == 200


def test_an_assertion_is_good_once(emulator: Emulator) -> None:
    given = assertion(emulator)
    assert by_certificate(emulator, given).status_code == 200
    assert refused(by_certificate(emulator, given)) == "invalid_client"
    number = str(uuid.uuid4())
    assert by_certificate(emulator, assertion(emulator, jti=number)).status_code == 200
    assert refused(by_certificate(emulator, assertion(emulator, jti=number))) == "invalid_client"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": f"https://{COMMERCIAL}"},
        {"aud": "https://identity-gov.avepointonlineservices.com/connect/token"},
        {"aud": None},
        {"iss": "ac000000-0000-4000-8000-000000000001"},
        {"sub": "ac000000-0000-4000-8000-000000000001"},
        {"sub": None},
        {"jti": None},
        {"jti": ""},
        {"exp": None},
        {"exp": 1700000000},
        {"exp": "soon"},
        {"nbf": 4000000000, "exp": 4000003600},
    ],
)
def test_an_assertion_that_is_not_good(emulator: Emulator, claims: dict[str, Any]) -> None:
    assert refused(by_certificate(emulator, assertion(emulator, **claims))) == "invalid_client"


def test_an_assertion_of_another_key_or_kind(emulator: Emulator) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refused(by_certificate(emulator, assertion(emulator, key=stranger))) == "invalid_client"
    assert refused(by_certificate(emulator, assertion(emulator, head={"alg": "none"}))) == "invalid_client"
    assert refused(by_certificate(emulator, assertion(emulator, head={"alg": "HS256"}))) == "invalid_client"
    assert refused(by_certificate(emulator, assertion(emulator, head={"kid": "00" * 20}))) == "invalid_client"
    head, body, _unused = assertion(emulator).split(".")
    for given in ("no token", "a.b.c", f"{head}.{body}.", f"{head}.{body}.AAAA"):
        assert refused(by_certificate(emulator, given)) == "invalid_client"


def test_the_form_of_a_certificate(emulator: Emulator) -> None:
    for more, error in (
        ({"client_assertion_type": "urn:other"}, "invalid_client"),
        ({"client_id": emulator.avepoint()["client_id"]}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_request"),
        ({"scope": "other"}, "invalid_scope"),
    ):
        assert refused(by_certificate(emulator, assertion(emulator), **more)) == error


def test_a_certificate_of_ones_own(emulator: Emulator) -> None:
    certificate, key = avepoint_keys.make("mine")
    emulator.change([{"change": "set_avepoint_client", "client": "avepoint-certificate", "certificate": certificate}])
    assert refused(by_certificate(emulator, assertion(emulator))) == "invalid_client"
    mine = serialization.load_pem_private_key(key.encode(), password=None)
    assert isinstance(mine, rsa.RSAPrivateKey)
    head = {"kid": avepoint_keys.thumbprint(certificate).lower()}
    assert by_certificate(emulator, assertion(emulator, key=mine, head=head)).status_code == 200


# -- tokens ----------------------------------------------------------------------------------------------------------


def test_tokens_are_good_where_they_were_issued_and_nowhere_else(emulator: Emulator, api: Api) -> None:
    own = token_of(emulator)
    assert connections(api, token=own).status_code == 200
    assert connections(api, host="graph-us.avepointonlineservices.com", token=own).status_code == 200
    assert connections(api, host="graph-gov.avepointonlineservices.com", token=own).status_code == 401
    government = token_of(emulator, "avepoint-gov", "identity-gov.avepointonlineservices.com")
    assert connections(api, host="graph-gov.avepointonlineservices.com", token=government).status_code == 200
    assert connections(api, token=government).status_code == 401


def test_microsofts_tokens_and_avepoints_are_not_the_same(emulator: Emulator, api: Api) -> None:
    for foreign in (api.token("powerapps"), api.token("graph"), emulator.token("avepoint:commercial/.default")):
        assert connections(api, token=foreign).status_code == 401
    own = token_of(emulator)
    assert api.get("graph", "/v1.0/users", token=own).status_code == 401
    assert api.get("power_platform", "/licensing/billingPolicies", token=own).status_code == 401
    assert api.get("bap", "/providers/Microsoft.BusinessAppPlatform/environments", token=own).status_code == 401


def test_tokens_expire(emulator: Emulator, api: Api) -> None:
    old = token_of(emulator)
    emulator.faults([{"kind": "expire_tokens"}])
    assert connections(api, token=old).status_code == 401
    emulator.faults([{"kind": "token_lifetime", "seconds": 0}])
    reply = token(emulator, **secret_of(emulator)).json()
    assert reply["expires_in"] == 0
    assert connections(api, token=reply["access_token"]).status_code == 401


def test_a_token_endpoint_that_is_in_trouble(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 503, "times": 1, "match": {"service": "avepoint_login"}}])
    reply = token(emulator, **secret_of(emulator))
    assert (reply.status_code, reply.json()) == (503, {"error": "temporarily_unavailable"})
    assert token(emulator, **secret_of(emulator)).status_code == 200
