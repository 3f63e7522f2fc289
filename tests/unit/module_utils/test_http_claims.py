# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that wants a token with other claims (auth-clouds-throttling.md 4.3): answered once, where it can be."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWERAPPS
from tests.emulator import az
from tests.emulator.control import Emulator

from .http_calls import ANY_MAKER_FLOWS, EXPENSES, GET_APP, GET_FLOW, QUICK, RUNNING, STOP_ONCE, client_of, sent

WANTED = {"kind": "claims_challenge", "value": "c1"}
CLAIMS = '{"access_token": {"acrs": {"essential": true, "value": "c1"}}}'
LOG = "the sign-in log of the identity names the policy"


def statuses(emulator: Emulator) -> list[int]:
    return [entry["status"] for entry in sent(emulator) if entry["service"] != "managed_identity"]


def by(emulator: Emulator, **options: Any) -> Client:
    """A client that logs in with these options and nothing else."""
    found = login({"ca_path": emulator.ca_path, "base_url": emulator.base_url, **options}, {})
    return Client(found.connection, found.cloud, found.tokens, read_only=False, policy=QUICK, redact=found.redactor)


def refused(client: Client) -> str:
    with pytest.raises(_errors.AuthenticationError) as caught:
        client.call(GET_APP, EXPENSES)
    return str(caught.value)


def test_it_is_answered_and_the_request_repeated(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([WANTED])
    assert client.call(GET_APP, EXPENSES)["name"]
    assert statuses(emulator) == [401, 200]
    assert client.caller(POWERAPPS).claims["acrs"] == ["c1"]
    client.call(GET_APP, EXPENSES)
    assert statuses(emulator) == [401, 200, 200], "the answer holds for what follows"
    assert emulator.summary()["tokens"] == 2


def test_a_write_is_sent_again_that_may_be_sent_once(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{**WANTED, "match": {"write": True}}])
    client.call(STOP_ONCE, RUNNING)
    assert statuses(emulator) == [401, 200]
    assert emulator.summary()["effects"] == 1


def test_it_is_answered_once_for_all_threads(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(POWERAPPS)
    emulator.faults([WANTED])
    threads = [threading.Thread(target=client.call, args=(GET_APP, EXPENSES)) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses(emulator).count(200) == 8
    assert emulator.summary()["tokens"] == 2


def test_it_is_not_answered_twice(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "claims_challenge", "always": True}])
    text = refused(client)
    assert LOG in text
    assert "HTTP 401" in text
    assert statuses(emulator) == [401, 401]
    assert emulator.summary()["tokens"] == 2


def test_another_challenge_is_answered_by_the_next_request(emulator: Emulator) -> None:
    """Each request answers once."""
    client = client_of(emulator)
    emulator.faults(
        [{**WANTED, "match": {"service": "powerapps"}}, {**WANTED, "value": "c2", "match": {"service": "flow"}}]
    )
    client.call(GET_APP, EXPENSES)
    client.call(GET_FLOW, RUNNING)
    assert statuses(emulator) == [401, 200, 401, 200]


@pytest.mark.parametrize("claims", ["%%%", "bm8ganNvbg==", base64.b64encode(b"[1]").decode()])
def test_claims_that_cannot_be_read_are_no_challenge(emulator: Emulator, claims: str) -> None:
    """The token is renewed all the same, as after any other 401."""
    client = client_of(emulator)
    emulator.faults([{"kind": "claims_challenge", "always": True, "claims": claims}])
    assert LOG not in refused(client)
    assert statuses(emulator) == [401, 401]


