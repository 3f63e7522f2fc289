# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs cancelled and resubmitted: which ones, once, and read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    IncompleteListingError,
    OptionError,
    PermissionDeniedError,
    PowerPlatformError,
    TokenError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import ACTION_KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    DONE,
    ENDED,
    FAILED_RUN,
    FINANCE,
    GOING_ON,
    INTAKE,
    NOTHING,
    REPEATED,
    REPETITION,
    RUNNING,
    SANDBOX,
    WAITING,
    declared,
    deed,
    half_a_user,
    services_asked,
    things,
)

Json = dict[str, Any]

NAMES = {"environment": SANDBOX, "flow": INTAKE}
MARCH = {"started_after": "2025-03-01T00:00:00Z", "started_before": "2025-04-01T00:00:00Z"}
CANCEL_ALL = {"state": "cancelled", **MARCH}
RESUBMIT_ALL = {"state": "resubmitted", **MARCH}
FLOW = f"/providers/Microsoft.ProcessSimple/environments/{SANDBOX}/flows/{INTAKE}"


def act(emulator: Emulator, who: str = "delegated", **options: Any) -> Json:
    return deed(emulator, "flow_run", who, **{**NAMES, **options})


def held(emulator: Emulator, flow: str = INTAKE) -> dict[str, Json]:
    """The runs of a flow now, by id."""
    return {run["id"]: run for run in things(emulator, "flows")[flow].get("runs", ())}


def written(emulator: Emulator) -> list[str]:
    """The paths of all writes, below that of the flow."""
    return [entry["path"].removeprefix(FLOW) for entry in emulator.log(writes=True)]


def told(answer: Json, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(row[key] for key in keys) for row in answer["runs"]]


def add_run(emulator: Emulator, name: str, **content: Any) -> None:
    emulator.change([{"change": "add_run", "flow": INTAKE, "run": {"id": name, **content}}])


# -- cancelling -------------------------------------------------------------------------------------------------------


def test_one_run_is_cancelled_once_and_awaited(emulator: Emulator) -> None:
    answer = act(emulator, state="cancelled", run=GOING_ON)
    assert answer["changed"] is True
    assert "failure" not in answer
    assert told(answer, "run", "status", "action", "new_status", "verified", "reason", "new_run") == [
        (GOING_ON, "Running", "cancel", "Cancelled", True, "", None)
    ]
    assert answer["scope"] == "maker"
    assert answer["diff"]["before"] == {GOING_ON: "Running"}
    assert answer["diff"]["after"] == {GOING_ON: "Cancelled"}
    assert written(emulator) == [f"/runs/{GOING_ON}/cancel"]
    assert held(emulator)[GOING_ON]["status"] == "Cancelled"
    emulator.clear_log()
    again = act(emulator, state="cancelled", run=GOING_ON)
    assert again["changed"] is False
    assert told(again, "status", "action", "verified") == [("Cancelled", "none", None)]
    assert "diff" not in again
    assert written(emulator) == []


@pytest.mark.parametrize("run", [ENDED, DONE, FAILED_RUN])
def test_a_run_that_has_ended_is_no_change(emulator: Emulator, run: str) -> None:
    answer = act(emulator, state="cancelled", run=run)
    assert answer["changed"] is False
    assert answer["runs"][0]["reason"] == "It has ended."
    assert written(emulator) == []


def test_a_selection_takes_what_is_going_on_newest_first(emulator: Emulator) -> None:
    answer = act(emulator, **CANCEL_ALL)
    assert told(answer, "run", "new_status", "verified") == [
        (GOING_ON, "Cancelled", True),
        (WAITING, "Cancelled", True),
    ]
    assert written(emulator) == [f"/runs/{GOING_ON}/cancel", f"/runs/{WAITING}/cancel"]
    emulator.clear_log()
    assert act(emulator, **CANCEL_ALL)["runs"] == []
    assert written(emulator) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"status": ["Waiting"]}, [WAITING]),
        ({"status": ["Waiting", "Running"]}, [GOING_ON, WAITING]),
        ({"status": ["Paused"]}, []),
        ({"started_before": "2025-03-05T00:00:00Z"}, [WAITING]),
        ({"started_after": "2025-03-05T00:00:00Z"}, [GOING_ON]),
    ],
)
def test_a_selection_by_status_or_by_time(emulator: Emulator, options: Json, found: list[str]) -> None:
    answer = act(emulator, state="cancelled", **options)
    assert [row["run"] for row in answer["runs"]] == found
    assert answer["changed"] is bool(found)
    assert written(emulator) == [f"/runs/{run}/cancel" for run in found]


