# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of a listing and the link to the next one (powerapps-admin 3.1, flow 4.5, graph 2.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from .call import Call
from .faults import Faults
from .tokens import b64, unb64

T = TypeVar("T")


def marker_of(token: str | None) -> tuple[int, int]:
    """Offset and page number inside a skip token; a token that is none starts at the beginning."""
    if not token:
        return 0, 1
    try:
        offset, page = json.loads(unb64(token))["nextMarker"].split("-")
        return int(offset), int(page)
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0, 1


def token_of(offset: int, page: int) -> str:
    return b64(json.dumps({"nextMarker": f"{offset}-{page}"}).encode()) + "=="


def page_of(call: Call, faults: Faults, things: Sequence[T], default: int) -> tuple[Sequence[T], str | None]:
    """The things of the asked page, and the absolute link to the next one."""
    top = call.query.get("$top")
    return page_at(call, faults, things, int(top) if top and top.isdigit() and int(top) > 0 else default)


def page_at(call: Call, faults: Faults, things: Sequence[T], size: int) -> tuple[Sequence[T], str | None]:
    """As `page_of`, where the length of a page is known already."""
    offset, page = marker_of(call.query.get("$skiptoken"))
    size = faults.page_size(call, size)
    if faults.faults and faults.empty_page(call, page):
        return [], _link(call, faults, offset, page + 1)
    chosen = things[offset : offset + size]
    end = offset + len(chosen)
    return chosen, _link(call, faults, end, page + 1) if end < len(things) else None


def _link(call: Call, faults: Faults, offset: int, page: int) -> str:
    return f"{faults.link_base(call)}{call.path}?{call.query.encoded(skiptoken=token_of(offset, page))}"


def listing(value: list[Any], link: str | None, name: str = "nextLink") -> dict[str, Any]:
    return {"value": value} if link is None else {"value": value, name: link}
