# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of resources of the Power Platform API share: where some of them are, and how one is asked for."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import FAILED, Outcome
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.power_platform_resource import KIND
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE, GROUPS, one, plan, request

Json = dict[str, Any]

POLICIES = "/licensing/billingPolicies"
EMEA = "bb000000-0000-4000-8000-000000000001"
SETTINGS = {
    "environment": FINANCE,
    "path": "/environmentmanagement/environments/{environment}/settings",
    "read_at": "objectResult.0",
}
FIND = {"path": GROUPS, "where": {"displayName": "Field teams"}}
GROUP_BODY = {"displayName": "Field teams", "description": "Those who travel"}
GROUP = {"find": FIND, "body": GROUP_BODY, "update_method": "put"}


def resource(**options: Any) -> Request:
    """A declaration of any resource."""
    return request(KIND, **options)


def wanted(**body: Any) -> Request:
    """A declaration of settings of Finance Production."""
    return resource(**SETTINGS, body=body)


def group(**options: Any) -> Request:
    """A declaration of an environment group that is not there yet."""
    return resource(**{**GROUP, **options})


def writes(emulator: Emulator) -> list[Json]:
    return emulator.log(writes=True)


def groups(emulator: Emulator) -> list[str]:
    """The names of the groups that are there now."""
    return [item["name"] for item in emulator.tenant()["environment_groups"]]


def refused(emulator: Emulator, declaration: Request, name: str = "runner") -> PowerPlatformError:
    """Why it cannot be brought about, the same in check mode and outside it; nothing was written."""
    [planned] = plan(emulator, declaration, name=name).outcomes
    outcome = one(emulator, declaration, name)
    assert planned.status == outcome.status == FAILED
    assert outcome.error is not None
    assert str(outcome.error).partition(" (x-ms")[0] == str(planned.error).partition(" (x-ms")[0]
    assert not outcome.changed
    assert writes(emulator) == []
    return outcome.error


def told(outcome: Outcome) -> str:
    """Everything that users may see of it."""
    return repr((outcome.as_json(), outcome.drift, str(outcome.error)))
