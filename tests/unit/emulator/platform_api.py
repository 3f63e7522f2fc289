# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths and helpers for the tests of the Power Platform API: what stands where in the contoso tenant."""

from __future__ import annotations

from typing import Any

import requests

from .api import TENANT, Api

VERSION = "2024-10-01"
POLICIES = "/licensing/billingPolicies"
EMEA, US, TRIAL = (f"bb000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
SALES, SALES_US, PLAIN = (f"e0000000-0000-4000-8000-00000000000{n}" for n in (3, 4, 5))
NOWHERE = "e0000000-0000-4000-8000-0000000000ee"
APPROVALS, FIELD_SERVICE, VOICE = "msdyn_ApprovalsAnchor", "msdyn_FieldServiceAnchor", "msdyn_CustomerVoiceAnchor"
PROJECTS = "msdyn_ProjectOperationsAnchor"
GLOBAL = {"Host": "api.powerplatform.com"}
TENANT_HOST = {"Host": f"{TENANT.replace('-', '')[:-2]}.{TENANT[-2:]}.tenant.api.powerplatform.com"}


def ask(api: Api, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
    """A request to the global host, as a caller of today's documentation makes it."""
    given = {"version": VERSION, "headers": GLOBAL, **more}
    if body is not None:
        given["json"] = body
    return api("power_platform", method, path, **given)


def follow(api: Api, link: str, **more: Any) -> requests.Response:
    """A link as it was given, led to the emulator the way `base_url` leads a client there."""
    host, _unused, path = link.removeprefix("https://").partition("/")
    return api("power_platform", "GET", f"/{path}", version=None, headers={"Host": host}, **more)


def poll(api: Api, started: requests.Response) -> requests.Response:
    assert started.status_code == 202, started.text
    return follow(api, started.headers["Operation-Location"])


def code_of(reply: requests.Response) -> tuple[int, str]:
    """Status and code of an enveloped error."""
    return reply.status_code, reply.json()["error"]["code"]


def flat_code_of(reply: requests.Response) -> tuple[int, str, str]:
    """Status, code and inner code of the gateway's flat body."""
    found = reply.json()
    return reply.status_code, found["code"], found.get("innererror", {}).get("code", "")


def every(api: Api, path: str, name: str = "@odata.nextLink", **more: Any) -> list[dict[str, Any]]:
    """All items of a listing, by its links."""
    reply = ask(api, "GET", path, **more)
    found: list[dict[str, Any]] = list(reply.json()["value"])
    while name in reply.json():
        reply = follow(api, reply.json()[name])
        found += reply.json()["value"]
    return found
