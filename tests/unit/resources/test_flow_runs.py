# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which runs are meant, what is told of them, and what is to be done to them: pure."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    UnknownReferenceError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_run_steps import (
    acting,
    check_number,
    check_single,
    choose_trigger,
    parse_wanted,
    plan_cancel,
    plan_resubmit,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_runs import (
    STATUSES,
    Run,
    Selection,
    as_actions,
    as_run,
    parse_selection,
    render,
    resubmissions,
)

Json = dict[str, Any]

UNSET = {"status": None, "started_after": None, "started_before": None}
SIGNED = "https://prod-1.logic.azure.com/workflows/1/contents?sp=%2Fread&sig=the-signature"
NINE, TEN = "2025-03-05T09:00:00Z", "2025-03-05T10:00:00Z"


def run(name: str = "1", status: str = "Failed", *, start: str | None = NINE, **more: Any) -> Run:
    known = {"end": None, "trigger": "manual", "code": "", "error": None, "origin": "", "tracking_id": ""}
    return Run(name, status, start, **{**known, **more})


def selection(**options: Any) -> Selection:
    return parse_selection({**UNSET, **options})


def wanted(**options: Any) -> Any:
    given = {**UNSET, "state": "cancelled", "run": None, "trigger_name": None, "max_runs": 20, **options}
    return parse_wanted(given)


# -- selections -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({}, ""),
        ({"status": ["Failed"]}, "status eq 'Failed'"),
        ({"status": ["Failed", "Failed"]}, "status eq 'Failed'"),
        # The service takes one; several are left to the client.
        ({"status": ["Failed", "TimedOut"]}, ""),
        ({"started_after": NINE}, "startTime ge 2025-03-05T09:00:00Z"),
        ({"started_before": "2025-03-05T12:00:00.5+02:00"}, "startTime lt 2025-03-05T10:00:00.500000Z"),
        (
            {"status": ["Failed"], "started_after": NINE, "started_before": TEN},
            "status eq 'Failed' and startTime ge 2025-03-05T09:00:00Z and startTime lt 2025-03-05T10:00:00Z",
        ),
    ],
)
def test_what_the_service_filters(options: Json, where: str) -> None:
    assert selection(**options).where == where


@pytest.mark.parametrize(
    ("start", "taken"),
    [
        ("2025-03-05T08:59:59.9999999Z", False),
        ("2025-03-05T09:00:00.0000000Z", True),
        ("2025-03-05T09:59:59.9999999Z", True),
        ("2025-03-05T10:00:00.0000000Z", False),
        ("2025-03-05T10:30:00+01:00", True),
        ("", False),
        (None, False),
        ("yesterday", False),
    ],
)
def test_a_window_begins_with_its_first_moment_and_ends_before_its_last(start: str | None, taken: bool) -> None:
    """What does not tell its time is in no window."""
    assert selection(started_after=NINE, started_before=TEN).takes(run(start=start)) is taken
    assert selection().takes(run(start=start))


def test_a_filter_that_the_service_overlooks_widens_no_choice() -> None:
    chosen = selection(status=["Failed", "TimedOut"])
    assert [status for status in STATUSES if chosen.takes(run(status=status))] == ["Failed", "TimedOut"]
    assert not selection(status=["Failed"]).takes(run(status="Running"))
    assert selection(status=["Failed"]).takes(run(status="FAILED"))


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"status": []}, "status"),
        ({"started_after": "yesterday"}, "started_after"),
        ({"started_after": "2025-03-05T09:00:00"}, "started_after"),
        ({"started_before": ""}, "started_before"),
        ({"started_after": TEN, "started_before": NINE}, "started_before"),
        ({"started_after": NINE, "started_before": NINE}, "started_before"),
    ],
)
def test_what_can_select_nothing(options: Json, option: str) -> None:
    with pytest.raises(OptionError) as raised:
        selection(**options)
    assert raised.value.option == option
    assert raised.value.remedy


# -- what the service says --------------------------------------------------------------------------------------------


