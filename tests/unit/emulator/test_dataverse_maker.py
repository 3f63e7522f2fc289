# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerApps RP: a user makes, changes and deletes custom connectors (dataverse-connectors.md 5)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import requests

from tests.emulator.control import Emulator

from .api import ADA, CONNECTOR, ENV, KIM, RP, SANDBOX, Api, in_environment
from .dataverse_api import DEFINITION, EXPENSES, Organisation, code_of

WAREHOUSE = "shared_warehouse-5f0629412a7d1fe83e-5f11c0de00000000aa"


def sign_in(**more: Any) -> dict[str, Any]:
    return {"token": {"type": "oauthSetting", "oAuthSettings": {"clientId": "1", "identityProvider": "aad", **more}}}


def body(**more: Any) -> dict[str, Any]:
    return {
        "properties": {
            "displayName": "My Connector_é",
            "openApiDefinition": {**DEFINITION, "info": {"title": "My", "description": "Of the definition"}},
            "environment": {"name": ENV},
            "connectionParameters": sign_in(clientSecret="hush"),
            "capabilities": ["actions"],
            "policyTemplateInstances": [{"templateId": "setheader"}],
            "scriptOperations": ["Get"],
            "iconBrandColor": "#112233",
            "publisher": "Contoso",
            "stackOwner": "Contoso",
            "backendService": {"serviceUrl": "https://api.example.org/"},
            "iconUri": "https://contoso.example/icon.png?sig=x",
            "scriptDefinitionUrl": "",
            **more,
        }
    }


def call(
    api: Api, method: str, path: str = "", client: str = "maker", environment: str = ENV, **more: Any
) -> requests.Response:
    return api("powerapps", method, f"{RP}/apis{path}?{in_environment(environment)}", client=client, **more)


def made(api: Api, **more: Any) -> dict[str, Any]:
    reply = call(api, "POST", json=body(**more))
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


def digests(emulator: Emulator, name: str) -> dict[str, str]:
    connectors = [item for where in emulator.tenant()["environments"] for item in where["connectors"]]
    return dict(next(item for item in connectors if item["id"] == name).get("secrets", {}))


def test_create(emulator: Emulator, api: Api) -> None:
    found = made(api)
    assert found["name"].startswith("shared_my-20connector-5f-c3-a9-5f")
    assert len(found["name"].rpartition("-5f")[2]) == 32
    properties = call(api, "GET", f"/{found['name']}").json()["properties"]
    assert properties == found["properties"]
    assert (properties["displayName"], properties["description"]) == ("My Connector_é", "Of the definition")
    assert (properties["iconBrandColor"], properties["publisher"]) == ("#112233", "Contoso")
    assert (properties["capabilities"], properties["scriptOperations"]) == (["actions"], ["Get"])
    assert properties["policyTemplateInstances"] == [{"templateId": "setheader"}]
    assert (properties["createdBy"]["id"], properties["isCustomApi"]) == (KIM, True)
    assert properties["metadata"]["xrmConnectorId"] is None
    assert properties["swagger"]["host"] == "api.example.org"
    assert properties["connectionParameters"] == sign_in()
    assert "scriptDefinitionUrl" not in properties
    assert digests(emulator, found["name"]) == {
        "connectionparameters/token/oAuthSettings/clientSecret": hashlib.sha256(b"hush").hexdigest()
    }
    assert made(api)["name"] != found["name"]
    assert "hush" not in json.dumps([emulator.log(), emulator.tenant()])


def test_update_replaces_what_is_sent_and_keeps_the_rest(emulator: Emulator, api: Api) -> None:
    name = made(api)["name"]
    before = digests(emulator, name)
    parameters = {**sign_in(identityProvider="oauth2"), "region": {"type": "string"}}
    sent = body(
        connectionParameters=parameters, displayName="Ignored", openApiDefinition={**DEFINITION, "host": "b.example"}
    )
    del sent["properties"]["iconBrandColor"]
    reply = call(api, "PATCH", f"/{name}", json=sent)
    assert reply.status_code == 200
    properties = reply.json()["properties"]
    assert properties["connectionParameters"] == parameters
    assert (properties["displayName"], properties["iconBrandColor"]) == ("My Connector_é", "#112233")
    assert (properties["swagger"]["host"], properties["description"]) == ("b.example", "Of the definition")
    assert digests(emulator, name) == before  # no secret was sent: the old one stays
    call(api, "PATCH", f"/{name}", json=body(connectionParameters=sign_in(clientSecret="other")))
    assert list(digests(emulator, name).values()) == [hashlib.sha256(b"other").hexdigest()]
    sets = {"values": [{"name": "a", "parameters": sign_in(clientSecret="third")}]}
    shown = call(api, "PATCH", f"/{name}", json={"properties": {"connectionParameterSets": sets}}).json()["properties"]
    assert shown["connectionParameterSets"] == {"values": [{"name": "a", "parameters": sign_in()}]}
    assert len(digests(emulator, name)) == 2


