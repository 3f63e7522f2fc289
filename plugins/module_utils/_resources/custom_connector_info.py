# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The custom connectors of solutions with their definitions, as facts (contract: dataverse-connectors.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, dataverse
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_columns import actual_values
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import (
    as_resource,
    organization_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._looking import (
    LOOKING_OPTIONS,
    LookingKind,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

DOCUMENTS = "documents"


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
        "connectors": {"type": "list", "elements": "str"},
        "include": {"type": "list", "elements": "str", "choices": [DOCUMENTS], "default": []},
    }
    operations = (bap.LIST_ENVIRONMENTS, dataverse.LIST_CONNECTORS)

    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        documents = DOCUMENTS in options["include"]
        rows = dataverse.list_connectors(client, organization_of(environment), documents=documents)
        return (as_resource(row, "displayname") for row in rows)

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


KIND = CustomConnectorInfo()
