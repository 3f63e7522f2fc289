# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many things in one call: the engine against a bare replay of its requests, and requests against the lower bound."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from tests.emulator.control import Emulator

from .row import Row

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
APPS = 200
ROLES = 5
THREADS = 16
PAGE = 250
_OPTION = {"User": "user", "Group": "group"}
_OTHER = {"CanView": "CanEdit", "CanEdit": "CanView", "CanViewWithShare": "CanView"}
_POWERAPPS = "https://service.powerapps.com//.default"


def rows(rounds: int) -> list[Row]:
    """All measurements of many things at once."""
    found = []
    for latency in ("0ms", "20ms"):
        with Emulator.start(
            "--generate", f"environments=1,apps={APPS},flows=0,roles={ROLES}", "--latency", latency
        ) as it:
            unchanged = declarations(it)
            found += _compare(it, f"{APPS} apps x {ROLES} roles, unchanged, {latency}", unchanged, "ok", rounds)
            changed = [with_another_role(options) for options in unchanged]
            found += _compare(it, f"{APPS} apps x {ROLES} roles, {APPS} changes, {latency}", changed, "changed", rounds)
    with Emulator.start() as emulator:
        found.append(_refusal(emulator, rounds))
    return found


def declarations(emulator: Emulator) -> list[Json]:
    """What the tenant holds, as declarations of powerapp_role."""
    [environment] = emulator.tenant()["environments"]
    found = []
    for app in environment["apps"]:
        assignments = [_assignment(entry) for entry in app["roles"] if entry["role"] != "Owner"]
        found.append({"environment": environment["id"], "app": app["id"], "assignments": assignments})
    return found


def _assignment(entry: Json) -> Json:
    kind = "Group" if str(entry["principal"]).startswith("0000000b") else "User"
    return {_OPTION[kind]: entry["principal"], "role": entry["role"]}


def with_another_role(options: Json, count: int = 1) -> Json:
    """The same declaration, in which so many hold another role."""
    rows = options["assignments"]
    other = [{**row, "role": _OTHER[row["role"]]} for row in rows[:count]]
    return {**options, "assignments": [*other, *rows[count:]]}


def connection(emulator: Emulator, client: str = "runner") -> Json:
    """The options by which a module reaches the emulator."""
    return {"base_url": emulator.base_url, "ca_path": emulator.ca_path, **emulator.credentials(client)}


def run(job: Json) -> Json:
    """What the worker measured."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.worker"],
        input=json.dumps(job),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        sys.exit(f"A measured run failed:\n{process.stderr}")
    result: Json = json.loads(process.stdout)
    return result


def recorded(emulator: Emulator, form: Json) -> list[list[Json]]:
    """The requests of the last run, in phases: what had to come one by one, all reads of the plan, writes and checks.

    form: what the login sends, since the log holds no secrets.
    """
    alone: list[list[Json]] = []
    reads: list[Json] = []
    rest: list[Json] = []
    for entry in emulator.log():
        row = sendable(entry, form)
        if rest or entry["write"]:
            rest.append(row)
        elif entry["path"].endswith("/permissions"):
            reads.append(row)
        else:
            alone.append([row])
    return [phase for phase in (*alone, reads, rest) if phase]


def sendable(entry: Json, form: Json) -> Json:
    """An entry of the log as a request to send again."""
    login = entry["service"] == "login"
    return {
        "service": entry["service"],
        "method": entry["method"],
        "host": entry["host"],
        "url": entry["path"] + (f"?{entry['query']}" if entry["query"] else ""),
        "body": (form if entry["method"] == "POST" else None) if login else entry.get("body"),
    }


def _jobs(emulator: Emulator, options: list[Json], client: str = "runner") -> tuple[Json, Json]:
    """The engine's job, and that of a replay of what the engine then sends."""
    reach = connection(emulator, client)
    measured = {"what": "engine", "kind": "powerapp_role", "connection": reach, "declarations": options}
    return measured, {"what": "replay", "connection": reach, "threads": THREADS}


def login_form(reach: Json) -> Json:
    """What a login with a client secret sends."""
    return {
        "grant_type": "client_credentials",
        "client_id": reach["client_id"],
        "client_secret": reach["client_secret"],
        "scope": _POWERAPPS,
    }


def _compare(emulator: Emulator, name: str, options: list[Json], status: str, rounds: int) -> list[Row]:
    measured, bare = _jobs(emulator, options)
    ours: list[Json] = []
    theirs: list[Json] = []
    for _round in range(rounds):
        emulator.reset()
        ours.append(run(measured))
        if ours[-1]["statuses"] != [status]:
            sys.exit(f"{name}: expected every status to be {status}, got {ours[-1]['statuses']}")
        bare["phases"] = recorded(emulator, login_form(bare["connection"]))
        emulator.reset()
        theirs.append(run(bare))
        if theirs[-1]["statuses"] != [200]:
            sys.exit(f"{name}: the replay was answered with {theirs[-1]['statuses']}")
    calls = ours[-1]["api_calls"]
    changed = len(options) if status == "changed" else 0
    # The environment, the pages of the listing, each app's roles; for a change its write and one look at it.
    bound = 1 + math.ceil(APPS / PAGE) + len(options) + 2 * changed
    ratio = median(mine["seconds"] for mine in ours) / median(other["seconds"] for other in theirs)
    return [
        Row(f"{name}: time / bare replay", ratio, target=1.25, behind={"engine": ours, "replay": theirs}),
        Row(f"{name}: requests / lower bound", (calls["read"] + calls["write"]) / bound, target=1.0, behind=calls),
        Row(f"{name}: writes", calls["write"], "", float(changed)),
        Row(f"{name}: tokens", calls["tokens"], "", 1.0),
        Row(f"{name}: peak memory", max(mine["megabytes"] for mine in ours), "MB"),
    ]


def _refusal(emulator: Emulator, rounds: int) -> Row:
    """A permanent 403 against a bare request that is refused the same way."""
    options = {
        "environment": "e0000000-0000-4000-8000-000000000001",
        "app": "aa000000-0000-4000-8000-000000000011",
        "assignments": [],
        "exclusive": True,
    }
    measured, bare = _jobs(emulator, [options], "unregistered")
    ours: list[Json] = []
    theirs: list[Json] = []
    for _round in range(rounds):
        emulator.reset()
        ours.append(run(measured))
        bare["phases"] = recorded(emulator, login_form(bare["connection"]))
        theirs.append(run(bare))
    sent = [row for phase in bare["phases"] for row in phase if row["service"] != "login"]
    if len(sent) != 1:
        sys.exit(f"A permanent 403 took {len(sent)} requests")
    ratio = median(mine["seconds"] for mine in ours) / median(other["seconds"] for other in theirs)
    return Row("a permanent 403 surfaces: time / bare request", ratio, behind={"engine": ours, "replay": theirs})
