# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the emulator's services that knows nothing of the collection: requests, a token, a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

TENANT = "11111111-2222-4333-8444-555555555555"
ENV = "e0000000-0000-4000-8000-000000000001"
APP = "aa000000-0000-4000-8000-000000000011"
SHARED_APP = "aa000000-0000-4000-8000-000000000015"
FLOW = "f0000000-0000-4000-8000-000000000011"
STOPPED_FLOW = "f0000000-0000-4000-8000-000000000012"
ADA, KIM, LEE = (f"a0000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
SCOPES = {
    "powerapps": "https://service.powerapps.com//.default",
    "flow": "https://service.flow.microsoft.com//.default",
    "graph": "https://graph.microsoft.com/.default",
    "power_platform": "https://api.powerplatform.com/.default",
}
APPS = f"/providers/Microsoft.PowerApps/scopes/admin/environments/{ENV}/apps"
FLOWS = f"/providers/Microsoft.ProcessSimple/scopes/admin/environments/{ENV}"
BAP = "/providers/Microsoft.BusinessAppPlatform"
RP = "/providers/Microsoft.PowerApps"
ADMIN = f"{RP}/scopes/admin/environments/{ENV}"
SANDBOX = "e0000000-0000-4000-8000-000000000002"
COPILOT = "e0000000-0000-4000-8000-000000000007"
GONE = "a0000000-0000-4000-8000-0000000000ff"
READERS = "b0000000-0000-4000-8000-000000000001"
RUNNER = "c0000000-0000-4000-8000-000000000001"
CONNECTION = "d0000000000000000000000000000001"
PRIVATE_CONNECTION = "d0000000000000000000000000000002"
BROKEN_CONNECTION = "d0000000000000000000000000000003"
CONNECTOR = "shared_expenses-5f0629412a7d1fe83e-5f6f049093c9b7a698"


def environment_host(environment: str = ENV, suffix: str = "api.powerplatform.com", tail: int = 2) -> dict[str, str]:
    """The Host header of an environment's own host."""
    label = environment.replace("-", "")
    return {"Host": f"{label[:-tail]}.{label[-tail:]}.environment.{suffix}"}


def in_environment(environment: str = ENV) -> str:
    """The filter that the maker routes need."""
    return f"$filter=environment eq '{environment}'"


def put_item(principal: str, role: str = "CanView", kind: str | None = None) -> dict[str, Any]:
    named = {"id": principal} if kind is None else {"id": principal, "type": kind}
    return {"put": [{"properties": {"roleName": role, "principal": named}}]}


class Api:
    """Requests to the services, as one client of the tenant file."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.session = requests.Session()
        self._tokens: dict[tuple[str, str], str] = {}

    def token(self, service: str, client: str = "runner") -> str:
        key = (SCOPES[service], client)
        if key not in self._tokens:
            self._tokens[key] = self.emulator.token(SCOPES[service], client)
        return self._tokens[key]

    def __call__(
        self,
        service: str,
        method: str,
        path: str,
        *,
        client: str = "runner",
        version: str | None = "2016-11-01",
        token: str | None = None,
        **more: Any,
    ) -> requests.Response:
        audience = "powerapps" if service == "bap" else service
        headers = {"Authorization": f"Bearer {token or self.token(audience, client)}", **more.pop("headers", {})}
        if service == "power_platform" and version == "2016-11-01":
            version = "1"
        if version and service != "graph":
            path += ("&" if "?" in path else "?") + f"api-version={version}"
        url = path if path.startswith("https://") else self.emulator.base_url + path
        return self.session.request(method, url, headers=headers, verify=self.emulator.ca_path, timeout=30, **more)

    def get(self, service: str, path: str, **more: Any) -> requests.Response:
        return self(service, "GET", path, **more)

    def post(self, service: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self(service, "POST", path, json=body, **more)

    def roles(self, app: str = SHARED_APP) -> dict[str, str]:
        """Principal id (or name) to role of an app, as the admin route shows it."""
        found = self.get("powerapps", f"{APPS}/{app}/permissions").json()["value"]
        return {item["name"]: item["properties"]["roleName"] for item in found}

    def flow_roles(self, flow: str = FLOW) -> dict[str, str]:
        found = self.get("flow", f"{FLOWS}/flows/{flow}/permissions").json()["value"]
        return {item["name"]: item["properties"]["roleName"] for item in found}

    def role_names(self, path: str, service: str = "powerapps", **more: Any) -> dict[str, str]:
        """Principal id (or name) to role of the thing at the path."""
        return self.role_names_at(f"{path}/permissions", service, **more)

    def role_names_at(self, path: str, service: str = "powerapps", **more: Any) -> dict[str, str]:
        found = self.get(service, path, **more).json()["value"]
        return {item["name"]: item["properties"]["roleName"] for item in found}

    def flow_state(self, flow: str) -> str:
        return str(self.get("flow", f"{FLOWS}/flows/{flow}").json()["properties"]["state"])

    def share(self, principal: str, role: str = "CanView", app: str = SHARED_APP, **more: Any) -> requests.Response:
        put = {"properties": {"roleName": role, "principal": {"id": principal, "type": "User"}}}
        return self.post("powerapps", f"{APPS}/{app}/modifyPermissions", {"put": [put]}, **more)
