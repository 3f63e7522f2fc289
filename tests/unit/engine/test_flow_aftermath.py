# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change to a flow means for the other items about it: check mode foresees it, and the run brings it about."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    JOERG,
    KIM,
    LEE,
    MAKERS,
    RUNNER,
    SANDBOX,
    flow,
    one,
    plan,
    roles_of,
    run,
    statuses,
)
from tests.unit.engine.flows import DEFINITION, FLOW, ONBOARDING, RETIRED, RUNNING, cloud_flow, named, owners, run_only

TO_LEE = cloud_flow(ONBOARDING, SANDBOX, owner_user="lee@contoso.example")
MADE_FOR_KIM = cloud_flow("New one", SANDBOX, definition=DEFINITION, owner_user="kim@contoso.example")
MADE_AND_ON = cloud_flow("New one", SANDBOX, definition=DEFINITION, initial_state="started")


@pytest.mark.parametrize(
    ("first", "second", "client"),
    [
        (TO_LEE, owners(ONBOARDING, {"user": KIM}, environment=SANDBOX), "runner"),
        (MADE_FOR_KIM, owners("New one", {"service_principal": RUNNER}, environment=SANDBOX), "runner"),
        (MADE_AND_ON, flow("New one", "stopped", SANDBOX), "delegated"),
        (cloud_flow(RETIRED, restore=True), flow(RETIRED, "started"), "runner"),
        (cloud_flow(RETIRED, restore=True), owners(RETIRED, {"user": JOERG}), "runner"),
        (cloud_flow("Retired digest", restore=True), owners("Retired digest", {"user": JOERG}), "runner"),
        (cloud_flow(RETIRED, restore=True), run_only(RETIRED, {"user": JOERG}), "runner"),
    ],
    ids=[
        "the old owner edits",
        "made for another",
        "made and turned off",
        "back and on",
        "back",
        "by name",
        "run-only",
    ],
)
def test_check_mode_plans_what_the_run_does(emulator: Emulator, first: Request, second: Request, client: str) -> None:
    assert statuses(plan(emulator, first, second, name=client)) == [PLANNED, PLANNED]
    assert emulator.log(writes=True) == []
    assert statuses(run(emulator, first, second, name=client)) == [CHANGED, CHANGED]
    written = len(emulator.log(writes=True))
    assert statuses(run(emulator, first, second, name=client)) == [OK, OK]
    assert len(emulator.log(writes=True)) == written


@pytest.mark.parametrize(
    "people",
    [
        run_only(ONBOARDING, {"user": LEE}, environment=SANDBOX),
        owners(ONBOARDING, {"user": LEE}, environment=SANDBOX, state="absent"),
    ],
)
def test_what_the_new_owner_cannot_be_is_told_before_anything_is_written(emulator: Emulator, people: Request) -> None:
    report = run(emulator, TO_LEE, people)
    assert report.outcomes[1].status == FAILED
    assert isinstance(report.outcomes[1].error, GuardError)
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize("kind", [owners, run_only])
def test_the_old_owner_may_be_dealt_with_in_the_same_call(emulator: Emulator, kind: Any) -> None:
    absent = {"state": "absent"} if kind is owners else {}
    people = kind(ONBOARDING, {"user": KIM}, environment=SANDBOX, **absent)
    report = run(emulator, TO_LEE, people)
    assert not report.failed
    held = roles_of(emulator, ONBOARDING, "flows").get(KIM)
    assert held == (None if absent else "CanView")
    assert statuses(run(emulator, TO_LEE, people)) == [OK, OK]


def test_a_new_owner_is_waited_for(emulator: Emulator) -> None:
    """As long as the old owner shows, the item for them would find nothing to do."""
    people = owners(ONBOARDING, {"user": KIM}, environment=SANDBOX)
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"method": "PATCH"}}])
    assert statuses(run(emulator, TO_LEE, people)) == [CHANGED, CHANGED]
    assert roles_of(emulator, ONBOARDING, "flows")[KIM] == "CanEdit"


def test_a_restored_flow_is_told_to_be_off_in_both_modes(emulator: Emulator) -> None:
    wanted = cloud_flow(RETIRED, restore=True)
    for report in (plan(emulator, wanted), run(emulator, wanted)):
        assert any("turned off" in text for text in report.outcomes[0].as_json()["warnings"])


def test_a_deletion_that_was_seen_leaves_no_doubt(emulator: Emulator) -> None:
    outcome = one(emulator, cloud_flow("New one", SANDBOX, definition=DEFINITION, as_admin=False), "delegated")
    assert outcome.status == CHANGED
    gone = one(emulator, cloud_flow("New one", SANDBOX, state="absent", as_admin=False), "delegated")
    assert (gone.status, gone.verified, gone.as_json()["warnings"]) == (CHANGED, True, [])
    assert named(emulator, "New one") == []


