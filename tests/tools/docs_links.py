# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the links of a folder of HTML pages.

Sphinx checks the references that it resolves. It does not look at addresses that were written as such, nor into the raw
HTML that antsibull-docs puts around options.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

# What a browser fetches by itself to show a page, and where it stands.
_FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
# Links of these kinds are for search engines and are not fetched.
_NOT_FETCHED = frozenset({"canonical", "next", "prev", "search", "index"})


class _Page(HTMLParser):
    """The anchors that a page has, the links that it gives, and what it makes the browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: dict[str, None] = {}
        self.fetched: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value is not None}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links[values["href"]] = None
        if tag in _FETCHED and _FETCHED[tag] in values and values.get("rel") not in _NOT_FETCHED:
            self.fetched[values[_FETCHED[tag]]] = None


def problems(folder: Path) -> list[str]:
    """One line for each link that leads nowhere, and for each thing that the pages fetch from elsewhere."""
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        pages[path] = _Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    return [f"{path.relative_to(folder)}: {text}" for path in pages for text in _problems(path, pages)]


def _problems(path: Path, pages: dict[Path, _Page]) -> Iterator[str]:
    page = pages[path]
    for address in page.fetched:
        if urlsplit(address).scheme == "data":
            continue
        if _elsewhere(address):
            yield f"{address} is fetched from elsewhere"
        elif not _target(path, address).exists():
            yield f"{address} is not there"
    for address in page.links:
        if _elsewhere(address):
            continue
        target, anchor = _target(path, address), unquote(urldefrag(address).fragment)
        if not target.exists():
            yield f"{address} leads nowhere"
        elif anchor and target in pages and anchor not in pages[target].anchors:
            yield f"{address} has no such place on its page"


def _elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc or parts.scheme)


def _target(page: Path, address: str) -> Path:
    name = unquote(urlsplit(address).path)
    return (page.parent / name).resolve() if name else page
