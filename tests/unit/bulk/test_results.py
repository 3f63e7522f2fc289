# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results: one shape for none, one and a thousand items, in input order; a diff and a row for what matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BRAND_NEW,
    EXPENSES,
    JOERG,
    KIM,
    LEE,
    OFF,
    RUNNING,
    roles_of,
    state_of,
)
from tests.unit.engine.samples import SAMPLES

from .conftest import audit, converge, flow, holds, roles

SHAPE = {"changed", "outcomes", "summary", "plan", "api_calls", "api_calls_planned", "accepted", "seen"}


def shape(result: dict[str, Any]) -> set[str]:
    """Members of a result that are not Ansible's own."""
    return set(result) - {"invocation", "login", "diff", "warnings", "failed", "msg"}


def test_no_item_is_a_call_too(emulator: Emulator) -> None:
    ended = converge(emulator)
    assert (ended.failed, ended.result["changed"], ended.result["outcomes"]) == (False, False, [])
    assert ended.result["plan"] == {"digest": converge(emulator, flow("started")).result["plan"]["digest"]} | {
        "changes": 0,
        "removals": 0,
    }
    assert audit(emulator).result["outcome"] == "clean"


def test_the_shape_does_not_depend_on_how_many_there_are(emulator: Emulator) -> None:
    many = [flow(flow_id=item) for item in (RUNNING, OFF)] * 500
    shapes = [
        shape(converge(emulator, *items, **options).result)
        for items in ([], [flow()], many)
        for options in ({}, {"return": "all"}, {"return": "changed"})
    ]
    assert shapes == [SHAPE] * 9
    assert shape(converge(emulator, *many, check_mode=True).result) == SHAPE | {"drift"}
    assert shape(converge(emulator, *many, max_changes=0).result) == SHAPE


def test_a_thousand_items_tell_of_those_that_matter(emulator: Emulator) -> None:
    """Two things, declared five hundred times each: one of them is as declared."""
    many = [flow(flow_id=item) for item in (RUNNING, OFF)] * 500
    ended = converge(emulator, *many)
    assert [row["item"] for row in ended.result["outcomes"]] == list(range(0, 1000, 2))
    assert ended.result["summary"] == {
        "total": 1000,
        "by_status": {"changed": 500, "ok": 500},
        "by_action": {"update": 500, "none": 500},
    }
    assert ended.result["plan"]["changes"] == 1
    assert ended.result["invocation"]["module_args"]["resources"] == "1000 items"
    assert len(emulator.log(writes=True)) == 1
    assert converge(emulator, *many).result["outcomes"] == []
    told = converge(emulator, *many, **{"return": "all"}).result["outcomes"]
    assert [row["item"] for row in told] == list(range(1000))


@pytest.mark.parametrize(("count", "told"), [(500, 500), (501, 0)])
def test_up_to_five_hundred_items_are_all_told(emulator: Emulator, count: int, told: int) -> None:
    assert len(converge(emulator, *[flow("started")] * count).result["outcomes"]) == told


def test_rows_come_in_input_order_and_changed_ones_have_a_diff(emulator: Emulator) -> None:
    items = [flow(), roles(holds(LEE)), flow("stopped", OFF), roles(holds(KIM, "CanEdit"))]
    ended = converge(emulator, *items, check_mode=True)
    assert ended.statuses == ["planned", "planned", "ok", "ok"]
    assert [row["item"] for row in ended.result["outcomes"]] == [0, 1, 2, 3]
    assert [diff["before_header"].split()[0] for diff in ended.result["diff"]] == ["flow_state", "powerapp_role"]
    assert ended.result["diff"][0]["before"]["state"] == "started"
    assert ended.result["diff"][0]["after"]["state"] == "stopped"
    assert all("diff" not in row for row in ended.result["outcomes"])
    assert "diff" not in converge(emulator, *items, check_mode=True, diff=False).result
    assert ended.result["api_calls_planned"] == {"write": 2}
    assert (ended.result["plan"]["changes"], ended.result["plan"]["removals"]) == (2, 0)
    done = converge(emulator, *items)
    assert done.statuses == ["changed", "changed", "ok", "ok"]
    assert done.result["api_calls"]["write"] == len(emulator.log(writes=True)) == 2


