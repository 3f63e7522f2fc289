# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Power Platform API and AvePoint know of a tenant, as typed records. Field names are the keys of the tenant
file (README.md)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .flow_model import EPOCH


@dataclass(slots=True)
class BillingPolicy:
    """`environments` are spelled as whoever linked them spelled them. After `reads` more reads the status is `then`.

    `account` is the name of the Azure resource behind it: it stays what the policy was called first.
    """

    id: str
    name: str
    subscription: str
    resource_group: str
    location: str = "europe"
    status: str = "Enabled"
    account: str = ""
    environments: list[str] = field(default_factory=list)
    then: str | None = None
    reads: int = 0
    created: str = EPOCH
    created_by: str | None = None
    modified: str = EPOCH
    modified_by: str | None = None
    deleted: bool = False

    @property
    def key(self) -> str:
        return self.id

    def clone(self) -> BillingPolicy:
        return replace(self, environments=list(self.environments))

    def covers(self, environment: str) -> bool:
        return environment.lower() in (item.lower() for item in self.environments)


@dataclass(slots=True)
class Package:
    """An application package of the catalogue that every environment can install from; `name` is the unique one."""

    id: str
    name: str
    title: str
    version: str
    description: str = ""
    application: str = ""
    application_id: str = ""
    publisher: str = "Microsoft Dynamics 365"
    publisher_id: str = ""
    visibility: str = "All"
    countries: list[str] = field(default_factory=list)
    learn_more: str | None = None

    def clone(self) -> Package:
        return replace(self)


@dataclass(slots=True)
class Installed:
    """What an environment made of a package. No version: that of the catalogue; `error` is why it failed."""

    name: str
    version: str = ""
    state: str = "Installed"
    error: dict[str, Any] = field(default_factory=dict)

    def clone(self) -> Installed:
        return replace(self)


@dataclass(slots=True)
class Operation:
    """Something that takes its time: so many `polls` see it running, or it runs until a moment (seconds since 1970).

    `family` tells which route answers for it, `target` what it is about, `before` what a package was before it.
    """

    id: str
    family: str
    name: str
    environment: str = ""
    target: str = ""
    polls: int = 0
    until: float | None = None
    status: str = "Running"
    end: str = "Succeeded"
    code: str = ""
    message: str = ""
    retry_after: str | None = "1"
    before: str | None = None
    requested_by: str | None = None
    created: str = EPOCH
    modified: str = EPOCH

    def clone(self) -> Operation:
        return replace(self)


@dataclass(slots=True)
class EnvironmentGroup:
    """Its environments and its children name it, not the other way round."""

    id: str
    name: str
    description: str = ""
    parent: str | None = None
    created: str = EPOCH
    created_by: str | None = None
    modified: str = EPOCH
    modified_by: str | None = None
    deleted: bool = False

    @property
    def key(self) -> str:
        return self.id

    def clone(self) -> EnvironmentGroup:
        return replace(self)


@dataclass(slots=True)
class RoleAssignment:
    """A role of the Power Platform's own access control. No scope: the tenant."""

    id: str
    principal: str
    role: str
    scope: str = ""
    type: str = "User"
    created: str = EPOCH
    created_by: str | None = None
    deleted: bool = False

    def clone(self) -> RoleAssignment:
        return replace(self)


@dataclass(slots=True)
class AvePointClient:
    """An app registration in AvePoint Online Services. `certificate` is PEM, or `generated`: made at the start."""

    name: str
    client_id: str
    secret: str = ""
    certificate: str = ""
    scopes: list[str] = field(default_factory=lambda: ["enpower.data.read.all"])
    environment: str = "commercial"
    enabled: bool = True

    def clone(self) -> AvePointClient:
        return replace(self, scopes=list(self.scopes))


@dataclass(slots=True)
class AvePoint:
    """`report` lays members over the row of a connection, by its id; `rows` are further rows as they stand."""

    clients: dict[str, AvePointClient] = field(default_factory=dict)
    report: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Platform:
    billing_policies: dict[str, BillingPolicy] = field(default_factory=dict)
    application_packages: dict[str, Package] = field(default_factory=dict)
    environment_groups: dict[str, EnvironmentGroup] = field(default_factory=dict)
    role_assignments: dict[str, RoleAssignment] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    avepoint: AvePoint = field(default_factory=AvePoint)


PlatformRecord = BillingPolicy | Package | Installed | Operation | EnvironmentGroup | RoleAssignment | AvePointClient
