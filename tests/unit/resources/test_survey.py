# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about many environments: what could not be read is told, and never looks empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    IncompleteListingError,
    OptionError,
    TokenError,
    UnknownReferenceError,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    APPROVALS,
    BRAND_NEW,
    BROKEN,
    CALCULATOR,
    CLAIMS,
    COPILOT,
    DATABASE,
    EXPENSES,
    FINANCE,
    MOTHBALLED,
    PLAIN,
    SANDBOX,
    SANDBOX_EXPENSES,
    ask,
    services_asked,
)
from tests.unit.resources.surveys import EVERY, SURVEYS, ids

Json = dict[str, Any]

TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def reads_alone(emulator: Emulator) -> Iterator[None]:
    """Whatever happens, nothing is written."""
    yield
    assert emulator.log(writes=True) == []


def break_finance(emulator: Emulator, name: str, status: int = 500) -> None:
    path = f"environments/{FINANCE}{SURVEYS[name][2]}$"
    emulator.faults([{"kind": "status", "status": status, "match": {"path": path}}])


def expecting(environment: str = FINANCE, days: int = 30) -> Json:
    return {"environment": environment, "reason": "Ticket 7", "expires": (TODAY + timedelta(days)).isoformat()}


# -- every thing of every environment ----------------------------------------------------------------------------------


@EVERY
def test_all_things_are_found_and_what_is_not_applicable_is_no_gap(emulator: Emulator, name: str) -> None:
    answer = ask(emulator, name)
    part, word, _path = SURVEYS[name]
    closed = {BRAND_NEW, MOTHBALLED} | ({COPILOT} if name == "connector_info" else set())
    assert {row["environment"] for row in answer["not_applicable"]} == closed
    assert all(row["reason"] for row in answer["not_applicable"])
    expected = {
        item["id"]
        for environment in emulator.tenant()["environments"]
        if environment["id"] not in closed
        for item in environment.get({"powerapps": "apps"}.get(part, part), ())
        if item.get("state") != "Deleted"
    }
    assert set(ids(answer, name)) == expected
    assert (answer["complete"], answer["unknown"], answer["warnings"], answer["scope"]) == (True, [], [], "admin")
    keys = [(row["environment_display_name"].casefold(), row["environment"]) for row in answer[part]]
    assert keys == sorted(keys)
    assert all(row[f"{word}_display_name"] for row in answer[part])


@EVERY
def test_pages_are_followed_to_the_end(emulator: Emulator, name: str) -> None:
    whole = ask(emulator, name)
    emulator.faults([{"kind": "page_cap", "max": 1}])
    assert ask(emulator, name)[SURVEYS[name][0]] == whole[SURVEYS[name][0]]


def test_a_maker_is_told_of_what_is_his_own(emulator: Emulator) -> None:
    answer = ask(emulator, "powerapp_info", "maker", as_admin=False)
    assert answer["scope"] == "maker"
    assert {EXPENSES, APPROVALS[1]} < set(ids(answer))
    assert CALCULATOR not in ids(answer)


def test_one_app_by_its_id_is_asked_for_alone(emulator: Emulator) -> None:
    assert ids(ask(emulator, "powerapp_info", environments=[FINANCE], apps=[EXPENSES])) == [EXPENSES]
    paths = [entry["path"] for entry in emulator.log(service="powerapps")]
    assert [path.rpartition("/")[2] for path in paths] == [EXPENSES]
    assert ids(ask(emulator, "powerapp_info", apps=[EXPENSES])) == [EXPENSES]


# -- what cannot be read -----------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_one_environment_that_cannot_be_read_fails_and_is_named(emulator: Emulator, name: str, status: int) -> None:
    break_finance(emulator, name, status)
    with pytest.raises(IncompleteListingError) as raised:
        ask(emulator, name)
    assert f"Finance Production ({FINANCE})" in raised.value.message
    assert "1 of 9" in raised.value.message
    assert SANDBOX not in raised.value.message
    assert "on_error" in raised.value.remedy


@EVERY
@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_or_is_reported_as_unknown_beside_the_others(emulator: Emulator, name: str, status: int) -> None:
    whole = ids(ask(emulator, name, exclude=[FINANCE]), name)
    break_finance(emulator, name, status)
    answer = ask(emulator, name, on_error="report")
    assert ids(answer, name) == whole
    assert answer["complete"] is False
    [unknown] = answer["unknown"]
    assert (unknown["environment"], unknown["expected"], unknown["error"]["status"]) == (FINANCE, False, status)


