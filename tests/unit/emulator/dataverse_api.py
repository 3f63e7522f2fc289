# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of one organisation's Web API: the Host header leads there, the token is for its origin."""

from __future__ import annotations

import json
from typing import Any

import requests

from .api import Api

HOST = "contosofin.crm4.dynamics.com"
API_HOST = "contosofin.api.crm4.dynamics.com"
SANDBOX_HOST = "contosofindev.crm4.dynamics.com"
EXPENSES, WAREHOUSE, RATES, LEES_RATES = (f"b1000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3, 4))
NEW = "b1000000-0000-4000-8000-0000000000aa"
ABSENT = "b1000000-0000-4000-8000-0000000000ee"
TEAM = "b2000000-0000-4000-8000-000000000001"
DEFINITION = {"swagger": "2.0", "info": {"title": "Demo", "version": "1.0"}, "host": "api.example.org", "paths": {}}


def scope_of(host: str) -> str:
    return f"https://{host}/.default"


def new_row(**more: Any) -> dict[str, Any]:
    return {
        "connectorid": NEW,
        "name": "cr736_5Fdemo",
        "displayname": "Demo connector",
        "openapidefinition": json.dumps(DEFINITION),
        "connectortype": 1,
        **more,
    }


class Organisation:
    def __init__(self, api: Api, client: str = "runner", host: str = HOST, version: str = "v9.2") -> None:
        self.api = api
        self.client = client
        self.host = host
        self.version = version
        self.token: str | None = None

    def __call__(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        if self.token is None:
            self.token = self.api.emulator.token(scope_of(self.host), self.client)
        url = path if path.startswith("https://") else f"{self.api.emulator.base_url}/api/data/{self.version}/{path}"
        sent = {"Host": self.host, "Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.api.session.request(method, url, headers=sent, verify=self.api.emulator.ca_path, timeout=30, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self("GET", path, **more)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
        return self("POST", path, headers=headers, json=body)

    def patch(self, row_id: str, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
        return self("PATCH", f"connectors({row_id})", headers=headers, json=body)

    def row(self, row_id: str = EXPENSES) -> dict[str, Any]:
        reply = self.get(f"connectors({row_id})")
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def filtered(self, text: str, table: str = "connectors", select: str = "name") -> list[Any]:
        """The values of one column of the rows that match."""
        reply = self("GET", table, params={"$filter": text, "$select": select, "$orderby": f"{select} asc"})
        assert reply.status_code == 200, reply.text
        return [row[select] for row in reply.json()["value"]]

    def user_id(self, principal: str) -> str:
        return str(self.filtered(f"azureactivedirectoryobjectid eq {principal}", "systemusers", "systemuserid")[0])


def code_of(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]
