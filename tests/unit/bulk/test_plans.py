# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds a whole call back, what of it goes on, and in which order things are written."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    EXPENSES,
    FINANCE,
    JOERG,
    KIM,
    LEE,
    SANDBOX,
    SANDBOX_EXPENSES,
    SANDBOX_FLOW,
    TIMESHEETS,
    roles_of,
    state_of,
)

from .conftest import audit, converge, flow, holds, owner, roles

STARTED = flow("started", SANDBOX_FLOW, SANDBOX)
GO_ON = {"on_error": "continue"}


# -- several items of one thing ---------------------------------------------------------------------------------------


def test_items_of_one_thing_are_one_write(emulator: Emulator) -> None:
    items = [roles(holds(LEE)), roles(holds(JOERG, "CanEdit"), app="Expenses"), roles(holds("lee@contoso.example"))]
    ended = converge(emulator, *items)
    assert ended.statuses == ["changed"] * 3
    assert len(emulator.log(writes=True)) == 1
    assert {user: roles_of(emulator, EXPENSES)[user] for user in (LEE, JOERG)} == {LEE: "CanView", JOERG: "CanEdit"}


@pytest.mark.parametrize(
    "pair",
    [
        [roles(holds(LEE)), roles(holds(LEE, "CanEdit"))],
        [roles(holds(LEE)), roles({"user": LEE}, state="absent")],
        [roles(holds(LEE), exclusive=True), roles(holds(KIM), exclusive=True)],
        [roles(holds(LEE), exclusive=True), roles(holds(KIM))],
        [flow("started"), flow("stopped")],
        [owner(KIM), owner(LEE)],
        [{"kind": "powerapp", "environment": FINANCE, "app": EXPENSES, "state": "absent"}, roles(holds(LEE))],
    ],
    ids=["two roles", "present and absent", "two exclusive", "exclusive beside", "two states", "two owners", "gone"],
)
@pytest.mark.parametrize("options", [{}, GO_ON], ids=["stop", "continue"])
def test_a_contradiction_names_both_items_and_stops_everything(
    emulator: Emulator, pair: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    for first, second in (pair, pair[::-1]):
        emulator.clear_log()
        ended = converge(emulator, STARTED, first, second, **options)
        [failed] = [row for row in ended.result["outcomes"] if row["status"] == "failed"]
        told = f"{failed['item']} {failed['error']['message']}"
        assert failed["error"]["type"] == "ContradictionError"
        assert "1" in told
        assert "2" in told
        assert "item" in told
        assert ended.result["outcomes"][0]["reason"] == f"Not attempted, because of item {failed['item']}."
        assert emulator.log(writes=True) == []


# -- on_error ---------------------------------------------------------------------------------------------------------


def test_stop_writes_nothing_when_anything_is_wrong_with_the_plan(emulator: Emulator) -> None:
    for bad in (flow(flow_id="Nothing"), roles(holds("nobody@contoso.example")), flow(environment="Nowhere")):
        ended = converge(emulator, STARTED, bad)
        assert ended.statuses == ["skipped", "failed"]
        assert ended.failed
    assert emulator.log(writes=True) == []


def test_one_failing_environment_leaves_the_others_alone(emulator: Emulator) -> None:
    refused = {"kind": "status", "status": 403, "match": {"path": f"environments/{FINANCE}/"}}
    emulator.faults([refused])
    items = [flow(), roles(holds(LEE)), STARTED, roles(holds(LEE), app=SANDBOX_EXPENSES, environment=SANDBOX)]
    ended = converge(emulator, *items, **GO_ON)
    assert ended.failed
    assert ended.statuses == ["failed", "failed", "changed", "changed"]
    assert "2 of 4 items failed" in ended.result["msg"]
    assert ended.result["changed"]
    assert state_of(emulator, SANDBOX_FLOW) == "Started"
    emulator.faults([])
    again = converge(emulator, *items, **GO_ON)
    assert again.statuses == ["changed", "changed", "ok", "ok"]


def test_a_write_that_fails_fails_alone_where_others_may_go_on(emulator: Emulator) -> None:
    broken = {"kind": "status", "status": 400, "code": "Broken", "match": {"path": f"{EXPENSES}/modifyPermissions$"}}
    emulator.faults([broken])
    ended = converge(emulator, roles(holds(LEE)), flow(), **GO_ON)
    assert ended.statuses == ["failed", "changed"]
    assert "Broken" in ended.result["msg"]
    assert LEE not in roles_of(emulator, EXPENSES)


def test_after_a_failed_write_no_later_wave_begins(emulator: Emulator) -> None:
    blob = {
        "kind": "connection",
        "environment": FINANCE,
        "connector": "shared_azureblob",
        "key": "receipts",
        "display_name": "Receipts",
        "parameters": {"accountName": "archive"},
        "secret_parameters": {"accessKey": "s3cret-of-the-archive"},
    }
    emulator.faults([{"kind": "status", "status": 400, "code": "Broken", "match": {"method": "PUT"}}])
    ended = converge(emulator, flow(), roles(holds(LEE)), blob)
    assert ended.statuses == ["skipped", "skipped", "failed"]
    assert ended.result["outcomes"][0]["reason"] == "Not attempted, because of item 2."
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PUT"]
    assert converge(emulator, flow(), roles(holds(LEE)), blob, **GO_ON).statuses == ["changed", "changed", "failed"]


@pytest.mark.parametrize("fails", ["role", "owner"])
def test_what_is_about_the_same_thing_is_left_alone(emulator: Emulator, fails: str) -> None:
    """An app is not half of what was declared: neither its owner nor its roles change when one of both cannot."""
    users = {"owner": KIM, "role": LEE, fails: "nobody@contoso.example"}
    items = [owner(users["owner"]), roles(holds(users["role"], "CanEdit"), app=TIMESHEETS), flow()]
    before = roles_of(emulator, TIMESHEETS)
    for check_mode in (True, False):
        ended = converge(emulator, *items, check_mode=check_mode, **GO_ON)
        done = "planned" if check_mode else "changed"
        expected = ["failed", "skipped", done] if fails == "owner" else ["skipped", "failed", done]
        assert ended.statuses == expected
        number = expected.index("failed")
        [reason] = [row["reason"] for row in ended.result["outcomes"] if row["status"] == "skipped"]
        assert reason == f"Not attempted, because of item {number}, which is about the same thing."
        assert ended.result["plan"]["changes"] == 1
    assert roles_of(emulator, TIMESHEETS) == before


def test_what_follows_a_failed_write_of_its_thing_is_left_alone(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 400, "match": {"path": "modifyAppOwner"}}])
    ended = converge(emulator, roles(holds(JOERG), app=TIMESHEETS), owner(KIM), flow(), **GO_ON)
    assert ended.statuses == ["skipped", "failed", "changed"]
    assert ended.result["outcomes"][0]["reason"] == "Not attempted, because of item 1, which is about the same thing."
    assert JOERG not in roles_of(emulator, TIMESHEETS)


