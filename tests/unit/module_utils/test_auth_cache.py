# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens in a folder: who finds them again, who does not, and what becomes of them."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth import cache as module
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.cache import TokenCache
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import access_token
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login, login
from tests.emulator.control import Emulator
from tests.tools.stage import COLLECTION, ROOT, live_view

from .logging_in import FLOW, GRAPH, Certificate, by_secret, federated, options

PROOF = ("https://login.test/t", "client", "secret")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


def kept(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "tokens.json").read_text(encoding="ascii"))
    return found


def asked(emulator: Emulator) -> int:
    """Requests for tokens since this was called last."""
    found = emulator.summary()["tokens"]
    emulator.clear_log()
    return found


# -- found again -------------------------------------------------------------------------------------------------------


def test_the_next_task_finds_the_token(emulator: Emulator, folder: Path) -> None:
    first = by_secret(emulator, token_cache_path=str(folder)).tokens.token(FLOW)
    second = by_secret(emulator, token_cache_path=str(folder)).tokens
    assert second.token(FLOW) == first.__class__(first.text, second.token(FLOW).expires_at, first.claims)
    assert abs(second.token(FLOW).expires_at - first.expires_at) < 1
    assert second.requests == 0
    assert asked(emulator) == 1
    second.token(GRAPH)
    assert asked(emulator) == 1, "of another audience it is another one"
    assert len(kept(folder)["tokens"]) == 2
    assert second.warnings == []


def test_folder_and_files_are_the_users_own(emulator: Emulator, folder: Path) -> None:
    before = os.umask(0o000)
    try:
        by_secret(emulator, token_cache_path=str(folder)).tokens.token(FLOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "tokens.json": 0o600,
        "tokens.lock": 0o600,
    }


def test_nothing_but_access_tokens_is_kept(emulator: Emulator, folder: Path) -> None:
    token = by_secret(emulator, token_cache_path=str(folder)).tokens.token(FLOW)
    content = kept(folder)
    [entry] = content["tokens"].values()
    assert set(content) == {"form", "salt", "tokens"}
    assert set(entry) == {"access_token", "expires_at"}
    assert entry["access_token"] == token.text
    text = (folder / "tokens.json").read_text(encoding="ascii").replace(token.text, "")
    given = emulator.credentials("runner")
    for secret in (*given.values(), emulator.base_url):
        assert secret not in text


def test_who_does_not_find_it(emulator: Emulator, folder: Path) -> None:
    """Whatever makes a token another one: secret, client, tenant, cloud, way to log in."""
    path = {"token_cache_path": str(folder)}
    by_secret(emulator, **path).tokens.token(FLOW)
    assert asked(emulator) == 1
    emulator.change([{"change": "set_client", "client": "runner", "secret": "rotated-secret"}])
    with pytest.raises(TokenError):
        by_secret(emulator, client_secret="wrong-secret", **path).tokens.token(FLOW)
    others = [
        by_secret(emulator, client_secret="rotated-secret", **path),
        by_secret(emulator, "delegated", **path),
        by_secret(emulator, client_secret="rotated-secret", tenant_id="contoso.example", **path),
        by_secret(emulator, client_secret="rotated-secret", cloud="dod", **path),
        by_secret(emulator, client_secret="rotated-secret", base_url=f"{emulator.base_url}/", **path),
        login(options(emulator, oidc_token=federated(), **path), {}),
        login(options(emulator, client_certificate=Certificate().pem(), **path), {}),
        login(options(emulator, client_certificate=Certificate().pem(), **path), {}),
    ]
    emulator.clear_log()
    counts = []
    for other in others:
        other.tokens.token(FLOW)
        counts.append(asked(emulator))
    # A closing slash of base_url makes no other tenant.
    assert counts == [1, 1, 1, 1, 0, 1, 1, 1]
    assert len({entry["access_token"] for entry in kept(folder)["tokens"].values()}) == 8


def test_each_way_finds_its_own(emulator: Emulator, folder: Path, tmp_path: Path) -> None:
    certificate = Certificate()
    files = {"pem": tmp_path / "certificate.pem", "oidc": tmp_path / "token"}
    files["pem"].write_text(certificate.pem("p4ss"), encoding="ascii")
    files["oidc"].write_text(federated(), encoding="ascii")
    url = "https://pipeline.test/__emulator__/oidc/github"
    ways: list[dict[str, Any]] = [
        {"client_certificate_file_path": str(files["pem"]), "client_certificate_password": "p4ss"},
        {"oidc_token_file_path": str(files["oidc"])},
        {"oidc_request_url": url, "oidc_request_token": "hunter2"},
    ]
    for way in ways:
        given = options(emulator, token_cache_path=str(folder), **way)
        first = login(given, {}).tokens.token(FLOW)
        emulator.clear_log()
        assert login(given, {}).tokens.token(FLOW).text == first.text
        assert emulator.summary()["total"] == 0, "nothing is asked for, of nobody"
    # The writer of the file renews it: that is another credential.
    files["oidc"].write_text(federated(jti="next"), encoding="ascii")
    login(options(emulator, token_cache_path=str(folder), **ways[1]), {}).tokens.token(FLOW)
    assert asked(emulator) == 1
    text = (folder / "tokens.json").read_text(encoding="ascii")
    assert "hunter2" not in text
    assert "p4ss" not in text


