# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow RP: flows as administrator and as maker, environments, connectors (flow-management.md 3 to 5, 11)."""

from __future__ import annotations

from collections.abc import Callable

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..flow_model import Flow
from ..model import Environment
from ..paging import listing, page_of
from ..world import World
from . import environments, flow_roles, flow_shapes
from .base import Service
from .connectors import Connectors
from .flow_access import ADMIN, MAKER, ROOT, FlowAccess, is_admin_form, is_live, is_over, on
from .flow_runs import FlowRuns
from .flow_writes import FlowWrites

PAGE = 50


class FlowService(Service):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.access = access = FlowAccess(world)
        self._connectors = Connectors(world)
        self._lists: dict[tuple[str, str, str], tuple[int, list[Flow]]] = {}
        FlowWrites(self, access)
        FlowRuns(self, access)
        add = self.routes.add
        add("GET", f"{ROOT}/environments", self._environments)
        add("GET", MAKER, self._environment)
        add("GET", f"{MAKER}/apis/{{}}", self._connector)
        add("GET", f"{ADMIN}/flows", self._list_admin)
        add("GET", f"{ADMIN}/v2/flows", self._list_admin)
        add("GET", f"{MAKER}/flows", self._list)
        add("GET", f"{MAKER}/flows/{{}}/users", on(access.maker_flow, self._users))
        add("POST", f"{MAKER}/flows/{{}}/modifyUsers", on(access.editable_flow, self._modify_users))
        for prefix, read, edit in (
            (ADMIN, access.admin_flow, access.admin_flow),
            (MAKER, access.maker_flow, access.editable_flow),
        ):
            one = f"{prefix}/flows/{{}}"
            add("GET", one, on(read, self._get))
            add("GET", f"{one}/permissions", on(read, self._permissions))
            add("GET", f"{one}/owners", on(read, self._owners))
            add("POST", f"{one}/modifyPermissions", on(edit, self._modify_permissions))
            add("POST", f"{one}/modifyOwners", on(edit, self._modify_owners))

    def answer(self, call: Call) -> Reply:
        """Order of checks: flow-management.md 11."""
        found = self.routes.find(call.method, call.segments)
        if found is None:
            return Reply(404)
        self.world.authenticate(call)
        if not is_admin_form(call) and call.caller is not None and call.caller.app_only:
            text = (
                "The client scope authorization failed: the value of the header 'x-ms-client-scope' "
                "must not be null or empty."
            )
            raise ServiceError(401, "ClientScopeAuthorizationFailed", text)
        if not call.query.get("api-version"):
            raise ServiceError(400, envelopes.MISSING_API_VERSION, "The api-version query parameter is required.")
        return found[0](call, *found[1])

    # -- environments and connectors ---------------------------------------------------------------------------------

    def _environments(self, call: Call) -> Reply:
        found = [item for item in self.state.tenant.environments.values() if self.access.visible(call, item)]
        chosen, link = page_of(call, self.world.faults, found, max(len(found), 1))
        shapes = [environments.projected(self.state, item, "Microsoft.ProcessSimple") for item in chosen]
        return Reply(200, listing(shapes, link))

    def _environment(self, call: Call, name: str) -> Reply:
        environment = self.access.visible_environment(call, name)
        return Reply(200, environments.projected(self.state, environment, "Microsoft.ProcessSimple"))

    def _connector(self, call: Call, name: str, connector: str) -> Reply:
        """The same object as that of the PowerApps RP (5.5)."""
        return self._connectors.get(self.access.visible_environment(call, name), connector)

    # -- lists -------------------------------------------------------------------------------------------------------

    def _list_admin(self, call: Call, name: str) -> Reply:
        """Filters have no meaning here, and none is refused (5.12)."""
        environment = self.access.admin_environment(call, name)
        deleted = "softdeletedflows" in (call.query.get("include") or "").lower()
        found = self._found(
            environment, f"admin {deleted}", "", lambda item: is_live(item) or (deleted and not is_over(item))
        )
        return self._page(call, environment, found, flow_shapes.ADMIN_LIST)

    def _list(self, call: Call, name: str) -> Reply:
        """`search('personal')` own flows, `search('team')` those shared as co-owner, else both (5.15)."""
        environment = self.access.maker_environment(call, name)
        wanted = (call.query.get("$filter") or "").lower()
        solution = "includesolutioncloudflows" in (call.query.get("include") or "").lower()

        def chosen(item: Flow) -> bool:
            if not is_live(item) or (item.workflow_id and not solution):
                return False
            role = self.access.role(call, item)
            if "personal" in wanted:
                return role == "Owner"
            if "team" in wanted:  # ASSUMED: which solution flows it is that repeat between the two
                return role == "CanEdit" or (role == "Owner" and item.workflow_id is not None)
            return role in ("Owner", "CanEdit")

        found = self._found(environment, f"maker {wanted} {solution}", call.oid(), chosen)
        return self._page(call, environment, found, flow_shapes.MAKER_LIST)

    def _found(self, environment: Environment, kind: str, caller: str, chosen: Callable[[Flow], bool]) -> list[Flow]:
        """The flows of a listing as a reader sees them; kept for its next pages while nothing changes."""
        state, flows = self.state, environment.flows
        key = (environment.id, kind, caller)
        kept = self._lists.get(key)
        if kept is not None and kept[0] == state.generation and state.agreed:
            return kept[1]
        agreed = state.agreed
        found = []
        for item in list(flows.values()):
            seen = item if agreed else state.seen(flows, item)
            if chosen(seen) and (agreed or not state.hidden(flows, item.id)):
                found.append(seen)
        if agreed:
            if len(self._lists) > 64:
                self._lists.clear()
            self._lists[key] = (state.generation, found)
        return found

    def _page(self, call: Call, environment: Environment, found: list[Flow], form: str) -> Reply:
        chosen, link = page_of(call, self.world.faults, found, PAGE)
        expands = _expands(call)
        return Reply(
            200, listing([flow_shapes.listed(self.state, environment, item, form, expands) for item in chosen], link)
        )

    # -- one flow ----------------------------------------------------------------------------------------------------

    def _get(self, call: Call, environment: Environment, item: Flow) -> Reply:
        """An unknown expand is ignored (ASSUMED, 4.1)."""
        admin, expands = is_admin_form(call), _expands(call)
        seen = self.state.seen(environment.flows, item)
        shape = flow_shapes.flow(
            self.state,
            environment,
            seen,
            detail=True,
            definition=not admin or flow_shapes.DEFINITION in expands,
            expands=expands,
            secret=not admin and self.access.role(call, item) in ("Owner", "CanEdit"),
        )
        return Reply(200, shape)

    # -- permissions -------------------------------------------------------------------------------------------------

    def _roles(self, call: Call, environment: Environment, item: Flow, roles: tuple[str, ...] | None) -> Reply:
        seen = self.state.seen(environment.flows, item)
        found = [
            (key, role) for key, role in seen.roles.items() if roles is None or (role.role in roles and role.principal)
        ]
        if environment.owners_without_applications and roles is not None:
            found = [(key, role) for key, role in found if role.type != "ServicePrincipal"]
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


def _expands(call: Call) -> set[str]:
    return {part.strip().lower() for part in (call.query.get("$expand") or "").split(",") if part.strip()}
