# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application packages and their installation (power-platform-api.md 3 and 4.2)."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator.control import Emulator

from .api import ENV, SANDBOX, Api
from .platform_api import APPROVALS, FIELD_SERVICE, NOWHERE, PROJECTS, VOICE, ask, code_of, every, poll

TENANT_LIST = "/appmanagement/applicationPackages"
LIST = f"/appmanagement/environments/{ENV}/applicationPackages"


def states(api: Api, query: str = "") -> list[tuple[str, str, str]]:
    return [(item["uniqueName"], item["version"], item["state"]) for item in every(api, f"{LIST}{query}")]


def state_of(api: Api, name: str) -> tuple[str, str]:
    """State and version of a package in Finance Production; of two rows, what is installed."""
    found = [(state, version) for unique, version, state in states(api) if unique == name]
    return found[0]


def install(api: Api, name: str, environment: str = ENV, **more: Any) -> requests.Response:
    path = f"/appmanagement/environments/{environment}/applicationPackages/{name}/install"
    return ask(api, "POST", path, **more)


def test_the_tenant_list_is_the_catalogue(api: Api) -> None:
    found = every(api, TENANT_LIST)
    versions = {item["uniqueName"]: item["version"] for item in found}
    assert versions[FIELD_SERVICE] == "8.8.130.1"
    assert {item["state"] for item in found} == {"None"}
    assert [item["localizedName"] for item in found].count("Field Service") == 2
    members = (
        "id uniqueName version localizedName localizedDescription applicationId applicationName "
        "applicationDescription applicationVisibility catalogVisibility state publisherName publisherId learnMoreUrl "
        "singlePageApplicationUrl customHandleUpgrade instancePackageId startDateUtc endDateUtc supportedCountries "
        "errorDetails crmMinversion crmMaxVersion"
    )
    assert set(found[0]) == set(members.split())


def test_the_list_of_an_environment_has_every_state(api: Api) -> None:
    assert states(api) == [
        (APPROVALS, "2.0.4.1", "Installed"),
        (FIELD_SERVICE, "8.8.120.3", "Installed"),
        (FIELD_SERVICE, "8.8.130.1", "None"),
        (VOICE, "9.0.0.57", "InstallFailed"),
        (PROJECTS, "4.12.0.2", "None"),
        ("fab_FieldService", "1.0.0.9", "None"),
    ]
    rows = {(item["uniqueName"], item["version"]): item for item in every(api, LIST)}
    assert rows[VOICE, "9.0.0.57"]["errorDetails"]["message"].startswith("The solution")
    assert rows[APPROVALS, "2.0.4.1"]["instancePackageId"]
    assert rows[PROJECTS, "4.12.0.2"]["instancePackageId"] is None
    assert len({item["id"] for item in rows.values()}) == len(rows)


def test_the_filter(api: Api) -> None:
    installed = [(APPROVALS, "2.0.4.1", "Installed"), (FIELD_SERVICE, "8.8.120.3", "Installed")]
    assert states(api, "?appInstallState=Installed") == installed
    assert states(api, "?appInstallState=NotInstalled&lcid=1033") == [
        row for row in states(api) if row not in installed
    ]
    assert code_of(ask(api, "GET", f"{LIST}?appInstallState=Broken"))[0] == 400


def test_pages(emulator: Emulator, api: Api) -> None:
    whole = states(api)
    emulator.faults([{"kind": "page_cap", "max": 2}])
    first = ask(api, "GET", f"{LIST}?appInstallState=NotInstalled").json()
    assert (len(first["value"]), "@odata.nextLink" in first, "nextLink" in first) == (2, True, False)
    assert states(api) == whole
    assert len(every(api, TENANT_LIST)) == 5


def test_an_installation(emulator: Emulator, api: Api) -> None:
    started = install(api, PROJECTS, json={"payloadValue": "x"})
    assert (started.status_code, started.content, started.headers["Retry-After"]) == (202, b"", "1")
    address = started.headers["Operation-Location"]
    assert address.startswith(f"https://api.powerplatform.com/appmanagement/environments/{ENV}/operations/")
    assert address.endswith("?api-version=1")
    assert state_of(api, PROJECTS)[0] == "Installing"
    running = poll(api, started)
    assert (running.json()["status"], running.headers["Retry-After"]) == ("Running", "1")
    assert set(running.json()) == {"operationId", "createdDateTime", "lastActionDateTime", "status", "statusMessage"}
    assert state_of(api, PROJECTS)[0] == "Installing"
    done = poll(api, started)
    assert (done.status_code, done.json()["status"]) == (200, "Succeeded")
    assert "Retry-After" not in done.headers
    assert state_of(api, PROJECTS) == ("Installed", "4.12.0.2")
    assert poll(api, started).json()["status"] == "Succeeded"
    assert [(entry["method"], entry["effect"]) for entry in emulator.log(writes=True)] == [("POST", True)]
    assert emulator.summary()["effects"] == 1
    other = [item["state"] for item in every(api, LIST.replace(ENV, SANDBOX)) if item["uniqueName"] == PROJECTS]
    assert other == ["None"]


def test_an_upgrade_replaces_the_version(api: Api) -> None:
    started = install(api, FIELD_SERVICE.upper())
    assert state_of(api, FIELD_SERVICE) == ("Installing", "8.8.120.3")
    poll(api, started)
    poll(api, started)
    assert [row for row in states(api) if row[0] == FIELD_SERVICE] == [(FIELD_SERVICE, "8.8.130.1", "Installed")]


def test_another_try_after_a_failure(api: Api) -> None:
    started = install(api, VOICE)
    poll(api, started)
    poll(api, started)
    row = next(item for item in every(api, LIST) if item["uniqueName"] == VOICE)
    assert (row["state"], row["errorDetails"]) == ("Installed", None)


