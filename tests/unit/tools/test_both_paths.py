# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of integration targets inside the controller and as modules sees what differs, and forgives little."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.both import problems, read
from tests.integration.run import WAYS, targets, ways_of
from tests.tools.stage import ROOT

Json = dict[str, Any]

MOMENT = 1_795_370_000.0
MADE = ("3f1c8a52-7d06-4b9e-8a11-5c2e9d40b7f3", "91b7e0d4-22c5-4f68-b3a9-0e6d1c7f8a24")
CALLS = {"read": 4, "write": 0, "throttled": 0, "tokens": 2}
RESULT: Json = {
    "changed": False,
    "msg": "The flow is not there.",
    "warnings": ["flow is 'Export' now, not 'Old export'."],
    "deprecations": [{"msg": "The option goes away.", "version": "2.0.0"}],
    "diff": {"before": {"state": "started"}, "after": {"state": "stopped"}},
    "invocation": {"module_args": {"flow": "f1", "state": "stopped"}},
    "api_calls": CALLS,
}


def record(shipped: int = 0, task: str = "Stop it", **changes: Any) -> Json:
    """A task that ran once."""
    return {
        "host": "localhost",
        "task": task,
        "action": "powerops.powerplatform.flow_state",
        "needs_process": False,
        "runs": 1,
        "shipped": shipped,
        "time": MOMENT,
        "result": {**RESULT, **changes},
    }


def told(inside: Json, outside: Json) -> list[str]:
    """What is found in two runs of one task, given what each returned besides."""
    return problems([record(**inside)], [record(1, **outside)])


def looped(*items: Json, shipped: int = 0) -> list[Json]:
    """A run of one task with a loop."""
    whole = record(shipped and len(items))
    results = [{**RESULT, **item} for item in items]
    return [{**whole, "runs": len(items), "result": {"changed": False, "results": results}}]


