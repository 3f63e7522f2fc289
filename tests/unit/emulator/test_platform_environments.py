# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments, their operations and their settings in the Power Platform API (power-platform-api.md 3, 4.3, 4.4)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.control import Emulator

from .api import ENV, SANDBOX, TENANT, Api, environment_host
from .platform_api import NOWHERE, PLAIN, SALES, SALES_US, ask, every, follow, poll

ROOT = "/environmentmanagement/environments"
BRAND_NEW = "e0000000-0000-4000-8000-000000000006"
ADMIN = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
REGULATED = "e9000000-0000-4000-8000-000000000001"
SETTINGS = f"{ROOT}/{ENV}/settings"
NEXT = "@odata.nextlink"


def ids(api: Api, query: str = "") -> list[str]:
    return [item["id"] for item in every(api, f"{ROOT}{query}", NEXT)]


def manage(api: Api, what: str = "enable", environment: str = SANDBOX, **more: Any) -> requests.Response:
    return ask(api, "POST", f"{ROOT}/{environment}/governanceSetting/{what}Managed", **more)


def level(api: Api, environment: str = SANDBOX) -> str:
    return str(ask(api, "GET", f"{ROOT}/{environment}").json()["protectionLevel"])


def record(api: Api, environment: str = ENV) -> dict[str, Any]:
    [found] = ask(api, "GET", SETTINGS.replace(ENV, environment)).json()["objectResult"]
    return dict(found)


def field_error(reply: requests.Response) -> tuple[int, str]:
    detail = reply.json()["errorDetail"]
    assert all(item["errorMessages"] for item in detail["fieldErrors"].values())
    return reply.status_code, detail["code"]


# -- environments ----------------------------------------------------------------------------------------------------


def test_an_environment_is_flat(api: Api) -> None:
    found = ask(api, "GET", f"{ROOT}/{ENV}").json()
    assert len(found.pop("dataverseId")) == 36
    assert found.pop("version").startswith("9.2.")
    assert found == {
        "id": ENV,
        "displayName": "Finance Production",
        "tenantId": TENANT,
        "type": "Production",
        "state": "Ready",
        "geo": "europe",
        "azureRegion": "westeurope",
        "clusterCategory": "Prod",
        "createdDateTime": "2025-01-06T08:00:00Z",
        "createdBy": {"id": "", "type": "None"},
        "domainName": "contosofin",
        "url": "https://contosofin.crm4.dynamics.com/",
        "environmentGroupId": None,
        "protectionLevel": "Standard",
        "adminMode": "Disabled",
        "backgroundOperationsState": "Enabled",
        "securityGroupId": None,
        "retentionDetails": {"retentionPeriod": "P7D"},
    }


def test_it_says_the_same_as_the_other_service(api: Api) -> None:
    flat = {item["id"]: item for item in every(api, ROOT, NEXT)}
    others = api.get("bap", ADMIN).json()["value"]
    assert len(others) == len(flat) == 9
    for item in others:
        properties, own = item["properties"], flat[item["name"]]
        linked = properties.get("linkedEnvironmentMetadata") or {}
        assert own["displayName"] == properties["displayName"]
        assert (own["geo"], own["type"]) == (item["location"], properties["environmentSku"])
        assert own["protectionLevel"] == properties["governanceConfiguration"]["protectionLevel"]
        assert own["environmentGroupId"] == (properties.get("parentEnvironmentGroup") or {}).get("id")
        assert (own["dataverseId"], own["url"]) == (linked.get("resourceId"), linked.get("instanceUrl"))
        states = properties["states"]
        ready = (states["management"]["id"], states["runtime"]["id"]) == ("Ready", "Enabled")
        assert (own["state"] == "Ready") == ready


def test_an_unknown_environment(api: Api) -> None:
    for path in (f"{ROOT}/{NOWHERE}", f"{ROOT}/{NOWHERE}/operations"):
        assert field_error(ask(api, "GET", path)) == (404, "EnvironmentNotFound")
    assert field_error(manage(api, environment=NOWHERE)) == (404, "EnvironmentNotFound")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"?ids={ENV},{SANDBOX.upper()},{NOWHERE}", [ENV, SANDBOX]),
        ("?$filter=geo eq 'unitedstates'", [SALES_US]),
        ("?$filter=domainName eq 'contosofin'", [ENV]),
        (f"?$filter=environmentGroupId eq {REGULATED}", [SALES]),
        ("?$filter=type eq 'Developer'", [BRAND_NEW]),
        ("?$filter=type eq 'Production' and state eq 'Ready' and geo eq 'europe' and dataverseId eq null", [PLAIN]),
        ("?$filter=state eq 'Nothing'", []),
    ],
)
def test_the_list_is_narrowed(api: Api, query: str, found: list[str]) -> None:
    assert ids(api, query) == found


