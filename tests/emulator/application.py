# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ASGI application: finds the service, applies latency and faults, runs the handler, logs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.applications import Starlette

from . import control_routes, envelopes
from .call import JSON, Call, Query, Reply, ServiceError, split_path
from .clouds import DATAVERSE, LOOPBACK, TOKEN_SERVICES, service_of_host, service_of_path
from .faults import Fault
from .request_log import Entry, is_write
from .services.base import Service
from .services.registry import SERVICES
from .state import StaleRule
from .world import UnauthorizedError, World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/__emulator__"


class Application:
    def __init__(self, world: World) -> None:
        self.world = world
        self.services: dict[str, Service] = {name: make(world) for name, make in SERVICES.items()}
        self.control = Starlette(routes=control_routes.routes(world, PREFIX))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith(PREFIX):
            await self.control(scope, receive, send)
            return
        overtaken = self.world.overtaken
        body = await _body(receive)
        if body is None or overtaken.is_set():
            await _drop(scope, receive)
            return
        call, entry = self._call(scope, body)
        if call is None:
            entry.status = 421
            await _send(
                send, Reply(421, {"error": {"code": "MisdirectedRequest", "message": "No service has this host."}})
            )
            return
        await self._wait(call, entry, overtaken)
        reply = None if overtaken.is_set() else self._answer(call, entry)
        if reply is None:
            await _drop(scope, receive)
            return
        entry.status = reply.status
        await _send(send, reply)

    def _call(self, scope: Scope, body: bytes) -> tuple[Call | None, Entry]:
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        host = headers.get("host", "localhost").lower()
        name = host if host.startswith("[") and host.endswith("]") else host.rpartition(":")[0] or host
        path = scope["raw_path"].decode("latin-1")
        raw_query = scope["query_string"].decode("latin-1")
        if name in LOOPBACK:
            service, cloud = service_of_path(path), None
        else:
            found = service_of_host(name)
            service, cloud = found or (None, None)
        method = scope["method"]
        world = self.world
        entry = Entry(
            number=world.log.next_number(),
            service=service or "unknown",
            method=method,
            host=host,
            path=path,
            query=raw_query,
            headers=scope["headers"],
            body=body,
            write=is_write(service or "", method, path, body),
        )
        world.log.add(entry)
        if service is None:
            return None, entry
        call = Call(
            number=entry.number,
            service=service,
            cloud=cloud,
            method=method,
            host=host,
            base=f"https://{host}",
            path=path,
            segments=split_path(path),
            query=Query(raw_query),
            headers=headers,
            body=body,
            write=entry.write,
        )
        if service not in TOKEN_SERVICES:
            world.read_token(call)
            if call.caller is not None:
                entry.token_kind, entry.client_id = call.caller.kind, call.caller.client_id
        return call, entry

    async def _wait(self, call: Call, entry: Entry, overtaken: asyncio.Event) -> None:
        """As latency and faults have it. A reset ends it: what was asked before does nothing any more."""
        world = self.world
        await _until(overtaken, world.latency)
        if world.faults.faults and not overtaken.is_set():
            delay = world.faults.due("delay", call, entry)
            if delay is not None:
                await _until(overtaken, float(delay.data.get("seconds", 1)))

    def _answer(self, call: Call, entry: Entry) -> Reply | None:
        """The reply, or None when the connection is to be dropped. Without an await, so that a request changes the
        tenant as one."""
        world = self.world
        ignored: Fault | None = None
        dropped: Fault | None = None
        if world.faults.faults:
            dropped = world.faults.due("drop", call, entry)
            if dropped is not None and dropped.data.get("when", "before") == "before":
                return None
            refusal = world.faults.refusal(call, entry)
            if refusal is not None:
                return self._finished(call, refusal)
            if call.write:
                ignored = world.faults.due("ignore_write", call, entry)
                world.state.stale_rule = _stale_rule(world.faults.due("stale", call, entry))
                if call.service == DATAVERSE:
                    world.state.rp_rule = _stale_rule(world.faults.due("rp_delay", call, entry))
        changes = world.state.changes
        world.state.begin()
        reply = self.run(call)
        world.state.stale_rule = world.state.rp_rule = None
        if ignored is not None or reply.status >= 400:
            world.state.undo()
        else:
            entry.effect = world.state.changes != changes
        if call.service in TOKEN_SERVICES:
            entry.client_id = reply.headers.pop("client", None)
        return None if dropped is not None else self._finished(call, reply)

    def run(self, call: Call) -> Reply:
        service = self.services[call.service]
        try:
            return service.answer(call)
        except UnauthorizedError as refused:
            return envelopes.unauthorized(call, refused.message, expired=refused.expired)
        except ServiceError as refused:
            return envelopes.from_error(call, refused)

    def _finished(self, call: Call, reply: Reply) -> Reply:
        self.services[call.service].headers(call, reply)
        return reply


def _stale_rule(fault: Fault | None) -> StaleRule | None:
    if fault is None:
        return None
    seconds = fault.data.get("seconds")
    reads = fault.data.get("reads", None if seconds is not None else 1)
    return StaleRule(reads, None if seconds is None else float(seconds))


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Waits so long, or until the event."""
    if seconds:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)


async def _body(receive: Receive) -> bytes | None:
    """None: the client went away before it had sent all of it."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, reply: Reply) -> None:
    body = reply.encoded()
    headers = [(b"content-length", str(len(body)).encode())]
    if body and "Content-Type" not in reply.headers:
        headers.append((b"content-type", JSON.encode()))
    headers.extend((name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items())
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _drop(scope: Scope, receive: Receive) -> None:
    """End the TCP connection without a byte of an answer, and wait until the server has noticed."""
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass
