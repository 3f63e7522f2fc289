# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: things that go wrong on purpose. Kinds, matchers and an example of each stand in README.md."""

from __future__ import annotations

import base64
import json
import math
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from . import envelopes
from .call import Call, Reply
from .clouds import FLOW, MANAGED_IDENTITY, TOKEN_SERVICES
from .request_log import Entry

KINDS: dict[str, frozenset[str]] = {
    "throttle": frozenset({"limit", "window", "per", "retry_after", "seconds", "body"}),
    "status": frozenset({"status", "code", "message", "headers", "body"}),
    "drop": frozenset({"when"}),
    "delay": frozenset({"seconds"}),
    "stale": frozenset({"reads", "seconds"}),
    "rp_delay": frozenset({"reads", "seconds"}),
    "lapsed_role": frozenset(),
    "page": frozenset({"page", "status", "code", "message"}),
    "empty_page": frozenset({"page"}),
    "token_lifetime": frozenset({"seconds"}),
    "expire_tokens": frozenset(),
    "next_link": frozenset({"host", "port", "scheme"}),
    "item_failure": frozenset({"principal", "status_code", "response_code", "message"}),
    "ignore_write": frozenset(),
    "batch_item": frozenset({"status", "code", "message", "retry_after"}),
    "page_cap": frozenset({"max"}),
    "top_timeout": frozenset({"above", "status"}),
    "lag": frozenset({"status"}),
    "provisioning": frozenset({"reads", "end"}),
    "one_policy": frozenset(),
    "id_case": frozenset({"case"}),
    "operation": frozenset({"polls", "seconds", "end", "code", "message", "retry_after"}),
    "report": frozenset({"link", "last", "total"}),
    "claims_challenge": frozenset({"value", "always", "claims"}),
}


def _flow_limits(calls: int) -> list[dict[str, Any]]:
    """Both declared limits of the connector of flows (flow-management.md 10), on the Flow RP alone."""
    shared: dict[str, Any] = {"kind": "throttle", "per": "client", "body": "connector"}
    return [
        {**shared, "limit": calls, "window": 60, "match": {"service": FLOW}},
        {**shared, "limit": 300, "window": 3600, "match": {"service": FLOW, "method": "!GET"}},
    ]


PROFILES: dict[str, list[dict[str, Any]]] = {
    "connector-1000": [{"kind": "throttle", "limit": 1000, "window": 60, "per": "service", "body": "connector"}],
    "connector-100": [{"kind": "throttle", "limit": 100, "window": 60, "per": "service", "body": "connector"}],
    "connector-5": [{"kind": "throttle", "limit": 5, "window": 60, "per": "service", "body": "connector"}],
    "flow-100": _flow_limits(100),
    "flow-5": _flow_limits(5),
    "flaky": [
        {"kind": "status", "status": 503, "match": {"method": "GET"}, "every": 7},
        {"kind": "drop", "when": "after", "match": {"write": True}, "every": 11},
    ],
    "slow-to-agree": [{"kind": "stale", "reads": 2}],
}
_COMMON = frozenset({"kind", "match", "after", "times", "every", "id"})
_MATCH = frozenset({"service", "method", "path", "query", "write", "client"})


class FaultError(ValueError):
    """A fault description that cannot be used."""


@dataclass(slots=True)
class Fault:
    id: int
    kind: str
    data: dict[str, Any]
    match: dict[str, Any]
    after: int
    times: int | None
    every: int | None
    path: re.Pattern[str] | None
    query: re.Pattern[str] | None
    seen: int = 0
    hits: int = 0
    calls: dict[str, deque[float]] = field(default_factory=dict)

    def matches(self, call: Call) -> bool:
        match = self.match
        if not match:
            return True
        if "service" in match and match["service"] != call.service:
            return False
        if "method" in match and not _is_method(str(match["method"]), call.method):
            return False
        if "write" in match and match["write"] != call.write:
            return False
        if "client" in match and (call.caller is None or match["client"].lower() != call.caller.client_id):
            return False
        if self.path is not None and not self.path.search(call.path):
            return False
        return self.query is None or any(self.query.search(f"{key}={value}") for key, value in call.query.pairs)

    def due(self, call: Call) -> bool:
        """Count a matching call; whether it is hit."""
        if not self.matches(call):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        if self.every is not None and (self.seen - self.after) % self.every:
            return False
        self.hits += 1
        return True

    def plain(self) -> dict[str, Any]:
        return {**self.data, "id": self.id, "seen": self.seen, "hits": self.hits}