def test_an_installation_that_fails(emulator: Emulator, api: Api) -> None:
    emulator.faults(
        [{"kind": "operation", "polls": 0, "end": "Failed", "code": "MissingDependency", "message": "Needs more."}]
    )
    ended = poll(api, install(api, PROJECTS)).json()
    assert (ended["status"], ended["statusMessage"]) == ("Failed", "Needs more.")
    assert (ended["error"]["errorName"], ended["error"]["message"]) == ("MissingDependency", "Needs more.")
    row = next(item for item in every(api, LIST) if item["uniqueName"] == PROJECTS)
    assert (row["state"], row["errorDetails"]) == ("InstallFailed", ended["error"])


def test_an_installation_that_is_cancelled(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "operation", "polls": 0, "end": "Canceled"}])
    for name in (PROJECTS, APPROVALS, VOICE):
        before = state_of(api, name)
        ended = poll(api, install(api, name)).json()
        assert (ended["status"], "error" in ended) == ("Canceled", False)
        assert state_of(api, name) == before


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_the_number_of_polls(emulator: Emulator, api: Api, polls: int) -> None:
    emulator.faults([{"kind": "operation", "polls": polls, "retry_after": 0}])
    started = install(api, PROJECTS)
    found = [poll(api, started).json()["status"] for _unused in range(polls + 2)]
    assert found == ["Running"] * polls + ["Succeeded"] * 2


def test_a_time_in_place_of_polls(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "operation", "seconds": 60}])
    assert [poll(api, install(api, PROJECTS)).json()["status"]] == ["Running"]
    emulator.faults([{"kind": "operation", "seconds": 0}])
    assert poll(api, install(api, APPROVALS)).json()["status"] == "Succeeded"


def test_the_forms_of_retry_after(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "operation", "polls": 2, "retry_after": "date"}])
    started = install(api, PROJECTS)
    due = parsedate_to_datetime(poll(api, started).headers["Retry-After"]).timestamp()
    assert abs(due - time.time()) < 5
    emulator.faults([{"kind": "operation", "polls": 2, "retry_after": None}])
    started = install(api, APPROVALS)
    assert "Retry-After" not in started.headers
    assert "Retry-After" not in poll(api, started).headers
    emulator.faults([{"kind": "operation", "polls": 2, "retry_after": 7}])
    assert install(api, VOICE).headers["Retry-After"] == "7"


def test_what_is_not_there(emulator: Emulator, api: Api) -> None:
    assert install(api, "msdyn_Nothing").status_code == 404
    assert code_of(install(api, "msdyn_Nothing"))[0] == 404
    assert code_of(install(api, PROJECTS, NOWHERE)) == (404, "EnvironmentNotFound")
    assert code_of(ask(api, "GET", LIST.replace(ENV, NOWHERE))) == (404, "EnvironmentNotFound")
    assert code_of(ask(api, "GET", f"/appmanagement/environments/{ENV}/operations/{NOWHERE}"))[0] == 404
    assert emulator.summary()["effects"] == 0


def test_an_operation_belongs_to_its_environment(api: Api) -> None:
    address = install(api, PROJECTS).headers["Operation-Location"]
    path = address.removeprefix("https://api.powerplatform.com").partition("?")[0]
    assert ask(api, "GET", path).status_code == 200
    assert ask(api, "GET", path.replace(ENV, SANDBOX)).status_code == 404


def test_a_second_installation_while_one_runs(api: Api) -> None:
    started = install(api, PROJECTS)
    assert code_of(install(api, PROJECTS))[0] == 409
    assert install(api, APPROVALS).status_code == 202
    poll(api, started)
    poll(api, started)
    assert install(api, PROJECTS).status_code == 202


def test_a_reset_takes_installations_back(emulator: Emulator, api: Api) -> None:
    before = (emulator.tenant(), states(api))
    started = install(api, FIELD_SERVICE)
    poll(api, started)
    poll(api, started)
    assert emulator.tenant() != before[0]
    emulator.reset()
    assert (emulator.tenant(), states(api)) == before
    assert poll(api, started).status_code == 404


def test_an_installation_outlives_a_restart(emulator: Emulator, api: Api, tmp_path: Path) -> None:
    started = install(api, PROJECTS)
    emulator.save(tmp_path / "under-way.json")
    with Emulator.start("--tenant", str(tmp_path / "under-way.json")) as again:
        other = Api(again)
        before = again.tenant()
        assert [poll(other, started).json()["status"] for _unused in range(2)] == ["Running", "Succeeded"]
        assert state_of(other, PROJECTS)[0] == "Installed"
        again.reset()
        assert (state_of(other, PROJECTS)[0], again.tenant()) == ("Installing", before)
        other.session.close()


def test_a_write_that_is_ignored_starts_nothing(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "ignore_write"}])
    started = install(api, PROJECTS)
    assert state_of(api, PROJECTS)[0] == "None"
    assert poll(api, started).status_code == 404


def test_packages_behind_the_clients_back(emulator: Emulator, api: Api) -> None:
    emulator.change(
        [
            {"change": "set_package", "environment": ENV, "package": PROJECTS, "state": "Installing"},
            {"change": "set_package", "environment": ENV, "package": VOICE, "state": "Installed", "error": {}},
            {"change": "set_package", "package": APPROVALS, "version": "2.1.0.0"},
        ]
    )
    assert state_of(api, PROJECTS)[0] == "Installing"
    assert state_of(api, VOICE)[0] == "Installed"
    assert [row[1:] for row in states(api) if row[0] == APPROVALS] == [("2.0.4.1", "Installed"), ("2.1.0.0", "None")]
