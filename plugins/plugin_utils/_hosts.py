# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From rows of the tenant to hosts of an inventory: names, groups and variables. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Json = dict[str, Any]

# A name must not say anything to Ansible: no range, list, pattern or option, and no path to a file of variables.
# Nor anything to a terminal, or to nobody who looks at it.
_SPEAKING = re.compile(r"[\[\]{},:!&*?/\\\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_LEADING = "~@.- "
# What Ansible knows hosts and groups by already.
_TAKEN = ("all", "ungrouped", "localhost", "127.0.0.1", "::1")


class HostKind(NamedTuple):
    """What becomes a host.

    info: the name of the module whose rows they are. rows: the key of its answer that holds them. identifiers: the keys
    of a row that together tell it from all others. name: that of what people call it. groups: of a row, the groups that
    it is in without anybody asking. of_makers: whether makers choose the names.
    """

    info: str
    rows: str
    identifiers: tuple[str, ...]
    name: str
    groups: Callable[[Json], Iterable[str]]
    of_makers: bool = True

    def identifier(self, row: Json) -> str:
        """What tells the thing of a row from all others."""
        return " ".join(str(row[key]) for key in self.identifiers)


class Host(NamedTuple):
    """A host: its name in the inventory, its row, and the groups that it is in by default."""

    name: str
    row: Json
    groups: tuple[str, ...]


def name_hosts(
    kind: HostKind,
    rows: Sequence[Json],
    name: Callable[[Json], str],
    is_taken: Callable[[str, Json], bool] = lambda _name, _row: False,
) -> list[Host]:
    """Hosts in the order of the rows.

    name: the preferred name of a row, "" for its identifier. is_taken: whether a name belongs to something else than
    the thing of a row. Where several rows would bear one name, or one would bear that of a group, all of them get their
    identifiers behind it, in every run.
    """
    preferred = [host_name(name(row)) or host_name(kind.identifier(row)) for row in rows]
    unique = [f"{text} ({host_name(kind.identifier(row))})" for text, row in zip(preferred, rows, strict=True)]
    groups = [tuple(sorted(set(kind.groups(row)))) for row in rows]
    borne = Counter(text.casefold() for text in preferred)
    # Whoever names a thing could name it as another one would be called.
    taken = {*_TAKEN, *(group for row in groups for group in row), *(text.casefold() for text in unique)}
    found = []
    for row, text, other, own in zip(rows, preferred, unique, groups, strict=True):
        is_clear = borne[text.casefold()] == 1 and text.casefold() not in taken and not is_taken(text, row)
        found.append(Host(text if is_clear else other, row, own))
    return found


def host_name(text: str) -> str:
    """A text as the name of a host; "" where nothing is left of it."""
    return _SPEAKING.sub(" ", text).strip().lstrip(_LEADING)


def group_name(*parts: str) -> str:
    """A group: lower case, underscores, never empty. Letters of any script stay."""
    joined = "_".join(part for part in parts if part)
    return re.sub(r"\W+", "_", joined.casefold()).strip("_") or "unnamed"


def variables(row: Json, prefix: str) -> Json:
    """The variables of a host."""
    return {f"{prefix}{key}": value for key, value in row.items()}


def _environment_groups(row: Json) -> Iterable[str]:
    yield "environments"
    yield group_name("type", row["type"] or "unknown")
    yield group_name("region", row["location"] or "unknown")
    yield "with_dataverse" if row["dataverse"] else "without_dataverse"
    yield "ready" if row["ready"] else "not_ready"


def _app_groups(row: Json) -> Iterable[str]:
    yield "apps"
    yield group_name("apps", row["app_type"] or "unknown")
    yield from _owner_groups(row)


def _flow_groups(row: Json) -> Iterable[str]:
    yield "flows"
    yield group_name("flows", row["state"] or "unknown")
    yield from _owner_groups(row)


def _connection_groups(row: Json) -> Iterable[str]:
    yield "connections"
    yield group_name("connector", row["connector"] or "unknown")
    yield group_name("connections", _status(row))
    yield from _owner_groups(row)


def _report_groups(row: Json) -> Iterable[str]:
    """Of a connection in AvePoint's report, which always has a place for what became of the owner."""
    yield from _connection_groups({**row, "owner": row["owner"] or {"status": ""}})


def _connector_groups(row: Json) -> Iterable[str]:
    yield "custom_connectors"
    yield from _owner_groups(row)


def _status(row: Json) -> str:
    """Of a connection: connected, or what it says in place of it."""
    told = row["statuses"] if "statuses" in row else [{"status": row["status"]}]
    texts = [str(entry["status"]) for entry in told if entry["status"]]
    bad = [text for text in texts if text.casefold() != "connected"]
    return next(iter(bad or texts), "unknown")


def _owner_groups(row: Json) -> Iterable[str]:
    """By what became of the owner, where that was asked for; AvePoint always tells, in several spellings."""
    owner: Mapping[str, Any] = row["owner"] or {}
    state = str(owner.get("state") or owner.get("status") or "").casefold()
    words = [word for word in ("enabled", "disabled", "deleted") if state and state.startswith(word[:-1])]
    if state:
        yield group_name("owner", *words[:1] or [state])
    elif "state" in owner or "status" in owner:
        yield "owner_unknown"


HOST_KINDS: dict[str, HostKind] = {
    "environments": HostKind(
        "environment_info", "environments", ("id",), "display_name", _environment_groups, of_makers=False
    ),
    "apps": HostKind("powerapp_info", "powerapps", ("environment", "app"), "app_display_name", _app_groups),
    "flows": HostKind("flow_info", "flows", ("environment", "flow"), "flow_display_name", _flow_groups),
    "connections": HostKind(
        "connection_info",
        "connections",
        ("environment", "connector", "connection"),
        "connection_display_name",
        _connection_groups,
    ),
    "custom_connectors": HostKind(
        "connector_info",
        "connectors",
        ("environment", "connector"),
        "connector_display_name",
        _connector_groups,
    ),
    "avepoint_connections": HostKind(
        "avepoint_connection_info",
        "connections",
        ("tenant_id", "environment", "connector", "connection"),
        "connection_display_name",
        _report_groups,
    ),
}
