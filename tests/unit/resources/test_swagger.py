# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a connector's definition: what is no Swagger 2.0 is refused with its place, what is one passes."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger import (
    check_definition,
    with_texts,
)

Json = dict[str, Any]
OPTION = "openapi_definition"
OK: Json = {"200": {"description": "ok"}}


def parameter(name: str = "id", place: str = "path", **more: Any) -> Json:
    return {"name": name, "in": place, "type": "string", **({"required": True} if place == "path" else {}), **more}


def definition(**more: Any) -> Json:
    """One path with one parameter; `more` replaces parts, None takes them out."""
    whole = {
        "swagger": "2.0",
        "info": {"title": "Orders", "version": "1.0"},
        "host": "orders.contoso.example",
        "basePath": "/api",
        "schemes": ["https"],
        "paths": {"/orders/{id}": {"get": {"operationId": "Get", "parameters": [parameter()], "responses": OK}}},
        **more,
    }
    return {name: value for name, value in whole.items() if value is not None}


def with_operation(path: str = "/orders", **more: Any) -> Json:
    """One operation; `more` replaces its parts, None takes them out."""
    whole = {"operationId": "Get", "responses": OK, **more}
    return definition(paths={path: {"get": {name: value for name, value in whole.items() if value is not None}}})


def with_parameters(*parameters: Any, path: str = "/orders") -> Json:
    return with_operation(path, parameters=list(parameters))


def faults(document: Any) -> list[str]:
    """Every fault that the error names, each with its place."""
    with pytest.raises(OptionError) as caught:
        check_definition(OPTION, document)
    assert caught.value.option == OPTION
    assert caught.value.remedy
    listed = caught.value.message.partition("custom connectors take. ")[2]
    return listed.removesuffix(".").split("; ")


def only_fault(document: Any) -> str:
    [fault] = faults(document)
    return fault


# -- valid documents ---------------------------------------------------------------------------------------------------

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "part": {"$ref": "#/definitions/Order"}},
}
VALID: dict[str, Json] = {
    "smallest": definition(basePath=None, paths={}),
    "one operation": definition(),
    "a port": definition(host="orders.contoso.example:8443"),
    "both schemes": definition(schemes=["http", "https"]),
    "extensions everywhere": {
        **with_operation(
            **{"x-ms-visibility": "important", "parameters": [parameter("q", "query", **{"x-ms-summary": "Query"})]},
        ),
        "x-ms-connector-metadata": [{"propertyName": "Website", "propertyValue": "https://contoso.example"}],
        "paths": {
            "x-paths": {"anything": 1},
            "/orders": {
                "x-item": [1],
                "get": {"operationId": "Get", "responses": {**OK, "x-r": 1}, "x-ms-trigger": "batch"},
            },
        },
    },
    "parameters of the path item": definition(
        paths={"/orders/{id}": {"parameters": [parameter()], "get": {"operationId": "Get", "responses": OK}}}
    ),
    "parameters of the path item, changed by the operation": definition(
        paths={
            "/orders/{id}": {
                "parameters": [parameter(description="one")],
                "get": {"operationId": "Get", "parameters": [parameter(description="other")], "responses": OK},
            }
        }
    ),
    "referenced parameters": {
        **with_parameters({"$ref": "#/parameters/Id"}, path="/orders/{id}"),
        "parameters": {"Id": parameter()},
    },
    "one name in two places": with_parameters(parameter("id", "query"), parameter("id", "header")),
    "a body": {
        **with_parameters({"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Order"}}),
        "definitions": {"Order": ORDER},
    },
    "a reference through an escaped path": with_operation(
        responses={"200": {"description": "ok", "schema": {"$ref": "#/paths/~1orders/get/x-schema"}}},
        **{"x-schema": {"type": "string"}},
    ),
    "references in examples are text": with_operation(
        responses={"200": {"description": "ok", "examples": {"application/json": {"$ref": "#/nowhere"}}}}
    ),
    "a property that is called $ref": {
        **definition(),
        "definitions": {"Link": {"type": "object", "properties": {"$ref": {"type": "string"}}}},
    },
    "only a default response": with_operation(responses={"default": {"description": "ok"}}),
    "every method": definition(
        paths={
            "/orders": {
                verb: {"operationId": verb, "responses": OK}
                for verb in ("get", "put", "post", "delete", "options", "head", "patch")
            }
        }
    ),
    "several placeholders": with_parameters(parameter("a"), parameter("b"), path="/a/{a}/b/{b}"),
}


@pytest.mark.parametrize("document", VALID.values(), ids=VALID)
def test_a_valid_document_passes_and_stays_as_it_is(document: Json) -> None:
    before = deepcopy(document)
    check_definition(OPTION, document)
    assert document == before


# -- each rule ---------------------------------------------------------------------------------------------------------

