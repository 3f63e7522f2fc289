# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments that another billing policy pays for, and what several items of one call want of policies."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    LostAnswerError,
    OptionError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    AMERICAS,
    EMEA,
    LIMITS,
    PLAIN,
    SALES_EAST,
    SALES_WEST,
    SANDBOX,
    TRIAL,
    check,
    one,
    paid,
    plan,
    rows,
    run,
    statuses,
)
from tests.unit.engine.test_billing_policy import payers, policies, sent

Json = dict[str, Any]

ONE_POLICY = {"kind": "one_policy"}
HELD = {SALES_EAST: "payg-emea", SALES_WEST: "payg-emea"}


def refusing(policy: str, *, verb: str = "add", status: int = 403, **more: Any) -> Json:
    """Adding to, or removing from, one policy is refused."""
    match = {"path": f"{policy}/environments/{verb}$"}
    return {"kind": "status", "status": status, "code": "Forbidden", "message": "Not this one.", "match": match, **more}


# -- what another policy pays for --------------------------------------------------------------------------------------


@pytest.mark.parametrize("faults", [[], [ONE_POLICY]], ids=["moves", "refuses"])
def test_what_another_policy_pays_for_is_left_to_it(emulator: Emulator, faults: list[Json]) -> None:
    emulator.faults(faults)
    for wanted in (paid(TRIAL, environments=[SALES_EAST, PLAIN]), paid(environments=[SALES_EAST])):
        for report in (plan(emulator, wanted), run(emulator, wanted)):
            [outcome] = report.outcomes
            assert isinstance(outcome.error, OptionError)
            assert f"environments='{SALES_EAST}'" in outcome.error.message
            assert f"payg-emea ({EMEA}) pays for this one" in outcome.error.message
            assert "move=true" in outcome.error.remedy
    assert sent(emulator) == []


def test_an_audit_shows_it_as_drift(emulator: Emulator) -> None:
    report = check(emulator, paid(TRIAL, environments=[SALES_EAST]), paid(EMEA, environments=[SALES_WEST]))
    assert statuses(report) == [PLANNED, OK]
    [drift] = report.drift
    assert drift["before"] == {"billing_policy": EMEA}
    assert drift["after"]["environment"] == SALES_EAST
    [warning] = report.outcomes[0].as_json()["warnings"]
    assert "pays for this one" in warning


@pytest.mark.parametrize("fault", [None, ONE_POLICY], ids=["moves", "refuses"])
@pytest.mark.parametrize("policy", [TRIAL, "payg-new"])
def test_it_moves_where_that_is_declared(emulator: Emulator, fault: Json | None, policy: str) -> None:
    emulator.faults([fault] if fault else [])
    wanted = paid(policy, environments=[SALES_EAST, PLAIN], move=True)
    planned = plan(emulator, wanted)
    assert statuses(planned) == [PLANNED]
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert outcome.drift == planned.drift
    name = "payg-new" if policy == "payg-new" else "payg-trial"
    assert payers(emulator) == {SALES_EAST: name, SALES_WEST: "payg-emea", PLAIN: name}
    adding = [("POST", "add"), ("POST", "remove"), ("POST", "add")] if fault else [("POST", "add")]
    assert [entry for entry in sent(emulator) if entry[1] != "billingPolicies"] == adding
    emulator.clear_log()
    assert one(emulator, wanted).status == OK
    assert sent(emulator) == []


def test_a_refusal_is_no_reason_to_try_otherwise_where_nothing_moves(emulator: Emulator) -> None:
    emulator.faults([refusing(TRIAL, status=400)])
    for move in (False, True):
        outcome = one(emulator, paid(TRIAL, environments=[PLAIN], move=move))
        assert (outcome.status, outcome.changed) == (FAILED, False)
    assert sent(emulator) == [("POST", "add")] * 2


def test_a_move_that_is_forbidden_is_not_tried_otherwise(emulator: Emulator) -> None:
    emulator.faults([refusing(TRIAL)])
    outcome = one(emulator, paid(TRIAL, environments=[SALES_EAST], move=True))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert (sent(emulator), payers(emulator)) == ([("POST", "add")], HELD)


