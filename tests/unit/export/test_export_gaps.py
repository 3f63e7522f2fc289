# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be read, what does not apply, and what cannot be declared: none of it is left out in silence."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    IncompleteListingError,
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._export import filled
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller, Target, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    DEFAULT_KINDS,
    EXPORTABLE_KINDS,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import USER, Principal
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    Assignment,
    CurrentAssignments,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    BRAND_NEW,
    COPILOT,
    DATABASE,
    EXPENSES,
    FINANCE,
    KIM,
    LEDGER,
    MAILBOX,
    MOTHBALLED,
    SUSPENDED,
)

from .exporting import audit, export, of_kind

BUTTON = "f0000000-0000-4000-8000-000000000017"
NO_APPS = {"kind": "status", "status": 503, "match": {"path": f"/environments/{FINANCE}/apps$"}}
NO_ROLES = {"kind": "status", "status": 403, "match": {"path": f"/apps/{EXPENSES}/permissions$"}}
EXPECTED = [{"environment": "Finance Production", "reason": "Moves", "expires": "2999-12-31"}]


def test_the_kinds_are_those_that_can_be_exported() -> None:
    assert set(EXPORTABLE_KINDS) == {name for name, kind in KINDS.items() if kind.exportable}
    assert set(KINDS) - set(EXPORTABLE_KINDS) == {"power_platform_resource"}
    assert set(DEFAULT_KINDS) < set(EXPORTABLE_KINDS)


@pytest.mark.parametrize("fault", [NO_APPS, NO_ROLES])
def test_what_cannot_be_read_fails_the_export(emulator: Emulator, fault: dict[str, object]) -> None:
    emulator.faults([fault])

    with pytest.raises(IncompleteListingError, match="Finance Production"):
        export(emulator, kinds=["powerapp_role"])


def test_a_listing_that_cannot_be_read_is_unknown(emulator: Emulator) -> None:
    emulator.faults([NO_APPS])
    found = export(emulator, kinds=["powerapp", "powerapp_role"], on_error="report")

    assert not found["complete"]
    [row] = found["unknown"]
    assert (row["kinds"], row["environment"], row["id"]) == (["powerapp", "powerapp_role"], FINANCE, None)
    assert row["error"]["status"] == 503
    assert found["resources"]
    assert "Finance Production" not in {item["environment"] for item in found["resources"]}


def test_a_thing_that_cannot_be_read_is_unknown(emulator: Emulator) -> None:
    emulator.faults([NO_ROLES])
    found = export(emulator, kinds=["powerapp_role"], on_error="report")

    [row] = found["unknown"]
    assert (row["kinds"], row["id"], row["name"]) == (["powerapp_role"], EXPENSES, "Expenses")
    assert EXPENSES not in {item["app"] for item in found["resources"]}


def test_what_is_expected_to_be_unreadable_fails_nothing(emulator: Emulator) -> None:
    emulator.faults([NO_APPS])
    found = export(emulator, kinds=["powerapp_role"], expected_unreadable=EXPECTED)

    assert not found["complete"]
    assert [(row["expected"], row["reason"]) for row in found["unknown"]] == [(True, "Moves")]


def test_an_expectation_without_need_is_told(emulator: Emulator) -> None:
    found = export(emulator, kinds=["powerapp"], expected_unreadable=EXPECTED)

    assert any("could be read" in warning for warning in found["warnings"])


def test_environments_that_do_not_apply(emulator: Emulator) -> None:
    found = export(emulator)
    rows = {row["environment"]: row["kinds"] for row in found["not_applicable"]}

    assert rows == {
        BRAND_NEW: sorted(DEFAULT_KINDS),
        COPILOT: ["custom_connector_role"],
        MOTHBALLED: sorted(DEFAULT_KINDS),
    }
    assert found["complete"]


def test_what_cannot_be_declared_is_told(emulator: Emulator) -> None:
    rows = export(emulator)["left_out"]
    told = {(row["kind"], row["id"]): row["reason"] for row in rows}

    assert "CompanyDlpViolation" in told[("flow_state", SUSPENDED)]
    assert "is deleted" in told[("powerapp", LEDGER)]
    assert "contoso.example/sites/finance" in told[("flow_run_only_users", BUTTON)]
    assert all(row["environment_display_name"] for row in rows)


