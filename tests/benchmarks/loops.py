# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops over a task: inside the controller, as a module for each item, and the same in one call."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.emulator.control import Emulator

from . import playbook
from .bulk import Json, connection, declarations, login_form, run, sendable
from .row import Row

ITEMS = 100
# As many show what an item costs that takes a process of its own, and which of them does not matter.
FEW = 20
TARGET = 15.0
# People alone, so that every item has the same options.
_COUNTS = f"environments=1,apps={ITEMS},flows=0,connections=0,connectors=0,roles=1,groups=0"
# What starts a process for each item cannot be faster than this, which does nothing else.
_PROCESSES = f"for item in $(seq {ITEMS}); do '{sys.executable}' -c 'import requests, msal'; done"


def rows(rounds: int) -> list[Row]:
    """All measurements of loops. A module for each item takes long, and differs little."""
    found = []
    for latency in ("0ms", "20ms"):
        with Emulator.start("--generate", _COUNTS, "--latency", latency) as emulator:
            found += _unchanged(emulator, latency, rounds)
            found += _new(emulator, f"{ITEMS} new assignments, {latency}", rounds)
    with Emulator.start("--generate", _COUNTS) as emulator:
        found += _asked(emulator)
    return found


def _looped(folder: str, emulator: Emulator, items: list[Json]) -> Path:
    """The playbook that runs powerapp_role in a loop of the first `count` of these."""
    options = {name: f"{{{{ item.{name} }}}}" for name in ("environment", "app", "user", "role")}
    task = {"powerops.powerplatform.powerapp_role": options, "loop": "{{ resources[:count | int] }}"}
    return _book(folder, "loop", task, emulator, items)


def _book(folder: str, name: str, task: Json, emulator: Emulator, items: list[Json]) -> Path:
    login = {"group/powerops.powerplatform.all": connection(emulator)}
    return playbook.written(folder, name, task, vars={"resources": items}, module_defaults=login)


def _there(emulator: Emulator) -> list[Json]:
    """An assignment of each app, as it is."""
    return [
        {"environment": options["environment"], "app": options["app"], **options["assignments"][0]}
        for options in declarations(emulator)
    ]


def _missing(emulator: Emulator) -> list[Json]:
    """An assignment of each app to a user who has no role on it."""
    tenant = emulator.tenant()
    [environment] = tenant["environments"]
    found = []
    for number, app in enumerate(environment["apps"]):
        holders = {entry["principal"] for entry in app["roles"]}
        user = next(user["id"] for user in tenant["users"][number:] if user["id"] not in holders)
        found.append({"environment": environment["id"], "app": app["id"], "user": user, "role": "CanView"})
    return found


def _unchanged(emulator: Emulator, latency: str, rounds: int) -> list[Row]:
    """What an item costs above its requests, start-up not counted."""
    with tempfile.TemporaryDirectory() as folder:
        book = _looped(folder, emulator, _there(emulator))
        inside = [_above_replay(emulator, book, ITEMS, in_controller=True) for _round in range(rounds)]
        module = [_above_replay(emulator, book, FEW, in_controller=False) for _round in range(min(rounds, 2))]
    name = f"an unchanged item of a loop, {latency}: time above its requests"
    return [
        Row(f"{name}, inside the controller", _middle(inside), "ms", TARGET, behind={"rounds": inside}),
        Row(f"{name}, as a module", _middle(module), "ms", behind={"rounds": module}),
    ]


def _middle(measured: list[Json]) -> float:
    return float(median(one["above"] for one in measured))


def _above_replay(emulator: Emulator, book: Path, items: int, *, in_controller: bool) -> Json:
    """Milliseconds an item: above, and what that is made of."""
    started = playbook.seconds(book, in_controller=in_controller, count=0)
    emulator.clear_log()
    looped = playbook.seconds(book, in_controller=in_controller, count=items) - started
    reach = connection(emulator)
    sent = [sendable(entry, login_form(reach)) for entry in emulator.log()]
    bare = run({"what": "replay", "connection": reach, "threads": 1, "phases": [sent]})
    if bare["statuses"] != [200]:
        sys.exit(f"{book.name}: the replay was answered with {bare['statuses']}")
    item, requests = 1000 * looped / items, 1000 * bare["seconds"] / items
    return {"above": item - requests, "item": item, "requests": requests, "sent": len(sent)}


def _asked(emulator: Emulator) -> list[Row]:
    """What a loop asks for only once, in a loop whose items name everything as people do."""
    tenant = emulator.tenant()
    [environment] = tenant["environments"]
    apps = {app["id"]: app["name"] for app in environment["apps"]}
    users = {user["id"]: user["upn"] for user in tenant["users"]}
    named = [
        {**item, "environment": environment["name"], "app": apps[item["app"]], "user": users[item["user"]]}
        for item in _missing(emulator)
    ]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        # Ids are asked for with one token, for PowerApps and the environments; names also with one for the directory.
        for name, items, audiences in (("ids", _there(emulator), 1), ("names", named, 2)):
            emulator.reset()
            playbook.seconds(
                _looped(folder, emulator, items), in_controller=True, changes=name == "names", count=len(items)
            )
            log = emulator.log()
            tokens = [entry for entry in log if entry["service"] == "login" and entry["method"] == "POST"]
            environments = [entry for entry in log if entry["service"] == "bap" and "/environments" in entry["path"]]
            loop = f"a loop of {len(items)} items by {name}"
            found += [
                Row(f"{loop}: tokens", len(tokens), "", float(audiences)),
                Row(f"{loop}: look-ups of the environment", len(environments), "", 1.0),
                Row(f"{loop}: requests", len(log), "", behind=emulator.summary()),
            ]
    return found


def _new(emulator: Emulator, name: str, rounds: int) -> list[Row]:
    """The same changes in all ways, whole commands with their start-up."""
    items = _missing(emulator)
    with tempfile.TemporaryDirectory() as folder:
        resources = [{"kind": "powerapp_role", **item} for item in items]
        task = {"powerops.powerplatform.converge": {"resources": "{{ resources }}"}}
        bulk = _book(folder, "bulk", task, emulator, resources)
        loop = _looped(folder, emulator, items)
        ways: dict[str, Callable[[], float]] = {
            "one converge": lambda: _changed(emulator, bulk, in_controller=True),
            "a loop inside the controller": lambda: _changed(emulator, loop, in_controller=True),
            "a loop of modules": lambda: _changed(emulator, loop, in_controller=False),
            "a shell loop of imports": _processes,
        }
        quick = ("one converge", "a loop inside the controller")
        spent = {
            way: [measure() for _round in range(rounds if way in quick else min(rounds, 2))]
            for way, measure in ways.items()
        }
    seconds = {way: median(each) for way, each in spent.items()}
    inside = seconds["a loop inside the controller"]
    return [
        row
        for way, value in seconds.items()
        for row in (
            Row(f"{name}: {way}", value, "s", behind={"rounds": spent[way]}),
            Row(f"{name}: {way} / inside the controller", value / inside),
        )
    ]


def _changed(emulator: Emulator, book: Path, *, in_controller: bool) -> float:
    emulator.reset()
    spent = playbook.seconds(book, in_controller=in_controller, changes=True, count=ITEMS)
    writes = emulator.summary()["writes"]
    if writes != ITEMS:
        sys.exit(f"{book.name}: expected {ITEMS} writes, got {writes}")
    return spent


def _processes() -> float:
    start = time.perf_counter()
    subprocess.run(["sh", "-c", _PROCESSES], check=True)
    return time.perf_counter() - start
