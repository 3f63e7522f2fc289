# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request at a time: where the connection goes, what it trusts, how long it waits. Nothing is repeated here.

Source: contract `auth-clouds-throttling`, sections 3.6 (certificates, environment) and 4.3 (`Retry-After`).
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, PowerPlatformError

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.cookies import RequestsCookieJar
    from requests.utils import get_environ_proxies

    REQUESTS_IMPORT_ERROR: str | None = None
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

VERSION = "1.0.0-beta.1"
USER_AGENT = f"powerops.powerplatform/{VERSION}"

# A thread sends one request at a time, to a few services and to the hosts of some environments.
_HOSTS_KEPT_OPEN = 16


class MissingLibraryError(PowerPlatformError):
    """`library` cannot be imported; `import_error` is the traceback of the attempt. The edge says how to install it."""

    def __init__(self, library: str, import_error: str | None) -> None:
        super().__init__(f"The Python library {library} is needed and cannot be imported.")
        self.library = library
        self.import_error = import_error


class NoAnswerError(Exception):
    """What happened (`message`) and what the user can do about it (`remedy`), as of PowerPlatformError."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConnectError(NoAnswerError):
    """The request was certainly not sent. `permanent`: trying again cannot help (certificate refused, proxy URL)."""

    def __init__(self, message: str, *, remedy: str = "", permanent: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.permanent = permanent


class AnswerLostError(NoAnswerError):
    """The request was sent, or may have been, and no full answer came."""


@dataclass(frozen=True)
class ConnectionSettings:
    """How to connect. `timeout` is in seconds, for connecting and for each silence of the server.

    base_url: where every connection goes instead of to the services; empty for the services themselves.
    ca_path: file or folder of certificates to trust; empty for those that requests brings.
    base_url_source, ca_path_source: where these two come from, in the words of a message.
    proxy: URL for every connection; empty for the proxies that the environment names.
    connect_timeout: seconds for connecting, where they are fewer. local: for what lies on this machine, to which no
    proxy leads.
    """

    base_url: str = ""
    ca_path: str = ""
    base_url_source: str = "the option base_url"
    ca_path_source: str = "the option ca_path"
    validate_certs: bool = True
    proxy: str = field(default="", repr=False)
    timeout: float = 60
    connect_timeout: float = float("inf")
    local: bool = False


class Connection:
    """Sends requests, with a session of its own for each thread.

    Raises MissingLibraryError without requests, OptionError for a `ca_path` that does not exist.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        if REQUESTS_IMPORT_ERROR is not None:
            raise MissingLibraryError("requests", REQUESTS_IMPORT_ERROR)
        if settings.validate_certs and settings.ca_path and not Path(settings.ca_path).exists():
            raise OptionError(
                "ca_path",
                "there is no such file or folder.",
                value=settings.ca_path,
                remedy=f"It is from {settings.ca_path_source}: correct that. An emulator that was started again has "
                "another one.",
            )
        self.settings = settings
        # Given to every request: a CA bundle variable in the environment beats the setting of a session.
        self._verify: bool | str = settings.ca_path or True if settings.validate_certs else False
        if not settings.validate_certs:
            from urllib3 import disable_warnings
            from urllib3.exceptions import InsecureRequestWarning

            disable_warnings(InsecureRequestWarning)  # one for every request, about what the user asked for
        self._base = settings.base_url.rstrip("/")
        self._threads = threading.local()
        self._proxies: dict[str, dict[str, str]] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
        timeout: float | None = None,
    ) -> requests.Response:
        """The answer to one request, whatever its status, with its body read. No redirect is followed.

        timeout: seconds, instead of the connection's own.
        Raises ConnectError or AnswerLostError; their texts hold no secret and no query.
        """
        target, host = self._aim(url)
        sent_headers = dict(headers)
        if self._base:
            sent_headers["Host"] = host
        wait = self.settings.timeout if timeout is None else timeout
        connect = min(wait, self.settings.connect_timeout)
        where = _where(url, self._base)
        try:
            session = self._session()
            request = requests.PreparedRequest()
            request.prepare(method, target, headers={**session.headers, **sent_headers}, data=body)
            # Links are sent as the services wrote them; requests would encode some characters anew.
            request.url = target
            response = session.send(
                request,
                timeout=(connect, wait),
                verify=self._verify,
                proxies=self._proxies_for(target),
                allow_redirects=False,
                stream=True,
            )
        except requests.exceptions.RequestException as error:
            from ansible_collections.powerops.powerplatform.plugins.module_utils._unreachable import explain

            raise explain(error, where, (connect, wait), self.settings) from None
        except OSError as error:  # a `ca_path` that vanished or cannot be read
            from ansible_collections.powerops.powerplatform.plugins.module_utils._unreachable import text

            remedy = f"The certificates to trust are from {self.settings.ca_path_source}: correct that."
            raise ConnectError(f"{where}: {text(error)}.", remedy=remedy, permanent=True) from None
        return _read(response, method, where)

    def _aim(self, url: str) -> tuple[str, str]:
        """The URL to connect to, and the host that is meant."""
        parts = urlsplit(url)
        if not self._base:
            return url, parts.netloc
        return self._base + url[len(f"{parts.scheme}://{parts.netloc}") :], parts.netloc

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            # Else an entry in a .netrc file would take the place of the bearer token.
            session.trust_env = False
            session.headers["User-Agent"] = USER_AGENT
            session.cookies = _NoCookies()
            session.mount("https://", HTTPAdapter(pool_connections=_HOSTS_KEPT_OPEN, pool_maxsize=1, max_retries=0))
            self._threads.session = session
        return session

    def to_machine(self, connect_timeout: float) -> Connection:
        """A connection that trusts and waits as this one, to services of this machine: neither `base_url` nor a proxy
        stands for them."""
        settings = replace(self.settings, base_url="", proxy="", connect_timeout=connect_timeout, local=True)
        return Connection(settings)

    def renew(self) -> None:
        """Connects anew for what comes: whatever stands in between may have dropped connections that nobody used."""
        self._threads = threading.local()

    def session(self) -> requests.Session:
        """This thread's session, for a library that takes nothing else. What is sent with it goes past `send`."""
        return self._session()

    def _proxies_for(self, url: str) -> dict[str, str]:
        if self.settings.local:
            return {}
        if self.settings.proxy:
            return {"http": self.settings.proxy, "https": self.settings.proxy}
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._proxies:
            self._proxies[origin] = get_environ_proxies(origin)
        return self._proxies[origin]


