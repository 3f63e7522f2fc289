# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every action and parameter of the vendors' connectors is an option of a module, planned, or left out for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.avepoint_connection_info import describe
from tests.tools import vendor_actions
from tests.tools.vendor_actions import OUTPUT, actions, report

from .collection import MODULES, argument_spec, load_yaml, walk
from .vendor_parameters import CONNECTORS, Action, Later, Never, Option

FACTS: dict[str, dict[str, dict[str, str]]] = load_yaml(Path(OUTPUT))
FIELDS: dict[str, dict[str, str]] = load_yaml(Path(vendor_actions.FIELDS))
ALL = [(f"{connector}: {name}", action) for connector, table in CONNECTORS.items() for name, action in table.items()]
EVERY_ACTION = pytest.mark.parametrize("action", [pytest.param(action, id=name) for name, action in ALL])


def test_connectors_and_reports_are_there_completely() -> None:
    assert {connector: len(found) for connector, found in FACTS.items()} == {
        "powerapps-for-admins": 13,
        "power-automate-management": 22,
        "avepoint-graph": 1,
    }
    assert {name: len(fields) for name, fields in FIELDS.items()} == {"Retrieve Connections Details": 28}


@pytest.mark.parametrize("connector", sorted(FACTS | CONNECTORS))
def test_every_action_has_its_place(connector: str) -> None:
    assert set(FACTS[connector]) - set(CONNECTORS[connector]) == set(), "neither a module nor planned"
    assert set(CONNECTORS[connector]) - set(FACTS[connector]) == set(), "not an action of the connector"


@pytest.mark.parametrize(
    ("connector", "name"), [(connector, name) for connector, found in FACTS.items() for name in found]
)
def test_every_parameter_has_its_place(connector: str, name: str) -> None:
    parameters = set(FACTS[connector][name])
    placed = set(CONNECTORS[connector][name].parameters)

    assert parameters - placed == set(), "neither an option nor a reason"
    assert placed - parameters == set(), "not a parameter of the action"


@EVERY_ACTION
def test_modules_that_are_named_exist(action: Action) -> None:
    assert action.modules or action.planned
    assert set(action.modules) - set(MODULES) == set(), "no such modules"
    assert set(action.planned) & set(MODULES) == set(), "no longer planned: move them to `modules`"


@EVERY_ACTION
def test_options_that_are_named_exist(action: Action) -> None:
    options = {place for module in action.modules for place, _option in walk(argument_spec(module), "options")}

    assert {place for place in _places(action) if place not in options} == set()
    if not action.planned:
        later = [name for name, value in action.parameters.items() if isinstance(value, Later)]
        assert later == [], "every module is there: name its options"


def _places(action: Action) -> Iterator[str]:
    for value in action.parameters.values():
        if isinstance(value, Option):
            yield from value


@EVERY_ACTION
def test_reasons_are_given_in_words(action: Action) -> None:
    assert [
        name
        for name, value in action.parameters.items()
        if (isinstance(value, Never) and not (value.endswith(".") and len(value.split()) > 3)) or not value
    ] == []


@pytest.mark.parametrize(
    "page",
    [
        (
            "Actions\n\nOpen Door\n\nOpens.\n\nShut Door\n\nShuts.\n\nOpen Door\n\nOpens.\n\nParameters\n\n"
            "Name Key Required Type Description\n\nDoor Name\ndoor True string\n\nWhich.\n\nHow Far\n$far integer\n\n"
            "Returns\n\nName Path Type Description\nvalue\nvalue string\n\nShut Door\n\nShuts.\n\nDefinitions\n"
        ),
        (
            "Actions\n| Open Door |\nOpens. |\n| Shut Door |\nShuts. |\nOpen Door\nOpens.\nParameters\n"
            "| Name | Key | Required | Type | Description |\n|---|---|---|---|---|\n|\nDoor Name\n|\n"
            "door | True | string |\nWhich. |\n|\nHow Far\n|\n$far | integer | |\nReturns\n"
            "|\nvalue\n|\nvalue | string |\nShut Door\nShuts.\nDefinitions\n"
        ),
    ],
    ids=["lines", "table"],
)
def test_both_forms_of_pages_are_read(page: str) -> None:
    assert actions(page) == {"Open Door": {"Door Name": "door", "How Far": "$far"}, "Shut Door": {}}


def test_a_report_tells_its_parameters_and_what_it_tells() -> None:
    page = (
        "Retrieve Doors\nUse this.\nQuery Parameters\nSome.\n"
        "| Parameters | Description | Type | Required |\n|---|---|---|---|\n"
        "| top | The number of doors. | integer | No |\nResponses\n| Elements | Description | Type |\n"
        "| doors | A list. | list |\nDoor details\nConnection details\n| Elements | Description | Type |\n"
        "| id | The door. | string |\n| isOpen | Whether it is open. Valid values:\n|\nboolean |\nRequest Sample\n"
        "| no | None. | string |\n"
    )

    assert report(page) == ("Retrieve Doors", {"top": "top"}, {"id": "string", "isOpen": "boolean"})


def test_a_row_has_a_place_for_all_that_a_report_tells() -> None:
    """Each value of its own comes out again, whatever it is called by then."""
    fields = FIELDS["Retrieve Connections Details"]
    kinds: dict[str, object] = {"boolean": True, "integer": 7, "list": ["x"]}
    record = {name: kinds.get(kind, f"the {name}".lower()) for name, kind in fields.items()}
    for name, kind in fields.items():
        other = {"boolean": False, "integer": 8, "list": ["y"]}.get(kind, "another")
        assert describe(record) != describe({**record, name: other}), name
    row = describe(record)
    texts = [value for value in (*row.values(), *row["owner"].values()) if isinstance(value, str)]
    assert {f"the {name}".lower() for name, kind in fields.items() if kind == "string"} <= set(texts)
