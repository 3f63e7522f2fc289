# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task: an unchanged powerapp_role against a module that imports requests and does nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.emulator.control import Emulator
from tests.tools.stage import live_view

from .bulk import connection
from .row import Row

LIBRARY = Path(__file__).parent / "library"
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
            "noop": _playbook(folder, "noop", {"noop_requests": {}}),
            "ready token": _playbook(folder, "ready", _task(ready)),
            "client secret": _playbook(folder, "secret", _task(connection(emulator))),
        }
        times: dict[str, list[float]] = {name: [] for name in books}
        for _round in range(rounds):
            for name, book in books.items():
                times[name].append((_seconds(book, ITEMS) - _seconds(book, 0)) / ITEMS)
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


def _playbook(folder: str, name: str, task: dict[str, Any]) -> Path:
    """A playbook (JSON is YAML) that runs the task in a loop of `items`."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [{"name": name, **task, "loop": "{{ range(items | int) | list }}"}],
    }
    path = Path(folder, f"{name}.yml")
    path.write_text(json.dumps([play]), encoding="utf-8")
    return path


def _seconds(book: Path, items: int) -> float:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "POWER_PLATFORM_"))}
    environment = {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(live_view()),
        "ANSIBLE_LIBRARY": str(LIBRARY),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(book), "-e", f"items={items}"]
    start = time.perf_counter()
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if process.returncode or "changed=0" not in process.stdout:
        sys.exit(f"{book.name} did not end unchanged:\n{process.stdout}\n{process.stderr}")
    return seconds
