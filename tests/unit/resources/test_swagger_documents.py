# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole documents as they are found in the world: they pass, and stop passing when one thing in them is broken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger import check_definition
from tests.unit.resources.swagger import OPTION, Json, definition, parameter
from tests.unit.resources.swagger_world import cloud, connector, shop

# -- as others write them ----------------------------------------------------------------------------------------------

DOCUMENTS: dict[str, Callable[[], Json]] = {"shop": shop, "cloud": cloud, "connector": connector}


@pytest.mark.parametrize("make", DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_of_the_world_pass_and_stay_as_they_are(make: Callable[[], Json]) -> None:
    document = make()
    check_definition(OPTION, document)
    assert document == make()


MISSING = object()
BROKEN: list[tuple[Callable[[], Json], tuple[Any, ...], Any, str]] = [
    (shop, ("securityDefinitions", "basic"), MISSING, "paths./item/findByStatus.get.security[1].basic"),
    (shop, ("responses", "NotFound", "description"), MISSING, "responses.NotFound.description"),
    (shop, ("definitions", "Tag"), MISSING, "definitions.Item.properties.tags.items.$ref"),
    (
        shop,
        ("paths", "/item/findByStatus", "get", "parameters", 1, "items", "items"),
        MISSING,
        "paths./item/findByStatus.get.parameters[1].items.items",
    ),
    (
        shop,
        ("paths", "/item/{itemId}/uploadImage", "post", "parameters", 2, "in"),
        "query",
        "paths./item/{itemId}/uploadImage.post.parameters[2].type",
    ),
    (cloud, ("parameters", "ApiVersion", "type"), MISSING, "parameters.ApiVersion.type"),
    (cloud, ("definitions", "Page[Size]"), MISSING, "paths.{scope}/sizes.get.responses.200.schema.$ref"),
    (cloud, ("definitions", "CloudError"), None, "definitions.CloudError"),
    (cloud, ("securityDefinitions", "azure_auth"), MISSING, "security[0].azure_auth"),
    (
        connector,
        ("paths", "/hooks/{hook}", "delete", "responses", "default"),
        None,
        "paths./hooks/{hook}.delete.responses.default",
    ),
    (connector, ("paths", "/QUEUES", "get", "operationId"), "ListQueues", "paths./QUEUES.get.operationId"),
    (connector, ("host",), "api_v2..example", "host"),
    (connector, ("security", 0, "oauth2-auth"), {}, "security[0].oauth2-auth"),
]


@pytest.mark.parametrize(("make", "path", "value", "place"), BROKEN, ids=[case[3] for case in BROKEN])
def test_what_is_broken_in_one_is_named(
    make: Callable[[], Json], path: tuple[Any, ...], value: Any, place: str
) -> None:
    document: Any = deepcopy(make())
    part = document
    for step in path[:-1]:
        part = part[step]
    if value is MISSING:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    scope = "/subscriptions/{subscriptionId}/resourceGroups/{group}/providers/Contoso.Compute"
    with pytest.raises(OptionError) as caught:
        check_definition(OPTION, document)
    assert f" {OPTION}.{place.replace('{scope}', scope)}: " in caught.value.message


# -- any document ------------------------------------------------------------------------------------------------------

# What means something in a definition. All of Unicode takes a second to build: a failure where nothing is cached yet.
WORDS = st.text("ax-$/~%{}.0é ", max_size=6) | st.sampled_from(("$ref", "in", "name", "type", "items", "get", "schema"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
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


@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_anything_anywhere_in_a_document_is_never_a_crash(name: str, data: st.DataObject) -> None:
    document: Any = DOCUMENTS[name]()
    part = document
    while True:
        step = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        if not isinstance(part[step], (dict, list)) or not part[step] or data.draw(st.integers(0, 3)) == 0:
            break
        part = part[step]
    part[step] = data.draw(JSON | st.just({"$ref": "#/host"}) | st.just({"$ref": "#/paths"}))
    with suppress(OptionError):
        check_definition(OPTION, document)
