# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billing policies: made, renamed, switched, deleted; which environments they pay for, by id and by name."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    GuardError,
    OptionError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    AMERICAS,
    EMEA,
    FINANCE,
    NOTHING,
    NOWHERE,
    PLAIN,
    POLICY,
    SALES_EAST,
    SALES_WEST,
    SANDBOX,
    SUBSCRIPTION,
    TRIAL,
    check,
    one,
    paid,
    plan,
    request,
    run,
)

Json = dict[str, Any]


def policies(emulator: Emulator) -> dict[str, Json]:
    """All policies of the tenant now, by name; their environments in lower case."""
    return {
        found["name"]: {**found, "environments": [name.lower() for name in found.get("environments", ())]}
        for found in emulator.tenant()["billing_policies"]
    }


def payers(emulator: Emulator) -> dict[str, str]:
    """Which policy pays for which environment now."""
    return {name: found["name"] for found in policies(emulator).values() for name in found["environments"]}


def sent(emulator: Emulator) -> list[tuple[str, str]]:
    """Method and end of the path of every write."""
    return [(entry["method"], entry["path"].rpartition("/")[2]) for entry in emulator.log(writes=True)]


# -- the life of one ---------------------------------------------------------------------------------------------------


def test_a_policy_is_made_with_its_environments_and_found_by_its_name(emulator: Emulator) -> None:
    wanted = paid(environments=["Plain Canvas", FINANCE.upper()])
    planned = plan(emulator, wanted).outcomes[0]
    assert (planned.status, planned.as_json()["action"]) == (PLANNED, "create")
    assert sent(emulator) == []
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert outcome.drift == planned.drift
    assert sent(emulator) == [("POST", "billingPolicies"), ("POST", "add")]
    made = policies(emulator)["payg-new"]
    assert (made["subscription"], made["resource_group"]) == (SUBSCRIPTION, "rg-power-platform")
    assert made["environments"] == [FINANCE, PLAIN]
    resource = outcome.as_json()["resource"]
    assert resource == {
        "billing_policy": made["id"],
        "name": "payg-new",
        "location": "europe",
        "subscription_id": SUBSCRIPTION,
        "resource_group": "rg-power-platform",
        "status": "Enabled",
        "environments": [FINANCE, PLAIN],
        "state": "present",
    }
    emulator.clear_log()
    assert one(emulator, request(POLICY, **resource)).status == OK
    assert one(emulator, wanted).status == one(emulator, paid("PAYG-NEW", environments=[PLAIN])).status == OK
    assert check(emulator, wanted).drift == []
    assert sent(emulator) == []


def test_a_policy_is_made_disabled(emulator: Emulator) -> None:
    assert one(emulator, paid(status="Disabled")).status == CHANGED
    assert policies(emulator)["payg-new"]["status"] == "Disabled"


def test_name_and_status_are_one_write(emulator: Emulator) -> None:
    outcome = one(emulator, paid(AMERICAS, name="payg-americas", status="Enabled"))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert sent(emulator) == [("PUT", AMERICAS)]
    [entry] = emulator.log(writes=True)
    assert entry["body"] == {"name": "payg-americas", "status": "Enabled"}
    assert sorted(row["id"].rpartition("/")[2] for row in outcome.drift) == ["name", "status"]
    assert one(emulator, paid("payg-americas", name="payg-americas")).status == OK


def test_what_is_not_declared_is_left_alone(emulator: Emulator) -> None:
    assert one(emulator, paid(EMEA, name="payg-europe")).status == CHANGED
    found = policies(emulator)["payg-europe"]
    assert found["environments"] == [SALES_EAST, SALES_WEST]
    emulator.clear_log()
    assert one(emulator, paid(AMERICAS, name="payg-americas")).status == CHANGED
    assert emulator.log(writes=True)[0]["body"]["status"] == "Disabled"


def test_a_name_may_change_its_case(emulator: Emulator) -> None:
    assert one(emulator, paid("payg-trial", name="PayG-Trial")).status == CHANGED
    assert "PayG-Trial" in policies(emulator)
    assert one(emulator, paid("payg-trial", name="PayG-Trial")).status == OK


def test_a_policy_is_deleted_once_and_says_what_that_means(emulator: Emulator) -> None:
    wanted = paid("payg-emea", state="absent")
    planned = plan(emulator, wanted).outcomes[0].as_json()
    assert planned["warnings"] == [
        "Billing policy payg-emea with 2 environments goes: nobody pays as they go there any more."
    ]
    assert planned["diff"]["after"] == {"billing_policy": EMEA, "state": "absent"}
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert "payg-emea" not in policies(emulator)
    assert sent(emulator) == [("DELETE", EMEA)]
    for again in (wanted, paid(EMEA, state="absent")):
        assert one(emulator, again).status == OK
    assert len(sent(emulator)) == 1


