# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flow that is given away, made for somebody else or brought back: who may use it is planned on what it then is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TransportError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    JOERG,
    KIM,
    LEE,
    RUNNER,
    SANDBOX,
    flow,
    plan,
    roles_of,
    run,
    state_of,
    statuses,
)
from tests.unit.engine.flows import (
    DEFINITION,
    ONBOARDING,
    RETIRED,
    cloud_flow,
    named,
    owners,
    paths,
    run_only,
)

Json = dict[str, Any]

# Kim's flow, in a solution; Ada edits it.
GIVEN_AWAY = cloud_flow(ONBOARDING, SANDBOX, owner_user="lee@contoso.example")
BACK = cloud_flow("Retired digest", restore=True)  # Ada's; Lee edits it
READS = rf"/flows/{ONBOARDING}/permissions$"


def made_for(**owner: str) -> Request:
    """A new flow of a solution that belongs to somebody else at once."""
    return cloud_flow("Greeting", SANDBOX, definition=DEFINITION, solution="ContosoFinance", **owner)


def held(emulator: Emulator, flow_id: str = ONBOARDING) -> dict[str, str]:
    return roles_of(emulator, flow_id, "flows")


def new(emulator: Emulator) -> dict[str, str]:
    [made] = named(emulator, "Greeting")
    return held(emulator, made["id"])


# -- given away --------------------------------------------------------------------------------------------------------

PEOPLE: dict[str, tuple[Request, dict[str, str]]] = {
    "the new owner and the old one": (
        owners(ONBOARDING, {"user": LEE}, {"user": KIM}, environment=SANDBOX),
        {LEE: "Owner", KIM: "CanEdit", ADA: "CanEdit"},
    ),
    "the old owner": (
        owners(ONBOARDING, {"user": KIM}, environment=SANDBOX),
        {LEE: "Owner", KIM: "CanEdit", ADA: "CanEdit"},
    ),
    "somebody else and nobody besides": (
        owners(ONBOARDING, {"user": JOERG}, environment=SANDBOX, exclusive=True),
        {LEE: "Owner", JOERG: "CanEdit"},
    ),
    "one less": (
        owners(ONBOARDING, {"user": ADA}, environment=SANDBOX, state="absent"),
        {LEE: "Owner"},
    ),
    "a run-only user": (
        run_only(ONBOARDING, {"user": JOERG}, environment=SANDBOX),
        {LEE: "Owner", ADA: "CanEdit", JOERG: "CanView"},
    ),
}


@pytest.mark.parametrize(("wanted", "expected"), PEOPLE.values(), ids=PEOPLE)
def test_the_people_of_a_flow_that_is_given_away(emulator: Emulator, wanted: Request, expected: dict[str, str]) -> None:
    """The owner moves first, and who held the flow until then holds nothing but what is declared."""
    requests = [wanted, GIVEN_AWAY]
    assert not plan(emulator, *requests).failed
    assert emulator.log(writes=True) == []
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED], [str(outcome.error) for outcome in report.outcomes]
    assert [outcome.verified for outcome in report.outcomes] == [True, True]
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PATCH", "POST"]
    assert held(emulator) == expected
    emulator.clear_log()
    assert statuses(run(emulator, *requests)) == [OK, OK]
    assert emulator.log(writes=True) == []


def test_a_list_that_is_complete_counts_the_old_owner_as_gone(emulator: Emulator) -> None:
    """Kim is neither taken away by it nor a reason to wait."""
    requests = [GIVEN_AWAY, owners(ONBOARDING, {"user": ADA}, environment=SANDBOX, exclusive=True)]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, OK]
    assert held(emulator) == {LEE: "Owner", ADA: "CanEdit"}
    assert len(emulator.log(writes=True)) == 1
    assert statuses(run(emulator, *requests)) == [OK, OK]


def listing(*people: tuple[str, str], **more: Any) -> Json:
    """A fault that tells of these people of the flow, whoever they are."""
    records = [
        {
            "name": user,
            "properties": {"roleName": role, "permissionType": "Principal", "principal": {"id": user, "type": "User"}},
        }
        for user, role in people
    ]
    return {"kind": "status", "status": 200, "body": {"value": records}, "match": {"path": READS}, **more}


def test_nobody_is_taken_away_unforeseen_once_the_owner_moved(emulator: Emulator) -> None:
    """Somebody shared the flow between the two writes: that was neither shown nor counted."""
    requests = [GIVEN_AWAY, owners(ONBOARDING, {"user": ADA}, {"user": JOERG}, environment=SANDBOX, exclusive=True)]
    emulator.faults([listing((LEE, "Owner"), (ADA, "CanEdit"), (KIM, "CanEdit"), after=1)])
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    assert isinstance(report.outcomes[1].error, TransportError)
    assert report.outcomes[1].changed is False
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PATCH"]


