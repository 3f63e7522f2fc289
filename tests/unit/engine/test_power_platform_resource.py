# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any resource of the Power Platform API: found, compared by the declared part, made, changed and removed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE, GROUP, GROUPS, SANDBOX, SECRET, check, one, plan, rows, run, statuses
from tests.unit.engine.platform import (
    EMEA,
    FIND,
    GROUP_BODY,
    POLICIES,
    SETTINGS,
    group,
    groups,
    refused,
    resource,
    told,
    wanted,
    writes,
)

Json = dict[str, Any]

# A connection of the caller, on the host of its environment.
NAME = "ab" * 16
CONNECTION: Json = {
    "environment": "Finance Production",
    "host": "environment",
    "path": f"/connectivity/connectors/shared_azureblob/connections/{NAME}",
    "api_version": "1",
    "query": {"$filter": f"environment eq '{FINANCE}'"},
    "update_method": "put",
    "update_body": "merged",
}
PROPERTIES = {"displayName": "Archive", "environment": {"name": FINANCE}}


def properties(**more: Any) -> Json:
    return {"properties": {**PROPERTIES, **more}}


# -- ladders ---------------------------------------------------------------------------------------------------------


def test_a_resource_that_is_found_is_made_changed_and_removed(emulator: Emulator) -> None:
    made = one(emulator, group())
    assert (made.status, made.changed, made.verified) == (CHANGED, True, True)
    [sent] = writes(emulator)
    assert (sent["method"], sent["path"], sent["body"]) == ("POST", GROUPS, GROUP_BODY)
    path = made.as_json()["facts"]["path"]
    assert path.startswith(f"{GROUPS}/")
    again = one(emulator, group())
    assert (again.status, again.changed, again.as_json()["facts"]) == (OK, False, {"path": path})

    changed = one(emulator, group(body={**GROUP_BODY, "description": "Those who are away"}))
    assert (changed.status, changed.as_json()["action"]) == (CHANGED, "update")
    assert changed.drift[0]["before"] == "Those who travel"
    assert changed.drift[0]["id"].endswith("/description")
    assert (writes(emulator)[1]["method"], writes(emulator)[1]["path"]) == ("PUT", path)
    assert one(emulator, resource(path=path, body={"description": "Those who are away"})).status == OK

    gone = resource(find=FIND, state="absent")
    removed = one(emulator, gone)
    assert (removed.status, removed.as_json()["action"], removed.verified) == (CHANGED, "delete", True)
    assert one(emulator, gone).status == OK
    assert [entry["method"] for entry in writes(emulator)] == ["POST", "PUT", "DELETE"]
    assert "Field teams" not in groups(emulator)


def test_a_resource_at_its_own_path_is_put_merged_and_removed(emulator: Emulator) -> None:
    body = properties(connectionParameters={"accountName": "archive"})
    new = {"properties": {"connectionParameters": {"accessKey": SECRET}}}
    declaration = resource(**CONNECTION, body=body, create_body=new)
    planned = plan(emulator, declaration)
    made = one(emulator, declaration)
    assert (made.status, made.drift) == (CHANGED, planned.outcomes[0].drift)
    assert SECRET not in told(made) + told(planned.outcomes[0])
    [sent] = writes(emulator)
    assert (sent["method"], sent["path"]) == ("PUT", CONNECTION["path"])
    assert ".environment.api.powerplatform.com" in sent["host"]
    assert "api-version=1" in sent["query"]
    assert "filter=environment" in sent["query"]
    assert one(emulator, declaration).status == OK

    renamed = resource(**CONNECTION, body=properties(displayName="Old archive"))
    assert one(emulator, renamed).status == CHANGED
    # The whole of what was read, with the declared part put in.
    assert {"statuses", "apiId", "displayName"} <= set(writes(emulator)[1]["body"]["properties"])
    assert one(emulator, renamed).status == OK
    # What only a new one gets is not compared.
    assert one(emulator, resource(**CONNECTION, create_body=new)).status == OK

    gone = resource(**{**CONNECTION, "state": "absent"})
    assert one(emulator, gone).status == CHANGED
    assert one(emulator, gone).status == OK
    assert [entry["method"] for entry in writes(emulator)] == ["PUT", "PUT", "DELETE"]


