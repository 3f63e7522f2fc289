# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long task says how far it is while it runs; a short one says nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import INTERVAL, Ticker
from ansible_collections.powerops.powerplatform.plugins.plugin_utils import _live

from .playing import EXPORT, FINANCE, SETTING, Runner, module


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_come_once_in_an_interval() -> None:
    clock = Clock()
    ticker = Ticker(lambda: 7, ends=False, clock=clock)
    assert ticker.tick("read", 0, 10) is None
    clock.now = INTERVAL - 0.1
    assert ticker.tick("read", 1, 10) is None
    clock.now = INTERVAL
    line = ticker.tick("read", 4, 10)
    assert line is not None
    assert {key: value for key, value in line.items() if key != "time"} == {
        "step": "read",
        "done": 4,
        "of": 10,
        "left": 6,
        "requests": 7,
        "seconds": 2.0,
        "seconds_left": 3.0,
    }
    clock.now = INTERVAL + 1
    assert ticker.tick("read", 9, 10) is None
    clock.now = 2 * INTERVAL
    # Of another step, which begins now: nobody knows how long it takes.
    line = ticker.tick("apply", 0, 3)
    assert line is not None
    assert (line["seconds"], line["seconds_left"]) == (0.0, None)


def test_ends_are_told_where_they_are_wanted() -> None:
    for ends in (True, False):
        ticker = Ticker(lambda: 0, ends=ends, clock=Clock())
        told = [ticker.tick("read", done, 2) is not None for done in (0, 1, 2)]
        assert told == [ends, False, ends]


def test_a_line_is_shown_as_people_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    clock = Clock()
    monkeypatch.setattr(_live._display, "display", lambda text, **_where: shown.append(text))
    lines = _live.Lines("[localhost] Converge", Ticker(lambda: 12, ends=False, clock=clock))
    clock.now = 1.0
    lines("read", 0, 4)
    clock.now = 4.0
    lines("read", 2, 4)
    clock.now = 6.0
    lines("write", 0, 4)
    assert shown == [
        "[localhost] Converge: read 2 of 4, 12 requests, 3 s, about 3 s left",
        "[localhost] Converge: write 0 of 4, 12 requests, 0 s",
    ]


def test_a_long_run_tells_how_far_it_is(runner: Runner) -> None:
    """Before its result, and a file as well; a short one says nothing, and nor does a module."""
    declared = [
        {"kind": "powerapp_role", "environment": FINANCE, "app": app, "role": "CanView", "user": "lee@contoso.example"}
        for app in ("Expenses", "Old Timesheets", "aa000000-0000-4000-8000-000000000014")
    ]
    short = module(
        "converge",
        "short",
        resources=[{"kind": "flow_state", "environment": FINANCE, "flow": EXPORT, "state": "started"}],
    )
    long = module("converge", "long", resources=declared, progress_path="progress.jsonl")
    runner.emulator.faults([{"kind": "delay", "seconds": 2.2, "match": {"path": "/permissions$|modifyPermissions"}}])
    played = runner.tasks(short, long)
    assert played.status == 0, played.printed
    lines = re.findall(r"^\[localhost\] (\w+): (\w+) \d of \d, \d+ requests, \d+ s", played.printed, re.MULTILINE)
    assert {name for name, _step in lines} == {"long"}
    assert played.printed.index("[localhost] long: ") < played.printed.index("changed: [localhost]")
    noted = [json.loads(line) for line in Path(runner.folder, "progress.jsonl").read_text().splitlines()]
    ends = {(line["step"], line["done"]) for line in noted if line["done"] in (0, line["of"])}
    assert {(line["step"], 0) for line in noted} | {(line["step"], line["of"]) for line in noted} == ends
    assert {step for _name, step in lines} <= {line["step"] for line in noted}

    by_module = runner.tasks(long, **{SETTING: "false"})
    assert by_module.status == 0, by_module.printed
    assert "[localhost] long: " not in by_module.printed


def test_a_task_that_has_just_begun_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(_live._display, "display", lambda text, **_where: shown.append(text))
    watch = _live.lines("[localhost] Converge")(lambda: 0)
    watch("read", 0, 4)
    watch("read", 4, 4)
    assert shown == []
