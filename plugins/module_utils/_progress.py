# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is: counted in one place, told to whoever wants to know."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol, TypeVar

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

T = TypeVar("T")

# Seconds between two lines.
INTERVAL = 2.0


class Watch(Protocol):
    """Who is told how far a run is."""

    def __call__(self, step: str, done: int, total: int, /) -> None:
        """The step, how many things are done, and of how many. One call at a time."""


class Progress:
    """Counts what the threads of a run have done."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self._lock = Lock()
        self._done: dict[str, int] = {}

    def through(self, step: str, work: Callable[[T], None], total: int) -> Callable[[T], None]:
        """The work, counted as a part of a step."""
        watch = self._watch
        if watch is None:
            return work
        watch(step, 0, total)

        def counted(item: T) -> None:
            work(item)
            with self._lock:
                self._done[step] = self._done.get(step, 0) + 1
                watch(step, self._done[step], total)

        return counted


class Ticker:
    """Says now and then how far a run is. requests: says how many requests were sent so far.

    ends: whether the first and the last thing of a step are always told; else a run is silent for one interval.
    clock: seconds from any moment.
    """

    def __init__(self, requests: Callable[[], int], *, ends: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._requests = requests
        self._ends = ends
        self._clock = clock
        self._began: dict[str, float] = {}
        self._told = clock()

    def tick(self, step: str, done: int, total: int) -> Json | None:
        """What there is to say of a step; None when it is too early."""
        now = self._clock()
        began = self._began.setdefault(step, now)
        if now - self._told < INTERVAL and not (self._ends and done in (0, total)):
            return None
        self._told = now
        spent = now - began
        return {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "step": step,
            "done": done,
            "of": total,
            "left": total - done,
            "requests": self._requests(),
            "seconds": round(spent, 1),
            "seconds_left": round(spent / done * (total - done), 1) if done else None,
        }
