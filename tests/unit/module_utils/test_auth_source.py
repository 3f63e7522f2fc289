# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One login for an audience, whatever the number of threads; none that outlives the deadline."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth import source as module
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    AccessToken,
    Exchange,
    TokenSource,
    TransientLoginError,
    access_token,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.token import ReadyTokens
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import (
    AnswerLostError,
    ConnectError,
    Connection,
    ConnectionSettings,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    SameTokenError,
    TokenError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, DELEGATED


def jwt(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{body}.c2ln"


class Counted:
    """A way to log in that does in turn what it is told: raise, or give a token of that lifetime; the last for ever."""

    label = "counted"
    renewable = True
    stuck = "Wait."

    def __init__(self, *turns: Exception | float) -> None:
        self.turns: list[Exception | float] = list(turns) or [3600]
        self.calls: list[tuple[str, str | None]] = []

    def fetch(self, audience: str, claims_challenge: str | None, /) -> AccessToken:
        self.calls.append((audience, claims_challenge))
        time.sleep(0.02)
        turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        error = turn if isinstance(turn, Exception) else None
        if error is not None:
            raise error
        return access_token(jwt(n=len(self.calls)), lifetime=turn)

    def proof(self) -> tuple[str, ...]:
        return ()


def make(method: Any) -> TokenSource:
    return TokenSource(method, Exchange(Connection(ConnectionSettings())))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []

    class Clock:
        time = staticmethod(time.time)
        sleep = staticmethod(found.append)

    monkeypatch.setattr(module, "time", Clock)
    return found


def together(count: int, work: Callable[[], object]) -> list[object]:
    results: list[object] = []
    gate = threading.Barrier(count)

    def run() -> None:
        gate.wait()
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results.append(error)

    threads = [threading.Thread(target=run) for _unused in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_login_for_an_audience_and_sixteen_threads() -> None:
    method = Counted()
    source = make(method)
    results = together(16, lambda: source.token("a"))
    assert len(method.calls) == 1
    assert len({id(result) for result in results}) == 1
    source.token("b")
    assert [audience for audience, _unused in method.calls] == ["a", "b"]


def test_a_refused_token_is_replaced_once_for_all_threads() -> None:
    method = Counted()
    source = make(method)
    old = source.token("a")
    results = together(16, lambda: source.token("a", refused=old))
    assert len(method.calls) == 2
    assert {result.claims["n"] for result in results if isinstance(result, AccessToken)} == {2}
    assert source.token("a").claims["n"] == 2
    assert source.token("a", refused=old).claims["n"] == 2


def test_a_claims_challenge_is_handed_on() -> None:
    method = Counted()
    source = make(method)
    source.token("a", refused=source.token("a"), claims_challenge="{}")
    assert method.calls == [("a", None), ("a", "{}")]


def test_the_token_that_was_refused_is_not_handed_out_again() -> None:
    method = Counted()
    source = make(method)
    old = source.token("a")
    method.calls.clear()  # so that the next one is the same
    with pytest.raises(SameTokenError, match=r"by counted gave the token for a .* once more\. Wait\."):
        source.token("a", refused=old)
    assert source.token("a").text != old.text, "another attempt is another login"


def test_a_failed_login_fails_the_threads_that_waited_for_it() -> None:
    method = Counted(TokenError("no"), 3600)
    source = make(method)
    results = together(8, lambda: source.token("a"))
    assert len(method.calls) == 1
    assert all(isinstance(result, TokenError) for result in results)
    assert source.token("a").claims["n"] == 2, "a later attempt is an attempt"


def test_a_token_is_renewed_before_it_ends() -> None:
    method = Counted(0.2)
    source = make(method)
    source.token("a")
    source.token("a")
    assert len(method.calls) == 1
    time.sleep(0.19)
    source.token("a")
    assert len(method.calls) == 2


@pytest.mark.parametrize(
    ("failure", "final"),
    [
        (ConnectError("x.test could not be reached"), TransportError),
        (AnswerLostError("x.test broke off"), TransportError),
        (TransientLoginError("x.test answered with HTTP 503"), TokenError),
    ],
)
def test_passing_failures_are_tried_again_a_few_times(
    pauses: list[float], failure: Exception, final: type[Exception]
) -> None:
    method = Counted(failure, failure, 3600)
    assert make(method).token("a").claims["n"] == 3
    # The second is twice as long but for the jitter, which may turn their order around.
    first, second = pauses
    assert 0.25 <= first <= 0.75
    assert 0.5 <= second <= 1.5
    method = Counted(failure)
    with pytest.raises(final, match=r"No token for a: x\.test"):
        make(method).token("a")
    assert len(method.calls) == 4


def test_what_the_server_asks_to_wait_is_waited(pauses: list[float]) -> None:
    make(Counted(TransientLoginError("x", 7.0), 3600)).token("a")
    assert pauses == [7.0]
    with pytest.raises(TokenError):
        make(Counted(TransientLoginError("x", 3000.0), 3600)).token("a")
    assert pauses == [7.0]


def test_a_lasting_failure_is_not_repeated(pauses: list[float]) -> None:
    method = Counted(ConnectError("certificate", remedy="Set ca_path.", permanent=True))
    with pytest.raises(TransportError) as caught:
        make(method).token("a")
    assert (caught.value.message, caught.value.remedy) == ("No token for a: certificate", "Set ca_path.")
    assert len(method.calls) == 1
    assert not pauses


def test_the_deadline_ends_the_waiting(pauses: list[float]) -> None:
    method = Counted(TransientLoginError("x", 30.0))
    source = make(method)
    source.remaining = lambda: 10.0
    with pytest.raises(DeadlineError) as caught:
        source.token("a")
    assert "later" not in caught.value.message
    assert caught.value.remedy == "Raise deadline. Try again later."
    assert len(method.calls) == 1
    assert not pauses


def test_nothing_is_sent_after_the_deadline() -> None:
    exchange = Exchange(Connection(ConnectionSettings()))
    exchange.remaining = lambda: 0.0
    with pytest.raises(DeadlineError):
        exchange.send("GET", "https://no-such-host.invalid/", {})


def test_one_challenge_is_no_answer_to_another() -> None:
    """Two threads may be refused one token with different ones."""
    method = Counted()
    source = make(method)
    old = source.token("a")
    first = source.token("a", refused=old, claims_challenge="c1")
    second = source.token("a", refused=old, claims_challenge="c2")
    assert first.text != second.text
    assert source.token("a", refused=old, claims_challenge="c2") is second
    assert source.token("a", refused=old) is second
    assert [challenge for _audience, challenge in method.calls] == [None, "c1", "c2"]


@pytest.mark.parametrize("end", [1e13, 1e18, 10**400, float("inf"), float("nan")])
def test_an_end_of_which_no_calendar_knows(end: float) -> None:
    for token in (access_token(jwt(exp=end)), access_token("t", lifetime=float(min(end, 1e300)))):
        assert token.expires_at == float("inf")
    assert access_token(jwt(exp=-1e18)).expires_at == 0


def test_ready_tokens() -> None:
    far = time.time() + 3600
    ready = {"flow": jwt(exp=far, n=1), "https://org.crm4.dynamics.com/": jwt(exp=far, n=2), "graph": jwt(exp=1)}
    audiences = {"flow": "https://service.flow.microsoft.com/", "graph": "https://graph.microsoft.com"}
    source = make(ReadyTokens(ready, audiences))
    token = source.token("https://service.flow.microsoft.com/")
    assert token.claims["n"] == 1
    assert source.token("https://org.crm4.dynamics.com").claims["n"] == 2
    with pytest.raises(TokenError, match="expired at 1970"):
        source.token("https://graph.microsoft.com")
    with pytest.raises(TokenError, match="holds no token"):
        source.token("https://api.powerplatform.com")
    with pytest.raises(TokenError, match="refused"):
        source.token("https://service.flow.microsoft.com/", refused=token)
    assert source.requests == 0


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"scp": "user_impersonation"}, DELEGATED),
        ({"idtyp": "user", "scp": "x"}, DELEGATED),
        ({"idtyp": "app"}, APPLICATION),
        ({"idtyp": "app", "scp": "x"}, APPLICATION),
        ({}, APPLICATION),
    ],
)
def test_kinds_of_token(claims: dict[str, str], kind: str) -> None:
    assert access_token(jwt(**claims)).kind == kind


def test_claims() -> None:
    token = access_token(jwt(tid="t", oid="o", appid="a", upn="u@x", exp=5))
    assert (token.tenant_id, token.object_id, token.application_id, token.name) == ("t", "o", "a", "u@x")
    assert token.expires_at == 5
    assert token.text not in repr(token)
    assert access_token(jwt(app_displayname="robot", azp="z")).name == "robot"


@pytest.mark.parametrize(
    "text", ["opaque", "a.b", "a.!.c", "a.bnVsbA.c", "a.W10.c", "..", "a.//79.c", f"a.{'W1tb' * 9000}.c"]
)
def test_an_unreadable_token_has_no_claims(text: str) -> None:
    token = access_token(text)
    assert token.claims == {}
    assert token.tenant_id == ""
