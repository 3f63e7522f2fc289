# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests: the emulator as a subprocess, and its control path as methods.

with Emulator.start("--tenant", "tests/emulator/tenants/contoso.yml") as emulator:
    emulator.faults([{"kind": "status", "status": 503, "times": 1}])
    assert emulator.log(writes=True) == []
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
READY = "EMULATOR READY "


class EmulatorError(RuntimeError):
    """The server did not start, or refused a control request."""


class Emulator:
    """A running emulator; a context manager that ends the process it started, and no other."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self.process = process
        self.base_url: str = ready["base_url"]
        self.ca_path: str = ready["ca_path"]
        self.tenant_id: str = ready["tenant_id"]
        self._clients: dict[str, dict[str, str]] = ready["clients"]
        self._avepoint: dict[str, dict[str, str]] = ready["avepoint_clients"]
        self._session = requests.Session()
        self._session.trust_env = False

    @classmethod
    def start(cls, *arguments: str, timeout: float = 30.0) -> Emulator:
        """Start on a free port (unless --port is given) and wait until it serves."""
        port = () if "--port" in arguments else ("--port", "0")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.emulator", *port, *arguments],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            emulator = cls(process, _wait(process, timeout))
            emulator._wait_until_served(timeout)
        except BaseException:
            _end(process)
            raise
        return emulator

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """End the process; it saves first when it was told to. Gives its exit code."""
        self._session.close()
        return _end(self.process)

    # -- who to be -------------------------------------------------------------------------------------------------

    def credentials(self, client: str = "runner") -> dict[str, str]:
        """tenant_id, client_id and client_secret of a client of the tenant file, by its name."""
        return dict(self._clients[client])

    def token(self, scope: str = "https://service.powerapps.com//.default", client: str = "runner") -> str:
        """An access token, for tests that speak to the services themselves."""
        given = self.credentials(client)
        reply = self._session.post(
            f"{self.base_url}/{given['tenant_id']}/oauth2/v2.0/token",
            verify=self.ca_path,
            timeout=30,
            data={
                "grant_type": "client_credentials",
                "client_id": given["client_id"],
                "client_secret": given["client_secret"],
                "scope": scope,
            },
        )
        if reply.status_code != 200:
            raise EmulatorError(f"token: {reply.status_code} {reply.text}")
        return str(reply.json()["access_token"])

    def avepoint(self, client: str = "avepoint") -> dict[str, str]:
        """client_id, client_secret and certificate_path (private key and certificate, PEM) of an AvePoint client."""
        return dict(self._avepoint[client])

    # -- the control path ------------------------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        reply = self._session.request(
            method,
            f"{self.base_url}/__emulator__/{path}",
            json=body,
            params=query,
            verify=self.ca_path,
            timeout=60,
        )
        if reply.status_code >= 400:
            raise EmulatorError(f"{method} {path}: {reply.status_code} {reply.text}")
        return reply.json() if reply.content else None

    def log(self, writes: bool | None = None, service: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """The requests so far; `writes=True` only those that may change the tenant."""
        query: dict[str, Any] = {"since": since}
        if writes is not None:
            query["writes"] = str(writes).lower()
        if service is not None:
            query["service"] = service
        found: list[dict[str, Any]] = self.control("GET", "log", **query)["requests"]
        return found

    def summary(self) -> dict[str, int]:
        """total, reads, writes, tokens, discovery, effects."""
        found: dict[str, int] = self.control("GET", "log", summary="true")["summary"]
        return found

    def clear_log(self) -> None:
        self.control("DELETE", "log")

    def reset(self) -> None:
        self.control("POST", "reset")

    def faults(self, faults: Iterable[dict[str, Any]] | str) -> None:
        """Replace the faults: a list of them, or the name of a profile."""
        self.control("PUT", "faults", {"profile": faults} if isinstance(faults, str) else list(faults))

    def fault_list(self) -> list[dict[str, Any]]:
        """The faults with how often each was seen and hit."""
        found: list[dict[str, Any]] = self.control("GET", "faults")["faults"]
        return found

    def change(self, changes: Iterable[dict[str, Any]]) -> None:
        self.control("POST", "change", list(changes))

    def tenant(self) -> dict[str, Any]:
        found: dict[str, Any] = self.control("GET", "tenant")
        return found

    def save(self, path: str | Path | None = None) -> None:
        self.control("POST", "save", {"path": str(path)} if path else {})

    def _wait_until_served(self, timeout: float) -> None:
        """The ready line comes when the port is bound; the first answer may take a moment longer."""
        end = time.monotonic() + timeout
        while True:
            try:
                self.control("GET", "")
                return
            except requests.ConnectionError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise EmulatorError("the emulator does not answer") from error
                time.sleep(0.02)


def _wait(process: subprocess.Popen[str], timeout: float) -> dict[str, Any]:
    """The members of the ready line. The output goes on being read, so that the process never blocks on it."""
    lines: queue.Queue[str | None] = queue.Queue()

    def pump() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    said: list[str] = []
    end = time.monotonic() + timeout
    while True:
        try:
            line = lines.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise EmulatorError(f"no ready line within {timeout} s: {''.join(said)}") from None
        if line is None:
            raise EmulatorError(f"the emulator ended: {''.join(said)}")
        if line.startswith(READY):
            found: dict[str, Any] = json.loads(line[len(READY) :])
            return found
        said.append(line)


def _end(process: subprocess.Popen[str]) -> int:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
