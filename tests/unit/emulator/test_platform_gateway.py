# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, versions, rights and errors of the Power Platform API (power-platform-api.md 1, 2, 5 and 6)."""

from __future__ import annotations

import pytest

from tests.emulator.control import Emulator

from .api import ADA, ENV, RUNNER, SANDBOX, Api, environment_host
from .platform_api import EMEA, GLOBAL, NOWHERE, POLICIES, SALES, TENANT_HOST, ask, code_of, flat_code_of, follow

PACKAGES = "/appmanagement/applicationPackages"
OF_ENVIRONMENT = f"/appmanagement/environments/{ENV}/applicationPackages"
MANY = [POLICIES, f"{POLICIES}/{EMEA}", PACKAGES, OF_ENVIRONMENT, f"/licensing/environments/{ENV}/billingPolicy"]


@pytest.mark.parametrize("path", MANY)
@pytest.mark.parametrize("version", [None, "", "1999-01-01", "2020-10-01"])
def test_an_unknown_version_is_refused_before_the_token_is_looked_at(api: Api, path: str, version: str | None) -> None:
    reply = ask(api, "GET", path, version=version, token="none.at.all")
    assert flat_code_of(reply) == (400, "ApiVersionInvalid", "ApiVersionUnsupported")
    assert "2022-03-01-preview" in reply.json()["message"]


@pytest.mark.parametrize(
    "version", ["1", "2021-10-01-preview", "2022-03-01-preview", "2024-10-01", "2026-05-01-preview"]
)
def test_every_offered_version_answers(api: Api, version: str) -> None:
    assert [ask(api, "GET", path, version=version).status_code for path in MANY[:4]] == [200] * 4


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/licensing/billingPolicy"),
        ("GET", "/licensing/nothing"),
        ("DELETE", POLICIES),
        ("PATCH", f"{POLICIES}/{EMEA}"),
        ("GET", "/appmanagement/environments"),
        ("POST", f"{OF_ENVIRONMENT}/x/uninstall"),
    ],
)
def test_an_unknown_route(api: Api, method: str, path: str) -> None:
    assert flat_code_of(ask(api, method, path))[:2] == (404, "RouteNotFound")


def test_paths_have_no_case(api: Api) -> None:
    usual = ask(api, "GET", POLICIES)
    assert usual.status_code == 200
    assert ask(api, "GET", "/Licensing/BillingPolicies").json() == usual.json()
    assert ask(api, "GET", f"/LICENSING/billingpolicies/{EMEA.upper()}").json()["id"] == EMEA


def test_routes_of_environments_are_on_their_own_host_without_that_part(api: Api) -> None:
    here = environment_host()
    found = ask(api, "GET", "/appmanagement/applicationPackages?appInstallState=Installed", headers=here)
    assert {item["uniqueName"] for item in found.json()["value"]} == {
        "msdyn_ApprovalsAnchor",
        "msdyn_FieldServiceAnchor",
    }
    assert flat_code_of(ask(api, "GET", OF_ENVIRONMENT, headers=here))[:2] == (404, "RouteNotFound")
    assert flat_code_of(ask(api, "GET", POLICIES, headers=here))[:2] == (404, "RouteNotFound")
    other = ask(
        api, "GET", "/licensing/billingPolicy", headers=environment_host("e0000000-0000-4000-8000-000000000003")
    )
    assert other.json()["id"] == EMEA
    assert code_of(ask(api, "GET", "/licensing/billingPolicy", headers=environment_host(NOWHERE)))[0] == 404
    assert flat_code_of(ask(api, "GET", POLICIES, headers=TENANT_HOST))[:2] == (404, "RouteNotFound")


def test_an_operation_of_the_environments_host_is_polled_there(api: Api) -> None:
    here = environment_host()
    started = ask(api, "POST", "/appmanagement/applicationPackages/msdyn_ApprovalsAnchor/install", headers=here)
    address = started.headers["Operation-Location"]
    assert address.startswith(f"https://{here['Host']}/appmanagement/operations/")
    assert follow(api, address).json()["status"] == "Running"


def test_tokens_of_another_service_and_none(api: Api) -> None:
    for path in MANY:
        assert flat_code_of(ask(api, "GET", path, token=api.token("powerapps")))[:2] == (401, "Unauthorized")


# -- rights ----------------------------------------------------------------------------------------------------------


def test_what_a_registered_application_may_without_a_role(api: Api) -> None:
    assert ask(api, "GET", POLICIES, client="graphless").status_code == 200
    for path in (PACKAGES, OF_ENVIRONMENT):  # the live matrix: 401 and not 403
        reply = ask(api, "GET", path, client="graphless")
        assert flat_code_of(reply)[:2] == (401, "Unauthorized")
        assert "AppManagement.ApplicationPackages.Read" in reply.json()["message"]


@pytest.mark.parametrize(
    "path", [POLICIES, f"{POLICIES}/{NOWHERE}", f"/licensing/environments/{NOWHERE}/billingPolicy"]
)
def test_an_unregistered_application_learns_nothing(api: Api, path: str) -> None:
    reply = ask(api, "GET", path, client="unregistered")
    assert flat_code_of(reply) == (403, "Forbidden", "InsufficientPrincipalPermissions")
    assert "[Licensing.BillingPolicies.Read]" in reply.json()["innererror"]["message"]