# -- made for somebody else --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", [{"owner_user": "kim@contoso.example"}, {"owner_team": "Finance Makers"}])
@pytest.mark.parametrize("kind", [owners, run_only])
def test_the_people_of_a_flow_that_is_made_for_somebody_else(
    emulator: Emulator, owner: dict[str, str], kind: Any
) -> None:
    requests = [made_for(**owner), kind("Greeting", {"user": LEE}, environment=SANDBOX)]
    assert statuses(plan(emulator, *requests)) == [PLANNED, PLANNED]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED], [str(outcome.error) for outcome in report.outcomes]
    assert new(emulator)[LEE] == ("CanEdit" if kind is owners else "CanView")
    assert list(new(emulator).values()).count("Owner") == 1
    assert statuses(run(emulator, *requests)) == [OK, OK]


def test_who_makes_a_flow_for_somebody_else_may_stay_its_co_owner(emulator: Emulator) -> None:
    """Whoever makes a flow is not its owner by that alone."""
    requests = [
        made_for(owner_user="kim@contoso.example"),
        owners("Greeting", {"service_principal": RUNNER}, environment=SANDBOX),
    ]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED]
    assert new(emulator) == {KIM: "Owner", RUNNER: "CanEdit"}
    assert statuses(run(emulator, *requests)) == [OK, OK]


def test_the_one_for_whom_a_flow_is_made_needs_no_role_besides(emulator: Emulator) -> None:
    requests = [
        made_for(owner_user="kim@contoso.example"),
        owners("Greeting", {"user": KIM}, environment=SANDBOX, exclusive=True),
    ]
    assert statuses(run(emulator, *requests)) == [CHANGED, OK]
    assert paths(emulator) == ["POST workflows", "POST AddSolutionComponent"]
    assert new(emulator) == {KIM: "Owner"}


# -- brought back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (owners("Retired digest", {"user": JOERG}), {ADA: "Owner", LEE: "CanEdit", JOERG: "CanEdit"}),
        (run_only("retired DIGEST", {"user": JOERG}), {ADA: "Owner", LEE: "CanEdit", JOERG: "CanView"}),
    ],
    ids=["co-owner", "run-only user"],
)
def test_the_people_of_a_flow_that_is_brought_back(
    emulator: Emulator, wanted: Request, expected: dict[str, str]
) -> None:
    """It comes back with its owner and its people, and not as its restorer's."""
    requests = [BACK, wanted]
    assert statuses(plan(emulator, *requests)) == [PLANNED, PLANNED]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED], [str(outcome.error) for outcome in report.outcomes]
    assert paths(emulator) == ["POST restore", "POST modifyPermissions"]
    assert held(emulator, RETIRED) == expected
    emulator.clear_log()
    assert statuses(run(emulator, *requests)) == [OK, OK]
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize("user", [LEE, ADA], ids=["a co-owner", "the owner"])
def test_what_comes_back_with_a_flow_is_not_written_again(emulator: Emulator, user: str) -> None:
    report = run(emulator, BACK, owners("Retired digest", {"user": user}))
    assert statuses(report) == [CHANGED, OK]
    assert paths(emulator) == ["POST restore"]


def test_nobody_is_taken_from_a_restored_flow_unforeseen(emulator: Emulator) -> None:
    """Who holds a deleted flow is not known: a complete list waits for the next run, which counts the removals."""
    requests = [BACK, owners("Retired digest", {"user": JOERG}, exclusive=True)]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    assert "Running again is safe" in str(report.outcomes[1].error)
    assert held(emulator, RETIRED) == {ADA: "Owner", LEE: "CanEdit"}
    assert statuses(run(emulator, *requests)) == [OK, CHANGED]
    assert held(emulator, RETIRED) == {ADA: "Owner", JOERG: "CanEdit"}


def test_nobody_is_lowered_on_a_restored_flow_unforeseen(emulator: Emulator) -> None:
    """To become a run-only user, a co-owner loses a role: that counts as a removal, which nobody planned."""
    requests = [BACK, run_only("Retired digest", {"user": LEE}, max_removals=0)]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    assert paths(emulator) == ["POST restore"]
    assert held(emulator, RETIRED) == {ADA: "Owner", LEE: "CanEdit"}
    again = run(emulator, *requests)
    assert "removes 1, more than max_removals=0" in str(again.outcomes[1].error)


def test_a_flow_that_is_brought_back_is_turned_on_in_the_same_call(emulator: Emulator) -> None:
    requests = [flow("Retired digest", "started"), BACK]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert state_of(emulator, RETIRED) == "Started"
    assert statuses(run(emulator, *requests)) == [OK, OK]
