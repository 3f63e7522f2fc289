# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that a task names for a path of the Power Platform API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import WHOLE_TENANT, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant


def place_of_task(client: Client, options: Mapping[str, Any]) -> Thing:
    """The whole tenant where none is named. Raises what is wrong with the name."""
    wanted = options["environment"]
    if not wanted:
        return WHOLE_TENANT
    tenant = Tenant(client)
    tenant.prefetch_environments([wanted], as_admin=True)
    return tenant.environment(wanted, as_admin=True)