if REQUESTS_IMPORT_ERROR is None:

    class _NoCookies(RequestsCookieJar):
        """Keeps none: no service here needs them, and one thread's answers must not colour its next requests."""

        def set_cookie(self, *args: object, **kwargs: object) -> None:
            """Drop what the server would have us keep."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` (seconds or a date) asks to wait; None without it, or when it is neither."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    if not value:
        return None
    from email.utils import parsedate_to_datetime  # rarely needed

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


_BODILESS = (204, 205, 304)


def _read(response: requests.Response, method: str, where: str) -> requests.Response:
    try:
        content = response.content  # the body must break here or nowhere
        length = response.headers.get("Content-Length", "")
        if method != "HEAD" and length.isdecimal() and response.raw.tell() < int(length):
            # Older urllib3 takes a body that ends early for a whole one.
            raise AnswerLostError(f"{where} broke off its answer after {response.raw.tell()} of {length} bytes.")
        measured = length or "Transfer-Encoding" in response.headers
        if not (content or measured or method == "HEAD" or response.status_code in _BODILESS):
            # No body, and nothing that says so: the answer broke off among its headers.
            raise AnswerLostError(f"{where} broke off its answer.")
    except requests.exceptions.RequestException as error:
        from ansible_collections.powerops.powerplatform.plugins.module_utils._unreachable import innermost, text

        raise AnswerLostError(f"{where} broke off its answer: {text(innermost(error))}.") from None
    finally:
        response.close()
    return response


def _where(url: str, base: str) -> str:
    host = urlsplit(url).netloc
    return f"{host} (by way of {base})" if base else host
