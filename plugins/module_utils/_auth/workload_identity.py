# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application with a token of another issuer (workload identity federation): no secret is kept anywhere.

Source: contract `auth-clouds-throttling`, section 3.1; the requests to GitHub Actions and Azure DevOps are those of
the vendors' own identity libraries.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.confidential import (
    Application,
    ConfidentialLogin,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import is_sendable
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, TokenError

_AUDIENCE = "api://AzureADTokenExchange"
_AZDO_VERSION = "7.1"


class WorkloadIdentityLogin(ConfidentialLogin):
    """Base: `assertion` is asked for only when a token request is about to be sent, so it is as young as can be."""

    def credential(self) -> object:
        """msal calls back for the assertion."""
        return {"client_assertion": self.assertion}

    def assertion(self) -> str:
        """The token of the other issuer."""
        raise NotImplementedError

    def evidence(self) -> tuple[str, ...]:
        """That token, which stays the same for a while."""
        return (self.assertion(),)


class TokenTextLogin(WorkloadIdentityLogin):
    """Logs in with `oidc_token`."""

    label = "federated token"

    def __init__(self, application: Application, token: str) -> None:
        super().__init__(application, (token,))
        self._token = token

    def assertion(self) -> str:
        """The text that was given."""
        return self._token


class TokenFileLogin(WorkloadIdentityLogin):
    """Logs in with the token in the file `oidc_token_file_path`, which its writer renews: it is read at each use."""

    label = "federated token file"

    def __init__(self, application: Application, path: str) -> None:
        super().__init__(application)
        self._path = path

    def assertion(self) -> str:
        """What the file holds now. Raises OptionError when it cannot be read or is empty."""
        try:
            token = Path(self._path).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it holds no text"
            raise OptionError("oidc_token_file_path", f"{reason}.", value=self._path) from None
        if not token:
            raise OptionError("oidc_token_file_path", "the file is empty.", value=self._path)
        return token


class TokenRequestLogin(WorkloadIdentityLogin):
    """Logs in with a token that the pipeline's own service issues: Azure DevOps with a `service_connection_id`, else
    GitHub Actions. A `url` that names an audience keeps it."""

    def __init__(self, application: Application, *, url: str, token: str, service_connection_id: str = "") -> None:
        super().__init__(application, (token,))
        self.label = "federated token of Azure DevOps" if service_connection_id else "federated token of GitHub Actions"
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise OptionError("oidc_request_url", "must be an https URL: a token is sent to it.")
        if not is_sendable(token):
            raise OptionError("oidc_request_token", "it is no token: it has a blank or a letter in it that none has.")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        if service_connection_id:
            self._method, self._member = "POST", "oidcToken"
            query = {"api-version": _AZDO_VERSION, **query, "serviceConnectionId": service_connection_id}
            # Without the second header a refusal would be a redirect to a page for people.
            headers |= {"Content-Type": "application/json", "X-TFS-FedAuthRedirect": "Suppress"}
        else:
            self._method, self._member = "GET", "value"
            query = {"audience": _AUDIENCE, **query}
        self._url = parts._replace(query=urlencode(query), fragment="").geturl()
        self._headers = headers
        self._host = parts.netloc

    def evidence(self) -> tuple[str, ...]:
        """What the pipeline gave its job to ask with: the tokens that it gets are others each time."""
        return self._url, self._headers["Authorization"]

    def assertion(self) -> str:
        """A token made for this moment. Raises TokenError when the pipeline's service refuses."""
        response = self._exchange.send(self._method, self._url, self._headers, "" if self._method == "POST" else None)
        try:
            body = json.loads(response.text)
        except ValueError:
            body = None
        token = body.get(self._member) if isinstance(body, dict) and response.status_code < 300 else None
        if not isinstance(token, str) or not token:
            raise TokenError(
                f"{self._host} issued no federated token: HTTP {response.status_code}.",
                remedy="Check oidc_request_url and oidc_request_token, and azdo_service_connection_id in Azure DevOps; "
                "in GitHub Actions the job needs the permission 'id-token: write'.",
            )
        return token
