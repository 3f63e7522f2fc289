# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canvas apps as things that live in an environment: how they are found, and what of a record is kept."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType


def _nothing(record: Json) -> Json:
    """A listed app tells nothing that lasts: its role counts lag behind (contract: powerapps-admin.md 2.5)."""
    del record
    return {}


APP = ThingType("app", powerapps.list_apps, powerapps.get_app, keep=_nothing)
