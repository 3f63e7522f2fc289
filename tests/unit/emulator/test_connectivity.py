# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Power Platform API's connectivity: hosts, creating and updating connections (power-platform-api.md 1, 2, 4.7)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator import tenant_file
from tests.emulator.control import Emulator

from .api import (
    ADA,
    ADMIN,
    CONNECTION,
    ENV,
    KIM,
    LEE,
    PRIVATE_CONNECTION,
    READERS,
    RUNNER,
    SANDBOX,
    Api,
    environment_host,
    in_environment,
    put_item,
)

NAME = "0123456789abcdef0123456789abcdef"
SQL = "/connectivity/connectors/shared_sql/connections"
HERE = environment_host()


def ask(api: Api, method: str, path: str, **more: Any) -> requests.Response:
    """A request to the host of Finance Production, unless another one is given."""
    return api("power_platform", method, path, headers=more.pop("headers", HERE), **more)


def create(
    api: Api,
    connector: str = "shared_sql",
    name: str = NAME,
    *,
    title: str = "orders",
    plain: Any = None,
    group: Any = None,
    **more: Any,
) -> requests.Response:
    properties: dict[str, Any] = {"displayName": title, "environment": {"name": ENV}}
    if plain is not None:
        properties["connectionParameters"] = plain
    if group is not None:
        properties["connectionParametersSet"] = group
    path = f"/connectivity/connectors/{connector}/connections/{name}?{in_environment()}"
    return ask(api, "PUT", path, json={"properties": properties}, **more)


def secrets(emulator: Emulator, name: str = NAME, environment: str = ENV) -> dict[str, str]:
    found = next(item for item in emulator.tenant()["environments"] if item["id"] == environment)
    record = next(item for item in found["connections"] if item["id"] == name)
    held: dict[str, str] = record.get("secrets", {})
    return held


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# -- hosts and versions ----------------------------------------------------------------------------------------------


def test_routes_belong_to_a_host(api: Api) -> None:
    assert ask(api, "GET", "/connectivity/connections").status_code == 200
    documented = f"/connectivity/environments/{ENV}/connections"
    globally = {"Host": "api.powerplatform.com"}
    for headers in (globally, {}):
        assert ask(api, "GET", documented, headers=headers).status_code == 200
        wrong = ask(api, "GET", "/connectivity/connections", headers=headers)
        assert (wrong.status_code, wrong.json()["code"]) == (404, "RouteNotFound")
    wrong = ask(api, "GET", documented)
    assert (wrong.status_code, wrong.json()["code"]) == (404, "RouteNotFound")
    tenant = {"Host": HERE["Host"].replace(".environment.", ".tenant.")}
    assert ask(api, "GET", "/connectivity/connections", headers=tenant).json()["code"] == "RouteNotFound"
    assert ask(api, "GET", "/Connectivity/CONNECTIONS", headers=HERE).status_code == 200


def test_the_label_of_an_environment_host(api: Api) -> None:
    default = environment_host("Default-11111111-2222-4333-8444-555555555555")
    assert ask(api, "GET", "/connectivity/connections", headers=default).json() == {"value": []}
    for unknown in (ENV[:-1] + "f", "e0000000-0000-4000-8000-000000000006"):  # none, and one that is being made
        missing = ask(api, "GET", "/connectivity/connections", headers=environment_host(unknown))
        assert missing.status_code == 404
        assert missing.json()["error"]["code"] == "ServiceToServiceEnvironmentNotFound"
    assert ask(api, "GET", "/connectivity/connections", headers=environment_host(tail=1)).status_code == 421


def test_each_cloud_has_its_hosts_tail_and_audience(api: Api) -> None:
    suffix = "api.gov.powerplatform.microsoft.us"
    token = api.emulator.token(f"https://{suffix}/.default")
    gcc = environment_host(suffix=suffix, tail=1)
    assert ask(api, "GET", "/connectivity/connections", headers=gcc, token=token).status_code == 200
    public = ask(api, "GET", "/connectivity/connections", headers=gcc)
    assert (public.status_code, public.json()["code"]) == (401, "Unauthorized")
    two = environment_host(suffix=suffix)
    assert ask(api, "GET", "/connectivity/connections", headers=two, token=token).status_code == 421
    wrong = ask(api, "GET", "/connectivity/connections", token=api.token("powerapps"))
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    "version", ["1", "2024-10-01", "2022-03-01-preview", "2021-10-01-preview", "2026-05-01-preview"]
)
def test_versions(api: Api, version: str) -> None:
    assert ask(api, "GET", "/connectivity/connections", version=version).status_code == 200


