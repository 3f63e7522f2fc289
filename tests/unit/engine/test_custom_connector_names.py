# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of custom connectors: what two items say of one, what another one bears already, what is asked for once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, OK, PLANNED, Report
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    CONNECTOR,
    EXPENSES_ROW,
    FINANCE,
    FINANCE_URL,
    RATES_ROWS,
    SANDBOX,
    WAREHOUSE_ROW,
    check,
    one,
    plan,
    request,
    run,
    statuses,
)
from tests.unit.engine.test_custom_connector import EXPENSES, NAME, definition, expenses, named, travel

Json = dict[str, Any]

API_URL = FINANCE_URL.replace(".crm4.", ".api.crm4.")
WAREHOUSE = "cr736_5Fwarehouse"
NEW = "b1000000-0000-4000-8000-0000000000aa"
OTHER_NEW = "b1000000-0000-4000-8000-0000000000ab"


def at(url: str, **options: Any) -> Request:
    """A declaration in an organisation that is given by its URL."""
    return request(CONNECTOR, organization_url=url, **options)


def new_at(url: str) -> Request:
    return at(url, name=NAME, display_name="Travel", openapi_definition=definition())


def refused(emulator: Emulator, report: Report) -> OptionError:
    """The one error of a report, about an option, with which nothing was written."""
    [error] = {outcome.error for outcome in report.outcomes if outcome.error}
    assert isinstance(error, OptionError)
    assert error.remedy
    assert emulator.log(writes=True) == []
    return error


# -- items of one call -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [plan, run, check])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (expenses(description="x"), at(FINANCE_URL, name=EXPENSES, description="x")),
        (expenses(description="x"), at(API_URL, name=EXPENSES, description="y")),
        (expenses(description="x"), at(FINANCE_URL, display_name="Expenses", owner_team="Finance Makers")),
        (expenses(state="absent"), at(API_URL, connector_id=EXPENSES_ROW, description="x")),
        (at(FINANCE_URL, name=EXPENSES, description="x"), at(API_URL, connector_id=EXPENSES_ROW, script="y")),
        (travel(), new_at(FINANCE_URL)),
        (travel(), new_at(API_URL)),
        (travel(), travel(display_name="Trips", connector_id=NEW)),
        (travel(), travel(display_name="Trips", connector_id=NEW, name=NAME.upper())),
        (travel(connector_id=OTHER_NEW), travel(display_name="Trips", connector_id=NEW)),
        (travel(), request(CONNECTOR, environment=FINANCE, connector_id=NEW, name=NAME)),
        (travel(), travel(name="cr736_5Ftrips")),
        (travel(), travel(name="cr736_5Ftrips", display_name="TRAVEL")),
    ],
)
def test_one_connector_is_named_in_one_way(emulator: Emulator, first: Request, second: Request, way: Any) -> None:
    """Else each item would be written apart: one connector made twice, or one item over the other."""
    report = way(emulator, first, request(CONNECTOR, environment=FINANCE, name=WAREHOUSE, script="x"), second)
    assert "items 0 and 2" in refused(emulator, report).message
    assert [bool(outcome.error) for outcome in report.outcomes] == [False, False, True]
    assert not report.changed or way is not run


def test_what_is_alike_and_is_not_one_is_no_clash(emulator: Emulator) -> None:
    """One name in two environments, one item said twice, two that bear one name already."""
    requests = [
        travel(),
        travel(),
        Request(CONNECTOR, {**travel().options, "environment": SANDBOX}),
        request(CONNECTOR, environment=FINANCE, name="cr736_5Frates", display_name="Rates", description="x"),
        request(CONNECTOR, environment=FINANCE, name="cr736_5Frates2", display_name="Rates", description="y"),
    ]
    assert statuses(run(emulator, *requests)) == [CHANGED] * 5
    assert len(emulator.log(writes=True)) == 4
    assert len(named(emulator)) == 2


@pytest.mark.parametrize(
    "owners",
    [
        ({"owner_user": "kim@contoso.example"}, {"owner_user": "KIM@Contoso.example"}),
        ({"owner_team": "Finance Makers"}, {"owner_team": "finance makers"}),
    ],
    ids=["user", "team"],
)
def test_case_makes_no_other_owner(emulator: Emulator, owners: tuple[Json, Json]) -> None:
    requests = [expenses(**owner) for owner in owners]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert len(emulator.log(writes=True)) == 1


def test_case_makes_no_other_connector(emulator: Emulator) -> None:
    requests = [expenses(description="x"), request(CONNECTOR, environment=FINANCE, name=EXPENSES.upper(), script="y")]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert len(emulator.log(writes=True)) == 1


def test_two_owners_are_a_contradiction(emulator: Emulator) -> None:
    requests = [expenses(owner_user="kim@contoso.example"), expenses(owner_user="ada@contoso.example")]
    assert refused(emulator, run(emulator, *requests)).option == "owner"


