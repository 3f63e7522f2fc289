# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which flow is meant: by name, by id, by the id of its row; renamed, deleted and brought back; and whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    OptionError,
    TokenError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    FINANCE,
    KIM,
    LEE,
    NOTHING,
    SANDBOX,
    check,
    flow,
    one,
    plan,
    roles_of,
    rows,
    run,
    state_of,
    statuses,
    things,
)
from tests.unit.engine.flows import (
    APPROVAL,
    APPROVAL_ROW,
    DEFINITION,
    ONBOARDING,
    ONBOARDING_ROW,
    OTHER_DEFINITION,
    PURGED,
    RETIRED,
    REVIEW,
    REVIEW_ROW,
    RUNNING,
    cloud_flow,
    named,
    owners,
    paths,
)

Json = dict[str, Any]


def name_of(emulator: Emulator, flow_id: str) -> str:
    return str(things(emulator, "flows")[flow_id]["name"])


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow_id", "client", "route"), [(APPROVAL, "runner", "dataverse"), (RUNNING, "delegated", "flow_service")]
)
def test_a_flow_is_renamed_by_its_id(emulator: Emulator, flow_id: str, client: str, route: str) -> None:
    wanted = cloud_flow(flow_id, display_name="Another name")
    outcome = one(emulator, wanted, client)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert [row["id"].rpartition("/")[2] for row in outcome.drift] == ["display_name"]
    assert name_of(emulator, flow_id) == "Another name"
    [sent] = emulator.log(writes=True)
    expected = {"name": "Another name"} if route == "dataverse" else {"properties": {"displayName": "Another name"}}
    assert sent["body"] == expected, "nothing else is written"
    assert one(emulator, wanted, client).status == OK
    assert len(emulator.log(writes=True)) == 1


@pytest.mark.parametrize("flow_name", ["Solution approval", "No such thing yet"])
def test_another_display_name_beside_a_name_is_refused(emulator: Emulator, flow_name: str) -> None:
    """The next run would not find it under the old name, and would make a second one."""
    outcome = one(emulator, cloud_flow(flow_name, display_name="Another name", definition=DEFINITION))
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "display_name"
    assert "give its id in flow" in outcome.error.remedy
    assert emulator.log() == []
    same = cloud_flow("Solution approval", display_name="Solution approval")
    assert one(emulator, same).status == OK


@pytest.mark.parametrize("name", ["", "  ", " Greeting", "Greeting "])
def test_a_blank_display_name_is_refused(emulator: Emulator, name: str) -> None:
    outcome = one(emulator, cloud_flow(APPROVAL, display_name=name))
    assert isinstance(outcome.error, OptionError)
    assert emulator.log() == []


def test_names_that_several_bear_are_an_error_that_lists_them(emulator: Emulator) -> None:
    twin = "f0000000-0000-4000-8000-0000000000a1"
    emulator.change(
        [
            {
                "change": "add_flow",
                "environment": FINANCE,
                "flow": {"id": twin, "name": "Month end report", "creator": "kim@contoso.example"},
            }
        ]
    )
    for options in ({"definition": DEFINITION}, {"state": "absent"}):
        outcome = one(emulator, cloud_flow("Month end report", **options), "delegated")
        assert isinstance(outcome.error, AmbiguousReferenceError)
        assert twin in str(outcome.error)
    assert emulator.log(writes=True) == []


def test_a_new_flow_has_no_id_of_its_own_choice(emulator: Emulator) -> None:
    outcome = one(emulator, cloud_flow(NOTHING, definition=DEFINITION))
    assert isinstance(outcome.error, OptionError)
    assert "gets its id from the service" in outcome.error.message
    assert "restore=true" in outcome.error.remedy


# -- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [APPROVAL_ROW, APPROVAL_ROW.upper()])
def test_the_id_of_the_row_means_its_flow(emulator: Emulator, given: str) -> None:
    wanted = cloud_flow(given, definition=DEFINITION)
    report = run(emulator, wanted)
    assert statuses(report) == [CHANGED]
    assert rows(report, [wanted])[0]["resource"]["flow"] == APPROVAL
    assert one(emulator, cloud_flow(APPROVAL, definition=DEFINITION)).status == OK
    assert statuses(run(emulator, wanted, cloud_flow(APPROVAL, definition=DEFINITION))) == [OK, OK]
    assert len(emulator.log(writes=True)) == 1