def test_the_list_is_sorted_and_begun_later(api: Api) -> None:
    names = {item["id"]: item["displayName"].lower() for item in every(api, ROOT, NEXT)}
    assert ids(api, "?$top=2&$skip=1") == list(names)[1:]
    assert [names[item] for item in ids(api, "?$orderby=displayName&$top=4")] == sorted(names.values())
    assert [names[item] for item in ids(api, "?$orderby=displayName desc")] == sorted(names.values(), reverse=True)


@pytest.mark.parametrize(
    "query", ["?$filter=name eq 'x'", "?$filter=geo ne 'x'", "?$filter=geo", "?$orderby=shoe", "?$skip=x", "?$top=x"]
)
def test_a_query_that_is_none(api: Api, query: str) -> None:
    assert field_error(ask(api, "GET", f"{ROOT}{query}"))[0] == 400


def test_the_link_is_spelled_with_a_small_l(api: Api) -> None:
    first = ask(api, "GET", f"{ROOT}?$top=5").json()
    assert set(first) == {"value", NEXT}
    second = follow(api, first[NEXT]).json()
    assert (len(first["value"]), len(second["value"]), set(second)) == (5, 4, {"value"})


def test_select(api: Api) -> None:
    found = ask(api, "GET", f"{ROOT}/{ENV}?$select=displayName,geo").json()
    assert found == {"displayName": "Finance Production", "geo": "europe"}


# -- managed environments --------------------------------------------------------------------------------------------


def test_an_environment_becomes_managed(emulator: Emulator, api: Api) -> None:
    started = manage(api)
    assert (started.status_code, started.content, started.headers["Retry-After"]) == (202, b"", "1")
    address = started.headers["Operation-Location"]
    assert address.startswith("https://api.powerplatform.com/environmentmanagement/operations/")
    running = poll(api, started).json()
    assert (running["status"], running["name"], running["endTime"]) == ("InProgress", "EnableManaged", None)
    assert level(api) == "Basic"
    done = poll(api, started)
    body = done.json()
    assert (body["status"], "Retry-After" in done.headers) == ("Succeeded", False)
    assert body["updatedEnvironment"]["protectionLevel"] == "Standard"
    members = "operationId name status startTime endTime requestedBy updatedEnvironment stageStatuses errorDetail"
    assert set(body) == set(members.split())
    other = api.get("bap", f"{ADMIN}/{SANDBOX}").json()["properties"]
    assert (level(api), other["governanceConfiguration"]["protectionLevel"]) == ("Standard", "Standard")
    assert every(api, f"{ROOT}/{SANDBOX}/operations") == [body]
    assert every(api, f"{ROOT}/{ENV}/operations") == []
    assert emulator.summary()["writes"] == emulator.summary()["effects"] == 1


def test_and_managed_no_more(api: Api) -> None:
    started = manage(api, "disable", ENV)
    assert [poll(api, started).json()["status"] for _unused in range(2)] == ["InProgress", "Succeeded"]
    assert level(api, ENV) == "Basic"


def test_nothing_to_do(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "operation", "polls": 0}])
    assert poll(api, manage(api, "enable", ENV)).json()["status"] == "NoOperation"


@pytest.mark.parametrize("end", ["Failed", "ValidationFailed"])
def test_an_operation_that_fails(emulator: Emulator, api: Api, end: str) -> None:
    emulator.faults([{"kind": "operation", "polls": 0, "end": end, "code": "NoLicence", "message": "Buy one."}])
    body = poll(api, manage(api)).json()
    assert (body["status"], body["errorDetail"]["code"], body["updatedEnvironment"]) == (end, "NoLicence", None)
    assert body["errorDetail"]["fieldErrors"]["environment"]["errorMessages"] == ["Buy one."]
    assert level(api) == "Basic"


def test_one_operation_at_a_time(api: Api) -> None:
    started = manage(api)
    assert field_error(manage(api))[0] == 409
    assert manage(api, "disable", ENV).status_code == 202
    poll(api, started)
    poll(api, started)
    assert manage(api, "disable").status_code == 202


def test_an_operation_started_at_the_environments_host(api: Api) -> None:
    here = environment_host(SANDBOX)
    started = ask(api, "POST", "/environmentmanagement/governanceSetting/enableManaged", headers=here)
    address = started.headers["Operation-Location"]
    assert address.startswith(f"https://{here['Host']}/environmentmanagement/operations/")
    assert poll(api, started).json()["status"] == "InProgress"


