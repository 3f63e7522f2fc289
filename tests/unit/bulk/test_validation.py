# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All items are checked by the rules of their kinds before anything is sent, logging in included."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE, LEE

from .conftest import JOBS, converge, flow, holds, roles, run_module

BOTH = pytest.mark.parametrize("module", sorted(JOBS))
# What is wrong with an item, and a word of what is said of it.
WRONG: dict[str, tuple[Any, str]] = {
    "a kind that nobody knows": ({"kind": "powerapp_rol"}, "there is no kind 'powerapp_rol'"),
    "no kind": ({"environment": FINANCE}, "kind is missing"),
    "a kind that is no text": ({"kind": ["flow_state"]}, "kind is no text but list"),
    "a kind that only reads": ({"kind": "flow_info"}, "only reads"),
    "a kind that is done once": ({"kind": "flow_run"}, "done once"),
    "the name of the collection": ({"kind": "powerops.powerplatform.flow_state"}, "Write flow_state"),
    "a text": ("flow_state", "no dictionary but str"),
    "a number": (7, "no dictionary but int"),
    "a list": ([], "no dictionary but list"),
    "nothing": (None, "no dictionary but NoneType"),
    "a missing option": ({"kind": "flow_state", "environment": FINANCE, "state": "stopped"}, "flow"),
    "an unknown option": (flow(colour="red"), "colour"),
    "an option of logging in": (flow(client_id="x"), "client_id"),
    "a wrong choice": (flow("paused"), "paused"),
    "a wrong type": (roles(holds(LEE), max_removals="many"), "max_removals"),
    "options that exclude each other": (roles(holds(LEE), user=LEE, role="CanView"), "mutually exclusive"),
    "a blank reference": (flow(flow_id=" "), "it is empty"),
    "what only the kind knows to be wrong": (roles(user=LEE, state="absent", exclusive=True), "exclusive"),
}


@BOTH
@pytest.mark.parametrize("what", WRONG)
def test_an_item_that_is_wrong_is_named_and_nothing_is_sent(emulator: Emulator, module: str, what: str) -> None:
    item, said = WRONG[what]
    ended = run_module(module, emulator, [flow(), item])
    assert ended.failed
    assert "nothing was sent" in ended.result["msg"]
    assert "resources[1]" in ended.result["msg"]
    assert said in ended.result["msg"]
    assert {fault["item"] for fault in ended.result["faults"]} == {1}
    assert ended.result["error"]["type"] == "OptionError"
    assert ended.result["api_calls"] == {"read": 0, "write": 0, "throttled": 0, "tokens": 0}
    assert emulator.log() == []


def test_every_fault_of_every_item_is_told(emulator: Emulator) -> None:
    """The first ten in the message, all of them in the result, in the order of the items."""
    items = [flow("paused", colour="red"), flow(), *(item for item, _said in WRONG.values())]
    ended = converge(emulator, *items, check_mode=True)
    told = [fault["item"] for fault in ended.result["faults"]]
    assert told == sorted(told)
    assert set(told) == {index for index in range(len(items)) if index != 1}
    assert told.count(0) == 2
    assert f"{len(items) - 1} of the items are wrong" in ended.result["msg"]
    assert f"And {len(told) - 10} more." in ended.result["msg"]
    assert all(fault["message"] for fault in ended.result["faults"])
    assert ended.result["drift"] is None
    assert emulator.log() == []


@pytest.mark.parametrize("name", sorted({**INFO_KINDS, **ACTION_KINDS}))
def test_no_kind_that_declares_no_state_is_taken(emulator: Emulator, name: str) -> None:
    ended = converge(emulator, {"kind": name})
    assert "Use the module by itself" in ended.result["msg"]
    assert all(known in ended.result["msg"] for known in KINDS)


def test_items_may_come_as_json_texts(emulator: Emulator) -> None:
    for resources in (json.dumps([flow()]), [json.dumps(flow())]):
        ended = run_module("converge", emulator, resources, check_mode=True)
        assert ended.statuses == ["planned"]


@BOTH
@pytest.mark.parametrize("given", ["kind=flow_state", "[{", {"kind": "flow_state"}, 7], ids=str)
def test_what_is_no_list_is_refused(emulator: Emulator, module: str, given: Any) -> None:
    ended = run_module(module, emulator, given)
    assert "it is no list" in ended.result["msg"]
    assert emulator.log() == []


@BOTH
def test_resources_are_required(emulator: Emulator, module: str) -> None:
    ended = run_module(module, emulator, None)
    assert ended.failed
    assert "'resources'" in ended.result["msg"]
    assert emulator.log() == []


# Options of the task that are wrong, and the option that is named.
TASKS = [
    ({"max_removals": -2}, "max_removals"),
    ({"max_changes": -2}, "max_changes"),
    ({"expected_plan": "abc"}, "expected_plan"),
    ({"expected_plan": ""}, "expected_plan"),
    ({"accepted_drift": [{"id": "x", "owner": "o", "reason": "r", "expires": "soon"}]}, "accepted_drift[0].expires"),
    (
        {"accepted_drift": [{"id": "x", "owner": " ", "reason": "r", "expires": "2999-01-01"}]},
        "accepted_drift[0].owner",
    ),
    ({"accepted_drift": [{"id": " ", "owner": "o", "reason": "r", "expires": "2999-01-01"}]}, "accepted_drift[0]"),
    ({"previous_report": "/nowhere/report.json"}, "previous_report"),
    ({"progress_path": "/nowhere/progress.json"}, "progress_path"),
]


@pytest.mark.parametrize(("options", "named"), TASKS, ids=[str(options) for options, _named in TASKS])
def test_a_wrong_option_of_the_task_is_found_before_anything_is_sent(
    emulator: Emulator, options: dict[str, Any], named: str
) -> None:
    ended = converge(emulator, flow(), **options)
    assert ended.failed
    assert named in ended.result["msg"]
    assert ended.result["error"]["type"] == "OptionError"
    assert emulator.log() == []


def test_the_list_of_kinds_in_the_documentation_is_that_of_the_catalog() -> None:
    import re

    from ansible_collections.powerops.powerplatform.plugins.doc_fragments.bulk import ModuleDocFragment

    sentence = re.search(r"- Kinds are (.*?)\.\n", ModuleDocFragment.DOCUMENTATION, re.DOTALL)
    assert sentence
    assert re.findall(r"C\((\w+)\)", sentence[1]) == sorted(KINDS)
