# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with custom connectors: lost answers, somebody who was faster, limits, pages, wrong addresses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import dataverse
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    ConflictError,
    DeadlineError,
    ForeignLinkError,
    IncompleteListingError,
    LostAnswerError,
    NotFoundError,
    PermissionDeniedError,
    ServiceError,
    ThrottledError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    CLAIMS,
    CONNECTOR,
    EXPENSES_ROW,
    FINANCE_URL,
    LIMITS,
    ask,
    check,
    client,
    one,
    plan,
    request,
    things,
)
from tests.unit.engine.test_custom_connector import EXPENSES, expenses, named, travel

Json = dict[str, Any]

API_URL = FINANCE_URL.replace(".crm4.", ".api.crm4.")
DATAVERSE = {"service": "dataverse"}
PATCHES = {**DATAVERSE, "method": "PATCH"}
POSTS = {**DATAVERSE, "method": "POST"}


def writes(emulator: Emulator) -> list[tuple[str, int | None]]:
    """Method and status of every write to Dataverse."""
    return [(entry["method"], entry["status"]) for entry in emulator.log(writes=True)]


def claims(emulator: Emulator) -> Json:
    return things(emulator, "connectors")[CLAIMS]


# -- answers that are lost ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", [None, "b1000000-0000-4000-8000-0000000000aa"], ids=["no id", "an id"])
def test_a_lost_answer_makes_no_twin(emulator: Emulator, identifier: str | None) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "match": POSTS}])
    outcome = one(emulator, travel(connector_id=identifier))
    assert (outcome.status, outcome.changed, outcome.verified) == (CHANGED, True, True)
    assert len(named(emulator)) == 1
    assert writes(emulator) == [("POST", None)]
    assert one(emulator, travel(connector_id=identifier)).status == OK


def test_a_request_that_is_lost_is_uncertain_and_made_by_the_next_run(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "before", "match": POSTS}])
    outcome = one(emulator, travel())
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert isinstance(outcome.error, LostAnswerError)
    assert "Running again is safe" in outcome.error.remedy
    emulator.faults([])
    assert one(emulator, travel()).status == CHANGED
    assert len(named(emulator)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("times", [1, 9])
def test_a_change_whose_answer_is_lost_counts_by_what_is_read_back(emulator: Emulator, when: str, times: int) -> None:
    wanted = expenses(description="New words")
    planned = plan(emulator, wanted)
    emulator.faults([{"kind": "drop", "when": when, "times": times, "match": PATCHES}])
    outcome = one(emulator, wanted)
    done = claims(emulator)["description"] == "New words"
    assert done or when == "before"
    assert (outcome.status, outcome.changed, outcome.verified) == ((CHANGED if done else FAILED), True, done)
    assert outcome.as_json()["action"] == "update"
    assert outcome.drift == planned.drift
    assert emulator.summary()["effects"] == int(done)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_passing_failure_is_repeated_and_takes_effect_once(emulator: Emulator, status: int) -> None:
    emulator.faults([{"kind": "status", "status": status, "times": 2, "match": PATCHES}])
    outcome = one(emulator, expenses(description="New words"))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert writes(emulator) == [("PATCH", status), ("PATCH", status), ("PATCH", 200)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_removal_whose_answer_is_lost_is_done_once(emulator: Emulator, when: str) -> None:
    emulator.faults([{"kind": "drop", "when": when, "times": 1, "match": {**DATAVERSE, "method": "DELETE"}}])
    outcome = one(emulator, expenses(state="absent"))
    assert (outcome.status, outcome.changed, outcome.verified) == (CHANGED, True, True)
    assert CLAIMS not in things(emulator, "connectors")
    assert emulator.summary()["effects"] == 1


def test_what_the_service_did_not_do_is_a_failure(emulator: Emulator) -> None:
    emulator.faults([{"kind": "ignore_write", "match": DATAVERSE}])
    outcome = one(emulator, expenses(description="New words"))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)


def test_a_service_that_agrees_late_is_waited_for(emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 2}])
    assert (one(emulator, travel()).status, one(emulator, travel()).status) == (CHANGED, OK)
    assert len(named(emulator)) == 1


# -- somebody who was faster -------------------------------------------------------------------------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[int], None]) -> None:
    """Between what was read and each write of the run, this happens: `change` gets the number of the write."""
    real, count = dataverse.update_connector, 0

    def later(*given: Any, **more: Any) -> None:
        nonlocal count
        count += 1
        change(count)
        real(*given, **more)

    monkeypatch.setattr(dataverse, "update_connector", later)


