# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The applications that may call the admin APIs (contract: powerapps-admin.md 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._management_applications import (
    application_of,
)


class ManagementApplicationInfo(InfoKind):
    """All registrations."""

    name = "management_application_info"
    options: Mapping[str, Json] = {}
    operations = (bap.LIST_MANAGEMENT_APPLICATIONS,)

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        del options
        found = sorted(application_of(record) for record in bap.list_management_applications(client))
        return {"management_applications": [{"application_id": item} for item in found], "complete": True}


KIND = ManagementApplicationInfo()
