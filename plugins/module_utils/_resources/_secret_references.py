# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in an export in place of a secret: a template that looks it up where secrets are kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

# The variable that whoever uses an export keeps the secrets in: by the id of the thing, by the name of the parameter.
SECRETS_VARIABLE = "powerplatform_secrets"
_NAME = re.compile(r"[A-Za-z0-9_.$/ -]+")


def references_to(thing: str, parameters: Iterable[str]) -> Json:
    """For each of the secrets of a thing a template text that leads to its value; without those that are unnameable."""
    names = sorted(parameters)
    odd = unnameable(thing, names)
    return {name: f"{{{{ {SECRETS_VARIABLE}['{thing}']['{name}'] }}}}" for name in names if name not in odd}


def unnameable(thing: str, parameters: Iterable[str]) -> list[str]:
    """The parameters that get no reference: what makers call them could end a text of a template and begin another one.

    Nothing is escaped. Releases of Ansible differ in what a backslash means there.
    """
    fine = _NAME.fullmatch(thing) is not None
    return sorted(name for name in parameters if not (fine and _NAME.fullmatch(name)))


def is_reference(value: object) -> bool:
    """Whether a value is such a text still, which no template has resolved."""
    return isinstance(value, str) and "{{" in value and SECRETS_VARIABLE in value