def test_a_restore_by_id_is_none_for_what_it_does_not_name(emulator: Emulator) -> None:
    report = run(emulator, cloud_flow(RETIRED, restore=True), owners(RUNNING[:-2] + "ee", {"user": JOERG}))
    assert report.outcomes[1].status == FAILED
    assert emulator.log(writes=True) == []


def test_a_restored_flow_is_named_once(emulator: Emulator) -> None:
    report = run(emulator, cloud_flow(RETIRED, restore=True), cloud_flow("Retired digest", restore=True))
    assert report.failed
    assert any("another item restores" in str(outcome.error) for outcome in report.outcomes)
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"solution": "ContosoFinance"}, "solution"),
        ({"owner_user": "kim@contoso.example"}, "owner_user"),
        (
            {"connection_references": {"a": {"connector": "shared_sql", "connection_reference": "cr736_sql"}}},
            "connection_references",
        ),
    ],
)
def test_what_a_restored_flow_cannot_have_is_told_before_it_is_back(
    emulator: Emulator, options: dict[str, object], option: str
) -> None:
    """It was outside solutions, as the list of deleted flows tells."""
    for report in (plan, run):
        outcome = report(emulator, cloud_flow(RETIRED, restore=True, **options), name="delegated").outcomes[0]
        assert isinstance(outcome.error, OptionError)
        assert outcome.error.option == option
    assert emulator.log(writes=True) == []


def test_who_is_found_on_a_restored_flow_is_not_removed_unforeseen(emulator: Emulator) -> None:
    wanted = (cloud_flow(RETIRED, restore=True), owners(RETIRED, exclusive=True))
    report = run(emulator, *wanted)
    assert statuses(report) == [CHANGED, FAILED]
    assert "what nobody could foresee" in str(report.outcomes[1].error)
    assert LEE in roles_of(emulator, RETIRED, "flows")
    assert statuses(run(emulator, *wanted)) == [OK, CHANGED]
    assert LEE not in roles_of(emulator, RETIRED, "flows")


def test_environments_of_one_name_are_two(emulator: Emulator) -> None:
    """Sales is the name of two environments, and each may have a flow of one name."""
    wanted = [
        cloud_flow("Brand", f"e0000000-0000-4000-8000-00000000000{number}", definition=DEFINITION) for number in (3, 4)
    ]
    assert statuses(run(emulator, *wanted, name="delegated")) == [CHANGED, CHANGED]


def test_a_group_that_becomes_the_owner_as_a_team_is_foreseen(emulator: Emulator) -> None:
    to_makers = cloud_flow(ONBOARDING, SANDBOX, owner_team="Finance Makers")
    report = run(emulator, to_makers, run_only(ONBOARDING, {"group": MAKERS}, environment=SANDBOX))
    assert isinstance(report.outcomes[1].error, GuardError)
    assert emulator.log(writes=True) == []


def test_a_team_that_becomes_the_owner_is_waited_for(emulator: Emulator) -> None:
    to_makers = cloud_flow(ONBOARDING, SANDBOX, owner_team="Finance Makers")
    people = owners(ONBOARDING, {"user": KIM}, environment=SANDBOX)
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"method": "PATCH"}}])
    assert statuses(run(emulator, to_makers, people)) == [CHANGED, CHANGED]
    assert roles_of(emulator, ONBOARDING, "flows")[KIM] == "CanEdit"


def test_a_start_that_does_not_show_yet_is_waited_for(emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 3, "match": {"path": "/start$"}}])
    requests = (MADE_AND_ON, flow("New one", "stopped", SANDBOX))
    assert statuses(run(emulator, *requests, name="delegated")) == [CHANGED, CHANGED]
    [made] = named(emulator, "New one")
    assert made["state"] == "Stopped"


def test_a_new_flow_that_did_not_start_is_told(emulator: Emulator) -> None:
    emulator.faults([{"kind": "ignore_write", "match": {"path": "/start$"}}])
    outcome = one(emulator, MADE_AND_ON, "delegated")
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "flow_state turns it on" in str(outcome.error)


def test_a_flow_that_the_platform_suspends_at_once_is_no_success(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data policy is evaluated as a flow is saved."""
    save = type(FLOW).apply

    def save_and_evaluate(*arguments: Any) -> None:
        save(*arguments)
        [made] = named(emulator, "New one")
        change = {"change": "set_flow", "flow": made["id"], "state": "Suspended", "reason": "CompanyDlpViolation"}
        emulator.change([change])

    monkeypatch.setattr(type(FLOW), "apply", save_and_evaluate)
    made = cloud_flow("New one", SANDBOX, definition=DEFINITION)
    report = run(emulator, made, flow("New one", "started", SANDBOX), name="delegated")
    assert statuses(report) == [CHANGED, FAILED]
    assert "suspended" in str(report.outcomes[1].error)