def token(**claims: Any) -> str:
    """One as the services hand it out."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "none"}, claims)]
    return b".".join([*parts, b"c2lnbmF0dXJl"]).decode()


def test_what_is_the_same_is_no_problem() -> None:
    assert problems([record()], [record(1)]) == []


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("msg", "The flow is gone."),
        ("warnings", []),
        ("deprecations", [{"msg": "The option goes away.", "version": "3.0.0"}]),
        ("diff", {"before": {"state": "started"}, "after": {"state": "started"}}),
        ("invocation", {"module_args": {"flow": "f1"}}),
        ("invocation", {"module_args": {"flow": "f1", "state": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}}),
        ("changed", 0),
        ("api_calls", {**CALLS, "tokens": 1}),
    ],
)
def test_a_difference_is_told_with_its_task_and_place(name: str, other: object) -> None:
    (text,) = told({}, {name: other})
    assert text.startswith(f"Stop it (flow_state, localhost): {name}")
    assert "\n    inside the controller: " in text
    assert "\n    as a module: " in text


def test_a_key_on_one_side_is_a_difference() -> None:
    (text,) = told({}, {"exception": "(traceback unavailable)"})
    assert "exception\n    inside the controller: (nothing)\n" in text


def test_of_long_texts_the_spot_is_shown_where_they_part() -> None:
    (text,) = told({"msg": f"{'a' * 500}here{'z' * 500}"}, {"msg": f"{'a' * 500}there{'z' * 500}"})
    assert "aaahere" in text
    assert "aaathere" in text
    assert len(text) < 600


def test_missing_and_further_tasks_are_differences() -> None:
    both = [record(), record(task="Start it")]
    (fewer,) = problems(both, [record(1)])
    assert "other tasks from here on\n    inside the controller: Start it (flow_state, localhost)" in fewer
    (more,) = problems([record()], [record(1), record(1, task="Start it")])
    assert "as a module: Start it (flow_state, localhost)" in more
    assert problems(both, [record(1, task="Start it"), record(1)])


def test_every_item_is_compared() -> None:
    (text,) = problems(looped({}, {"msg": "One."}, {}), looped({}, {"msg": "Another."}, {}, shipped=1))
    assert "item 2: msg" in text
    assert any("results" in text for text in problems(looped({}, {}), looped({}, {}, {}, shipped=1)))


def test_later_items_may_ask_less_and_the_first_may_not() -> None:
    fewer = {"api_calls": {**CALLS, "read": 1, "tokens": 0}}
    assert problems(looped({}, fewer), looped({}, {}, shipped=1)) == []
    assert problems(looped(fewer, {}), looped({}, {}, shipped=1))
    assert problems(looped({}, {}), looped({}, fewer, shipped=1))


@pytest.mark.parametrize("calls", [{"write": 1}, {"throttled": 1}, {"read": 5}])
def test_later_items_may_not_ask_otherwise(calls: Json) -> None:
    assert problems(looped({}, {"api_calls": {**CALLS, **calls}}), looped({}, {}, shipped=1))


def test_an_item_that_fails_may_have_looked_twice() -> None:
    error = {"error": {"type": "NotFoundError"}}
    twice, thrice = ({**error, "api_calls": {**CALLS, "read": count}} for count in (8, 9))
    assert problems(looped({}, twice), looped({}, error, shipped=1)) == []
    assert problems(looped({}, thrice), looped({}, error, shipped=1))


def test_a_later_attempt_may_ask_less() -> None:
    later = {"attempts": 2, "api_calls": {**CALLS, "tokens": 0}}
    assert told(later, {"attempts": 2}) == []


def test_ids_of_requests_are_forgiven_under_their_names() -> None:
    headers = [{"error": {"correlation": {"x-ms-client-request-id": made, "client-request-id": "1"}}} for made in MADE]
    assert told(*headers) == []
    texts = [{"msg": f"Refused. (x-ms-correlation-request-id {made})"} for made in MADE]
    assert told(*texts) == []
    assert told({"error": {"correlation": {"request-id": MADE[0]}}}, {"error": {"correlation": {"request-id": ""}}})
    assert told({"msg": "Refused. (request-id one)"}, {"msg": "Refused. (request-id two)"})


def test_a_made_up_id_stands_for_one_thing() -> None:
    first, second = MADE
    assert told({"id": first, "text": f"of {first}"}, {"id": second, "text": f"of {second}"}) == []
    assert told({"id": first, "text": f"of {first}"}, {"id": second, "text": f"of {first}"})
    assert told({"id": first, "other": second}, {"id": second, "other": second})
    assert told({"id": first, "big": first.upper()}, {"id": second, "big": second.upper()}) == []
    assert told({"id": first, "big": first.upper()}, {"id": second, "big": first.upper()})
    assert told({"id": first.upper()}, {"id": second})


def test_ids_of_the_emulated_tenant_are_not_made_up() -> None:
    people = ("a0000000-0000-4000-8000-000000000001", "a0000000-0000-4000-8000-000000000002")
    assert told({"id": people[0]}, {"id": people[1]})
    assert told({"id": people[0]}, {"id": MADE[0]})


def test_times_are_forgiven_when_they_are_as_old() -> None:
    now = {"at": "2026-11-22T17:53:20Z"}
    assert told(now, {"at": "2026-11-22T17:54:20.1234567Z"}) == []
    assert told(now, {"at": "2026-11-21T17:53:20Z"})
    later = {**record(1, at="2026-11-23T17:53:20Z"), "time": MOMENT + 86_400}
    assert problems([record(**now)], [later]) == []


def test_temporary_files_have_names_at_random() -> None:
    folder = tempfile.gettempdir()
    assert told({"path": f"{folder}/login-3cmztt41/tokens"}, {"path": f"{folder}/login-c3wd02_i/tokens"}) == []
    assert told({"path": f"{folder}/login-3cmztt41/tokens"}, {"path": f"{folder}/login-c3wd02_i/token"})
    assert told({"path": f"{folder}/login-3cmztt41/tokens"}, {"path": f"{folder}/logon-c3wd02_i/tokens"})
    assert told({"path": "/home/login-3cmztt41"}, {"path": "/home/login-c3wd02_i"})


def test_tokens_are_forgiven_for_their_times() -> None:
    first = {"token": token(oid="1", iat=1, exp=2)}
    assert told(first, {"token": token(oid="1", iat=3, exp=4)}) == []
    assert told(first, {"token": token(oid="2", iat=1, exp=2)})


def test_nothing_compared_is_a_problem() -> None:
    assert problems([], [])
    assert problems([record(1)], [record(1)])


def test_where_a_task_ran_is_proven() -> None:
    (stayed,) = problems([record()], [record()])
    assert "1 of 1 ran inside the controller, which was turned off" in stayed
    left = record(1, task="Start it")
    (text,) = problems([record(), left], [record(1), left])
    assert text.startswith("Start it (flow_state, localhost): 1 of 1 ran as a module")
    asked = {**left, "needs_process": True}
    assert problems([record(), asked], [record(1), asked]) == []


def test_a_record_is_read_with_names_for_what_is_of_one_run(tmp_path: Path) -> None:
    written = tmp_path / "record.jsonl"
    hosts = [{**record(msg=f'{tmp_path}/a "b" :44491'), "host": host} for host in ("b", "a", "b")]
    written.write_text("".join(json.dumps(line) + "\n" for line in hosts), encoding="utf-8")
    found = read(written, {str(tmp_path): "(folder)", ":44491": ":(port)"})
    assert [line["host"] for line in found] == ["a", "b", "b"]
    assert {line["result"]["msg"] for line in found} == {'(folder)/a "b" :(port)'}
    assert read(tmp_path / "nothing", {}) == []


def test_every_target_of_a_module_runs_on_both_paths() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py")}
    ways = {target: ways_of(target) for target in targets() if target in modules}
    assert ways == {module: list(WAYS) for module in modules}
