# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts and helpers for the tests of AvePoint."""

from __future__ import annotations

from typing import Any

import requests

from tests.emulator.control import Emulator

from .api import Api

COMMERCIAL = "identity.avepointonlineservices.com"
DATA = "graph-we.avepointonlineservices.com"
SCOPE = "enpower.data.read.all"
CONNECTIONS = "/smp/powerplatform/connections"


def secret_of(emulator: Emulator, client: str = "avepoint") -> dict[str, str]:
    """The form of a secret."""
    given = emulator.avepoint(client)
    return {
        "grant_type": "client_credentials",
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
        "scope": SCOPE,
    }


def token(emulator: Emulator, host: str = COMMERCIAL, **form: str) -> requests.Response:
    headers = {"Host": host} if host else {}
    url = f"{emulator.base_url}/connect/token"
    return requests.post(url, data=form, headers=headers, verify=emulator.ca_path, timeout=30)


def token_of(emulator: Emulator, client: str = "avepoint", host: str = COMMERCIAL, **form: str) -> str:
    reply = token(emulator, host, **{**secret_of(emulator, client), **form})
    assert reply.status_code == 200, reply.text
    return str(reply.json()["access_token"])


def connections(
    api: Api, query: str = "", *, token: str = "", host: str = DATA, path: str = CONNECTIONS, method: str = "GET"
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or token_of(api.emulator)}"}
    if host:
        headers["Host"] = host
    url = f"{api.emulator.base_url}{path}{query}"
    return api.session.request(method, url, headers=headers, verify=api.emulator.ca_path, timeout=30)


def every(api: Api, query: str = "", **more: Any) -> list[dict[str, Any]]:
    """All rows, by the links, with one token."""
    given = token_of(api.emulator)
    found: list[dict[str, Any]] = []
    reply = connections(api, query, token=given, **more)
    while True:
        body = reply.json()
        found += body["connections"]
        if not body["nextLink"]:
            return found
        path = body["nextLink"].removeprefix(f"https://{DATA}")
        reply = connections(api, path=path, token=given)
