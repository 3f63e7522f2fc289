# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with runs that are cancelled and resubmitted: nothing is sent twice, and the report says it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FAILED_RUN, GOING_ON, INTAKE, WAITING
from tests.unit.engine.test_flow_run import CANCEL_ALL, MARCH, act, add_run, held, told, written

Json = dict[str, Any]

CANCEL = {"state": "cancelled", "run": GOING_ON}
RESUBMIT = {"state": "resubmitted", "run": FAILED_RUN}
BOTH = pytest.mark.parametrize("options", [CANCEL, RESUBMIT], ids=["cancel", "resubmit"])
WRITES = {"write": True}
OF_CANCELS, OF_RESUBMITS = {"path": "/cancel$"}, {"path": "/resubmit$"}


def effects(emulator: Emulator) -> int:
    return emulator.summary()["effects"]


def settled(answer: Json) -> list[tuple[Any, ...]]:
    return told(answer, "action", "verified")


# -- answers that say what became of it -------------------------------------------------------------------------------


@BOTH
def test_what_was_throttled_was_not_done_and_is_sent_again(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "status", "status": 429, "times": 2, "match": WRITES}])
    answer = act(emulator, **options)
    assert settled(answer) == [(answer["runs"][0]["action"], True)]
    assert (len(written(emulator)), effects(emulator)) == (3, 1)


@BOTH
def test_what_is_throttled_for_good_was_not_done(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "status", "status": 429, "match": WRITES}])
    answer = act(emulator, **options)
    assert (answer["changed"], answer["error"]["status"]) == (False, 429)
    assert answer["runs"][0]["verified"] is None
    assert "429" in answer["runs"][0]["reason"]
    assert answer["failure"].startswith("1 of 1 runs failed, 0 were changed.")
    assert "diff" not in answer
    assert effects(emulator) == 0


@BOTH
def test_a_refusal_fails_and_changes_nothing(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "status", "status": 403, "code": "Forbidden", "match": WRITES}])
    answer = act(emulator, **options)
    assert (answer["changed"], answer["error"]["status"], answer["error"]["code"]) == (False, 403, "Forbidden")
    assert len(written(emulator)) == 1


# -- answers that do not ----------------------------------------------------------------------------------------------

UNCERTAIN = pytest.mark.parametrize(
    ("fault", "done"),
    [
        ({"kind": "drop", "when": "after"}, True),
        ({"kind": "drop", "when": "before"}, False),
        ({"kind": "status", "status": 500}, False),
        ({"kind": "status", "status": 503}, False),
    ],
    ids=["lost-after", "lost-before", "500", "503"],
)


@BOTH
@UNCERTAIN
def test_after_a_lost_answer_the_runs_are_read_and_nothing_is_sent_again(
    emulator: Emulator, options: Json, fault: Json, done: bool
) -> None:
    runs = held(emulator)
    emulator.faults([{**fault, "match": WRITES}])
    answer = act(emulator, **options)
    assert len(written(emulator)) == 1
    assert effects(emulator) == done
    assert len(held(emulator)) - len(runs) == (done and options is RESUBMIT)
    [row] = answer["runs"]
    assert (answer["changed"], row["verified"], "failure" in answer) == (True, done, not done)
    if done:
        assert row["new_status"] == ("Cancelled" if options is CANCEL else "Running")
        assert bool(row["new_run"]) == (options is RESUBMIT)
        return
    assert "may or may not have taken effect" in answer["failure"]
    assert ("Running again is safe" if options is CANCEL else "Look at the newest runs") in row["reason"]
    assert row["new_run"] is None
    assert answer["diff"]["after"] == {row["run"]: "Running" if options is CANCEL else "Failed, perhaps resubmitted"}


@BOTH
def test_after_a_lost_answer_a_second_run_does_what_is_missing(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "drop", "when": "before", "times": 1, "match": WRITES}])
    assert "failure" in act(emulator, **options)
    again = act(emulator, **options)
    assert ("failure" in again, again["runs"][0]["verified"], effects(emulator)) == (False, True, 1)
    assert act(emulator, **options)["changed"] is False


def test_a_lost_answer_that_turns_out_well_does_not_end_the_rest(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "times": 1, "match": WRITES}])
    assert settled(act(emulator, **CANCEL_ALL)) == [("cancel", True)] * 2
    assert (len(written(emulator)), effects(emulator)) == (2, 2)


@pytest.mark.parametrize("run", [FAILED_RUN, "9999"])
def test_what_was_there_before_is_not_taken_for_what_was_started(emulator: Emulator, run: str) -> None:
    """Nor a run that repeats another one, which is what a repetition that is resubmitted does itself."""
    emulator.faults([{"kind": "ignore_write", "match": OF_RESUBMITS}])
    add_run(emulator, "9999", status="Failed", start="2025-03-09T00:00:00Z", origin="beyond-the-history")
    answer = act(emulator, state="resubmitted", run=run)
    assert settled(answer) == [("resubmit", False)]
    assert "no run that repeats it was to be seen" in answer["failure"]
    assert "may start it twice" in answer["failure"]


# -- what takes its time ----------------------------------------------------------------------------------------------


@BOTH
def test_a_stale_read_is_waited_for(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "stale", "reads": 2}])
    assert settled(act(emulator, **options)) == [(answer_of(options), True)]


