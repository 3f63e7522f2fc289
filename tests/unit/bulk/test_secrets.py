# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in items come out nowhere: not in results, messages, diffs or the invocation, and not in the system's log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE

from .conftest import JOBS, Ended, flow, run_module

SECRET = "k3y-0f-the-archive-9d1f"
# As keys in PEM files are, and as people paste them.
TWISTED = 'it\'s "q\\uoted"\nand-on-another-l1ne-77'
BLOB = {
    "kind": "connection",
    "environment": FINANCE,
    "connector": "shared_azureblob",
    "key": "receipts",
    "display_name": "Receipts archive",
    "parameters": {"accountName": "archive"},
}


def blob(secret: str = SECRET, **more: Any) -> dict[str, Any]:
    """A connection that is made with a secret."""
    return {**BLOB, "secret_parameters": {"accessKey": secret}, **more}


def assert_hidden(ended: Ended, secret: str = SECRET) -> None:
    """In every spelling of a secret, and of each of its lines."""
    for part in secret.splitlines():
        for spelling in (part, repr(part)[1:-1], json.dumps(part)[1:-1], json.dumps(json.dumps(part))[3:-3]):
            assert spelling not in ended.printed
            assert spelling not in ended.logged
    assert "invocation" in ended.result


BOTH = pytest.mark.parametrize("module", sorted(JOBS))
IN_ANY_FORM = pytest.mark.parametrize("secret", [SECRET, TWISTED], ids=["plain", "twisted"])


@BOTH
@IN_ANY_FORM
@pytest.mark.parametrize("check_mode", [False, True])
def test_secrets_of_items_are_hidden_when_all_is_well(
    emulator: Emulator, module: str, secret: str, check_mode: bool
) -> None:
    ended = run_module(module, emulator, [flow(), blob(secret)], check_mode=check_mode)
    assert not ended.failed
    assert ended.logged.startswith("Invoked with")
    assert "resources=2 items" in ended.logged
    assert_hidden(ended, secret)
    if module == "converge" and not check_mode:
        assert ended.statuses == ["changed", "changed"]
        [sent] = [entry for entry in emulator.log(writes=True) if entry["method"] == "PUT"]
        assert "accountName" in json.dumps(sent["body"])


@BOTH
@IN_ANY_FORM
@pytest.mark.parametrize(
    "item",
    [
        {**BLOB, "kind": "conection"},
        {**BLOB, "kind": None},
        {**BLOB, "colour": "red"},
        {**BLOB, "state": "there"},
        {**BLOB, "parameters": "archive"},
        {**BLOB, "environment": " "},
    ],
    ids=["misspelt kind", "no kind", "unknown option", "wrong choice", "wrong type", "blank"],
)
def test_secrets_are_hidden_when_their_item_is_wrong(
    emulator: Emulator, module: str, item: dict[str, Any], secret: str
) -> None:
    ended = run_module(module, emulator, [{**item, "secret_parameters": {"accessKey": secret}}])
    assert ended.failed
    assert_hidden(ended, secret)
    assert emulator.log() == []


@BOTH
def test_secrets_are_hidden_whatever_holds_them(emulator: Emulator, module: str) -> None:
    """Of a wrong type, under a slip of the pen, in a document that is a text."""
    items = [
        {**BLOB, "secret_parameters": SECRET},
        {**BLOB, "secret_parameters": [SECRET]},
        {**BLOB, "secret_parameter": {"accessKey": SECRET}},
        {**BLOB, "password": SECRET},
        {"kind": "flow", "definition": json.dumps({"actions": {"clientSecret": SECRET}}), "colour": "red"},
        {"kind": "flow", "definition": f"actions:\n  clientSecret: {SECRET}\n", "colour": "red"},
        {"kind": "power_platform_resource", "body": {"clientSecret": SECRET}},
        {"kind": "nothing", "body": f"{{clientSecret: {SECRET}}}"},
    ]
    for item in items:
        ended = run_module(module, emulator, [item])
        assert ended.failed, item
        assert_hidden(ended)
    ended = run_module(module, emulator, [{**BLOB, "secret_parameters": {"accessKey": 48151623}, "kind": "conection"}])
    assert_hidden(ended, "48151623")


@BOTH
@IN_ANY_FORM
@pytest.mark.parametrize(
    "options",
    [{"colour": "red"}, {"deadline": "soon"}, {"accepted_drift": [{}]}, {"previous_report": "/nowhere"}],
    ids=["unknown", "wrong type", "incomplete", "not there"],
)
def test_secrets_are_hidden_when_another_option_is_wrong(
    emulator: Emulator, module: str, options: dict[str, Any], secret: str
) -> None:
    ended = run_module(module, emulator, [blob(secret)], **options)
    assert ended.failed
    assert_hidden(ended, secret)


@BOTH
@pytest.mark.parametrize(
    "given",
    [
        json.dumps([blob()]),
        [json.dumps(blob())],
        json.dumps(blob()),
        blob(),
        [f"kind=connection accessKey={SECRET}"],
        f"- kind: connection\n  secret_parameters: {{accessKey: {SECRET}}}",
        f"[{{'kind': 'connection', 'secret_parameters': {{'accessKey': '{SECRET}'}}}}",
    ],
    ids=["JSON", "JSON items", "JSON of one", "one", "words", "YAML", "broken"],
)
def test_secrets_are_hidden_in_whatever_form_items_come(emulator: Emulator, module: str, given: Any) -> None:
    for options in ({}, {"colour": "red"}):
        ended = run_module(module, emulator, given, check_mode=True, **options)
        assert_hidden(ended)


@BOTH
def test_secrets_are_hidden_when_the_option_is_misspelt(emulator: Emulator, module: str) -> None:
    ended = run_module(module, emulator, [flow()], resource=[blob()])
    assert ended.failed
    assert_hidden(ended)


def test_a_secret_that_a_service_repeats_is_hidden(emulator: Emulator) -> None:
    fault = {
        "kind": "status",
        "status": 400,
        "code": "Broken",
        "message": f"{SECRET} is weak",
        "match": {"method": "PUT"},
    }
    emulator.faults([fault])
    ended = run_module("converge", emulator, [blob()])
    assert ended.statuses == ["failed"]
    assert "is weak" in ended.result["msg"]
    assert_hidden(ended)


def test_what_is_no_secret_stays_readable(emulator: Emulator) -> None:
    """The key of a connection is a name."""
    ended = run_module("converge", emulator, [{**blob(), "key": "e", "colour": "red"}])
    assert "Unsupported parameters" in ended.result["msg"]
    assert ended.result["invocation"]["module_args"]["resources"][0]["key"] == "e"


def test_secrets_are_hidden_where_a_message_quotes_them(emulator: Emulator) -> None:
    """A quoted text spells line breaks, quotes and backslashes in another way."""
    ended = run_module("converge", emulator, [{"kind": TWISTED, "client_secret": TWISTED}])
    assert "there is no kind" in ended.result["msg"]
    assert_hidden(ended, TWISTED)
