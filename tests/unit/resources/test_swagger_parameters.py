# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of parameters: each is refused with its place when broken, and passes when it is not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger import check_definition
from tests.unit.resources.swagger import OK, OPTION, Json, definition, faults, only_fault, parameter, with_parameters

AT = f"{OPTION}.paths./orders.get.parameters"


def body(name: str = "body") -> Json:
    return {"name": name, "in": "body", "schema": {"type": "object"}}


def form(name: str = "part", **more: Any) -> Json:
    return parameter(name, "formData", **more)


def in_both(common: list[Any], own: list[Any], path: str = "/orders") -> Json:
    """A path with parameters for all its operations, and an operation with its own."""
    operation = {"operationId": "Get", "parameters": own, "responses": OK}
    return definition(paths={path: {"parameters": common, "get": operation}})


# -- types -------------------------------------------------------------------------------------------------------------

PLACES = ["path", "query", "header", "formData"]


def of_type(place: str, kind: Any, **more: Any) -> Json:
    typed = parameter("id", place, type=kind, **more)
    return with_parameters(typed, path="/orders/{id}" if place == "path" else "/orders")


def fault_of(document: Json) -> str:
    """The one fault, from its parameter on."""
    return only_fault(document).partition(".get.")[2]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["string", "number", "integer", "boolean"])
def test_simple_types_pass(place: str, kind: str) -> None:
    check_definition(OPTION, of_type(place, kind))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", [None, "", "object", "String", "int", "null", ["string"], {}, 1])
def test_other_types_and_none_are_refused(place: str, kind: Any) -> None:
    said = fault_of(of_type(place, kind))
    assert said.startswith("parameters[0].type: it must be one of array, boolean, integer, number, string")
    assert said.endswith(", file") == (place == "formData")


def test_a_parameter_without_type_is_refused_and_a_body_needs_none() -> None:
    untyped = {"name": "q", "in": "query"}
    assert only_fault(with_parameters(untyped)).startswith(f"{AT}[0].type: ")
    assert only_fault(in_both([untyped], [])).startswith(f"{OPTION}.paths./orders.parameters[0].type: ")
    check_definition(OPTION, with_parameters(body()))


def test_a_file_is_a_part_of_a_form_and_nothing_else() -> None:
    check_definition(OPTION, of_type("formData", "file"))
    for place in ("path", "query", "header"):
        assert fault_of(of_type(place, "file")) == "parameters[0].type: a file can only be a parameter in formData"
    listed = of_type("formData", "array", items={"type": "file"})
    assert fault_of(listed) == "parameters[0].items.type: a file can only be a parameter in formData"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "items", [{"type": "string"}, {}, {"$ref": "#/definitions/Id"}, {"type": "array", "items": {"type": "integer"}}]
)
def test_arrays_with_items_pass(place: str, items: Json) -> None:
    check_definition(OPTION, {**of_type(place, "array", items=items), "definitions": {"Id": {"type": "string"}}})


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (None, "items: an array needs them, as a mapping"),
        ([{"type": "string"}], "items: an array needs them, as a mapping"),
        ("string", "items: an array needs them, as a mapping"),
        ({"type": "array"}, "items.items: an array needs them, as a mapping"),
        ({"type": "object"}, "items.type: it must be one of array, boolean, integer, number, string"),
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_arrays_without_items_are_refused(place: str, items: Any, said: str) -> None:
    assert fault_of(of_type(place, "array", items=items)) == f"parameters[0].{said}"


def test_an_array_that_says_nothing_of_items_is_refused() -> None:
    assert fault_of(of_type("query", "array")) == "parameters[0].items: an array needs them, as a mapping"


# -- bodies and forms --------------------------------------------------------------------------------------------------

TWO_BODIES = "there are 2 parameters in body, and a request has one"
EITHER = "there are parameters in body and in formData, and a request has either"


@pytest.mark.parametrize(
    ("clashing", "said"),
    [([body("a"), body("b")], TWO_BODIES), ([body(), form()], EITHER), ([form("a"), form("b"), body()], EITHER)],
)
def test_what_one_request_cannot_hold_is_refused_wherever_it_stands(clashing: list[Json], said: str) -> None:
    assert only_fault(with_parameters(*clashing)) == f"{AT}: {said}"
    assert only_fault(in_both(clashing, [])) == f"{OPTION}.paths./orders.parameters: {said}"
    assert only_fault(in_both(clashing[:-1], clashing[-1:])) == f"{AT}: with those of the path, {said}"
    shared = {f"P{number}": entry for number, entry in enumerate(clashing)}
    used = with_parameters(*({"$ref": f"#/parameters/{name}"} for name in shared))
    assert only_fault({**used, "parameters": shared}) == f"{AT}: {said}"
    check_definition(OPTION, definition(parameters=shared))  # they are not all in one request


@pytest.mark.parametrize(
    "document",
    [
        with_parameters(body(), parameter("a", "query"), parameter("b", "header")),
        with_parameters(form("a"), form("b"), form("c", type="file")),
        in_both([body()], [body()]),
        in_both([body()], [parameter("q", "query")]),
        in_both([form("a")], [form("a"), form("b")]),
    ],
)
def test_one_body_or_a_form_passes(document: Json) -> None:
    check_definition(OPTION, document)


# -- placeholders ------------------------------------------------------------------------------------------------------


def test_a_parameter_of_the_path_has_a_place_in_it() -> None:
    extra = [parameter("id"), parameter("part")]
    path = f"{OPTION}.paths./orders/{{id}}"
    assert (
        only_fault(with_parameters(*extra, path="/orders/{id}"))
        == f"{path}.get.parameters[1]: the path has no {{part}}"
    )
    assert only_fault(in_both(extra, [], "/orders/{id}")) == f"{path}.parameters[1]: the path has no {{part}}"
    shared = {**with_parameters({"$ref": "#/parameters/Part"}), "parameters": {"Part": parameter("part")}}
    assert only_fault(shared) == f"{AT}[0]: the path has no {{part}}"
    check_definition(OPTION, with_parameters(*extra, path="/orders/{id}/{part}"))
    check_definition(OPTION, in_both(extra, [], "/orders/{id}-{part}"))


def test_the_case_of_a_placeholder_counts() -> None:
    path = f"{OPTION}.paths./orders/{{id}}.get.parameters"
    assert faults(with_parameters(parameter("ID"), path="/orders/{id}")) == [
        f"{path}[0]: the path has no {{ID}}",
        f"{path}: the path has {{id}}, which is not among them",
    ]
