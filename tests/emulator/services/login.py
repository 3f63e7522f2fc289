# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discovery and token endpoints, v1 and v2 (auth-clouds-throttling.md, 3.6 to 3.8 and 5.3)."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from .. import envelopes
from ..call import Call, Query, Reply, ServiceError
from ..model import Client, User
from ..tokens import b64, jwt_claims
from ..world import World
from .base import Service

_DEVICE_GRANTS = ("urn:ietf:params:oauth:grant-type:device_code", "device_code")
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(slots=True)
class _Device:
    client_id: str
    user_code: str
    expires: float
    asked: dict[str, str]
    polls: int = 0


class LoginError(ServiceError):
    def __init__(self, status: int, code: str, number: int, message: str) -> None:
        super().__init__(status, code, f"AADSTS{number}: {message}" if number else message)
        self.number = number


class Login(Service):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._devices: dict[str, _Device] = {}
        self._refresh: dict[str, tuple[str, str]] = {}
        add = self.routes.add
        add("GET", "/common/discovery/instance", self._instance)
        add("GET", "/{}/v2.0/.well-known/openid-configuration", self._discovery)
        add("GET", "/{}/.well-known/openid-configuration", self._discovery)
        add("GET", "/{}/discovery/v2.0/keys", lambda *_: Reply(200, {"keys": []}))
        add("POST", "/{}/oauth2/v2.0/token", lambda call, tenant: self._token(call, tenant, 2))
        add("POST", "/{}/oauth2/token", lambda call, tenant: self._token(call, tenant, 1))
        add("POST", "/{}/oauth2/v2.0/devicecode", lambda call, tenant: self._device(call, tenant, 2))
        add("POST", "/{}/oauth2/devicecode", lambda call, tenant: self._device(call, tenant, 1))

    def headers(self, _: Call, reply: Reply) -> None:
        reply.headers.setdefault("Cache-Control", "no-store, no-cache")

    def answer(self, call: Call) -> Reply:
        found = self.routes.find(call.method, call.segments)
        if found is None:
            return Reply(404)
        try:
            return found[0](call, *found[1])
        except LoginError as refused:
            return envelopes.login_error(refused.status, refused.code, refused.message, refused.number)

    def _tenant(self, name: str) -> None:
        tenant = self.state.tenant
        low = name.lower()
        if low not in ("common", "organizations", tenant.id) and low not in (item.lower() for item in tenant.domains):
            raise LoginError(400, "invalid_tenant", 90002, f"Tenant '{name}' not found.")

    def _instance(self, call: Call) -> Reply:
        host, tenant_id = call.host, self.state.tenant.id
        return Reply(
            200,
            {
                "tenant_discovery_endpoint": f"{call.base}/{tenant_id}/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            },
        )

    def _discovery(self, call: Call, name: str) -> Reply:
        self._tenant(name)
        base = f"{call.base}/{name}"
        return Reply(
            200,
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            },
        )

    # -- tokens ----------------------------------------------------------------------------------------------------

    def _token(self, call: Call, name: str, version: int) -> Reply:
        self._tenant(name)
        form = call.form()
        grant = form.get("grant_type") or ""
        client = self._client(form)
        issuer = f"{call.base}/{self.state.tenant.id}/" + ("v2.0" if version == 2 else "")
        asked = self._asked(grant, client, form)
        audience = self._audience(asked, version)
        if grant == "client_credentials":
            self._prove(client, form)
            user = stand_in(self.world, client)
            reply = self.world.tokens.issue(client, user, audience, issuer, acrs=_acrs(form))
        else:
            user = self._user(grant, client, form)
            reply = self.world.tokens.issue(client, user, audience, issuer, acrs=_acrs(form))
            refresh = secrets.token_urlsafe(32)
            self._refresh[refresh] = (client.app_id, user.id)
            reply["refresh_token"] = refresh
            reply["id_token"] = self.world.tokens.id_token(client, user, issuer)
            reply["client_info"] = b64(f'{{"uid":"{user.id}","utid":"{self.state.tenant.id}"}}'.encode())
            reply["scope"] = asked.get("scope") or f"{audience}/.default"
        if version == 1:
            _as_v1(reply, audience)
        return Reply(200, reply, {"client": client.app_id})

    def _client(self, form: Query) -> Client:
        client_id = (form.get("client_id") or "").lower()
        if not client_id:
            raise LoginError(400, "invalid_request", 900144, "The request body must contain 'client_id'.")
        client = self.state.tenant.clients.get(client_id)
        if client is None:
            text = f"Application with identifier '{client_id}' was not found in the directory."
            raise LoginError(400, "unauthorized_client", 700016, text)
        return client

    def _asked(self, grant: str, client: Client, form: Query) -> dict[str, str]:
        """Scope and resource; a device code stands for those that it was begun with (RFC 8628, 3.4)."""
        asked = _named(form)
        if not asked and grant in _DEVICE_GRANTS:
            return self._begun(client, form).asked
        return asked

    @staticmethod
    def _audience(asked: dict[str, str], version: int) -> str:
        if version == 1:
            resource = asked.get("resource")
            if resource:
                return resource
            raise LoginError(400, "invalid_request", 900144, "The request body must contain 'resource'.")
        scopes = (asked.get("scope") or "").split()
        for scope in scopes:
            if scope.endswith("/.default"):
                return scope[: -len("/.default")]
        named = [scope for scope in scopes if scope not in ("openid", "profile", "offline_access", "email")]
        if not named:
            raise LoginError(400, "invalid_scope", 70011, "The provided value for 'scope' is not valid.")
        return named[0].rpartition("/")[0] if "://" in named[0] else "https://graph.microsoft.com"

    @staticmethod
    def _prove(client: Client, form: Query) -> None:
        secret = form.get("client_secret")
        assertion = form.get("client_assertion")
        if secret is None and assertion is None:
            raise LoginError(401, "invalid_client", 7000218, "'client_assertion' or 'client_secret' is needed.")
        if secret is not None:
            if not client.secret or not secrets.compare_digest(secret.encode(), client.secret.encode()):
                raise LoginError(401, "invalid_client", 7000215, "Invalid client secret provided.")
            return
        claims = jwt_claims(assertion or "")
        if form.get("client_assertion_type") != _ASSERTION or claims is None:
            raise LoginError(401, "invalid_client", 50027, "JWT token is invalid or malformed.")
        if not client.assertions:
            raise LoginError(401, "invalid_client", 700027, "No certificate or federated credential is configured.")
        own = {str(claims[key]).lower() for key in ("sub", "iss") if key in claims} == {client.app_id}
        if not (own or _is_federated(claims)):
            raise LoginError(401, "invalid_client", 700213, "No matching federated identity record found.")

    def _user(self, grant: str, client: Client, form: Query) -> User:
        if grant == "password":
            found = self.state.by_name("users.userprincipalname", form.get("username") or "")
            user = self.state.user(found[0].id) if found else None
            if user is None or user.password != form.get("password"):
                raise LoginError(
                    400, "invalid_grant", 50126, "Error validating credentials due to invalid username or password."
                )
        elif grant == "refresh_token":
            held = self._refresh.get(form.get("refresh_token") or "")
            if held is None or held[0] != client.app_id:
                raise LoginError(400, "invalid_grant", 9002313, "Invalid refresh token.")
            user = self.state.user(held[1])
        elif grant in _DEVICE_GRANTS:
            user = self._device_user(client, form)
        else:
            raise LoginError(400, "unsupported_grant_type", 70003, f"The grant type '{grant}' is not supported.")
        if user is None or not user.enabled:
            raise LoginError(400, "invalid_grant", 50057, "The user account is disabled or does not exist.")
        return user

    # -- device code -----------------------------------------------------------------------------------------------

    def _device(self, call: Call, name: str, version: int) -> Reply:
        self._tenant(name)
        form = call.form()
        client = self._client(form)
        code, user_code = secrets.token_urlsafe(24), secrets.token_hex(4).upper()
        self._devices[code] = _Device(client.app_id, user_code, time.time() + 900, _named(form))
        place = f"{call.base}/devicelogin"
        reply: dict[str, Any] = {
            "user_code": user_code,
            "device_code": code,
            "expires_in": 900,
            "interval": 1,
            "message": f"To sign in, open {place} and enter the code {user_code}. (The emulator signs in by itself.)",
        }
        reply["verification_uri" if version == 2 else "verification_url"] = place
        return Reply(200, reply)

    def _begun(self, client: Client, form: Query) -> _Device:
        device = self._devices.get(_code(form))
        if device is None or device.client_id != client.app_id:
            raise LoginError(400, "invalid_grant", 70000, "The device code is not known.")
        return device

    def _device_user(self, client: Client, form: Query) -> User | None:
        """The first poll is told to wait, the second one gets the client's user: nobody has to type anything."""
        device = self._begun(client, form)
        if time.time() >= device.expires:
            raise LoginError(400, "expired_token", 70020, "The device code has expired.")
        device.polls += 1
        if device.polls == 1:
            raise LoginError(400, "authorization_pending", 70016, "The user has not signed in yet.")
        del self._devices[_code(form)]
        if client.user:
            return self.state.user(client.user)
        return next((user for user in self.state.tenant.users.values() if user.admin and user.enabled), None)


