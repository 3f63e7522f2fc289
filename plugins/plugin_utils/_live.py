# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a long task is, in lines beside the output while it runs."""

from __future__ import annotations

from collections.abc import Callable

from ansible.utils.display import Display

from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Ticker

_display = Display()


class Lines:
    """Shows the lines. label: whose they are. ticker: when there is something to say, and what."""

    def __init__(self, label: str, ticker: Ticker) -> None:
        self._label = label
        self._ticker = ticker

    def __call__(self, step: str, done: int, total: int, /) -> None:
        """Notes that so many things of so many have gone through a step."""
        line = self._ticker.tick(step, done, total)
        if line is None:
            return
        left = "" if line["seconds_left"] is None else f", about {line['seconds_left']:.0f} s left"
        _display.display(
            f"{self._label}: {step} {done} of {total}, {line['requests']} requests, {line['seconds']:.0f} s{left}",
            stderr=True,  # where warnings go: the output may be read by a program
        )


def lines(label: str) -> Callable[[Callable[[], int]], Lines]:
    """Makes what shows the lines, from who counts the requests."""
    return lambda requests: Lines(label, Ticker(requests, ends=False))
