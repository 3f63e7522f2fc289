# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One measured run in a process of its own: the engine, a whole tenant, its hosts, or a bare replay of what these sent.

    python -m tests.benchmarks.worker < job.json

Prints one JSON object: seconds (imports not counted), peak memory in MB, and what came of it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import requests

from tests.tools.stage import live_view

Json = dict[str, Any]


def engine(job: Json) -> Json:
    """Converge the declarations of the job: options of a kind's module, without those of logging in."""
    sys.path.insert(0, str(live_view()))
    from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request, converge
    from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PowerPlatformError
    from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
    from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
    from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
    from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS

    kind = KINDS[job["kind"]]
    defaults = {name: spec.get("default") for name, spec in kind.options.items()}
    declared = [Request(kind, {**defaults, **options}) for options in job["declarations"]]
    start = time.perf_counter()
    settings = login(job["connection"], {})
    client = Client(
        settings.connection, settings.cloud, settings.tokens, read_only=False, deadline=600, redact=settings.redactor
    )
    try:
        report = converge(declared, client, Limits())
        statuses = sorted({outcome.status for outcome in report.outcomes})
    except PowerPlatformError as error:
        statuses = [type(error).__name__]
    return {"seconds": time.perf_counter() - start, "statuses": statuses, "api_calls": client.api_calls}


def module(job: Json) -> Json:
    """Run the module `converge` with the options of the job, as Ansible runs it: JSON in, JSON out.

    whole: seconds with all imports. steps: seconds that each step of the engine took. plan: processor time of planning.
    """
    start = time.perf_counter()
    sys.path.insert(0, str(live_view()))
    from ansible.module_utils import basic

    from ansible_collections.powerops.powerplatform.plugins.module_utils import _engine, _job_bulk, _module

    steps: dict[str, float] = {}
    planned: list[float] = []
    run = _engine._Run

    def timed(name: str, note: Callable[[str, float], None], clock: Callable[[], float]) -> None:
        whole = getattr(run, name)

        def inner(*arguments: Any) -> Any:
            began = clock()
            try:
                return whole(*arguments)
            finally:
                note(name, clock() - began)

        setattr(run, name, inner)

    for name in ("_look_up", "_observe"):
        timed(name, steps.__setitem__, time.perf_counter)
    for name in ("_bind", "_plan"):
        timed(name, lambda _name, spent: planned.append(spent), time.process_time)
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": job["options"]}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    printed = io.StringIO()
    ready = time.perf_counter()
    with redirect_stdout(printed), suppress(SystemExit):
        _module.run(_job_bulk.ConvergeJob())
    end = time.perf_counter()
    result = json.loads(printed.getvalue())
    return {
        "seconds": end - ready,
        "whole": end - start,
        "steps": {"read": sum(steps.values())},
        "plan": sum(planned),
        "statuses": sorted(result.get("summary", {}).get("by_status", {})),
        "failure": result.get("msg", ""),
        "api_calls": result["api_calls"],
    }


def inventory(job: Json) -> Json:
    """Answer the question of an info kind: its options, without those of logging in.

    part: the list in each row that it includes, and that is counted.
    """
    sys.path.insert(0, str(live_view()))
    from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
    from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
    from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS

    kind = INFO_KINDS[job["kind"]]
    options = {name: spec.get("default") for name, spec in kind.options.items()} | job["options"]
    before = peak_megabytes()
    start = time.perf_counter()
    settings = login(job["connection"], {})
    client = Client(
        settings.connection, settings.cloud, settings.tokens, read_only=True, deadline=600, redact=settings.redactor
    )
    answer = kind.read(client, options)
    seconds, peak = time.perf_counter() - start, peak_megabytes()
    rows: list[Json] = answer[kind.name.removesuffix("_info") + "s"]
    part = job.get("part", "")
    return {
        "seconds": seconds,
        "grown": peak - before,
        "megabytes": peak,
        "rows": len(rows),
        "parts": sum(len(row[part]) for row in rows) if part else 0,
        "complete": answer["complete"] and answer.get(f"{part}_complete", True),
        "answer_megabytes": len(json.dumps(answer)) / 2**20,
        "api_calls": client.api_calls,
    }


def hosts(job: Json) -> Json:
    """What `ansible-inventory --list` makes of a file of the inventory plugin."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(
            ANSIBLE_COLLECTIONS_PATH=str(live_view()),
            ANSIBLE_HOME=name,
            ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true",
        )
        from ansible.cli.inventory import InventoryCLI

        source, listed = folder / "tenant.powerplatform.yml", folder / "listed.json"
        source.write_text(json.dumps(job["file"]), encoding="utf-8")
        command = InventoryCLI(["ansible-inventory", "-i", str(source), "--list", "--output", str(listed)])
        before = peak_megabytes()
        start = time.perf_counter()
        with suppress(SystemExit):  # as it ends
            command.run()
        seconds, peak = time.perf_counter() - start, peak_megabytes()
        count = len(json.loads(listed.read_text(encoding="utf-8"))["_meta"]["hostvars"])
    return {"seconds": seconds, "grown": peak - before, "megabytes": peak, "hosts": count}


def replay(job: Json) -> Json:
    """Send the recorded requests with as many threads, and nothing else: no plan, no pace, no retry, no parsing.

    What any client needs before it can go on (logging in, finding the things, reading before writing) comes first, as
    it did in the run that was recorded: `phases` are sent one after the other, each by all threads.
    """
    here = threading.local()
    base, ca_path = job["connection"]["base_url"], job["connection"]["ca_path"]
    tokens: dict[str, str] = {}

    def send(row: Json) -> int:
        if not hasattr(here, "session"):
            here.session = requests.Session()
            here.session.trust_env = False
        headers = {"Accept": "application/json", "Host": row["host"]}
        data = row["body"]
        if row["service"] != "login":
            headers["Authorization"] = f"Bearer {tokens['bearer']}"
            if data is not None:
                headers["Content-Type"] = "application/json"
                data = json.dumps(data).encode()
        answer = here.session.request(row["method"], base + row["url"], headers=headers, data=data, verify=ca_path)
        if row["service"] == "login" and row["method"] == "POST":
            tokens["bearer"] = answer.json()["access_token"]
        status: int = answer.status_code
        return status

    start = time.perf_counter()
    with ThreadPoolExecutor(job["threads"]) as pool:
        statuses = sorted({status for phase in job["phases"] for status in pool.map(send, phase)})
    return {"seconds": time.perf_counter() - start, "statuses": statuses}


def peak_megabytes() -> float:
    """The most memory that this process has had so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux counts into ru_maxrss what the parent had when it started this process
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


def main() -> None:
    job = json.load(sys.stdin)
    result = {"engine": engine, "module": module, "inventory": inventory, "hosts": hosts, "replay": replay}[
        job["what"]
    ](job)
    result.setdefault("megabytes", peak_megabytes())
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
