# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a connector's definition: what is no Swagger 2.0 is refused with its place, what is one passes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger import (
    check_definition,
    with_texts,
)
from tests.unit.resources.swagger import (
    OK,
    OPTION,
    Json,
    definition,
    faults,
    only_fault,
    parameter,
    with_operation,
    with_parameters,
)

# -- valid documents ---------------------------------------------------------------------------------------------------

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "part": {"$ref": "#/definitions/Order"}},
}


def secured(**more: Any) -> Json:
    return definition(securityDefinitions={"key": {"type": "apiKey", "name": "X-Key", "in": "header"}}, **more)


VALID: dict[str, Json] = {
    "smallest": definition(basePath=None, paths={}),
    "one operation": definition(),
    "a port": definition(host="orders.contoso.example:8443"),
    "an underscore and a figure in the host": definition(host="orders_v2.contoso.example"),
    "a host of one label": definition(host="localhost:1"),
    "the last port": definition(host="orders.contoso.example:65535"),
    "an empty base path": definition(basePath=""),
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
    "a shared response": {
        **with_operation(responses={"404": {"$ref": "#/responses/Gone"}, "x-more": None}),
        "responses": {"Gone": {"description": ""}, "x-more": None},
    },
    "a response of another operation": definition(
        paths={
            "/a": {"get": {"operationId": "A", "responses": OK}},
            "/b": {"get": {"operationId": "B", "responses": {"200": {"$ref": "#/paths/~1a/get/responses/200"}}}},
        }
    ),
    "empty parts": definition(
        definitions={}, parameters={}, responses={}, securityDefinitions={}, security=[], tags=[], externalDocs={}
    ),
    "secured": secured(security=[{"key": []}, {}]),
    "secured by the operation": {
        **secured(),
        "paths": {"/a": {"get": {"operationId": "A", "security": [{"key": ["read"]}], "responses": OK}}},
    },
    "open to everybody": {
        **secured(security=[{"key": []}]),
        "paths": {"/a": {"get": {"operationId": "A", "security": [], "responses": OK}}},
    },
    "paths that differ in more than names": definition(
        paths={"/a/{x}": {}, "/a/{x}/": {}, "/a/{x}/{y}": {}, "/a/x": {}}
    ),
    "a name that is percent-encoded itself": {
        **with_operation(responses={"200": {"$ref": "#/responses/Page%5BOrder%5D"}}),
        "responses": {"Page%5BOrder%5D": {"description": "ok"}},
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

GONE: Json = {"description": "gone"}
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
    *(
        (definition(host=host), "host", "must be a host name")
        for host in ("...", ".contoso.example", "contoso..example", "contoso.example.", ":443", "contoso.example:")
    ),
    *((definition(host=f"contoso.example:{port}"), "host", "from 1 to 65535") for port in (0, "00", 65536, 999999)),
    (definition(schemes=None), "schemes", "list of http and https"),
    (definition(schemes=[]), "schemes", "list of http and https"),
    (definition(schemes="https"), "schemes", "list of http and https"),
    (definition(schemes=["https", "wss"]), "schemes", "list of http and https"),
    (definition(basePath="api"), "basePath", "begin with /"),
    (definition(basePath=["/api"]), "basePath", "begin with /"),
    (definition(paths=None), "paths", "missing or no mapping"),
    (definition(paths=[]), "paths", "missing or no mapping"),
    *(
        (definition(**{part: content}), part, "no mapping")
        for part in ("definitions", "parameters", "responses", "securityDefinitions")
        for content in ([], ["Order"], "Order", 0)
    ),
    ({**definition(), "definitions": None}, "definitions", "no mapping"),
    *(
        (definition(**{part: {"Order": content}}), f"{part}.Order", "no mapping")
        for part in ("definitions", "parameters", "responses", "securityDefinitions")
        for content in (None, [], "Order")
    ),
    (definition(parameters={"Id": parameter(type=None)}), "parameters.Id.type", "must be one of"),
    (definition(responses={"Gone": {"schema": {}}}), "responses.Gone.description", "missing or no text"),
    (definition(security={"key": []}), "security", "no list"),
    ({**definition(), "security": None}, "security", "no list"),
    (definition(security=["key"]), "security[0]", "no mapping"),
    (definition(security=[{"key": []}]), "security[0].key", "not among securityDefinitions"),
    (secured(security=[{"Key": []}]), "security[0].Key", "not among securityDefinitions"),
    (secured(security=[{"key": []}, {"key": None}]), "security[1].key", "scopes are no list"),
]
IN_PATHS: list[tuple[Json, str, str]] = [
    (definition(paths={"orders": {}}), "orders", "begin with /"),
    (definition(paths={"/orders": None}), "/orders", "no mapping"),
    (definition(paths={"/orders": {"parameters": {}}}), "/orders.parameters", "no list"),
    (definition(paths={"/a/{x}": {}, "/a/{y}": {}}), "/a/{y}", "/a/{x} with other names in braces"),
    (definition(paths={"/a/{x}/b/{y}": {}, "/a/{y}/b/{x}": {}}), "/a/{y}/b/{x}", "with other names in braces"),
    (definition(paths={"/orders": {"fetch": {}}}), "/orders.fetch", "no such method"),
    (definition(paths={"/orders": {"GET": {}}}), "/orders.GET", "no such method"),
    (definition(paths={"/orders": {"get": []}}), "/orders.get", "no mapping"),
    (with_operation(operationId=None), "/orders.get.operationId", "missing"),
    (with_operation(operationId=" "), "/orders.get.operationId", "missing"),
    (with_operation(operationId=7), "/orders.get.operationId", "missing"),
    (with_operation(responses=None), "/orders.get.responses", "missing or empty"),
    (with_operation(responses={}), "/orders.get.responses", "missing or empty"),
    (with_operation(responses={"ok": GONE}), "/orders.get.responses.ok", "neither a status nor default"),
    (with_operation(responses={"600": GONE}), "/orders.get.responses.600", "neither a status nor default"),
    (with_operation(responses={"2000": GONE}), "/orders.get.responses.2000", "neither a status nor default"),
    (with_operation(responses={"200": None}), "/orders.get.responses.200", "no mapping"),
    (with_operation(responses={"200": "ok"}), "/orders.get.responses.200", "no mapping"),
    (with_operation(responses={"200": {}}), "/orders.get.responses.200.description", "missing or no text"),
    (with_operation(responses={"default": {"description": 1}}), "/orders.get.responses.default.description", "no text"),
    (
        with_operation(responses={"200": {"$ref": "#/responses/Ok"}}),
        "/orders.get.responses.200.$ref",
        "#/responses/Ok leads nowhere",
    ),
    (with_operation(responses={"200": {"$ref": "#/host"}}), "/orders.get.responses.200", "no mapping"),
    (with_operation(security={}), "/orders.get.security", "no list"),
    (with_operation(security=[{"key": []}]), "/orders.get.security[0].key", "not among securityDefinitions"),
    (with_operation(parameters={"id": {}}), "/orders.get.parameters", "no list"),
    (with_operation(parameters={}), "/orders.get.parameters", "no list"),
    (with_parameters("id"), "/orders.get.parameters[0]", "no mapping"),
    (with_parameters({"in": "query", "type": "string"}), "/orders.get.parameters[0].name", "missing"),
    (with_parameters(parameter(), {"name": "q"}, path="/{id}"), "/{id}.get.parameters[1].in", "one of body, formData"),
    (with_parameters(parameter("q", "cookie")), "/orders.get.parameters[0].in", "one of body, formData"),
    (with_parameters(*[parameter("q", "query")] * 2), "/orders.get.parameters[1]", "q in query is there twice"),
    (with_parameters(parameter(required=None), path="/{id}"), "/{id}.get.parameters[0].required", "must be required"),
    (with_parameters({"name": "b", "in": "body"}), "/orders.get.parameters[0].schema", "a body needs one"),
    (with_operation("/orders/{id}"), "/orders/{id}.get.parameters", "the path has {id}"),
    (with_parameters(parameter("id", "query"), path="/{id}"), "/{id}.get.parameters", "the path has {id}"),
    (
        with_parameters({"$ref": "#/parameters/Id"}),
        "/orders.get.parameters[0].$ref",
        "#/parameters/Id leads nowhere",
    ),
    (
        with_operation(responses={"200": {**GONE, "schema": {"items": {"$ref": "#/definitions/Order"}}}}),
        "/orders.get.responses.200.schema.items.$ref",
        "#/definitions/Order leads nowhere",
    ),
    (
        with_operation(responses={"200": {**GONE, "schema": {"$ref": "https://contoso.example/o.json"}}}),
        "/orders.get.responses.200.schema.$ref",
        "leads nowhere",
    ),
    (
        with_operation(responses={"200": {**GONE, "schema": {"properties": {"x-part": {"$ref": "#/definitions/P"}}}}}),
        "/orders.get.responses.200.schema.properties.x-part.$ref",
        "leads nowhere",
    ),
    (
        {**with_parameters({"$ref": "#/parameters/x-q"}), "parameters": {"x-q": parameter("q", "query", type=None)}},
        "/orders.get.parameters[0].type",
        "must be one of",
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


@pytest.mark.parametrize("other", ["LIST", "list", "List2"])
def test_an_operation_id_is_unique_in_the_whole_document_to_the_letter(other: str) -> None:
    def of_two(name: str) -> Json:
        second = {"post": {"operationId": name, "responses": OK}, "put": {"operationId": "Put", "responses": OK}}
        return definition(paths={"/a": {"get": {"operationId": "List", "responses": OK}}, "/b": second})

    check_definition(OPTION, of_two(other))
    assert only_fault(of_two("List")) == f"{OPTION}.paths./b.post.operationId: List is that of paths./a.get as well"


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


@pytest.mark.parametrize("part", ["parameters", "responses"])
def test_what_many_operations_share_is_told_once_and_where_it_is(part: str) -> None:
    shared = {"name": "q", "in": "query"} if part == "parameters" else {"schema": {}}
    used: Any = {"$ref": f"#/{part}/Shared"}
    operations = {
        f"/p{number}": {"get": {"operationId": f"Get{number}", "responses": OK, part: used}} for number in range(3)
    }
    for item in operations.values():
        item["get"][part] = [used] if part == "parameters" else {"200": used}
    document = definition(paths=operations, **{part: {"Shared": shared, "Other": used}})
    assert only_fault(document).startswith(
        f"{OPTION}.{part}.Shared.{'type' if part == 'parameters' else 'description'}: "
    )


def test_a_reference_that_goes_round_and_round_leads_nowhere() -> None:
    around = {"A": {"$ref": "#/parameters/B"}, "B": {"$ref": "#/parameters/A"}}
    assert faults(definition(parameters=around)) == [
        f"{OPTION}.parameters.A.$ref: #/parameters/B leads nowhere in the document",
        f"{OPTION}.parameters.B.$ref: #/parameters/A leads nowhere in the document",
    ]


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


def test_versions_that_yaml_reads_as_figures_are_texts() -> None:
    read = with_texts({**definition(), "swagger": 2.0, "info": {"title": "Orders", "version": 1.0}})
    assert (read["swagger"], read["info"]["version"]) == ("2.0", "1.0")
    assert with_texts(definition()) == definition()
