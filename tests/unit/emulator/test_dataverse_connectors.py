# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connector, two services: what Dataverse and the PowerApps RP see of each other's writes; faults; the file."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator import generate, tenant_file
from tests.emulator.control import ROOT, Emulator, EmulatorError

from .api import ADA, ADMIN, CONNECTOR, ENV, KIM, RP, RUNNER, SANDBOX, Api, in_environment, put_item
from .dataverse_api import DEFINITION, EXPENSES, NEW, RATES, TEAM, WAREHOUSE, Organisation, code_of, new_row

PLAIN = "e0000000-0000-4000-8000-000000000005"
CONTOSO = ROOT / "tests" / "emulator" / "tenants" / "contoso.yml"
SIGN_IN = {"type": "oauthSetting", "oAuthSettings": {"clientId": "1", "clientSecret": "hush", "scopes": ["key"]}}


@pytest.fixture
def finance(api: Api) -> Organisation:
    return Organisation(api)


def seen_by_rp(api: Api, row_id: str) -> list[str]:
    """The names of the connectors of that row, as administrator."""
    found = api.get("powerapps", f"{ADMIN}/apis").json()["value"]
    return [item["name"] for item in found if item["properties"]["metadata"]["xrmConnectorId"] == row_id]


def connector_of(api: Api, name: str, environment: str = ENV) -> dict[str, Any]:
    found = api.get("powerapps", f"{RP}/apis/{name}?{in_environment(environment)}").json()
    return dict(found["properties"])


def kept(emulator: Emulator, name: str) -> dict[str, Any]:
    for environment in emulator.tenant()["environments"]:
        for item in environment["connectors"]:
            if item["id"] == name:
                return dict(item)
    raise AssertionError(name)


# -- both sides ------------------------------------------------------------------------------------------------------


def test_what_dataverse_makes_the_rp_has(api: Api, finance: Organisation) -> None:
    parameters = {"token": SIGN_IN, "region": {"type": "string"}}
    finance.post("connectors", new_row(connectionparameters=json.dumps(parameters), capabilities="118690005"))
    row = finance.row(NEW)
    assert seen_by_rp(api, NEW) == [row["connectorinternalid"]]
    listed = api.get("powerapps", f"{RP}/apis?{in_environment()} and IsCustomApi eq 'True'", client="maker").json()[
        "value"
    ]
    assert row["connectorinternalid"] in [item["name"] for item in listed]
    properties = connector_of(api, row["connectorinternalid"])
    assert (properties["displayName"], properties["isCustomApi"]) == ("Demo connector", True)
    assert (properties["swagger"], properties["capabilities"]) == (DEFINITION, ["actions"])
    settings = properties["connectionParameters"]["token"]["oAuthSettings"]
    assert settings == {"clientId": "1", "scopes": ["key"]}
    path = f"{ADMIN}/apis/{row['connectorinternalid']}"
    assert api.role_names(path) == {RUNNER: "Owner"}
    finance.patch(NEW, {"displayname": "Renamed", "iconbrandcolor": "#ff0000"})
    properties = connector_of(api, row["connectorinternalid"])
    assert (properties["displayName"], properties["iconBrandColor"]) == ("Renamed", "#ff0000")
    finance("DELETE", f"connectors({NEW})")
    assert seen_by_rp(api, NEW) == []


def test_what_the_rp_deletes_dataverse_has_no_more(api: Api, finance: Organisation) -> None:
    assert api("powerapps", "DELETE", f"{ADMIN}/apis/{CONNECTOR}").status_code == 200
    assert finance.get(f"connectors({EXPENSES})").status_code == 404
    assert finance.post("connectors", new_row(connectorid=EXPENSES)).status_code == 204
    assert finance.row()["connectorinternalid"] != CONNECTOR


def test_an_owner_in_dataverse_leaves_the_roles_alone(api: Api, finance: Organisation) -> None:
    before = api.role_names(f"{ADMIN}/apis/{CONNECTOR}")
    finance.patch(EXPENSES, {"ownerid@odata.bind": f"/systemusers({finance.user_id(KIM)})"})
    assert api.role_names(f"{ADMIN}/apis/{CONNECTOR}") == before
    refused = api.post("powerapps", f"{ADMIN}/apis/{CONNECTOR}/modifyPermissions", put_item(ADA, "CanEdit"))
    assert refused.status_code == 400


