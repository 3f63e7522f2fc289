# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service is to the application."""

from __future__ import annotations

import uuid

from ..call import Call, Reply, Routes, ServiceError
from ..world import World


class Service:
    def __init__(self, world: World) -> None:
        self.world = world
        self.state = world.state
        self.routes = Routes()

    def answer(self, call: Call) -> Reply:
        raise NotImplementedError

    def headers(self, call: Call, reply: Reply) -> None:
        """Headers that every reply of the service carries (auth-clouds-throttling.md 4.4)."""
        reply.headers.setdefault(
            "x-ms-correlation-request-id", call.headers.get("x-ms-correlation-id") or _number(call)
        )
        reply.headers.setdefault("x-ms-request-id", _number(call))
        echoed = call.headers.get("x-ms-client-request-id")
        if echoed:
            reply.headers.setdefault("x-ms-client-request-id", echoed)


def _number(call: Call) -> str:
    """A GUID made of the request's number: cheap, and readable in a log."""
    return str(uuid.UUID(int=0xE0000000000000000000000000000000 + call.number))


def json_of(call: Call, code: str) -> dict[str, object]:
    """The JSON object of the body; 400 for anything else."""
    try:
        found = call.json()
    except ValueError:
        raise ServiceError(400, code, "The request content was invalid and could not be deserialized.") from None
    if not isinstance(found, dict):
        raise ServiceError(400, code, "The request content must be a JSON object.")
    return found


def folded(data: object) -> dict[str, object]:
    """A JSON object with lower-case keys: property names are read without case (powerapps-admin 5.4)."""
    return {str(key).lower(): value for key, value in data.items()} if isinstance(data, dict) else {}
