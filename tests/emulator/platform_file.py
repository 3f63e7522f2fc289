# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the tenant file that the Power Platform API and AvePoint know of (README.md)."""

from __future__ import annotations

import uuid
from typing import Any

from .model import Environment, Tenant
from .platform_model import (
    AvePoint,
    AvePointClient,
    BillingPolicy,
    EnvironmentGroup,
    Installed,
    Operation,
    Package,
    Platform,
    RoleAssignment,
)
from .tenant_parts import Names, TenantFileError, listed, plain, put, record

PACKAGE_STATES = (
    "None",
    "Installed",
    "Uninstalled",
    "InstallRequested",
    "UninstallRequested",
    "InstallFailed",
    "UninstallFailed",
    "Installing",
    "Uninstalling",
    "InstallScheduled",
    "InstallRetrying",
    "TemplateInstalled",
)
# The roles of power-platform-api.md 6, by the names that a file calls them.
ROLES = {
    "owner": "0cb07c69-1631-4725-ab35-e59e001c51ea",
    "contributor": "ff954d61-a89a-4fbe-ace9-01c367b89f87",
    "reader": "c886ad2e-27f7-4874-8381-5849b8d8a090",
    "rbac administrator": "95e94555-018c-447b-8691-bdac8e12211e",
}
AVEPOINT_ENVIRONMENTS = ("commercial", "gov", "aos2", "fedramp")


def read(tenant: Tenant, data: dict[str, Any], names: Names) -> None:
    """What stands beside the environments; they are read already."""
    platform = tenant.platform
    for item in listed(data, "billing_policies"):
        policy = policy_from_dict(item, names)
        put(platform.billing_policies, policy.id, policy, "billing policy")
    for item in listed(data, "application_packages"):
        package = record(Package, item, f"application package {item}")
        put(platform.application_packages, package.name.lower(), package, "application package")
    for item in listed(data, "environment_groups"):
        group = group_from_dict(item, names)
        put(platform.environment_groups, group.id, group, "environment group")
    for item in listed(data, "role_assignments"):
        assignment = assignment_from_dict(item, names, tenant.id)
        put(platform.role_assignments, assignment.id, assignment, "role assignment")
    for item in listed(data, "operations"):
        operation = record(Operation, item, f"operation {item}")
        put(platform.operations, operation.id, operation, "operation")
    _check(tenant)
    _read_avepoint(platform.avepoint, data.get("avepoint") or {})


def policy_from_dict(data: dict[str, Any], names: Names) -> BillingPolicy:
    where = f"billing policy {data.get('id')}"
    policy = record(BillingPolicy, data, where)
    policy.id = policy.id.lower()
    policy.account = policy.account or policy.name
    policy.created_by = names.id(policy.created_by, where) if policy.created_by else None
    policy.modified_by = names.id(policy.modified_by, where) if policy.modified_by else policy.created_by
    return policy


def group_from_dict(data: dict[str, Any], names: Names) -> EnvironmentGroup:
    where = f"environment group {data.get('id')}"
    group = record(EnvironmentGroup, data, where)
    group.id = group.id.lower()
    group.created_by = names.id(group.created_by, where) if group.created_by else None
    group.modified_by = names.id(group.modified_by, where) if group.modified_by else group.created_by
    return group


def assignment_from_dict(data: dict[str, Any], names: Names, tenant_id: str) -> RoleAssignment:
    """`role` by its name or id; without an id one is made of the other members."""
    where = f"role assignment {data}"
    scope = str(data.get("scope") or f"/tenants/{tenant_id}")
    principal = names.id(str(data.get("principal")), where)
    role = str(data.get("role")).lower()
    role = ROLES.get(role, role)
    if role not in ROLES.values():
        raise TenantFileError(f"{where}: role must be one of {', '.join(ROLES)}, or the id of one")
    made = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope} {principal} {role}".lower()))
    given: dict[str, Any] = {"id": data.get("id") or made, "principal": principal, "role": role, "scope": scope}
    assignment = record(RoleAssignment, data, where, **given)
    if "type" not in data:
        kind = names.type(principal) or "User"
        assignment.type = "ApplicationUser" if kind == "ServicePrincipal" else kind
    return assignment


