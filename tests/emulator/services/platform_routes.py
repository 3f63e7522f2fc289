# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How families of the Power Platform API add their routes, and what several of them answer alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .. import envelopes
from ..call import Call, Reply, ServiceError
from .platform_access import Access

NEXT = "@odata.nextLink"


class Serve(Protocol):
    """How a service is told its routes."""

    def __call__(
        self,
        method: str,
        path: str,
        handler: Callable[..., Reply],
        access: Access,
        error: Callable[[Call, ServiceError], Reply],
        *,
        also: tuple[str, ...] = (),
    ) -> None:
        """Adds a route. `{environment}` in a path takes an environment, which the handler is given as a record; such a
        route is on the environment's own host as well, without that part (ASSUMED, from the rule of the hosts). `also`
        names scopes of hosts that have the path as it is."""


def enveloped(call: Call, refused: ServiceError) -> Reply:
    return envelopes.from_error(call, refused)


def problem(_unused: Call, refused: ServiceError) -> Reply:
    """ProblemDetails, as environment groups have them (2)."""
    body: dict[str, Any] = {
        "type": f"https://tools.ietf.org/html/rfc9110#section-15.5.{refused.status % 100 + 1}",
        "title": refused.code,
        "status": refused.status,
        "detail": refused.message,
        "instance": None,
        "extensions": {},
    }
    return Reply(refused.status, body, {"Content-Type": "application/problem+json"})


def fields(_unused: Call, refused: ServiceError) -> Reply:
    """Errors of the environments' lifecycle (2): messages hang on fields; `details` names them as `target`."""
    named = refused.details or [{"target": "environment", "message": refused.message}]
    errors = {
        str(item["target"]): {"errorMessages": [item["message"]], "suggestedValue": item.get("value")} for item in named
    }
    return Reply(refused.status, {"errorDetail": {"code": refused.code, "fieldErrors": errors}}, refused.headers)


def of_settings(_unused: Call, refused: ServiceError) -> Reply:
    """Errors of environment settings (2)."""
    errors = {"code": refused.code, "message": refused.message, "details": refused.details or []}
    body = {"objectResult": None, "errors": errors, "responseMessage": refused.message, "nextLink": None}
    return Reply(refused.status, body, refused.headers)
