# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerApps RP and BAP have in common: order of checks, api-version, environments (powerapps-admin.md 1, 2, 5)."""

from __future__ import annotations

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from .base import Service

RP_VERSIONS = [
    "2015-02-01",
    "2015-03-01",
    "2015-08-01",
    "2016-01-01",
    "2016-02-01",
    "2016-04-01",
    "2016-05-01",
    "2016-07-01",
    "2016-11-01",
    "2017-02-01",
    "2017-04-01",
    "2017-05-01",
    "2017-06-01",
    "2017-07-01",
    "2017-08-01",
    "2018-10-01",
    "2019-05-01",
    "2020-02-01",
    "2020-06-01",
    "2020-07-01",
    "2021-02-01",
    "2022-11-01",
    "2023-06-01",
    "2025-03-01",
    "2025-04-01",
]
# BAP: "the same list plus 2022-05-01", and the two that recordings show besides.
BAP_VERSIONS = [*RP_VERSIONS, "2022-05-01", "2020-10-01", "2021-04-01"]


class ResourceProvider(Service):
    versions: list[str] = RP_VERSIONS

    def answer(self, call: Call) -> Reply:
        """Route, api-version, bearer, then what the handler checks."""
        found = self.routes.find(call.method, call.segments)
        if found is None:
            return Reply(404)
        self.check_version(call)
        self.world.authenticate(call)
        return found[0](call, *found[1])

    def check_version(self, call: Call) -> None:
        version = call.query.get("api-version")
        if version not in self.versions:
            text = (
                f"The api-version '{version or ''}' is invalid. The supported versions are '{','.join(self.versions)}'."
            )
            raise ServiceError(400, "InvalidApiVersion", text)

    def need_admin(self, call: Call, permission: str, environment: Environment | None = None) -> None:
        """403 unless the caller administers the tenant, or this environment."""
        if self.world.is_admin(call):
            return
        if environment is not None and call.caller and not call.caller.app_only and call.oid() in environment.admins:
            return
        refused = envelopes.forbidden(call, permission, environment.id if environment else "")
        error = refused.payload["error"]
        raise ServiceError(refused.status, error["code"], error["message"])

    def admin_environment(self, call: Call, name: str, permission: str) -> Environment:
        """The environment of an admin path: it has to be there, then the caller needs the permission in it."""
        environment = self.state.environment(name)
        if environment is None:
            text = f"The environment '{name}' could not be found in the tenant '{self.state.tenant.id}'."
            if call.service == "bap":
                raise ServiceError(404, "EnvironmentNotFound", text)
            raise ServiceError(
                404,
                "BusinessAppPlatformRequestFailed",
                f"The request failed. Correlation id: {call.number}.",
                details=[{"code": "EnvironmentNotFound", "message": text}],
            )
        self.need_admin(call, permission, environment)
        return environment

    def visible(self, call: Call, environment: Environment) -> bool:
        """Whether a caller sees an environment on the routes without `scopes/admin`."""
        if self.world.is_admin(call) or environment.default:
            return True
        return call.oid() in environment.admins or call.oid() in environment.makers
