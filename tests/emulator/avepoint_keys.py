# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key pairs of AvePoint clients: made for a test tenant, registered by their certificate, checked by it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from .tokens import jwt_claims, unb64


def make(name: str) -> tuple[str, str]:
    """A certificate and its private key, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def thumbprint(certificate: str) -> str:
    """SHA-1 of the certificate, in upper-case hex, as portals show it."""
    found = x509.load_pem_x509_certificate(certificate.encode())
    return found.fingerprint(hashes.SHA1()).hex().upper()


def signed_by(assertion: str, certificate: str) -> dict[str, Any] | None:
    """The claims of an assertion that the key of the certificate signed with RS256, None for any other text.

    A `kid` has to be the thumbprint; some libraries send none. ASSUMED: hex, in any case.
    """
    claims = jwt_claims(assertion)
    if claims is None or not certificate:
        return None
    head, body, signature = assertion.split(".")
    try:
        header = json.loads(unb64(head))
        public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
        if not isinstance(public, rsa.RSAPublicKey) or header.get("alg") != "RS256":
            return None
        if "kid" in header and str(header["kid"]).upper() != thumbprint(certificate):
            return None
        public.verify(unb64(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, AttributeError, InvalidSignature):
        return None
    return claims
