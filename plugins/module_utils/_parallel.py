# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads, for those few who may use them: the engine, and questions about many environments."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, TypeVar

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PowerPlatformError

WORKERS = 16

T = TypeVar("T")


def each(work: Callable[[T], None], items: Sequence[T]) -> None:
    """Does the work on every item, in threads where there are several."""
    if len(items) < 2:
        for item in items:
            work(item)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(WORKERS, len(items))) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                future.result()
        except BaseException as error:
            if not isinstance(error, Exception):  # an interruption: nothing more is begun
                pool.shutdown(cancel_futures=True)
            raise


class Once:
    """Answers that a run asks for once, however many of its threads want them. A failure is an answer, too."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locks: dict[Hashable, Lock] = {}
        self._answers: dict[Hashable, tuple[Any, PowerPlatformError | None]] = {}

    def __call__(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer of the first `ask` under that key. Raises what that one raised."""
        with self._lock:
            own = self._locks.setdefault(key, Lock())
        with own:
            if key not in self._answers:
                try:
                    self._answers[key] = ask(), None
                except PowerPlatformError as error:
                    self._answers[key] = None, error
        answer, failure = self._answers[key]
        if failure is not None:
            raise failure
        found: T = answer
        return found