@pytest.mark.parametrize("way", ["fault", "setting"])
def test_the_rp_learns_of_it_later(emulator: Emulator, api: Api, finance: Organisation, way: str) -> None:
    if way == "fault":
        emulator.faults([{"kind": "rp_delay", "reads": 2, "match": {"method": "POST"}}])
    else:
        emulator.change([{"change": "set_environment", "environment": ENV, "rp_delay": {"reads": 2}}])
    finance.post("connectors", new_row())
    row = finance.row(NEW)  # Dataverse knows it at once
    assert [len(seen_by_rp(api, NEW)) for _unused in range(3)] == [0, 0, 1]
    assert len(seen_by_rp(api, EXPENSES)) == 1
    finance("DELETE", f"connectors({NEW})")
    finance.post("connectors", new_row())
    name = finance.row(NEW)["connectorinternalid"]
    assert name != row["connectorinternalid"]
    path = f"{RP}/apis/{name}?{in_environment()}"
    assert [api.get("powerapps", path).status_code for _unused in range(3)] == [404, 404, 200]


def test_the_rp_learns_of_it_after_a_time(emulator: Emulator, api: Api, finance: Organisation) -> None:
    emulator.faults([{"kind": "rp_delay", "seconds": 0.3}])
    finance.post("connectors", new_row())
    assert seen_by_rp(api, NEW) == []
    time.sleep(0.35)
    assert len(seen_by_rp(api, NEW)) == 1


def test_without_dataverse_there_is_only_the_rp(emulator: Emulator, api: Api) -> None:
    new = {"id": "shared_plain", "name": "Plain", "creator": KIM}
    emulator.change([{"change": "add_connector", "environment": PLAIN, "connector": new}])
    assert connector_of(api, "shared_plain", PLAIN)["metadata"]["xrmConnectorId"] is None
    assert connector_of(api, CONNECTOR)["metadata"]["xrmConnectorId"] == EXPENSES


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_secrets_are_blanked_and_nothing_else_is(emulator: Emulator, finance: Organisation) -> None:
    sets = {"values": [{"name": "a", "parameters": {"token": SIGN_IN, "key": {"type": "securestring"}}}]}
    policies = [{"templateId": "setheader", "parameters": {"x": {"secret": "hush", "Password": "hush"}}}]
    definition = {
        **DEFINITION,
        "definitions": {"A": {"properties": {"password": {"type": "string"}}, "example": {"key": "k"}}},
    }
    finance.post(
        "connectors",
        new_row(
            connectionparameters=json.dumps({"token": SIGN_IN}),
            connectionparametersets=json.dumps(sets),
            policytemplateinstances=json.dumps(policies),
            openapidefinition=json.dumps(definition),
        ),
    )
    row = finance.row(NEW)
    settings = json.loads(row["connectionparameters"])["token"]["oAuthSettings"]
    assert settings == {"clientId": "1", "clientSecret": "", "scopes": ["key"]}
    inner = json.loads(row["connectionparametersets"])["values"][0]["parameters"]
    assert (inner["token"]["oAuthSettings"]["clientSecret"], inner["key"]) == ("", {"type": "securestring"})
    assert json.loads(row["policytemplateinstances"])[0]["parameters"]["x"] == {"secret": "", "Password": ""}
    assert json.loads(row["openapidefinition"]) == definition
    assert "hush" not in json.dumps(emulator.tenant())


def test_the_log_has_no_secret_of_json_text(emulator: Emulator, finance: Organisation) -> None:
    text = json.dumps({"token": SIGN_IN, "password": {"value": "hush"}, "key": "hush", "plain": "told"})
    finance.post(
        "connectors", new_row(connectionparameters=text, policytemplateinstances=json.dumps([{"key": "hush"}]))
    )
    finance.patch(NEW, {"connectionparametersets": json.dumps({"clientSecret": "hush"}), "openapidefinition": "{}"})
    logged = json.dumps(emulator.log(service="dataverse"))
    assert "hush" not in logged
    assert "told" in logged
    entry = emulator.log(service="dataverse", writes=True)[0]
    assert entry["body"]["openapidefinition"] == json.dumps(DEFINITION)  # as it was sent: nothing to hide in it


# -- faults ----------------------------------------------------------------------------------------------------------


