# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How flows are found by ids, and how many requests that takes."""

from __future__ import annotations

from uuid import UUID

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import SANDBOX, flow, one, run, statuses
from tests.unit.engine.flows import ONBOARDING, ONBOARDING_ROW, REVIEW, REVIEW_ROW, cloud_flow, paths

MISSING = [str(UUID(int=number + (0xF << 124))) for number in range(12)]


def listings(emulator: Emulator) -> int:
    return sum(path == "GET flows" for path in paths(emulator, writes=False))


def test_flows_that_are_gone_share_one_listing(emulator: Emulator) -> None:
    report = run(emulator, *(cloud_flow(identifier, SANDBOX, state="absent") for identifier in MISSING))
    assert set(statuses(report)) == {OK}
    assert listings(emulator) <= 2


def test_a_complete_listing_is_not_asked_for_again(emulator: Emulator) -> None:
    by_name = cloud_flow("No such flow", SANDBOX, state="absent")
    run(emulator, by_name, *(cloud_flow(identifier, SANDBOX, state="absent") for identifier in MISSING))
    assert listings(emulator) == 1


@pytest.mark.parametrize("as_admin", [True, False])
def test_ids_of_rows_are_found_in_the_same_listing(emulator: Emulator, *, as_admin: bool) -> None:
    wanted = [
        cloud_flow(row, SANDBOX, display_name=title, as_admin=as_admin)
        for row, title in ((ONBOARDING_ROW, "Onboarding"), (ONBOARDING, "Onboarding"))
    ]
    report = run(emulator, *wanted, name="runner" if as_admin else "delegated")
    assert {outcome.target.thing.id for outcome in report.outcomes if outcome.target} == {ONBOARDING}
    assert listings(emulator) == 1


def test_a_row_that_has_another_id_since_its_first_start_is_found_by_both(emulator: Emulator) -> None:
    assert one(emulator, flow(REVIEW_ROW, "started", SANDBOX)).status == CHANGED
    for identifier in (REVIEW_ROW, REVIEW):
        assert one(emulator, flow(identifier, "started", SANDBOX)).status == OK


def test_a_deletion_is_verified_by_the_flow_alone(emulator: Emulator) -> None:
    assert one(emulator, cloud_flow(ONBOARDING, SANDBOX, state="absent")).status == CHANGED
    assert listings(emulator) == 0


def test_a_maker_is_told_how_the_service_refuses_what_is_not_there(emulator: Emulator) -> None:
    outcome = one(emulator, flow(MISSING[0], "started", SANDBOX, as_admin=False), "delegated")
    assert outcome.status == FAILED
    assert "ConnectionAuthorizationFailed" in outcome.error.message
