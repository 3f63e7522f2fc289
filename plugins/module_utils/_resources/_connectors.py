# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom connectors as things that live in an environment: how they are found (contract: powerapps-admin.md 3.11)."""

from __future__ import annotations

import re

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps_connectors
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType

# `shared_{name}`, for custom ones with two more parts; makers choose display names only.
_CONNECTOR_ID = re.compile(r"shared_[^/\s]+", re.IGNORECASE)


def is_connector_id(value: str) -> bool:
    """Whether a text can only be the id of a connector."""
    return _CONNECTOR_ID.fullmatch(value) is not None


def _nothing(record: Json) -> Json:
    del record
    return {}


CUSTOM_CONNECTOR = ThingType(
    "connector", powerapps_connectors.list_custom_connectors, None, keep=_nothing, is_id=is_connector_id
)
