# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Power Platform API says of any resource (contract: power-platform-api.md 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_address import (
    ADDRESS_OPTIONS,
    RESOURCE,
    listing,
    look,
    parse_address,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_place import (
    place_head,
    place_of_task,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import masked


class PowerPlatformResourceInfo(InfoKind):
    """One resource, or all of a listing."""

    name = "power_platform_resource_info"
    thing_type = RESOURCE
    options: Mapping[str, Json] = {
        "path": {"type": "str", "required": True},
        **ADDRESS_OPTIONS,
        "read_at": {"type": "str"},
        "listing": {"type": "bool", "default": False},
    }
    operations = (
        bap.GET_ENVIRONMENT,
        bap.LIST_ENVIRONMENTS,
        power_platform.GET_RESOURCE,
        power_platform.LIST_RESOURCES,
    )

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        address = parse_address(options)
        if options["listing"] and address.read_at:
            raise OptionError(
                "read_at",
                "with listing=true the items are what the service lists.",
                value=address.read_at,
                remedy="Leave out one of them.",
            )
        environment = place_of_task(client, options)
        told = {**place_head(environment, options), "path": address.located(environment)}
        if options["listing"]:
            rows = [masked(row) for row in listing(client, address, environment)]
        else:
            found = look(client, address, environment)
            rows = [] if found is None else [masked(found.content)]
        return {**told, "resources": rows, "complete": True}


KIND = PowerPlatformResourceInfo()
