# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One POST to the Power Platform API: sent once, never in check mode, and followed to the end of what it begins."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    PermissionDeniedError,
    ServiceError,
    TransportError,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import GROUP, GROUPS, SANDBOX, SECRET, deed
from tests.unit.engine.platform import EMEA, POLICIES

Json = dict[str, Any]

ENABLE = "/environmentmanagement/environments/{environment}/governanceSetting/enableManaged"
ENABLED = ENABLE.replace("{environment}", SANDBOX)


def act(emulator: Emulator, who: str = "runner", **options: Any) -> Json:
    return deed(emulator, "power_platform_action", who, **options)


def managed(emulator: Emulator, **options: Any) -> Json:
    return act(emulator, environment="Finance Sandbox", path=ENABLE, **options)


def sent(emulator: Emulator) -> list[Json]:
    return emulator.log(writes=True)


def quick(emulator: Emulator, **more: Any) -> None:
    """An operation that is polled without a pause."""
    emulator.faults([{"kind": "operation", "retry_after": 0, **more}])


def test_it_is_sent_once_and_followed_to_its_end(emulator: Emulator) -> None:
    quick(emulator, polls=2)
    answer = managed(emulator)
    assert answer.pop("diff") == {"before": {}, "after": {"method": "POST", "path": ENABLED, "body": None}}
    assert answer.pop("answer")["status"] == "Succeeded"
    assert answer == {
        "changed": True,
        "environment": SANDBOX,
        "environment_display_name": "Finance Sandbox",
        "method": "POST",
        "path": ENABLED,
        "sent": True,
        "ended": True,
    }
    [entry] = sent(emulator)
    assert (entry["method"], entry["path"], entry["query"]) == ("POST", ENABLED, "api-version=2024-10-01")
    assert "body" not in entry
    assert len([item for item in emulator.log() if "/operations/" in item["path"]]) == 3


def test_in_check_mode_it_says_what_it_would_do(emulator: Emulator) -> None:
    planned = managed(emulator, read_only=True, body={"note": "x"})
    assert sent(emulator) == []
    assert emulator.log(service="power_platform") == []
    done = managed(emulator, body={"note": "x"}, wait=False)
    assert planned["changed"] is done["changed"] is True
    assert (planned["sent"], planned["ended"], planned["answer"]) == (False, False, None)
    for name in ("method", "path", "diff", "environment", "environment_display_name"):
        assert planned[name] == done[name]


def test_it_is_sent_each_time(emulator: Emulator) -> None:
    quick(emulator)
    assert managed(emulator)["answer"]["status"] == "Succeeded"
    assert managed(emulator)["answer"]["status"] == "NoOperation"
    assert len(sent(emulator)) == 2


def test_an_answer_that_comes_at_once_is_the_end(emulator: Emulator) -> None:
    answer = act(emulator, path=f"{POLICIES}/{EMEA}/refreshProvisioningStatus")
    assert (answer["answer"]["id"], answer["ended"]) == (EMEA, True)
    assert "environment" not in answer
    made = act(emulator, path=GROUPS, body={"displayName": "Field teams"}, query={"deep": False}, api_version="1")
    assert made["answer"]["displayName"] == "Field teams"
    assert sent(emulator)[1]["body"] == {"displayName": "Field teams"}
    assert sent(emulator)[1]["query"] == "api-version=1&deep=false"


def test_on_the_host_of_an_environment(emulator: Emulator) -> None:
    quick(emulator)
    path = ENABLE.replace("/environments/{environment}", "")
    assert act(emulator, environment=SANDBOX, host="environment", path=path)["ended"]
    assert ".environment.api.powerplatform.com" in sent(emulator)[0]["host"]


def test_nobody_waits_where_that_is_not_wanted(emulator: Emulator) -> None:
    answer = managed(emulator, wait=False)
    assert (answer["sent"], answer["ended"], answer["answer"]) == (True, False, None)
    assert [item for item in emulator.log() if "/operations/" in item["path"]] == []


@pytest.mark.parametrize("wait", [True, False])
def test_a_202_without_a_place_to_ask_has_not_ended(emulator: Emulator, *, wait: bool) -> None:
    emulator.faults([{"kind": "status", "status": 202, "body": {"a": 1}, "match": {"write": True}}])
    answer = managed(emulator, wait=wait)
    assert (answer["ended"], answer["answer"]) == (False, {"a": 1})
    assert "failure" not in answer


