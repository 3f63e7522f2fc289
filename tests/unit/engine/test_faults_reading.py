# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong before a write: recovered where it can be, and never taken for absence."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, converge
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AuthenticationError,
    DeadlineError,
    ForeignLinkError,
    IncompleteListingError,
    PermissionDeniedError,
    PowerPlatformError,
    ServiceUnavailableError,
    ThrottledError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
    UNKNOWN,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    CALCULATOR,
    EXPENSES,
    FINANCE,
    LEE,
    LIMITS,
    OFF,
    RUNNING,
    SANDBOX,
    SANDBOX_FLOW,
    TIMESHEETS,
    app,
    check,
    client,
    flow,
    one,
    plan,
    roles_of,
    run,
    services_asked,
    shared,
    state_of,
    statuses,
)

Json = dict[str, Any]

COMPLETE = app(assignments=[{"user": LEE, "role": "CanView"}], exclusive=True)
PERMISSIONS = {"path": f"{EXPENSES}/permissions"}


def failure(emulator: Emulator, *requests: Request) -> PowerPlatformError:
    """Why a run failed at its first item; no other item was begun, and nothing was written."""
    report = run(emulator, *requests)
    assert statuses(report) == [FAILED] + [SKIPPED] * (len(requests) - 1)
    assert (report.changed, report.failed) == (False, True)
    assert emulator.log(writes=True) == []
    error = report.outcomes[0].error
    assert error is not None
    return error


# -- tokens and roles -------------------------------------------------------------------------------------------------


def test_an_expired_token_is_renewed_once(emulator: Emulator) -> None:
    sender = client(emulator)
    sender.caller("powerapps")
    emulator.faults([{"kind": "expire_tokens"}])
    requests = [shared(identifier, (LEE, "CanViewWithShare")) for identifier in (EXPENSES, CALCULATOR, TIMESHEETS)]
    assert statuses(converge(requests, sender, LIMITS)) == [CHANGED] * 3
    assert sender.api_calls["tokens"] == 2
    assert emulator.summary()["tokens"] == 2


@pytest.mark.parametrize("write", [False, True])
def test_a_token_that_expires_in_mid_run_is_renewed_once(emulator: Emulator, write: bool) -> None:
    """Whatever was under way, many threads at once included, goes on with the same new token."""
    sender = client(emulator)
    requests = [shared(identifier, (LEE, "CanViewWithShare")) for identifier in (EXPENSES, CALCULATOR, TIMESHEETS)]
    emulator.faults([{"kind": "status", "status": 401, "times": 1, "match": {"service": "powerapps", "write": write}}])
    assert statuses(converge(requests, sender, LIMITS)) == [CHANGED] * 3
    assert sender.api_calls["tokens"] == 2
    assert emulator.summary()["effects"] == 3


def test_a_token_that_is_refused_again_is_an_error_at_once(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 401, "match": {"service": "powerapps"}}])
    error = failure(emulator, COMPLETE, flow(OFF, "started"))
    assert isinstance(error, AuthenticationError)
    assert "The service does not take the token" in error.remedy
    assert len(emulator.log(service="powerapps")) == 2


def test_a_role_that_lapses_in_mid_run_stops_it_with_the_remedy(emulator: Emulator) -> None:
    emulator.faults([{"kind": "lapsed_role", "after": 1, "match": {"service": "powerapps"}}])
    error = failure(emulator, COMPLETE)
    assert isinstance(error, PermissionDeniedError)
    assert "New-PowerAppManagementApp" in error.remedy
    assert len(emulator.log(service="powerapps")) == 2  # a permanent refusal is not repeated


# -- throttling -------------------------------------------------------------------------------------------------------


def test_a_storm_of_429_is_weathered(emulator: Emulator) -> None:
    patient = RetryPolicy(attempts=12, base=0.01, throttle_base=0.02, longest=0.1)
    sender = client(emulator, policy=patient)
    emulator.faults([{"kind": "throttle", "limit": 3, "window": 0.05, "retry_after": "none"}])
    requests = [
        *(shared(identifier, (LEE, "CanViewWithShare")) for identifier in (EXPENSES, CALCULATOR, TIMESHEETS)),
        flow(RUNNING, "stopped"),
        flow(SANDBOX_FLOW, "started", SANDBOX),
    ]
    assert statuses(converge(requests, sender, LIMITS)) == [CHANGED] * 5
    assert sender.api_calls["throttled"] > 0
    assert emulator.summary()["effects"] == 5


def test_a_lasting_storm_is_an_error_and_nothing_is_half_reported(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 429, "headers": {"Retry-After": "0"}, "match": PERMISSIONS}])
    error = failure(emulator, COMPLETE, flow(RUNNING, "stopped"))
    assert isinstance(error, ThrottledError)
    assert "4 attempts" in error.message
    assert "Run again later" in error.remedy
    report = check(emulator, COMPLETE, flow(RUNNING, "stopped"))
    assert statuses(report) == [UNKNOWN, PLANNED]
    assert [row["kind"] for row in report.drift] == ["flow_state"]


# -- listings ---------------------------------------------------------------------------------------------------------


def paged(match: Json) -> list[Json]:
    return [{"kind": "page_cap", "max": 2, "match": match}]


@pytest.mark.parametrize("status", [500, 503])
def test_an_error_in_the_middle_of_a_listing_is_repeated(emulator: Emulator, status: int) -> None:
    emulator.faults(
        [{"kind": "page", "page": 2, "status": status, "times": 1, "match": PERMISSIONS}, *paged(PERMISSIONS)]
    )
    assert one(emulator, COMPLETE).status == CHANGED
    assert roles_of(emulator, EXPENSES) == {ADA: "Owner", LEE: "CanView"}


