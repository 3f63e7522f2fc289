# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of an organisation: their columns, limits and labels (dataverse-connectors.md 1.4, 2 and 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .dataverse_filter import BOOLEAN, DATE, GUID, NUMBER, TEXT

OTHER = ""  # columns that no filter takes
COMPONENT_TYPE = 372  # of `connector`. ASSUMED: sources disagree between 372 and 371 (3.3)
WORKFLOW_COMPONENT = 29  # of `workflow` (flow-management.md 9)
CAPABILITIES = {
    "composite": 118690000,
    "tabular": 118690001,
    "blob": 118690002,
    "gateway": 118690003,
    "cloud": 118690004,
    "actions": 118690005,
}


@dataclass(frozen=True, slots=True)
class Table:
    """`kinds`: every column that is answered. `lookups`: navigation property to the column and the set it leads to."""

    set: str
    logical: str
    schema: str
    key: str
    title: str
    kinds: dict[str, str]
    lookups: dict[str, tuple[str, str]] = field(default_factory=dict)
    labels: dict[str, dict[Any, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Writable:
    """How a column is written: its form, and the longest text."""

    form: str
    longest: int = 0


_OWNED = {
    "ownerid": ("_ownerid_value", "systemusers"),
    "owninguser": ("_owninguser_value", "systemusers"),
    "owningteam": ("_owningteam_value", "teams"),
    "createdby": ("_createdby_value", "systemusers"),
    "modifiedby": ("_modifiedby_value", "systemusers"),
}
_OWNED_KINDS = {
    "_ownerid_value": GUID,
    "_owninguser_value": GUID,
    "_owningteam_value": GUID,
    "_owningbusinessunit_value": GUID,
    "_createdby_value": GUID,
    "_createdonbehalfby_value": GUID,
    "_modifiedby_value": GUID,
    "_modifiedonbehalfby_value": GUID,
    "createdon": DATE,
    "modifiedon": DATE,
    "versionnumber": NUMBER,
    "statecode": NUMBER,
    "statuscode": NUMBER,
    "ismanaged": BOOLEAN,
    "solutionid": GUID,
    "componentstate": NUMBER,
}
_STATES: dict[str, dict[Any, str]] = {
    "statecode": {0: "Active", 1: "Inactive"},
    "statuscode": {1: "Active", 2: "Inactive"},
    "ismanaged": {False: "Unmanaged", True: "Managed"},
    "componentstate": {0: "Published", 1: "Unpublished", 2: "Deleted", 3: "Deleted Unpublished"},
}

CONNECTORS = Table(
    "connectors",
    "connector",
    "Connector",
    "connectorid",
    "name",
    {
        "connectorid": GUID,
        "name": TEXT,
        "displayname": TEXT,
        "description": TEXT,
        "connectortype": NUMBER,
        "openapidefinition": TEXT,
        "connectionparameters": TEXT,
        "connectionparametersets": TEXT,
        "policytemplateinstances": TEXT,
        "scriptoperations": TEXT,
        "customcodeblobcontent": TEXT,
        "capabilities": OTHER,
        "connectorinternalid": TEXT,
        "iconblob": OTHER,
        "iconblob_timestamp": NUMBER,
        "iconblob_url": TEXT,
        "iconblobid": GUID,
        "iconbrandcolor": TEXT,
        "interfaces": TEXT,
        "introducedversion": TEXT,
        "iscustomizable": OTHER,
        "_extensionassemblyid_value": GUID,
        "importsequencenumber": NUMBER,
        "timezoneruleversionnumber": NUMBER,
        "utcconversiontimezonecode": NUMBER,
        "overriddencreatedon": DATE,
        "connectoridunique": GUID,
        "overwritetime": DATE,
        "owneridtype": TEXT,
        **_OWNED_KINDS,
    },
    _OWNED,
    {
        **_STATES,
        "connectortype": {0: "NotSpecified", 1: "CustomConnector", 2: "ConnectionLess"},
        "capabilities": {number: name for name, number in CAPABILITIES.items()},
    },
)
WRITABLE: dict[str, Writable] = {
    "connectorid": Writable("guid"),
    "name": Writable("text", 500),
    "displayname": Writable("text", 200),
    "description": Writable("text", 1000),
    "connectortype": Writable("type"),
    "openapidefinition": Writable("definition", 1_000_000),
    "connectionparameters": Writable("json", 500_000),
    "connectionparametersets": Writable("json", 500_000),
    "policytemplateinstances": Writable("json", 500_000),
    "scriptoperations": Writable("json", 500_000),
    "customcodeblobcontent": Writable("text", 500_000),
    "capabilities": Writable("capabilities"),
    "iconbrandcolor": Writable("text", 100),
    "interfaces": Writable("text", 4000),
    "introducedversion": Writable("text", 48),
    "iscustomizable": Writable("managed"),
    "statecode": Writable("state"),
}
WORKFLOWS = Table(
    "workflows",
    "workflow",
    "Workflow",
    "workflowid",
    "name",
    {
        "workflowid": GUID,
        "workflowidunique": GUID,
        "name": TEXT,
        "description": TEXT,
        "category": NUMBER,
        "type": NUMBER,
        "primaryentity": TEXT,
        "clientdata": TEXT,
        **_OWNED_KINDS,
    },
    _OWNED,
    {
        **_STATES,
        "statecode": {0: "Draft", 1: "Activated", 2: "Suspended"},
        "statuscode": {1: "Draft", 2: "Activated", 3: "CompanyDLPViolation"},
        "category": {5: "Modern Flow"},
        "type": {1: "Definition"},
    },
)
SYSTEM_USERS = Table(
    "systemusers",
    "systemuser",
    "SystemUser",
    "systemuserid",
    "fullname",
    {
        "systemuserid": GUID,
        "fullname": TEXT,
        "domainname": TEXT,
        "internalemailaddress": TEXT,
        "azureactivedirectoryobjectid": GUID,
        "isdisabled": BOOLEAN,
        "applicationid": GUID,
        "_businessunitid_value": GUID,
        "versionnumber": NUMBER,
    },
    labels={"isdisabled": {False: "Enabled", True: "Disabled"}},
)
TEAMS = Table(
    "teams",
    "team",
    "Team",
    "teamid",
    "name",
    {
        "teamid": GUID,
        "name": TEXT,
        "azureactivedirectoryobjectid": GUID,
        "teamtype": NUMBER,
        "_businessunitid_value": GUID,
        "versionnumber": NUMBER,
    },
    labels={"teamtype": {0: "Owner", 1: "Access", 2: "AAD Security Group", 3: "AAD Office Group"}},
)
SOLUTIONS = Table(
    "solutions",
    "solution",
    "Solution",
    "solutionid",
    "friendlyname",
    {
        "solutionid": GUID,
        "uniquename": TEXT,
        "friendlyname": TEXT,
        "ismanaged": BOOLEAN,
        "isvisible": BOOLEAN,
        "version": TEXT,
        "_publisherid_value": GUID,
        "versionnumber": NUMBER,
    },
    {"publisherid": ("_publisherid_value", "publishers")},
)
PUBLISHERS = Table(
    "publishers",
    "publisher",
    "Publisher",
    "publisherid",
    "friendlyname",
    {
        "publisherid": GUID,
        "uniquename": TEXT,
        "friendlyname": TEXT,
        "customizationprefix": TEXT,
        "versionnumber": NUMBER,
    },
)
COMPONENTS = Table(
    "solutioncomponents",
    "solutioncomponent",
    "SolutionComponent",
    "solutioncomponentid",
    "solutioncomponentid",
    {
        "solutioncomponentid": GUID,
        "componenttype": NUMBER,
        "objectid": GUID,
        "rootcomponentbehavior": NUMBER,
        "_solutionid_value": GUID,
        "versionnumber": NUMBER,
    },
    {"solutionid": ("_solutionid_value", "solutions")},
)
DEFINITIONS = Table(
    "solutioncomponentdefinitions",
    "solutioncomponentdefinition",
    "SolutionComponentDefinition",
    "solutioncomponentdefinitionid",
    "name",
    {
        "solutioncomponentdefinitionid": GUID,
        "name": TEXT,
        "primaryentityname": TEXT,
        "solutioncomponenttype": NUMBER,
        "versionnumber": NUMBER,
    },
)
TABLES: dict[str, Table] = {
    table.set: table
    for table in (
        CONNECTORS,
        WORKFLOWS,
        SYSTEM_USERS,
        TEAMS,
        SOLUTIONS,
        PUBLISHERS,
        COMPONENTS,
        DEFINITIONS,
    )
}
BY_LOGICAL: dict[str, Table] = {table.logical: table for table in TABLES.values()}
