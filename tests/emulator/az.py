# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the Azure CLI: `az account get-access-token`, with tokens of the emulator.

    python az.py account get-access-token --output json --resource URL [--tenant ID]

Who is logged in stands in `stand_in.json` in the folder AZURE_CONFIG_DIR, as `az login` leaves its own files there:
`url`, `ca_path`, `tenant_id`, `client_id` and `client_secret` to get tokens with, and at will `account` (`user`, or
`identity`: that of a machine), `format` (`old`: before 2.54.0), `say` (in place of the output), `sleep` (seconds).
Without the file nobody is logged in. What it was called with is appended to `calls.txt` beside it.

Output and refusals are those of the Azure CLI's published source (profile/custom.py, core/_profile.py) and pages.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

_SUBSCRIPTION = "a1b2c3d4-0000-4000-8000-000000000001"
_KEPT = "msal_token_cache.json"


def install(folder: Path, state: Mapping[str, Any] | None) -> dict[str, str]:
    """For tests: `az` in a folder of its own, and the variables of the environment that lead to it."""
    programs, settings = folder / "bin", folder / "azure"
    programs.mkdir(parents=True, exist_ok=True)
    settings.mkdir(exist_ok=True)
    program = programs / "az"
    # A shell in between, as in the packages of the Azure CLI: whoever ends it has to end both.
    quoted = shlex.join([sys.executable, str(Path(__file__).resolve())])
    program.write_text(f'#!/bin/sh\n{quoted} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (settings / "stand_in.json").unlink(missing_ok=True)
    (settings / _KEPT).unlink(missing_ok=True)
    if state is not None:
        (settings / "stand_in.json").write_text(json.dumps(dict(state)), encoding="utf-8")
    return {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "AZURE_CONFIG_DIR": str(settings)}


def main() -> None:
    folder = Path(os.environ["AZURE_CONFIG_DIR"])
    with (folder / "calls.txt").open("a", encoding="utf-8") as calls:
        calls.write(shlex.join(sys.argv[1:]) + "\n")
    given = _arguments()
    settings = folder / "stand_in.json"
    if not settings.exists():
        _fail("Please run 'az login' to setup account.")
    state = json.loads(settings.read_text(encoding="utf-8"))
    if "sleep" in state:
        # In a process of its own, which outlives the one that started it.
        subprocess.run([sys.executable, "-c", f"import time; time.sleep({state['sleep']})"], check=False)
    if "say" in state:
        print(state["say"])
        return
    if state.get("account") == "identity" and given.tenant:
        _fail("Tenant shouldn't be specified for managed identity account")
    tenant = given.tenant or state["tenant_id"]
    kept = _kept(folder, f"{tenant} {given.resource}") or _token(state, tenant, given.resource)
    _keep(folder, f"{tenant} {given.resource}", kept)
    ends = datetime.fromtimestamp(kept["expires_on"])  # noqa: DTZ006 - local, as the Azure CLI writes it
    local = ends.strftime("%Y-%m-%d %H:%M:%S.%f")
    found = {"accessToken": kept["access_token"], "expiresOn": local, "tenant": tenant, "tokenType": "Bearer"}
    if state.get("format") != "old":
        found["expires_on"] = kept["expires_on"]
    if not given.tenant:
        found["subscription"] = _SUBSCRIPTION
    print(json.dumps(found, indent=2, sort_keys=True))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="az")
    groups = parser.add_subparsers(required=True)
    commands = groups.add_parser("account").add_subparsers(required=True)
    command = commands.add_parser("get-access-token")
    command.add_argument("--output", choices=["json"], required=True)
    command.add_argument("--resource", required=True)
    command.add_argument("--tenant")
    return parser.parse_args()


def _token(state: Mapping[str, Any], tenant: str, resource: str) -> dict[str, Any]:
    scope = f"{resource}/.default"
    form = {name: state[name] for name in ("client_id", "client_secret")}
    body = urlencode({**form, "grant_type": "client_credentials", "scope": scope}).encode()
    context = ssl.create_default_context(cafile=state["ca_path"])
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    try:
        with opener.open(Request(f"{state['url']}/{tenant}/oauth2/v2.0/token", body), timeout=30) as answer:
            found = json.load(answer)
    except HTTPError as error:
        refused = json.load(error)
        _fail(
            f"{refused['error_description']} Trace ID: {refused['trace_id']} Correlation ID: "
            f"{refused['correlation_id']} Timestamp: {refused['timestamp']}\nInteractive authentication is needed. "
            f'Please run:\naz logout\naz login --tenant "{tenant}" --scope "{scope}"'
        )
    return {"access_token": found["access_token"], "expires_on": int(time.time()) + int(found["expires_in"])}


def _kept(folder: Path, key: str) -> dict[str, Any] | None:
    """The Azure CLI gives the same token again until five minutes before its end."""
    try:
        found: dict[str, Any] = json.loads((folder / _KEPT).read_text(encoding="utf-8"))[key]
    except (OSError, KeyError):
        return None
    return found if found["expires_on"] - time.time() > 300 else None


def _keep(folder: Path, key: str, token: Mapping[str, Any]) -> None:
    path = folder / _KEPT
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, key: token}), encoding="utf-8")


def _fail(text: str) -> NoReturn:
    print(f"ERROR: {text}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