def parse(data: Any, number: int) -> Fault:
    if not isinstance(data, dict) or data.get("kind") not in KINDS:
        raise FaultError(f"kind must be one of {', '.join(sorted(KINDS))}: {data!r}")
    kind = str(data["kind"])
    match = data.get("match") or {}
    unknown = (set(data) - _COMMON - KINDS[kind]) | {f"match.{key}" for key in set(match) - _MATCH}
    if unknown:
        raise FaultError(f"{kind}: unknown key {', '.join(sorted(unknown))}")
    if kind == "throttle" and not ("limit" in data and "window" in data):
        raise FaultError("throttle: limit and window are needed")
    return Fault(
        id=number,
        kind=kind,
        data={key: value for key, value in data.items() if key != "id"},
        match=match,
        after=int(data.get("after", 0)),
        times=data.get("times"),
        every=data.get("every"),
        path=re.compile(match["path"], re.IGNORECASE) if "path" in match else None,
        query=re.compile(match["query"], re.IGNORECASE) if "query" in match else None,
    )


def expand(data: Any) -> list[dict[str, Any]]:
    """A list of faults, or {"profile": name}, or {"faults": [...]}."""
    if isinstance(data, dict) and "profile" in data:
        if data["profile"] not in PROFILES:
            raise FaultError(f"profile must be one of {', '.join(sorted(PROFILES))}")
        return [dict(item) for item in PROFILES[data["profile"]]]
    found = data.get("faults") if isinstance(data, dict) else data
    if not isinstance(found, list):
        raise FaultError("a list of faults is expected")
    return found