def test_a_limit_stops_everything_even_where_others_may_go_on(emulator: Emulator) -> None:
    ended = converge(emulator, flow(), STARTED, roles(holds(LEE)), max_changes=2, **GO_ON)
    assert ended.statuses == ["failed"] * 3
    assert "changes 3 things, more than max_changes=2" in ended.result["msg"]
    assert emulator.log(writes=True) == []
    assert not converge(emulator, flow(), STARTED, roles(holds(LEE)), max_changes=3).failed


# -- removals ---------------------------------------------------------------------------------------------------------

EMPTY = roles(exclusive=True)


def removable(emulator: Emulator) -> int:
    """How much of Expenses an empty exclusive list takes away."""
    planned = converge(emulator, EMPTY, check_mode=True)
    return int(planned.result["plan"]["removals"])


def test_removals_have_a_total_and_each_item_its_own(emulator: Emulator) -> None:
    count = removable(emulator)
    assert count > 1
    absent = roles(state="absent", app=TIMESHEETS, assignments=[{"user": LEE}])
    converge(emulator, roles(holds(LEE), app=TIMESHEETS))
    emulator.clear_log()
    total = converge(emulator, EMPTY, absent, flow(), max_removals=count, **GO_ON)
    assert total.statuses == ["failed", "failed", "skipped"]
    assert f"removes {count + 1}, more than max_removals={count}" in total.result["msg"]
    own = converge(emulator, {**EMPTY, "max_removals": count - 1}, absent, check_mode=True, **GO_ON)
    assert own.statuses == ["failed", "planned"]
    assert f"removes {count}, more than max_removals={count - 1}" in own.result["msg"]
    assert emulator.log(writes=True) == []
    assert converge(emulator, EMPTY, absent, max_removals=count + 1).statuses == ["changed", "changed"]


def test_no_limit_is_minus_one_and_zero_is_none_at_all(emulator: Emulator) -> None:
    assert converge(emulator, EMPTY, check_mode=True, max_removals=0).failed
    assert not converge(emulator, EMPTY, check_mode=True, max_removals=-1).failed
    assert converge(emulator, flow(), check_mode=True, max_changes=0).failed
    assert not converge(emulator, flow("started"), check_mode=True, max_changes=0).failed


# -- the expected plan ------------------------------------------------------------------------------------------------


