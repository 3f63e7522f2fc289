# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of the plan of a flow's state, for every state that a service may name and every declaration."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    NONE,
    UPDATE,
    Caller,
    Plan,
    Target,
    Thing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_state import KIND
from tests.unit.engine.conftest import declared
from tests.unit.resources.declaring import by_id

STATES = ("Started", "Stopped", "Suspended", "Deleted", "NotSpecified")
REASONS = ("None", "CompanyDlpViolation", "AlwaysFailingDetected")
WANTED = ("started", "stopped")
ON_SUSPENDED = ("report", "act")
EVERY = list(product(STATES, REASONS, WANTED, ON_SUSPENDED))


def bound(**options: Any) -> Any:
    options = {"environment": "env", "flow": "flow-id", **options}
    target = Target(Thing("env", "Environment", {}), Thing("flow-id", "Flow", {}), as_admin=True)
    return KIND.bind(KIND.parse(declared(KIND, **options)), target, by_id, Caller("", "", "", "application"))


def seen(state: str, reason: str | None = None) -> Any:
    """A state as a listing tells it."""
    properties = {"state": state, **({} if reason is None else {"flowSuspensionReason": reason})}
    record = {"name": "flow-id", "properties": properties}
    return KIND.listed(Target(Thing("env", "", {}), Thing("flow-id", "", KIND.thing_type.keep(record)), as_admin=True))


def planned(state: str, reason: str | None, wanted: str, on_suspended: str) -> Plan[str]:
    return KIND.plan(bound(state=wanted, on_suspended=on_suspended), seen(state, reason))


@pytest.mark.parametrize(("state", "reason", "wanted", "on_suspended"), EVERY)
def test_applied_and_planned_again_nothing_is_left(state: str, reason: str, wanted: str, on_suspended: str) -> None:
    plan = planned(state, reason, wanted, on_suspended)
    assert (plan.change is None) == (plan.action == NONE) == (plan.writes == 0)
    assert plan.removals == 0
    if plan.change is None:
        assert plan.before == plan.after
        return
    assert (plan.action, plan.change) == (UPDATE, wanted)
    again = planned(wanted.capitalize(), "None", wanted, on_suspended)
    assert (again.action, again.differences, again.before) == (NONE, (), plan.after)


@pytest.mark.parametrize(("state", "reason", "wanted", "on_suspended"), EVERY)
def test_a_difference_is_a_change_or_a_refusal_with_its_reason(
    state: str, reason: str, wanted: str, on_suspended: str
) -> None:
    plan = planned(state, reason, wanted, on_suspended)
    assert bool(plan.differences) == bool(plan.change or plan.refusal)
    for item in plan.differences:
        assert (item.before, item.after) == (state.lower(), wanted)
    if plan.refusal or plan.warnings:
        assert (state, on_suspended) == ("Suspended", "report")
        said = plan.refusal or plan.warnings[0]
        assert (reason if reason != "None" else "no reason given") in said


@pytest.mark.parametrize("on_suspended", ON_SUSPENDED)
@pytest.mark.parametrize("wanted", WANTED)
def test_what_is_as_declared_is_left_alone(wanted: str, on_suspended: str) -> None:
    plan = planned(wanted.capitalize(), "None", wanted, on_suspended)
    assert (plan.action, plan.differences, plan.warnings, plan.refusal) == (NONE, (), (), "")


def test_a_suspended_flow_is_reported_and_never_touched() -> None:
    start, stop = (planned("Suspended", "CompanyDlpViolation", wanted, "report") for wanted in WANTED)
    assert (start.change, stop.change) == (None, None)
    assert "CompanyDlpViolation" in start.refusal
    assert len(start.differences) == 1
    assert not stop.refusal
    assert "CompanyDlpViolation" in stop.warnings[0]
    assert stop.facts == start.facts == {"suspension_reason": "CompanyDlpViolation"}


@pytest.mark.parametrize("wanted", WANTED)
def test_on_suspended_act_sends_it_all_the_same(wanted: str) -> None:
    plan = planned("Suspended", "CompanyDlpViolation", wanted, "act")
    assert (plan.change, plan.refusal, plan.warnings) == (wanted, "", ())


@given(st.sampled_from(STATES), st.sampled_from(WANTED), st.sampled_from(ON_SUSPENDED), st.randoms())
def test_the_casing_of_a_state_does_not_matter(state: str, wanted: str, on_suspended: str, chance: Any) -> None:
    other = "".join(chance.choice((letter.lower(), letter.upper())) for letter in state)
    assert planned(other, "None", wanted, on_suspended) == planned(state, "None", wanted, on_suspended)


@pytest.mark.parametrize(("state", "wanted"), list(product(("Started", "Stopped"), WANTED)))
def test_the_resource_fed_back_plans_nothing(state: str, wanted: str) -> None:
    plan = planned(state, "None", wanted, "report")
    assert KIND.plan(bound(**plan.after), seen(plan.after["state"])).action == NONE
    assert KIND.plan(bound(**plan.before), seen(state)).action == NONE


def test_a_listing_without_the_state_makes_the_flow_be_read() -> None:
    target = Target(Thing("env", "", {}), Thing("flow-id", "", {"properties": {}}), as_admin=True)
    assert KIND.listed(target) is None


@pytest.mark.parametrize(("one", "other"), list(product(product(WANTED, ON_SUSPENDED), repeat=2)))
def test_two_declarations_of_a_flow_are_one_or_a_contradiction(one: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = (bound(state=state, on_suspended=act) for state, act in (one, other))
    if one == other:
        assert KIND.merge(first, second) == first
    else:
        with pytest.raises(OptionError, match="flow-id"):
            KIND.merge(first, second)


def test_two_declarations_are_one_whatever_the_service_said_meanwhile() -> None:
    first, second = bound(state="started"), bound(state="started")
    other = second.target._replace(thing=Thing("FLOW-ID", "Flow", {"properties": {"state": "Started"}}))
    assert KIND.merge(first, second._replace(target=other)) == first
