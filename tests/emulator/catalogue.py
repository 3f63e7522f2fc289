# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connectors that every environment has: a dozen of the real thousand, and what their connections need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CERTIFICATE_SET = "CertOauth"  # power-platform-api.md 4.7: needs no consent
# Names of parameters that are secret in every connector, whatever the catalogue knows of it.
SECRET_NAME = re.compile(
    r"secret|password|credential|certificate|^token$|(?:access|account|api|shared|private)_?key$|connection_?string"
    r"|sastoken|^pfx$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """`oauth`: a user has to consent. `secrets`, `parameters`: names of the parameters of a connection."""

    id: str
    name: str
    tier: str = "Standard"
    oauth: bool = True
    secrets: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    publisher: str = "Microsoft"
    release_tag: str = "Production"


_SETS = ("Oauth", CERTIFICATE_SET)
_TABLE = (
    BuiltIn("shared_sql", "SQL Server", "Premium", False, ("password",), ("server", "database", "username")),
    BuiltIn("shared_sharepointonline", "SharePoint"),
    BuiltIn("shared_office365", "Office 365 Outlook"),
    BuiltIn("shared_office365users", "Office 365 Users"),
    BuiltIn("shared_commondataservice", "Microsoft Dataverse (legacy)", "Premium", sets=_SETS),
    BuiltIn("shared_approvals", "Approvals"),
    BuiltIn("shared_azureblob", "Azure Blob Storage", "Premium", False, ("accessKey",), ("accountName",)),
    BuiltIn("shared_teams", "Microsoft Teams"),
    BuiltIn("shared_excelonlinebusiness", "Excel Online (Business)"),
    BuiltIn("shared_sendmail", "Mail", oauth=False),
    BuiltIn(
        "shared_keyvault", "Azure Key Vault", "Premium", parameters=("vaultName",), sets=("Oauth", CERTIFICATE_SET)
    ),
    BuiltIn("shared_servicebus", "Service Bus", "Premium", False, ("connectionString",)),
)
CATALOGUE: dict[str, BuiltIn] = {item.id: item for item in _TABLE}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a connection of a connector needs before it is connected."""

    connector: str
    title: str
    oauth: bool
    secrets: tuple[str, ...]

    def is_secret(self, name: str) -> bool:
        return name.lower() in {item.lower() for item in self.secrets} or bool(SECRET_NAME.search(name))


def needs_of_built_in(item: BuiltIn) -> Needs:
    return Needs(item.id, item.name, item.oauth, item.secrets)


def needs_of_custom(connector: str, title: str, swagger: Mapping[str, Any]) -> Needs:
    """By the security definitions of the swagger; without one nothing is needed."""
    definitions = swagger.get("securityDefinitions")
    kinds = [item.get("type") for item in definitions.values()] if isinstance(definitions, dict) else []
    secrets = tuple(name for kind, name in (("apiKey", "api_key"), ("basic", "password")) if kind in kinds)
    return Needs(connector, title, "oauth2" in kinds, secrets)
