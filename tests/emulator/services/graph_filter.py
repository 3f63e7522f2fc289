# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of OData `$filter` that Graph's directory understands (graph.md 3, 4, 6, 7 and 13.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..call import ServiceError

MAX_ALTERNATIVES = 15
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<name>[A-Za-z_$][\w.]*)|(?P<mark>[(),:/]))"
)
_COMPARE = ("eq", "ne")
_ARRAYS = frozenset({"grouptypes", "proxyaddresses", "othermails", "businessphones", "serviceprincipalnames", "tags"})
_ENDS_WITH = frozenset({"mail", "othermails", "userprincipalname", "proxyaddresses"})

Properties = dict[str, Any]
Test = Callable[[Properties], bool]


@dataclass(frozen=True, slots=True)
class Node:
    """A tested clause. `keys` are (property, values) of which every match must have one, when an index can be asked."""

    test: Test
    advanced: str | None = None
    alternatives: int = 1
    keys: tuple[tuple[str, tuple[str, ...]], ...] | None = None


def unsupported(message: str) -> ServiceError:
    return ServiceError(400, "Request_UnsupportedQuery", message)


def bad_syntax(message: str) -> ServiceError:
    return ServiceError(400, "BadRequest", f"Invalid filter clause: {message}")


def parse(text: str, known: dict[str, str], filterable: frozenset[str], type_name: str, *, advanced: bool) -> Node:
    """`known` maps lower-case property names to their spelling."""
    parser = _Parser(_tokens(text), known, filterable, type_name)
    node = parser.alternatives()
    if parser.peek() is not None:
        raise bad_syntax(f"Syntax error at '{parser.peek()}' in '{text}'.")
    if not advanced:
        if node.advanced:
            raise unsupported(
                f"Operator '{node.advanced}' is not supported because the required parameters might be missing."
            )
        if node.alternatives > MAX_ALTERNATIVES:
            raise unsupported(
                "Too many child clauses specified in search filter expression containing 'OR' operators: "
                f"{node.alternatives}. Max allowed: {MAX_ALTERNATIVES}"
            )
    return node


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        if not text[at:].strip():
            break
        match = _TOKEN.match(text, at)
        if match is None:
            raise bad_syntax(f"Syntax error at position {at} in '{text}'.")
        found.append(match[0].strip())
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[str], known: dict[str, str], filterable: frozenset[str], type_name: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._known = known
        self._filterable = filterable
        self._type = type_name

    def peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _next(self) -> str:
        token = self.peek()
        if token is None:
            raise bad_syntax("The expression ends too early.")
        self._at += 1
        return token

    def _expect(self, mark: str) -> None:
        token = self._next()
        if token.lower() != mark:
            raise bad_syntax(f"'{mark}' is expected, not '{token}'.")

    def _is(self, word: str) -> bool:
        token = self.peek()
        return token is not None and token.lower() == word

    def alternatives(self) -> Node:
        nodes = [self._all()]
        while self._is("or"):
            self._next()
            nodes.append(self._all())
        if len(nodes) == 1:
            return nodes[0]
        tests = [node.test for node in nodes]
        keys: tuple[tuple[str, tuple[str, ...]], ...] | None = ()
        for node in nodes:
            keys = None if keys is None or node.keys is None else keys + node.keys
        return Node(
            lambda item: any(test(item) for test in tests),
            _first(node.advanced for node in nodes),
            sum(node.alternatives for node in nodes),
            keys,
        )

    def _all(self) -> Node:
        nodes = [self._one()]
        while self._is("and"):
            self._next()
            nodes.append(self._one())
        if len(nodes) == 1:
            return nodes[0]
        tests = [node.test for node in nodes]
        keys = next((node.keys for node in nodes if node.keys is not None), None)
        return Node(
            lambda item: all(test(item) for test in tests),
            _first(node.advanced for node in nodes),
            max(node.alternatives for node in nodes),
            keys,
        )

    def _one(self) -> Node:
        token = self._next()
        low = token.lower()
        if low == "not":
            inner = self._one()
            return Node(lambda item: not inner.test(item), "not", inner.alternatives)
        if token == "(":
            inner = self.alternatives()
            self._expect(")")
            return inner
        if self.peek() == "(" and low in ("startswith", "endswith"):
            return self._function(low)
        return self._condition(self._property(token))

    def _property(self, token: str) -> str:
        key = token.lower()
        if key not in self._known:
            raise bad_syntax(f"Could not find a property named '{token}' on type '{self._type}'.")
        if key not in self._filterable:
            raise unsupported(f"Unsupported or invalid query filter clause specified for property '{token}'.")
        return self._known[key]

    def _literal(self) -> Any:
        token = self._next()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        low = token.lower()
        if low in ("true", "false"):
            return low == "true"
        if low == "null":
            return None
        if re.fullmatch(r"[0-9a-f-]{36}", low):
            return low
        raise bad_syntax(f"'{token}' is no value.")

    def _function(self, name: str) -> Node:
        self._expect("(")
        prop = self._property(self._next())
        self._expect(",")
        wanted = str(self._literal()).lower()
        self._expect(")")
        if name == "startswith":
            return Node(lambda item: str(item.get(prop) or "").lower().startswith(wanted))
        if prop.lower() not in _ENDS_WITH:
            raise unsupported(f"endsWith is not supported for property '{prop}'.")
        return Node(lambda item: str(item.get(prop) or "").lower().endswith(wanted), "endsWith")

    def _condition(self, prop: str) -> Node:
        operator = self._next().lower()
        if operator == "/":
            return self._any(prop)
        if prop.lower() in _ARRAYS:
            raise bad_syntax(f"'{prop}' is a collection: use any().")
        if operator == "in":
            self._expect("(")
            values = [self._literal()]
            while self.peek() == ",":
                self._next()
                values.append(self._literal())
            self._expect(")")
            folded = {_fold(value) for value in values}
            keys = tuple(str(value) for value in values)
            return Node(lambda item: _fold(item.get(prop)) in folded, None, len(values), ((prop, keys),))
        if operator not in _COMPARE:
            raise unsupported(f"Operator '{operator}' is not supported for property '{prop}'.")
        value = self._literal()
        wanted = _fold(value)
        if operator == "ne":
            return Node(lambda item: _fold(item.get(prop)) != wanted, "ne")
        index = ((prop, (value,)),) if isinstance(value, str) else None
        return Node(lambda item: _fold(item.get(prop)) == wanted, None, 1, index)

    def _any(self, prop: str) -> Node:
        """`prop/any(x:x eq 'value')`"""
        self._expect("any")
        self._expect("(")
        variable = self._next()
        self._expect(":")
        if self._next() != variable:
            raise bad_syntax("any() must test its own variable.")
        operator = self._next().lower()
        if operator != "eq":
            raise unsupported(f"Operator '{operator}' is not supported inside any().")
        wanted = _fold(self._literal())
        self._expect(")")
        return Node(lambda item: any(_fold(value) == wanted for value in item.get(prop) or ()))


def _fold(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _first(found: Iterable[str | None]) -> str | None:
    return next((item for item in found if item), None)
