# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications that may call the admin APIs: how their registrations are found (contract: powerapps-admin.md 4.4)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType, nothing


def application_of(record: Json) -> str:
    """The application (client) id of a registration."""
    application = record.get("applicationId")
    if not isinstance(application, str) or not application:
        raise UnreadableAnswerError("The service listed a management application without its id.")
    return application.lower()


def _as_resource(record: Json) -> Json:
    return {"name": application_of(record)}


def _list(client: Client, _environment: Thing, *, as_admin: bool) -> Iterator[Json]:
    del as_admin
    return map(_as_resource, bap.list_management_applications(client))


def _get(client: Client, _environment: Thing, application: str, *, as_admin: bool) -> Json:
    del as_admin
    return _as_resource(bap.get_management_application(client, application))


MANAGEMENT_APPLICATION = ThingType("application_id", _list, _get, keep=nothing, in_environment=False)
