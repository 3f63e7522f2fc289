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
    stored,
)

Json = dict[str, Any]
# All of Unicode takes a second to build, which is a failure where nothing is cached yet.
TEXTS = st.text("abZ 09\n\t\r\"'\\{}[]:,#-~/&*!%\x00\x7fé\u2028漢\U0001f600", max_size=6)
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


@pytest.mark.parametrize(
    "value", ["", "  \n\t", "text", "7", "null", "true", 7, None, True, "2026-03-01", "# a comment"]
)
def test_what_is_no_document_is_refused(value: Any) -> None:
    with pytest.raises(OptionError, match="neither a mapping nor a list") as caught:
        read(value)
    assert caught.value.option == "definition"


@pytest.mark.parametrize("text", ["", " ", "\n", " \r\n\t "])
@pytest.mark.parametrize("empty", [{}, []])
def test_a_text_without_content_is_an_empty_document_where_one_may_be_empty(text: str, empty: Any) -> None:
    assert read_document("option", text, empty=empty) == empty
    assert type(read_document("option", text, empty=empty)) is type(empty)


@pytest.mark.parametrize("value", ["text", "null", "# a comment", "0", None, False, 0])
def test_what_has_content_or_is_no_text_is_never_an_empty_document(value: Any) -> None:
    with pytest.raises(OptionError, match="neither a mapping nor a list"):
        read_document("option", value, empty={})


def test_what_an_empty_text_is_does_not_matter_to_others_and_is_nobody_elses() -> None:
    empty: Json = {}
    assert read_document("option", "[1]", empty=empty) == [1]
    read_document("option", "", empty=empty)["a"] = 1
    assert empty == {}


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
    assert same_document(one, other) == (told(one) == told(other) or not (one or other))


def told(value: Any) -> Any:
    """What tells documents apart: `==` of Python does not know True from 1."""
    if isinstance(value, dict):
        return {key: told(content) for key, content in value.items()}
    return [told(item) for item in value] if isinstance(value, list) else (isinstance(value, bool), value)


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (0, 0.0), (0, -0.0), (-3, -3.0), (10**16, 1e16), (json.loads("1e3"), 1000)]
)
def test_figures_are_equal_by_value(one: Any, other: Any) -> None:
    for wrapped in (lambda value: {"a": {"b": value}}, lambda value: [[value]], lambda value: {"tags": [value, "x"]}):
        assert same_document(wrapped(one), wrapped(other))
        assert same_document(wrapped(other), wrapped(one))
        assert differing({"a": wrapped(one)}, {"a": wrapped(other)}) == ({}, {})


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), (1.0, True), (1, "1"), (1.0, "1.0"), (1, 1.5), (0, None), (0, ""), (2**53 + 1, 2.0**53)],
)
def test_figures_are_not_equal_to_what_python_or_a_reader_takes_for_them(one: Any, other: Any) -> None:
    for strict in (True, False):
        assert not same_document({"a": one}, {"a": other}, empty_is_missing=not strict)
        assert not same_document([other], [one], empty_is_missing=not strict)


def test_a_stored_text_with_what_is_no_figure_is_compared_and_no_crash() -> None:
    assert not same_document({"a": 1}, stored('{"a": NaN}'))
    assert not same_document({"a": 1}, stored('{"a": Infinity}'))


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


EMPTY = [None, "", [], {}]


@pytest.mark.parametrize("left", EMPTY)
@pytest.mark.parametrize("right", EMPTY)
def test_members_that_are_empty_are_equal_only_where_they_say_nothing(left: Any, right: Any) -> None:
    one, other = {"a": {"b": left, "c": 1}}, {"a": {"b": right, "c": 1}}
    assert same_document(one, other, empty_is_missing=True)
    assert same_document(one, other) == (left == right)


@pytest.mark.parametrize("empty", [*EMPTY, {"deep": None}, {"deep": {"deeper": [], "other": ""}}])
def test_members_that_are_empty_are_missing_only_where_they_say_nothing(empty: Any) -> None:
    for one, other in (({"a": empty, "b": 1}, {"b": 1}), ([{"a": empty}], [{}]), ({"a": empty}, None)):
        assert same_document(one, other, empty_is_missing=True)
        assert same_document(other, one, empty_is_missing=True)
        assert not same_document(one, other)
        assert not same_document(other, one)


@pytest.mark.parametrize("content", [False, 0, 0.0, " ", [None], [""], [[]], [{}], {"b": 0}])
def test_what_is_not_empty_counts_everywhere(content: Any) -> None:
    for lenient in (True, False):
        assert not same_document({"required": content}, {}, empty_is_missing=lenient)
        assert not same_document({}, {"required": content}, empty_is_missing=lenient)


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


def test_a_document_that_nests_beyond_all_reason_is_refused() -> None:
    document: Any = "end"
    for _level in range(150):
        document = {"actions": document}
    with pytest.raises(OptionError, match="levels deep"):
        read_document("definition", document)
