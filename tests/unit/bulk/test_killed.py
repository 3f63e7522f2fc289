# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that ends in the middle, wherever that is: the next one finishes it, loses nothing and does nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE, LEE, SANDBOX, SANDBOX_EXPENSES, SANDBOX_FLOW, roles_of, things

from .conftest import audit, converge, flow, holds, roles, run_module

ROOT = Path(__file__).resolve().parents[3]
STEPS = 50
# Not each boundary in each run of the tests: with 1 it is, and takes a quarter of an hour.
STRIDE = int(os.environ.get("BOUNDARY_STRIDE", "45"))
Json = dict[str, Any]


@pytest.fixture
def fifty() -> Iterator[tuple[Emulator, list[Json]]]:
    """A tenant, and fifty declarations of things in it that are not so: roles, states of flows, new connections."""
    with Emulator.start("--generate", "environments=2,apps=10,flows=40,users=20,groups=2,connections=1") as it:
        group = it.tenant()["groups"][0]["id"]
        items: list[Json] = []
        for environment in it.tenant()["environments"]:
            place = {"environment": environment["id"]}
            items += [
                roles({"group": group, "role": "CanEdit"}, app=app["id"], exclusive=True, max_removals=-1, **place)
                for app in environment["apps"]
            ]
            started = [each["id"] for each in environment["flows"] if each.get("state", "Started") == "Started"]
            items += [flow("stopped", each, **place) for each in started[:10]]
            items += [_connection(environment["id"], number) for number in range(5)]
        assert len(items) == STEPS
        yield it, items


def _connection(environment: str, number: int) -> Json:
    return {
        "kind": "connection",
        "environment": environment,
        "connector": "shared_azureblob",
        "key": f"archive-{number}",
        "display_name": f"Archive {number}",
        "parameters": {"accountName": "archive"},
        "secret_parameters": {"accessKey": "the-key-of-the-archive"},
    }


def assert_once(emulator: Emulator, items: list[Json], effects: int) -> None:
    """Everything is as declared, and no write had an effect more than once."""
    declared = sum(item["kind"] == "connection" for item in items)
    made = [name for name in things(emulator, "connections") if _is_ours(emulator, name)]
    assert len(made) == declared
    assert effects == STEPS
    assert audit(emulator, *items, orphaned=False).result["outcome"] == "clean"


def _is_ours(emulator: Emulator, name: str) -> bool:
    return str(things(emulator, "connections")[name].get("name", "")).startswith("Archive")


