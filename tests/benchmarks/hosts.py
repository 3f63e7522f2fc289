# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant as an Ansible inventory: what `ansible-inventory --list` asks for, and what it takes."""

from __future__ import annotations

import math
import sys
from statistics import median

from tests.emulator.control import Emulator

from .bulk import PAGE, Json, connection, run
from .row import Row

ENVIRONMENTS = 1500
# The service shows no pages of environments by itself; a contract does not forbid it.
ENVIRONMENTS_PAGE = 100
FLOWS = (50, 200)
MEMORY = 500.0


def rows(rounds: int) -> list[Row]:
    """All measurements of inventories. They take long, and differ little."""
    repeated = min(rounds, 2)
    found = []
    nothing = "apps=0,flows=0,connections=0,connectors=0"
    with Emulator.start("--generate", f"environments={ENVIRONMENTS},{nothing}", timeout=120) as emulator:
        found += _listed(emulator, f"{ENVIRONMENTS} environments as hosts", "environments", (ENVIRONMENTS, 1), repeated)
        emulator.faults([{"kind": "page_cap", "max": ENVIRONMENTS_PAGE, "match": {"service": "bap"}}])
        pages = math.ceil(ENVIRONMENTS / ENVIRONMENTS_PAGE)
        name = f"{ENVIRONMENTS} environments as hosts, {pages} pages"
        found += _listed(emulator, name, "environments", (ENVIRONMENTS, pages), repeated)
    environments, flows = FLOWS
    counts = f"environments={environments},flows={flows},apps=0,connections=0,connectors=0"
    with Emulator.start("--generate", counts, timeout=120) as emulator:
        # The environments, and the pages of each one's flows.
        expected = environments * flows, 1 + environments * math.ceil(flows / PAGE)
        found += _listed(emulator, f"{environments * flows} flows as hosts", "flows", expected, repeated)
    return found


def _listed(emulator: Emulator, name: str, hosts: str, expected: tuple[int, int], rounds: int) -> list[Row]:
    """expected: how many hosts there are, and the fewest requests that tell them."""
    there, bound = expected
    file = {"plugin": "powerops.powerplatform.tenant", "hosts": hosts, **connection(emulator)}
    ours: list[Json] = []
    for _round in range(rounds):
        emulator.clear_log()
        ours.append(run({"what": "hosts", "file": file}))
        if ours[-1]["hosts"] != there:
            sys.exit(f"{name}: expected {there} hosts, got {ours[-1]['hosts']}")
    summary = emulator.summary()
    served = len([entry for entry in emulator.log() if entry["service"] != "login"])
    behind = {"runs": ours, "summary": summary}
    return [
        Row(f"{name}: requests / lower bound", served / bound, target=1.0, behind=behind),
        Row(f"{name}: requests", served, "", float(bound)),
        Row(f"{name}: writes", summary["writes"], "", 0.0),
        Row(f"{name}: tokens", summary["tokens"], "", 1.0 if hosts == "environments" else 2.0),
        Row(f"{name}: seconds", median(one["seconds"] for one in ours), "s"),
        Row(f"{name}: peak memory", max(one["megabytes"] for one in ours), "MB", MEMORY),
        Row(f"{name}: memory per host", 1024 * max(one["grown"] for one in ours) / there, "KB"),
    ]
