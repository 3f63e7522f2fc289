# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are written and never read: when to write them, and how parameters are compared. Pure.

A secret has no readable state, and there is no state file: what is declared beside it decides (update_secrets,
secrets_changed_at).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_references import (
    SECRETS_VARIABLE,
    is_reference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._times import read_time, time_option

ON_CREATE = "on_create"
ALWAYS = "always"

SECRET_OPTIONS: dict[str, Json] = {
    "secret_parameters": {"type": "dict", "no_log": True},
    "update_secrets": {"type": "str", "choices": [ON_CREATE, ALWAYS], "default": ON_CREATE, "no_log": False},
    "secrets_changed_at": {"type": "str", "no_log": False},
}


class Secrets(NamedTuple):
    """The secrets of a declaration. `values` is never shown.

    changed_at: when people changed them last. written_after: what the service said, before they were written, of the
    last modification.
    """

    values: Mapping[str, Any]
    update: str
    changed_at: datetime | None
    written_after: datetime | None = None

    def __repr__(self) -> str:
        return f"Secrets({', '.join(self.values)})"

    def texts(self) -> Iterator[str]:
        """Every text and figure among the values, at any depth."""
        yield from _leaves(self.values)

    def due(self, modified: str) -> str:
        """Why they must be written to a thing that the service says was last modified then; "" when they need not."""
        reason = self._due(modified) if self.values else ""
        if reason:
            self.check_resolved()
        return reason

    def check_resolved(self) -> None:
        """OptionError for what an export puts in place of a secret: before anything is written."""
        for text in self.texts():
            if is_reference(text):
                raise OptionError(
                    "secret_parameters",
                    f"it holds {text}, as desired_state_info writes it in place of a secret, and no template has "
                    "resolved that.",
                    remedy=f"Keep the item in a file with variables, and the secret in {SECRETS_VARIABLE}.",
                )

    def _due(self, modified: str) -> str:
        if self.update == ALWAYS:
            return "update_secrets is always"
        written = read_time(modified)
        if self.changed_at and (written is None or written <= self.changed_at):
            return f"last modified {modified or 'at an unknown time'}, before secrets_changed_at"
        if self.written_after and (written is None or written <= self.written_after):
            return f"last modified {modified or 'at an unknown time'}, before they were written"
        return ""

    def written(self, modified: str) -> Secrets:
        """What to compare with once they were sent to a thing that was last modified then."""
        return Secrets(self.values, ON_CREATE, self.changed_at, read_time(modified))


def parse_secrets(options: Mapping[str, Any]) -> Secrets:
    """The options of SECRET_OPTIONS. OptionError for a blank secret and for times that cannot be."""
    values = options["secret_parameters"] or {}
    for name, value in values.items():
        if _blank(value):
            raise OptionError(
                f"secret_parameters.{name}",
                "it is blank, and a blank never overwrites a good secret.",
                remedy="Check that the variable behind it is set, or leave the parameter out.",
            )
    changed_at = options["secrets_changed_at"]
    if changed_at is None:
        return Secrets(values, options["update_secrets"], None)
    moment = time_option("secrets_changed_at", changed_at)
    if options["update_secrets"] == ALWAYS or not values:
        raise OptionError(
            "secrets_changed_at",
            "it decides when to write secret_parameters, and has nothing to decide here.",
            value=changed_at,
            remedy="Leave it out, or give secret_parameters with update_secrets=on_create.",
        )
    if moment > datetime.now(UTC):
        raise OptionError(
            "secrets_changed_at",
            "it lies in the future, so that every run would write the secrets.",
            value=changed_at,
            remedy="Give the time at which the secrets were changed.",
        )
    return Secrets(values, ON_CREATE, moment)


def same_value(declared: Any, actual: Any) -> bool:
    """Whether two values of a parameter mean the same: documents as documents, figures as their text."""
    return canonical(declared) == canonical(actual) or _as_text(declared) == _as_text(actual)


def _blank(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_blank, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_blank, value))
    return value is None or (isinstance(value, str) and not value.strip())


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for content in value.values():
            yield from _leaves(content)
    elif isinstance(value, (list, tuple)):
        for content in value:
            yield from _leaves(content)
    elif not isinstance(value, bool) and value is not None:
        yield str(value)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