WHOLE: list[tuple[Any, str, str]] = [
    ({"openapi": "3.0.1", "info": {}, "paths": {}}, "openapi", "version 3.0.1 is not supported, convert it to 2.0"),
    (definition(swagger=None), "swagger", "must be '2.0'"),
    (definition(swagger="1.2"), "swagger", "must be '2.0'"),
    (definition(swagger="2"), "swagger", "must be '2.0'"),
    (definition(info=None), "info", "missing"),
    (definition(info="Orders"), "info", "no mapping"),
    (definition(info={"version": "1.0"}), "info.title", "missing"),
    (definition(info={"title": " ", "version": "1.0"}), "info.title", "missing"),
    (definition(info={"title": "Orders"}), "info.version", "missing"),
    (definition(host=None), "host", "host name"),
    (definition(host=""), "host", "host name"),
    (definition(host="https://orders.contoso.example"), "host", "without scheme"),
    (definition(host="orders.contoso.example/api"), "host", "without scheme and path"),
    (definition(host="orders contoso"), "host", "host name"),
    (definition(host=["orders.contoso.example"]), "host", "host name"),
    (definition(schemes=None), "schemes", "list of http and https"),
    (definition(schemes=[]), "schemes", "list of http and https"),
    (definition(schemes="https"), "schemes", "list of http and https"),
    (definition(schemes=["https", "wss"]), "schemes", "list of http and https"),
    (definition(basePath="api"), "basePath", "begin with /"),
    (definition(basePath=["/api"]), "basePath", "begin with /"),
    (definition(paths=None), "paths", "missing or no mapping"),
    (definition(paths=[]), "paths", "missing or no mapping"),
]
IN_PATHS: list[tuple[Json, str, str]] = [
    (definition(paths={"orders": {}}), "orders", "begin with /"),
    (definition(paths={"/orders": None}), "/orders", "no mapping"),
    (definition(paths={"/orders": {"fetch": {}}}), "/orders.fetch", "no such method"),
    (definition(paths={"/orders": {"GET": {}}}), "/orders.GET", "no such method"),
    (definition(paths={"/orders": {"get": []}}), "/orders.get", "no mapping"),
    (with_operation(operationId=None), "/orders.get.operationId", "missing"),
    (with_operation(operationId=" "), "/orders.get.operationId", "missing"),
    (with_operation(operationId=7), "/orders.get.operationId", "missing"),
    (with_operation(responses=None), "/orders.get.responses", "missing or empty"),
    (with_operation(responses={}), "/orders.get.responses", "missing or empty"),
    (with_operation(responses={"ok": {}}), "/orders.get.responses.ok", "neither a status nor default"),
    (with_operation(responses={"600": {}}), "/orders.get.responses.600", "neither a status nor default"),
    (with_operation(responses={"2000": {}}), "/orders.get.responses.2000", "neither a status nor default"),
    (with_operation(parameters={"id": {}}), "/orders.get.parameters", "no list"),
    (with_parameters("id"), "/orders.get.parameters[0]", "no mapping"),
    (with_parameters({"in": "query"}), "/orders.get.parameters[0].name", "missing"),
    (with_parameters(parameter(), {"name": "q"}, path="/{id}"), "/{id}.get.parameters[1].in", "one of body, formData"),
    (with_parameters(parameter("q", "cookie")), "/orders.get.parameters[0].in", "one of body, formData"),
    (with_parameters(*[parameter("q", "query")] * 2), "/orders.get.parameters[1]", "q in query is there twice"),
    (with_parameters(parameter(required=None), path="/{id}"), "/{id}.get.parameters[0].required", "must be required"),
    (with_parameters({"name": "b", "in": "body"}), "/orders.get.parameters[0].schema", "a body needs one"),
    (with_operation("/orders/{id}"), "/orders/{id}.get.parameters", "the path has {id}"),
    (with_parameters(parameter("id", "query"), path="/{id}"), "/{id}.get.parameters", "the path has {id}"),
    (with_parameters(parameter("ID"), path="/{id}"), "/{id}.get.parameters", "the path has {id}"),
    (
        with_parameters({"$ref": "#/parameters/Id"}),
        "/orders.get.parameters[0].$ref",
        "#/parameters/Id leads nowhere",
    ),
    (
        with_operation(responses={"200": {"schema": {"items": {"$ref": "#/definitions/Order"}}}}),
        "/orders.get.responses.200.schema.items.$ref",
        "#/definitions/Order leads nowhere",
    ),
    (
        with_operation(responses={"200": {"schema": {"$ref": "https://contoso.example/o.json"}}}),
        "/orders.get.responses.200.schema.$ref",
        "leads nowhere",
    ),
]
CASES = [*WHOLE, *((document, f"paths.{place}", said) for document, place, said in IN_PATHS)]


@pytest.mark.parametrize(
    ("document", "place", "said"), CASES, ids=[f"{number}-{case[1]}" for number, case in enumerate(CASES)]
)
def test_a_fault_is_named_with_its_place(document: Json, place: str, said: str) -> None:
    fault = only_fault(document)
    assert fault.startswith(f"{OPTION}.{place}: ")
    assert said in fault


@pytest.mark.parametrize("document", [[], "swagger", None, 2])
def test_what_is_no_mapping_has_no_places(document: Any) -> None:
    assert only_fault(document) == f"{OPTION}: it is no mapping"


