# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about application packages: what is installed where, what is behind, and what could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    IncompleteListingError,
    OptionError,
    UnknownReferenceError,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BRAND_NEW,
    BROKEN_PACKAGE,
    FINANCE,
    MOTHBALLED,
    NEW_PACKAGE,
    OUTDATED,
    SANDBOX,
    UP_TO_DATE,
    ask,
)
from tests.unit.engine.test_application_package import going_on

Json = dict[str, Any]


def listed(emulator: Emulator, **options: Any) -> Json:
    return ask(emulator, "application_package_info", **{"environments": [FINANCE], **options})


def names(answer: Json) -> list[str]:
    return [row["application_package"] for row in answer["application_packages"]]


def test_each_package_is_one_row_by_title(emulator: Emulator) -> None:
    """Also the one of which the catalogue has a newer version, on a row of its own."""
    answer = listed(emulator)
    assert names(answer) == [UP_TO_DATE, BROKEN_PACKAGE, "fab_FieldService", OUTDATED, NEW_PACKAGE]
    states = {row["application_package"]: row["state"] for row in answer["application_packages"]}
    assert states == {
        UP_TO_DATE: "installed",
        BROKEN_PACKAGE: "failed",
        "fab_FieldService": "not_installed",
        OUTDATED: "installed",
        NEW_PACKAGE: "not_installed",
    }
    outdated = answer["application_packages"][3]
    assert outdated == {
        "environment": FINANCE,
        "environment_display_name": "Finance Production",
        "application_package": OUTDATED,
        "application_package_display_name": "Field Service",
        "state": "installed",
        "service_state": "Installed",
        "version": "8.8.120.3",
        "available_version": "8.8.130.1",
        "update_available": True,
        "publisher": outdated["publisher"],
        "description": "Work orders, and who goes where",
        "application_id": outdated["application_id"],
        "learn_more_url": outdated["learn_more_url"],
        "last_error": "",
    }
    broken = answer["application_packages"][1]
    assert (broken["service_state"], broken["version"]) == ("InstallFailed", "9.0.0.57")
    assert "could not be imported" in broken["last_error"]
    assert answer["application_packages"][4]["version"] == ""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"application_packages": ["FIELD SERVICE"]}, ["fab_FieldService", OUTDATED]),
        ({"application_packages": [NEW_PACKAGE.upper()]}, [NEW_PACKAGE]),
        ({"application_packages": ["msdyn_[ac]*"]}, [UP_TO_DATE, BROKEN_PACKAGE]),
        ({"states": ["failed"]}, [BROKEN_PACKAGE]),
        ({"states": ["installed", "in_progress"]}, [UP_TO_DATE, OUTDATED]),
        ({"update_available": True}, [OUTDATED]),
        ({"update_available": False, "states": ["installed"]}, [UP_TO_DATE]),
        ({"application_packages": [UP_TO_DATE], "states": ["failed"]}, []),
    ],
)
def test_packages_are_chosen(emulator: Emulator, options: Json, found: list[str]) -> None:
    assert names(listed(emulator, **options)) == found


@pytest.mark.parametrize("state", ["Installing", "InstallScheduled", "Uninstalling", "UninstallRequested"])
def test_what_is_under_way_is_in_progress_and_not_waited_for(emulator: Emulator, state: str) -> None:
    going_on(emulator, state=state)
    [row] = listed(emulator, states=["in_progress"])["application_packages"]
    assert (row["application_package"], row["service_state"]) == (NEW_PACKAGE, state)
    assert len(emulator.log(service="power_platform")) == 1


def test_environments_that_are_not_ready_are_not_applicable(emulator: Emulator) -> None:
    answer = ask(emulator, "application_package_info", application_packages=[UP_TO_DATE])
    installed = [row["environment"] for row in answer["application_packages"] if row["state"] == "installed"]
    assert installed == [FINANCE, SANDBOX]
    assert {row["environment"] for row in answer["not_applicable"]} == {BRAND_NEW, MOTHBALLED}
    assert answer["complete"] is True


def test_a_catalogue_that_cannot_be_read_never_looks_empty(emulator: Emulator) -> None:
    refused = {
        "kind": "status",
        "status": 403,
        "code": "Forbidden",
        "match": {"path": f"{SANDBOX}/applicationPackages"},
    }
    emulator.faults([refused])
    both: Json = {"environments": [FINANCE, SANDBOX]}
    with pytest.raises(IncompleteListingError, match="Finance Sandbox"):
        listed(emulator, **both)
    answer = listed(emulator, **both, on_error="report", states=["installed"])
    assert names(answer) == [UP_TO_DATE, OUTDATED]
    assert answer["complete"] is False
    assert [row["environment"] for row in answer["unknown"]] == [SANDBOX]
    emulator.faults(
        [{"kind": "page_cap", "max": 1}, {"kind": "page", "page": 2, "status": 500, "match": refused["match"]}]
    )
    with pytest.raises(IncompleteListingError, match="broke off"):
        listed(emulator, **both)


def test_a_missing_role_is_told_with_its_name(emulator: Emulator) -> None:
    answer = ask(emulator, "application_package_info", "graphless", environments=[FINANCE], on_error="report")
    [row] = answer["unknown"]
    assert row["error"]["status"] == 401
    assert "AppManagement.ApplicationPackages.Read" in row["error"]["remedy"]


def test_what_fits_nothing_is_an_error(emulator: Emulator) -> None:
    with pytest.raises(UnknownReferenceError, match="there is no such application package in the chosen environments"):
        listed(emulator, application_packages=["msdyn_Nothing"])
    with pytest.raises(OptionError, match=r"application_packages\[0\]"):
        listed(emulator, application_packages=[""])
