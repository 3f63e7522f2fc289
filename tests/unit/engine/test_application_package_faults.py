# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with application packages: operations that fail or never end, conflicts, lost answers, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AuthenticationError,
    ConflictError,
    DeadlineError,
    GuardError,
    IncompleteListingError,
    LostAnswerError,
    PermissionDeniedError,
    UnfinishedError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    UNKNOWN,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BROKEN_PACKAGE,
    FINANCE,
    LIMITS,
    NEW_PACKAGE,
    OUTDATED,
    SANDBOX,
    check,
    client,
    one,
    package,
    plan,
    run,
    statuses,
)
from tests.unit.engine.test_application_package import begun, going_on, packages, shown_as

Json = dict[str, Any]

INSTALL = {"method": "POST", "path": "/install$"}
POLL = {"method": "GET", "path": "/operations/"}
CATALOGUE = {"method": "GET", "path": "applicationPackages$"}


def within(emulator: Emulator, seconds: float, **options: Any) -> Any:
    """What a task comes to that may take so long."""
    wanted = package(**options)
    return ensure(wanted.kind, wanted.options, client(emulator, deadline=seconds), LIMITS)


# -- how operations end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["Failed", "Canceled", "ValidationFailed"])
def test_an_installation_that_fails_says_why(emulator: Emulator, end: str) -> None:
    emulator.faults([{"kind": "operation", "end": end, "code": "NoSpace", "message": "There is no space left."}])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, UnfinishedError)
    assert f"The installation of Project Operations ended as {end}:" in outcome.error.message
    if end != "ValidationFailed":
        assert "There is no space left." in outcome.error.message
        assert "left.." not in outcome.error.message
    assert begun(emulator) == [NEW_PACKAGE]
    emulator.faults([])
    again = one(emulator, package())
    assert again.status == CHANGED
    assert packages(emulator)[NEW_PACKAGE]["state"] == "Installed"


def test_what_the_package_says_of_its_failure_is_told_as_well(emulator: Emulator) -> None:
    failed = {"operationId": "1", "status": "Failed", "statusMessage": "The operation failed."}
    emulator.faults(
        [
            {"kind": "operation", "end": "Failed", "message": "Solution A is missing."},
            {"kind": "status", "status": 200, "body": failed, "after": 1, "match": POLL},
            {"kind": "status", "status": 200, "body": {"value": [_failed_row()]}, "after": 1, "match": CATALOGUE},
        ]
    )
    outcome = one(emulator, package())
    assert "ended as Failed: The operation failed. 5: Solution A is missing." in outcome.error.message


def test_what_the_package_says_is_told_without_secrets(emulator: Emulator) -> None:
    failed = {"operationId": "1", "status": "Failed", "statusMessage": "The operation failed."}
    row = _failed_row("The key the-declared-word was refused.")
    emulator.faults(
        [
            {"kind": "status", "status": 200, "body": failed, "match": POLL},
            {"kind": "status", "status": 200, "body": {"value": [row]}, "after": 1, "match": CATALOGUE},
        ]
    )
    wanted, sender = package(), client(emulator)
    sender.hide(["the-declared-word"])
    outcome = ensure(wanted.kind, wanted.options, sender, LIMITS)
    assert outcome.error is not None
    assert "was refused" in outcome.error.message
    assert "the-declared-word" not in outcome.error.message


def _failed_row(message: str = "Solution A is missing.") -> Json:
    """As the documents spell it, and not as the wire does."""
    [row] = shown_as("InstallFailed")["body"]["value"]
    return {**row, "lastError": {"errorCode": 5, "message": message}}


def test_a_failure_whose_package_cannot_be_read_is_told_all_the_same(emulator: Emulator) -> None:
    emulator.faults(
        [
            {"kind": "operation", "end": "Failed", "message": "There is no space left."},
            {"kind": "status", "status": 403, "code": "Forbidden", "after": 1, "match": CATALOGUE},
        ]
    )
    outcome = one(emulator, package())
    assert isinstance(outcome.error, UnfinishedError)
    assert outcome.error.message.endswith("There is no space left.")


def test_an_operation_that_never_ends_stops_at_the_deadline(emulator: Emulator) -> None:
    later = {"status": 200, "body": {"status": "Running"}, "headers": {"Retry-After": "300"}}
    emulator.faults([{"kind": "operation", "polls": 100000}, {"kind": "status", "match": POLL, **later}])
    outcome = within(emulator, 60)
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, UnfinishedError)
    assert "had not ended when the deadline of the task came, last seen as Running" in outcome.error.message
    assert "running again looks at how it went" in outcome.error.remedy
    # The next run finds it and begins no second one.
    outcome = within(emulator, 3)
    assert isinstance(outcome.error, DeadlineError)
    assert "Project Operations is Installing, and that had not ended" in outcome.error.message
    assert outcome.changed is False
    assert begun(emulator) == [NEW_PACKAGE]