def changing(emulator: Emulator, until: int = 1, **values: Any) -> Callable[[int], None]:
    """Somebody changes the connector, before so many of our writes."""

    def change(number: int) -> None:
        if number <= until:
            told = {name: value.format(number) if isinstance(value, str) else value for name, value in values.items()}
            emulator.change([{"change": "set_connector", "connector": CLAIMS, **told}])

    return change


@pytest.mark.parametrize("values", [{"description": "Theirs"}, {"icon_brand_color": "#ff0000"}], ids=["same", "other"])
def test_another_version_is_read_and_planned_again(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, values: Json
) -> None:
    meanwhile(monkeypatch, changing(emulator, **values))
    outcome = one(emulator, expenses(description="Ours"))
    assert (outcome.status, outcome.changed, outcome.verified) == (CHANGED, True, True)
    assert writes(emulator) == [("PATCH", 412), ("PATCH", 200)]
    now = claims(emulator)
    assert now["description"] == "Ours"
    assert {**now, **values, "description": "Ours"} == now  # what else they changed stays
    assert one(emulator, expenses(description="Ours")).status == OK


def test_it_is_planned_again_once_only(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, changing(emulator, until=9, description="Theirs {}"))
    outcome = one(emulator, expenses(description="Ours"))
    assert (outcome.status, outcome.verified) == (FAILED, None)
    assert isinstance(outcome.error, ConflictError)
    assert "run again" in outcome.error.remedy
    assert writes(emulator) == [("PATCH", 412), ("PATCH", 412)]
    assert claims(emulator)["description"] == "Theirs 2"


def test_what_they_did_already_is_not_done_again(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, changing(emulator, description="Ours"))
    outcome = one(emulator, expenses(description="Ours"))
    assert outcome.status in (OK, CHANGED)
    assert writes(emulator) == [("PATCH", 412)]


def test_a_change_never_makes_what_is_gone(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    before = things(emulator, "connectors").keys()
    meanwhile(monkeypatch, lambda _number: emulator.change([{"change": "delete_connector", "connector": CLAIMS}]))
    outcome = one(emulator, expenses(description="Ours"))
    assert outcome.status == FAILED
    assert isinstance(outcome.error, NotFoundError)
    assert writes(emulator) == [("PATCH", 404)]
    assert things(emulator, "connectors").keys() == before - {CLAIMS}


def test_a_name_in_use_makes_no_second_one(emulator: Emulator) -> None:
    """Under an id that Dataverse does not show: the other one is named, and nothing is written."""
    taken = {"kind": "status", "status": 404, "code": "0x80040217", "times": 1, "match": {"path": EXPENSES_ROW}}
    emulator.faults([taken])
    wanted = {"connector_id": EXPENSES_ROW, "name": EXPENSES, "display_name": "Expenses"}
    outcome = one(emulator, travel(**wanted))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert EXPENSES_ROW in str(outcome.error)
    assert writes(emulator) == []


# -- limits and refusals -----------------------------------------------------------------------------------------------


def limited(seconds: int, **more: Any) -> Json:
    """Service protection, in the words of Dataverse (contract 4)."""
    text = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
    answer = {"code": "0x80072322", "message": text, "headers": {"Retry-After": str(seconds)}}
    return {"kind": "status", "status": 429, **answer, **more}


@pytest.mark.parametrize("match", [POSTS, {**DATAVERSE, "method": "GET"}], ids=["write", "read"])
def test_service_protection_is_waited_for_as_told(emulator: Emulator, match: Json) -> None:
    emulator.faults([limited(1, times=1, match=match)])
    begun = time.monotonic()
    outcome = one(emulator, travel())
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert time.monotonic() - begun >= 1
    assert len(named(emulator)) == 1


def test_a_wait_beyond_the_deadline_is_not_begun(emulator: Emulator) -> None:
    emulator.faults([limited(120, match=POSTS)])
    wanted = travel()
    outcome = ensure(wanted.kind, wanted.options, client(emulator, deadline=20), LIMITS)
    assert isinstance(outcome.error, DeadlineError)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert named(emulator) == []


def test_a_limit_that_stays_is_told_with_its_code(emulator: Emulator) -> None:
    emulator.faults([limited(0, match=POSTS)])
    outcome = one(emulator, travel())
    assert isinstance(outcome.error, ThrottledError)
    assert (outcome.error.code, outcome.changed) == ("0x80072322", False)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "0x80048d19", ServiceError),
        (403, "0x80040220", PermissionDeniedError),
    ],
)
def test_a_refusal_of_dataverse_is_told_in_its_words(
    emulator: Emulator, status: int, code: str, kind: type[ServiceError]
) -> None:
    emulator.faults([{"kind": "status", "status": status, "code": code, "message": "Its own words.", "match": POSTS}])
    outcome = one(emulator, travel())
    assert outcome.error.__class__ is kind
    assert (outcome.error.code, outcome.error.service_message) == (code, "Its own words.")
    assert (outcome.status, outcome.changed) == (FAILED, False)


