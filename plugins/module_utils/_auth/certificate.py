# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application with a certificate: PEM or PFX (PKCS#12), as text or in a file, with or without a password.

Source: contract `auth-clouds-throttling`, section 3.1. msal is given key and certificate but no thumbprint, so that it
signs with SHA-256 and sends the certificate along (subject name and issuer authentication).
"""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.confidential import (
    Application,
    ConfidentialLogin,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError

TEXT = "client_certificate"
PATH = "client_certificate_file_path"
_PASSWORD = "Check client_certificate_password."


class CertificateLogin(ConfidentialLogin):
    """Logs in with the certificate in `text` (PEM, or PFX in base64) or else in the file `path`."""

    label = "certificate"

    def __init__(self, application: Application, *, text: str = "", path: str = "", password: str = "") -> None:
        super().__init__(application, tuple(secret for secret in (text, password) if secret))
        self._text = text
        self._path = path
        self._password = password

    def credential(self) -> object:
        """Key and certificate in PEM. Raises OptionError for unreadable ones, MissingLibraryError for an old msal."""
        from cryptography.hazmat.primitives import serialization
        from msal import __version__ as version

        if tuple(int(part) for part in version.split(".")[:2]) < (1, 35):
            raise MissingLibraryError("msal>=1.38", f"msal {version} cannot sign with SHA-256 here.")
        key, certificate = read_certificate(text=self._text, path=self._path, password=self._password)
        return {
            "private_key": key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
            "public_certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        }

    def evidence(self) -> tuple[str, ...]:
        """The certificate as it was given, which is encrypted where its key is, and what opens it."""
        return _content(TEXT if self._text else PATH, self._text, self._path).hex(), self._password


def read_certificate(*, text: str, path: str, password: str) -> tuple[Any, Any]:
    """The private RSA key and its certificate, in `text` or else in the file `path`. OptionError for unusable ones."""
    option = TEXT if text else PATH
    content = _content(option, text, path)
    given = password.encode() or None
    key, certificates = _pem(option, content, given) if b"-----BEGIN" in content else _pfx(option, content, given)
    return key, _matching(option, key, certificates)


def _content(option: str, text: str, path: str) -> bytes:
    if not text:
        try:
            return Path(path).expanduser().read_bytes()
        except OSError as error:
            raise OptionError(option, f"{error.strerror or error}.", value=path) from None
    if "-----BEGIN" in text:
        return text.encode()
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise OptionError(option, "must be PEM text, or a PFX bundle in base64.") from None


def _pem(option: str, content: bytes, password: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    start = content.find(b"-----BEGIN", max(content.find(b"PRIVATE KEY-----") - 40, 0))
    if b"PRIVATE KEY-----" not in content or b"BEGIN CERTIFICATE" not in content:
        raise OptionError(option, "the PEM text must hold both the private key and the certificate.")
    encrypted = b"ENCRYPTED" in content
    if encrypted and password is None:
        raise OptionError(option, "the private key is encrypted.", remedy="Give client_certificate_password.")
    try:
        # A password for a key that has none is no mistake worth stopping for.
        key = load_pem_private_key(content[start:], password if encrypted else None)
    except (ValueError, TypeError):
        raise OptionError(option, "the private key cannot be read.", remedy=_PASSWORD if encrypted else "") from None
    try:
        return key, x509.load_pem_x509_certificates(content)
    except ValueError:
        raise OptionError(option, "the certificate in the PEM text cannot be read.") from None


def _pfx(option: str, content: bytes, password: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    try:
        key, certificate, others = load_key_and_certificates(content, password)
    except ValueError:
        raise OptionError(
            option, "is neither PEM nor a PFX bundle that this password opens.", remedy=_PASSWORD
        ) from None
    if key is None or certificate is None:
        raise OptionError(option, "the PFX bundle must hold both the private key and the certificate.")
    return key, [certificate, *others]


def _matching(option: str, key: Any, certificates: list[Any]) -> Any:
    """The certificate of the key; a bundle may hold those of its issuers as well."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if not isinstance(key, RSAPrivateKey):
        raise OptionError(option, "the private key must be an RSA key: the login takes no other.")
    public = key.public_key()
    for certificate in certificates:
        if certificate.public_key() == public:
            return certificate
    raise OptionError(option, "the private key belongs to none of the certificates in it.")
