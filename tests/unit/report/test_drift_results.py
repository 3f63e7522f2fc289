# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of the result of a task."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Failure, Finding
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_results import (
    Place,
    Told,
    declares,
    identity,
    read_result,
)

PLACE = Place("localhost", "Share apps", "Expenses", {"environment": "Finance Production", "app": "Expenses"})
PATH = "environments/Finance Production/apps/Expenses"
ROW = {"user": "a1", "role": "CanView", "principal_display_name": "Kim"}
UNREADABLE = (
    _errors.TokenError,
    _errors.TransportError,
    _errors.DeadlineError,
    _errors.IncompleteListingError,
    _errors.UnreadableAnswerError,
    _errors.AuthenticationError,
    _errors.PermissionDeniedError,
    _errors.ThrottledError,
    _errors.ServiceUnavailableError,
    _errors.NotFoundError,
)
WRONG = (_errors.OptionError, _errors.AmbiguousReferenceError, _errors.UnknownPrincipalError, _errors.GuardError)


def read(result: dict[str, Any], module: str = "powerapp_role", *, failed: bool = False, place: Place = PLACE) -> Told:
    return read_result(module, result, place, failed=failed)


def one(told: Told) -> Finding:
    [found] = told.findings
    assert told.errors == ()
    return found


def refused(error: type[Exception]) -> dict[str, Any]:
    """The result of a task that failed by this error, as the modules return it."""
    return {
        "msg": "It went wrong. Do this.",
        "drift": None,
        "error": {"type": error.__name__, "message": "It went wrong.", "remedy": "Do this."},
    }


def test_modules_that_declare_are_those_of_the_catalog() -> None:
    assert [name for name in {**KINDS, **INFO_KINDS, **ACTION_KINDS} if declares(name)] == list(KINDS)


@pytest.mark.parametrize(
    ("before", "after", "category"),
    [(None, ROW, "missing"), (ROW, None, "unmanaged"), (ROW, {**ROW, "role": "CanEdit"}, "drifted")],
)
def test_differences_are_findings(before: Any, after: Any, category: str) -> None:
    row = {"kind": "powerapp_role", "id": "x", "name": "Kim", "before": before, "after": after, "fingerprint": "f"}

    found = one(read({"drift": [row], "facts": {"orphans": []}}))

    assert (found.category, found.before, found.after, found.fingerprint) == (category, before, after, "f")
    assert (found.kind, found.id, found.name) == ("powerapp_role", "x", "Kim")
    assert (found.host, found.task, found.item) == ("localhost", "Share apps", "Expenses")


def test_what_is_to_be_taken_from_somebody_who_left_is_drift() -> None:
    row = {"kind": "powerapp_role", "id": "x", "name": "", "before": ROW, "after": None, "fingerprint": "f"}

    assert one(read({"drift": [row], "facts": {"orphans": [ROW]}})).category == "unmanaged"


def test_no_difference_is_no_finding() -> None:
    assert read({"drift": [], "facts": {}}) == Told()


@pytest.mark.parametrize("result", [{}, {"drift": None}, {"msg": "looks fine"}])
def test_a_module_that_does_not_say_leaves_it_unknown(result: dict[str, Any]) -> None:
    found = one(read(result))

    assert (found.category, found.id, found.name) == ("unknown", PATH, "Expenses")
    assert read(result, "powerapp_info") == read(result, "flow_run") == Told()


def test_a_hidden_result_is_unknown_and_a_hidden_failure_an_error() -> None:
    result = {"censored": "the output has been hidden", "changed": True}

    assert one(read(result)).category == "unknown"
    told = read(result, failed=True)
    assert told.findings == ()
    assert "no_log" in told.errors[0].message


@pytest.mark.parametrize("error", UNREADABLE)
def test_what_could_not_be_read_is_unknown(error: type[Exception]) -> None:
    for failed in (True, False):
        found = one(read(refused(error), failed=failed))
        assert (found.category, found.message, found.remedy) == ("unknown", "It went wrong.", "Do this.")


@pytest.mark.parametrize("error", WRONG)
def test_input_that_cannot_be_right_is_an_error(error: type[Exception]) -> None:
    """Also where failed_when hides the failure."""
    for failed in (True, False):
        told = read(refused(error), failed=failed)
        assert told.findings == ()
        assert told.errors == (Failure("localhost", "Share apps (Expenses)", "It went wrong. Do this."),)


def test_a_thing_that_is_not_there_is_an_error_and_missing() -> None:
    told = read(refused(_errors.UnknownReferenceError), failed=True)

    assert [found.category for found in told.findings] == ["missing"]
    assert len(told.errors) == 1


@pytest.mark.parametrize("error", [_errors.NotApplicableError, _errors.BlockedError])
def test_what_does_not_apply_is_no_error(error: type[Exception]) -> None:
    assert one(read(refused(error), failed=True)).category == "not_applicable"


@pytest.mark.parametrize("name", ["", "os", "Exception", "_internal", "Mapping"])
def test_an_error_of_no_known_type_is_an_error(name: str) -> None:
    result = {**refused(_errors.TokenError), "error": {"type": name, "message": "odd"}}

    assert [row.message for row in read(result, failed=True).errors] == ["odd"]


def test_a_failure_before_anything_was_asked_is_an_error() -> None:
    told = read({"msg": "missing required arguments: app"}, failed=True)

    assert told == Told(errors=(Failure("localhost", "Share apps (Expenses)", "missing required arguments: app"),))
    assert read({}, failed=True).errors[0].message == "The task failed without a message."


