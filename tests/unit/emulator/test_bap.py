# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments, management applications, tenant settings (powerapps-admin.md 4.1, 4.4, 4.6)."""

from __future__ import annotations

import pytest

from tests.emulator.control import Emulator

from .api import BAP, ENV, TENANT, Api

ADMIN = f"{BAP}/scopes/admin/environments"
TOOL = "c1000000-0000-4000-8000-000000000002"


def test_every_kind_of_environment_is_listed(api: Api) -> None:
    found = api.get("bap", ADMIN, version="2020-10-01").json()["value"]
    by_id = {item["name"]: item["properties"] for item in found}
    names = [item["displayName"] for item in by_id.values()]
    assert names.count("Sales") == 2
    assert by_id[f"Default-{TENANT}"]["isDefault"] is True
    finance = by_id[ENV]
    assert finance["linkedEnvironmentMetadata"]["instanceUrl"] == "https://contosofin.crm4.dynamics.com/"
    assert finance["linkedEnvironmentMetadata"]["instanceApiUrl"] == "https://contosofin.api.crm4.dynamics.com"
    assert finance["runtimeEndpoints"]["microsoft.Flow"] == "https://emea.api.flow.microsoft.com"
    plain = next(item for item in by_id.values() if item["displayName"] == "Plain Canvas")
    assert plain.get("linkedEnvironmentMetadata") is None
    assert {item["provisioningState"] for item in by_id.values()} == {"Succeeded", "Provisioning"}


@pytest.mark.parametrize("name", ["~default", "~Default", f"default-{TENANT}"])
@pytest.mark.parametrize("root", [ADMIN, f"{BAP}/environments"])
def test_the_default_environment_by_any_of_its_names(api: Api, root: str, name: str) -> None:
    assert api.get("bap", f"{root}/{name}", version="2020-10-01").json()["name"] == f"Default-{TENANT}"


def test_an_unknown_environment(api: Api) -> None:
    reply = api.get("bap", f"{ADMIN}/{ENV[:-1]}f")
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "EnvironmentNotFound")


def test_a_maker_sees_its_environments_only(api: Api) -> None:
    found = api.get("bap", f"{BAP}/environments", client="maker").json()["value"]
    assert {item["name"] for item in found} == {f"Default-{TENANT}", ENV}
    assert api.get("bap", ADMIN, client="maker").status_code == 403


@pytest.mark.parametrize("version", [None, "", "2016-11-02"])
def test_a_wrong_api_version_is_named_with_the_right_ones(api: Api, version: str | None) -> None:
    reply = api.get("bap", ADMIN, version=version)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "InvalidApiVersion")
    assert "2020-10-01" in reply.json()["error"]["message"]


def test_a_tool_works_from_its_registration_on(api: Api) -> None:
    path = f"{BAP}/adminApplications/{TOOL}"
    refused = api.get("bap", ADMIN, client="unregistered")
    assert refused.status_code == 403
    assert "does not have permission to access the path" in refused.json()["error"]["message"]
    form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "0"}
    itself = api("bap", "PUT", path, client="unregistered", version="2020-10-01")
    assert itself.status_code == 403
    assert api("bap", "PUT", path, client="runner").status_code == 403
    done = api("bap", "PUT", path, client="delegated", version="2020-10-01", headers=form)
    assert (done.status_code, done.json()) == (200, {"applicationId": TOOL})
    assert {"applicationId": TOOL} in api.get("bap", f"{BAP}/adminApplications", client="delegated").json()["value"]
    assert api.get("bap", ADMIN, client="unregistered").status_code == 200
    assert api("bap", "DELETE", path, client="delegated").status_code == 204
    assert api.get("bap", ADMIN, client="unregistered").status_code == 403
    assert api.get("bap", path, client="delegated").status_code == 404


@pytest.mark.parametrize("name", ["listtenantsettings", "listTenantSettings"])
def test_tenant_settings_are_read_by_a_post_that_is_no_write(emulator: Emulator, api: Api, name: str) -> None:
    found = api("bap", "POST", f"{BAP}/{name}", headers={"Content-Type": "application/x-www-form-urlencoded"}).json()
    assert found["walkMeOptOut"] is False
    assert found["powerPlatform"]["teamsIntegration"]["shareWithColleaguesUserLimit"] == 10000
    assert emulator.log(writes=True) == []


def test_tenant_settings_are_merged(api: Api) -> None:
    body = {"powerPlatform": {"powerApps": {"disableShareWithEveryone": True}}}
    api.post("bap", f"{BAP}/scopes/admin/updateTenantSettings", body)
    found = api("bap", "POST", f"{BAP}/listtenantsettings").json()["powerPlatform"]
    assert found["powerApps"] == {"disableShareWithEveryone": True, "enableGuestsToMake": False}
    assert found["search"]