def test_a_plan_has_one_digest_however_it_is_asked_for(emulator: Emulator) -> None:
    items = [flow(), roles(holds(LEE)), owner(KIM)]
    digest = converge(emulator, *items, check_mode=True).result["plan"]["digest"]
    for order in itertools.permutations(items):
        assert audit(emulator, *order).result["plan"]["digest"] == digest
    named = [{**item, "environment": "finance production"} for item in items]
    assert converge(emulator, *named, check_mode=True).result["plan"]["digest"] == digest
    assert converge(emulator, *items[:2], check_mode=True).result["plan"]["digest"] != digest
    done = converge(emulator, *items, expected_plan=digest.upper())
    assert done.statuses == ["changed"] * 3
    assert done.result["plan"]["digest"] == digest


def test_another_plan_than_the_reviewed_one_is_not_carried_out(emulator: Emulator) -> None:
    items = [flow(), roles(holds(LEE))]
    digest = converge(emulator, *items, check_mode=True).result["plan"]["digest"]
    emulator.change([{"change": "put_app_role", "app": EXPENSES, "principal": LEE, "role": "CanEdit"}])
    for options in ({}, GO_ON):
        ended = converge(emulator, *items, expected_plan=digest, **options)
        assert ended.failed
        assert ended.result["plan"]["digest"] in ended.result["msg"]
        assert ended.result["plan"]["digest"] != digest
    assert emulator.log(writes=True) == []


def test_where_nothing_is_left_to_do_any_plan_is_good(emulator: Emulator) -> None:
    items = [flow(), roles(holds(LEE))]
    digest = converge(emulator, *items, check_mode=True).result["plan"]["digest"]
    for status in ("changed", "ok"):
        ended = converge(emulator, *items, expected_plan=digest)
        assert ended.statuses == [status, status]
    assert len(emulator.log(writes=True)) == 2


# -- waves ------------------------------------------------------------------------------------------------------------

CONNECTOR = {
    "kind": "custom_connector",
    "environment": FINANCE,
    "connector_id": "b1000000-0000-4000-8000-0000000000aa",
    "name": "cr736_5Ftravel",
    "display_name": "Travel",
    "openapi_definition": {
        "swagger": "2.0",
        "info": {"title": "Travel", "version": "1.0"},
        "host": "travel.contoso.example",
        "basePath": "/",
        "schemes": ["https"],
        "paths": {"/trips": {"get": {"operationId": "ListTrips", "responses": {"200": {"description": "Trips"}}}}},
    },
}
CONNECTION = {
    "kind": "connection",
    "environment": FINANCE,
    "connector": "shared_azureblob",
    "key": "receipts",
    "display_name": "Receipts archive",
    "parameters": {"accountName": "archive"},
    "secret_parameters": {"accessKey": "s3cret-of-the-archive"},
}


def touched(emulator: Emulator) -> list[str]:
    """What was written, in order."""
    words = {"dataverse": "connector", "power_platform": "connection", "powerapps": "connection", "flow": "flow"}
    found = [words[entry["service"]] for entry in emulator.log(writes=True)]
    return [word for word, _same in itertools.groupby(found)]


@pytest.mark.parametrize("order", [list, reversed], ids=["as needed", "reversed"])
def test_what_others_may_refer_to_comes_first_and_goes_last(emulator: Emulator, order: Any) -> None:
    items = list(order([CONNECTOR, CONNECTION, flow()]))
    assert not converge(emulator, *items).failed
    assert touched(emulator) == ["connector", "connection", "flow"]
    emulator.clear_log()
    gone = [
        {name: item[name] for name in ("kind", "environment", "connector_id", "connector", "key") if name in item}
        for item in items
        if item["kind"] != "flow_state"
    ]
    ended = converge(emulator, *({**item, "state": "absent"} for item in gone), flow("started"))
    assert not ended.failed, ended.result["msg"]
    assert touched(emulator) == ["flow", "connection", "connector"]


# -- the deadline -----------------------------------------------------------------------------------------------------


def test_a_deadline_is_a_clean_stop_and_the_next_run_goes_on(emulator: Emulator) -> None:
    """Each write takes longer than there is left, so that none of a later wave is begun."""
    items = [roles(holds(LEE)), flow(), CONNECTION]
    emulator.faults([{"kind": "delay", "seconds": 2.5, "match": {"method": "PUT"}}])
    ended = converge(emulator, *items, deadline=3, **GO_ON)
    assert ended.failed
    assert ended.statuses[:2] == ["skipped", "skipped"]
    for row in ended.result["outcomes"][:2]:
        assert row["reason"] == "Not begun, because the deadline is near. Run again to go on."
    assert "2 were not attempted" in ended.result["msg"]
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PUT"]
    emulator.faults([])
    assert converge(emulator, *items).statuses[:2] == ["changed", "changed"]
    assert converge(emulator, *items).statuses == ["ok", "ok", "ok"]
