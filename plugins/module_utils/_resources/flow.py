# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud flow: its definition, its connections, its owner where it is in a solution (contract: flow-management.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import (
    dataverse,
    dataverse_workflows,
    flow,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    NotApplicableError,
    NotFoundError,
    OptionError,
    PowerPlatformError,
    ServiceError,
    TokenError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Aftermath,
    Caller,
    Claim,
    Exported,
    Json,
    Plan,
    Target,
    Thing,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import DELEGATED, FLOW, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import find_owner
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import read_document
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_export import exported_flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_model import (
    CurrentFlow,
    DesiredFlow,
    FlowChange,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_options import (
    DATAVERSE,
    FLOW_CONSTRAINTS,
    FLOW_OPTIONS,
    FLOW_SERVICE,
    STARTED,
    FlowDeclaration,
    parse_flow,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_plan import (
    merge_flows,
    plan_flow,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_routes import route_of_creation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_rows import (
    Solution,
    find_solution,
    flow_organization,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_writes import LAG, write_flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW as FLOW_TYPE
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import find_flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import secret_texts
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing, is_guid

_ROWS = (
    dataverse_workflows.GET_WORKFLOW,
    dataverse_workflows.LIST_WORKFLOWS,
    dataverse_workflows.CREATE_WORKFLOW,
    dataverse_workflows.UPDATE_WORKFLOW,
    dataverse_workflows.DELETE_WORKFLOW,
    dataverse.ADD_SOLUTION_COMPONENT,
    dataverse.LIST_SOLUTIONS,
    dataverse.LIST_SOLUTION_COMPONENTS,
)
_OWNERS = (dataverse.LIST_SYSTEM_USERS, dataverse.LIST_TEAMS)
_MAKING = (flow.CREATE_MY_FLOW, flow.UPDATE_MY_FLOW, flow.GET_MY_FLOW, flow.START_MY_FLOW)


class Flow(Kind[FlowDeclaration, DesiredFlow, CurrentFlow, FlowChange]):
    """A flow that is there as declared, or is gone. Whether it runs is up to flow_state."""

    name = "flow"
    service = FLOW
    document = "flow definition"
    thing_type = FLOW_TYPE
    exportable = True
    options = FLOW_OPTIONS
    constraints = FLOW_CONSTRAINTS

    def rerun_safe(self, change: FlowChange) -> bool:
        # Nothing but its name tells a flow that this run has made, and the service may not list it yet.
        return not (change.creates and change.route == FLOW_SERVICE)

    def pasted(self, options: Mapping[str, Any]) -> Iterable[str]:
        given = options["definition"]
        try:
            found = [*secret_texts({} if given is None else read_document("definition", given))]
        except OptionError:  # nobody knows what stands in it
            return (given,) if isinstance(given, str) else ()
        # A text may spell a secret in another way than its value is spelled.
        return (*found, given) if found and isinstance(given, str) else found

    def secrets(self, declaration: FlowDeclaration) -> Iterable[str]:
        return secret_texts(declaration.wanted.definition or {})

    def unsettles(self, change: FlowChange) -> Aftermath | None:
        if change.restores:  # to whom it belonged the list of deleted flows does not tell
            owner = change.desired.owner if change.desired else None
            return Aftermath(owner.object_id if owner else "", replaces=False)
        owner = change.owner
        state = STARTED if change.starts else ""
        if not (owner or state):
            return None
        return Aftermath(owner.object_id if owner else None, replaces=not change.creates, state=state)

    def claims(self, desired: DesiredFlow) -> Iterable[Claim]:
        target, wanted = desired.target, desired.wanted
        name = wanted.display_name if target.exists else target.thing.name
        if name and not wanted.absent and not (target.exists and same_text(name, target.thing.name)):
            about = f"the name {name.casefold()} in environment {target.environment.id}"
            yield Claim(
                about, repr(target.key), "Two flows of one name cannot be told apart: name one of them otherwise."
            )

    def parse(self, options: Mapping[str, Any]) -> FlowDeclaration:
        return parse_flow(options)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        if as_admin:
            view = (flow.LIST_FLOWS_AS_ADMIN, flow.GET_FLOW_AS_ADMIN, flow.DELETE_FLOW_AS_ADMIN)
            return (*view, flow.RESTORE_FLOW_AS_ADMIN, *_MAKING, *_ROWS, *_OWNERS)
        return (flow.LIST_MY_FLOWS, flow.DELETE_MY_FLOW, *_MAKING, *_ROWS, *_OWNERS)

    def operations(self, declaration: FlowDeclaration) -> tuple[Operation, ...]:
        wanted, as_admin = declaration.wanted, declaration.as_admin
        read = (
            (flow.LIST_FLOWS_AS_ADMIN, flow.GET_FLOW_AS_ADMIN) if as_admin else (flow.LIST_MY_FLOWS, flow.GET_MY_FLOW)
        )
        delete = flow.DELETE_FLOW_AS_ADMIN if as_admin else flow.DELETE_MY_FLOW
        if wanted.absent:
            by_row = (*_ROWS[:2], dataverse_workflows.DELETE_WORKFLOW)
            return (*read, *{FLOW_SERVICE: (delete,), DATAVERSE: by_row}.get(wanted.route, (delete, *by_row)))
        # Which route a flow takes is known once it was read; the plan says where the token at hand has none.
        # Reads of the maker form come with a write of the maker form only.
        making = tuple(operation for operation in _MAKING if not (as_admin and operation.safe))
        made = making if wanted.route == FLOW_SERVICE else _ROWS
        owners = _OWNERS if wanted.owner else ()
        return (*read, *made, *owners, *((flow.RESTORE_FLOW_AS_ADMIN,) if wanted.restore else ()))

    def may_be_missing(self, declaration: FlowDeclaration) -> bool:
        return True

    def created(self, declaration: FlowDeclaration, wanted: str) -> Thing | None:
        if declaration.wanted.absent or (is_guid(wanted) and not declaration.wanted.restore):
            return None
        return Thing(wanted, "", {}) if is_guid(wanted) else Thing("", wanted, {})

    def bind(self, declaration: FlowDeclaration, target: Target, find: Find, caller: Caller) -> DesiredFlow:
        del find
        return DesiredFlow(target, declaration.wanted, delegated=caller.kind == DELEGATED)

    def merge(self, one: DesiredFlow, other: DesiredFlow) -> DesiredFlow:
        return merge_flows(one, other)

    def prepare(self, client: Client, desired: DesiredFlow, once: Once) -> DesiredFlow:
        wanted, environment = desired.wanted, desired.target.environment
        if wanted.owner is not None:
            what, name = wanted.owner
            try:
                url = flow_organization(environment)
            except NotApplicableError as error:  # the environment has flows: what is declared is not passed over
                raise OptionError(f"owner_{what}", error.message, value=name, remedy=error.remedy) from error
            key = ("owner", url, what, name.casefold())
            desired = desired._replace(owner=once(key, lambda: find_owner(client, url, what, name)))
        if wanted.solution:
            found = once(("solution", environment.id, wanted.solution.casefold()), lambda: _solution(client, desired))
            desired = desired._replace(solution=found)
        if wanted.restore and not desired.target.exists:
            deleted = once(("deleted flows", environment.id), lambda: _deleted(client, environment.id))
            desired = desired._replace(deleted=tuple(_meant(deleted, desired.target.thing)))
            _check_restored_once(desired, once)
        if not (desired.target.exists or wanted.absent or desired.target.thing.id or desired.deleted):
            route, forbidden = route_of_creation(desired)
            if route == DATAVERSE and not forbidden:
                _check_unlisted(client, desired)
        return desired

    def written(self, client: Client, desired: DesiredFlow, change: FlowChange) -> DesiredFlow:
        if change.solution or (change.restores and desired.wanted.solution):
            desired = desired._replace(solution=_solution(client, desired))
        return desired._replace(started=change.starts)

    def missing(self, caller: Caller) -> CurrentFlow:
        del caller
        return CurrentFlow(None)

    def read(self, client: Client, target: Target) -> CurrentFlow:
        record = _record(client, target)
        if record is None:
            return CurrentFlow(None)
        workflow = properties(record).get("workflowEntityId")
        if not workflow:
            return CurrentFlow(record)
        try:
            row = dataverse_workflows.get_workflow(client, flow_organization(target.environment), workflow)
        except (NotApplicableError, ServiceError, TokenError) as error:
            return CurrentFlow(record, unread=error)
        return CurrentFlow(record, row)

    def plan(self, desired: DesiredFlow, current: CurrentFlow) -> Plan[FlowChange]:
        return plan_flow(self, desired, current)

    def made(self, target: Target, current: CurrentFlow) -> Target:
        return target if current.record is None else target._replace(thing=as_thing(current.record), exists=True)

    def apply(self, client: Client, target: Target, change: FlowChange) -> None:
        if change.restores and change.desired:
            self._restore(client, target, change.flow, change.desired)
        else:
            self._write(client, target, change)

    def _restore(self, client: Client, target: Target, identifier: str, desired: DesiredFlow) -> None:
        """What a restored flow is can be compared only then."""
        refused: ServiceError | None = None
        try:
            flow.restore_flow(client, target.environment.id, identifier)
        except ServiceError as error:
            if not error.uncertain:  # else it may be refused because an earlier attempt did it, which is seen below
                raise
            refused = error
        restored = target._replace(thing=Thing(identifier, target.thing.name, {}), exists=True)
        try:
            current = self._awaited(client, restored)
            if current.record is not None:
                # What Dataverse tells of its solution may be another thing now that it is back.
                solution = _solution(client, desired) if desired.wanted.solution else None
                left = self.plan(desired._replace(target=restored, deleted=(), solution=solution), current)
                if left.change:
                    self._write(client, restored, left.change)
        except PowerPlatformError as error:
            raise UnfinishedError(
                f"The flow was restored, and is not as declared: {error.message}",
                remedy=error.remedy,
                manual_steps=["Run again once that is mended: the flow is there now."],
                uncertain=True,
            ) from error
        if current.record is None and refused:
            raise refused  # else it is not to be seen yet, and whoever verifies it tells

    def _awaited(self, client: Client, target: Target) -> CurrentFlow:
        """A flow that was just restored, once it shows; None in its record where it does not."""
        current = self.read(client, target)
        for delay in LAG:
            if current.record is not None:
                break
            client.wait(delay)
            current = self.read(client, target)
        return current

    def _write(self, client: Client, target: Target, change: FlowChange) -> None:
        url = flow_organization(target.environment) if change.route == DATAVERSE else ""
        write_flow(client, target, url, change)

    def as_found(self, declared: Json, plan: Plan[FlowChange], *, exclusive: bool) -> Exported:
        del declared, exclusive
        return exported_flow(plan)

    def head(self, target: Target) -> Json:
        head = super().head(target)
        return {name: value for name, value in head.items() if name != "flow_display_name"}


def _check_unlisted(client: Client, desired: DesiredFlow) -> None:
    """GuardError for a flow that an earlier run has made in Dataverse and that the Flow service does not list yet.

    Dataverse shows its rows at once; made again by name, the flow would be there twice. Raises what closes Dataverse to
    this identity as well: before anything is written.
    """
    url = flow_organization(desired.target.environment)
    rows = list(dataverse_workflows.find_workflows(client, url, desired.target.thing.name))
    if rows:
        raise GuardError(
            f"Dataverse has flow {desired.target.thing.name} ({rows[0].get('workflowid')}) already, which the Flow "
            "service does not list for this identity, or not yet: no other one is made.",
            remedy="Run again later. If it stays, the flow may be somebody else's: look for it in its solution, and "
            "give the new one another name.",
        )


def _solution(client: Client, desired: DesiredFlow) -> Solution | None:
    try:
        url = flow_organization(desired.target.environment)
    except NotApplicableError:
        return None  # the plan tells what that means for the flow
    return find_solution(client, url, desired.wanted.solution or "")


def _check_restored_once(desired: DesiredFlow, once: Once) -> None:
    """OptionError for a deleted flow that another declaration names otherwise and restores as well."""
    if len(desired.deleted) != 1:
        return
    found, mine = desired.deleted[0], repr(desired.target.key)
    if once(("restored", desired.target.environment.id, found.id), lambda: mine) != mine:
        raise OptionError(
            "flow",
            f"another item restores flow {found.name} ({found.id}) under another name of it.",
            value=desired.target.thing.id or desired.target.thing.name,
            remedy="Keep one of the two items.",
        )


def _record(client: Client, target: Target) -> Json | None:
    """The flow with its definition, None when it is not there; one that was just made is found by its name."""
    environment, identifier = target.environment.id, target.thing.id
    if not identifier:
        listed = map(as_thing, flow.list_flows(client, environment, as_admin=target.as_admin))
        found = next((thing for thing in listed if same_text(thing.name, target.thing.name)), None)
        if found is None:
            return None
        identifier = found.id
    # Which flow is meant is known by now; only to a maker a flow that is gone by its id looks like one that is closed.
    get = flow.get_definition if target.as_admin else partial(find_flow, definition=True)
    try:
        return get(client, environment, identifier, as_admin=target.as_admin)
    except NotFoundError:
        return None


def _deleted(client: Client, environment: str) -> list[Thing]:
    records = flow.list_flows(client, environment, as_admin=True, deleted=True)
    return [as_thing(record) for record in records if same_text(properties(record).get("state"), "Deleted")]


def _meant(deleted: list[Thing], thing: Thing) -> list[Thing]:
    if thing.id:
        return [item for item in deleted if same_text(item.id, thing.id)]
    return [item for item in deleted if same_text(item.name, thing.name)]


KIND = Flow()
