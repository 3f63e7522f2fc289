# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with a write: it takes effect once, it is read back, and the report says what is known of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, converge
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    LostAnswerError,
    PermissionDeniedError,
    ServiceError,
    ServiceUnavailableError,
    ThrottledError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    NOT_APPLICABLE,
    OK,
    SKIPPED,
    Outcome,
    Report,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BRAND_NEW,
    CALCULATOR,
    EXPENSES,
    FINANCE,
    KIM,
    LEE,
    LIMITS,
    OFF,
    READERS,
    RUNNING,
    SANDBOX,
    SANDBOX_EXPENSES,
    SANDBOX_FLOW,
    SUSPENDED,
    TIMESHEETS,
    UNBOUND,
    app,
    client,
    flow,
    one,
    roles_of,
    rows,
    run,
    shared,
    state_of,
    statuses,
)

Json = dict[str, Any]

WRITES = {"write": True}
SHARE = shared(EXPENSES, (LEE, "CanView"))
STOP = flow(RUNNING, "stopped")
BOTH = pytest.mark.parametrize("wanted", [SHARE, STOP], ids=["app", "flow"])
SAFE = "Running again is safe"


def many() -> list[Request]:
    """Changes of six documents."""
    return [
        SHARE,
        shared(CALCULATOR, (LEE, "CanView")),
        shared(TIMESHEETS, (LEE, "CanEdit")),
        shared(SANDBOX_EXPENSES, (LEE, "CanView"), environment=SANDBOX),
        STOP,
        flow(SANDBOX_FLOW, "started", SANDBOX),
    ]


def settled(outcome: Outcome) -> tuple[str, bool, bool | None]:
    return (outcome.status, outcome.changed, outcome.verified)


def assert_whole(report: Report, requests: list[Request], emulator: Emulator) -> None:
    """Every item has an end that agrees with what the service did; what was not begun says why."""
    shown = rows(report, requests)
    assert len(shown) == len(requests)
    failed = ", ".join(str(number) for number, row in enumerate(shown) if row["status"] == FAILED)
    for row in shown:
        assert row["status"] in (CHANGED, FAILED, SKIPPED)
        assert ("error" in row) == (row["status"] == FAILED)
        if row["status"] == SKIPPED:
            assert (row["changed"], row["reason"]) == (False, f"Not attempted, because of item {failed}.")
    assert sum(row["changed"] for row in shown) == emulator.summary()["effects"]
    assert report.failed


# -- a connection that breaks -----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_whose_answer_is_lost_is_repeated_and_takes_effect_once(
    emulator: Emulator, when: str, wanted: Request
) -> None:
    emulator.faults([{"kind": "drop", "when": when, "times": 1, "match": WRITES}])
    assert settled(one(emulator, wanted)) == (CHANGED, True, True)
    assert len(emulator.log(writes=True)) == 2
    assert emulator.summary()["effects"] == 1
    assert one(emulator, wanted).status == OK


@BOTH
def test_a_write_whose_answers_are_all_lost_counts_by_what_is_read_back(emulator: Emulator, wanted: Request) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "match": WRITES}])
    assert settled(one(emulator, wanted)) == (CHANGED, True, True)
    assert emulator.summary()["effects"] == 1


@BOTH
def test_a_write_that_never_arrives_is_uncertain(emulator: Emulator, wanted: Request) -> None:
    """Nobody can tell a lost request from a lost answer, but for the effect, which does not show."""
    emulator.faults([{"kind": "drop", "when": "before", "match": WRITES}])
    outcome = one(emulator, wanted)
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, LostAnswerError)
    assert SAFE in outcome.error.remedy
    assert emulator.summary()["effects"] == 0
    emulator.faults([])
    assert settled(one(emulator, wanted)) == (CHANGED, True, True)


@BOTH
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_write_that_is_answered_with_a_passing_failure_is_repeated(
    emulator: Emulator, status: int, wanted: Request
) -> None:
    emulator.faults([{"kind": "status", "status": status, "times": 2, "match": WRITES}])
    assert settled(one(emulator, wanted)) == (CHANGED, True, True)
    assert len(emulator.log(writes=True)) == 3


@BOTH
def test_a_500_may_have_done_it_and_is_not_repeated_blindly(emulator: Emulator, wanted: Request) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": WRITES}])
    outcome = one(emulator, wanted)
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, ServiceUnavailableError)
    assert SAFE in outcome.error.remedy
    assert len(emulator.log(writes=True)) == 1


# -- a service that takes its time, or lies ---------------------------------------------------------------------------


