# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows the row of a custom connector, solution and secrets: done, or told with what a person has to do."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import dataverse
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, UnfinishedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, Outcome
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import _connector_writes
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import CONNECTOR, FINANCE, SECRET, check, one, plan, request, run
from tests.unit.engine.test_custom_connector import NAME, expenses, named, travel
from tests.unit.engine.test_custom_connector_secrets import OTHER_SECRET, USER, assert_hidden, digest, held, signed

Json = dict[str, Any]

SOLUTION = "ContosoFinance"
PATCH_OF_SECRETS = {"service": "powerapps", "method": "PATCH"}
ADDING = {"service": "dataverse", "path": "/AddSolutionComponent$"}
ASKING = {"service": "dataverse", "path": "/solutioncomponentdefinitions$"}
ALWAYS = "run once with update_secrets=always"


def failing(status: int = 403, **match: Any) -> Json:
    return {"kind": "status", "status": status, "code": "0x80040220", "message": "Its own words.", "match": match}


def added(emulator: Emulator) -> list[Json]:
    """What the requests that put something into a solution said."""
    return [entry["body"] for entry in emulator.log(writes=True) if entry["path"].endswith("/AddSolutionComponent")]


def assert_unfinished(outcome: Outcome, *steps: str) -> None:
    """Failed, changed, and each of these is left to a person, in a message, a warning and a step of its own."""
    assert isinstance(outcome.error, UnfinishedError)
    row = outcome.as_json()
    assert (row["status"], row["changed"]) == (FAILED, True)
    left = [step for step in row["manual_steps"] if "icon" not in step]
    assert len(left) == len(steps)
    for step, text in zip(left, steps, strict=True):
        assert text in step
        assert step in outcome.error.remedy
    assert row["warnings"] == row["manual_steps"]
    assert row["error"]["type"] == "UnfinishedError"


# -- secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        failing(403, **PATCH_OF_SECRETS),
        failing(500, **PATCH_OF_SECRETS),
        failing(403, service="powerapps", method="GET"),
        {"kind": "drop", "when": "before", "match": PATCH_OF_SECRETS},
    ],
    ids=["refused", "failed", "unread", "lost"],
)
def test_secrets_of_a_new_one_that_were_not_written_are_left_to_people(emulator: Emulator, fault: Json) -> None:
    """No later run could notice: it would find the connector as declared."""
    emulator.faults([fault])
    assert_unfinished(one(emulator, signed(), USER), "secrets (token)")
    assert held(emulator) == []
    emulator.faults([])
    assert one(emulator, signed(), USER).status == OK
    assert held(emulator) == []
    assert one(emulator, signed(update_secrets="always"), USER).status == CHANGED
    assert held(emulator) == [digest(SECRET)]


def test_the_step_says_how(emulator: Emulator) -> None:
    emulator.faults([failing(403, **PATCH_OF_SECRETS)])
    row = one(emulator, signed(), USER).as_json()
    [step] = [step for step in row["manual_steps"] if "secrets" in step]
    assert ALWAYS in step
    assert "Its own words." in row["error"]["message"]


def test_a_row_whose_answer_is_lost_has_no_secrets(emulator: Emulator) -> None:
    """Whether it was made is read back; that its secrets were not sent is certain."""
    emulator.faults([{"kind": "drop", "when": "after", "match": {"service": "dataverse", "method": "POST"}}])
    outcome = one(emulator, signed(solution=SOLUTION), USER)
    assert_unfinished(outcome, f"solution {SOLUTION}", "secrets (token)")
    assert len(named(emulator)) == 1
    assert held(emulator) == []


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        (failing(403, **PATCH_OF_SECRETS), False),
        (failing(400, **PATCH_OF_SECRETS), False),
        (failing(403, service="powerapps", method="GET"), False),
        ({"kind": "drop", "when": "before", "match": PATCH_OF_SECRETS}, True),
        ({"kind": "drop", "when": "after", "match": PATCH_OF_SECRETS}, True),
    ],
    ids=["refused", "bad", "unread", "lost before", "lost after"],
)
def test_secrets_alone_are_a_change_where_they_may_have_been_written(
    emulator: Emulator, fault: Json, changed: bool
) -> None:
    one(emulator, signed(), USER)
    emulator.faults([fault])
    outcome = one(emulator, signed(OTHER_SECRET, update_secrets="always"), USER)
    assert (outcome.status, outcome.changed) == (FAILED, changed)
    [step] = outcome.as_json()["manual_steps"]
    assert ALWAYS in step
    assert (held(emulator) == [digest(SECRET)]) or changed


@pytest.mark.parametrize("key", ["other", "user/token"])
@pytest.mark.parametrize("way", [plan, run, check])
@pytest.mark.parametrize("more", [{}, {"description": "New words"}], ids=["alone", "with another change"])
def test_a_secret_of_no_parameter_is_refused_before_any_write(
    emulator: Emulator, key: str, way: Any, more: Json
) -> None:
    one(emulator, signed(), USER)
    emulator.clear_log()
    hush = {"secret_parameters": {key: SECRET}, "update_secrets": "always"}
    wanted = request(CONNECTOR, environment=FINANCE, name=NAME, **hush, **more)
    report = way(emulator, wanted, expenses(description="x"), name=USER)
    error = report.outcomes[0].error
    assert isinstance(error, OptionError)
    assert error.option == f"secret_parameters.{key}"
    assert_hidden(emulator, report)
    assert emulator.log(writes=True) == []


