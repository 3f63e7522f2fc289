# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules as users run them, by ansible-playbook at -vvvv: results, and everything printed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

TIMEOUT = 120.0


class Played(NamedTuple):
    """`results`: of each task that registers something."""

    status: int
    output: str
    results: Mapping[str, Mapping[str, Any]]


def play(
    tasks: Sequence[Mapping[str, Any]],
    folder: Path,
    environment: Mapping[str, str],
) -> Played:
    """Runs tasks one after the other. A failed task that ignores errors does not end the play."""
    folder.mkdir(parents=True)
    registered = [task["register"] for task in tasks if "register" in task]
    answer = folder / "results.json"
    written = {
        "ansible.builtin.copy": {
            "dest": str(answer),
            "content": "{{ {" + ", ".join(f"'{name}': {name}" for name in registered) + "} | to_json }}",
            "mode": "0600",
        }
    }
    shown = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [*tasks, written],
    }
    playbook = folder / "playbook.yml"
    playbook.write_text(json.dumps([shown]), encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-vvvv", "-i", "localhost,", str(playbook)],
        cwd=folder,
        env={
            **environment,
            # What could hold a secret is asked for.
            "ANSIBLE_INJECT_INVOCATION": "true",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        },
        timeout=TIMEOUT,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    results = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else {}
    return Played(done.returncode, done.stdout + done.stderr, results)
