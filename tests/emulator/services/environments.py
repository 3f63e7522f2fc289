# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment as BAP, the PowerApps RP and the Flow RP show it (powerapps-admin.md 4.1, flow-management.md 5.14)."""

from __future__ import annotations

import uuid
from typing import Any

from ..model import Environment
from ..state import State

_FLOW_REGIONS = {"europe": "emea", "unitedstates": "us"}
SYSTEM = {"id": "SYSTEM", "displayName": "SYSTEM", "type": "NotSpecified"}


def person(state: State, object_id: str | None) -> dict[str, Any]:
    """A principal as owner, creator and the like (powerapps-admin.md 2.2)."""
    if not object_id:
        return dict(SYSTEM)
    found: dict[str, Any] = {"id": object_id, "type": "User", "tenantId": state.tenant.id}
    user = state.tenant.users.get(object_id)
    if user is not None and not user.gone:
        found.update(displayName=user.name, email=user.mail or "", userPrincipalName=user.upn)
        return found
    service_principal = state.tenant.service_principals.get(object_id)
    if service_principal is not None:
        found.update(displayName=service_principal.name, type="ServicePrincipal")
    return found


def endpoints(environment: Environment) -> dict[str, str]:
    region = environment.region
    return {
        "microsoft.BusinessAppPlatform": f"https://{region}.api.bap.microsoft.com",
        "microsoft.CommonDataModel": f"https://{region}.api.cds.microsoft.com",
        "microsoft.PowerApps": f"https://{region}.api.powerapps.com",
        "microsoft.PowerAppsAdvisor": f"https://{region}.api.advisor.powerapps.com",
        "microsoft.PowerVirtualAgents": f"https://powervamg.{region}.gateway.prod.island.powerapps.com",
        "microsoft.ApiManagement": f"https://management.{region}.azure-apihub.net",
        "microsoft.Flow": f"https://{_FLOW_REGIONS.get(region, region)}.api.flow.microsoft.com",
    }


def dataverse(environment: Environment) -> dict[str, Any] | None:
    org = environment.dataverse
    if not org:
        return None
    region, _unused, suffix = environment.dataverse_host.partition(".")
    return {
        "resourceId": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{org}.{environment.dataverse_host}")),
        "friendlyName": environment.name,
        "uniqueName": f"unq{org}",
        "domainName": org,
        "version": "9.2.25063.00188",
        "instanceUrl": f"https://{org}.{environment.dataverse_host}/",
        "instanceApiUrl": f"https://{org}.api.{region}.{suffix}",
        "baseLanguage": 1033,
        "instanceState": "Ready",
        **({"securityGroupId": environment.security_group} if environment.security_group else {}),
    }


def bap(state: State, environment: Environment, *, admin: bool) -> dict[str, Any]:
    scope = "scopes/admin/" if admin else ""
    linked = dataverse(environment)
    properties: dict[str, Any] = {
        "tenantId": state.tenant.id,
        "azureRegion": environment.azure_region,
        "displayName": environment.name,
        "description": environment.description,
        "createdTime": environment.created,
        "createdBy": person(state, environment.created_by),
        "lastModifiedTime": environment.created,
        "provisioningState": environment.state,
        "creationType": "DefaultTenant" if environment.default else "User",
        "environmentSku": environment.sku,
        "environmentType": environment.type,
        "isDefault": environment.default,
        "databaseType": "CommonDataService" if linked else "None",
        "clientUris": {
            "admin": f"https://admin.powerplatform.microsoft.com/environments/environment/{environment.id}/hub",
            "maker": f"https://make.powerapps.com/environments/{environment.id}/home",
        },
        "runtimeEndpoints": endpoints(environment),
        "states": {
            "management": {"id": "Ready" if environment.state == "Succeeded" else "NotSpecified"},
            "runtime": {"id": environment.runtime_state},
        },
        "governanceConfiguration": {"protectionLevel": environment.protection},
    }
    if linked:
        properties["linkedEnvironmentMetadata"] = linked
    if environment.environment_group:
        properties["parentEnvironmentGroup"] = {"id": environment.environment_group}
    return {
        "id": f"/providers/Microsoft.BusinessAppPlatform/{scope}environments/{environment.id}",
        "type": f"Microsoft.BusinessAppPlatform/{'scopes/' if admin else ''}environments",
        "location": environment.region,
        "name": environment.id,
        "properties": properties,
    }


def projected(state: State, environment: Environment, provider: str) -> dict[str, Any]:
    """The shorter object of the two other services; `provider` is the one's name."""
    names = ("microsoft.BusinessAppPlatform", "microsoft.CommonDataModel", "microsoft.PowerApps", "microsoft.Flow")
    urls = endpoints(environment)
    return {
        "name": environment.id,
        "location": environment.region,
        "type": f"{provider}/environments",
        "id": f"/providers/{provider}/environments/{environment.id}",
        "properties": {
            "displayName": environment.name,
            "description": environment.description,
            "createdTime": environment.created,
            "createdBy": person(state, environment.created_by),
            "lastModifiedTime": environment.created,
            "provisioningState": environment.state,
            "creationType": "DefaultTenant" if environment.default else "User",
            "environmentSku": environment.sku,
            "environmentType": environment.type,
            "isDefault": environment.default,
            "azureRegionHint": environment.azure_region,
            "runtimeEndpoints": {name: urls[name] for name in names},
        },
    }
