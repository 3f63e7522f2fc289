# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of `workflow` shared with users and teams: the four messages of flow-management.md 9.

ASSUMED, since the contract names no more than the messages: bodies and answers are those of the Web API, and a share
with WriteAccess is what the Flow RP shows as co-owner, one without is nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .. import envelopes
from ..call import Call, Reply
from ..flow_model import Flow, FlowRole
from . import flow_states
from .base import json_of
from .dataverse_writes import bad, guid_of, no_row
from .organisation import Organisation

RIGHTS = (
    "ReadAccess",
    "WriteAccess",
    "AppendAccess",
    "AppendToAccess",
    "CreateAccess",
    "DeleteAccess",
    "ShareAccess",
    "AssignAccess",
)
CO_OWNER = [name for name in RIGHTS if name not in ("CreateAccess", "AssignAccess")]
_TYPES = {"systemuser": "systemuserid", "team": "teamid"}
_FUNCTION = re.compile(r"RetrieveSharedPrincipalsAndAccess\(Target=(?P<target>.+)\)", re.IGNORECASE)
_TARGET = re.compile(r"workflows\((?P<id>[0-9a-fA-F-]{36})\)")
_ACTIONS = ("grantaccess", "modifyaccess", "revokeaccess")
Need = Callable[[Flow, str], None]


def answer(call: Call, organisation: Organisation, segment: str, need: Need) -> Reply | None:
    """The reply to one of the messages; None for any other path. `need` refuses who lacks a right on the row."""
    low = segment.lower()
    if call.method == "POST" and low in _ACTIONS:
        return _act(call, organisation, low, need)
    match = _FUNCTION.fullmatch(segment)
    if match is None or call.method != "GET":
        return None
    target = match["target"]
    text = (call.query.get(target) or "") if target.startswith("@") else target
    found = _TARGET.search(text)
    if found is None:
        raise bad(f"The target '{text}' is no row that the emulator shares.", envelopes.BAD_ARGUMENT)
    item = organisation.find_flow(found["id"].lower())
    if item is None:
        raise no_row("workflow", found["id"].lower())
    context = f"{call.base}/api/data/{call.segments[2]}/$metadata#Microsoft.Dynamics.CRM."
    seen = organisation.state.seen(organisation.environment.flows, item)
    return Reply(
        200,
        {
            "@odata.context": f"{context}RetrieveSharedPrincipalsAndAccessResponse",
            "PrincipalAccesses": [
                {"AccessMask": ",".join(rights), "Principal": principal}
                for key, rights in shares_of(seen).items()
                if (principal := _principal(organisation, key)) is not None
            ],
        },
    )


def shares_of(item: Flow) -> dict[str, list[str]]:
    """Rights by principal: what was granted, and what a co-owner of the Flow RP has."""
    found = {key: CO_OWNER for key, role in item.roles.items() if role.role == "CanEdit" and role.principal}
    return {**found, **item.shares}


def rights_of(organisation: Organisation, item: Flow, principal: str) -> set[str]:
    """A principal's rights on a row: all as its owner, else those of its shares, its groups' included."""
    if organisation.holds(item.row_owner, principal):
        return set(RIGHTS)
    found: set[str] = set()
    for key, rights in shares_of(item).items():
        group = organisation.state.tenant.groups.get(key)
        if key == principal or (group is not None and principal in group.members):
            found |= set(rights)
    return found


def _principal(organisation: Organisation, key: str) -> dict[str, Any] | None:
    """A group is shared with as the team that stands for it; without one it is no principal here."""
    if key in organisation.state.tenant.groups:
        team = next((item for item in organisation.environment.teams.values() if item.group == key), None)
        return None if team is None else _named("team", team.id)
    if key in organisation.environment.teams:
        return _named("team", key)
    return _named("systemuser", organisation.user_id(key))


def _named(kind: str, row_id: str) -> dict[str, Any]:
    return {"@odata.type": f"#Microsoft.Dynamics.CRM.{kind}", "ownerid": row_id, _TYPES[kind]: row_id}


# -- actions ---------------------------------------------------------------------------------------------------------


def _act(call: Call, organisation: Organisation, action: str, need: Need) -> Reply:
    body = json_of(call, envelopes.BAD_PAYLOAD)
    item = _target(organisation, body.get("Target"))
    need(item, "ShareAccess")
    if action == "revokeaccess":
        _share(call, organisation, item, _read_principal(organisation, body.get("Revokee")), [])
        return Reply(204)
    given = body.get("PrincipalAccess")
    if not isinstance(given, dict):
        raise bad("'PrincipalAccess' is needed.")
    principal, rights = _read_principal(organisation, given.get("Principal")), _mask(given.get("AccessMask"))
    if action == "grantaccess":
        rights = [name for name in RIGHTS if name in rights or name in shares_of(item).get(principal, [])]
    _share(call, organisation, item, principal, rights)
    return Reply(204)


def _target(organisation: Organisation, value: Any) -> Flow:
    data = value if isinstance(value, dict) else {}
    kind = str(data.get("@odata.type") or "").lstrip("#").rpartition(".")[2]
    if kind != "workflow":
        raise bad(f"The emulator shares rows of 'workflow', not of '{kind}'.", envelopes.BAD_ARGUMENT)
    row_id = guid_of("workflowid", data.get("workflowid"))
    item = organisation.find_flow(row_id)
    if item is None:
        raise no_row("workflow", row_id)
    return item


def _read_principal(organisation: Organisation, value: Any) -> str:
    """The directory's id of a user, or of the group of a team; the team's own where it has none."""
    data = value if isinstance(value, dict) else {}
    kind = str(data.get("@odata.type") or "").lstrip("#").rpartition(".")[2]
    if kind not in _TYPES:
        raise bad(f"'{kind}' is no principal.", envelopes.BAD_ARGUMENT)
    row_id = guid_of(_TYPES[kind], data.get(_TYPES[kind]) or data.get("ownerid"))
    if kind == "team":
        team = organisation.environment.teams.get(row_id)
        if team is None:
            raise no_row("team", row_id)
        return team.group or team.id
    principal = organisation.principal(row_id)
    if principal is None:
        raise no_row("systemuser", row_id)
    return principal


def _mask(value: Any) -> list[str]:
    wanted = [part.strip() for part in str(value or "").split(",") if part.strip()]
    unknown = [name for name in wanted if name not in RIGHTS]
    if unknown or not wanted:
        raise bad(f"The access mask '{value}' is not valid.")
    return [name for name in RIGHTS if name in wanted]


def _share(call: Call, organisation: Organisation, item: Flow, principal: str, rights: list[str]) -> None:
    """Nothing happens to the owner, nor where nothing differs."""
    role = item.roles.get(principal)
    if (role is not None and role.role == "Owner") or shares_of(item).get(principal, []) == rights:
        return
    flow_states.touch(organisation.state, organisation.environment, item, call.oid())
    item.shares.pop(principal, None)
    if rights:
        item.shares[principal] = rights
    if "WriteAccess" in rights:
        tenant = organisation.state.tenant
        kind = "Group" if principal in tenant.groups else "User"
        if organisation.is_application(principal):
            kind = "ServicePrincipal"
        item.roles[principal] = FlowRole(principal, "CanEdit", kind)
    elif role is not None and role.role == "CanEdit":
        del item.roles[principal]