@pytest.mark.parametrize("asked", ["0", "date", None])
def test_the_service_says_when_to_ask_again(emulator: Emulator, asked: str | None) -> None:
    emulator.faults([{"kind": "operation", "polls": 2, "retry_after": asked}])
    assert one(emulator, package()).status == CHANGED


def test_an_operation_that_is_not_ready_to_tell_is_asked_again(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 409, "code": "Busy", "times": 3, "match": POLL}])
    assert one(emulator, package()).status == CHANGED


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "OperationNotFound", "the service does not know it any more"),
        (403, "Forbidden", "how it goes could not be read"),
        (500, "Broken", "how it goes could not be read"),
    ],
)
def test_an_operation_that_cannot_be_asked_about_is_no_success(
    emulator: Emulator, status: int, code: str, words: str
) -> None:
    emulator.faults([{"kind": "status", "status": status, "code": code, "match": POLL}])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, UnfinishedError)
    assert words in outcome.error.message
    if status == 403:
        assert "AppManagement.ApplicationPackages.Read" in outcome.error.remedy


def test_a_link_to_somewhere_else_is_not_followed(emulator: Emulator) -> None:
    away = {"Operation-Location": "https://elsewhere.example/appmanagement/environments/x/operations/1"}
    emulator.faults([{"kind": "status", "status": 202, "body": "", "headers": away, "match": INSTALL}])
    outcome = one(emulator, package())
    assert outcome.status == FAILED
    assert isinstance(outcome.error, UnfinishedError)
    assert "gave a link to elsewhere.example, which is no known address" in outcome.error.message


@pytest.mark.parametrize(("status", "body"), [(200, {"state": "InstallRequested"}), (202, "")])
def test_without_an_operation_the_catalogue_tells_the_end(emulator: Emulator, status: int, body: Any) -> None:
    """The documents allow a 200 with the package in place of an operation."""
    begins = {"kind": "status", "status": status, "body": body, "match": INSTALL}
    emulator.faults([begins, shown_as("None", times=1), shown_as("Installing", times=3), shown_as("Installed")])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert len(begun(emulator)) == 1
    emulator.faults([begins, shown_as("None", times=1), shown_as("Installing")])
    outcome = within(emulator, 3)
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, UnfinishedError)
    assert "was begun, and its end was not seen: Package Project Operations is Installing" in outcome.error.message


def test_an_end_that_the_catalogue_shows_late_is_waited_for(emulator: Emulator) -> None:
    emulator.faults([shown_as("Installing", after=1, times=3)])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.verified) == (CHANGED, True)


def test_an_end_that_the_catalogue_never_shows_is_no_success(emulator: Emulator) -> None:
    emulator.faults([shown_as("None")])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible in time" in outcome.error.message


@pytest.mark.parametrize("wait", [True, False])
def test_a_failure_that_only_the_catalogue_shows_is_no_success(emulator: Emulator, wait: bool) -> None:
    [row] = shown_as("InstallFailed", after=1)["body"]["value"]
    row = {**row, "errorDetails": {"errorCode": 7, "message": "A dependency is missing."}}
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": [row]}, "after": 1, "match": CATALOGUE}])
    outcome = one(emulator, package(wait=wait))
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, GuardError)
    assert outcome.error.message == "It is InstallFailed: 7: A dependency is missing."


# -- somebody was faster -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["Installed", "InstallFailed"])
def test_a_conflict_is_waited_out_and_planned_on_anew(emulator: Emulator, end: str) -> None:
    """Between the look and the request somebody began: the service answers 409 while that runs."""
    conflict = {"kind": "status", "status": 409, "code": "OperationInProgress", "times": 1, "match": INSTALL}
    emulator.faults([conflict, shown_as("None", times=1), shown_as("Installing", times=3)])
    going_on(emulator, state=end)
    outcome = one(emulator, package())
    assert outcome.status == (OK if end == "Installed" else CHANGED)
    assert outcome.changed == (end != "Installed")
    assert len(begun(emulator)) == (1 if end == "Installed" else 2)
    assert packages(emulator)[NEW_PACKAGE]["state"] == "Installed"


