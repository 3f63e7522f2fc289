# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against the emulator: what is sent again, how often, and until when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    FLOW,
    POWERAPPS,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy
from tests.emulator.control import Emulator
from tests.unit.module_utils.http_calls import (
    DELETE_APP,
    EXPENSES,
    GET_APP,
    RUNNING,
    SHARE_APP,
    STOP,
    STOP_ONCE,
    E,
    client_of,
    fault,
    raised,
    sent,
)

# -- repeated or not --


@pytest.mark.parametrize(
    ("each", "status", "repeated"),
    [
        (GET_APP, 408, True),
        (GET_APP, 425, True),
        (GET_APP, 500, True),
        (GET_APP, 502, True),
        (GET_APP, 503, True),
        (GET_APP, 504, True),
        (GET_APP, 429, True),
        (SHARE_APP, 429, True),
        (SHARE_APP, 502, True),
        (SHARE_APP, 503, True),
        (SHARE_APP, 504, True),
        (SHARE_APP, 500, False),
        (SHARE_APP, 408, False),
        (DELETE_APP, 429, True),
        (DELETE_APP, 500, False),
        (DELETE_APP, 502, False),
        (DELETE_APP, 503, False),
        (DELETE_APP, 504, False),
    ],
    ids=lambda value: value.name if isinstance(value, Operation) else str(value),
)
def test_what_is_repeated(emulator: Emulator, each: Operation, status: int, repeated: bool) -> None:
    client = client_of(emulator)
    emulator.faults([fault(status, times=2)])
    body = {"put": [], "delete": []} if each is SHARE_APP else None
    if repeated:
        client.call(each, EXPENSES, body=body)
    else:
        error = raised(_errors.ServiceUnavailableError, client, lambda: client.call(each, EXPENSES, body=body))
        assert "may or may not have taken effect" in str(error)
    assert len(sent(emulator)) == (3 if repeated else 1)


def test_retries_have_an_end(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(503)])
    error = raised(_errors.ServiceUnavailableError, client, lambda: client.call(GET_APP, EXPENSES))
    assert "after 4 attempts" in str(error)
    assert len(sent(emulator)) == 4


def test_the_total_of_waits_has_a_cap(emulator: Emulator) -> None:
    client = client_of(emulator, policy=RetryPolicy(total=5))
    emulator.faults([fault(503, headers={"Retry-After": "6"})])
    before = time.monotonic()
    raised(_errors.ServiceUnavailableError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(sent(emulator)) == 1
    assert time.monotonic() - before < 5


def test_a_storm_of_429_ends_and_is_counted(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "seconds": 0}])
    errors: list[_errors.ThrottledError] = []

    def work() -> None:
        errors.append(raised(_errors.ThrottledError, client, lambda: client.call(GET_APP, EXPENSES)))

    threads = [threading.Thread(target=work) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 8
    assert all("after 4 attempts: HTTP 429" in str(error) for error in errors)
    assert client.api_calls["read"] == client.api_calls["throttled"] == len(sent(emulator)) == 32


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(emulator: Emulator, form: str) -> None:
    """By the date in whole seconds, two seconds ahead is more than one second ahead at any moment."""
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 1, "window": 1.5, "seconds": 2, "retry_after": form}])
    client.call(GET_APP, EXPENSES)
    before = time.monotonic()
    client.call(GET_APP, EXPENSES)
    assert time.monotonic() - before >= 0.9
    assert client.api_calls["throttled"] in (1, 2)


def test_without_retry_after_there_is_a_back_off(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "retry_after": None}])
    raised(_errors.ThrottledError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(sent(emulator)) == 4


def test_a_connectors_429_has_its_own_envelope(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "seconds": 0, "body": "connector"}])
    error = raised(_errors.ThrottledError, client, lambda: client.call(GET_APP, EXPENSES))
    assert "Rate limit is exceeded." in str(error)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_of_what_must_not_be_repeated_is_one_request(emulator: Emulator, when: str) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": when}])
    error = raised_while_dropping(emulator, _errors.LostAnswerError, client, lambda: client.call(STOP_ONCE, RUNNING))
    assert "may or may not have taken effect" in str(error)
    (entry,) = sent(emulator)
    assert entry["effect"] is (when == "after")
    assert entry["headers"]["x-ms-client-request-id"] in str(error)
    assert client.api_calls["write"] == 1


def raised_while_dropping(emulator: Emulator, kind: type[E], client: Client, act: Callable[[], Any]) -> E:
    def then_mend() -> None:
        try:
            act()
        finally:
            emulator.faults([])

    return raised(kind, client, then_mend)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_of_what_may_be_repeated_is_asked_for_again(emulator: Emulator, when: str) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": when, "times": 2}])
    client.call(STOP, RUNNING)
    assert len(sent(emulator)) == 3
    assert client.api_calls["write"] == 3


