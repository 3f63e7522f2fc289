# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataverse: the tables beside connectors, solutions, metadata (dataverse-connectors.md 1.4 and 3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.control import Emulator

from .api import ADA, ENV, GONE, KIM, READERS, RUNNER, Api
from .dataverse_api import ABSENT, EXPENSES, NEW, SANDBOX_HOST, TEAM, Organisation, code_of, new_row

MAKERS = "b0000000-0000-4000-8000-000000000002"


@pytest.fixture
def finance(api: Api) -> Organisation:
    return Organisation(api)


def test_who_am_i(api: Api, finance: Organisation) -> None:
    found = finance.get("WhoAmI").json()
    assert found == finance.get("WhoAmI()").json()
    assert found["UserId"] == finance.user_id(RUNNER)
    assert Organisation(api, "maker").get("WhoAmI").json()["UserId"] == finance.user_id(KIM)
    bap = f"/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/{ENV}"
    linked = api.get("bap", bap).json()["properties"]["linkedEnvironmentMetadata"]
    assert found["OrganizationId"] == linked["resourceId"]
    assert finance.row()["_owningbusinessunit_value"] == found["BusinessUnitId"]


def test_system_users(emulator: Emulator, finance: Organisation) -> None:
    rows = {row["azureactivedirectoryobjectid"]: row for row in finance.get("systemusers").json()["value"]}
    kim = rows[KIM]
    assert (kim["fullname"], kim["domainname"], kim["isdisabled"]) == ("Kim Maker", "kim@contoso.example", False)
    assert (kim["internalemailaddress"], kim["applicationid"]) == ("kim@contoso.example", None)
    assert finance.get(f"systemusers({kim['systemuserid']})?$select=fullname").json()["fullname"] == "Kim Maker"
    assert rows[RUNNER]["applicationid"] == emulator.credentials()["client_id"]
    assert rows["c0000000-0000-4000-8000-000000000001"]["fullname"] == "# Governance Runner"
    assert "c0000000-0000-4000-8000-000000000002" not in rows  # not registered
    assert rows["a0000000-0000-4000-8000-000000000009"]["isdisabled"] is True
    assert rows[GONE]["isdisabled"] is True  # still owns a connector
    assert "a0000000-0000-4000-8000-00000000000a" not in rows  # in the bin, owns nothing
    assert finance.filtered("domainname eq 'KIM@contoso.example'", "systemusers", "fullname") == ["Kim Maker"]
    emulator.change([{"change": "delete_principal", "principal": ADA, "hard": True}])
    assert finance.filtered(f"azureactivedirectoryobjectid eq {ADA}", "systemusers", "isdisabled") == [True]


def test_a_security_group_keeps_others_out(emulator: Emulator, finance: Organisation) -> None:
    emulator.change([{"change": "set_environment", "environment": ENV, "security_group": READERS}])
    found = finance.filtered("applicationid eq null and isdisabled eq false", "systemusers", "fullname")
    assert found == ["Ada Example", "Kim Maker", "Lee Reader"]  # an administrator, a maker, a member


def test_teams(api: Api, finance: Organisation) -> None:
    (row,) = finance.get("teams").json()["value"]
    assert (row["teamid"], row["name"], row["teamtype"]) == (TEAM, "Finance Makers", 2)
    assert row["azureactivedirectoryobjectid"] == MAKERS
    assert Organisation(api, host=SANDBOX_HOST).filtered("name ne null", "teams", "teamid") == [TEAM[:-1] + "2"]
    assert finance.get(f"teams({TEAM})").status_code == 200
    assert finance.get(f"teams({ABSENT})").json()["error"]["message"].startswith("Entity 'Team' With Id")


def test_solutions_and_publishers(api: Api, finance: Organisation) -> None:
    rows = {row["uniquename"]: row for row in finance.get("solutions").json()["value"]}
    assert list(rows) == ["Default", "ContosoFinance"]
    solution = rows["ContosoFinance"]
    assert (solution["friendlyname"], solution["ismanaged"], solution["version"]) == (
        "Contoso Finance",
        False,
        "1.2.0.0",
    )
    publisher = finance.get(f"publishers({solution['_publisherid_value']})").json()
    assert (publisher["uniquename"], publisher["customizationprefix"]) == ("contoso", "cr736")
    other = Organisation(api, host="contososales.crm4.dynamics.com").get("solutions").json()["value"]
    assert [row["uniquename"] for row in other] == ["Default"]
    assert other[0]["solutionid"] != rows["Default"]["solutionid"]


def _members(organisation: Organisation, solution: str) -> list[Any]:
    (solution_id,) = organisation.filtered(f"uniquename eq '{solution}'", "solutions", "solutionid")
    return organisation.filtered(f"_solutionid_value eq {solution_id}", "solutioncomponents", "objectid")


