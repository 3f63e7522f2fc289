# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request as the services see it, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_plus

if TYPE_CHECKING:
    from .clouds import Cloud
    from .tokens import Caller

JSON = "application/json; charset=utf-8"


class Query:
    """Decoded query parameters, keys without case, the first of a repeated one (auth-clouds-throttling.md 5.4)."""

    __slots__ = ("_found", "pairs")

    def __init__(self, raw: str) -> None:
        self.pairs: list[tuple[str, str]] = []
        self._found: dict[str, str] = {}
        if raw:
            for part in raw.split("&"):
                if part:
                    key, _unused, value = part.partition("=")
                    name, text = unquote_plus(key), unquote_plus(value)
                    self.pairs.append((name, text))
                    self._found.setdefault(name.lower(), text)

    def get(self, key: str) -> str | None:
        return self._found.get(key.lower())

    def flag(self, key: str) -> bool:
        return (self.get(key) or "").lower() == "true"

    def encoded(self, **replaced: str) -> str:
        """The query again, percent-encoded, with `$`-named parameters replaced or added (keys without the dollar)."""
        new = {f"${key}": value for key, value in replaced.items()}
        pairs = [(key, value) for key, value in self.pairs if key.lower() not in new]
        return "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in [*pairs, *new.items()])


@dataclass(slots=True)
class Call:
    number: int
    service: str
    cloud: Cloud | None
    method: str
    host: str
    base: str
    path: str
    segments: list[str]
    query: Query
    headers: dict[str, str]
    body: bytes
    write: bool = False
    caller: Caller | None = None
    inner: bool = False

    def json(self) -> Any:
        """The body as JSON; ValueError when it is none. No body is an empty mapping."""
        if not self.body.strip():
            return {}
        return json.loads(self.body)

    def form(self) -> Query:
        return Query(self.body.decode("utf-8", "replace"))

    def oid(self) -> str:
        return self.caller.oid if self.caller else ""


@dataclass(slots=True)
class Reply:
    """`payload` is what becomes the JSON body; None is an empty one."""

    status: int = 200
    payload: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if self.payload is None:
            return b""
        return json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()


Handler = Callable[[Call], Reply]


def split_path(raw_path: str) -> list[str]:
    """Path segments, each decoded on its own so that an encoded slash stays inside its segment."""
    return [unquote(part) for part in raw_path.split("/") if part]


class ServiceError(Exception):
    """A refusal; the service that raised it puts it into its own envelope."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers or {}


class Routes:
    """Paths of one service: literals match without case, `{}` takes one segment. A tree, so look-up is O(depth)."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def add(self, method: str, pattern: str, handler: Callable[..., Reply]) -> None:
        node = self._tree
        for part in pattern.strip("/").split("/"):
            node = node.setdefault(part.lower(), {})
        node[f"\0{method}"] = handler

    def find(self, method: str, segments: list[str]) -> tuple[Callable[..., Reply], list[str]] | None:
        found = self._walk(self._tree, segments, 0)
        if found is None:
            return None
        node, taken = found
        handler = node.get(f"\0{method}") or (node.get("\0GET") if method == "HEAD" else None)
        return (handler, taken) if handler else None

    def knows(self, segments: list[str]) -> bool:
        return self._walk(self._tree, segments, 0) is not None

    def _walk(self, node: dict[str, Any], segments: list[str], at: int) -> tuple[dict[str, Any], list[str]] | None:
        if at == len(segments):
            return (node, []) if any(key.startswith("\0") for key in node) else None
        part = segments[at]
        exact = node.get(part.lower())
        if exact is not None and part != "{}":
            found = self._walk(exact, segments, at + 1)
            if found is not None:
                return found
        free = node.get("{}")
        if free is None:
            return None
        found = self._walk(free, segments, at + 1)
        return None if found is None else (found[0], [part, *found[1]])
