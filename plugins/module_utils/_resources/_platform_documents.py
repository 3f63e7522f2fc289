# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of any form, of which a part is declared: compared, taken apart and put together. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import same_json
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import GUID


def holds(declared: Any, actual: Any) -> bool:
    """Whether a document has what is declared.

    Members that are not declared do not count, a null is as good as no member, and lists count as a whole. Ids come in
    any case, within other texts too.
    """
    if isinstance(declared, dict) and (actual is None or isinstance(actual, dict)):
        held = actual or {}
        return all(holds(content, held.get(key)) for key, content in declared.items())
    return same_json(_ids_folded(declared), _ids_folded(actual))


def _ids_folded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ids_folded(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_ids_folded(content) for content in value]
    return GUID.sub(lambda match: match[0].lower(), value) if isinstance(value, str) else value


def declared_part(actual: Any, declared: Any) -> Any:
    """Of what is there, the part that is declared. A member that is declared as null, and is not there, is null."""
    if isinstance(declared, dict) and isinstance(actual, dict):
        return {
            key: declared_part(actual.get(key), content)
            for key, content in declared.items()
            if key in actual or content is None
        }
    return actual


def merged(declared: Any, actual: Any) -> Any:
    """What is there, with the declared part put into it."""
    if isinstance(declared, dict) and isinstance(actual, dict):
        return {**actual, **{key: merged(content, actual.get(key)) for key, content in declared.items()}}
    return declared


def part_at(answer: Any, place: str) -> Any:
    """The part of an answer that stands at `a.0.b`; "" is the whole. OptionError where nothing stands there."""
    part, passed = answer, "the answer"
    for name in place.split(".") if place else ():
        if isinstance(part, list) and name.isdecimal():
            found = part[int(name)] if int(name) < len(part) else None
        else:
            found = part.get(name) if isinstance(part, dict) else None
        if found is None:
            raise OptionError(
                "read_at",
                f"{passed} has nothing at {name}; it has {_told(part)}.",
                value=place,
                remedy="Name members, and numbers of entries from 0, with dots between, as the service answers.",
            )
        part, passed = found, name
    return part


def _told(part: Any) -> str:
    """What may be named in a part of an answer."""
    if isinstance(part, dict):
        return ", ".join(sorted(part)) or "no members"
    if isinstance(part, list):
        return f"{len(part)} entries"
    return "neither members nor entries"
