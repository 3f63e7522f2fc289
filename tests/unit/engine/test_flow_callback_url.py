# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URL that starts a flow: read without a write, told once, and seen nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    OptionError,
    PermissionDeniedError,
    TokenError,
    UnknownReferenceError,
    UnreadableAnswerError,
    WriteRefusedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._guard import READING_POSTS, check_write
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import FLOW, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from tests.emulator.control import Emulator
from tests.integration.run import environment
from tests.unit.completeness.playing import play
from tests.unit.engine.conftest import (
    FINANCE,
    INTAKE,
    RUNNING,
    SANDBOX,
    ask,
    client,
    half_a_user,
    services_asked,
)

Json = dict[str, Any]

NAMES = {"environment": SANDBOX, "flow": INTAKE}
SECRET = "the-signature-of-the-test"
URL = f"https://prod.example/invoke?api-version=1&sig={SECRET}"


def url(emulator: Emulator, who: str = "delegated", **options: Any) -> Json:
    return ask(emulator, "flow_callback_url_info", who, **{**NAMES, **options})


def answering(emulator: Emulator, body: Any, status: int = 200) -> None:
    emulator.faults([{"kind": "status", "status": status, "body": body, "match": {"path": "/listCallbackUrl$"}}])


def test_it_is_read_and_nothing_is_written(emulator: Emulator) -> None:
    answer = url(emulator)
    assert answer["callback_url"].startswith("https://")
    assert "sig=" in answer["callback_url"]
    assert (answer["method"], answer["trigger_name"], answer["scope"]) == ("POST", "manual", "maker")
    assert set(answer) == {
        *("environment", "environment_display_name", "flow", "flow_display_name"),
        *("callback_url", "method", "trigger_name", "scope"),
    }
    assert emulator.log(writes=True) == []
    assert emulator.summary()["effects"] == 0


def test_the_whole_answer_is_at_the_top_or_one_below(emulator: Emulator) -> None:
    answering(emulator, {"value": URL})
    assert (url(emulator)["callback_url"], url(emulator)["method"]) == (URL, "")
    answering(emulator, {"response": {"value": URL, "method": "PUT"}})
    assert (url(emulator)["callback_url"], url(emulator)["method"]) == (URL, "PUT")


@pytest.mark.parametrize("body", [{}, {"response": {}}, {"response": {"value": None}}, {"response": {"basePath": URL}}])
def test_an_answer_without_the_url_is_not_repeated(emulator: Emulator, body: Json) -> None:
    answering(emulator, body)
    with pytest.raises(UnreadableAnswerError) as raised:
        url(emulator)
    assert SECRET not in str(raised.value)


def test_a_refusal_that_names_the_url_does_not_tell_it(emulator: Emulator) -> None:
    answering(emulator, {"error": {"code": "Forbidden", "message": f"No call of {URL} now."}}, 403)
    with pytest.raises(PermissionDeniedError) as raised:
        url(emulator)
    assert SECRET not in repr(raised.value) + str(raised.value) + raised.value.service_message


def test_what_is_known_is_hidden_from_then_on(emulator: Emulator) -> None:
    """Where no pattern tells a secret: by its very text."""
    plain = "https://prod.example/invoke/a-path-that-is-as-good-as-a-key"
    answering(emulator, {"response": {"value": plain, "queries": {"sig": SECRET}}})
    asking = client(emulator, "delegated", read_only=True)
    kind = INFO_KINDS["flow_callback_url_info"]
    options = {name: spec.get("default") for name, spec in kind.options.items()} | NAMES
    assert kind.read(asking, options)["callback_url"] == plain
    answering(emulator, {"error": {"code": "Forbidden", "message": f"{plain} and {SECRET}"}}, 403)
    with pytest.raises(PermissionDeniedError) as raised:
        kind.read(asking, options)
    assert "a-key" not in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_trigger_of_another_kind_has_none(emulator: Emulator) -> None:
    for options in ({"environment": FINANCE, "flow": RUNNING}, {"trigger_name": "When_a_mail_arrives"}):
        with pytest.raises(UnknownReferenceError) as raised:
            url(emulator, **options)
        assert raised.value.option == "trigger_name"
        assert f"trigger_name={options.get('trigger_name', 'manual')!r}" in raised.value.message
        assert "begin with an HTTP request" in raised.value.remedy


