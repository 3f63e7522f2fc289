# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A custom connector of a solution, kept in Dataverse (contract: dataverse-connectors.md 3 and 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import (
    dataverse,
    powerapps_connections,
    powerapps_connectors,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    NotFoundError,
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Caller,
    Claim,
    Exported,
    Json,
    Plan,
    Target,
    Thing,
    display_name,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    BAP,
    DELEGATED,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import connector_of
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_export import (
    exported_connector,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_options import (
    CONNECTOR_CONSTRAINTS,
    CONNECTOR_OPTIONS,
    CustomConnectorDeclaration,
    misplaced_secrets,
    parse_connector,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_plan import (
    ConnectorChange,
    CurrentConnector,
    DesiredConnector,
    merge_connectors,
    plan_connector,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_writes import write_connector
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import (
    CONNECTOR,
    CONNECTOR_BY_UNIQUE_NAME,
    find_owner,
    is_organization,
    organization,
    organization_of,
    place_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType

_READING = (dataverse.LIST_CONNECTORS, dataverse.GET_CONNECTOR)
_OWNERS = (dataverse.LIST_SYSTEM_USERS, dataverse.LIST_TEAMS)
_WRITING = (dataverse.CREATE_CONNECTOR, dataverse.UPDATE_CONNECTOR)
_SOLUTION = (dataverse.LIST_COMPONENT_TYPES, dataverse.ADD_SOLUTION_COMPONENT)
_SECRETS = (powerapps_connectors.GET_MY_CONNECTOR, powerapps_connectors.UPDATE_MY_CONNECTOR)
_REMOVING = (dataverse.DELETE_CONNECTOR, powerapps_connections.LIST_CONNECTIONS_AS_ADMIN)


class CustomConnector(Kind[CustomConnectorDeclaration, DesiredConnector, CurrentConnector, ConnectorChange]):
    """A connector with its definition, its script and its owner."""

    name = "custom_connector"
    service = BAP
    wave = 0
    document = "custom connector"
    thing_type = CONNECTOR
    exportable = True
    options = CONNECTOR_OPTIONS
    constraints = CONNECTOR_CONSTRAINTS

    def pasted(self, options: Mapping[str, Any]) -> Iterable[str]:
        return misplaced_secrets(options)

    def parse(self, options: Mapping[str, Any]) -> CustomConnectorDeclaration:
        return parse_connector(options)

    def secrets(self, declaration: CustomConnectorDeclaration) -> Iterable[str]:
        return declaration.wanted.secrets.texts()

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (*_READING, *_OWNERS, *_WRITING, *_SOLUTION, *_SECRETS, *_REMOVING)

    def operations(self, declaration: CustomConnectorDeclaration) -> tuple[Operation, ...]:
        wanted = declaration.wanted
        if wanted.absent:
            return (*_READING, *_REMOVING[: 1 if declaration.organization_url else None])
        # Secrets are written where the identity is a user, and are a manual step where it is none.
        return (*_READING, *(_OWNERS if wanted.owner else ()), *_WRITING, *(_SOLUTION if wanted.solution else ()))

    def type_of(self, declaration: CustomConnectorDeclaration) -> ThingType:
        return CONNECTOR_BY_UNIQUE_NAME if declaration.by == "name" else CONNECTOR

    def named_by(self, declaration: CustomConnectorDeclaration) -> str:
        return declaration.by

    @property
    def id_option(self) -> str:
        return "connector_id"

    def given_environment(self, declaration: CustomConnectorDeclaration) -> Thing | None:
        if declaration.organization_url is None:
            return None
        return organization("organization_url", declaration.organization_url)

    def may_be_missing(self, declaration: CustomConnectorDeclaration) -> bool:
        return True

    def bind(
        self, declaration: CustomConnectorDeclaration, target: Target, find: Find, caller: Caller
    ) -> DesiredConnector:
        del find
        organization_of(target.environment)
        return DesiredConnector(target, declaration.wanted, delegated=caller.kind == DELEGATED)

    def merge(self, one: DesiredConnector, other: DesiredConnector) -> DesiredConnector:
        return merge_connectors(one, other)

    def claims(self, desired: DesiredConnector) -> Iterable[Claim]:
        wanted, target = desired.wanted, desired.target
        where = organization_of(target.environment).casefold().replace(".api.crm", ".crm")
        row, display = target.thing.record.get("row") or {}, wanted.values.get("display_name")
        names = {
            "connector_id": target.thing.id,
            "name": row.get("name") or wanted.unique_name,
            "display_name": None if same_text(display, row.get("displayname")) else display,
        }
        for option, name in names.items():
            if name:
                about = f"{option} {name.casefold()} in {where}"
                yield Claim(about, repr(target.key), "Name one connector, and its environment, in one way.")

    def prepare(self, client: Client, desired: DesiredConnector, once: Once) -> DesiredConnector:
        wanted, url = desired.wanted, organization_of(desired.target.environment)
        if wanted.absent:
            return desired._replace(used_by=_used_by(client, desired.target, once))
        _check_names(client, url, desired, once)
        if wanted.owner is None:
            return desired
        what, name = wanted.owner
        owner = once(("owner", url, what, name.casefold()), lambda: find_owner(client, url, what, name))
        return desired._replace(owner=owner.reference)

    def listed(self, target: Target) -> CurrentConnector | None:
        row = target.thing.record.get("row") or {}
        return CurrentConnector(row) if "openapidefinition" in row else None  # asked for by its id, it came whole

    def missing(self, caller: Caller) -> CurrentConnector:
        del caller
        return CurrentConnector(None)

    def read(self, client: Client, target: Target) -> CurrentConnector:
        url, connector = organization_of(target.environment), target.thing.id
        if not connector:  # made a moment ago: found as it will be found next time
            rows = _called(client, url, target.thing.name)
            if not rows:
                return CurrentConnector(None)
            if len(rows) > 1:
                pairs = [(row["connectorid"], row.get("displayname") or "") for row in rows]
                raise AmbiguousReferenceError("name", target.thing.name, pairs, id_option="connector_id")
            connector = rows[0]["connectorid"]
        try:
            return CurrentConnector(dataverse.get_connector(client, url, connector))
        except NotFoundError:
            return CurrentConnector(None)

    def plan(self, desired: DesiredConnector, current: CurrentConnector) -> Plan[ConnectorChange]:
        return plan_connector(self, desired, current)

    def made(self, target: Target, current: CurrentConnector) -> Target:
        row = current.row or {}
        thing = Thing(row.get("connectorid") or target.thing.id, row.get("displayname") or "", {"row": row})
        return target._replace(thing=thing, exists=True)

    def written(self, client: Client, desired: DesiredConnector, change: ConnectorChange) -> DesiredConnector:
        wanted = desired.wanted
        return desired._replace(wanted=wanted._replace(secrets=wanted.secrets.written("")))

    def apply(self, client: Client, target: Target, change: ConnectorChange) -> None:
        url = organization_of(target.environment)
        write_connector(client, url, target.environment.id, change, lambda: self.read(client, target).row)

    def as_listed(self, client: Client, target: Target, once: Once) -> Json:
        del client, once
        return {**self.head(target), "connector_id": target.thing.id}

    def as_found(self, declared: Json, plan: Plan[ConnectorChange], *, exclusive: bool) -> Exported:
        return exported_connector(plan.before, declared["connector_id"])

    def path(self, target: Target) -> str:
        return f"environments/{target.environment.id}/custom_connectors/{target.thing.id or target.thing.name}"

    def head(self, target: Target) -> Json:
        return place_of(target.environment)


def _called(client: Client, url: str, unique_name: str) -> list[Json]:
    return [row for row in dataverse.list_connectors(client, url) if same_text(row.get("name"), unique_name)]


def _check_names(client: Client, url: str, desired: DesiredConnector, once: Once) -> None:
    """OptionError for a name that becomes this connector's and is another one's.

    Dataverse would take it; from then on nobody could tell the two apart by it.
    """
    row = desired.target.thing.record.get("row") or {}
    names = {
        "name": ("name", desired.wanted.unique_name if not desired.target.exists else None),
        "display_name": ("displayname", desired.wanted.values.get("display_name")),
    }
    for option, (column, name) in names.items():
        if not name or same_text(name, row.get(column)):
            continue
        rows = once(("connectors", url), lambda: list(dataverse.list_connectors(client, url)))
        others = [item["connectorid"] for item in rows if same_text(item.get(column), name)]
        if others:
            raise OptionError(
                option,
                f"there is a connector of this name already: {', '.join(sorted(others))}.",
                value=name,
                remedy="Give that id in connector_id if you mean it, or choose another name.",
            )


def _used_by(client: Client, target: Target, once: Once) -> tuple[str, ...]:
    """The connections of a connector that is to go. Without its environment nobody can ask for them."""
    internal = (target.thing.record.get("row") or {}).get("connectorinternalid")
    if not target.exists or not internal or is_organization(target.environment):
        return ()
    environment = target.environment.id
    connections = once(("connections", environment), lambda: _connections(client, environment))
    return tuple(told for connector, told in connections if same_text(connector, internal))


def _connections(client: Client, environment: str) -> list[tuple[str, str]]:
    """Of each connection its connector, and what it is called in a message."""
    records = powerapps_connections.list_connections(client, environment, as_admin=True)
    return [(connector_of(record), f"{display_name(record)} ({record.get('name')})") for record in records]


KIND = CustomConnector()
