# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths and bodies for the tests of flows: what stands where in the contoso tenant."""

from __future__ import annotations

from typing import Any

import requests

from .api import ENV, SANDBOX, TENANT

RP = "/providers/Microsoft.ProcessSimple"
DEFAULT = f"Default-{TENANT}"
POLL, DIGEST, BOOKING = (f"f0000000-0000-4000-8000-00000000000{n}" for n in (2, 3, 4))
RETIRED, PURGED = (f"f0000000-0000-4000-8000-00000000001{n}" for n in (8, 9))
ONBOARDING, REVIEW, IMPORT, ROBOT, ARCHIVE = (f"f0000000-0000-4000-8000-00000000002{n}" for n in (2, 3, 4, 5, 6))
INTAKE, LEDGER, HANDOVER, CLAIM, MONITOR = (f"f0000000-0000-4000-8000-00000000002{n}" for n in "789ab")
DRAFT = "fd000000-0000-4000-8000-000000000023"  # what REVIEW is called until its first start
INVOICE_BOT = "c0000000-0000-4000-8000-000000000006"
JOERG = "a0000000-0000-4000-8000-000000000004"
SALES = "b0000000-0000-4000-8000-000000000003"
RUNS = {name: f"08585000000000000{number}000000000000CU01" for name, number in (
    ("running", 101), ("repeat", 102), ("cancelled", 103), ("failed", 104), ("other", 105), ("good", 106),
    ("waiting", 107), ("poll running", 201), ("poll failed", 202), ("poll good", 203),
)}  # fmt: skip
_STEP = {"type": "OpenApiConnection", "inputs": {"host": {"operationId": "SendEmailV2"}}}
_PARAMETERS = {
    "$connections": {"defaultValue": {}, "type": "Object"},
    "$authentication": {"defaultValue": {}, "type": "SecureObject"},
}
REFERENCES = {
    "shared_office365": {
        "connectionName": "d0000000000000000000000000000004",
        "source": "Embedded",
        "id": "/providers/Microsoft.PowerApps/apis/shared_office365",
    }
}


def admin(environment: str = SANDBOX, flow: str | None = None, what: str = "") -> str:
    return _path(f"{RP}/scopes/admin/environments/{environment}", flow, what)


def maker(environment: str = SANDBOX, flow: str | None = None, what: str = "") -> str:
    return _path(f"{RP}/environments/{environment}", flow, what)


def _path(root: str, flow: str | None, what: str) -> str:
    return f"{root}/flows" + (f"/{flow}" if flow else "") + (f"/{what}" if what else "")


def definition(*, declared: bool = True, steps: bool = True, kind: str = "Http") -> dict[str, Any]:
    return {
        "contentVersion": "1.0.0.0",
        "parameters": _PARAMETERS if declared else {},
        "triggers": {"manual": {"type": "Request", "kind": kind, "inputs": {"schema": {}}}},
        "actions": {"Send": _STEP} if steps else {},
    }


def new_flow(**more: Any) -> dict[str, Any]:
    properties = {
        "displayName": "Fresh",
        "state": "Stopped",
        "definition": definition(),
        "connectionReferences": REFERENCES,
        "environment": {"name": ENV},
    }
    return {"properties": {**properties, **more}}


def code_of(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


def names(reply: requests.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [item["name"] for item in reply.json()["value"]]