def test_what_shall_only_be_there_needs_no_body(emulator: Emulator) -> None:
    assert one(emulator, resource(path=f"{GROUPS}/{GROUP}")).status == OK
    missing = resource(path=f"{GROUPS}/e9000000-0000-4000-8000-0000000000ff")
    error = refused(emulator, missing)
    assert isinstance(error, OptionError)
    assert (error.option, "correct path or find" in error.remedy) == ("body", True)
    assert statuses(check(emulator, missing)) == [FAILED]


def test_a_resource_is_made_of_where_body_and_create_body(emulator: Emulator) -> None:
    where = {"displayName": "Field teams", "parentGroupId": GROUP}
    find = {"path": GROUPS, "where": where}
    outcome = one(emulator, resource(find=find, create_body={"description": "Once"}))
    assert outcome.status == CHANGED
    assert writes(emulator)[0]["body"] == {**where, "description": "Once"}
    assert one(emulator, resource(find=find, create_body={"description": "Never sent"})).status == OK
    assert len(writes(emulator)) == 1


@pytest.mark.parametrize(("method", "verb"), [("put", "PUT"), ("patch", "PATCH"), ("post", "POST")])
@pytest.mark.parametrize("form", ["declared", "merged"])
def test_a_change_is_sent_as_it_is_declared(emulator: Emulator, method: str, verb: str, form: str) -> None:
    """Whether the service takes it so is another matter."""
    asked = {"match": {"write": True}, "kind": "status", "status": 400, "code": "Bad", "message": "No."}
    emulator.faults([asked])
    path = f"{GROUPS}/{GROUP}"
    outcome = one(emulator, resource(path=path, body={"description": "x"}, update_method=method, update_body=form))
    [sent] = writes(emulator)
    assert (sent["method"], sent["path"]) == (verb, path)
    assert sent["body"]["description"] == "x"
    assert (sent["body"] == {"description": "x"}) == (form == "declared")
    assert (sent["body"].get("displayName") == "Personal") == (form == "merged")
    assert (outcome.status, outcome.changed) == (FAILED, False)


# -- comparing -------------------------------------------------------------------------------------------------------


def test_only_the_declared_part_counts(emulator: Emulator) -> None:
    assert one(emulator, wanted(PowerPages_AllowNonProdPublicSites=True, NoSuchSetting=None)).status == OK
    outcome = one(emulator, wanted(PowerPages_AllowNonProdPublicSites=True, PowerApps_NLSearch=False))
    assert outcome.status == CHANGED
    assert [(row["id"].rpartition("/")[2], row["before"], row["after"]) for row in outcome.drift] == [
        ("PowerApps_NLSearch", True, False)
    ]
    assert writes(emulator)[0]["body"] == {"PowerPages_AllowNonProdPublicSites": True, "PowerApps_NLSearch": False}


def test_nested_parts_are_compared_member_by_member(emulator: Emulator) -> None:
    def planned(instrument: Json) -> list[Json]:
        body = {"name": "payg-emea", "billingInstrument": instrument}
        [outcome] = plan(emulator, resource(path=f"{POLICIES}/{EMEA}", body=body)).outcomes
        return outcome.drift

    [row] = planned({"resourceGroup": "rg-new", "nothing": None})
    held = row["before"]["resourceGroup"]
    assert (row["before"], row["after"]) == ({"resourceGroup": held}, {"resourceGroup": "rg-new"})
    assert planned({"resourceGroup": held, "nothing": None}) == []


