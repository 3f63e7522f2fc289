# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection: created by and for the identity that runs, deleted by any administrator.

Contract: power-platform-api.md 4.7 (create, update), powerapps-admin.md 3.7 and 3.8 (read, delete).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import (
    power_platform_connections,
    powerapps_connections,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import (
    Find,
    Kind,
    thing_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    PRESENT,
    Caller,
    Exported,
    Holder,
    Json,
    Plan,
    Target,
    Thing,
    Undeclarable,
    creator,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_export import (
    declarable_parameters,
    exported_connection,
    secret_names,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_plan import (
    ConnectionChange,
    CurrentConnection,
    DesiredConnection,
    WantedConnection,
    content,
    plan_connection,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    CONNECTION,
    connector_of,
    is_connection_id,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_ids import (
    may_be_connector_id,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_references import (
    references_to,
    unnameable,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secrets import (
    SECRET_OPTIONS,
    parse_secrets,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing, is_guid


class ConnectionDeclaration(NamedTuple):
    """The options of connection. `thing` is None where the id is derived from `key`."""

    environment: str
    environment_display_name: str | None
    thing: str | None
    display_name: str | None
    as_admin: bool
    wanted: WantedConnection
    key: str
    max_removals: int = -1


def _options() -> dict[str, Json]:
    common = thing_options(CONNECTION)
    return {
        **{name: common[name] for name in ("environment", "environment_display_name", "as_admin")},
        "connector": {"type": "str", "required": True},
        "connection_id": {"type": "str"},
        "key": {"type": "str", "no_log": False},
        "display_name": {"type": "str"},
        "parameters": {"type": "dict"},
        "parameter_set": {"type": "str"},
        **SECRET_OPTIONS,
        "require_connected": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
    }


class Connection(Kind[ConnectionDeclaration, DesiredConnection, CurrentConnection, ConnectionChange]):
    """A connection of one connector in one environment."""

    name = "connection"
    service = POWERAPPS
    wave = 1
    document = "connection"
    thing_type = CONNECTION
    exportable = True
    options: Mapping[str, Json] = _options()
    constraints: Mapping[str, Any] = {"mutually_exclusive": [["connection_id", "key"]]}

    def parse(self, options: Mapping[str, Any]) -> ConnectionDeclaration:
        connector, connection_id = options["connector"], options["connection_id"]
        if not may_be_connector_id(connector):
            raise OptionError(
                "connector",
                "this is no id of a connector.",
                value=connector,
                remedy="Give the id, such as shared_sql; connector_info lists them.",
            )
        if connection_id is not None and not is_connection_id(connection_id):
            raise OptionError(
                "connection_id",
                "this is no id of a connection.",
                value=connection_id,
                remedy="Give 32 hexadecimal digits or the id of an existing connection, or leave it out to have one "
                "derived from key.",
            )
        absent = options["state"] == ABSENT
        secrets, parameters = parse_secrets(options), options["parameters"]
        both = sorted(secrets.values.keys() & (parameters or {}).keys())
        if both:
            raise OptionError(
                f"parameters.{both[0]}",
                "it is among secret_parameters as well.",
                remedy="Keep secrets in secret_parameters, and what may be seen in parameters.",
            )
        if options["display_name"] is not None and not options["display_name"].strip():
            raise OptionError("display_name", "it is empty.", value="", remedy="Give a name, or leave it out.")
        return ConnectionDeclaration(
            environment=options["environment"],
            environment_display_name=options["environment_display_name"],
            thing=None if connection_id is None else connection_id.lower(),
            display_name=None,
            as_admin=options["as_admin"],
            wanted=WantedConnection(
                connector=connector,
                display_name=options["display_name"],
                parameters=parameters,
                parameter_set=options["parameter_set"],
                secrets=secrets,
                require_connected=options["require_connected"],
                absent=absent,
            ),
            key=options["key"] or "",
        )

    def secrets(self, declaration: ConnectionDeclaration) -> Iterable[str]:
        return declaration.wanted.secrets.texts()

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        own = (power_platform_connections.GET_CONNECTION, power_platform_connections.PUT_CONNECTION)
        if as_admin:
            listed = powerapps_connections.LIST_CONNECTIONS_AS_ADMIN
            return (listed, *own, powerapps_connections.REMOVE_CONNECTION_AS_ADMIN)
        return (powerapps_connections.LIST_MY_CONNECTIONS, *own, power_platform_connections.REMOVE_CONNECTION)

    def operations(self, declaration: ConnectionDeclaration) -> tuple[Operation, ...]:
        listed, *own, remove = self.every_operation(as_admin=declaration.as_admin)
        return (listed, remove) if declaration.wanted.absent else (listed, *own)

    def locate(self, declaration: ConnectionDeclaration, environment: Thing, caller: Caller) -> str:
        if declaration.thing is not None:
            return declaration.thing
        if not caller.tenant_id:
            raise TokenError(
                "The access token does not say of which tenant it is, so that no connection_id can be derived.",
                remedy="Give connection_id, or a token with the claim tid.",
            )
        parts = (caller.tenant_id, environment.id, declaration.wanted.connector)
        # Derived, so that whoever runs this again after a lost answer means the same connection.
        return uuid5(NAMESPACE_URL, "/".join([*map(str.lower, parts), declaration.key])).hex

    def may_be_missing(self, declaration: ConnectionDeclaration) -> bool:
        return True

    def created(self, declaration: ConnectionDeclaration, wanted: str) -> Thing | None:
        made = declaration.wanted
        if made.absent:
            return None
        return Thing(wanted, made.display_name or "", {"properties": {"apiId": f"/apis/{made.connector}"}})

    def bind(self, declaration: ConnectionDeclaration, target: Target, find: Find, caller: Caller) -> DesiredConnection:
        del find
        return DesiredConnection(target, caller, declaration.wanted, derived=declaration.thing is None)

    def merge(self, one: DesiredConnection, other: DesiredConnection) -> DesiredConnection:
        if one != other:
            raise OptionError(
                "connection_id",
                "another item declares the same connection differently.",
                value=other.target.thing.id,
                remedy="Keep one of the two items, or give them different keys.",
            )
        return one

    def listed(self, target: Target) -> CurrentConnection | None:
        return CurrentConnection(target.thing.record)

    def missing(self, caller: Caller) -> CurrentConnection:
        del caller
        return CurrentConnection(None)

    def read(self, client: Client, target: Target) -> CurrentConnection:
        records = powerapps_connections.list_connections(client, target.environment.id, as_admin=target.as_admin)
        # To its end: only a whole listing tells that something is missing.
        found = [record for record in records if same_text(as_thing(record).id, target.thing.id)]
        return CurrentConnection(found[0] if found else None)

    def holders(self, current: CurrentConnection) -> Iterable[Holder]:
        made_by = creator(current.record or {})
        if is_guid(str(made_by.get("id") or "")):
            yield Holder(made_by["id"], made_by.get("displayName") or "", "Owner")

    def plan(self, desired: DesiredConnection, current: CurrentConnection) -> Plan[ConnectionChange]:
        return plan_connection(self, desired, current)

    def made(self, target: Target, current: CurrentConnection) -> Target:
        thing = target.thing if current.record is None else as_thing(current.record)
        return target._replace(thing=thing, exists=True)

    def written(self, client: Client, desired: DesiredConnection, change: ConnectionChange) -> DesiredConnection:
        if not (change.updates and change.secrets):
            return desired._replace(wanted=desired.wanted._replace(secrets=desired.wanted.secrets.written("")))
        secrets = desired.wanted.secrets.written(change.modified)
        return desired._replace(wanted=desired.wanted._replace(secrets=secrets))

    def apply(self, client: Client, target: Target, change: ConnectionChange) -> None:
        where = (client, target.environment.id, change.connector, target.thing.id)
        if change.removes:
            if target.as_admin:
                powerapps_connections.remove_connection(*where)
            else:
                power_platform_connections.remove_connection(*where)
            return
        # The service replaces the whole object, so that what is not changed has to be in it (contract 4.7).
        present = properties(power_platform_connections.get_connection(*where)) if change.updates else {}
        power_platform_connections.put_connection(*where, content(present, change))

    def as_listed(self, client: Client, target: Target, once: Once) -> Json | Undeclarable:
        record, own = target.thing.record, client.caller(self.service).object_id
        owner = creator(record)
        if not own or not same_text(owner.get("id"), own):
            whose = owner.get("displayName") or owner.get("id") or "somebody unknown"
            return Undeclarable(f"It belongs to {whose}, and only its owner can make it, consent to it or change it.")
        secrets = secret_names(client, target, once)
        odd = unnameable(target.thing.id, secrets)
        if odd:
            return Undeclarable(f"Names of its secrets cannot stand in a template: {', '.join(odd)}.")
        parameters = declarable_parameters(record, secrets)
        return {
            **self.head(target),
            "connector": connector_of(record),
            **({"parameters": parameters} if parameters else {}),
            **({"secret_parameters": references_to(target.thing.id, secrets)} if secrets else {}),
            "require_connected": False,
        }

    def as_found(self, declared: Json, plan: Plan[ConnectionChange], *, exclusive: bool) -> Exported:
        del exclusive
        return exported_connection(declared, plan)

    def head(self, target: Target) -> Json:
        return {
            "environment": target.environment.id,
            "environment_display_name": target.environment.name,
            "connection_id": target.thing.id,
            "as_admin": target.as_admin,
        }


KIND = Connection()
