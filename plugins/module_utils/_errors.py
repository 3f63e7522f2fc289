# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every failure that this collection knows, as one family of exceptions.

The text of an exception is what the user reads: what happened, then what to do about it. No text ever holds a token, a
secret or a signed URL; `_redact.py` sees to that before a text gets here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


class PowerPlatformError(Exception):
    """What happened (`message`) and what the user can do about it (`remedy`)."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class OptionError(PowerPlatformError):
    """An option that cannot be right, found before anything is sent. `option` is "" where one is only missing."""

    def __init__(self, option: str, message: str, *, value: object = None, remedy: str = "") -> None:
        shown = f"{option}={value!r}" if value is not None else option
        super().__init__(f"{shown}: {message}" if shown else message, remedy=remedy)
        self.option = option


class ContradictionError(OptionError):
    """Two declarations of one call that cannot both be right."""


class UnknownReferenceError(OptionError):
    """A name or an id for which the tenant holds nothing.

    refusal: how the service answered, where it refuses what is not there.
    similar: a sentence for the end of the remedy. It is asked for when somebody reads that: many of these errors only
    tell the program that a thing has yet to be made.
    """

    refusal: PowerPlatformError | None = None
    _remedy: str

    def __init__(
        self,
        option: str,
        message: str,
        *,
        value: object = None,
        remedy: str = "",
        similar: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(option, message, value=value, remedy=remedy)
        self._similar = similar

    @property
    def remedy(self) -> str:
        """What the user can do about it."""
        if self._similar is not None:
            sentence, self._similar = self._similar(), None
            self._remedy = f"{self._remedy} {sentence}".strip()
        return self._remedy

    @remedy.setter
    def remedy(self, text: str) -> None:
        self._remedy = text

    def told(self) -> PowerPlatformError:
        """The error for a thing that had to be there."""
        return self if self.refusal is None else self.refusal


class UnknownPrincipalError(OptionError):
    """A person, group or application that the directory does not know: the declaration cannot be right."""


class AmbiguousReferenceError(OptionError):
    """A display name that fits several things; `candidates` are (id, name) pairs, and the text lists them."""

    def __init__(
        self, option: str, value: str, candidates: Sequence[tuple[str, str]], *, id_option: str | None = None
    ) -> None:
        listed = ", ".join(f"{identifier} ({name})" for identifier, name in sorted(candidates))
        super().__init__(
            option,
            f"{len(candidates)} things bear this name: {listed}.",
            value=value,
            remedy=f"Give the id of the one you mean in {id_option or option}.",
        )
        self.candidates = tuple(candidates)


class NotApplicableError(PowerPlatformError):
    """The question does not arise here, for a documented reason: neither drift nor absence."""


class GuardError(PowerPlatformError):
    """A guard of the plan (removals, owner, protected principals, wrong tenant) refused it; nothing was written."""


class LimitError(GuardError):
    """A limit of the whole call refused its plan; nothing was written."""


class WriteRefusedError(PowerPlatformError):
    """A read-only client was asked to send a write. Always a defect of this collection, never of the user."""


class TokenError(PowerPlatformError):
    """No usable token could be had, or the token at hand cannot do what is asked."""


class SameTokenError(TokenError):
    """Logging in again gave the very token that a service had refused."""


class TransportError(PowerPlatformError):
    """The service could not be reached, or broke off, and repeating did not help. Nothing was changed by this call."""


class LostAnswerError(TransportError):
    """A write was sent and its answer never came: it may or may not have taken effect."""


class UnfinishedError(PowerPlatformError):
    """A thing was written, and what belongs to it was not, or nobody knows; no read could tell.

    manual_steps: how a person makes up for it. uncertain: whether it may have been done all the same.
    """

    def __init__(self, message: str, *, remedy: str, manual_steps: Sequence[str], uncertain: bool) -> None:
        super().__init__(message, remedy=remedy)
        self.manual_steps = tuple(manual_steps)
        self.uncertain = uncertain


class DeadlineError(PowerPlatformError):
    """The task's `deadline` would pass before the next attempt."""


class ForeignLinkError(PowerPlatformError):
    """A service named a link to a host that its tokens must not be sent to."""


class IncompleteListingError(PowerPlatformError):
    """A page of a listing could not be had, so that nothing may be concluded from what is missing in it."""


class UnreadableAnswerError(PowerPlatformError):
    """An answer was not in the form that the contract describes, so that nothing may be concluded from it."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            remedy="It is a defect of this collection or a change of the service: please report it with this text.",
        )


class ServiceError(PowerPlatformError):
    """The service refused: HTTP `status`, its own `code` and message, and the ids that its support asks for.

    uncertain: whether an earlier attempt, of which no answer came, may have taken effect all the same.
    """

    uncertain = False

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        service_message: str = "",
        operation: str = "",
        correlation: Mapping[str, str] | None = None,
        remedy: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.code = code
        self.service_message = service_message
        self.operation = operation
        self.correlation = dict(correlation or {})


class ItemsRefusedError(ServiceError):
    """A write was answered as done, but for some of its items; `done` is the number of the others."""

    def __init__(self, message: str, *, done: int, operation: str, remedy: str) -> None:
        super().__init__(message, status=200, operation=operation, remedy=remedy)
        self.done = done


class AuthenticationError(ServiceError):
    """401: the token was refused, also after it was renewed once."""


class PermissionDeniedError(ServiceError):
    """403: the identity lacks a registration, role or permission."""


class BlockedError(PermissionDeniedError, NotApplicableError):
    """403 by a documented block on the whole environment: no right of the identity would help."""


class NotFoundError(ServiceError):
    """404 for the thing itself."""


class ConflictError(ServiceError):
    """412: the thing is another by now than the one that the change was planned on, or its key is in use."""


class ThrottledError(ServiceError):
    """429 until the retries were used up."""


class ServiceUnavailableError(ServiceError):
    """408, 425 or 5xx until the retries were used up."""
