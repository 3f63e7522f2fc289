# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flow is in the solution that is declared, or a task says why it cannot be."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import LIMITS, SANDBOX, client, one, plan, run, statuses, things
from tests.unit.engine.flows import (
    APPROVAL,
    DEFINITION,
    ONBOARDING,
    ONBOARDING_ROW,
    OTHER_DEFINITION,
    UNBOUND,
    cloud_flow,
    paths,
)


def solutions_of(emulator: Emulator, flow: str) -> list[str]:
    return list(things(emulator, "flows")[flow].get("solution") or [])


def test_a_flow_of_another_solution_is_put_into_the_declared_one(emulator: Emulator) -> None:
    wanted = cloud_flow(APPROVAL, solution="ContosoFinance")
    before = solutions_of(emulator, APPROVAL)
    planned = plan(emulator, wanted)
    assert statuses(planned) == [PLANNED]
    assert [(item.id.rpartition("/")[2], item.after) for item in planned.outcomes[0].plan.differences] == [
        ("solution", "ContosoFinance")
    ]
    assert emulator.log(writes=True) == []
    assert one(emulator, wanted).status == CHANGED
    assert solutions_of(emulator, APPROVAL) == [*before, "ContosoFinance"]
    assert paths(emulator) == ["POST AddSolutionComponent"]
    assert one(emulator, wanted).status == OK
    assert len(emulator.log(writes=True)) == 1


def test_the_solution_and_what_else_differs_are_written_in_one_run(emulator: Emulator) -> None:
    wanted = cloud_flow(APPROVAL, solution="ContosoFinance", definition=OTHER_DEFINITION, connection_references={})
    assert one(emulator, wanted).status == CHANGED
    assert [path.split()[0] for path in paths(emulator)] == ["PATCH", "POST"]
    assert one(emulator, wanted).status == OK


def test_a_flow_that_is_in_its_solution_is_left_alone(emulator: Emulator) -> None:
    assert one(emulator, cloud_flow(ONBOARDING, SANDBOX, solution="contosofinance")).status == OK
    assert emulator.log(writes=True) == []


def test_members_of_a_solution_are_listed_once_for_all_its_flows(emulator: Emulator) -> None:
    plan(emulator, *(cloud_flow(flow, solution="ContosoFinance") for flow in (APPROVAL, UNBOUND)))
    asked = [path for path in paths(emulator, writes=False) if path.endswith(("solutions", "solutioncomponents"))]
    assert sorted(asked) == ["GET solutioncomponents", "GET solutions"]


@pytest.mark.parametrize("flow", [ONBOARDING, "A new one"])
def test_a_solution_that_is_not_there_is_told_before_anything_is_written(emulator: Emulator, flow: str) -> None:
    definition = {} if flow == ONBOARDING else {"definition": DEFINITION}
    other = cloud_flow(ONBOARDING_ROW, SANDBOX, display_name="Another name")
    wanted = cloud_flow(flow, SANDBOX, solution="NoSuchSolution", **definition)
    requests = [wanted] if flow == ONBOARDING else [other, wanted]
    outcome = run(emulator, *requests).outcomes[-1]
    assert isinstance(outcome.error, OptionError)
    assert (outcome.error.option, "NoSuchSolution" in outcome.error.message) == ("solution", True)
    assert "unique name" in outcome.error.remedy
    assert emulator.log(writes=True) == []


def test_a_managed_solution_takes_no_flow(emulator: Emulator) -> None:
    emulator.change(
        [{"change": "add_solution", "environment": SANDBOX, "solution": {"name": "SupplierPack", "managed": True}}]
    )
    for wanted in (
        cloud_flow(ONBOARDING, SANDBOX, solution="SupplierPack"),
        cloud_flow("A new one", SANDBOX, definition=DEFINITION, solution="SupplierPack"),
    ):
        outcome = one(emulator, wanted)
        assert isinstance(outcome.error, OptionError)
        assert "managed" in outcome.error.message
    assert emulator.log(writes=True) == []


def test_what_a_managed_solution_holds_already_is_as_declared(emulator: Emulator) -> None:
    managed = {"name": "ContosoFinance", "managed": True}
    emulator.change([{"change": "add_solution", "environment": SANDBOX, "solution": managed}])
    assert one(emulator, cloud_flow(ONBOARDING, SANDBOX, solution="ContosoFinance")).status == OK
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "drop", "when": "before"}, {"kind": "ignore_write"}],
    ids=["refused", "dropped", "ignored"],
)
@pytest.mark.parametrize("beside", [{}, {"display_name": "Another name"}], ids=["alone", "beside"])
def test_a_flow_that_its_solution_did_not_take_is_no_change_that_was_verified(
    emulator: Emulator, fault: dict[str, object], beside: dict[str, str]
) -> None:
    emulator.faults([{**fault, "match": {"path": "/AddSolutionComponent$"}}])
    outcome = one(emulator, cloud_flow(APPROVAL, solution="ContosoFinance", **beside))
    assert outcome.status == FAILED
    assert not outcome.verified
    emulator.faults([])
    assert one(emulator, cloud_flow(APPROVAL, solution="ContosoFinance", **beside)).status == CHANGED
    assert solutions_of(emulator, APPROVAL) == ["ContosoFinance"]


@pytest.mark.parametrize("name", ["", " "])
def test_a_blank_solution_is_none(emulator: Emulator, name: str) -> None:
    outcome = one(emulator, cloud_flow(APPROVAL, solution=name))
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "solution"


@pytest.mark.parametrize("solution", [None, "ContosoFinance"])
def test_a_new_flow_needs_the_token_of_its_organisation_before_anything_is_sent(
    emulator: Emulator, solution: str | None
) -> None:
    tokens = {"bap": emulator.token(), "flow": emulator.token("https://service.flow.microsoft.com//.default")}
    options = {"definition": DEFINITION, "route": "dataverse", **({"solution": solution} if solution else {})}
    wanted = cloud_flow("A new one", SANDBOX, **options)
    for read_only in (True, False):
        outcome = ensure(
            wanted.kind, wanted.options, client(emulator, access_tokens=tokens, read_only=read_only), LIMITS
        )
        assert isinstance(outcome.error, TokenError)
        assert not outcome.changed
    assert emulator.log(writes=True) == []


def test_a_flow_comes_back_into_its_solution(emulator: Emulator) -> None:
    assert one(emulator, cloud_flow(ONBOARDING, SANDBOX, state="absent")).status == CHANGED
    wanted = cloud_flow(ONBOARDING, SANDBOX, restore=True, solution="ContosoFinance")
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert solutions_of(emulator, ONBOARDING) == ["ContosoFinance"]
    assert one(emulator, wanted).status == OK


def test_a_flow_that_the_flow_service_makes_needs_no_answer_of_dataverse(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "before", "match": {"service": "dataverse"}}])
    assert one(emulator, cloud_flow("Brand new", SANDBOX, definition=DEFINITION), "delegated").status == CHANGED


def test_a_maker_may_use_the_name_of_a_flow_that_others_keep_from_them(emulator: Emulator) -> None:
    outcome = one(emulator, cloud_flow("Solution approval", definition=DEFINITION, as_admin=False), "maker")
    assert outcome.status == CHANGED
