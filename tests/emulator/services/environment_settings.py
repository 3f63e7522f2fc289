# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of environments (power-platform-api.md 4.4)."""

from __future__ import annotations

from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from ..world import World
from .base import json_of
from .platform_access import Access
from .platform_routes import Serve, of_settings

_READ = Access("EnvironmentManagement.Settings.Read")
_WRITE = Access("EnvironmentManagement.Settings.ReadWrite")
_FIXED = ("id", "tenantId")
# The contract's examples; ASSUMED: their values where nobody set one.
DEFAULTS: dict[str, Any] = {
    "PowerApps_AllowCodeApps": False,
    "PowerApps_CopilotChat": True,
    "PowerApps_NLSearch": True,
    "PowerPages_AllowNonProdPublicSites": True,
    "CopilotStudio_ConnectedAgents": True,
    "EnableIpBasedStorageAccessSignatureRule": False,
}


class EnvironmentSettings:
    def __init__(self, world: World, serve: Serve) -> None:
        self.state = world.state
        path = "/environmentmanagement/environments/{environment}/settings"
        serve("GET", path, self._get, _READ, of_settings)
        serve("PATCH", path, self._update, _WRITE, of_settings)
        serve("POST", path, self._create, _WRITE, of_settings)

    def _record(self, environment: Environment) -> list[dict[str, Any]]:
        """The one record of an environment, if it has one."""
        if environment.settings is None:
            return []
        head = {"id": environment.id, "tenantId": self.state.tenant.id}
        return [{**head, **DEFAULTS, **environment.settings}]

    def _get(self, call: Call, environment: Environment) -> Reply:
        """`$select` is told apart by case: the documented spelling finds nothing."""
        top = call.query.get("$top")
        if top is not None and not top.isdecimal():
            raise ServiceError(400, envelopes.BAD_REQUEST, f"'{top}' is no $top.")
        found = self._record(environment)
        text = call.query.get("$select")
        if text:
            names = {part.strip() for part in text.split(",")}
            found = [{key: value for key, value in item.items() if key in names} for item in found]
        return _answer(found)

    def _update(self, call: Call, environment: Environment) -> Reply:
        if environment.settings is None:
            text = f"The environment '{environment.id}' has no settings."
            raise ServiceError(404, envelopes.NO_SETTINGS, text)
        return self._put(call, environment, environment.settings)

    def _create(self, call: Call, environment: Environment) -> Reply:
        """ASSUMED: 409 where there is a record already."""
        if environment.settings is not None:
            text = f"The environment '{environment.id}' has settings already."
            raise ServiceError(409, envelopes.SETTINGS_EXIST, text)
        return self._put(call, environment, {})

    def _put(self, call: Call, environment: Environment, before: dict[str, Any]) -> Reply:
        """ASSUMED: the answer is the whole record. All or none is taken."""
        sent = json_of(call, envelopes.BAD_REQUEST)
        details = [found for name, value in sent.items() if (found := _objection(name, value))]
        if details or not sent:
            raise ServiceError(400, envelopes.BAD_REQUEST, "The settings are not valid.", details=details)
        fresh = {**before, **sent}
        if fresh != before or environment.settings is None:
            self.state.before(self.state.tenant.environments, environment.id.lower())
            environment.settings = fresh
        return _answer(self._record(environment))


def _objection(name: str, value: object) -> dict[str, Any] | None:
    """ASSUMED: names as on the wire, values of the kind that the setting has; other settings may exist."""
    known = DEFAULTS.get(name)
    if name in _FIXED or not name[:1].isupper():
        why = "The setting is not known."
    elif known is not None and type(value) is not type(known):
        why = f"The value has to be a {type(known).__name__}."
    elif isinstance(value, dict | list):
        why = "The value has to be a plain one."
    else:
        return None
    return {"code": "InvalidSetting", "message": why, "target": name, "value": value}


def _answer(found: list[dict[str, Any]]) -> Reply:
    return Reply(200, {"objectResult": found, "nextLink": None, "errors": None, "responseMessage": None})
