# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns of a custom connector: what is sent of a declared value, and what is a difference to a stored one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_columns import (
    COLUMNS,
    actual_values,
    changed_values,
    sent_columns,
)

Json = dict[str, Any]
CONNECTIONS = ["connection_parameters", "connection_parameter_sets"]
# Rule 3 of the contract (3.7) is about these, and not about the definition.
SETTINGS = [*CONNECTIONS, "policy_templates", "script_operations"]


def sent(option: str, value: Any) -> Any:
    """What is written of one value, read back."""
    [(column, text)] = sent_columns({option: value}).items()
    assert column == COLUMNS[option].name
    return json.loads(text)


def is_drift(option: str, declared: Any, stored: Any) -> bool:
    """Whether a declared value differs from a stored one, given as the document in the column."""
    row = {COLUMNS[option].name: json.dumps(stored)}
    return bool(changed_values({option: declared}, actual_values(row)))


# -- the definition ----------------------------------------------------------------------------------------------------


def definition(**operation: Any) -> Json:
    return {
        "swagger": "2.0",
        "security": [{"key": []}],
        "paths": {"/orders": {"get": {"operationId": "Get", **operation}}},
    }


@pytest.mark.parametrize("name", ["password", "secret", "clientSecret", "key", "Password"])
@pytest.mark.parametrize("content", ["", None, "sample", {}, {"type": "string", "default": ""}])
def test_a_definition_is_sent_as_it_is(name: str, content: Any) -> None:
    document = definition(**{"x-example": {name: content, "list": [{name: content}]}, "parameters": [], "tags": None})
    assert sent("openapi_definition", document) == document


@pytest.mark.parametrize("name", ["password", "secret", "clientSecret", "key", "Password"])
def test_a_blank_in_the_stored_definition_is_no_drift_from_what_is_declared_there(name: str) -> None:
    declared = definition(**{"x-example": {name: "sample"}})
    assert not is_drift("openapi_definition", declared, definition(**{"x-example": {name: ""}}))
    assert is_drift("openapi_definition", declared, definition(**{"x-example": {name: "other"}}))
    assert is_drift("openapi_definition", declared, definition(**{"x-example": {}}))
    blank = definition(**{"x-example": {name: ""}})
    assert not is_drift("openapi_definition", blank, blank)
    assert is_drift("openapi_definition", blank, declared)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"security": []}, {}),  # open to everybody, or secured as the document says
        ({"security": []}, {"security": None}),
        ({"required": False}, {}),
        ({"deprecated": False}, {"deprecated": None}),
        ({"description": ""}, {}),
        ({"tags": []}, {}),
        ({"x-example": {}}, {"x-example": None}),
        ({"x-level": 1}, {"x-level": True}),
    ],
)
def test_what_is_empty_in_a_definition_says_something(one: Json, other: Json) -> None:
    assert is_drift("openapi_definition", definition(**one), definition(**other))
    assert is_drift("openapi_definition", definition(**other), definition(**one))


def test_figures_of_a_definition_have_a_value_and_no_spelling() -> None:
    assert not is_drift("openapi_definition", definition(**{"x-max": 1}), definition(**{"x-max": 1.0}))
    assert is_drift("openapi_definition", definition(**{"x-max": 1}), definition(**{"x-max": 1.5}))


# -- what is empty in the others ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", SETTINGS)
@pytest.mark.parametrize("declared", [{}, []])
@pytest.mark.parametrize("stored", [None, "", "{}", "[]", "null", '""'])
def test_an_empty_column_is_an_empty_document(option: str, declared: Any, stored: Any) -> None:
    assert changed_values({option: declared}, actual_values({COLUMNS[option].name: stored})) == {}
    assert changed_values({option: declared}, actual_values({})) == {}


@pytest.mark.parametrize("option", SETTINGS)
@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_member_is_a_missing_one(option: str, empty: Any) -> None:
    one, other = [{"token": {"scopes": empty, "type": "x"}}], [{"token": {"type": "x"}}]
    assert not is_drift(option, one, other)
    assert not is_drift(option, other, one)


@pytest.mark.parametrize("option", SETTINGS)
@pytest.mark.parametrize("content", [False, 0, "x", ["x"], {"a": 0}])
def test_a_member_with_content_is_not(option: str, content: Any) -> None:
    one, other = [{"token": {"required": content, "type": "x"}}], [{"token": {"type": "x"}}]
    assert is_drift(option, one, other)
    assert is_drift(option, other, one)


def test_operations_of_a_script_have_an_order_and_are_sent_as_they_are() -> None:
    assert sent("script_operations", ["B", "A"]) == ["B", "A"]
    assert is_drift("script_operations", ["B", "A"], ["A", "B"])


# -- blanks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", CONNECTIONS)
@pytest.mark.parametrize("blank", ["", None])
def test_a_blank_is_never_written_over_the_secret_of_a_connection(option: str, blank: Any) -> None:
    settings = {"clientId": "x", "clientSecret": blank, "secret": blank, "password": blank, "key": blank}
    assert sent(option, {"token": {"oAuthSettings": settings}}) == {"token": {"oAuthSettings": {"clientId": "x"}}}


def policies(**parameters: Any) -> list[Json]:
    return [{"templateId": "setheader", "title": "Set", "parameters": parameters}]


@pytest.mark.parametrize("name", ["key", "Key", "secret", "password"])
@pytest.mark.parametrize("content", ["X-Name", "", None])
def test_a_policy_is_sent_with_its_words(name: str, content: Any) -> None:
    declared = policies(**{name: content, "value": "1"})
    assert sent("policy_templates", declared) == declared


@pytest.mark.parametrize("blank", ["", None])
def test_the_blank_client_secret_of_a_policy_is_not_sent(blank: Any) -> None:
    assert sent("policy_templates", policies(clientSecret=blank, value="1")) == policies(value="1")


@pytest.mark.parametrize("name", ["key", "Key", "secret", "password"])
def test_a_policy_with_such_a_word_is_no_drift_however_it_comes_back(name: str) -> None:
    declared = policies(**{name: "X-Name", "value": "1"})
    assert not is_drift("policy_templates", declared, sent("policy_templates", declared))
    assert not is_drift("policy_templates", declared, policies(**{name: "", "value": "1"}))
    assert is_drift("policy_templates", declared, policies(**{name: "X-Other", "value": "1"}))
    assert is_drift("policy_templates", declared, policies(value="1"))
    assert is_drift("policy_templates", declared, policies(**{name: "", "value": "2"}))
    assert is_drift("policy_templates", policies(**{name: "", "value": "1"}), declared)
