# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that go on after their answer are followed to their end, and nothing else is taken for it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnfinishedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import delays, finish, reason
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import SANDBOX, Impatient, client

Json = dict[str, Any]

ENABLE = f"/environmentmanagement/environments/{SANDBOX}/governanceSetting/enableManaged"
POLLS = {"method": "GET", "path": "/operations/"}
GIVEN = power_platform.GivenPath(ENABLE, "", {})
POST = GIVEN.of(power_platform.POST_RESOURCE)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that are waited, without waiting them."""
    found: list[float] = []
    monkeypatch.setattr(Impatient, "wait", lambda _client, seconds: found.append(seconds))
    return found


def follow(emulator: Emulator, *, deletes: bool = False, deadline: float | None = None) -> Json:
    """Makes an environment a managed one, and follows that to its end."""
    sender = client(emulator, deadline=deadline)
    begun = power_platform.send_resource(sender, power_platform.POST_RESOURCE, GIVEN, None)
    assert begun.goes_on
    return finish(sender, *POST, begun, "The change", deletes=deletes)


def ends(emulator: Emulator, **options: Any) -> UnfinishedError:
    """Why an operation did not come to a good end; one that was begun may have done something."""
    with pytest.raises(UnfinishedError) as raised:
        follow(emulator, **options)
    assert raised.value.uncertain
    assert len(emulator.log(writes=True)) == 1
    return raised.value


def polls(emulator: Emulator) -> list[Json]:
    return [entry for entry in emulator.log() if "/operations/" in entry["path"]]


def answers(emulator: Emulator, *replies: Json, last: Json | None = None) -> None:
    """What polls are answered with, one after the other; the last one for good."""
    faults = [{"kind": "status", "times": 1, "after": 0, "match": POLLS, **reply} for reply in replies]
    emulator.faults([*faults, *([{"kind": "status", "match": POLLS, **last}] if last else [])])


# -- how long it is waited ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (7, lambda found: found == [7.0, 7.0, 7.0]),
        ("date", lambda found: len(found) == 3 and all(0 < seconds <= 2 for seconds in found)),
        (None, lambda found: found == [1.0, 2.0, 4.0]),
        (0, lambda found: found == [1.0, 1.0, 1.0]),
    ],
    ids=["seconds", "date", "nothing", "zero"],
)
def test_it_waits_as_long_as_the_service_asks(
    emulator: Emulator, waits: list[float], asked: Any, expected: Any
) -> None:
    emulator.faults([{"kind": "operation", "polls": 2, "retry_after": asked}])
    assert follow(emulator)["status"] == "Succeeded"
    assert expected(waits), waits
    assert len(polls(emulator)) == 3


def test_pauses_grow_up_to_ten_seconds() -> None:
    pauses = delays()
    assert [next(pauses) for _number in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


# -- good ends ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Succeeded", "NoOperation", "ValidationPassed", "succeeded"])
def test_good_ends(emulator: Emulator, waits: list[float], status: str) -> None:
    emulator.faults([{"kind": "operation", "end": status}])
    assert follow(emulator)["status"] == status
    assert waits


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 200, "body": None},
        {"status": 200, "body": {}},
        {"status": 200, "body": {"id": "x"}},
    ],
)
def test_what_says_nothing_of_how_it_goes_is_the_outcome(emulator: Emulator, waits: list[float], reply: Json) -> None:
    answers(emulator, last=reply)
    assert follow(emulator) == (reply["body"] or {})
    assert len(waits) == 1


@pytest.mark.parametrize("body", [[], "done", 5, [{"status": "Failed"}]])
def test_what_is_no_operation_is_no_good_end(emulator: Emulator, waits: list[float], body: Any) -> None:
    answers(emulator, last={"status": 200, "body": body})
    assert "tells nothing" in ends(emulator).message
    assert waits


def test_an_error_without_a_status_is_an_end(emulator: Emulator, waits: list[float]) -> None:
    answers(emulator, last={"status": 200, "body": {"error": {"code": "E7", "message": "No space."}}})
    assert ends(emulator).message == "The change ended as an error: E7: No space."
    assert len(waits) == 1


def test_what_a_failure_says_is_told_without_secrets(emulator: Emulator, waits: list[float]) -> None:
    """It comes with a status that is none of a refusal."""
    told = "See https://files.example/log?sv=1&sig=k3y-of-it of the-declared-word \x1b[31m" + "x" * 5000
    answers(emulator, last={"status": 200, "body": {"status": "Failed", "statusMessage": told}})
    sender = client(emulator)
    sender.hide(["the-declared-word"])
    begun = power_platform.send_resource(sender, power_platform.POST_RESOURCE, GIVEN, None)
    with pytest.raises(UnfinishedError) as raised:
        finish(sender, *POST, begun, "The change")
    assert "https://files.example/log" in raised.value.message
    assert not any(word in raised.value.message for word in ("k3y-of-it", "the-declared-word", "\x1b"))
    assert len(raised.value.message) < 1200
    assert waits


def test_nobody_waits_for_days(emulator: Emulator, waits: list[float]) -> None:
    emulator.faults([{"kind": "operation", "polls": 1, "retry_after": 99999}])
    assert follow(emulator)["status"] == "Succeeded"
    assert waits == [300.0, 300.0]


def test_what_is_said_to_go_on_has_not_ended(emulator: Emulator, waits: list[float]) -> None:
    """A poll is answered with 202, with and without words, until one is not."""
    going = {"kind": "status", "status": 202, "times": 2, "match": POLLS}
    emulator.faults([{**going, "headers": {"Retry-After": "3"}}, {"kind": "operation", "polls": 0}])
    assert follow(emulator)["status"] == "Succeeded"
    assert waits == [1.0, 3.0, 3.0]


@pytest.mark.parametrize(
    ("body", "going"),
    [
        ({"state": {"id": "Running"}}, True),
        ({"state": "Running"}, True),
        ({"status": "SomethingNew"}, True),
        ({"properties": {"provisioningState": "Running"}}, True),
        ({"state": {"id": "Succeeded"}}, False),
    ],
)
def test_states_of_all_forms_are_read(emulator: Emulator, waits: list[float], body: Json, *, going: bool) -> None:
    answers(emulator, {"status": 200, "body": body})
    follow(emulator)
    assert len(waits) == 1 + (2 if going else 0)  # then the emulator's own operation, which one poll sees running


def test_not_ready_to_say_is_no_end(emulator: Emulator, waits: list[float]) -> None:
    answers(emulator, *[{"status": 409, "code": "Conflict", "message": "Still at it."}] * 2)
    assert follow(emulator)["status"] == "Succeeded"
    assert [entry["status"] for entry in polls(emulator)] == [409, 409, 200, 200]
    assert len(waits) == 4


def test_a_poll_that_fails_for_a_moment_is_asked_again(emulator: Emulator, waits: list[float]) -> None:
    answers(emulator, {"status": 503}, {"status": 429})
    assert follow(emulator)["status"] == "Succeeded"
    assert waits


# -- bad ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Failed", "Canceled", "ValidationFailed"])
def test_bad_ends_are_told_in_the_words_of_the_service(emulator: Emulator, waits: list[float], status: str) -> None:
    emulator.faults([{"kind": "operation", "end": status, "code": "NoSpace", "message": "There is no space left."}])
    error = ends(emulator)
    assert error.message.startswith(f"The change ended as {status}: ")
    assert error.message.endswith("." if status == "Canceled" else "environment: There is no space left.")
    assert ("NoSpace" in error.message) == (status != "Canceled")
    assert waits


def test_an_end_without_a_reason_says_so(emulator: Emulator, waits: list[float]) -> None:
    answers(emulator, last={"status": 200, "body": {"status": "failed"}})
    assert ends(emulator).message == "The change ended as failed: the service gives no reason."
    assert waits


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"statusMessage": "Disk full."}, "Disk full."),
        (
            {"statusMessage": "Disk full.", "error": {"code": "E1", "message": "Disk full."}},
            "Disk full. E1: Disk full.",
        ),
        (
            {"errorDetail": {"code": "E2", "fieldErrors": {"name": {"errorMessages": ["Taken.", "Long."]}}}},
            "E2 name: Taken. Long.",
        ),
        ({"errorDetail": {"fieldErrors": {"name": None, "sku": "odd"}}}, "sku: odd"),
        ({"errorDetail": {"fieldErrors": ["odd"]}, "error": 5, "statusMessage": None}, ""),
        ({"errorDetails": {"errorCode": 7, "message": "Odd."}}, "7: Odd."),
    ],
)
def test_reasons_stand_in_many_places(told: Json, expected: str) -> None:
    assert reason(told) == expected


def test_a_record_that_is_gone_ends_a_delete_and_nothing_else(emulator: Emulator, waits: list[float]) -> None:
    gone = {"status": 404, "code": "EnvironmentNotFound", "message": "There is no such environment."}
    for last in (gone, {**gone, "code": "OperationNotFound"}):
        emulator.reset()
        answers(emulator, last=last)
        assert follow(emulator, deletes=True) == {}
        emulator.reset()
        answers(emulator, last=last)
        assert ends(emulator).message.startswith("The change was begun, and ")
    assert waits


def test_a_link_to_a_stranger_is_not_followed(emulator: Emulator, waits: list[float]) -> None:
    for link in (
        "https://api.powerplatform.example/environmentmanagement/operations/1",
        "https://api.powerplatform.com.example/environmentmanagement/operations/1",
        "https://api.powerplatform.com/licensing/operations/1",
        "//elsewhere.example/environmentmanagement/operations/1",
    ):
        emulator.reset()
        begins(emulator, link)
        error = ends(emulator)
        assert "gave a link to" in error.message
        assert "next page" not in error.message
        assert {entry["host"] for entry in emulator.log() if entry["service"] != "login"} == {"api.powerplatform.com"}
        assert len(emulator.log(writes=True)) == 1
    assert waits


def begins(emulator: Emulator, link: str, name: str = "Operation-Location") -> None:
    """What the POST is answered with, in place of being done."""
    emulator.faults(
        [{"kind": "status", "status": 202, "headers": {name: link}, "match": {"method": "POST", "path": "Managed$"}}]
    )


@pytest.mark.parametrize("name", ["Operation-Location", "Location"])
@pytest.mark.parametrize("host", ["", "https://api.powerplatform.com", "https://api.powerplatform.com:11777"])
def test_links_to_the_service_are_followed_as_they_are(
    emulator: Emulator, waits: list[float], name: str, host: str
) -> None:
    begins(emulator, f"{host}/environmentmanagement/operations/1?api-version=1&a=b%20c", name)
    assert "does not know it any more" in ends(emulator).message
    [entry] = polls(emulator)
    assert (entry["host"], entry["query"]) == ("api.powerplatform.com", "api-version=1&a=b%20c")
    assert waits


def test_an_environment_s_host_may_link_to_its_own_and_to_that_of_the_api(
    emulator: Emulator, waits: list[float]
) -> None:
    own = power_platform.GivenPath(ENABLE.replace(f"/environments/{SANDBOX}", ""), SANDBOX, {})
    operation = own.of(power_platform.POST_RESOURCE)
    for link, host in (
        ("", ".environment.api.powerplatform.com"),
        ("https://api.powerplatform.com", "api.powerplatform.com"),
    ):
        emulator.reset()
        if link:
            begins(emulator, f"{link}/environmentmanagement/operations/1?api-version=1")
        sender = client(emulator)
        begun = power_platform.send_resource(sender, power_platform.POST_RESOURCE, own, None)
        if link:
            with pytest.raises(UnfinishedError, match="does not know it"):
                finish(sender, *operation, begun, "The change")
        else:
            assert finish(sender, *operation, begun, "The change")["status"] == "Succeeded"
        assert {entry["host"].endswith(host) for entry in polls(emulator)} == {True}
        assert all((".environment." in entry["host"]) == (not link) for entry in polls(emulator))
    assert waits


def test_an_operation_that_does_not_end_ends_with_the_deadline(emulator: Emulator) -> None:
    emulator.faults([{"kind": "operation", "seconds": 3600, "retry_after": 600}])
    error = ends(emulator, deadline=60)
    assert "had not ended when the deadline of the task came" in error.message
    assert "Raise `deadline`" in error.remedy
    assert "goes on" in error.remedy


def test_the_status_that_was_seen_last_is_told(emulator: Emulator) -> None:
    running = {"status": 200, "body": {"status": "Running"}, "headers": {"Retry-After": "600"}}
    emulator.faults([{"kind": "status", "match": POLLS, **running}, {"kind": "operation", "retry_after": 0}])
    assert "last seen as Running" in ends(emulator, deadline=60).message


@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "status", "status": 403, "code": "Forbidden"}])
def test_answers_that_do_not_come_are_no_end(emulator: Emulator, waits: list[float], fault: Json) -> None:
    emulator.faults([{**fault, "match": POLLS}])
    assert "was begun, and how it goes could not be read" in ends(emulator).message
    assert waits


def test_what_has_ended_with_its_answer_is_not_followed(emulator: Emulator, waits: list[float]) -> None:
    sender = client(emulator)
    given = power_platform.GivenPath("/environmentmanagement/environmentGroups", "", {})
    begun = power_platform.send_resource(sender, power_platform.POST_RESOURCE, given, {"displayName": "Field teams"})
    assert not begun.goes_on
    told = finish(sender, *given.of(power_platform.POST_RESOURCE), begun, "The creation")
    assert told["displayName"] == "Field teams"
    assert waits == []


def test_the_address_of_what_was_made_is_not_where_to_ask(emulator: Emulator, waits: list[float]) -> None:
    """A 201 has ended, and its `Location` is the new thing."""
    made = {"status": 201, "body": {"id": "1"}, "headers": {"Location": "/environmentmanagement/environmentGroups/1"}}
    emulator.faults([{"kind": "status", "match": {"method": "POST", "path": "Managed$"}, **made}])
    sender = client(emulator)
    begun = power_platform.send_resource(sender, power_platform.POST_RESOURCE, GIVEN, None)
    assert (begun.goes_on, begun.link) == (False, "")
    assert finish(sender, *POST, begun, "The change") == {"id": "1"}
    assert waits == []
