# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that say something else than what was asked, or say it in a form that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    ItemsRefusedError,
    OptionError,
    UnknownReferenceError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    MISSING,
    SKIPPED,
    UNKNOWN,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    APP,
    CALCULATOR,
    EXPENSES,
    FINANCE,
    JOERG,
    LEE,
    NOTHING,
    NOWHERE,
    OFF,
    RUNNING,
    SANDBOX_EXPENSES,
    app,
    check,
    flow,
    one,
    roles_of,
    rows,
    run,
    shared,
    statuses,
)

Json = dict[str, Any]

SHARE = app(user=LEE, role="CanView")
BY_NAME = app(user="lee@contoso.example", role="CanView")
COMPLETE = app(assignments=[{"user": LEE, "role": "CanView"}], exclusive=True)


PRINCIPAL = {"id": JOERG, "type": "User", "displayName": "Jörg"}


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"name": JOERG},
        {"name": JOERG, "properties": []},
        {"name": JOERG, "properties": {"roleName": "CanEdit", "principal": None}},
        {"name": JOERG, "properties": {"roleName": "", "principal": PRINCIPAL}},
        {"properties": {"roleName": "CanEdit", "principal": PRINCIPAL}},
    ],
)
@pytest.mark.parametrize("wanted", [SHARE, COMPLETE])
def test_an_assignment_that_says_too_little_is_unknown_and_nothing_is_written(
    emulator: Emulator, record: Json, wanted: Request
) -> None:
    emulator.faults(
        [{"kind": "status", "status": 200, "body": {"value": [record]}, "match": {"path": "/permissions$"}}]
    )
    outcome = one(emulator, wanted)
    assert isinstance(outcome.error, UnreadableAnswerError)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert emulator.log(writes=True) == []
    assert check(emulator, wanted).outcomes[0].status == UNKNOWN


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        ("/apps/[^/]+$", [], SHARE),
        ("/apps/[^/]+$", {"properties": {}}, SHARE),
        ("/flows/[^/]+$", {"name": OFF, "properties": {"displayName": "?"}}, flow(OFF, "started")),
        ("/flows/[^/]+$", {"name": OFF, "properties": "?"}, flow(OFF, "started")),
        ("batch$", {"responses": []}, BY_NAME),
        ("batch$", {"responses": [{"id": "0", "status": 200}]}, BY_NAME),
        ("batch$", {"responses": [{"id": "0", "status": 200, "body": {"value": ["?"]}}]}, BY_NAME),
        ("batch$", {"responses": [{"id": "0", "status": 200, "body": {"value": [{"mail": "?"}]}}]}, BY_NAME),
        ("batch$", {"responses": [{"id": "0"}]}, BY_NAME),
        ("batch$", {"responses": [{"status": 200}]}, BY_NAME),
        ("batch$", {"responses": ["?"]}, BY_NAME),
        ("batch$", {"responses": "?"}, BY_NAME),
        ("batch$", {}, BY_NAME),
        ("batch$", [], BY_NAME),
    ],
)
def test_an_answer_of_an_unknown_form_is_reported_and_nothing_is_written(
    emulator: Emulator, path: str, body: object, wanted: Request
) -> None:
    emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"path": path}}])
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, UnreadableAnswerError)
    assert "report" in outcome.error.remedy
    assert emulator.log(writes=True) == []


