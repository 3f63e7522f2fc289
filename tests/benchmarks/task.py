# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task as a module: an unchanged powerapp_role against a module that imports requests and does nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.emulator.control import Emulator

from . import playbook
from .bulk import connection
from .row import Row

ITEMS = 20
_UNCHANGED = {
    "environment": "e0000000-0000-4000-8000-000000000001",
    "app": "aa000000-0000-4000-8000-000000000011",
    "user": "a0000000-0000-4000-8000-000000000002",
    "role": "CanEdit",
}


def rows(rounds: int) -> list[Row]:
    """The time of one item of a loop, start-up not counted."""
    with Emulator.start() as emulator, tempfile.TemporaryDirectory() as folder:
        reach = {name: value for name, value in connection(emulator).items() if name in ("base_url", "ca_path")}
        ready = {**reach, "auth_method": "access_token", "access_tokens": {"powerapps": emulator.token()}}
        books = {
            "noop": _book(folder, "noop", {"noop_requests": {}}),
            "ready token": _book(folder, "ready", _task(ready)),
            "client secret": _book(folder, "secret", _task(connection(emulator))),
        }
        times: dict[str, list[float]] = {name: [] for name in books}
        for _round in range(rounds):
            for name, book in books.items():
                started, whole = (playbook.seconds(book, in_controller=False, items=items) for items in (0, ITEMS))
                times[name].append((whole - started) / ITEMS)
    milliseconds = {name: [round(1000 * value, 1) for value in values] for name, values in times.items()}
    base = median(times["noop"])
    return [
        Row("one unchanged task, ready token / no-op with requests", median(times["ready token"]) / base, target=1.15),
        Row(
            "one unchanged task, client secret / no-op with requests",
            median(times["client secret"]) / base,
            target=1.15,
            behind=milliseconds,
        ),
    ]


def _task(login: dict[str, Any]) -> dict[str, Any]:
    return {"powerops.powerplatform.powerapp_role": {**login, **_UNCHANGED}}


def _book(folder: str, name: str, task: dict[str, Any]) -> Path:
    """A playbook that runs the task in a loop of `items`."""
    return playbook.written(folder, name, {**task, "loop": "{{ range(items | int) | list }}"})
