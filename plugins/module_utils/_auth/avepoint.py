# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in to AvePoint Online Services as an app registration of its own: client credentials (avepoint.md 2)."""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from urllib.parse import urlencode

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.aadsts import explain
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.certificate import read_certificate
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.confidential import members
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    AccessToken,
    Exchange,
    access_token,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import Redactor

_PATH = "/connect/token"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Seconds that an assertion lives, of which some are gone already: clocks differ.
_LIFETIME = 3600
_HEAD_START = 60


class AvePointLogin(ABC):
    """Base of both ways. authority: URL of the login service. No text holds any of `secrets`."""

    label = ""
    renewable = True
    stuck = "Wait until the token has ended."

    def __init__(self, authority: str, client_id: str, exchange: Exchange, secrets: tuple[str, ...]) -> None:
        self.endpoint = authority + _PATH
        self.client_id = client_id
        self._exchange = exchange
        self._redact = Redactor(secrets)

    @abstractmethod
    def credential(self) -> Mapping[str, str]:
        """What the form says of who logs in. Raises OptionError, MissingLibraryError."""

    def proof(self) -> tuple[str, ...]:
        """Nothing: no option keeps AvePoint's tokens in a file."""
        return ()

    @abstractmethod
    def remedy(self) -> str:
        """What to look at when the credential was refused."""

    def fetch(self, audience: str, _claims_challenge: str | None, /) -> AccessToken:
        """A new token; the audience is the scope to ask for. See `LoginMethod`."""
        form = urlencode({"grant_type": "client_credentials", "scope": audience, **self.credential()})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        self._exchange.count_token_request()
        reply = self._exchange.send("POST", self.endpoint, headers, form)
        answer = members(reply.text)
        text, lifetime = answer.get("access_token"), answer.get("expires_in")
        if reply.status_code != 200 or not isinstance(text, str) or not text:
            raise self._refused(audience, reply.status_code, answer)
        token = access_token(text, lifetime=float(lifetime) if isinstance(lifetime, int | float) else None)
        # Whose it is follows from the way to log in. Its own claims are AvePoint's business.
        return AccessToken(token.text, token.expires_at, {"idtyp": "app", "appid": self.client_id})

    def _refused(self, audience: str, status: int, answer: Mapping[str, object]) -> TokenError:
        remedy = f"{self.remedy()} Check also that data_center is that of your organisation."
        if answer.get("error") in ("invalid_scope", "unauthorized_client"):
            remedy = (
                "In AvePoint Online Services, give the app registration the service EnPower with the permission "
                f"{audience}."
            )
        elif not answer:
            remedy = "Check endpoints, base_url and proxy: something else may have answered in its place."
        return TokenError(
            self._redact(
                f"No token for {audience} of AvePoint as app registration {self.client_id} ({self.label}): "
                f"HTTP {status}, {explain(answer)[0]}."
            ),
            remedy=remedy,
        )


class AvePointSecretLogin(AvePointLogin):
    """Logs in with `client_secret`."""

    label = "client secret"

    def __init__(self, authority: str, client_id: str, exchange: Exchange, client_secret: str) -> None:
        super().__init__(authority, client_id, exchange, (client_secret,))
        self._secret = client_secret

    def credential(self) -> Mapping[str, str]:
        """The secret, and whose it is."""
        return {"client_id": self.client_id, "client_secret": self._secret}

    def remedy(self) -> str:
        """Secrets end."""
        return "Check client_id and client_secret; a secret ends one to three years after it was made."


class AvePointCertificateLogin(AvePointLogin):
    """Logs in with the certificate in `text` (PEM, or PFX in base64) or else in the file `path`."""

    label = "certificate"

    def __init__(
        self, authority: str, client_id: str, exchange: Exchange, *, text: str = "", path: str = "", password: str = ""
    ) -> None:
        super().__init__(authority, client_id, exchange, tuple(secret for secret in (text, password) if secret))
        self._text = text
        self._path = path
        self._password = password

    def credential(self) -> Mapping[str, str]:
        """An assertion, a new one each time: none may be used twice. It alone says who logs in."""
        try:
            from cryptography.hazmat.primitives import hashes
            from jwt import encode
        except ImportError as error:
            raise MissingLibraryError("msal", str(error)) from None  # which brings both
        key, certificate = read_certificate(text=self._text, path=self._path, password=self._password)
        begins = int(time.time()) - _HEAD_START
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.endpoint,
            "jti": str(uuid.uuid4()),
            "nbf": begins,
            "exp": begins + _LIFETIME,
        }
        # The thumbprint as portals show it: it tells certificates apart, and protects nothing.
        thumbprint = certificate.fingerprint(hashes.SHA1()).hex().upper()
        assertion = encode(claims, key, algorithm="RS256", headers={"kid": thumbprint})
        return {"client_assertion_type": _ASSERTION, "client_assertion": assertion}

    def remedy(self) -> str:
        """Certificates are registered, and end."""
        return (
            "Check client_id, that this certificate is the one of the app registration and has not ended, and the "
            "clock of this machine."
        )
