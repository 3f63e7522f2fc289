# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in with a certificate, in every form; and that no way to log in tells its secret."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    PowerPlatformError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION
from tests.emulator.control import Emulator

from .logging_in import FLOW, Certificate, by_secret, federated, options, pem_of, self_signed
from .wire import in_turn, reply, wire


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
    return pem_of(self_signed(key)) + key.private_bytes(*encoding).decode()


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
        ({"client_certificate": pem_of(certificate.certificate)}, "both the private key and the certificate"),
        ({"client_certificate": pem_of(certificate.other) + key}, "belongs to none"),
        ({"client_certificate": "hunter2 is no certificate"}, "base64"),
        ({"client_certificate": _ec_pem()}, "RSA"),
        ({"client_certificate_file_path": str(tmp_path / "nothing.pfx")}, "No such file"),
    ][case]
    with pytest.raises(OptionError, match=words) as caught:
        login(options(emulator, **more), {}).tokens.token(FLOW)
    assert "hunter2" not in str(caught.value)
    assert caught.value.option.startswith("client_certificate")
    assert emulator.summary()["total"] == 0, "nothing was sent"


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


def test_a_wrong_password_finds_nothing(emulator: Emulator, tmp_path: Path) -> None:
    given = {"client_certificate": Certificate().pem("p4ss"), "token_cache_path": str(tmp_path / "tokens")}
    login(options(emulator, client_certificate_password="p4ss", **given), {}).tokens.token(FLOW)
    for password in ("wrong", None):
        with pytest.raises(OptionError, match="the private key"):
            login(options(emulator, client_certificate_password=password, **given), {}).tokens.token(FLOW)
