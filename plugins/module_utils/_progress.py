# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is: counted in one place, told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol, TypeVar

T = TypeVar("T")


class Watch(Protocol):
    """Who is told how far a run is: the step, how many things are done, and of how many. One call at a time."""

    def __call__(self, step: str, done: int, total: int, /) -> None: ...


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
