# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents: read from whatever people write, compared by what they mean, shown where they differ."""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    as_text,
    differing,
    read_document,
    same_document,
    secret_leaf,
    stored,
    without_blanks,
)

Json = dict[str, Any]
TEXTS = st.text(max_size=6)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=15
)
WHOLE = st.dictionaries(TEXTS, DOCUMENTS, max_size=4) | st.lists(DOCUMENTS, max_size=4)


def read(value: Any) -> Any:
    return read_document("definition", value)


# -- reading -----------------------------------------------------------------------------------------------------------

YAML = """
swagger: "2.0"
info: {title: Größe, version: "1.0"}   # a comment
x-since: 2026-03-01
x-at: 2026-03-01T09:30:00
paths:
  /orders:
    get:
      responses:
        200: {description: ok}
        404: {description: none}
      x-flags: {true: 1, 1.5: half, null: none}
"""
MEANT: Json = {
    "swagger": "2.0",
    "info": {"title": "Größe", "version": "1.0"},
    "x-since": "2026-03-01",
    "x-at": "2026-03-01T09:30:00",
    "paths": {
        "/orders": {
            "get": {
                "responses": {"200": {"description": "ok"}, "404": {"description": "none"}},
                "x-flags": {"true": 1, "1.5": "half", "None": "none"},
            }
        }
    },
}


@pytest.mark.parametrize(
    "value",
    [YAML, yaml.safe_load(YAML), json.dumps(MEANT), json.dumps(MEANT, indent=2), MEANT, yaml.safe_dump(MEANT)],
    ids=["yaml", "mapping of yaml", "json", "indented json", "mapping", "yaml of the mapping"],
)
def test_whatever_it_is_written_in_it_is_one_document(value: Any) -> None:
    assert read(value) == MEANT
    assert json.loads(as_text(read(value))) == MEANT


@given(WHOLE)
def test_a_document_is_read_alike_as_json_and_as_data(document: Any) -> None:
    assert read(json.dumps(document)) == read(document) == document
    assert stored(as_text(read(document))) == document


@given(st.dictionaries(st.text("abcäÄ- ", max_size=6), st.text("abcäÄ-:#' \n", max_size=8) | st.integers()))
def test_a_document_is_read_alike_as_yaml(document: Json) -> None:
    assert read(yaml.safe_dump(document, allow_unicode=True)) == document


class Lazy(Mapping[str, Any]):
    """A mapping that is no dict, as templates make them."""

    def __getitem__(self, key: str) -> Any:
        return {"a": (1, 2)}[key]

    def __iter__(self) -> Any:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


def test_mappings_and_tuples_inside_are_plain_data() -> None:
    assert read({"inner": Lazy(), "list": (1, [2])}) == {"inner": {"a": [1, 2]}, "list": [1, [2]]}


@pytest.mark.parametrize("value", ["", "text", "7", "null", "true", 7, None, True, "2026-03-01", "# a comment"])
def test_what_is_no_document_is_refused(value: Any) -> None:
    with pytest.raises(OptionError, match="neither a mapping nor a list") as caught:
        read(value)
    assert caught.value.option == "definition"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,}', "it is no JSON"),
        ("  [1, 2", "it is no JSON"),
        ("{a: b}", "it is no JSON"),
        ("a: [1", "neither JSON nor YAML"),
        ("a: !!python/object/apply:os.getcwd []", "neither JSON nor YAML"),
        ("a: 1\n---\nb: 2", "neither JSON nor YAML"),
    ],
)
def test_a_text_that_cannot_be_read_says_where(text: str, said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        read(text)
    assert "line" in caught.value.message
    assert caught.value.remedy


def test_without_the_library_yaml_is_an_error_and_json_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *given: Any, **more: Any) -> Any:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *given, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert read('{"a": 1}') == read({"a": 1}) == {"a": 1}
    with pytest.raises(OptionError, match="PyYAML") as caught:
        read("a: 1")
    assert "JSON" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "found"),
    [(None, None), ("", None), ("  \n", None), ("{}", {}), ("[1]", [1]), ("{broken", "{broken"), ({"a": 1}, {"a": 1})],
)
def test_what_is_stored_is_read_or_left_as_it_is(text: Any, found: Any) -> None:
    assert stored(text) == found


# -- comparing ---------------------------------------------------------------------------------------------------------


@given(DOCUMENTS)
def test_a_document_is_itself_whatever_the_order_of_its_keys(document: Any) -> None:
    assert same_document(document, document)
    assert same_document(turned(document), document)


def turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(WHOLE, WHOLE)
def test_two_that_differ_do_not_mean_the_same(one: Any, other: Any) -> None:
    """Generated documents hold no sets and no secrets."""
    assert same_document(one, other) == (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True) or not (one or other)
    )


@pytest.mark.parametrize("name", ["tags", "schemes", "consumes", "produces", "required"])
def test_lists_that_are_sets_have_no_order(name: str) -> None:
    one = {"paths": {"/a": {"get": {name: ["b", "a"]}}}}
    assert same_document(one, {"paths": {"/a": {"get": {name: ["a", "b"]}}}})
    assert not same_document(one, {"paths": {"/a": {"get": {name: ["a", "c"]}}}})
    assert not same_document(one, {"paths": {"/a": {"get": {name: ["a"]}}}})


