# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in an export in place of a secret: a template that looks it up where secrets are kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

# The variable that whoever uses an export keeps the secrets in: by the id of the thing, by the name of the parameter.
SECRETS_VARIABLE = "powerplatform_secrets"


def references_to(thing: str, parameters: Iterable[str]) -> Json:
    """For each of the secrets of a thing a template text that leads to its value."""
    return {name: f"{{{{ {SECRETS_VARIABLE}[{_quoted(thing)}][{_quoted(name)}] }}}}" for name in sorted(parameters)}


def is_reference(value: object) -> bool:
    """Whether a value is such a text still, which no template has resolved."""
    return isinstance(value, str) and "{{" in value and SECRETS_VARIABLE in value


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