def test_openapi_3_is_one_fault_and_not_all_that_follows_from_it() -> None:
    """Such a document has neither host nor schemes, and all its references lead elsewhere."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Orders"},
        "servers": [{"url": "https://orders.contoso.example"}],
        "paths": {"/orders": {"get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}}}}},
    }
    assert only_fault(document) == f"{OPTION}.openapi: version 3.1.0 is not supported, convert it to 2.0"


def test_an_operation_id_is_unique_in_the_whole_document_and_without_case() -> None:
    document = definition(
        paths={
            "/a": {"get": {"operationId": "List", "responses": OK}},
            "/b": {"post": {"operationId": "LIST", "responses": OK}, "put": {"operationId": "Put", "responses": OK}},
        }
    )
    assert only_fault(document) == f"{OPTION}.paths./b.post.operationId: LIST is that of paths./a.get as well"


def test_many_faults_are_listed_and_the_rest_is_counted() -> None:
    operations = {f"/p{number}": {"get": {"responses": OK}} for number in range(14)}
    found = faults(definition(host=None, schemes=None, paths=operations))
    assert found[:3] == [
        f"{OPTION}.host: it must be a host name, without scheme and path",
        f"{OPTION}.schemes: it must be a list of http and https",
        f"{OPTION}.paths./p0.get.operationId: it is missing",
    ]
    assert (len(found), found[-1]) == (11, "and 6 more")


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        ({"in": "query"}, "parameters[0].name: it is missing"),
        ({"name": "q"}, "parameters[0].in: it must be one of"),
        ({"name": "id", "in": "path"}, "parameters[0].required: a parameter of the path must be required"),
        ({"name": "body", "in": "body"}, "parameters[0].schema: a body needs one"),
    ],
)
def test_parameters_of_a_path_item_are_parameters(shared: Json, said: str) -> None:
    operation = {"operationId": "Get", "parameters": [], "responses": OK}
    document = definition(paths={"/orders": {"parameters": [shared], "get": operation}})
    assert any(said in fault for fault in faults(document))


def test_a_reference_that_leads_nowhere_is_not_also_a_missing_parameter() -> None:
    assert "leads nowhere" in only_fault(with_parameters({"$ref": "#/parameters/Id"}, path="/orders/{id}"))


@pytest.mark.parametrize(
    "document",
    [
        definition(paths={"/orders": {"parameters": "all", "get": {"operationId": "Get", "responses": OK}}}),
        with_operation(responses=[OK]),
        definition(schemes=[{}, "https"]),
        definition(schemes=[["https"]]),
        with_parameters(parameter(["q"], "query"), parameter("q", ["query"])),
        with_parameters(parameter({"a": 1}), path="/{id}"),
        with_parameters({"$ref": "#/paths"}, {"$ref": "#/swagger"}),
        definition(
            host={"name": "x"}, basePath=7, info=[], paths={"/a": {"get": {"operationId": {}, "parameters": 3}}}
        ),
    ],
    ids=str,
)
def test_what_nobody_would_write_is_refused_and_is_no_crash(document: Json) -> None:
    assert faults(document)


# -- any document ------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
SEGMENTS = st.lists(st.sampled_from(("orders", "{id}", "{other}", "lines")), min_size=1, max_size=4, unique=True)


@st.composite
def definitions(draw: st.DrawFn) -> Json:
    """A valid definition of any number of operations."""
    paths: Json = {}
    for number, segments in enumerate(draw(st.lists(SEGMENTS, max_size=4, unique_by=tuple))):
        path = f"/{number}/{'/'.join(segments)}"
        names = [segment.strip("{}") for segment in segments if segment.startswith("{")]
        common = draw(st.booleans())
        item: Json = {"parameters": [parameter(name) for name in names]} if common else {}
        for verb in draw(st.lists(st.sampled_from(("get", "put", "post", "delete")), unique=True)):
            own = [parameter("q", "query")] if draw(st.booleans()) else []
            item[verb] = {
                "operationId": f"{verb}{number}",
                "parameters": own if common else [*own, *(parameter(name) for name in names)],
                "responses": {draw(st.sampled_from(("200", "404", "default"))): {"description": "x"}},
                "x-anything": draw(JSON),
            }
        paths[path] = item
    return definition(paths=paths)


@given(definitions())
def test_every_valid_definition_passes(document: Json) -> None:
    check_definition(OPTION, document)


@given(definitions(), st.data())
def test_a_part_that_is_exchanged_is_never_a_crash(document: Json, data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted(document)))
    for changed in ({**document, part: data.draw(JSON)}, data.draw(JSON)):
        with suppress(OptionError):
            check_definition(OPTION, changed)


def test_versions_that_yaml_reads_as_figures_are_texts() -> None:
    read = with_texts({**definition(), "swagger": 2.0, "info": {"title": "Orders", "version": 1.0}})
    assert (read["swagger"], read["info"]["version"]) == ("2.0", "1.0")
    assert with_texts(definition()) == definition()
