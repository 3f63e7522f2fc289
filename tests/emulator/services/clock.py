# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the services write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> str:
    """UTC with seven fractional digits."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def seconds(time: str) -> str:
    """A time as the Power Platform API writes it: without a fraction."""
    return f"{time[:19]}Z"


def after(earlier: str, *, step: timedelta = timedelta(microseconds=1)) -> str:
    """Now, and later than `earlier` by a step whatever the clock does."""
    present = now()
    moment = datetime.fromisoformat(earlier[:26].rstrip("Z")).replace(tzinfo=UTC) + step
    if present >= moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z"):
        return present
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