@pytest.mark.parametrize("case", ["upper", "lower"])
def test_ids_come_in_any_case(emulator: Emulator, case: str) -> None:
    emulator.faults([{"kind": "id_case", "case": case}])
    sales = "e0000000-0000-4000-8000-000000000003"
    find = {"path": f"{POLICIES}/{EMEA}/environments", "id_key": "environmentId", "where": {"environmentId": sales}}
    outcome = one(emulator, resource(find=find, body={"billingPolicyId": EMEA.upper(), "environmentId": sales}))
    assert outcome.status == OK


def test_the_answer_is_read_where_the_resource_stands(emulator: Emulator) -> None:
    row = one(emulator, wanted(PowerApps_NLSearch=True)).as_json()
    assert row["resource"] == {
        "environment": FINANCE,
        "environment_display_name": "Finance Production",
        "path": SETTINGS["path"],
        "read_at": "objectResult.0",
        "body": {"PowerApps_NLSearch": True},
        "state": "present",
    }
    error = refused(emulator, resource(**{**SETTINGS, "read_at": "objectResult.0.Nothing"}, body={"a": 1}))
    assert "0 has nothing at Nothing; it has CopilotStudio_ConnectedAgents, " in str(error)


# -- where it is -----------------------------------------------------------------------------------------------------


def test_the_environment_s_id_takes_its_place_in_the_path(emulator: Emulator) -> None:
    assert one(emulator, wanted(PowerApps_NLSearch=False)).status == CHANGED
    assert writes(emulator)[0]["path"] == f"/environmentmanagement/environments/{FINANCE}/settings"
    default = resource(**{**SETTINGS, "environment": "~default"}, body={"PowerApps_NLSearch": False})
    assert one(emulator, default).status == CHANGED
    assert f"/environments/Default-{emulator.tenant_id}/" in writes(emulator)[1]["path"]


def test_the_version_is_pinned_and_can_be_given(emulator: Emulator) -> None:
    def versions(**options: Any) -> set[str]:
        emulator.clear_log()
        outcome = one(emulator, resource(path=f"{GROUPS}/{GROUP}", **options))
        assert outcome.status == OK, outcome.error
        return {entry["query"] for entry in emulator.log(service="power_platform")}

    assert versions() == {"api-version=2024-10-01"}
    assert versions(api_version="2022-03-01-preview") == {"api-version=2022-03-01-preview"}
    assert versions(query={"$top": 5, "deep": True}) == {"api-version=2024-10-01&$top=5&deep=true"}


def test_a_result_holds_all_that_says_where_the_resource_is(emulator: Emulator) -> None:
    declaration = resource(**CONNECTION, body=properties(connectionParameters={"accountName": "archive"}))
    planned = plan(emulator, declaration).outcomes[0].as_json()["resource"]
    where = ("host", "path", "api_version", "query")
    assert {name: planned[name] for name in where} == {name: CONNECTION[name] for name in where}
    assert planned["environment"] == FINANCE
    fed_back = resource(**planned)
    assert statuses(run(emulator, fed_back)) == [OK]
    found = plan(emulator, group()).outcomes[0].as_json()["resource"]
    assert found == {"find": {**FIND, "id_key": "id"}, "state": "absent"}


# -- several items ---------------------------------------------------------------------------------------------------


def test_two_items_of_one_resource_are_one_write(emulator: Emulator) -> None:
    report = run(emulator, group(), group())
    assert statuses(report) == [CHANGED, CHANGED]
    assert len(writes(emulator)) == 1


@pytest.mark.parametrize(
    "other",
    [
        group(body={**GROUP_BODY, "description": "Others"}),
        group(update_method="patch"),
        group(api_version="1"),
        group(wait=False),
        resource(find=FIND, state="absent"),
    ],
)
def test_two_items_that_disagree_are_refused(emulator: Emulator, other: Any) -> None:
    report = run(emulator, group(), other)
    assert statuses(report)[1] == FAILED
    error = rows(report, [group(), other])[1]["error"]
    assert "items 0 and 1 contradict each other" in error["message"]
    assert writes(emulator) == []


