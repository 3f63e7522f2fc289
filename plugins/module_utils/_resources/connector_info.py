# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connectors of environments, custom and built-in, as facts (contract: powerapps-admin.md 3.11, 3.12 and 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, powerapps_connectors
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Json,
    Thing,
    creator,
    properties,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_ids import is_connector_id
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._owners import render_owner
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._survey import (
    SURVEY_OPTIONS,
    SurveyKind,
)

CUSTOM = "custom"
BUILT_IN = "built_in"


class ConnectorInfo(SurveyKind):
    """Custom connectors, which administrators see all of, and the catalogue of built-in ones."""

    name = "connector_info"
    answer = "connectors"
    option = "connector"
    is_id = staticmethod(is_connector_id)
    options: Mapping[str, Json] = {
        **SURVEY_OPTIONS,
        "connectors": {"type": "list", "elements": "str"},
        "connector_types": {
            "type": "list",
            "elements": "str",
            "choices": [CUSTOM, BUILT_IN],
            "default": [CUSTOM],
        },
    }
    operations = (
        bap.LIST_ENVIRONMENTS,
        powerapps_connectors.LIST_CUSTOM_CONNECTORS_AS_ADMIN,
        powerapps_connectors.LIST_CONNECTOR_ROLE_ASSIGNMENTS_AS_ADMIN,
        powerapps_connectors.LIST_CONNECTORS,
        bap.LIST_MY_ENVIRONMENTS,
        powerapps_connectors.LIST_MY_CONNECTOR_ROLE_ASSIGNMENTS,
    )

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        if not options["connector_types"]:
            raise OptionError("connector_types", "it is empty.", value=[], remedy="Name a type, or leave it out.")
        return super().read(client, options)

    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        if BUILT_IN in options["connector_types"]:
            catalogue = powerapps_connectors.list_connectors(client, environment.id)
            yield from (record for record in catalogue if not properties(record).get("isCustomApi"))
        # The admin form comes last: some environments are closed to it, and to it alone.
        if CUSTOM in options["connector_types"]:
            yield from powerapps_connectors.list_custom_connectors(client, environment.id, as_admin=options["as_admin"])

    def describe(self, record: Json) -> Json:
        content = properties(record)
        custom = bool(content.get("isCustomApi"))
        return {
            "connector_type": CUSTOM if custom else BUILT_IN,
            "description": content.get("description") or "",
            "owner": render_owner(creator(record)) if custom else None,
            "publisher": content.get("publisher") or "",
            "tier": content.get("tier") or "",
            "release_tag": content.get("releaseTag") or "",
            "created_time": content.get("createdTime") or "",
            "changed_time": content.get("changedTime") or "",
        }

    def role_records(self, client: Client, row: Json, *, as_admin: bool) -> Iterator[Json]:
        return powerapps_connectors.list_connector_role_assignments(
            client, row["environment"], row["connector"], as_admin=as_admin
        )

    def roles(self, client: Client, row: Json, options: Mapping[str, Any]) -> Json:
        if row["connector_type"] == BUILT_IN:  # everybody in the environment may use it
            return {"roles": [], "roles_complete": True}
        return super().roles(client, row, options)


KIND = ConnectorInfo()
