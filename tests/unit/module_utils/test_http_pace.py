# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against the emulator: named limits and the adaptive pace."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import PROFILES, Limit
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy
from tests.emulator.control import Emulator
from tests.unit.module_utils.http_calls import (
    ENVIRONMENTS,
    EXPENSES,
    GET_APP,
    GET_FLOW,
    LIST_FLOWS,
    RUNNING,
    STOP,
    client_of,
    options_of,
    raised,
    sent,
)
from tests.unit.module_utils.pace_worker import run_all


def read_apps(client: Client, threads: int, each: int) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _unused in range(each):
                client.call(GET_APP, EXPENSES)
        except _errors.PowerPlatformError as error:
            failures.append(error)

    workers = [threading.Thread(target=work) for _unused in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []


def as_plain(operation: Operation) -> dict[str, Any]:
    """An operation as an order to another process."""
    return {**operation._asdict(), "tokens": sorted(operation.tokens)}


@pytest.mark.parametrize(("processes", "share"), [(1, None), (4, None), (4, "1/2")])
def test_a_named_limit_is_never_exceeded(emulator: Emulator, tmp_path: Path, processes: int, share: str | None) -> None:
    emulator.faults([{"kind": "throttle", "limit": 5, "window": 1}])
    order = {
        "client": options_of(emulator),
        "directory": str(tmp_path / "pace"),
        "operation": as_plain(GET_APP),
        "path": EXPENSES,
        "pace": "10/1" if share else "5/1",
        "share": share,
        "threads": 2,
        "each": 3,
    }
    assert run_all([order] * processes) == [[200] * 6] * processes
    assert [entry["status"] for entry in sent(emulator)] == [200] * 6 * processes
    assert len(list((tmp_path / "pace").glob("*.json"))) == 1


@pytest.mark.parametrize(("processes", "each"), [(1, 10), (10, 2)])
def test_both_limits_of_the_connector_of_flows_are_kept_at_once(
    emulator: Emulator, tmp_path: Path, processes: int, each: int
) -> None:
    """One of all calls and one of writes alone, as it declares them, in windows that a test can wait for."""
    of_all, of_writes = Limit(8, 1), Limit(3, 1.5, True)
    shared = {"kind": "throttle", "per": "client", "body": "connector"}
    match = {"service": "flow"}
    emulator.faults(
        [
            {**shared, "limit": of_all.calls, "window": of_all.seconds, "match": match},
            {**shared, "limit": of_writes.calls, "window": of_writes.seconds, "match": {**match, "method": "!GET"}},
        ]
    )
    reads, write = (LIST_FLOWS, GET_FLOW), STOP
    order = {
        "client": options_of(emulator),
        "directory": str(tmp_path / "pace"),
        "operation": as_plain(reads[0]),
        "then": [as_plain(reads[1]), as_plain(write)],
        "path": RUNNING,
        "pace": "declared",
        "limits": [of_all, of_writes],
        "share": None,
        "threads": 1,
        "each": each,
    }
    assert run_all([order] * processes) == [[200] * 3 * each] * processes
    log = sent(emulator)
    assert [entry["status"] for entry in log] == [200] * 3 * each * processes
    assert sum(entry["method"] != "GET" for entry in log) == each * processes


def test_writes_have_a_limit_of_their_own(
    emulator: Emulator, pace_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROFILES, "connector-5", (Limit(50, 60), Limit(2, 3600, True)))
    client = client_of(emulator, pace="connector-5", deadline=60)
    client.call(STOP, RUNNING)
    client.call(STOP, RUNNING)
    error = raised(_errors.DeadlineError, client, lambda: client.call(STOP, RUNNING))
    assert "api.flow.microsoft.com would have to wait for 3600 s" in str(error)
    list(client.items(LIST_FLOWS, RUNNING))
    assert pace_directory.is_dir()


def test_a_named_limit_belongs_to_one_host(emulator: Emulator, pace_directory: Path) -> None:
    client = client_of(emulator, pace="1/3600", deadline=60)
    client.call(GET_APP, EXPENSES)
    list(client.items(LIST_FLOWS, RUNNING))
    list(client.items(ENVIRONMENTS))
    raised(_errors.DeadlineError, client, lambda: client.call(GET_APP, EXPENSES))
    assert len(list(pace_directory.glob("*.json"))) == 3


def test_the_adaptive_pace_gets_through_a_throttled_service(emulator: Emulator) -> None:
    emulator.faults([{"kind": "throttle", "limit": 20, "window": 1}])
    client = client_of(emulator, policy=RetryPolicy())
    read_apps(client, threads=16, each=3)
    statuses = [entry["status"] for entry in sent(emulator)]
    assert statuses.count(200) == 48
    assert client.api_calls["throttled"] == statuses.count(429)
    assert client.api_calls["read"] == len(statuses)


@pytest.mark.parametrize(("option", "value"), [("pace", "fast"), ("pace_share", "2/3")])
def test_a_pace_that_cannot_be_is_refused_at_once(emulator: Emulator, option: str, value: str) -> None:
    more = {option: value}
    with pytest.raises(_errors.OptionError, match=option):
        client_of(emulator, **more)
    assert emulator.log() == []
