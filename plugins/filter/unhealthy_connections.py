# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects rows of connection_info and avepoint_connection_info."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unhealthy_connections
short_description: Select connections that do not work, that nobody answers for, or that nobody uses
version_added: 1.0.0
author:
  - powerops contributors (@powerops)
description:
  - Selects rows of M(powerops.powerplatform.avepoint_connection_info) and of M(powerops.powerplatform.connection_info).
    It sends nothing, and does not change the rows.
  - Without options it selects what does not work, and what has no owner, or one of whom the row does not say that they
    are enabled. Rows of M(powerops.powerplatform.connection_info) say what became of the owner only where its option
    C(include) holds V(owner_state); otherwise only a missing owner counts.
  - With options it selects what fits all of them, or with O(match=any) at least one.
  - An option that needs what a row has no place for is an error, so that no row is passed over in silence. What a row
    has a place for and does not tell, as a count that is null, fits nothing.
options:
  _input:
    description: Rows of the two modules, in any mixture.
    type: list
    elements: dict
    required: true
  statuses:
    description:
      - Statuses of connections, such as V(Error). Upper and lower case do not count. A connection with several statuses
        fits by any of them.
    type: list
    elements: str
  owner_statuses:
    description:
      - Statuses of owners, such as V(disabled) or V(deleted), in upper or lower case. They are compared by their
        beginning, so that V(enabled) also means AvePoint's V(Enable).
      - V(unknown) means that there is no owner, or none whose status is told.
      - Rows of M(powerops.powerplatform.connection_info) need C(include) with V(owner_state) for it.
    type: list
    elements: str
  unused:
    description:
      - V(true) selects what no app and no flow uses, V(false) the others. Only rows of
        M(powerops.powerplatform.avepoint_connection_info) tell.
    type: bool
  custom:
    description:
      - V(true) selects connections of custom connectors, V(false) the others. Only rows of
        M(powerops.powerplatform.avepoint_connection_info) tell.
    type: bool
  tiers:
    description:
      - Tiers of connectors, such as V(Premium), in upper or lower case. Only rows of
        M(powerops.powerplatform.avepoint_connection_info) tell.
    type: list
    elements: str
  match:
    description: Whether V(all) of the options have to fit, or V(any) of them.
    type: str
    choices: [all, any]
    default: all
seealso:
  - module: powerops.powerplatform.avepoint_connection_info
  - module: powerops.powerplatform.connection_info
"""

EXAMPLES = r"""
- name: List the connections of the tenant, with what became of their owners
  powerops.powerplatform.connection_info:
    include: [owner_state]
  register: tenant

- name: Read AvePoint's report of them
  powerops.powerplatform.avepoint_connection_info:
  register: reported

- name: Show what does not work or has no owner that is enabled
  ansible.builtin.debug:
    msg: "{{ (tenant.connections + reported.connections) | powerops.powerplatform.unhealthy_connections }}"

- name: Show whose owner is disabled or gone
  ansible.builtin.debug:
    msg: >-
      {{ tenant.connections
      | powerops.powerplatform.unhealthy_connections(owner_statuses=['disabled', 'deleted', 'unknown']) }}

- name: Show premium and custom connections that nobody uses
  ansible.builtin.debug:
    msg: >-
      {{ reported.connections | powerops.powerplatform.unhealthy_connections(unused=true)
      | powerops.powerplatform.unhealthy_connections(custom=true, tiers=['Premium'], match='any') }}
"""

RETURN = r"""
_value:
  description: The rows that were selected, as they came and in their order.
  type: list
  elements: dict
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

_NAME = "unhealthy_connections"
_UNKNOWN = "unknown"
_ENABLED = "enable"

Row = Mapping[str, Any]
Sieve = Callable[[int, Row], bool]


