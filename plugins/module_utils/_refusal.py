# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service says when it refuses, in all its envelopes, turned into one exception with a remedy.

Sources: powerapps-admin.md 2.1; flow-management.md 4.4; graph.md 2.3; power-platform-api.md 2;
auth-clouds-throttling.md 1 and 4.2; avepoint.md 5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AuthenticationError,
    BlockedError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ServiceError,
    ServiceUnavailableError,
    ThrottledError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    APPLICATION,
    AVEPOINT,
    BAP,
    DATAVERSE,
    FLOW,
    GRAPH,
    POWER_PLATFORM,
    POWERAPPS,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import claims_of

UNCERTAIN = "It may or may not have taken effect: read the thing back before trying again."
_OTHER_CLAIMS = (
    "The service wants a token with other claims, as Conditional Access and continuous access evaluation do: the "
    "sign-in log of the identity names the policy that asks for them."
)
_LONGEST_TEXT = 1000
_DEEPEST = 5
_NESTED = "FullNonLocalizedError"
_WRAPPERS = frozenset({"BusinessAppPlatformRequestFailed", "AzureResourceManagerRequestFailed"})
# The service knows no such address, which says nothing about the thing that was meant. Nor does a 404 without a code:
# an empty one is the answer to an unknown route (powerapps-admin.md 2.1), others come from what stands in between.
_NO_ROUTE = frozenset({"RouteNotFound"})
# The one code of Dataverse that says of a row that it is not there (dataverse-connectors.md 1.2).
_NO_ROW = "0x80040217"
# The environment of the thing is missing, or not visible to this service yet (powerapps-admin.md 2.1).
_NO_ENVIRONMENT = frozenset({"EnvironmentNotFound", "ServiceToServiceEnvironmentNotFound"})
# The end of a path that is about an environment itself, whether the API layer or a user gives it.
_OF_ENVIRONMENT = re.compile(r"/environments/(\{environment\}|(Default-)?[0-9a-f]{8}-[0-9a-f-]{27})$", re.IGNORECASE)
# Microsoft 365 Copilot environments refuse to everybody what is asked of them (powerapps-admin.md 2.1).
_BLOCKED = "PermissionBlockedByOfficeAI"
# The sub-code is the end of the message; a name that the service quotes must not pass for it.
_ENDS_BLOCKED = re.compile(rf"\bCode:? ?(['\"]?){_BLOCKED}\1\.?$", re.IGNORECASE)
_UNAVAILABLE = frozenset({408, 425, 500, 502, 503, 504})
_REPLY_IDS = ("x-ms-correlation-request-id", "x-ms-request-id", "x-ms-service-request-id", "request-id", "REQ_ID")
# What the services mean by some words, and what to do (powerapps-admin.md 2.1, 3.4, 3.6; flow-management.md 4.4).
_MEANINGS = {
    "0x80040299": (
        "The app belongs to a solution, and the new owner lacks the Dataverse privilege prvReadCanvasApp: give them a "
        "security role of that environment that has it."
    ),
    "0x8004f01f": (
        "Something still depends on it: connections, flows, or components of a solution. With `environment` in place "
        "of organization_url the connections are told by name; the maker portal shows the rest as dependencies."
    ),
    "PermissionDowngradeNotAllowed": (
        "No role is lowered in place, and the owner of a flow keeps theirs: run again, which reads who owns it."
    ),
    "SharePointFormApp": "This is the form of a SharePoint list: its owner and its users are those of the list.",
}
# How the services say that they do not know a version (power-platform-api.md 1).
_NO_VERSION = frozenset({"ApiVersionInvalid", "ApiVersionUnsupported"})
_AMBIGUOUS = {
    "EnvironmentAccessDenied": "The service gives the same answer for an environment that does not exist.",
    "ConnectionAuthorizationFailed": "The service gives the same answer for a thing that does not exist.",
}


class Refusal(NamedTuple):
    """The service's own words; both may be empty."""

    code: str
    message: str


class Setting(NamedTuple):
    """What the remedy depends on besides the answer: the token's kind and application id, and the base URL of BAP."""

    token_kind: str
    client_id: str
    bap: str


def read_refusal(content: bytes) -> Refusal:
    """Code and message of an error body; of one that is no JSON, the beginning of its text as the message."""
    text = content.decode("utf-8-sig", "replace").strip()
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return Refusal("", _plain(text))
    return _of(body, _DEEPEST)


