# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with billing policies: provisioning, lost answers, stale reads, refusals, broken listings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    IncompleteListingError,
    LostAnswerError,
    OptionError,
    PermissionDeniedError,
    TransportError,
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
    AMERICAS,
    EMEA,
    LIMITS,
    PLAIN,
    SALES_EAST,
    TRIAL,
    check,
    client,
    one,
    paid,
    plan,
    run,
    statuses,
)
from tests.unit.engine.test_billing_policy import payers, sent

Json = dict[str, Any]

CREATE = {"method": "POST", "path": "/licensing/billingPolicies$"}
FOREVER = 100000


def provisioning(emulator: Emulator, policy: str = AMERICAS, *, reads: int, then: str = "Disabled") -> None:
    """A policy that somebody else has just changed."""
    change = {"change": "set_billing_policy", "billing_policy": policy, "status": "Provisioning"}
    emulator.change([{**change, "then": then, "reads": reads}])


# -- provisioning ------------------------------------------------------------------------------------------------------


def test_a_new_policy_is_waited_for_before_its_environments_are_added(emulator: Emulator) -> None:
    emulator.faults([{"kind": "provisioning", "reads": 4}])
    outcome = one(emulator, paid(environments=[PLAIN]))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert outcome.as_json()["resource"]["status"] == "Enabled"
    order = [(entry["method"], entry["path"].rpartition("/")[2]) for entry in emulator.log(service="power_platform")]
    made, added = order.index(("POST", "billingPolicies")), order.index(("POST", "add"))
    assert added - made == 6  # four looks see it provisioning, the fifth does not
    assert payers(emulator)[PLAIN] == "payg-new"


def test_a_changed_policy_is_waited_for_before_its_environments_are_added(emulator: Emulator) -> None:
    emulator.faults([{"kind": "provisioning", "reads": 3}])
    outcome = one(emulator, paid(TRIAL, status="Disabled", environments=[PLAIN]))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert sent(emulator) == [("PUT", TRIAL), ("POST", "add")]
    reads = [entry for entry in emulator.log() if entry["path"].endswith(TRIAL) and entry["method"] == "GET"]
    assert len(reads) >= 4


def test_the_status_that_comes_of_it_is_the_one_that_counts(emulator: Emulator) -> None:
    """Provisioning is no status: neither drift nor as declared."""
    provisioning(emulator, reads=3)
    assert one(emulator, paid(AMERICAS, status="Disabled")).status == OK
    provisioning(emulator, reads=3)
    planned = plan(emulator, paid(AMERICAS, status="Enabled")).outcomes[0]
    assert (planned.status, planned.drift[0]["before"]) == (PLANNED, "Disabled")
    assert sent(emulator) == []


def test_a_service_that_ends_otherwise_is_told(emulator: Emulator) -> None:
    emulator.faults([{"kind": "provisioning", "reads": 1, "end": "Disabled"}])
    outcome = one(emulator, paid(status="Enabled"))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert isinstance(outcome.error, TransportError)
    assert outcome.as_json()["resource"]["status"] == "Disabled"


@pytest.mark.parametrize("read_only", [True, False])
def test_a_policy_that_stays_in_provisioning_is_unknown_at_the_deadline(emulator: Emulator, read_only: bool) -> None:
    provisioning(emulator, reads=FOREVER)
    wanted = paid(AMERICAS, status="Enabled")
    outcome = ensure(wanted.kind, wanted.options, client(emulator, read_only=read_only, deadline=3), LIMITS)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, DeadlineError)
    assert "still provisioning billing policy payg-us" in outcome.error.message
    assert "`deadline`" in outcome.error.remedy
    assert sent(emulator) == []


@pytest.mark.parametrize("environments", [None, [PLAIN]])
def test_a_new_policy_that_stays_in_provisioning_is_told_as_made(
    emulator: Emulator, environments: list[str] | None
) -> None:
    emulator.faults([{"kind": "provisioning", "reads": FOREVER}])
    wanted = paid(**({} if environments is None else {"environments": environments}))
    outcome = ensure(wanted.kind, wanted.options, client(emulator, deadline=3), LIMITS)
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert "still provisioning billing policy payg-new" in outcome.error.message
    assert isinstance(outcome.error, UnfinishedError if environments else DeadlineError)
    assert len(sent(emulator)) == 1


# -- answers that are lost ---------------------------------------------------------------------------------------------


def test_a_lost_answer_makes_no_twin(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "match": CREATE}])
    outcome = one(emulator, paid())
    assert (outcome.status, outcome.changed, outcome.verified) == (CHANGED, True, True)
    assert [(entry["method"], entry["status"]) for entry in emulator.log(writes=True)] == [("POST", None)]
    assert [found["name"] for found in emulator.tenant()["billing_policies"]].count("payg-new") == 1


def test_a_lost_answer_leaves_environments_to_the_next_run(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "match": CREATE}])
    wanted = paid(environments=[PLAIN])
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert isinstance(outcome.error, LostAnswerError)
    assert PLAIN not in payers(emulator)
    assert one(emulator, wanted).status == CHANGED
    assert [found["name"] for found in emulator.tenant()["billing_policies"]].count("payg-new") == 1