def test_the_first_start_gives_a_flow_another_id(emulator: Emulator) -> None:
    """And the id of its row goes on to lead to it."""
    started = flow(REVIEW_ROW, "started", SANDBOX)
    report = run(emulator, started)
    assert statuses(report) == [CHANGED], str(report.outcomes[0].error)
    assert rows(report, [started])[0]["resource"]["state"] == "started"
    assert state_of(emulator, REVIEW) == "Started"
    assert len(emulator.log(writes=True)) == 1
    assert statuses(run(emulator, started, cloud_flow(REVIEW, SANDBOX, display_name="Supplier review"))) == [OK, OK]
    assert statuses(run(emulator, cloud_flow(REVIEW_ROW, SANDBOX, display_name="Supplier check"))) == [CHANGED]
    assert name_of(emulator, REVIEW) == "Supplier check"
    assert statuses(run(emulator, cloud_flow(REVIEW_ROW, SANDBOX, state="absent"))) == [CHANGED]
    assert named(emulator, "Supplier check") == []


def test_people_of_a_flow_that_is_named_by_its_row(emulator: Emulator) -> None:
    wanted = owners(ONBOARDING_ROW, {"user": LEE}, environment=SANDBOX)
    assert statuses(run(emulator, wanted)) == [CHANGED]
    assert roles_of(emulator, ONBOARDING, "flows")[LEE] == "CanEdit"
    assert statuses(run(emulator, wanted)) == [OK]


# -- deleted flows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [RETIRED, "Retired digest", "retired DIGEST"])
def test_a_deleted_flow_is_brought_back(emulator: Emulator, given: str) -> None:
    wanted = cloud_flow(given, restore=True)
    planned = plan(emulator, wanted)
    assert statuses(planned) == [PLANNED]
    assert emulator.log(writes=True) == []
    report = run(emulator, wanted)
    row = rows(report, [wanted])[0]
    assert (row["status"], row["action"], row["verified"]) == (CHANGED, "create", True)
    assert row["resource"]["flow"] == RETIRED
    assert report.drift == planned.drift
    assert paths(emulator) == ["POST restore"]
    found = things(emulator, "flows")[RETIRED]
    assert found["state"] == "Stopped"
    assert roles_of(emulator, RETIRED, "flows")[LEE] == "CanEdit"
    again = one(emulator, wanted)
    assert (again.status, again.drift) == (OK, [])
    assert len(emulator.log(writes=True)) == 1


def test_what_is_restored_is_brought_to_its_declaration(emulator: Emulator) -> None:
    wanted = cloud_flow(RETIRED, restore=True, display_name="Digest", definition=OTHER_DEFINITION)
    report = run(emulator, wanted, name="delegated")
    [outcome] = report.outcomes
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    found = things(emulator, "flows")[RETIRED]
    assert (found["name"], found["definition"]["actions"]) == ("Digest", OTHER_DEFINITION["actions"])
    assert [text.split()[0] for text in paths(emulator)] == ["POST", "PATCH"]
    assert one(emulator, wanted, "delegated").status == OK


def test_an_application_restores_nothing_whose_content_it_cannot_write(emulator: Emulator) -> None:
    """A flow outside solutions, and that is known before anything is sent."""
    wanted = cloud_flow(RETIRED, restore=True, definition=OTHER_DEFINITION)
    for report in (plan(emulator, wanted), run(emulator, wanted)):
        assert isinstance(report.outcomes[0].error, TokenError)
        assert "user's token only" in report.outcomes[0].error.message
    assert emulator.log(writes=True) == []
    assert RETIRED not in things(emulator, "flows")


def test_what_was_restored_and_not_brought_to_its_declaration_is_told(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 400, "match": {"method": "PATCH"}}])
    outcome = one(emulator, cloud_flow(RETIRED, restore=True, definition=OTHER_DEFINITION), "delegated")
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, UnfinishedError)
    assert outcome.as_json()["manual_steps"]
    assert things(emulator, "flows")[RETIRED]["state"] == "Stopped"
    emulator.faults([])
    assert one(emulator, cloud_flow(RETIRED, restore=True, definition=OTHER_DEFINITION), "delegated").status == CHANGED