@pytest.mark.parametrize("name", ["parameters", "enum", "allOf", "x-list"])
def test_other_lists_have_one(name: str) -> None:
    assert not same_document({name: ["b", "a"]}, {name: ["a", "b"]})


def test_a_list_of_mappings_has_an_order_under_any_name() -> None:
    """`tags` of the whole document are mappings, and shown in the order given."""
    one, other = {"name": "a"}, {"name": "b"}
    assert not same_document({"tags": [one, other]}, {"tags": [other, one]})


@pytest.mark.parametrize("left", [None, "", [], {}])
@pytest.mark.parametrize("right", [None, "", [], {}])
def test_what_is_empty_is_empty(left: Any, right: Any) -> None:
    assert same_document(left, right)


@pytest.mark.parametrize(("declared", "actual"), [(0, None), (False, None), ([], [0]), ({"a": None}, {}), (1, "1")])
def test_what_only_looks_empty_is_not(declared: Any, actual: Any) -> None:
    assert not same_document(declared, actual)


# -- secrets -----------------------------------------------------------------------------------------------------------

LEAVES_OF_SECRETS = ["clientSecret", "secret", "password", "key", "ClientSecret", "PASSWORD"]


@pytest.mark.parametrize("name", LEAVES_OF_SECRETS)
@pytest.mark.parametrize("blank", ["", None])
def test_a_blanked_secret_is_no_difference_and_is_never_written(name: str, blank: Any) -> None:
    plain = {"token": {"oAuthSettings": {"clientId": "x", "scopes": []}}, "list": [{}]}
    blanked = {"token": {"oAuthSettings": {"clientId": "x", name: blank, "scopes": []}}, "list": [{name: blank}]}
    assert same_document(plain, blanked)
    assert same_document(blanked, plain)
    assert without_blanks(blanked) == plain
    assert not same_document({"token": {"oAuthSettings": {"clientId": "y"}}}, blanked)


@pytest.mark.parametrize("name", LEAVES_OF_SECRETS)
def test_a_secret_that_is_written_out_is_found_with_its_place(name: str) -> None:
    document = {"values": [{"name": "a"}, {"parameters": {"token": {name: "hush"}}}]}
    assert secret_leaf(document, "sets") == f"sets.values[1].parameters.token.{name}"
    assert secret_leaf({"values": [{name: ""}, {name: None}, {name: {"type": "securestring"}}]}, "sets") == ""


@pytest.mark.parametrize("name", ["clientId", "keys", "secretName", "passwordless", "monkey"])
def test_what_only_sounds_like_a_secret_is_none(name: str) -> None:
    assert secret_leaf({name: "open"}, "x") == ""
    assert without_blanks({name: ""}) == {name: ""}
    assert not same_document({name: ""}, {})


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_only_what_differs_is_shown() -> None:
    before = {
        "info": {"title": "Orders", "version": "1"},
        "host": "a.example",
        "tags": ["a", "b"],
        "same": {"deep": [1]},
    }
    after = {"info": {"title": "Orders", "version": "2"}, "basePath": "/", "tags": ["b", "a"], "same": {"deep": [1]}}
    assert differing(before, after) == (
        {"info": {"version": "1"}, "host": "a.example"},
        {"info": {"version": "2"}, "basePath": "/"},
    )


def test_lists_and_leaves_are_shown_whole() -> None:
    assert differing({"parameters": [1, 2]}, {"parameters": [1, 3]}) == ({"parameters": [1, 2]}, {"parameters": [1, 3]})
    assert differing(None, {"a": 1}) == (None, {"a": 1})
    assert differing("{broken", {"a": 1}) == ("{broken", {"a": 1})


@given(st.dictionaries(TEXTS, DOCUMENTS, max_size=4), st.dictionaries(TEXTS, DOCUMENTS, max_size=4))
def test_it_is_empty_exactly_where_nothing_differs(before: Json, after: Json) -> None:
    left, right = differing(before, after)
    assert (not left and not right) == same_document(after, before)
    assert left.keys() <= before.keys()
    assert right.keys() <= after.keys()


# -- size --------------------------------------------------------------------------------------------------------------


def large(operations: int, host: str = "orders.contoso.example") -> Json:
    """A definition of so many operations, each with parameters and an answer of its own."""
    parameters = [{"name": name, "in": "query", "type": "string", "required": False} for name in ("a", "b", "c")]
    schema = {"type": "object", "required": ["id", "part"], "properties": {"id": {"type": "string"}, "part": {}}}
    return {
        "swagger": "2.0",
        "host": host,
        "paths": {
            f"/orders/{number}": {
                "get": {
                    "operationId": f"Get{number}",
                    "tags": ["b", "a"],
                    "parameters": parameters,
                    "responses": {"200": {"description": "ok", "schema": schema}},
                }
            }
            for number in range(operations)
        },
    }


def test_thousands_of_operations_are_compared_and_one_of_them_is_shown() -> None:
    """What takes more than a few passes over the document would make this the slowest test of all."""
    declared = read(as_text(large(5_000)))
    actual = stored(as_text(turned(large(5_000))))
    assert same_document(declared, actual)
    assert differing(actual, declared) == ({}, {})
    actual["paths"]["/orders/4321"]["get"]["operationId"] = "Other"
    assert not same_document(declared, actual)
    assert differing(actual, declared) == tuple(
        {"paths": {"/orders/4321": {"get": {"operationId": name}}}} for name in ("Other", "Get4321")
    )
