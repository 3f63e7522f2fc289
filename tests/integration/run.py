# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The integration targets as a user would run them: ansible-playbook, the collection, an emulated tenant.

    python -m tests.integration.run [--way WAY] [--jobs N] [target...]

Every target of modules runs twice: as it is, so that its tasks run inside the controller, and with the modules in
processes of their own. Then what came of each task is compared, see `tests.integration.both`. With --way it runs once.

As many runs as --jobs says go on at the same time, each with an emulator of its own that was reset before. The
connection reaches the tasks through the POWER_PLATFORM_* environment variables. The same targets run under
ansible-test, see the role `prepare_emulator`.
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
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.emulator.control import Emulator
from tests.integration.both import misplaced, problems, ran_inside, read
from tests.tools.stage import ROOT, live_view

TARGETS = ROOT / "tests" / "integration" / "targets"
HELPERS = ("prepare_", "setup_")
# Targets that run once: of plugins that always run inside the controller, and of roles, which are made of modules that
# have targets of their own.
WITHOUT_MODULES = ("inventory_", "lookup", "role_")
LEADING_ASTRAY = ("ANSIBLE_", "AVEPOINT_", "AZURE_", "POWER_PLATFORM_")
WORK = ROOT / ".cache" / "integration"
CALLBACKS = ROOT / "tests" / "integration" / "callbacks"
# What tells the two runs of a target apart, by the names of their folders.
WAYS: dict[str, dict[str, str]] = {"inside": {}, "as-modules": {"POWER_PLATFORM_IN_CONTROLLER": "false"}}
# Longer than any target takes on a busy machine, so that one that hangs ends the run with its output.
TIMEOUT = 1200.0


def targets() -> list[str]:
    """The folders that hold a target, without the roles that targets depend on."""
    names = (tasks.parent.name for tasks in TARGETS.glob("*/tasks"))
    return sorted(name for name in names if not name.startswith(HELPERS))


def ways_of(target: str) -> list[str]:
    """In which ways a target runs, unless one is chosen."""
    return ["inside"] if target.startswith(WITHOUT_MODULES) else list(WAYS)


def environment(emulator: Emulator) -> dict[str, str]:
    """The caller's, without what would lead the tasks to another tenant or change how Ansible behaves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEADING_ASTRAY)}
    return kept | {
        "ANSIBLE_COLLECTIONS_PATH": str(live_view()),
        "ANSIBLE_CONFIG": str(ROOT / "tests" / "integration" / "integration.cfg"),
        "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
        "ANSIBLE_ROLES_PATH": str(TARGETS),
        # Messages of Ansible's that list a set list it in the same order in every process.
        "PYTHONHASHSEED": "0",
        "POWER_PLATFORM_BASE_URL": emulator.base_url,
        "POWER_PLATFORM_CA_PATH": emulator.ca_path,
        **{f"POWER_PLATFORM_{name.upper()}": value for name, value in emulator.credentials().items()},
        "EMULATOR_AVEPOINT_CERTIFICATE": emulator.avepoint("avepoint-certificate")["certificate_path"],
    }


def recorder(record: Path) -> dict[str, str]:
    """The variables that make every Ansible below write down what came of its tasks."""
    return {
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        # `ansible` has no callbacks otherwise.
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
        "RECORDER_PATH": str(record),
    }


def own_texts(emulator: Emulator, folder: Path) -> dict[str, str]:
    """What is of one run alone and shows up in its results, and what stands in its place."""
    return {
        str(folder): "(folder)",
        str(Path(emulator.ca_path).parent): "(emulator)",
        f":{urlsplit(emulator.base_url).port}": ":(port)",
        f"port={urlsplit(emulator.base_url).port}": "port=(port)",
    }


class Ran(NamedTuple):
    """A target that was run. printed: what its playbook said. record: what came of its tasks."""

    passed: bool
    printed: str
    record: list[dict[str, Any]]
    seconds: float


def run(target: str, way: str, emulator: Emulator) -> Ran:
    """Runs the playbook of a target against an emulator that nobody else uses."""
    emulator.reset()
    folder = WORK / target / way
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
    log, record = folder / "log.txt", folder / "record.jsonl"
    start = time.monotonic()
    with log.open("w", encoding="utf-8") as printed:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env={**environment(emulator), **WAYS[way], **recorder(record)},
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
    seconds = time.monotonic() - start
    return Ran(
        passed,
        log.read_text(encoding="utf-8", errors="replace"),
        read(record, own_texts(emulator, folder)),
        seconds,
    )


def run_all(chosen: Mapping[str, Sequence[str]], jobs: int) -> int:
    """One line a target; returns how many failed. chosen: the ways of each target."""
    with ExitStack() as stack:
        idle: SimpleQueue[Emulator] = SimpleQueue()
        for _job in range(jobs):
            idle.put(stack.enter_context(Emulator.start()))
        pool = ThreadPoolExecutor(jobs)
        # What has not begun is left when somebody interrupts.
        stack.callback(pool.shutdown, cancel_futures=True)

        def run_on_idle(target: str, way: str) -> Ran:
            emulator = idle.get()
            try:
                return run(target, way, emulator)
            finally:
                idle.put(emulator)

        running = {
            target: {way: pool.submit(run_on_idle, target, way) for way in ways} for target, ways in chosen.items()
        }
        return sum(
            not _is_well(target, {way: future.result() for way, future in futures.items()})
            for target, futures in running.items()
        )


def _is_well(target: str, done: Mapping[str, Ran]) -> bool:
    """Says what came of a target. done: by the way that it ran."""
    wrong = [ran.printed for ran in done.values() if not ran.passed]
    told = " and ".join(f"{ran.seconds:.1f} s {way}" for way, ran in done.items())
    inside, outside = (done[way].record if way in done else [] for way in WAYS)
    # What a target did not come to that broke off is no difference.
    if len(done) > 1:
        wrong = wrong or problems(inside, outside)
        told += f"; {len(inside)} tasks compared, {ran_inside(inside)} runs inside the controller"
    else:
        wrong = wrong or misplaced(inside, outside)
    print("\n".join([f"{'FAILED' if wrong else 'passed'}  {target}  ({told})", *wrong]), flush=True)
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.run")
    known = targets()
    parser.add_argument("--way", choices=WAYS, help="default: all of a target, whose results are compared")
    # More than there are cores: many tasks wait for the emulated services.
    jobs = (os.cpu_count() or 1) + 1
    parser.add_argument("--jobs", type=int, default=jobs, help="runs at the same time (default: %(default)s)")
    parser.add_argument("target", nargs="*", help="default: all of " + ", ".join(known))
    options = parser.parse_args()
    # From the end, where the roles are: they take longest, and would be waited for when all else is done.
    chosen = options.target or known[::-1]
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}; there are: {', '.join(known)}")
    ways = {target: [options.way] if options.way else ways_of(target) for target in chosen}
    failed = run_all(ways, options.jobs)
    print(f"{len(ways) - failed} passed, {failed} failed")
    # Nothing found is no success.
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
