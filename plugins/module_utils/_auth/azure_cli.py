# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever is logged in to the Azure CLI on this machine: a user, an application, the identity of a machine.

Source: the published source of the Azure CLI (`az account get-access-token`) and its pages; `expires_on` is there since
2.54.0, `expiresOn` is a local time. No version of the command takes a claims challenge: only `az login` does.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from base64 import b64encode
from pathlib import Path
from types import TracebackType
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.aadsts import explain
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    AccessToken,
    Exchange,
    access_token,
    check_tenant,
    moment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import scope
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact

_PROGRAM = "az"
_FOLDER = "AZURE_CONFIG_DIR"
_LONGEST_TEXT = 400
# Seconds between two looks at whether it has ended.
_LOOK = 0.5
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_BY_HAND = "az account get-access-token --query expiresOn"
_OTHER = "or choose another auth_method"


class AzureCliLogin:
    """Asks `az` for each token. tenant_id: the tenant to get tokens of; empty for that of the login at hand."""

    label = "Azure CLI"
    renewable = True
    stuck = "The Azure CLI keeps a token until it ends. Log in to it anew: az logout, and then az login."

    def __init__(self, exchange: Exchange, tenant_id: str) -> None:
        self._exchange = exchange
        self._tenant_id = tenant_id

    def proof(self) -> tuple[str, ...]:
        """Nothing: the Azure CLI keeps tokens itself, and who is logged in to it may change at any time."""
        return ()

    def fetch(self, audience: str, claims_challenge: str | None, /) -> AccessToken:
        """A token from the Azure CLI. See `LoginMethod`."""
        if claims_challenge is not None:
            raise TokenError(
                f"The service wants a token for {audience} with other claims (Conditional Access, or continuous access "
                "evaluation), for which the Azure CLI has to be logged in anew.",
                remedy=f"Run: {self._log_in(audience, claims_challenge)} (Azure CLI 2.76.0 or later).",
            )
        arguments = ["account", "get-access-token", "--output", "json", "--resource", audience]
        if self._tenant_id:
            arguments += ["--tenant", self._tenant_id]
        self._exchange.count_token_request()
        status, output, errors = _run(arguments, self._exchange.patience())
        if status != 0:
            raise self._refused(audience, errors, status)
        return check_tenant(_token(audience, output), self._tenant_id, f"{self.label} login")

    def _log_in(self, audience: str, claims_challenge: str = "") -> str:
        words = ["az", "login"]
        if self._tenant_id:
            words += ["--tenant", self._tenant_id]
        words += ["--scope", scope(audience)]
        if claims_challenge:
            words += ["--claims-challenge", b64encode(claims_challenge.encode()).decode()]
        return " ".join(words)

    def _refused(self, audience: str, errors: str, status: int) -> TokenError:
        said = _said(errors) or f"it failed, and said nothing (exit status {status})"
        text, remedy = explain({"error_description": said})
        if "Tenant shouldn't be specified" in said:
            remedy = (
                "Who is logged in to the Azure CLI has one tenant. Leave tenant_id out; expected_tenant_id makes sure "
                "that it is the right one."
            )
        elif "az login" in errors or "az account set" in errors:
            run = f"As the user who runs the modules, on the machine where they run: {self._log_in(audience)}."
            remedy = remedy or run
        return TokenError(
            f"No token for {audience} by {self.label}: {text}.",
            remedy=remedy or f"See by hand what it says: {_BY_HAND}.",
        )


class _Tree(subprocess.Popen[bytes]):
    """A program in a session of its own, and what it starts: the packages of the Azure CLI start a shell, which starts
    Python. Both are killed if the program still runs at the end of the block.

    A class, since the sanity tests of ansible-core 2.21 refuse calls of Popen itself.
    """

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        super().__exit__(kind, error, trace)


def _run(arguments: list[str], patience: float) -> tuple[int, str, str]:
    """How `az` ended, and what it said. Raises TokenError when it cannot be run, or does not end in time."""
    program = shutil.which(_PROGRAM)
    # A relative place on PATH is that of whatever folder a task runs in.
    if program is None or not Path(program).is_absolute():
        raise TokenError(
            "The Azure CLI (az) is not installed on the machine where the module runs, or not on its PATH.",
            remedy=f"Install it there, {_OTHER}.",
        )
    try:
        process = _Tree(
            [program, *arguments],
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise TokenError(
            f"{program} cannot be run: {error.strerror or error}.", remedy=f"Repair it, {_OTHER}."
        ) from None
    with process:
        said = _output(process, patience)
    output, errors = (text.decode("utf-8", "replace") for text in said)
    return process.returncode, output, errors


def _environment() -> dict[str, str]:
    more = {"AZURE_CORE_NO_COLOR": "true", "AZURE_CORE_ONLY_SHOW_ERRORS": "true"}
    folder = os.environ.get(_FOLDER)
    # A relative one is meant from where the module runs, and az runs elsewhere.
    return {**os.environ, **more, **({_FOLDER: str(Path(folder).absolute())} if folder else {})}


def _output(process: _Tree, patience: float) -> tuple[bytes, bytes]:
    """What it wrote until it ended. Whoever it left behind may hold its output open, and is not waited for."""
    until = time.monotonic() + patience
    while True:
        ended = process.poll() is not None
        left = until - time.monotonic()
        try:
            return process.communicate(timeout=max(min(left, _LOOK), 0.0))
        except subprocess.TimeoutExpired as error:
            if ended:
                return error.output or b"", error.stderr or b""
        if left <= 0:
            raise TokenError(
                f"The Azure CLI did not answer within {patience:g} seconds.",
                remedy=f"Raise timeout, or see by hand what holds up: {_BY_HAND}.",
            )


def _token(audience: str, output: str) -> AccessToken:
    """The token in the output, of which nothing is shown: it may be the token in another wrapping."""
    try:
        found = json.loads(output)
        text, kind = found["accessToken"], found.get("tokenType") or "Bearer"
        if not isinstance(text, str) or text.count(".") != 2 or kind != "Bearer":
            raise ValueError
        token = access_token(text)
        ends = _end(found) or token.expires_at
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TokenError(
            f"The Azure CLI gave no access token for {audience} that can be read.",
            remedy="Look at the names in what this prints, and keep their values to yourself: az account "
            f"get-access-token --output json --resource {audience}. Update the Azure CLI, {_OTHER}.",
        ) from None
    return AccessToken(text, ends, token.claims)


def _end(found: dict[str, Any]) -> float:
    """When the token ends; 0 when it is not said."""
    if "expires_on" in found:
        return moment(float(found["expires_on"]))
    if not found.get("expiresOn"):
        return 0.0
    from datetime import datetime  # of an old version

    return datetime.fromisoformat(found["expiresOn"]).timestamp()


def _said(errors: str) -> str:
    """What the Azure CLI says it is, without the lines that it prints around it."""
    plain = _SEQUENCE.sub("", errors)
    lines = ["".join(filter(str.isprintable, line)).strip() for line in plain.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("WARNING", "Traceback"))]
    first = next((number for number, line in enumerate(lines) if line.startswith("ERROR")), 0)
    text = redact(re.sub(r"^ERROR:\s*", "", " ".join(lines[first:])))
    # What follows are numbers for the vendor's support, and commands for somebody at a keyboard.
    text = re.split(r"\s*(?:Trace ID:|Interactive authentication is needed)", text)[0]
    return text[:_LONGEST_TEXT]
