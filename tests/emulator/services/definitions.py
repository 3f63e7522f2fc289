# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a custom connector is made of, whichever service takes it: definition, parameters with secrets, names.

dataverse-connectors.md 3.6, 3.7 and 5.2.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

# ASSUMED rule: a text under one of these names, at any depth of connection parameters, parameter sets and policy
# templates, is a secret. In a definition and in the list of script operations nothing is one.
SECRET_LEAVES = frozenset({"clientsecret", "secret", "password", "key"})


def take_secrets(value: Any, path: str = "") -> tuple[Any, dict[str, str]]:
    """The value with its secrets blanked, and their digests by the path of each; nothing for a blank one."""
    taken: dict[str, str] = {}

    def walk(item: Any, name: str, at: str) -> Any:
        if isinstance(item, dict):
            return {key: walk(inner, str(key), f"{at}/{key}") for key, inner in item.items()}
        if isinstance(item, list):
            return [walk(inner, "", f"{at}/{number}") for number, inner in enumerate(item)]
        if isinstance(item, str) and name.lower() in SECRET_LEAVES:
            taken[at] = hashlib.sha256(item.encode()).hexdigest() if item else ""
            return ""
        return item

    return walk(value, "", path), taken


def without_blank_secrets(value: Any) -> Any:
    """As the PowerApps RP answers it. ASSUMED: a secret is left out there, where Dataverse has an empty text."""
    if isinstance(value, dict):
        return {
            key: without_blank_secrets(item)
            for key, item in value.items()
            if not (item == "" and str(key).lower() in SECRET_LEAVES)
        }
    return [without_blank_secrets(item) for item in value] if isinstance(value, list) else value


def problem_of(definition: Any) -> str | None:
    """What is wrong with a definition. ASSUMED: Swagger 2.0 with a host and paths is asked for, and no more."""
    if not isinstance(definition, dict):
        return "The definition must be a JSON object."
    if definition.get("swagger") != "2.0":
        return "The definition must be Swagger 2.0: 'swagger' is not '2.0'."
    if not isinstance(definition.get("host"), str) or not definition["host"]:
        return "The definition has no 'host'."
    if not isinstance(definition.get("paths"), dict):
        return "The definition has no 'paths'."
    return None


def internal_name(title: str, seed: str, length: int) -> str:
    """The name in the PowerApps RP: a slug of the display name, and a suffix that is unique."""
    slug = "".join(
        letter
        if letter.isascii() and letter.isalnum()
        else quote(letter, safe="").replace("%", "-").lower()
        if quote(letter, safe="").startswith("%")
        else f"-{ord(letter):02x}"
        for letter in title.lower()
    )
    return f"shared_{slug}-5f{hashlib.sha256(seed.encode()).hexdigest()[:length]}"