@BOTH
def test_stale_reads_after_a_write_are_waited_for(emulator: Emulator, wanted: Request) -> None:
    emulator.faults([{"kind": "stale", "reads": 3}])
    assert settled(one(emulator, wanted)) == (CHANGED, True, True)
    assert len(emulator.log(writes=True)) == 1


@BOTH
@pytest.mark.parametrize(
    "fault", [{"kind": "stale", "reads": 1000}, {"kind": "ignore_write"}], ids=["stale", "ignored"]
)
def test_an_effect_that_is_never_seen_is_a_failure(emulator: Emulator, wanted: Request, fault: Json) -> None:
    emulator.faults([fault])
    outcome = one(emulator, wanted)
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, TransportError)
    assert "not visible" in outcome.error.message
    assert SAFE in outcome.error.remedy
    assert len(emulator.log(writes=True)) == 1
    row = outcome.as_json()
    assert row["resource"] == row["diff"]["before"]
    emulator.faults([])
    assert one(emulator, wanted).status == (OK if fault["kind"] == "stale" else CHANGED)


@BOTH
def test_an_effect_that_cannot_be_read_back_is_a_failure(emulator: Emulator, wanted: Request) -> None:
    path = f"{EXPENSES}/permissions$" if wanted is SHARE else f"flows/{RUNNING}$"
    emulator.faults([{"kind": "status", "status": 403, "after": 1, "match": {"path": path}}])
    outcome = one(emulator, wanted)
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, PermissionDeniedError)
    assert "was sent, but could not be read back" in outcome.error.message
    assert SAFE in outcome.error.remedy


def test_an_orphan_that_stays_although_removed_is_a_failure(emulator: Emulator) -> None:
    emulator.faults([{"kind": "ignore_write"}])
    outcome = one(emulator, app(TIMESHEETS, assignments=[], remove_orphans=True))
    assert settled(outcome) == (FAILED, True, False)


# -- a service that refuses -------------------------------------------------------------------------------------------


def test_a_principal_that_fails_inside_a_200_is_a_failure_of_the_item(emulator: Emulator) -> None:
    wanted = shared(EXPENSES, (LEE, "CanView"), (KIM, "CanView"))
    emulator.faults([{"kind": "item_failure", "principal": LEE, "message": "Guests cannot be shared with."}])
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, ServiceError)
    assert LEE in outcome.error.message
    assert "Guests cannot be shared with." in outcome.error.message
    assert KIM not in outcome.error.message
    assert roles_of(emulator, EXPENSES)[KIM] == "CanView"
    emulator.faults([])
    assert settled(one(emulator, wanted)) == (CHANGED, True, True)
    body = emulator.log(writes=True)[-1]["body"]
    assert [entry["properties"]["principal"]["id"] for entry in body["put"]] == [LEE]


def test_a_principal_that_fails_alone_changed_nothing(emulator: Emulator) -> None:
    emulator.faults([{"kind": "item_failure", "principal": LEE}])
    assert settled(one(emulator, SHARE)) == (FAILED, False, None)


def test_a_refused_start_names_the_reason_and_changed_nothing(emulator: Emulator) -> None:
    for wanted, reason in (
        (flow(UNBOUND, "started"), "CannotStartUnpublishedSolutionFlow"),
        (flow(SUSPENDED, "started", on_suspended="act"), "CompanyDlpViolation"),
    ):
        outcome = one(emulator, wanted)
        assert settled(outcome) == (FAILED, False, None)
        assert reason in str(outcome.error)


def test_a_suspended_flow_fails_alone(emulator: Emulator) -> None:
    requests = [flow(SUSPENDED, "started"), STOP, SHARE]
    report = run(emulator, *requests)
    assert statuses(report) == [FAILED, CHANGED, CHANGED]
    assert "CompanyDlpViolation" in str(report.outcomes[0].error)
    assert state_of(emulator, SUSPENDED) == "Suspended"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "lapsed_role", "match": WRITES}, PermissionDeniedError),
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "0"}, "match": WRITES}, ThrottledError),
        ({"kind": "status", "status": 409, "match": WRITES}, ServiceError),
    ],
    ids=["403", "429", "409"],
)
def test_writes_that_are_all_refused_leave_a_whole_report(
    emulator: Emulator, fault: Json, expected: type[ServiceError]
) -> None:
    emulator.faults([fault])
    requests = many()
    report = run(emulator, *requests)
    assert_whole(report, requests, emulator)
    assert emulator.summary()["effects"] == 0
    assert any(isinstance(outcome.error, expected) for outcome in report.outcomes)
    emulator.faults([])
    assert statuses(run(emulator, *requests)) == [CHANGED] * len(requests)