def test_a_removal_counts_the_environments_that_lose_their_payer(emulator: Emulator) -> None:
    outcome = one(emulator, paid(EMEA, state="absent", max_removals=2))
    assert isinstance(outcome.error, GuardError)
    assert "removes 3" in outcome.error.message
    assert sent(emulator) == []
    assert one(emulator, paid(EMEA, state="absent", max_removals=3)).status == CHANGED


# -- what cannot be ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value", "held"),
    [
        ("location", "unitedstates", "europe"),
        ("subscription_id", "5b000000-0000-4000-8000-000000000002", SUBSCRIPTION),
        ("resource_group", "rg-other", "rg-power-platform"),
    ],
)
def test_what_a_policy_was_made_with_never_changes(emulator: Emulator, option: str, value: str, held: str) -> None:
    for report in (plan(emulator, paid(EMEA, **{option: value})), run(emulator, paid(EMEA, **{option: value}))):
        [outcome] = report.outcomes
        assert isinstance(outcome.error, OptionError)
        assert (outcome.status, outcome.error.option) == (FAILED, option)
        assert f"was made with {held}" in outcome.error.message
    assert one(emulator, paid(EMEA, **{option: held.upper()})).status == OK
    assert sent(emulator) == []


@pytest.mark.parametrize("missing", ["location", "subscription_id", "resource_group"])
def test_a_new_policy_needs_what_never_changes(emulator: Emulator, missing: str) -> None:
    outcome = one(emulator, paid(**{missing: None}))
    assert isinstance(outcome.error, OptionError)
    assert (outcome.error.option, sent(emulator)) == (missing, [])


@pytest.mark.parametrize(
    ("option", "options"),
    [
        ("environments", {"state": "absent", "environments": [PLAIN]}),
        ("exclusive", {"state": "absent", "exclusive": True}),
        ("move", {"state": "absent", "move": True}),
        ("exclusive", {"exclusive": True}),
        ("move", {"move": True}),
        ("name", {"name": " "}),
        ("resource_group", {"resource_group": ""}),
        ("environments[1]", {"environments": [PLAIN, " "]}),
        ("subscription_id", {"subscription_id": "Contoso"}),
        ("name", {"name": "payg-other"}),
        ("billing_policy", {"billing_policy": " "}),
    ],
)
def test_what_can_never_be_right_is_found_before_anything_is_sent(
    emulator: Emulator, option: str, options: Json
) -> None:
    outcome = one(emulator, request(POLICY, **{"billing_policy": "payg-trial", **options}))
    assert isinstance(outcome.error, OptionError)
    assert (outcome.error.option, emulator.log()) == (option, [])


def test_an_id_that_nobody_has_is_no_new_policy(emulator: Emulator) -> None:
    outcome = one(emulator, paid(NOTHING, location="europe", subscription_id=SUBSCRIPTION, resource_group="rg"))
    assert isinstance(outcome.error, OptionError)
    assert "gets its id from the service" in outcome.error.message
    assert sent(emulator) == []


def test_a_name_that_two_bear_is_an_error_that_lists_them(emulator: Emulator) -> None:
    twin = "bb000000-0000-4000-8000-0000000000ee"
    made = {"id": twin, "name": "payg-trial", "subscription": SUBSCRIPTION, "resource_group": "rg"}
    emulator.change([{"change": "add_billing_policy", "billing_policy": made}])
    for state in ("present", "absent"):
        outcome = one(emulator, paid("payg-trial", state=state))
        assert isinstance(outcome.error, AmbiguousReferenceError)
        assert {identifier for identifier, _name in outcome.error.candidates} == {TRIAL, twin}
    assert one(emulator, paid(twin, state="absent")).status == CHANGED


def test_no_policy_gets_the_name_of_another(emulator: Emulator) -> None:
    outcome = one(emulator, paid(TRIAL, name="PAYG-EMEA"))
    assert isinstance(outcome.error, OptionError)
    assert (outcome.error.option, sent(emulator)) == ("name", [])
    assert EMEA in outcome.error.message


# -- environments ------------------------------------------------------------------------------------------------------


