# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One POST to the Power Platform API, for what has no module of its own (contract: power-platform-api.md 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    LostAnswerError,
    PowerPlatformError,
    ServiceError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import finish
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import error_json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_address import (
    ADDRESS_OPTIONS,
    RESOURCE,
    address_secrets,
    check_masks,
    parse_address,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_place import (
    place_head,
    place_of_task,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import (
    masked,
    secret_texts,
)

_AGAIN = "running again does it once more"


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
        yield from secret_texts(options["body"] or {})
        yield from address_secrets(options)

    def act(self, client: Client, options: Mapping[str, Any]) -> Json:
        address, body = parse_address(options), options["body"]
        check_masks("body", body)
        client.hide(self.pasted(options))
        client.require(power_platform.POST_RESOURCE)
        environment = place_of_task(client, options)
        given = address.given(environment)
        told: Json = {
            **place_head(environment, options),
            "changed": True,
            "method": power_platform.POST_RESOURCE.method,
            "path": given.path,
            "sent": False,
            "ended": False,
            "answer": None,
        }
        told["diff"] = {"before": {}, "after": {"method": told["method"], "path": given.path, "body": masked(body)}}
        if client.read_only:
            return told
        told["sent"] = True
        try:
            begun = power_platform.send_resource(client, power_platform.POST_RESOURCE, given, body)
            told["answer"] = masked(begun.body)
            if options["wait"] and begun.link:
                what = f"POST {given.path}"
                operation = given.of(power_platform.POST_RESOURCE)
                told["answer"] = masked(finish(client, *operation, begun, what, again=_AGAIN))
        except PowerPlatformError as error:
            if not _may_have_been_done(error):
                raise
            return {**told, "error": error_json(error), "failure": str(error)}
        return {**told, "ended": not begun.goes_on or bool(options["wait"] and begun.link)}


def _may_have_been_done(error: PowerPlatformError) -> bool:
    return isinstance(error, (LostAnswerError, UnfinishedError)) or (
        isinstance(error, ServiceError) and error.uncertain
    )


KIND = PowerPlatformAction()
