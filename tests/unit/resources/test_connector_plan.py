# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of one custom connector: what is sent, what is refused, and what is left to people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    NotApplicableError,
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller, Plan, Target, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, DELEGATED
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_plan import (
    ConnectorChange,
    CurrentConnector,
    with_secrets,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.custom_connector import KIND
from tests.unit.engine.conftest import declared
from tests.unit.resources.declaring import TENANT_ID, by_id

Json = dict[str, Any]

SECRET = "hunter2-and-more"
ID = "b1000000-0000-4000-8000-0000000000aa"
USER = "d1000000-0000-4000-8000-000000000001"
TEAM = "d2000000-0000-4000-8000-000000000001"
LINKED = {"properties": {"linkedEnvironmentMetadata": {"instanceUrl": "https://contosofin.crm4.dynamics.com/"}}}
ENVIRONMENT = Thing("e0000000-0000-4000-8000-000000000001", "Finance", LINKED)
DEFINITION: Json = {
    "swagger": "2.0",
    "info": {"title": "Orders", "version": "1.0"},
    "host": "orders.contoso.example",
    "schemes": ["https"],
    "paths": {"/orders": {"get": {"operationId": "List", "responses": {"200": {"description": "ok"}}}}},
}
SIGN_IN: Json = {"token": {"type": "oauthSetting", "oAuthSettings": {"clientId": "1", "scopes": ["a"]}}}
WHOLE: Json = {"name": "cr1_orders", "display_name": "Orders", "openapi_definition": DEFINITION}


def row(**columns: Any) -> Json:
    """The row as Dataverse answers it."""
    return {
        "@odata.etag": 'W/"7"',
        "connectorid": ID,
        "name": "cr1_orders",
        "displayname": "Orders",
        "description": None,
        "connectorinternalid": "shared_orders-5f1",
        "connectortype": 1,
        "ismanaged": False,
        "modifiedon": "2026-01-01T00:00:00Z",
        "_ownerid_value": USER,
        "openapidefinition": json.dumps(DEFINITION),
        "connectionparameters": None,
        "connectionparametersets": None,
        "policytemplateinstances": "",
        "scriptoperations": "[]",
        "customcodeblobcontent": None,
        "iconbrandcolor": "#007ee5",
        **columns,
    }


def planned(
    found: Json | None, /, *, token: str = APPLICATION, given: Json | None = None, **options: Any
) -> Plan[ConnectorChange]:
    """given: what only the environment knows: owner, used_by."""
    wanted = {"environment": ENVIRONMENT.id, **options}
    if not wanted.keys() & {"connector_id", "name", "display_name"}:
        wanted["connector_id"] = ID
    declaration = KIND.parse(declared(KIND, **wanted))
    thing = Thing(ID, "Orders", {"row": found}) if found else Thing(wanted.get("connector_id", ""), "", {})
    caller = Caller(TENANT_ID, USER, "", token)
    desired = KIND.bind(declaration, Target(ENVIRONMENT, thing, as_admin=True), by_id, caller)
    return KIND.plan(desired._replace(**(given or {})), CurrentConnector(found))


def change_of(plan: Plan[ConnectorChange]) -> ConnectorChange:
    assert plan.change is not None
    return plan.change


# -- making one --------------------------------------------------------------------------------------------------------


def test_a_new_one_is_a_custom_connector_with_what_is_declared_and_no_more() -> None:
    plan = planned(None, **WHOLE, solution="Finance", policy_templates=[{"templateId": "a"}])
    change = change_of(plan)
    assert change.columns is not None
    assert json.loads(change.columns.pop("openapidefinition")) == DEFINITION
    assert change.columns == {
        "name": "cr1_orders",
        "displayname": "Orders",
        "connectortype": 1,
        "policytemplateinstances": '[{"templateId":"a"}]',
    }
    assert (plan.action, plan.writes, plan.removals, change.creates, change.solution) == (
        "create",
        1,
        0,
        True,
        "Finance",
    )
    assert plan.before["state"] == "absent"
    assert plan.after == {**plan.before, **WHOLE, "policy_templates": [{"templateId": "a"}], "state": "present"}


def test_only_an_id_that_is_declared_is_sent() -> None:
    assert "connectorid" not in (change_of(planned(None, **WHOLE)).columns or {})
    assert (change_of(planned(None, connector_id=ID, **WHOLE)).columns or {})["connectorid"] == ID


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_a_new_one_needs_name_display_name_and_definition(missing: str) -> None:
    given = {name: value for name, value in WHOLE.items() if name != missing}
    with pytest.raises(OptionError, match="there is no such custom connector yet") as caught:
        planned(None, connector_id=ID, **given)
    assert caught.value.option == missing


def test_what_a_new_one_leaves_to_people_is_the_icon() -> None:
    [step] = planned(None, **WHOLE).manual_steps
    assert "icon" in step
    assert "make.powerapps.com" in step
    assert planned(row(), display_name="Orders", description="x").manual_steps == ()


def test_what_is_gone_may_be_gone() -> None:
    plan = planned(None, name="cr1_orders", state="absent")
    assert (plan.action, plan.change, plan.differences) == ("none", None, ())
    assert plan.after["state"] == "absent"


# -- changing one ------------------------------------------------------------------------------------------------------


def test_what_is_as_declared_is_left_alone() -> None:
    everything = {
        **WHOLE,
        "description": "",
        "icon_brand_color": "#007ee5",
        "connection_parameters": {},
        "policy_templates": [],
        "script": "",
        "script_operations": [],
    }
    plan = planned(row(), **everything)
    assert (plan.action, plan.change, plan.differences, plan.writes) == ("none", None, (), 0)
    assert plan.facts == {"connector": "shared_orders-5f1", "managed": False}


@pytest.mark.parametrize(
    ("option", "value", "column", "sent"),
    [
        ("display_name", "Purchases", "displayname", "Purchases"),
        ("display_name", "orders", "displayname", "orders"),
        ("description", "All orders", "description", "All orders"),
        ("icon_brand_color", "#000000", "iconbrandcolor", "#000000"),
        ("script", "a\r\nb", "customcodeblobcontent", "a\nb"),
        ("script_operations", ["List"], "scriptoperations", '["List"]'),
        ("policy_templates", [{"b": 1, "a": 2}], "policytemplateinstances", '[{"b":1,"a":2}]'),
        ("connection_parameters", SIGN_IN, "connectionparameters", json.dumps(SIGN_IN, separators=(",", ":"))),
        ("connection_parameter_sets", {"values": [1]}, "connectionparametersets", '{"values":[1]}'),
    ],
)
def test_only_the_column_that_differs_is_sent(option: str, value: Any, column: str, sent: str) -> None:
    plan = planned(row(), connector_id=ID, **{option: value})
    assert change_of(plan) == ConnectorChange(ID, "shared_orders-5f1", {column: sent}, 'W/"7"')
    assert (plan.action, plan.writes) == ("update", 1)
    [difference] = plan.differences
    assert difference.id.endswith(f"/custom_connectors/{ID}/{option}")
    served = row(**{column: sent})
    assert planned(served, connector_id=ID, **{option: value}).change is None


@pytest.mark.parametrize(
    ("option", "column"),
    [("description", "description"), ("script", "customcodeblobcontent"), ("icon_brand_color", "iconbrandcolor")],
)
def test_what_is_declared_empty_is_made_empty(option: str, column: str) -> None:
    plan = planned(row(**{column: "something"}), connector_id=ID, **{option: ""})
    assert change_of(plan).columns == {column: ""}


def test_line_ends_of_a_script_are_no_difference() -> None:
    stored = row(customcodeblobcontent="a\r\nb\r\n")
    assert planned(stored, connector_id=ID, script="a\nb\n").change is None
    assert planned(stored, connector_id=ID, script="a\nb").change is not None


def test_a_definition_shows_where_it_differs_alone() -> None:
    plan = planned(row(), connector_id=ID, openapi_definition={**DEFINITION, "host": "dev.contoso.example"})
    [difference] = plan.differences
    assert (difference.before, difference.after) == (
        {"host": "orders.contoso.example"},
        {"host": "dev.contoso.example"},
    )


def test_a_stored_text_that_nobody_can_read_is_written_anew() -> None:
    plan = planned(row(openapidefinition="{broken"), connector_id=ID, openapi_definition=DEFINITION)
    assert set(change_of(plan).columns or {}) == {"openapidefinition"}
    assert plan.differences[0].before == "{broken"


def test_a_connector_is_never_renamed() -> None:
    with pytest.raises(OptionError, match="is called cr1_orders, and that cannot be changed") as caught:
        planned(row(), connector_id=ID, name="cr1_purchases")
    assert caught.value.option == "name"
    assert planned(row(), connector_id=ID, name="CR1_Orders").change is None


def test_a_solution_is_that_of_a_new_one() -> None:
    assert planned(row(), connector_id=ID, solution="Finance").change is None


# -- its owner ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "reference", "option"),
    [(f"/teams({TEAM})", TEAM, "owner_team"), (f"/systemusers({USER.upper()})", None, "owner_user")],
)
def test_an_owner_is_sent_where_it_is_another_one(owner: str, reference: str | None, option: str) -> None:
    plan = planned(row(), given={"owner": owner}, connector_id=ID, **{option: "Somebody"})
    if reference is None:
        assert plan.change is None
        return
    assert change_of(plan).columns == {"ownerid@odata.bind": owner}
    assert plan.differences[0].id.endswith("/owner")
    served = row(_ownerid_value=reference)
    assert planned(served, given={"owner": owner}, connector_id=ID, **{option: "Somebody"}).change is None


