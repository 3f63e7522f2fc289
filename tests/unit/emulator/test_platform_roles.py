# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Power Platform's own roles, and the capacity of the tenant (power-platform-api.md 4.9 and 6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.control import Emulator

from .api import ENV, GONE, KIM, READERS, RUNNER, SANDBOX, TENANT, Api
from .platform_api import NOWHERE, POLICIES, SALES, SALES_US, ask, every, flat_code_of

ASSIGNMENTS = "/authorization/roleAssignments"
OWNER, CONTRIBUTOR = "0cb07c69-1631-4725-ab35-e59e001c51ea", "ff954d61-a89a-4fbe-ace9-01c367b89f87"
READER, ADMINISTRATOR = "c886ad2e-27f7-4874-8381-5849b8d8a090", "95e94555-018c-447b-8691-bdac8e12211e"
GROUP = "e9000000-0000-4000-8000-000000000001"
LEAVER = "a0000000-0000-4000-8000-00000000000a"
INVOICE_BOT = "c0000000-0000-4000-8000-000000000006"


def body(**more: Any) -> dict[str, Any]:
    given = {"roleDefinitionId": READER, "principalObjectId": KIM, "principalType": "User"}
    return {**given, "scope": f"/tenants/{TENANT}", **more}


def test_the_four_roles(api: Api) -> None:
    found = [item["roleDefinitionId"] for item in every(api, "/authorization/roleDefinitions")]
    assert found == [OWNER, CONTRIBUTOR, READER, ADMINISTRATOR]


def test_an_assignment_from_its_creation_to_its_end(api: Api) -> None:
    assert ask(api, "GET", POLICIES, client="maker").status_code == 403
    made = ask(api, "POST", ASSIGNMENTS, body())
    assert made.status_code == 201
    found = made.json()
    assert (found["principalObjectId"], found["roleDefinitionId"]) == (KIM, READER)
    assert (found["scope"], found["principalType"]) == (f"/tenants/{TENANT}", "User")
    assert ask(api, "GET", POLICIES, client="maker").status_code == 200
    one = f"{ASSIGNMENTS}/{found['roleAssignmentId']}"
    assert ask(api, "GET", one).json() == found
    assert found in every(api, ASSIGNMENTS)
    assert ask(api, "POST", ASSIGNMENTS, body()).status_code == 409
    assert [ask(api, "DELETE", one).status_code for _unused in range(2)] == [204, 404]
    assert ask(api, "GET", one).status_code == 404
    assert ask(api, "GET", POLICIES, client="maker").status_code == 403
    assert ask(api, "POST", ASSIGNMENTS, body()).status_code == 201


def test_an_existing_assignment_in_another_spelling(api: Api) -> None:
    assert ask(api, "POST", ASSIGNMENTS, body(scope=f"/tenants/{TENANT}/environments/{ENV}")).status_code == 201
    again = body(scope=f"/tenants/{TENANT}/environments/{ENV.upper()}", principalObjectId=KIM.upper())
    assert ask(api, "POST", ASSIGNMENTS, again).status_code == 409
    assert ask(api, "POST", ASSIGNMENTS, body(roleDefinitionId=OWNER)).status_code == 201


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"principalObjectId": GONE}, "PrincipalDoesNotExist"),
        ({"principalObjectId": LEAVER}, "PrincipalDoesNotExist"),
        ({"principalType": "Group"}, None),
        ({"principalObjectId": RUNNER}, None),
        ({"principalObjectId": READERS, "principalType": "ServicePrincipal"}, None),
        ({"roleDefinitionId": NOWHERE}, None),
        ({"scope": ""}, None),
        ({"scope": f"/tenants/{NOWHERE}"}, None),
        ({"scope": f"/tenants/{TENANT}/environments/{NOWHERE}"}, None),
        ({"scope": f"/tenants/{TENANT}/environmentGroups/{NOWHERE}"}, None),
    ],
)
def test_what_is_refused(emulator: Emulator, api: Api, more: dict[str, str], code: str | None) -> None:
    reply = ask(api, "POST", ASSIGNMENTS, body(**more))
    assert reply.status_code == 400
    assert code is None or flat_code_of(reply)[1] == code
    assert set(reply.json()) == {"code", "message"}
    assert emulator.summary()["effects"] == 0


@pytest.mark.parametrize(("principal", "kind"), [(READERS, "Group"), (INVOICE_BOT, "ApplicationUser")])
def test_the_other_kinds_of_principals(api: Api, principal: str, kind: str) -> None:
    assert ask(api, "POST", ASSIGNMENTS, body(principalObjectId=principal, principalType=kind)).status_code == 201


def test_assignments_of_one_scope(api: Api) -> None:
    here = f"/authorization/environments/{ENV}/roleAssignments"
    made = ask(api, "POST", here, {key: value for key, value in body().items() if key != "scope"})
    assert (made.status_code, made.json()["scope"]) == (201, f"/tenants/{TENANT}/environments/{ENV}")
    assert every(api, here) == [made.json()]
    assert every(api, here.replace(ENV, SANDBOX)) == []
    assert ask(api, "POST", here, body()).status_code == 400  # another scope than that of the path
    groups = f"/authorization/environmentGroups/{GROUP}/roleAssignments"
    assert ask(api, "POST", groups, body(scope=f"/tenants/{TENANT}/environmentGroups/{GROUP}")).status_code == 201
    assert len(every(api, groups)) == 1
    assert len(every(api, ASSIGNMENTS)) == 3


def test_a_role_in_a_group_holds_for_its_environments(api: Api) -> None:
    path = "/appmanagement/environments/{}/applicationPackages"
    assert ask(api, "GET", path.format(SALES), client="maker").status_code == 401
    ask(api, "POST", ASSIGNMENTS, body(scope=f"/tenants/{TENANT}/environmentGroups/{GROUP}"))
    assert ask(api, "GET", path.format(SALES), client="maker").status_code == 200
    assert ask(api, "GET", path.format(SALES_US), client="maker").status_code == 401


def test_who_may_give_roles(emulator: Emulator, api: Api) -> None:
    assert ask(api, "GET", ASSIGNMENTS, client="graphless").status_code == 403
    for role, status in (("contributor", 403), ("rbac administrator", 201)):
        emulator.change([{"change": "put_role_assignment", "principal": "Graphless Runner", "role": role}])
        assert ask(api, "GET", ASSIGNMENTS, client="graphless").status_code == 200
        assert ask(api, "POST", ASSIGNMENTS, body(), client="graphless").status_code == status
    refused = flat_code_of(ask(api, "GET", ASSIGNMENTS, client="platform-reader"))
    assert refused == (403, "Forbidden", "InsufficientDelegatedPermissions")


def test_the_capacity_of_the_tenant(api: Api) -> None:
    found = ask(api, "GET", "/licensing/tenantCapacity").json()
    assert (found["tenantId"], found["capacitySummary"]["status"]) == (TENANT, "WithinCapacity")
    kinds = {item["capacityType"]: item for item in found["tenantCapacities"]}
    assert set(kinds) == {"Database", "File", "Log"}
    assert kinds["Database"]["consumption"]["actual"] < kinds["Database"]["totalCapacity"]
    assert ask(api, "GET", "/licensing/tenantCapacity", client="unregistered").status_code == 403
