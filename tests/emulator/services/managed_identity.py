# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of managed identities: that of virtual machines (IMDS), and that of App Service.

auth-clouds-throttling.md 3.3 and 5.3; members and refusals as the vendor's pages on virtual machines and on App Service
show them. Both are served below TLS here, where a real machine has plain HTTP on an address of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..call import Call, Reply, ServiceError
from ..model import Client
from ..world import World
from .base import Service
from .login import LoginError, stand_in

# What IDENTITY_HEADER has to be; a real platform makes up another one at each start.
IDENTITY_HEADER = "emulator-identity-header"
_APP_SERVICE_VERSIONS = ("2019-08-01", "2020-06-01")
_NOT_FOUND = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."


class ManagedIdentity(Service):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.routes.add("GET", "/metadata/identity/oauth2/token", self._machine)
        self.routes.add("GET", "/msi/token", self._app_service)

    def headers(self, _: Call, reply: Reply) -> None:
        """Nothing but what HTTP asks for."""

    def answer(self, call: Call) -> Reply:
        found = self.routes.find(call.method, call.segments)
        return Reply(404) if found is None else found[0](call, *found[1])

    def _machine(self, call: Call) -> Reply:
        if call.headers.get("metadata", "").lower() != "true":
            return _refusal(400, "bad_request_102", "Required metadata header not specified")
        if not call.query.get("api-version") or not call.query.get("resource"):
            return _refusal(400, "invalid_request", "The request is missing a required parameter")
        client = self._identity(call, "msi_res_id")
        if client is None:
            return _refusal(400, "invalid_request", "Identity not found")
        try:
            kept = self._token(call, client)
        except ServiceError as refused:
            return _refusal(refused.status, refused.code, refused.message)
        lifetime = str(kept["expires_on"] - int(time.time()))
        numbers = {"expires_in": lifetime, "ext_expires_in": lifetime, "expires_on": str(kept["expires_on"])}
        return Reply(200, {**kept, **numbers})

    def _app_service(self, call: Call) -> Reply:
        if call.headers.get("x-identity-header") != IDENTITY_HEADER:
            return Reply(401, {"statusCode": 401, "message": "Unauthorized"})
        if call.query.get("api-version") not in _APP_SERVICE_VERSIONS or not call.query.get("resource"):
            return Reply(400, {"statusCode": 400, "message": "api-version and resource are needed"})
        client = self._identity(call, "mi_res_id")
        if client is None:
            return Reply(400, {"statusCode": 400, "message": _NOT_FOUND})
        try:
            kept = self._token(call, client)
        except ServiceError as refused:
            return Reply(500, {"statusCode": 500, "message": refused.message})
        return Reply(200, {**kept, "expires_on": str(kept["expires_on"])})

    def _identity(self, call: Call, resource_id: str) -> Client | None:
        """The identity that is asked for; without any id that of the machine itself."""
        known = [client for client in self.state.tenant.clients.values() if client.managed_identity]
        ways: dict[str, Callable[[Client], str]] = {
            "client_id": lambda client: client.app_id,
            "object_id": self.world.tokens.service_principal_id,
            resource_id: lambda client: client.resource_id,
        }
        for name, of in ways.items():
            wanted = call.query.get(name)
            if wanted:
                return next((client for client in known if of(client).lower() == wanted.lower()), None)
        return next((client for client in known if client.managed_identity == "system"), None)

    def _token(self, call: Call, client: Client) -> dict[str, Any]:
        """As the platform does, the same token until it ends, whatever became of it at the services."""
        resource = call.query.get("resource") or ""
        if not (resource.startswith("https://") or resource.count("-") == 4):
            raise LoginError(
                400, "invalid_resource", 500011, f"The resource principal named {resource} was not found in the tenant."
            )
        tokens = self.world.tokens
        kept = tokens.kept.get((client.app_id, resource))
        if kept is None or kept["expires_on"] <= time.time():
            issuer = f"https://sts.windows.net/{self.state.tenant.id}/"
            issued = tokens.issue(client, stand_in(self.world, client), resource, issuer)
            kept = {
                "access_token": issued["access_token"],
                "client_id": client.app_id,
                "expires_on": int(time.time()) + int(issued["expires_in"]),
                "resource": resource,
                "token_type": "Bearer",
            }
            tokens.kept[client.app_id, resource] = kept
        return kept


def _refusal(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": code, "error_description": message})
