# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The structural rules of a custom connector's definition: Swagger 2.0 (contract: dataverse-connectors.md 2, 3.3).

Found here, before anything is sent, because the service's own message names no place. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger_parameters import (
    list_faults,
    operation_faults,
    parameter_faults,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger_references import (
    PLACEHOLDER,
    Fault,
    broken_references,
    is_told_elsewhere,
    resolved,
)

_VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
_SCHEMES = frozenset({"http", "https"})
_STATUS = re.compile(r"default|[1-5][0-9][0-9]")
_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?::([0-9]{1,9}))?")
_LAST_PORT = 65535
# What operations share, by name.
_SHARED = ("definitions", "parameters", "responses", "securityDefinitions")
# How many faults one message lists.
_NAMED = 10


def with_texts(definition: Json) -> Json:
    """The definition with its versions as texts, which YAML reads as figures where they stand without quotes."""
    versions = definition.get("swagger"), definition.get("info")
    fixed = dict(definition)
    if isinstance(versions[0], float):
        fixed["swagger"] = str(versions[0])
    if isinstance(versions[1], dict) and isinstance(versions[1].get("version"), (int, float)):
        fixed["info"] = {**versions[1], "version": str(versions[1]["version"])}
    return fixed


def check_definition(option: str, definition: Any) -> None:
    """OptionError that names the place of each fault: `openapi_definition.paths./orders.get.operationId`."""
    faults = list(_faults(definition)) if isinstance(definition, dict) else [("", "it is no mapping")]
    if not faults:
        return
    told = "; ".join(f"{option}{f'.{place}' if place else ''}: {what}" for place, what in faults[:_NAMED])
    more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    raise OptionError(
        option,
        f"the definition is none that custom connectors take. {told}{more}.",
        remedy="Custom connectors take Swagger 2.0 (OpenAPI 2.0) documents with these parts in order.",
    )


def _faults(definition: Json) -> Iterator[Fault]:
    if "openapi" in definition and "swagger" not in definition:
        yield "openapi", f"version {definition['openapi']} is not supported, convert it to 2.0"
        return
    if definition.get("swagger") != "2.0":
        yield "swagger", "it must be '2.0'"
    yield from _info(definition.get("info"))
    host = definition.get("host")
    found = _HOST.fullmatch(host) if isinstance(host, str) else None
    if found is None:
        yield "host", "it must be a host name, without scheme and path"
    elif found[1] and not 0 < int(found[1]) <= _LAST_PORT:
        yield "host", f"its port must be from 1 to {_LAST_PORT}"
    schemes = definition.get("schemes")
    if (
        not isinstance(schemes, list)
        or not schemes
        or not all(isinstance(item, str) and item in _SCHEMES for item in schemes)
    ):
        yield "schemes", "it must be a list of http and https"
    base = definition.get("basePath", "")
    if not isinstance(base, str) or (base and not base.startswith("/")):
        yield "basePath", "it must begin with /"
    for part in _SHARED:
        yield from _shared(definition, part, definition.get(part, {}))
    yield from _security(definition, definition, "")
    paths = definition.get("paths")
    if not isinstance(paths, dict):
        yield "paths", "it is missing or no mapping"
        return
    yield from _paths(definition, paths)
    yield from broken_references(definition, definition)


def _info(info: Any) -> Iterator[Fault]:
    if not isinstance(info, dict):
        yield "info", "it is missing or no mapping"
        return
    for name in ("title", "version"):
        text = info.get(name)
        if not isinstance(text, str) or not text.strip():
            yield f"info.{name}", "it is missing"


def _shared(definition: Json, part: str, entries: Any) -> Iterator[Fault]:
    if not isinstance(entries, dict):
        yield part, "it is no mapping"
        return
    for name, entry in entries.items():
        place = f"{part}.{name}"
        if name.startswith("x-"):
            continue
        if part not in ("parameters", "responses"):
            if not isinstance(entry, dict):
                yield place, "it is no mapping"
        elif not is_told_elsewhere(definition, part, entry):
            check = parameter_faults if part == "parameters" else _response
            yield from check(resolved(definition, entry), place)


def _response(response: Any, place: str) -> Iterator[Fault]:
    if not isinstance(response, dict):
        yield place, "it is no mapping"
    elif not isinstance(response.get("description"), str):
        yield f"{place}.description", "it is missing or no text"


def _security(definition: Json, holder: Json, where: str) -> Iterator[Fault]:
    """holder: the document, or an operation, which may name none to be open to everybody."""
    place = f"{where}.security".lstrip(".")
    demands = holder.get("security", [])
    if not isinstance(demands, list):
        yield place, "it is no list"
        return
    known = definition.get("securityDefinitions", {})
    for number, demand in enumerate(demands):
        if not isinstance(demand, dict):
            yield f"{place}[{number}]", "it is no mapping"
            continue
        for name, scopes in demand.items():
            if isinstance(known, dict) and name not in known:
                yield f"{place}[{number}].{name}", "it is not among securityDefinitions"
            if not isinstance(scopes, list):
                yield f"{place}[{number}].{name}", "its scopes are no list"


def _paths(definition: Json, paths: Json) -> Iterator[Fault]:
    operations: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for path, item in paths.items():
        place = f"paths.{path}"
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            yield place, "a path must begin with /"
        other = shapes.setdefault(PLACEHOLDER.sub("{}", path), path)
        if other != path:
            yield place, f"it is {other} with other names in braces, and requests cannot be told apart"
        if not isinstance(item, dict):
            yield place, "it is no mapping"
            continue
        yield from _path(definition, path, item, operations)


def _path(definition: Json, path: str, item: Json, operations: dict[str, str]) -> Iterator[Fault]:
    place = f"paths.{path}"
    common = item.get("parameters", [])
    if isinstance(common, list):
        yield from list_faults(definition, path, f"{place}.parameters", common)
    else:
        yield f"{place}.parameters", "it is no list"
        common = []
    for verb, operation in item.items():
        where = f"{place}.{verb}"
        if verb not in _VERBS:
            if verb not in ("parameters", "$ref") and not verb.startswith("x-"):
                yield where, "there is no such method"
        elif not isinstance(operation, dict):
            yield where, "it is no mapping"
        else:
            yield from _operation(definition, where, operation, operations)
            own = operation.get("parameters", [])
            if isinstance(own, list):
                yield from operation_faults(definition, path, where, own, common)
            else:
                yield f"{where}.parameters", "it is no list"


def _operation(definition: Json, where: str, operation: Json, operations: dict[str, str]) -> Iterator[Fault]:
    name = operation.get("operationId")
    if not isinstance(name, str) or not name.strip():
        yield f"{where}.operationId", "it is missing"
    elif operations.setdefault(name, where) != where:
        yield f"{where}.operationId", f"{name} is that of {operations[name]} as well"
    yield from _responses(definition, where, operation.get("responses"))
    yield from _security(definition, operation, where)


def _responses(definition: Json, where: str, responses: Any) -> Iterator[Fault]:
    if not isinstance(responses, dict) or not responses:
        yield f"{where}.responses", "it is missing or empty"
        return
    for status, entry in responses.items():
        if status.startswith("x-"):
            continue
        place = f"{where}.responses.{status}"
        if not _STATUS.fullmatch(status):
            yield place, "it is neither a status nor default"
        if not is_told_elsewhere(definition, "responses", entry):
            yield from _response(resolved(definition, entry), place)
