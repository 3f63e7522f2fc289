# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk calls at the size that they are for: a thousand apps, fifty whole environments, forks that share a limit."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.emulator.control import Emulator

from .bulk import THREADS, connection, declarations, login_form, recorded, run, with_another_role
from .row import Row

Json = dict[str, Any]

APPS = 1000
ROLES = 10
ENVIRONMENTS = 50
# Of each environment.
PARTS = {"apps": 200, "flows": 200, "connections": 50, "connectors": 5}
MEMORY = 300.0
FORKS = 10
# So many calls of one service in so many seconds.
LIMIT, WINDOW = 100, 2
LOOPED = 100
# Entries of a page of the listing of apps.
PAGE = 250


def rows(_rounds: int) -> list[Row]:
    """All measurements of bulk calls, each once: they take long enough to be steady."""
    found = []
    with Emulator.start("--generate", f"environments=1,apps={APPS},flows=0,roles={ROLES}", timeout=120) as emulator:
        unchanged = [{"kind": "powerapp_role", **options} for options in declarations(emulator)]
        found += _one_environment(emulator, f"{APPS} apps x {ROLES} roles, unchanged", unchanged, 0)
        changed = [{**with_another_role(options, ROLES // 2), "kind": "powerapp_role"} for options in unchanged]
        changes = APPS * (ROLES // 2)
        found += _one_environment(emulator, f"{APPS} apps x {ROLES} roles, {changes} changes", changed, APPS)
        found += _in_forks(emulator, unchanged)
        found.append(_looped(emulator, unchanged[:LOOPED]))
    counts = ",".join(f"{name}={count}" for name, count in PARTS.items())
    with Emulator.start("--generate", f"environments={ENVIRONMENTS},{counts}", timeout=300) as emulator:
        found += _everything(emulator)
    return found


def job(emulator: Emulator, resources: list[Json], **more: Any) -> Json:
    """A run of the module `converge` in a process of its own."""
    return {"what": "module", "options": {**connection(emulator), "resources": resources, "max_removals": -1, **more}}


def _measured(name: str, wanted: Json, statuses: list[str]) -> Json:
    result = run(wanted)
    if result["statuses"] != statuses:
        sys.exit(f"{name}: expected {statuses}, got {result['statuses']}: {result['failure']}")
    return result


def _one_environment(emulator: Emulator, name: str, resources: list[Json], writes: int) -> list[Row]:
    emulator.reset()
    ours = _measured(name, job(emulator, resources), ["changed" if writes else "ok"])
    reach = connection(emulator)
    phases = recorded(emulator, login_form(reach))
    emulator.reset()
    theirs = run({"what": "replay", "connection": reach, "threads": THREADS, "phases": phases})
    if theirs["statuses"] != [200]:
        sys.exit(f"{name}: the replay was answered with {theirs['statuses']}")
    calls = ours["api_calls"]
    bound = 1 + -(-APPS // PAGE) + APPS + 2 * writes
    behind = {"module": ours, "replay": theirs}
    return [
        Row(f"{name}: time / bare replay", ours["seconds"] / theirs["seconds"], target=1.25, behind=behind),
        Row(f"{name}: requests / lower bound", (calls["read"] + calls["write"]) / bound, target=1.0, behind=calls),
        Row(f"{name}: writes", calls["write"], "", float(writes)),
        Row(f"{name}: peak memory", ours["megabytes"], "MB", MEMORY),
    ]


def _everything(emulator: Emulator) -> list[Row]:
    """All that fifty environments have, declared as it is."""
    name = f"{ENVIRONMENTS} environments, everything declared"
    resources = list(_all_of(emulator.tenant()))
    ours = _measured(name, job(emulator, resources), ["ok"])
    calls = ours["api_calls"]
    told = {"apps": PAGE, "flows": PAGE, "connections": PAGE, "connectors": PAGE}
    # The environments; the pages of each listing; the roles of apps and connectors. What a listing tells needs no
    # request of its own.
    listings = sum(-(-PARTS[part] // size) for part, size in told.items())
    bound = ENVIRONMENTS * (1 + listings + PARTS["apps"] + PARTS["connectors"])
    reading, planning = ours["steps"]["read"], ours["seconds"] - ours["steps"]["read"]
    return [
        Row(f"{name}: items", len(resources), ""),
        Row(f"{name}: requests / lower bound", calls["read"] / bound, target=1.01, behind=calls),
        Row(f"{name}: writes", calls["write"], "", 0.0),
        Row(f"{name}: peak memory", ours["megabytes"], "MB", MEMORY, behind=ours),
        Row(f"{name}: processor time of planning / time of reading", ours["plan"] / reading, target=0.1),
        Row(f"{name}: all but reading / reading", planning / reading),
    ]


def _all_of(tenant: Json) -> Any:
    for environment in tenant["environments"]:
        place = {"environment": environment["id"]}
        for app in environment["apps"]:
            yield {"kind": "powerapp_role", **place, "app": app["id"], "assignments": []}
        for flow in environment["flows"]:
            state = flow.get("state", "Started").lower()
            if state in ("started", "stopped"):
                yield {"kind": "flow_state", **place, "flow": flow["id"], "state": state}
        for item in environment["connections"]:
            options = {"connector": item["connector"], "connection_id": item["id"]}
            yield {"kind": "connection", **place, **options, "require_connected": False}
        for connector in environment["connectors"]:
            yield {"kind": "custom_connector_role", **place, "connector": connector["id"], "assignments": []}


def _in_forks(emulator: Emulator, resources: list[Json]) -> list[Row]:
    """The forks of a run share one pace, so that the limit that it names is kept by all of them together."""
    emulator.reset()
    limit = {"kind": "throttle", "limit": LIMIT, "window": WINDOW, "match": {"service": "powerapps"}}
    emulator.faults([limit])
    share = len(resources) // 2 // FORKS
    jobs = [
        job(emulator, resources[fork * share : (fork + 1) * share], pace=f"{LIMIT}/{WINDOW}") for fork in range(FORKS)
    ]
    with ThreadPoolExecutor(FORKS) as pool:
        results = list(pool.map(run, jobs))
    emulator.faults([])
    name = f"{FORKS} forks at {LIMIT} requests in {WINDOW} s"
    return [
        Row(f"{name}: rejected", sum(each["api_calls"]["throttled"] for each in results), "", 0.0),
        Row(f"{name}: processes that failed", sum(each["statuses"] != ["ok"] for each in results), "", 0.0),
    ]


def _looped(emulator: Emulator, resources: list[Json]) -> Row:
    """One process for each item, as a loop starts them outside the controller, against one for all. Ansible's own share
    left out: `loops.py` has it."""
    emulator.reset()
    single = run(job(emulator, resources))
    emulator.reset()
    each = [run(job(emulator, [resource])) for resource in resources]
    ratio = sum(item["whole"] for item in each) / single["whole"]
    return Row(f"{len(resources)} items one by one / in one call, processes alone", ratio, behind={"single": single})
