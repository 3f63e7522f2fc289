# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory: needed for names and for orphans alone, and never guessed for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, converge
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    PermissionDeniedError,
    ServiceError,
    ThrottledError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    SKIPPED,
    UNKNOWN,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    EXPENSES,
    FINANCE,
    GONE,
    LEE,
    LIMITS,
    LOU,
    READERS,
    TIMESHEETS,
    app,
    check,
    client,
    flow,
    one,
    roles_of,
    run,
    services_asked,
    shared,
    statuses,
)

Json = dict[str, Any]

BY_NAME = shared(EXPENSES, ("lee@contoso.example", "CanView"))
CLEAN = app(TIMESHEETS, assignments=[], remove_orphans=True)


def refusal(emulator: Emulator, wanted: Request, name: str = "runner") -> ServiceError:
    """What the directory said; nothing was written."""
    outcome = one(emulator, wanted, name)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert emulator.log(writes=True) == []
    assert isinstance(outcome.error, ServiceError)
    return outcome.error


# -- permission -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["graphless", "users-only"])
def test_without_permission_the_error_says_to_give_ids(emulator: Emulator, name: str) -> None:
    error = refusal(emulator, app(group="Finance Readers", role="CanEdit"), name)
    assert isinstance(error, PermissionDeniedError)
    assert "GroupMember.Read.All" in error.remedy
    assert "ids" in error.remedy


def test_what_the_permission_covers_is_looked_up(emulator: Emulator) -> None:
    assert one(emulator, BY_NAME, "users-only").status == CHANGED


def test_ids_need_no_directory_at_all(emulator: Emulator) -> None:
    requests = [
        app(
            assignments=[{"user": LEE, "role": "CanView"}, {"group": READERS, "role": "CanEdit"}],
            exclusive=True,
            protected_principals=[ADA],
        ),
        app(TIMESHEETS, everyone=True, role="CanView"),
    ]
    sender = client(emulator, "graphless")
    assert statuses(converge(requests, sender, LIMITS)) == [CHANGED, CHANGED]
    assert "graph" not in services_asked(emulator)
    assert sender.api_calls["tokens"] == 1


def test_an_audit_without_permission_is_unknown_for_names_alone(emulator: Emulator) -> None:
    by_id = shared(TIMESHEETS, (LEE, "CanView"))
    report = check(emulator, BY_NAME, by_id, name="graphless")
    assert statuses(report) == [UNKNOWN, OK]


def test_a_converge_without_permission_changes_nothing(emulator: Emulator) -> None:
    report = run(emulator, flow("f0000000-0000-4000-8000-000000000011", "stopped"), BY_NAME, name="graphless")
    assert statuses(report) == [SKIPPED, FAILED]
    assert emulator.log(writes=True) == []


# -- throttling -------------------------------------------------------------------------------------------------------


def test_an_item_of_a_batch_that_is_throttled_is_asked_for_again_alone(emulator: Emulator) -> None:
    wanted = app(
        assignments=[
            {"user": "lee@contoso.example", "role": "CanView"},
            {"group": "Makers", "role": "CanView"},
            {"application_id": "c1000000-0000-4000-8000-000000000006", "role": "CanView"},
        ]
    )
    emulator.faults([{"kind": "batch_item", "status": 429, "retry_after": 0, "times": 1}])
    assert one(emulator, wanted).status == CHANGED
    assert [len(entry["body"]["requests"]) for entry in emulator.log(service="graph")] == [3, 1]


@pytest.mark.parametrize(("status", "kind"), [(429, ThrottledError), (503, ServiceError)])
def test_an_item_of_a_batch_that_stays_throttled_is_an_error(
    emulator: Emulator, status: int, kind: type[ServiceError]
) -> None:
    emulator.faults([{"kind": "batch_item", "status": status, "retry_after": 0}])
    error = refusal(emulator, BY_NAME)
    assert isinstance(error, kind)
    assert error.status == status
    assert "Run again later" in error.remedy


def test_a_batch_item_that_asks_for_more_time_than_there_is(emulator: Emulator) -> None:
    emulator.faults([{"kind": "batch_item", "status": 429, "retry_after": 600}])
    outcome = converge([BY_NAME], client(emulator, deadline=30), LIMITS).outcomes[0]
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, DeadlineError)


