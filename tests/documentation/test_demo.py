# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo ends in order when it is interrupted, and nothing of the caller's environment leads it astray."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo import environment
from tests.tools.stage import ROOT

DEMO_IN = "import pathlib, sys, tests.demo; tests.demo.WORK = pathlib.Path({!r}); sys.exit(tests.demo.main())"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_the_playbook_runs(number: signal.Signals, tmp_path: Path) -> None:
    inherited = os.environ | {
        "AZURE_CLIENT_SECRET": "another",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "POWER_PLATFORM_TENANT_ID": "99999999-2222-4333-8444-555555555555",
        "REQUESTS_CA_BUNDLE": str(tmp_path / "missing.pem"),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", DEMO_IN.format(str(tmp_path))],
        cwd=ROOT,
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        port = 0
        for line in process.stdout:
            port = int(found[1]) if (found := re.search(r"https://127\.0\.0\.1:(\d+)", line)) else port
            if line.startswith("changed: "):
                break
        process.send_signal(number)
        _output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 128 + number, errors
    assert f"ended by {number.name}" in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
    assert port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_environment_of_the_children(tmp_path: Path) -> None:
    inherited = dict.fromkeys(
        (
            "ANSIBLE_CHECK_MODE",
            "ARM_CLIENT_ID",
            "AZURE_TENANT_ID",
            "CURL_CA_BUNDLE",
            "POWER_PLATFORM_CLIENT_ID",
            "REQUESTS_CA_BUNDLE",
            "SYSTEM_ACCESSTOKEN",
            "https_proxy",
        ),
        "x",
    )
    made = environment(tmp_path / "collections", tmp_path / "home", {**inherited, "PATH": "/bin"})

    assert not inherited.keys() & made.keys()
    assert made["PATH"] == "/bin"
    assert Path(made["ANSIBLE_HOME"]).is_relative_to(tmp_path)
    assert Path(made["ANSIBLE_REMOTE_TEMP"]).is_relative_to(tmp_path)
