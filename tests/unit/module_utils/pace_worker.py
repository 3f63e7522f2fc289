# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of several processes that keep a limit together: python -m tests.unit.module_utils.pace_worker '{...}'."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def run_all(orders: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """Run a process for each order, all at once; what each of them reports. Fails with the errors of any."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, json.dumps(order)], cwd=ROOT, text=True, stdout=subprocess.PIPE
        )
        for order in orders
    ]
    answers = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return [json.loads(answer) for answer in answers]


def main(order: dict[str, Any]) -> list[Any]:
    """Pass the gate with each thread as often as ordered: a bare gate, or that of a client of the emulator."""
    import tests.unit.conftest  # noqa: F401 - makes the collection importable

    found: list[Any] = []
    act = _client(order, found) if "client" in order else _gate(order, found)
    failures: list[str] = []

    def work() -> None:
        try:
            for _unused in range(order["each"]):
                act()
        except Exception as error:  # noqa: BLE001 - a thread must not fail unseen
            failures.append(repr(error))

    threads = [threading.Thread(target=work) for _unused in range(order["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit("\n".join(failures))
    return found


def _gate(order: dict[str, Any], spans: list[Any]) -> Callable[[], None]:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import Limit
    from ansible_collections.powerops.powerplatform.plugins.module_utils._pace_shared import SharedGate

    limits = (Limit(order["calls"], order["seconds"]),)
    gate = SharedGate("h", ("tenant", "c"), limits, limits, lease=30, directory=Path(order["directory"]))

    def act() -> None:
        ticket = gate.enter(False, math.inf)
        start = time.monotonic()
        time.sleep(0.005)
        spans.append((start, time.monotonic()))
        gate.leave(ticket, False, 0)

    return act


def _client(order: dict[str, Any], statuses: list[Any]) -> Callable[[], None]:
    """A client that sends the operation, and `then` the others. limits: what the pace `declared` stands for."""
    from ansible_collections.powerops.powerplatform.plugins.module_utils import _pace_shared
    from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
    from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
    from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
    from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import PROFILES, Limit
    from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy

    _pace_shared._default_directory = lambda: Path(order["directory"])
    PROFILES["declared"] = tuple(Limit(*limit) for limit in order.get("limits", ()))
    operations = [Operation(**fields) for fields in (order["operation"], *order.get("then", ()))]
    found = login(order["client"], {})
    client = Client(
        found.connection,
        found.cloud,
        found.tokens,
        read_only=all(operation.safe for operation in operations),
        pace=order["pace"],
        pace_share=order["share"],
        policy=RetryPolicy(attempts=1),
        redact=found.redactor,
    )

    def act() -> None:
        for operation in operations:
            client.call(operation, order["path"])
            statuses.append(200)

    return act


if __name__ == "__main__":
    json.dump(main(json.loads(sys.argv[1])), sys.stdout)