def test_a_move_counts_as_a_removal(emulator: Emulator) -> None:
    wanted: Json = {"environments": [SALES_EAST, SALES_WEST, PLAIN], "move": True}
    outcome = one(emulator, paid(TRIAL, **wanted, max_removals=1))
    assert isinstance(outcome.error, GuardError)
    assert "removes 2" in outcome.error.message
    assert sent(emulator) == []
    report = run(emulator, paid(TRIAL, **wanted), paid(AMERICAS), limits=LIMITS._replace(max_removals=1))
    assert statuses(report) == [FAILED, SKIPPED]
    assert one(emulator, paid(TRIAL, **wanted, max_removals=2)).status == CHANGED


def test_what_was_taken_for_nothing_is_given_back(emulator: Emulator) -> None:
    """The service refuses every way of adding; nobody must be left without a payer by that."""
    emulator.faults([refusing(TRIAL, status=400)])
    outcome = one(emulator, paid(TRIAL, environments=[SALES_EAST, SALES_WEST], move=True))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, UnfinishedError)
    assert "given back" in outcome.error.message
    assert "Not this one." in outcome.error.message
    assert sent(emulator) == [("POST", "add"), ("POST", "remove"), ("POST", "add"), ("POST", "add")]
    assert payers(emulator) == HELD


def test_what_could_not_be_given_back_is_told(emulator: Emulator) -> None:
    emulator.faults([refusing(TRIAL, status=400), refusing(EMEA)])
    outcome = one(emulator, paid(TRIAL, environments=[SALES_EAST, PLAIN], move=True))
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert f"Perhaps no billing policy pays for {SALES_EAST} now" in outcome.error.message
    assert payers(emulator) == {SALES_WEST: "payg-emea"}
    emulator.faults([])
    assert one(emulator, paid(TRIAL, environments=[SALES_EAST, PLAIN], move=True)).status == CHANGED
    assert payers(emulator) == {SALES_WEST: "payg-emea", SALES_EAST: "payg-trial", PLAIN: "payg-trial"}


def test_a_lost_answer_is_no_reason_to_give_back(emulator: Emulator) -> None:
    """What may have been added stays where it is, and is read back."""
    adding = {"path": f"{TRIAL}/environments/add$"}
    emulator.faults([ONE_POLICY, {"kind": "drop", "when": "after", "after": 1, "match": adding}])
    outcome = one(emulator, paid(TRIAL, environments=[SALES_EAST], move=True))
    assert ("POST", "add") not in [
        (entry["method"], entry["path"].rpartition("/")[2])
        for entry in emulator.log(writes=True)
        if EMEA in entry["path"]
    ]
    assert payers(emulator) == {SALES_EAST: "payg-trial", SALES_WEST: "payg-emea"}
    assert outcome.changed


@pytest.mark.parametrize("order", [(EMEA, AMERICAS), (AMERICAS, EMEA)])
def test_a_taking_that_is_refused_is_undone(emulator: Emulator, order: tuple[str, str]) -> None:
    """Of two policies that lose something, one refuses: the other one has it again."""
    emulator.change([{"change": "set_billing_policy", "billing_policy": AMERICAS, "environments": [PLAIN]}])
    before = payers(emulator)
    emulator.faults([ONE_POLICY, refusing(order[0], verb="remove")])
    outcome = one(emulator, paid(TRIAL, environments=[SALES_EAST, PLAIN], move=True))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert "Not this one." in outcome.error.message
    assert payers(emulator) == before
    # What was never taken is not given back.
    taken = order[0] == AMERICAS
    assert isinstance(outcome.error, UnfinishedError) == taken
    assert sent(emulator) == [("POST", "add"), *[("POST", "remove")] * (1 + taken), *[("POST", "add")] * taken]


def test_a_policy_that_went_meanwhile_keeps_nothing(emulator: Emulator) -> None:
    gone = {
        "kind": "status",
        "status": 404,
        "code": "BillingPolicyNotFound",
        "match": {"path": f"{EMEA}/environments/remove"},
    }
    again = {
        "kind": "status",
        "status": 400,
        "code": "Taken",
        "times": 1,
        "match": {"path": f"{TRIAL}/environments/add"},
    }
    emulator.faults([gone, again])
    assert one(emulator, paid(TRIAL, environments=[SALES_EAST], move=True)).status == CHANGED


# -- several items of one call -----------------------------------------------------------------------------------------


