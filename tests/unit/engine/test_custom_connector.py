# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom connectors in Dataverse: found by name, made, changed, handed over, removed, and fed back as they are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    GuardError,
    NotApplicableError,
    OptionError,
    ServiceError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    NOT_APPLICABLE,
    OK,
    PLANNED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    CLAIMS,
    CONNECTOR,
    CONNECTOR_ROLE,
    EXPENSES_ROW,
    FINANCE,
    FINANCE_URL,
    LEE,
    PLAIN,
    RATES_ROWS,
    SANDBOX,
    SANDBOX_CLAIMS,
    WAREHOUSE_ROW,
    ask,
    check,
    one,
    plan,
    request,
    roles_of,
    rows,
    run,
    services_asked,
    statuses,
    things,
)

Json = dict[str, Any]

NAME = "cr736_5Ftravel"
EXPENSES = "cr736_5Fexpenses"
OK_ANSWER = {"200": {"description": "ok"}}


def definition(operations: int = 1, host: str = "travel.contoso.example") -> Json:
    """A definition of so many operations, small enough for its column even with thousands of them."""
    return {
        "swagger": "2.0",
        "info": {"title": "Travel", "version": "1.0"},
        "host": host,
        "basePath": "/",
        "schemes": ["https", "http"],
        "paths": {
            f"/trips/{number}": {"get": {"operationId": f"Get{number}", "tags": ["b", "a"], "responses": OK_ANSWER}}
            for number in range(operations)
        },
    }


def travel(**options: Any) -> Request:
    """A connector that is not there yet, named as people name them: without an id."""
    wanted = {"name": NAME, "display_name": "Travel", "openapi_definition": definition(), **options}
    return request(CONNECTOR, environment=FINANCE, **wanted)


def expenses(**options: Any) -> Request:
    return request(CONNECTOR, environment=FINANCE, name=EXPENSES, **options)


def named(emulator: Emulator, name: str = NAME) -> list[Json]:
    """The connectors of that unique name."""
    return [item for item in things(emulator, "connectors").values() if item.get("unique_name") == name]


# -- a life ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["runner", "delegated"])
def test_a_life_without_an_id(emulator: Emulator, client: str) -> None:
    """Made, found by its name, changed, found by its display name, handed over, removed: one write each.

    A solution is told twice (contract 3.3), and here the first time suffices.
    """
    later = {"description": "All trips", "openapi_definition": definition(2)}
    steps = [
        ("create", travel(solution="ContosoFinance", owner_team="Finance Makers")),
        ("update", travel(**later)),
        ("update", request(CONNECTOR, environment=FINANCE, display_name="Travel", icon_brand_color="#123456")),
        ("update", travel(owner_user="kim@contoso.example")),
        ("update", travel(display_name="Journeys")),
        ("delete", request(CONNECTOR, environment=FINANCE, name=NAME, state="absent")),
    ]
    for number, (action, wanted) in enumerate(steps):
        emulator.clear_log()
        planned = plan(emulator, wanted, name=client)
        assert planned.outcomes[0].as_json()["action"] == action, number
        outcome = one(emulator, wanted, client)
        assert (outcome.status, outcome.verified) == (CHANGED, True), number
        assert outcome.drift == planned.drift != []
        assert one(emulator, wanted, client).status == OK
        sent = [entry["path"].rpartition("/")[2] for entry in emulator.log(writes=True)]
        assert len(sent) == 1 or sent == ["connectors", "AddSolutionComponent"]
        assert (len(sent), emulator.summary()["effects"]) == (2 if number == 0 else 1, 1)
        assert len(named(emulator)) == (0 if action == "delete" else 1)


def test_what_is_made_is_what_was_declared(emulator: Emulator) -> None:
    parameters = {"token": {"type": "oauthSetting", "oAuthSettings": {"clientId": "1", "scopes": []}}}
    outcome = one(
        emulator,
        travel(
            description="All trips",
            connection_parameters=parameters,
            policy_templates=[{"templateId": "dynamichosturl", "title": "Host", "parameters": {}}],
            script="public class Script\r\n{}\n",
            script_operations=["Get0"],
            icon_brand_color="#123456",
            solution="ContosoFinance",
            owner_team="Finance Makers",
        ),
    )
    assert outcome.status == CHANGED
    [made] = named(emulator)
    assert (made["name"], made["description"], made["definition"]) == ("Travel", "All trips", definition())
    assert (made["solution"], made["owner"]) == (["ContosoFinance"], "b2000000-0000-4000-8000-000000000001")
    assert (made["connection_parameters"], made["script_operations"]) == (parameters, ["Get0"])
    assert (made["script"], made["icon_brand_color"]) == ("public class Script\n{}\n", "#123456")
    row = outcome.as_json()
    assert row["facts"] == {"connector": made["id"], "managed": False}
    assert row["resource"]["connector_id"] == made["dataverse_id"]
    [step] = row["manual_steps"]
    assert "icon" in step
    assert row["manual_steps"] == row["warnings"]


