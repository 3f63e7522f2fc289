# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many threads of a run want is asked for once, and its failure is everybody's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import WORKERS, Once, each

PATIENCE = 10.0


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What each of so many threads got, all of which begin at the same moment; an error is an answer."""
    begin, answers = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        begin.wait(PATIENCE)
        try:
            answers[number] = work(number)
        except PowerPlatformError as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return answers


class Asking:
    """A question that takes a while, in which all others may come."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.count = 0
        self.slow = threading.Event()

    def __call__(self) -> object:
        self.count += 1
        self.slow.wait(0.05)
        if self.error:
            raise self.error
        return self


def test_many_threads_ask_once() -> None:
    once, ask = Once(), Asking()
    assert together(40, lambda _number: once("team", ask)) == [ask] * 40
    assert ask.count == 1


def test_a_failure_is_told_to_all_and_not_asked_again() -> None:
    once, error = Once(), OptionError("owner_team", "nobody knows it.", remedy="Check it.")
    ask = Asking(error)
    answers = together(20, lambda _number: once("team", ask))
    assert all(answer is error for answer in answers)
    with pytest.raises(OptionError):
        once("team", ask)
    assert ask.count == 1


@pytest.mark.parametrize("nothing", [None, [], "", False])
def test_an_empty_answer_is_an_answer(nothing: object) -> None:
    once, asked = Once(), []
    for _attempt in range(3):
        assert once("key", lambda: asked.append(1) or nothing) is nothing
    assert asked == [1]


def test_each_key_has_an_answer_of_its_own() -> None:
    once = Once()
    keys = [("owner", f"https://{number % 4}") for number in range(16)]
    assert together(16, lambda number: once(keys[number], lambda: keys[number])) == keys


def test_no_key_waits_for_another_one() -> None:
    """An answer that needs another one is found, and a slow service holds up nobody else's question."""
    once, gate = Once(), threading.Event()

    def slow() -> str:
        assert gate.wait(PATIENCE)
        return "slow"

    def work(number: int) -> str:
        if number:
            return once("slow", slow)
        answer = once("outer", lambda: once("inner", lambda: "quick"))
        gate.set()
        return answer

    assert together(4, work) == ["quick", "slow", "slow", "slow"]


def test_what_nobody_foresaw_is_no_answer() -> None:
    """A defect is told where it is met, and whoever asks next is not told that all is well."""
    once, ask = Once(), Asking(KeyError("connectorid"))
    for _attempt in range(2):
        with pytest.raises(KeyError):
            once("key", ask)
    assert ask.count == 2


def test_one_run_knows_nothing_of_another_one() -> None:
    ask = Asking()
    for _run in range(2):
        Once()("key", ask)
    assert ask.count == 2


def test_work_is_done_in_so_many_threads_at_once() -> None:
    meeting = threading.Barrier(WORKERS)
    each(lambda _item: meeting.wait(PATIENCE) and None, range(WORKERS))


def test_the_work_on_one_thing_needs_no_thread() -> None:
    found: list[str] = []
    each(lambda _item: found.append(threading.current_thread().name), ["one"])
    assert found == [threading.current_thread().name]


def test_a_failure_ends_the_work() -> None:
    with pytest.raises(OptionError):
        each(once_failed, range(3))


def once_failed(item: int) -> None:
    if item == 1:
        raise OptionError("x", "no.", remedy="")
