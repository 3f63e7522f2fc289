# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes to flows and their people that go wrong: late, throttled, refused, lost, or without effect."""

from __future__ import annotations

import json
import logging
from typing import Any, NamedTuple

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    JOERG,
    KIM,
    LEE,
    READERS,
    SANDBOX,
    one,
    plan,
    rows,
    run,
    statuses,
    things,
)
from tests.unit.engine.flows import (
    APPROVAL,
    DEFINITION,
    INTAKE,
    ONBOARDING,
    OTHER_DEFINITION,
    RETIRED,
    RUNNING,
    cloud_flow,
    named,
    owners,
    run_only,
)

Json = dict[str, Any]

WRITES: Json = {"write": True}


class Write(NamedTuple):
    """What is declared, and who runs."""

    wanted: Request
    client: str = "runner"


# Each takes one write, on a thing that is there.
EVERY_WRITE = {
    "a co-owner": Write(owners(RUNNING, {"user": LEE})),
    "a co-owner less": Write(owners(RUNNING, {"user": KIM}, state="absent")),
    "a run-only user": Write(run_only(RUNNING, {"user": LEE})),
    "a co-owner by a maker": Write(owners(RUNNING, {"user": LEE}, as_admin=False), "maker"),
    "a definition in Dataverse": Write(cloud_flow(APPROVAL, definition=DEFINITION)),
    "a definition of the Flow service": Write(cloud_flow(RUNNING, definition=DEFINITION), "delegated"),
    "an owner": Write(cloud_flow(APPROVAL, owner_team="Finance Makers")),
    "a removal through Dataverse": Write(cloud_flow(APPROVAL, state="absent")),
    "a removal in the Flow service": Write(cloud_flow(RUNNING, state="absent")),
    "a removal by a maker": Write(cloud_flow(RUNNING, state="absent", as_admin=False), "maker"),
    "a restored flow": Write(cloud_flow(RETIRED, restore=True)),
}


@pytest.fixture(params=EVERY_WRITE)
def write(request: pytest.FixtureRequest) -> Write:
    return EVERY_WRITE[request.param]


def brought_about(emulator: Emulator, write: Write) -> bool:
    """Whether it is as declared by now, told without faults."""
    emulator.faults([])
    report = plan(emulator, write.wanted, name=write.client)
    return statuses(report) == [OK]


