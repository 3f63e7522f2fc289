# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application packages: installed, brought up to date, tried again, and never begun twice."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    NotApplicableError,
    OptionError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BRAND_NEW,
    BROKEN_PACKAGE,
    FINANCE,
    NEW_PACKAGE,
    OUTDATED,
    PLAIN,
    SANDBOX,
    UP_TO_DATE,
    check,
    one,
    package,
    plan,
    run,
    statuses,
)

Json = dict[str, Any]

NEWEST = "8.8.130.1"


def packages(emulator: Emulator, environment: str = FINANCE) -> dict[str, Json]:
    """What an environment made of packages, by unique name."""
    [place] = [place for place in emulator.tenant()["environments"] if place["id"] == environment]
    return {found["name"]: {"state": "Installed", **found} for found in place.get("packages", ())}


def begun(emulator: Emulator) -> list[str]:
    """The packages that an installation was asked for, with its status."""
    return [entry["path"].split("/")[-2] for entry in emulator.log(writes=True)]


def going_on(emulator: Emulator, name: str = NEW_PACKAGE, state: str = "Installing", **more: Any) -> None:
    """Somebody else's work on a package."""
    emulator.change([{"change": "set_package", "environment": FINANCE, "package": name, "state": state, **more}])


def shown_as(state: str, **more: Any) -> Json:
    """A fault by which the catalogue has the new package alone, in a state."""
    row = {"uniqueName": NEW_PACKAGE, "version": "4.12.0.2", "localizedName": "Project Operations", "state": state}
    match = {"method": "GET", "path": "applicationPackages$"}
    return {"kind": "status", "status": 200, "body": {"value": [row]}, "match": match, **more}


# -- installing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [NEW_PACKAGE, NEW_PACKAGE.upper(), "Project Operations", "project operations"])
def test_a_package_is_installed_and_followed_to_its_end(emulator: Emulator, name: str) -> None:
    emulator.faults([{"kind": "operation", "polls": 3}])
    wanted = package(name)
    planned = plan(emulator, wanted).outcomes[0]
    assert (planned.status, planned.as_json()["action"]) == (PLANNED, "create")
    assert begun(emulator) == []
    outcome = one(emulator, wanted)
    row = outcome.as_json()
    assert (outcome.status, outcome.verified, row["action"]) == (CHANGED, True, "create")
    assert outcome.drift == planned.drift
    assert begun(emulator) == [NEW_PACKAGE]
    assert "body" not in emulator.log(writes=True)[0]
    assert packages(emulator)[NEW_PACKAGE]["state"] == "Installed"
    assert row["resource"] == {
        "environment": FINANCE,
        "environment_display_name": "Finance Production",
        "application_package": NEW_PACKAGE,
        "application_package_display_name": "Project Operations",
        "state": "latest",
    }
    assert row["facts"] == {
        "service_state": "Installed",
        "version": "4.12.0.2",
        "available_version": "4.12.0.2",
        "update_available": False,
        "last_error": "",
    }
    assert len([entry for entry in emulator.log() if "/operations/" in entry["path"]]) == 4
    for again in (wanted, package(state="latest"), package(wait=False)):
        assert one(emulator, again).status == OK
        assert check(emulator, again).drift == []
    assert begun(emulator) == [NEW_PACKAGE]


def test_a_payload_is_handed_on_and_never_compared(emulator: Emulator) -> None:
    assert one(emulator, package(payload_value="<Settings/>")).status == CHANGED
    assert emulator.log(writes=True)[0]["body"] == {"payloadValue": "<Settings/>"}
    assert one(emulator, package(payload_value="<Other/>")).status == OK


def test_an_older_version_is_present_and_not_the_latest(emulator: Emulator) -> None:
    present = one(emulator, package(OUTDATED)).as_json()
    assert (present["status"], present["resource"]["state"]) == (OK, "present")
    assert present["facts"]["update_available"] is True
    planned = plan(emulator, package(OUTDATED, state="latest")).outcomes[0]
    [drift] = planned.drift
    assert drift["before"] == {"state": "Installed", "version": "8.8.120.3"}
    assert drift["after"] == {"state": "Installed", "version": NEWEST}
    assert planned.as_json()["diff"]["before"]["version"] == "8.8.120.3"
    outcome = one(emulator, package(OUTDATED, state="latest"))
    row = outcome.as_json()
    assert (outcome.status, row["action"], row["resource"]["state"]) == (CHANGED, "update", "latest")
    assert packages(emulator)[OUTDATED]["version"] == NEWEST
    assert one(emulator, package(OUTDATED, state="latest")).status == OK
    assert begun(emulator) == [OUTDATED]


