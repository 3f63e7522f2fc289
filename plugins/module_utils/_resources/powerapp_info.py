# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The canvas apps of a tenant, as facts (contract: powerapps-admin.md 3.1, 3.2 and 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Json,
    Thing,
    properties,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._apps import find_app, in_solution
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._owners import render_owner
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._survey import (
    ROLES_PART,
    SURVEY_OPTIONS,
    SurveyKind,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

READ = "read"
FROM_COUNTS = "from_counts"


class PowerappInfo(SurveyKind):
    """All apps, or those that are chosen."""

    name = "powerapp_info"
    answer = "powerapps"
    option = "app"
    is_id = staticmethod(is_guid)
    options: Mapping[str, Json] = {
        **SURVEY_OPTIONS,
        "apps": {"type": "list", "elements": "str"},
        "roles": {"type": "str", "choices": [READ, FROM_COUNTS], "default": READ},
    }
    operations = (
        bap.LIST_ENVIRONMENTS,
        powerapps.LIST_APPS_AS_ADMIN,
        powerapps.GET_APP_AS_ADMIN,
        powerapps.LIST_APP_ROLE_ASSIGNMENTS_AS_ADMIN,
        bap.LIST_MY_ENVIRONMENTS,
        powerapps.LIST_MY_APPS,
        powerapps.LIST_MY_APP_ROLE_ASSIGNMENTS,
    )

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        if options["roles"] == FROM_COUNTS and ROLES_PART not in options["include"]:
            raise OptionError(
                "roles",
                "it says how to include roles, and none are.",
                value=FROM_COUNTS,
                remedy="Add include: [roles].",
            )
        return super().read(client, options)

    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        chosen = options["apps"]
        if options["as_admin"] and chosen is not None and len(chosen) == 1 and is_guid(chosen[0]):
            # One app never takes more than the first page of a listing.
            with suppress(NotFoundError):
                yield find_app(client, environment.id, chosen[0], as_admin=True)
            return
        yield from powerapps.list_apps(client, environment.id, as_admin=options["as_admin"])

    def describe(self, record: Json) -> Json:
        content = properties(record)
        references: Json = content.get("connectionReferences") or {}
        connectors = {str(row.get("id") or "").rpartition("/")[2].lower() for row in references.values()}
        return {
            "description": content.get("description") or "",
            "owner": render_owner(content.get("owner")),
            "app_type": record.get("appType") or "",
            "in_solution": in_solution(record),
            "status": content.get("status") or "",
            "created_time": content.get("createdTime") or "",
            "last_modified_time": content.get("lastModifiedTime") or "",
            "last_published_time": content.get("lastPublishTime") or "",
            "shared_users_count": content.get("sharedUsersCount") or 0,
            "shared_groups_count": content.get("sharedGroupsCount") or 0,
            "connectors": sorted(connectors - {""}),
        }

    def role_records(self, client: Client, row: Json, *, as_admin: bool) -> Iterator[Json]:
        return powerapps.list_app_role_assignments(client, row["environment"], row["app"], as_admin=as_admin)

    def roles(self, client: Client, row: Json, options: Mapping[str, Any]) -> Json:
        if options["roles"] == READ:
            return super().roles(client, row, options)
        # The counts lag behind (contract 2.5): what they say is never complete.
        shared = row["shared_users_count"] or row["shared_groups_count"]
        return {**(super().roles(client, row, options) if shared else {"roles": []}), "roles_complete": False}


KIND = PowerappInfo()