def test_another_name_of_the_environment_is_told(emulator: Emulator) -> None:
    answer = managed(emulator, read_only=True, environment_display_name="Finance (old name)")
    assert answer["renamed"] == {
        "environment_display_name": {"declared": "Finance (old name)", "actual": "Finance Sandbox"}
    }
    assert "renamed" not in managed(emulator, read_only=True, environment_display_name="Finance Sandbox")


# -- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "said"), [("Failed", "NoSpace environment: No space."), ("Canceled", "no reason")])
def test_a_bad_end_fails_the_task(emulator: Emulator, end: str, said: str) -> None:
    quick(emulator, end=end, code="NoSpace", message="No space.")
    answer = managed(emulator)
    assert (answer["changed"], answer["sent"], answer["ended"]) == (True, True, False)
    assert f"POST {ENABLED} ended as {end}: " in answer["failure"]
    assert said in answer["failure"]
    assert answer["error"]["type"] == "UnfinishedError"


def test_an_operation_that_never_ends_is_left_with_the_deadline(emulator: Emulator) -> None:
    emulator.faults([{"kind": "operation", "seconds": 3600, "retry_after": 600}])
    answer = managed(emulator, deadline=60)
    assert (answer["changed"], answer["ended"]) == (True, False)
    assert "had not ended when the deadline of the task came" in answer["failure"]
    assert "Raise `deadline`. The service goes on with it; running again does it once more." in answer["failure"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop", "when": "after"},
        {"kind": "drop", "when": "before"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
    ],
)
def test_a_lost_answer_is_no_success_and_nothing_is_repeated(emulator: Emulator, fault: Json) -> None:
    emulator.faults([{**fault, "match": {"write": True}}])
    answer = managed(emulator)
    assert len(sent(emulator)) == 1
    assert (answer["changed"], answer["sent"], answer["ended"], answer["answer"]) == (True, True, False, None)
    assert "may or may not have taken effect" in answer["failure"]
    assert answer["error"]["remedy"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_changes_nothing(emulator: Emulator, status: int) -> None:
    emulator.faults([{"kind": "status", "status": status, "code": "No", "message": "No.", "match": {"write": True}}])
    with pytest.raises(ServiceError) as raised:
        managed(emulator)
    assert raised.value.status == status


def test_who_may_not_is_told_what_is_needed(emulator: Emulator) -> None:
    with pytest.raises(PermissionDeniedError, match="as the vendor documents it"):
        act(emulator, "platform-reader", path=GROUPS, body={"displayName": "Field teams"})


def test_what_never_went_out_changes_nothing(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "match": {"service": "login"}}])
    with pytest.raises(TransportError):
        act(emulator, path=GROUPS, body={"displayName": "Field teams"})
    assert sent(emulator) == []


def test_a_write_that_is_throttled_is_sent_again(emulator: Emulator) -> None:
    """It was refused before it was executed."""
    emulator.faults([{"kind": "status", "status": 429, "times": 1, "match": {"write": True}}])
    assert act(emulator, path=GROUPS, body={"displayName": "Field teams"})["ended"]
    assert [entry["status"] for entry in sent(emulator)] == [429, 200]


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_secrets_in_a_body_are_shown_nowhere(emulator: Emulator) -> None:
    says = {"status": 200, "body": {"echo": f"got {SECRET}", "apiKey": "another-key", "name": "x"}}
    emulator.faults([{"kind": "status", "match": {"write": True}, **says}])
    body = {"displayName": "x", "authentication": {"type": "Basic", "password": SECRET}}
    answer = act(emulator, path=f"{GROUPS}/{GROUP}", body=body, query={"code": SECRET})
    assert answer["answer"]["apiKey"] == "********"
    assert answer["diff"]["after"]["body"]["authentication"] == {"type": "Basic", "password": "********"}
    assert "another-key" not in repr(answer)
    emulator.faults([{"kind": "status", "status": 400, "code": "Bad", "message": SECRET, "match": {"write": True}}])
    with pytest.raises(ServiceError) as raised:
        act(emulator, path=GROUPS, body=body)
    assert SECRET not in str(raised.value)
