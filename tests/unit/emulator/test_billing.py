# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billing policies and their environments (power-platform-api.md 4.1)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.control import Emulator

from .api import ADA, ENV, RUNNER, SANDBOX, Api
from .platform_api import EMEA, NOWHERE, POLICIES, SALES, SALES_US, TRIAL, US, ask, code_of, every, follow

NEW = {
    "name": "payg-new",
    "location": "europe",
    "status": "Enabled",
    "billingInstrument": {"subscriptionId": "5b000000-0000-4000-8000-000000000009", "resourceGroup": "rg-new"},
}
ADMIN = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"


def links(api: Api, policy: str = EMEA) -> list[str]:
    """The ids of a policy's environments, as they come."""
    rows = every(api, f"{POLICIES}/{policy}/environments")
    assert {row["billingPolicyId"] for row in rows} <= {policy}
    return [row["environmentId"] for row in rows]


def change(api: Api, what: str, *environments: str, policy: str = EMEA) -> requests.Response:
    return ask(api, "POST", f"{POLICIES}/{policy}/environments/{what}", {"environmentIds": list(environments)})


def status(api: Api, policy: str = EMEA) -> str:
    return str(ask(api, "GET", f"{POLICIES}/{policy}").json()["status"])


# -- policies --------------------------------------------------------------------------------------------------------


def test_a_policy_has_the_members_of_the_contract(api: Api) -> None:
    assert ask(api, "GET", f"{POLICIES}/{EMEA}").json() == {
        "id": EMEA,
        "name": "payg-emea",
        "type": "TenantOwned",
        "status": "Enabled",
        "location": "europe",
        "billingInstrument": {
            "id": "/subscriptions/5b000000-0000-4000-8000-000000000001/resourceGroups/rg-power-platform"
            "/providers/Microsoft.PowerPlatform/accounts/payg-emea",
            "resourceGroup": "rg-power-platform",
            "subscriptionId": "5b000000-0000-4000-8000-000000000001",
        },
        "createdOn": "2025-01-06T08:00:00Z",
        "createdBy": {"id": ADA, "type": "User"},
        "lastModifiedOn": "2025-01-06T08:00:00Z",
        "lastModifiedBy": {"id": ADA, "type": "User"},
    }
    assert ask(api, "GET", f"{POLICIES}/{US}").json()["createdBy"] == {"id": RUNNER, "type": "Application"}
    assert code_of(ask(api, "GET", f"{POLICIES}/{NOWHERE}")) == (404, "BillingPolicyNotFound")


def test_the_list_is_paged_by_its_own_name_of_the_link(api: Api) -> None:
    first = ask(api, "GET", f"{POLICIES}?$top=2")
    assert [item["status"] for item in first.json()["value"]] == ["Enabled", "Disabled"]
    assert "nextLink" not in first.json()
    assert first.json()["@odata.nextLink"].startswith("https://api.powerplatform.com/licensing/billingPolicies?")
    rest = follow(api, first.json()["@odata.nextLink"])
    assert [item["id"] for item in rest.json()["value"]] == [TRIAL]
    assert "@odata.nextLink" not in rest.json()


def test_a_policy_from_its_creation_to_its_end(emulator: Emulator, api: Api) -> None:
    made = ask(api, "POST", POLICIES, NEW)
    assert made.status_code == 201
    policy = made.json()
    assert (policy["name"], policy["status"], policy["type"]) == ("payg-new", "Enabled", "TenantOwned")
    assert policy["billingInstrument"]["id"].endswith("/rg-new/providers/Microsoft.PowerPlatform/accounts/payg-new")
    assert policy["createdBy"] == {"id": RUNNER, "type": "Application"}
    one = f"{POLICIES}/{policy['id']}"
    assert ask(api, "GET", one).json() == policy
    changed = ask(api, "PUT", one, {"name": "payg-renamed", "status": "Disabled"})
    assert (changed.status_code, changed.json()["name"], changed.json()["status"]) == (200, "payg-renamed", "Disabled")
    assert changed.json()["billingInstrument"] == policy["billingInstrument"]
    gone = ask(api, "DELETE", one)
    assert (gone.status_code, gone.content) == (204, b"")
    assert code_of(ask(api, "GET", one)) == (404, "BillingPolicyNotFound")
    assert code_of(ask(api, "DELETE", one)) == (404, "BillingPolicyNotFound")
    assert policy["id"] not in [item["id"] for item in every(api, POLICIES)]
    assert [entry["effect"] for entry in emulator.log(writes=True)] == [True, True, True, False]