def test_a_connector_goes_into_a_solution_by_header_or_by_action(finance: Organisation) -> None:
    assert _members(finance, "ContosoFinance") == [EXPENSES]
    assert len([row_id for row_id in _members(finance, "Default") if row_id.startswith("b1")]) == 4
    assert finance.post("connectors", new_row(), {"MSCRM.SolutionUniqueName": "contosofinance"}).ok
    assert _members(finance, "ContosoFinance") == [EXPENSES, NEW]
    (kind,) = finance.filtered("name eq 'connector'", "solutioncomponentdefinitions", "solutioncomponenttype")
    body = {
        "ComponentId": EXPENSES[:-1] + "2",
        "ComponentType": kind,
        "SolutionUniqueName": "ContosoFinance",
        "AddRequiredComponents": False,
    }
    made = finance.post("AddSolutionComponent", body)
    assert made.status_code == 200
    assert len(_members(finance, "ContosoFinance")) == 3
    assert finance.get(f"solutioncomponents({made.json()['id']})").json()["objectid"] == body["ComponentId"]
    assert finance.post("AddSolutionComponent", body).json()["id"] == made.json()["id"]
    for change in ({"SolutionUniqueName": "Nothing"}, {"ComponentType": 1}, {"ComponentId": "x"}):
        assert finance.post("AddSolutionComponent", {**body, **change}).status_code == 400
    assert finance.post("AddSolutionComponent", {**body, "ComponentId": ABSENT}).status_code == 404


def test_solutions_that_take_nothing(emulator: Emulator, api: Api, finance: Organisation) -> None:
    for name in ("Nothing", "Bought"):
        emulator.change(
            [{"change": "add_solution", "environment": ENV, "solution": {"name": "Bought", "managed": True}}]
        )
        reply = finance.post("connectors", new_row(), {"MSCRM.SolutionUniqueName": name})
        assert reply.status_code == 400
        emulator.reset()
    assert finance.get(f"connectors({NEW})").status_code == 404
    kim = Organisation(api, "maker")
    body = {"ComponentId": EXPENSES, "ComponentType": 372, "SolutionUniqueName": "Default"}
    assert code_of(kim.post("AddSolutionComponent", body)) == (403, "0x80040220")


def test_workflows_are_the_flows_of_solutions(finance: Organisation) -> None:
    rows = finance.get("workflows?$select=name,category,statecode").json()["value"]
    assert [(row["name"], row["category"], row["statecode"]) for row in rows] == [
        ("Solution approval", 5, 0),
        ("Unbound import", 5, 0),
    ]
    assert finance.get(f"workflows({rows[0]['workflowid']})").json()["_ownerid_value"] == finance.user_id(ADA)
    assert finance("PATCH", f"workflows({rows[0]['workflowid']})", json={}).status_code == 204


def test_the_same_connector_in_two_environments_are_two_rows(api: Api, finance: Organisation) -> None:
    sandbox = Organisation(api, host=SANDBOX_HOST)
    (other,) = sandbox.filtered("name eq 'cr736_5Fexpenses'", select="connectorid")
    assert other != EXPENSES
    assert sandbox.get(f"connectors({EXPENSES})").status_code == 404
    assert sandbox.user_id(ADA) != finance.user_id(ADA)
    assert Organisation(api, "delegated", SANDBOX_HOST).get("WhoAmI").json()["UserId"] == sandbox.user_id(ADA)


# -- metadata --------------------------------------------------------------------------------------------------------


def test_the_entity_set_of_a_table(finance: Organisation) -> None:
    query = "$select=LogicalName,EntitySetName,PrimaryIdAttribute&$filter=LogicalName eq "
    (found,) = finance.get(f"EntityDefinitions?{query}'connector'").json()["value"]
    assert found.pop("MetadataId")
    assert found == {"LogicalName": "connector", "EntitySetName": "connectors", "PrimaryIdAttribute": "connectorid"}
    unknown = finance.get(f"EntityDefinitions?{query}'spaceship'")
    assert (unknown.status_code, unknown.json()["value"]) == (200, [])
    every = finance.get(
        "EntityDefinitions?$select=LogicalName&$filter=(IsIntersect eq false and IsLogicalEntity eq false)"
    )
    assert {"connector", "workflow", "solution"} <= {item["LogicalName"] for item in every.json()["value"]}


def test_one_table(finance: Organisation) -> None:
    select = "MetadataId,LogicalName,SchemaName,EntitySetName,PrimaryNameAttribute,PrimaryIdAttribute,Unheard"
    found = finance.get(f"EntityDefinitions(LogicalName='workflow')?$select={select}").json()
    assert (found["SchemaName"], found["PrimaryNameAttribute"], found["Unheard"]) == ("Workflow", "name", None)
    full = finance.get(f"EntityDefinitions({found['MetadataId']})").json()
    assert (full["LogicalName"], full["IsManaged"], full["IsCustomizable"]["Value"]) == ("workflow", True, True)
    missing = finance.get("EntityDefinitions(LogicalName='spaceship')")
    assert (missing.status_code, bool(missing.json()["error"]["code"])) == (404, True)


def test_picklists(finance: Organisation) -> None:
    kind = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    path = f"Attributes/{kind}?$select=LogicalName&$expand=OptionSet($select=Options)"
    (found,) = finance.get(f"EntityDefinitions(LogicalName='connector')/{path}").json()["value"]
    labels = {item["Value"]: item["Label"]["LocalizedLabels"][0]["Label"] for item in found["OptionSet"]["Options"]}
    assert (found["LogicalName"], labels[1]) == ("connectortype", "CustomConnector")
    assert finance.get(f"EntityDefinitions(LogicalName='team')/{path}").json()["value"] == []