def test_what_logs_in_may_refuse_the_claims(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.caller(POWERAPPS)
    body = {"error": "invalid_grant", "error_description": "AADSTS53003: Blocked by Conditional Access."}
    emulator.faults([WANTED, {"kind": "status", "status": 400, "body": body, "match": {"path": "/token$"}}])
    text = refused(client)
    assert "AADSTS53003" in text
    assert "A Conditional Access policy refused the login" in text
    assert LOG in text
    assert statuses(emulator) == [401]


# -- ways that cannot answer -------------------------------------------------------------------------------------------


def test_given_tokens_cannot_answer(emulator: Emulator) -> None:
    client = by(emulator, access_tokens={"powerapps": emulator.token()})
    emulator.faults([WANTED])
    text = refused(client)
    assert "with other claims than the one given" in text
    assert "Log in anew where it came from, and replace access_tokens.powerapps." in text
    assert statuses(emulator) == [401]


def test_the_azure_cli_cannot_answer(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"url": emulator.base_url, "ca_path": emulator.ca_path, **emulator.credentials("delegated")}
    for name, value in az.install(tmp_path, state).items():
        monkeypatch.setenv(name, value)
    client = by(emulator, auth_method="azure_cli")
    assert client.call(GET_APP, EXPENSES)["name"]
    emulator.clear_log()
    emulator.faults([WANTED])
    text = refused(client)
    assert "az login --scope https://service.powerapps.com//.default --claims-challenge " in text
    encoded = text.partition("--claims-challenge ")[2].partition(" ")[0]
    assert json.loads(base64.b64decode(encoded)) == json.loads(CLAIMS)
    assert statuses(emulator) == [401]


def test_the_platform_of_a_managed_identity_gives_what_it_has(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.base_url)
    client = by(emulator, auth_method="managed_identity")
    emulator.faults([WANTED])
    text = refused(client)
    assert text.index(LOG) < text.index("Logging in again by managed identity gave the token")
    assert statuses(emulator) == [401]
    assert emulator.summary()["tokens"] == 2


def test_a_refusal_for_good_comes_before_that_the_token_is_the_same(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An application on a maker's route: no other token of its own would help."""
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.base_url)
    client = by(emulator, auth_method="managed_identity")
    with pytest.raises(_errors.AuthenticationError) as caught:
        list(client.items(ANY_MAKER_FLOWS, RUNNING))
    assert caught.value.remedy.startswith("This operation takes a user's token")


# -- tokens in a folder ------------------------------------------------------------------------------------------------


def kept(folder: Path) -> list[str]:
    content = json.loads((folder / "tokens.json").read_text(encoding="ascii"))
    return [entry["access_token"] for entry in content["tokens"].values()]


def test_a_401_drops_the_token_from_the_folder(emulator: Emulator, tmp_path: Path) -> None:
    options = {"token_cache_path": str(tmp_path / "tokens")}
    first = client_of(emulator, options=options).caller(POWERAPPS).text
    emulator.faults([{"kind": "expire_tokens"}])
    client = client_of(emulator, options=options)
    assert client.call(GET_APP, EXPENSES)["name"]
    assert statuses(emulator) == [401, 200]
    assert kept(tmp_path / "tokens") == [client.caller(POWERAPPS).text] != [first]


def test_a_lasting_401_leaves_none_there(emulator: Emulator, tmp_path: Path) -> None:
    client = client_of(emulator, options={"token_cache_path": str(tmp_path / "tokens")})
    emulator.faults([{"kind": "status", "status": 401, "match": {"service": POWERAPPS}}])
    refused(client)
    assert kept(tmp_path / "tokens") == []


def test_a_403_leaves_none_there_either(emulator: Emulator, tmp_path: Path) -> None:
    """What an application may do is in its token: after a grant there has to be a new one."""
    client = client_of(emulator, options={"token_cache_path": str(tmp_path / "tokens")})
    emulator.faults([{"kind": "status", "status": 403, "match": {"service": POWERAPPS}}])
    with pytest.raises(_errors.ServiceError) as caught:
        client.call(GET_APP, EXPENSES)
    assert caught.value.status == 403
    assert kept(tmp_path / "tokens") == []


def test_an_answered_challenge_spares_the_next_task(emulator: Emulator, tmp_path: Path) -> None:
    emulator.faults([WANTED])
    for _unused in range(2):
        client_of(emulator, options={"token_cache_path": str(tmp_path / "tokens")}).call(GET_APP, EXPENSES)
    assert statuses(emulator) == [401, 200, 200]