def test_an_id_that_is_declared_is_kept(emulator: Emulator) -> None:
    identifier = "b1000000-0000-4000-8000-0000000000AA"
    assert one(emulator, travel(connector_id=identifier)).status == CHANGED
    assert named(emulator)[0]["dataverse_id"] == identifier.lower()
    assert one(emulator, travel(connector_id=identifier)).status == OK


@pytest.mark.parametrize("text", [json.dumps, yaml.safe_dump], ids=["json", "yaml"])
def test_a_definition_is_kept_as_text_in_git(emulator: Emulator, text: Any) -> None:
    assert one(emulator, travel(openapi_definition=text(definition(3)))).status == CHANGED
    assert named(emulator)[0]["definition"] == definition(3)
    for same in (definition(3), json.dumps(definition(3), indent=2), yaml.safe_dump(definition(3))):
        assert one(emulator, travel(openapi_definition=same)).status == OK


def test_only_what_is_declared_is_written(emulator: Emulator) -> None:
    one(emulator, expenses(description="Claims of all branches"))
    [entry] = emulator.log(writes=True)
    assert entry["body"] == {"description": "Claims of all branches"}
    assert (entry["query"], entry["headers"]["if-match"]) == ("tag=PowerAppsRP", 'W/"1000000"')


# -- which one ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"connector_id": EXPENSES_ROW},
        {"connector_id": EXPENSES_ROW.upper()},
        {"name": EXPENSES},
        {"name": EXPENSES.upper()},
        {"display_name": "Expenses"},
        {"connector_id": EXPENSES_ROW, "name": EXPENSES, "display_name": "Expenses"},
    ],
)
def test_it_is_found_by_what_is_known_of_it(emulator: Emulator, how: Json) -> None:
    outcome = one(emulator, request(CONNECTOR, environment=FINANCE, **how, description="New words"))
    assert outcome.status == CHANGED
    assert outcome.as_json()["resource"]["connector_id"] == EXPENSES_ROW
    assert things(emulator, "connectors")[CLAIMS]["description"] == "New words"


def test_one_display_name_for_two_lists_both(emulator: Emulator) -> None:
    outcome = one(emulator, request(CONNECTOR, environment=FINANCE, display_name="Rates", state="absent"))
    assert isinstance(outcome.error, AmbiguousReferenceError)
    assert all(identifier in str(outcome.error) for identifier in RATES_ROWS)
    assert (
        one(emulator, request(CONNECTOR, environment=FINANCE, name="cr736_5Frates", description="x")).status == CHANGED
    )
    assert len(emulator.log(writes=True)) == 1


def test_items_that_name_one_connector_in_several_ways_are_one_write(emulator: Emulator) -> None:
    ways = ({"connector_id": EXPENSES_ROW}, {"name": EXPENSES}, {"display_name": "Expenses"})
    requests = [request(CONNECTOR, environment=FINANCE, **way, description="New words") for way in ways]
    assert statuses(run(emulator, *requests)) == [CHANGED] * 3
    assert len(emulator.log(writes=True)) == 1


def test_an_organisation_that_is_given_is_asked_alone(emulator: Emulator) -> None:
    wanted = {"organization_url": FINANCE_URL, "name": EXPENSES, "description": "New words"}
    outcome = one(emulator, request(CONNECTOR, **wanted))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert services_asked(emulator) == {"dataverse"}
    assert {entry["host"] for entry in emulator.log() if entry["service"] != "login"} == {
        "contosofin.crm4.dynamics.com"
    }
    resource = outcome.as_json()["resource"]
    assert resource["organization_url"] == FINANCE_URL
    assert one(emulator, request(CONNECTOR, **resource)).status == OK


