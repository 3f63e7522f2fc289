# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections of a tenant, as facts (contract: powerapps-admin.md 3.7 and 3.9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, powerapps_connections
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Json,
    Thing,
    creator,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_keys import (
    JOIN_KEY,
    join_key,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    connector_of,
    health,
    is_connection_id,
    parameters_of,
    public,
    statuses,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._looking import Look
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._owners import render_owner
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._survey import (
    SURVEY_OPTIONS,
    SurveyKind,
)


class ConnectionInfo(SurveyKind):
    """All connections, or those that are chosen. Their owner is who created them."""

    name = "connection_info"
    answer = "connections"
    option = "connection"
    is_id = staticmethod(is_connection_id)
    options: Mapping[str, Json] = {
        **SURVEY_OPTIONS,
        "connections": {"type": "list", "elements": "str"},
        "connectors": {"type": "list", "elements": "str"},
        "connected": {"type": "bool"},
    }
    operations = (
        bap.LIST_ENVIRONMENTS,
        powerapps_connections.LIST_CONNECTIONS_AS_ADMIN,
        powerapps_connections.LIST_CONNECTION_ROLE_ASSIGNMENTS_AS_ADMIN,
        bap.LIST_MY_ENVIRONMENTS,
        powerapps_connections.LIST_MY_CONNECTIONS,
        powerapps_connections.LIST_MY_CONNECTION_ROLE_ASSIGNMENTS,
    )

    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        return powerapps_connections.list_connections(client, environment.id, as_admin=options["as_admin"])

    def describe(self, record: Json) -> Json:
        content = properties(record)
        parameter_set, parameters = parameters_of(record)
        return {
            "connector": connector_of(record),
            "owner": render_owner(creator(record)),
            "account_name": content.get("accountName") or "",
            "connected": health(record).connected,
            "statuses": statuses(record),
            "parameter_set": parameter_set,
            "parameters": public(parameters),
            "allow_sharing": content.get("allowSharing"),
            "created_time": content.get("createdTime") or "",
            "last_modified_time": content.get("lastModifiedTime") or "",
            "expiration_time": content.get("expirationTime") or "",
        }

    def keeps(self, row: Json, options: Mapping[str, Any]) -> bool:
        wanted, connected = options["connectors"], options["connected"]
        if wanted is not None and not any(same_text(row["connector"], entry) for entry in wanted):
            return False
        return connected is None or row["connected"] is connected

    def filters(self, options: Mapping[str, Any]) -> bool:
        others = (options["connectors"], options["connected"])
        return super().filters(options) or any(value is not None for value in others)

    def enrich(self, client: Client, looks: Sequence[Look], options: Mapping[str, Any]) -> None:
        super().enrich(client, looks, options)
        for look in looks:
            for row in look.rows:
                row[JOIN_KEY] = join_key(row["environment"], row["connector"], row["connection"])

    def role_records(self, client: Client, row: Json, *, as_admin: bool) -> Iterator[Json]:
        return powerapps_connections.list_connection_role_assignments(
            client, row["environment"], row["connector"], row["connection"], as_admin=as_admin
        )


KIND = ConnectionInfo()