def test_an_error_of_the_directory_is_no_unknown_principal(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": {"service": "graph"}}])
    assert refusal(emulator, BY_NAME).status == 500
    assert statuses(check(emulator, BY_NAME)) == [UNKNOWN]


# -- orphans ----------------------------------------------------------------------------------------------------------


def test_orphans_go_when_the_directory_confirms_it(emulator: Emulator) -> None:
    before = roles_of(emulator, TIMESHEETS)
    assert before.keys() == {ADA, GONE, LOU, LEE}
    outcome = one(emulator, CLEAN)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert [row["name"] for row in outcome.drift] == [GONE]
    assert roles_of(emulator, TIMESHEETS) == {key: role for key, role in before.items() if key != GONE}
    assert one(emulator, CLEAN).status == OK
    assert len(emulator.log(writes=True)) == 1


def test_the_soft_deleted_go_once_they_are_gone_for_good(emulator: Emulator) -> None:
    emulator.change([{"change": "delete_principal", "principal": LOU, "hard": True}])
    assert one(emulator, CLEAN).status == CHANGED
    assert roles_of(emulator, TIMESHEETS).keys() == {ADA, LEE}


def test_no_name_is_no_proof(emulator: Emulator) -> None:
    """Whom the service gives no name may live; whom it names may be gone."""
    emulator.change(
        [
            {
                "change": "add_app",
                "environment": FINANCE,
                "app": {
                    "id": "aa000000-0000-4000-8000-000000000099",
                    "name": "Odd names",
                    "owner": ADA,
                    "roles": [
                        {"principal": LEE, "role": "CanView", "name": ""},
                        {"principal": GONE, "role": "CanView", "name": "Old Name"},
                    ],
                },
            }
        ]
    )
    wanted = app("aa000000-0000-4000-8000-000000000099", assignments=[], remove_orphans=True)
    assert one(emulator, wanted).status == CHANGED
    assert roles_of(emulator, "aa000000-0000-4000-8000-000000000099").keys() == {ADA, LEE}


def test_orphans_are_reported_and_left_alone_without_the_option(emulator: Emulator) -> None:
    outcome = one(emulator, shared(TIMESHEETS, (LEE, "CanView")))
    assert outcome.status == OK
    assert outcome.plan is not None
    assert any(GONE in warning for warning in outcome.plan.warnings)
    assert "graph" not in services_asked(emulator)


def test_without_permission_orphans_are_unknown_and_stay(emulator: Emulator) -> None:
    error = refusal(emulator, CLEAN, "graphless")
    assert isinstance(error, PermissionDeniedError)
    assert "Grant" in error.remedy
    assert statuses(check(emulator, CLEAN, name="graphless")) == [UNKNOWN]


def test_a_permission_for_users_confirms_users_alone(emulator: Emulator) -> None:
    assert one(emulator, CLEAN, "users-only").status == CHANGED
    assert roles_of(emulator, TIMESHEETS).keys() == {ADA, LOU, LEE}
    emulator.clear_log()
    emulator.change([{"change": "delete_principal", "principal": READERS}])
    error = refusal(emulator, app(EXPENSES, assignments=[], remove_orphans=True), "users-only")
    assert isinstance(error, PermissionDeniedError)
    assert READERS in roles_of(emulator, EXPENSES)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 403, "match": {"path": "getByIds"}},
        {"kind": "status", "status": 500, "match": {"path": "getByIds"}},
        {"kind": "status", "status": 503, "match": {"path": "batch"}},
        {"kind": "batch_item", "status": 403},
        {"kind": "batch_item", "status": 500},
        {"kind": "batch_item", "status": 429, "retry_after": 0},
    ],
    ids=str,
)
def test_an_error_of_the_directory_never_removes_anybody(emulator: Emulator, fault: Json) -> None:
    emulator.faults([fault])
    outcome = one(emulator, CLEAN)
    if fault.get("status") == 403 and fault["kind"] == "status":
        # One by one there is another way to ask, with the permissions for each type.
        assert outcome.status == CHANGED
        assert roles_of(emulator, TIMESHEETS).keys() == {ADA, LOU, LEE}
        return
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert GONE in roles_of(emulator, TIMESHEETS)
    assert emulator.log(writes=True) == []


def test_a_complete_list_needs_no_word_on_orphans(emulator: Emulator) -> None:
    wanted = app(TIMESHEETS, assignments=[], exclusive=True, remove_orphans=True)
    assert one(emulator, wanted, "graphless").status == CHANGED
    assert roles_of(emulator, TIMESHEETS) == {ADA: "Owner"}
    assert "graph" not in services_asked(emulator)


def test_orphans_of_many_apps_are_asked_for_together(emulator: Emulator) -> None:
    report = run(emulator, CLEAN, app(EXPENSES, assignments=[], remove_orphans=True))
    assert statuses(report) == [CHANGED, OK]
    assert [entry["path"].rpartition("/")[2] for entry in emulator.log(service="graph")] == ["getByIds", "$batch"]
