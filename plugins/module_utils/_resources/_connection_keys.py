# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By what rows of several sources are known to be about one connection."""

from __future__ import annotations

JOIN_KEY = "join_key"


def join_key(environment: str, connector: str, connection: str) -> str:
    """The ids of a connection and of what it belongs to; the sources do not agree about upper and lower case."""
    return "/".join((environment, connector, connection)).lower()