def test_a_connector_of_dataverse_is_changed_on_both_sides(api: Api) -> None:
    finance = Organisation(api)
    before = finance.row()
    reply = call(api, "PATCH", f"/{CONNECTOR}", json={"properties": {"description": "By the tool"}})
    assert (reply.status_code, reply.json()["properties"]["metadata"]["xrmConnectorId"]) == (200, EXPENSES)
    row = finance.row()
    assert (row["description"], row["versionnumber"] > before["versionnumber"]) == ("By the tool", True)
    assert row["_modifiedby_value"] == finance.user_id(KIM)
    assert row["openapidefinition"] == before["openapidefinition"]


def test_delete(api: Api) -> None:
    name = made(api)["name"]
    gone = call(api, "DELETE", f"/{name}", version="2017-06-01")
    assert (gone.status_code, gone.content) == (200, b"")
    assert code_of(call(api, "DELETE", f"/{name}")) == (404, "ApiResourceNotFound")
    assert call(api, "DELETE", f"/{CONNECTOR}").status_code == 200
    assert Organisation(api).get(f"connectors({EXPENSES})").status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"displayName": None}, "InvalidRequestContent"),
        ({"environment": {"name": SANDBOX}}, "InvalidRequestContent"),
        ({"openApiDefinition": None}, "InvalidOpenApiDefinition"),
        ({"openApiDefinition": json.dumps(DEFINITION)}, "InvalidOpenApiDefinition"),
        ({"openApiDefinition": {**DEFINITION, "swagger": "3.0"}}, "InvalidOpenApiDefinition"),
    ],
)
def test_a_body_that_is_refused(emulator: Emulator, api: Api, change: Any, code: str) -> None:
    before = emulator.tenant()
    assert code_of(call(api, "POST", json=body(**change))) == (400, code)
    assert emulator.tenant() == before


def test_who_may(emulator: Emulator, api: Api) -> None:
    for method, path in (("POST", ""), ("PATCH", f"/{CONNECTOR}"), ("DELETE", f"/{CONNECTOR}")):
        assert code_of(call(api, method, path, client="runner", json=body())) == (403, "Forbidden")
    for method in ("PATCH", "DELETE"):
        assert code_of(call(api, method, f"/{WAREHOUSE}", json=body())) == (403, "Forbidden")
        assert call(api, method, "/shared_sql", json=body()).status_code == 404
    elsewhere = body(environment={"name": SANDBOX})
    assert call(api, "POST", environment=SANDBOX, json=elsewhere).status_code == 403
    assert call(api, "POST", environment=SANDBOX, client="delegated", json=elsewhere).status_code == 201
    assert code_of(api("powerapps", "POST", f"{RP}/apis", client="maker", json=body()))[0] == 400
    assert [entry["status"] for entry in emulator.log(writes=True) if entry["effect"]] == [201]


def test_validate(emulator: Emulator, api: Api) -> None:
    path = f"{RP}/objectIds/{KIM}/validateApiSwagger?enableConnectorCertificationRules=true"
    good = api.post("powerapps", path, DEFINITION, client="maker")
    assert (good.status_code, good.text) == (200, '""')
    bad = api.post("powerapps", path, {"swagger": "2.0"}, client="maker")
    assert (bad.status_code, bad.text[-5:]) == (200, '\\r\\n"')
    assert "'host'" in bad.json()
    assert emulator.log(writes=True) == []
    assert api.post("powerapps", path, DEFINITION, client="delegated").status_code == 403
    assert api.post("powerapps", path, DEFINITION).status_code == 403


def test_a_place_for_icons_and_scripts(api: Api) -> None:
    path = f"{RP}/objectIds/{ADA}/generateResourceStorage"
    reply = api.post("powerapps", path, {"environment": {"name": ENV}}, client="delegated")
    address, _unused, signature = reply.json()["sharedAccessSignature"].partition("?")
    assert (reply.status_code, address.count("/"), "sig=" in signature) == (200, 3, True)
    assert ".blob." in address
    assert api.post("powerapps", path, {"environment": {"name": KIM}}, client="delegated").status_code == 404
    assert api.post("powerapps", path, {"environment": {"name": ENV}}, client="maker").status_code == 403
