# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens that somebody else fetched, one for each audience."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    AccessToken,
    access_token,
    is_sendable,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, TokenError

_OPTION = "access_tokens"


class ReadyTokens:
    """Hands out what it was given. `given`: service name or audience -> token; `audiences`: service name -> audience.

    Raises OptionError for no token at all, for a token that is empty or no text, for a key that means nothing, and
    when two services share an audience and were given different tokens.
    """

    label = "ready access tokens"
    renewable = False
    stuck = ""

    def __init__(self, given: Mapping[str, Any], audiences: Mapping[str, str]) -> None:
        self._tokens: dict[str, str] = {}
        self._options: dict[str, str] = {}
        if not given:
            raise OptionError(
                _OPTION,
                "it is empty.",
                remedy=f"Give a token for each service that the task calls ({', '.join(audiences)}), or leave it out.",
            )
        for key, value in given.items():
            name = str(key)  # YAML has keys that are no text
            if name not in audiences and "://" not in name:
                raise OptionError(
                    _OPTION, f"{name!r} is neither a service ({', '.join(audiences)}) nor an audience URL."
                )
            option = f"{_OPTION}.{name}"
            text = _token_text(option, value)
            audience = _key(audiences.get(name, name))
            self._options[audience] = f"{self._options[audience]} and {option}" if audience in self._options else option
            if self._tokens.setdefault(audience, text) != text:
                raise OptionError(
                    _OPTION,
                    f"two different tokens were given for the audience {audience}.",
                    remedy="Give one, or tell the audiences of the two services apart in audiences.",
                )

    def proof(self) -> tuple[str, ...]:
        """Nothing: whoever fetched them keeps them."""
        return ()

    def fetch(self, audience: str, _claims_challenge: str | None, /) -> AccessToken:
        """The token of this audience. Raises TokenError when there is none, or when it has expired."""
        key = _key(audience)
        text = self._tokens.get(key)
        if text is None:
            raise TokenError(
                f"access_tokens holds no token for the audience {audience}.",
                remedy=f"It holds tokens for {', '.join(sorted(self._tokens))}. Add the missing one, which "
                "login_info fetches where services or organization_urls name it.",
            )
        token = access_token(text, option=self._options[key])
        if token.expires_at <= time.time():
            ended = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(token.expires_at))
            raise TokenError(
                f"The access token given for {audience} expired at {ended}.",
                remedy=f"Replace {token.option}: log in again (login_info), or log in by token_cache_path instead.",
            )
        return token


def _token_text(option: str, value: Any) -> str:
    """The token itself. The value is never shown: it may be a token in a wrapping."""
    if value is not None and not isinstance(value, str):
        raise OptionError(option, "it is not a text.", remedy="Give the access token itself, as a text.")
    text = (value or "").strip()
    if not text:
        raise OptionError(option, "it is empty.", remedy="Give an access token, or leave this key out.")
    if not is_sendable(text):
        raise OptionError(
            option,
            "it is no access token: it has a blank, a line break or a letter in it that no token has.",
            remedy="Give it as it was issued, in one line.",
        )
    return text


def _key(audience: str) -> str:
    return audience.rstrip("/").lower()