def test_old_states_that_are_shown_for_a_while_are_waited_out(emulator: Emulator, write: Write) -> None:
    emulator.faults([{"kind": "stale", "reads": 2, "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert emulator.summary()["effects"] == 1


def test_what_stays_invisible_is_no_success(emulator: Emulator, write: Write) -> None:
    emulator.faults([{"kind": "ignore_write", "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible in time" in str(outcome.error)
    assert "Running again is safe" in str(outcome.error)
    assert not brought_about(emulator, write)
    assert one(emulator, write.wanted, write.client).status == CHANGED


@pytest.mark.parametrize("status", [429, 503])
def test_what_passes_is_waited_for(emulator: Emulator, write: Write, status: int) -> None:
    emulator.faults(
        [{"kind": "status", "status": status, "times": 2, "headers": {"Retry-After": "0"}, "match": WRITES}]
    )
    outcome = one(emulator, write.wanted, write.client)
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert brought_about(emulator, write)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_cleared_up(emulator: Emulator, write: Write, when: str) -> None:
    """All of these may be sent again."""
    emulator.faults([{"kind": "drop", "when": when, "times": 1, "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert brought_about(emulator, write)


def test_a_service_that_stays_broken_leaves_no_doubt(emulator: Emulator, write: Write) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert (outcome.status, outcome.verified) == (FAILED, False)
    assert outcome.error
    assert emulator.summary()["effects"] == 0
    assert not brought_about(emulator, write)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_surfaces_at_once(emulator: Emulator, write: Write, status: int) -> None:
    emulator.faults([{"kind": "status", "status": status, "code": "Refused", "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    error = outcome.as_json()["error"]
    assert (error["status"], error["code"]) == (status, "Refused")
    assert len(emulator.log(writes=True)) <= 2  # an expired token is fetched anew once


def test_what_cannot_be_read_is_not_written(emulator: Emulator, write: Write) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": {"service": "flow", "method": "GET"}}])
    outcome = one(emulator, write.wanted, write.client)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert emulator.log(writes=True) == []


# -- two writes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"kind": "drop", "when": "before"}, {"kind": "status", "status": 400}])
def test_a_role_that_was_taken_and_not_given_again_is_told(emulator: Emulator, fault: Json) -> None:
    """A co-owner on the way to a run-only user. The next run ends it."""
    emulator.faults([{**fault, "after": 1, "match": WRITES}])
    outcome = one(emulator, run_only(RUNNING, {"user": KIM}))
    assert (outcome.status, outcome.changed) == (FAILED, True)
    roles = {entry["principal"] for entry in things(emulator, "flows")[RUNNING]["roles"]}
    assert KIM not in roles
    emulator.faults([])
    assert one(emulator, run_only(RUNNING, {"user": KIM})).status == CHANGED


def test_stale_reads_between_owners_and_run_only_users(emulator: Emulator) -> None:
    """The second kind is planned again on what the first one wrote, once that is visible."""
    emulator.faults([{"kind": "stale", "reads": 2, "match": WRITES}])
    requests = [
        owners(RUNNING, {"group": READERS}, exclusive=True),
        run_only(RUNNING, {"user": JOERG}, exclusive=True),
    ]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED], [str(outcome.error) for outcome in report.outcomes]
    emulator.faults([])
    assert statuses(plan(emulator, *requests)) == [OK, OK]


def test_one_person_who_is_refused_inside_a_success(emulator: Emulator) -> None:
    """The answer has no place for it, so that only reading back tells."""
    emulator.faults([{"kind": "item_failure", "principal": LEE}])
    outcome = one(emulator, owners(RUNNING, {"user": LEE}, {"user": JOERG}))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)


# -- somebody was faster ----------------------------------------------------------------------------------------------


def test_a_row_is_changed_as_it_was_read(emulator: Emulator) -> None:
    """Dataverse tells by the ETag whether somebody was faster (contract 9)."""
    wanted = cloud_flow(ONBOARDING, SANDBOX, definition=OTHER_DEFINITION)
    assert one(emulator, wanted).status == CHANGED
    sent = emulator.log(writes=True)[0]
    assert sent["headers"]["if-match"] not in ("", "*")


def test_a_definition_and_its_references_are_written_together(emulator: Emulator) -> None:
    """Each replaces the old one whole, and the other one is sent as it is."""
    held = things(emulator, "flows")[ONBOARDING]
    one(emulator, cloud_flow(ONBOARDING, SANDBOX, definition=OTHER_DEFINITION))
    assert things(emulator, "flows")[ONBOARDING]["connection_references"] == held["connection_references"]
    emulator.reset()
    references = {
        "shared_azureblob": {
            "connector": "shared_azureblob",
            "connection_reference": "cr736_receipts",
            "source": "invoker",
        }
    }
    assert one(emulator, cloud_flow(ONBOARDING, SANDBOX, connection_references=references)).status == CHANGED
    found = things(emulator, "flows")[ONBOARDING]
    assert found["definition"]["actions"] == held["definition"]["actions"]
    assert found["connection_references"]["shared_azureblob"]["source"] == "Invoker"


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_the_address_that_starts_a_flow_is_shown_nowhere(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """The Flow service tells it (flowTriggerUri) to whoever may edit the flow, beside everything else."""
    caplog.set_level(logging.DEBUG)
    for wanted in (
        cloud_flow(INTAKE, SANDBOX, display_name="Invoices", definition=DEFINITION),
        cloud_flow(INTAKE, SANDBOX, state="absent"),
    ):
        for report in (plan(emulator, wanted, name="delegated"), run(emulator, wanted, name="delegated")):
            told = json.dumps([rows(report, [wanted]), report.drift])
            assert "sig=" not in told
            assert "flowTriggerUri" not in told
            assert "sig=" not in repr(report) + caplog.text
            assert "flowTriggerUri" not in caplog.text
    assert named(emulator, "Invoices") == []