def stand_in(world: World, client: Client) -> User | None:
    """The user of a client whose credentials give delegated tokens, None for an application's token."""
    if not (client.delegated or world.tokens.everything_delegated):
        return None
    if client.user:
        user = world.state.user(client.user)
    else:
        users = world.state.tenant.users.values()
        user = next((item for item in users if item.admin and not item.deleted_at and not item.gone), None)
    if user is None or not user.enabled:
        raise LoginError(400, "invalid_grant", 50057, "The user account is disabled or does not exist.")
    return user


def _acrs(form: Query) -> list[str]:
    """The authentication contexts that a claims challenge asked for: whoever asks has met them."""
    try:
        asked = json.loads(form.get("claims") or "{}")["access_token"]["acrs"]
        return [str(asked["value"])] if "value" in asked else [str(value) for value in asked["values"]]
    except (ValueError, KeyError, TypeError):
        return []


def _code(form: Query) -> str:
    return form.get("device_code") or form.get("code") or ""


def _named(form: Query) -> dict[str, str]:
    return {name: value for name in ("scope", "resource") if (value := form.get(name))}


def _is_federated(claims: dict[str, Any]) -> bool:
    """An id token of the emulator's own workload identity endpoints (control path, oidc/)."""
    return "/__emulator__/oidc/" in str(claims.get("iss", "")) and claims.get("aud") == "api://AzureADTokenExchange"


def _as_v1(reply: dict[str, Any], audience: str) -> None:
    """v1 gives its numbers as text and names the resource."""
    now = int(time.time())
    lifetime = int(reply["expires_in"])
    reply.update(
        expires_in=str(lifetime),
        ext_expires_in=str(lifetime),
        expires_on=str(now + lifetime),
        not_before=str(now),
        resource=audience,
    )
