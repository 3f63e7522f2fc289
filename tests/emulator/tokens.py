# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: three-part JWTs that the emulator signs for itself (auth-clouds-throttling.md 5.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from .model import Client, User
from .state import State

LIFETIME = 3599
AVEPOINT_LIFETIME = 3600


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    text = text.rstrip("=")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jwt_claims(text: str) -> dict[str, Any] | None:
    """The claims of any three-part JWT, unverified; None when it is none."""
    parts = text.split(".")
    if len(parts) != 3 or not all(parts):
        return None
    try:
        json.loads(unb64(parts[0]))
        claims = json.loads(unb64(parts[1]))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token speaks for. `scopes` are those of a token of AvePoint's, and of no other."""

    oid: str
    client_id: str
    audience: str
    app_only: bool
    expires: float
    serial: int
    scopes: frozenset[str] | None = None
    acrs: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return "app" if self.app_only else "delegated"


class Tokens:
    """Issues tokens and knows its own again. The key hangs on the tenant, so tokens outlive a restart."""

    def __init__(self, state: State, *, delegated: bool) -> None:
        self._state = state
        self._key = hashlib.sha256(f"emulator {state.tenant.id}".encode()).digest()
        self._seen: dict[str, Caller] = {}
        self.everything_delegated = delegated
        self.lifetime: int | None = None
        self._serial = 0
        self._expired_to = 0
        # What the platform of a managed identity keeps: (client, resource) -> its answer.
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}

    def expire_all(self) -> None:
        """Every token issued so far is expired from now on."""
        self._expired_to = self._serial

    def reset(self) -> None:
        self.lifetime = None
        self._expired_to = 0
        self.kept.clear()

    def sign(self, claims: dict[str, Any]) -> str:
        head = b64(b'{"typ":"JWT","alg":"HS256","kid":"emulator"}')
        body = b64(json.dumps(claims, separators=(",", ":")).encode())
        signature = hmac.new(self._key, f"{head}.{body}".encode(), hashlib.sha256).digest()
        return f"{head}.{body}.{b64(signature)}"

    def service_principal_id(self, client: Client) -> str:
        """The object id of the client's service principal; a client without one gets an id made of its app id."""
        found = self._state.by_name("serviceprincipals.appid", client.app_id)
        return found[0].id if found else str(uuid.uuid5(uuid.NAMESPACE_URL, client.app_id))

    def issue(
        self, client: Client, user: User | None, audience: str, issuer: str, *, acrs: list[str] | None = None
    ) -> dict[str, Any]:
        """The members of a token reply that do not hang on the endpoint's version. `acrs`: claims that were met."""
        now = int(time.time())
        lifetime = LIFETIME if self.lifetime is None else self.lifetime
        self._serial += 1
        tenant = self._state.tenant
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": issuer,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "appid": client.app_id,
            "azp": client.app_id,
            "tid": tenant.id,
            "ver": "1.0",
            "uti": f"e{self._serial}",
            "app_displayname": client.name,
        }
        if user is None:
            claims.update(oid=self.service_principal_id(client), idtyp="app")
            claims["sub"] = claims["oid"]
        else:
            claims.update(oid=user.id, sub=user.id, upn=user.upn, unique_name=user.upn, name=user.name)
            claims["scp"] = "user_impersonation"
        if acrs:
            claims["acrs"] = acrs
        return {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": self.sign(claims),
        }

    def issue_for_avepoint(self, client_id: str, audience: str, issuer: str, scopes: list[str]) -> dict[str, Any]:
        """A token of AvePoint Online Services: one hour, no user behind it (avepoint.md 2)."""
        now = int(time.time())
        lifetime = AVEPOINT_LIFETIME if self.lifetime is None else self.lifetime
        self._serial += 1
        claims = {"aud": audience, "iss": issuer, "nbf": now, "exp": now + lifetime, "uti": f"e{self._serial}"}
        claims |= {"appid": client_id, "oid": "", "idtyp": "app", "avepoint": scopes}
        return {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "access_token": self.sign(claims),
            "scope": " ".join(scopes),
        }

    def id_token(self, client: Client, user: User, issuer: str) -> str:
        now = int(time.time())
        return self.sign(
            {
                "aud": client.app_id,
                "iss": issuer,
                "iat": now,
                "nbf": now,
                "exp": now + LIFETIME,
                "oid": user.id,
                "sub": user.id,
                "tid": self._state.tenant.id,
                "upn": user.upn,
                "preferred_username": user.upn,
                "name": user.name,
                "ver": "2.0",
            }
        )

    def read(self, text: str) -> Caller | None:
        """The caller of a token that was issued here, expired or not; None for any other text."""
        found = self._seen.get(text)
        if found is not None:
            return found
        head, _unused, rest = text.partition(".")
        body, _unused, signature = rest.partition(".")
        wanted = b64(hmac.new(self._key, f"{head}.{body}".encode(), hashlib.sha256).digest())
        if not hmac.compare_digest(wanted, signature):
            return None
        claims = json.loads(unb64(body))
        if "appid" not in claims:  # an id token is no access token
            return None
        caller = Caller(
            oid=claims["oid"],
            client_id=claims["appid"],
            audience=str(claims["aud"]).rstrip("/").lower(),
            app_only=claims.get("idtyp") == "app",
            expires=claims["exp"],
            serial=int(claims["uti"][1:]),
            scopes=frozenset(claims["avepoint"]) if "avepoint" in claims else None,
            acrs=tuple(claims.get("acrs", ())),
        )
        if len(self._seen) > 10000:
            self._seen.clear()
        self._seen[text] = caller
        return caller

    def expired(self, caller: Caller) -> bool:
        return time.time() >= caller.expires or caller.serial <= self._expired_to
