# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Co-owners of a flow (contract: flow-management.md 5.10, 5.16 and 5.17)."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_people import FlowPeopleKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_shares import CO_OWNER


class FlowOwners(FlowPeopleKind):
    """The co-owners of a flow; its creator is one anyway."""

    name = "flow_owners"
    roles = (CO_OWNER,)
    rank = 1


KIND = FlowOwners()
