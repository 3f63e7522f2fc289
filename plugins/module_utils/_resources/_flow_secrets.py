# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that makers write into definitions: shown nowhere. Pure.

What is a secret in a definition no contract says. Taken for one are the defaults of secure parameters, what stands
under `authentication`, texts with the names of credentials, and signatures in addresses; expressions are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

MASK = "********"

_NAMES = re.compile(
    r"(?i)(authorization|cookie|(x-)?(api|functions|subscription)[-_]?key|ocp-apim-subscription-key|password|pwd|"
    r"secret|client[-_]?secret|(access|refresh|bearer|sas)[-_]?token|pfx|connection[-_]?string)"
)
_SIGNATURE = re.compile(r"(?i)(?<=[?&]sig=)[^&\"'\s]+")
_CREDENTIAL = re.compile(r"(?i)\s*(?:bearer|basic|sharedaccesssignature|apikey)\s+(\S+)\s*")
_SECURE = frozenset({"securestring", "secureobject"})
_NO_SECRETS = frozenset({"type", "username", "tenant", "audience", "authority", "clientid", "identity"})


def masked(definition: Any) -> Any:
    """A definition as it may be shown."""
    return _walked(definition, lambda _text: MASK)


def definition_secrets(definition: Any) -> Iterator[str]:
    """The secrets of a definition."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        # What a service quotes of a header may be the credential without its scheme.
        found.extend(match[1] for match in [_CREDENTIAL.fullmatch(text)] if match)
        return MASK

    _walked(definition, note)
    yield from found


def holds_mask(value: Any) -> bool:
    """Whether a document was shown, with masks in place of its secrets, and is none to be written."""
    if isinstance(value, dict):
        return any(holds_mask(content) for content in value.values())
    if isinstance(value, list):
        return any(holds_mask(content) for content in value)
    return isinstance(value, str) and MASK in value


def _walked(value: Any, hide: Callable[[str], str], *, secret: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            key: _walked(content, hide, secret=_is_secret(key, content, value, secret))
            for key, content in value.items()
        }
    if isinstance(value, list):
        return [_walked(content, hide, secret=secret) for content in value]
    if not isinstance(value, str):
        return value
    if secret and value and not value.startswith("@"):
        return hide(value)
    return _SIGNATURE.sub(lambda match: hide(match[0]), value)


def _is_secret(key: str, content: Any, beside: Json, inside: bool) -> bool:
    """Whether a member of the mapping `beside` holds a secret. inside: whether that stands where one does."""
    if key == "defaultValue" and str(beside.get("type")).casefold() in _SECURE:
        return True
    if key.casefold() == "authentication":
        return True
    if inside:
        return key.casefold() not in _NO_SECRETS
    return isinstance(content, str) and _NAMES.fullmatch(key) is not None