def test_a_new_one_has_its_owner_at_once() -> None:
    plan = planned(None, given={"owner": f"/teams({TEAM})"}, **WHOLE, owner_team="Makers")
    assert (change_of(plan).columns or {})["ownerid@odata.bind"] == f"/teams({TEAM})"
    assert plan.writes == 1


# -- secrets -----------------------------------------------------------------------------------------------------------

HUSH: Json = {"secret_parameters": {"token": SECRET}}


def test_a_user_writes_the_secrets_of_a_new_one() -> None:
    plan = planned(None, token=DELEGATED, **WHOLE, connection_parameters=SIGN_IN, **HUSH)
    change = change_of(plan)
    assert change.secrets == {"token": SECRET}
    assert SECRET not in json.dumps(change.columns) + repr(change) + repr(plan)
    assert [step for step in plan.manual_steps if "secret" in step] == []


def test_for_an_application_they_are_a_manual_step() -> None:
    plan = planned(None, **WHOLE, connection_parameters=SIGN_IN, **HUSH)
    assert change_of(plan).secrets is None
    step = plan.manual_steps[0]
    assert "token" in step
    assert "user's token" in step
    assert SECRET not in "".join(plan.manual_steps)


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ({}, False),
        ({"update_secrets": "always"}, True),
        ({"secrets_changed_at": "2025-12-31T00:00:00Z"}, False),
        ({"secrets_changed_at": "2026-01-02T00:00:00Z"}, True),
    ],
)
def test_later_they_are_due_when_they_are_said_to_be(when: Json, due: bool) -> None:
    signed = row(connectionparameters=json.dumps(SIGN_IN))
    user = planned(signed, token=DELEGATED, connector_id=ID, **HUSH, **when)
    assert (user.change is not None, user.writes, user.manual_steps) == (due, int(due), ())
    if due:
        change = change_of(user)
        assert (change.columns, change.secrets, change.connector) == ({}, {"token": SECRET}, ID)
        assert SECRET not in repr(user)
    application = planned(signed, connector_id=ID, **HUSH, **when)
    assert application.change is None
    assert len(application.manual_steps) == int(due)


