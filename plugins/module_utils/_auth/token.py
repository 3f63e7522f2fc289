# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens that somebody else fetched, one for each audience."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import (
    AccessToken,
    access_token,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, TokenError

_OPTION = "access_tokens"


class ReadyTokens:
    """Hands out what it was given. `given`: service name or audience -> token; `audiences`: service name -> audience.

    Raises OptionError when two services share an audience and were given different tokens.
    """

    label = "ready access tokens"
    renewable = False

    def __init__(self, given: Mapping[str, str], audiences: Mapping[str, str]) -> None:
        self._tokens: dict[str, str] = {}
        for name, text in given.items():
            if name not in audiences and "://" not in name:
                raise OptionError(
                    _OPTION, f"{name!r} is neither a service ({', '.join(audiences)}) nor an audience URL."
                )
            audience = _key(audiences.get(name, name))
            if self._tokens.setdefault(audience, text) != text:
                raise OptionError(
                    _OPTION,
                    f"two different tokens were given for the audience {audience}.",
                    remedy="Give one, or tell the audiences of the two services apart in audiences.",
                )

    def fetch(self, audience: str, _claims_challenge: str | None, /) -> AccessToken:
        """The token of this audience. Raises TokenError when there is none, or when it has expired."""
        text = self._tokens.get(_key(audience))
        if text is None:
            raise TokenError(
                f"access_tokens holds no token for the audience {audience}.",
                remedy=f"It holds tokens for {', '.join(sorted(self._tokens))}. Add the missing one.",
            )
        token = access_token(text)
        if token.expires_at <= time.time():
            ended = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(token.expires_at))
            raise TokenError(
                f"The access token given for {audience} expired at {ended}.", remedy="Give a new one in access_tokens."
            )
        return token


def _key(audience: str) -> str:
    return audience.rstrip("/").lower()