def test_things_of_one_listing_are_told_apart(emulator: Emulator) -> None:
    body = {"displayName": "Office teams"}
    other = resource(find={"path": GROUPS, "where": body}, body=body)
    report = run(emulator, group(), other)
    assert statuses(report) == [CHANGED, CHANGED]
    assert {"Field teams", "Office teams"} <= set(groups(emulator))
    assert statuses(run(emulator, group(), other)) == [OK, OK]
    assert len(writes(emulator)) == 2


# -- check mode ------------------------------------------------------------------------------------------------------


def test_check_mode_plans_what_is_done_and_writes_nothing(emulator: Emulator) -> None:
    steps = (
        (group(), "create"),
        (group(body={**GROUP_BODY, "description": "Others"}), "update"),
        (resource(find=FIND, state="absent"), "delete"),
        (wanted(PowerApps_NLSearch=False), "update"),
    )
    for declaration, action in steps:
        emulator.clear_log()
        [planned] = plan(emulator, declaration).outcomes
        assert (planned.status, planned.changed, planned.as_json()["action"]) == (PLANNED, True, action)
        assert writes(emulator) == []
        done = one(emulator, declaration)
        assert (done.drift, done.as_json()["diff"]) == (planned.drift, planned.as_json()["diff"])
        assert len(writes(emulator)) == 1


def test_an_audit_sees_the_same_drift(emulator: Emulator) -> None:
    elsewhere = resource(**{**SETTINGS, "environment": SANDBOX}, body={"PowerApps_NLSearch": True})
    report = check(emulator, group(), elsewhere)
    assert statuses(report) == [PLANNED, OK]
    assert report.drift == plan(emulator, group()).outcomes[0].drift
    assert writes(emulator) == []


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_secrets_that_were_pasted_into_bodies_are_shown_nowhere(emulator: Emulator) -> None:
    changed = resource(**SETTINGS, body={"ClientSecret": SECRET, "Sauce": {"password": SECRET}})
    made = group(body={**GROUP_BODY, "connectionString": SECRET})
    for declaration in (changed, made):
        [planned] = plan(emulator, declaration).outcomes
        done = one(emulator, declaration)
        assert planned.status == PLANNED
        assert done.status == FAILED  # the service takes none of them
        assert SECRET not in told(planned) + told(done)
        assert "********" in told(planned)
        assert SECRET in declaration.kind.pasted(declaration.options)


def test_a_secret_that_the_service_repeats_is_hidden(emulator: Emulator) -> None:
    says = {"status": 400, "code": "Bad", "message": f"'{SECRET}' is no word."}
    emulator.faults([{"kind": "status", "match": {"write": True}, **says}])
    outcome = one(emulator, wanted(ClientSecret=SECRET))
    assert outcome.status == FAILED
    assert "is no word" in str(outcome.error)
    assert SECRET not in told(outcome)


def test_another_secret_is_seen_to_be_another(emulator: Emulator) -> None:
    emulator.change([{"change": "set_environment", "environment": FINANCE, "settings": {"ApiKey": "the-old-key"}}])
    outcome = one(emulator, wanted(ApiKey=SECRET))
    assert outcome.status == CHANGED
    [row] = outcome.drift
    assert (row["before"], row["after"]) == ("********", "******** (another)")
    assert SECRET not in told(outcome)
    assert "the-old-key" not in told(outcome)


def test_secrets_where_a_resource_is_named_are_hidden_too(emulator: Emulator) -> None:
    find = {"path": GROUPS, "where": {"displayName": "Field teams", "apiKey": SECRET}}
    code = "c0de-of-the-query"
    declaration = resource(find=find, body={"description": "x"}, query={"code": code})
    [planned] = plan(emulator, declaration).outcomes
    assert planned.status == PLANNED
    assert SECRET not in told(planned)
    assert code not in told(planned)
    assert {SECRET, code} <= set(declaration.kind.pasted(declaration.options))
