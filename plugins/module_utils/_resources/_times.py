# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as people and services write them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError


def read_time(text: str) -> datetime | None:
    """A time with its zone as RFC 3339 has it; None for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def time_option(option: str, value: str) -> datetime:
    """The time that an option gives. OptionError for what is none."""
    moment = read_time(value)
    if moment is None:
        raise OptionError(
            option,
            "it is no time with a time zone.",
            value=value,
            remedy="Give it as in RFC 3339, such as 2026-03-01T09:30:00Z.",
        )
    return moment


def utc(moment: datetime) -> str:
    """A time in the form that filters of the services take."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
