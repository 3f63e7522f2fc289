# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`EntityDefinitions`: what clients read before the first row (dataverse-connectors.md 1.4)."""

from __future__ import annotations

import re
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from .dataverse_tables import BY_LOGICAL, TABLES, Table
from .organisation import Organisation

_NAMED = re.compile(r"\b(?P<member>LogicalName|EntitySetName|SchemaName)\s+eq\s+'(?P<value>[^']*)'", re.IGNORECASE)
_KEY = re.compile(r"EntityDefinitions\((?:LogicalName='(?P<name>\w+)'|(?P<id>[0-9a-fA-F-]{36}))\)", re.IGNORECASE)
_PICKLISTS = "microsoft.dynamics.crm.picklistattributemetadata"


def answer(call: Call, organisation: Organisation, rest: list[str]) -> Reply | None:
    """The reply for a path of metadata; None for any other one."""
    base = f"{call.base}/api/data/{call.segments[2]}/$metadata"
    if rest[0].lower() == "entitydefinitions" and len(rest) == 1:
        found = [_shaped(call, entity(organisation, table)) for table in _asked(call)]
        return Reply(200, {"@odata.context": f"{base}#EntityDefinitions", "value": found})
    match = _KEY.fullmatch(rest[0])
    if match is None:
        return None
    table = next(
        (
            table
            for table in TABLES.values()
            if table.logical == (match["name"] or "").lower()
            or _metadata_id(organisation, table) == (match["id"] or "").lower()
        ),
        None,
    )
    if table is None:
        text = f"Could not find an entity with name {match['name'] or match['id']}."
        raise ServiceError(404, envelopes.NO_ROW, text)
    if len(rest) == 1:
        shaped = _shaped(call, entity(organisation, table))
        return Reply(200, {"@odata.context": f"{base}#EntityDefinitions/$entity", **shaped})
    if [part.lower() for part in rest[1:]] == ["attributes", _PICKLISTS]:
        return Reply(200, {"@odata.context": f"{base}#Attributes", "value": _picklists(organisation, table)})
    return None


def _asked(call: Call) -> list[Table]:
    """By name where the filter compares one; longer filters are not evaluated."""
    named = [(match["member"].lower(), match["value"]) for match in _NAMED.finditer(call.query.get("$filter") or "")]
    if not named:
        return list(TABLES.values())
    members = {"logicalname": "logical", "entitysetname": "set", "schemaname": "schema"}
    return [
        table
        for table in BY_LOGICAL.values()
        if any(str(getattr(table, members[member])) == value for member, value in named)
    ]


def _metadata_id(organisation: Organisation, table: Table) -> str:
    return organisation.identifier("metadata", table.logical)


def entity(organisation: Organisation, table: Table) -> dict[str, Any]:
    def managed(name: str, value: bool) -> dict[str, Any]:
        return {"Value": value, "CanBeChanged": False, "ManagedPropertyLogicalName": name}

    label = {"LocalizedLabels": [{"Label": table.schema, "LanguageCode": 1033}]}
    return {
        "MetadataId": _metadata_id(organisation, table),
        "LogicalName": table.logical,
        "SchemaName": table.schema,
        "EntitySetName": table.set,
        "LogicalCollectionName": table.set,
        "PrimaryIdAttribute": table.key,
        "PrimaryNameAttribute": table.title,
        "DisplayName": label,
        "IsCustomEntity": False,
        "IsManaged": True,
        "IsActivity": False,
        "IsIntersect": False,
        "IsPrivate": False,
        "IsLogicalEntity": False,
        "DataProviderId": None,
        "OwnershipType": "UserOwned" if "_ownerid_value" in table.kinds else "OrganizationOwned",
        "IsCustomizable": managed("iscustomizable", True),
        "IsRenameable": managed("isrenameable", False),
        "CanCreateAttributes": managed("cancreateattributes", False),
    }


def _shaped(call: Call, found: dict[str, Any]) -> dict[str, Any]:
    """ASSUMED: members that the emulator has not come as null."""
    wanted = [part.strip() for part in (call.query.get("$select") or "").split(",") if part.strip()]
    return {name: found.get(name) for name in dict.fromkeys([*wanted, "MetadataId"])} if wanted else found


def _picklists(organisation: Organisation, table: Table) -> list[dict[str, Any]]:
    """Choices of one value: states and yes-or-no columns are other kinds of attributes."""
    chosen = {name: table.labels[name] for name in ("connectortype", "category") if name in table.labels}
    return [
        {
            "LogicalName": name,
            "MetadataId": organisation.identifier("metadata", f"{table.logical}/{name}"),
            "OptionSet": {
                "Options": [
                    {"Value": value, "Label": {"LocalizedLabels": [{"Label": label, "LanguageCode": 1033}]}}
                    for value, label in labels.items()
                ]
            },
        }
        for name, labels in chosen.items()
    ]