def test_two_items_of_one_policy_that_mean_the_same_are_one(emulator: Emulator) -> None:
    same = {"environments": [PLAIN, "Finance Sandbox"]}
    report = run(
        emulator,
        paid(TRIAL, **same, location="europe"),
        paid("payg-trial", environments=["finance sandbox", PLAIN.upper(), PLAIN], location="EUROPE"),
    )
    assert statuses(report) == [CHANGED, CHANGED]
    assert sent(emulator) == [("POST", "add")]


@pytest.mark.parametrize(
    "other", [{"environments": [SANDBOX]}, {"status": "Disabled"}, {"environments": [PLAIN], "exclusive": True}]
)
def test_two_items_of_one_policy_that_differ_are_refused(emulator: Emulator, other: Json) -> None:
    report = run(emulator, paid(TRIAL, environments=[PLAIN]), paid("payg-trial", **other))
    assert statuses(report) == [SKIPPED, FAILED]
    assert "items 0 and 1 contradict each other" in report.outcomes[1].error.message
    assert sent(emulator) == []


@pytest.mark.parametrize("move", [False, True])
def test_an_environment_of_two_items_is_refused_for_both(emulator: Emulator, move: bool) -> None:
    """However it is named, and in whatever order threads come to it."""
    wanted = [
        paid(environments=["Plain Canvas"], move=move),
        paid(AMERICAS),
        paid(TRIAL, environments=[PLAIN.upper()], move=move),
    ]
    for report in (run(emulator, *wanted), plan(emulator, *wanted), check(emulator, *wanted)):
        assert [outcome.status for outcome in report.outcomes][::2] == [FAILED, FAILED]
        for row in rows(report, wanted)[::2]:
            assert row["error"]["type"] == "GuardError"
            assert "one policy pays for it at most" in row["error"]["message"]
    assert sent(emulator) == []


def test_what_one_policy_loses_another_may_get(emulator: Emulator) -> None:
    report = run(
        emulator,
        paid(EMEA, environments=[SALES_EAST], exclusive=True),
        paid(TRIAL, environments=[SALES_WEST], move=True),
    )
    assert statuses(report) == [CHANGED, CHANGED]
    assert payers(emulator) == {SALES_EAST: "payg-emea", SALES_WEST: "payg-trial"}


def test_two_policies_of_one_call_have_two_names(emulator: Emulator) -> None:
    for wanted in (
        [paid(), paid(TRIAL, name="PAYG-NEW")],
        [paid(TRIAL, name="payg-other"), paid(AMERICAS, name="payg-other")],
    ):
        report = run(emulator, *wanted)
        assert statuses(report) == [SKIPPED, FAILED]
        assert "contradict each other over the name payg-" in report.outcomes[1].error.message
    assert sent(emulator) == []


def test_one_new_policy_twice_is_made_once(emulator: Emulator) -> None:
    report = run(emulator, paid(), paid("PAYG-NEW"))
    assert statuses(report) == [CHANGED, CHANGED]
    assert [name for name in policies(emulator) if name.lower() == "payg-new"] == ["payg-new"]


def test_many_policies_share_what_they_ask_for(emulator: Emulator) -> None:
    """Environments and the links of all policies are listed once, however many items need them."""
    report = run(
        emulator,
        paid(TRIAL, environments=["Plain Canvas"]),
        paid(AMERICAS, environments=["Finance Sandbox"]),
        paid(environments=["Finance Production"]),
    )
    assert statuses(report) == [CHANGED] * 3
    listings = [entry["path"] for entry in emulator.log() if entry["service"] == "bap"]
    assert len(listings) == 1
    whole = [entry for entry in emulator.log() if entry["path"].endswith("billingPolicies") and not entry["write"]]
    assert len(whole) <= 4  # by name, for the links, and where the new one is read back


def test_a_lost_taking_is_told(emulator: Emulator) -> None:
    emulator.faults([ONE_POLICY, {"kind": "drop", "when": "after", "match": {"path": f"{EMEA}/environments/remove$"}}])
    outcome = one(emulator, paid(TRIAL, environments=[SALES_EAST], move=True))
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert not isinstance(outcome.error, LostAnswerError)
    assert f"Perhaps no billing policy pays for {SALES_EAST} now" in outcome.error.message