def test_a_run_that_is_being_cancelled_is_left_alone(emulator: Emulator) -> None:
    emulator.change([{"change": "set_run", "flow": INTAKE, "run": WAITING, "status": "Cancelling"}])
    answer = act(emulator, state="cancelled", status=["Cancelling"])
    assert told(answer, "run", "action", "reason") == [(WAITING, "none", "It is being cancelled already.")]
    assert written(emulator) == []


# -- resubmitting -----------------------------------------------------------------------------------------------------


def test_what_failed_in_a_window_is_started_once_more_and_only_once(emulator: Emulator) -> None:
    before = held(emulator)
    answer = act(emulator, **RESUBMIT_ALL)
    [new] = set(held(emulator)) - set(before)
    assert held(emulator)[new]["origin"] == FAILED_RUN
    assert told(answer, "run", "status", "action", "new_run", "verified") == [
        # The run that shows it is no part of the selection.
        (REPEATED, "Failed", "none", None, None),
        (FAILED_RUN, "Failed", "resubmit", new, True),
    ]
    assert REPETITION in answer["runs"][0]["reason"]
    assert answer["runs"][1]["new_status"] == "Running"
    assert answer["diff"]["after"] == {FAILED_RUN: "Failed, resubmitted"}
    assert written(emulator) == [f"/triggers/manual/histories/{FAILED_RUN}/resubmit"]
    emulator.clear_log()
    again = act(emulator, **RESUBMIT_ALL)
    assert again["changed"] is False
    assert told(again, "run", "action") == [(REPEATED, "none"), (FAILED_RUN, "none")]
    assert written(emulator) == []


def test_runs_that_are_later_than_the_window_are_looked_at(emulator: Emulator) -> None:
    """What repeats a run began after it, and mostly after the window."""
    window = {"started_after": "2025-03-05T07:30:00Z", "started_before": "2025-03-05T08:30:00Z"}
    answer = act(emulator, state="resubmitted", **window)
    assert told(answer, "run", "action") == [(REPEATED, "none")]
    assert written(emulator) == []


def test_what_was_started_once_more_and_failed_again_is_not_started_for_ever(emulator: Emulator) -> None:
    emulator.change([{"change": "set_flow", "flow": INTAKE, "outcome": "Failed"}])
    first = act(emulator, **RESUBMIT_ALL)
    new = first["runs"][1]["new_run"]
    assert act(emulator, **RESUBMIT_ALL)["changed"] is False
    assert held(emulator)[new]["status"] == "Failed"
    # By its own id it can be; and then neither it nor what it repeats a second time.
    assert told(act(emulator, state="resubmitted", run=new), "action", "verified") == [("resubmit", True)]
    for run in (new, FAILED_RUN):
        assert act(emulator, state="resubmitted", run=run)["changed"] is False
    assert act(emulator, **RESUBMIT_ALL)["changed"] is False
    assert len(written(emulator)) == 2


@pytest.mark.parametrize(("run", "changed"), [(FAILED_RUN, True), (DONE, True), (ENDED, True), (REPEATED, False)])
def test_one_run_is_resubmitted_unless_it_was(emulator: Emulator, run: str, changed: bool) -> None:
    answer = act(emulator, state="resubmitted", run=run)
    assert answer["changed"] is changed
    assert bool(answer["runs"][0]["reason"]) is not changed
    again = act(emulator, state="resubmitted", run=run)
    assert again["changed"] is False
    assert len(written(emulator)) == changed


def test_a_run_that_goes_on_is_not_resubmitted(emulator: Emulator) -> None:
    with pytest.raises(OptionError, match="has not ended") as raised:
        act(emulator, state="resubmitted", run=GOING_ON)
    assert "cancel it first" in raised.value.remedy
    assert written(emulator) == []


def test_a_status_of_ones_own(emulator: Emulator) -> None:
    answer = act(emulator, **RESUBMIT_ALL, status=["Succeeded", "Cancelled"])
    assert told(answer, "run", "action", "verified") == [
        (REPETITION, "resubmit", True),
        (ENDED, "resubmit", True),
        (DONE, "resubmit", True),
    ]
    assert len({row["new_run"] for row in answer["runs"]}) == 3


