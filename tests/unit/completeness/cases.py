# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to give each module so that it does all it can, against the contoso tenant. A module without a case fails.

The first call changes something (of a module that only reads: reads) and is given a name that is no longer right, so
that everything a result may hold is in it. The second one is refused by the service or cannot be right.
"""

from __future__ import annotations

from typing import Any, NamedTuple

_FINANCE = "e0000000-0000-4000-8000-000000000001"


class Case(NamedTuple):
    """Options of a call that succeeds and of one that fails; both without those of the connection."""

    works: dict[str, Any]
    fails: dict[str, Any]


CASES: dict[str, Case] = {
    "access_info": Case(
        works={"environments": [_FINANCE]},
        fails={"environments": ["Nowhere"]},
    ),
    "environment_info": Case(
        works={},
        fails={"environments": ["Nowhere"]},
    ),
    "flow_state": Case(
        works={
            "environment": _FINANCE,
            "environment_display_name": "Finance (old name)",
            "flow": "Month end report",
            "state": "started",
        },
        fails={"environment": _FINANCE, "flow": "Nowhere", "state": "stopped"},
    ),
    "powerapp_role": Case(
        works={
            "environment": "Finance Production",
            "app": "aa000000-0000-4000-8000-000000000011",
            "app_display_name": "Expenses (old name)",
            "exclusive": True,
            "assignments": [
                {"user": "lee@contoso.example", "role": "CanEdit"},
                {"group": "Finance Readers", "role": "CanView"},
                {"everyone": True, "role": "CanView"},
            ],
        },
        fails={"environment": "Finance Production", "app": "Nowhere", "everyone": True, "state": "absent"},
    ),
}
