# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a host may be asked.

`adaptive` is a gate of this process: some requests in flight, fewer after a 429, slowly more again. The named profiles
are the limits that the vendors document for their connectors (auth-clouds-throttling.md 4.1); `_pace_shared.py` keeps
them among all processes of a user.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import Any, NamedTuple, Protocol

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import DeadlineError, OptionError

ADAPTIVE = "adaptive"
_MOST = 16
_CALM = 20  # unthrottled requests before one more may be in flight
_MOST_CALLS = 10_000  # every call is a line of the shared file
_LONGEST = 86_400


class Limit(NamedTuple):
    """At most `calls` in any `seconds`; `writes_only` counts what is not a GET."""

    calls: int
    seconds: float
    writes_only: bool = False


PROFILES: dict[str, tuple[Limit, ...]] = {
    "connector-1000": (Limit(1000, 60),),
    "connector-100": (Limit(100, 60), Limit(300, 3600, True)),
    "connector-5": (Limit(5, 60), Limit(300, 3600, True)),
}


class Gate(Protocol):
    """Every request to a host passes here: `enter`, send, `leave`, whatever became of it."""

    def enter(self, write: bool, deadline: float, /) -> Any:
        """Block until the request may be sent; `deadline` is on the monotonic clock.

        Raises DeadlineError as soon as it is known that the turn would come too late.
        """

    def leave(self, ticket: Any, throttled: bool, pause: float, /) -> None:
        """The request is over; after a 429, nobody may enter for `pause` seconds."""


# By the host and the application that asks it, since the services count each of them apart.
Gates = dict[tuple[str, str], Gate]


def parse_share(share: str | None) -> int:
    """The n of "1/n"; 1 without one. Raises OptionError."""
    if share is None:
        return 1
    one, slash, count = share.partition("/")
    if one.strip() != "1" or not slash or not _whole(count.strip(), 10_000):
        raise OptionError("pace_share", 'must be "1/n" with a whole n from 1 to 10000.', value=share)
    return int(count)


def parse_pace(pace: str) -> tuple[Limit, ...]:
    """The limits of a profile or of figures "<calls>/<seconds>"; none for `adaptive`. Raises OptionError."""
    if pace == ADAPTIVE:
        return ()
    if pace in PROFILES:
        return PROFILES[pace]
    calls, _slash, seconds = (part.strip() for part in pace.partition("/"))
    if not _whole(calls, _MOST_CALLS) or not _whole(seconds, _LONGEST):
        raise OptionError(
            "pace",
            f'must be {ADAPTIVE}, {", ".join(PROFILES)}, or figures "<calls>/<seconds>" '
            f"with at most {_MOST_CALLS} calls and {_LONGEST} seconds.",
            value=pace,
        )
    return (Limit(int(calls), float(seconds)),)


def divide(limits: tuple[Limit, ...], parts: int) -> tuple[Limit, ...]:
    """The limits that each of `parts` may use, so that all together keep the whole ones.

    Where a limit has fewer calls than there are parts, a part has one call in a longer window.
    """
    return tuple(
        limit._replace(calls=limit.calls // parts)
        if limit.calls >= parts
        else limit._replace(calls=1, seconds=limit.seconds * parts / limit.calls)
        for limit in limits
    )


def too_late(host: str, wait: float, left: float) -> DeadlineError:
    """The error of a turn at `host` that would come after `wait` seconds (infinite: not known) with `left` to go."""
    turn = f"for {wait:.0f} s" if math.isfinite(wait) else "for other requests to end"
    return DeadlineError(
        f"The next request to {host} would have to wait {turn}, but the task's deadline is {max(left, 0):.0f} s away.",
        remedy="Raise `deadline`, or do less in one task; a wider `pace` helps only if the service allows it.",
    )


class Window:
    """How many requests may be in flight: pure, its caller brings the time and the lock."""

    def __init__(self, parts: int = 1) -> None:
        self.size = max(1, _MOST // parts)
        self.in_flight = 0
        self.closed_until = -math.inf
        self._most = self.size
        self._calm = 0
        self._cut = 0

    def wait(self, now: float) -> float:
        """Seconds until a request may start: 0 at once, infinite when only the end of another one will tell."""
        if now < self.closed_until:
            return self.closed_until - now
        return 0.0 if self.in_flight < self.size else math.inf

    def start(self) -> int:
        """Count one more in flight; the ticket says before which cut it started."""
        self.in_flight += 1
        return self._cut

    def finish(self, ticket: int, now: float, throttled: bool, pause: float) -> None:
        """Count one less in flight and learn from how it ended."""
        self.in_flight -= 1
        if not throttled:
            self._calm += 1
            if self._calm >= _CALM and self.size < self._most:
                self.size += 1
                self._calm = 0
            return
        self._calm = 0
        self.closed_until = max(self.closed_until, now + pause)
        # Requests that were already under way when the window was cut say nothing new about it.
        if ticket == self._cut:
            self._cut += 1
            self.size = max(1, self.size // 2)


class AdaptiveGate:
    """A window with a queue in front: threads enter in the order in which they came."""

    def __init__(self, host: str, parts: int = 1) -> None:
        self._host = host
        self._window = Window(parts)
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()

    def enter(self, _write: bool, deadline: float, /) -> int:
        with self._lock:
            if not self._queue and self._window.wait(time.monotonic()) == 0:
                return self._window.start()
            turn = threading.Event()
            self._queue.append(turn)
        try:
            while True:
                with self._lock:
                    now = time.monotonic()
                    wait = self._window.wait(now)
                    first = self._queue[0] is turn
                    if first and wait == 0:
                        return self._window.start()
                    if now >= deadline or deadline < self._window.closed_until:
                        raise too_late(self._host, wait or math.inf, deadline - now)
                    turn.clear()
                pause = min(wait if first else math.inf, deadline - now)
                turn.wait(pause if math.isfinite(pause) else None)
        finally:
            with self._lock:
                self._queue.remove(turn)
                self._wake()

    def leave(self, ticket: Any, throttled: bool, pause: float, /) -> None:
        with self._lock:
            self._window.finish(ticket, time.monotonic(), throttled, pause)
            self._wake()

    def _wake(self) -> None:
        if self._queue:
            self._queue[0].set()


def _whole(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most
