# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Business App Platform: environments, management applications, tenant settings (powerapps-admin.md 4.1, 4.4, 4.6)."""

from __future__ import annotations

import re
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment
from ..paging import listing, page_of
from ..world import World
from . import environments
from .base import json_of
from .rp import BAP_VERSIONS, ResourceProvider

_GROUP = re.compile(r"properties/parentEnvironmentGroup/id eq '?([0-9a-f-]{36})'?", re.IGNORECASE)
_FLAGS = (
    "walkMeOptOut",
    "disableNPSCommentsReachout",
    "disableNewsletterSendout",
    "disableEnvironmentCreationByNonAdminUsers",
    "disablePortalsCreationByNonAdminUsers",
    "disableSurveyFeedback",
    "disableTrialEnvironmentCreationByNonAdminUsers",
    "disableCapacityAllocationByEnvironmentAdmins",
    "disableSupportTicketsVisibleByAllUsers",
)
_PLATFORM: dict[str, Any] = {
    "search": {"disableDocsSearch": False, "disableCommunitySearch": False, "disableBingVideoSearch": False},
    "teamsIntegration": {"shareWithColleaguesUserLimit": 10000},
    "powerApps": {"disableShareWithEveryone": False, "enableGuestsToMake": False},
    "environments": {},
    "governance": {"disableAdminDigest": False},
    "licensing": {},
    "powerPages": {},
}


class Bap(ResourceProvider):
    versions = BAP_VERSIONS

    def __init__(self, world: World) -> None:
        super().__init__(world)
        root = "/providers/Microsoft.BusinessAppPlatform"
        add = self.routes.add
        add("GET", f"{root}/scopes/admin/environments", self._list_admin)
        add("GET", f"{root}/scopes/admin/environments/{{}}", self._get_admin)
        add("GET", f"{root}/environments", self._list)
        add("GET", f"{root}/environments/{{}}", self._get)
        add("GET", f"{root}/adminApplications", self._applications)
        add("GET", f"{root}/adminApplications/{{}}", self._application)
        add("PUT", f"{root}/adminApplications/{{}}", self._register)
        add("DELETE", f"{root}/adminApplications/{{}}", self._unregister)
        add("POST", f"{root}/listtenantsettings", self._settings)
        add("POST", f"{root}/scopes/admin/updateTenantSettings", self._update_settings)
        add("GET", f"{root}/tenant", self._tenant)

    # -- environments ----------------------------------------------------------------------------------------------

    def _list_admin(self, call: Call) -> Reply:
        self.need_admin(call, "ManageEnvironment")
        found = list(self.state.tenant.environments.values())
        group = _GROUP.search(call.query.get("$filter") or "")
        if group:
            found = [item for item in found if (item.environment_group or "").lower() == group[1].lower()]
        return self._page(call, found, admin=True)

    def _page(self, call: Call, found: list[Environment], *, admin: bool) -> Reply:
        # No paging was observed: everything is one page unless the caller asks for $top.
        chosen, link = page_of(call, self.world.faults, found, max(len(found), 1))
        return Reply(200, listing([self._shown(call, item, admin=admin) for item in chosen], link))

    def _shown(self, call: Call, environment: Environment, *, admin: bool) -> dict[str, Any]:
        """The billing policy only where `$expand` asks for it."""
        shape = environments.bap(self.state, environment, admin=admin)
        if "billingpolicy" in (call.query.get("$expand") or "").lower():
            policies = self.state.tenant.platform.billing_policies.values()
            paying = (item.id for item in policies if not item.deleted and item.covers(environment.id))
            shape["properties"]["billingPolicy"] = {"id": next(paying, "")}
        return shape

    def _get_admin(self, call: Call, name: str) -> Reply:
        environment = self.admin_environment(call, name, "ReadEnvironment")
        return Reply(200, self._shown(call, environment, admin=True))

    def _list(self, call: Call) -> Reply:
        found = [item for item in self.state.tenant.environments.values() if self.visible(call, item)]
        return self._page(call, found, admin=False)

    def _get(self, call: Call, name: str) -> Reply:
        environment = self.state.environment(name)
        if environment is None or not self.visible(call, environment):
            text = f"The environment '{name}' could not be found in the tenant '{self.state.tenant.id}'."
            raise ServiceError(404, "EnvironmentNotFound", text)
        return Reply(200, self._shown(call, environment, admin=False))

    # -- management applications -----------------------------------------------------------------------------------

    def _need_admin_user(self, call: Call) -> None:
        """Only a user with a role registers applications; an application cannot register itself or another."""
        if call.caller is None or call.caller.app_only:
            text = (
                f"The service principal with id '{call.oid()}' cannot register or remove management applications: "
                "a user with an administrator's role has to do it."
            )
            raise ServiceError(403, envelopes.NO_SELF_REGISTRATION, text)
        self.need_admin(call, "ManageTenant")

    def _applications(self, call: Call) -> Reply:
        """ASSUMED: a registered application may read what it cannot change."""
        self.need_admin(call, "ManageTenant")
        return Reply(200, {"value": [{"applicationId": item} for item in sorted(self.state.registered)]})

    def _application(self, call: Call, app_id: str) -> Reply:
        self.need_admin(call, "ManageTenant")
        if app_id.lower() not in self.state.registered:
            raise ServiceError(
                404, "ApplicationNotFound", f"The application '{app_id}' is not a management application."
            )
        return Reply(200, {"applicationId": app_id.lower()})

    def _register(self, call: Call, app_id: str) -> Reply:
        self._need_admin_user(call)
        key = app_id.lower()
        if key not in self.state.registered:
            self._set(key, True)
        return Reply(200, {"applicationId": key})

    def _unregister(self, call: Call, app_id: str) -> Reply:
        self._need_admin_user(call)
        key = app_id.lower()
        if key in self.state.registered:
            self._set(key, False)
        return Reply(204)

    def _set(self, app_id: str, registered: bool) -> None:
        tenant = self.state.tenant
        if app_id in tenant.clients:
            self.state.before(tenant.clients, app_id)
            tenant.clients[app_id].registered = registered
        self.state.before_head()
        tenant.management_applications = [item for item in tenant.management_applications if item.lower() != app_id]
        if registered and app_id not in tenant.clients:
            tenant.management_applications.append(app_id)
        self.state.registrations_changed()

    # -- tenant ----------------------------------------------------------------------------------------------------

    def _settings(self, call: Call) -> Reply:
        self.need_admin(call, "ReadTenantSettings")
        return Reply(200, self._all_settings())

    def _all_settings(self) -> dict[str, Any]:
        return {**dict.fromkeys(_FLAGS, False), "powerPlatform": _PLATFORM, **self.state.tenant.settings}

    def _update_settings(self, call: Call) -> Reply:
        self.need_admin(call, "UpdateTenantSettings")
        body = json_of(call, envelopes.BAD_BODY)
        self.state.before_head()
        self.state.tenant.settings = _merged(self._all_settings(), body)
        return Reply(200, self._all_settings())

    def _tenant(self, _unused: Call) -> Reply:
        tenant = self.state.tenant
        return Reply(
            200,
            {
                "tenantId": tenant.id,
                "state": "Enabled",
                "location": tenant.region,
                "aadCountryGeo": tenant.region,
                "dataStorageGeo": tenant.region,
                "defaultEnvironmentGeo": tenant.region,
                "aadDataBoundary": "none",
                "fedRAMPHighCertificationRequired": False,
            },
        )


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    found = dict(old)
    for key, value in new.items():
        present = found.get(key)
        found[key] = _merged(present, value) if isinstance(present, dict) and isinstance(value, dict) else value
    return found
