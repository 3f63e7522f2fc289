# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in as an application (client credentials), with msal doing the protocol through our own connection.

Source: contract `auth-clouds-throttling`, sections 3.1 and 3.5 to 3.7.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.aadsts import explain
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    AccessToken,
    Exchange,
    TransientLoginError,
    granted,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import scope
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import Redactor


class MsalTransport:
    """The `http_client` that msal asks for. What may be tried again is raised here, so that msal never remembers it."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.refusal: Mapping[str, object] = {}

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> Any:
        """One GET: the discovery of the authority."""
        return self._send("GET", url, params, headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Any:
        """One POST of a form: the request for a token."""
        self._exchange.count_token_request()
        body = data if isinstance(data, str) else urlencode(data or {})
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._send("POST", url, params, form, body)

    def close(self) -> None:
        """Nothing to close: the connection belongs to the task."""

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: str | None,
    ) -> Any:
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params)
        response = self._exchange.send(method, url, headers or {}, body)
        if response.status_code >= 400:
            self.refusal = members(response.text)
        return response


@dataclass(frozen=True)
class Application:
    """Which application logs in where, and through what. `authority`: login service of the cloud, without tenant."""

    authority: str
    tenant_id: str
    client_id: str
    exchange: Exchange


class ConfidentialLogin:
    """Base of the ways in which an application logs in; each brings its credential. No text holds any of `secrets`."""

    label = ""
    renewable = True
    stuck = "Wait until the token has ended."

    def __init__(self, application: Application, secrets: tuple[str, ...] = ()) -> None:
        self._authority = f"{application.authority}/{application.tenant_id}"
        self._client_id = application.client_id
        self._exchange = application.exchange
        self._transport = MsalTransport(application.exchange)
        self._redact = Redactor(secrets)
        self._lock = threading.Lock()
        self._msal: Any = None
        self._served: set[str] = set()

    def credential(self) -> object:
        """What msal takes as `client_credential`. Raises OptionError when the options hold no usable one."""
        raise NotImplementedError

    def proof(self) -> tuple[str, ...]:
        """See `LoginMethod`."""
        base_url = self._exchange.connection.settings.base_url
        return base_url, self._authority.lower(), self._client_id.lower(), self.label, *self.evidence()

    def evidence(self) -> tuple[str, ...]:
        """The credential, in a form that is another one for every other credential."""
        raise NotImplementedError

    def fetch(self, audience: str, claims_challenge: str | None, /) -> AccessToken:
        """A new token from the token endpoint. See `LoginMethod`."""
        try:
            application = self._prepared(audience)
            result = application.acquire_token_for_client([scope(audience)], claims_challenge=claims_challenge)
            token = granted(result) if "access_token" in result else None
        except (ValueError, KeyError, RuntimeError) as error:
            # Discovery was refused or made no sense; the answer itself says more than what msal makes of it.
            self._forget()
            raise self._refused(audience, self._transport.refusal or {"error": str(error)}) from None
        except (AttributeError, TypeError):
            self._forget()
            raise self._refused(audience, {"error": "the answer is none that can be read"}) from None
        except BaseException:
            self._forget()
            raise
        if token is not None:
            return token
        self._forget()
        if result.get("error") == "temporarily_unavailable":
            raise TransientLoginError(self._redact(explain(result)[0]))
        raise self._refused(audience, result)

    def _prepared(self, audience: str) -> Any:
        """msal's application object, a new one for a second token of one audience: the old one would repeat itself."""
        try:
            import msal
        except ImportError as error:
            raise MissingLibraryError("msal", str(error)) from None
        with self._lock:
            if self._msal is None or audience in self._served:
                self._msal = None
                self._transport.refusal = {}
                self._msal = msal.ConfidentialClientApplication(
                    self._client_id,
                    client_credential=self.credential(),
                    authority=self._authority,
                    instance_discovery=False,
                    http_client=self._transport,
                )
                self._served.clear()
            self._served.add(audience)
            return self._msal

    def _forget(self) -> None:
        with self._lock:
            self._msal = None

    def _refused(self, audience: str, answer: Mapping[str, object]) -> TokenError:
        said, remedy = explain(answer)
        return TokenError(
            self._redact(f"No token for {audience} as application {self._client_id} ({self.label}): {said}."),
            remedy=remedy,
        )


def members(text: str) -> Mapping[str, object]:
    """What a login service answered, empty where it is no JSON object."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
