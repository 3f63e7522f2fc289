# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The managed identity of the machine or app that this runs on: Azure itself vouches for it, and no secret is kept.

Source: contract `auth-clouds-throttling`, sections 3.3 and 5.3; what may be tried again: the vendor's page on virtual
machines. msal finds out which service of the platform to ask (virtual machine, App Service, Automation, Arc, ...).
"""

from __future__ import annotations

import json
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.aadsts import explain
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    AccessToken,
    Exchange,
    TransientLoginError,
    check_tenant,
    granted,
    is_passing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import (
    AnswerLostError,
    ConnectError,
    Connection,
    MissingLibraryError,
    retry_after,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import Redactor

# On a machine that is not in Azure nobody has the address, and often nobody says so.
_CONNECT_TIMEOUT = 3.0
# What answers is this very machine, or nobody.
_ANSWER_TIMEOUT = 10.0
# "IMDS will be available within 70 seconds": four attempts are three waits.
_UPDATING = 25.0
_SECRETS = ("IDENTITY_HEADER", "MSI_SECRET")
_NO_IDENTITY = re.compile(
    r"identity not found|no .*identity.* found|identity .*(not|n't) .*(assigned|exist|found)", re.IGNORECASE
)
_ELSEWHERE = (
    "A managed identity is there on machines and apps of Azure only: run this on one that has an identity, or choose "
    "another auth_method."
)

# Azure Arc proves by a file of its own that whoever asks is on the machine.
_KEY = "The user who runs the module has to be able to read the keys of the Azure Arc agent: add it to the group himds."


class ManagedIdentityLogin:
    """Logs in as the identity of the machine, or as one that is assigned to it.

    identity: one of `client_id`, `object_id` and `resource_id`, or nothing for the machine's own.
    tenant_id: a GUID is compared with the tenant of the identity, which cannot be chosen.
    """

    label = "managed identity"
    renewable = True
    stuck = (
        "Azure keeps the token of a managed identity until it ends, for up to a day: what has changed meanwhile is not "
        "in it. Log in with a client secret or a certificate where that is too long."
    )

    def __init__(self, exchange: Exchange, identity: Mapping[str, str], tenant_id: str) -> None:
        self._exchange = exchange
        self._identity = dict(identity)
        self._tenant_id = tenant_id
        self._redact = Redactor(os.environ[name] for name in _SECRETS if os.environ.get(name))
        self._clients: dict[str, Any] = {}
        self._of_fabric = False

    def proof(self) -> tuple[str, ...]:
        """Nothing: the platform keeps tokens itself, and in a file one machine's would look like another's."""
        return ()

    def fetch(self, audience: str, claims_challenge: str | None, /) -> AccessToken:
        """A token from the platform. See `LoginMethod`."""
        try:
            client = self._client(audience, claims_challenge)

            def ask() -> Any:
                return client.acquire_token_for_client(resource=audience, claims_challenge=claims_challenge)

            result = self._in_time(ask) if self._of_fabric else ask()
            token = granted(result) if "access_token" in result else None
        except ConnectError as error:
            remedy = f"{error.remedy} {_ELSEWHERE}".strip()
            raise ConnectError(error.message, remedy=remedy, permanent=error.permanent) from None
        except AnswerLostError as error:
            raise AnswerLostError(error.message, remedy=_ELSEWHERE) from None
        except (AttributeError, KeyError, TypeError, ValueError, OSError) as error:
            # An answer that is none of the platform's, or what msal says of one that it does not trust.
            from msal import ManagedIdentityError

            told = isinstance(error, (ManagedIdentityError, OSError))
            reason = str(error) if told else "the answer is none that can be read"
            key = isinstance(error, (FileNotFoundError, PermissionError))
            raise self._refused(audience, reason, _KEY if key else _ELSEWHERE) from None
        if token is not None:
            if token.expires_at <= time.time():
                raise self._refused(audience, "the token that was given has ended", "Check the clock of this machine.")
            return check_tenant(token, self._tenant_id, self.label)
        said, remedy = explain(result)
        raise self._refused(audience, said, self._missing() if _NO_IDENTITY.search(said) else remedy)

    def _client(self, audience: str, claims_challenge: str | None) -> Any:
        """msal's client: a new one, which remembers no token; for a challenge that which knows the refused one."""
        try:
            import msal
            from msal import managed_identity
        except ImportError as error:
            raise MissingLibraryError("msal", str(error)) from None
        if claims_challenge is not None and audience in self._clients:
            return self._clients[audience]
        source = managed_identity.get_managed_identity_source()
        if source is managed_identity.CLOUD_SHELL:
            raise TokenError(
                "A Cloud Shell has no managed identity: it speaks for the user who opened it.",
                remedy="Set auth_method to azure_cli there.",
            )
        connection = self._exchange.connection.to_machine(_CONNECT_TIMEOUT)
        http_client: Any = _Transport(
            self._exchange, connection, self._redact, of_machine=source is managed_identity.DEFAULT_TO_VM
        )
        if source is managed_identity.SERVICE_FABRIC:
            self._check_fabric(audience)
            # msal compares the certificate of that service by itself, which takes a session.
            self._of_fabric, http_client = True, connection.session()
        self._clients[audience] = msal.ManagedIdentityClient(
            msal.UserAssignedManagedIdentity(**self._identity)
            if self._identity
            else msal.SystemAssignedManagedIdentity(),
            http_client=http_client,
        )
        return self._clients[audience]

    def _check_fabric(self, audience: str) -> None:
        """Raises TokenError for a named identity, in whose place msal would take that of the cluster."""
        for name in self._identity:
            option = name if name == "client_id" else f"managed_identity_{name}"
            raise self._refused(
                audience,
                "Service Fabric has one identity for an application, which its cluster sets, and lets nobody choose",
                f"Take {option} away, in the task and in the environment of the module, to log in as that one; or "
                "choose another auth_method.",
            )

    def _in_time(self, ask: Callable[[], Any]) -> Any:
        """What msal is told by Service Fabric, whom it asks with a session that would wait for ever.

        Raises AnswerLostError. The thread that asked is left behind then, and ends with the process.
        """
        patience = min(self._exchange.patience(), _ANSWER_TIMEOUT)
        self._exchange.count_token_request()
        ends: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                ends.put((ask(), None))
            except Exception as error:  # noqa: BLE001 - raised where it is waited for
                ends.put((None, error))

        threading.Thread(target=work, daemon=True).start()
        try:
            result, error = ends.get(timeout=patience)
        except queue.Empty:
            raise AnswerLostError(f"Service Fabric did not answer within {patience:g} seconds.") from None
        if error is not None:
            raise error
        return result

    def _refused(self, audience: str, said: str, remedy: str) -> TokenError:
        which = ", ".join(f"{name} {value}" for name, value in self._identity.items()) or "the machine's own"
        return TokenError(
            self._redact(f"No token for {audience} by {self.label} ({which}): {said.strip().rstrip('.')}."),
            remedy=remedy,
        )

    def _missing(self) -> str:
        if self._identity:
            return "Assign this identity to the machine or app that this runs on, or correct its id."
        return (
            "Turn on the system-assigned identity of the machine or app that this runs on, or name one that is "
            "assigned to it: client_id, managed_identity_object_id or managed_identity_resource_id."
        )


