# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant made of what the role `export` wrote of another one: to rehearse changes on.

It has what the declarations name, and nothing else. What they leave open is made up, always in the same way; README.md
says what that is.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from . import tenant_file
from .model import EVERYONE, Tenant
from .tenant_parts import GUID, TenantFileError

# Ids that an export does not tell are derived from names, so that they are the same in every rehearsal.
_MADE_UP = uuid.UUID("5e000000-0000-4000-8000-000000000001")
_DOMAIN = "rehearsal.example"
_NOBODY = f"unknown-owner@{_DOMAIN}"
_RUNNER = "Rehearsal Runner"
# No export says through which connector a connection goes that only has a list of people.
_UNKNOWN_CONNECTOR = "shared_sql"

# The variable of each kind that is taken over: to which part of an environment its things belong, and which option
# names them.
_VARIABLES = {
    "powerplatform_powerapps": ("apps", "app"),
    "powerplatform_powerapp_roles": ("apps", "app"),
    "powerplatform_flow_states": ("flows", "flow"),
    "powerplatform_flow_owners": ("flows", "flow"),
    "powerplatform_flow_run_only_users": ("flows", "flow"),
    "powerplatform_connections": ("connections", "connection_id"),
    "powerplatform_connection_roles": ("connections", "connection"),
    "powerplatform_custom_connector_roles": ("connectors", "connector"),
}
# Lists of people that name no role have one of their own.
_ROLES = {"powerplatform_flow_owners": "CanEdit", "powerplatform_flow_run_only_users": "CanView"}
_STATES = {"started": "Started", "stopped": "Stopped"}


class _Loader(yaml.SafeLoader):
    """Takes the files of an export, whose texts may be marked as no templates."""


def _text(_loader: _Loader, node: yaml.Node) -> str:
    return str(node.value)


_Loader.add_constructor("!unsafe", _text)


class Rehearsal(NamedTuple):
    """left: how many declarations of each variable are of kinds that a rehearsal does not have."""

    tenant: Tenant
    left: dict[str, int]


def load(folder: Path) -> Rehearsal:
    """TenantFileError where this is no export."""
    made = _Made()
    left: Counter[str] = Counter()
    for path in sorted(folder.glob("*/**/*.yml")):
        for variable, items in _lists(path):
            if variable not in _VARIABLES:
                left[variable] += len(items)
                continue
            for item in items:
                made.add(variable, item, path)
    if not made.environments:
        raise TenantFileError(f"{folder}: no declarations of environments; the role export writes them")
    return Rehearsal(tenant_file.from_dict(made.data()), dict(left))


def _lists(path: Path) -> Iterator[tuple[str, list[Any]]]:
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    if not isinstance(content, dict):
        raise TenantFileError(f"{path}: a mapping of variables is expected")
    for variable, items in content.items():
        if not isinstance(items, list):
            raise TenantFileError(f"{path}: {variable} is no list")
        yield str(variable), items


def _id(kind: str, name: str) -> str:
    """An id as it stands, or one made of a name."""
    return name.lower() if GUID.fullmatch(name) else str(uuid.uuid5(_MADE_UP, f"{kind} {name.lower()}"))


class _Made:
    """Collects a tenant file."""

    def __init__(self) -> None:
        self.environments: dict[str, dict[str, Any]] = {}
        self._things: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._principals: dict[str, dict[str, dict[str, Any]]] = {"user": {}, "group": {}, "service_principal": {}}
        self._nobody = self._principal("user", _NOBODY, "Unknown Owner")
        self._principal("service_principal", _RUNNER, _RUNNER)

    def add(self, variable: str, item: Any, path: Path) -> None:
        part, option = _VARIABLES[variable]
        if not isinstance(item, dict) or "environment" not in item or option not in item:
            raise TenantFileError(f"{path}: an item of {variable} needs environment and {option}")
        environment = self._environment(str(item["environment"]), path.parent.name)
        name = item.get(f"{option}_display_name") or item.get("display_name")
        thing = self._thing(environment, part, str(item[option]), str(name or item[option]))
        if "owner" in item:
            thing["owner"] = self._principal("user", str(item["owner"]), item.get("owner_display_name"))
        if "state" in item and part == "flows":
            thing["state"] = _STATES[item["state"]]
        if "connector" in item and part == "connections":
            thing["connector"] = item["connector"]
        for row in item.get("assignments") or ():
            role = {"principal": self._holder(row, path), "role": row.get("role") or _ROLES[variable]}
            thing.setdefault("roles", []).append(role)

    def data(self) -> dict[str, Any]:
        """As tenant_file takes it."""
        tenant = _id("tenant", _DOMAIN)
        self._make_default(tenant)
        runner = self._principals["service_principal"][_RUNNER.lower()]
        app_id, secret = runner["app_id"], "rehearsal-secret"
        return {
            "tenant": {"id": tenant, "name": "Rehearsal", "domains": [_DOMAIN]},
            "users": list(self._principals["user"].values()),
            "groups": list(self._principals["group"].values()),
            "service_principals": list(self._principals["service_principal"].values()),
            "clients": [{"name": "runner", "app_id": app_id, "secret": secret, "registered": True}],
            "environments": list(self.environments.values()),
        }

    def _make_default(self, tenant: str) -> None:
        """Every tenant has a default environment. Its id says so, or its name as Microsoft gives it."""
        for environment in self.environments.values():
            if str(environment["id"]).lower().startswith("default-"):
                environment["default"] = True
                return
        for environment in self.environments.values():
            if str(environment["name"]).lower().endswith("(default)"):
                environment |= {"id": f"Default-{tenant}", "default": True}
                return
        added = {"id": f"Default-{tenant}", "name": "Rehearsal (default)", "default": True}
        self.environments["~default"] = added

    def _environment(self, reference: str, folder: str) -> dict[str, Any]:
        """One that is named by its id has its name in front of it in the name of its folder."""
        made = {"id": _id("environment", reference), "name": reference}
        if made["id"] == reference.lower() or reference.lower().startswith("default-"):
            made = {"id": reference, "name": folder.removesuffix(f"({reference})").strip() or reference}
        return self.environments.setdefault(reference.lower(), made)

    def _thing(self, environment: dict[str, Any], part: str, key: str, name: str) -> dict[str, Any]:
        known = (str(environment["id"]), part, key.lower())
        if known not in self._things:
            made = self._things[known] = {"id": key, "name": name}
            made["owner" if part == "apps" else "creator"] = self._nobody
            if part == "connections":
                made["connector"] = _UNKNOWN_CONNECTOR
            environment.setdefault(part, []).append(made)
        return self._things[known]

    def _holder(self, row: dict[str, Any], path: Path) -> str:
        if row.get("everyone"):
            return EVERYONE
        for kind in self._principals:
            if row.get(kind):
                return self._principal(kind, str(row[kind]), row.get("principal_display_name"))
        raise TenantFileError(f"{path}: an assignment names nobody: {row}")

    def _principal(self, kind: str, reference: str, name: str | None) -> str:
        made: dict[str, Any] = {"id": _id(kind, reference), "name": name or reference}
        if kind == "user":
            # Nobody knows the address of somebody who is named by an id.
            made["upn"] = reference
            if GUID.fullmatch(reference):
                made["mail"] = None
        elif kind == "service_principal":
            made["app_id"] = _id("application", f"of {made['id']}")
        known = self._principals[kind].setdefault(reference.lower(), made)
        if name:  # not every declaration says it
            known["name"] = name
        return str(known["id"])