def refuse(
    operation: Operation,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    sent_ids: Mapping[str, str],
    setting: Setting,
    redact: Callable[[str], str],
    attempts: int,
    uncertain: bool,
) -> ServiceError:
    """The exception for an answer that is no success.

    sent_ids: the correlation headers of the request. attempts: how often it was sent. uncertain: whether
    this write, in this attempt or an earlier one, may have taken effect.
    """
    code, message = (redact(part) for part in read_refusal(content))
    known = {name: headers[name] for name in _REPLY_IDS if headers.get(name)}
    correlation = {name: redact(value)[:100] for name, value in {**sent_ids, **known}.items()}
    often = f" after {attempts} attempts" if attempts > 1 else ""
    words = " ".join(part for part in (f"HTTP {status}", code) if part)
    if status == 401 and claims_of(headers.get("WWW-Authenticate", "")):
        remedy = _OTHER_CLAIMS
    else:
        remedy = _remedy(operation, status, code, message, setting)
    return _kind(operation, status, code, message)(
        f"{operation.name} was refused{often}: {words}: {message or 'no message'} ({show_ids(correlation)}).",
        status=status,
        code=code,
        service_message=message,
        operation=operation.name,
        correlation=correlation,
        remedy=" ".join(part for part in (remedy, uncertain and UNCERTAIN) if part),
    )


def show_ids(correlation: Mapping[str, str]) -> str:
    """The ids that the vendor's support asks for, in one line."""
    return ", ".join(f"{name} {value}" for name, value in correlation.items())


def _kind(operation: Operation, status: int, code: str, message: str) -> type[ServiceError]:
    if status == 401:
        return AuthenticationError
    if status == 403:
        return BlockedError if _is_blocked(code, message) else PermissionDeniedError
    if status == 404 and operation.service == DATAVERSE:
        return NotFoundError if code == _NO_ROW else ServiceError
    if status == 404 and code and code not in _NO_ROUTE and not _above(operation, code):
        return NotFoundError
    if status == 412:
        return ConflictError
    if status == 429:
        return ThrottledError
    return ServiceUnavailableError if status in _UNAVAILABLE or status > 504 else ServiceError


def _is_blocked(code: str, message: str) -> bool:
    return code == _BLOCKED or _ENDS_BLOCKED.search(message) is not None


def _above(operation: Operation, code: str) -> bool:
    """Whether a 404 is about the environment of the thing that was asked for, not about the thing."""
    return code in _NO_ENVIRONMENT and _OF_ENVIRONMENT.search(operation.path) is None


def _of(body: Any, depth: int) -> Refusal:
    """Code and message of a parsed body: of the innermost cause that it gives."""
    if isinstance(body, str):
        return Refusal("", _plain(body))
    if not isinstance(body, dict) or depth == 0:
        return Refusal("", "")
    for name in ("error", "odata.error", "errors", "errorDetail"):
        inner = body.get(name)
        if isinstance(inner, dict):
            return _of(inner, depth - 1)
        if isinstance(inner, str) and inner:  # as login services do
            return Refusal(inner, _text(body.get("error_description") or body.get("message")))
    code = _text(body.get("code") or body.get("title"))
    own = Refusal(code, _text(body.get("message") or body.get("detail") or body.get("fieldErrors")))
    return _cause(body, own, depth)


def _cause(body: dict[str, Any], own: Refusal, depth: int) -> Refusal:
    """The real refusal behind a general one: in `details`, in JSON inside the message, or in `innererror`."""
    if own.code == "AzureResourceManagerRequestFailed" and "{" in own.message:
        inner = _embedded(str(body["message"]), depth)
        return inner if inner.code or inner.message else own
    details = body.get("details")
    for detail in details if isinstance(details, list) else ():
        if not isinstance(detail, dict):
            continue
        inner = (
            _embedded(_raw(detail.get("message")), depth) if detail.get("code") == _NESTED else _of(detail, depth - 1)
        )
        if own.code in _WRAPPERS or not own.code:
            if inner.code or inner.message:
                return inner
        elif inner.message and inner.message not in own.message:
            return Refusal(own.code, f"{own.message} {inner.message}".strip()[:_LONGEST_TEXT])
    inner_error = next((value for key, value in body.items() if key.lower() == "innererror"), None)
    if isinstance(inner_error, dict) and inner_error.get("code"):
        inner = _of(inner_error, depth - 1)
        message = inner.message if not own.message or own.message in inner.message else f"{own.message} {inner.message}"
        return Refusal(inner.code, message.strip()[:_LONGEST_TEXT])
    return own