def test_another_name_is_told_by_the_ids_that_were_read() -> None:
    result = {
        "drift": [],
        "renamed": {"app_display_name": {"declared": "Expenses", "actual": "Spesen"}},
        "resource": {"environment": "e1", "app": "a1"},
    }

    found = one(read(result))

    assert (found.category, found.id) == ("renamed", "environments/e1/apps/a1/app_display_name")
    assert (found.before, found.after) == ("Spesen", "Expenses")


def test_findings_of_a_module_that_looks_itself() -> None:
    row = {
        "category": "unknown",
        "kind": "flow_state",
        "id": "environments/e1/flows/f1",
        "name": "Nightly",
        "before": None,
        "after": None,
        "fingerprint": "f",
        "message": "It was refused.",
        "remedy": "Ask.",
        "item": 7,
        "accepted": {"owner": "ada", "reason": "provisioning", "expires": "2027-03-31"},
    }

    told = read({"findings": [row], "seen": {"environments/e1/flows": 3}}, "drift_info")
    found = one(told)

    assert told.seen == {"environments/e1/flows": 3}
    assert (found.category, found.kind, found.id, found.item) == ("unknown", "flow_state", row["id"], 7)
    assert found.accepted is not None
    assert found.accepted.reason == "provisioning"


def test_a_declaration_that_cannot_be_compared_is_an_error() -> None:
    row = {
        "category": "error",
        "kind": "flow_state",
        "id": "",
        "message": "flow: no such flow.",
        "remedy": "",
        "item": 4,
    }

    told = read({"findings": [row]}, "drift_info", place=PLACE._replace(item=None))

    assert told.findings == ()
    assert told.errors == (Failure("localhost", "Share apps (4)", "flow_state flow: no such flow."),)


def test_items_of_a_bulk_call_say_themselves_what_became_of_them() -> None:
    accepted = {"owner": "ada", "reason": "known", "expires": "2027-03-31"}
    row = {"kind": "flow_state", "id": "x", "name": "", "before": "a", "after": "b", "fingerprint": "f"}
    items = [
        {"item": 0, "kind": "flow_state", "status": "planned"},
        {"item": 1, "kind": "powerapp_role", "status": "failed", **refused(_errors.PermissionDeniedError)},
        {"item": 2, "kind": "powerapp_role", "status": "failed", **refused(_errors.GuardError)},
    ]
    result = {
        "drift": [row],
        "accepted": [{**row, "fingerprint": "g", "accepted": accepted}],
        "outcomes": items,
        "msg": "2",
    }

    told = read(result, "converge", failed=True, place=PLACE._replace(declared={}, item=None))

    assert [(found.category, found.kind, found.item) for found in told.findings] == [
        ("drifted", "flow_state", None),
        ("drifted", "flow_state", None),
        ("unknown", "powerapp_role", 1),
    ]
    assert [found.accepted is not None for found in told.findings] == [False, True, False]
    assert [error.task for error in told.errors] == ["Share apps (2)"]


def test_a_module_that_looks_itself_and_finds_nothing_to_say_leaves_it_unknown() -> None:
    assert read({"findings": []}, "drift_info") == Told()
    assert one(read({}, "drift_info")).category == "unknown"


@pytest.mark.parametrize("row", ["text", {}, {"category": "fine"}])
def test_what_is_no_finding_is_refused(row: Any) -> None:
    with pytest.raises(ValueError, match="drift_info"):
        read({"findings": [row]}, "drift_info")


@pytest.mark.parametrize(
    ("module", "options", "expected"),
    [
        ("powerapp_role", {"environment": "e", "app": "a", "application_id": "x", "client_secret": "s"}, "app"),
        ("connection", {"environment": "e", "connector": "shared_sql", "key": "k"}, "key"),
        ("connection", {"environment": "e", "connection_id": "c", "key": "k"}, "connection_id"),
        ("connection_role", {"environment": "e", "connection": "c"}, "connection"),
        ("custom_connector", {"environment": "e", "name": "n"}, "name"),
        ("custom_connector_role", {"environment": "e", "connector": "c"}, "connector"),
        ("flow_state", {"environment": "e", "flow": "f", "state": "started"}, "flow"),
        ("application_package", {"environment": "e", "application_package": "p"}, "application_package"),
        ("flow_run", {"environment": "e", "flow": "f", "run": "r", "state": "cancelled"}, "flow"),
        ("power_platform_resource_info", {"environment": "e", "path": "/p", "api_version": "1"}, "path"),
        ("power_platform_action", {"environment": "e", "path": "/p", "method": "POST"}, "path"),
    ],
)
def test_what_a_task_is_about_is_said_by_few_options(module: str, options: dict[str, str], expected: str) -> None:
    assert identity(module, options) == {"environment": "e", expected: options[expected]}


def test_every_kind_says_what_it_is_about() -> None:
    """So that what could not be read has an id of its own."""
    for name, kind in KINDS.items():
        texts = {option: "x" for option, spec in kind.options.items() if spec.get("type", "str") == "str"}
        assert len(identity(name, texts).keys() - {"environment"}) == 1, name


def test_without_options_a_finding_goes_by_its_task() -> None:
    assert identity("powerapp_role", None) == {}
    assert one(read({}, place=PLACE._replace(declared={}))).id == "tasks/Share apps/items/Expenses"
    assert one(read({}, place=PLACE._replace(declared={}, item=None))).id == "tasks/Share apps"
