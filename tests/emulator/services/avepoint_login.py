# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Token endpoints of AvePoint Online Services: client credentials with a secret or a certificate (avepoint.md 2)."""

from __future__ import annotations

import secrets
import time
from typing import Any

from .. import avepoint_keys
from ..avepoint_hosts import IDENTITY, TOKEN_PATH, environment_of, token_endpoints
from ..call import Call, Query, Reply, ServiceError
from ..platform_model import AvePointClient
from ..tokens import jwt_claims
from ..world import World
from .base import Service

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"


class AvePointLogin(Service):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._used: set[tuple[str, str]] = set()
        self.routes.add("POST", TOKEN_PATH, self._token)

    def headers(self, _: Call, reply: Reply) -> None:
        reply.headers.setdefault("Cache-Control", "no-store, no-cache")

    def answer(self, call: Call) -> Reply:
        found = self.routes.find(call.method, call.segments)
        return Reply(404) if found is None else found[0](call)

    def _token(self, call: Call) -> Reply:
        """ASSUMED: every refusal is a 400 with the code of OAuth and nothing else; a scope has to be named, and has to
        be one of the registration's."""
        if not call.headers.get("content-type", "").lower().startswith(_FORM):
            raise ServiceError(400, "invalid_request", "")
        form = call.form()
        if form.get("grant_type") != "client_credentials":
            raise ServiceError(400, "unsupported_grant_type", "")
        where = environment_of(call.host)
        client = self._proven(call, form)
        if not client.enabled or (where is not None and client.environment != where):
            raise _not_the_client()
        scopes = (form.get("scope") or "").split()
        if not scopes or set(scopes) - set(client.scopes):
            raise ServiceError(400, "invalid_scope", "")
        issuer = f"https://{IDENTITY[client.environment]}"
        reply = self.world.tokens.issue_for_avepoint(client.client_id, audience(client.environment), issuer, scopes)
        return Reply(200, reply, {"client": client.client_id})

    def _proven(self, call: Call, form: Query) -> AvePointClient:
        """The client that the form proves. The certificate's form names it in the assertion alone."""
        secret, assertion = form.get("client_secret"), form.get("client_assertion")
        if assertion is None:
            client = self._client(form.get("client_id"))
            if not secret or not client.secret or not secrets.compare_digest(secret.encode(), client.secret.encode()):
                raise _not_the_client()
            return client
        if secret is not None:
            raise ServiceError(400, "invalid_request", "")
        if form.get("client_assertion_type") != _ASSERTION:
            raise _not_the_client()
        client = self._client(str((jwt_claims(assertion) or {}).get("iss") or ""))
        claims = avepoint_keys.signed_by(assertion, client.certificate)
        if claims is None or form.get("client_id") not in (None, client.client_id):
            raise _not_the_client()
        self._need_fresh(call, client, claims)
        return client

    def _client(self, client_id: str | None) -> AvePointClient:
        client = self.state.tenant.platform.avepoint.clients.get((client_id or "").lower())
        if client is None:
            raise _not_the_client()
        return client

    def _need_fresh(self, call: Call, client: AvePointClient, claims: dict[str, Any]) -> None:
        """Made for this endpoint by the client itself, in its time, and never used before."""
        now = time.time()
        audiences = claims.get("aud")
        named = set(audiences) if isinstance(audiences, list) else {str(audiences)}
        expires, begins, number = claims.get("exp"), claims.get("nbf", 0), claims.get("jti")
        good = (
            str(claims.get("sub")).lower() == client.client_id
            and not named.isdisjoint(_endpoints(call))
            and isinstance(expires, int | float)
            and isinstance(begins, int | float)
            and begins <= now < expires
            and isinstance(number, str)
            and number != ""
            and (client.client_id, number) not in self._used
        )
        if not good:
            raise _not_the_client()
        self._used.add((client.client_id, str(number)))


def audience(environment: str) -> str:
    return f"avepoint:{environment}"


def _endpoints(call: Call) -> set[str]:
    """The address that was asked, with its port and without; on a loopback name, every real one as well."""
    name = call.host.partition(":")[0]
    own = {f"https://{call.host}{TOKEN_PATH}", f"https://{name}{TOKEN_PATH}"}
    return own if environment_of(name) is not None else own | token_endpoints()


def _not_the_client() -> ServiceError:
    return ServiceError(400, "invalid_client", "")