def test_merged_items_count_as_the_one_thing_that_they_change(emulator: Emulator) -> None:
    """`plan` counts what max_changes and max_removals are held against."""
    take = {"state": "absent", "assignments": [{"user": KIM}]}
    items = [roles(holds(LEE)), roles(holds(JOERG)), roles(**take), roles(**take)]
    ended = converge(emulator, *items, check_mode=True, max_changes=1, max_removals=1)
    assert (ended.result["plan"]["changes"], ended.result["plan"]["removals"]) == (1, 1)
    assert ended.result["api_calls_planned"] == {"write": 1}
    assert not ended.failed
    converge(emulator, *items)
    assert KIM not in roles_of(emulator, EXPENSES)
    assert {roles_of(emulator, EXPENSES)[user] for user in (LEE, JOERG)} == {"CanView"}


def test_check_mode_plans_what_an_audit_plans(emulator: Emulator) -> None:
    items = [{"kind": name, **SAMPLES[name].differs} for name in sorted(KINDS)]
    checked = converge(emulator, *items, check_mode=True, client="delegated")
    audited = audit(emulator, *items, client="delegated")
    assert checked.result["plan"] == audited.result["plan"]
    assert checked.result["plan"]["changes"] == len(KINDS)
    drifted = [row for row in audited.result["findings"] if row["category"] in ("drifted", "missing")]
    assert [row["fingerprint"] for row in checked.result["drift"]] == [row["fingerprint"] for row in drifted]
    assert emulator.log(writes=True) == []


def test_all_kinds_in_one_call_and_again(emulator: Emulator) -> None:
    items = [{"kind": name, **SAMPLES[name].differs} for name in sorted(KINDS)]
    done = converge(emulator, *items, client="delegated")
    assert done.statuses == ["changed"] * len(KINDS)
    emulator.clear_log()
    again = converge(emulator, *items, client="delegated")
    assert (again.failed, again.result["changed"]) == (False, False)
    assert again.statuses == ["ok"] * len(KINDS)
    assert emulator.log(writes=True) == []
    assert audit(emulator, *items, client="delegated", orphaned=False).result["outcome"] == "clean"


def test_what_is_not_applicable_fails_nothing(emulator: Emulator) -> None:
    ended = converge(emulator, roles(holds(LEE), environment=BRAND_NEW), flow(), check_mode=True)
    assert (ended.failed, ended.statuses) == (False, ["not_applicable", "planned"])
    assert len(ended.result["drift"]) == 1


def test_drift_is_null_only_where_nobody_knows(emulator: Emulator) -> None:
    """A limit holds a plan back that is known all the same."""
    known = converge(emulator, flow(), check_mode=True, max_changes=0)
    assert known.failed
    assert [row["kind"] for row in known.result["drift"]] == ["flow_state"]
    unknown = converge(emulator, flow(), flow(flow_id="Nothing of the kind"), check_mode=True, on_error="continue")
    assert unknown.statuses == ["planned", "failed"]
    assert unknown.result["drift"] is None


def test_many_failures_do_not_name_each_other(emulator: Emulator) -> None:
    items = [flow(flow_id=f"Nothing {number}") for number in range(100)]
    ended = converge(emulator, *items, flow())
    assert len(ended.result["outcomes"][-1]["reason"]) < 200
    assert "and 80 more" in ended.result["outcomes"][-1]["reason"]
    assert "100 of 101 items failed and 1 were not attempted" in ended.result["msg"]
    assert "And 90 more." in ended.result["msg"]


# -- the progress file ------------------------------------------------------------------------------------------------


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_progress_file_tells_how_far_each_step_is(emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    ended = converge(emulator, flow(), roles(holds(LEE)), progress_path=str(path))
    told = lines(path)
    assert {line["step"] for line in told} == {"read", "write"}
    for line in told:
        assert 0 <= line["done"] <= line["of"] == 2
        assert line["left"] == line["of"] - line["done"]
    for step in ("read", "write"):
        done = [line["done"] for line in told if line["step"] == step]
        assert (done[0], done[-1]) == (0, 2)
        assert done == sorted(done)
    sent = [line["requests"] for line in told]
    assert sent == sorted(sent)
    calls = ended.result["api_calls"]
    assert 0 < sent[-1] <= calls["read"] + calls["write"] + calls["tokens"]


def test_check_mode_leaves_the_progress_file_alone_unless_asked(emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    converge(emulator, flow(), check_mode=True, progress_path=str(path))
    assert not path.exists()
    converge(emulator, flow(), check_mode=True, progress_path=str(path), progress_in_check_mode=True)
    assert [(line["step"], line["done"]) for line in lines(path)] == [("read", 0), ("read", 1)]
    audit(emulator, flow(), progress_path=str(path))
    assert lines(path)[-1]["left"] == 0


def test_a_full_disk_does_not_take_the_report(emulator: Emulator) -> None:
    ended = converge(emulator, flow(), progress_path="/dev/full")
    assert ended.statuses == ["changed"]
    assert state_of(emulator, RUNNING) == "Stopped"
