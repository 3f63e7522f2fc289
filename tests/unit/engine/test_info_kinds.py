# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every kind of question promises: plain data, read without writing, and no error taken for absence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    IncompleteListingError,
    OptionError,
    ServiceError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BRAND_NEW,
    FINANCE,
    GROUPS,
    MOTHBALLED,
    NOTHING,
    SANDBOX,
    ask,
    client,
    services_asked,
)

Json = dict[str, Any]

ENVIRONMENTS = "/environmentmanagement/environments"

# Options to try; a new kind of question adds its row.
SAMPLES: dict[str, Json] = {
    "access_info": {"environments": ["Finance*"]},
    "application_package_info": {"environments": ["Finance*"]},
    "billing_policy_info": {"include": ["environments"]},
    "avepoint_connection_info": {"top": 4},
    "connection_info": {"environments": ["Finance*"], "include": ["roles", "owner_state"]},
    "connector_info": {
        "environments": ["Finance*"],
        "connector_types": ["custom", "built_in"],
        "include": ["roles", "owner_state"],
    },
    "custom_connector_info": {"environments": ["Finance*", "Plain Canvas"], "include": ["documents"]},
    "environment_info": {"environments": ["Finance*", "Brand New"]},
    "flow_callback_url_info": {"environment": "Finance Sandbox", "flow": "Invoice intake"},
    "flow_run_info": {"environment": "Finance Sandbox", "flow": "Invoice intake"},
    "flow_info": {
        "environments": ["Finance*"],
        "states": ["started", "stopped", "suspended", "deleted"],
        "include": ["owners", "run_only_users", "definition", "connections", "owner_state"],
    },
    "login_info": {"organization_urls": ["https://contosofin.crm4.dynamics.com"]},
    "management_application_info": {},
    "power_platform_resource_info": {
        "environment": "Finance Production",
        "path": "/appmanagement/environments/{environment}/applicationPackages",
        "listing": True,
    },
    "powerapp_info": {"environments": ["Finance*"], "include": ["roles", "owner_state"]},
}
# Who asks what an application may not.
WHO = {"avepoint_connection_info": "avepoint", "flow_callback_url_info": "delegated"}
# Those that ask a service; the others ask who logs in.
ASKING = sorted(name for name, kind in INFO_KINDS.items() if kind.operations)
# Questions about environments; the others have nothing to choose environments by.
PLACED = sorted(name for name, kind in INFO_KINDS.items() if "environments" in kind.options)


def test_every_question_has_a_sample() -> None:
    assert SAMPLES.keys() == INFO_KINDS.keys()


@pytest.mark.parametrize("name", sorted(INFO_KINDS))
def test_it_reads_and_answers_with_plain_data(emulator: Emulator, name: str) -> None:
    who = WHO.get(name, "runner")
    first = ask(emulator, name, who, **SAMPLES[name])
    assert emulator.log(writes=True) == []
    assert json.loads(json.dumps(first)) == first
    if not INFO_KINDS[name].secret:
        assert [value for value in first.values() if isinstance(value, list) and value]  # about something
    if name in ASKING:
        assert ask(emulator, name, who, **SAMPLES[name]) == first


@pytest.mark.parametrize("name", PLACED)
def test_it_refuses_what_fits_nothing(emulator: Emulator, name: str) -> None:
    with pytest.raises(OptionError):
        ask(emulator, name, environments=[" "])
    with pytest.raises(UnknownReferenceError, match="No Such Place"):
        ask(emulator, name, environments=["No Such Place"])
    with pytest.raises(UnknownReferenceError) as caught:
        ask(emulator, name, environments=["Finance Prodution"])
    assert caught.value.remedy.endswith("Similar: 'Finance Production'.")


@pytest.mark.parametrize(
    ("name", "option", "wanted", "similar"),
    [
        ("flow_info", "flows", "Month end reports", "Similar: 'Month end report'."),
        ("connection_info", "connections", "Ledger databases", "Similar: 'Ledger database', 'Old ledger database'."),
    ],
)
def test_a_name_that_is_nearly_right(emulator: Emulator, name: str, option: str, wanted: str, similar: str) -> None:
    with pytest.raises(UnknownReferenceError) as caught:
        ask(emulator, name, **{option: [wanted], "environments": ["Finance Production"]})
    assert caught.value.remedy.endswith(similar)