@pytest.mark.parametrize("version", [None, "2016-02-01"])
def test_an_unknown_version_gets_the_flat_body(api: Api, version: str | None) -> None:
    reply = ask(api, "GET", "/connectivity/connections", version=version)
    assert (reply.status_code, reply.json()["code"]) == (400, "ApiVersionInvalid")
    assert reply.json()["innererror"] == {"code": "ApiVersionUnsupported"}


def test_an_unregistered_application_is_refused_before_anything_is_looked_up(api: Api) -> None:
    for headers in (HERE, environment_host(ENV[:-1] + "f")):
        reply = ask(api, "GET", "/connectivity/connections", client="unregistered", headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (403, "Forbidden")
        assert reply.json()["innererror"]["code"] == "InsufficientPrincipalPermissions"


# -- creating and updating -------------------------------------------------------------------------------------------


def test_a_service_principal_creates_a_connection_that_works_at_once(emulator: Emulator, api: Api) -> None:
    made = create(api, plain={"server": "sql.contoso.example", "database": "orders", "password": "hush-1"})
    assert made.status_code == 201
    item = made.json()
    assert item["id"] == f"/providers/Microsoft.PowerApps/apis/shared_sql/connections/{NAME}"
    assert item["type"] == "Microsoft.PowerApps/apis/connections"
    properties = item["properties"]
    assert properties["statuses"] == [{"status": "Connected"}]
    assert properties["connectionParameters"] == {"server": "sql.contoso.example", "database": "orders"}
    assert (properties["createdBy"]["id"], properties["createdBy"]["type"]) == (RUNNER, "ServicePrincipal")
    assert (properties["displayName"], properties["allowSharing"]) == ("orders", True)
    assert api.role_names(f"{ADMIN}/apis/shared_sql/connections/{NAME}") == {RUNNER: "Owner"}
    assert ask(api, "GET", f"{SQL}/{NAME}").json() == item
    assert [i["name"] for i in ask(api, "GET", "/connectivity/connections").json()["value"]][-1] == NAME
    assert [i["name"] for i in ask(api, "GET", SQL).json()["value"]] == [NAME]
    assert secrets(emulator) == {"password": digest("hush-1")}


def test_no_secret_is_told_to_anybody(emulator: Emulator, api: Api) -> None:
    group = {"name": "keyBased", "values": {"accountName": {"value": "x"}, "accessKey": {"value": "hush-2"}}}
    replies = [
        create(api, plain={"server": "s", "password": "hush-1"}),
        create(api, "shared_azureblob", NAME[::-1], group=group),
        create(api, "shared_servicebus", NAME[:-1] + "0", plain={"connectionString": "hush-3"}),
        ask(api, "GET", "/connectivity/connections"),
        api.get("powerapps", f"{ADMIN}/connections"),
    ]
    told = "".join(reply.text for reply in replies) + json.dumps(emulator.log()) + json.dumps(emulator.tenant())
    assert [word for word in ("hush-1", "hush-2", "hush-3") if word in told] == []
    assert '"accountName": {"value": "x"}' in json.dumps(emulator.log(writes=True))
    assert replies[1].json()["properties"]["connectionParametersSet"] == {
        "name": "keyBased",
        "values": {"accountName": {"value": "x"}},
    }
    assert [reply.json()["properties"]["statuses"][0]["status"] for reply in replies[:3]] == ["Connected"] * 3


@pytest.mark.parametrize("plain", [{}, {"server": "s"}, {"server": "s", "password": ""}, {"password": "  "}])
def test_a_missing_or_blank_secret_is_an_error_of_the_connection(api: Api, plain: dict[str, str]) -> None:
    made = create(api, plain=plain)
    assert made.status_code == 201
    status = made.json()["properties"]["statuses"][0]
    assert (status["status"], status["error"]["code"]) == ("Error", "Unauthorized")
    mended = create(api, plain={"password": "p"})
    assert mended.json()["properties"]["statuses"] == [{"status": "Connected"}]


def test_an_update_replaces_what_is_sent_and_keeps_the_secret(emulator: Emulator, api: Api) -> None:
    create(api, plain={"server": "a", "database": "b", "password": "p"})
    before = ask(api, "GET", f"{SQL}/{NAME}").json()
    again = ask(api, "PUT", f"{SQL}/{NAME}", json=before)
    assert again.status_code == 200
    assert again.json()["properties"]["lastModifiedTime"] > before["properties"]["lastModifiedTime"]
    assert again.json()["properties"]["createdTime"] == before["properties"]["createdTime"]
    changed = create(api, title="renamed", plain={"server": "c"}).json()["properties"]
    assert (changed["displayName"], changed["connectionParameters"]) == ("renamed", {"server": "c"})
    assert changed["statuses"] == [{"status": "Connected"}]
    assert secrets(emulator) == {"password": digest("p")}
    assert create(api, plain={"Password": "q"}).json()["properties"]["connectionParameters"] == {}
    assert secrets(emulator) == {"password": digest("q")}
    blank = create(api, plain={"password": ""}).json()["properties"]
    assert blank["statuses"][0]["status"] == "Error"
    assert secrets(emulator) == {"password": ""}
    assert len({item["name"] for item in ask(api, "GET", SQL).json()["value"]}) == 1


def test_an_update_without_parameters_keeps_them(emulator: Emulator, api: Api) -> None:
    emulator.change(
        [{"change": "put_connection_role", "connection": CONNECTION, "principal": RUNNER, "role": "CanEdit"}]
    )
    renamed = create(api, name=CONNECTION, title="renamed").json()["properties"]
    assert renamed["displayName"] == "renamed"
    assert renamed["connectionParameters"] == {"server": "sql.contoso.example", "database": "ledger"}
    assert renamed["statuses"] == [{"status": "Connected"}]
    assert renamed["createdBy"]["id"] == ADA


def test_a_user_consents_to_an_oauth_connection(emulator: Emulator, api: Api) -> None:
    made = create(api, "shared_office365", client="maker")
    assert made.status_code == 201
    status = made.json()["properties"]["statuses"][0]
    assert (status["status"], status["target"], status["error"]["code"]) == ("Error", "token", "Unauthenticated")
    path = f"/connectivity/connectors/shared_office365/connections/{NAME}"
    emulator.clear_log()
    link = ask(api, "POST", f"{path}/getConsentLink", json={"redirectUrl": "https://x.example/"}, client="maker").json()
    assert (link["redirectUrl"], set(link)) == ("https://x.example/", {"consentLink", "principalType", "redirectUrl"})
    assert link["consentLink"].startswith("https://")
    assert emulator.log(writes=True) == []
    assert ask(api, "POST", f"{path}/confirmConsentCode", json={}, client="maker").status_code == 400
    done = ask(api, "POST", f"{path}/confirmConsentCode", json={"code": "hush"}, client="maker")
    assert done.status_code == 200
    seen = ask(api, "GET", path, client="maker").json()["properties"]
    assert (seen["statuses"], seen["accountName"]) == ([{"status": "Connected"}], "kim@contoso.example")
    assert "hush" not in json.dumps(emulator.log())
    renamed = create(api, "shared_office365", title="still connected", client="maker")
    assert renamed.json()["properties"]["statuses"] == [{"status": "Connected"}]


def test_a_certificate_needs_no_consent(emulator: Emulator, api: Api) -> None:
    values = {"token:clientId": {"value": KIM}, "token:clientCertificateSecret": {"value": {"pfx": "hush"}}}
    group = {"name": "CertOauth", "values": values}
    made = create(api, "shared_commondataservice", group=group).json()["properties"]
    assert made["statuses"] == [{"status": "Connected"}]
    assert made["connectionParametersSet"]["values"] == {"token:clientId": {"value": KIM}}
    assert list(secrets(emulator)) == ["token:clientCertificateSecret"]
    emulator.change([{"change": "set_connection", "connection": NAME, "status": "Error"}])
    status = ask(api, "GET", f"/connectivity/connectors/shared_commondataservice/connections/{NAME}").json()
    assert status["properties"]["statuses"][0]["error"]["code"] == "Unauthenticated"


def test_a_custom_connector_asks_for_what_its_swagger_says(emulator: Emulator, api: Api) -> None:
    swagger = {"swagger": "2.0", "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X"}}}
    new = {"id": "shared_keyed", "name": "Keyed", "creator": ADA, "swagger": swagger}
    emulator.change([{"change": "add_connector", "environment": ENV, "connector": new}])
    assert create(api, "shared_keyed").json()["properties"]["statuses"][0]["status"] == "Error"
    assert (
        create(api, "shared_keyed", plain={"api_key": "k"}).json()["properties"]["statuses"][0]["status"] == "Connected"
    )


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (f"{SQL}/{NAME}", {"properties": {"displayName": "x"}}, 400, "InvalidRequestContent"),
        (f"{SQL}/{NAME}", {"properties": {"environment": {"name": SANDBOX}}}, 400, "InvalidRequestContent"),
        (f"{SQL}/{NAME}", [], 400, "InvalidRequestContent"),
        (
            f"/connectivity/connectors/shared_nothing/connections/{NAME}",
            {"properties": {"environment": {"name": ENV}}},
            404,
            "ApiResourceNotFound",
        ),
        (
            f"{SQL}/{CONNECTION}",
            {"properties": {"environment": {"id": f"/providers/Microsoft.PowerApps/environments/{ENV}"}}},
            403,
            "ConnectionAuthorizationFailed",
        ),
    ],
    ids=["no environment", "another environment", "no object", "no connector", "not the caller's"],
)
def test_a_refused_put_changes_nothing(
    emulator: Emulator, api: Api, path: str, body: Any, status: int, code: str
) -> None:
    before = emulator.tenant()
    reply = ask(api, "PUT", path, json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert emulator.tenant() == before


def test_a_written_connection_survives_a_file_and_ends_with_reset(emulator: Emulator, api: Api, tmp_path: Path) -> None:
    before = emulator.tenant()
    create(api, plain={"server": "a", "password": "p"})
    saved = tmp_path / "after.yml"
    emulator.save(saved)
    assert tenant_file.to_dict(tenant_file.load(saved)) == emulator.tenant()
    assert "hush" not in saved.read_text(encoding="utf-8")
    emulator.reset()
    assert emulator.tenant() == before


def test_a_connection_can_be_made_again_under_its_name(emulator: Emulator, api: Api) -> None:
    create(api, plain={"password": "p"})
    assert ask(api, "DELETE", f"{SQL}/{NAME}").status_code == 200
    missing = ask(api, "GET", f"{SQL}/{NAME}")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ConnectionNotFound")
    assert create(api, plain={}).status_code == 201
    assert secrets(emulator) == {}
    emulator.faults([{"kind": "ignore_write", "times": 1}])
    assert create(api, title="ignored").status_code == 200
    assert ask(api, "GET", f"{SQL}/{NAME}").json()["properties"]["displayName"] == "orders"


# -- whose connection ------------------------------------------------------------------------------------------------


def test_connections_of_others(api: Api) -> None:
    private = f"/connectivity/connectors/shared_sharepointonline/connections/{PRIVATE_CONNECTION}"
    for client in ("runner", "maker"):
        reply = ask(api, "GET", private, client=client)
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "ConnectionAuthorizationFailed")
    assert ask(api, "GET", f"{SQL}/{CONNECTION}", client="maker").status_code == 200
    for method, path in (
        ("GET", f"{SQL}/{CONNECTION}/permissions"),
        ("POST", f"{SQL}/{CONNECTION}/modifyPermissions"),
        ("POST", f"{SQL}/{CONNECTION}/getConsentLink"),
        ("DELETE", f"{SQL}/{CONNECTION}"),
    ):
        assert ask(api, method, path, client="maker").status_code == 403
    found = ask(api, "GET", "/connectivity/connections", client="maker").json()["value"]
    assert PRIVATE_CONNECTION not in [item["name"] for item in found]
    assert "testLinks" not in found[0]["properties"]


