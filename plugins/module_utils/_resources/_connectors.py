# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom connectors as things that live in an environment: how they are found (contract: powerapps-admin.md 3.11)."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps_connectors
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_ids import is_connector_id
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    ThingType,
    by_environment_id,
    nothing,
)

CUSTOM_CONNECTOR = ThingType(
    "connector",
    by_environment_id(powerapps_connectors.list_custom_connectors),
    None,
    keep=nothing,
    is_id=is_connector_id,
)