@pytest.mark.parametrize("url", ["http://contosofin.crm4.dynamics.com", "contosofin.crm4.dynamics.com", "https://", ""])
def test_an_organisation_has_an_https_url(emulator: Emulator, url: str) -> None:
    outcome = one(emulator, request(CONNECTOR, organization_url=url, name=EXPENSES, description="x"))
    assert isinstance(outcome.error, OptionError)
    assert emulator.log() == []


@pytest.mark.parametrize("wanted", [{"state": "absent"}, {"description": "x"}])
def test_an_environment_without_dataverse_is_not_applicable(emulator: Emulator, wanted: Json) -> None:
    requests = [request(CONNECTOR, environment=PLAIN, name=NAME, **wanted), expenses(description="x")]
    report = run(emulator, *requests)
    assert statuses(report) == [NOT_APPLICABLE, CHANGED]
    assert isinstance(report.outcomes[0].error, NotApplicableError)
    assert "connector_info and custom_connector_role" in report.outcomes[0].error.remedy


# -- owners ------------------------------------------------------------------------------------------------------------


def test_a_name_with_a_quote_stays_within_its_quotes(emulator: Emulator) -> None:
    assert one(emulator, expenses(owner_user="o'neil@contoso.example")).status == CHANGED
    assert things(emulator, "connectors")[CLAIMS]["owner"] == "a0000000-0000-4000-8000-000000000006"
    [asked] = {entry["query"] for entry in emulator.log() if entry["path"].endswith("/systemusers")}
    assert "domainname%20eq%20%27o%27%27neil" in asked or "domainname eq 'o''neil" in asked


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("owner_team", "Finance Makers' or name ne '"),
        ("owner_team", "x') or (name ne '"),
        ("owner_team", "Finance Makers&$filter=name ne 'x'"),
        ("owner_team", "Finance%20Makers"),
        ("owner_user", "' or domainname ne '"),
        ("owner_user", "nobody@contoso.example"),
    ],
)
def test_an_owner_that_nobody_is_is_unknown_and_nothing_is_written(emulator: Emulator, option: str, name: str) -> None:
    outcome = one(emulator, expenses(**{option: name}))
    assert isinstance(outcome.error, UnknownReferenceError)
    assert outcome.error.option == option
    assert emulator.log(writes=True) == []


def test_two_teams_of_one_name_are_both_listed(emulator: Emulator) -> None:
    ids = ["b2000000-0000-4000-8000-000000000001", "b2000000-0000-4000-8000-0000000000ff"]
    answer = {"value": [{"teamid": identifier, "name": "Finance Makers"} for identifier in ids]}
    emulator.faults([{"kind": "status", "status": 200, "body": answer, "match": {"path": "/teams$"}}])
    outcome = one(emulator, expenses(owner_team="Finance Makers"))
    assert isinstance(outcome.error, AmbiguousReferenceError)
    assert all(identifier in str(outcome.error) for identifier in ids)
    assert emulator.log(writes=True) == []


# -- removing ----------------------------------------------------------------------------------------------------------

USING: Json = {"id": "d00000000000000000000000000000a1", "connector": CLAIMS, "name": "My claims", "creator": LEE}


def test_a_connector_that_connections_use_stays(emulator: Emulator) -> None:
    emulator.change([{"change": "add_connection", "environment": FINANCE, "connection": USING}])
    wanted = expenses(state="absent")
    for report in (plan(emulator, wanted), run(emulator, wanted)):
        [outcome] = report.outcomes
        assert (outcome.status, outcome.changed) == (FAILED, False)
        assert isinstance(outcome.error, GuardError)
        assert f"My claims ({USING['id']})" in outcome.error.message
    assert emulator.log(writes=True) == []
    emulator.change([{"change": "delete_connection", "connection": USING["id"]}])
    assert one(emulator, wanted).status == CHANGED
    assert named(emulator, EXPENSES)[0]["id"] == SANDBOX_CLAIMS  # the other environment's is another one


