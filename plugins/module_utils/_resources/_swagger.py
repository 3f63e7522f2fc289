# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The structural rules of a custom connector's definition: Swagger 2.0 (contract: dataverse-connectors.md 2, 3.3).

Found here, before anything is sent, because the service's own message names no place. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

_VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
_PLACES = frozenset({"path", "query", "header", "formData", "body"})
_SCHEMES = frozenset({"http", "https"})
_STATUS = re.compile(r"default|[1-5][0-9][0-9]")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
# What is data and not schema, and the parts whose keys are names.
_LITERAL = frozenset({"example", "examples", "default", "enum"})
_NAMED_PARTS = frozenset({"definitions", "headers", "parameters", "paths", "properties", "responses"})
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


def _faults(definition: Json) -> Iterator[tuple[str, str]]:
    if "openapi" in definition and "swagger" not in definition:
        yield "openapi", f"version {definition['openapi']} is not supported, convert it to 2.0"
        return
    if definition.get("swagger") != "2.0":
        yield "swagger", "it must be '2.0'"
    yield from _info(definition.get("info"))
    host = definition.get("host")
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        yield "host", "it must be a host name, without scheme and path"
    schemes = definition.get("schemes")
    if (
        not isinstance(schemes, list)
        or not schemes
        or not all(isinstance(item, str) and item in _SCHEMES for item in schemes)
    ):
        yield "schemes", "it must be a list of http and https"
    base = definition.get("basePath", "/")
    if not isinstance(base, str) or not base.startswith("/"):
        yield "basePath", "it must begin with /"
    paths = definition.get("paths")
    if not isinstance(paths, dict):
        yield "paths", "it is missing or no mapping"
        return
    yield from _paths(definition, paths)
    yield from _references(definition, definition, "")


def _info(info: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(info, dict):
        yield "info", "it is missing or no mapping"
        return
    for name in ("title", "version"):
        text = info.get(name)
        if not isinstance(text, str) or not text.strip():
            yield f"info.{name}", "it is missing"


def _paths(definition: Json, paths: Json) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for path, item in paths.items():
        place = f"paths.{path}"
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            yield place, "a path must begin with /"
        if not isinstance(item, dict):
            yield place, "it is no mapping"
            continue
        common = item.get("parameters") or []
        if isinstance(common, list):
            yield from _entries(definition, f"{place}.parameters", common)
        for verb, operation in item.items():
            if verb not in _VERBS:
                if verb not in ("parameters", "$ref") and not verb.startswith("x-"):
                    yield f"{place}.{verb}", "there is no such method"
                continue
            where = f"{place}.{verb}"
            if not isinstance(operation, dict):
                yield where, "it is no mapping"
                continue
            yield from _operation(definition, path, where, operation, common, seen)


def _operation(
    definition: Json, path: str, where: str, operation: Json, common: Any, seen: dict[str, str]
) -> Iterator[tuple[str, str]]:
    name = operation.get("operationId")
    if not isinstance(name, str) or not name.strip():
        yield f"{where}.operationId", "it is missing"
    elif name.casefold() in seen:
        yield f"{where}.operationId", f"{name} is that of {seen[name.casefold()]} as well"
    else:
        seen[name.casefold()] = where
    responses = operation.get("responses")
    if not isinstance(responses, dict) or not responses:
        yield f"{where}.responses", "it is missing or empty"
    else:
        for status in responses:
            if not _STATUS.fullmatch(status) and not status.startswith("x-"):
                yield f"{where}.responses.{status}", "it is neither a status nor default"
    own = operation.get("parameters") or []
    if not isinstance(own, list) or not isinstance(common, list):
        yield f"{where}.parameters", "it is no list"
        return
    yield from _parameters(definition, path, where, own, common)


def _parameters(
    definition: Json, path: str, where: str, own: Sequence[Any], common: Sequence[Any]
) -> Iterator[tuple[str, str]]:
    yield from _entries(definition, f"{where}.parameters", own)
    every = [_resolved(definition, entry) for entry in (*common, *own)]
    if any(isinstance(entry, dict) and "$ref" in entry for entry in every):  # one that leads nowhere is told as such
        return
    declared = {str(entry.get("name")) for entry in every if isinstance(entry, dict) and entry.get("in") == "path"}
    for name in _PLACEHOLDER.findall(path):
        if name not in declared:
            yield f"{where}.parameters", f"the path has {{{name}}}, which is not among them"


def _entries(definition: Json, where: str, entries: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the parameters of one list, by themselves."""
    known: set[tuple[str, str]] = set()
    for number, entry in enumerate(entries):
        place = f"{where}[{number}]"
        parameter = _resolved(definition, entry)
        if not isinstance(parameter, dict):
            yield place, "it is no mapping"
            continue
        if "$ref" in parameter:  # it leads nowhere: found with all references
            continue
        name, inside = parameter.get("name"), parameter.get("in")
        if not isinstance(name, str) or not name:
            yield f"{place}.name", "it is missing or no text"
        if not isinstance(inside, str) or inside not in _PLACES:
            yield f"{place}.in", f"it must be one of {', '.join(sorted(_PLACES))}"
        key = (str(name), str(inside))
        if key in known:
            yield place, f"parameter {key[0]} in {key[1]} is there twice"
        if inside == "path" and parameter.get("required") is not True:
            yield f"{place}.required", "a parameter of the path must be required"
        if inside == "body" and not isinstance(parameter.get("schema"), dict):
            yield f"{place}.schema", "a body needs one"
        known.add(key)


def _resolved(definition: Json, entry: Any) -> Any:
    if isinstance(entry, dict) and isinstance(entry.get("$ref"), str):
        found = _find(definition, entry["$ref"])
        return entry if found is None else found
    return entry


def _find(definition: Json, reference: str) -> Any:
    """What a local reference leads to, None for nothing."""
    if not reference.startswith("#/"):
        return None
    found: Any = definition
    for part in unquote(reference[2:]).split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found


def _references(definition: Json, value: Any, place: str, *, names: bool = False) -> Iterator[tuple[str, str]]:
    """References that lead nowhere. names: the keys of this mapping are free to choose, so that none is a keyword."""
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if not names and isinstance(reference, str) and _find(definition, reference) is None:
            yield f"{place}.$ref".lstrip("."), f"{reference} leads nowhere in the document"
        for key, content in value.items():
            if names or not (key in _LITERAL or key.startswith("x-")):
                inner = f"{place}.{key}".lstrip(".")
                yield from _references(definition, content, inner, names=not names and key in _NAMED_PARTS)
    elif isinstance(value, list):
        for number, content in enumerate(value):
            yield from _references(definition, content, f"{place}[{number}]")
