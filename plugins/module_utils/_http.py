# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only way to the services: write guard, token check, pace, retry, deadline, paging, request count.

Sources: auth-clouds-throttling.md 4.3 (retries) and 4.4 (correlation headers); flow-management.md 4.5 (paging).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import Cloud, https_url
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import Connection, retry_after
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    LostAnswerError,
    OptionError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._guard import check_kind, check_write
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    ENVIRONMENT_HOST,
    ORGANIZATION_HOST,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._paging import pages, rebased
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import RetryPolicy, reads
from ansible_collections.powerops.powerplatform.plugins.module_utils._sender import Sender

if TYPE_CHECKING:
    import requests

    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import AccessToken, TokenSource
    from ansible_collections.powerops.powerplatform.plugins.module_utils._memory import Memory
    from ansible_collections.powerops.powerplatform.plugins.module_utils._pace import Gates

_ACCEPTED = 202


class Begun(NamedTuple):
    """An answer after which the service may go on working.

    body: the parsed JSON, None for none. link: where to ask how it goes, "" where the service names no place.
    retry_after: seconds that the service asks to wait before that, None where it does not say. status: of HTTP.
    """

    body: Any
    link: str
    retry_after: float | None
    status: int

    @property
    def goes_on(self) -> bool:
        """Whether the service has taken it on, and has not ended it yet."""
        return self.status == _ACCEPTED