def test_a_write_whose_answer_is_lost_every_time_may_have_taken_effect(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": "after"}])
    error = raised_while_dropping(emulator, _errors.LostAnswerError, client, lambda: client.call(STOP, RUNNING))
    assert "failed 4 times" in str(error)
    assert len(sent(emulator)) == 4


def test_a_read_whose_answer_is_lost_every_time_changed_nothing(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(POWERAPPS)
    emulator.faults([{"kind": "drop"}])
    raised_while_dropping(emulator, _errors.TransportError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(sent(emulator)) == 4


@pytest.mark.parametrize("then", [{"kind": "status", "status": 503}, {"kind": "status", "status": 429}])
def test_a_lost_answer_is_not_forgotten_over_later_ones(emulator: Emulator, then: dict[str, Any]) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": "after", "times": 1}, {**then, "after": 1, "match": {"service": FLOW}}])
    kind = _errors.LostAnswerError if then["status"] == 429 else _errors.ServiceUnavailableError
    error = raised(kind, client, lambda: client.call(STOP, RUNNING))
    assert "may or may not have taken effect" in str(error)


def test_a_lost_answer_is_not_forgotten_over_a_turn_that_comes_too_late(
    emulator: Emulator, pace_directory: Path
) -> None:
    client = client_of(emulator, pace="1/3600", deadline=60)
    client.caller(FLOW)
    emulator.faults([{"kind": "drop", "when": "after", "times": 1}])
    error = raised(_errors.LostAnswerError, client, lambda: client.call(STOP, RUNNING))
    assert "would have to wait" in str(error)
    assert "may or may not have taken effect" in str(error)
    assert pace_directory.is_dir()


def test_a_refusal_after_a_lost_answer_stands_with_a_warning(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    refused = {"kind": "status", "status": 403, "after": 1, "match": {"service": FLOW}}
    emulator.faults([{"kind": "drop", "when": "after", "times": 1}, refused])
    error = raised(_errors.PermissionDeniedError, client, lambda: client.call(STOP, RUNNING))
    assert "may or may not have taken effect" in str(error)


def test_an_answer_that_takes_too_long_is_lost(emulator: Emulator) -> None:
    client = client_of(emulator, options={"timeout": 1})
    client.caller(FLOW)
    emulator.faults([{"kind": "delay", "seconds": 3, "match": {"service": FLOW}}])
    raised(_errors.LostAnswerError, client, lambda: client.call(STOP_ONCE, RUNNING))


def test_a_host_that_is_not_there_is_tried_again_and_nothing_is_counted(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(FLOW)
    client._sender._connection._base = "https://127.0.0.1:1"
    with pytest.raises(_errors.TransportError, match="StopOnce failed 4 times") as caught:
        client.call(STOP_ONCE, RUNNING)
    assert caught.value.__class__ is _errors.TransportError
    assert caught.value.remedy == "Check that it runs and listens there. The address is from the option base_url."
    assert client.api_calls["write"] == 0


def test_a_certificate_that_is_not_trusted_is_tried_once(emulator: Emulator, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    client = client_of(emulator)
    client.caller(POWERAPPS)
    client._sender._connection._verify = str(tmp_path / "other.pem")
    # Old releases of requests look at no certificate again on a connection that they have.
    client._sender._connection.renew()
    before = time.monotonic()
    with pytest.raises(_errors.TransportError, match="Get-AdminApp failed: No trusted encrypted connection") as caught:
        client.call(GET_APP, EXPENSES)
    assert "validate_certs" in caught.value.remedy
    assert time.monotonic() - before < 20


# -- the deadline --


def test_no_wait_passes_the_deadline(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=30)
    emulator.faults([fault(429, headers={"Retry-After": "120"})])
    before = time.monotonic()
    error = raised(_errors.DeadlineError, client, lambda: client.call(GET_APP, EXPENSES))
    assert time.monotonic() - before < 20
    assert "HTTP 429" in str(error)
    assert "would start in 120 s" in str(error)
    assert "Raise `deadline`" in str(error)
    assert len(sent(emulator)) == 1
    # The gate is closed for everybody, and everybody knows at once.
    other = raised(_errors.DeadlineError, client, lambda: client.call(GET_APP, EXPENSES))
    assert "would have to wait" in str(other)
    assert len(sent(emulator)) == 1
    with pytest.raises(_errors.DeadlineError, match="A wait of 60 s"):
        client.wait(60)
    assert 0 < client.remaining() < 30


def test_a_deadline_that_passed_sends_nothing(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=0.2)
    client.caller(FLOW)
    time.sleep(0.25)
    with pytest.raises(_errors.DeadlineError):
        client.call(STOP, RUNNING)
    assert sent(emulator) == []


def test_a_slow_answer_is_waited_for_until_the_deadline_only(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=1.5)
    client.caller(POWERAPPS)
    client.caller(FLOW)
    emulator.faults([{"kind": "delay", "seconds": 20}])
    before = time.monotonic()
    with pytest.raises(_errors.DeadlineError):
        client.call(GET_APP, EXPENSES)
    assert time.monotonic() - before < 15
    assert len(sent(emulator)) == 1


def test_a_write_cut_off_by_the_deadline_may_have_taken_effect(emulator: Emulator) -> None:
    client = client_of(emulator, deadline=1.5)
    client.caller(FLOW)
    emulator.faults([{"kind": "delay", "seconds": 20}])
    for each in (STOP, STOP_ONCE):
        kind = _errors.LostAnswerError if each is STOP else _errors.DeadlineError  # the second is not sent any more
        with pytest.raises(kind):
            client.call(each, RUNNING)
    assert len(sent(emulator)) == 1


def test_without_a_deadline_time_is_endless(emulator: Emulator) -> None:
    client = client_of(emulator)
    assert client.remaining() == float("inf")
    client.wait(0)