def test_several_triggers_have_to_be_told_apart(emulator: Emulator) -> None:
    add_run(emulator, "1", status="Failed", start="2025-03-05T05:00:00Z", trigger="Recurrence")
    triggers = {"value": [{"name": name, "properties": {"state": "Enabled"}} for name in ("manual", "Recurrence")]}
    emulator.faults([{"kind": "status", "status": 200, "body": triggers, "match": {"path": "/triggers$"}}])
    with pytest.raises(OptionError, match="manual, Recurrence"):
        act(emulator, **RESUBMIT_ALL)
    with pytest.raises(OptionError, match="started by trigger Recurrence"):
        act(emulator, state="resubmitted", run="1", trigger_name="manual")
    with pytest.raises(UnknownReferenceError, match="manual, Recurrence"):
        act(emulator, **RESUBMIT_ALL, trigger_name="Button")
    assert written(emulator) == []
    answer = act(emulator, **RESUBMIT_ALL, trigger_name="MANUAL")
    assert told(answer, "run", "action") == [(REPEATED, "none"), (FAILED_RUN, "resubmit"), ("1", "none")]
    assert written(emulator) == [f"/triggers/manual/histories/{FAILED_RUN}/resubmit"]


# -- guards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_only", [True, False])
def test_more_runs_than_allowed_change_nothing(emulator: Emulator, read_only: bool) -> None:
    for number in range(20):
        add_run(emulator, f"9{number}", status="Running", start=f"2025-03-07T00:00:{number:02}Z")
    with pytest.raises(GuardError, match="22 runs match, more than max_runs=20"):
        act(emulator, **CANCEL_ALL, read_only=read_only)
    assert written(emulator) == []
    assert act(emulator, **CANCEL_ALL, max_runs=22, read_only=read_only)["changed"]
    assert len(written(emulator)) == (0 if read_only else 22)


def test_the_limit_can_be_lifted(emulator: Emulator) -> None:
    with pytest.raises(GuardError):
        act(emulator, **RESUBMIT_ALL, max_runs=0)
    assert act(emulator, **RESUBMIT_ALL, max_runs=-1)["changed"]


@pytest.mark.parametrize(
    ("options", "after"),
    [
        (CANCEL_ALL, {GOING_ON: "Cancelled", WAITING: "Cancelled"}),
        ({"state": "cancelled", "run": WAITING}, {WAITING: "Cancelled"}),
        (RESUBMIT_ALL, {FAILED_RUN: "Failed, resubmitted"}),
        ({"state": "resubmitted", "run": FAILED_RUN}, {FAILED_RUN: "Failed, resubmitted"}),
    ],
)
def test_check_mode_says_what_it_would_do_and_writes_nothing(emulator: Emulator, options: Json, after: Json) -> None:
    runs = held(emulator)
    planned = act(emulator, **options, read_only=True)
    assert planned["changed"] is True
    assert planned["diff"]["after"] == after
    assert {row["run"]: row["action"] for row in planned["runs"] if row["action"] != "none"}.keys() == after.keys()
    assert [row for row in planned["runs"] if row["verified"] is not None or row["new_status"]] == []
    assert emulator.log(writes=True) == []
    assert held(emulator) == runs
    assert act(emulator, **options)["diff"] == planned["diff"]
    assert act(emulator, **options, read_only=True)["changed"] is False


@pytest.mark.parametrize(
    "options",
    [
        {"state": "cancelled"},
        {"state": "cancelled", "status": []},
        {"state": "cancelled", "run": ""},
        {"state": "cancelled", "run": GOING_ON, "trigger_name": "manual"},
        {"state": "resubmitted"},
        {"state": "resubmitted", "started_after": "2025-03-01T00:00:00Z"},
        {**RESUBMIT_ALL, "started_before": "2999-01-01T00:00:00Z"},
        {**RESUBMIT_ALL, "started_before": "March"},
        {**RESUBMIT_ALL, "max_runs": -5},
        {**CANCEL_ALL, "flow": " "},
        {**CANCEL_ALL, "environment": ""},
    ],
)
def test_bad_input_is_found_before_anything_is_sent(emulator: Emulator, options: Json) -> None:
    with pytest.raises(OptionError):
        act(emulator, **options)
    assert emulator.log() == []


