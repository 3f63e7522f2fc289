# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options are checked, secrets are hidden and results are shaped in the controller as they are by modules."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller import _plain
from tests.emulator.control import Emulator

from .looping import Json, Loop, alone, said, told
from .playing import EXPENSES, EXPORT, FINANCE

SECRET = "k3y-0f-the-archive-9d1f"
FLOW = {"environment": FINANCE, "flow": EXPORT, "state": "stopped"}
ROLE = {"environment": FINANCE, "app": EXPENSES, "role": "CanView", "user": "lee@contoso.example"}
POLL = {"environment": "~default", "flow": "f0000000-0000-4000-8000-000000000002", "client": "maker"}
BLOB = {
    "environment": FINANCE,
    "connector": "shared_azureblob",
    "key": "receipts",
    "display_name": "Receipts archive",
    "parameters": {"accountName": "archive"},
    "secret_parameters": {"accessKey": SECRET},
}
CASES: dict[str, tuple[str, Json]] = {
    "missing": ("flow_state", {"environment": FINANCE}),
    "unknown": ("flow_state", {**FLOW, "colour": "red", "client_sekret": "x"}),
    "unknown and missing": ("flow_state", {"colour": "red"}),
    "wrong type": ("flow_state", {**FLOW, "as_admin": "perhaps"}),
    "wrong type inside": ("powerapp_role", {**ROLE, "protected_principals": {"a": 1}}),
    "number in place of a text": ("flow_state", {**FLOW, "flow": 42}),
    "text in place of a number": ("powerapp_role", {**ROLE, "max_removals": "3"}),
    "yes": ("flow_state", {**FLOW, "as_admin": "yes"}),
    "comma": ("environment_info", {"environments": "Finance Production,Brand New"}),
    "choices": ("flow_state", {**FLOW, "state": "paused"}),
    "choices of a way to log in": ("flow_state", {**FLOW, "auth_method": "guess"}),
    "mutually exclusive": ("powerapp_role", {**ROLE, "group": "Makers"}),
    "required one of": ("powerapp_role", {"environment": FINANCE, "app": EXPENSES}),
    "required by": ("powerapp", {"environment": FINANCE, "app": EXPENSES, "role_for_old_owner": "CanEdit"}),
    "blank": ("flow_state", {**FLOW, "flow": " "}),
    "null": ("flow_state", {**FLOW, "environment": None}),
    "wrong deadline": ("flow_state", {**FLOW, "deadline": 0}),
    "wrong secret": ("flow_state", {**FLOW, "client_secret": SECRET}),
    "secret that is a word of results": ("flow_state", {**FLOW, "client_secret": "True"}),
    "well": ("flow_state", FLOW),
    "renamed": ("flow_state", {**FLOW, "flow_display_name": "Daily export", "environment_display_name": "Money"}),
    "with a secret": ("connection", BLOB),
    "with a secret that is refused": ("connection", {**BLOB, "parameters": {"account": "archive"}}),
    "secret without its option": ("connection", {**BLOB, "display_nam": SECRET}),
    "secret as a text": ("connection", {**BLOB, "secret_parameters": SECRET}),
    "question": ("environment_info", {"environments": ["Finance*"]}),
    "question with a wrong answer": ("powerapp_info", {"environments": ["Nowhere"]}),
    "secret answer": ("flow_callback_url_info", POLL),
    "bulk": ("converge", {"resources": [{"kind": "flow_state", **FLOW}, {"kind": "connection", **BLOB}]}),
    "bulk with a wrong item": ("converge", {"resources": [{"kind": "conection", **BLOB}, {"kind": "flow_state"}]}),
    "bulk of a text": ("converge", {"resources": json.dumps([{"kind": "connection", **BLOB}])}),
    "bulk of nonsense": ("converge", {"resources": f"{{secret_parameters: {SECRET}"}),
    "bulk under another name": ("converge", {"ressources": [{"kind": "connection", **BLOB}]}),
    "bulk with something else": ("converge", {"resources": [{"kind": "flow_state", **FLOW}], "max_changes": -7}),
    "audit": ("drift_info", {"resources": [{"kind": "flow_state", **FLOW}]}),
    "audit of nothing": ("drift_info", {}),
    "export": ("desired_state_info", {"environments": ["Finance*"], "kinds": ["flow_state"]}),
    "deed": ("flow_run", {"environment": "~default", "flow": "Standup poll", "state": "cancelled"}),
    "deed that fails": ("flow_run", {"environment": "~default", "flow": "Nothing"}),
}


ID_OF_A_REQUEST = re.compile(r"((?:correlation|request) id )[0-9a-f-]{36}")