def test_connections_of_others_are_told(emulator: Emulator) -> None:
    told = {row["id"]: row["reason"] for row in export(emulator, kinds=["connection"])["left_out"]}

    assert "Kim Maker" in told[MAILBOX]


def test_a_package_whose_installation_failed_is_told(emulator: Emulator) -> None:
    found = export(emulator, kinds=["application_package"])
    [row] = found["left_out"]

    assert row["id"] == "msdyn_CustomerVoiceAnchor"
    assert "could not be imported" in row["reason"]
    assert {item["application_package"] for item in of_kind(found, "application_package")} == {
        "msdyn_ApprovalsAnchor",
        "msdyn_FieldServiceAnchor",
    }


def test_empty_lists_are_for_those_who_ask(emulator: Emulator) -> None:
    without = of_kind(export(emulator, kinds=["powerapp_role"]), "powerapp_role")
    whole = of_kind(export(emulator, kinds=["powerapp_role"], include_empty=True), "powerapp_role")

    assert all(row["assignments"] for row in without)
    assert [row for row in whole if row["assignments"]] == without
    assert {row["exclusive"] for row in whole} == {True}
    assert len(whole) > len(without)


def test_an_app_that_is_shared_later_is_drift_of_an_empty_list_alone(emulator: Emulator) -> None:
    whole = export(emulator, kinds=["powerapp_role"], include_empty=True)["resources"]
    without = [row for row in whole if row["assignments"]]
    change = {"change": "put_app_role", "app": LEDGER, "principal": "lee@contoso.example", "role": "CanView"}
    emulator.change([change])

    assert audit(emulator, without)["outcome"] == "clean"
    assert audit(emulator, whole)["outcome"] == "drift"


@pytest.mark.parametrize(
    ("options", "named"),
    [({"kinds": []}, "kinds"), ({"environments": [" "]}, "environments[0]"), ({"exclude": [""]}, "exclude[0]")],
)
def test_options_that_cannot_be_right(emulator: Emulator, options: dict[str, object], named: str) -> None:
    emulator.clear_log()
    with pytest.raises(OptionError) as caught:
        export(emulator, **options)

    assert caught.value.option == named
    assert emulator.log() == []


def test_environments_can_be_chosen(emulator: Emulator) -> None:
    emulator.clear_log()
    found = export(emulator, environments=["Finance*"], exclude=["*Sandbox"])

    assert {row["environment"] for row in found["resources"]} == {"Finance Production"}
    assert not any("e0000000-0000-4000-8000-000000000002" in entry["path"] for entry in emulator.log())


def test_connections_of_one_id_are_told(emulator: Emulator) -> None:
    """Of two connectors; no option of an item says which one is meant."""
    twin = {"id": DATABASE, "connector": "shared_azureblob", "name": "Twin", "creator": "kim@contoso.example"}
    emulator.change([{"change": "add_connection", "environment": FINANCE, "connection": twin}])
    found = export(emulator, kinds=["connection_role"])

    [row] = [row for row in found["left_out"] if row["id"] == DATABASE]
    assert "several" in row["reason"]
    assert DATABASE not in {item["connection"] for item in found["resources"]}


def test_a_role_that_no_option_gives_is_told() -> None:
    kind = KINDS["powerapp_role"]
    target = Target(Thing(FINANCE, "Finance Production", {}), Thing(EXPENSES, "Expenses", {}), as_admin=True)
    caller = Caller(tenant_id=FINANCE, object_id=ADA, application_id="", kind="application")
    holder = Principal(USER, KIM, "Kim Maker")
    current = CurrentAssignments((Assignment(holder, "CanPlay"), Assignment(Principal(USER, ADA, "Ada"), "Owner")))
    declared = kind.as_listed(None, target, Once())
    desired = kind.bind(kind.parse(filled(kind, declared)), target, lambda _reference: holder, caller)
    found = kind.as_found(declared, kind.plan(desired, current), exclusive=True)

    assert found.undeclarable == ("Kim Maker holds CanPlay, a role that no option gives.",)
    assert found.empty
