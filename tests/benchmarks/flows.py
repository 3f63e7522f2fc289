# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows by the thousand: flow_info with the owners of every flow, and one listing that is long and breaks off."""

from __future__ import annotations

import math
import sys
from statistics import median

from tests.emulator.control import Emulator

from .bulk import PAGE, THREADS, Json, connection, login_form, run
from .inventory import recorded
from .row import Row

ENVIRONMENTS = 50
FLOWS = 200
MANY = 90_000
# How many pages come before each time-out of the long listing.
TIMEOUTS = (5, 120, 300)
MEMORY = 200.0


def rows(rounds: int) -> list[Row]:
    """All measurements of flows."""
    counts = f"environments={ENVIRONMENTS},flows={FLOWS},apps=0,connections=0,connectors=0"
    found = []
    for latency in ("0ms", "20ms"):
        with Emulator.start("--generate", counts, "--latency", latency) as emulator:
            found += _with_owners(emulator, f"{ENVIRONMENTS} environments x {FLOWS} flows, owners, {latency}", rounds)
    with Emulator.start("--generate", f"environments=1,flows={MANY},apps=0,connections=0", timeout=120) as emulator:
        found += _long_listing(emulator, f"{MANY} flows in one environment, {len(TIMEOUTS)} time-outs")
    return found


def _with_owners(emulator: Emulator, name: str, rounds: int) -> list[Row]:
    reach = connection(emulator)
    asked = {
        "what": "inventory",
        "kind": "flow_info",
        "connection": reach,
        "options": {"include": ["owners"]},
        "part": "owners",
    }
    bare: Json = {"what": "replay", "connection": reach, "threads": THREADS}
    flows = ENVIRONMENTS * FLOWS
    expected = {"rows": flows, "parts": _co_owners(emulator), "complete": True}
    ours: list[Json] = []
    theirs: list[Json] = []
    for _round in range(rounds):
        emulator.clear_log()
        ours.append(run(asked))
        if any(ours[-1][key] != value for key, value in expected.items()):
            sys.exit(f"{name}: expected {expected}, got {ours[-1]}")
        bare["phases"] = recorded(emulator, login_form(reach), "/flows")
        emulator.clear_log()
        theirs.append(run(bare))
        if theirs[-1]["statuses"] != [200]:
            sys.exit(f"{name}: the replay was answered with {theirs[-1]['statuses']}")
    calls = ours[-1]["api_calls"]
    # The environments, the pages of each one's flows, each flow's permissions.
    bound = 1 + ENVIRONMENTS * math.ceil(FLOWS / PAGE) + flows
    ratio = median(mine["seconds"] for mine in ours) / median(other["seconds"] for other in theirs)
    grown = max(mine["grown"] for mine in ours)
    return [
        Row(f"{name}: time / bare replay", ratio, target=1.25, behind={"inventory": ours, "replay": theirs}),
        Row(f"{name}: requests / lower bound", (calls["read"] + calls["write"]) / bound, target=1.0, behind=calls),
        Row(f"{name}: writes", calls["write"], "", 0.0),
        Row(f"{name}: peak memory", max(mine["megabytes"] for mine in ours), "MB", MEMORY),
        Row(f"{name}: memory per flow", 1024 * grown / flows, "KB"),
    ]


def _co_owners(emulator: Emulator) -> int:
    return sum(
        role["role"] == "CanEdit"
        for environment in emulator.tenant()["environments"]
        for flow in environment["flows"]
        for role in flow["roles"]
    )


def _long_listing(emulator: Emulator, name: str) -> list[Row]:
    """A page that times out is asked for again at half its size, and the listing goes on to its end."""
    match = {"service": "flow", "path": "/v2/flows$"}
    emulator.faults(
        [{"kind": "status", "status": 504, "after": after, "times": 1, "match": match} for after in TIMEOUTS]
    )
    asked = {"what": "inventory", "kind": "flow_info", "connection": connection(emulator), "options": {}}
    emulator.clear_log()
    ours = run(asked)
    statuses = [entry["status"] for entry in emulator.log(service="flow")]
    if (ours["rows"], ours["complete"], statuses.count(504)) != (MANY, True, len(TIMEOUTS)):
        sys.exit(f"{name}: not every flow was seen, or not every time-out: {ours}")
    calls = ours["api_calls"]
    # The environments, every page, and each page that timed out once more.
    bound = 1 + math.ceil(MANY / PAGE) + len(TIMEOUTS)
    return [
        Row(f"{name}: flows seen", ours["rows"], "", behind=ours),
        Row(f"{name}: requests", calls["read"], "", behind=calls),
        Row(f"{name}: requests / those of pages that stay long", calls["read"] / bound),
        Row(f"{name}: writes", calls["write"], "", 0.0),
        Row(f"{name}: seconds", ours["seconds"], "s"),
        Row(f"{name}: peak memory", ours["megabytes"], "MB"),
        Row(f"{name}: memory per flow", 1024 * ours["grown"] / MANY, "KB"),
    ]