def both(emulator: Emulator, name: str, options: Json, **keywords: Any) -> tuple[Json, Json]:
    """The results of the controller and of the module, on the same tenant."""
    emulator.reset()
    here = Loop(emulator, name, **keywords).item(**options)
    here_sent = [(entry["method"], entry["path"]) for entry in emulator.log(writes=True)]
    emulator.reset()
    there = alone(emulator, name, **options, **keywords)
    assert here_sent == [(entry["method"], entry["path"]) for entry in emulator.log(writes=True)]
    return here, there


def _timeless(value: object) -> object:
    """Without what is new each time."""
    if isinstance(value, dict):
        gone = ("last_modified_time", "created_time", "correlation", "x-ms-client-request-id")
        return {key: _timeless(item) for key, item in value.items() if key not in gone}
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    return ID_OF_A_REQUEST.sub(r"\1", value) if isinstance(value, str) else value


@pytest.mark.parametrize("case", sorted(CASES))
@pytest.mark.parametrize("check_mode", [False, True], ids=["", "check mode"])
def test_results_are_those_of_the_module(emulator: Emulator, case: str, check_mode: bool) -> None:
    name, options = CASES[case]
    here, there = both(emulator, name, options, check_mode=check_mode, diff=not check_mode)
    assert _timeless(told(here, [])) == _timeless(told(there, []))
    assert SECRET not in json.dumps(here, default=str)
    assert "invocation" in here


@pytest.mark.parametrize("keyword", ["diff", "no_log"])
def test_keywords_of_a_task_count_as_for_the_module(emulator: Emulator, keyword: str) -> None:
    for name, options in (("flow_state", FLOW), CASES["secret answer"]):
        here, there = both(emulator, name, options, **{keyword: True})
        assert _timeless(told(here, [])) == _timeless(told(there, []))
    here, _there = both(emulator, "flow_state", FLOW, diff=True)
    assert here["diff"]
    here, _there = both(emulator, *CASES["secret answer"], no_log=True)
    assert not here.get("failed")


def test_secrets_of_the_environment_are_hidden(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a result repeats them."""
    given = emulator.credentials()
    monkeypatch.setenv("POWER_PLATFORM_CLIENT_SECRET", given["client_secret"])
    options = {**FLOW, "flow": f"The flow of {given['client_secret']}", "client_secret": None}
    here, there = both(emulator, "flow_state", options)
    assert given["client_secret"] not in json.dumps(here, default=str)
    assert told(here, []) == told(there, [])


def test_warnings_of_a_result_are_told_once(emulator: Emulator) -> None:
    loop = Loop(emulator, "flow_state")
    renamed = {**FLOW, "flow_display_name": "Daily export"}
    for _number in range(2):
        [warning] = loop.item(**renamed)["warnings"]
        assert "Daily export" in said(warning)
    assert "warnings" not in loop.item(**FLOW)


def test_what_is_deprecated_is_told(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KINDS["flow_state"]
    spec = {"type": "str", "removed_in_version": "9.0.0", "removed_from_collection": "powerops.powerplatform"}
    aliased = {**kind.options["flow_display_name"], "aliases": ["called"]}
    options = {**kind.options, "old": spec, "flow_display_name": aliased}
    monkeypatch.setattr(kind, "options", options)
    result = Loop(emulator, "flow_state").item(**FLOW, old="x", called="A", flow_display_name="B")
    [deprecated] = result["deprecations"]
    assert "'old'" in said(deprecated)
    assert "9.0.0" in str(deprecated)
    assert "powerops.powerplatform" in str(deprecated)
    assert "Both option flow_display_name and its alias called are set." in map(said, result["warnings"])
    assert "deprecations" not in Loop(emulator, "flow_state").item(**FLOW)


def test_options_are_read_as_json_holds_them() -> None:
    class Encrypted:
        __ENCRYPTED__ = True

        def __str__(self) -> str:
            return SECRET

    given = {
        "day": date(2026, 1, 2),
        "moment": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "pair": (1, 2.5),
        "secret": Encrypted(),
        "nothing": None,
        "sure": True,
        5: {"text": ["a"]},
    }
    assert _plain(given) == {
        "day": "2026-01-02",
        "moment": "2026-01-02T03:04:05+00:00",
        "pair": [1, 2.5],
        "secret": SECRET,
        "nothing": None,
        "sure": True,
        5: {"text": ["a"]},
    }
    with pytest.raises(TypeError, match="bytes"):
        _plain([b"text"])
    with pytest.raises(TypeError):
        _plain({"a": object()})


def test_options_are_not_written_to(emulator: Emulator) -> None:
    """The next item begins with those of the task, not with what became of them."""
    resources = [{"kind": "flow_state", **FLOW}] * 501
    loop = Loop(emulator, "converge")
    assert loop.item(resources=resources)["invocation"]["module_args"]["resources"] == "501 items"
    assert loop.item(resources=resources)["summary"]["total"] == 501
    assert isinstance(resources[0], dict)
