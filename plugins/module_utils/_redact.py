# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing secret in any text that a user, a log or a results file may see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, urlsplit

HIDDEN = "********"

_JWT = re.compile(r"\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)*")
# Plain words ("Bearer authentication is needed") and the parameters of a challenge (`Bearer realm=...`) stay.
_BEARER = re.compile(
    r"\b(Bearer|Basic|SharedAccessSignature)(\s+)(?!\w+=[\"'])(?=[^\s'\",;]*[\d._/+=-]|\S{16,})[^\s'\",;]{8,}",
    re.IGNORECASE,
)
_HEADER = re.compile(r"(\bAuthorization['\"]?\s*[:=]\s*)(?:'[^']*'|\"[^\"]*\"|[^\r\n,;}]+)", re.IGNORECASE)
_NAMES = (
    r"client_?secret|password|passphrase|(?:client_)?assertion|(?:access|refresh|id|oidc|request)_?token|private_?key"
    r"|api_?key|account_?key|shared_?access_?(?:key|signature)|secret"
)
_PAIR = re.compile(rf"(?<![\w-])((?:{_NAMES})=)[^&\s'\",;]+", re.IGNORECASE)
_MEMBER = re.compile(rf"((['\"])(?:{_NAMES})\2\s*:\s*)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.IGNORECASE)
_URL = re.compile(r"\bhttps?://[^\s'\"<>\\]+", re.IGNORECASE)
_PARTS = "sig|code|signature|x-amz-signature|subscription-key|token|access_token"
_SIGNED = re.compile(rf"[?&;](?:{_PARTS})=", re.IGNORECASE)
_QUERY = re.compile(rf"([?&](?:{_PARTS})=)[^&\s'\",;]+", re.IGNORECASE)


def _url(match: re.Match[str]) -> str:
    url = match.group()
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    start = f"{parts.scheme}://{host}{parts.path}"
    if _SIGNED.search(url):
        return f"{start}?{HIDDEN}"
    return start + url[len(f"{parts.scheme}://{parts.netloc}{parts.path}") :]


def redact(text: str) -> str:
    """`text` without tokens, authorization headers, secret form values and members, and without queries of signed URLs.

    A URL with a signature or an access code keeps its scheme, host and path; any URL loses its user name and password.
    """
    text = _URL.sub(_url, text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    text = _MEMBER.sub(rf"\1\2{HIDDEN}\2", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1\2{HIDDEN}", text)
    text = _PAIR.sub(rf"\1{HIDDEN}", text)
    return _JWT.sub(HIDDEN, text)


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
