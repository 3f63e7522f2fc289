# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments that are accepted as unreadable, with a reason and an end. Pure but for the date of today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import fits

EXPECTED_OPTIONS: dict[str, Json] = {
    "expected_unreadable": {
        "type": "list",
        "elements": "dict",
        "options": {
            "environment": {"type": "str", "required": True},
            "reason": {"type": "str", "required": True},
            "expires": {"type": "str", "required": True},
        },
    },
}


class Expected(NamedTuple):
    """An entry of expected_unreadable. `expires` is the last day, in UTC, on which it counts."""

    environment: str
    reason: str
    expires: date
    expired: bool

    @property
    def warning(self) -> str:
        """What to say of an entry that no longer counts."""
        if not self.expired:
            return ""
        return f"expected_unreadable: the entry for {self.environment} expired on {self.expires}: {self.reason}"

    def covers(self, environment: Thing) -> bool:
        """Whether it speaks of this environment, and still counts."""
        return not self.expired and fits(self.environment, environment)


def parse_expected(options: Mapping[str, Any]) -> tuple[Expected, ...]:
    """The entries. OptionError for one that says nothing or whose day cannot be read."""
    today = datetime.now(UTC).date()
    found = []
    for index, row in enumerate(options["expected_unreadable"] or ()):
        place = f"expected_unreadable[{index}]"
        for name in ("environment", "reason"):
            if not row[name].strip():
                raise OptionError(f"{place}.{name}", "it is empty.", remedy="Say which environment, and why.")
        try:
            expires = date.fromisoformat(row["expires"].strip())
        except ValueError as error:
            raise OptionError(
                f"{place}.expires", "it is no date.", value=row["expires"], remedy="Give the last day, as 2026-12-31."
            ) from error
        found.append(Expected(row["environment"], row["reason"], expires, expires < today))
    return tuple(found)


def expectation(expected: Sequence[Expected], environment: Thing) -> Json:
    """Whether an environment is accepted as unknown, and why."""
    for entry in expected:
        if entry.covers(environment):
            return {"expected": True, "reason": entry.reason, "expires": entry.expires.isoformat()}
    return {"expected": False, "reason": None, "expires": None}