def record(**content: Any) -> Json:
    return {"name": "1", "properties": {"status": "Failed", "startTime": NINE, **content}}


def test_a_run_is_told_without_its_links() -> None:
    trigger = {
        "name": "manual",
        "originHistoryName": "0",
        "inputsLink": {"uri": SIGNED},
        "outputsLink": {"uri": SIGNED},
    }
    error = {"code": "ActionFailed", "message": f"See {SIGNED}"}
    found = render(
        as_run(
            record(
                trigger=trigger,
                error=error,
                code="ActionFailed",
                endTime=TEN,
                correlation={"clientTrackingId": "t"},
                outputs={"uri": SIGNED},
            )
        )
    )
    assert found == {
        "run": "1",
        "status": "Failed",
        "start_time": NINE,
        "end_time": TEN,
        "trigger_name": "manual",
        "code": "ActionFailed",
        "error": {
            "code": "ActionFailed",
            "message": "See https://prod-1.logic.azure.com/workflows/1/contents?********",
        },
        "resubmitted_from": "0",
        "tracking_id": "t",
    }


@pytest.mark.parametrize("end", [{}, {"endTime": ""}, {"endTime": None}])
def test_what_is_going_on_has_no_end(end: Json) -> None:
    found = as_run(record(status="Running", **end))
    assert found.end is None
    assert not found.ended


@pytest.mark.parametrize("trigger", [{"originHistoryName": "1"}, {"originHistoryName": ""}, {}, None, "manual"])
def test_a_run_that_names_itself_or_nobody_repeats_none(trigger: Any) -> None:
    found = as_run(record(trigger=trigger))
    assert found.origin == ""
    assert render(found)["resubmitted_from"] is None


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"name": "1"}, {"name": "", "properties": {"status": "Failed"}}, record(status=None)]
)
def test_what_is_no_run(answer: Any) -> None:
    with pytest.raises(UnreadableAnswerError):
        as_run(answer)


def test_actions_come_by_their_start() -> None:
    late = {"status": "Failed", "code": "BadRequest", "startTime": TEN, "endTime": TEN, "outputsLink": {"uri": SIGNED}}
    early = {"status": "Skipped", "startTime": NINE}
    assert as_actions(record(actions={"Tell": late, "Store": early})) == [
        {"action": "Store", "status": "Skipped", "code": "", "start_time": NINE, "end_time": None},
        {"action": "Tell", "status": "Failed", "code": "BadRequest", "start_time": TEN, "end_time": TEN},
    ]
    assert as_actions(record()) == []
    with pytest.raises(UnreadableAnswerError):
        as_actions(record(actions={"Tell": "Failed"}))


@pytest.mark.parametrize(
    ("listing", "repeated"),
    [
        ([run("2"), run("1")], {}),
        ([run("2", origin="1"), run("1")], {"1": "2"}),
        # Repeated twice; a repetition of a repetition that names it, and one that names where it began.
        ([run("3", origin="1"), run("2", origin="1"), run("1")], {"1": "3", "2": "3"}),
        ([run("3", origin="2"), run("2", origin="1"), run("1")], {"1": "2", "2": "3"}),
        ([run("4", origin="3"), run("3", origin="1"), run("2", origin="1"), run("1")], {"1": "3", "2": "3", "3": "4"}),
        # The first one is beyond the listing.
        ([run("3", origin="0"), run("2", origin="0")], {"2": "3"}),
        # Whatever the order is.
        ([run("1"), run("2", origin="1")], {"1": "2"}),
    ],
)
def test_which_runs_were_repeated(listing: list[Run], repeated: dict[str, str]) -> None:
    assert {name: other.id for name, other in resubmissions(listing).items()} == repeated


# -- what to do -------------------------------------------------------------------------------------------------------

