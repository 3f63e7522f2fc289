# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow RP: which environments and flows a caller reaches, and in which words it is refused (flow-management.md 4.4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..call import Call, Reply, ServiceError
from ..flow_model import Flow
from ..model import Environment

if TYPE_CHECKING:
    from ..world import World

ROOT = "/providers/Microsoft.ProcessSimple"
ADMIN = f"{ROOT}/scopes/admin/environments/{{}}"
MAKER = f"{ROOT}/environments/{{}}"
RESTORABLE = timedelta(days=21)
Found = tuple[Environment, Flow]
Finder = Callable[[Call, str, str], Found]


def is_admin_form(call: Call) -> bool:
    return len(call.segments) > 3 and call.segments[2].lower() == "scopes"


def is_over(item: Flow) -> bool:
    """Gone for good: the record of an id that was left, or deleted longer ago than a restore reaches back."""
    if item.gone:
        return True
    if item.state != "Deleted" or item.deleted_at is None:
        return False
    return datetime.now(UTC) - datetime.fromisoformat(item.deleted_at) > RESTORABLE


def is_live(item: Flow) -> bool:
    return not item.gone and item.state != "Deleted"


def on(find: Finder, act: Callable[..., Reply]) -> Callable[..., Reply]:
    """A handler of one flow: find it for this caller, then act."""

    def handler(call: Call, name: str, flow_id: str, *more: str) -> Reply:
        return act(call, *find(call, name, flow_id), *more)

    return handler


class FlowAccess:
    def __init__(self, world: World) -> None:
        self.world = world
        self.state = world.state

    # -- environments ------------------------------------------------------------------------------------------------

    def denied(self, call: Call, name: str) -> ServiceError:
        text = f"Access to the environment '{name}' is denied for the user '{call.oid()}'."
        return ServiceError(403, "EnvironmentAccessDenied", text)

    def admin_environment(self, call: Call, name: str) -> Environment:
        """Not there and not allowed look the same (4.4)."""
        environment = self.state.environment(name)
        if environment is None:
            raise self.denied(call, name)
        if not self.world.is_admin(call):
            caller = call.caller
            if caller is None or caller.app_only or call.oid() not in environment.admins:
                raise self.denied(call, name)
        return environment

    def maker_environment(self, call: Call, name: str) -> Environment:
        environment = self.state.environment(name)
        if environment is None:
            raise self.denied(call, name)
        return environment

    def visible_environment(self, call: Call, name: str) -> Environment:
        """One that the caller sees, and so may make flows in (ASSUMED to be the same)."""
        environment = self.state.environment(name)
        if environment is None or not self.visible(call, environment):
            raise self.denied(call, name)
        return environment

    def visible(self, call: Call, environment: Environment) -> bool:
        if environment.default or self.world.is_admin(call):
            return True
        return call.oid() in environment.admins or call.oid() in environment.makers

    # -- flows -------------------------------------------------------------------------------------------------------

    def _known(self, call: Call, environment: Environment, flow_id: str) -> Flow | None:
        """The record itself, when the caller may know of it: readers may not yet, or may still, see it."""
        flows = environment.flows
        item = flows.get(flow_id.lower())
        if item is None or self.state.hidden(flows, item.id):
            return None
        if call.method != "GET":
            return item if is_live(item) else None
        if is_live(self.state.peek(flows, item)):
            return item  # whoever shows it uses up the stale read
        self.state.seen(flows, item)
        return None

    def admin_flow(self, call: Call, name: str, flow_id: str) -> Found:
        environment = self.admin_environment(call, name)
        item = self._known(call, environment, flow_id)
        if item is None:
            raise ServiceError(404, "FlowNotFound", f"Could not find flow '{flow_id}'.")
        return environment, item

    def role(self, call: Call, item: Flow) -> str | None:
        own = item.roles.get(call.oid())
        if own is not None:
            return own.role
        best: str | None = None
        for key, role in item.roles.items():
            group = self.state.tenant.groups.get(key)
            if group is not None and not group.gone and call.oid() in group.members:
                best = role.role if best != "CanEdit" else best
        return best

    def maker_flow(self, call: Call, name: str, flow_id: str) -> Found:
        environment = self.maker_environment(call, name)
        item = self._known(call, environment, flow_id)
        if item is None or self.role(call, item) is None:
            raise self._unauthorized(call, flow_id)
        return environment, item

    def editable_flow(self, call: Call, name: str, flow_id: str) -> Found:
        environment, item = self.maker_flow(call, name, flow_id)
        if self.role(call, item) not in ("Owner", "CanEdit"):
            raise self._unauthorized(call, flow_id)
        return environment, item

    @staticmethod
    def _unauthorized(call: Call, flow_id: str) -> ServiceError:
        text = (
            f"The caller with object id '{call.oid()}' does not have permission for connection '{flow_id}' "
            "under Api 'shared_logicflows'."
        )
        return ServiceError(403, "ConnectionAuthorizationFailed", text)
