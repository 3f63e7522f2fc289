# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of parameters in a Swagger 2.0 document: by themselves, among others, and for the path they are in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._swagger_references import (
    PLACEHOLDER,
    Fault,
    is_reference,
    is_told_elsewhere,
    resolved,
)

_PLACES = frozenset({"path", "query", "header", "formData", "body"})
_TYPES = frozenset({"string", "number", "integer", "boolean", "array"})


def operation_faults(
    definition: Json, path: str, where: str, own: Sequence[Any], common: Sequence[Any]
) -> Iterator[Fault]:
    """What is wrong with the parameters of an operation. common: those of its path, told by list_faults already."""
    place = f"{where}.parameters"
    yield from list_faults(definition, path, place, own)
    mine, shared = _readable(definition, own), _readable(definition, common)
    every = [*shared, *mine]
    clash = _bodies(every)
    if clash and not _bodies(mine) and not _bodies(shared):
        yield place, f"with those of the path, {clash}"
    if len(mine) + len(shared) < len(own) + len(common):  # what cannot be read is told as such, and may be the missing
        return
    declared = {str(parameter.get("name")) for parameter in every if parameter.get("in") == "path"}
    for name in PLACEHOLDER.findall(path):
        if name not in declared:
            yield place, f"the path has {{{name}}}, which is not among them"


def list_faults(definition: Json, path: str, place: str, entries: Sequence[Any]) -> Iterator[Fault]:
    """What is wrong with the parameters of one list, of a path or of an operation on it."""
    known: set[tuple[str, str]] = set()
    placeholders = PLACEHOLDER.findall(path)
    for number, entry in enumerate(entries):
        at = f"{place}[{number}]"
        parameter = resolved(definition, entry)
        if not is_told_elsewhere(definition, "parameters", entry):
            yield from parameter_faults(parameter, at)
        if is_reference(parameter) or not isinstance(parameter, dict):
            continue
        name, inside = _key(parameter)
        if (name, inside) in known:
            yield at, f"parameter {name} in {inside} is there twice"
        known.add((name, inside))
        if inside == "path" and name and name not in placeholders:
            yield at, f"the path has no {{{name}}}"
    clash = _bodies(_readable(definition, entries))
    if clash:
        yield place, clash


def parameter_faults(parameter: Any, place: str) -> Iterator[Fault]:
    """What is wrong with one parameter by itself."""
    if not isinstance(parameter, dict):
        yield place, "it is no mapping"
        return
    name, inside = parameter.get("name"), parameter.get("in")
    if not isinstance(name, str) or not name:
        yield f"{place}.name", "it is missing or no text"
    if not isinstance(inside, str) or inside not in _PLACES:
        yield f"{place}.in", f"it must be one of {', '.join(sorted(_PLACES))}"
    elif inside != "body":
        yield from _type_faults(parameter, place, is_form=inside == "formData")
    elif not isinstance(parameter.get("schema"), dict):
        yield f"{place}.schema", "a body needs one"
    if inside == "path" and parameter.get("required") is not True:
        yield f"{place}.required", "a parameter of the path must be required"


def _type_faults(typed: Json, place: str, *, is_form: bool) -> Iterator[Fault]:
    """What is wrong with the type of a parameter, or of the items of one."""
    kind, items = typed.get("type"), typed.get("items")
    if kind == "file":
        if not is_form:
            yield f"{place}.type", "a file can only be a parameter in formData"
    elif not isinstance(kind, str) or kind not in _TYPES:
        yield f"{place}.type", f"it must be one of {', '.join(sorted(_TYPES))}{', file' * is_form}"
    elif kind == "array":
        if not isinstance(items, dict):
            yield f"{place}.items", "an array needs them, as a mapping"
        elif "type" in items:  # without, anything goes; some generators write a reference here
            yield from _type_faults(items, f"{place}.items", is_form=False)


def _bodies(parameters: Sequence[Json]) -> str:
    """Why these cannot all be sent in one request; "" when they can. Those of one name in one place are one."""
    places = [inside for _name, inside in {_key(parameter) for parameter in parameters}]
    bodies = places.count("body")
    if bodies > 1:
        return f"there are {bodies} parameters in body, and a request has one"
    if bodies and "formData" in places:
        return "there are parameters in body and in formData, and a request has either"
    return ""


def _readable(definition: Json, entries: Sequence[Any]) -> list[Json]:
    every = [resolved(definition, entry) for entry in entries]
    return [parameter for parameter in every if isinstance(parameter, dict) and not is_reference(parameter)]


def _key(parameter: Json) -> tuple[str, str]:
    return str(parameter.get("name", "")), str(parameter.get("in", ""))
