# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a flow is, and the plan that brings it to its declared state, with the route that it takes. Pure.

Contract: flow-management.md 5.3, 5.4, 5.22, 5.23 and 9.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    PowerPlatformError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind, unseen
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    CREATE,
    DELETE,
    NONE,
    PRESENT,
    UPDATE,
    Difference,
    Json,
    Plan,
    display_name,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_definition import (
    check_definition,
    client_data,
    completed,
    differing_definitions,
    same_definition,
    same_references,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_model import (
    CurrentFlow,
    DesiredFlow,
    FlowChange,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_options import (
    DATAVERSE,
    FLOW_SERVICE,
    STARTED,
    WantedFlow,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_routes import (
    check_references,
    need_row,
    needs_user,
    outside_dataverse,
    outside_solutions,
    route_of_change,
    route_of_creation,
    route_of_removal,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import workflow_id
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import masked

FlowPlan = Plan[FlowChange]


def plan_flow(kind: AnyKind, desired: DesiredFlow, current: CurrentFlow) -> FlowPlan:
    """The smallest change to one flow. OptionError, TokenError or GuardError for what has no route."""
    head = kind.head(desired.target)
    if current.record is not None:  # one that was just made has its id since then
        head["flow"] = current.record["name"]
    else:
        gone = {**head, "state": ABSENT}
        if desired.wanted.absent:
            return Plan(NONE, gone, gone, warnings=unseen(desired.target))
        if desired.deleted:
            return _plan_restoration(kind, head, desired, gone)
        return _plan_creation(kind, head, desired, gone)
    before = {**head, **shown(current, desired.wanted), "state": PRESENT}
    if desired.wanted.absent:
        return _plan_removal(kind, head, desired, current, before)
    return _plan_present(kind, desired, current, before)


def shown(current: CurrentFlow, wanted: WantedFlow) -> Json:
    """What is there, by option. Of what nobody can compare, nothing is shown."""
    way = "connection_reference" if current.row else "connection"
    values: Json = {"display_name": display_name(current.record or {})}
    if wanted.definition is not None:
        values["definition"] = masked(current.definition)
    if wanted.references is not None:
        values["connection_references"] = {key: item.as_option(way) for key, item in current.references.items()}
    return values


def _plan_creation(kind: AnyKind, head: Json, desired: DesiredFlow, gone: Json) -> FlowPlan:
    wanted, target = desired.wanted, desired.target
    if target.thing.id:
        raise OptionError(
            "flow",
            "there is no such flow, and a new one gets its id from the service.",
            value=target.thing.id,
            remedy="Check the id: no flow of this id was deleted in the last 21 days either."
            if desired.wanted.restore
            else "Check the id, or give the display name of the flow to be made; restore=true brings back one that was "
            "deleted in the last 21 days.",
        )
    if wanted.definition is None:
        raise OptionError(
            "definition",
            f"there is no flow {target.thing.name} yet, and a new one needs this.",
            remedy="Give it, or check the spelling of flow.",
        )
    check_definition("definition", wanted.definition, wanted.references or {})
    route, forbidden = route_of_creation(desired)
    if not forbidden:
        check_references(wanted, route, f"flow {target.thing.name}")
    if desired.solution:
        desired.solution.check_open()
    starts = wanted.initial_state == STARTED
    change = FlowChange(
        route,
        creates=True,
        starts=starts,
        solution=wanted.solution,
        owner=desired.owner,
        display_name=target.thing.name,
        definition=wanted.definition,
        references=wanted.references or {},
    )
    after = {**head, **_declared(wanted), "display_name": target.thing.name, "state": PRESENT}
    made = {"display_name": target.thing.name, "state": wanted.initial_state}
    return Plan(
        CREATE,
        gone,
        after,
        differences=(Difference(kind.path(target), target.thing.name, before=None, after=made),),
        change=change,
        writes=1 + starts + bool(wanted.solution),
        facts={"route": route},
        forbidden=forbidden,
    )


def _plan_restoration(kind: AnyKind, head: Json, desired: DesiredFlow, gone: Json) -> FlowPlan:
    wanted, target = desired.wanted, desired.target
    if len(desired.deleted) > 1:
        listed = ", ".join(f"{thing.id} ({thing.name})" for thing in desired.deleted)
        raise OptionError(
            "flow",
            f"{len(desired.deleted)} deleted flows bear this name: {listed}.",
            value=target.thing.name,
            remedy="Give the id of the one to restore in flow.",
        )
    found = desired.deleted[0]
    renamed = wanted.display_name not in (None, found.name)
    differs = renamed or any(said is not None for said in (wanted.definition, wanted.references, wanted.owner))
    told = f"deleted flow {found.name} ({found.id})"
    outside, forbidden = not workflow_id(found.record), None
    check_references(wanted, FLOW_SERVICE if outside else DATAVERSE, told)
    if outside and wanted.solution:
        raise outside_solutions(wanted.solution, told)
    if outside and wanted.owner:
        raise outside_dataverse(f"owner_{wanted.owner[0]}", told)
    if outside and differs and not desired.delegated:
        forbidden = needs_user(f"Deleted flow {found.name} ({found.id}) is in no solution, and can be changed")
    after = {**head, "display_name": found.name, **_declared(wanted), "flow": found.id, "state": PRESENT}
    return Plan(
        CREATE,
        gone,
        after,
        differences=(Difference(kind.path(target), found.name, before=None, after={"restored": found.id}),),
        change=FlowChange(FLOW_SERVICE, flow=found.id, restores=True, desired=desired),
        writes=1 + differs + bool(wanted.solution),
        forbidden=forbidden,
        facts={"route": FLOW_SERVICE},
        warnings=(
            "A restored flow is turned off; flow_state turns it on. Who owns and runs it shows once it is restored.",
        ),
    )


def _plan_removal(kind: AnyKind, head: Json, desired: DesiredFlow, current: CurrentFlow, before: Json) -> FlowPlan:
    target, name = desired.target, before["display_name"]
    route, forbidden = route_of_removal(desired, current, name)
    flow = (current.record or {}).get("name") or target.thing.id
    return Plan(
        DELETE,
        before,
        {**head, "display_name": name, "state": ABSENT},
        differences=(Difference(kind.path(target), name, before={"display_name": name}, after=None),),
        change=FlowChange(route, flow=flow, workflow=current.workflow, removes=True),
        removals=1,
        writes=1,
        forbidden=forbidden,
        facts={"route": route},
    )


def _plan_present(kind: AnyKind, desired: DesiredFlow, current: CurrentFlow, before: Json) -> FlowPlan:
    wanted, target, path = desired.wanted, desired.target, kind.path(desired.target)
    name = before["display_name"]
    differences, content = [], _differing(desired, current)
    if "display_name" in content:
        differences.append(Difference(f"{path}/display_name", name, before=name, after=wanted.display_name))
    if "definition" in content and wanted.definition is not None:
        held, declared = differing_definitions(wanted.definition, current.definition)
        differences.append(Difference(f"{path}/definition", name, before=held, after=declared))
    if "references" in content:
        after = {key: item.as_option(wanted.reference_option) for key, item in (wanted.references or {}).items()}
        held = before["connection_references"]
        differences.append(Difference(f"{path}/connection_references", name, before=held, after=after))
    if "owner" in content:
        owner = (current.row or {}).get("_ownerid_value")
        differences.append(Difference(f"{path}/owner", name, before=owner, after=content["owner"].id))
    if "solution" in content:
        differences.append(Difference(f"{path}/solution", name, before=None, after=wanted.solution))
    state = str(properties(current.record or {}).get("state") or "").lower()
    refusal = ""
    if desired.started and state != STARTED:
        differences.append(Difference(f"{path}/state", name, before=state, after=STARTED))
        refusal = f"Flow {name} was made and is not on: its state is {state}. flow_state turns it on, or tells why not."
    route, forbidden = route_of_change(desired, current, content, name)
    change = None
    if content:
        change = FlowChange(
            route,
            flow=(current.record or {}).get("name") or target.thing.id,
            workflow=current.workflow,
            etag=(current.row or {}).get("@odata.etag") or "",
            **({} if forbidden else _written(content, route, current)),
        )
    facts = {"route": route, "solution_flow": bool(current.workflow)}
    changed = {"connection_references" if member == "references" else member for member in content}
    return Plan(
        UPDATE if change else NONE,
        before,
        {**before, **{option: value for option, value in _declared(wanted).items() if option in changed}},
        differences=tuple(differences),
        change=change,
        writes=("solution" in content) + bool(content.keys() - {"solution"}),
        facts=facts,
        aside=_aside(desired, current, content),
        refusal=refusal,
        forbidden=forbidden,
        content={"definition": current.definition, "connection_references": _known_references(current)},
    )


def _known_references(current: CurrentFlow) -> Json | None:
    """The connections of a flow as options; None where the service lists them without their keys (contract 4.1)."""
    if not current.row and not isinstance(properties(current.record or {}).get("connectionReferences") or {}, dict):
        return None
    way = "connection_reference" if current.row else "connection"
    return {key: item.as_option(way) for key, item in current.references.items()}


def _aside(desired: DesiredFlow, current: CurrentFlow, content: dict[str, Any]) -> tuple[Json, Json]:
    """What a diff shows besides the options: what they do not tell of a flow that is there."""
    before: Json = {}
    after: Json = {}
    if "owner" in content:
        before["owner"], after["owner"] = (current.row or {}).get("_ownerid_value"), content["owner"].id
    if "solution" in content:
        before["solution"], after["solution"] = None, desired.wanted.solution
    return before, after


def _differing(desired: DesiredFlow, current: CurrentFlow) -> dict[str, Any]:
    """What is not as declared, by member of the change. Raises where nobody can tell."""
    wanted = desired.wanted
    content: dict[str, Any] = {}
    name = display_name(current.record or {})
    if wanted.display_name is not None and wanted.display_name != name:
        content["display_name"] = wanted.display_name
    if wanted.definition is not None:
        if current.definition is None:
            raise current.unread or PowerPlatformError(
                f"Nobody shows the definition of flow {name} to this identity, so that it cannot be compared.",
                remedy="Use the token of an owner of the flow with as_admin=false.",
            )
        if not same_definition(wanted.definition, current.definition):
            content["definition"] = wanted.definition
    if wanted.references is not None:
        if current.workflow:
            need_row(current, name, desired.target)
        check_references(wanted, DATAVERSE if current.workflow else FLOW_SERVICE, f"flow {name}")
        if not same_references(wanted.references, current.references):
            content["references"] = wanted.references
    if desired.owner:
        need_row(current, name, desired.target, "owner_user" if (wanted.owner or ("",))[0] == "user" else "owner_team")
        held = (current.row or {}).get("_ownerid_value")
        if not same_text(desired.owner.id, held):
            content["owner"] = desired.owner
    if wanted.solution and not current.workflow:
        raise outside_solutions(wanted.solution, f"flow {name} ({desired.target.thing.id})")
    if desired.solution and current.workflow.casefold() not in desired.solution.members:
        desired.solution.check_open()
        content["solution"] = wanted.solution
    _check_keys(wanted, content, current)
    return content


def _check_keys(wanted: WantedFlow, content: dict[str, Any], current: CurrentFlow) -> None:
    """OptionError where the flow would have steps whose connections are not told."""
    if current.workflow and wanted.route == FLOW_SERVICE:
        return  # refused as a whole
    definition = wanted.definition if wanted.definition is not None else current.definition
    if {"definition", "references"} & content.keys() and definition is not None:
        references = current.references if wanted.references is None else wanted.references
        option = "definition" if wanted.definition is not None else "connection_references"
        check_definition(option, definition, references)


def _written(content: dict[str, Any], route: str, current: CurrentFlow) -> dict[str, Any]:
    """The members to write. Definition and references are one document: where one changes, both are sent."""
    if not {"definition", "references"} & content.keys():
        return content
    if route == DATAVERSE:
        return {"present": client_data(current.row or {}), **content}
    # Of a list the keys are not told (contract 4.1), so that it is left alone.
    keyed = isinstance(properties(current.record or {}).get("connectionReferences"), dict)
    return {"definition": current.definition, **({"references": current.references} if keyed else {}), **content}


def _declared(wanted: WantedFlow) -> Json:
    values: Json = {}
    if wanted.display_name is not None:
        values["display_name"] = wanted.display_name
    if wanted.definition is not None:
        values["definition"] = masked(completed(wanted.definition))
    if wanted.references is not None:
        entries = {key: item.as_option(wanted.reference_option) for key, item in wanted.references.items()}
        values["connection_references"] = entries
    return values


def merge_flows(one: DesiredFlow, other: DesiredFlow) -> DesiredFlow:
    """Two declarations of one flow as one. OptionError when they are not the same."""
    if one.wanted != other.wanted:
        thing = one.target.thing
        raise OptionError(
            "flow",
            "another item declares this flow differently.",
            value=thing.name or thing.id,
            remedy="Keep one of the two items.",
        )
    return one