def test_another_thing_that_is_not_there_is_told_as_such(emulator: Emulator) -> None:
    answering(emulator, {"error": {"code": "FlowNotFound", "message": "Could not find it."}}, 404)
    with pytest.raises(NotFoundError, match="FlowNotFound"):
        url(emulator)


@pytest.mark.parametrize("options", [{"trigger_name": ""}, {"flow": " "}, {"environment": ""}])
def test_bad_input_is_found_before_anything_is_sent(emulator: Emulator, options: Json) -> None:
    with pytest.raises(OptionError):
        url(emulator, **options)
    assert emulator.log() == []


def test_an_application_cannot_read_it(emulator: Emulator) -> None:
    with pytest.raises(TokenError, match="nothing was sent"):
        url(emulator, "runner")
    with pytest.raises(TokenError, match="ListCallbackUrl does not take the application token"):
        INFO_KINDS["flow_callback_url_info"].read(
            half_a_user(emulator),
            {**NAMES, "environment_display_name": None, "flow_display_name": None, "trigger_name": "manual"},
        )
    assert services_asked(emulator) == set()


def test_a_reader_of_the_flow_cannot_read_it(emulator: Emulator) -> None:
    with pytest.raises(PermissionDeniedError):
        url(emulator, "maker", environment="~default", flow="f0000000-0000-4000-8000-000000000004")


# -- the short list of POSTs that only read ---------------------------------------------------------------------------

PATH = "/providers/Microsoft.ProcessSimple/environments/{environment}/flows/{flow}/triggers/{trigger}/listCallbackUrl"


def posting(**content: Any) -> Operation:
    given = {"name": "X", "service": FLOW, "method": "POST", "path": PATH, "reads_only": True, **content}
    return Operation(**given, contract="-", permission="-")


def test_the_guard_lets_this_post_pass_and_nothing_like_it() -> None:
    check_write(posting(), None, read_only=True)
    assert [path for service, _method, path in READING_POSTS if service == FLOW] == [PATH]
    flow = PATH.removesuffix("/triggers/{trigger}/listCallbackUrl")
    others = [
        posting(reads_only=False),
        posting(method="PUT"),
        posting(method="DELETE"),
        posting(service="powerapps"),
        posting(path=PATH + "/"),
        posting(path=PATH.replace("/environments", "/scopes/admin/environments")),
        posting(path=PATH.replace("{trigger}", "manual")),
        posting(path=f"{flow}/triggers/{{trigger}}/run"),
        posting(path=f"{flow}/triggers/{{trigger}}/histories/{{run}}/resubmit"),
        posting(path=f"{flow}/runs/{{run}}/cancel"),
        posting(path=f"{flow}/start"),
    ]
    for operation in others:
        with pytest.raises(WriteRefusedError):
            check_write(operation, None, read_only=True)


# -- as users run it --------------------------------------------------------------------------------------------------


def test_it_is_shown_nowhere_and_refused_where_it_would_be(emulator: Emulator, tmp_path: Path) -> None:
    module = "powerops.powerplatform.flow_callback_url_info"
    own = emulator.credentials("delegated")
    logged_in = {f"POWER_PLATFORM_{name.upper()}": value for name, value in own.items()}
    tasks: list[Json] = [
        {module: NAMES, "register": "shown", "ignore_errors": True},
        {module: NAMES, "register": "shown_in_check_mode", "check_mode": True, "ignore_errors": True},
        {module: NAMES, "register": "explicitly_shown", "no_log": False, "diff": True, "ignore_errors": True},
    ]
    refused = play(tasks, tmp_path / "refused", {**environment(emulator), **logged_in})
    assert emulator.log() == []
    for result in refused.results.values():
        assert result["failed"]
        assert result["error"]["type"] == "OptionError"
        assert "no_log: true" in result["msg"]
        assert "callback_url" not in result

    hidden: list[Json] = [
        {module: NAMES, "register": "read", "no_log": True, "diff": True},
        {module: {**NAMES, "trigger_name": "x"}, "register": "failed", "no_log": True, "ignore_errors": True},
    ]
    done = play(hidden, tmp_path / "hidden", {**environment(emulator), **logged_in})
    found = done.results["read"]["callback_url"]
    signature = found.partition("sig=")[2]
    assert len(signature) > 20
    assert signature not in done.output
    assert found.partition("?")[0] not in done.output
    assert signature not in json.dumps({**done.results["read"], "callback_url": ""})
    assert signature not in json.dumps(done.results["failed"])