# -- solutions ---------------------------------------------------------------------------------------------------------


def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service does not heed the header of the create, as some sources say."""
    real = dataverse.create_connector
    monkeypatch.setattr(
        dataverse, "create_connector", lambda client, url, columns, _solution: real(client, url, columns, None)
    )


@pytest.mark.parametrize("identifier", [None, "b1000000-0000-4000-8000-0000000000aa"], ids=["no id", "an id"])
def test_a_solution_holds_what_is_made_for_it_whether_or_not_the_header_counts(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, identifier: str | None
) -> None:
    deaf(monkeypatch)
    outcome = one(emulator, travel(solution=SOLUTION, connector_id=identifier))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    [made] = named(emulator)
    assert made["solution"] == [SOLUTION]
    assert added(emulator) == [
        {
            "ComponentId": made["dataverse_id"],
            "ComponentType": 372,
            "SolutionUniqueName": SOLUTION,
            "AddRequiredComponents": False,
        }
    ]
    assert emulator.summary()["effects"] == 2


def test_a_create_that_answers_nothing_is_read_for_its_id(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    real = dataverse.create_connector
    monkeypatch.setattr(dataverse, "create_connector", lambda *given: real(*given) and None)
    monkeypatch.setattr(_connector_writes, "_LAG", (0.01, 0.01))
    outcome = one(emulator, signed(solution=SOLUTION), USER)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert [body["ComponentId"] for body in added(emulator)] == [named(emulator)[0]["dataverse_id"]]
    assert held(emulator) == [digest(SECRET)]


@pytest.mark.parametrize(
    ("rows", "sent"),
    [([], 372), ([{"solutioncomponenttype": 371}], 371), ([{"solutioncomponenttype": 10123}], 10123)],
    ids=["not told", "of other sources", "of its own"],
)
def test_the_type_of_a_connector_is_asked_for(emulator: Emulator, rows: list[Json], sent: int) -> None:
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": rows}, "match": ASKING}])
    one(emulator, travel(solution=SOLUTION))
    [question] = [entry for entry in emulator.log() if entry["path"].endswith("/solutioncomponentdefinitions")]
    assert "connector" in question["query"]
    assert [body["ComponentType"] for body in added(emulator)] == [sent]


@pytest.mark.parametrize("rows", [[{"name": "Connector"}], [{"solutioncomponenttype": None}]])
def test_a_type_that_is_not_told_keeps_nothing_else_from_being_done(emulator: Emulator, rows: list[Json]) -> None:
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": rows}, "match": ASKING}])
    assert one(emulator, signed(solution=SOLUTION), USER).changed
    assert held(emulator) == [digest(SECRET)]
    assert [body["ComponentType"] for body in added(emulator)] == [372]


@pytest.mark.parametrize(
    "fault",
    [failing(403, **ADDING), failing(400, **ADDING), failing(403, **ASKING), {"kind": "drop", "match": ADDING}],
    ids=["refused", "bad", "unasked", "lost"],
)
def test_a_solution_that_does_not_take_it_is_left_to_people_and_the_secrets_are_written(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, fault: Json
) -> None:
    deaf(monkeypatch)
    emulator.faults([fault])
    outcome = one(emulator, signed(solution=SOLUTION), USER)
    assert_unfinished(outcome, f"solution {SOLUTION}")
    [made] = named(emulator)
    assert made.get("solution", []) == []
    assert held(emulator) == [digest(SECRET)]
    emulator.faults([])
    assert one(emulator, signed(solution=SOLUTION), USER).status == OK


def test_what_is_left_of_both_is_told_of_both(emulator: Emulator) -> None:
    emulator.faults([failing(403, **ADDING), failing(400, **PATCH_OF_SECRETS)])
    outcome = one(emulator, signed(solution=SOLUTION), USER)
    assert_unfinished(outcome, f"solution {SOLUTION}", "secrets (token)")
    assert outcome.error is not None
    assert "AddSolutionComponent" in outcome.error.message
    assert "Update-Connector" in outcome.error.message


def test_without_a_solution_nothing_is_asked_of_any(emulator: Emulator) -> None:
    one(emulator, travel())
    one(emulator, expenses(description="x", solution=SOLUTION))
    assert added(emulator) == []
    assert not [entry for entry in emulator.log() if "solution" in entry["path"]]


def test_a_row_that_is_refused_has_nothing_after_it(emulator: Emulator) -> None:
    emulator.faults([failing(403, service="dataverse", method="POST", path="/connectors$")])
    outcome = one(emulator, signed(solution=SOLUTION), USER)
    assert (outcome.status, outcome.changed) == (FAILED, False)
    assert not isinstance(outcome.error, UnfinishedError)
    assert len(emulator.log(writes=True)) == 1