def answer_of(options: Json) -> str:
    return "cancel" if options["state"] == "cancelled" else "resubmit"


@BOTH
def test_what_does_not_show_in_time_is_a_failure_that_says_so(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "ignore_write", "match": WRITES}])
    answer = act(emulator, **options)
    assert (answer["changed"], settled(answer)) == (True, [(answer_of(options), False)])
    assert "in time" in answer["failure"]
    assert answer["error"]["type"] == "TransportError"
    assert len(written(emulator)) == 1


@BOTH
def test_what_cannot_be_read_back_is_a_failure_that_says_so(emulator: Emulator, options: Json) -> None:
    path = f"/runs/{GOING_ON}$" if options is CANCEL else "/runs$"
    emulator.faults([{"kind": "status", "status": 403, "after": 1, "match": {"method": "GET", "path": path}}])
    answer = act(emulator, **options)
    assert (answer["changed"], settled(answer)) == (True, [(answer_of(options), False)])
    assert "It was sent, but what came of it could not be read" in answer["failure"]
    assert answer["error"]["status"] == 403


@BOTH
def test_a_deadline_before_the_effect_shows_leaves_a_whole_report(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "ignore_write", "match": WRITES}])
    answer = act(emulator, **options, deadline=30, delays=(60.0,))
    assert (answer["changed"], settled(answer)) == (True, [(answer_of(options), False)])
    assert answer["error"]["type"] == "DeadlineError"


# -- several runs -----------------------------------------------------------------------------------------------------


def test_the_first_failure_ends_it_and_the_rest_says_so(emulator: Emulator) -> None:
    add_run(emulator, "9001", status="Running", start="2025-03-08T00:00:00Z")
    emulator.faults([{"kind": "status", "status": 403, "code": "Forbidden", "after": 1, "match": OF_CANCELS}])
    answer = act(emulator, **CANCEL_ALL)
    assert told(answer, "run", "action", "new_status", "verified") == [
        ("9001", "cancel", "Cancelled", True),
        (GOING_ON, "cancel", None, None),
        (WAITING, "none", None, None),
    ]
    assert answer["runs"][2]["reason"] == f"Not attempted, because of run {GOING_ON}."
    assert answer["changed"] is True
    assert answer["diff"]["after"] == {"9001": "Cancelled"}
    assert answer["failure"].startswith("1 of 3 runs failed, 1 were changed.")
    assert len(written(emulator)) == 2
    emulator.faults([])
    again = act(emulator, **CANCEL_ALL)
    assert "failure" not in again
    assert told(again, "run", "verified") == [(GOING_ON, True), (WAITING, True)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_first_failure_ends_resubmitting_too(emulator: Emulator, when: str) -> None:
    emulator.change([{"change": "set_run", "flow": INTAKE, "run": WAITING, "status": "Failed"}])
    add_run(emulator, "9001", status="Failed", start="2025-03-08T00:00:00Z")
    emulator.faults([{"kind": "drop", "when": when, "after": 1, "times": 1, "match": OF_RESUBMITS}])
    answer = act(emulator, state="resubmitted", **MARCH)
    acted = [row for row in answer["runs"] if not row["reason"].startswith("It was resubmitted already")]
    if when == "after":
        assert [row["verified"] for row in acted] == [True, True, True]
        assert (effects(emulator), len(written(emulator))) == (3, 3)
        return
    assert [(row["run"], row["action"], row["verified"]) for row in acted] == [
        ("9001", "resubmit", True),
        (FAILED_RUN, "resubmit", False),
        (WAITING, "none", None),
    ]
    assert (effects(emulator), len(written(emulator))) == (1, 2)


def test_a_run_that_ends_by_itself_meanwhile_is_as_wanted(emulator: Emulator) -> None:
    add_run(emulator, "9001", status="Running", start="2025-03-08T00:00:00Z", then="Succeeded", reads=1)
    answer = act(emulator, **CANCEL_ALL)
    assert told(answer, "run", "action", "new_status", "reason")[0] == (
        "9001",
        "none",
        "Succeeded",
        "It has ended meanwhile: Succeeded.",
    )
    assert "failure" not in answer
    assert settled(answer)[1:] == [("cancel", True)] * 2
    assert "9001" not in answer["diff"]["after"]


def test_each_run_is_read_until_it_has_ended_and_no_longer(emulator: Emulator) -> None:
    act(emulator, **CANCEL_ALL)
    reads = [entry["path"].rpartition("/")[2] for entry in emulator.log(service="flow") if entry["method"] == "GET"]
    assert reads == [INTAKE, "runs", GOING_ON, WAITING, GOING_ON, WAITING]


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 503}, {"kind": "ignore_write"}], ids=["refused", "not done"]
)
def test_a_run_that_ends_by_itself_was_not_cancelled(emulator: Emulator, fault: Json) -> None:
    emulator.faults([{**fault, "match": {"path": "/cancel$"}}])
    emulator.change([{"change": "set_run", "flow": INTAKE, "run": GOING_ON, "then": "Succeeded", "reads": 2}])
    answer = act(emulator, state="cancelled", run=GOING_ON)
    assert answer["changed"] is False
    assert "failure" not in answer
    assert [(row["new_status"], row["reason"]) for row in answer["runs"]] == [
        ("Succeeded", "It has ended meanwhile: Succeeded.")
    ]