def test_service_protection(emulator: Emulator, finance: Organisation) -> None:
    emulator.faults([{"kind": "throttle", "limit": 1, "window": 300, "match": {"service": "dataverse"}, "seconds": 7}])
    ok = finance.get("connectors")
    assert ok.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "5999"
    refused = finance.get("connectors")
    assert code_of(refused) == (429, "0x80072322")
    assert refused.headers["Retry-After"] == "7"
    assert set(refused.json()["error"]) == {"code", "message"}


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ({"status": 503}, (503, "0x80040216")),
        ({"status": 404}, (404, "0x80040217")),
        ({"status": 403}, (403, "0x80040220")),
        ({"status": 429, "code": "0x80072321"}, (429, "0x80072321")),
        ({"kind": "lag"}, (404, "0x80040217")),
        ({"kind": "lapsed_role"}, (403, "0x80040220")),
    ],
)
def test_refusals_of_faults(emulator: Emulator, finance: Organisation, fault: Any, answer: Any) -> None:
    emulator.faults([{"kind": "status", "match": {"service": "dataverse"}, **fault}])
    assert code_of(finance.get("connectors")) == answer


def test_expired_tokens(emulator: Emulator, finance: Organisation) -> None:
    finance.row()
    emulator.faults([{"kind": "expire_tokens"}])
    assert finance.get("connectors").status_code == 401


def test_stale_reads(emulator: Emulator, finance: Organisation) -> None:
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"service": "dataverse"}}])
    old = finance.row()["@odata.etag"]
    finance.patch(EXPENSES, {"displayname": "New"}, {"If-Match": "*"})
    finance.row(WAREHOUSE)  # a read of another one
    found = [finance.row(), finance.get("connectors?$orderby=name").json()["value"][0], finance.row()]
    assert [row["displayname"] for row in found] == ["Expenses", "Expenses", "New"]
    assert [row["@odata.etag"] == old for row in found] == [True, True, False]
    finance("DELETE", f"connectors({EXPENSES})")
    assert [finance.get(f"connectors({EXPENSES})").status_code for _unused in range(3)] == [200, 200, 404]


def test_a_dropped_answer_and_an_ignored_write(emulator: Emulator, finance: Organisation) -> None:
    finance.row()
    emulator.faults([{"kind": "drop", "when": "after", "times": 1, "match": {"write": True}}])
    with pytest.raises(requests.ConnectionError):
        finance.post("connectors", new_row())
    assert code_of(finance.post("connectors", new_row())) == (412, "0x80040237")
    emulator.faults([{"kind": "ignore_write", "match": {"service": "dataverse"}}])
    assert finance.patch(NEW, {"description": "lost"}).status_code == 204
    assert finance.row(NEW)["description"] is None
    emulator.faults([])
    emulator.clear_log()
    finance.patch(NEW, {"description": "kept"})
    finance.get("connectors")
    assert emulator.summary() == {"total": 2, "writes": 1, "reads": 1, "tokens": 0, "discovery": 0, "effects": 1}


# -- control path and file -------------------------------------------------------------------------------------------


def test_changes_of_a_connector(emulator: Emulator, api: Api, finance: Organisation) -> None:
    before = finance.row()
    new = {**DEFINITION, "host": "new.example"}
    emulator.change(
        [
            {
                "change": "set_connector",
                "connector": CONNECTOR,
                "name": "Claims",
                "description": "Other",
                "definition": new,
                "capabilities": ["cloud"],
                "owner": "Finance Makers",
            },
            {
                "change": "set_connector",
                "connector": "shared_rates-5f0629412a7d1fe83e-5f22c0de000000aa01",
                "solution": "ContosoFinance",
            },
        ]
    )
    row = finance.row()
    assert (row["displayname"], row["description"], row["capabilities"]) == ("Claims", "Other", "118690004")
    assert (json.loads(row["openapidefinition"]), row["_ownerid_value"]) == (new, TEAM)
    assert row["versionnumber"] > before["versionnumber"]
    assert connector_of(api, CONNECTOR)["swagger"] == new
    components = finance.filtered(f"objectid eq {RATES}", "solutioncomponents", "objectid")
    assert len(components) == 2
    assert emulator.log(writes=True) == []
    with pytest.raises(EmulatorError, match="0 custom connectors"):
        emulator.change([{"change": "set_connector", "connector": "shared_nothing", "name": "x"}])
    with pytest.raises(EmulatorError, match="no solution"):
        emulator.change([{"change": "set_connector", "connector": CONNECTOR, "solution": "Nothing"}])


