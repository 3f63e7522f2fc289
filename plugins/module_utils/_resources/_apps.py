# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canvas apps as things that live in an environment: how they are found, and what of a record is kept."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType


def _lasting(record: Json) -> Json:
    """The owner, and whether the app belongs to a solution. Its role counts lag behind (powerapps-admin.md 2.5)."""
    return {"properties": {"owner": properties(record).get("owner")}, "logicalName": record.get("logicalName")}


def in_solution(record: Json) -> bool:
    """Whether an app belongs to a solution (powerapps-admin.md 3.1)."""
    return bool(record.get("logicalName"))


APP = ThingType("app", powerapps.list_apps, powerapps.get_app, keep=_lasting)
