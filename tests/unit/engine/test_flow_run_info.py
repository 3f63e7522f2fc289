# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of one flow: which are listed, how far, by whom."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    IncompleteListingError,
    OptionError,
    PermissionDeniedError,
    TokenError,
    UnknownReferenceError,
)
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
    ask,
    services_asked,
)

Json = dict[str, Any]

NAMES = {"environment": SANDBOX, "flow": INTAKE}
ALL = [GOING_ON, REPETITION, ENDED, REPEATED, FAILED_RUN, DONE, WAITING]
TEN = "2025-03-05T10:00:00Z"


def runs(emulator: Emulator, who: str = "runner", **options: Any) -> Json:
    return ask(emulator, "flow_run_info", who, **{**NAMES, **options})


def ids(answer: Json) -> list[str]:
    return [row["run"] for row in answer["runs"]]


def asked(emulator: Emulator) -> list[Json]:
    """The requests for runs."""
    return [entry for entry in emulator.log(service="flow") if "/runs" in entry["path"]]


def test_all_runs_newest_first(emulator: Emulator) -> None:
    answer = runs(emulator)
    assert ids(answer) == ALL
    assert answer["complete"] is True
    assert (answer["scope"], answer["flow_display_name"]) == ("admin", "Invoice intake")
    assert "renamed" not in answer
    rows = {row["run"]: row for row in answer["runs"]}
    assert rows[GOING_ON]["end_time"] is None
    assert rows[REPETITION]["resubmitted_from"] == REPEATED
    assert rows[REPEATED]["error"]["code"] == "ActionFailed"
    assert rows[DONE]["error"] is None
    assert "sig=" not in json.dumps(answer)
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    ("options", "found", "where"),
    [
        ({"status": ["Failed"]}, [REPEATED, FAILED_RUN], "status eq 'Failed'"),
        ({"status": ["Failed", "Running"]}, [GOING_ON, REPEATED, FAILED_RUN], None),
        ({"started_after": TEN}, [GOING_ON, REPETITION], "startTime ge 2025-03-05T10:00:00Z"),
        ({"started_before": TEN}, ALL[2:], "startTime lt 2025-03-05T10:00:00Z"),
        (
            {"status": ["Failed", "Waiting"], "started_before": "2025-03-05T09:00:00+02:00"},
            [WAITING],
            "startTime lt 2025-03-05T07:00:00Z",
        ),
        ({"status": ["Faulted"]}, [], "status eq 'Faulted'"),
    ],
)
def test_the_service_filters_what_it_can(
    emulator: Emulator, options: Json, found: list[str], where: str | None
) -> None:
    answer = runs(emulator, **options)
    assert ids(answer) == found
    assert answer["complete"] is True
    [entry] = asked(emulator)
    assert (where is None) == ("filter" not in entry["query"])
    if where:
        assert parse_qs(entry["query"])["$filter"] == [where]


@pytest.mark.parametrize(("limit", "complete"), [(1, False), (6, False), (7, True), (8, True)])
def test_reading_stops_at_the_limit(emulator: Emulator, limit: int, complete: bool) -> None:
    emulator.faults([{"kind": "page_cap", "max": 2}])
    answer = runs(emulator, limit=limit)
    assert ids(answer) == ALL[:limit]
    assert answer["complete"] is complete
    # One more than the limit is looked at.
    assert len(asked(emulator)) == min(limit // 2 + 1, 4)


def test_a_limit_counts_what_is_chosen(emulator: Emulator) -> None:
    answer = runs(emulator, limit=2, status=["Failed", "Waiting"])
    assert (ids(answer), answer["complete"]) == ([REPEATED, FAILED_RUN], False)


def test_actions_take_one_request_a_run(emulator: Emulator) -> None:
    answer = runs(emulator, "delegated", as_admin=False, include=["actions"], status=["Failed"])
    assert [[(row["action"], row["status"]) for row in run["actions"]] for run in answer["runs"]] == [
        [("Store", "Succeeded"), ("Tell", "Failed")],
        [("Store", "Failed"), ("Tell", "Skipped")],
    ]
    assert answer["scope"] == "maker"
    assert len(asked(emulator)) == 3
    assert all("scopes/admin" not in entry["path"] for entry in asked(emulator))
    assert "sig=" not in json.dumps(answer)


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": -1},
        {"include": ["actions"]},
        {"status": []},
        {"started_after": "2025-03-05"},
        {"flow": " "},
        {"environment": ""},
    ],
)
def test_bad_input_is_found_before_anything_is_sent(emulator: Emulator, options: Json) -> None:
    with pytest.raises(OptionError):
        runs(emulator, **options)
    assert emulator.log() == []


def test_the_maker_s_view_needs_a_user(emulator: Emulator) -> None:
    with pytest.raises(TokenError, match="nothing was sent"):
        runs(emulator, as_admin=False)
    assert services_asked(emulator) == set()


def test_names_lead_to_one_flow_and_are_reported_when_they_are_no_longer_right(emulator: Emulator) -> None:
    answer = runs(
        emulator,
        environment="finance sandbox",
        environment_display_name="Finance Test",
        flow="INVOICE INTAKE",
        flow_display_name="Invoice intake",
    )
    assert (answer["environment"], answer["flow"]) == (SANDBOX, INTAKE)
    assert answer["renamed"] == {"environment_display_name": {"declared": "Finance Test", "actual": "Finance Sandbox"}}
    twin = {"id": NOTHING, "name": "Invoice intake", "creator": "kim@contoso.example"}
    emulator.change([{"change": "add_flow", "environment": SANDBOX, "flow": twin}])
    with pytest.raises(AmbiguousReferenceError, match=INTAKE):
        runs(emulator, flow="Invoice intake")


@pytest.mark.parametrize("options", [{"flow": NOTHING}, {"flow": "Nothing"}, {"flow": RUNNING}])
def test_a_flow_that_is_not_there_is_no_flow_without_runs(emulator: Emulator, options: Json) -> None:
    with pytest.raises(UnknownReferenceError):
        runs(emulator, **options)
    assert asked(emulator) == []


def test_a_flow_without_runs(emulator: Emulator) -> None:
    answer = runs(emulator, environment=FINANCE, flow=RUNNING)
    assert (answer["runs"], answer["complete"]) == ([], True)


def test_a_broken_page_is_no_end(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 2}, {"kind": "page", "page": 2, "status": 403, "code": "Forbidden"}])
    with pytest.raises(IncompleteListingError):
        runs(emulator)
    assert len(runs(emulator, limit=1)["runs"]) == 1


def test_a_refusal_is_no_flow_without_runs(emulator: Emulator) -> None:
    emulator.faults([{"kind": "lapsed_role", "match": {"path": "/runs$"}}])
    with pytest.raises(PermissionDeniedError):
        runs(emulator)


def test_a_throttled_page_is_asked_for_again(emulator: Emulator) -> None:
    emulator.faults(
        [
            {"kind": "status", "status": 429, "times": 1, "match": {"path": "/runs$"}},
            {"kind": "drop", "times": 1, "match": {"path": "/runs$"}},
        ]
    )
    assert ids(runs(emulator)) == ALL
