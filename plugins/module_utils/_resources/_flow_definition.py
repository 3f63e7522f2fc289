# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions of flows and their connection references: checked, completed, compared and sent. Pure.

Contract: flow-management.md 4.1, 5.3, 5.22 and 9.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api.flow import (
    DEFINITION_SCHEMA,
    connector_reference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    as_text,
    differing,
    same_json,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import masked

EMBEDDED = "embedded"
INVOKER = "invoker"

# What every definition has. Without the parameters the service refuses steps of connectors, and blames the trigger.
_DEFAULTS: Json = {
    "$schema": DEFINITION_SCHEMA,
    "contentVersion": "1.0.0.0",
    "triggers": {},
    "actions": {},
    "outputs": {},
}
_PARAMETERS: Json = {
    "$connections": {"defaultValue": {}, "type": "Object"},
    "$authentication": {"defaultValue": {}, "type": "SecureObject"},
}
# Members of a step that hold further steps, by name.
_NESTED = ("actions", "else", "default", "cases")
# How many faults one message lists.
_NAMED = 10


class Reference(NamedTuple):
    """What a reference key of a definition stands for: a connection, or in a solution a connection reference."""

    connector: str
    connection: str
    source: str

    def as_option(self, option: str) -> Json:
        """An entry of the option connection_references."""
        return {"connector": self.connector, option: self.connection, "source": self.source}


References = Mapping[str, Reference]


def completed(definition: Json) -> Json:
    """A definition with what every one has."""
    parameters = {**_PARAMETERS, **(definition.get("parameters") or {})}
    return {**_DEFAULTS, **definition, "parameters": parameters}


def compared(definition: Json, like: Json) -> Json:
    """A definition without what does not count.

    That is the values of the connections, which stand elsewhere; steps that follow none, written out or not; and
    `metadata` of steps where the other definition, `like`, has none: the designer's notes.
    """
    whole = completed(definition)
    parameters = {**whole["parameters"]}
    for name in _PARAMETERS:
        if isinstance(parameters[name], dict):
            parameters[name] = {**parameters[name], "defaultValue": {}}
    other = completed(like)
    steps = {part: _steps(whole[part], other[part]) for part in ("triggers", "actions")}
    return {**whole, "parameters": parameters, **steps}


def same_definition(declared: Json, actual: Json | None) -> bool:
    """Whether two definitions mean the same: order of keys, absent defaults and connections do not count."""
    if actual is None:
        return False
    return same_json(compared(declared, declared), compared(actual, declared))


def differing_definitions(declared: Json, actual: Json | None) -> tuple[Any, Any]:
    """What differs of them, as it may be shown: (actual, declared)."""
    if actual is None:
        return None, masked(declared)
    return differing(compared(actual, declared), compared(declared, declared), same_json, shown=masked)


def _steps(steps: Any, like: Any) -> Any:
    if not isinstance(steps, dict):
        return steps
    others = like if isinstance(like, dict) else {}
    return {name: _step(step, others.get(name)) for name, step in steps.items()}


def _step(step: Any, like: Any) -> Any:
    if not isinstance(step, dict):
        return step
    other = like if isinstance(like, dict) else {}
    kept = {
        name: content
        for name, content in step.items()
        if not (name == "runAfter" and not content) and not (name == "metadata" and "metadata" not in other)
    }
    for name in _NESTED:
        if not isinstance(kept.get(name), dict):
            continue
        # `else`, `default` and each of `cases` is a branch, which holds `actions`.
        inner = _steps if name in ("actions", "cases") else _step
        kept[name] = inner(kept[name], other.get(name))
    return kept


# -- what is declared --------------------------------------------------------------------------------------------------


def check_definition(option: str, definition: Json, references: References | None) -> None:
    """OptionError that names the place of each fault. references: those that are declared, None for none."""
    faults = list(_faults(definition, references))
    if not faults:
        return
    told = "; ".join(f"{option}{f'.{place}' if place else ''}: {what}" for place, what in faults[:_NAMED])
    more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    raise OptionError(
        option,
        f"the definition is none that flows have. {told}{more}.",
        remedy="Flows are workflow definitions of Logic Apps: triggers, and actions that run after each other.",
    )


def _faults(definition: Json, references: References | None) -> Iterator[tuple[str, str]]:
    for part in ("triggers", "actions"):
        steps = definition.get(part, {})
        if not isinstance(steps, dict):
            yield part, "it is no mapping"
            continue
        if part == "triggers" and not steps:
            yield part, "there is none, and a flow needs one"
        yield from _step_faults(part, steps, references, ordered=part == "actions")
    if not isinstance(definition.get("parameters", {}), dict):
        yield "parameters", "it is no mapping"


def _step_faults(place: str, steps: Json, references: References | None, *, ordered: bool) -> Iterator[tuple[str, str]]:
    for name, step in steps.items():
        where = f"{place}.{name}"
        if not isinstance(step, dict):
            yield where, "it is no mapping"
            continue
        if not isinstance(step.get("type"), str) or not step["type"]:
            yield f"{where}.type", "it is missing or no text"
        after = step.get("runAfter") or {}
        if ordered and not isinstance(after, dict):
            yield f"{where}.runAfter", "it is no mapping"
        elif ordered:
            for other in after:
                if other not in steps:
                    yield f"{where}.runAfter", f"there is no step {other} beside it"
        yield from _reference_faults(where, step, references)
        for inner, content in _branches(step):
            if isinstance(content, dict):
                yield from _step_faults(f"{where}.{inner}", content, references, ordered=True)
            else:
                yield f"{where}.{inner}", "it is no mapping"


def _branches(step: Json) -> Iterator[tuple[str, Any]]:
    """The steps inside a step, by their place in it."""
    if "actions" in step:
        yield "actions", step["actions"]
    for name in ("else", "default"):
        branch = step.get(name)
        if isinstance(branch, dict) and "actions" in branch:
            yield f"{name}.actions", branch["actions"]
    cases = step.get("cases")
    for case, branch in cases.items() if isinstance(cases, dict) else ():
        if isinstance(branch, dict) and "actions" in branch:
            yield f"cases.{case}.actions", branch["actions"]


def _reference_faults(where: str, step: Json, references: References | None) -> Iterator[tuple[str, str]]:
    inputs = step.get("inputs")
    host = inputs.get("host") if isinstance(inputs, dict) else None
    key = host.get("connectionName") if isinstance(host, dict) else None
    if isinstance(key, str) and references is not None and key not in references:
        yield f"{where}.inputs.host.connectionName", f"{key} is not among connection_references"


def read_references(option: str, declared: Mapping[str, Any]) -> tuple[References, str]:
    """What is declared, and whether by `connection` or by `connection_reference`: one of the two, in every entry.

    OptionError for an entry that names neither, or both, or is no mapping.
    """
    found: dict[str, Reference] = {}
    ways: dict[str, str] = {}
    for key, entry in declared.items():
        place = f"{option}.{key}"
        if not isinstance(entry, dict):
            raise OptionError(place, "it is no mapping.", remedy="Give connector, connection and source.")
        unknown = sorted(set(entry) - {"connector", "connection", "connection_reference", "source"})
        if unknown:
            raise OptionError(
                f"{place}.{unknown[0]}",
                "there is no such setting.",
                remedy="Give connector, connection or connection_reference, and source.",
            )
        named = [way for way in ("connection", "connection_reference") if entry.get(way)]
        if len(named) != 1 or not isinstance(entry[named[0]], str):
            raise OptionError(
                place,
                "it needs either connection or connection_reference.",
                remedy="Give the id of a connection, or for a flow of a solution the logical name of its reference.",
            )
        connector, source = entry.get("connector"), str(entry.get("source") or EMBEDDED).lower()
        if not isinstance(connector, str) or not connector:
            raise OptionError(f"{place}.connector", "it is missing.", remedy="Give its id, such as shared_sql.")
        if source not in (EMBEDDED, INVOKER):
            raise OptionError(
                f"{place}.source",
                "it is neither embedded nor invoker.",
                value=source,
                remedy="embedded is the owner's connection, invoker that of whoever runs the flow.",
            )
        ways.setdefault(named[0], key)
        found[key] = Reference(connector, entry[named[0]], source)
    if len(ways) > 1:
        raise OptionError(
            option,
            f"{' and '.join(ways.values())} name connections in two ways.",
            remedy="Name all by connection, or all by connection_reference.",
        )
    return found, next(iter(ways), "connection")


# -- what the services say ---------------------------------------------------------------------------------------------


def service_references(content: Json) -> References:
    """The references of a flow in the Flow service, which come as a mapping or as a list (contract 4.1)."""
    said = content.get("connectionReferences") or {}
    entries = (
        said.items()
        if isinstance(said, dict)
        else ((_tail(item.get("id")), item) for item in said if isinstance(item, dict))
    )
    return {
        key: Reference(
            _tail(entry.get("id") or entry.get("apiName")),
            str(entry.get("connectionName") or ""),
            str(entry.get("source") or EMBEDDED).lower(),
        )
        for key, entry in entries
        if isinstance(entry, dict)
    }


def row_references(client_data: Json) -> References:
    """The references of a row in Dataverse (contract 9)."""
    said = client_data.get("connectionReferences") or {}
    return {
        key: Reference(
            _tail((entry.get("api") or {}).get("name")),
            str((entry.get("connection") or {}).get("connectionReferenceLogicalName") or ""),
            str(entry.get("runtimeSource") or EMBEDDED).lower(),
        )
        for key, entry in said.items()
        if isinstance(entry, dict)
    }


def client_data(row: Json) -> Json:
    """A row's `clientdata`, a JSON text. UnreadableAnswerError for one that is none: nothing may be written over it."""
    try:
        content = json.loads(row.get("clientdata") or "")
    except (TypeError, ValueError):
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("properties"), dict):
        raise UnreadableAnswerError("Dataverse showed a flow whose clientdata is no document with properties.")
    return content


