# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Microsoft Graph is asked: each name once, and one answer does not stand for another."""

from __future__ import annotations

import base64
import json
import time
from email.utils import formatdate
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import _retry_after
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import converge
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    GuardError,
    ServiceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import FAILED, PLANNED, UNKNOWN
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    APPROVALS,
    BOT_APPLICATION,
    CALCULATOR,
    EXPENSES,
    LIMITS,
    TIMESHEETS,
    app,
    check,
    client,
    one,
    plan,
    shared,
    statuses,
)


def test_a_name_is_asked_for_once_wherever_and_however_it_is_written(emulator: Emulator) -> None:
    lee, joerg = ("lee@contoso.example", "CanView"), ("joerg@contoso.example", "CanView")
    requests = [shared(EXPENSES, lee, joerg), shared(TIMESHEETS, joerg, ("Lee@Contoso.example", "CanView"))]
    assert not plan(emulator, *requests).failed
    [asked] = [entry for entry in emulator.log() if entry["service"] == "graph"]
    [item] = asked["body"]["requests"]
    assert item["url"].lower().count("lee%40") == 1
    assert item["url"].lower().count("joerg%40") == 1


def test_each_place_of_an_ambiguous_name_is_told(emulator: Emulator) -> None:
    requests = [
        app(group="Auditors", role="CanView"),
        app(CALCULATOR, assignments=[{"group": "Auditors", "role": "CanView"}]),
    ]
    errors = [outcome.error for outcome in check(emulator, *requests).outcomes]
    assert [error.option for error in errors if isinstance(error, AmbiguousReferenceError)] == [
        "group",
        "assignments[0].group",
    ]


def test_a_refused_look_up_does_not_hide_the_others(emulator: Emulator) -> None:
    requests = [
        app(CALCULATOR, user="lee@contoso.example", role="CanView"),
        app(EXPENSES, group="Makers", role="CanView"),
        app(APPROVALS[0], application_id=BOT_APPLICATION, role="CanView"),
    ]
    assert statuses(check(emulator, *requests, name="users-only")) == [PLANNED, UNKNOWN, UNKNOWN]


def test_a_refused_look_up_shows_the_ids_for_the_support(emulator: Emulator) -> None:
    error = one(emulator, app(group="Makers", role="CanView"), "users-only").error
    assert isinstance(error, ServiceError)
    assert error.correlation["request-id"] in error.message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"error": "proxy_down"}, "proxy_down"),
        ({"error": {"code": "proxy_down", "innerError": "none"}}, "proxy_down"),
        ("PGh0bWw+", "502"),
        (None, "502"),
    ],
)
def test_a_look_up_that_something_on_the_way_refused(emulator: Emulator, body: object, told: str) -> None:
    """A gateway knows nothing of the forms of Microsoft Graph."""
    answer = {"responses": [{"id": "0", "status": 502, "body": body}]}
    emulator.faults([{"kind": "status", "status": 200, "body": answer, "match": {"path": "batch$"}}])
    outcome = one(emulator, app(user="lee@contoso.example", role="CanView"))
    assert isinstance(outcome.error, ServiceError)
    assert outcome.error.status == 502
    assert told in outcome.error.message


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "100000"}, 300, 300),
        ({"Retry-After": "soon"}, 10, 10),
        (None, 10, 10),
        ("Retry-After", 10, 10),
    ],
)
def test_how_long_an_item_of_a_batch_asks_to_wait(headers: object, least: float, most: float) -> None:
    assert least <= _retry_after({"headers": headers}) <= most


def test_an_item_of_a_batch_may_name_a_date() -> None:
    asked = _retry_after({"headers": {"retry-after": formatdate(time.time() + 60, usegmt=True)}})
    assert 50 <= asked <= 60


def test_a_token_for_graph_of_another_tenant_is_refused(emulator: Emulator) -> None:
    def text(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    own = client(emulator).caller("powerapps").text
    foreign = f"{text({'alg': 'none'})}.{text({'tid': 'another', 'idtyp': 'app'})}.x"
    sender = client(emulator, read_only=True, access_tokens={"powerapps": own, "graph": foreign})
    emulator.clear_log()
    wanted = app(user="lee@contoso.example", role="CanView", protected_principals=["kim@contoso.example"])
    [outcome] = converge([wanted], sender, LIMITS).outcomes
    assert outcome.status == FAILED
    assert isinstance(outcome.error, GuardError)
    assert "another" in outcome.error.message
    assert "graph" not in {entry["service"] for entry in emulator.log()}
