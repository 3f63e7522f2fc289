# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerApps RP: apps as administrator and as maker, environments (powerapps-admin.md 3.1 to 3.6, 4.1, 4.5).

Connections and connectors stand in connectivity.py.
"""

from __future__ import annotations

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import App, Environment, Role
from ..paging import listing, page_of
from ..world import World
from . import app_roles, app_shapes, environments, roles
from .base import folded, json_of
from .clock import now
from .connectivity import Connectivity
from .rp import ResourceProvider

PAGE = 250  # ASSUMED by the contract: the service's default page is not established


class PowerApps(ResourceProvider):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        root = "/providers/Microsoft.PowerApps"
        admin = f"{root}/scopes/admin/environments/{{}}"
        add = self.routes.add
        add("GET", f"{admin}/apps", self._list_admin)
        add("GET", f"{admin}/apps/{{}}", self._get_admin)
        add("DELETE", f"{admin}/apps/{{}}", self._delete_admin)
        add("GET", f"{admin}/apps/{{}}/permissions", self._permissions_admin)
        add("POST", f"{admin}/apps/{{}}/modifyPermissions", self._modify_admin)
        add("POST", f"{admin}/apps/{{}}/modifyAppOwner", self._owner_admin)
        add("GET", f"{admin}/deletedApps", self._deleted)
        add("POST", f"{admin}/deletedApps/{{}}/restore", self._restore)
        add("GET", f"{root}/apps", self._list)
        add("GET", f"{root}/apps/{{}}", self._get)
        add("DELETE", f"{root}/apps/{{}}", self._delete)
        add("GET", f"{root}/apps/{{}}/permissions", self._permissions)
        add("POST", f"{root}/apps/{{}}/modifyPermissions", self._modify)
        add("GET", f"{root}/environments", self._environments)
        add("GET", f"{root}/environments/{{}}", self._environment)
        Connectivity(self, root)

    # -- as administrator ------------------------------------------------------------------------------------------

    def _admin_app(self, call: Call, name: str, app_id: str) -> tuple[Environment, App]:
        environment = self.admin_environment(call, name, "ManageAnyPowerApp")
        item = environment.apps.get(app_id.lower())
        if item is None or item.deleted_at is not None:
            raise ServiceError(404, "ApplicationNotFound", f"The application with id '{app_id}' could not be found.")
        return environment, item

    def _list_admin(self, call: Call, name: str) -> Reply:
        environment = self.admin_environment(call, name, "ManageAnyPowerApp")
        if call.query.get("$filter") and call.query.get("$expand"):
            raise ServiceError(400, "InvalidAppFilterCombination", "$filter and $expand cannot be combined.")
        found = [item for item in environment.apps.values() if item.deleted_at is None]
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        seen = [self.state.seen(environment.apps, item) for item in chosen]
        return Reply(200, listing([app_shapes.app(self.state, environment, i, admin=True) for i in seen], link))

    def _get_admin(self, call: Call, name: str, app_id: str) -> Reply:
        environment, item = self._admin_app(call, name, app_id)
        seen = self.state.seen(environment.apps, item)
        return Reply(200, app_shapes.app(self.state, environment, seen, admin=True))

    def _delete_admin(self, call: Call, name: str, app_id: str) -> Reply:
        environment, item = self._admin_app(call, name, app_id)
        return self._remove(environment, item)

    def _permissions_admin(self, call: Call, name: str, app_id: str) -> Reply:
        environment, item = self._admin_app(call, name, app_id)
        return self._assignments(call, environment, item)

    def _modify_admin(self, call: Call, name: str, app_id: str) -> Reply:
        environment, item = self._admin_app(call, name, app_id)
        return app_roles.modify(self.world, call, environment, item)

    def _owner_admin(self, call: Call, name: str, app_id: str) -> Reply:
        environment, item = self._admin_app(call, name, app_id)
        body = folded(json_of(call, envelopes.BAD_BODY))
        new_id = str(body.get("newappowner") or "").lower()
        old_role = body.get("roleforoldappowner")
        if old_role not in (None, "CanView", "CanViewWithShare", "CanEdit"):
            raise ServiceError(400, envelopes.BAD_BODY, f"roleForOldAppOwner '{old_role}' is not valid.")
        if self.state.user(new_id) is None:
            text = f"The specified user with user id {body.get('newappowner')} does not exist."
            raise ServiceError(404, envelopes.USER_UNKNOWN, text)
        if new_id != item.owner:
            self.state.before(environment.apps, item.id)
            old_id = item.owner
            item.roles.pop(old_id, None)
            item.roles.pop(new_id, None)
            item.owner = new_id
            item.roles = {
                new_id: Role(new_id, "Owner", "User", created_at=now(), created_by=call.oid()),
                **item.roles,
            }
            if old_role is not None:
                item.roles[old_id] = Role(old_id, str(old_role), "User", created_at=now(), created_by=call.oid())
        return Reply(200, app_shapes.app(self.state, environment, item, admin=False))

    def _deleted(self, call: Call, name: str) -> Reply:
        environment = self.admin_environment(call, name, "ManageAnyPowerApp")
        found = [item for item in environment.apps.values() if item.deleted_at is not None]
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        return Reply(200, listing([app_shapes.app(self.state, environment, i, admin=True) for i in chosen], link))

    def _restore(self, call: Call, name: str, app_id: str) -> Reply:
        environment = self.admin_environment(call, name, "ManageAnyPowerApp")
        item = environment.apps.get(app_id.lower())
        if item is None or item.deleted_at is None:
            raise ServiceError(404, "ApplicationNotFound", f"The application with id '{app_id}' could not be found.")
        self.state.before(environment.apps, item.id)
        item.deleted_at = None
        return Reply(200, app_shapes.app(self.state, environment, item, admin=True))

    # -- common to both --------------------------------------------------------------------------------------------

    def _assignments(self, call: Call, environment: Environment, item: App) -> Reply:
        seen = self.state.seen(environment.apps, item)
        chosen, link = page_of(call, self.world.faults, list(seen.roles.values()), PAGE)
        return Reply(200, listing([app_shapes.assignment(self.state, environment, seen, i) for i in chosen], link))

    def _remove(self, environment: Environment, item: App) -> Reply:
        self.state.before(environment.apps, item.id)
        item.deleted_at = now()
        return Reply(200)

    # -- as maker --------------------------------------------------------------------------------------------------

    def _need_user(self, call: Call) -> None:
        """Maker routes take a user's token only (auth section 1; the PowerApps RP's own code is ASSUMED)."""
        if call.caller is None or call.caller.app_only:
            raise ServiceError(
                403, envelopes.FORBIDDEN_ADMIN, "The application does not have permission to access this."
            )

    def _mine(self, call: Call, app_id: str, *, edit: bool = False) -> tuple[Environment, App]:
        self._need_user(call)
        found = self.state.app(app_id)
        if found is not None:
            role = self._role(call, found[1])
            if role in ("Owner", "CanEdit") or (role and not edit):
                return found
        raise _not_mine(call)

    def _role(self, call: Call, item: App) -> str | None:
        return roles.role_of(self.state, call.oid(), item)

    def _list(self, call: Call) -> Reply:
        self._need_user(call)
        found = [(environment, item) for environment, item in self.state.apps() if self._role(call, item)]
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        return Reply(200, listing([app_shapes.app(self.state, env, item, admin=False) for env, item in chosen], link))

    def _get(self, call: Call, app_id: str) -> Reply:
        self._need_user(call)
        found = self.state.app(app_id)
        if found is None or not self._role(call, found[1]):
            raise ServiceError(404, "ApplicationNotFound", f"The application with id '{app_id}' could not be found.")
        environment, item = found
        seen = self.state.seen(environment.apps, item)
        return Reply(200, app_shapes.app(self.state, environment, seen, admin=False))

    def _delete(self, call: Call, app_id: str) -> Reply:
        environment, item = self._mine(call, app_id)
        if item.owner != call.oid():
            raise _not_mine(call)
        return self._remove(environment, item)

    def _permissions(self, call: Call, app_id: str) -> Reply:
        environment, item = self._mine(call, app_id, edit=True)
        return self._assignments(call, environment, item)

    def _modify(self, call: Call, app_id: str) -> Reply:
        environment, item = self._mine(call, app_id, edit=True)
        return app_roles.modify(self.world, call, environment, item)

    # -- environments ----------------------------------------------------------------------------------------------

    def _environments(self, call: Call) -> Reply:
        found = [item for item in self.state.tenant.environments.values() if self.visible(call, item)]
        chosen, link = page_of(call, self.world.faults, found, max(len(found), 1))
        return Reply(200, listing([environments.projected(self.state, i, "Microsoft.PowerApps") for i in chosen], link))

    def _environment(self, call: Call, name: str) -> Reply:
        environment = self.state.environment(name)
        if environment is None or not self.visible(call, environment):
            text = f"The environment '{name}' could not be found in the tenant '{self.state.tenant.id}'."
            raise ServiceError(404, "ServiceToServiceEnvironmentNotFound", text)
        return Reply(200, environments.projected(self.state, environment, "Microsoft.PowerApps"))


def _not_mine(call: Call) -> ServiceError:
    text = f"The user with object id '{call.oid()}' does not have permission to access this."
    return ServiceError(403, envelopes.FORBIDDEN_ADMIN, text)