def same_references(declared: References, actual: References) -> bool:
    """Whether the same keys stand for the same: ids without case."""
    return declared.keys() == actual.keys() and all(
        all(same_text(left, right) for left, right in zip(reference, actual[key], strict=True))
        for key, reference in declared.items()
    )


def sent_to_service(references: References) -> Json:
    """`connectionReferences` of the Flow service: a mapping, for a list loses entries (contract 5.3)."""
    return {
        key: {
            "connectionName": item.connection,
            "source": "Invoker" if item.source == INVOKER else "Embedded",
            "id": connector_reference(item.connector),
        }
        for key, item in references.items()
    }


def sent_to_row(present: Json, definition: Json | None, references: References | None) -> str:
    """`clientdata` of a row: what is there, with another definition, other references, or both (contract 9)."""
    content = {**properties(present)}
    if definition is not None:
        content["definition"] = completed(definition)
    held = content.setdefault("connectionReferences", {})
    if references is not None:
        content["connectionReferences"] = {key: _row_entry(item, held.get(key)) for key, item in references.items()}
    return as_text({"schemaVersion": "1.0.0.0", **present, "properties": content})


def _row_entry(reference: Reference, held: Any) -> Json:
    """One entry, with whatever else the platform keeps of the same connector under that key."""
    kept = held if isinstance(held, dict) else {}
    said = kept.get("api")
    api: Json = said if isinstance(said, dict) else {}
    if not same_text(_tail(api.get("name")), reference.connector):
        kept, api = {}, {"name": reference.connector}
    return {
        **kept,
        "runtimeSource": reference.source,
        "connection": {"connectionReferenceLogicalName": reference.connection},
        "api": api,
    }


def _tail(text: Any) -> str:
    return str(text or "").rpartition("/")[2]
