# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the tenant file is read and written with: records, lists, references to principals."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from .model import EVERYONE, Tenant

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
T = TypeVar("T")


class TenantFileError(ValueError):
    """The file cannot be read as a tenant; the text says where and why."""


def record(cls: type[T], data: Any, where: str, **given: Any) -> T:
    if not isinstance(data, dict):
        raise TenantFileError(f"{where}: a mapping is expected, not {data!r}")
    known = {spec.name: spec for spec in fields(cls)}  # type: ignore[arg-type]  # every cls here is a dataclass
    unknown = sorted(set(data) - set(known) - {"gone"})
    if unknown:
        raise TenantFileError(f"{where}: unknown key {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    values = {**data, **given}
    if values.get("deleted_at") == "recently":
        values["deleted_at"] = (datetime.now(UTC) - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, spec in known.items():
        needed = spec.default is MISSING and spec.default_factory is MISSING
        if needed and values.get(name) in (None, ""):
            raise TenantFileError(f"{where}: {name} is missing")
    return cls(**values)


def listed(data: dict[str, Any], key: str) -> list[Any]:
    found = data.get(key) or []
    if not isinstance(found, list):
        raise TenantFileError(f"{key}: a list is expected")
    return found


class Names:
    """References to principals: an object id, a user principal name, or the name of a group or service principal."""

    def __init__(self, tenant: Tenant) -> None:
        self._ids: dict[str, str] = {}
        self._found: dict[str, list[str]] = {}
        for user in tenant.users.values():
            self._add(user.id, "User", user.upn)
        for group in tenant.groups.values():
            self._add(group.id, "Group", group.name)
        for principal in tenant.service_principals.values():
            self._add(principal.id, "ServicePrincipal", principal.name)

    def _add(self, object_id: str, kind: str, name: str) -> None:
        self._ids[object_id] = kind
        self._found.setdefault(name.lower(), []).append(object_id)

    def id(self, reference: str, where: str) -> str:
        if reference == EVERYONE:
            return EVERYONE
        if GUID.fullmatch(reference):
            return reference.lower()
        found = self._found.get(reference.lower(), [])
        if len(found) != 1:
            raise TenantFileError(f"{where}: {reference!r} names {len(found)} principals, write the object id")
        return found[0]

    def type(self, object_id: str) -> str | None:
        return "Tenant" if object_id == EVERYONE else self._ids.get(object_id)


def put(into: dict[str, T], key: str, value: T, kind: str) -> None:
    if key in into:
        raise TenantFileError(f"{kind} {key} is given twice")
    into[key] = value


def names_of(tenant: Tenant) -> Names:
    return Names(tenant)


def plain(record: Any, keep: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a record that differ from their default."""
    found: dict[str, Any] = {}
    for spec in fields(record):
        value = getattr(record, spec.name)
        if spec.name in drop:
            continue
        if spec.name not in keep:
            if spec.default is not MISSING and value == spec.default:
                continue
            if spec.default_factory is not MISSING and value == spec.default_factory():
                continue
        found[spec.name] = value
    return found
