# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the Dataverse Web API is asked (contract: dataverse-connectors.md 1)."""

from __future__ import annotations

API = "/api/data/v9.2"
HEADERS = {"OData-MaxVersion": "4.0", "OData-Version": "4.0", "If-None-Match": "null"}
WRITING = {"OData-MaxVersion": "4.0", "OData-Version": "4.0", "Prefer": "return=representation"}


def literal(text: str) -> str:
    """A text as OData wants it: no quote in it can end it (contract 1.3)."""
    return "'" + text.replace("'", "''") + "'"
