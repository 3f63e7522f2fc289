# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of a bulk call, checked by the argument specs of their kinds: what both edges to Ansible share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, misdeclared
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)

_SECRET_NAME = re.compile(r"secret|passw(or)?d|pwd|token|key|credential|certificate|authorization", re.IGNORECASE)
# A text that may be a document, with names and values in it.
_DOCUMENT = re.compile(r"[{\n=]")
# Shorter numbers are hardly secrets, and hiding them would spoil every message.
_SECRET_DIGITS = 4


class Fault(NamedTuple):
    """What is wrong with an item: its index, the name of its kind, what, and what to do about it."""

    number: int
    kind: str
    message: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a row of `faults`."""
        return {"item": self.number, "kind": self.kind, "message": self.message, "remedy": self.remedy}

    def __str__(self) -> str:
        kind = f" ({self.kind})" if self.kind else ""
        return f"resources[{self.number}]{kind}: {self.message} {self.remedy}".strip()


class Items:
    """The items of a call: requests for the engine, or what is wrong with them.

    faults: of all items; where there is one, nothing may be sent. secrets: every secret among the options, also of
    items that are wrong.
    """

    def __init__(self, resources: Sequence[Any]) -> None:
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.secrets: set[str] = set()
        self._validators: dict[str, ArgumentSpecValidator] = {}
        places = []
        for index, item in enumerate(resources):
            request = self._request(index, item)
            if request is not None:
                self.requests.append(request)
                places.append(index)
        for number, error in misdeclared(self.requests):
            index, kind = places[number], self.requests[number].kind.name
            self.faults.append(Fault(index, kind, error.message, error.remedy))
        self.faults.sort()

    def _request(self, index: int, item: Any) -> Request | None:
        name = item.get("kind") if isinstance(item, Mapping) else None
        kind = KINDS.get(name) if isinstance(name, str) else None
        if kind is None:
            self.secrets.update(suspicious(item))
            self.faults.append(Fault(index, "", *_no_kind(item, name)))
            return None
        options = {key: value for key, value in item.items() if key != "kind"}
        checked = self._validator(kind).validate(options)
        # Also of an item that is wrong: the message of a fault, and the invocation, must not show them.
        self.secrets.update(str(value) for value in checked._no_log_values)
        if checked.error_messages:
            self.secrets.update(suspicious({name: options[name] for name in options if not _is_plain(kind, name)}))
            with suppress(AttributeError, LookupError, TypeError, ValueError):  # its options may be of any type
                self.secrets.update(kind.pasted({**dict.fromkeys(kind.options), **options}))
            self.faults.extend(Fault(index, kind.name, _told(message)) for message in checked.error_messages)
            return None
        parameters: dict[str, Any] = {option: checked.validated_parameters.get(option) for option in kind.options}
        self.secrets.update(kind.pasted(parameters))
        return Request(kind, parameters)

    def _validator(self, kind: AnyKind) -> ArgumentSpecValidator:
        if kind.name not in self._validators:
            self._validators[kind.name] = ArgumentSpecValidator(dict(kind.options), **kind.constraints)
        return self._validators[kind.name]


def _told(message: str) -> str:
    """A message of Ansible's, which leaves it to the module to say that options are unknown."""
    return f"Unsupported parameters: {message}" if ". Supported parameters include: " in message else message


def _no_kind(item: Any, name: Any) -> tuple[str, str]:
    known = f"There are {', '.join(sorted(KINDS))}."
    if not isinstance(item, Mapping):
        return f"it is no dictionary but {type(item).__name__}.", "Give kind and the options of that module."
    if name is None:
        return "kind is missing.", known
    if not isinstance(name, str):
        return f"kind is no text but {type(name).__name__}.", known
    if name in INFO_KINDS:
        return f"kind={name!r} only reads.", f"Use the module by itself. {known}"
    if name in ACTION_KINDS:
        return f"kind={name!r} is done once, and is no state to declare.", f"Use the module by itself. {known}"
    if name.rpartition(".")[2] in KINDS:
        return f"kind={name!r} has the name of the collection in it.", f"Write {name.rpartition('.')[2]}."
    return f"there is no kind {name!r}.", known


def _is_plain(kind: AnyKind, name: str) -> bool:
    """Whether an option is known to hold no secret, such as the `key` by which a connection is told from others."""
    known = kind.options.get(name, {})
    return known.get("type") in ("str", "int", "bool", "path") and not known.get("no_log")


def read_resources(given: Any) -> list[Any] | None:
    """The items as a list whose items are as given, JSON texts read. None for what is no list."""
    read = _read(given)
    return [_read(item) for item in read] if isinstance(read, list) else None


def _read(given: Any) -> Any:
    if isinstance(given, str):
        with suppress(ValueError):
            return json.loads(given)
    return given


def suspicious(value: Any, name: str = "") -> Iterator[str]:
    """Texts under names like those of secrets, of an item that nobody can say more about."""
    if isinstance(value, Mapping):
        for key, content in value.items():
            yield from suspicious(content, f"{name} {key}")
    elif isinstance(value, (list, tuple)):
        for content in value:
            yield from suspicious(content, name)
    elif isinstance(value, str) and value.strip():
        if _SECRET_NAME.search(name) or (_DOCUMENT.search(value) and _SECRET_NAME.search(value)):
            yield value
    elif isinstance(value, (int, float)) and len(str(value)) >= _SECRET_DIGITS and _SECRET_NAME.search(name):
        yield str(value)