def unhealthy_connections(
    rows: Any,
    statuses: Any = None,
    owner_statuses: Any = None,
    unused: Any = None,
    custom: Any = None,
    tiers: Any = None,
    match: Any = "all",
) -> list[Row]:
    """The rows that are selected; see the documentation of the filter."""
    sieves: list[Sieve] = []
    if statuses is not None:
        sieves.append(_by_status(_words("statuses", statuses)))
    if owner_statuses is not None:
        sieves.append(_by_owner(_words("owner_statuses", owner_statuses)))
    if unused is not None:
        sieves.append(_by_use(_switch("unused", unused)))
    if custom is not None:
        sieves.append(_by_origin(_switch("custom", custom)))
    if tiers is not None:
        sieves.append(_by_tier(_words("tiers", tiers)))
    if match not in ("all", "any"):
        raise _error(f"match is {match!r}, and can be 'all' or 'any'.")
    fits = all if match == "all" else any
    found = []
    for index, row in enumerate(_rows(rows)):
        told = [sieve(index, row) for sieve in sieves]
        if fits(told) if told else _is_unhealthy(index, row):
            found.append(row)
    return found


def _rows(rows: Any) -> Iterable[Row]:
    """The rows, each with the members by which both modules can be told from others."""
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Iterable):
        also = " Give its `connections`." if isinstance(rows, Mapping) and "connections" in rows else ""
        raise _error(f"the input is no list of rows, but of type {type(rows).__name__}.{also}")
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping) or not {"connection", "connected", "owner"} <= set(row):
            raise _error(f"item {index} is no row of connection_info or avepoint_connection_info.")
        yield row


def _is_unhealthy(index: int, row: Row) -> bool:
    if not row["connected"]:
        return True
    if row["owner"] is None:
        return True
    return _tells_owner(row) and not _owner_status(index, row).startswith(_ENABLED)


def _by_status(wanted: Sequence[str]) -> Sieve:
    def fits(_index: int, row: Row) -> bool:
        told = [row["status"]] if "status" in row else [entry["status"] for entry in row.get("statuses") or ()]
        return any(status.casefold() in wanted for status in told)

    return fits


def _by_owner(wanted: Sequence[str]) -> Sieve:
    def fits(index: int, row: Row) -> bool:
        status = _UNKNOWN if row["owner"] is None else _owner_status(index, row)
        return any(status.startswith(word) or word.startswith(status) for word in wanted)

    return fits


def _by_use(wanted: bool) -> Sieve:
    def fits(index: int, row: Row) -> bool:
        counts = [_fact(index, row, name, "unused") for name in ("power_app_count", "flow_count")]
        return None not in counts and (not any(counts)) is wanted

    return fits


def _by_origin(wanted: bool) -> Sieve:
    return lambda index, row: _fact(index, row, "is_custom", "custom") is wanted


def _by_tier(wanted: Sequence[str]) -> Sieve:
    return lambda index, row: _fact(index, row, "tier", "tiers").casefold() in wanted


def _tells_owner(row: Row) -> bool:
    return "status" in row["owner"] or "state" in row["owner"]


def _owner_status(index: int, row: Row) -> str:
    """What a row says of its owner, in lower case: AvePoint as `status`, the directory as `state`."""
    if not _tells_owner(row):
        raise _lacks(index, row, "owner.state", "owner_statuses", "Set include to [owner_state] in connection_info.")
    owner = row["owner"]
    return (owner.get("status") or owner.get("state") or _UNKNOWN).casefold()


def _fact(index: int, row: Row, name: str, option: str) -> Any:
    if name not in row:
        raise _lacks(index, row, name, option, "Rows of avepoint_connection_info do.")
    return row[name]


def _words(option: str, value: Any) -> list[str]:
    words = [value] if isinstance(value, str) else value
    if (
        not isinstance(words, Sequence)
        or not words
        or not all(isinstance(word, str) and word.strip() for word in words)
    ):
        raise _error(f"{option} is {value!r}, and must be a list of texts.")
    return [word.strip().casefold() for word in words]


def _switch(option: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _error(f"{option} is {value!r}, and must be true or false.")
    return value


def _lacks(index: int, row: Row, fact: str, option: str, remedy: str) -> AnsibleFilterError:
    name = row.get("connection_display_name") or row["connection"]
    return _error(f"{option} needs {fact}, for which item {index} ({name}) has no place. {remedy}")


def _error(text: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"{_NAME}: {text}")


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {_NAME: unhealthy_connections}
