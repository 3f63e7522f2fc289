# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Dataverse keeps flows: those of solutions alone (contract: flow-management.md 9)."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._dataverse import organization_of


def flow_organization(environment: Thing) -> str:
    """The URL of the organisation that keeps an environment's flows. NotApplicableError where it has none."""
    remedy = "Flows outside solutions are made with a user's token, by route=flow_service."
    return organization_of(environment, "flows", remedy)
