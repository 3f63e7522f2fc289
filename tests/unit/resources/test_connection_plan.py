# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of the plan of a connection, whoever made it and however it is."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    CREATE,
    DELETE,
    NONE,
    UPDATE,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_plan import (
    CurrentConnection,
    content,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connections import (
    connector_of,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connection import KIND
from tests.unit.resources.connecting import (
    A_PERSON,
    ADA,
    CALLER,
    IDENTIFIER,
    SECRET,
    SELF,
    SQL,
    UNAUTHENTICATED,
    UNAUTHORIZED,
    Json,
    bound,
    broken,
    planned,
    record,
    served,
)

# -- create, update, delete ------------------------------------------------------------------------------------------

WANTED: list[tuple[str, Json | None, Json]] = [
    (CREATE, None, {"display_name": "Ledger"}),
    (CREATE, None, {"display_name": "Ledger", "parameters": SQL, "secret_parameters": {"password": SECRET}}),
    (CREATE, None, {"display_name": "Ledger", "parameter_set": "CertOauth", "secret_parameters": {"pfx": SECRET}}),
    (UPDATE, record(), {"display_name": "New name"}),
    (UPDATE, record(), {"parameters": {"database": "other"}}),
    (UPDATE, record(), {"parameter_set": "CertOauth", "secret_parameters": {"pfx": SECRET}}),
    (UPDATE, record(), {"secret_parameters": {"password": SECRET}, "update_secrets": "always"}),
    (UPDATE, record(), {"secret_parameters": {"password": SECRET}, "secrets_changed_at": "2026-02-01T00:00:00Z"}),
    (DELETE, record(), {"state": "absent"}),
]


@pytest.mark.parametrize(("action", "said", "options"), WANTED)
def test_one_write_and_after_it_nothing_is_left(action: str, said: Json | None, options: Json) -> None:
    plan = planned(said, **options)
    assert (plan.action, plan.writes, plan.refusal, plan.removals) == (action, 1, "", int(action == DELETE))
    assert plan.differences
    assert (plan.before["state"], plan.after["state"]) == (
        "absent" if said is None else "present",
        "absent" if action == DELETE else "present",
    )
    desired = KIND.written(None, bound(**options), plan.change)
    again = KIND.plan(desired, CurrentConnection(served(said, plan)))
    assert (again.action, again.change, again.differences, again.writes) == (NONE, None, (), 0)
    if action == UPDATE and "parameter_set" not in options:
        assert again.before == plan.after


@pytest.mark.parametrize(("said", "options"), [row[1:] for row in WANTED])
def test_no_part_of_a_plan_shows_a_secret(said: Json | None, options: Json) -> None:
    """Not even where the service gave it away."""
    names = dict.fromkeys(options.get("secret_parameters", {}), SECRET)
    for current in (said, said and record(connectionParameters={**SQL, **names})):
        plan = planned(current, **options)
        rows = [item.as_drift(KIND.name) for item in plan.differences]
        assert SECRET not in repr((plan, rows, plan.change, bound(**options)))


def test_it_is_the_whole_object_that_is_sent() -> None:
    """What is not changed has to be in it (contract: power-platform-api.md 4.7)."""
    said = record(accountName="svc", keywordsRemaining=78)
    plan = planned(said, display_name="New name", secret_parameters={"password": SECRET}, update_secrets="always")
    assert plan.change is not None
    sent = content(said["properties"], plan.change)
    assert sent["displayName"] == "New name"
    assert sent["connectionParameters"] == {**SQL, "password": SECRET}
    kept = {name: value for name, value in said["properties"].items() if name not in sent or sent[name] == value}
    assert said["properties"].keys() - kept.keys() == {"displayName", "connectionParameters"}
    assert set(said["properties"]) <= set(sent)


def test_parameters_of_a_set_are_sent_in_its_form() -> None:
    chosen = {"name": "CertOauth", "values": {"tenant": {"value": "t"}, "client": {"value": "c"}}}
    said = record(connectionParameters=None, connectionParametersSet=chosen)
    plan = planned(said, parameters={"client": "d"}, secret_parameters={"pfx": SECRET}, update_secrets="always")
    assert plan.change is not None
    sent = content(said["properties"], plan.change)
    assert sent["connectionParametersSet"] == {
        "name": "CertOauth",
        "values": {"tenant": {"value": "t"}, "client": {"value": "d"}, "pfx": {"value": SECRET}},
    }
    assert "connectionParameters" not in sent
    assert planned(said, parameter_set="certoauth").action == NONE


@pytest.mark.parametrize(
    "said",
    [
        record(),
        record(connectionParameters=None, connectionParametersSet={"name": "C", "values": {"tenant": {"value": "t"}}}),
    ],
)
def test_another_set_has_nothing_of_the_old_one_and_needs_its_secrets(said: Json) -> None:
    """They were those of another way to log in."""
    plan = planned(said, parameter_set="oauth", parameters={"client": "d"}, secret_parameters={"password": SECRET})
    assert plan.change is not None
    sent = content(said["properties"], plan.change)
    values = {"client": {"value": "d"}, "password": {"value": SECRET}}
    assert sent["connectionParametersSet"] == {"name": "oauth", "values": values}
    assert "connectionParameters" not in sent


def test_a_declared_parameter_that_is_not_returned_comes_along() -> None:
    """For what is not sent the service takes away."""
    plan = planned(record(), display_name="New name", parameters={"unreturned": "x"})
    assert plan.change is not None
    assert content(record()["properties"], plan.change)["connectionParameters"] == {**SQL, "unreturned": "x"}


def test_a_new_one_needs_a_name_and_absent_needs_nothing() -> None:
    with pytest.raises(OptionError) as raised:
        planned(None)
    assert raised.value.option == "display_name"
    assert IDENTIFIER in raised.value.message
    plan = planned(None, state="absent")
    assert (plan.action, plan.change, plan.differences) == (NONE, None, ())


# -- what is compared ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"display_name": "Ledger"},
        {"parameters": {}},
        {"parameters": {"database": "ledger"}},
        {"parameters": {"unreturned": "x"}},  # not known to differ
        {"connector": "SHARED_SQL"},
        {"secret_parameters": {"password": SECRET}},
    ],
)
def test_only_what_is_declared_and_known_is_compared(options: Json) -> None:
    plan = planned(record(), **options)
    assert (plan.action, plan.differences, plan.before) == (NONE, (), plan.after)


