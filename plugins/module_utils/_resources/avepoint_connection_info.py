# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections of tenants as AvePoint's inventory has them (contract: avepoint.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import avepoint
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login_avepoint import AVEPOINT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_keys import (
    JOIN_KEY,
    join_key,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

_LONGEST_PAGE = 1000
_CONNECTED = "Connected"
_DEFAULT = "default-"
# Ours: theirs. Ids and names are called as connection_info calls them.
_IDS = {"environment": "environmentId", "connection": "id", "connector": "connectorId"}
_TEXTS = {
    "environment_display_name": "environmentDisplayName",
    "connection_display_name": "displayName",
    "connector_display_name": "connectorDisplayName",
    "connector_icon_brand_color": "connectorIconBrandColor",
    "connector_owner_display_name": "connectorOwnerDisplayName",
    "connector_created_time": "connectorCreatedTime",
    "tier": "tier",
    "publisher": "publisher",
    "status": "status",
    "connection_source": "connectionSource",
    "tenant_id": "tenantId",
    "tenant_name": "tenantName",
    "container_id": "containerId",
    "container_name": "containerName",
    "icon_uri": "iconUri",
}
_COUNTS = {"power_app_count": "powerAppCount", "flow_count": "flowCount"}
_LISTS = {"app_names": "appNames", "flow_names": "flowNames"}
_OWNER = {
    "id": "ownerId",
    "display_name": "ownerDisplayName",
    "user_principal_name": "ownerUserPrincipalName",
    "status": "ownerStatus",
    "country": "ownerCountry",
}


class AvePointConnectionInfo(InfoKind):
    """All connections of a tenant, or of all tenants that the customer has with AvePoint."""

    name = "avepoint_connection_info"
    access = AVEPOINT_ACCESS
    options: Mapping[str, Json] = {
        "tenant": {"type": "str"},
        "top": {"type": "int", "default": 100},
    }
    operations = (avepoint.LIST_CONNECTIONS,)

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        tenant, top = (options["tenant"] or "").strip(), options["top"]
        if options["tenant"] is not None and not tenant:
            raise OptionError("tenant", "it is empty.", remedy="Give the id of a tenant, or leave it out for all.")
        if not 1 <= top <= _LONGEST_PAGE:
            raise OptionError("top", f"must be a number of connections from 1 to {_LONGEST_PAGE}.", value=top)
        records = avepoint.list_connections(client, tenant=tenant, page_size=top)
        rows = [row for row in map(describe, records) if _is_of(row, tenant)]
        rows.sort(key=lambda row: (row["tenant_name"].casefold(), row["tenant_id"], *_order(row)))
        unseen = f"AvePoint lists no connection of tenant {tenant}: it may not know a tenant of this id. Check tenant."
        return {
            "connections": rows,
            "count": len(rows),
            "complete": True,
            "warnings": [unseen] if tenant and not rows else [],
        }


def describe(record: Json) -> Json:
    """A row as users see it. UnreadableAnswerError for one that is not as documented."""
    ids = {name: _text(record, theirs).lower() for name, theirs in _IDS.items()}
    if not ids["connection"]:
        raise UnreadableAnswerError("AvePoint listed a connection without its id.")
    if ids["environment"].startswith(_DEFAULT):  # as the Power Platform writes it
        ids["environment"] = _DEFAULT.capitalize() + ids["environment"][len(_DEFAULT) :]
    row: Json = {
        **ids,
        **{name: _text(record, theirs) for name, theirs in _TEXTS.items()},
        **{name: _typed(record, theirs, int) for name, theirs in _COUNTS.items()},
        **{name: _names(record, theirs) for name, theirs in _LISTS.items()},
        "is_custom": _typed(record, "isCustom", bool),
        "owner": _owner(record),
    }
    row["tenant_id"] = row["tenant_id"].lower()
    row["connected"] = same_text(row["status"], _CONNECTED)
    row[JOIN_KEY] = join_key(row["environment"], row["connector"], row["connection"])
    return row


def _owner(record: Json) -> Json | None:
    owner = {name: _text(record, theirs) for name, theirs in _OWNER.items()}
    owner["id"] = owner["id"].lower()
    return owner if any(owner.values()) else None


def _is_of(row: Json, tenant: str) -> bool:
    """Whether a row is of the tenant that was asked for. Only ids tell; a row need not name its tenant."""
    return not is_guid(tenant) or row["tenant_id"] in ("", tenant.lower())


def _order(row: Json) -> tuple[str, ...]:
    names = ("environment_display_name", "connection_display_name")
    return (*(row[name].casefold() for name in names), row[JOIN_KEY])


def _text(record: Json, name: str) -> str:
    return _typed(record, name, str) or ""


def _names(record: Json, name: str) -> list[str]:
    names = _typed(record, name, list) or []
    if not all(isinstance(item, str) for item in names):
        raise _odd(record, name)
    return list(names)


def _typed(record: Json, name: str, kind: type) -> Any:
    """A member of the documented type; None where it is missing or null."""
    value = record.get(name)
    if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise _odd(record, name)
    return value


def _odd(record: Json, name: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(f"AvePoint listed connection {record.get('id')}: its {name} is of another type.")


KIND = AvePointConnectionInfo()
