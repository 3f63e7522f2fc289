# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request got no answer, and whether it was sent: requests' failures in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import (
    AnswerLostError,
    ConnectError,
    ConnectionSettings,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact

if TYPE_CHECKING:
    import requests

# urllib3 moved these classes between its versions; their names stayed.
_NEVER_SENT = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "LocationParseError")


def explain(
    error: requests.exceptions.RequestException, where: str, waits: tuple[float, float], settings: ConnectionSettings
) -> ConnectError | AnswerLostError:
    """What a failure of requests means. waits: seconds for connecting, and for an answer."""
    from requests import exceptions  # only where it is there can it have failed

    # The texts of requests repeat the whole URL with its query, hence the innermost reason alone.
    reason = innermost(error)
    if isinstance(error, exceptions.SSLError):
        if type(reason).__name__ in ("SSLEOFError", "SSLZeroReturnError"):
            return AnswerLostError(f"{where} broke off the encrypted connection.")
        message = f"No trusted encrypted connection to {where}: {text(reason)}."
        return ConnectError(message, remedy=_trust(settings), permanent=True)
    if isinstance(error, exceptions.ProxyError | exceptions.InvalidProxyURL):
        return ConnectError(
            f"{where} could not be reached through the proxy: {text(reason)}.",
            remedy="Check the option proxy, or HTTPS_PROXY and NO_PROXY in the environment.",
        )
    if isinstance(error, exceptions.ConnectTimeout):
        message = f"{where} did not accept a connection within {waits[0]:g} seconds."
        return ConnectError(message, remedy=_reach(settings))
    if isinstance(error, exceptions.ReadTimeout):
        return AnswerLostError(f"{where} did not answer within {waits[1]:g} seconds.")
    if isinstance(error, exceptions.ConnectionError):
        if any(type(cause).__name__ in _NEVER_SENT for cause in _causes(error)):
            return ConnectError(f"{where} could not be reached: {text(reason)}.", remedy=_reach(settings))
        return AnswerLostError(f"{where} broke off the connection: {text(reason)}.")
    # What is left arises before anything is sent: a header or a URL that cannot be, a proxy of an unknown kind.
    return ConnectError(f"{where}: the request could not be made: {text(reason)}.", permanent=True)


def _reach(settings: ConnectionSettings) -> str:
    if settings.local:  # who asks this machine says what it is
        return ""
    if settings.base_url:
        return f"Check that it runs and listens there. The address is from {settings.base_url_source}."
    return (
        "Check that this machine reaches it: names, firewall, and the proxy (the option proxy, or HTTPS_PROXY and "
        "NO_PROXY in the environment)."
    )


def _trust(settings: ConnectionSettings) -> str:
    if settings.ca_path:
        given = f"{settings.ca_path!r} (from {settings.ca_path_source})"
        needed = f"{given} must hold the certificate of the authority that signed it"
    else:
        needed = "Set ca_path to the certificate of the authority that signed it (of your company's proxy, perhaps)"
    return f"{needed}; validate_certs=false turns the check off, and lets anybody in between read your tokens."


def _causes(error: BaseException) -> list[BaseException]:
    """`error` and all that it wraps: requests and urllib3 put causes into `args` and `reason` as well."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            queue += [getattr(item, "reason", None), *item.args, item.__cause__]
    return found


def innermost(error: BaseException) -> BaseException:
    return _causes(error)[-1]


def text(error: BaseException) -> str:
    return redact(str(error) or type(error).__name__).rstrip(".")