def test_a_create_that_is_repeated_makes_a_second_one(api: Api) -> None:
    ids = {ask(api, "POST", POLICIES, NEW).json()["id"] for _unused in range(2)}
    assert len(ids) == 2
    assert [item["name"] for item in every(api, POLICIES)].count("payg-new") == 2


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "location": "unitedstates"},
        {"billingInstrument": NEW["billingInstrument"]},
        {"name": "x", "type": "TenantOwned"},
        {"name": ""},
        {"status": "Provisioning"},
        {"status": "On"},
        [],
    ],
)
def test_an_update_takes_name_and_status_alone(emulator: Emulator, api: Api, body: Any) -> None:
    before = ask(api, "GET", f"{POLICIES}/{EMEA}").json()
    assert ask(api, "PUT", f"{POLICIES}/{EMEA}", body).status_code == 400
    assert ask(api, "GET", f"{POLICIES}/{EMEA}").json() == before
    assert [entry["effect"] for entry in emulator.log(writes=True)] == [False]


@pytest.mark.parametrize("missing", ["name", "location", "billingInstrument"])
def test_a_create_without_what_it_needs(api: Api, missing: str) -> None:
    reply = ask(api, "POST", POLICIES, {key: value for key, value in NEW.items() if key != missing})
    assert reply.status_code == 400
    assert len(every(api, POLICIES)) == 3


def test_provisioning_lasts_as_many_reads_as_it_is_told(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "provisioning", "reads": 2, "times": 1}])
    made = ask(api, "POST", POLICIES, NEW).json()
    assert made["status"] == "Provisioning"
    assert [status(api, made["id"]) for _unused in range(4)] == ["Provisioning", "Provisioning", "Enabled", "Enabled"]
    again = ask(api, "PUT", f"{POLICIES}/{made['id']}", {"status": "Disabled"}).json()
    assert again["status"] == "Disabled"  # the fault held once


def test_a_refresh_and_a_listing_are_reads_too_and_the_end_can_be_another(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "provisioning", "reads": 2, "end": "Disabled"}])
    assert ask(api, "PUT", f"{POLICIES}/{EMEA}", {"status": "Enabled"}).json()["status"] == "Provisioning"
    refreshed = ask(api, "POST", f"{POLICIES}/{EMEA}/refreshProvisioningStatus")
    assert (refreshed.status_code, refreshed.json()["status"]) == (200, "Provisioning")
    assert {item["id"]: item["status"] for item in every(api, POLICIES)}[EMEA] == "Provisioning"
    assert status(api) == "Disabled"
    emulator.reset()
    assert status(api) == "Enabled"


def test_what_time_did_is_gone_after_a_reset(emulator: Emulator, api: Api) -> None:
    emulator.change(
        [{"change": "set_billing_policy", "billing_policy": "payg-us", "status": "Provisioning", "then": "Enabled"}]
    )
    assert (status(api, US), status(api, US)) == ("Provisioning", "Enabled")
    before = emulator.tenant()
    emulator.reset()
    assert status(api, US) == "Disabled"
    assert emulator.tenant() != before


def test_a_stale_read_shows_the_policy_as_it_was(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "stale", "reads": 1}])
    ask(api, "PUT", f"{POLICIES}/{EMEA}", {"name": "renamed"})
    seen = [ask(api, "GET", f"{POLICIES}/{EMEA}").json()["name"] for _unused in range(2)]
    assert seen == ["payg-emea", "renamed"]


# -- environments ----------------------------------------------------------------------------------------------------


def test_environments_come_in_any_case_and_are_found_in_any(api: Api) -> None:
    assert links(api) == [SALES.upper(), SALES_US]
    link = ask(api, "GET", f"{POLICIES}/{EMEA}/environments/{SALES}")
    assert link.json() == {"billingPolicyId": EMEA, "environmentId": SALES.upper()}
    assert ask(api, "GET", f"{POLICIES}/{EMEA}/environments/{ENV}").status_code == 404
    assert ask(api, "GET", f"/licensing/environments/{SALES}/billingPolicy").json()["id"] == EMEA


def test_the_case_of_the_ids_can_be_chosen(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "id_case", "case": "upper"}])
    assert links(api) == [SALES.upper(), SALES_US.upper()]
    emulator.faults([{"kind": "id_case", "case": "lower"}])
    assert links(api) == [SALES, SALES_US]


