# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture in README.md, made anew: make docs-picture

    python -m tests.tools.picture

writes docs/images/drift_report.png: the report of examples/contoso after somebody changed the emulated tenant by hand,
photographed by Chromium or Chrome. What it makes besides lies in .cache, and is gone when it ends.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.demo import DRIFT, EXAMPLE, EXPENSES, TENANT, ansible, connection, environment
from tests.emulator.control import Emulator
from tests.tools.stage import ROOT, live_view

OUTPUT = ROOT / "docs" / "images" / "drift_report.png"
WORK = ROOT / ".cache" / "picture"
WIDTH = 1000  # A README is shown about as wide.
LARGEST = 200_000  # bytes
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_TIMEOUT = 300  # More than a run takes, so that one that hangs does not hang this.

# More than the demo's, for a report with a row of each sort.
_DRIFT = (*DRIFT, {"change": "put_app_role", "app": EXPENSES, "principal": "lee@contoso.example", "role": "CanEdit"})
# In place of the script that lets a reader search: a picture has no use for the form, and has to know its height.
_MEASURE = """<style>body { zoom: 0.85; } article { content-visibility: visible; }</style>
<script>document.title = Math.ceil(document.documentElement.getBoundingClientRect().height);</script>"""
_SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_HEIGHT = re.compile(r"<title>(\d+)</title>")


class PictureError(RuntimeError):
    """The picture cannot be made; the old one is left alone."""


def browser() -> str:
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        raise PictureError(f"none of {', '.join(BROWSERS)} is on the PATH: install Chromium or Chrome")
    return found[0]


def report(folder: Path) -> str:
    """The HTML report of a tenant that was as declared until somebody changed it."""
    written = folder / "drift.html"
    with Emulator.start("--tenant", str(TENANT), "--ca-out", str(folder / "ca.pem")) as emulator:
        variables = environment(live_view(), folder / "home", os.environ) | connection(emulator)
        _run(ansible("playbook", "converge.yml"), variables)
        emulator.change(_DRIFT)
        wanted = {
            "ANSIBLE_CALLBACKS_ENABLED": "powerops.powerplatform.drift_report",
            "POWER_PLATFORM_DRIFT_REPORTS": str(written),
        }
        _run(ansible("playbook", "converge.yml", "--check"), variables | wanted)
    return written.read_text(encoding="utf-8")


def photograph(program: str, html: str, folder: Path) -> Path:
    """The whole report as a PNG, as high as it is."""
    page, taken = folder / "page.html", folder / "taken.png"
    page.write_text(_POLICY.sub("", _SCRIPT.sub(_MEASURE, html)), encoding="utf-8")
    options = (
        "--headless",
        "--no-sandbox",  # A container has none; the page is our own.
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder / 'profile'}",
    )
    shown = _run([program, *options, f"--window-size={WIDTH},{WIDTH}", "--dump-dom", page.as_uri()], os.environ)
    height = _HEIGHT.search(shown)
    if height is None:
        raise PictureError(f"{program} did not say how high the page is")
    _run([program, *options, f"--window-size={WIDTH},{height[1]}", f"--screenshot={taken}", page.as_uri()], os.environ)
    if not taken.exists():
        raise PictureError(f"{program} wrote no picture")
    if taken.stat().st_size > LARGEST:
        raise PictureError(f"the picture has {taken.stat().st_size} bytes, more than {LARGEST}")
    return taken


def _run(command: Sequence[str], variables: Mapping[str, str]) -> str:
    """What the command prints, which is shown only when it fails."""
    ended = subprocess.run(
        command,
        cwd=EXAMPLE,
        env=dict(variables),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT,
    )
    if ended.returncode != 0:
        print(ended.stdout, file=sys.stderr)
        raise PictureError(f"{Path(command[0]).name} ended with {ended.returncode}; it says why above")
    return ended.stdout


def main() -> int:
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        program = browser()  # before everything else, which takes longer
        with tempfile.TemporaryDirectory(prefix="run-", dir=WORK, ignore_cleanup_errors=True) as name:
            taken = photograph(program, report(Path(name)), Path(name))
            OUTPUT.parent.mkdir(exist_ok=True)
            shutil.copyfile(taken, OUTPUT)
    except PictureError as error:
        print(f"picture: FAILED: {error}", file=sys.stderr)
        return 1
    print(f"Made {OUTPUT}, {OUTPUT.stat().st_size} bytes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