@pytest.mark.parametrize("name", ASKING)
def test_a_broken_listing_is_an_error_and_no_short_answer(emulator: Emulator, name: str) -> None:
    operations = INFO_KINDS[name].operations
    listing = next((item for item in operations if item.service == "bap" and "List" in item.name), operations[0])
    first = {listing.list_key: [], "nextLink": f"{listing.path}?$skiptoken=2"}
    match = {"service": listing.service}
    emulator.faults(
        [
            {"kind": "status", "status": 200, "body": first, "times": 1, "match": match},
            {"kind": "status", "status": 500, "match": {**match, "query": "skiptoken"}},
        ]
    )
    with pytest.raises(IncompleteListingError):
        ask(emulator, name, WHO.get(name, "runner"), **SAMPLES[name])


def test_environments_are_selected_by_name_id_pattern_and_type(emulator: Emulator) -> None:
    def found(**options: Any) -> list[str]:
        return [item["id"] for item in ask(emulator, "environment_info", **options)["environments"]]

    assert found(environments=["finance production"]) == [FINANCE]
    assert found(environments=[SANDBOX.upper()]) == [SANDBOX]
    assert found(environments=["Finance*"], exclude=["*Sandbox"]) == [FINANCE]
    assert found(environment_types=["Sandbox"]) == [SANDBOX, MOTHBALLED]
    assert found(environments=["~default"]) == [f"Default-{emulator.tenant_id}"]
    assert len(found()) == len(emulator.tenant()["environments"])


def test_an_environment_that_is_being_made_or_disabled_is_not_ready(emulator: Emulator) -> None:
    answer = ask(emulator, "environment_info")
    why = {item["id"]: item["not_ready_reason"] for item in answer["environments"] if not item["ready"]}
    assert why == {
        BRAND_NEW: "Environment Brand New is not ready: its provisioning state is Provisioning.",
        MOTHBALLED: "Environment Mothballed is disabled.",
    }
    assert all(item["not_ready_reason"] == "" for item in answer["environments"] if item["ready"])
    assert answer["complete"] is True


def test_what_another_api_knows_of_environments_is_asked_for_where_it_is_wanted(emulator: Emulator) -> None:
    plain = ask(emulator, "environment_info", environments=["Sales", "Finance*"])["environments"]
    assert emulator.log(service="power_platform") == []
    rows = ask(emulator, "environment_info", environments=["Sales", "Finance*"], include=["platform"])["environments"]
    assert len(emulator.log(service="power_platform")) == 1
    assert [{name: value for name, value in row.items() if name != "platform"} for row in rows] == plain
    known = {row["id"]: row["platform"] for row in rows}
    sales = known["e0000000-0000-4000-8000-000000000003"]
    assert sales["environment_group_id"] == "e9000000-0000-4000-8000-000000000001"
    assert known[FINANCE]["environment_group_id"] == ""
    assert {row["state"] for row in known.values()} == {"Ready"}
    assert sales["retention_period"] == "P7D"
    assert all(isinstance(value, str) for name, value in sales.items() if name != "enterprise_policies")


def test_an_environment_that_the_other_api_does_not_list_has_nothing_there(emulator: Emulator) -> None:
    """Spellings of ids, policies and words that are missing, as the contract names them."""
    policies = {"encryption": {"id": "p1", "status": "Linked", "error": None}, "identity": None}
    shown = {"id": FINANCE.upper(), "enterprisePolicies": policies, "retentionDetails": None, "state": None}
    match = {"path": "^/environmentmanagement/environments$"}
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": [shown]}, "match": match}])
    rows = ask(emulator, "environment_info", environments=["Finance*"], include=["platform"])["environments"]
    known = {row["id"]: row["platform"] for row in rows}
    assert known[SANDBOX] is None
    assert known[FINANCE]["enterprise_policies"] == {"encryption": {"id": "p1", "status": "Linked"}}
    assert {value for name, value in known[FINANCE].items() if name != "enterprise_policies"} == {""}


@pytest.mark.parametrize("status", [403, 500])
def test_the_other_api_s_refusal_is_no_empty_answer(emulator: Emulator, status: int) -> None:
    match = {"service": "power_platform"}
    emulator.faults([{"kind": "status", "status": status, "code": "Forbidden", "match": match}])
    with pytest.raises(ServiceError):
        ask(emulator, "environment_info", include=["platform"])
    assert len(ask(emulator, "environment_info")["environments"]) == len(emulator.tenant()["environments"])


def test_access_names_what_is_missing_and_sends_no_write(emulator: Emulator) -> None:
    assert ask(emulator, "access_info", **SAMPLES["access_info"])["readable"]
    answer = ask(emulator, "access_info", "graphless", **SAMPLES["access_info"])
    assert not answer["readable"]
    lacking = [row for row in answer["access"] if not row["readable"]]
    assert {row["service"] for row in lacking} == {"graph"}
    assert all(row["status"] == 403 and row["remedy"] for row in lacking)
    unregistered = ask(emulator, "access_info", "unregistered")
    assert "New-PowerAppManagementApp" in unregistered["access"][0]["remedy"]
    assert emulator.log(writes=True) == []


