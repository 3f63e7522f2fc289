# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canvas apps as things that live in an environment: how they are found, and what of a record is kept."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PermissionDeniedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    ThingType,
    by_environment_id,
    not_listed,
)


def _lasting(record: Json) -> Json:
    """The owner, and whether the app belongs to a solution. Its role counts lag behind (powerapps-admin.md 2.5)."""
    return {"properties": {"owner": properties(record).get("owner")}, "logicalName": record.get("logicalName")}


def in_solution(record: Json) -> bool:
    """Whether an app belongs to a solution (powerapps-admin.md 3.1)."""
    return bool(record.get("logicalName"))


def find_app(client: Client, environment: str, app: str, *, as_admin: bool) -> Json:
    """One app by its id. NotFoundError when there is none.

    A missing app may be answered with 403 (contract 2.1): then only a whole listing tells whether it is there.
    """
    try:
        return powerapps.get_app(client, environment, app, as_admin=as_admin)
    except PermissionDeniedError as refusal:
        if not as_admin:
            raise
        for record in powerapps.list_apps(client, environment, as_admin=True):
            if same_text(record.get("name"), app):
                raise
        raise not_listed(refusal, f"app {app}", environment) from refusal


APP = ThingType("app", by_environment_id(powerapps.list_apps), by_environment_id(find_app), keep=_lasting)