def effects_of(emulator: Emulator) -> Counter[str]:
    """Writes that changed something, by what they were about."""
    return Counter(f"{entry['method']} {entry['path']}" for entry in emulator.log(writes=True) if entry.get("effect"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_connection_is_lost_at_every_boundary(fifty: tuple[Emulator, list[Json]], when: str) -> None:
    """After so many requests none gets through any more, and the last one may or may not have taken effect."""
    emulator, items = fifty
    whole = converge(emulator, *items, max_removals=-1)
    assert whole.statuses == ["changed"] * STEPS, whole.result["msg"]
    count = emulator.summary()["total"]
    for boundary in range(0, count + 1, STRIDE):
        emulator.reset()
        lost = {"kind": "drop", "when": when, "times": 1, "after": boundary}
        emulator.faults([lost, {"kind": "status", "status": 400, "after": boundary + 1}])
        run_module("converge", emulator, items, max_removals=-1)
        first = effects_of(emulator)
        emulator.clear_log()
        emulator.faults([])
        again = converge(emulator, *items, max_removals=-1)
        assert not again.failed, (boundary, again.result["msg"])
        second = effects_of(emulator)
        assert first & second == Counter(), boundary
        assert_once(emulator, items, (first + second).total())
        emulator.clear_log()
        last = converge(emulator, *items, max_removals=-1)
        assert (last.result["changed"], last.result["api_calls"]["write"]) == (False, 0), boundary


def test_the_process_is_killed_at_many_points(fifty: tuple[Emulator, list[Json]], tmp_path: Path) -> None:
    """By SIGKILL, once so many writes have arrived."""
    emulator, items = fifty
    for writes in (1, 33):
        emulator.reset()
        emulator.faults([{"kind": "delay", "seconds": 0.02}])
        job = tmp_path / f"{writes}.json"
        job.write_text(json.dumps(_arguments(emulator, items)), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.bulk.killed", str(job)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )
        while emulator.summary()["writes"] < writes and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        emulator.faults([])
        _wait_until_quiet(emulator)
        first = effects_of(emulator)
        assert first.total() > 0
        emulator.clear_log()
        again = converge(emulator, *items, max_removals=-1)
        assert not again.failed, again.result["msg"]
        assert first & effects_of(emulator) == Counter()
        assert_once(emulator, items, (first + effects_of(emulator)).total())


def _wait_until_quiet(emulator: Emulator) -> None:
    """Until what had arrived by the time of the kill has been answered."""
    total = -1
    while total != emulator.summary()["total"]:
        total = emulator.summary()["total"]
        time.sleep(0.1)


def _arguments(emulator: Emulator, items: list[Json]) -> Json:
    reach = {"base_url": emulator.base_url, "ca_path": emulator.ca_path, **emulator.credentials()}
    return {"ANSIBLE_MODULE_ARGS": {**reach, "resources": items, "max_removals": -1}}


# -- what cannot be read ----------------------------------------------------------------------------------------------


def test_a_lost_page_of_a_listing_is_no_absence(emulator: Emulator) -> None:
    """A thing that would be made where it is missing is not made when nobody knows whether it is."""
    item = {**_connection(FINANCE, 1), "key": "receipts"}
    emulator.faults([{"kind": "page_cap", "max": 2}, {"kind": "page", "page": 2, "status": 403}])
    for options in ({}, {"on_error": "continue"}):
        ended = converge(emulator, item, **options)
        assert ended.statuses == ["failed"]
    assert audit(emulator, item).result["outcome"] == "unknown"
    assert emulator.log(writes=True) == []
    emulator.faults([{"kind": "page_cap", "max": 2}])
    assert converge(emulator, item).statuses == ["changed"]


def test_a_role_that_lapses_in_mid_run_prunes_nothing(fifty: tuple[Emulator, list[Json]]) -> None:
    emulator, items = fifty
    before = {name: app.get("roles") for name, app in things(emulator, "apps").items()}
    emulator.faults([{"kind": "lapsed_role", "after": 8, "match": {"service": "powerapps"}}])
    assert audit(emulator, *items, orphaned=False).result["outcome"] == "unknown"
    emulator.faults([{"kind": "lapsed_role", "after": 8, "match": {"service": "powerapps"}}])
    ended = converge(emulator, *items, max_removals=-1)
    assert ended.failed
    assert emulator.log(writes=True) == []
    assert {name: app.get("roles") for name, app in things(emulator, "apps").items()} == before


def test_one_failing_environment_of_fifty() -> None:
    with Emulator.start("--generate", "environments=50,apps=2,flows=2,users=20,groups=2") as it:
        tenant = it.tenant()
        group = tenant["groups"][0]["id"]
        items = [
            roles({"group": group, "role": "CanEdit"}, app=app["id"], environment=environment["id"], max_removals=-1)
            for environment in tenant["environments"]
            for app in environment["apps"]
        ]
        broken = tenant["environments"][17]["id"]
        it.faults([{"kind": "status", "status": 403, "match": {"path": f"environments/{broken}/"}}])
        ended = converge(it, *items, max_removals=-1, on_error="continue")
        assert ended.failed
        counts = ended.result["summary"]["by_status"]
        assert (counts["failed"], counts["changed"] + counts.get("ok", 0)) == (2, 98)
        assert {row["item"] for row in ended.result["outcomes"] if row["status"] == "failed"} == {34, 35}
        assert len(it.log(writes=True)) == counts["changed"] > 0
        assert converge(it, *items, max_removals=-1).statuses.count("skipped") == 98


def test_a_declaration_in_a_sandbox_is_not_touched_by_another(emulator: Emulator) -> None:
    """The failure of one service is none of another's."""
    emulator.faults([{"kind": "status", "status": 403, "match": {"service": "flow"}}])
    items = [
        flow("started", SANDBOX_FLOW, SANDBOX),
        roles(holds(LEE), app=SANDBOX_EXPENSES, environment=SANDBOX),
    ]
    assert converge(emulator, *items, on_error="continue").statuses == ["failed", "changed"]
    assert roles_of(emulator, SANDBOX_EXPENSES)[LEE] == "CanView"
