# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing secret in any text that a user, a log or a results file may see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, urlsplit

HIDDEN = "********"

# Only a text that is shown pays for these patterns.
_NAMES = (
    r"client_?secret|password|passphrase|(?:client_)?assertion|(?:access|refresh|id|oidc|request)_?token|private_?key"
    r"|api_?key|account_?key|shared_?access_?(?:key|signature)|secret"
)
_PARTS = "sig|code|signature|x-amz-signature|subscription-key|token|access_token"
_JWT = r"\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)*"
# Plain words ("Bearer authentication is needed") and the parameters of a challenge (`Bearer realm=...`) stay.
_BEARER = r"\b(Bearer|Basic|SharedAccessSignature)(\s+)(?!\w+=[\"'])(?=[^\s'\",;]*[\d._/+=-]|\S{16,})[^\s'\",;]{8,}"
_HEADER = r"(\bAuthorization['\"]?\s*[:=]\s*)(?:'[^']*'|\"[^\"]*\"|[^\r\n,;}]+)"
_PAIR = rf"(?<![\w-])((?:{_NAMES})=)[^&\s'\",;]+"
_MEMBER = rf"((['\"])(?:{_NAMES})\2\s*:\s*)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_URL = r"\bhttps?://[^\s'\"<>\\]+"
_SIGNED = rf"[?&;](?:{_PARTS})="
_QUERY = rf"([?&](?:{_PARTS})=)[^&\s'\",;]+"


def _url(match: re.Match[str]) -> str:
    url = match.group()
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    start = f"{parts.scheme}://{host}{parts.path}"
    if re.search(_SIGNED, url, re.IGNORECASE):
        return f"{start}?{HIDDEN}"
    return start + url[len(f"{parts.scheme}://{parts.netloc}{parts.path}") :]


def redact(text: str) -> str:
    """`text` without tokens, authorization headers, secret form values and members, and without queries of signed URLs.

    A URL with a signature or an access code keeps its scheme, host and path; any URL loses its user name and password.
    """
    text = re.sub(_URL, _url, text, flags=re.IGNORECASE)
    for pattern, rest in (
        (_QUERY, rf"\1{HIDDEN}"),
        (_MEMBER, rf"\1\2{HIDDEN}\2"),
        (_HEADER, rf"\1{HIDDEN}"),
        (_BEARER, rf"\1\2{HIDDEN}"),
        (_PAIR, rf"\1{HIDDEN}"),
    ):
        text = re.sub(pattern, rest, text, flags=re.IGNORECASE)
    return re.sub(_JWT, HIDDEN, text)


class Redactor:
    """`redact`, and the secrets that are known by their very text, plain or percent-encoded."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # A secret of one or two characters would blacken every word and hide nothing.
        forms = {form for text in secrets if len(text) > 2 for form in (text, quote(text, safe=""), quote_plus(text))}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return redact(text)
