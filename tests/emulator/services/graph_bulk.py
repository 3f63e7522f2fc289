# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graph's bulk calls: getByIds and $batch (graph.md 5, 8)."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from .. import envelopes
from ..call import Call, Query, Reply, ServiceError, split_path
from ..tenant_parts import GUID
from . import graph_shapes

if TYPE_CHECKING:
    from .graph import Graph

MAX_IDS = 1000
MAX_ITEMS = 20


def _bad(code: str, message: str) -> ServiceError:
    return ServiceError(400, code, message)


def _json(call: Call) -> dict[str, Any]:
    try:
        found = call.json()
    except ValueError:
        raise _bad("BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(found, dict):
        raise _bad("BadRequest", "Unable to read JSON request payload.")
    return found


def get_by_ids(graph: Graph, call: Call) -> Reply:
    """Unknown ids are left out without a word; the order is not the order that was asked for."""
    # The documented permission; that narrower ones were enough for users stands on one report only.
    graph.need(call, "getByIds")
    body = _json(call)
    ids, types = body.get("ids"), body.get("types")
    if not isinstance(ids, list) or not ids or len(ids) > MAX_IDS:
        raise _bad("Request_BadRequest", f"'ids' must hold 1 to {MAX_IDS} ids.")
    for item in ids:
        if not isinstance(item, str) or not GUID.fullmatch(item):
            raise _bad("Request_BadRequest", f"Invalid object identifier '{item}'.")
    wanted = {str(text).lower() for text in types} if types else {"directoryobject"}
    found = []
    for key in dict.fromkeys(text.lower() for text in ids):
        principal = graph.state.principal(key)
        if principal is None or principal.deleted_at:
            continue
        kind = graph_shapes.TYPES[graph_shapes.kind_of(principal)].rpartition(".")[2]
        if "directoryobject" in wanted or kind.lower() in wanted:
            found.append(graph.typed(call, principal))
    found.reverse()
    return graph.bare(call, {"@odata.context": f"{call.base}/v1.0/$metadata#directoryObjects", "value": found})


def batch(graph: Graph, call: Call) -> Reply:
    if call.inner:
        raise _bad("BadRequest", "A batch inside a batch is not supported.")
    items = _json(call).get("requests")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        raise _bad("BadRequest", f"Number of batch request steps must be 1 to {MAX_ITEMS}.")
    ids = set()
    for item in items:
        if not isinstance(item, dict) or item.get("id") in (None, "") or not item.get("method") or not item.get("url"):
            raise _bad("BadRequest", "Every request of a batch needs id, method and url.")
        key = str(item["id"]).lower()
        if key in ids:
            raise _bad("BadRequest", f"The request id '{item['id']}' is used twice.")
        ids.add(key)
    responses = [_run(graph, call, item) for item in items]
    # Answers come in any order: always another one than asked, but the same one in every run.
    random.Random(call.number).shuffle(responses)
    if len(responses) > 1 and [answer["id"] for answer in responses] == [item["id"] for item in items]:
        responses.reverse()
    return Reply(200, {"responses": responses})


def _run(graph: Graph, call: Call, item: dict[str, Any]) -> dict[str, Any]:
    inner = _inner(call, item)
    reply = graph.world.faults.batch_item(inner) if graph.world.faults.faults else None
    if reply is None:
        try:
            if "://" in str(item["url"]):
                raise _bad("BadRequest", "The url of a batch request must be relative.")
            reply = graph.routed(inner)
        except ServiceError as refused:
            reply = envelopes.from_error(inner, refused)
    answer: dict[str, Any] = {"id": item["id"], "status": reply.status}
    headers = {"Cache-Control": "no-cache", "Content-Type": "application/json", **reply.headers}
    answer["headers"] = headers
    if reply.payload is not None:
        answer["body"] = reply.payload
    return answer


def _inner(call: Call, item: dict[str, Any]) -> Call:
    """The item as a request of its own, with the outer token and the outer host."""
    url = str(item["url"])
    path, _unused, raw = url.partition("#")[0].partition("?")
    path = "/v1.0/" + path.lstrip("/")
    headers = {str(key).lower(): str(value) for key, value in (item.get("headers") or {}).items()}
    body = json.dumps(item["body"]).encode() if "body" in item else b""
    return Call(
        number=call.number,
        service=call.service,
        cloud=call.cloud,
        method=str(item["method"]).upper(),
        host=call.host,
        base=call.base,
        path=path,
        segments=split_path(path),
        query=Query(raw),
        headers=headers,
        body=body,
        caller=call.caller,
        inner=True,
    )
