# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow RP: flows as administrator and as maker, environments (flow-management.md 3 to 5, 11)."""

from __future__ import annotations

from collections.abc import Callable

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..model import Environment, Flow
from ..paging import listing, page_of
from ..world import World
from . import environments, flow_roles, flow_shapes
from .base import Service
from .clock import now

ROOT = "/providers/Microsoft.ProcessSimple"
PAGE = 50
Found = tuple[Environment, Flow]


class FlowService(Service):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        add = self.routes.add
        admin = f"{ROOT}/scopes/admin/environments/{{}}"
        maker = f"{ROOT}/environments/{{}}"
        add("GET", f"{ROOT}/environments", self._environments)
        add("GET", maker, self._environment)
        add("GET", f"{admin}/flows", self._list_admin)
        add("GET", f"{admin}/v2/flows", self._list_admin)
        add("POST", f"{admin}/flows/{{}}/restore", self._restore)
        add("GET", f"{maker}/flows", self._list)
        add("GET", f"{maker}/flows/{{}}/users", self._on(self._maker_flow, self._users))
        add("POST", f"{maker}/flows/{{}}/modifyUsers", self._on(self._editable_flow, self._modify_users))
        for prefix, read, edit in (
            (admin, self._admin_flow, self._admin_flow),
            (maker, self._maker_flow, self._editable_flow),
        ):
            one = f"{prefix}/flows/{{}}"
            add("GET", one, self._on(read, self._get))
            add("DELETE", one, self._delete_by(read))
            add("GET", f"{one}/permissions", self._on(read, self._permissions))
            add("GET", f"{one}/owners", self._on(read, self._owners))
            add("GET", f"{one}/triggers", self._on(read, self._triggers))
            add("POST", f"{one}/start", self._on(edit, self._start))
            add("POST", f"{one}/stop", self._on(edit, self._stop))
            add("POST", f"{one}/modifyPermissions", self._on(edit, self._modify_permissions))
            add("POST", f"{one}/modifyOwners", self._on(edit, self._modify_owners))

    def answer(self, call: Call) -> Reply:
        """Order of checks: flow-management.md 11."""
        found = self.routes.find(call.method, call.segments)
        if found is None:
            return Reply(404)
        self.world.authenticate(call)
        admin = len(call.segments) > 3 and call.segments[2].lower() == "scopes"
        if not admin and call.caller is not None and call.caller.app_only:
            text = (
                "The client scope authorization failed: the value of the header 'x-ms-client-scope' "
                "must not be null or empty."
            )
            raise ServiceError(401, "ClientScopeAuthorizationFailed", text)
        if not call.query.get("api-version"):
            raise ServiceError(400, envelopes.MISSING_API_VERSION, "The api-version query parameter is required.")
        return found[0](call, *found[1])

    @staticmethod
    def _on(
        find: Callable[[Call, str, str], Found], act: Callable[[Call, Environment, Flow], Reply]
    ) -> Callable[..., Reply]:
        def handler(call: Call, name: str, flow_id: str) -> Reply:
            return act(call, *find(call, name, flow_id))

        return handler

    # -- who may -----------------------------------------------------------------------------------------------------

    def _denied(self, call: Call, name: str) -> ServiceError:
        text = f"Access to the environment '{name}' is denied for the user '{call.oid()}'."
        return ServiceError(403, "EnvironmentAccessDenied", text)

    def _admin_environment(self, call: Call, name: str) -> Environment:
        """Not there and not allowed look the same (4.4)."""
        environment = self.state.environment(name)
        if environment is None:
            raise self._denied(call, name)
        if not self.world.is_admin(call):
            caller = call.caller
            if caller is None or caller.app_only or call.oid() not in environment.admins:
                raise self._denied(call, name)
        return environment

    def _admin_flow(self, call: Call, name: str, flow_id: str) -> Found:
        environment = self._admin_environment(call, name)
        item = environment.flows.get(flow_id.lower())
        if item is None or item.state == "Deleted":
            raise ServiceError(404, "FlowNotFound", f"Could not find flow '{flow_id}'.")
        return environment, item

    def _maker_environment(self, call: Call, name: str) -> Environment:
        environment = self.state.environment(name)
        if environment is None:
            raise self._denied(call, name)
        return environment

    def _role(self, call: Call, item: Flow) -> str | None:
        own = item.roles.get(call.oid())
        if own is not None:
            return own.role
        best: str | None = None
        for key, role in item.roles.items():
            group = self.state.tenant.groups.get(key)
            if group is not None and not group.gone and call.oid() in group.members:
                best = role.role if best != "CanEdit" else best
        return best

    def _maker_flow(self, call: Call, name: str, flow_id: str) -> Found:
        environment = self._maker_environment(call, name)
        item = environment.flows.get(flow_id.lower())
        if item is None or item.state == "Deleted" or self._role(call, item) is None:
            raise self._unauthorized(call, flow_id)
        return environment, item

    def _editable_flow(self, call: Call, name: str, flow_id: str) -> Found:
        environment, item = self._maker_flow(call, name, flow_id)
        if self._role(call, item) not in ("Owner", "CanEdit"):
            raise self._unauthorized(call, flow_id)
        return environment, item

    @staticmethod
    def _unauthorized(call: Call, flow_id: str) -> ServiceError:
        text = (
            f"The caller with object id '{call.oid()}' does not have permission for connection '{flow_id}' "
            "under Api 'shared_logicflows'."
        )
        return ServiceError(403, "ConnectionAuthorizationFailed", text)

    # -- environments ------------------------------------------------------------------------------------------------

    def _visible(self, call: Call, environment: Environment) -> bool:
        if environment.default or self.world.is_admin(call):
            return True
        return call.oid() in environment.admins or call.oid() in environment.makers

    def _environments(self, call: Call) -> Reply:
        found = [item for item in self.state.tenant.environments.values() if self._visible(call, item)]
        chosen, link = page_of(call, self.world.faults, found, max(len(found), 1))
        shapes = [environments.projected(self.state, item, "Microsoft.ProcessSimple") for item in chosen]
        return Reply(200, listing(shapes, link))

    def _environment(self, call: Call, name: str) -> Reply:
        environment = self.state.environment(name)
        if environment is None or not self._visible(call, environment):
            raise self._denied(call, name)
        return Reply(200, environments.projected(self.state, environment, "Microsoft.ProcessSimple"))

    # -- lists -------------------------------------------------------------------------------------------------------

    def _list_admin(self, call: Call, name: str) -> Reply:
        environment = self._admin_environment(call, name)
        deleted = "softdeletedflows" in (call.query.get("include") or "").lower()
        found = [item for item in environment.flows.values() if deleted or item.state != "Deleted"]
        return self._page(call, environment, found)

    def _page(self, call: Call, environment: Environment, found: list[Flow]) -> Reply:
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        seen = [self.state.seen(environment.flows, item) for item in chosen]
        return Reply(200, listing([flow_shapes.flow(self.state, environment, i, detail=False) for i in seen], link))

    def _list(self, call: Call, name: str) -> Reply:
        """`search('personal')` own flows, `search('team')` those shared as co-owner, else both (5.15)."""
        environment = self._maker_environment(call, name)
        wanted = (call.query.get("$filter") or "").lower()
        solution = "includesolutioncloudflows" in (call.query.get("include") or "").lower()
        found = []
        for item in environment.flows.values():
            if item.state == "Deleted" or (item.workflow_id and not solution):
                continue
            role = self._role(call, item)
            personal, team = role == "Owner", role == "CanEdit"
            if "personal" in wanted:
                chosen = personal
            elif "team" in wanted:
                chosen = team
            else:
                chosen = personal or team
            if chosen:
                found.append(item)
        return self._page(call, environment, found)

    # -- one flow ----------------------------------------------------------------------------------------------------

    def _get(self, call: Call, environment: Environment, item: Flow) -> Reply:
        admin = call.segments[2].lower() == "scopes"
        expands = (call.query.get("$expand") or "").lower()
        definition = not admin or "properties.definition" in expands.split(",")
        seen = self.state.seen(environment.flows, item)
        return Reply(200, flow_shapes.flow(self.state, environment, seen, detail=True, definition=definition))

    def _delete_by(self, find: Callable[[Call, str, str], Found]) -> Callable[..., Reply]:
        def handler(call: Call, name: str, flow_id: str) -> Reply:
            """200 was there, 204 was not (5.4); on the maker route a flow of others is 403, none at all 204."""
            environment = self._maker_environment(call, name) if find == self._maker_flow else None
            environment = environment or self._admin_environment(call, name)
            item = environment.flows.get(flow_id.lower())
            if item is None or item.state == "Deleted":
                return Reply(204)
            if find == self._maker_flow:
                self._editable_flow(call, name, flow_id)
            self.state.before(environment.flows, item.id)
            item.state = "Deleted"
            return Reply(200)

        return handler

    def _restore(self, call: Call, name: str, flow_id: str) -> Reply:
        environment = self._admin_environment(call, name)
        item = environment.flows.get(flow_id.lower())
        if item is None or item.state != "Deleted":
            raise ServiceError(404, "AzureResourceManagerRequestFailed", "Request to Azure Resource Manager failed.")
        self.state.before(environment.flows, item.id)
        item.state, item.reason, item.suspended_at = "Stopped", "None", None
        return Reply(200)

    def _triggers(self, _unused: Call, environment: Environment, item: Flow) -> Reply:
        return Reply(200, {"value": [flow_shapes.trigger(environment, item)]})

    def _start(self, _unused: Call, environment: Environment, item: Flow) -> Reply:
        if item.state == "Suspended":
            text = f"The flow '{item.id}' is suspended by a data loss prevention policy ({item.reason})."
            raise ServiceError(400, envelopes.SUSPENDED_START, text)
        if not item.bound:
            text = f"The flow '{item.id}' cannot be started: its connections have never been bound."
            raise ServiceError(400, "CannotStartUnpublishedSolutionFlow", text)
        return self._turn(environment, item, "Started")

    def _stop(self, _unused: Call, environment: Environment, item: Flow) -> Reply:
        return self._turn(environment, item, "Stopped")

    def _turn(self, environment: Environment, item: Flow, state: str) -> Reply:
        """Idempotent (ASSUMED, 5.20). The time of change moves for solution flows only."""
        if item.state != state:
            self.state.before(environment.flows, item.id)
            item.state, item.reason, item.suspended_at = state, "None", None
            if item.workflow_id:
                item.modified = now()
        return Reply(200)

    # -- permissions -------------------------------------------------------------------------------------------------

    def _roles(self, call: Call, environment: Environment, item: Flow, roles: tuple[str, ...] | None) -> Reply:
        seen = self.state.seen(environment.flows, item)
        found = [
            (key, role) for key, role in seen.roles.items() if roles is None or (role.role in roles and role.principal)
        ]
        chosen, link = page_of(call, self.world.faults, found, 250)
        return Reply(200, listing([flow_shapes.permission(environment, seen, key, role) for key, role in chosen], link))

    def _permissions(self, call: Call, environment: Environment, item: Flow) -> Reply:
        return self._roles(call, environment, item, None)

    def _owners(self, call: Call, environment: Environment, item: Flow) -> Reply:
        return self._roles(call, environment, item, ("Owner", "CanEdit"))

    def _users(self, call: Call, environment: Environment, item: Flow) -> Reply:
        return self._roles(call, environment, item, ("CanView",))

    def _modify_permissions(self, call: Call, environment: Environment, item: Flow) -> Reply:
        return flow_roles.modify(self.world, call, environment, item, role=None)

    def _modify_owners(self, call: Call, environment: Environment, item: Flow) -> Reply:
        return flow_roles.modify(self.world, call, environment, item, role="CanEdit")

    def _modify_users(self, call: Call, environment: Environment, item: Flow) -> Reply:
        return flow_roles.modify(self.world, call, environment, item, role="CanView")