WINDOW = {"started_after": NINE, "started_before": TEN}
AGAIN = {"state": "resubmitted", **WINDOW}


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({}, "state"),
        ({"run": " "}, "run"),
        ({"run": "1", "trigger_name": "manual"}, "trigger_name"),
        ({"run": "1", "state": "resubmitted", "trigger_name": ""}, "trigger_name"),
        ({"run": "1", "max_runs": -2}, "max_runs"),
        ({"status": ["Failed"]}, "status"),
        ({"status": ["Running", "Cancelled"]}, "status"),
        ({**AGAIN, "status": ["Failed", "Running"]}, "status"),
        ({**AGAIN, "status": ["Cancelling"]}, "status"),
        ({"state": "resubmitted"}, "started_after"),
        ({"state": "resubmitted", "status": ["Failed"]}, "started_after"),
        ({"state": "resubmitted", "started_after": NINE}, "started_before"),
        ({"state": "resubmitted", "started_before": NINE}, "started_after"),
        ({**AGAIN, "started_before": "2999-01-01T00:00:00Z"}, "started_before"),
    ],
)
def test_what_can_never_be_right(options: Json, option: str) -> None:
    with pytest.raises(OptionError) as raised:
        wanted(**options)
    assert raised.value.option == option
    assert raised.value.remedy


def test_what_a_selection_means_without_a_status() -> None:
    assert wanted(started_after=NINE).selection.statuses == ("Running", "Waiting", "Paused", "Suspended")
    assert wanted(status=["Cancelling"]).selection.statuses == ("Cancelling",)
    assert wanted(**AGAIN).selection.statuses == ("Failed", "TimedOut", "Aborted")
    assert wanted(**AGAIN, status=["Succeeded"]).selection.statuses == ("Succeeded",)
    # Such a window is none that is repeated: what has begun and goes on may be cancelled at any time.
    assert wanted(started_before="2999-01-01T00:00:00Z").selection.before


def test_what_has_ended_is_not_cancelled() -> None:
    steps = plan_cancel([run(status=status) for status in STATUSES])
    left = {step.run.status: step.reason for step in steps if step.action == "none"}
    assert set(left) == {
        *("Succeeded", "Skipped", "Cancelled", "Failed", "Faulted", "TimedOut", "Aborted", "Ignored"),
        "Cancelling",
    }
    assert all(left.values())


def test_what_was_repeated_or_started_by_another_trigger_is_left() -> None:
    chosen = [run("3", trigger="MANUAL"), run("2", trigger="Recurrence"), run("1"), run("0", trigger="")]
    steps = plan_resubmit(chosen, [run("4", "Running", origin="1"), *chosen], "manual")
    assert [(step.run.id, step.action) for step in steps] == [
        ("3", "resubmit"),
        ("2", "none"),
        ("1", "none"),
        ("0", "resubmit"),
    ]
    assert "Recurrence" in steps[1].reason
    assert "by run 4" in steps[2].reason


def test_more_than_is_allowed_is_counted_without_what_is_left() -> None:
    steps = plan_cancel([run("1", "Running"), run("2", "Waiting"), run("3", "Failed")])
    assert len(acting(steps)) == 2
    for limit in (2, 3, -1):
        check_number(steps, limit)
    for limit in (1, 0):
        with pytest.raises(GuardError, match=f"2 runs match, more than max_runs={limit}"):
            check_number(steps, limit)


def test_the_only_trigger_is_meant() -> None:
    assert choose_trigger(None, ["manual"]) == "manual"
    assert choose_trigger("MANUAL", ["Recurrence", "manual"]) == "manual"
    with pytest.raises(OptionError, match="it has: Recurrence, manual"):
        choose_trigger(None, ["Recurrence", "manual"])
    with pytest.raises(OptionError, match="it has: none"):
        choose_trigger(None, [])
    with pytest.raises(UnknownReferenceError, match="it has: Recurrence"):
        choose_trigger("manual", ["Recurrence"])


def test_a_single_run_must_have_ended_and_be_of_the_trigger() -> None:
    check_single(run(), "manual")
    check_single(run(trigger=""), "manual")
    with pytest.raises(OptionError, match="has not ended"):
        check_single(run(status="Waiting"), "manual")
    with pytest.raises(OptionError, match="started by trigger Recurrence"):
        check_single(run(trigger="Recurrence"), "manual")
