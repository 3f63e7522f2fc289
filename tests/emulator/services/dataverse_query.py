# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query options and preferences of the Dataverse Web API, and rows as they are answered.

dataverse-connectors.md 1 and 1.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from ..call import Call, Reply
from ..faults import Faults
from ..paging import marker_of, token_of
from .dataverse_filter import bad_query, folded, parse
from .dataverse_tables import OTHER, TABLES, Table
from .organisation import Organisation, Row

PAGE = 5000
_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$expand", "$count", "$skiptoken"})
_FORMATTED = "OData.Community.Display.V1.FormattedValue"
_LOGICAL = "Microsoft.Dynamics.CRM.lookuplogicalname"
_NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
_EXPANDED = re.compile(r"\s*(?P<name>\w+)(?:\((?P<inner>[^()]*)\))?\s*(?:,|$)")


class Preferences:
    """The `Prefer` header: what was asked, and what of it was honoured."""

    def __init__(self, call: Call) -> None:
        held: dict[str, str] = {}
        for part in re.findall(r'(?:[^,"]|"[^"]*")+', call.headers.get("prefer") or ""):
            name, _unused, value = part.strip().partition("=")
            held.setdefault(name.strip().lower(), value.strip().strip('"'))
        self.representation = held.get("return", "").lower() == "representation"
        self.annotations = [item.strip() for item in held.get("odata.include-annotations", "").split(",") if item]
        size = held.get("odata.maxpagesize", "")
        self.page_size = min(int(size), PAGE) if size.isdigit() and int(size) > 0 else None

    def applied(self, *, listing: bool = False, writing: bool = False) -> dict[str, str]:
        found = []
        if writing and self.representation:
            found.append("return=representation")
        if listing and self.page_size is not None:
            found.append(f"odata.maxpagesize={self.page_size}")
        if self.annotations:
            found.append(f'odata.include-annotations="{",".join(self.annotations)}"')
        return {"Preference-Applied": ", ".join(found)} if found else {}

    def wants(self, annotation: str) -> bool:
        return any(fnmatchcase(annotation, pattern) for pattern in self.annotations)


class Query:
    """The options of one request, checked against the table."""

    def __init__(self, call: Call, table: Table, organisation: Organisation, *, listing: bool) -> None:
        self._call = call
        self._table = table
        self._organisation = organisation
        self.preferences = Preferences(call)
        self._bare = "odata.metadata=none" in (call.headers.get("accept") or "").lower().replace(" ", "")
        for name, _unused in call.query.pairs:
            if name.lower() in ("$skip", "skip"):
                raise bad_query("Skip Clause is not supported in CRM")
            if name.startswith("$") and name.lower() not in _OPTIONS:
                raise bad_query(f"The query parameter '{name}' is not supported.")
        self.select = _columns(table, call.query.get("$select"))
        self.expand = _expansions(table, call.query.get("$expand"))
        if listing:
            self._top = _number("$top", call.query.get("$top"))
            wanted = (call.query.get("$filter") or "").strip()
            kinds = {name: kind for name, kind in table.kinds.items() if kind != OTHER}
            self._test = parse(wanted, kinds, table.logical) if wanted else None
            self._order = _ordering(table, call.query.get("$orderby"))
            self._offset, self._page = _marker(call.query.get("$skiptoken"))

    # -- a listing -------------------------------------------------------------------------------------------------

    def listing(self, rows: list[Row], faults: Faults) -> Reply:
        call = self._call
        found = [row for row in rows if self._test is None or self._test(row)]
        for column, backwards in reversed(self._order):
            found.sort(key=lambda row, name=column: self._sorted_by(row, name), reverse=backwards)  # type: ignore[misc]  # the default binds the name
        chosen, link = self._cut(found, faults)
        body: Row = {}
        if not self._bare:
            body["@odata.context"] = self._context()
        if call.query.flag("$count"):
            body["@odata.count"] = min(len(found), PAGE)
        body["value"] = [self.shaped(row) for row in chosen]
        if link is not None:
            body["@odata.nextLink"] = link
        return Reply(200, body, self.preferences.applied(listing=True))

    def _cut(self, found: list[Row], faults: Faults) -> tuple[list[Row], str | None]:
        if self._top is not None:  # one page, and never a link
            return found[: faults.page_size(self._call, min(self._top, PAGE))], None
        size = faults.page_size(self._call, self.preferences.page_size or PAGE)
        end = self._offset + size
        if faults.faults and faults.empty_page(self._call, self._page):
            end = self._offset
        elif end >= len(found):
            return found[self._offset :], None
        call = self._call
        link = call.query.encoded(skiptoken=token_of(end, self._page + 1))
        return found[self._offset : end], f"{faults.link_base(call)}{call.path}?{link}"

    def _sorted_by(self, row: Row, column: str) -> tuple[bool, Any]:
        value = row.get(column)
        return (value is not None, 0 if value is None else folded(value, self._table.kinds[column]))

    def _context(self) -> str:
        version = self._call.segments[2]
        columns = f"({','.join(self.select)})" if self.select else ""
        return f"{self._call.base}/api/data/{version}/$metadata#{self._table.set}{columns}"

    # -- a row -----------------------------------------------------------------------------------------------------

    def single(self, row: Row) -> Row:
        context = {} if self._bare else {"@odata.context": f"{self._context()}/$entity"}
        return {**context, **self.shaped(row)}

    def shaped(self, row: Row) -> Row:
        found: Row = {} if self._bare else {"@odata.etag": etag(row)}
        names = self.select or list(self._table.kinds)
        if self._table.key not in names:
            names = [*names, self._table.key]
        for name in names:
            found[name] = row.get(name)
            self._annotate(found, name, row.get(name))
        for name, (inner, columns) in self.expand.items():
            found[name] = self._expanded(row, name, inner, columns)
        return found

    def _annotate(self, found: Row, name: str, value: Any) -> None:
        wants = self.preferences.wants
        if value is None or not self.preferences.annotations:
            return
        lookup = name.startswith("_")
        if lookup:
            named = self._organisation.name_of(name, str(value))
            if named is not None:
                if wants(_FORMATTED):
                    found[f"{name}@{_FORMATTED}"] = named[0]
                if wants(_LOGICAL):
                    found[f"{name}@{_LOGICAL}"] = named[1]
                if wants(_NAVIGATION):
                    found[f"{name}@{_NAVIGATION}"] = name[1:].removesuffix("_value")
            return
        labels = self._table.labels.get(name)
        if labels is None or not wants(_FORMATTED):
            return
        if name == "capabilities":
            found[f"{name}@{_FORMATTED}"] = "; ".join(labels[int(part)] for part in str(value).split(","))
        elif value in labels:
            found[f"{name}@{_FORMATTED}"] = labels[value]

    def _expanded(self, row: Row, name: str, inner: Table, columns: list[str]) -> Row | None:
        wanted = row.get(self._table.lookups[name][0])
        held = next((item for item in self._organisation.rows(inner.set) if item[inner.key] == wanted), None)
        if held is None:
            return None
        return {key: held.get(key) for key in dict.fromkeys([*(columns or inner.kinds), inner.key])}


