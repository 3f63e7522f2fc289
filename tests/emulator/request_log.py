# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log that tests read: every request, its kind, its answer; secrets taken out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .catalogue import CATALOGUE, SECRET_NAME
from .clouds import CONTROL, MANAGED_IDENTITY, TOKEN_SERVICES

_SECRET = re.compile(
    rf"assertion|refresh_token|access_token|device_code|^code$|^sig$|{SECRET_NAME.pattern}", re.IGNORECASE
)
_CONNECTION_SECRETS = frozenset(name.lower() for item in CATALOGUE.values() for name in item.secrets)
_HIDDEN = "(removed)"
# What signs a link: the callback address of a flow, the inputs and outputs of its runs.
_SIGNATURE = re.compile(r"(\bsig(?:=|%3D))[^&\s\"'<>\\]+", re.IGNORECASE)
_READING_POSTS = (
    "/getbyids",
    "/listtenantsettings",
    "/getconsentlink",
    "/validateapiswagger",
    "/listcallbackurl",
    "/exporttoarmtemplate",
)
# In JSON text `key` is a secret, too (dataverse-connectors.md 3.7).
_KEY = re.compile(rf"^key$|{_SECRET.pattern}", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    number: int
    service: str
    method: str
    host: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    write: bool
    status: int | None = None
    token_kind: str | None = None
    client_id: str | None = None
    effect: bool = False
    fault: str | None = None

    def plain(self) -> dict[str, Any]:
        found = {
            "number": self.number,
            "service": self.service,
            "method": self.method,
            "host": self.host,
            "path": self.path,
            "query": _SIGNATURE.sub(rf"\1{_HIDDEN}", self.query),
            "status": self.status,
            "token_kind": self.token_kind,
            "client_id": self.client_id,
            "write": self.write,
            "effect": self.effect,
            "fault": self.fault,
            "headers": {
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in self.headers
                if name != b"authorization"
            },
        }
        if self.body and (self.write or self.service not in TOKEN_SERVICES):
            found["body"] = _cleaned(self.body)
        return found


def _cleaned(body: bytes) -> Any:
    try:
        return _without_secrets(json.loads(body))
    except ValueError:
        return f"({len(body)} bytes, no JSON)"


def _without_secrets(value: Any, *, parameters: bool = False) -> Any:
    """`parameters`: the value stands inside the parameters of a connector or of a connection."""
    if isinstance(value, dict):
        return {
            key: _HIDDEN
            if _SECRET.search(key)
            or key.lower() in _CONNECTION_SECRETS
            or (parameters and key.lower() == "key" and isinstance(item, str))
            else _of_member(key, item, parameters)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(item, parameters=parameters) for item in value]
    return _SIGNATURE.sub(rf"\1{_HIDDEN}", value) if isinstance(value, str) else value


def _of_member(key: str, value: Any, parameters: bool) -> Any:
    parameters = parameters or key.lower().startswith("connectionparameter")
    if isinstance(value, str):
        value = _SIGNATURE.sub(rf"\1{_HIDDEN}", value)
    if not (isinstance(value, str) and value.lstrip()[:1] in ("{", "[")):
        return _without_secrets(value, parameters=parameters)
    try:  # JSON inside of text, as Dataverse has it: unchanged unless there is a secret in it
        held = json.loads(value)
    except ValueError:
        return value
    clean = _without_secrets(held, parameters=True) if parameters else _without_leaves(held)
    return value if clean == held else json.dumps(clean, ensure_ascii=False)


def _without_leaves(value: Any, name: str = "") -> Any:
    """In a definition a property may be called `password`: only plain values are taken out."""
    if isinstance(value, dict):
        return {key: _without_leaves(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_leaves(item, name) for item in value]
    return _HIDDEN if value and isinstance(value, str) and _KEY.search(name) else value


def is_write(service: str, method: str, path: str, body: bytes) -> bool:
    """Whether a request may change the tenant. Token requests and POSTs that only read are none."""
    if method in ("GET", "HEAD", "OPTIONS") or service == CONTROL or service in TOKEN_SERVICES:
        return False
    low = path.lower().rstrip("/")
    if method == "POST" and low.endswith(_READING_POSTS):
        return False
    if method == "POST" and low.endswith("/$batch"):
        return not _batch_only_reads(body)
    return True


def _batch_only_reads(body: bytes) -> bool:
    try:
        items = json.loads(body)["requests"]
        return all(
            str(item["method"]).upper() == "GET"
            or (
                str(item["method"]).upper() == "POST"
                and str(item["url"]).split("?", maxsplit=1)[0].lower().endswith("/getbyids")
            )
            for item in items
        )
    except (ValueError, KeyError, TypeError):
        return True  # refused as malformed: nothing can be written


class RequestLog:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._last = 0

    def next_number(self) -> int:
        self._last += 1
        return self._last

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    def clear(self) -> None:
        self.entries.clear()

    def plain(
        self,
        *,
        writes: bool | None = None,
        service: str | None = None,
        since: int = 0,
        summary_only: bool = False,
    ) -> dict[str, Any]:
        chosen = [
            entry
            for entry in self.entries
            if entry.number > since
            and (writes is None or entry.write == writes)
            and (service is None or entry.service == service)
        ]
        identities = sum(1 for entry in chosen if entry.service == MANAGED_IDENTITY)
        posted = sum(1 for entry in chosen if entry.service in TOKEN_SERVICES and entry.method == "POST")
        writing = sum(1 for entry in chosen if entry.write)
        login = sum(1 for entry in chosen if entry.service in TOKEN_SERVICES)
        tokens = posted + identities
        found: dict[str, Any] = {
            "summary": {
                "total": len(chosen),
                "writes": writing,
                "reads": len(chosen) - writing - login - identities,
                "tokens": tokens,
                "discovery": login - posted,
                "effects": sum(1 for entry in chosen if entry.effect),
            }
        }
        if not summary_only:
            found["requests"] = [entry.plain() for entry in chosen]
        return found