def test_a_solution_that_is_not_there_is_refused_by_the_service(emulator: Emulator) -> None:
    outcome = one(emulator, travel(solution="Nowhere"))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert "Nowhere" in str(outcome.error)


# -- an error is no absence --------------------------------------------------------------------------------------------


def test_an_address_that_is_wrong_is_not_taken_for_absence(emulator: Emulator) -> None:
    wanted = request(CONNECTOR, organization_url=f"{FINANCE_URL}/x", connector_id=EXPENSES_ROW, state="absent")
    assert one(emulator, wanted).status == FAILED
    answer = {"kind": "status", "status": 404, "code": "0x8006088a", "match": {**DATAVERSE, "path": EXPENSES_ROW}}
    emulator.faults([answer])
    for state in ("absent", "present"):
        outcome = one(emulator, travel(connector_id=EXPENSES_ROW, name=EXPENSES, state=state))
        assert outcome.status == FAILED
        assert not isinstance(outcome.error, NotFoundError)
    assert emulator.log(writes=True) == []


def test_every_page_is_read(emulator: Emulator) -> None:
    whole = ask(emulator, "custom_connector_info", environments=["Finance*"])["custom_connectors"]
    emulator.faults([{"kind": "page_cap", "max": 1, "match": DATAVERSE}])
    assert ask(emulator, "custom_connector_info", environments=["Finance*"])["custom_connectors"] == whole
    last = request(CONNECTOR, organization_url=FINANCE_URL, name="cr736_5Frates2", description="x")
    assert one(emulator, last).status == CHANGED


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_listing_that_breaks_off_makes_and_removes_nothing(emulator: Emulator, state: str) -> None:
    broken = [
        {"kind": "page_cap", "max": 2, "match": DATAVERSE},
        {"kind": "page", "page": 2, "status": 500, "match": DATAVERSE},
    ]
    emulator.faults(broken)
    outcome = one(emulator, travel(state=state))
    assert isinstance(outcome.error, IncompleteListingError)
    assert check(emulator, travel(state=state)).outcomes[0].drift == []
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    "host", ["contosofindev.crm4.dynamics.com", "evil.example", "contosofin.crm4.dynamics.com.evil.example"]
)
def test_a_page_of_another_host_is_refused_and_named(emulator: Emulator, host: str) -> None:
    emulator.faults(
        [{"kind": "page_cap", "max": 2, "match": DATAVERSE}, {"kind": "next_link", "host": host, "match": DATAVERSE}]
    )
    outcome = one(emulator, travel())
    assert isinstance(outcome.error, ForeignLinkError)
    assert host in str(outcome.error)
    assert "endpoints" not in str(outcome.error)
    assert "environment's URL" in outcome.error.remedy
    assert len(emulator.log(service="dataverse")) == 1


@pytest.mark.parametrize("given", [FINANCE_URL, API_URL])
@pytest.mark.parametrize("linked", [FINANCE_URL, API_URL])
def test_a_page_of_either_host_of_the_organisation_is_asked_of_the_one_that_was_given(
    emulator: Emulator, given: str, linked: str
) -> None:
    """Its token is for the host that was given."""
    host = linked.removeprefix("https://")
    emulator.faults(
        [{"kind": "page_cap", "max": 1, "match": DATAVERSE}, {"kind": "next_link", "host": host, "match": DATAVERSE}]
    )
    assert len(ask(emulator, "custom_connector_info", organization_url=given)["custom_connectors"]) == 4
    assert [f"https://{entry['host']}" for entry in emulator.log(service="dataverse")] == [given] * 4


def test_an_organisation_that_refuses_never_looks_empty(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "code": "0x80040220", "times": 1, "match": DATAVERSE}])
    with pytest.raises(IncompleteListingError, match="1 of 2 environments"):
        ask(emulator, "custom_connector_info", environments=["Finance*"])
    emulator.faults([{"kind": "status", "status": 403, "code": "0x80040220", "times": 1, "match": DATAVERSE}])
    answer = ask(emulator, "custom_connector_info", environments=["Finance*"], on_error="report")
    assert answer["complete"] is False
    [unknown] = answer["unknown"]
    assert "Read on Connector" in unknown["error"]["remedy"]
    assert unknown["environment"] not in {row["environment"] for row in answer["custom_connectors"]}
