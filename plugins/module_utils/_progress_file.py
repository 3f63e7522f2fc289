# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a long run is, in a file that people can follow: a line of JSON now and then."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Ticker


class ProgressFile:
    """Writes the lines. requests: says how many requests were sent so far.

    Raises OptionError for a path that cannot be written, before anything is sent.
    """

    def __init__(self, path: str, requests: Callable[[], int]) -> None:
        self._ticker = Ticker(requests, ends=True)
        try:
            self._file = Path(path).expanduser().open("w", encoding="utf-8")
        except OSError as error:
            raise OptionError(
                "progress_path", f"it cannot be written: {error.strerror}.", value=path, remedy="Give another path."
            ) from error

    def __call__(self, step: str, done: int, total: int, /) -> None:
        """Notes that so many things of so many have gone through a step."""
        line = self._ticker.tick(step, done, total)
        if line is None:
            return
        # A disk that is full must not take the report of what was written with it.
        with suppress(OSError):
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        with suppress(OSError):
            self._file.close()