def test_parameters_are_compared_by_what_they_mean() -> None:
    said = record(connectionParameters={"port": "1433", "options": {"a": 1, "b": 2}, "encrypt": True})
    assert planned(said, parameters={"port": 1433, "options": {"b": 2, "a": 1}, "encrypt": "true"}).action == NONE
    plan = planned(said, parameters={"port": 1434})
    assert plan.after["parameters"] == {**said["properties"]["connectionParameters"], "port": 1434}


def test_a_resource_fed_back_plans_nothing() -> None:
    for said in (record(), record(connectionParametersSet={"name": "S", "values": {"a": {"value": 1}}})):
        plan = planned(said, display_name="New name")
        for resource, current in ((plan.before, said), (plan.after, served(said, plan))):
            assert planned(current, **{"connector": "shared_sql", **resource}).action == NONE
    assert planned(None, **planned(record(), state="absent").after).action == NONE


# -- whose it is -----------------------------------------------------------------------------------------------------


OF_ADA = record(createdBy=A_PERSON)


def test_only_its_owner_changes_it_and_the_refusal_names_the_owner() -> None:
    for options in ({"display_name": "Mine"}, {"secret_parameters": {"p": SECRET}, "update_secrets": "always"}):
        plan = planned(OF_ADA, **options)
        assert (plan.action, plan.change, plan.writes) == (NONE, None, 0)
        assert plan.differences
        assert "Ada Example" in plan.refusal
        assert ADA in plan.refusal
        assert SECRET not in plan.refusal
    assert planned(OF_ADA, display_name="Ledger").refusal == ""
    assert planned(OF_ADA, state="absent").action == DELETE


def test_whoever_declares_one_by_a_key_wants_one_of_its_own() -> None:
    """Also where the other one is as declared: who runs could not use it."""
    for options in ({}, {"display_name": "Ledger"}, {"display_name": "Mine"}):
        assert "Ada Example" in planned(OF_ADA, key="", **options).refusal
        assert planned(record(), key="", **options).refusal == ""


