# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The things of a tenant, as typed records. Field names are the keys of the tenant file (README.md)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .flow_model import EPOCH, Flow
from .platform_model import Installed, Platform, PlatformRecord

EVERYONE = "everyone"


@dataclass(slots=True)
class User:
    id: str
    name: str
    upn: str
    mail: str | None = None
    enabled: bool = True
    type: str | None = "Member"
    admin: bool = False
    other_mails: list[str] = field(default_factory=list)
    proxy_addresses: list[str] = field(default_factory=list)
    job_title: str | None = None
    password: str = "Passw0rd-of-the-emulator"
    deleted_at: str | None = None
    gone: bool = False

    def clone(self) -> User:
        return replace(self, other_mails=list(self.other_mails), proxy_addresses=list(self.proxy_addresses))


@dataclass(slots=True)
class Group:
    id: str
    name: str
    kind: str = "security"
    security_enabled: bool | None = None
    dynamic: bool = False
    mail: str | None = None
    mail_nickname: str | None = None
    description: str | None = None
    members: list[str] = field(default_factory=list)
    deleted_at: str | None = None
    gone: bool = False

    def clone(self) -> Group:
        return replace(self, members=list(self.members))


@dataclass(slots=True)
class ServicePrincipal:
    id: str
    app_id: str
    name: str
    enabled: bool = True
    type: str = "Application"
    application_object_id: str | None = None
    deleted_at: str | None = None
    gone: bool = False

    def clone(self) -> ServicePrincipal:
        return replace(self)


@dataclass(slots=True)
class Client:
    """An identity that can ask for tokens."""

    name: str
    app_id: str
    secret: str = ""
    registered: bool = False
    delegated: bool = False
    user: str | None = None
    graph: list[str] | None = None
    platform: list[str] | None = None
    public: bool = False
    assertions: bool = True
    managed_identity: str = ""
    resource_id: str = ""

    def clone(self) -> Client:
        """Lists of permissions are replaced as wholes and never changed, so they may be shared."""
        return replace(self)


@dataclass(slots=True)
class Role:
    """A role assignment of an app, a connection or a custom connector."""

    principal: str
    role: str
    type: str = "User"
    name: str | None = None
    email: str | None = None
    created_at: str | None = None
    created_by: str | None = None


@dataclass(slots=True)
class App:
    id: str
    name: str
    owner: str
    description: str = ""
    type: str = "ClassicCanvasApp"
    created: str = EPOCH
    modified: str = EPOCH
    created_by: str = ""
    logical_name: str | None = None
    connection_references: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    deleted_at: str | None = None

    @property
    def key(self) -> str:
        return self.id

    def clone(self) -> App:
        return replace(self, roles={key: replace(role) for key, role in self.roles.items()})


@dataclass(slots=True)
class Connection:
    """`secrets` holds digests only: name to the SHA-256 of what was written, or to nothing when that was blank."""

    id: str
    connector: str
    name: str
    creator: str
    allow_sharing: bool = True
    status: str = "Connected"
    error_code: str | None = None
    error_message: str | None = None
    account_name: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    parameter_set: str | None = None
    secrets: dict[str, str] = field(default_factory=dict)
    created: str = EPOCH
    modified: str = EPOCH
    roles: dict[str, Role] = field(default_factory=dict)
    deleted: bool = False

    @property
    def key(self) -> str:
        return connection_key(self.connector, self.id)

    def clone(self) -> Connection:
        return replace(
            self,
            parameters=dict(self.parameters),
            secrets=dict(self.secrets),
            roles={key: replace(role) for key, role in self.roles.items()},
        )


def connection_key(connector: str, name: str) -> str:
    """A connection's name is unique for its connector only."""
    return f"{connector}/{name}".lower()


