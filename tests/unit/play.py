# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the emulator, as users run them; the fixture `play` is in conftest.py."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.demo import ansible, connection, environment
from tests.tools.stage import COLLECTION, ROOT, live_view

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s", re.MULTILINE)
# Longer than any playbook here takes, so that one that hangs fails with what it printed.
TIMEOUT = 300


def example_variables(emulator: Emulator) -> dict[str, str]:
    """What the examples in the documentation read from the environment."""
    return {
        "ADMIN_TOKEN": emulator.token(client="delegated"),
        "USER_TOKEN": emulator.token(client="delegated"),
        "USER_FLOW_TOKEN": emulator.token("https://service.flow.microsoft.com//.default", client="delegated"),
        "INVOICES_ACCESS_KEY": "the-access-key-of-the-example",
        "LEDGER_PASSWORD": "the-password-of-the-example",
        "AVEPOINT_DATA_CENTER": "we",
        "AVEPOINT_CLIENT_ID": emulator.avepoint()["client_id"],
        "AVEPOINT_CLIENT_SECRET": emulator.avepoint()["client_secret"],
    }


class Play:
    """ansible-playbook against the emulator; gives how many tasks were ok, and how many of these changed something.

    emulator: the tenant. printed: all that the last run printed.
    """

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.printed = ""
        # Under ansible-test the repository lies where a collection belongs; elsewhere a link makes it so.
        installed = ROOT.parts[-3:] == COLLECTION.parts
        collections = ROOT.parents[2] if installed else live_view()
        self.variables = environment(collections, folder / "home", os.environ) | connection(emulator)
        self.variables |= example_variables(emulator)

    def __call__(self, playbook: Path, *arguments: str) -> tuple[int, int]:
        """Of a playbook for this machine alone."""
        return self.hosts(playbook, *arguments)["localhost"]

    def hosts(self, playbook: Path, *arguments: str) -> dict[str, tuple[int, int]]:
        """Of each host."""
        self.run("playbook", playbook.parent, playbook.name, *arguments)
        return {host: (int(ok), int(changed)) for host, ok, changed in RECAP.findall(self.printed)}

    def run(self, program: str, folder: Path, *arguments: str) -> str:
        """What an Ansible program gives, started in a folder with the settings that lie there."""
        settings = folder / "ansible.cfg"
        done = subprocess.run(
            ansible(program, *arguments),
            cwd=folder,
            env=self.variables | ({"ANSIBLE_CONFIG": str(settings)} if settings.exists() else {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        self.printed = done.stdout + done.stderr
        assert done.returncode == 0, self.printed
        return done.stdout