@pytest.mark.parametrize("creator", [None, {}, {"displayName": "Somebody"}])
def test_a_connection_of_unknown_owner_is_nobodys_to_change(creator: Json | None) -> None:
    assert "unknown" in planned(record(createdBy=creator), display_name="Mine").refusal


def test_who_does_not_know_who_it_is_changes_nothing() -> None:
    nobody = CALLER._replace(object_id="")
    for said in (record(), record(createdBy={"id": ""})):
        plan = KIND.plan(bound(nobody, display_name="Mine"), CurrentConnection(said))
        assert plan.change is None
        assert "who runs" in plan.refusal


@pytest.mark.parametrize("options", [{"state": "absent"}, {"display_name": "Ledger"}])
def test_a_connection_of_another_connector_is_another_one(options: Json) -> None:
    with pytest.raises(OptionError, match="shared_sql") as raised:
        planned(record(), connector="shared_office365", **options)
    assert raised.value.option == "connector"


def test_parameters_that_are_named_like_secrets_are_not_shown() -> None:
    """Should a service ever return one (contract 3.7 says that it does not); nor are signatures of URLs."""
    url = "https://prod.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sp=%2F&sig=abcdef"
    names = ("password", "clientSecret", "API_Key", "accessToken", "connectionString", "sasToken")
    plan = planned(record(connectionParameters={**SQL, **dict.fromkeys(names, SECRET), "callback": url}))
    shown = plan.before["parameters"]
    assert shown.keys() == {*SQL, "callback"}
    assert "abcdef" not in shown["callback"]


def test_the_connector_is_told_by_either_form_of_its_id() -> None:
    short = record(apiId="/providers/Microsoft.PowerApps/apis/shared_sql")
    assert connector_of(short) == connector_of(record()) == "shared_sql"


# -- whether it works ------------------------------------------------------------------------------------------------


def test_a_connection_that_nobody_signed_in_to_says_who_has_to() -> None:
    plan = planned(broken(UNAUTHENTICATED, createdBy=A_PERSON))
    assert (plan.action, plan.change) == (NONE, None)
    assert "Ada Example has to sign in" in plan.refusal
    [difference] = plan.differences
    assert (difference.before, difference.after) == ("Error Unauthenticated", "Connected")


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        (A_PERSON, "Ada Example has to repair it"),
        ({"id": SELF, "displayName": "Runner", "type": "ServicePrincipal"}, "An application cannot consent"),
        ({"id": ADA, "type": "User"}, "no name for its owner"),
    ],
)
def test_a_connection_that_broke_says_why_and_who_can_mend_it(owner: Json, said: str) -> None:
    plan = planned(broken(UNAUTHORIZED, createdBy=owner))
    assert "AADSTS50173" in plan.refusal
    assert said in plan.refusal
    assert plan.facts["statuses"] == [{"status": "Error", "target": "token", **UNAUTHORIZED}]


@pytest.mark.parametrize("error", [UNAUTHENTICATED, UNAUTHORIZED])
def test_it_can_be_accepted_as_it_is(error: Json) -> None:
    plan = planned(broken(error), require_connected=False)
    assert (plan.action, plan.differences, plan.refusal) == (NONE, (), "")
    assert error["message"] in plan.warnings[0]
    assert planned(record(), require_connected=False).warnings == ()


def test_one_bad_status_is_enough_and_none_is_not_known_to_work() -> None:
    mixed = record(statuses=[{"status": "Connected"}, {"status": "Error", "error": UNAUTHORIZED}])
    assert "AADSTS50173" in planned(mixed).refusal
    for said in ([], None):
        assert "no status" in planned(record(statuses=said)).refusal
    assert planned(record(statuses=[{"status": "connected"}])).refusal == ""


def test_a_change_may_heal_it() -> None:
    plan = planned(broken(UNAUTHORIZED), secret_parameters={"password": SECRET}, update_secrets="always")
    assert (plan.action, plan.refusal) == (UPDATE, "")
    assert [item.id.rpartition("/")[2] for item in plan.differences] == ["secrets", "status"]


def test_one_that_is_to_go_need_not_work() -> None:
    plan = planned(broken(UNAUTHENTICATED), state="absent")
    assert (plan.action, plan.refusal, plan.warnings) == (DELETE, "", ())