def test_what_dataverse_refuses_to_remove_is_there(emulator: Emulator) -> None:
    """Whoever gives the organisation alone leaves the connections to Dataverse."""
    emulator.change(
        [
            {"change": "add_connection", "environment": FINANCE, "connection": USING},
            {"change": "set_environment", "environment": FINANCE, "dataverse_dependencies": True},
        ]
    )
    outcome = one(emulator, request(CONNECTOR, organization_url=FINANCE_URL, name=EXPENSES, state="absent"))
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert isinstance(outcome.error, ServiceError)
    assert outcome.error.code == "0x8004f01f"
    assert "referenced by others" in outcome.error.message
    assert "connections" in outcome.error.remedy
    assert "`environment` in place of organization_url" in outcome.error.remedy
    assert CLAIMS in things(emulator, "connectors")


# -- round trip --------------------------------------------------------------------------------------------------------


def fed_back(row: Json) -> Request:
    """A row of custom_connector_info as a declaration."""
    return request(CONNECTOR, **{name: value for name, value in row.items() if name in CONNECTOR.options})


@pytest.mark.parametrize("operations", [5, 500, 5_000])
def test_what_is_told_is_no_change_when_it_is_declared(emulator: Emulator, operations: int) -> None:
    emulator.change([{"change": "set_connector", "connector": CLAIMS, "definition": definition(operations)}])
    answer = ask(
        emulator, "custom_connector_info", environments=[FINANCE], connectors=["Expenses"], include=["documents"]
    )
    [row] = answer["custom_connectors"]
    assert len(row["openapi_definition"]["paths"]) == operations
    wanted = fed_back(json.loads(json.dumps(row)))
    assert statuses(check(emulator, wanted)) == statuses(run(emulator, wanted)) == [OK]
    assert emulator.log(writes=True) == []
    changed = json.loads(json.dumps(row["openapi_definition"]))
    changed["paths"]["/trips/3"]["get"]["operationId"] = "Changed"
    report = plan(emulator, fed_back({**row, "openapi_definition": changed}))
    assert statuses(report) == [PLANNED]
    assert report.drift[0]["after"] == {"paths": {"/trips/3": {"get": {"operationId": "Changed"}}}}


def test_thousands_of_operations_are_made_and_read_back(emulator: Emulator) -> None:
    wanted = travel(openapi_definition=definition(5_000))
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert one(emulator, wanted).status == OK
    assert len(emulator.log(writes=True)) == 1


def test_all_of_a_tenant_are_told_and_fed_back(emulator: Emulator) -> None:
    """Development and production, each with what the other has not; one that people made, and one made here."""
    one(emulator, travel(connection_parameters={"token": {"oAuthSettings": {"clientId": "1", "clientSecret": ""}}}))
    emulator.clear_log()
    answer = ask(emulator, "custom_connector_info", environments=["Finance*"], include=["documents"])
    told = answer["custom_connectors"]
    assert {row["environment"] for row in told} == {FINANCE, SANDBOX}
    requests = [fed_back(row) for row in told]
    assert statuses(run(emulator, *requests)) == [OK] * len(requests)
    assert emulator.log(writes=True) == []


def test_documents_are_told_only_where_they_are_asked_for(emulator: Emulator) -> None:
    answer = ask(emulator, "custom_connector_info", environments=[FINANCE, PLAIN])
    assert [row["name"] for row in answer["custom_connectors"]] == [
        EXPENSES,
        "cr736_5Frates",
        "cr736_5Frates2",
        "cr736_5Fwarehouse",
    ]
    assert all("openapi_definition" not in row for row in answer["custom_connectors"])
    assert "openapidefinition" not in json.dumps([entry["query"] for entry in emulator.log()])
    assert [row["environment"] for row in answer["not_applicable"]] == [PLAIN]
    assert answer["complete"] is True
    assert answer["custom_connectors"][3]["connector_id"] == WAREHOUSE_ROW


# -- and its roles -----------------------------------------------------------------------------------------------------


def test_roles_of_a_new_connector_come_from_its_own_kind(emulator: Emulator) -> None:
    made = rows(run(emulator, travel()), [travel()])[0]
    shared = request(
        CONNECTOR_ROLE, environment=FINANCE, connector=made["facts"]["connector"], user=LEE, role="CanView"
    )
    assert statuses(run(emulator, shared)) == [CHANGED]
    assert roles_of(emulator, made["facts"]["connector"], "connectors")[LEE] == "CanView"
    by_name = request(CONNECTOR_ROLE, environment=FINANCE, connector="Travel", user=LEE, role="CanView")
    assert statuses(run(emulator, travel(), by_name)) == [OK, OK]
