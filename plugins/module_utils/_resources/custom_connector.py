# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A custom connector of a solution, kept in Dataverse (contract: dataverse-connectors.md 3 and 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import (
    dataverse,
    powerapps_connections,
    powerapps_connectors,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    LostAnswerError,
    NotFoundError,
    OptionError,
    PowerPlatformError,
    SecretsNotWrittenError,
    ServiceUnavailableError,
    TransportError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    PRESENT,
    Caller,
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import connector_of
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_columns import COLUMNS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_plan import (
    ConnectorChange,
    CurrentConnector,
    DesiredConnector,
    WantedConnector,
    member_of,
    merge_connectors,
    plan_connector,
    with_secrets,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import (
    CONNECTOR,
    CONNECTOR_BY_UNIQUE_NAME,
    is_organization,
    organization,
    organization_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    as_text,
    read_document,
    secret_leaf,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secrets import (
    SECRET_OPTIONS,
    parse_secrets,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger import (
    check_definition,
    with_texts,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType, is_guid

_MAPPINGS = ("openapi_definition", "connection_parameters", "connection_parameter_sets")
_LISTS = ("policy_templates", "script_operations")
# Characters that the columns hold, of documents as JSON text (contract 2).
_LONGEST = {
    "name": 500,
    "display_name": 200,
    "description": 1000,
    "icon_brand_color": 100,
    "script": 500_000,
    "openapi_definition": 1_000_000,
    "connection_parameters": 500_000,
    "connection_parameter_sets": 500_000,
    "policy_templates": 500_000,
    "script_operations": 500_000,
}
_READING = (dataverse.LIST_CONNECTORS, dataverse.GET_CONNECTOR)
_OWNERS = (dataverse.LIST_SYSTEM_USERS, dataverse.LIST_TEAMS)
_WRITING = (dataverse.CREATE_CONNECTOR, dataverse.UPDATE_CONNECTOR)
_SECRETS = (powerapps_connectors.GET_MY_CONNECTOR, powerapps_connectors.UPDATE_MY_CONNECTOR)
_REMOVING = (dataverse.DELETE_CONNECTOR, powerapps_connections.LIST_CONNECTIONS_AS_ADMIN)
# How long the PowerApps service may take to know a connector that was just made (contract 3.3), in seconds.
_LAG = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0)


class CustomConnectorDeclaration(NamedTuple):
    """The options of custom_connector. `thing` is an id, a unique name or a display name; `by` says which."""

    environment: str
    environment_display_name: str | None
    organization_url: str | None
    thing: str
    by: str
    display_name: str | None
    wanted: WantedConnector
    as_admin: bool = True
    max_removals: int = -1


class CustomConnector(Kind[CustomConnectorDeclaration, DesiredConnector, CurrentConnector, ConnectorChange]):
    """A connector with its definition, its script and its owner."""

    name = "custom_connector"
    service = BAP
    document = "custom connector"
    thing_type = CONNECTOR
    options: Mapping[str, Json] = {
        "environment": {"type": "str"},
        "environment_display_name": {"type": "str"},
        "organization_url": {"type": "str"},
        "connector_id": {"type": "str"},
        "name": {"type": "str"},
        "display_name": {"type": "str"},
        "description": {"type": "str"},
        "openapi_definition": {"type": "raw"},
        "connection_parameters": {"type": "raw", "no_log": False},
        "connection_parameter_sets": {"type": "raw", "no_log": False},
        "policy_templates": {"type": "list", "elements": "dict"},
        "script": {"type": "str"},
        "script_operations": {"type": "list", "elements": "str"},
        "icon_brand_color": {"type": "str"},
        "owner_user": {"type": "str"},
        "owner_team": {"type": "str"},
        "solution": {"type": "str"},
        **SECRET_OPTIONS,
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
    }
    constraints: Mapping[str, Any] = {
        "required_one_of": [["environment", "organization_url"], ["connector_id", "name", "display_name"]],
        "mutually_exclusive": [["environment", "organization_url"], ["owner_user", "owner_team"]],
    }

    def parse(self, options: Mapping[str, Any]) -> CustomConnectorDeclaration:
        if options["organization_url"] is not None:
            organization("organization_url", options["organization_url"])
        connector_id = options["connector_id"]
        if connector_id is not None and not is_guid(connector_id):
            raise OptionError(
                "connector_id",
                "this is no id of a connector in Dataverse.",
                value=connector_id,
                remedy="Give the GUID that custom_connector_info shows, or leave it out and give name.",
            )
        if options["organization_url"] is not None and options["secret_parameters"]:
            raise OptionError(
                "secret_parameters",
                "they go by way of the PowerApps service, which knows environments and no organization_url.",
                remedy="Name the environment in place of organization_url.",
            )
        for option in ("name", "display_name", "description", "icon_brand_color", "script"):
            _check_text(option, options[option])
        values, secrets = _values(options), parse_secrets(options)
        _check_secrets(secrets.values, values)
        by = next(option for option in ("connector_id", "name", "display_name") if options[option] is not None)
        return CustomConnectorDeclaration(
            environment=options["environment"] or "",
            environment_display_name=options["environment_display_name"],
            organization_url=options["organization_url"],
            thing=options[by],
            by=by,
            display_name=None,
            wanted=WantedConnector(
                unique_name=options["name"],
                values=values,
                owner=(
                    ("user", options["owner_user"])
                    if options["owner_user"]
                    else ("team", options["owner_team"])
                    if options["owner_team"]
                    else None
                ),
                solution=options["solution"],
                secrets=secrets,
                absent=options["state"] == ABSENT,
            ),
        )

    def secrets(self, declaration: CustomConnectorDeclaration) -> Iterable[str]:
        return declaration.wanted.secrets.texts()

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (*_READING, *_OWNERS, *_WRITING, *_SECRETS, *_REMOVING)

    def operations(self, declaration: CustomConnectorDeclaration) -> tuple[Operation, ...]:
        wanted = declaration.wanted
        if wanted.absent:
            return (*_READING, *_REMOVING[: 1 if declaration.organization_url else None])
        # Secrets are written where the identity is a user, and are a manual step where it is none.
        return (*_READING, *(_OWNERS if wanted.owner else ()), *_WRITING)

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

    def prepare(self, client: Client, desired: DesiredConnector) -> DesiredConnector:
        wanted, url = desired.wanted, organization_of(desired.target.environment)
        if wanted.absent:
            return desired._replace(used_by=_used_by(client, desired.target))
        if not desired.target.exists:
            _check_new(client, url, wanted.unique_name)
        return desired if wanted.owner is None else desired._replace(owner=_owner(client, url, *wanted.owner))

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

    def written(self, desired: DesiredConnector, change: ConnectorChange) -> DesiredConnector:
        wanted = desired.wanted
        return desired._replace(wanted=wanted._replace(secrets=wanted.secrets.written("")))

    def apply(self, client: Client, target: Target, change: ConnectorChange) -> None:
        url = organization_of(target.environment)
        if change.removes:
            dataverse.delete_connector(client, url, change.connector)
            return
        internal = change.internal_id
        try:
            if change.creates:
                row = dataverse.create_connector(client, url, change.columns or {}, change.solution)
                internal = (row or {}).get("connectorinternalid") or ""
            elif change.columns:
                dataverse.update_connector(client, url, change.connector, change.columns, change.etag)
        except (LostAnswerError, ServiceUnavailableError) as error:
            if change.secrets:
                raise _without_secrets(error) from error
            raise
        if change.secrets:
            try:
                _write_secrets(client, target.environment.id, internal or self._internal_id(client, target), change)
            except PowerPlatformError as error:
                raise _without_secrets(error) from error

    def _internal_id(self, client: Client, target: Target) -> str:
        """What the PowerApps service calls a connector that was just made: the platform sets it a while later."""
        for delay in (0.0, *_LAG):
            client.wait(delay)
            row = self.read(client, target).row or {}
            if row.get("connectorinternalid"):
                return str(row["connectorinternalid"])
        raise TransportError(
            "Dataverse has not told in time what the new connector is called in the PowerApps service.",
            remedy="Run again later.",
        )

    def path(self, target: Target) -> str:
        return f"environments/{target.environment.id}/custom_connectors/{target.thing.id or target.thing.name}"

    def head(self, target: Target) -> Json:
        if is_organization(target.environment):
            return {"organization_url": target.environment.id}
        return {"environment": target.environment.id, "environment_display_name": target.environment.name}


def _check_text(option: str, value: str | None) -> None:
    longest = _LONGEST[option]
    if value is None:
        return
    if option in ("name", "display_name") and not value.strip():
        raise OptionError(option, "it is empty.", value=value, remedy="Give a name, or leave it out.")
    if len(value) > longest:
        raise OptionError(
            option, f"it has {len(value)} characters, and Dataverse keeps {longest}.", remedy="Make it shorter."
        )


def _values(options: Mapping[str, Any]) -> Json:
    """What is declared, by option, documents as plain data. OptionError for what the service would not take."""
    values: Json = {}
    for option in COLUMNS:
        value = options[option]
        if value is None:
            continue
        if option in _MAPPINGS or option in _LISTS:
            value = read_document(option, value)
            if isinstance(value, dict) is not (option in _MAPPINGS):
                what = "mapping" if option in _MAPPINGS else "list"
                raise OptionError(option, f"it is no {what}.", remedy=f"Give a {what}.")
            place = secret_leaf(value, option) if option != "openapi_definition" else ""
            if place:
                raise OptionError(
                    place,
                    "it holds a secret, which Dataverse does not keep.",
                    remedy="Leave it out here, and give it in secret_parameters.",
                )
            _check_text(option, as_text(value))
        values[option] = value
    if "openapi_definition" in values:
        values["openapi_definition"] = with_texts(values["openapi_definition"])
        check_definition("openapi_definition", values["openapi_definition"])
    return values


def _check_secrets(secrets: Mapping[str, Any], values: Json) -> None:
    """OptionError for a secret of a connection parameter that is not among those that are declared."""
    members = {
        "connectionParameters": values.get("connection_parameters"),
        "connectionParameterSets": values.get("connection_parameter_sets"),
    }
    declared = {name: document for name, document in members.items() if document is not None}
    known = {key: value for key, value in secrets.items() if member_of(key) in declared}
    with_secrets({"properties": declared}, known)


def _called(client: Client, url: str, unique_name: str) -> list[Json]:
    return [row for row in dataverse.list_connectors(client, url) if same_text(row.get("name"), unique_name)]


def _check_new(client: Client, url: str, unique_name: str | None) -> None:
    """OptionError for a connector under a new id whose unique name is that of another one."""
    others = _called(client, url, unique_name) if unique_name else []
    if others:
        raise OptionError(
            "name",
            f"there is a connector of this name already: {others[0]['connectorid']}.",
            value=unique_name,
            remedy="Give that id in connector_id, or choose another name.",
        )


def _owner(client: Client, url: str, what: str, name: str) -> str:
    """The reference to a user or team for `ownerid@odata.bind`. OptionError when there is none, or several."""
    option = f"owner_{what}"
    if what == "user":
        rows = dataverse.find_users(client, url, name)
        found = [(row["systemuserid"], row.get("fullname") or "") for row in rows]
    else:
        rows = dataverse.find_teams(client, url, name)
        found = [(row["teamid"], row.get("name") or "") for row in rows]
    if len(found) > 1:
        raise AmbiguousReferenceError(option, name, found)
    if not found:
        raise UnknownReferenceError(
            option,
            f"Dataverse knows no such {what} in this environment.",
            value=name,
            remedy="Check the spelling, and that the environment has the user or team.",
        )
    return f"/{'systemusers' if what == 'user' else 'teams'}({found[0][0]})"


def _used_by(client: Client, target: Target) -> tuple[str, ...]:
    """The connections of a connector that is to go. Without its environment nobody can ask for them."""
    internal = (target.thing.record.get("row") or {}).get("connectorinternalid")
    if not target.exists or not internal or is_organization(target.environment):
        return ()
    records = powerapps_connections.list_connections(client, target.environment.id, as_admin=True)
    return tuple(
        f"{display_name(record)} ({record.get('name')})"
        for record in records
        if same_text(connector_of(record), internal)
    )


def _without_secrets(error: PowerPlatformError) -> SecretsNotWrittenError:
    return SecretsNotWrittenError(
        f"The secrets of the connector were not written, or nobody knows: {error.message}",
        remedy=f"{error.remedy} Then run once with update_secrets=always: no read shows secrets.".strip(),
    )


def _write_secrets(client: Client, environment: str, connector: str, change: ConnectorChange) -> None:
    """By way of the PowerApps service, which may learn of a new connector a while later (contract 3.3)."""
    record: Json | None = None
    for delay in _LAG:
        try:
            record = powerapps_connectors.get_connector(client, environment, connector)
            break
        except NotFoundError:
            client.wait(delay)
    if record is None:
        record = powerapps_connectors.get_connector(client, environment, connector)
    powerapps_connectors.update_connector(client, environment, connector, with_secrets(record, change.secrets or {}))


KIND = CustomConnector()
