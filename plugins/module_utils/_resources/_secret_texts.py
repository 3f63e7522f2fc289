# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that people write into documents, as definitions of flows and bodies of requests: shown nowhere. Pure.

What is a secret in a document no contract says. Taken for one are the defaults of secure parameters, what stands under
`authentication`, values with the names of credentials, signatures in addresses, and what looks like a credential in any
other text; expressions of flows are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import HIDDEN, redact

MASK = HIDDEN
_NAMES = re.compile(
    r"(?i)(authorization|cookie|(x-)?(api|functions|subscription)[-_]?key|ocp-apim-subscription-key|password|pwd|"
    r"passphrase|((shared[-_]?)?access|account|private)[-_]?key|secret|client[-_]?secret|([\w-]+[-_])?token|"
    r"(access|refresh|bearer|sas)token|sig|pfx|connection[-_]?string)"
)
# In the query of an address, where the same words are no more than words elsewhere.
_IN_QUERIES = re.compile(r"(?i)(code|key|signature)")
_SIGNATURE = re.compile(r"(?i)(?<=[?&]sig=)[^&\"'\s]+")
_CREDENTIAL = re.compile(r"(?i)\s*(?:bearer|basic|sharedaccesssignature|apikey)\s+(\S+)\s*")
_SECURE = frozenset({"securestring", "secureobject"})
_NO_SECRETS = frozenset(
    {
        "type",
        "username",
        "tenant",
        "audience",
        "authority",
        "clientid",
        "identity",
        "credentialtype",
        "resource",
        "scheme",
        "scope",
        "scopes",
    }
)
# Where a value stands: nowhere special, in a secret of which some members are none, in one that is secret as a whole.
_OPEN, _MOSTLY, _WHOLLY = 0, 1, 2
# A shorter one would hide every word that holds it, and hides nothing.
_SHORTEST = 3


class _Hiding(NamedTuple):
    """secret: what is shown in place of a secret. text: what is shown of any other text."""

    secret: Callable[[str], str]
    text: Callable[[str], str]


def masked(document: Any) -> Any:
    """A document as it may be shown."""

    def show(text: str) -> str:
        shown = redact(text)
        # Without a mask nobody sees that something was taken out.
        return shown if shown == text or MASK in shown else MASK

    return _walked(document, _Hiding(lambda _secret: MASK, show))


def secret_texts(document: Any) -> Iterator[str]:
    """The secrets of a document, and the texts that hold some."""
    found: list[str] = []

    def note(secret: str) -> str:
        found.append(secret)
        # What a service quotes of a header may be the credential without its scheme.
        found.extend(match[1] for match in [_CREDENTIAL.fullmatch(secret)] if match)
        return MASK

    def read(text: str) -> str:
        if redact(text) != text:
            found.append(text)
        return text

    _walked(document, _Hiding(note, read))
    yield from (secret for secret in found if len(secret) >= _SHORTEST)


def holds_mask(value: Any) -> bool:
    """Whether a document was shown, with masks in place of its secrets, and is none to be written."""
    if isinstance(value, dict):
        return any(holds_mask(content) for content in value.values())
    if isinstance(value, list):
        return any(holds_mask(content) for content in value)
    return isinstance(value, str) and MASK in value


def _walked(value: Any, hiding: _Hiding, *, inside: int = _OPEN, queries: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            key: _walked(
                content,
                hiding,
                inside=_place(key, content, value, inside, queries=queries),
                queries=key.casefold() == "queries",
            )
            for key, content in value.items()
        }
    if isinstance(value, list):
        return [_walked(content, hiding, inside=inside) for content in value]
    if inside and isinstance(value, (int, float)) and not isinstance(value, bool):
        return hiding.secret(str(value))
    if not isinstance(value, str):
        return value
    if inside and value and not value.startswith("@"):
        return hiding.secret(value)
    return hiding.text(_SIGNATURE.sub(lambda match: hiding.secret(match[0]), value))


def _place(key: str, content: Any, beside: Json, inside: int, *, queries: bool) -> int:
    """Where a member of the mapping `beside` stands. inside: where that does; queries: whether it is a query."""
    if inside == _WHOLLY or (key == "defaultValue" and str(beside.get("type")).casefold() in _SECURE):
        return _WHOLLY
    if key.casefold() == "authentication":
        return _MOSTLY
    if inside:
        return _OPEN if key.casefold() in _NO_SECRETS else inside
    named = _NAMES.fullmatch(key) or (queries and _IN_QUERIES.fullmatch(key))
    return _MOSTLY if named and isinstance(content, (str, int, float)) else _OPEN