def test_a_run_and_a_selection_exclude_each_other() -> None:
    kind = ACTION_KINDS["flow_run"]
    given = {**NAMES, "state": "cancelled", "run": GOING_ON}
    exclusive = kind.constraints["mutually_exclusive"]
    for more in ({"status": ["Running"]}, {"started_after": "x"}, {"started_before": "x"}):
        checked = ArgumentSpecValidator(dict(kind.options), mutually_exclusive=exclusive).validate({**given, **more})
        assert "mutually exclusive" in str(checked.error_messages)


@pytest.mark.parametrize("options", [CANCEL_ALL, RESUBMIT_ALL])
@pytest.mark.parametrize("read_only", [True, False])
def test_an_application_cannot_do_it(emulator: Emulator, options: Json, read_only: bool) -> None:
    with pytest.raises(TokenError, match="nothing was sent") as raised:
        act(emulator, "runner", **options, read_only=read_only)
    assert "log in as a user" in raised.value.remedy
    assert services_asked(emulator) == set()


@pytest.mark.parametrize("options", [CANCEL_ALL, RESUBMIT_ALL])
def test_the_token_for_flows_is_the_one_that_counts(emulator: Emulator, options: Json) -> None:
    kind = ACTION_KINDS["flow_run"]
    with pytest.raises(TokenError, match="CancelFlowRun does not take the application token"):
        kind.act(half_a_user(emulator), declared(kind, **NAMES, **options))
    assert services_asked(emulator) == set()


@pytest.mark.parametrize("state", ["cancelled", "resubmitted"])
def test_an_unknown_run(emulator: Emulator, state: str) -> None:
    with pytest.raises(UnknownReferenceError, match="run='no-such-run'") as raised:
        act(emulator, state=state, run="no-such-run")
    assert "flow_run_info" in raised.value.remedy
    assert written(emulator) == []


@pytest.mark.parametrize(
    ("options", "error"),
    [
        # A maker's service gives the same answer for a flow that is not there and for one of others.
        ({"flow": NOTHING}, PermissionDeniedError),
        ({"flow": "Nothing"}, UnknownReferenceError),
        ({"environment": "Nowhere"}, UnknownReferenceError),
        ({"environment": FINANCE}, PermissionDeniedError),
    ],
)
def test_a_flow_that_is_not_there(emulator: Emulator, options: Json, error: type[PowerPlatformError]) -> None:
    with pytest.raises(error):
        act(emulator, **{**CANCEL_ALL, **options})
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize("options", [CANCEL_ALL, RESUBMIT_ALL])
def test_nothing_is_done_on_a_broken_listing(emulator: Emulator, options: Json) -> None:
    emulator.faults([{"kind": "page_cap", "max": 2}, {"kind": "page", "page": 2, "status": 403, "code": "Forbidden"}])
    with pytest.raises(IncompleteListingError):
        act(emulator, **options)
    assert written(emulator) == []
    emulator.faults([{"kind": "page_cap", "max": 2}])
    assert act(emulator, **options)["changed"]


def test_names_that_are_no_longer_right_are_reported(emulator: Emulator) -> None:
    answer = act(emulator, **CANCEL_ALL, flow_display_name="Invoices", read_only=True)
    assert answer["renamed"] == {"flow_display_name": {"declared": "Invoices", "actual": "Invoice intake"}}
    assert (answer["environment_display_name"], answer["flow"]) == ("Finance Sandbox", INTAKE)


@pytest.mark.parametrize("options", [CANCEL_ALL, RESUBMIT_ALL])
def test_no_signed_link_is_told(emulator: Emulator, options: Json) -> None:
    told_all = json.dumps(act(emulator, **options))
    assert "sig=" not in told_all
    assert "inputsLink" not in told_all


def test_a_flow_without_runs_is_left_alone(emulator: Emulator) -> None:
    """Of the default window nothing is there: no run is made up, none is written."""
    for options in (CANCEL_ALL, RESUBMIT_ALL):
        answer = act(emulator, **{**options, "environment": FINANCE, "flow": RUNNING})
        assert (answer["changed"], answer["runs"]) == (False, [])
    assert emulator.log(writes=True) == []
