# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings: page after page to the very end, or an error.

Sources: flow-management.md 4.5; graph.md 2.4; powerapps-admin.md 3.1; power-platform-api.md 2; avepoint.md 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import Cloud
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    ForeignLinkError,
    IncompleteListingError,
    ServiceError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import ORGANIZATION_HOST, Operation

_LINKS = frozenset({"nextlink", "@odata.nextlink"})
_TOP = re.compile(r"(?<=[?&])((?:\$|%24)?top=)(\d+)", re.IGNORECASE)
_SMALLEST_PAGE = 10
_TOO_SLOW = 504
# After so many pages in time, a page that was made smaller is doubled again.
_CALM = 4


def pages(
    operation: Operation, url: str, ask: Callable[[str, bool], Any], rebase: Callable[[str], str], *, shrink: bool
) -> Iterator[dict[str, Any]]:
    """The items of every page, as they come; nothing of earlier pages is kept but the links.

    ask: (URL, whether a 504 is better answered with a smaller page) -> parsed page, None for 204. rebase: a next link
    -> the URL to send. shrink: whether pages that time out are asked for again at half the size.
    Raises what the first page raises; IncompleteListingError for a later page, a broken one, or links in a circle.
    """
    page: Any
    seen: set[str] = set()
    number, good = 1, 0
    size: int | None = None  # None as long as the links are followed as they come
    first = _TOP.search(url)
    while url not in seen:
        seen.add(url)
        if size is not None and first and good >= _CALM:
            size, good = min(size * 2, int(first[2])), 0
        asked = url if size is None else _with_top(url, size)
        while True:
            smaller = _smaller(asked) if shrink else None
            try:
                page = ask(asked, smaller is not None)
                break
            except (ServiceError, TransportError) as error:
                if smaller is not None and isinstance(error, ServiceError) and error.status == _TOO_SLOW:
                    size, good = smaller, 0
                    asked = _with_top(asked, size)
                elif number == 1:
                    raise
                else:
                    raise _broken(operation, number, error.message, error.remedy) from error
        if page is None:  # some listings answer "none" without a body
            return
        good += 1
        values, link = _read(operation, number, page)
        yield from values
        del page, values
        if not link:
            return
        url = rebase(link)
        number += 1
    raise _broken(operation, number, "its link leads back to a page that was read already.")


def rebased(link: str, operation: Operation, cloud: Cloud, base: str) -> str:
    """`link` with scheme, host and port of the base that was asked; path and query stay byte for byte.

    An environment's host may link to that of its service, which is asked then: a route is of one host
    (power-platform-api.md 1).
    Raises ForeignLinkError unless the link's host is the service's own or a documented sibling, and its path stays
    within the service.
    """
    if link.startswith("/") and not link.startswith("//"):
        host, rest = "", link
    else:
        try:
            parts = urlsplit(link)
            host = parts.netloc
            known = parts.hostname == urlsplit(base).hostname or _same_organization(operation, host, base)
            if not known and cloud.owns_host(operation.service, host):
                known, base = True, cloud.endpoints[operation.service]
            owned = parts.scheme in ("https", "http") and known
        except ValueError:
            host, owned = "an unreadable address", False
        if not owned:
            raise _foreign(operation, host or link[:100])
        rest = link[link.index("//") + 2 + len(host) :]
    prefix = urlsplit(base).path
    if prefix and rest.startswith(f"{prefix}/"):
        rest = rest[len(prefix) :]
    segments = [unquote(segment) for segment in rest.partition("#")[0].partition("?")[0].split("/")[1:]]
    if "." in segments or ".." in segments or _family(segments) != _family(operation.path.split("/")[1:]):
        raise _foreign(operation, f"{host}/{'/'.join(segments)[:100]}")
    return base + rest.partition("#")[0]


def _same_organization(operation: Operation, host: str, base: str) -> bool:
    """Whether two hosts are one organisation of Dataverse: {org}.{region} or {org}.api.{region}."""
    hosts = (urlsplit(f"//{host}").hostname or "", urlsplit(base).hostname or "")
    return operation.host == ORGANIZATION_HOST and len({name.replace(".api.crm", ".crm") for name in hosts}) == 1


def _family(segments: list[str]) -> list[str]:
    """The part of a path that says whose it is: /providers/{namespace}, else the first segment."""
    count = 2 if segments[:1] and segments[0].lower() == "providers" else 1
    return [segment.lower() for segment in segments[:count]]


def _read(operation: Operation, number: int, page: Any) -> tuple[list[dict[str, Any]], str]:
    """Items and next link of one page, "" on the last."""
    values = page.get(operation.list_key) if isinstance(page, dict) else None
    if not isinstance(values, list) or not all(isinstance(item, dict) for item in values):
        raise _broken(operation, number, "it is not in the form of a page.")
    links = [value for key, value in page.items() if key.lower() in _LINKS and value]
    if not all(isinstance(link, str) for link in links):
        raise _broken(operation, number, "its link to the next page is no text.")
    return values, links[0] if links else ""


def _smaller(url: str) -> int | None:
    """Half the page size that the URL asks for; None when it asks for none, or for one that is small already."""
    match = _TOP.search(url)
    if match is None or int(match[2]) <= _SMALLEST_PAGE:
        return None
    return max(_SMALLEST_PAGE, int(match[2]) // 2)


def _with_top(url: str, size: int) -> str:
    return _TOP.sub(lambda match: f"{match[1]}{size}", url)


def _broken(operation: Operation, number: int, what: str, remedy: str = "") -> IncompleteListingError:
    return IncompleteListingError(
        f"The listing of {operation.name} broke off at page {number}: {what} "
        "Nothing is concluded from what is missing in it.",
        remedy=remedy,
    )


def _foreign(operation: Operation, where: str) -> ForeignLinkError:
    return ForeignLinkError(
        f"{operation.name} gave a link to {where}, which is no known address of this service: not followed.",
        remedy=(
            "Check the environment's URL: pages of an organisation come from its own host."
            if operation.host == ORGANIZATION_HOST
            else "If it is a legitimate host of the service in your cloud, set it in `endpoints`."
        ),
    )
