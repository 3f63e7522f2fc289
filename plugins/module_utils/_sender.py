# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a request until it is answered for good: pace, token, retries, deadline, request count.

Source: auth-clouds-throttling.md 4.3 (retries) and 4.4 (correlation headers).
"""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import Cloud
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import (
    AnswerLostError,
    ConnectError,
    Connection,
    retry_after,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    LostAnswerError,
    OptionError,
    PowerPlatformError,
    SameTokenError,
    ServiceError,
    TokenError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._guard import check_kind, check_tenant
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    AVEPOINT,
    BAP,
    DATAVERSE,
    GRAPH,
    ORGANIZATION_HOST,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import (
    AdaptiveGate,
    Gate,
    Gates,
    divide,
    parse_pace,
    parse_share,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import (
    THROTTLED,
    RetryPolicy,
    claims_of,
    reads,
    repeats_lost,
    repeats_status,
)

if TYPE_CHECKING:
    import requests

    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import AccessToken, TokenSource

_EXPECTED = "expected_tenant_id="
_RAISE_DEADLINE = "Raise `deadline`, or do less in one task."


class _Outcome(NamedTuple):
    """How one attempt ended: with a reply or with a failure of the connection; `ids` are the correlation headers."""

    reply: requests.Response | None
    failure: ConnectError | AnswerLostError | None
    ids: dict[str, str]
    token: AccessToken
    delay: float

    @property
    def status(self) -> int | None:
        return None if self.reply is None else self.reply.status_code


class Sender:
    """Sends for one identity and one task. `pace`, `pace_share`, `deadline`: as in `Client`."""

    def __init__(
        self,
        connection: Connection,
        cloud: Cloud,
        tokens: TokenSource,
        *,
        pace: str,
        pace_share: str | None,
        deadline: float | None,
        policy: RetryPolicy,
        redact: Callable[[str], str],
        expected_tenant_id: str,
        gates: Gates,
    ) -> None:
        self._connection = connection
        self._cloud = cloud
        self._tokens = tokens
        self._parts = parse_share(pace_share or None)
        self._limits = parse_pace(pace)
        self._until = math.inf if deadline is None else time.monotonic() + deadline
        self._policy = policy
        self._redact_known = redact
        self._hidden: frozenset[str] = frozenset()
        self._task_id = str(uuid.uuid4())
        self._lock = threading.Lock()
        # The tenant that every token must belong to, and who says so.
        self._tenant = (expected_tenant_id, _EXPECTED)
        self._gates = gates
        self._calls = {"read": 0, "write": 0, "throttled": 0}
        self._tokens_before = tokens.requests
        tokens.remaining = self.remaining

    def hide(self, secrets: Iterable[str]) -> None:
        """Takes these texts out of everything that a service says from now on."""
        with self._lock:
            self._hidden |= frozenset(secrets)

    def redact(self, text: str) -> str:
        """`text` without what `hide` was given, the secrets of the options, and what looks like one."""
        if self._hidden:
            from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import Redactor

            text = Redactor(self._hidden)(text)
        return self._redact_known(text)

    def calls(self) -> dict[str, int]:
        """Requests sent so far; see `Client.api_calls`."""
        with self._lock:
            return {**self._calls, "tokens": self._tokens.requests - self._tokens_before}

    def remaining(self) -> float:
        """Seconds until the deadline, infinite without one."""
        return self._until - time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep. Raises DeadlineError at once when the deadline would pass meanwhile."""
        left = self.remaining()
        if seconds >= left:
            raise DeadlineError(
                f"A wait of {seconds:.0f} s would pass the task's deadline, which is {max(left, 0):.0f} s away.",
                remedy=_RAISE_DEADLINE,
            )
        time.sleep(seconds)

    def token(self, service: str) -> AccessToken:
        """The token for a service. Raises TokenError, TransportError, DeadlineError, GuardError (another tenant)."""
        return self._token(service, self._cloud.audiences[service])

    def organization_token(self, url: str) -> AccessToken:
        """The token for an organisation, which is its own audience. Raises as `token`."""
        return self._token(DATAVERSE, url)

    def _token(self, service: str, audience: str) -> AccessToken:
        token = self._tokens.token(audience)
        with self._lock:
            if not self._tenant[0]:
                self._tenant = (token.tenant_id, f"that of the token for {service}, ")
            tenant_id, whose = self._tenant
        if tenant_id and (token.tenant_id or whose == _EXPECTED):
            check_tenant(service, token, tenant_id, whose)
        return token

    def _audience(self, operation: Operation, url: str) -> str:
        """An organisation is its own audience (auth-clouds-throttling.md 1)."""
        if operation.host == ORGANIZATION_HOST:
            parts = urlsplit(url)
            return f"{parts.scheme}://{parts.netloc}"
        return self._cloud.audiences[operation.service]

    def exchange(
        self,
        operation: Operation,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        give_up_on: int | None = None,
    ) -> tuple[requests.Response, dict[str, str]]:
        """The successful reply (2xx), with the correlation headers of the attempt that brought it.

        give_up_on: a status that the caller has an answer to, so that it is not repeated here.
        Raises as `Client.call`.
        """
        token = self._token(operation.service, self._audience(operation, url))
        check_kind(operation, token)
        gate = self._gate(urlsplit(url).netloc, token)
        attempt, waited = 1, 0.0
        renewed = uncertain = False
        while True:
            try:
                outcome = self._attempt(operation, gate, url, body, headers, attempt)
                if outcome.reply is not None and outcome.status == 401 and not renewed:
                    renewed = True
                    self._renew(operation, url, outcome, outcome.reply, attempt, uncertain)
                    continue
            except (DeadlineError, OptionError, TokenError, TransportError) as error:
                if uncertain:
                    from ansible_collections.powerops.powerplatform.plugins.module_utils._refusal import UNCERTAIN

                    raise LostAnswerError(error.message, remedy=f"{UNCERTAIN} {error.remedy}".strip()) from error
                raise
            reply, status = outcome.reply, outcome.status
            if reply is not None and 200 <= reply.status_code < 300:
                return reply, outcome.ids
            uncertain = uncertain or _maybe_done(operation, outcome)
            if status in (401, 403):
                # Whatever finds it in a file would only be refused again: it may say what the identity was allowed when
                # it was issued, and hold no permission that is granted now.
                self._tokens.forget(self._audience(operation, url), outcome.token)
            if (
                attempt >= self._policy.attempts
                or waited + outcome.delay > self._policy.total
                or (reply is not None and status == give_up_on)
                or not self._may_repeat(operation, outcome)
            ):
                raise self._final(operation, outcome, attempt, uncertain)
            if outcome.delay >= self.remaining():
                raise self._too_late(operation, outcome, attempt, uncertain)
            if status != THROTTLED:  # then the gate is closed for as long
                time.sleep(outcome.delay)
            waited += outcome.delay
            attempt += 1

    def _attempt(
        self,
        operation: Operation,
        gate: Gate,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        attempt: int,
    ) -> _Outcome:
        ticket = gate.enter(operation.method != "GET", self._until)
        throttled, delay = False, 0.0
        reply: requests.Response | None = None
        failure: ConnectError | AnswerLostError | None = None
        try:
            # Asked for again: it may have ended while this request waited for its turn.
            token = self._token(operation.service, self._audience(operation, url))
            ids = self._ids(operation)
            sent_headers = {"Accept": "application/json", **ids, **headers, "Authorization": f"Bearer {token.text}"}
            if body is not None:
                sent_headers["Content-Type"] = "application/json"
            left = self.remaining()
            if left <= 0:
                raise DeadlineError(
                    f"The task's deadline passed before {operation.name} could be sent.",
                    remedy=_RAISE_DEADLINE,
                )
            try:
                reply = self._connection.send(
                    operation.method,
                    url,
                    headers=sent_headers,
                    body=body,
                    timeout=min(self._connection.settings.timeout, left),
                )
            except (ConnectError, AnswerLostError) as error:
                failure = error
            status = None if reply is None else reply.status_code
            throttled = status == THROTTLED
            delay = self._policy.delay(attempt, status, None if reply is None else retry_after(reply.headers))
        finally:
            gate.leave(ticket, throttled, delay if throttled else 0.0)
        if not isinstance(failure, ConnectError):
            with self._lock:
                self._calls["read" if reads(operation) else "write"] += 1
                self._calls["throttled"] += throttled
        return _Outcome(reply, failure, ids, token, delay)

    def _ids(self, operation: Operation) -> dict[str, str]:
        request_id = str(uuid.uuid4())
        if operation.service in (AVEPOINT, GRAPH):
            return {"client-request-id": request_id}
        return {
            "x-ms-client-request-id": request_id,
            "x-ms-correlation-id": self._task_id,
            "x-ms-client-session-id": self._task_id,
        }

    def _gate(self, host: str, token: AccessToken) -> Gate:
        key = (host.lower(), token.application_id)
        with self._lock:
            gate = self._gates.get(key)
            if gate is None:
                gate = self._gates[key] = self._make_gate(host.lower(), token)
            return gate

    def _make_gate(self, host: str, token: AccessToken) -> Gate:
        if not self._limits:
            return AdaptiveGate(host, self._parts)
        # Only who names a limit pays for importing what keeps it.
        from ansible_collections.powerops.powerplatform.plugins.module_utils._pace_shared import SharedGate

        return SharedGate(
            host,
            (token.tenant_id, token.application_id),
            divide(self._limits, self._parts),
            self._limits,
            # Connecting and then sending may each be silent for the whole timeout.
            lease=2 * self._connection.settings.timeout + 30,
        )

    def _renew(
        self, operation: Operation, url: str, outcome: _Outcome, reply: requests.Response, attempt: int, uncertain: bool
    ) -> None:
        """A new token in place of the one that was refused, with the claims that the service asks for, if any."""
        try:
            self._tokens.token(
                self._audience(operation, url),
                refused=outcome.token,
                claims_challenge=claims_of(reply.headers.get("WWW-Authenticate", "")),
            )
        except TokenError as error:
            refusal = self._refusal(operation, outcome, reply, attempt, uncertain)
            # Where nothing but the same token is to be had, the service's refusal is what counts.
            words = (refusal.remedy, str(error)) if isinstance(error, SameTokenError) else (str(error), refusal.remedy)
            refusal.remedy = " ".join(filter(None, words))
            raise refusal from error

    def _may_repeat(self, operation: Operation, outcome: _Outcome) -> bool:
        if isinstance(outcome.failure, ConnectError):
            return not outcome.failure.permanent
        return repeats_lost(operation) if outcome.status is None else repeats_status(operation, outcome.status)

    def _final(self, operation: Operation, outcome: _Outcome, attempt: int, uncertain: bool) -> PowerPlatformError:
        """What to raise when a request is not sent again. `uncertain`: a write that may have taken effect."""
        if outcome.reply is not None:
            refusal = self._refusal(operation, outcome, outcome.reply, attempt, uncertain)
            refusal.uncertain = uncertain
            # A refusal for good tells what became of the request; "later" does not tell it of an earlier attempt.
            if uncertain and outcome.status == THROTTLED:
                return LostAnswerError(refusal.message, remedy=refusal.remedy)
            return refusal
        from ansible_collections.powerops.powerplatform.plugins.module_utils._refusal import UNCERTAIN, show_ids

        often = f" {attempt} times" if attempt > 1 else ""
        failure = cast("ConnectError | AnswerLostError", outcome.failure)
        message = f"{operation.name} failed{often}: {self.redact(failure.message)} ({show_ids(outcome.ids)})."
        remedy = self.redact(failure.remedy)
        if uncertain:
            return LostAnswerError(message, remedy=f"{UNCERTAIN} {remedy}".strip())
        return TransportError(message, remedy=remedy)

    def _too_late(self, operation: Operation, outcome: _Outcome, attempt: int, uncertain: bool) -> PowerPlatformError:
        """What to raise when the deadline leaves no time to send a request again."""
        error = self._final(operation, outcome, attempt, uncertain)
        message = (
            f"{error.message} The next attempt would start in {outcome.delay:.0f} s, but the task's deadline is "
            f"{max(self.remaining(), 0):.0f} s away."
        )
        remedy = f"{_RAISE_DEADLINE} {error.remedy}".strip()
        return LostAnswerError(message, remedy=remedy) if uncertain else DeadlineError(message, remedy=remedy)

    def _refusal(
        self, operation: Operation, outcome: _Outcome, reply: requests.Response, attempt: int, uncertain: bool
    ) -> ServiceError:
        # Only a request that is refused pays for what puts refusals into words.
        from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import HIDDEN
        from ansible_collections.powerops.powerplatform.plugins.module_utils._refusal import Setting, refuse

        secret = outcome.token.text
        return refuse(
            operation,
            reply.status_code,
            reply.headers,
            reply.content,
            sent_ids=outcome.ids,
            setting=Setting(outcome.token.kind, outcome.token.application_id, self._cloud.endpoints.get(BAP, "")),
            redact=lambda text: self.redact(text.replace(secret, HIDDEN)),
            attempts=attempt,
            uncertain=uncertain,
        )


def _maybe_done(operation: Operation, outcome: _Outcome) -> bool:
    """Whether this attempt was a write of which nobody can say that it did nothing."""
    if reads(operation):
        return False
    if outcome.status is None:
        return isinstance(outcome.failure, AnswerLostError)
    return outcome.status in (408, 425) or outcome.status >= 500