def test_columns_and_secrets_are_two_writes() -> None:
    signed = row(connectionparameters=json.dumps(SIGN_IN))
    plan = planned(signed, token=DELEGATED, connector_id=ID, description="x", update_secrets="always", **HUSH)
    assert (plan.writes, len(plan.differences)) == (2, 2)


@pytest.mark.parametrize("key", ["other", "region", "user/token"])
def test_a_secret_of_no_parameter_of_the_row_is_no_plan(key: str) -> None:
    """Also with another change, and with the parameters that are declared beside it."""
    parameters = {**SIGN_IN, "region": {"type": "string"}}
    hush = {"secret_parameters": {key: SECRET}, "update_secrets": "always"}
    for found, declared_too in (
        (row(connectionparameters=json.dumps(parameters)), {"description": "x"}),
        (row(), {"connection_parameters": parameters}),
    ):
        with pytest.raises(OptionError, match="no such connection parameter") as caught:
            planned(found, token=DELEGATED, connector_id=ID, **hush, **declared_too)
        assert caught.value.option == f"secret_parameters.{key}"
        assert SECRET not in str(caught.value) + repr(vars(caught.value))


def test_a_secret_may_be_of_a_parameter_that_comes_with_it() -> None:
    hush = {**HUSH, "update_secrets": "always"}
    plan = planned(row(), token=DELEGATED, connector_id=ID, connection_parameters=SIGN_IN, **hush)
    assert (plan.writes, change_of(plan).secrets) == (2, {"token": SECRET})