def test_a_request_that_is_lost_is_not_sent_again(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "before", "match": CREATE}])
    outcome = one(emulator, paid())
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert isinstance(outcome.error, LostAnswerError)
    assert "Look at it before running again" in outcome.error.remedy
    assert len(emulator.log(writes=True)) == 1
    emulator.faults([])
    assert one(emulator, paid()).status == CHANGED


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_can_be_repeated_is(emulator: Emulator, when: str) -> None:
    drops = [{"kind": "drop", "when": when, "times": 1, "match": {"path": path}} for path in (f"{TRIAL}$", "/add$")]
    emulator.faults([{**fault, "match": {**fault["match"], "write": True}} for fault in drops])
    outcome = one(emulator, paid(TRIAL, status="Disabled", environments=[PLAIN]))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert sent(emulator) == [("PUT", TRIAL)] * 2 + [("POST", "add")] * 2
    emulator.faults([{"kind": "drop", "when": when, "times": 1, "match": {"write": True}}])
    assert one(emulator, paid(TRIAL, state="absent")).status == CHANGED


# -- what shows late, or never -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        paid(AMERICAS, name="payg-americas", status="Enabled"),
        paid(EMEA, environments=[PLAIN]),
        paid(EMEA, environments=[SALES_EAST], exclusive=True),
        paid(EMEA, state="absent"),
    ],
    ids=["update", "add", "remove", "delete"],
)
def test_a_change_that_shows_late_is_waited_for(emulator: Emulator, wanted: Any) -> None:
    emulator.faults([{"kind": "stale", "reads": 3}])
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert len(sent(emulator)) == 1


def test_a_write_without_effect_is_no_success(emulator: Emulator) -> None:
    emulator.faults([{"kind": "ignore_write", "match": {"path": "/add$"}}])
    outcome = one(emulator, paid(EMEA, environments=[PLAIN]))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible in time" in outcome.error.message
    assert "Running again is safe" in outcome.error.remedy


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_whoever_may_not_read_learns_nothing_of_what_is_there(emulator: Emulator) -> None:
    """Refused is not absent: nothing is made, and an audit calls it unknown."""
    emulator.change([{"change": "set_client", "client": "platform-reader", "platform": []}])
    for name in ("platform-reader", "unregistered", "maker"):
        outcome = one(emulator, paid(), name)
        assert isinstance(outcome.error, PermissionDeniedError), name
        assert "Licensing.BillingPolicies.Read" in outcome.error.remedy
        assert statuses(check(emulator, paid(), name=name)) == [UNKNOWN]
    assert sent(emulator) == []


@pytest.mark.parametrize(
    "wanted", [paid(), paid(TRIAL, status="Disabled"), paid(TRIAL, environments=[PLAIN]), paid(TRIAL, state="absent")]
)
def test_a_delegated_permission_that_is_lacking_is_named(emulator: Emulator, wanted: Any) -> None:
    before = json.dumps(emulator.tenant()["billing_policies"])
    assert statuses(plan(emulator, wanted, name="platform-reader")) == [PLANNED]
    outcome = one(emulator, wanted, "platform-reader")
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, PermissionDeniedError)
    assert outcome.error.code == "InsufficientDelegatedPermissions"
    assert "Licensing.BillingPolicies.ReadWrite" in outcome.error.remedy
    assert json.dumps(emulator.tenant()["billing_policies"]) == before


def test_a_policy_whose_environments_are_not_told_is_unknown(emulator: Emulator) -> None:
    """After access was lost, the service refuses the list of environments alone (contract 4.1)."""
    match = {"path": f"{EMEA}/environments$"}
    emulator.faults([{"kind": "status", "status": 403, "code": "Forbidden", "match": match}])
    own = run(emulator, paid(EMEA, status="Disabled"))
    others = run(emulator, paid(TRIAL, environments=[PLAIN]))
    for report in (own, others):
        assert isinstance(report.outcomes[0].error, PermissionDeniedError)
    assert sent(emulator) == []


def test_a_404_that_is_not_about_the_policy_is_not_its_absence(emulator: Emulator) -> None:
    match = {"path": f"{EMEA}$"}
    emulator.faults([{"kind": "status", "status": 404, "code": "RouteNotFound", "match": match}])
    for state in ("present", "absent"):
        outcome = one(emulator, paid(EMEA, state=state))
        assert outcome.status == FAILED
        assert not isinstance(outcome.error, OptionError)
        assert "check `cloud`" in outcome.error.remedy


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_cannot_be_read_once_it_was_found_is_not_gone(emulator: Emulator, state: str) -> None:
    """Found by its name in the listing, and refused by itself."""
    emulator.faults([{"kind": "status", "status": 403, "code": "Forbidden", "match": {"path": f"{EMEA}$"}}])
    outcome = one(emulator, paid("payg-emea", state=state, location="europe" if state == "present" else None))
    assert isinstance(outcome.error, PermissionDeniedError)
    assert sent(emulator) == []


def test_a_listing_that_breaks_off_makes_no_policy(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}, {"kind": "page", "page": 2, "status": 500}])
    outcome = one(emulator, paid("payg-trial", location="europe"))
    assert isinstance(outcome.error, IncompleteListingError)
    assert sent(emulator) == []


def test_every_page_is_read(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}])
    assert one(emulator, paid("payg-trial")).status == OK
    assert one(emulator, paid(TRIAL, environments=[SALES_EAST], move=True)).status == CHANGED
    assert payers(emulator)[SALES_EAST] == "payg-trial"


def test_what_is_gone_before_the_write_is_told(emulator: Emulator) -> None:
    gone = {"kind": "status", "status": 404, "code": "BillingPolicyNotFound", "match": {"method": "PUT"}}
    emulator.faults([gone])
    outcome = one(emulator, paid(TRIAL, status="Disabled"))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert "run again, which reads first" in outcome.error.remedy


def test_a_policy_without_an_id_is_not_guessed_at(emulator: Emulator) -> None:
    match = {"service": "power_platform", "method": "GET"}
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": [{"name": "payg-new"}]}, "match": match}])
    outcome = one(emulator, paid())
    assert isinstance(outcome.error, UnreadableAnswerError)
    assert sent(emulator) == []
