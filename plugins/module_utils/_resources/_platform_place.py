# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that a task names for a path of the Power Platform API, where no engine looks it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import WHOLE_TENANT, Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant


def place_of_task(client: Client, options: Mapping[str, Any]) -> Thing:
    """The whole tenant where none is named. Raises what is wrong with the name."""
    wanted = options["environment"]
    if wanted is None:
        return WHOLE_TENANT
    tenant = Tenant(client)
    tenant.prefetch_environments([wanted], as_admin=True)
    return tenant.environment(wanted, as_admin=True)


def place_head(environment: Thing, options: Mapping[str, Any]) -> Json:
    """How a result names it, and where its name is another than the task says: that is reported, not followed."""
    if not environment.id:
        return {}
    head: Json = {"environment": environment.id, "environment_display_name": environment.name}
    declared = options["environment_display_name"]
    if declared is not None and declared != environment.name:
        head["renamed"] = {"environment_display_name": {"declared": declared, "actual": environment.name}}
    return head