def test_a_conflict_is_not_waited_out_where_nothing_is(emulator: Emulator) -> None:
    going_on(emulator)
    emulator.faults([shown_as("None", times=1)])
    outcome = one(emulator, package(wait=False))
    assert (outcome.status, outcome.changed) == (OK, False)
    assert "Installing" in outcome.as_json()["warnings"][0]
    assert len(begun(emulator)) == 1


def test_a_conflict_that_stays_is_told(emulator: Emulator) -> None:
    """The environment is at something else."""
    emulator.faults([{"kind": "status", "status": 409, "code": "Busy", "message": "A copy runs.", "match": INSTALL}])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, ConflictError)
    assert "A copy runs." in outcome.error.message
    assert "busy with something else" in outcome.error.remedy
    assert len(begun(emulator)) == 2


# -- answers that are lost ---------------------------------------------------------------------------------------------


def test_a_lost_answer_begins_no_second_one(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "match": INSTALL}])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert isinstance(outcome.error, LostAnswerError)
    assert "Running again is safe" in outcome.error.remedy
    assert len(begun(emulator)) == 1
    going_on(emulator, state="Installed")
    assert one(emulator, package()).status == OK


def test_a_lost_answer_is_enough_where_nothing_is_waited_for(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "match": INSTALL}])
    outcome = one(emulator, package(wait=False))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert len(begun(emulator)) == 1


def test_a_request_that_is_lost_is_not_sent_again(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "before", "match": INSTALL}])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.verified) == (FAILED, False)
    assert isinstance(outcome.error, LostAnswerError)
    assert len(begun(emulator)) == 1
    emulator.faults([])
    assert one(emulator, package()).status == CHANGED


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_packages_answer_401_to_whoever_lacks_a_role(emulator: Emulator) -> None:
    """A registered application has none (contract 5), and that is no absence."""
    outcome = one(emulator, package(), "graphless")
    assert isinstance(outcome.error, AuthenticationError)
    assert "AppManagement.ApplicationPackages.Read" in outcome.error.remedy
    assert "Power Platform role" in outcome.error.remedy
    assert statuses(check(emulator, package(), name="graphless")) == [UNKNOWN]
    assert begun(emulator) == []


def test_a_delegated_permission_that_is_lacking_is_named(emulator: Emulator) -> None:
    assert statuses(plan(emulator, package(), name="platform-reader")) == [PLANNED]
    outcome = one(emulator, package(), "platform-reader")
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, (PermissionDeniedError, AuthenticationError))
    assert "AppManagement.ApplicationPackages.Install" in outcome.error.remedy
    assert NEW_PACKAGE not in packages(emulator)


def test_a_package_that_is_gone_from_the_catalogue_is_told(emulator: Emulator) -> None:
    match = {**INSTALL}
    emulator.faults([{"kind": "status", "status": 404, "code": "ApplicationPackageNotFound", "match": match}])
    outcome = one(emulator, package())
    assert (outcome.status, outcome.changed) == (FAILED, False)
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": []}, "after": 1, "match": CATALOGUE}])
    outcome = one(emulator, package(OUTDATED, state="latest"))
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert "has package msdyn_FieldServiceAnchor no more" in outcome.error.message


def test_a_catalogue_that_breaks_off_is_no_catalogue(emulator: Emulator) -> None:
    match = {"service": "power_platform"}
    emulator.faults(
        [{"kind": "page_cap", "max": 1, "match": match}, {"kind": "page", "page": 2, "status": 500, "match": match}]
    )
    outcome = one(emulator, package("msdyn_Nothing"))
    assert isinstance(outcome.error, IncompleteListingError)


def test_a_row_without_a_name_is_not_guessed_at(emulator: Emulator) -> None:
    row = {"version": "1.0", "localizedName": "Project Operations"}
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": [row]}, "match": CATALOGUE}])
    outcome = one(emulator, package())
    assert isinstance(outcome.error, UnreadableAnswerError)
    assert begun(emulator) == []


def test_one_that_fails_leaves_the_others_alone(emulator: Emulator) -> None:
    """What was begun before is brought to its end; what was not is not begun."""
    match = {"path": f"{FINANCE}/applicationPackages/{BROKEN_PACKAGE}/install"}
    emulator.faults([{"kind": "operation", "end": "Failed", "message": "Again.", "match": match}])
    report = run(emulator, package(BROKEN_PACKAGE), package(environment=SANDBOX))
    assert report.outcomes[0].status == FAILED
    assert "Again." in report.outcomes[0].error.message
    assert report.outcomes[1].status in ("skipped", CHANGED)
    assert len(begun(emulator)) == 1 + report.outcomes[1].changed
