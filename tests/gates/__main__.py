# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every gate that a collection has to pass before it is published; `make check` runs them after `make lint`.

    python -m tests.gates [--list] [--complete] [--before-ansible-test SCRIPT] [gate...]

Gates that share something run one after the other, the others side by side. What a gate printed is in .cache/gates.
What this machine has not got, such as a version of Python, is named: it is not passed. With --complete it is a failure.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tests.gates.artifact import Artifact
from tests.gates.cores import NEWEST, OLDEST, PYTHONS, Core
from tests.gates.machine import GateError, pythons
from tests.tools.stage import ROOT

WORK = ROOT / ".cache" / "gates"
# How much of a closed gate's log is shown.
_SHOWN_LINES = 60


class Gate(NamedTuple):
    """name: as users choose it. series: gates of the same series run one after the other. note: what it leaves out."""

    name: str
    series: str
    act: Callable[[Path], None]
    note: str = ""


def gates(found: dict[str, Path], before: Path | None) -> tuple[list[Gate], list[str]]:
    """All that can run here, the longest first; and what cannot, in words."""
    cores = {version: Core(version, found, WORK, before) for version in PYTHONS}
    absent = [
        f"ansible-core {version}: no Python {' or '.join(core.missing)}"
        for version, core in cores.items()
        if not core.supported
    ]
    here = {version: core for version, core in cores.items() if core.supported}
    chosen: list[Gate] = []
    for version in (NEWEST, OLDEST):
        if version in here:
            core = here[version]
            note = f"Python {core.python}"
            chosen.append(Gate(f"units-{version}", version, core.units, note))
            chosen.append(Gate(f"integration-{version}", version, core.integration, note))
    for version, core in reversed(here.items()):
        note = f"Python {', '.join(core.supported)}"
        note += f"; not here: {', '.join(core.missing)}" if core.missing else ""
        chosen.append(Gate(f"sanity-{version}", version, core.sanity, note))
    artifact = Artifact(WORK, Path(sys.executable))
    chosen += [
        Gate("importer", "artifact", artifact.importer),
        Gate("artifact", "artifact", artifact.built),
        Gate("execution-environment", "artifact", artifact.execution_environment),
        Gate("licences", "artifact", artifact.licences),
        Gate("workflows", "artifact", artifact.workflows),
    ]
    return chosen, absent


def lacking(found: dict[str, Path]) -> list[str]:
    """Each ansible-core that cannot be tried here with all of its Pythons, in words."""
    cores = (Core(version, found, WORK) for version in PYTHONS)
    return [f"ansible-core {core.version}: no Python {', '.join(core.missing)}" for core in cores if core.missing]


def run(chosen: Sequence[Gate], jobs: int) -> int:
    """One line a gate; returns how many are closed."""
    WORK.mkdir(parents=True, exist_ok=True)
    series: dict[str, list[Gate]] = {}
    for gate in chosen:
        series.setdefault(gate.series, []).append(gate)
    with ThreadPoolExecutor(jobs) as pool:
        return sum(pool.map(_run_series, series.values()))


def _run_series(series: Sequence[Gate]) -> int:
    return sum(not _is_open(gate) for gate in series)


def _is_open(gate: Gate) -> bool:
    log = WORK / f"{gate.name}.log"
    log.write_text("", "utf-8")
    start = time.monotonic()
    why = ""
    try:
        gate.act(log)
    except GateError as error:
        why = str(error)
    except Exception as error:  # noqa: BLE001 - a gate that breaks is closed, and the others are still to be seen
        why = f"{type(error).__name__}: {error}"
    told = f"{'FAILED' if why else 'passed'}  {gate.name}  ({time.monotonic() - start:.0f} s)"
    lines = [told + (f"  {gate.note}" if gate.note else "")]
    if why:
        printed = log.read_text("utf-8").splitlines()
        lines += [f"  {line}" for line in (*printed[-_SHOWN_LINES:], why, f"all of it: {log}")]
    print("\n".join(lines), flush=True)
    return not why


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gates")
    parser.add_argument("--list", action="store_true", help="name the gates, and what this machine lacks")
    parser.add_argument(
        "--complete", action="store_true", help="run nothing and fail where this machine lacks a version of Python"
    )
    # Gates of unit tests and targets, which wait now and then, have two processes each.
    jobs = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=jobs, help="series at the same time (default: %(default)s)")
    parser.add_argument(
        "--before-ansible-test",
        type=lambda text: Path(text).resolve(),
        help="a script that each Python of ansible-core runs first, where ansible-test cannot download what it needs",
    )
    parser.add_argument("gate", nargs="*", help="default: all")
    options = parser.parse_args()
    found = pythons()
    known, absent = gates(found, options.before_ansible_test)
    names = [gate.name for gate in known]
    # One that this machine has no Python for is no mistake: that is told below.
    everywhere = {gate.name for gate in gates(dict.fromkeys(chain(*PYTHONS.values()), Path()), None)[0]}
    if unknown := sorted(set(options.gate) - everywhere):
        parser.error(f"no such gate: {', '.join(unknown)}; there are: {', '.join(names)}")
    missing = lacking(found) if options.complete else []
    for line in missing or absent:
        print(f"{'MISSING' if missing else 'NOT RUN'} {line}", flush=True)
    if options.list:
        print("\n".join(f"{gate.name}  {gate.note}".rstrip() for gate in known))
    if options.list or missing:
        return 1 if missing else 0
    chosen = [gate for gate in known if not options.gate or gate.name in options.gate]
    closed = run(chosen, options.jobs)
    print(f"{len(chosen) - closed} passed, {closed} failed, {len(absent)} skipped")
    return 1 if closed else 0


if __name__ == "__main__":
    sys.exit(main())