@EVERY
def test_half_a_listing_is_none(emulator: Emulator, name: str) -> None:
    """Nothing of an environment is shown whose second page failed."""
    path = f"environments/{FINANCE}{SURVEYS[name][2]}$"
    emulator.faults(
        [
            {"kind": "page", "page": 2, "status": 500, "match": {"path": path}},
            {"kind": "page_cap", "max": 1, "match": {"path": path}},
        ]
    )
    with pytest.raises(IncompleteListingError, match="Finance Production"):
        ask(emulator, name)
    answer = ask(emulator, name, on_error="report")
    assert FINANCE not in {row["environment"] for row in answer[SURVEYS[name][0]]}
    assert [row["environment"] for row in answer["unknown"]] == [FINANCE]


def test_roles_that_cannot_be_read_leave_the_row_and_say_so(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "match": {"path": f"{EXPENSES}/permissions"}}])
    with pytest.raises(IncompleteListingError, match="Finance Production"):
        ask(emulator, "powerapp_info", include=["roles"])
    answer = ask(emulator, "powerapp_info", include=["roles"], on_error="report")
    [row] = [row for row in answer["powerapps"] if row["app"] == EXPENSES]
    assert (row["roles"], row["roles_complete"]) == (None, False)
    assert (answer["complete"], answer["roles_complete"]) == (False, False)
    assert [row["app"] for row in answer["unknown"]] == [EXPENSES]
    assert all(row["roles_complete"] for row in answer["powerapps"] if row["app"] != EXPENSES)


@pytest.mark.parametrize("on_error", ["fail", "report"])
def test_what_is_wrong_with_the_run_ends_it(emulator: Emulator, on_error: str) -> None:
    with pytest.raises(TokenError):
        ask(emulator, "powerapp_info", as_admin=False, on_error=on_error)
    assert services_asked(emulator) == set()
    wait = {"kind": "status", "status": 429, "headers": {"Retry-After": "60"}, "match": {"path": f"{FINANCE}/apps"}}
    emulator.faults([wait])
    with pytest.raises(DeadlineError):
        ask(emulator, "powerapp_info", deadline=30, on_error=on_error, expected_unreadable=[expecting()])


# -- what is expected not to be readable -------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("environment", [FINANCE, FINANCE.upper(), "finance production", "*Prod*"])
def test_an_expected_gap_is_no_failure_and_stays_a_gap(emulator: Emulator, name: str, environment: str) -> None:
    break_finance(emulator, name)
    entry = expecting(environment, days=0)  # the last day counts
    answer = ask(emulator, name, expected_unreadable=[entry])
    [unknown] = answer["unknown"]
    assert (unknown["environment"], unknown["expected"]) == (FINANCE, True)
    assert (unknown["reason"], unknown["expires"]) == ("Ticket 7", TODAY.isoformat())
    assert (answer["complete"], answer["warnings"]) == (False, [])


def test_an_entry_covers_its_own_environments_alone(emulator: Emulator) -> None:
    break_finance(emulator, "powerapp_info")
    with pytest.raises(IncompleteListingError, match="1 of 9"):
        ask(emulator, "powerapp_info", expected_unreadable=[expecting(PLAIN)])


def test_an_entry_that_expired_is_told_and_no_longer_counts(emulator: Emulator) -> None:
    entry = expecting(days=-1)
    answer = ask(emulator, "powerapp_info", expected_unreadable=[entry])
    [warning] = answer["warnings"]
    assert "expired" in warning
    assert "Ticket 7" in warning
    break_finance(emulator, "powerapp_info")
    with pytest.raises(IncompleteListingError):
        ask(emulator, "powerapp_info", expected_unreadable=[entry])


def test_a_needless_entry_is_told(emulator: Emulator) -> None:
    answer = ask(emulator, "powerapp_info", expected_unreadable=[expecting("Finance*")])
    assert "Finance Production, Finance Sandbox could be read" in answer["warnings"][0]
    break_finance(emulator, "powerapp_info")
    answer = ask(emulator, "powerapp_info", expected_unreadable=[expecting("Finance*")])
    assert "Finance Sandbox could be read" in answer["warnings"][0]
    assert "Finance Production" not in answer["warnings"][0]
    closed = ask(emulator, "powerapp_info", environments=[BRAND_NEW], expected_unreadable=[expecting(BRAND_NEW)])
    assert closed["warnings"] == []  # nobody could read it
    elsewhere = ask(emulator, "powerapp_info", environments=[PLAIN], expected_unreadable=[expecting()])
    assert elsewhere["warnings"] == []  # nobody asked


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        ({"environment": " "}, "expected_unreadable[1].environment"),
        ({"reason": ""}, "expected_unreadable[1].reason"),
        ({"expires": "soon"}, "expected_unreadable[1].expires"),
        ({"expires": "2026-02-30"}, "expected_unreadable[1].expires"),
    ],
)
def test_an_entry_says_where_why_and_how_long(emulator: Emulator, wrong: Json, option: str) -> None:
    with pytest.raises(OptionError) as raised:
        ask(emulator, "powerapp_info", expected_unreadable=[expecting(), {**expecting(), **wrong}])
    assert raised.value.option == option
    assert services_asked(emulator) == set()


