# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows and people that bear one name, in one call: told apart by their ids, and refused where nobody could."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    TokenError,
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
    JOERG,
    LEE,
    PLAIN,
    SANDBOX,
    SANDBOX_FLOW,
    check,
    one,
    plan,
    roles_of,
    run,
    statuses,
    things,
)
from tests.unit.engine.flows import (
    DEFINITION,
    HANDOVER,
    INTAKE,
    ONBOARDING,
    RUNNING,
    cloud_flow,
    named,
    owners,
    run_only,
)

Json = dict[str, Any]

# Two people who are both called Chris Twin.
CHRIS = ("a0000000-0000-4000-8000-00000000000b", "a0000000-0000-4000-8000-00000000000c")


# -- people ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "users", [("chris1@contoso.example", "chris2@contoso.example"), CHRIS, (CHRIS[0], "chris2@contoso.example")]
)
def test_two_people_of_one_name_are_two(emulator: Emulator, users: tuple[str, str]) -> None:
    requests = [owners(RUNNING, {"user": users[0]}), run_only(RUNNING, {"user": users[1]})]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED], [str(outcome.error) for outcome in report.outcomes]
    held = roles_of(emulator, RUNNING, "flows")
    assert [held[user] for user in CHRIS] == ["CanEdit", "CanView"]
    assert statuses(run(emulator, *requests)) == [OK, OK]


def test_one_person_may_differ_on_two_flows_of_one_name(emulator: Emulator) -> None:
    """In two environments each has a flow of that name."""
    name = "Nightly stock export"
    requests = [
        owners(name, {"user": LEE}, environment=FINANCE),
        run_only(name, {"user": LEE}, environment=SANDBOX),
    ]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert roles_of(emulator, RUNNING, "flows")[LEE] == "CanEdit"
    assert roles_of(emulator, SANDBOX_FLOW, "flows")[LEE] == "CanView"
    assert statuses(run(emulator, *requests)) == [OK, OK]


@pytest.mark.parametrize("flow_id", [INTAKE, INTAKE.upper()])
@pytest.mark.parametrize("user", [LEE, LEE.upper(), "lee@contoso.example", "LEE@contoso.example"])
def test_one_person_is_one_however_the_flow_and_the_person_are_named(
    emulator: Emulator, flow_id: str, user: str
) -> None:
    requests = [owners("Invoice intake", {"user": LEE}, environment=SANDBOX)]
    requests.append(run_only(flow_id, {"user": user}, environment=SANDBOX))
    for report in (plan(emulator, *requests), run(emulator, *requests), check(emulator, *requests)):
        error = report.outcomes[1].error
        assert isinstance(error, OptionError)
        assert "items 0 and 1 contradict each other" in error.message
    assert emulator.log(writes=True) == []


def test_who_would_lose_a_role_is_named_in_the_refusal(emulator: Emulator) -> None:
    """Nobody goes as a whole: a co-owner would become a run-only user."""
    outcome = one(emulator, run_only(HANDOVER, {"user": JOERG}, environment=SANDBOX, max_removals=0))
    assert isinstance(outcome.error, GuardError)
    assert "on flow Invoice hand-over" in outcome.error.message
    assert JOERG in outcome.error.message
    assert emulator.log(writes=True) == []


# -- flows -------------------------------------------------------------------------------------------------------------

