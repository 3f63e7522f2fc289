# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the references of a Swagger 2.0 document lead to: JSON pointers in the same document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

# What is wrong: the place in the document, and what.
Fault = tuple[str, str]
# A name in braces in a path.
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
# What is data and not schema, and the parts whose keys are names; in some of these, x- begins an extension even so.
_LITERAL = frozenset({"example", "examples", "default", "enum"})
_NAMED_PARTS = frozenset({"definitions", "headers", "parameters", "paths", "properties", "responses"})
_EXTENDED_PARTS = frozenset({"paths", "responses"})


def resolved(definition: Json, entry: Any) -> Any:
    """What stands in the place of an entry. A reference that leads nowhere, or round and round, is left as it is."""
    seen: set[str] = set()
    found = entry
    while is_reference(found):
        reference = found["$ref"]
        if reference in seen:
            return entry
        seen.add(reference)
        found = _find(definition, reference)
        if found is None:
            return entry
    return found


def is_reference(value: Any) -> bool:
    """Whether a value is a reference; after `resolved`, one that leads nowhere."""
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)


def is_told_elsewhere(definition: Json, part: str, entry: Any) -> bool:
    """Whether the faults of what is referred to are told where it is defined, or with all references."""
    if is_reference(entry) and re.fullmatch(rf"#/{part}/(?!x-)[^/]+", entry["$ref"]):
        return True
    return is_reference(resolved(definition, entry))


def _find(definition: Json, reference: str) -> Any:
    """What a local reference leads to, None for nothing."""
    if not reference.startswith("#/"):
        return None
    found: Any = definition
    for part in reference[2:].split("/"):
        # Names stand percent-encoded in a reference; some generators leave them, or encode the names themselves.
        for key in (_name(unquote(part)), _name(part)):
            if isinstance(found, dict) and key in found:
                found = found[key]
                break
            if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
                break
        else:
            return None
    return found


def _name(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def broken_references(definition: Json, value: Any, place: str = "", part: str = "") -> Iterator[Fault]:
    """References that lead nowhere. part: this mapping is that part, with names as keys, so that none is a keyword."""
    if isinstance(value, dict):
        if not part and is_reference(resolved(definition, value)):
            yield f"{place}.$ref".lstrip("."), f"{value['$ref']} leads nowhere in the document"
        for key, content in value.items():
            literal = not part and key in _LITERAL
            extension = key.startswith("x-") and (not part or part in _EXTENDED_PARTS)
            if not (literal or extension):
                inner = f"{place}.{key}".lstrip(".")
                named = key if not part and key in _NAMED_PARTS else ""
                yield from broken_references(definition, content, inner, named)
    elif isinstance(value, list):
        for number, content in enumerate(value):
            yield from broken_references(definition, content, f"{place}[{number}]")
