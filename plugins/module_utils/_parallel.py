# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads, for those few who may use them: the engine, and questions about many environments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

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
        for future in [pool.submit(work, item) for item in items]:
            future.result()
