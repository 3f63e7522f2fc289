# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that are measured: whole runs of ansible-playbook, with nothing of this machine's own configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.tools.stage import live_view

Json = dict[str, Any]

LIBRARY = Path(__file__).parent / "library"


def written(folder: str, name: str, task: Json, **more: Any) -> Path:
    """A playbook (JSON is YAML) of one task, for this machine and the Python that runs Ansible. more: of the play."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "tasks": [{"name": name, **task}],
        **more,
    }
    play["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", **more.get("vars", {})}
    path = Path(folder, f"{name}.yml")
    path.write_text(json.dumps([play]), encoding="utf-8")
    return path


def seconds(book: Path, *, in_controller: bool, changes: bool = False, **variables: Any) -> float:
    """How long a run takes that must succeed. in_controller: whether tasks may run inside the controller.

    changes: whether the task must change something.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "POWER_PLATFORM_"))}
    environment = {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(live_view()),
        "ANSIBLE_LIBRARY": str(LIBRARY),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "POWER_PLATFORM_IN_CONTROLLER": str(in_controller).lower(),
    }
    ansible = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [ansible, str(book), "--extra-vars", json.dumps(variables)]
    start = time.perf_counter()
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - start
    if process.returncode or f"changed={int(changes)} " not in process.stdout:
        expected = "changed" if changes else "unchanged"
        sys.exit(f"{book.name} did not end {expected}:\n{process.stdout}\n{process.stderr}")
    return spent
