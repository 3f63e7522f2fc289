# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a flow says of itself, as users see it: facts, people, definition and connections. Pure.

Only what is named here is shown. A record also holds the address by which anybody may start the flow
(`flowTriggerUri`), which is a secret. Contract: flow-management.md 4.1 to 4.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    OWNER,
    CurrentAssignments,
    render_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_definition import (
    service_references,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_public import public_definition
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_shares import (
    CO_OWNER,
    LADDER,
    RUN_ONLY,
)

STARTED = "started"
STOPPED = "stopped"
SUSPENDED = "suspended"
DELETED = "deleted"

OWNERS_PART = "owners"
RUN_ONLY_PART = "run_only_users"
DEFINITION_PART = "definition"
CONNECTIONS_PART = "connections"
_ROLES = {OWNERS_PART: CO_OWNER, RUN_ONLY_PART: RUN_ONLY}
PEOPLE = tuple(_ROLES)
CONTENT = (DEFINITION_PART, CONNECTIONS_PART)

UNREAD = "It could not be read; unknown says why."
OF_DELETED = "The flow is deleted; the service tells this of it once it is restored."
_HIDDEN = (
    "The service does not show the definition to this identity. It does to the flow's owners: use the token of one "
    "with as_admin=false."
)


def flow_facts(record: Json) -> Json:
    """What a listing says of a flow."""
    content = properties(record)
    reason = content.get("flowSuspensionReason") or ""
    workflow = content.get("workflowEntityId") or None
    return {
        "state": str(content.get("state") or "").lower(),
        "suspension_reason": None if not reason or same_text(reason, "None") else reason,
        "suspended_time": content.get("flowSuspensionTime") or None,
        "owner": _creator(content.get("creator") or {}),
        "solution_flow": workflow is not None,
        "workflow_id": workflow,
        "managed": content.get("isManaged"),
        "shared": content.get("sharingType") or None,
        "created_time": content.get("createdTime") or "",
        "modified_time": content.get("lastModifiedTime") or "",
    }


def _creator(creator: Json) -> Json | None:
    """Who made a flow, in the form of owners. The service tells the id alone."""
    object_id = str(creator.get("objectId") or creator.get("userId") or "").lower()
    return {"id": object_id, "display_name": "", "user_principal_name": "", "type": ""} if object_id else None


def people_parts(row: Json, people: CurrentAssignments, asked: Collection[str]) -> Json:
    """Co-owners and run-only users as entries of `assignments`, and the owner.

    A flow outside solutions stays with its creator for good (contract 5.16); that of a solution may be assigned.
    """
    # Somebody with a role that nobody knows would be in neither list.
    complete = all(any(same_text(item.role, role) for role in LADDER) for item in people.assignments)
    parts: Json = {"resources": list(people.resources)}
    for part in asked:
        role = _ROLES[part]
        held = sorted(
            (item for item in people.assignments if same_text(item.role, role)),
            key=lambda item: (item.principal.type, item.key),
        )
        parts[part] = [render_assignment(item, (role,)) for item in held]
        parts[f"{part}_complete"] = complete
    found = next((item.principal for item in people.assignments if same_text(item.role, OWNER)), None)
    known = row["owner"] or {}
    if found and (row["solution_flow"] or found.id == known.get("id")):
        said = {"display_name": found.name, "user_principal_name": found.email, "type": found.type}
        before = known if found.id == known.get("id") else {}
        parts["owner"] = {**before, "id": found.id, **{key: text or before.get(key, "") for key, text in said.items()}}
    return parts


def unread_people(asked: Collection[str]) -> Json:
    """In place of `people_parts` where nobody told them."""
    parts: Json = {"resources": None}
    for part in asked:
        parts |= {part: None, f"{part}_complete": False}
    return parts


def content_parts(record: Json, asked: Collection[str]) -> Json:
    """The definition and the connections of a flow, in the form of the options of the module flow."""
    content = properties(record)
    parts = unread_content(asked, _HIDDEN)
    if DEFINITION_PART in asked and isinstance(content.get("definition"), dict):
        hidden: list[str] = []
        shown = public_definition(content["definition"], hidden)
        parts.update(definition=shown, definition_reason=None, definition_hidden=hidden)
    if CONNECTIONS_PART in asked and content.get("connectionReferences") is not None:
        parts["connections"] = dict(_connections(content))
    return parts


def unread_content(asked: Collection[str], reason: str) -> Json:
    """In place of `content_parts` where nobody told it."""
    parts: Json = {}
    if DEFINITION_PART in asked:
        parts.update(definition=None, definition_reason=reason, definition_hidden=[])
    if CONNECTIONS_PART in asked:
        parts["connections"] = None
    return parts


def _connections(content: Json) -> Iterator[tuple[str, Json]]:
    """By connection reference where the flow of a solution has one, by connection everywhere else."""
    said = content["connectionReferences"]
    for key, item in service_references(content).items():
        entry = said.get(key) if isinstance(said, dict) else None
        logical = (entry or {}).get("connectionReferenceLogicalName")
        if logical:
            yield key, item._replace(connection=str(logical)).as_option("connection_reference")
        else:
            yield key, item.as_option("connection")
