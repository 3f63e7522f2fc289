# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift that was accepted: neither changed nor reported as drift, for as long as the entry says, and not longer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    EXPENSES,
    FINANCE,
    JOERG,
    KIM,
    LEE,
    READERS,
    RUNNING,
    TIMESHEETS,
    roles_of,
    state_of,
)

from .conftest import PERMISSIONS, Ended, accepting, audit, categories, converge, flow, holds, owner, roles

# Of Lee and Kim, who hold nothing, and CanEdit, on Expenses.
LEE_AND_KIM = roles(holds(LEE), holds(KIM))
OF_LEE = accepting(id=f"{PERMISSIONS}/{LEE}")
OF_FLOW = f"environments/{FINANCE}/flows/{RUNNING}/state"
WHO = {"owner": "ada@contoso.example", "reason": "Until the year is closed", "expires": "2999-12-31"}


def told(ended: Ended) -> list[str]:
    """The warnings about entries."""
    return [text for text in ended.result.get("warnings", ()) if "accepted_drift" in text]


def fingerprint(emulator: Emulator, item: dict[str, Any]) -> str:
    [row] = converge(emulator, item, check_mode=True).result["drift"]
    return str(row["fingerprint"])


@pytest.mark.parametrize("word", ["fingerprint", "id", "id with kind", "id in capitals"])
def test_what_was_accepted_stays_as_it_is(emulator: Emulator, word: str) -> None:
    [row] = converge(emulator, flow(), check_mode=True).result["drift"]
    entry = {
        "fingerprint": accepting(fingerprint=row["fingerprint"].upper()),
        "id": accepting(id=row["id"]),
        "id with kind": accepting(id=row["id"], kind="Flow_State"),
        "id in capitals": accepting(id=row["id"].upper()),
    }[word]
    for _time in range(2):
        ended = converge(emulator, flow(), accepted_drift=[entry])
        assert (ended.statuses, ended.result["changed"], told(ended)) == (["ok"], False, [])
        assert ended.result["accepted"] == [{**row, "accepted": WHO}] == ended.result["outcomes"][0]["accepted"]
        assert ended.result["plan"]["changes"] == 0
    found = audit(emulator, flow(), accepted_drift=[entry])
    assert categories(found) == [("drifted", True)]
    assert found.result["findings"][0]["accepted"] == WHO
    assert found.result["outcome"] == "clean"
    assert converge(emulator, flow(), accepted_drift=[entry], check_mode=True).result["drift"] == []
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (accepting(fingerprint="0" * 64), "fits nothing that differs"),
        (accepting(id="environments/x"), "fits nothing that differs"),
        (accepting(id=OF_FLOW, expires="2020-01-01"), "expired on 2020"),
        (accepting(id=OF_FLOW, kind="flow"), "fits nothing"),
    ],
    ids=["another fingerprint", "another id", "expired", "another kind"],
)
def test_an_entry_that_does_not_count_is_told(emulator: Emulator, entry: dict[str, Any], said: str) -> None:
    ended = converge(emulator, flow(), accepted_drift=[entry])
    assert ended.statuses == ["changed"]
    assert [said in text for text in told(ended)] == [True]


def test_an_entry_of_what_could_not_be_read_is_not_called_unused(emulator: Emulator) -> None:
    """Whoever took it out on that advice would undo what was accepted."""
    emulator.faults([{"kind": "status", "status": 403, "match": {"path": f"{EXPENSES}/permissions"}}])
    assert told(audit(emulator, LEE_AND_KIM, accepted_drift=[OF_LEE], orphaned=False)) == []
    assert told(converge(emulator, LEE_AND_KIM, accepted_drift=[OF_LEE])) == []


def test_of_several_roles_the_accepted_one_stays_and_the_others_change(emulator: Emulator) -> None:
    emulator.change([{"change": "put_app_role", "app": EXPENSES, "principal": LEE, "role": "CanEdit"}])
    item = roles(holds(LEE), holds(JOERG))
    for status in ("changed", "ok"):
        ended = converge(emulator, item, accepted_drift=[OF_LEE])
        assert ended.statuses == [status]
        assert [row["id"] for row in ended.result["accepted"]] == [OF_LEE["id"]]
        assert told(ended) == []
    assert {user: roles_of(emulator, EXPENSES)[user] for user in (LEE, JOERG)} == {LEE: "CanEdit", JOERG: "CanView"}
    assert len(emulator.log(writes=True)) == 1


