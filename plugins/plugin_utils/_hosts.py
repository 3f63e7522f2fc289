# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From rows of the tenant to hosts of an inventory: names, groups and variables. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Json = dict[str, Any]


class HostKind(NamedTuple):
    """What becomes a host.

    info: the name of the module whose rows they are. rows: the key of its answer that holds them. identifier: the key
    of a row that tells it from all others. name: that of what people call it. groups: of a row, the groups that it is
    in without anybody asking.
    """

    info: str
    rows: str
    identifier: str
    name: str
    groups: Callable[[Json], Iterable[str]]


class Host(NamedTuple):
    """A host: its name in the inventory, its row, and the groups that it is in by default."""

    name: str
    row: Json
    groups: tuple[str, ...]


def name_hosts(kind: HostKind, rows: Sequence[Json], names: Mapping[str, str]) -> list[Host]:
    """Hosts in the order of the rows. Equal names get the identifier behind them, all of them and in every run.

    names: the preferred name of each row by its identifier.
    """
    folded: dict[str, int] = {}
    for row in rows:
        key = names[row[kind.identifier]].casefold()
        folded[key] = folded.get(key, 0) + 1
    found = []
    for row in rows:
        identifier = row[kind.identifier]
        name = names[identifier]
        if folded[name.casefold()] > 1 and name != identifier:
            name = f"{name} ({identifier})"
        found.append(Host(host_name(name), row, tuple(sorted(set(kind.groups(row))))))
    return found


def host_name(text: str) -> str:
    """A text as the name of a host: without what Ansible would read as a range, a list or an option."""
    return re.sub(r"[\[\],:!&\s]+", " ", text).strip() or "unnamed"


def group_name(*parts: str) -> str:
    """A group: lower case, underscores, never empty."""
    joined = "_".join(part for part in parts if part)
    return re.sub(r"[^a-z0-9]+", "_", joined.casefold()).strip("_") or "unnamed"


def variables(row: Json, prefix: str) -> Json:
    """The variables of a host."""
    return {f"{prefix}{key}": value for key, value in row.items()}


def _environment_groups(row: Json) -> Iterable[str]:
    yield "environments"
    yield group_name("type", row.get("type") or "unknown")
    yield group_name("region", row.get("location") or "unknown")
    yield "with_dataverse" if row.get("dataverse") else "without_dataverse"


def _app_groups(row: Json) -> Iterable[str]:
    yield "apps"
    yield group_name("apps", row.get("app_type") or "unknown")


def _flow_groups(row: Json) -> Iterable[str]:
    yield "flows"
    yield group_name("flows", row.get("state") or "unknown")


def _connection_groups(row: Json) -> Iterable[str]:
    yield "connections"
    yield group_name("connector", row.get("connector") or "unknown")
    yield group_name("connections", row.get("status") or "unknown")
    state = row.get("owner_state") or row.get("owner_status")
    if state:
        yield group_name("owner", state)


def _connector_groups(row: Json) -> Iterable[str]:
    del row
    yield "custom_connectors"


HOST_KINDS: dict[str, HostKind] = {
    "environments": HostKind("environment_info", "environments", "id", "display_name", _environment_groups),
    "apps": HostKind("powerapp_info", "powerapps", "app", "app_display_name", _app_groups),
    "flows": HostKind("flow_info", "flows", "flow", "flow_display_name", _flow_groups),
    "connections": HostKind(
        "connection_info", "connections", "connection", "connection_display_name", _connection_groups
    ),
    "custom_connectors": HostKind(
        "connector_info", "connectors", "connector", "connector_display_name", _connector_groups
    ),
}
