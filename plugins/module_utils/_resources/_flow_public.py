# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of a flow as it may be shown. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import MASK, masked

# What the service fills in by itself when a flow runs: connections, and a credential.
_FILLED_IN = ("$connections", "$authentication")


def public_definition(definition: Json, hidden: list[str]) -> Json:
    """A definition without its secrets; `hidden` takes the places where one stood."""
    shown: Json = _public(masked(definition), "", hidden)
    parameters = shown.get("parameters")
    for name in _FILLED_IN:
        parameter = parameters.get(name) if isinstance(parameters, dict) else None
        if isinstance(parameter, dict) and "defaultValue" in parameter:
            parameter["defaultValue"] = {}
    return shown


def _public(value: Any, place: str, hidden: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _public(item, f"{place}.{key}" if place else key, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_public(item, f"{place}[{number}]", hidden) for number, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    shown = redact(value)
    if shown != value or MASK in value:
        hidden.append(place)
    return shown
