# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared limit: its arithmetic with a clock of the test's own, its file with real threads and processes."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import DeadlineError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import Limit
from ansible_collections.powerops.powerplatform.plugins.module_utils._pace_shared import Ledger, SharedGate
from tests.unit.module_utils.pace_worker import run_all

LEASE = 30.0


def ledger(*limits: Limit) -> Ledger:
    return Ledger(limits, LEASE)


def test_a_slot_counts_from_its_grant_until_a_window_after_the_end() -> None:
    book = ledger(Limit(2, 10))
    assert book.ask("a", False, 0) == 0
    assert book.ask("b", False, 1) == 0
    book.done("a", 4)
    book.done("b", 6)
    assert book.ask("c", False, 6) == 8  # 4 + 10
    assert book.ask("c", False, 13.9) == pytest.approx(0.1)
    assert book.ask("c", False, 14) == 0


def test_a_request_under_way_holds_its_slot_for_at_least_a_whole_window_more() -> None:
    book = ledger(Limit(1, 10))
    assert book.ask("a", False, 0) == 0
    assert book.ask("b", False, 5) == 10
    book.done("a", 6)
    assert book.ask("b", False, 6) == 10


def test_the_slot_of_a_crashed_process_comes_free_a_window_after_its_lease() -> None:
    book = ledger(Limit(1, 10))
    assert book.ask("crashed", False, 0) == 0
    assert book.ask("b", False, 39) == 1
    assert book.ask("b", False, 40) == 0


def test_a_limit_of_writes_leaves_reads_alone() -> None:
    book = ledger(Limit(10, 10), Limit(1, 100, True))
    assert book.ask("w1", True, 0) == 0
    book.done("w1", 0)
    assert book.ask("w2", True, 0) == 100
    for number in range(9):
        assert book.ask(f"r{number}", False, 0) == 0
    assert book.ask("r9", False, 0) == 10
    assert book.ask("w2", True, 100) == 0


def test_the_first_come_is_the_first_served() -> None:
    book = ledger(Limit(1, 10))
    book.ask("a", False, 0)
    book.done("a", 0)
    assert book.ask("b", False, 1) == 9
    assert book.ask("c", False, 2) == 18
    assert book.ask("c", False, 10) == 10  # it is the turn of b
    assert book.ask("b", False, 10) == 0


def test_a_waiter_that_died_loses_its_turn() -> None:
    book = ledger(Limit(1, 10))
    book.ask("a", False, 0)
    book.done("a", 0)
    assert book.ask("dead", False, 1) == 9
    assert book.ask("c", False, 2) == 18
    assert book.ask("c", False, 20) == 0


def test_closed_means_closed_for_all() -> None:
    book = ledger(Limit(5, 10))
    book.close(50)
    assert book.ask("a", False, 20) == 30
    assert book.ask("b", True, 20) == 30
    assert book.ask("a", False, 50) == 0


def test_the_wait_of_a_long_queue_is_told_as_it_will_be() -> None:
    book = ledger(Limit(2, 10))
    for name in "ab":
        book.ask(name, False, 0)
        book.done(name, 0)
    assert [book.ask(str(number), False, 0) for number in range(6)] == [10, 10, 20, 20, 30, 30]


def test_a_reboot_shifts_the_clock_and_keeps_the_limit() -> None:
    book = ledger(Limit(1, 3600))
    book.ask("a", False, 5000)
    book.done("a", 5000)
    state = json.loads(json.dumps(book.dump("boot 1", 5000, 1_000_000)))
    after = ledger(Limit(1, 3600))
    after.load(state, "boot 2", 10, 1_000_600)  # ten minutes later by the clock on the wall
    assert after.ask("b", False, 10) == pytest.approx(3000)
    same = ledger(Limit(1, 3600))
    same.load(state, "boot 1", 5600, 2_000_000)  # within one boot that clock may be set at will
    assert same.ask("b", False, 5600) == pytest.approx(3000)


def test_a_process_with_a_shorter_window_forgets_nothing_that_another_needs() -> None:
    stretched = ledger(Limit(1, 120))
    stretched.ask("a", False, 0)
    stretched.done("a", 0)
    short = ledger(Limit(5, 60))
    short.load(stretched.dump("", 0, 0), "", 90, 90)
    assert short.ask("b", False, 90) == 0
    short.done("b", 90)
    again = ledger(Limit(1, 120))
    again.load(short.dump("", 90, 90), "", 91, 91)
    assert sorted(slot[2] for slot in again.slots.values()) == [0, 90]


step = st.tuples(
    st.floats(0, 3, allow_nan=False), st.booleans(), st.floats(0, 5, allow_nan=False), st.floats(0, 1, allow_nan=False)
)