def test_several_deleted_flows_of_one_name_are_listed(emulator: Emulator) -> None:
    other = "f0000000-0000-4000-8000-0000000000a2"
    emulator.change(
        [
            {
                "change": "add_flow",
                "environment": FINANCE,
                "flow": {
                    "id": other,
                    "name": "Retired digest",
                    "creator": "kim@contoso.example",
                    "state": "Deleted",
                    "deleted_at": "recently",
                },
            }
        ]
    )
    outcome = one(emulator, cloud_flow("Retired digest", restore=True))
    assert isinstance(outcome.error, OptionError)
    assert RETIRED in outcome.error.message
    assert other in outcome.error.message
    assert emulator.log(writes=True) == []
    assert one(emulator, cloud_flow(other, restore=True)).status == CHANGED
    # Now there is one of that name, and the other one stays deleted.
    assert one(emulator, cloud_flow("Retired digest", restore=True)).status == OK


def test_what_was_deleted_long_ago_does_not_come_back(emulator: Emulator) -> None:
    outcome = one(emulator, cloud_flow(PURGED, restore=True))
    assert isinstance(outcome.error, OptionError)
    assert emulator.log(writes=True) == []
    made = one(emulator, cloud_flow("Purged digest", restore=True, definition=DEFINITION))
    assert made.status == CHANGED
    assert paths(emulator) == ["POST workflows"]


def test_without_restore_a_deleted_flow_is_not_there(emulator: Emulator) -> None:
    assert isinstance(one(emulator, cloud_flow("Retired digest")).error, OptionError)
    assert one(emulator, cloud_flow("Retired digest", state="absent")).status == OK
    asked = [entry for entry in emulator.log() if "softDeletedFlows" in str(entry["query"])]
    assert asked == []


def test_a_deletion_can_be_taken_back(emulator: Emulator) -> None:
    assert one(emulator, cloud_flow(RUNNING, state="absent")).status == CHANGED
    assert one(emulator, cloud_flow(RUNNING, restore=True)).status == CHANGED
    assert things(emulator, "flows")[RUNNING]["state"] == "Stopped"


def test_restoring_is_for_administrators(emulator: Emulator) -> None:
    outcome = one(emulator, cloud_flow(RETIRED, restore=True, as_admin=False), "maker")
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "restore"
    assert emulator.log() == []


@pytest.mark.parametrize(
    "options", [{"restore": True}, {"definition": DEFINITION}, {"display_name": "x"}, {"owner_team": "Finance Makers"}]
)
def test_what_is_to_go_has_no_content(emulator: Emulator, options: Json) -> None:
    outcome = one(emulator, cloud_flow(APPROVAL, state="absent", **options))
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option in options
    assert emulator.log() == []


def test_nothing_else_is_declared_of_what_shall_not_be_there(emulator: Emulator) -> None:
    report = run(emulator, cloud_flow(RUNNING, state="absent"), owners(RUNNING, {"user": LEE}))
    assert statuses(report) == [SKIPPED, FAILED]
    assert isinstance(report.outcomes[1].error, OptionError)
    assert emulator.log(writes=True) == []


# -- owners -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("option", "value"), [("owner_user", "kim@contoso.example"), ("owner_team", "finance makers")])
def test_a_flow_of_a_solution_gets_another_owner(emulator: Emulator, option: str, value: str) -> None:
    wanted = cloud_flow(APPROVAL, **{option: value})
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    [sent] = emulator.log(writes=True)
    assert list(sent["body"]) == ["ownerid@odata.bind"]
    if option == "owner_user":
        assert roles_of(emulator, APPROVAL, "flows") == {KIM: "Owner"}
    assert one(emulator, wanted).status == OK
    assert len(emulator.log(writes=True)) == 1


def test_an_owner_of_a_flow_outside_solutions_cannot_be_changed(emulator: Emulator) -> None:
    [outcome] = check(emulator, cloud_flow(RUNNING, owner_user="kim@contoso.example")).outcomes
    assert isinstance(outcome.error, OptionError)
    assert "co-owners with flow_owners" in outcome.error.remedy
