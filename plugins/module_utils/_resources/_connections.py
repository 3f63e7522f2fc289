# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections as things that live in an environment: how they are found, and what their records say.

Contract: powerapps-admin.md 3.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import powerapps_connections
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Json,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    GUID,
    ThingType,
    by_environment_id,
)

# How a new connection is named (power-platform-api.md 4.7).
NEW_ID = re.compile(r"[0-9a-f]{32}")
# 32 hexadecimal digits as clients choose them, GUIDs as fixtures have them, and the names of shared connections.
_CONNECTION_ID = re.compile(rf"[0-9a-f]{{32}}|{GUID.pattern}|shared-[^/\s]+", re.IGNORECASE)
_CONNECTED = "Connected"
_BULKY = ("iconUri", "testLinks", "permissions")


# Names of parameters that hold a secret, should a service ever return one.
_SECRET_NAME = re.compile(
    r".*(secret|passw(or)?d|pwd|passphrase|token|key|credential|connection[_-]?string|authorization|pfx)s?",
    re.IGNORECASE,
)


class Health(NamedTuple):
    """What a connection says of itself. `code` and `message` are empty while it works."""

    status: str
    code: str
    message: str

    @property
    def connected(self) -> bool:
        return same_text(self.status, _CONNECTED)


def is_connection_id(value: str) -> bool:
    """Whether a text can only be the id of a connection."""
    return _CONNECTION_ID.fullmatch(value) is not None


def connector_of(record: Json) -> str:
    """The id of a connection's connector: what follows `/apis/`, in whichever form the service gives it."""
    connector = str(properties(record).get("apiId") or "").partition("/apis/")[2].partition("/")[0]
    if not connector:
        raise UnreadableAnswerError(f"The service described connection {record.get('name')} without its connector.")
    return connector


def statuses(record: Json) -> list[Json]:
    """The connection's statuses as users see them; normally one."""
    rows: Sequence[Json] = properties(record).get("statuses") or ()
    return [
        {
            "status": row.get("status") or "",
            "target": (row.get("target") or "").lower(),
            "code": (row.get("error") or {}).get("code") or "",
            "message": (row.get("error") or {}).get("message") or "",
        }
        for row in rows
    ]


def health(record: Json) -> Health:
    """Connected only if every status says so. A connection without any status is not known to work."""
    rows = statuses(record)
    bad = [row for row in rows if not same_text(row["status"], _CONNECTED)]
    if not rows:
        return Health("Unknown", "", "The service gives no status.")
    row = (bad or rows)[0]
    return Health(row["status"], row["code"], row["message"])


def parameters_of(record: Json) -> tuple[str | None, Json]:
    """The name of the parameter set, None where there is none, and the parameters that the service returns."""
    content = properties(record)
    chosen = content.get("connectionParametersSet") or {}
    if chosen.get("name"):
        rows = (chosen.get("values") or {}).items()
        return chosen["name"], {name: row.get("value") if isinstance(row, dict) else row for name, row in rows}
    return None, dict(content.get("connectionParameters") or {})


def public(parameters: Json, hidden: Iterable[str] = ()) -> Json:
    """The parameters that may be shown: none that is named like a secret, none of `hidden`, texts without secrets."""
    names = {name.casefold() for name in hidden}
    return {
        name: _public_value(value)
        for name, value in parameters.items()
        if name.casefold() not in names and not _SECRET_NAME.fullmatch(name)
    }


def _public_value(value: Any) -> Any:
    if isinstance(value, dict):
        return public(value)
    if isinstance(value, list):
        return [_public_value(item) for item in value]
    return redact(value) if isinstance(value, str) else value


def _without_bulk(record: Json) -> Json:
    content = {name: value for name, value in properties(record).items() if name not in _BULKY}
    return {"name": record.get("name"), "properties": content}


CONNECTION = ThingType(
    "connection",
    by_environment_id(powerapps_connections.list_connections),
    None,
    keep=_without_bulk,
    is_id=is_connection_id,
)
