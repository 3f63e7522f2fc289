# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of AvePoint's inventory, made of what the emulated tenant has (avepoint.md 3 and 4)."""

from __future__ import annotations

import uuid
from typing import Any

from ..catalogue import CATALOGUE
from ..flow_model import Flow
from ..model import App, Connection, Environment, Tenant
from ..state import State
from . import environments
from .connections import custom_connector

_ICONS = "https://contoso.example/icons"


def container_of(tenant: Tenant, kind: str) -> tuple[str, str]:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{tenant.id} {kind}")), f"{tenant.name}-{kind}"


class Usage:
    """Which flows and apps of an environment use which of its connections."""

    def __init__(self, environment: Environment) -> None:
        self.flows: dict[str, list[str]] = {}
        self.apps: dict[str, list[str]] = {}
        for flow in environment.flows.values():
            if not flow.gone and flow.state != "Deleted":
                for name in _used_by_flow(environment, flow):
                    self.flows.setdefault(name, []).append(flow.name)
        for app in environment.apps.values():
            if app.deleted_at is None:
                for name in _used_by_app(app):
                    self.apps.setdefault(name, []).append(app.name)


def connection(state: State, environment: Environment, item: Connection, usage: Usage) -> dict[str, Any]:
    """One row; what `avepoint.report` of the tenant file says of it lies on top."""
    tenant = state.tenant
    container_id, container_name = container_of(tenant, "Connections")
    flows, apps = usage.flows.get(item.id.lower(), []), usage.apps.get(item.id.lower(), [])
    row = {
        "id": item.id,
        "tenantId": tenant.id,
        "tenantName": tenant.name,
        "containerId": container_id,
        "containerName": container_name,
        "displayName": item.name,
        "iconUri": f"{_ICONS}/{item.connector}.png",
        **_connector(state, environment, item),
        "environmentId": environment.id,
        "environmentDisplayName": environment.name,
        "powerAppCount": len(apps),
        "flowCount": len(flows),
        "flowNames": flows,
        "appNames": apps,
        "status": item.status,
        "connectionSource": None,
        **_owner(state, item.creator),
    }
    return {**row, **tenant.platform.avepoint.report.get(item.id.lower(), {})}


def _connector(state: State, environment: Environment, item: Connection) -> dict[str, Any]:
    """A connector of the catalogue has no owner and no time; one that nobody knows any more has little else."""
    custom = custom_connector(state, environment, item.connector)
    found: dict[str, Any] = {
        "connectorId": item.connector,
        "connectorDisplayName": "",
        "connectorIconBrandColor": "#0078d4",
        "isCustom": custom is not None,
        "tier": "Premium",
        "connectorOwnerDisplayName": None,
        "connectorCreatedTime": "",
        "publisher": "",
    }
    built_in = CATALOGUE.get(item.connector.lower())
    if custom is not None:
        maker = environments.person(state, custom.creator)
        found.update(
            connectorDisplayName=custom.name,
            connectorIconBrandColor=custom.icon_brand_color or "#007ee5",
            tier=custom.tier,
            connectorOwnerDisplayName=maker.get("displayName"),
            connectorCreatedTime=moment(custom.created),
            publisher=custom.publisher or maker.get("displayName", ""),
        )
    elif built_in is not None:
        found.update(connectorDisplayName=built_in.name, tier=built_in.tier, publisher=built_in.publisher)
    return found


def _owner(state: State, object_id: str) -> dict[str, Any]:
    """ASSUMED: `Disabled` of whoever is switched off or gone; a service principal has no country."""
    person = environments.person(state, object_id)
    user = state.tenant.users.get(object_id)
    application = state.tenant.service_principals.get(object_id)
    alive = state.user(object_id) is not None or application is not None
    enabled = user.enabled if user is not None else application.enabled if application is not None else False
    return {
        "ownerId": object_id,
        "ownerDisplayName": person.get("displayName", ""),
        "ownerUserPrincipalName": person.get("userPrincipalName", ""),
        "ownerStatus": "Enabled" if alive and enabled else "Disabled",
        "ownerCountry": state.tenant.country if user is not None and not user.gone else "",
    }


def _used_by_flow(environment: Environment, flow: Flow) -> set[str]:
    """By name, or behind a connection reference of the environment."""
    found: set[str] = set()
    for reference in flow.connection_references.values():
        logical = str(reference.get("connectionReferenceLogicalName") or "")
        for name in (reference.get("connectionName"), environment.connection_references.get(logical)):
            if name:
                found.add(str(name).lower())
    return found


def _used_by_app(app: App) -> set[str]:
    shared = (str(item.get("sharedConnectionId") or "") for item in app.connection_references.values())
    return {path.rpartition("/")[2].lower() for path in shared if path}


def environment(state: State, item: Environment) -> dict[str, Any]:
    """ASSUMED: every value but ids and names; the contract has the members only."""
    tenant = state.tenant
    container_id, container_name = container_of(tenant, "Environments")
    linked = environments.dataverse(item)
    flows = [flow for flow in item.flows.values() if not flow.gone and flow.state != "Deleted"]
    connections = [one for one in item.connections.values() if not one.deleted]
    owner = environments.person(state, item.created_by) if item.created_by else {}
    return {
        "id": item.id,
        "name": item.id,
        "displayName": item.name,
        "dataverseInstanceUrl": linked["instanceUrl"] if linked else "",
        "tenantId": tenant.id,
        "tenant": tenant.name,
        "containerId": container_id,
        "container": container_name,
        "createdTime": moment(item.created),
        "lastModifiedTime": moment(item.created),
        "region": item.region,
        "environmentType": item.sku,
        "isDefault": item.default,
        "hasManaged": item.protection == "Standard",
        "hasDataverse": linked is not None,
        "hasDlpPolicy": False,
        "dlpPolicies": 0,
        "hasPremiumConnection": any(_connector(state, item, one)["tier"] == "Premium" for one in connections),
        "hasSecurityGroup": bool(item.security_group),
        "securityGroupId": item.security_group or "",
        "environmentOwnerId": item.created_by or "",
        "environmentOwnerDisplayName": owner.get("displayName", ""),
        "environmentOwnerUserPrincipalName": owner.get("userPrincipalName", ""),
        "ownerIsDisabled": False,
        "numberOfApps": sum(1 for app in item.apps.values() if app.deleted_at is None),
        "numberOfFlows": len(flows),
        "numberOfDesktopFlows": 0,
        "numberOfConnections": len(connections),
        "numberOfUsers": 0,
        "numberOfGuestUsers": 0,
        "numberOfAdmins": len(item.admins),
        "numberOfMakers": len(item.makers),
        "totalUsage": 0,
        "usageOfDatabase": 0,
        "usageOfFile": 0,
        "usageOfLog": 0,
        "enPowerPolicyId": "",
        "enPowerPolicyName": "",
        "enPowerPolicyStatus": "",
        "phase": "",
        "phaseStartTime": "",
        "renewalDueDate": "",
        "nextRenewalDate": "",
    }


def moment(time: str) -> str:
    """As the samples write it, without a zone."""
    return time[:19].replace("T", " ")
