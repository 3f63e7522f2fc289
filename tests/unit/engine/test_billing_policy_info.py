# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about billing policies: all or those that are chosen, and rows that can be declared as they are."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    IncompleteListingError,
    OptionError,
    PermissionDeniedError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import OK
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    AMERICAS,
    EMEA,
    POLICY,
    SALES_EAST,
    SALES_WEST,
    SUBSCRIPTION,
    TRIAL,
    ask,
    request,
    run,
    services_asked,
    statuses,
)

Json = dict[str, Any]


def listed(emulator: Emulator, *chosen: str, **options: Any) -> list[Json]:
    answer = ask(emulator, "billing_policy_info", billing_policies=list(chosen) or None, **options)
    assert answer["complete"] is True
    found: list[Json] = answer["billing_policies"]
    return found


def test_all_policies_by_name(emulator: Emulator) -> None:
    rows = listed(emulator)
    assert [row["billing_policy"] for row in rows] == [EMEA, TRIAL, AMERICAS]
    assert rows[0] == {
        "billing_policy": EMEA,
        "name": "payg-emea",
        "status": "Enabled",
        "location": "europe",
        "subscription_id": SUBSCRIPTION,
        "resource_group": "rg-power-platform",
        "facts": {
            "billing_account": (
                f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-power-platform"
                "/providers/Microsoft.PowerPlatform/accounts/payg-emea"
            ),
            "created_time": rows[0]["facts"]["created_time"],
            "created_by": ADA,
            "last_modified_time": rows[0]["facts"]["last_modified_time"],
        },
    }
    assert services_asked(emulator) == {"power_platform"}
    assert len(emulator.log(service="power_platform")) == 1


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (["PAYG-US"], [AMERICAS]),
        ([EMEA.upper()], [EMEA]),
        (["payg-[et]*", "payg-us"], [EMEA, TRIAL, AMERICAS]),
        (["nothing*"], []),
        (["bb00*"], [EMEA, TRIAL, AMERICAS]),
    ],
)
def test_policies_are_chosen_by_name_id_and_pattern(emulator: Emulator, chosen: list[str], found: list[str]) -> None:
    assert [row["billing_policy"] for row in listed(emulator, *chosen)] == found


def test_an_id_is_no_name(emulator: Emulator) -> None:
    """Somebody calls a policy like the id of another one."""
    twin = {"id": "bb000000-0000-4000-8000-0000000000ee", "name": EMEA, "subscription": SUBSCRIPTION}
    emulator.change([{"change": "add_billing_policy", "billing_policy": {**twin, "resource_group": "rg"}}])
    assert [row["billing_policy"] for row in listed(emulator, EMEA)] == [EMEA]


def test_what_fits_nothing_is_an_error(emulator: Emulator) -> None:
    with pytest.raises(UnknownReferenceError, match="there is no such billing policy in the tenant") as caught:
        listed(emulator, "payg-emea", "payg-emeaa")
    assert "Similar: 'payg-emea'" in caught.value.remedy
    emulator.clear_log()
    with pytest.raises(OptionError, match=r"billing_policies\[0\]"):
        listed(emulator, " ")
    assert emulator.log() == []


def test_environments_are_ids_in_lower_case_of_every_page(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}, {"kind": "id_case"}])
    rows = listed(emulator, include=["environments"])
    assert {row["name"]: row["environments"] for row in rows} == {
        "payg-emea": [SALES_EAST, SALES_WEST],
        "payg-trial": [],
        "payg-us": [],
    }


def test_rows_are_no_change_to_the_module(emulator: Emulator) -> None:
    rows = listed(emulator, include=["environments"])
    declared = [request(POLICY, **{name: row[name] for name in row if name != "facts"}) for row in rows]
    assert statuses(run(emulator, *declared)) == [OK] * 3
    assert emulator.log(writes=True) == []


def test_a_policy_in_provisioning_is_listed_as_such_and_not_waited_for(emulator: Emulator) -> None:
    change = {"change": "set_billing_policy", "billing_policy": TRIAL, "status": "Provisioning"}
    emulator.change([{**change, "then": "Enabled", "reads": 100}])
    assert {row["status"] for row in listed(emulator, "payg-trial")} == {"Provisioning"}
    assert len(emulator.log(service="power_platform")) == 1


def test_what_cannot_be_read_is_no_short_answer(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}, {"kind": "page", "page": 2, "status": 403}])
    with pytest.raises(IncompleteListingError):
        listed(emulator)
    emulator.faults([{"kind": "status", "status": 403, "code": "X", "match": {"path": f"{TRIAL}/environments"}}])
    with pytest.raises(PermissionDeniedError):
        listed(emulator, include=["environments"])
    with pytest.raises(PermissionDeniedError, match="List-BillingPolicies"):
        ask(emulator, "billing_policy_info", "unregistered")