def test_the_environments_are_paged(emulator: Emulator, api: Api) -> None:
    assert len(ask(api, "GET", f"{POLICIES}/{EMEA}/environments?$top=1").json()["value"]) == 1
    emulator.faults([{"kind": "page_cap", "max": 1}])
    assert len(links(api)) == 2


def test_adding_and_removing(emulator: Emulator, api: Api) -> None:
    added = change(api, "add", ENV.upper(), SANDBOX, policy=TRIAL)
    assert (added.status_code, added.content) == (200, b"")
    assert links(api, TRIAL) == [ENV.upper(), SANDBOX]
    assert change(api, "add", ENV, policy=TRIAL).status_code == 200  # there already
    removed = change(api, "remove", ENV, NOWHERE, policy=TRIAL)
    assert (removed.status_code, removed.content) == (200, b"")
    assert links(api, TRIAL) == [SANDBOX]
    assert change(api, "remove", ENV, policy=TRIAL).status_code == 200
    assert [entry["effect"] for entry in emulator.log(writes=True)] == [True, False, True, False]
    none = ask(api, "GET", f"/licensing/environments/{ENV}/billingPolicy")
    assert code_of(none) == (404, "BillingPolicyNotFound")


def test_an_environment_moves_to_the_policy_that_it_is_added_to(api: Api) -> None:
    assert change(api, "add", SALES, policy=US).status_code == 200
    assert (links(api, US), links(api, EMEA)) == ([SALES], [SALES_US])
    assert ask(api, "GET", f"/licensing/environments/{SALES}/billingPolicy").json()["id"] == US


def test_a_second_policy_can_be_refused_instead(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "one_policy"}])
    assert change(api, "add", ENV, SALES, policy=US).status_code == 400
    assert (links(api, US), links(api, EMEA)) == ([], [SALES.upper(), SALES_US])
    assert change(api, "add", SALES, policy=EMEA).status_code == 200  # its own
    assert change(api, "add", ENV, policy=US).status_code == 200


def test_an_unknown_environment_keeps_the_others_out(api: Api) -> None:
    assert code_of(change(api, "add", ENV, NOWHERE, policy=TRIAL)) == (404, "EnvironmentNotFound")
    assert links(api, TRIAL) == []
    assert code_of(change(api, "add", ENV, policy=NOWHERE)) == (404, "BillingPolicyNotFound")


@pytest.mark.parametrize("body", [{}, {"environmentIds": []}, {"environmentIds": ENV}, {"environmentIds": [1]}, []])
def test_a_body_without_environments(api: Api, body: Any) -> None:
    for what in ("add", "remove"):
        assert ask(api, "POST", f"{POLICIES}/{EMEA}/environments/{what}", body).status_code == 400
    assert len(links(api)) == 2


def test_a_deleted_policy_leaves_its_environments_without_one(api: Api) -> None:
    ask(api, "DELETE", f"{POLICIES}/{EMEA}")
    assert ask(api, "GET", f"/licensing/environments/{SALES}/billingPolicy").status_code == 404
    assert code_of(ask(api, "GET", f"{POLICIES}/{EMEA}/environments")) == (404, "BillingPolicyNotFound")


def test_the_other_service_knows_the_policy_where_it_is_asked(api: Api) -> None:
    plain = api.get("bap", f"{ADMIN}/{SALES}").json()["properties"]
    asked = api.get("bap", f"{ADMIN}/{SALES}?$expand=properties/billingPolicy").json()["properties"]
    assert "billingPolicy" not in plain
    assert asked["billingPolicy"] == {"id": EMEA}
    rows = api.get("bap", f"{ADMIN}?$expand=permissions,properties/billingPolicy").json()["value"]
    assert {row["name"]: row["properties"]["billingPolicy"]["id"] for row in rows}[ENV] == ""


def test_policies_behind_the_clients_back(emulator: Emulator, api: Api) -> None:
    fresh = {"id": NOWHERE, "name": "payg-emea", "subscription": "s", "resource_group": "g", "environments": [ENV]}
    emulator.change(
        [
            {"change": "add_billing_policy", "billing_policy": fresh},
            {"change": "set_billing_policy", "billing_policy": US, "name": "renamed", "environments": [SANDBOX]},
            {"change": "delete_billing_policy", "billing_policy": TRIAL},
        ]
    )
    assert [item["name"] for item in every(api, POLICIES)] == ["payg-emea", "renamed", "payg-emea"]
    assert ask(api, "GET", f"/licensing/environments/{ENV}/billingPolicy").json()["id"] == NOWHERE
    assert links(api, US) == [SANDBOX]
    assert emulator.log(writes=True) == []