def installed_from_dict(data: dict[str, Any], where: str) -> Installed:
    found = record(Installed, data, where)
    if found.state not in PACKAGE_STATES:
        raise TenantFileError(f"{where}: {found.name}: state must be one of {', '.join(PACKAGE_STATES)}")
    return found


def read_packages(environment: Environment, data: dict[str, Any]) -> None:
    where = f"environment {environment.id}: package"
    for item in listed(data, "packages"):
        found = installed_from_dict(item, where)
        put(environment.packages, found.name.lower(), found, "package")


def _check(tenant: Tenant) -> None:
    """What names something else has to name something that is there."""
    platform = tenant.platform
    covered: set[str] = set()
    for policy in platform.billing_policies.values():
        for name in policy.environments:
            if name.lower() not in tenant.environments:
                raise TenantFileError(f"billing policy {policy.id}: no environment {name!r}")
            if name.lower() in covered:
                raise TenantFileError(f"billing policy {policy.id}: environment {name!r} has another policy already")
            covered.add(name.lower())
    for group in platform.environment_groups.values():
        if group.parent is not None and group.parent not in platform.environment_groups:
            raise TenantFileError(f"environment group {group.id}: no environment group {group.parent!r}")
    for environment in tenant.environments.values():
        if environment.environment_group not in (None, *platform.environment_groups):
            where = f"environment {environment.id}"
            raise TenantFileError(f"{where}: no environment group {environment.environment_group!r}")
        for package in environment.packages.values():
            if package.name.lower() not in platform.application_packages:
                raise TenantFileError(f"environment {environment.id}: no application package {package.name!r}")


def _read_avepoint(avepoint: AvePoint, data: dict[str, Any]) -> None:
    unknown = set(data) - {"clients", "report", "rows"}
    if unknown:
        raise TenantFileError(f"avepoint: unknown key {', '.join(sorted(unknown))}; known: clients, report, rows")
    for item in listed(data, "clients"):
        client = record(AvePointClient, item, f"avepoint client {item.get('name')}")
        client.client_id = client.client_id.lower()
        if client.environment not in AVEPOINT_ENVIRONMENTS:
            known = ", ".join(AVEPOINT_ENVIRONMENTS)
            raise TenantFileError(f"avepoint client {client.name}: environment must be one of {known}")
        put(avepoint.clients, client.client_id, client, "avepoint client")
    avepoint.report = {str(key).lower(): value for key, value in (data.get("report") or {}).items()}
    avepoint.rows = listed(data, "rows")


def to_dict(platform: Platform) -> dict[str, Any]:
    """The parts as the file holds them; empty ones are left out."""
    alive: dict[str, list[Any]] = {
        "billing_policies": [item for item in platform.billing_policies.values() if not item.deleted],
        "application_packages": list(platform.application_packages.values()),
        "environment_groups": [item for item in platform.environment_groups.values() if not item.deleted],
        "role_assignments": [item for item in platform.role_assignments.values() if not item.deleted],
        "operations": list(platform.operations.values()),
    }
    found: dict[str, Any] = {name: [plain(item) for item in items] for name, items in alive.items() if items}
    avepoint = {
        "clients": [plain(item) for item in platform.avepoint.clients.values()],
        "report": platform.avepoint.report,
        "rows": platform.avepoint.rows,
    }
    held = {key: value for key, value in avepoint.items() if value}
    return {**found, **({"avepoint": held} if held else {})}


def packages_of(environment: Environment) -> dict[str, Any]:
    found = [plain(item) for item in environment.packages.values()]
    return {"packages": found} if found else {}
