# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bearer token for each audience: fetched once, whatever the number of threads, kept until shortly before it ends.

Source: contract `auth-clouds-throttling`, sections 1 (one token per audience), 4.3 (retries) and 5.3 (claims).
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import re
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import (
    AnswerLostError,
    ConnectError,
    Connection,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import retry_after as _retry_after
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    PowerPlatformError,
    SameTokenError,
    TokenError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, DELEGATED

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.cache import TokenCache

ATTEMPTS = 4
LONGEST_WAIT = 60.0
# A token that ends within this time may end while a request is on its way. Short-lived ones keep most of their life.
MARGIN = 300.0
_MARGIN_SHARE = 0.1
# The end of the year 9999.
_LAST = 253_402_300_799
_SENDABLE = re.compile(r"[!-~]+")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class AccessToken:
    """A bearer token. `expires_at`: seconds since the epoch. `claims`: its payload, not verified, {} if unreadable.

    `option`: what the user gave it in, as `access_tokens.flow`, or "" when it was fetched.
    """

    text: str = field(repr=False)
    expires_at: float
    claims: Mapping[str, Any] = field(repr=False)
    option: str = ""

    @property
    def kind(self) -> str:
        """APPLICATION or DELEGATED: `idtyp` decides where it is given, else the presence of `scp`."""
        if self.claims.get("idtyp") == "app":
            return APPLICATION
        return DELEGATED if self.claims.get("scp") else APPLICATION

    @property
    def tenant_id(self) -> str:
        """Id of the tenant that issued it, or ""."""
        return self._claim("tid")

    @property
    def object_id(self) -> str:
        """Object id of the user or service principal, or ""."""
        return self._claim("oid")

    @property
    def application_id(self) -> str:
        """Application (client) id, or ""."""
        return self._claim("appid", "azp")

    @property
    def name(self) -> str:
        """A name for people: that of the user, else of the application, or ""."""
        return self._claim("upn", "preferred_username", "unique_name", "app_displayname")

    def _claim(self, *names: str) -> str:
        return next((str(self.claims[name]) for name in names if self.claims.get(name)), "")


def access_token(text: str, *, lifetime: float | None = None, option: str = "") -> AccessToken:
    """The token `text`, which lives for `lifetime` seconds, or else as long as its own claim says."""
    claims = _claims(text)
    end = claims.get("exp") if lifetime is None else time.time() + lifetime
    return AccessToken(text, moment(end), claims, option)


def moment(end: object) -> float:
    """When a token ends; never, where that is no time of which a calendar knows."""
    return max(float(end), 0.0) if isinstance(end, int | float) and end <= _LAST else math.inf


def granted(answer: Mapping[str, Any]) -> AccessToken:
    """The token in the answer of a token endpoint. Raises TypeError or ValueError where that cannot be read."""
    text = answer["access_token"]
    if not isinstance(text, str) or not is_sendable(text):
        raise TypeError("the access token is no text that can be sent")
    return access_token(text, lifetime=float(answer.get("expires_in") or 0))


def is_sendable(text: str) -> bool:
    """Whether the text can be a bearer token: what stands in a header, without a blank in it."""
    return bool(_SENDABLE.fullmatch(text))


def _claims(text: str) -> dict[str, Any]:
    parts = text.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def check_tenant(token: AccessToken, tenant_id: str, label: str) -> AccessToken:
    """The token. Raises TokenError when it names another tenant than `tenant_id`; a domain cannot be compared."""
    if _GUID.fullmatch(tenant_id) and token.tenant_id and token.tenant_id.lower() != tenant_id.lower():
        raise TokenError(
            f"The {label} belongs to tenant {token.tenant_id}, not to tenant_id={tenant_id!r}. Nothing was sent with "
            "its token.",
            remedy="Correct tenant_id, or log in to that tenant.",
        )
    return token


class TransientLoginError(Exception):
    """An answer after which the login may be tried again; `wait` is what the server asked for, in seconds.

    remedy: what to do when trying again does not help.
    """

    def __init__(self, message: str, wait: float | None = None, *, remedy: str = "Try again later.") -> None:
        super().__init__(message)
        self.wait = wait
        self.remedy = remedy


def is_passing(status: int) -> bool:
    """Whether an answer with this status says nothing about the next attempt."""
    return status in (408, 429) or status >= 500


class Exchange:
    """What a login sends through: the task's connection, bounded by the task's deadline, counting token requests."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.remaining: Callable[[], float] = lambda: float("inf")
        self.token_requests = 0
        self._lock = threading.Lock()

    def patience(self) -> float:
        """Seconds to wait for one answer. Raises DeadlineError when there are none left."""
        left = self.remaining()
        if left <= 0:
            raise DeadlineError("The deadline passed before a token could be had.", remedy="Raise deadline.")
        return min(self.connection.settings.timeout, left)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: str | None = None) -> Any:
        """The answer to one request. Raises TransientLoginError (408, 429, 5xx), DeadlineError, ConnectError, ..."""
        response = self.connection.send(method, url, headers=headers, body=body, timeout=self.patience())
        if is_passing(response.status_code):
            raise TransientLoginError(
                f"{urlsplit(url).netloc} answered with HTTP {response.status_code}", _retry_after(response.headers)
            )
        return response

    def count_token_request(self) -> None:
        """Note that a request for a token is about to be sent."""
        with self._lock:
            self.token_requests += 1


class LoginMethod(Protocol):
    """One way to log in. `renewable`: a refused token can be replaced by asking again. `label`: its name in texts.

    stuck: what to do where asking again gives the refused token once more.
    """

    label: str
    renewable: bool
    stuck: str

    def fetch(self, audience: str, claims_challenge: str | None, /) -> AccessToken:
        """A new token. Raises TokenError or OptionError for good; the errors of `Exchange.send` pass through."""
        raise NotImplementedError

    def proof(self) -> tuple[str, ...]:
        """Who logs in where and how, the credential included: what makes its tokens others than those of another login.

        Empty when tokens must not be kept in a file. Raises OptionError for a credential that cannot be read.
        """
        raise NotImplementedError


class _Slot:
    """What is known about one audience. `finished` counts the logins that ended, well or badly.

    claims_challenge: what the token was fetched in answer to.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.token: AccessToken | None = None
        self.use_until = 0.0
        self.claims_challenge: str | None = None
        self.error: PowerPlatformError | None = None
        self.finished = 0


class TokenSource:
    """Tokens of one identity for any audience, for any number of threads. `cache`: where they outlive the task."""

    def __init__(self, method: LoginMethod, exchange: Exchange, cache: TokenCache | None = None) -> None:
        self._method = method
        self._exchange = exchange
        self._cache = cache
        self._slots: dict[str, _Slot] = {}
        self._forgotten: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @property
    def label(self) -> str:
        """The name of the way to log in, in texts."""
        return self._method.label

    @property
    def requests(self) -> int:
        """Requests for a token sent so far, repetitions included."""
        return self._exchange.token_requests

    @property
    def warnings(self) -> list[str]:
        """What the user should know of tokens that were kept in a file."""
        return [] if self._cache is None else self._cache.warnings

    @property
    def remaining(self) -> Callable[[], float]:
        """Says how many seconds the task still has. Without a deadline set: infinitely many."""
        return self._exchange.remaining

    @remaining.setter
    def remaining(self, remaining: Callable[[], float]) -> None:
        self._exchange.remaining = remaining

    def token(
        self, audience: str, *, refused: AccessToken | None = None, claims_challenge: str | None = None
    ) -> AccessToken:
        """A token for `audience`, from memory where possible.

        refused: the token that a service answered with 401. It is not handed out again; of many threads that were
        refused the same one, one logs in and the others get what it got.
        claims_challenge: the decoded JSON of `claims=` in that 401.
        Raises TokenError (refused for good), TransportError (not reached), DeadlineError, OptionError (a certificate
        or token file that cannot be used), MissingLibraryError.
        """
        with self._lock:
            slot = self._slots.setdefault(audience, _Slot())
        finished = slot.finished
        with slot.lock:
            # Another thread's token does not answer another challenge than that thread's.
            answers = claims_challenge in (None, slot.claims_challenge) and not _same(slot.token, refused)
            if slot.token is not None and time.time() < slot.use_until and answers:
                return slot.token
            if slot.error is not None and slot.finished != finished:
                raise slot.error  # the login that this thread waited for failed: the next one would as well
            if refused is not None and not self._method.renewable:
                raise _irreplaceable(audience, refused, claims_challenge)
            slot.error = None
            try:
                slot.token, slot.use_until = self._obtain(audience, refused, claims_challenge)
                slot.claims_challenge = claims_challenge
            except PowerPlatformError as error:
                slot.token, slot.error = None, error
                raise
            finally:
                slot.finished += 1
            return slot.token

    def forget(self, audience: str, refused: AccessToken) -> None:
        """Keep a token that was refused in no file. Tells nobody when that is impossible: it ends by itself."""
        if self._cache is not None:
            with self._lock:
                known = (audience, refused.text) in self._forgotten
                self._forgotten.add((audience, refused.text))
            if known:
                return
            with contextlib.suppress(PowerPlatformError):
                self._cache.drop(self._method.proof(), audience, refused, self.remaining())

    def _obtain(
        self, audience: str, refused: AccessToken | None, claims_challenge: str | None
    ) -> tuple[AccessToken, float]:
        """A token, and until when it may be used."""
        proof = () if self._cache is None else self._method.proof()
        if self._cache is None or not proof:
            return self._fresh(audience, refused, claims_challenge)

        def useful(token: AccessToken | None) -> AccessToken | None:
            return None if claims_challenge is not None or _same(token, refused) else token

        # Without a turn first: whoever has a token to use waits for nobody's login.
        kept = useful(self._cache.find(proof, audience))
        if kept is not None:
            return kept, kept.expires_at - MARGIN
        # Held while logging in, so that of many processes that start at once one logs in.
        with self._cache.turn(self.remaining()) as turn:
            found = turn.find(proof, audience)
            kept = useful(found)
            if kept is not None:
                return kept, kept.expires_at - MARGIN
            if found is not None:
                turn.drop(proof, audience, found)
            token, use_until = self._fresh(audience, refused, claims_challenge)
            turn.keep(proof, audience, token)
            return token, use_until

    def _fresh(
        self, audience: str, refused: AccessToken | None, claims_challenge: str | None
    ) -> tuple[AccessToken, float]:
        token = self._login(audience, claims_challenge)
        if _same(token, refused):
            raise SameTokenError(
                f"Logging in again by {self._method.label} gave the token for {audience} that was refused once more.",
                remedy=self._method.stuck,
            )
        life = token.expires_at - time.time()
        return token, token.expires_at - min(MARGIN, life * _MARGIN_SHARE)

    def _login(self, audience: str, claims_challenge: str | None) -> AccessToken:
        attempt = 1
        while True:
            failure: PowerPlatformError
            asked: float | None = None
            try:
                return self._method.fetch(audience, claims_challenge)
            except (ConnectError, AnswerLostError) as error:
                failure = TransportError(f"No token for {audience}: {error.message}", remedy=error.remedy)
                last = isinstance(error, ConnectError) and error.permanent
            except TransientLoginError as error:
                failure = TokenError(f"No token for {audience}: {error}.", remedy=error.remedy)
                asked = error.wait
                last = asked is not None and asked > LONGEST_WAIT
            if last or attempt == ATTEMPTS:
                raise failure
            self._pause(attempt, asked, failure)
            attempt += 1

    def _pause(self, attempt: int, asked: float | None, failure: PowerPlatformError) -> None:
        # Jitter keeps the processes of one run from coming back together.
        wait = asked if asked is not None else 2 ** (attempt - 1) * random.uniform(0.25, 0.75)
        if wait >= self.remaining():
            message = f"{failure.message} The deadline would pass before the next attempt."
            raise DeadlineError(message, remedy=f"Raise deadline. {failure.remedy}".strip())
        time.sleep(wait)


def _irreplaceable(audience: str, refused: AccessToken, claims_challenge: str | None) -> TokenError:
    """Why a token that somebody else fetched ends the task when it is refused."""
    if claims_challenge is not None:
        return TokenError(
            f"The service wants a token for {audience} with other claims than the one given (Conditional Access, or "
            "continuous access evaluation).",
            remedy=f"Log in anew where it came from, and replace {refused.option}.",
        )
    return TokenError(
        f"The access token given for {audience} was refused.",
        remedy=f"Replace {refused.option}: it may have expired or be meant for another audience.",
    )


def _same(token: AccessToken | None, refused: AccessToken | None) -> bool:
    return token is not None and refused is not None and token.text == refused.text
