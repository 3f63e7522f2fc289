# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swagger 2.0 documents to build on, and what the validator says of them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger import check_definition

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
