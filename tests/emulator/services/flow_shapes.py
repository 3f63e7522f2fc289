# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows, their permissions and triggers as JSON (flow-management.md 4.1, 4.3 and 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from ..flow_model import Flow, FlowRole
from ..model import Environment
from ..state import State
from . import flow_definitions

# The values of `$expand`, as the contract lists them, without case.
DEFINITION = "properties.definition"
SWAGGER = "properties.connectionreferences.apidefinition"
OPERATION = "properties.definitionsummary.operations.apioperation"
LICENSE = "properties.licensedata"
ESTIMATE = "properties.estimatedsuspensiondata"
PROTECTION = "properties.protectionstatus"
MAKER_LIST, ADMIN_LIST = "maker", "admin"


def _path(environment: Environment) -> str:
    return f"/providers/Microsoft.ProcessSimple/environments/{environment.id}"


def listed(
    state: State, environment: Environment, item: Flow, form: str, expands: Collection[str] = ()
) -> dict[str, Any]:
    """A short item. ASSUMED: it is the maker's list that has the references, as an array, and no suspension reason."""
    found = _flow(state, environment, item)
    properties: dict[str, Any] = found["properties"]
    if form == MAKER_LIST:
        del properties["flowSuspensionReason"]
        properties["userType"] = "Owner"
        properties["connectionReferences"] = list(flow_definitions.shown(environment, item).values())
    if PROTECTION in expands:
        properties["protectionStatus"] = "NotSpecified"  # ASSUMED: only the member's name is known
    return found


def flow(
    state: State,
    environment: Environment,
    item: Flow,
    *,
    detail: bool,
    definition: bool = False,
    expands: Collection[str] = (),
    secret: bool = False,
) -> dict[str, Any]:
    """The detail has connection references and, when asked for, the definition. `secret`: the trigger's address."""
    found = _flow(state, environment, item, operations=OPERATION in expands)
    properties: dict[str, Any] = found["properties"]
    if detail:
        properties["userType"] = "Owner"
        properties["connectionReferences"] = flow_definitions.shown(environment, item, swagger=SWAGGER in expands)
    if definition:
        properties["definition"] = flow_definitions.definition_of(item)
    if secret and flow_definitions.takes_calls(item):
        properties["flowTriggerUri"] = callback(item)["value"]
    if LICENSE in expands:  # ASSUMED: the values, of which the contract names the members
        properties["licenseData"] = {
            "flowLicenseName": "Office365",
            "performanceProfile": {"throttles": {"mode": "Low"}},
        }
    if ESTIMATE in expands:
        properties["estimatedSuspensionData"] = {"reason": "None", "powerAppPlanExcluded": False}
    return found


def _flow(state: State, environment: Environment, item: Flow, *, operations: bool = False) -> dict[str, Any]:
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
        "definitionSummary": flow_definitions.summary(item, operations=operations),
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
    if any(role.role == "CanEdit" for role in item.roles.values()):
        properties["sharingType"] = "Coauthor"
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
    name = flow_definitions.trigger_name(item)
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


def signature(*parts: str) -> str:
    """A secret that is the same each time and looks like the `sig` of a SAS link."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:43]


def callback(item: Flow) -> dict[str, Any]:
    """The answer of listCallbackUrl: a secret as a whole. Nothing answers there."""
    name = flow_definitions.trigger_name(item)
    host, workflow = "prod-12.westeurope.logic.azure.com", item.id.replace("-", "")
    path = f"/workflows/{workflow}/triggers/{name}/paths/invoke"
    sig = signature("callback", item.id)
    query = f"api-version=2016-06-01&sp=%2Ftriggers%2F{name}%2Frun&sv=1.0&sig={sig}"
    return {
        "value": f"https://{host}:443{path}?{query}",
        "method": "POST",
        "basePath": f"https://{host}{path}",
        "queries": {"api-version": "2016-06-01", "sp": f"/triggers/{name}/run", "sv": "1.0", "sig": sig},
    }
