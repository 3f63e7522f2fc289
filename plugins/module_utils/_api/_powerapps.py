# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the PowerApps resource provider has its operations (contract: powerapps-admin.md 2.1 and 4).

The admin form has the environment in its path, the maker form in `$filter`.
"""

from __future__ import annotations

ADMIN = "/providers/Microsoft.PowerApps/scopes/admin/environments/{environment}"
MAKER = "/providers/Microsoft.PowerApps"
PAGE_SIZE = 250


def in_environment(environment: str) -> dict[str, str]:
    """The query that keeps a maker form to one environment."""
    return {"$filter": f"environment eq '{environment}'"}
