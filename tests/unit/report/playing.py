# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that are run with the callback, and the reports that they leave."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.demo import ansible, connection, environment
from tests.tools.stage import COLLECTION, ROOT, live_view

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

Json = dict[str, Any]

CALLBACK = "powerops.powerplatform.drift_report"
FINANCE = "e0000000-0000-4000-8000-000000000001"
EXPENSES = "aa000000-0000-4000-8000-000000000011"
EXPORT = "f0000000-0000-4000-8000-000000000011"
KIM = "a0000000-0000-4000-8000-000000000002"
# Longer than any playbook here takes.
TIMEOUT = 300


class Audit:
    """ansible-playbook with the callback, in a folder of its own.

    printed: what the last run printed. variables: its environment.
    """

    def __init__(self, emulator: Emulator, folder: Path, home: Path) -> None:
        """home: a folder whose path is short, as ansible-core makes a socket below it."""
        self.folder = folder / "repository"
        self.folder.mkdir()
        self.printed = ""
        # Under ansible-test the repository lies where a collection belongs; elsewhere a link makes it so.
        collections = ROOT.parents[2] if ROOT.parts[-3:] == COLLECTION.parts else live_view()
        self.variables = environment(collections, home, os.environ) | connection(emulator)
        self.variables |= {"ANSIBLE_CALLBACKS_ENABLED": CALLBACK, "ANSIBLE_FORCE_COLOR": "false"}

    @property
    def path(self) -> Path:
        """Where the JSON report lies, unless it was told otherwise."""
        return self.folder / "drift-report.json"

    @property
    def findings(self) -> list[Json]:
        """Those of the report that the last run left."""
        found: list[Json] = self.report()["findings"]
        return found

    def report(self) -> Json:
        """The report that the last run left."""
        found: Json = json.loads(self.path.read_text(encoding="utf-8"))
        return found

    def play(self, *tasks: Json, check: bool = True, **play: Any) -> int:
        """Runs these tasks."""
        return self.plays([self.a_play(*tasks, **play)], check=check)

    @staticmethod
    def a_play(*tasks: Json, **play: Any) -> Json:
        """A play of these tasks."""
        return {
            "name": "Audit",
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            **play,
            "tasks": list(tasks),
        }

    def plays(self, plays: Sequence[Json], *, check: bool = True) -> int:
        """Runs these plays."""
        playbook = self.folder / "audit.yml"
        playbook.write_text(yaml.safe_dump(list(plays), sort_keys=False), encoding="utf-8")
        return self.run(playbook, check=check)

    def run(self, playbook: Path, *, check: bool = True, **variables: str) -> int:
        """Runs a playbook; gives the exit status."""
        done = subprocess.run(
            ansible("playbook", str(playbook), *(["--check"] if check else [])),
            cwd=self.folder,
            env=self.variables | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        # Warnings are broken into lines, wherever that is.
        self.printed = " ".join((done.stdout + done.stderr).split())
        return done.returncode


def flow_state(state: str = "started", **task: Any) -> Json:
    """A task that declares the state of a flow."""
    options = {"environment": FINANCE, "flow": EXPORT, "state": state}
    return {"name": "Run the export", "powerops.powerplatform.flow_state": options, **task}


def shown(findings: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Category, kind and name of each."""
    return [(row["category"], row["kind"], row["name"]) for row in findings]
