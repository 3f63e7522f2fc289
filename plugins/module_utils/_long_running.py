# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that go on after their answer: followed to their end (contract: power-platform-api.md 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    NotFoundError,
    PowerPlatformError,
    ServiceError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Begun, Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact

# The ends of the operations of this API and of environments; every other word means that it goes on.
_DONE = frozenset({"succeeded", "nooperation", "validationpassed"})
_FAILED = frozenset({"failed", "canceled", "cancelled", "validationfailed"})
_LONGEST = 10.0
# Between two looks, whatever the service asks for: who says 0 is not to be asked without end, and nobody asks for days.
_SHORTEST, _LONGEST_ASKED = 1.0, 300.0
# Of what a service says, so much is told.
_LONGEST_TEXT = 1000


def delays() -> Iterator[float]:
    """Seconds before each further look where the service names none: without end, which the deadline sets."""
    delay = 1.0
    while True:
        yield delay
        delay = min(_LONGEST, delay * 2)


def finish(
    client: Client,
    operation: Operation,
    path: Mapping[str, str],
    begun: Begun,
    what: str,
    *,
    deletes: bool = False,
    again: str = "running again looks at how it went",
) -> Json:
    """Waits for the end of what `Client.begin` has sent. The last that the service said of it, {} for nothing.

    operation: as for `Client.follow`. what: it in the words of a message. deletes: whether it is done once it is not
    found any more: what was deleted takes the record of it along. again: what running again means while it goes on.
    UnfinishedError when it failed, when the deadline came first, or when nobody could tell any more how it goes.
    """
    if not begun.link:
        return begun.body if isinstance(begun.body, dict) else {}
    status, asked, pauses = "", begun.retry_after, delays()
    while True:
        try:
            client.wait(next(pauses) if asked is None else min(max(asked, _SHORTEST), _LONGEST_ASKED))
            answer = client.follow(operation, path, begun.link)
        except DeadlineError as error:
            said = f", last seen as {client.redact(status)}" if status else ""
            raise _unfinished(
                f"{what} was begun and had not ended when the deadline of the task came{said}.",
                f"Raise `deadline`. The service goes on with it; {again}.",
            ) from error
        except ServiceError as error:
            if deletes and error.status == 404:  # whether it is gone, a read of the thing tells
                return {}
            if isinstance(error, NotFoundError):
                text = f"{what} was begun, and the service does not know it any more."
                raise _unfinished(text, error.remedy) from error
            if error.status != 409:  # contract 3: not ready to say
                raise _lost(what, error) from error
            continue
        except PowerPlatformError as error:
            raise _lost(what, error) from error
        asked = answer.retry_after
        if not isinstance(answer.body, (dict, NoneType)):
            raise _unfinished(f"{what} was begun, and how it goes was answered with something that tells nothing.", "")
        told = answer.body or {}
        status = _status(told)
        if status.casefold() in _FAILED or (told.get("error") and not (status or answer.goes_on)):
            # No refusal by its status, so that nobody has taken secrets out of it yet.
            why = client.redact(reason(told)).rstrip(".") or "the service gives no reason"
            raise _unfinished(f"{what} ended as {status or 'an error'}: {why}.", "")
        # What says nothing of how it goes is the outcome itself, unless it is said to go on.
        if status.casefold() in _DONE or not (status or answer.goes_on):
            return told


def reason(told: Json) -> str:
    """Why an operation failed, in the service's words as far as they may be shown; empty when it gives none."""
    found: list[str] = []
    for name in ("statusMessage", "error", "errors", "errorDetail", "errorDetails"):
        found.extend(_texts(told.get(name)))
    text = " ".join(" ".join(dict.fromkeys(found)).split())
    return redact("".join(character for character in text if character.isprintable()))[:_LONGEST_TEXT]


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str) and part.strip():
        yield part.strip()
    elif isinstance(part, list):
        for entry in part:
            yield from _texts(entry)
    elif isinstance(part, dict):
        code, message = part.get("code") or part.get("errorCode"), part.get("message")
        text = ": ".join(str(item) for item in (code, message) if item)
        if text:
            yield text
        fields = part.get("fieldErrors")
        for field, said in fields.items() if isinstance(fields, dict) else ():
            messages = said.get("errorMessages") if isinstance(said, dict) else said
            texts = messages if isinstance(messages, list) else [messages]
            if any(texts):
                yield f"{field}: {' '.join(map(str, texts))}"


def _status(told: Json) -> str:
    state, content = told.get("state"), told.get("properties")
    provisioning = content.get("provisioningState") if isinstance(content, dict) else None
    return str(told.get("status") or (state.get("id") if isinstance(state, dict) else state) or provisioning or "")


def _lost(what: str, error: PowerPlatformError) -> UnfinishedError:
    return _unfinished(f"{what} was begun, and how it goes could not be read: {error.message}", error.remedy)


def _unfinished(message: str, remedy: str) -> UnfinishedError:
    return UnfinishedError(message, remedy=remedy, manual_steps=(), uncertain=True)
