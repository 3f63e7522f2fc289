# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of things that live in an environment: how each is found and what of its record is kept."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow, powerapps
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType


def _nothing(record: Json) -> Json:
    """A listed app tells nothing that lasts: its role counts lag behind (contract: powerapps-admin.md 2.5)."""
    del record
    return {}


def _state(record: Json) -> Json:
    """What flow_state reads of a flow."""
    wanted = ("state", "flowSuspensionReason")
    return {"properties": {name: value for name, value in properties(record).items() if name in wanted}}


APP = ThingType("app", powerapps.list_apps, powerapps.get_app, keep=_nothing)
FLOW = ThingType("flow", flow.list_flows, flow.get_flow, keep=_state)
