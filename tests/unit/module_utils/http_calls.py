# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations to call at the emulator, clients of it, and what they raised: for the tests of the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    BAP,
    DELEGATED,
    FLOW,
    GRAPH,
    POWERAPPS,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy
from tests.emulator.control import Emulator

E = TypeVar("E", bound=Exception)
FINANCE = "e0000000-0000-4000-8000-000000000001"
EXPENSES = {"environment": FINANCE, "app": "aa000000-0000-4000-8000-000000000011"}
RUNNING = {"environment": FINANCE, "flow": "f0000000-0000-4000-8000-000000000011"}
QUICK = RetryPolicy(attempts=4, base=0.01, throttle_base=0.01, longest=0.05)


def operation(name: str, service: str, method: str, path: str, version: str = "", **more: Any) -> Operation:
    needs = "the role Power Platform administrator"
    return Operation(
        name=name,
        service=service,
        method=method,
        path=path,
        api_version=version,
        contract="-",
        permission=needs,
        **more,
    )


APPS = "/providers/Microsoft.PowerApps/scopes/admin/environments/{environment}/apps"
FLOWS = "/providers/Microsoft.ProcessSimple/scopes/admin/environments/{environment}"
MY_FLOWS = "/providers/Microsoft.ProcessSimple/environments/{environment}/flows"
LIST_APPS = operation("Get-AdminApps", POWERAPPS, "GET", APPS, "2016-11-01")
GET_APP = operation("Get-AdminApp", POWERAPPS, "GET", APPS + "/{app}", "2016-11-01")
DELETE_APP = operation("Remove-AdminApp", POWERAPPS, "DELETE", APPS + "/{app}", "2016-11-01")
SHARE_APP = operation("Edit", POWERAPPS, "POST", APPS + "/{app}/modifyPermissions", "2022-11-01", repeatable=True)
LIST_FLOWS = operation("ListFlows", FLOW, "GET", FLOWS + "/v2/flows", "2016-11-01")
GET_FLOW = operation("GetFlow", FLOW, "GET", FLOWS + "/flows/{flow}", "2016-11-01")
STOP = operation("StopFlow", FLOW, "POST", FLOWS + "/flows/{flow}/stop", "2016-11-01", repeatable=True)
STOP_ONCE = operation("StopOnce", FLOW, "POST", FLOWS + "/flows/{flow}/stop", "2016-11-01")
MAKER_FLOWS = operation("ListMyFlows", FLOW, "GET", MY_FLOWS, "2016-11-01", tokens=frozenset({DELEGATED}))
ANY_MAKER_FLOWS = operation("ListMyFlows", FLOW, "GET", MY_FLOWS, "2016-11-01")
ENVIRONMENTS = operation(
    "ListEnvironments",
    BAP,
    "GET",
    "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments",
    "2020-10-01",
)
BATCH = operation("Batch", GRAPH, "POST", "/v1.0/$batch", reads_only=True, repeatable=True)
USERS = operation("Users", GRAPH, "GET", "/v1.0/users")


def options_of(emulator: Emulator, client: str = "runner") -> dict[str, Any]:
    return {
        **emulator.credentials(client),
        "base_url": emulator.base_url,
        "ca_path": emulator.ca_path,
        "timeout": 30,
    }


def client_of(
    emulator: Emulator, client: str = "runner", *, options: dict[str, Any] | None = None, **more: Any
) -> Client:
    found = login({**options_of(emulator, client), **(options or {})}, {})
    settings: dict[str, Any] = {"read_only": False, "policy": QUICK, "redact": found.redactor, **more}
    return Client(found.connection, found.cloud, found.tokens, **settings)


def sent(emulator: Emulator) -> list[dict[str, Any]]:
    """Requests to the services, without those to log in."""
    return [entry for entry in emulator.log() if entry["service"] != "login"]


def raised(kind: type[E], client: Client, act: Callable[[], Any]) -> E:
    """The exception, in whose whole chain no token occurs."""
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.__class__ is kind
    tokens = [client.caller(service).text for service in (POWERAPPS, FLOW, GRAPH)]
    error: BaseException | None = caught.value
    while error is not None:
        for text in (str(error), repr(vars(error))):
            assert not any(token in text for token in tokens)
            assert "runner-secret" not in text
        error = error.__cause__ or error.__context__
    return caught.value


def fault(status: int, **more: Any) -> dict[str, Any]:
    return {"kind": "status", "status": status, "match": {"service": POWERAPPS}, **more}
