# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adaptive gate: its arithmetic with a clock of the test's own, its queue with real threads."""

from __future__ import annotations

import math
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import DeadlineError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import (
    PROFILES,
    AdaptiveGate,
    Limit,
    Window,
    divide,
    parse_pace,
    parse_share,
)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("adaptive", ()),
        ("connector-1000", (Limit(1000, 60),)),
        ("connector-100", (Limit(100, 60), Limit(300, 3600, True))),
        ("connector-5", (Limit(5, 60), Limit(300, 3600, True))),
        ("40/10", (Limit(40, 10),)),
        (" 40 / 10 ", (Limit(40, 10),)),
    ],
)
def test_parse_pace(text: str, limits: tuple[Limit, ...]) -> None:
    assert parse_pace(text) == limits


@pytest.mark.parametrize(
    "text", ["", "fast", "5", "5/", "/5", "0/5", "5/0", "-5/1", "5/1/1", "1.5/1", "10001/1", "5/86401", "٥/٦", "5/1s"]
)
def test_parse_pace_refuses(text: str) -> None:
    with pytest.raises(OptionError, match="pace=") as caught:
        parse_pace(text)
    for name in ("adaptive", *PROFILES):
        assert name in str(caught.value)


@pytest.mark.parametrize(("text", "parts"), [(None, 1), ("1/1", 1), ("1/4", 4), (" 1 / 4 ", 4)])
def test_parse_share(text: str | None, parts: int) -> None:
    assert parse_share(text) == parts


@pytest.mark.parametrize("text", ["", "4", "2/4", "1/0", "1/-1", "1/x", "1/4/2", "1/", "0.25"])
def test_parse_share_refuses(text: str) -> None:
    with pytest.raises(OptionError, match="pace_share"):
        parse_share(text)


def test_divide_stretches_the_window_of_a_limit_smaller_than_the_number_of_parts() -> None:
    assert divide((Limit(100, 60), Limit(5, 60, True)), 10) == (Limit(10, 60), Limit(1, 120, True))


@given(calls=st.integers(1, 10_000), seconds=st.integers(1, 86_400), parts=st.integers(1, 10_000), writes=st.booleans())
def test_all_parts_together_keep_the_limit(calls: int, seconds: int, parts: int, writes: bool) -> None:
    (part,) = divide((Limit(calls, seconds, writes),), parts)
    assert part.calls >= 1
    assert part.writes_only is writes
    assert parts * part.calls / part.seconds <= calls / seconds * (1 + 1e-9)


def test_window_opens_for_sixteen_and_no_more() -> None:
    window = Window()
    for _unused in range(16):
        assert window.wait(0) == 0
        window.start()
    assert window.wait(0) == math.inf


def test_a_429_halves_once_for_all_requests_that_were_under_way() -> None:
    window = Window()
    tickets = [window.start() for _unused in range(16)]
    for ticket in tickets:
        window.finish(ticket, 0, True, 0)
    assert window.size == 8
    window.finish(window.start(), 0, True, 0)
    assert window.size == 4
    for _unused in range(5):
        window.finish(window.start(), 0, True, 0)
    assert window.size == 1


def test_recovery_is_slow_and_ends_at_sixteen() -> None:
    window = Window()
    for _unused in range(4):
        window.finish(window.start(), 0, True, 0)
    assert window.size == 1
    sizes = []
    for _unused in range(1000):
        window.finish(window.start(), 0, False, 0)
        sizes.append(window.size)
    assert sizes[18] == 1
    assert sizes[19] == 2
    assert max(sizes) == 16


def test_retry_after_closes_and_the_later_end_counts() -> None:
    window = Window()
    first, second = window.start(), window.start()
    window.finish(first, 100, True, 30)
    window.finish(second, 101, True, 5)
    assert window.wait(105) == 25
    assert window.wait(130) == 0


def test_a_share_divides_what_is_in_flight() -> None:
    assert Window(4).size == 4
    assert Window(100).size == 1


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 10)), max_size=200))
def test_window_never_leaves_its_bounds(ends: list[tuple[bool, float]]) -> None:
    window = Window()
    for throttled, pause in ends:
        window.finish(window.start(), 0, throttled, pause)
        assert 1 <= window.size <= 16
        assert window.in_flight == 0


def test_no_more_threads_pass_than_the_window_has_room_for_and_all_pass_in_the_end() -> None:
    gate = AdaptiveGate("h")
    lock = threading.Lock()
    inside = most = passed = 0

    def work() -> None:
        nonlocal inside, most, passed
        for _unused in range(10):
            ticket = gate.enter(False, math.inf)
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.001)
            with lock:
                inside -= 1
                passed += 1
            gate.leave(ticket, False, 0)

    threads = [threading.Thread(target=work) for _unused in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed == 400
    assert 1 < most <= 16


def test_threads_enter_in_the_order_in_which_they_came() -> None:
    gate = AdaptiveGate("h", parts=16)  # room for one
    ticket = gate.enter(False, math.inf)
    order: list[int] = []

    def work(number: int) -> None:
        mine = gate.enter(False, math.inf)
        order.append(number)
        gate.leave(mine, False, 0)

    threads = []
    for number in range(10):
        thread = threading.Thread(target=work, args=(number,))
        thread.start()
        threads.append(thread)
        while len(gate._queue) <= number:
            time.sleep(0.001)
    gate.leave(ticket, False, 0)
    for thread in threads:
        thread.join()
    assert order == list(range(10))


def test_a_closed_gate_holds_back_every_thread() -> None:
    gate = AdaptiveGate("h")
    gate.leave(gate.enter(False, math.inf), True, 0.2)
    closed_until = time.monotonic() + 0.15  # closed a moment before this line
    starts: list[float] = []

    def work() -> None:
        ticket = gate.enter(False, math.inf)
        starts.append(time.monotonic())
        gate.leave(ticket, False, 0)

    threads = [threading.Thread(target=work) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(starts) == 8
    assert min(starts) >= closed_until


def test_a_turn_that_would_come_too_late_is_refused_at_once() -> None:
    gate = AdaptiveGate("api.example.com")
    gate.leave(gate.enter(False, math.inf), True, 300)
    before = time.monotonic()
    with pytest.raises(DeadlineError, match=r"api\.example\.com would have to wait for 300 s.*deadline is 60 s away"):
        gate.enter(False, time.monotonic() + 60)
    assert time.monotonic() - before < 30


def test_the_deadline_ends_the_wait_for_others_and_leaves_the_queue_whole() -> None:
    gate = AdaptiveGate("h", parts=16)
    ticket = gate.enter(False, math.inf)
    with pytest.raises(DeadlineError, match="for other requests to end"):
        gate.enter(False, time.monotonic() + 0.05)
    gate.leave(ticket, False, 0)
    gate.leave(gate.enter(False, time.monotonic() + 60), False, 0)


def test_nobody_overtakes_who_waits_already() -> None:
    gate = AdaptiveGate("h")
    waiting = threading.Event()
    gate._queue.append(waiting)
    with pytest.raises(DeadlineError):
        gate.enter(False, time.monotonic() + 0.05)
    assert list(gate._queue) == [waiting]
    assert waiting.is_set()