def test_the_owner_shares(api: Api) -> None:
    path = f"{SQL}/{CONNECTION}"
    reply = ask(api, "POST", f"{path}/modifyPermissions", json=put_item(LEE, kind="User"), client="delegated")
    assert (reply.status_code, reply.content) == (200, b"")
    found = ask(api, "GET", f"{path}/permissions", client="delegated").json()["value"]
    assert {item["name"] for item in found} == {ADA, KIM, LEE, READERS}


def test_the_documented_lists(api: Api) -> None:
    root = f"/connectivity/environments/{ENV}"
    documented = {"headers": {"Host": "api.powerplatform.com"}, "version": "2024-10-01"}
    every = ask(api, "GET", f"{root}/connections", **documented).json()["value"]
    assert len(every) == 6
    mine = ask(api, "GET", f"{root}/connections", client="maker", **documented).json()["value"]
    assert len(mine) == 3
    refused = ask(api, "GET", f"{root}/connectors", **documented)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "MissingEnvironmentFilter")
    found = ask(api, "GET", f"{root}/connectors?{in_environment()}", **documented).json()["value"]
    assert len(found) == 16
    one = ask(api, "GET", f"{root}/connectors/shared_teams?{in_environment()}", **documented).json()
    assert one["properties"]["displayName"] == "Microsoft Teams"
    missing = ask(api, "GET", f"{root[:-1]}f/connections", **documented)
    assert missing.json()["error"]["code"] == "ServiceToServiceEnvironmentNotFound"


def test_the_service_is_logged_under_its_name(emulator: Emulator, api: Api) -> None:
    create(api, plain={"password": "p"})
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "match": {"service": "power_platform"}}])
    assert ask(api, "GET", SQL).status_code == 429
    entries = emulator.log(service="power_platform")
    assert [(item["method"], item["write"], item["effect"]) for item in entries] == [
        ("PUT", True, True),
        ("GET", False, False),
    ]
    assert entries[0]["body"]["properties"]["connectionParameters"] == {"password": "(removed)"}
    emulator.faults([{"kind": "lapsed_role"}])
    assert ask(api, "GET", SQL).json()["innererror"]["code"] == "InsufficientPrincipalPermissions"
    emulator.faults([{"kind": "lag"}])
    assert ask(api, "GET", f"{SQL}/{NAME}").json()["error"]["code"] == "ConnectionNotFound"
