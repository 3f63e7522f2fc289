# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole tenant asked for: powerapp_info with the roles of every app, against a bare replay of its requests."""

from __future__ import annotations

import math
import sys
from itertools import groupby
from statistics import median
from typing import Any

from tests.emulator.control import Emulator

from .bulk import PAGE, THREADS, Json, connection, login_form, run, sendable
from .row import Row

ENVIRONMENTS = 50
APPS = 200
ROLES = 5


def rows(rounds: int) -> list[Row]:
    """All measurements of an inventory."""
    found = []
    counts = f"environments={ENVIRONMENTS},apps={APPS},roles={ROLES},flows=0,connections=0,connectors=0"
    for latency in ("0ms", "20ms"):
        with Emulator.start("--generate", counts, "--latency", latency) as emulator:
            found += _compare(emulator, f"{ENVIRONMENTS} environments x {APPS} apps, roles, {latency}", rounds)
    return found


def recorded(emulator: Emulator, form: Json, listing: str) -> list[list[Json]]:
    """The requests of the last run, in phases: what had to come one by one, all listings, all roles.

    listing: the end of their paths.
    """
    phases = []
    for step, entries in groupby(emulator.log(), key=lambda entry: _step(entry, listing)):
        requests = [sendable(entry, form) for entry in entries]
        phases += [requests] if step else [[request] for request in requests]
    return phases


def _step(entry: Json, listing: str) -> str:
    """What of it can be sent at once; "" for what cannot."""
    return next((end for end in ("/permissions", listing) if entry["path"].endswith(end)), "")


def _compare(emulator: Emulator, name: str, rounds: int) -> list[Row]:
    reach = connection(emulator)
    asked = {
        "what": "inventory",
        "kind": "powerapp_info",
        "connection": reach,
        "options": {"include": ["roles"]},
        "part": "roles",
    }
    bare: Json = {"what": "replay", "connection": reach, "threads": THREADS}
    apps = ENVIRONMENTS * APPS
    # The owner's assignment is one as well.
    expected: dict[str, Any] = {"rows": apps, "parts": apps * (ROLES + 1), "complete": True}
    ours: list[Json] = []
    theirs: list[Json] = []
    for _round in range(rounds):
        emulator.clear_log()
        ours.append(run(asked))
        if any(ours[-1][key] != value for key, value in expected.items()):
            sys.exit(f"{name}: expected {expected}, got {ours[-1]}")
        bare["phases"] = recorded(emulator, login_form(reach), "/apps")
        emulator.clear_log()
        theirs.append(run(bare))
        if theirs[-1]["statuses"] != [200]:
            sys.exit(f"{name}: the replay was answered with {theirs[-1]['statuses']}")
    calls = ours[-1]["api_calls"]
    # The environments, the pages of each one's apps, each app's roles.
    bound = 1 + ENVIRONMENTS * math.ceil(APPS / PAGE) + apps
    ratio = median(mine["seconds"] for mine in ours) / median(other["seconds"] for other in theirs)
    grown = max(mine["grown"] for mine in ours)
    return [
        Row(f"{name}: time / bare replay", ratio, target=1.25, behind={"inventory": ours, "replay": theirs}),
        Row(f"{name}: requests / lower bound", (calls["read"] + calls["write"]) / bound, target=1.0, behind=calls),
        Row(f"{name}: writes", calls["write"], "", 0.0),
        Row(f"{name}: tokens", calls["tokens"], "", 1.0),
        Row(f"{name}: peak memory", max(mine["megabytes"] for mine in ours), "MB"),
        Row(f"{name}: memory per app", 1024 * grown / apps, "KB"),
    ]
