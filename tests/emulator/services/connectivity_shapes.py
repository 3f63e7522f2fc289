# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections, connectors and their role assignments as JSON (powerapps-admin.md 2.4, 3.7, 3.11, 4.2)."""

from __future__ import annotations

import json
from typing import Any

from ..catalogue import BuiltIn
from ..model import Connection, Connector, Environment, Role
from ..state import State
from . import roles
from .definitions import without_blank_secrets
from .environments import person

ROOT = "/providers/Microsoft.PowerApps"
# The three forms: the RP as administrator, the RP as maker, the Power Platform API.
ADMIN, MAKER, PLATFORM = "admin", "maker", "platform"
_ICON = "https://contoso.example/icons"


def _scope(environment: Environment, form: str) -> str:
    return f"{ROOT}/scopes/admin/environments/{environment.id}" if form == ADMIN else ROOT


def _where(environment: Environment) -> dict[str, str]:
    return {"id": f"{ROOT}/environments/{environment.id}", "name": environment.id}


def statuses(item: Connection) -> list[dict[str, Any]]:
    if item.status == "Connected":
        return [{"status": "Connected"}]
    error = {
        "code": item.error_code or "Unauthenticated",
        "message": item.error_message or "This connection is not authenticated.",
    }
    return [{"status": item.status, "target": "token", "error": error}]


def connection(state: State, environment: Environment, item: Connection, form: str) -> dict[str, Any]:
    """Secrets are nowhere in it."""
    connector_id = f"{_scope(environment, form)}/apis/{item.connector}"
    properties: dict[str, Any] = {
        "apiId": connector_id,
        "displayName": item.name,
        "iconUri": f"{_ICON}/{item.connector}.png",
        "statuses": statuses(item),
        "keywordsRemaining": 78,
        "allowSharing": item.allow_sharing,
        "createdBy": person(state, item.creator),
        "createdTime": item.created,
        "lastModifiedTime": item.modified,
        "accountName": item.account_name,
        "environment": _where(environment),
    }
    if item.parameter_set is not None:
        values = {name: {"value": value} for name, value in item.parameters.items()}
        properties["connectionParametersSet"] = {"name": item.parameter_set, "values": values}
    else:
        properties["connectionParameters"] = dict(item.parameters)
    if form != PLATFORM:
        short = item.connector.removeprefix("shared_")
        uri = f"https://{environment.id.lower()}.common.{environment.region}.azure-apihub.net/apim/{short}/{item.id}"
        properties["isSsoConnection"] = False
        properties["testLinks"] = [{"requestUri": f"{uri}/testconnection", "method": "get"}]
    return {
        "name": item.id,
        "id": f"{connector_id}/connections/{item.id}",
        "type": f"Microsoft.PowerApps/{'scopes/' if form == ADMIN else ''}apis/connections",
        "properties": properties,
    }


def _permission(state: State, name: str, prefix: str, kind: str, role: Role) -> dict[str, Any]:
    return {
        "name": name,
        "id": f"{prefix}/permissions/{name}",
        "type": kind,
        "properties": {
            "roleName": role.role,
            "principal": roles.principal_of(state, role),
            "notifyShareTargetOption": "NotSpecified",
            "inviteGuestToTenant": False,
        },
    }


def connection_permission(state: State, item: Connection, role: Role) -> dict[str, Any]:
    """The id has the maker form on every route (ASSUMED by the contract for the admin one)."""
    prefix = f"{ROOT}/apis/{item.connector}/connections/{item.id}"
    name = roles.name_of(state, role.principal)
    return _permission(state, name, prefix, "Microsoft.PowerApps/apis/connections/permissions", role)


def connector_permission(
    state: State, environment: Environment, item: Connector, role: Role, form: str
) -> dict[str, Any]:
    prefix = f"{_scope(environment, form)}/apis/{item.id}"
    name = roles.name_of(state, role.principal)
    return _permission(state, name, prefix, "Microsoft.PowerApps/apis/permissions", role)


