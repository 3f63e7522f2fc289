# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to log in to the emulator: options, federated tokens, certificates."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login, login
from tests.emulator.control import Emulator

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


class Certificate:
    """A key, its certificate and somebody else's, in every form that a user may give."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = self_signed(self.key)
        self.other = self_signed(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def pem(self, password: str = "") -> str:
        protection = (
            serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        )
        return (
            pem_of(self.other)
            + pem_of(self.certificate)
            + self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection).decode()
        )

    def pfx(self, password: str = "") -> bytes:
        protection = (
            serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        )
        return pkcs12.serialize_key_and_certificates(b"me", self.key, self.certificate, [self.other], protection)


def self_signed(key: Any) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "runner")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