@pytest.mark.parametrize("done", [1, 3])
def test_a_role_that_lapses_between_writes_leaves_a_whole_report(emulator: Emulator, done: int) -> None:
    emulator.faults([{"kind": "lapsed_role", "after": done, "match": WRITES}])
    requests = many()
    report = run(emulator, *requests)
    assert_whole(report, requests, emulator)
    assert statuses(report).count(CHANGED) == emulator.summary()["effects"] == done
    emulator.faults([])
    again = run(emulator, *requests)
    assert statuses(again).count(OK) == done
    assert statuses(again).count(CHANGED) == len(requests) - done


def test_one_write_that_fails_in_a_batch_ends_it_with_a_whole_report(emulator: Emulator) -> None:
    requests = many()
    path = f"{EXPENSES}/modifyPermissions"
    emulator.faults([{"kind": "status", "status": 400, "code": "Broken", "match": {"path": path}}])
    report = run(emulator, *requests)
    assert_whole(report, requests, emulator)
    assert settled(report.outcomes[0]) == (FAILED, False, None)
    assert "Broken" in str(report.outcomes[0].error)
    assert all(outcome.status in (CHANGED, SKIPPED) for outcome in report.outcomes[1:])


def test_after_a_failure_no_further_write_is_begun(emulator: Emulator) -> None:
    """With more documents than threads."""
    people = [f"a0000000-0000-4000-8000-00000000000{number}" for number in range(2, 9)]
    clones = [f"aa000000-0000-4000-8000-0000000001{number:02d}" for number in range(40)]
    emulator.change(
        {"change": "add_app", "environment": FINANCE, "app": {"id": clone, "name": f"Clone {clone}", "owner": KIM}}
        for clone in clones
    )
    requests = [shared(clone, *((person, "CanView") for person in people[1:])) for clone in clones]
    emulator.faults([{"kind": "lapsed_role", "match": WRITES}])
    report = run(emulator, *requests)
    assert_whole(report, requests, emulator)
    assert statuses(report).count(SKIPPED) > 0
    assert len(emulator.log(writes=True)) == statuses(report).count(FAILED) < len(clones)


# -- the deadline -----------------------------------------------------------------------------------------------------


def test_a_deadline_in_the_middle_of_the_writes_leaves_a_whole_report(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 429, "headers": {"Retry-After": "60"}, "after": 1, "match": WRITES}])
    requests = many()
    report = converge(requests, client(emulator, deadline=30), LIMITS)
    assert_whole(report, requests, emulator)
    assert any(isinstance(outcome.error, DeadlineError) for outcome in report.outcomes)
    assert emulator.summary()["effects"] == 1
    emulator.faults([])
    assert set(statuses(run(emulator, *requests))) == {OK, CHANGED}


def test_a_deadline_before_the_effect_shows_is_a_failure_that_says_so(emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 1000}])
    limits = LIMITS._replace(verify_delays=(60.0,))
    outcome = converge([SHARE], client(emulator, deadline=30), limits).outcomes[0]
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, DeadlineError)
    assert "was sent" in outcome.error.message
    assert SAFE in outcome.error.remedy


# -- what is no failure -----------------------------------------------------------------------------------------------


def test_an_environment_that_is_being_made_does_not_hold_up_the_others(emulator: Emulator) -> None:
    requests = [flow(OFF, "started", BRAND_NEW), STOP, app(EXPENSES, BRAND_NEW, group=READERS, role="CanView"), SHARE]
    report = run(emulator, *requests)
    assert statuses(report) == [NOT_APPLICABLE, CHANGED, NOT_APPLICABLE, CHANGED]
    assert (report.failed, report.changed) == (False, True)
    assert "Provisioning" in rows(report, requests)[0]["error"]["message"]
    emulator.change([{"change": "set_environment", "environment": BRAND_NEW, "state": "Succeeded"}])
    assert statuses(run(emulator, *requests)) == [FAILED, SKIPPED, FAILED, SKIPPED]


def test_a_write_is_verified_by_a_fresh_read_of_the_thing_alone(emulator: Emulator) -> None:
    assert one(emulator, STOP).status == CHANGED
    asked = [(entry["method"], entry["path"].rpartition("/")[2]) for entry in emulator.log(service="flow")]
    assert asked == [("GET", RUNNING), ("POST", "stop"), ("GET", RUNNING)]


def test_what_changes_behind_our_back_is_put_right(emulator: Emulator) -> None:
    assert one(emulator, SHARE).status == CHANGED
    emulator.change([{"change": "put_app_role", "app": EXPENSES, "principal": LEE, "role": "CanEdit"}])
    assert settled(one(emulator, SHARE)) == (CHANGED, True, True)
    assert roles_of(emulator, EXPENSES)[LEE] == "CanView"