@pytest.mark.parametrize("status", [500, 403, 404])
def test_a_listing_whose_second_page_fails_concludes_nothing(emulator: Emulator, status: int) -> None:
    """Of the permissions: nobody is removed, and nobody is given a role as if they had none."""
    emulator.faults([{"kind": "page", "page": 2, "status": status, "match": PERMISSIONS}, *paged(PERMISSIONS)])
    for wanted in (COMPLETE, app(assignments=[], exclusive=True), shared(EXPENSES, (LEE, "CanView"))):
        error = failure(emulator, wanted, flow(RUNNING, "stopped"))
        assert isinstance(error, IncompleteListingError)
        assert "page 2" in error.message
    assert statuses(check(emulator, COMPLETE, flow(OFF, "stopped"))) == [UNKNOWN, OK]


@pytest.mark.parametrize("wanted", [flow("No such flow", "stopped"), shared("No such app", (LEE, "CanView"))])
@pytest.mark.parametrize("status", [500, 404])
def test_what_a_broken_listing_lacks_is_not_absent(emulator: Emulator, status: int, wanted: Request) -> None:
    match = {"path": f"environments/{FINANCE}/(v2/flows|apps)$"}
    emulator.faults([{"kind": "page", "page": 2, "status": status, "match": match}, *paged(match)])
    assert isinstance(failure(emulator, wanted), IncompleteListingError)
    assert statuses(check(emulator, wanted)) == [UNKNOWN]


def test_a_broken_listing_of_environments_is_no_missing_environment(emulator: Emulator) -> None:
    match = {"service": "bap"}
    emulator.faults([{"kind": "page", "page": 2, "status": 500, "match": match}, *paged(match)])
    assert isinstance(failure(emulator, flow(OFF, "stopped", "No Such Place")), IncompleteListingError)


def test_empty_pages_are_passed_over(emulator: Emulator) -> None:
    emulator.faults([{"kind": "empty_page", "page": 2, "match": PERMISSIONS}, *paged(PERMISSIONS)])
    assert one(emulator, COMPLETE).status == CHANGED
    assert roles_of(emulator, EXPENSES) == {ADA: "Owner", LEE: "CanView"}


@pytest.mark.parametrize("host", ["evil.example", "api.flow.microsoft.com.evil.example", "graph.microsoft.com"])
def test_a_next_link_to_a_foreign_host_is_not_followed(emulator: Emulator, host: str) -> None:
    emulator.faults([{"kind": "next_link", "host": host}, *paged({})])
    for wanted in (COMPLETE, flow("Month end report", "started")):
        emulator.clear_log()
        error = failure(emulator, wanted)
        assert isinstance(error, ForeignLinkError)
        assert host in error.message
        assert all(entry["host"].partition(":")[0] != host for entry in emulator.log())
        assert services_asked(emulator) <= {"bap", "powerapps", "flow"}


@pytest.mark.parametrize(
    ("host", "port"), [("emea.api.flow.microsoft.com", 11777), ("unitedstates.api.flow.microsoft.com", None)]
)
def test_a_regional_next_link_is_followed_at_the_configured_base(
    emulator: Emulator, host: str, port: int | None
) -> None:
    match = {"service": "flow"}
    link = {"kind": "next_link", "host": host, "match": match, **({"port": port} if port else {})}
    emulator.faults([link, *paged(match)])
    assert one(emulator, flow("Request approval button", "stopped")).status == CHANGED
    listing = [entry for entry in emulator.log(service="flow") if entry["path"].endswith("/v2/flows")]
    assert len(listing) == 3
    assert {entry["host"] for entry in listing} == {"api.flow.microsoft.com"}


# -- the connection and the service -----------------------------------------------------------------------------------


def test_a_dropped_read_is_repeated(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "before", "every": 2, "times": 2, "match": {"method": "GET"}}])
    assert one(emulator, COMPLETE).status == CHANGED


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lasting_drop_of_reads_is_an_error(emulator: Emulator, when: str) -> None:
    emulator.faults([{"kind": "drop", "when": when, "match": PERMISSIONS}])
    error = failure(emulator, COMPLETE, flow(RUNNING, "stopped"))
    assert isinstance(error, TransportError)
    assert "4 times" in error.message


def test_a_lasting_500_is_an_error_of_the_service(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": PERMISSIONS}])
    error = failure(emulator, COMPLETE)
    assert isinstance(error, ServiceUnavailableError)
    assert error.correlation
    assert len([entry for entry in emulator.log() if entry["path"].endswith("/permissions")]) == 4


def test_a_page_that_takes_too_long_is_asked_for_in_smaller_ones(emulator: Emulator) -> None:
    emulator.faults([{"kind": "top_timeout", "above": 100, "match": {"service": "flow"}}])
    assert one(emulator, flow("Month end report", "started")).status == CHANGED


def test_a_404_of_the_address_is_no_missing_thing(emulator: Emulator) -> None:
    emulator.faults(
        [{"kind": "status", "status": 404, "body": "gone fishing", "match": {"path": f"/apps/{EXPENSES}$"}}]
    )
    assert statuses(check(emulator, COMPLETE)) == [UNKNOWN]
    assert statuses(plan(emulator, COMPLETE)) == [FAILED]


def test_a_deadline_while_reading_ends_the_run_before_a_write(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 429, "headers": {"Retry-After": "60"}, "match": PERMISSIONS}])
    report = converge([COMPLETE, flow(RUNNING, "stopped")], client(emulator, deadline=30), LIMITS)
    assert statuses(report) == [FAILED, SKIPPED]
    error = report.outcomes[0].error
    assert isinstance(error, DeadlineError)
    assert "deadline" in error.remedy
    assert emulator.log(writes=True) == []
    assert state_of(emulator, RUNNING) == "Started"