def test_tokens_of_others_are_not_kept(emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.base_url)
    path = {"token_cache_path": str(folder), "ca_path": emulator.ca_path}
    login({"auth_method": "managed_identity", **path}, {}).tokens.token(FLOW)
    login({"access_tokens": {"flow": emulator.token(FLOW + "/.default")}, **path}, {}).tokens.token(FLOW)
    assert not folder.exists()


def test_the_variable_and_the_home_folder(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    given = {**emulator.credentials("runner"), "base_url": emulator.base_url, "ca_path": emulator.ca_path}
    login(given, {"POWER_PLATFORM_TOKEN_CACHE_PATH": "~/kept"}).tokens.token(FLOW)
    assert (tmp_path / "kept" / "tokens.json").exists()


# -- ends and refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "found"), [(305.0, True), (295.0, False), (-5.0, False)])
def test_a_token_is_discarded_five_minutes_before_it_ends(folder: Path, left: float, found: bool) -> None:
    cache = TokenCache(str(folder))
    for audience, seconds in (("a", left), ("b", 3600.0)):
        with cache.turn(1) as turn:
            turn.keep(PROOF, audience, access_token(federated(), lifetime=seconds))
    with cache.turn(1) as turn:
        assert (turn.find(PROOF, "a") is not None) == found
        assert turn.find(PROOF, "b") is not None
    assert len(kept(folder)["tokens"]) == 1 + found


def test_what_is_found_is_not_used_longer_than_that(emulator: Emulator, folder: Path) -> None:
    """A token that was fetched for the task itself may be: it ends by its own rule."""
    emulator.faults([{"kind": "token_lifetime", "seconds": 302}])
    path = {"token_cache_path": str(folder)}
    first = by_secret(emulator, **path).tokens.token(FLOW)
    tokens = by_secret(emulator, **path).tokens
    assert tokens.token(FLOW).text == first.text
    time.sleep(2.5)
    assert tokens.token(FLOW).text != first.text


def test_a_token_without_an_end_is_not_kept(folder: Path) -> None:
    with TokenCache(str(folder)).turn(1) as turn:
        turn.keep(PROOF, "a", access_token("no.claims.here"))
        assert turn.find(PROOF, "a") is None


def test_a_refused_token_is_replaced_for_everybody(emulator: Emulator, folder: Path) -> None:
    path = {"token_cache_path": str(folder)}
    tokens = by_secret(emulator, **path).tokens
    first = tokens.token(FLOW)
    second = tokens.token(FLOW, refused=first)
    assert second.text != first.text
    assert by_secret(emulator, **path).tokens.token(FLOW).text == second.text
    # Another task that still has the first one takes what this one fetched.
    asked(emulator)
    other = by_secret(emulator, **path).tokens
    assert other.token(FLOW, refused=first).text == second.text
    assert asked(emulator) == 0


def test_a_refused_token_is_dropped_even_when_there_is_no_other(emulator: Emulator, folder: Path) -> None:
    tokens = by_secret(emulator, token_cache_path=str(folder)).tokens
    first = tokens.token(FLOW)
    emulator.change([{"change": "set_client", "client": "runner", "secret": "rotated-secret"}])
    with pytest.raises(TokenError):
        tokens.token(FLOW, refused=first)
    assert kept(folder)["tokens"] == {}


def test_forgetting_drops_that_token_and_no_other(emulator: Emulator, folder: Path) -> None:
    tokens = by_secret(emulator, token_cache_path=str(folder)).tokens
    first = tokens.token(FLOW)
    tokens.token(GRAPH)
    tokens.forget(FLOW, access_token(federated()))
    assert len(kept(folder)["tokens"]) == 2
    tokens.forget(FLOW, first)
    [entry] = kept(folder)["tokens"].values()
    assert entry["access_token"] == tokens.token(GRAPH).text
    by_secret(emulator).tokens.forget(FLOW, first)  # without a folder there is nothing to do


def test_a_token_is_forgotten_once(emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many requests it was refused: the folder is there for others as well."""
    tokens = by_secret(emulator, token_cache_path=str(folder)).tokens
    first, calls = tokens.token(FLOW), []
    monkeypatch.setattr(TokenCache, "drop", lambda *arguments: calls.append(arguments))
    for _unused in range(3):
        tokens.forget(FLOW, first)
    assert len(calls) == 1


def test_an_answered_challenge_is_kept(emulator: Emulator, folder: Path) -> None:
    path = {"token_cache_path": str(folder)}
    tokens = by_secret(emulator, **path).tokens
    challenge = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    second = tokens.token(FLOW, refused=tokens.token(FLOW), claims_challenge=challenge)
    assert second.claims["acrs"] == ["c1"]
    assert by_secret(emulator, **path).tokens.token(FLOW).text == second.text


# -- damage ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[]",
        "null",
        '{"form": 1}',
        '{"form": 2, "salt": "s", "tokens": {}}',
        '{"form": 1, "salt": "", "tokens": {}}',
        '{"form": 1, "salt": "\\ud800", "tokens": {}}',
        '{"form": 1, "salt": "s", "tokens": {"k": {"access_token": 5, "expires_at": 9}}}',
        '{"form": 1, "salt": "s", "tokens": {"k": {"access_token": "t", "expires_at": "soon"}}}',
        '{"form": 1, "salt": "s", "tokens": []}',
        "[" * 100_000,
        " " * 5_000_000,
        "\udcff",
    ],
)
def test_what_cannot_be_read_is_begun_anew(emulator: Emulator, folder: Path, content: str) -> None:
    folder.mkdir(mode=0o700)
    path = folder / "tokens.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    tokens = by_secret(emulator, token_cache_path=str(folder)).tokens
    assert tokens.token(FLOW).text
    tokens.token(GRAPH)
    assert tokens.warnings == [f"token_cache_path: {path} held nothing that can be read, and was begun anew."]
    assert len(kept(folder)["tokens"]) == 2
    assert by_secret(emulator, token_cache_path=str(folder)).tokens.warnings == []


def test_what_a_process_left_that_was_ended_while_it_wrote(emulator: Emulator, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "tokens.new").write_text("half of i", encoding="ascii")
    by_secret(emulator, token_cache_path=str(folder)).tokens.token(FLOW)
    assert sorted(path.name for path in folder.iterdir()) == ["tokens.json", "tokens.lock"]


def test_that_it_cannot_be_written_is_a_warning(
    emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    tokens = by_secret(emulator, token_cache_path=str(folder)).tokens
    assert tokens.token(FLOW).text
    assert tokens.warnings == [
        f"token_cache_path: {folder / 'tokens.json'} could not be written: No space left on device."
    ]


# -- at once -----------------------------------------------------------------------------------------------------------


def test_two_processes_at_once(emulator: Emulator, folder: Path) -> None:
    """One logs in, and both have the token."""
    emulator.faults([{"kind": "delay", "seconds": 0.3, "match": {"path": "/token$"}}])
    collections = ROOT.parents[2] if ROOT.parts[-3:] == COLLECTION.parts else live_view()
    given = options(emulator, **emulator.credentials("runner"), token_cache_path=str(folder))
    worker = Path(__file__).with_name("cache_worker.py")
    processes = [
        subprocess.Popen(
            [sys.executable, str(worker), str(collections), json.dumps(given), FLOW, GRAPH],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _unused in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert results[0]["tokens"] == results[1]["tokens"]
    assert sum(result["requests"] for result in results) == 2 == asked(emulator)
    assert [result["warnings"] for result in results] == [[], []]


def test_many_threads_lose_nothing(folder: Path) -> None:
    cache = TokenCache(str(folder))
    texts = {f"a{number}": federated(n=number) for number in range(12)}

    def work(audience: str) -> None:
        with cache.turn(30) as turn:
            turn.keep(PROOF, audience, access_token(texts[audience], lifetime=3600))

    threads = [threading.Thread(target=work, args=(audience,)) for audience in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with cache.turn(1) as turn:
        assert {audience: getattr(turn.find(PROOF, audience), "text", "") for audience in texts} == texts


def test_somebody_elses_login_is_not_waited_for_for_ever(
    emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_TURN", 0.3)
    folder.mkdir(mode=0o700)
    (folder / "tokens.lock").touch(mode=0o600)
    with (folder / "tokens.lock").open("r+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tokens = by_secret(emulator, token_cache_path=str(folder)).tokens
        assert tokens.token(FLOW).text
    assert not (folder / "tokens.json").exists(), "nothing is written past the lock"
    [warning] = tokens.warnings
    assert f"token_cache_path: another process held {folder / 'tokens.lock'} for " in warning


def test_whoever_finds_a_token_waits_for_nobody(
    emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped while it logged in would hold up every other one."""
    first = by_secret(emulator, token_cache_path=str(folder)).tokens.token(FLOW)
    monkeypatch.setattr(module, "_LONGEST_TURN", 0.0)
    with (folder / "tokens.lock").open("r+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tokens = by_secret(emulator, token_cache_path=str(folder)).tokens
        assert tokens.token(FLOW).text == first.text
    assert tokens.requests == 0
    assert tokens.warnings == [], "the lock was not asked for"


def test_the_secret_shows_in_no_digest_of_another_file(emulator: Emulator, tmp_path: Path) -> None:
    for name in ("one", "two"):
        by_secret(emulator, token_cache_path=str(tmp_path / name)).tokens.token(FLOW)
    assert not set(kept(tmp_path / "one")["tokens"]) & set(kept(tmp_path / "two")["tokens"])


def test_the_result_of_a_login_tells_nothing(emulator: Emulator, folder: Path) -> None:
    result: Login = by_secret(emulator, token_cache_path=str(folder))
    text = result.tokens.token(FLOW).text
    assert text not in repr(result)
    assert text not in repr(vars(result.tokens))
