# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for a billing policy, without a service."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    CREATE,
    DELETE,
    NONE,
    UPDATE,
    WHOLE_TENANT,
    Plan,
    Target,
    Thing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._billing import (
    CurrentPolicy,
    DesiredPolicy,
    PolicyChange,
    WantedPolicy,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._billing_plan import (
    merge_policies,
    plan_policy,
)

Json = dict[str, Any]

OWN = "bb000000-0000-4000-8000-000000000001"
OTHER = Thing("bb000000-0000-4000-8000-000000000002", "payg-other", {})
SUBSCRIPTION = "5b000000-0000-4000-8000-00000000000A"
RECORD: Json = {
    "id": OWN,
    "name": "payg",
    "status": "Enabled",
    "location": "europe",
    "billingInstrument": {"subscriptionId": SUBSCRIPTION, "resourceGroup": "rg", "id": "/subscriptions/1"},
}
NOTHING = WantedPolicy(None, None, None, None, None, None, exclusive=False, move=False, absent=False)


def planned(
    wanted: Json,
    *,
    record: Json | str | None = "the usual one",
    held: tuple[str, ...] = (),
    linked: dict[str, Thing] | None = None,
    claimed: dict[str, set[str]] | None = None,
) -> Plan[PolicyChange]:
    record = RECORD if isinstance(record, str) else record
    thing = Thing(OWN, "payg", {}) if record else Thing("", "payg", {})
    target = Target(WHOLE_TENANT, thing, as_admin=True, exists=record is not None)
    declared = NOTHING._replace(**wanted)
    names = {name: name.upper() for name in declared.environments or ()}
    desired = DesiredPolicy(target, declared, names, linked or {}, claimed or {})
    head = {"billing_policy": thing.id or thing.name}
    return plan_policy(head, "billing_policies/x", desired, CurrentPolicy(record, frozenset(held)))


def test_nothing_declared_is_nothing_to_do() -> None:
    plan = planned({}, held=("a",))
    assert (plan.action, plan.change, plan.differences, plan.writes) == (NONE, None, (), 0)
    assert "environments" not in plan.before


@pytest.mark.parametrize(
    "wanted",
    [
        {"status": "enabled"},
        {"location": "EUROPE", "subscription_id": SUBSCRIPTION.lower(), "resource_group": "RG"},
        {"name": "payg"},
        {"environments": ("a",)},
        {"environments": ("a", "b"), "exclusive": True},
        {"environments": ()},
    ],
)
def test_what_means_the_same_is_no_difference(wanted: Json) -> None:
    assert planned(wanted, held=("a", "b")).action == NONE


def test_name_and_status_go_together_and_the_other_stays() -> None:
    assert planned({"name": "new"}).change == PolicyChange(update=("new", "Enabled"))
    assert planned({"status": "Disabled"}).change == PolicyChange(update=("payg", "Disabled"))
    both = planned({"name": "new", "status": "Disabled"})
    assert both.writes == 1
    assert [item.id for item in both.differences] == ["billing_policies/x/name", "billing_policies/x/status"]
    assert (both.after["name"], both.after["status"]) == ("new", "Disabled")


def test_each_document_is_one_write() -> None:
    plan = planned({"status": "Disabled", "environments": ("a", "b"), "exclusive": True}, held=("b", "c"))
    assert plan.change == PolicyChange(update=("payg", "Disabled"), add=("a",), remove=("c",))
    assert (plan.action, plan.writes, plan.removals) == (UPDATE, 3, 1)
    assert (plan.before["environments"], plan.after["environments"]) == (["b", "c"], ["a", "b"])


def test_what_another_policy_pays_for_is_forbidden_unless_it_may_move() -> None:
    wanted: Json = {"environments": ("a", "b")}
    plan = planned(wanted, linked={"a": OTHER, "c": OTHER})
    assert isinstance(plan.forbidden, OptionError)
    assert "environments='A'" in plan.forbidden.message
    assert [item.before for item in plan.differences] == [{"billing_policy": OTHER.id}, None]
    moved = planned({**wanted, "move": True}, linked={"a": OTHER})
    assert moved.forbidden is None
    assert moved.change is not None
    assert (moved.change.move, moved.removals) == ({OTHER.id: ("a",)}, 1)
    made = planned(
        {**wanted, "location": "x", "subscription_id": "y", "resource_group": "z"}, record=None, linked={"a": OTHER}
    )
    assert (made.action, isinstance(made.forbidden, OptionError)) == (CREATE, True)


def test_a_list_that_lags_does_not_make_a_policy_its_own_rival() -> None:
    own = Thing(OWN.upper(), "payg", {})
    plan = planned({"environments": ("a",)}, linked={"a": own})
    assert plan.forbidden is None
    assert plan.change == PolicyChange(add=("a",))


def test_an_environment_that_several_policies_claim_is_refused() -> None:
    wanted: Json = {"environments": ("a",)}
    assert planned(wanted, claimed={"a": {"one"}}).action == UPDATE
    with pytest.raises(GuardError, match="declare environment A for different billing policies"):
        planned(wanted, claimed={"a": {"one", "two"}})


def test_what_the_service_does_not_tell_is_not_called_another() -> None:
    told = {name: value for name, value in RECORD.items() if name not in ("location", "billingInstrument")}
    assert planned({"location": "europe", "resource_group": "rg"}, record=told).action == NONE
    with pytest.raises(OptionError, match="was made with europe, and that never changes"):
        planned({"location": "asia"})


def test_a_removal_takes_the_policy_and_a_payer_from_each_environment() -> None:
    plan = planned({"absent": True}, held=("a", "b"))
    assert (plan.action, plan.removals, plan.change) == (DELETE, 3, PolicyChange(delete=True))
    assert plan.after == {"billing_policy": OWN, "state": "absent"}
    assert "with 2 environments" in plan.warnings[0]
    assert planned({"absent": True}).warnings == ()
    gone = planned({"absent": True}, record=None)
    assert (gone.action, gone.before) == (NONE, {"billing_policy": "payg", "state": "absent"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"environments": ("a", "b")}, {"environments": ("B", "a", "A")}, True),
        ({"location": "europe"}, {"location": "Europe"}, True),
        ({"resource_group": "rg"}, {"resource_group": "RG"}, True),
        ({"environments": ()}, {"environments": None}, False),
        ({"environments": ("a",)}, {"environments": ("a", "b")}, False),
        ({"environments": ("a",)}, {"environments": ("a",), "move": True}, False),
        ({"name": "payg"}, {"name": "Payg"}, False),
    ],
)
def test_two_declarations_are_one_when_they_mean_the_same(one: Json, other: Json, same: bool) -> None:
    target = Target(WHOLE_TENANT, Thing(OWN, "payg", {}), as_admin=True)
    first, second = (DesiredPolicy(target, NOTHING._replace(**wanted), {}, {}) for wanted in (one, other))
    if same:
        assert merge_policies(first, second) == first
        return
    with pytest.raises(OptionError, match="declares this policy differently"):
        merge_policies(first, second)