def test_a_role_that_is_missing_or_too_much_may_be_accepted(emulator: Emulator) -> None:
    exclusive = roles(holds(LEE), holds(JOERG), exclusive=True)
    readers = accepting(id=f"{PERMISSIONS}/{READERS}")
    before = roles_of(emulator, EXPENSES)
    ended = converge(emulator, exclusive, accepted_drift=[OF_LEE, readers])
    assert ended.statuses == ["changed"]
    now = roles_of(emulator, EXPENSES)
    assert LEE not in now
    assert now[READERS] == before[READERS]
    assert (now[JOERG], KIM in now) == ("CanView", False)
    emulator.clear_log()
    again = converge(emulator, exclusive, accepted_drift=[OF_LEE, readers])
    assert (again.statuses, emulator.log(writes=True)) == (["ok"], [])
    assert categories(audit(emulator, exclusive, accepted_drift=[OF_LEE, readers])) == [
        ("unmanaged", True),
        ("missing", True),
    ]


def test_merged_items_keep_what_was_accepted_of_either(emulator: Emulator) -> None:
    items = [roles(holds(LEE)), roles(holds(JOERG))]
    ended = converge(emulator, *items, accepted_drift=[OF_LEE])
    assert ended.statuses == ["ok", "changed"]
    assert LEE not in roles_of(emulator, EXPENSES)
    assert roles_of(emulator, EXPENSES)[JOERG] == "CanView"
    assert [len(row.get("accepted", ())) for row in ended.result["outcomes"]] == [1, 0]
    assert converge(emulator, *items, accepted_drift=[OF_LEE]).statuses == ["ok", "ok"]


def test_what_follows_an_earlier_write_keeps_what_was_accepted(emulator: Emulator) -> None:
    """Roles are planned once more on what the change of the owner made of them."""
    place = PERMISSIONS.replace(EXPENSES, TIMESHEETS)
    emulator.change([{"change": "put_app_role", "app": TIMESHEETS, "principal": LEE, "role": "CanEdit"}])
    entry = accepting(id=f"{place}/{LEE}")
    items = [owner(KIM), roles(holds(LEE), holds(JOERG), app=TIMESHEETS)]
    ended = converge(emulator, *items, accepted_drift=[entry])
    assert ended.statuses == ["changed", "changed"]
    assert [row["id"] for row in ended.result["accepted"]] == [entry["id"]]
    now = roles_of(emulator, TIMESHEETS)
    assert (now[KIM], now[LEE], now[JOERG]) == ("Owner", "CanEdit", "CanView")
    emulator.clear_log()
    assert converge(emulator, *items, accepted_drift=[entry]).statuses == ["ok", "ok"]
    assert emulator.log(writes=True) == []


def test_other_kinds_say_that_they_cannot_do_half_of_it(emulator: Emulator) -> None:
    policy = {
        "kind": "billing_policy",
        "billing_policy": "payg-trial",
        "status": "Disabled",
        "environments": ["Plain Canvas"],
    }
    drift = converge(emulator, policy, check_mode=True).result["drift"]
    assert len(drift) > 1
    entries = [accepting(id=drift[0]["id"])]
    ended = converge(emulator, policy, flow(), accepted_drift=entries, on_error="continue")
    assert ended.statuses[0] == "failed"
    assert "Accept the other differences of this thing too" in ended.result["msg"]
    assert audit(emulator, policy, accepted_drift=entries).result["outcome"] == "error"
    whole = converge(emulator, policy, accepted_drift=[accepting(id=row["id"]) for row in drift])
    assert whole.statuses == ["ok"]
    assert not [entry for entry in emulator.log(writes=True) if entry["service"] == "power_platform"]


def test_a_deletion_may_be_accepted(emulator: Emulator) -> None:
    gone = {"kind": "powerapp", "environment": "Finance Production", "app": EXPENSES, "state": "absent"}
    entry = accepting(fingerprint=fingerprint(emulator, gone))
    ended = converge(emulator, gone, roles(holds(LEE)), accepted_drift=[entry])
    assert ended.statuses == ["ok", "changed"]
    assert state_of(emulator, RUNNING) == "Started"