class Client:
    """Sends operations for one identity and one task; for any number of threads.

    read_only: refuse whatever could write. pace: `adaptive`, the name of a limit, or figures; pace_share: "1/n" of it.
    deadline: seconds from now for everything that goes through this client; None: no end. redact: applied to all that
    a service says before it enters an exception (`Login.redactor`). expected_tenant_id: the tenant that every
    token must belong to; "" for that of the first one. versions: other versions of single operations, by their names.
    gates: the pace of the hosts that were asked before by way of the same login. memory: what was looked up by it.
    Raises OptionError for a pace that cannot be.
    """

    def __init__(
        self,
        connection: Connection,
        cloud: Cloud,
        tokens: TokenSource,
        *,
        read_only: bool,
        pace: str = "adaptive",
        pace_share: str | None = None,
        deadline: float | None = None,
        policy: RetryPolicy | None = None,
        redact: Callable[[str], str],
        expected_tenant_id: str = "",
        versions: Mapping[str, str] = MappingProxyType({}),
        gates: Gates | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.read_only = read_only
        self.memory = memory
        self._cloud = cloud
        self._versions = versions
        self._sender = Sender(
            connection,
            cloud,
            tokens,
            pace=pace,
            pace_share=pace_share,
            deadline=deadline,
            policy=policy or RetryPolicy(),
            redact=redact,
            expected_tenant_id=expected_tenant_id,
            gates={} if gates is None else gates,
        )

    @property
    def api_calls(self) -> dict[str, int]:
        """Requests sent so far, repeated ones included: read, write, of these throttled (429); and tokens asked for."""
        return self._sender.calls()

    def hide(self, secrets: Iterable[str]) -> None:
        """Takes these texts, secrets of a declaration, out of all that a service says before it enters an exception."""
        self._sender.hide(secrets)

    def redact(self, text: str) -> str:
        """A text of a service without secrets, as far as they are known here or look like some."""
        return self._sender.redact(text)

    def remaining(self) -> float:
        """Seconds until the deadline, infinite without one."""
        return self._sender.remaining()

    def wait(self, seconds: float) -> None:
        """Sleep. Raises DeadlineError at once when the deadline would pass meanwhile."""
        self._sender.wait(seconds)

    def require(self, operation: Operation) -> None:
        """Raise TokenError when the token at hand cannot do the operation; nothing is sent to the service.

        Which token an organisation takes is known once its host is, and each of them takes any kind.
        """
        if operation.host != ORGANIZATION_HOST:
            check_kind(operation, self.caller(operation.service))

    def caller(self, service: str) -> AccessToken:
        """The token for a service: who this client is there. Raises TokenError, TransportError, DeadlineError."""
        return self._sender.token(service)

    def organization_caller(self, url: str) -> AccessToken:
        """The token for an organisation of Dataverse. Raises as `caller`, and GuardError for another host."""
        return self._sender.organization_token(self._organization(url))

    def call(
        self,
        operation: Operation,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send one operation; the parsed JSON of its answer, None for an empty one.

        path: values for the segments of the operation's path. query: a version in it is asked for in place of that of
        the operation. body: anything that JSON can say.
        Raises WriteRefusedError, TokenError, ServiceError and its kinds, TransportError, LostAnswerError (a write that
        may or may not have taken effect), DeadlineError, OptionError (a value that cannot be a path segment).
        """
        reply, ids = self._exchange(operation, path or {}, query or {}, body, headers or {})
        return self._parsed(operation, reply, ids)

    def begin(
        self,
        operation: Operation,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
    ) -> Begun:
        """Send one operation that may only have begun when its answer comes (202). As `call` otherwise."""
        reply, ids = self._exchange(operation, path or {}, query or {}, body, {})
        return self._begun(operation, reply, ids)

    def follow(self, operation: Operation, path: Mapping[str, str], link: str) -> Begun:
        """How an operation goes that `begin` sent with that path: what stands behind the link of its answer.

        operation: the one that was sent, or the one by which it is asked about, where that has a declaration.
        Raises ForeignLinkError for a link to a host that is not the service's, else what `call` raises.
        """
        url = rebased(link, operation, self._cloud, self._base(operation, path))
        asking = operation
        if not operation.safe:
            asking = operation._replace(name=f"{operation.name} (its progress)", method="GET")
        reply, ids = self._sender.exchange(asking, url, None, {})
        return self._begun(asking, reply, ids)

    def _begun(self, operation: Operation, reply: requests.Response, ids: dict[str, str]) -> Begun:
        link = reply.headers.get("Operation-Location") or reply.headers.get("Location") or ""
        return Begun(
            body=self._parsed(operation, reply, ids),
            link=link if reply.status_code == _ACCEPTED else "",
            retry_after=retry_after(reply.headers),
            status=reply.status_code,
        )

    def _exchange(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Mapping[str, str | int],
        body: Any,
        headers: Mapping[str, str],
    ) -> tuple[requests.Response, dict[str, str]]:
        check_write(operation, body, read_only=self.read_only)
        url = self._url(operation, path, query)
        sent = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return self._sender.exchange(operation, url, sent, headers)

    def items(
        self,
        operation: Operation,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        page_size: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Every item of a listing, streamed page by page; the end is reached only if every page was read.

        page_size: sent as the operation's `page_key`, and halved when a page times out. `headers` go with every page.
        Raises what `call` raises for the first page; then also IncompleteListingError and ForeignLinkError.
        """
        check_write(operation, None, read_only=self.read_only)
        sized = {**(query or {}), **({} if page_size is None else {operation.page_key: page_size})}

        def ask(url: str, shrinks: bool) -> Any:
            reply, ids = self._sender.exchange(operation, url, None, headers or {}, give_up_on=504 if shrinks else None)
            if reply.status_code == 204:
                return None
            return self._parsed(operation, reply, ids) or {}

        return pages(
            operation,
            self._url(operation, path or {}, sized),
            ask,
            lambda link: rebased(link, operation, self._cloud, self._base(operation, path or {})),
            shrink=page_size is not None,
        )

    def _url(self, operation: Operation, path: Mapping[str, str], query: Mapping[str, str | int]) -> str:
        for name, value in path.items():
            # Percent-encoding leaves dots alone, and the address would change under them.
            if value in ("", ".", ".."):
                raise OptionError(name, "cannot be part of an address.", value=value)
        asked = self._versions.get(operation.name, operation.api_version)
        if asked and not operation.api_version:
            message = "this operation has no version in its address."
            raise OptionError(f"api_versions.{operation.name}", message, value=asked, remedy="Leave it out.")
        version = {"api-version": asked} if asked else {}
        text = urlencode({**version, **query}, safe="$", quote_via=quote)
        return self._base(operation, path) + operation.fill(path) + (f"?{text}" if text else "")

    def _base(self, operation: Operation, path: Mapping[str, str]) -> str:
        """The base URL that an operation is sent to, and that links to its next pages have to lead to."""
        if operation.host == ENVIRONMENT_HOST:
            return self._cloud.environment_base(operation.service, path[ENVIRONMENT_HOST])
        if operation.host == ORGANIZATION_HOST:
            return self._organization(path[ORGANIZATION_HOST])
        return self._cloud.endpoints[operation.service]

    def _organization(self, given: str) -> str:
        url = https_url(ORGANIZATION_HOST, given)
        if not self._cloud.owns_organization(urlsplit(url).netloc):
            raise GuardError(
                f"{url} is no address of a Dataverse organisation: no token was asked for, and nothing was sent.",
                remedy="Give the environment's URL, such as https://contoso.crm4.dynamics.com.",
            )
        return url

    def _parsed(self, operation: Operation, reply: requests.Response, ids: dict[str, str]) -> Any:
        if not reply.content:
            return None
        try:
            return json.loads(reply.content)
        except (RecursionError, ValueError) as error:
            from ansible_collections.powerops.powerplatform.plugins.module_utils._refusal import UNCERTAIN, show_ids

            message = (
                f"{operation.name} was answered with HTTP {reply.status_code}, but not with JSON "
                f"({show_ids(ids)}): something between here and the service may have answered instead."
            )
            if reads(operation):
                raise TransportError(message, remedy="Check `endpoints`, `base_url` and `proxy`.") from error
            raise LostAnswerError(message, remedy=UNCERTAIN) from error
