# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud flows as things that live in an environment: how they are found, and what of a record is kept."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType, by_environment_id


def _state(record: Json) -> Json:
    """What flow_state reads of a flow."""
    wanted = ("state", "flowSuspensionReason")
    return {"properties": {name: value for name, value in properties(record).items() if name in wanted}}


FLOW = ThingType("flow", by_environment_id(flow.list_flows), by_environment_id(flow.get_flow), keep=_state)