def test_an_unknown_operation(api: Api) -> None:
    assert field_error(ask(api, "GET", f"/environmentmanagement/operations/{NOWHERE}"))[0] == 404


def test_a_reset_takes_it_back(emulator: Emulator, api: Api) -> None:
    before = emulator.tenant()
    started = manage(api)
    poll(api, started)
    poll(api, started)
    assert emulator.tenant() != before
    emulator.reset()
    assert emulator.tenant() == before


# -- settings --------------------------------------------------------------------------------------------------------


def test_settings_are_one_record_with_the_names_of_the_wire(api: Api) -> None:
    body = ask(api, "GET", SETTINGS).json()
    assert set(body) == {"objectResult", "nextLink", "errors", "responseMessage"}
    assert (body["nextLink"], body["errors"], body["responseMessage"]) == (None, None, None)
    [found] = body["objectResult"]
    assert (found["id"], found["tenantId"]) == (ENV, TENANT)
    assert (found["PowerApps_CopilotChat"], found["PowerApps_AllowCodeApps"]) == (False, False)


def test_select_tells_names_apart_by_case(api: Api) -> None:
    right = ask(api, "GET", f"{SETTINGS}?$select=PowerApps_CopilotChat,id").json()["objectResult"]
    assert right == [{"id": ENV, "PowerApps_CopilotChat": False}]
    assert ask(api, "GET", f"{SETTINGS}?$select=powerApps_CopilotChat").json()["objectResult"] == [{}]


def test_a_change_is_merged(emulator: Emulator, api: Api) -> None:
    reply = ask(api, "PATCH", SETTINGS, {"PowerApps_AllowCodeApps": True, "Fresh_Setting": "x"})
    assert (reply.status_code, reply.json()["errors"]) == (200, None)
    found = record(api)
    assert (found["PowerApps_AllowCodeApps"], found["PowerApps_CopilotChat"]) == (True, False)
    assert found["Fresh_Setting"] == "x"
    assert ask(api, "PATCH", SETTINGS, {"PowerApps_AllowCodeApps": True}).status_code == 200
    assert [entry["effect"] for entry in emulator.log(writes=True)] == [True, False]
    assert record(api, SANDBOX)["PowerApps_AllowCodeApps"] is False
    emulator.reset()
    assert record(api)["PowerApps_AllowCodeApps"] is False


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"powerApps_AllowCodeApps": True}, "powerApps_AllowCodeApps"),
        ({"PowerApps_NLSearch": False, "PowerApps_AllowCodeApps": "yes"}, "PowerApps_AllowCodeApps"),
        ({"tenantId": TENANT}, "tenantId"),
        ({"Fresh_Setting": {"x": 1}}, "Fresh_Setting"),
    ],
)
def test_a_setting_that_is_refused_keeps_the_others_out(api: Api, body: dict[str, Any], target: str) -> None:
    before = record(api)
    reply = ask(api, "PATCH", SETTINGS, body)
    assert (reply.status_code, reply.json()["objectResult"]) == (400, None)
    assert [item["target"] for item in reply.json()["errors"]["details"]] == [target]
    assert record(api) == before


def test_an_environment_without_a_record(api: Api) -> None:
    path = SETTINGS.replace(ENV, BRAND_NEW)
    assert ask(api, "GET", path).json()["objectResult"] == []
    assert ask(api, "PATCH", path, {"PowerApps_NLSearch": False}).status_code == 404
    assert ask(api, "POST", path, {"PowerApps_NLSearch": False}).status_code == 200
    assert record(api, BRAND_NEW)["PowerApps_NLSearch"] is False
    assert ask(api, "PATCH", path, {"PowerApps_NLSearch": True}).status_code == 200
    assert ask(api, "POST", path, {"PowerApps_NLSearch": False}).status_code == 409
    assert record(api, BRAND_NEW)["PowerApps_NLSearch"] is True


def test_settings_of_no_environment(api: Api) -> None:
    reply = ask(api, "GET", SETTINGS.replace(ENV, NOWHERE))
    assert (reply.status_code, reply.json()["errors"]["code"]) == (404, "EnvironmentNotFound")


def test_settings_behind_the_clients_back(emulator: Emulator, api: Api) -> None:
    emulator.change([{"change": "set_environment", "environment": ENV, "settings": {"PowerApps_NLSearch": False}}])
    [found] = ask(api, "GET", "/environmentmanagement/settings", headers=environment_host()).json()["objectResult"]
    assert (found["PowerApps_NLSearch"], found["PowerApps_CopilotChat"]) == (False, True)
