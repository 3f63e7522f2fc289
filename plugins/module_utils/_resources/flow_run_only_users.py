# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run-only users of a flow (contract: flow-management.md 5.11 and 5.18)."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_people import FlowPeopleKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_shares import RUN_ONLY


class FlowRunOnlyUsers(FlowPeopleKind):
    """Those who may run a flow and nothing else."""

    name = "flow_run_only_users"
    roles = (RUN_ONLY,)
    rank = 2


KIND = FlowRunOnlyUsers()
