# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The custom connectors of solutions with their definitions, as facts (contract: dataverse-connectors.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, dataverse
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_columns import (
    COLUMNS,
    actual_values,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import (
    as_resource,
    organization,
    organization_of,
    place_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import SELECTION_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._looking import (
    LOOKING_OPTIONS,
    Look,
    LookingKind,
    add_part,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

DOCUMENTS = "documents"
# What a listing without documents does not tell.
_UNREAD = tuple(option for option in COLUMNS if option != "display_name")


class CustomConnectorInfo(LookingKind):
    """All custom connectors that Dataverse keeps, or those that are chosen. Rows are named like the options."""

    name = "custom_connector_info"
    answer = "custom_connectors"
    option = "connector"
    is_id = staticmethod(is_guid)
    id_key = "connector_id"
    name_key = "display_name"
    options: Mapping[str, Json] = {
        **LOOKING_OPTIONS,
        "organization_url": {"type": "str"},
        "connectors": {"type": "list", "elements": "str"},
        "include": {"type": "list", "elements": "str", "choices": [DOCUMENTS], "default": []},
    }
    constraints: Mapping[str, Any] = {
        "mutually_exclusive": [["organization_url", option] for option in SELECTION_OPTIONS],
    }
    operations = (bap.LIST_ENVIRONMENTS, dataverse.LIST_CONNECTORS, dataverse.GET_CONNECTOR)

    def places(self, client: Client, options: Mapping[str, Any]) -> Sequence[Thing]:
        url = options["organization_url"]
        return super().places(client, options) if url is None else [organization("organization_url", url)]

    def head(self, environment: Thing) -> Json:
        return place_of(environment)

    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        # Documents are megabytes: all of them with the listing, those of chosen connectors one by one.
        documents = DOCUMENTS in options["include"] and options["connectors"] is None
        rows = dataverse.list_connectors(client, organization_of(environment), documents=documents)
        return (as_resource(row, "displayname") for row in rows)

    def enrich(self, client: Client, looks: Sequence[Look], options: Mapping[str, Any]) -> None:
        if DOCUMENTS in options["include"] and options["connectors"] is not None:
            add_part(looks, lambda look, row: _documents(client, look.environment, row), dict.fromkeys(_UNREAD))

    def describe(self, record: Json) -> Json:
        row: Json = record["row"]
        known = actual_values(row) if "openapidefinition" in row else {}
        return {
            **known,
            "name": row.get("name") or "",
            "facts": {
                "connector": row.get("connectorinternalid") or "",
                "managed": bool(row.get("ismanaged")),
                "owner_id": row.get("_ownerid_value") or "",
                "modified_time": row.get("modifiedon") or "",
            },
        }


def _documents(client: Client, environment: Thing, row: Json) -> Json:
    return actual_values(dataverse.get_connector(client, organization_of(environment), row["connector_id"]))


KIND = CustomConnectorInfo()