def _embedded(text: str, depth: int) -> Refusal:
    """The error object inside a text, before and after which there may be words."""
    start = text.find("{")
    if start < 0:
        return Refusal("", _plain(text))
    try:
        body, _end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return Refusal("", _plain(text))
    return _of(body, depth - 1)


def _raw(value: Any) -> str:
    if isinstance(value, dict):  # {"lang": ..., "value": ...}
        value = value.get("value", value)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return _raw(value).strip()[:_LONGEST_TEXT]


def _plain(text: str) -> str:
    """Something readable of a page that was not meant for programs."""
    if "<" in text and (title := re.search(r"<title[^>]*>(.*?)</title>", text[:20000], re.IGNORECASE | re.DOTALL)):
        text = title.group(1)
    elif re.match(r"\s*<(!doctype|html)", text, re.IGNORECASE):
        text = re.sub(r"<[^>]*>", " ", text[:20000])
    return " ".join("".join(char if char.isprintable() else " " for char in text[:2000]).split())[:200]


def _remedy(operation: Operation, status: int, code: str, message: str, setting: Setting) -> str:
    if status == 403 and _is_blocked(code, message):
        return "This environment belongs to Microsoft 365 Copilot, which closes it to administrators: leave it out."
    if status == 400 and code in _NO_VERSION:
        return (
            f"Give one that it supports in `api_versions`, under {operation.name}, or leave that one out; a task that "
            "has the option api_version gives it there."
        )
    if status in (400, 403, 404):
        for mark, meaning in _MEANINGS.items():
            if mark.lower() in f"{code} {message}".lower():
                return meaning
    if status == 401:
        return _log_in(operation, code, setting)
    if status == 403:
        return " ".join(part for part in (_AMBIGUOUS.get(code, ""), _grant(operation, setting)) if part)
    if status == 412:
        return "Somebody changed it meanwhile, or its id is in use: run again, which reads first."
    if status == 429:
        return "Run again later, with fewer tasks at once, or with a slower `pace`."
    if 300 <= status < 400:
        return "Redirects are not followed, because a token goes to its own service only: check `endpoints`."
    if status in _UNAVAILABLE or status > 504:
        return "Run again later; if it stays, give these ids to the vendor's support."
    if status == 404 and _above(operation, code):
        return "The service does not know the environment: it may be new, or deleted meanwhile. Run again later."
    if status == 404 and not operation.safe and code and code not in _NO_ROUTE:
        return "It, or something that it needs, is not there any more: run again, which reads first."
    if status == 404 and (not code or code in _NO_ROUTE):
        where = "data_center" if operation.service == AVEPOINT else "cloud"
        return f"This answer is about the address, not about the thing: check `{where}`, `endpoints` and `base_url`."
    return ""


def _log_in(operation: Operation, code: str, setting: Setting) -> str:
    if code == "ClientScopeAuthorizationFailed" or setting.token_kind not in operation.tokens:
        return "This operation takes a user's token: give one in `access_tokens`, or use an admin operation instead."
    fits = (
        "`data_center` is that of the app registration"
        if operation.service == AVEPOINT
        else "tenant, `cloud` and `audiences` fit this service"
    )
    return f"The service does not take the token: check that {fits}. The identity needs: {operation.permission}."


def _grant(operation: Operation, setting: Setting) -> str:
    needs = f"The identity needs: {operation.permission}."
    application = setting.token_kind == APPLICATION
    client = setting.client_id or "<client id>"
    if operation.service == GRAPH:
        grant = "Grant the application permission and give admin consent" if application else "Grant it to the user"
        return f"{needs} {grant}, or give object ids instead of names."
    if operation.service == DATAVERSE and application:
        return f"{needs} The application {client} must be an application user of the environment with that role."
    if operation.service in (BAP, POWERAPPS, FLOW, POWER_PLATFORM) and application:
        role = ", or given a Power Platform role," if operation.service == POWER_PLATFORM else ""
        return (
            f"{needs} An application must be registered as a management application{role} once, by an admin who is a "
            f"user: New-PowerAppManagementApp -ApplicationId {client} (or PUT {setting.bap}/providers/"
            f"Microsoft.BusinessAppPlatform/adminApplications/{client}?api-version=2020-10-01)."
        )
    return needs
