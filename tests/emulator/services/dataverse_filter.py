# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of OData `$filter` that the Dataverse Web API understands (dataverse-connectors.md 1.3)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .. import envelopes
from ..call import ServiceError

TEXT, GUID, NUMBER, BOOLEAN, DATE = "Edm.String", "Edm.Guid", "Edm.Int32", "Edm.Boolean", "Edm.DateTimeOffset"
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)|(?P<number>-?\d+)"
    r"|(?P<name>[A-Za-z_][\w.]*)|(?P<mark>[(),]))"
)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
Row = Mapping[str, Any]
Test = Callable[[Row], bool]


def bad_query(message: str) -> ServiceError:
    return ServiceError(400, envelopes.BAD_QUERY, message)


def parse(text: str, kinds: Mapping[str, str], type_name: str) -> Test:
    """`kinds` maps the columns that can be filtered to the kind of their values."""
    parser = _Parser(_tokens(text), kinds, type_name)
    test = parser.any()
    if parser.peek() is not None:
        raise bad_query(f"Syntax error at '{parser.peek()}' in '{text}'.")
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise bad_query(f"Syntax error: character '{text[at]}' is not valid at position {at} in '{text}'.")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], kinds: Mapping[str, str], type_name: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._kinds = kinds
        self._type = type_name

    def peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise bad_query("Syntax error: the expression ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, word: str) -> bool:
        """Operators are written small in OData, and nowhere else."""
        if self.peek() != word:
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._is(mark):
            raise bad_query(f"Syntax error: '{mark}' is expected, not '{self.peek()}'.")

    def any(self) -> Test:
        tests = [self._all()]
        while self._is("or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._is("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._is("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._is("("):
            inner = self.any()
            self._expect(")")
            return inner
        kind, token = self._next()
        if kind != "name":
            raise bad_query(f"Syntax error at '{token}'.")
        if self.peek() == "(":
            return self._function(token)
        column = self._column(token)
        _unused, word = self._next()
        if word not in ("eq", "ne", *_ORDER):
            raise bad_query(f"Syntax error: '{word}' is no operator.")
        value, form = self._value(column), self._kinds[column]
        if word == "eq":
            return lambda row: folded(row.get(column), form) == value
        if word == "ne":  # rows without a value are among them
            return lambda row: folded(row.get(column), form) != value
        compare = _ORDER[word]
        if value is None:
            return lambda _row: False
        return lambda row: row.get(column) is not None and compare(folded(row[column], form), value)

    def _column(self, name: str) -> str:
        if name not in self._kinds:
            raise bad_query(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{self._type}'.")
        return name

    def _function(self, name: str) -> Test:
        test = _FUNCTIONS.get(name)
        if test is None:
            raise bad_query(f"An unknown function with name '{name}' was found.")
        self._expect("(")
        column = self._column(self._next()[1])
        self._expect(",")
        if self._kinds[column] != TEXT:
            raise bad_query(f"No function signature for the function with name '{name}' matches '{column}'.")
        part = self._value(column)
        self._expect(")")
        if part is None:
            raise bad_query(f"The function '{name}' does not take null.")
        wanted = str(part)
        return lambda row: test(str(row.get(column) or "").lower(), wanted)

    def _value(self, column: str) -> Any:
        """A literal of the column's own kind: text is quoted, a GUID is bare."""
        kind, token = self._next()
        wanted = self._kinds[column]
        if kind == "name" and token == "null":
            return None
        if kind == "text" and wanted == TEXT:
            return token[1:-1].replace("''", "'").lower()
        if kind == "guid" and wanted == GUID:
            return token.lower()
        if kind == "number" and wanted == NUMBER:
            return int(token)
        if kind == "name" and wanted == BOOLEAN and token in ("true", "false"):
            return token == "true"
        if kind == "date" and wanted == DATE:
            return folded(token, DATE)
        found = {"text": TEXT, "guid": GUID, "number": NUMBER, "date": DATE}.get(kind, "unknown")
        raise bad_query(
            "A binary operator with incompatible types was detected. "
            f"Found operand types '{wanted}' and '{found}' at '{column}'."
        )


def folded(value: Any, kind: str) -> Any:
    """As it is compared: text without case, times as numbers."""
    if not isinstance(value, str):
        return value
    if kind == DATE:
        return datetime.fromisoformat(value if "T" in value else f"{value}T00:00:00Z").timestamp()
    return value.lower()