@dataclass(slots=True)
class Connector:
    """A custom connector as the PowerApps RP and Dataverse both have it; those that every environment has stand in
    catalogue.py. Without `dataverse_id` there is no row in Dataverse.

    `definition` is None when none was ever given, empty when a minimal one is to be made up. `capabilities` are names.
    `secrets` holds digests only: the path of a secret in the parameters to the SHA-256 of what was written.
    """

    id: str
    name: str
    creator: str
    description: str = ""
    tier: str = "Premium"
    definition: dict[str, Any] | None = field(default_factory=dict)
    connection_parameters: Any = None
    connection_parameter_sets: Any = None
    policy_templates: Any = None
    script: str | None = None
    script_operations: Any = None
    capabilities: list[str] = field(default_factory=list)
    icon_brand_color: str | None = None
    interfaces: str | None = None
    introduced_version: str | None = None
    publisher: str | None = None
    secrets: dict[str, str] = field(default_factory=dict)
    dataverse_id: str | None = None
    unique_name: str = ""
    type: int = 1
    version_number: int = 1000000
    owner: str = ""
    modified_by: str = ""
    solution: list[str] = field(default_factory=list)
    managed: bool = False
    customizable: bool = True
    active: bool = True
    created: str = EPOCH
    modified: str = EPOCH
    roles: dict[str, Role] = field(default_factory=dict)
    deleted: bool = False

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def row_owner(self) -> str:
        """Who owns the row: a principal, or a team of the environment. The role Owner stays its creator's."""
        return self.owner or self.creator

    def clone(self) -> Connector:
        """Parsed JSON is replaced as a whole and never changed, so it may be shared."""
        return replace(
            self,
            capabilities=list(self.capabilities),
            secrets=dict(self.secrets),
            solution=list(self.solution),
            roles={key: replace(role) for key, role in self.roles.items()},
        )


@dataclass(slots=True)
class Publisher:
    name: str
    friendly_name: str = ""
    prefix: str = "new"

    def clone(self) -> Publisher:
        return replace(self)


@dataclass(slots=True)
class Solution:
    """`name` is the unique one, `publisher` that of a publisher of the environment."""

    name: str
    friendly_name: str = ""
    managed: bool = False
    version: str = "1.0.0.0"
    publisher: str = ""

    def clone(self) -> Solution:
        return replace(self)


@dataclass(slots=True)
class Team:
    """A team that owns rows; with `group`, the members are those of a group of the directory."""

    name: str
    id: str = ""
    group: str | None = None

    def clone(self) -> Team:
        return replace(self)


@dataclass(slots=True)
class Environment:
    id: str
    name: str
    sku: str = "Production"
    type: str = "Production"
    default: bool = False
    region: str = "europe"
    azure_region: str = "westeurope"
    state: str = "Succeeded"
    description: str = ""
    created: str = EPOCH
    created_by: str | None = None
    dataverse: str | None = None
    dataverse_host: str = "crm4.dynamics.com"
    security_group: str | None = None
    environment_group: str | None = None
    protection: str = "Basic"
    admins: list[str] = field(default_factory=list)
    makers: list[str] = field(default_factory=list)
    runtime_state: str = "Enabled"
    blocked: str | None = None
    dataverse_dependencies: bool = False
    rp_delay: dict[str, float] = field(default_factory=dict)
    connection_references: dict[str, str] = field(default_factory=dict)
    create_binds: bool = True
    owners_without_applications: bool = False
    publishers: dict[str, Publisher] = field(default_factory=dict)
    solutions: dict[str, Solution] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    settings: dict[str, Any] | None = field(default_factory=dict)
    packages: dict[str, Installed] = field(default_factory=dict)

    def clone(self) -> Environment:
        """A copy of the record; the things in it stay shared, they are journalled on their own."""
        return replace(self, admins=list(self.admins), makers=list(self.makers))


@dataclass(slots=True)
class Tenant:
    id: str
    name: str = "Contoso"
    domains: list[str] = field(default_factory=lambda: ["contoso.example"])
    country: str = "DE"
    region: str = "europe"
    settings: dict[str, Any] = field(default_factory=dict)
    management_applications: list[str] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    service_principals: dict[str, ServicePrincipal] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    platform: Platform = field(default_factory=Platform)


Principal = User | Group | ServicePrincipal
Shared = App | Connection | Connector
Thing = App | Flow | Connection | Connector
Record = (
    User
    | Group
    | ServicePrincipal
    | Client
    | App
    | Flow
    | Connection
    | Connector
    | Publisher
    | Solution
    | Team
    | Environment
    | PlatformRecord
)


def role_owner(item: Shared) -> str:
    """The principal whose role Owner comes by itself and cannot be taken away."""
    return item.owner if isinstance(item, App) else item.creator


def next_version(environment: Environment) -> int:
    """The version number of the next write in an organisation: they are counted over all its rows."""
    connectors = max((item.version_number for item in environment.connectors.values()), default=1000000)
    flows = max((item.version_number for item in environment.flows.values() if item.workflow_id), default=0)
    return max(connectors, flows) + 1