def test_the_catalogue_moves_on(emulator: Emulator) -> None:
    emulator.change([{"change": "set_package", "package": UP_TO_DATE, "version": "2.0.10.1"}])
    assert one(emulator, package(UP_TO_DATE)).status == OK
    assert one(emulator, package(UP_TO_DATE, state="latest")).status == CHANGED


def test_what_failed_before_is_tried_again(emulator: Emulator) -> None:
    planned = plan(emulator, package(BROKEN_PACKAGE)).outcomes[0].as_json()
    assert planned["action"] == "update"
    [warning] = planned["warnings"]
    assert "InstallFailed" in warning
    assert warning.endswith("could not be imported. It is tried again.")
    outcome = one(emulator, package(BROKEN_PACKAGE))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert outcome.as_json()["warnings"] == []
    assert packages(emulator)[BROKEN_PACKAGE]["state"] == "Installed"
    assert one(emulator, package(BROKEN_PACKAGE)).status == OK


def test_what_was_removed_is_installed_anew(emulator: Emulator) -> None:
    going_on(emulator, UP_TO_DATE, "Uninstalled")
    planned = plan(emulator, package(UP_TO_DATE)).outcomes[0].as_json()
    assert (planned["action"], planned["warnings"]) == ("create", [])
    assert one(emulator, package(UP_TO_DATE)).status == CHANGED


# -- what runs already -------------------------------------------------------------------------------------------------


def test_without_waiting_it_is_begun_and_no_more(emulator: Emulator) -> None:
    emulator.faults([{"kind": "operation", "polls": 1000}])
    wanted = package(wait=False)
    outcome = one(emulator, wanted)
    row = outcome.as_json()
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert row["facts"]["service_state"] == "Installing"
    [warning] = row["warnings"]
    assert "Installing" in warning
    assert [entry for entry in emulator.log() if "/operations/" in entry["path"]] == []
    again = one(emulator, wanted)
    assert (again.status, again.as_json()["warnings"]) == (OK, [warning])
    assert begun(emulator) == [NEW_PACKAGE]


@pytest.mark.parametrize("state", ["Installing", "InstallRequested", "InstallRetrying", "Uninstalling"])
def test_no_second_one_is_begun_beside_one_that_runs(emulator: Emulator, state: str) -> None:
    """Check mode and audits look and do not wait."""
    going_on(emulator, state=state)
    for ask in (plan, check):
        report = ask(emulator, package())
        row = report.outcomes[0].as_json()
        assert (row["status"], row["facts"]["service_state"]) == (OK, state)
        assert "nothing is begun beside that" in row["warnings"][0]
    assert one(emulator, package(wait=False)).status == OK
    assert begun(emulator) == []


@pytest.mark.parametrize(
    ("end", "status", "asked"),
    [("Installed", OK, []), ("InstallFailed", CHANGED, [NEW_PACKAGE]), ("None", CHANGED, [NEW_PACKAGE])],
)
def test_somebody_else_s_installation_is_waited_for(
    emulator: Emulator, end: str, status: str, asked: list[str]
) -> None:
    """What it comes to decides what is left to do."""
    going_on(emulator)
    emulator.faults([shown_as("Installing", times=4)])
    going_on(emulator, state=end)
    outcome = one(emulator, package())
    assert outcome.status == status
    assert begun(emulator) == asked
    assert packages(emulator)[NEW_PACKAGE]["state"] == "Installed"


# -- several of one call, and what cannot be ---------------------------------------------------------------------------


