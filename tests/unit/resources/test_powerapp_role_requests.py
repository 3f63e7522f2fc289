# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent to share an app: the contract's body, in one request."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import ServiceError
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BOT,
    BOT_APPLICATION,
    CALCULATOR,
    EXPENSES,
    KIM,
    LEE,
    MAKERS,
    RESEARCH,
    app,
    one,
    roles_of,
)

Json = dict[str, Any]


def body_of(emulator: Emulator, wanted: Any, name: str = "runner") -> Json:
    """The one write that brings a thing to its declared state."""
    emulator.clear_log()
    assert one(emulator, wanted, name).status == "changed"
    [write] = emulator.log(writes=True)
    assert write["path"].endswith("/modifyPermissions")
    assert write["query"] == "api-version=2022-11-01"
    found: Json = write["body"]
    return found


def given(role: str, principal: Json, notify: str = "DoNotNotify") -> Json:
    return {
        "properties": {
            "roleName": role,
            "capabilities": [],
            "NotifyShareTargetOption": notify,
            "principal": principal,
        }
    }


def test_each_type_of_principal_as_the_service_wants_it(emulator: Emulator) -> None:
    tenant_id = emulator.tenant_id
    for options, principal in (
        ({"user": LEE.upper()}, {"id": LEE, "type": "User"}),
        ({"user": "lee@contoso.example"}, {"id": LEE, "type": "User", "email": "lee@contoso.example"}),
        ({"group": MAKERS}, {"id": MAKERS, "type": "Group"}),
        ({"group": "makers"}, {"id": MAKERS, "type": "Group"}),
        ({"service_principal": BOT}, {"id": BOT, "type": "ServicePrincipal"}),
        ({"application_id": BOT_APPLICATION}, {"id": BOT, "type": "ServicePrincipal"}),
        ({"everyone": True}, {"id": tenant_id, "type": "Tenant", "tenantId": tenant_id}),
    ):
        emulator.reset()
        body = body_of(emulator, app(CALCULATOR, role="CanView", **options))
        assert body == {"put": [given("CanView", principal)], "delete": []}


def test_nobody_is_notified_unless_that_is_asked_for(emulator: Emulator) -> None:
    body = body_of(emulator, app(user=LEE, role="CanView", notify=True))
    assert body["put"] == [given("CanView", {"id": LEE, "type": "User"}, "Notify")]


def test_a_role_is_replaced_in_place_and_others_go_in_the_same_request(emulator: Emulator) -> None:
    wanted = app(assignments=[{"user": KIM, "role": "CanView"}, {"everyone": True, "role": "CanView"}], exclusive=True)
    body = body_of(emulator, wanted)
    assert {entry["properties"]["principal"]["type"] for entry in body["put"]} == {"User", "Tenant"}
    assert len(body["delete"]) == 3
    assert not {entry["id"] for entry in body["delete"]} & {KIM}
    assert roles_of(emulator, EXPENSES)["everyone"] == "CanView"
    body = body_of(emulator, app(everyone=True, state="absent"))
    assert body == {"put": [], "delete": [{"id": f"tenant-{emulator.tenant_id}"}]}
    assert "everyone" not in roles_of(emulator, EXPENSES)


def test_absent_takes_whatever_role_is_held(emulator: Emulator) -> None:
    body = body_of(emulator, app(user=KIM, state="absent", role="CanView"))
    assert body == {"put": [], "delete": [{"id": KIM}]}
    emulator.clear_log()
    assert one(emulator, app(user=KIM, state="absent")).status == "ok"
    assert emulator.log(writes=True) == []


def test_a_maker_writes_without_an_environment_in_the_address(emulator: Emulator) -> None:
    body = body_of(emulator, app(user=LEE, role="CanView", as_admin=False), "delegated")
    assert [entry["properties"]["principal"]["id"] for entry in body["put"]] == [LEE]
    [write] = emulator.log(writes=True)
    assert write["path"] == f"/providers/Microsoft.PowerApps/apps/{EXPENSES}/modifyPermissions"


@pytest.mark.parametrize("status", ["BadRequest", "Forbidden", "500"])
def test_a_failure_inside_a_200_is_read(emulator: Emulator, status: str) -> None:
    emulator.faults([{"kind": "item_failure", "principal": RESEARCH, "status_code": status, "response_code": "Odd"}])
    outcome = one(emulator, app(group=RESEARCH, role="CanView"))
    assert isinstance(outcome.error, ServiceError)
    assert f"{RESEARCH}: {status} Odd" in outcome.error.message


@pytest.mark.parametrize("body", [{}, {"put": []}, {"put": None}, None, "done", ["done"]])
def test_an_answer_without_statuses_is_left_to_the_read_back(emulator: Emulator, body: Any) -> None:
    emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"write": True}}])
    outcome = one(emulator, app(user=LEE, role="CanView"))
    assert (outcome.status, outcome.verified) == ("failed", False)


def test_permissions_are_read_to_the_last_page(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1, "match": {"path": "/permissions"}}])
    assert one(emulator, app(assignments=[], exclusive=True)).status == "changed"
    assert list(roles_of(emulator, EXPENSES).values()) == ["Owner"]