def etag(row: Row) -> str:
    return f'W/"{row["versionnumber"]}"'


def _columns(table: Table, text: str | None) -> list[str]:
    found = [part.strip() for part in (text or "").split(",") if part.strip()]
    for name in found:
        if name not in table.kinds:
            raise bad_query(
                f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.logical}'."
            )
    return found


def _expansions(table: Table, text: str | None) -> dict[str, tuple[Table, list[str]]]:
    found: dict[str, tuple[Table, list[str]]] = {}
    rest = text or ""
    while rest.strip():
        match = _EXPANDED.match(rest)
        if match is None or match["name"] not in table.lookups:
            raise bad_query(f"Could not find a property to expand at '{rest}' on '{table.logical}'.")
        inner = TABLES[table.lookups[match["name"]][1]]
        option, _unused, columns = (match["inner"] or "$select=").partition("=")
        if option.strip().lower() != "$select":
            raise bad_query(f"The option '{option}' is not supported inside $expand.")
        found[match["name"]] = (inner, _columns(inner, columns))
        rest = rest[match.end() :]
    return found


def _ordering(table: Table, text: str | None) -> list[tuple[str, bool]]:
    found = []
    for part in (text or "").split(","):
        words = part.split()
        if not words:
            continue
        if len(words) > 2 or words[1:] not in ([], ["asc"], ["desc"]) or table.kinds.get(words[0], OTHER) == OTHER:
            raise bad_query(f"Syntax error in $orderby at '{part.strip()}'.")
        found.append((words[0], words[1:] == ["desc"]))
    return found


def _number(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not text.strip().isdigit() or int(text) < 1:
        raise bad_query(f"Invalid value '{text}' for {option} query option found: a positive number is expected.")
    return int(text)


def _marker(text: str | None) -> tuple[int, int]:
    """A cookie that was changed on its way is refused, and not taken for the beginning."""
    offset, page = marker_of(text)
    if text is not None and page == 1:
        raise bad_query("Malformed XML in the paging cookie of $skiptoken.")
    return offset, page


def matches(header: Iterable[str], row: Row) -> bool:
    """Whether one of the etags of an If-Match or If-None-Match is the row's."""
    return any(item.strip() in ("*", etag(row)) for item in header)
