# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one documented operation of a service is: the data that `_api/` declares and `_http.py` obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

BAP = "bap"
POWERAPPS = "powerapps"
FLOW = "flow"
GRAPH = "graph"
POWER_PLATFORM = "power_platform"
DATAVERSE = "dataverse"
# Not Microsoft's: other hosts, tokens of its own (avepoint.md 1 and 2).
AVEPOINT = "avepoint"

# Whose host an operation is sent to: the service's one, or one that an environment or its organisation has of its own.
SERVICE_HOST = ""
ENVIRONMENT_HOST = "environment"
ORGANIZATION_HOST = "organization"

# In place of a path that the contract states: whoever uses the collection gives it.
USERS_PATH = "{path}"

APPLICATION = "application"
DELEGATED = "delegated"
ANY_TOKEN = frozenset({APPLICATION, DELEGATED})
USERS_TOKEN = frozenset({DELEGATED})


class Operation(NamedTuple):
    """One operation, as the contract states it.

    name: the vendor's operation id where there is one (`Edit-AdminAppRoleAssignment`), else a name in that style.
    service: which host and audience (`BAP`, `POWERAPPS`, ...).
    path: template whose `{segments}` are percent-encoded when filled in, or USERS_PATH.
    tokens: the kinds of token that the service takes; `tokens_assumed` when the contract only assumes it.
    repeatable: a write that may be sent again when its answer was lost.
    host: SERVICE_HOST, or the name of the value of `fill` that says to which host it is sent: an environment's id
    (power-platform-api.md 1) or an organisation's URL (dataverse-connectors.md 1).
    reads_only: a POST that changes nothing (also on the write guard's own list).
    list_key, page_key: of a listing, the member of a page that holds its items, and the parameter for its size.
    permission: what the identity must hold, in words for the remedy and for the permissions table.
    contract: the section that this stands on.
    """

    name: str
    service: str
    method: str
    path: str
    contract: str
    permission: str
    api_version: str = ""
    tokens: frozenset[str] = ANY_TOKEN
    tokens_assumed: bool = False
    repeatable: bool = False
    reads_only: bool = False
    host: str = SERVICE_HOST
    list_key: str = "value"
    page_key: str = "$top"

    @property
    def safe(self) -> bool:
        """Whether the method itself promises to change nothing."""
        return self.method in ("GET", "HEAD")

    def fill(self, values: Mapping[str, str]) -> str:
        """The path with every segment percent-encoded."""
        return self.path.format_map({name: quote(value, safe="") for name, value in values.items()})