class Faults:
    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._last = 0

    def add(self, data: Any) -> None:
        fresh = []
        for item in expand(data):
            self._last += 1
            fresh.append(parse(item, self._last))
        self.faults.extend(fresh)

    def clear(self, number: int | None = None) -> None:
        self.faults = [] if number is None else [fault for fault in self.faults if fault.id != number]

    def of(self, kind: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.kind == kind] if self.faults else []

    def due(self, kind: str, call: Call, entry: Entry) -> Fault | None:
        for fault in self.faults:
            if fault.kind == kind and fault.due(call):
                entry.fault = f"{kind} {fault.id}"
                return fault
        return None

    # -- before the service sees the call --------------------------------------------------------------------------

    def refusal(self, call: Call, entry: Entry) -> Reply | None:
        """The answer of a fault that stands in front of the service."""
        for fault in self.faults:
            reply = None
            if fault.kind == "throttle":
                reply = self._throttled(fault, call)
            elif fault.kind == "status" and fault.due(call):
                reply = _status(fault, call)
            elif fault.kind == "lapsed_role" and fault.due(call):
                reply = envelopes.lapsed(call)
            elif fault.kind == "claims_challenge" and _lacks_claims(fault, call) and fault.due(call):
                reply = envelopes.challenged(call, _claims_of(fault))
            elif fault.kind == "lag" and fault.due(call):
                reply = envelopes.not_there_yet(call)
            elif fault.kind == "page" and _page_of(call) == int(fault.data.get("page", 2)) and fault.due(call):
                reply = _status(fault, call)
            elif fault.kind == "top_timeout" and _top_above(fault, call) and fault.due(call):
                reply = envelopes.error(
                    call, int(fault.data.get("status", 504)), "GatewayTimeout", "The gateway timed out."
                )
            if reply is not None:
                entry.fault = f"{fault.kind} {fault.id}"
                return reply
        return None

    @staticmethod
    def _throttled(fault: Fault, call: Call) -> Reply | None:
        if not fault.matches(call) or (
            call.service in (*TOKEN_SERVICES, MANAGED_IDENTITY) and "service" not in fault.match
        ):
            return None  # limits are those of the services; the token endpoint has its own
        per = fault.data.get("per", "service")
        key = (
            call.service
            if per == "service"
            else (call.caller.client_id if call.caller else "")
            if per == "client"
            else ""
        )
        window = float(fault.data["window"])
        now = time.monotonic()
        calls = fault.calls.setdefault(key, deque())
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) < int(fault.data["limit"]):
            calls.append(now)
            return None
        if fault.times is not None and fault.hits >= fault.times:
            return None
        fault.hits += 1
        wait = max(1, math.ceil((calls[0] if calls else now) + window - now))
        reply = envelopes.throttled(call, int(fault.data.get("seconds", wait)), str(fault.data.get("body", "service")))
        seconds = int(fault.data.get("seconds", wait))
        form = fault.data.get("retry_after", "seconds")
        if form == "date":
            reply.headers["Retry-After"] = formatdate(time.time() + seconds, usegmt=True)
        elif form == "seconds":
            reply.headers["Retry-After"] = str(seconds)
        return reply

    # -- inside a service ------------------------------------------------------------------------------------------

    def failed_items(self, call: Call, principal: str) -> Fault | None:
        """The fault that makes one item of a modifyPermissions fail."""
        for fault in self.faults:
            if (
                fault.kind == "item_failure"
                and str(fault.data.get("principal", principal)).lower() == principal.lower()
            ) and fault.due(call):
                return fault
        return None

    def rule(self, kind: str, call: Call) -> Fault | None:
        """A fault that is a rule of one service and not an answer: the service asks for it where it matters."""
        return next((fault for fault in self.faults if fault.kind == kind and fault.due(call)), None)

    def batch_item(self, call: Call) -> Reply | None:
        for fault in self.faults:
            if fault.kind == "batch_item" and fault.due(call):
                reply = _status(fault, call, 429)
                if fault.data.get("retry_after") is not None:
                    reply.headers["Retry-After"] = str(fault.data["retry_after"])
                return reply
        return None

    def page_size(self, call: Call, size: int) -> int:
        for fault in self.faults:
            if fault.kind == "page_cap" and fault.due(call):
                size = min(size, int(fault.data.get("max", 1)))
        return size

    def empty_page(self, call: Call, page: int) -> bool:
        return any(
            fault.kind == "empty_page" and int(fault.data.get("page", 2)) == page and fault.due(call)
            for fault in self.faults
        )

    def link_base(self, call: Call) -> str:
        """Scheme, host and port of a next link."""
        for fault in self.faults:
            if fault.kind == "next_link" and fault.due(call):
                port = fault.data.get("port")
                host = fault.data.get("host", call.host.split(":")[0])
                return f"{fault.data.get('scheme', 'https')}://{host}" + (f":{port}" if port else "")
        return call.base

    def plain(self) -> Iterator[dict[str, Any]]:
        return (fault.plain() for fault in self.faults)


def _is_method(wanted: str, method: str) -> bool:
    """A method, or `!GET` for every other one: some limits count those apart."""
    return wanted[1:].upper() != method if wanted.startswith("!") else wanted.upper() == method


def _status(fault: Fault, call: Call, default: int = 503) -> Reply:
    data = fault.data
    reply = envelopes.by_status(call, int(data.get("status", default)), data.get("code"), data.get("message"))
    if "body" in data:
        reply.payload = data["body"]
    reply.headers.update({str(key): str(value) for key, value in (data.get("headers") or {}).items()})
    return reply


def _lacks_claims(fault: Fault, call: Call) -> bool:
    """Whether the token of a call was not issued for the authentication context that the fault wants."""
    if call.service in (*TOKEN_SERVICES, MANAGED_IDENTITY) or call.caller is None:
        return False
    return bool(fault.data.get("always")) or str(fault.data.get("value", "c1")) not in call.caller.acrs


def _claims_of(fault: Fault) -> str:
    """The value of `claims=`: base64 of what has to be asked for, or what the fault says instead."""
    wanted = {"access_token": {"acrs": {"essential": True, "value": str(fault.data.get("value", "c1"))}}}
    return str(fault.data.get("claims") or base64.b64encode(json.dumps(wanted).encode()).decode())


def _page_of(call: Call) -> int:
    from .paging import marker_of  # late: paging knows faults

    return marker_of(call.query.get("$skiptoken"))[1]


def _top_above(fault: Fault, call: Call) -> bool:
    top = call.query.get("$top")
    return top is not None and top.isdigit() and int(top) > int(fault.data.get("above", 100))