def test_environments_are_added_and_others_stay(emulator: Emulator) -> None:
    outcome = one(emulator, paid(EMEA, environments=["~default", SANDBOX]))
    assert outcome.status == CHANGED
    default = f"default-{emulator.tenant_id}"
    assert policies(emulator)["payg-emea"]["environments"] == [SALES_EAST, SALES_WEST, default, SANDBOX]
    assert sent(emulator) == [("POST", "add")]
    assert {row["after"]["environment_display_name"] for row in outcome.drift} == {"", "Contoso (default)"}
    again = one(emulator, paid(EMEA, environments=["Contoso (default)", "finance sandbox", SALES_EAST.upper()]))
    assert again.status == OK


def test_the_environments_of_others_are_asked_for_when_one_is_to_be_added(emulator: Emulator) -> None:
    def links() -> set[str]:
        return {entry["path"] for entry in emulator.log() if entry["path"].endswith("/environments")}

    assert one(emulator, paid(EMEA, environments=[SALES_EAST])).status == OK
    assert links() == {f"/licensing/billingPolicies/{EMEA}/environments"}
    assert one(emulator, paid(EMEA, environments=[PLAIN])).status == CHANGED
    assert len(links()) == 3


def test_exclusive_removes_what_is_not_declared_within_the_limit(emulator: Emulator) -> None:
    wanted: Json = {"environments": [SALES_EAST], "exclusive": True}
    refused = one(emulator, paid(EMEA, **wanted, max_removals=0))
    assert isinstance(refused.error, GuardError)
    assert SALES_WEST in refused.error.message
    assert sent(emulator) == []
    outcome = one(emulator, paid(EMEA, **wanted))
    assert (outcome.status, sent(emulator)) == (CHANGED, [("POST", "remove")])
    assert [row["after"] for row in outcome.drift] == [None]
    assert payers(emulator) == {SALES_EAST: "payg-emea"}
    assert one(emulator, paid(EMEA, **wanted)).status == OK


def test_exclusive_may_leave_none(emulator: Emulator) -> None:
    assert one(emulator, paid(EMEA, environments=[])).status == OK
    assert one(emulator, paid(EMEA, environments=[], exclusive=True)).status == CHANGED
    assert payers(emulator) == {}


def test_one_is_exchanged_for_another(emulator: Emulator) -> None:
    outcome = one(emulator, paid(EMEA, environments=[SALES_EAST, PLAIN], exclusive=True))
    assert (outcome.status, sent(emulator)) == (CHANGED, [("POST", "add"), ("POST", "remove")])
    assert payers(emulator) == {SALES_EAST: "payg-emea", PLAIN: "payg-emea"}


@pytest.mark.parametrize("case", ["upper", "lower"])
def test_ids_in_any_case_are_one_environment(emulator: Emulator, case: str) -> None:
    emulator.faults([{"kind": "id_case", "case": case}])
    wanted = paid(EMEA, environments=[SALES_WEST, SALES_EAST.upper()], exclusive=True)
    assert one(emulator, wanted).status == OK
    assert one(emulator, paid(EMEA, environments=[SALES_EAST], exclusive=True)).status == CHANGED
    assert payers(emulator) == {SALES_EAST: "payg-emea"}


def test_names_of_environments_that_fit_nothing_or_several(emulator: Emulator) -> None:
    unknown = one(emulator, paid(environments=["No Such Place"]))
    assert isinstance(unknown.error, UnknownReferenceError)
    assert "no such environment in the tenant" in unknown.error.message
    several = one(emulator, paid(environments=["sales"]))
    assert isinstance(several.error, AmbiguousReferenceError)
    assert {identifier for identifier, _name in several.error.candidates} == {SALES_EAST, SALES_WEST}
    assert sent(emulator) == []


def test_ids_are_not_looked_up_and_an_unknown_one_is_refused_by_the_service(emulator: Emulator) -> None:
    outcome = one(emulator, paid(EMEA, environments=[NOWHERE]))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert "does not know the environment" in outcome.error.remedy
    assert {entry["service"] for entry in emulator.log()} == {"login", "power_platform"}


def test_a_new_policy_whose_environments_are_refused_is_told_as_made(emulator: Emulator) -> None:
    outcome = one(emulator, paid(environments=[NOWHERE]))
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert "payg-new was made, and its environments were not added" in outcome.error.message
    assert "payg-new" in policies(emulator)
    assert one(emulator, paid(environments=[PLAIN])).status == CHANGED
    assert [method for method, _end in sent(emulator)].count("POST") == 3  # one create, two times of adding