def test_a_defect_while_writing_leaves_a_whole_report(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    send = APP.apply

    def fails(client: Any, target: Any, change: Any) -> None:
        send(client, target, change)
        raise KeyError("value")

    monkeypatch.setattr(type(APP), "apply", lambda _self, *given: fails(*given))
    requests = [SHARE, flow(RUNNING, "stopped")]
    report = run(emulator, *requests)
    first, second = report.outcomes
    assert (first.status, first.changed, first.verified) == (FAILED, True, False)
    assert isinstance(first.error, UnreadableAnswerError)
    assert "KeyError" in first.error.message
    assert second.status in (CHANGED, SKIPPED)
    assert "resource" not in rows(report, requests)[0]


def test_a_missing_environment_is_no_missing_app(emulator: Emulator) -> None:
    gone = {"kind": "status", "status": 404, "code": "EnvironmentNotFound", "match": {"path": "PowerApps.*/apps/"}}
    emulator.faults([gone])
    outcome = check(emulator, SHARE).outcomes[0]
    assert outcome.status == UNKNOWN
    assert outcome.error is not None
    assert "environment" in outcome.error.remedy


def test_an_app_that_the_maker_view_finds_in_another_environment_is_not_the_one(emulator: Emulator) -> None:
    outcome = one(emulator, app(SANDBOX_EXPENSES, FINANCE, user=LEE, role="CanView", as_admin=False), "maker")
    assert isinstance(outcome.error, UnknownReferenceError)
    assert LEE not in roles_of(emulator, SANDBOX_EXPENSES)


@pytest.mark.parametrize(
    "others", [[], [app("Expenses", "Finance Production", user=LEE, role="CanView")]], ids=["by id", "among names"]
)
def test_an_id_that_no_listing_holds_is_asked_for_itself(emulator: Emulator, others: list[Request]) -> None:
    closed = {"kind": "status", "status": 403, "code": "Forbidden"}
    doors = [{**closed, "match": {"path": path}} for path in (NOWHERE, NOTHING, f"{FINANCE}/apps$")]
    requests = [app(EXPENSES, NOWHERE, user=LEE, role="CanView"), app(NOTHING, user=LEE, role="CanView"), *others]
    emulator.faults(doors)
    assert statuses(check(emulator, *requests))[:2] == [UNKNOWN, UNKNOWN]
    # A whole listing that lacks the app tells what a 403 does not (powerapps-admin.md 2.1).
    emulator.faults(doors[:2])
    assert statuses(check(emulator, *requests))[:2] == [UNKNOWN, MISSING]
    emulator.faults([])
    assert statuses(check(emulator, *requests))[:2] == [MISSING, MISSING]


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_reference_means_nothing(emulator: Emulator, blank: str) -> None:
    emulator.change([{"change": "set_app", "app": CALCULATOR, "name": ""}])
    for wanted, option in (
        (app(blank, user=LEE, role="CanView"), "app"),
        (app(EXPENSES, blank, user=LEE, role="CanView"), "environment"),
        (flow(blank, "stopped"), "flow"),
    ):
        error = one(emulator, wanted).error
        assert isinstance(error, OptionError)
        assert error.option == option
    assert emulator.log() == []


def test_what_was_done_beside_a_refused_item_counts_before_it_can_be_read(emulator: Emulator) -> None:
    emulator.faults([{"kind": "item_failure", "principal": LEE}, {"kind": "stale", "reads": 3}])
    outcome = one(emulator, shared(EXPENSES, (LEE, "CanView"), (JOERG, "CanView")))
    assert isinstance(outcome.error, ItemsRefusedError)
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert "others were done" in outcome.error.remedy
    assert roles_of(emulator, EXPENSES)[JOERG] == "CanView"


def test_an_effect_that_is_not_seen_shows_what_was_read_and_why(emulator: Emulator) -> None:
    wanted = flow(OFF, "started")
    suspended = {"name": OFF, "properties": {"state": "Suspended", "flowSuspensionReason": "CompanyDlpViolation"}}
    emulator.faults(
        [{"kind": "status", "status": 200, "body": suspended, "after": 1, "match": {"path": f"/flows/{OFF}$"}}]
    )
    report = run(emulator, wanted)
    [row] = rows(report, [wanted])
    assert (row["status"], row["changed"], row["verified"]) == (FAILED, True, False)
    assert row["resource"]["state"] == "suspended"
    assert "CompanyDlpViolation" in row["error"]["message"]


def test_too_many_removals_are_named(emulator: Emulator) -> None:
    error = one(emulator, app(assignments=[], exclusive=True, max_removals=2)).error
    assert isinstance(error, GuardError)
    for name in ("Expenses", "Finance Readers", "Sales Team", "Kim Maker", JOERG[:-1] + "2"):
        assert name in error.message
