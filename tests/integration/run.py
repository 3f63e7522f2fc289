# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The integration targets as a user would run them: ansible-playbook, the collection, an emulated tenant.

    python -m tests.integration.run [target...]

One emulator serves the whole run and is reset before every target. The connection reaches the tasks through the
POWER_PLATFORM_* environment variables. The same targets run under ansible-test, see the role `prepare_emulator`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.emulator.control import Emulator
from tests.tools.stage import ROOT, live_view

TARGETS = ROOT / "tests" / "integration" / "targets"
HELPERS = ("prepare_", "setup_")
LEADING_ASTRAY = ("ANSIBLE_", "AVEPOINT_", "AZURE_", "POWER_PLATFORM_")
WORK = ROOT / ".cache" / "integration"
# Longer than any target takes, so that one that hangs ends the run with its output.
TIMEOUT = 600.0


def targets() -> list[str]:
    """The folders that hold a target, without the roles that targets depend on."""
    names = (tasks.parent.name for tasks in TARGETS.glob("*/tasks"))
    return sorted(name for name in names if not name.startswith(HELPERS))


def environment(emulator: Emulator) -> dict[str, str]:
    """The caller's, without what would lead the tasks to another tenant or change how Ansible behaves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEADING_ASTRAY)}
    return kept | {
        "ANSIBLE_COLLECTIONS_PATH": str(live_view()),
        "ANSIBLE_CONFIG": str(ROOT / "tests" / "integration" / "integration.cfg"),
        "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
        "ANSIBLE_ROLES_PATH": str(TARGETS),
        "POWER_PLATFORM_BASE_URL": emulator.base_url,
        "POWER_PLATFORM_CA_PATH": emulator.ca_path,
        **{f"POWER_PLATFORM_{name.upper()}": value for name, value in emulator.credentials().items()},
        "EMULATOR_AVEPOINT_CERTIFICATE": emulator.avepoint("avepoint-certificate")["certificate_path"],
    }


def run(target: str, variables: Mapping[str, str]) -> tuple[bool, str]:
    """Whether the target's playbook passed, and what it printed."""
    folder = WORK / target
    shutil.rmtree(folder, ignore_errors=True)
    output = folder / "output"
    output.mkdir(parents=True)
    playbook = folder / "playbook.yml"
    play = {
        "name": target,
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "output_dir": str(output)},
        "roles": [target],
    }
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(playbook)]
    log = folder / "log.txt"
    with log.open("w", encoding="utf-8") as printed:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=dict(variables),
                timeout=TIMEOUT,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
            passed = done.returncode == 0
        except subprocess.TimeoutExpired:
            passed = False
            printed.write(f"\nended after {TIMEOUT:g} s\n")
    return passed, log.read_text(encoding="utf-8", errors="replace")


def run_all(chosen: Sequence[str]) -> int:
    """One line a target; returns how many failed."""
    failed = 0
    with Emulator.start() as emulator:
        variables = environment(emulator)
        for target in chosen:
            emulator.reset()
            start = time.monotonic()
            passed, printed = run(target, variables)
            print(f"{'passed' if passed else 'FAILED'}  {target}  ({time.monotonic() - start:.1f} s)", flush=True)
            if not passed:
                failed += 1
                print(printed, flush=True)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.run")
    known = targets()
    parser.add_argument("target", nargs="*", help="default: all of " + ", ".join(known))
    chosen = parser.parse_args().target or known
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}; there are: {', '.join(known)}")
    failed = run_all(chosen)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    # Nothing found is no success.
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