# -- choosing ----------------------------------------------------------------------------------------------------------


@EVERY
def test_a_name_that_fits_nothing_is_an_error_and_a_pattern_is_not(emulator: Emulator, name: str) -> None:
    option = f"{SURVEYS[name][1]}s"
    with pytest.raises(UnknownReferenceError, match="No such thing"):
        ask(emulator, name, environments=["Finance*"], **{option: ["*", "No such thing"]})
    for none in (["No such*"], []):
        answer = ask(emulator, name, **{option: none})
        assert (ids(answer, name), answer["warnings"]) == ([], [])
    with pytest.raises(OptionError, match="empty"):
        ask(emulator, name, **{option: ["*", " "]})


@EVERY
@pytest.mark.parametrize("why", ["unreadable", "not applicable"])
def test_where_not_all_was_seen_nothing_is_known_to_be_missing(emulator: Emulator, name: str, why: str) -> None:
    """Fax Log is an app of the disabled environment."""
    if why == "unreadable":
        break_finance(emulator, name)
    where = {"unreadable": "Finance*", "not applicable": "*"}[why]
    option = f"{SURVEYS[name][1]}s"
    answer = ask(emulator, name, environments=[where], on_error="report", **{option: ["Fax Log"]})
    assert (ids(answer, name), answer["complete"]) == ([], why != "unreadable")
    [warning] = answer["warnings"]
    assert "Fax Log" in warning


def test_things_are_chosen_by_name_id_and_pattern(emulator: Emulator) -> None:
    assert set(ids(ask(emulator, "powerapp_info", apps=["expenses"]))) == {EXPENSES, SANDBOX_EXPENSES}
    assert set(ids(ask(emulator, "powerapp_info", apps=["Approv*", EXPENSES.upper()]))) == {EXPENSES, *APPROVALS}
    found = ask(emulator, "connection_info", connections=["*ledger*"], connectors=["SHARED_SQL"], connected=False)
    assert ids(found, "connection_info") == [BROKEN]
    assert ids(ask(emulator, "connection_info", connected=False), "connection_info") == [BROKEN]


def test_an_id_is_never_followed_as_a_name(emulator: Emulator) -> None:
    """Which anybody may give to a thing of their own."""
    emulator.change(
        [
            {"change": "set_app", "app": CALCULATOR, "name": EXPENSES},
            {"change": "set_connection", "connection": BROKEN, "name": DATABASE},
            {"change": "set_environment", "environment": PLAIN, "name": FINANCE},
        ]
    )
    assert set(ids(ask(emulator, "powerapp_info", apps=[EXPENSES, APPROVALS[0]]))) == {EXPENSES, APPROVALS[0]}
    assert ids(ask(emulator, "connection_info", connections=[DATABASE]), "connection_info") == [DATABASE]
    found = ask(emulator, "powerapp_info", environments=[FINANCE])["powerapps"]
    assert {row["environment"] for row in found} == {FINANCE}


def test_built_in_connectors_have_no_owner_and_are_everybody_s(emulator: Emulator) -> None:
    both = ["custom", "built_in"]
    options = {"environments": [FINANCE], "connector_types": both, "include": ["roles"]}
    answer = ask(emulator, "connector_info", **options)
    found = {row["connector"]: row for row in answer["connectors"]}
    assert found["shared_sql"]["connector_type"] == "built_in"
    assert (found["shared_sql"]["owner"], found["shared_sql"]["roles"]) == (None, [])
    assert found[CLAIMS]["connector_type"] == "custom"
    assert len(found) == len(answer["connectors"])
    alone = ask(emulator, "connector_info", environments=[FINANCE], connector_types=["built_in"])
    assert set(ids(alone, "connector_info")) == {name for name, row in found.items() if row["owner"] is None}
    with pytest.raises(OptionError, match="connector_types"):
        ask(emulator, "connector_info", connector_types=[])
