# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a playbook shows what `no_log` hides, where modules ran, and what became of failures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.both import INSIDE, OUTSIDE, differences, misplaced, ran_inside, read
from tests.integration.run import WAYS, recorder
from tests.unit.play import Play

Json = dict[str, Any]

MODULE = "powerops.powerplatform.flow_state"
FLOW = {"environment": "Finance Production", "flow": "f0000000-0000-4000-8000-000000000011"}
TASKS: list[Json] = [
    {"name": "Hidden", MODULE: {**FLOW, "state": "started"}, "no_log": True, "check_mode": True},
    {"name": "Failed", MODULE: {**FLOW, "state": "asleep"}, "ignore_errors": True},
    {"name": "Failed after all", MODULE: {**FLOW, "state": "asleep"}, "failed_when": False},
    {"name": "Looped", MODULE: {**FLOW, "state": "{{ item }}"}, "loop": ["started", "stopped"], "check_mode": True},
    {"name": "Skipped", MODULE: {**FLOW, "state": "started"}, "when": False},
    {"name": "In a process", MODULE: {**FLOW, "state": "started"}, "environment": {"ANY": "thing"}},
    {"name": "Of others", "ansible.builtin.debug": {"msg": "Nothing of ours."}},
]


def recorded(play: Play, folder: Path, variables: Json) -> list[Json]:
    """What is written down of the tasks."""
    folder.mkdir()
    playbook = folder / "playbook.yml"
    settings = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    given = {"hosts": "localhost", "gather_facts": False, "vars": settings, "tasks": TASKS}
    playbook.write_text(json.dumps([given]), encoding="utf-8")
    play.variables |= {**variables, **recorder(folder / "record.jsonl")}
    play(playbook)
    return read(folder / "record.jsonl", {})


@pytest.fixture
def records(play: Play, tmp_path: Path) -> list[list[Json]]:
    """Of the same tasks in both ways."""
    return [recorded(play, tmp_path / way, variables) for way, variables in WAYS.items()]


def test_both_ways_are_recorded_alike(records: list[list[Json]]) -> None:
    inside, outside = records
    own = [task["name"] for task in TASKS if MODULE in task]
    assert [record["task"] for record in inside] == own
    assert [record["runs"] for record in inside] == [1, 1, 1, 2, 0, 1]
    assert (ran_inside(inside), ran_inside(outside)) == (5, 0)
    assert (misplaced(inside, outside), differences(inside, outside)) == ([], [])
    assert any(OUTSIDE in text for text in misplaced(outside, outside))
    assert any(INSIDE in text for text in misplaced(inside, inside))

    results = {record["task"]: record["result"] for record in inside}
    assert results["Hidden"]["action"] == "none"
    assert "state must be one of" in results["Failed"]["msg"]
    assert [item["item"] for item in results["Looped"]["results"]] == ["started", "stopped"]
    assert results["Skipped"]["skipped"] is True