ONE_NAME: dict[str, list[Request]] = {
    "renamed and made": [
        cloud_flow(INTAKE, SANDBOX, display_name="Fresh name"),
        cloud_flow("Fresh name", SANDBOX, definition=DEFINITION),
    ],
    "both renamed": [
        cloud_flow(INTAKE, SANDBOX, display_name="Fresh name"),
        cloud_flow(HANDOVER, SANDBOX, display_name="fresh NAME"),
    ],
    "renamed and restored": [
        cloud_flow(RUNNING, display_name="Retired digest"),
        cloud_flow("Retired digest", restore=True),
    ],
}


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("requests", ONE_NAME.values(), ids=ONE_NAME)
def test_two_flows_that_would_bear_one_name_are_refused(
    emulator: Emulator, requests: list[Request], order: int
) -> None:
    """The next run could not tell them apart."""
    before = things(emulator, "flows")
    ordered = list(permutations(requests))[order]
    for report in (plan(emulator, *ordered, name="delegated"), run(emulator, *ordered, name="delegated")):
        assert statuses(report)[1] == FAILED
        error = report.outcomes[1].error
        assert isinstance(error, OptionError)
        assert "items 0 and 1" in error.message
        assert str(requests[0].options["display_name"]).casefold() in error.message
    assert emulator.log(writes=True) == []
    assert things(emulator, "flows") == before


def test_flows_of_two_environments_may_bear_one_name(emulator: Emulator) -> None:
    requests = [
        cloud_flow("Fresh name", FINANCE, definition=DEFINITION),
        cloud_flow(INTAKE, SANDBOX, display_name="Fresh name"),
    ]
    assert statuses(run(emulator, *requests, name="delegated")) == [CHANGED, CHANGED]
    assert statuses(run(emulator, *requests, name="delegated")) == [OK, OK]


def test_one_flow_that_is_declared_twice_is_no_contradiction(emulator: Emulator) -> None:
    """By another spelling of its id or of its name."""
    for requests in (
        [cloud_flow(name, SANDBOX, display_name="Fresh name") for name in (INTAKE, INTAKE.upper())],
        [cloud_flow(name, SANDBOX, definition=DEFINITION) for name in ("Another", "ANOTHER")],
    ):
        emulator.clear_log()
        assert statuses(run(emulator, *requests, name="delegated")) == [CHANGED, CHANGED]
        assert len(emulator.log(writes=True)) == 1


def test_flows_that_bear_one_name_already_may_keep_it(emulator: Emulator) -> None:
    """Both are named by their ids, and nothing is renamed."""
    emulator.change([{"change": "set_flow", "flow": HANDOVER, "name": "Invoice intake"}])
    requests = [cloud_flow(flow_id, SANDBOX, display_name="Invoice intake") for flow_id in (INTAKE, HANDOVER)]
    assert statuses(run(emulator, *requests)) == [OK, OK]
    assert len(named(emulator, "Invoice intake")) == 2


# -- an environment without Dataverse ----------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["runner", "delegated"])
@pytest.mark.parametrize(
    ("options", "error", "option"),
    [
        ({"route": "dataverse"}, TokenError, ""),
        ({"solution": "ContosoFinance"}, TokenError, ""),
        ({"owner_user": "kim@contoso.example"}, OptionError, "owner_user"),
        ({"owner_team": "Finance Makers"}, OptionError, "owner_team"),
    ],
    ids=["route", "solution", "owner", "team"],
)
def test_what_only_dataverse_does_fails_where_there_is_none(
    emulator: Emulator, client: str, options: Json, error: type[Exception], option: str
) -> None:
    """The environment has flows all the same, so that nothing that is declared may be passed over in silence."""
    requests = [
        cloud_flow("Greeting", PLAIN, definition=DEFINITION, **options),
        cloud_flow(ONBOARDING, SANDBOX, display_name="Suppliers"),
    ]
    for report, other in (
        (plan(emulator, *requests, name=client), None),
        (run(emulator, *requests, name=client), SKIPPED),
    ):
        assert report.failed
        assert report.outcomes[0].status == FAILED
        found = report.outcomes[0].error
        assert isinstance(found, error)
        assert getattr(found, "option", "") == option
        assert "no Dataverse" in str(found)
        assert other in (None, report.outcomes[1].status)
    if error is TokenError:  # an audit never writes, so that a closed route is no reason not to tell
        [outcome] = check(emulator, requests[0], name=client).outcomes
        assert (outcome.status, len(outcome.drift)) == (PLANNED, 1)
    assert emulator.log(writes=True) == []