@settings(max_examples=200)
@given(steps=st.lists(step, min_size=1, max_size=60), calls=st.integers(1, 4), writes=st.integers(1, 3))
def test_the_service_never_sees_more_than_the_limit_wherever_a_request_is_delayed(
    steps: list[tuple[float, bool, float, float]], calls: int, writes: int
) -> None:
    """Each request arrives anywhere between its grant and its end: no window of arrivals may hold too many."""
    limits = (Limit(calls, 2.0), Limit(writes, 7.0, True))
    book = ledger(*limits)
    now = 0.0
    running: list[tuple[float, str]] = []
    arrivals: list[tuple[float, bool]] = []
    for number, (gap, write, length, share) in enumerate(steps):
        now += gap
        ticket = str(number)
        while True:
            for end, name in [item for item in running if item[0] <= now]:
                book.done(name, end)
                running.remove((end, name))
            wait = book.ask(ticket, write, now)
            if wait == 0:
                break
            now = min([now + wait, *(end for end, _name in running)])
        running.append((now + length, ticket))
        arrivals.append((now + length * share, write))
    for limit in limits:
        times = sorted(at for at, write in arrivals if write or not limit.writes_only)
        for first, last in zip(times, times[limit.calls :], strict=False):
            assert last - first >= limit.seconds - 1e-9


def gate(directory: Path, *limits: Limit, host: str = "h", client: str = "c", whole: Limit | None = None) -> SharedGate:
    undivided = (whole,) if whole else limits
    return SharedGate(host, ("tenant", client), limits, undivided, lease=LEASE, directory=directory)


def test_directory_and_files_are_the_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "pace"
    found = gate(folder, Limit(5, 1))
    found.leave(found.enter(False, math.inf), False, 0)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len(list(folder.glob("*.json"))) == 1


@pytest.mark.parametrize("case", ["mode", "link", "file"])
def test_an_unsafe_directory_is_refused(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "pace"
    if case == "mode":
        folder.mkdir()
        folder.chmod(0o770)
    elif case == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.touch(mode=0o700)
    with pytest.raises(OptionError, match=r"directory .no link. of this user with mode 0700"):
        gate(folder, Limit(5, 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pace"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    with pytest.raises(OptionError, match="of this user"):
        gate(folder, Limit(5, 1))


def test_a_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "pace"
    found = gate(folder, Limit(5, 1))
    found.leave(found.enter(False, math.inf), False, 0)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    state = next(folder.glob("*.json"))
    state.unlink()
    state.symlink_to(victim)
    with pytest.raises(OptionError, match="cannot be kept"):
        found.enter(False, math.inf)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"boot": 1}', "null"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "pace"
    found = gate(folder, Limit(5, 1))
    found.leave(found.enter(False, math.inf), False, 0)
    state = next(folder.glob("*.json"))
    state.write_text(text)
    with pytest.raises(OptionError, match="is damaged") as caught:
        found.enter(False, math.inf)
    assert str(state) in str(caught.value)


def test_hosts_and_clients_have_limits_of_their_own_and_parts_share_one(tmp_path: Path) -> None:
    folder = tmp_path / "pace"
    whole = Limit(2, 600)
    soon = time.monotonic() + 60
    for other in ({"host": "g"}, {"client": "d"}):
        one = gate(folder, Limit(1, 600), whole=whole, **other)
        one.enter(False, soon)
        with pytest.raises(DeadlineError):
            one.enter(False, soon)
    gate(folder, Limit(1, 600), whole=whole).enter(False, soon)
    with pytest.raises(DeadlineError):
        gate(folder, Limit(1, 600), whole=whole).enter(False, soon)
    gate(folder, whole).enter(False, soon)
    with pytest.raises(DeadlineError):
        gate(folder, whole).enter(False, soon)


def test_the_wait_is_told_when_it_does_not_fit_into_the_deadline(tmp_path: Path) -> None:
    found = gate(tmp_path / "pace", Limit(1, 3600), host="api.example.com")
    found.leave(found.enter(False, math.inf), False, 0)
    with pytest.raises(DeadlineError, match=r"api\.example\.com would have to wait for 3600 s.*Raise `deadline`"):
        found.enter(False, time.monotonic() + 60)
    # Whoever gave up is not waited for.
    state = json.loads(next((tmp_path / "pace").glob("*.json")).read_text())
    assert state["queue"] == []


def test_a_429_closes_the_gate_of_all_processes(tmp_path: Path) -> None:
    one, other = (gate(tmp_path / "pace", Limit(50, 1)) for _unused in range(2))
    one.leave(one.enter(False, math.inf), True, 100)
    with pytest.raises(DeadlineError):
        other.enter(False, time.monotonic() + 50)


def test_an_answer_is_not_lost_with_the_file(tmp_path: Path) -> None:
    found = gate(tmp_path / "pace", Limit(5, 1))
    ticket = found.enter(False, math.inf)
    next((tmp_path / "pace").glob("*.json")).write_text("{")
    found.leave(ticket, False, 0)


def test_processes_keep_the_limit_together_and_none_starves(tmp_path: Path) -> None:
    order = {"directory": str(tmp_path / "pace"), "calls": 5, "seconds": 0.3, "threads": 2, "each": 4}
    spans = run_all([order] * 4)
    assert [len(each) for each in spans] == [8, 8, 8, 8]
    together = [span for each in spans for span in each]
    starts = sorted(start for start, _end in together)
    ends = sorted(end for _start, end in together)
    for end, start in zip(ends, starts[5:], strict=False):
        assert start - end >= 0.3
