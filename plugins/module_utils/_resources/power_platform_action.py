# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One POST to the Power Platform API, for what has no module of its own (contract: power-platform-api.md 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnfinishedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import finish
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import error_json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import pasted_secrets
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_address import (
    ADDRESS_OPTIONS,
    RESOURCE,
    parse_address,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_place import place_of_task
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import masked


class PowerPlatformAction(ActionKind):
    """One POST, and the end of what it begins."""

    name = "power_platform_action"
    thing_type = RESOURCE
    options: Mapping[str, Json] = {
        "path": {"type": "str", "required": True},
        **ADDRESS_OPTIONS,
        "body": {"type": "dict"},
        "wait": {"type": "bool", "default": True},
    }
    operations = (bap.GET_ENVIRONMENT, bap.LIST_ENVIRONMENTS, power_platform.POST_RESOURCE)

    def pasted(self, options: Mapping[str, Any]) -> Iterable[str]:
        return pasted_secrets(options["body"] or {})

    def act(self, client: Client, options: Mapping[str, Any]) -> Json:
        address = parse_address(options)
        client.require(power_platform.POST_RESOURCE)
        environment = place_of_task(client, options)
        told: Json = {"changed": True, "path": address.located(environment), "method": "POST"}
        if client.read_only:
            return {**told, "sent": False, "answer": None}
        operation, values = address.operation(power_platform.POST_RESOURCE, environment)
        begun = client.begin(operation, values, query=dict(address.query), body=options["body"])
        answer = begun.body
        if options["wait"] and begun.link:
            try:
                answer = finish(client, operation, values, begun, f"POST {told['path']}")
            except UnfinishedError as error:
                return {**told, "sent": True, "answer": None, "error": error_json(error), "failure": str(error)}
        return {**told, "sent": True, "answer": masked(answer), "ended": options["wait"] or not begun.link}


KIND = PowerPlatformAction()