def connector(
    state: State, environment: Environment, item: Connector, form: str, *, detail: bool = False, urls: bool = True
) -> dict[str, Any]:
    """A custom connector; `detail` adds the swagger, `urls` the addresses at run time."""
    creator = person(state, item.creator)
    modifier = person(state, item.modified_by or item.creator)
    colour = item.icon_brand_color or "#007ee5"
    files = f"{_ICON}/{item.id}"
    metadata: dict[str, Any] = {
        "source": "powerapps-user-defined",
        "brandColor": colour,
        "contact": {},
        "license": {},
        "publisherUrl": None,
        "serviceUrl": None,
        "documentationUrl": None,
        "environmentName": environment.id,
        "environment": _where(environment),
        "createdBy": json.dumps(creator),  # principals as JSON text: recorded so
        "modifiedBy": json.dumps(modifier),
        "xrmConnectorId": item.dataverse_id,
        "almMode": "Environment",
        "allowSharing": False,
    }
    properties: dict[str, Any] = {
        "displayName": item.name,
        "iconUri": f"{files}/icon.png",
        "iconBrandColor": colour,
        "apiEnvironment": "Shared",
        "isCustomApi": True,
        "metadata": metadata,
        "connectionParameters": without_blank_secrets(item.connection_parameters or {}),
        "capabilities": list(item.capabilities),
        "description": item.description,
        "apiDefinitions": {
            "originalSwaggerUrl": f"{files}/swagger.json_original",
            "modifiedSwaggerUrl": f"{files}/swagger.json",
        },
        "createdBy": creator,
        "modifiedBy": {"id": modifier["id"], "type": modifier["type"]},
        "createdTime": item.created,
        "changedTime": item.modified,
        "environment": _where(environment),
        "tier": item.tier,
        "publisher": item.publisher or creator.get("displayName", ""),
        "almMode": "Environment",
        "contact": {},
        "license": {},
    }
    if item.connection_parameter_sets:
        properties["connectionParameterSets"] = without_blank_secrets(item.connection_parameter_sets)
    if item.policy_templates:
        properties["policyTemplateInstances"] = item.policy_templates
    if item.script_operations:
        properties["scriptOperations"] = item.script_operations
    if urls:
        properties |= _runtime(environment, item.id)
    if detail:
        properties["swagger"] = definition_of(item)
        properties["wadlUrl"] = None
    return {
        "name": item.id,
        "id": f"{_scope(environment, form)}/apis/{item.id}",
        "type": "Microsoft.PowerApps/apis",
        "properties": properties,
    }


def built_in(environment: Environment, item: BuiltIn, *, detail: bool = False, urls: bool = True) -> dict[str, Any]:
    """A connector of the catalogue: there is no admin form of these."""
    parameters: dict[str, Any] = {name: {"type": "string"} for name in item.parameters}
    parameters |= {name: {"type": "securestring"} for name in item.secrets}
    if item.oauth:
        parameters["token"] = {"type": "oauthSetting"}
    properties: dict[str, Any] = {
        "displayName": item.name,
        "description": f"{item.name} of {item.publisher}",
        "tier": item.tier,
        "publisher": item.publisher,
        "releaseTag": item.release_tag,
        "isCustomApi": False,
        "iconUri": f"{_ICON}/{item.id}.png",
        "iconBrandColor": "#0078d4",
        "apiEnvironment": "Shared",
        "capabilities": ["actions"],
        "connectionParameters": parameters,
        "metadata": {"source": "marketplace", "brandColor": "#0078d4"},
        "createdTime": "2016-09-30T04:13:14.2871915Z",
        "changedTime": "2025-01-06T08:00:00.0000000Z",
    }
    if item.sets:
        properties["connectionParameterSets"] = {"values": [{"name": name, "parameters": {}} for name in item.sets]}
    if urls:
        properties |= _runtime(environment, item.id)
    if detail:
        properties["swagger"] = _swagger(item.name)
    return {
        "name": item.id,
        "id": f"{ROOT}/apis/{item.id}",
        "type": "Microsoft.PowerApps/apis",
        "properties": properties,
    }


def _runtime(environment: Environment, connector_id: str) -> dict[str, Any]:
    url = f"https://{environment.region}.azure-apim.net/apim/{connector_id.removeprefix('shared_')}"
    return {"runtimeUrls": [url], "primaryRuntimeUrl": url}


def definition_of(item: Connector) -> dict[str, Any]:
    """The definition, or a minimal one for a connector of a tenant file that names none."""
    return item.definition or _swagger(item.name)


def _swagger(title: str) -> dict[str, Any]:
    return {
        "swagger": "2.0",
        "info": {"title": title, "version": "1.0"},
        "host": "api.contoso.example",
        "schemes": ["https"],
        "paths": {},
    }
