# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control path /__emulator__/: log, reset, faults, tenant, changes behind the client's back, workload identity."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import changes, tenant_file
from .changes_base import ChangeError
from .faults import FaultError
from .world import World

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(world: World, prefix: str) -> list[Route]:
    control = Control(world)
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/", control.ready),
        ("GET", "/log", control.log),
        ("DELETE", "/log", control.clear_log),
        ("POST", "/reset", control.reset),
        ("GET", "/faults", control.faults),
        ("PUT", "/faults", control.put_faults),
        ("POST", "/faults", control.add_faults),
        ("DELETE", "/faults", control.clear_faults),
        ("GET", "/tenant", control.tenant),
        ("POST", "/change", control.change),
        ("POST", "/save", control.save),
        ("GET", "/oidc/github", control.github),
        ("POST", "/oidc/azuredevops", control.azure_devops),
    ]
    return [Route(prefix + path, endpoint, methods=[method]) for method, path, endpoint in table]


def _refused(error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status_code=400)


class Control:
    def __init__(self, world: World) -> None:
        self._world = world

    async def ready(self, _unused: Request) -> Response:
        return JSONResponse({"ready": True, "tenant": self._world.state.tenant.id})

    # -- log -------------------------------------------------------------------------------------------------------

    async def log(self, request: Request) -> Response:
        """`writes=true|false`, `service=`, `since=NUMBER`, `summary=true` narrow the answer."""
        query = request.query_params
        writes = {"true": True, "false": False}.get(query.get("writes", "").lower())
        return JSONResponse(
            self._world.log.plain(
                writes=writes,
                service=query.get("service"),
                since=int(query.get("since", "0")),
                summary_only=query.get("summary", "").lower() == "true",
            )
        )

    async def clear_log(self, _unused: Request) -> Response:
        self._world.log.clear()
        return Response(status_code=204)

    # -- faults ----------------------------------------------------------------------------------------------------

    async def faults(self, _unused: Request) -> Response:
        return JSONResponse({"faults": list(self._world.faults.plain())})

    async def put_faults(self, request: Request) -> Response:
        """The list replaces what was there, unless it is refused."""
        return await self._add(request, replace=True)

    async def add_faults(self, request: Request) -> Response:
        return await self._add(request, replace=False)

    async def _add(self, request: Request, *, replace: bool) -> Response:
        faults = self._world.faults
        try:
            data = await request.json()
        except ValueError as error:
            return _refused(error)
        kept = faults.faults
        try:
            if replace:
                faults.clear()
            faults.add(data)
        except (FaultError, ValueError, TypeError, KeyError) as error:
            faults.faults = kept
            return _refused(error)
        self._world.apply_faults()
        return await self.faults(request)

    async def clear_faults(self, request: Request) -> Response:
        """All of them, or the one of `id=`."""
        number = request.query_params.get("id")
        self._world.faults.clear(int(number) if number else None)
        self._world.apply_faults()
        return Response(status_code=204)

    # -- tenant ----------------------------------------------------------------------------------------------------

    async def reset(self, _unused: Request) -> Response:
        self._world.reset()
        return Response(status_code=204)

    async def tenant(self, _unused: Request) -> Response:
        return JSONResponse(tenant_file.to_dict(self._world.state.tenant))

    async def change(self, request: Request) -> Response:
        state = self._world.state
        try:
            data = await request.json()
        except ValueError as error:
            return _refused(error)
        state.begin()
        try:
            items = data if isinstance(data, list) else [data]
            if not all(isinstance(item, dict) for item in items):
                raise ChangeError("a list of mappings is expected")
            made = changes.apply(state, items)
        except (ChangeError, tenant_file.TenantFileError) as error:
            state.undo()
            return _refused(error)
        return JSONResponse({"changed": made})

    async def save(self, request: Request) -> Response:
        """To `path` of the body, else to the file of --save."""
        body = await request.body()
        path = (json.loads(body) if body.strip() else {}).get("path")
        target = self._world.save(Path(path) if path else None)
        if target is None:
            return JSONResponse({"error": "No file: start with --save, or send a path."}, status_code=400)
        return JSONResponse({"saved": str(target)})

    # -- workload identity -----------------------------------------------------------------------------------------

    def _id_token(self, request: Request, subject: str, audience: str, name: str) -> str:
        now = int(time.time())
        host = request.headers.get("host", "localhost")
        return self._world.tokens.sign(
            {
                "iss": f"https://{host}/__emulator__/oidc/{name}",
                "sub": subject,
                "aud": audience,
                "iat": now,
                "nbf": now,
                "exp": now + 600,
            }
        )

    async def github(self, request: Request) -> Response:
        """As ACTIONS_ID_TOKEN_REQUEST_URL: a bearer and the audience give {"value": jwt}."""
        if not _has_bearer(request):
            return JSONResponse({"message": "Bad credentials"}, status_code=401)
        audience = request.query_params.get("audience", "https://github.com/contoso")
        token = self._id_token(request, "repo:contoso/governance:ref:refs/heads/main", audience, "github")
        return JSONResponse({"count": len(token), "value": token})

    async def azure_devops(self, request: Request) -> Response:
        """As SYSTEM_OIDCREQUESTURI: a bearer, api-version and serviceConnectionId give {"oidcToken": jwt}."""
        if not _has_bearer(request):
            return JSONResponse({"message": "Unauthorized"}, status_code=401)
        query = {key.lower(): value for key, value in request.query_params.items()}
        if not query.get("api-version") or not query.get("serviceconnectionid"):
            return JSONResponse({"message": "api-version and serviceConnectionId are needed."}, status_code=400)
        subject = f"sc://contoso/governance/{query['serviceconnectionid']}"
        return JSONResponse(
            {"oidcToken": self._id_token(request, subject, "api://AzureADTokenExchange", "azuredevops")}
        )


def _has_bearer(request: Request) -> bool:
    scheme, _unused, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())
