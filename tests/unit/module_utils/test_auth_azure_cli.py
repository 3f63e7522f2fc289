# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in by the Azure CLI: a stand-in that prints what the real one prints, with tokens of the emulator."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import DeadlineError, TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login, login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, DELEGATED
from tests.emulator import az
from tests.emulator.control import Emulator

from .logging_in import FLOW, GRAPH, federated

OTHER_TENANT = "99999999-2222-4333-8444-555555555555"
SetUp = Callable[..., Path]


@pytest.fixture
def logged_in(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """Logs a client of the emulator in to the stand-in; gives the folder of its settings."""

    def set_up(client: str | None = "delegated", **more: Any) -> Path:
        state = {"url": emulator.base_url, "ca_path": emulator.ca_path, **emulator.credentials(client or "runner")}
        for name, value in az.install(tmp_path, {**state, **more} if client else None).items():
            monkeypatch.setenv(name, value)
        return tmp_path / "azure"

    return set_up


def by_cli(**more: Any) -> Login:
    return login({"auth_method": "azure_cli", **more}, {})


def refused(**more: Any) -> str:
    with pytest.raises(TokenError) as caught:
        by_cli(**more).tokens.token(FLOW)
    error: BaseException | None = caught.value
    while error is not None:
        assert "eyJ" not in str(error) + repr(error.args)
        error = error.__cause__ or error.__context__
    return str(caught.value)


@pytest.mark.parametrize(("client", "kind"), [("delegated", DELEGATED), ("runner", APPLICATION)])
def test_whoever_is_logged_in(emulator: Emulator, logged_in: SetUp, client: str, kind: str) -> None:
    folder = logged_in(client)
    result = by_cli()
    token = result.tokens.token(FLOW)
    assert token.claims["aud"] == FLOW
    assert token.application_id == emulator.credentials(client)["client_id"]
    assert token.kind == kind
    assert 3000 < token.expires_at - time.time() < 3700
    assert result.tokens.token(FLOW) is token
    assert result.tokens.requests == 1
    calls = (folder / "calls.txt").read_text(encoding="utf-8")
    assert calls == f"account get-access-token --output json --resource {FLOW}\n"


def test_the_tenant_is_asked_for(emulator: Emulator, logged_in: SetUp) -> None:
    folder = logged_in()
    assert by_cli(tenant_id=emulator.tenant_id).tokens.token(GRAPH).tenant_id == emulator.tenant_id
    assert (folder / "calls.txt").read_text(encoding="utf-8").endswith(f"--tenant {emulator.tenant_id}\n")
    assert by_cli(tenant_id="contoso.example").tokens.token(FLOW).tenant_id == emulator.tenant_id


@pytest.mark.parametrize("form", ["old", "new"])
def test_the_end_of_a_token(logged_in: SetUp, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Before 2.54.0 it was a local time and nothing else."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        logged_in(format=form)
        assert 3590 < by_cli().tokens.token(FLOW).expires_at - time.time() < 3600
    finally:
        monkeypatch.undo()
        time.tzset()


def test_it_gives_the_token_again_that_was_refused(logged_in: SetUp) -> None:
    logged_in()
    tokens = by_cli().tokens
    with pytest.raises(TokenError, match=r"Azure CLI gave the token .* refused once more.*az logout"):
        tokens.token(FLOW, refused=tokens.token(FLOW))


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_it_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "az) is not installed on the machine where the module runs" in refused()


def test_a_relative_place_on_path_is_none(logged_in: SetUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a file named az in the folder of a playbook would be run."""
    logged_in()
    monkeypatch.chdir(tmp_path / "bin")
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}/nothing")
    assert "is not installed" in refused()


def test_it_cannot_be_run(logged_in: SetUp, tmp_path: Path) -> None:
    logged_in()
    (tmp_path / "bin" / "az").write_text("#!/nothing/at/all\n", encoding="ascii")
    assert "cannot be run: No such file or directory" in refused()


def test_nobody_is_logged_in(logged_in: SetUp) -> None:
    logged_in(None)
    text = refused()
    assert "Please run 'az login' to setup account." in text
    assert f"As the user who runs the modules, on the machine where they run: az login --scope {FLOW}/.default." in text


def test_another_tenant(emulator: Emulator, logged_in: SetUp) -> None:
    logged_in()
    text = refused(tenant_id="fabrikam.example")
    assert "AADSTS90002" in text
    assert "Check tenant_id" in text
    assert "Trace ID" not in text
    # The stand-in was logged in to another one, whose token is not handed out.
    state = json.loads((logged_in() / "stand_in.json").read_text(encoding="utf-8"))
    token = emulator.token(client="delegated")
    answer = {"accessToken": token, "expires_on": int(time.time()) + 3600, "tokenType": "Bearer"}
    logged_in(**state, say=json.dumps(answer))
    text = refused(tenant_id=OTHER_TENANT)
    assert f"belongs to tenant {emulator.tenant_id}, not to tenant_id='{OTHER_TENANT}'" in text


def test_a_login_that_has_ended(emulator: Emulator, logged_in: SetUp) -> None:
    logged_in()
    body = {
        "error": "invalid_grant",
        "error_description": "AADSTS700082: The refresh token has expired.",
        "trace_id": "x",
    }
    body |= {"correlation_id": "y", "timestamp": "z"}
    emulator.faults([{"kind": "status", "status": 400, "body": body, "match": {"path": "/token$"}}])
    text = refused(tenant_id=emulator.tenant_id)
    assert "AADSTS700082: The refresh token has expired." in text
    assert f"az login --tenant {emulator.tenant_id} --scope {FLOW}/.default." in text


def test_the_identity_of_a_machine_has_one_tenant(emulator: Emulator, logged_in: SetUp) -> None:
    logged_in("runner", account="identity")
    assert "Leave tenant_id out" in refused(tenant_id=emulator.tenant_id)
    assert by_cli().tokens.token(FLOW).kind == APPLICATION


def test_it_does_not_end(logged_in: SetUp) -> None:
    """Neither it nor what it started is left behind."""
    folder = logged_in(sleep=30)
    begin = time.monotonic()
    assert "did not answer within 2 seconds" in refused(timeout=2)
    assert time.monotonic() - begin < 10
    while (running := _running(folder)) and time.monotonic() - begin < 10:
        time.sleep(0.05)  # what is killed takes a moment to be gone
    assert running == []


def _running(folder: Path) -> list[str]:
    """Commands of the processes whose environment names the folder."""
    return [_command(path) for path in Path("/proc").glob("[0-9]*/environ") if str(folder) in _text(path)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _command(path: Path) -> str:
    return _text(path.with_name("cmdline")).replace("\0", " ")


def test_the_deadline_holds(logged_in: SetUp) -> None:
    logged_in(sleep=30)
    tokens = by_cli().tokens
    tokens.remaining = lambda: 1.0
    with pytest.raises(TokenError, match="within 1 seconds"):
        tokens.token(FLOW)
    tokens.remaining = lambda: 0.0
    with pytest.raises(DeadlineError):
        tokens.token(GRAPH)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "hunter2",
        "[]",
        "{}",
        '{"accessToken": 5}',
        '{"accessToken": "********", "expires_on": 5}',
        json.dumps({"accessToken": federated(), "expires_on": "soon"}),
        json.dumps({"accessToken": federated(), "expiresOn": "soon"}),
        json.dumps({"accessToken": federated(), "tokenType": "pop"}),
        federated(),
    ],
)
def test_output_that_cannot_be_read(logged_in: SetUp, output: str) -> None:
    logged_in(say=output)
    text = refused()
    assert "gave no access token for" in text
    assert "keep their values to yourself" in text
    assert "hunter2" not in text


def test_the_claim_tells_when_the_output_does_not(logged_in: SetUp) -> None:
    logged_in(say=json.dumps({"accessToken": federated(exp=time.time() + 60), "tokenType": "Bearer"}))
    assert 50 < by_cli().tokens.token(FLOW).expires_at - time.time() < 61


def test_a_failure_that_repeats_a_token(logged_in: SetUp, tmp_path: Path) -> None:
    logged_in()
    (tmp_path / "bin" / "az").write_text(f"#!/bin/sh\necho {federated()} >&2\nexit 3\n", encoding="ascii")
    assert "********" in refused()
    (tmp_path / "bin" / "az").write_text("#!/bin/sh\nexit 3\n", encoding="ascii")
    text = refused()
    assert "it failed, and said nothing (exit status 3)" in text
    assert "See by hand what it says: az account get-access-token" in text
    (tmp_path / "bin" / "az").write_text("#!/bin/sh\nkill -9 $$\n", encoding="ascii")
    assert "(exit status -9)" in refused()


def test_what_a_terminal_would_act_on_is_not_told(logged_in: SetUp, tmp_path: Path) -> None:
    logged_in()
    script = "#!/bin/sh\nprintf '\\033[31mERROR: it is\\007 broken\\033[0m\\n' >&2\nexit 1\n"
    (tmp_path / "bin" / "az").write_text(script, encoding="ascii")
    assert "Azure CLI: it is broken." in refused()


def test_what_it_leaves_behind_is_not_waited_for(logged_in: SetUp, tmp_path: Path) -> None:
    """As what it sends telemetry with, which holds its output open."""
    logged_in()
    answer = json.dumps({"accessToken": federated(aud=FLOW), "expires_on": int(time.time()) + 3600})
    (tmp_path / "bin" / "az").write_text(f"#!/bin/sh\nsleep 5 &\necho '{answer}'\n", encoding="ascii")
    assert by_cli(timeout=2).tokens.token(FLOW).claims["aud"] == FLOW


def test_a_relative_folder_of_settings(logged_in: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = logged_in()
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("AZURE_CONFIG_DIR", folder.name)
    assert by_cli().tokens.token(FLOW).claims["aud"] == FLOW


def test_a_challenge_is_for_a_person(emulator: Emulator, logged_in: SetUp) -> None:
    folder = logged_in()
    tokens = by_cli(tenant_id=emulator.tenant_id).tokens
    first = tokens.token(FLOW)
    challenge = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    with pytest.raises(TokenError) as caught:
        tokens.token(FLOW, refused=first, claims_challenge=challenge)
    encoded = base64.b64encode(challenge.encode()).decode()
    assert (
        f"Run: az login --tenant {emulator.tenant_id} --scope {FLOW}/.default --claims-challenge {encoded} (Azure CLI "
        "2.76.0 or later)." in str(caught.value)
    )
    assert len((folder / "calls.txt").read_text(encoding="utf-8").splitlines()) == 1


def test_no_shell_reads_what_is_given(logged_in: SetUp, tmp_path: Path) -> None:
    folder = logged_in()
    by_cli().tokens.token(f"https://x.test/$(touch {tmp_path}/here);`id`")
    assert not (tmp_path / "here").exists()
    assert "$(touch" in (folder / "calls.txt").read_text(encoding="utf-8")
