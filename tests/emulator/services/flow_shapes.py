# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows and their permissions as JSON (flow-management.md 4.1, 4.3)."""

from __future__ import annotations

from typing import Any

from ..model import Environment, Flow, FlowRole
from ..state import State

_TRIGGERS: dict[str, dict[str, Any]] = {
    "Recurrence": {"type": "Recurrence"},
    "Request": {"type": "Request", "kind": "Http"},
    "Button": {"type": "Request", "kind": "Button"},
    "PowerApp": {"type": "Request", "kind": "PowerApp"},
}
_SCHEMA = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"


def _path(environment: Environment) -> str:
    return f"/providers/Microsoft.ProcessSimple/environments/{environment.id}"


def trigger_name(item: Flow) -> str:
    return "Recurrence" if item.trigger == "Recurrence" else "manual"


def flow(
    state: State, environment: Environment, item: Flow, *, detail: bool, definition: bool = False
) -> dict[str, Any]:
    """List items are short; the detail has connection references and, when asked for, the definition."""
    trigger = _TRIGGERS.get(item.trigger, {"type": item.trigger})
    shared = any(role.role == "CanEdit" for role in item.roles.values())
    properties: dict[str, Any] = {
        "apiId": "/providers/Microsoft.PowerApps/apis/shared_logicflows",
        "displayName": item.name,
        "state": item.state,
        "flowSuspensionReason": item.reason,
        "createdTime": item.created,
        "lastModifiedTime": item.modified,
        "environment": {
            "name": environment.id,
            "type": "Microsoft.ProcessSimple/environments",
            "id": _path(environment),
        },
        "definitionSummary": {"triggers": [trigger], "actions": [], "description": item.description},
        "creator": {
            "tenantId": state.tenant.id,
            "objectId": item.creator,
            "userId": item.creator,
            "userType": "ActiveDirectory",
        },
        "provisioningMethod": "FromDefinition",
        "flowFailureAlertSubscribed": True,
        "isManaged": item.managed,
    }
    if item.suspended_at:
        properties["flowSuspensionTime"] = item.suspended_at
    if item.workflow_id:
        properties["workflowEntityId"] = item.workflow_id
    if shared:
        properties["sharingType"] = "Coauthor"
    if detail:
        properties["userType"] = "Owner"
        properties["connectionReferences"] = item.connection_references
    if definition:
        properties["definition"] = {
            "$schema": _SCHEMA,
            "contentVersion": "1.0.0.0",
            "parameters": {
                "$connections": {"defaultValue": {}, "type": "Object"},
                "$authentication": {"defaultValue": {}, "type": "SecureObject"},
            },
            "triggers": {trigger_name(item): {**trigger, "inputs": {"schema": {}}}},
            "actions": {},
            "outputs": {},
        }
    return {
        "name": item.id,
        "id": f"{_path(environment)}/flows/{item.id}",
        "type": "Microsoft.ProcessSimple/environments/flows",
        "properties": properties,
    }


def permission(environment: Environment, item: Flow, key: str, role: FlowRole) -> dict[str, Any]:
    """Bare principals, as the backing service gives them: names come from Graph."""
    properties: dict[str, Any] = {"roleName": role.role}
    if role.principal:
        properties["permissionType"] = "Principal"
        properties["principal"] = {"id": role.principal, "type": role.type}
    else:
        properties["permissionType"] = "AuthorizationDelegate"
        properties["authorizationDelegate"] = {
            "delegatedAuthResource": {
                "resourceCollection": role.resource_collection or "",
                "resourceId": role.resource_id or "",
            }
        }
    return {
        "name": key,
        "id": f"{_path(environment)}/flows/{item.id}/permissions/{key}",
        "type": "/providers/Microsoft.ProcessSimple/environments/flows/permissions",
        "properties": properties,
    }


def trigger(environment: Environment, item: Flow) -> dict[str, Any]:
    name = trigger_name(item)
    return {
        "name": name,
        "id": f"{_path(environment)}/flows/{item.id}/triggers/{name}",
        "type": "Microsoft.ProcessSimple/environments/flows/triggers",
        "properties": {
            "provisioningState": "Succeeded",
            "createdTime": item.created,
            "changedTime": item.modified,
            "state": "Enabled",
        },
    }