def test_a_user_without_a_role_is_refused_and_an_administrator_is_not(api: Api) -> None:
    reply = ask(api, "GET", POLICIES, client="maker")
    assert flat_code_of(reply) == (403, "Forbidden", "InsufficientPrincipalPermissions")
    assert ask(api, "GET", POLICIES, client="delegated").status_code == 200


def test_what_a_client_was_not_granted_is_refused_before_identifiers(api: Api) -> None:
    assert ask(api, "GET", POLICIES, client="platform-reader").status_code == 200
    for path in (f"{POLICIES}/{EMEA}", f"{POLICIES}/{NOWHERE}"):
        reply = ask(api, "PUT", path, {"name": "x"}, client="platform-reader")
        assert flat_code_of(reply) == (403, "Forbidden", "InsufficientDelegatedPermissions")
        assert "[Licensing.BillingPolicies.ReadWrite]" in reply.json()["innererror"]["message"]
    documented = f"/connectivity/environments/{ENV}/connections"
    reply = ask(api, "GET", documented, client="platform-reader")
    assert flat_code_of(reply) == (403, "Forbidden", "InsufficientDelegatedPermissions")
    assert ask(api, "POST", f"{OF_ENVIRONMENT}/x/install", client="platform-reader").status_code == 401


def test_who_may_write_may_read(emulator: Emulator, api: Api) -> None:
    grants = ["Licensing.BillingPolicies.ReadWrite"]
    emulator.change([{"change": "set_client", "client": "platform-reader", "platform": grants}])
    assert ask(api, "GET", POLICIES, client="platform-reader").status_code == 200
    assert ask(api, "DELETE", f"{POLICIES}/{EMEA}", client="platform-reader").status_code == 204


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("reader", 200, 403), ("contributor", 200, 204), ("owner", 200, 204), ("rbac administrator", 200, 403)],
)
def test_a_role_in_place_of_the_registration(emulator: Emulator, api: Api, role: str, reads: int, writes: int) -> None:
    assert ask(api, "GET", POLICIES, client="unregistered").status_code == 403
    emulator.change([{"change": "put_role_assignment", "principal": "Unregistered Tool", "role": role}])
    assert ask(api, "GET", POLICIES, client="unregistered").status_code == reads
    assert ask(api, "DELETE", f"{POLICIES}/{EMEA}", client="unregistered").status_code == writes


def test_a_role_holds_in_its_scope_and_for_members_of_a_group(emulator: Emulator, api: Api) -> None:
    scope = f"/tenants/{emulator.tenant_id}/environments/{SANDBOX}"
    emulator.change([{"change": "put_role_assignment", "principal": "Makers", "role": "reader", "scope": scope}])
    path = f"/appmanagement/environments/{SANDBOX}/applicationPackages"
    assert ask(api, "GET", path, client="maker").status_code == 200
    assert ask(api, "POST", f"{path}/msdyn_ApprovalsAnchor/install", client="maker").status_code == 401
    assert ask(api, "GET", OF_ENVIRONMENT, client="maker").status_code == 401
    assert ask(api, "GET", PACKAGES, client="maker").status_code == 401


def test_a_role_that_is_taken_away(emulator: Emulator, api: Api) -> None:
    assert ask(api, "GET", PACKAGES).status_code == 200
    emulator.change([{"change": "delete_role_assignments", "principal": RUNNER}])
    assert ask(api, "GET", PACKAGES).status_code == 401
    assert ask(api, "GET", POLICIES).status_code == 200


def test_an_administrator_of_an_environment_is_one_there(emulator: Emulator, api: Api) -> None:
    path = "/licensing/environments/{}/billingPolicy"
    emulator.change([{"change": "set_environment", "environment": SALES, "admins": ["kim@contoso.example"]}])
    assert ask(api, "GET", path.format(SALES), client="maker").status_code == 200
    assert ask(api, "GET", path.format(ENV), client="maker").status_code == 403
    assert ask(api, "GET", POLICIES, client="maker").status_code == 403
    emulator.change([{"change": "set_principal", "principal": ADA, "admin": False}])
    assert ask(api, "GET", path.format(SALES), client="delegated").status_code == 403


def test_every_write_stands_in_the_log(emulator: Emulator, api: Api) -> None:
    ask(api, "POST", f"{POLICIES}/{EMEA}/refreshProvisioningStatus")
    ask(api, "PUT", f"{POLICIES}/{EMEA}", {"name": "renamed"})
    ask(api, "PUT", f"{POLICIES}/{NOWHERE}", {"name": "renamed"})
    ask(api, "GET", f"{POLICIES}/{EMEA}")
    found = [(item["service"], item["method"], item["status"], item["effect"]) for item in emulator.log(writes=True)]
    assert found == [
        ("power_platform", "POST", 200, False),
        ("power_platform", "PUT", 200, True),
        ("power_platform", "PUT", 404, False),
    ]
    assert emulator.log(writes=True)[1]["body"] == {"name": "renamed"}
    assert emulator.log(writes=True)[1]["host"] == GLOBAL["Host"]
