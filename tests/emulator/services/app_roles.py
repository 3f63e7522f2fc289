# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modifyPermissions of an app answers, and what it refuses item by item (powerapps-admin.md 2.5)."""

from __future__ import annotations

from typing import Any

from .. import envelopes
from ..call import Call, Reply
from ..model import EVERYONE, App, Environment, Role
from ..state import State
from ..world import World
from . import roles


def modify(world: World, call: Call, environment: Environment, item: App) -> Reply:
    def failure(put: Role) -> roles.Failure | None:
        if item.logical_name and put.type == "Group" and put.role == "CanEdit":
            return {
                "response_code": envelopes.GROUP_EDITS_SOLUTION_APP,
                "message": f"The group '{put.principal}' cannot be a co-owner of an app that is part of a solution.",
            }
        return None

    answered = roles.modify(world, call, environment.apps, item, failure=failure)
    return Reply(200, {"put": [_answer(world.state, item, put) for put in answered]})


def _answer(state: State, item: App, answered: roles.Answered) -> dict[str, Any]:
    put, failed = answered.role, answered.failed
    app_id = f"/providers/Microsoft.PowerApps/apps/{item.id}"
    principal: dict[str, Any] = {"id": put.principal, "type": put.type}
    if put.principal == EVERYONE:
        principal = {"type": "Tenant", "tenantId": state.tenant.id}
    response: dict[str, Any] = {
        "id": app_id,
        "statusCode": "OK" if answered.same else "Created",
        "responseCode": "ResourceShared",
        "message": f"This was shared with '{put.role}' permission.",
        "type": "/providers/Microsoft.PowerApps/apps",
    }
    if failed is not None:
        response.update(
            statusCode=failed.get("status_code", "BadRequest"),
            responseCode=failed.get("response_code", "ShareFailed"),
            message=failed.get("message", "The resource could not be shared with this principal."),
        )
    name = roles.name_of(state, put.principal)
    return {
        "id": f"/providers/Microsoft.PowerApps/scopes/admin/apps/{item.id}/permissions/{name}",
        "properties": {
            "roleName": put.role,
            "scope": app_id,
            "principal": principal,
            "resourceResponses": [response],
        },
    }