# -- names that another one bears --------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [plan, run])
@pytest.mark.parametrize(
    ("wanted", "option", "others"),
    [
        (travel(display_name="Expenses"), "display_name", [EXPENSES_ROW]),
        (travel(display_name="EXPENSES"), "display_name", [EXPENSES_ROW]),
        (travel(display_name="Rates"), "display_name", RATES_ROWS),
        (travel(display_name="Expenses", connector_id=NEW), "display_name", [EXPENSES_ROW]),
        (travel(display_name="Trips", name=EXPENSES, connector_id=NEW), "name", [EXPENSES_ROW]),
        (travel(display_name="Trips", name=EXPENSES.upper(), connector_id=NEW), "name", [EXPENSES_ROW]),
        (expenses(display_name="Warehouse"), "display_name", [WAREHOUSE_ROW]),
        (expenses(display_name="warehouse", connector_id=EXPENSES_ROW), "display_name", [WAREHOUSE_ROW]),
        (at(FINANCE_URL, name=EXPENSES, display_name="Rates"), "display_name", RATES_ROWS),
    ],
)
def test_a_name_of_another_one_is_not_given(
    emulator: Emulator, wanted: Request, option: str, others: list[str], way: Any
) -> None:
    """Dataverse would take it, and from then on the name would mean two."""
    error = refused(emulator, way(emulator, wanted))
    assert error.option == option
    assert all(identifier in error.message for identifier in others)


def test_two_that_exist_are_not_given_one_name_in_one_call(emulator: Emulator) -> None:
    requests = [
        expenses(display_name="Costs"),
        request(CONNECTOR, environment=FINANCE, name=WAREHOUSE, display_name="costs"),
    ]
    assert "items 0 and 1" in refused(emulator, run(emulator, *requests)).message


def test_a_new_one_and_one_that_exists_are_not_given_one_name_in_one_call(emulator: Emulator) -> None:
    assert "items 0 and 1" in refused(emulator, run(emulator, travel(), expenses(display_name="Travel"))).message


@pytest.mark.parametrize("name", ["cr736_5Frates", "cr736_5Frates2"])
@pytest.mark.parametrize("text", ["Rates", "RATES"])
def test_a_name_that_it_has_already_is_its_own_although_another_one_has_it_too(
    emulator: Emulator, name: str, text: str
) -> None:
    wanted = request(CONNECTOR, environment=FINANCE, name=name, display_name=text, description="New words")
    assert statuses(plan(emulator, wanted)) == [PLANNED]
    assert (one(emulator, wanted).status, one(emulator, wanted).status) == (CHANGED, OK)
    assert len(emulator.log(writes=True)) == 1


# -- blanks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (option, value)
        for option in ("name", "display_name", "owner_user", "owner_team", "solution")
        for value in ("", " ", f" {NAME}", f"{NAME}\n")
    ],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_blank_is_told_where_it_stands(emulator: Emulator, option: str, value: str, state: str) -> None:
    wanted = {"environment": FINANCE, "connector_id": EXPENSES_ROW, option: value, "state": state}
    error = refused(emulator, run(emulator, request(CONNECTOR, **wanted)))
    assert error.option == option
    assert emulator.log() == []


@pytest.mark.parametrize("by", ["name", "display_name"])
def test_a_name_with_blanks_finds_nothing_by_it(emulator: Emulator, by: str) -> None:
    assert refused(emulator, run(emulator, request(CONNECTOR, environment=FINANCE, **{by: " "}))).option == by
    assert emulator.log() == []


# -- what is no custom connector ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [{"description": "x"}, {"state": "absent"}])
@pytest.mark.parametrize("kind", [0, 2])
def test_what_is_no_custom_connector_is_not_touched(emulator: Emulator, kind: int, wanted: Json) -> None:
    item = {"id": "shared_odd-5f01", "name": "Odd", "creator": ADA, "dataverse_id": NEW, "unique_name": NAME}
    emulator.change([{"change": "add_connector", "environment": FINANCE, "connector": {**item, "type": kind}}])
    for place in ({"environment": FINANCE}, {"organization_url": FINANCE_URL}):
        error = refused(emulator, run(emulator, request(CONNECTOR, **place, connector_id=NEW, **wanted)))
        assert error.option == "connector_id"
        assert "no custom connector" in error.message
    assert one(emulator, request(CONNECTOR, environment=FINANCE, name=NAME, state="absent")).status == OK


# -- what many items ask for -------------------------------------------------------------------------------------------


def asked(emulator: Emulator, path: str) -> int:
    return len([entry for entry in emulator.log() if entry["method"] == "GET" and entry["path"].endswith(path)])


def test_one_team_of_many_connectors_is_asked_for_once(emulator: Emulator) -> None:
    teams = ("Finance Makers", "finance makers")
    requests = [
        travel(name=f"cr736_5Ftravel{number}", display_name=f"Travel {number}", owner_team=teams[number % 2])
        for number in range(20)
    ]
    assert statuses(plan(emulator, *requests)) == [PLANNED] * 20
    assert asked(emulator, "/teams") == 1
    assert asked(emulator, "/connectors") == 2  # to find them, and to know whose names are taken


def test_a_team_that_nobody_knows_is_asked_for_once_and_told_to_all(emulator: Emulator) -> None:
    requests = [travel(name=f"cr736_5Ft{number}", display_name=f"T {number}", owner_team="No") for number in range(5)]
    report = check(emulator, *requests)
    assert [getattr(outcome.error, "option", None) for outcome in report.outcomes] == ["owner_team"] * 5
    assert asked(emulator, "/teams") == 1


def test_connections_of_many_connectors_that_go_are_listed_once(emulator: Emulator) -> None:
    fifth = {"id": "shared_fifth-5f01", "name": "Fifth", "creator": ADA, "dataverse_id": NEW, "unique_name": NAME}
    emulator.change([{"change": "add_connector", "environment": FINANCE, "connector": fifth}])
    names = (EXPENSES, WAREHOUSE, "cr736_5Frates", "cr736_5Frates2", NAME)
    requests = [request(CONNECTOR, environment=FINANCE, name=name, state="absent") for name in names]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED] * 5
    assert asked(emulator, "/connections") == 1
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["DELETE"] * 5