def test_access_that_could_not_be_found_out_is_neither_yes_nor_no(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": {"path": f"{SANDBOX}/apps"}}])
    answer = ask(emulator, "access_info", services=["powerapps"], environments=[FINANCE, SANDBOX])
    assert {row["environment"]: row["readable"] for row in answer["access"]} == {FINANCE: True, SANDBOX: None}
    assert not answer["readable"]


# AvePoint's tokens are of no tenant, and there is no option that expects one.
@pytest.mark.parametrize(
    "name", sorted(name for name, kind in INFO_KINDS.items() if "expected_tenant_id" in kind.access.options)
)
def test_the_wrong_tenant_is_not_asked(emulator: Emulator, name: str) -> None:
    kind = INFO_KINDS[name]
    options = {**{option: spec.get("default") for option, spec in kind.options.items()}, **SAMPLES[name]}
    with pytest.raises(GuardError, match="expected_tenant_id"):
        kind.read(client(emulator, WHO.get(name, "runner"), read_only=True, expected_tenant_id=NOTHING), options)
    assert services_asked(emulator) == set()


def test_environments_given_by_id_are_asked_where_the_listing_is_refused(emulator: Emulator) -> None:
    emulator.faults([{"kind": "lapsed_role", "match": {"service": "bap"}}])
    rows = ask(emulator, "access_info", services=["powerapps"], environments=[FINANCE])["access"]
    assert [(row["operation"], row["environment"], row["readable"]) for row in rows] == [
        ("List-AdminEnvironments", None, False),
        ("Get-AdminApps", FINANCE, True),
    ]


def test_what_could_not_be_asked_is_a_row_of_its_own(emulator: Emulator) -> None:
    answer = ask(emulator, "access_info", "unregistered", services=["powerapps", "flow"])
    assert [(row["service"], row["readable"]) for row in answer["access"]] == [
        ("bap", False),
        ("powerapps", None),
        ("flow", None),
    ]
    assert answer["readable"] is False


def test_no_service_is_no_question(emulator: Emulator) -> None:
    with pytest.raises(OptionError, match="services"):
        ask(emulator, "access_info", services=[])


# -- any resource of the Power Platform API ----------------------------------------------------------------------------


def test_a_resource_is_shown_as_the_service_says_it(emulator: Emulator) -> None:
    settings = {"environment": "Finance Production", "path": f"{ENVIRONMENTS}/{{environment}}/settings"}
    whole = ask(emulator, "power_platform_resource_info", **settings)
    part = ask(emulator, "power_platform_resource_info", **settings, read_at="objectResult.0")
    assert whole["resources"][0]["objectResult"] == part["resources"]
    assert part["resources"][0]["PowerApps_NLSearch"] is True
    assert (part["path"], part["environment"]) == (f"{ENVIRONMENTS}/{FINANCE}/settings", FINANCE)
    renamed = ask(emulator, "power_platform_resource_info", **settings, environment_display_name="Finance")
    assert renamed["renamed"]["environment_display_name"] == {"declared": "Finance", "actual": "Finance Production"}


def test_a_listing_is_read_to_its_end(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 2}])
    answer = ask(emulator, "power_platform_resource_info", path=GROUPS, listing=True)
    assert [row["displayName"] for row in answer["resources"]] == ["Regulated", "Regulated EMEA", "Personal"]
    assert (answer["complete"], answer["path"]) == (True, GROUPS)
    assert "environment" not in answer


def test_secrets_that_the_service_shows_are_masked(emulator: Emulator) -> None:
    shown = {"id": "x", "clientSecret": "s3cret-of-the-service", "url": "https://x.example/?sig=s3cret-of-the-service"}
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": [shown]}, "match": {"path": f"{GROUPS}$"}}])
    for listing in (True, False):
        answer = ask(emulator, "power_platform_resource_info", path=GROUPS, listing=listing)
        assert "s3cret-of-the-service" not in json.dumps(answer)
        assert "********" in json.dumps(answer)


def test_what_stands_at_a_place_may_be_anything(emulator: Emulator) -> None:
    asked = {"path": "/licensing/tenantCapacity", "read_at": "tenantCapacities.0.capacityType"}
    assert isinstance(ask(emulator, "power_platform_resource_info", **asked)["resources"][0], str)