class _Transport:
    """The `http_client` that msal asks for. What may be tried again is raised here, so that msal never remembers it."""

    def __init__(self, exchange: Exchange, connection: Connection, redact: Redactor, *, of_machine: bool) -> None:
        self._exchange = exchange
        self._connection = connection
        self._redact = redact
        self._of_machine = of_machine

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_more: object,
    ) -> Any:
        """One request to the platform."""
        self._exchange.count_token_request()
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params)
        patience = min(self._exchange.patience(), _ANSWER_TIMEOUT)
        response = self._connection.send("GET", url, headers=headers or {}, timeout=patience)
        status = response.status_code
        # The service of machines says so while it is brought up to date.
        if is_passing(status) or (self._of_machine and status in (404, 410)):
            said = self._redact(_said(response.text))
            where = f"{urlsplit(url).netloc} answered with HTTP {status}"
            raise TransientLoginError(
                f"{where}: {said}" if said else where,
                retry_after(response.headers) or (_UPDATING if status == 410 else None),
                remedy=_ELSEWHERE if status == 404 else "Try again later.",
            )
        return response

    def close(self) -> None:
        """Nothing to close: the connection belongs to the task."""


def _said(text: str) -> str:
    """The reason in the body of a refusal, in the forms of virtual machines and of App Service."""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    return explain({"error_description": body.get("message") or body.get("error_description") or "-"})[0].strip("-")