@pytest.mark.parametrize("option", ["connection_parameters", "connection_parameter_sets", "policy_templates"])
def test_a_secret_has_its_own_option(option: str) -> None:
    document: Any = {"token": {"oAuthSettings": {"clientSecret": SECRET}}}
    value = [document] if option == "policy_templates" else document
    with pytest.raises(OptionError, match="it holds a secret") as caught:
        planned(row(), **{option: value})
    assert SECRET not in str(caught.value) + repr(vars(caught.value))
    assert "secret_parameters" in caught.value.remedy


RECORD: Json = {
    "properties": {
        "connectionParameters": {"token": {"oAuthSettings": {"clientId": "1"}}, "region": {"type": "string"}},
        "connectionParameterSets": {
            "keyDisplayName": {},
            "values": [
                {"name": "app", "parameters": {"token": {"oAuthSettings": {"clientId": "2"}}}},
                {"name": "user", "parameters": {"token": {"oAuthSettings": {"clientId": "3"}}}},
            ],
        },
        "displayName": "Orders",
    }
}


def test_secrets_are_put_where_the_service_takes_them() -> None:
    before = json.dumps(RECORD)
    assert with_secrets(RECORD, {"token": SECRET}) == {
        "connectionParameters": {
            "token": {"oAuthSettings": {"clientId": "1", "clientSecret": SECRET}},
            "region": {"type": "string"},
        }
    }
    found = with_secrets(RECORD, {"token": "one", "user/token": SECRET})
    assert found["connectionParameters"]["token"]["oAuthSettings"]["clientSecret"] == "one"
    chosen = [item["parameters"]["token"]["oAuthSettings"] for item in found["connectionParameterSets"]["values"]]
    assert chosen == [{"clientId": "2"}, {"clientId": "3", "clientSecret": SECRET}]
    assert json.dumps(RECORD) == before


@pytest.mark.parametrize("key", ["other", "region", "nobody/token", "user/other", "/token/"])
def test_a_secret_of_no_parameter_is_refused_and_not_told(key: str) -> None:
    with pytest.raises(OptionError, match="no such connection parameter") as caught:
        with_secrets(RECORD, {key: SECRET})
    assert SECRET not in str(caught.value) + repr(vars(caught.value))


# -- removing one ------------------------------------------------------------------------------------------------------


def test_a_connector_goes_with_one_write() -> None:
    plan = planned(row(), connector_id=ID, state="absent")
    assert change_of(plan) == ConnectorChange(ID, removes=True)
    assert (plan.action, plan.writes, plan.removals, plan.after["state"]) == ("delete", 1, 1, "absent")


@pytest.mark.parametrize("count", [1, 10, 14])
def test_one_that_connections_use_stays_and_they_are_named(count: int) -> None:
    used = tuple(f"Connection {number} (c{number})" for number in range(count))
    with pytest.raises(GuardError) as caught:
        planned(row(), given={"used_by": used}, connector_id=ID, state="absent")
    message = str(caught.value)
    assert f"used by {count} connection" in message
    assert [name for name in used if name in message] == list(used[:10])
    assert ID in message


def test_an_environment_without_dataverse_is_not_applicable() -> None:
    declaration = KIND.parse(declared(KIND, environment="x", connector_id=ID))
    target = Target(Thing("x", "Plain", {"properties": {}}), Thing(ID, "", {}), as_admin=True)
    with pytest.raises(NotApplicableError, match="Plain has no Dataverse") as caught:
        KIND.bind(declaration, target, by_id, Caller(TENANT_ID, USER, "", APPLICATION))
    assert "custom_connector_role" in caught.value.remedy