def test_a_tenant_with_all_of_it_survives_a_file(
    emulator: Emulator, api: Api, finance: Organisation, tmp_path: Path
) -> None:
    emulator.change(
        [
            {
                "change": "set_environment",
                "environment": SANDBOX,
                "rp_delay": {"seconds": 3},
                "dataverse_dependencies": True,
            },
            {"change": "add_solution", "environment": SANDBOX, "solution": {"name": "Bought", "managed": True}},
        ]
    )
    finance.post(
        "connectors",
        new_row(
            connectionparameters=json.dumps({"token": SIGN_IN}),
            scriptoperations='["Get"]',
            customcodeblobcontent="class Script {}",
            capabilities="118690005",
            **{"ownerid@odata.bind": f"/teams({TEAM})"},
        ),
        {"MSCRM.SolutionUniqueName": "ContosoFinance"},
    )
    finance.post("connectors", {"name": "bare", "displayname": "Bare"})
    for suffix in (".yml", ".json"):
        path = tmp_path / f"after{suffix}"
        emulator.save(path)
        tenant = tenant_file.load(path)
        assert tenant_file.to_dict(tenant) == emulator.tenant()
    made = next(item for item in tenant.environments[ENV].connectors.values() if item.dataverse_id == NEW)
    assert (made.owner, made.solution, made.script_operations) == (TEAM, ["ContosoFinance"], ["Get"])
    bare = next(item for item in tenant.environments[ENV].connectors.values() if item.name == "Bare")
    assert bare.definition is None
    assert api.emulator is emulator


def _finance_data() -> tuple[dict[str, Any], dict[str, Any]]:
    data = tenant_file.to_dict(tenant_file.load(CONTOSO))
    return data, next(item for item in data["environments"] if item["id"] == ENV)


def test_the_older_name_of_a_definition_and_a_solution_as_text() -> None:
    data, environment = _finance_data()
    item = environment["connectors"][0]
    item["swagger"], item["solution"] = item.pop("definition"), "contosofinance"
    loaded = tenant_file.from_dict(data).environments[ENV].connectors[CONNECTOR]
    assert (loaded.definition["host"], loaded.solution) == ("claims.contoso.example", ["ContosoFinance"])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda found: found["solutions"][0].update(publisher="nobody"), "no publisher 'nobody'"),
        (lambda found: found["solutions"][0].update(colour="red"), "unknown key colour"),
        (lambda found: found["connectors"][0].update(solution="Nothing"), "no solution 'Nothing'"),
        (lambda found: found["connectors"][0].update(owner="Auditors"), "names 2 principals"),
        (lambda found: found.update(rp_delay={"read": 1}), "rp_delay takes reads or seconds"),
        (lambda found: found["teams"][0].update(group="Auditors"), "names 2 principals"),
        (lambda found: found["connectors"][1].update(dataverse_id=EXPENSES), "given twice"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(spoil: Any, says: str) -> None:
    data, environment = _finance_data()
    spoil(environment)
    with pytest.raises(tenant_file.TenantFileError, match=says):
        tenant_file.from_dict(data)


def test_generated_connectors_have_rows() -> None:
    tenant = generate.make(generate.counts("environments=2,connectors=3"))
    ids = [item.dataverse_id for where in tenant.environments.values() for item in where.connectors.values()]
    assert len(set(ids)) == 6
    assert tenant_file.from_dict(tenant_file.to_dict(tenant)) == tenant


def test_a_secret_of_the_file_is_a_digest_and_seen_nowhere_else(emulator: Emulator, api: Api) -> None:
    digest = hashlib.sha256(b"hush").hexdigest()
    new = {
        "id": "shared_kept",
        "name": "Kept",
        "creator": KIM,
        "secrets": {"connectionparameters/token/clientSecret": digest},
    }
    emulator.change([{"change": "add_connector", "environment": ENV, "connector": new}])
    assert kept(emulator, "shared_kept")["secrets"] == new["secrets"]
    assert digest not in json.dumps(connector_of(api, "shared_kept"))
