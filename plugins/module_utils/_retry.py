# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request may be sent again, and when (auth-clouds-throttling.md 4.3). Pure but for the jitter."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation

THROTTLED = 429
_OFTEN = frozenset({502, 503, 504})
_READS = frozenset({408, 425, 500})


@dataclass(frozen=True)
class RetryPolicy:
    """Caps and delays in seconds.

    attempts: how often one request is sent at most, a renewed token not counted. total: of all its waits together.
    base: first delay, doubled each time; throttle_base: the same after a 429 that names no time.
    longest: cap of a delay; longest_asked: cap of a `Retry-After`.
    """

    attempts: int = 8
    total: float = 900
    base: float = 1
    throttle_base: float = 10
    longest: float = 60
    longest_asked: float = 300

    def delay(self, attempt: int, status: int | None, asked: float | None) -> float:
        """Seconds to wait after attempt number `attempt` (from 1), of which the service asked for `asked`."""
        if asked is not None:
            return min(asked, self.longest_asked)
        base = self.throttle_base if status == THROTTLED else self.base
        # Jitter keeps the threads and processes of one run from coming back together.
        return min(self.longest, base * 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25)


def reads(operation: Operation) -> bool:
    """Whether the operation changes nothing, whatever its method."""
    return operation.safe or operation.reads_only


def repeats_status(operation: Operation, status: int) -> bool:
    """Whether a request that was answered with this status may be sent again as it is."""
    if status == THROTTLED:  # refused before it was executed
        return True
    if status in _OFTEN:
        return reads(operation) or operation.repeatable
    return status in _READS and reads(operation)


def repeats_lost(operation: Operation) -> bool:
    """Whether a request whose answer never came may be sent again."""
    return reads(operation) or operation.repeatable


def claims_of(challenge: str) -> str | None:
    """The decoded `claims=` of a WWW-Authenticate header (auth-clouds-throttling.md 4.3).

    None without one, and for one that is no JSON object, which no login service would take.
    """
    match = re.search(r'\bclaims="?([\w+/=-]+)', challenge)
    if match is None:
        return None
    import binascii  # for the rare challenge
    import json
    from base64 import urlsafe_b64decode

    text = match[1].rstrip("=").replace("+", "-").replace("/", "_")
    try:
        claims = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        return claims if isinstance(json.loads(claims), dict) else None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