def test_packages_of_one_call_are_installed_together(emulator: Emulator) -> None:
    wanted = [package(), package(OUTDATED, state="latest"), package(environment=SANDBOX), package("Project Operations")]
    report = run(emulator, *wanted)
    assert statuses(report) == [CHANGED] * 4
    assert sorted(begun(emulator)) == sorted([NEW_PACKAGE, OUTDATED, NEW_PACKAGE])
    assert statuses(run(emulator, *wanted)) == [OK] * 4
    assert len(begun(emulator)) == 3


@pytest.mark.parametrize("other", [{"state": "latest"}, {"wait": False}, {"payload_value": "x"}])
def test_items_that_contradict_each_other_are_refused(emulator: Emulator, other: Json) -> None:
    report = run(emulator, package(), package("Project Operations", **other))
    assert statuses(report) == [SKIPPED, FAILED]
    assert "contradict each other" in report.outcomes[1].error.message
    assert begun(emulator) == []


def test_a_package_that_the_catalogue_does_not_have(emulator: Emulator) -> None:
    outcome = one(emulator, package("msdyn_Nothing"))
    assert isinstance(outcome.error, UnknownReferenceError)
    assert "there is no such application package in environment Finance Production" in outcome.error.message
    assert begun(emulator) == []


def test_a_title_of_two_is_an_error_that_lists_them(emulator: Emulator) -> None:
    outcome = one(emulator, package("Field Service", state="latest"))
    assert isinstance(outcome.error, AmbiguousReferenceError)
    assert outcome.error.candidates == ((OUTDATED, "Field Service"), ("fab_FieldService", "Field Service"))
    assert one(emulator, package("fab_FieldService")).status == CHANGED
    assert begun(emulator) == ["fab_FieldService"]


def test_a_blank_package_is_found_before_anything_is_sent(emulator: Emulator) -> None:
    outcome = one(emulator, package(""))
    assert isinstance(outcome.error, OptionError)
    assert emulator.log() == []


def test_another_title_is_reported_and_not_followed(emulator: Emulator) -> None:
    outcome = one(emulator, package(UP_TO_DATE, application_package_display_name="Approvals of old"))
    assert outcome.status == OK
    assert outcome.renamed == {
        "application_package_display_name": {"declared": "Approvals of old", "actual": "Approvals"}
    }


def test_an_environment_without_a_catalogue(emulator: Emulator) -> None:
    """Being provisioned is not applicable; an empty catalogue has no such package; a refused one is unknown."""
    assert isinstance(one(emulator, package(environment=BRAND_NEW)).error, NotApplicableError)
    match = {"path": f"{PLAIN}/applicationPackages"}
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": []}, "match": match}])
    assert isinstance(one(emulator, package(environment=PLAIN)).error, UnknownReferenceError)
    emulator.faults([{"kind": "status", "status": 404, "code": "EnvironmentNotFound", "match": match}])
    outcome = one(emulator, package(environment=PLAIN))
    assert "does not know the environment" in outcome.error.remedy
    assert [item.status for item in check(emulator, package(environment=PLAIN)).outcomes] == ["unknown"]
    assert begun(emulator) == []


def test_rows_that_repeat_are_one_package(emulator: Emulator) -> None:
    """Pages that overlap, versions on rows of their own, and names in any case."""

    def row(version: str, state: str, name: str = NEW_PACKAGE) -> Json:
        return {"uniqueName": name, "version": version, "localizedName": "Project Operations", "state": state}

    match = {"method": "GET", "path": "applicationPackages$"}
    for rows, status in (
        ([row("4.9.0", "Installed"), row("4.12.0", "None", NEW_PACKAGE.upper()), row("4.9.0", "Installed")], PLANNED),
        ([row("4.12.0", "Installed"), row("4.9.0", "NotInstalled"), row("4.12.0", "Installed")], OK),
        ([row("4.12.0", "Installed"), row("4.12.0.0", "None")], OK),
    ):
        emulator.faults([{"kind": "status", "status": 200, "body": {"value": rows}, "match": match}])
        report = check(emulator, package("project operations", state="latest"), package(state="latest"))
        assert statuses(report) == [status, status]


def test_every_page_of_the_catalogue_is_read(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}])
    assert one(emulator, package("fab_FieldService")).status == CHANGED
