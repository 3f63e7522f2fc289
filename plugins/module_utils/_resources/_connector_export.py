# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A custom connector that is there as options that declare it. Its secrets are references. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Exported, Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    secret_leaf,
    without_blanks,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_references import (
    references_to,
    unnameable,
)

_PARAMETERS = ("connection_parameters", "connection_parameter_sets")
_WITH_SECRETS = (*_PARAMETERS, "policy_templates")


def exported_connector(before: Json, connector: str) -> Exported:
    """A connector, by what a plan shows of it."""
    options, reasons = dict(before), []
    for option in _WITH_SECRETS:
        place = secret_leaf(options[option], option) if options.get(option) else ""
        if place:
            del options[option]
            reasons.append(f"A secret stands at {place}, so that {option} is left out.")
        elif option in _PARAMETERS and options.get(option):
            options[option] = without_blanks(options[option])
    secrets = [*_secrets(options.get("connection_parameters"))]
    for chosen in _sets(options.get("connection_parameter_sets")):
        secrets += [f"{chosen.get('name')}/{name}" for name in _secrets(chosen.get("parameters"))]
    references = references_to(connector, secrets)
    if references:
        options["secret_parameters"] = references
    odd = unnameable(connector, secrets)
    if odd:
        reasons.append(f"Names that cannot stand in a template have no reference to their secret: {', '.join(odd)}.")
    return Exported(options, undeclarable=tuple(reasons))


def _sets(document: Any) -> Iterator[Json]:
    values = document.get("values") if isinstance(document, dict) else None
    yield from (item for item in values or () if isinstance(item, dict))


def _secrets(parameters: Any) -> Iterator[str]:
    """The parameters that are an OAuth client, whose secret goes by the name of the parameter."""
    for name, settings in (parameters or {}).items() if isinstance(parameters, dict) else ():
        if isinstance(settings, dict) and isinstance(settings.get("oAuthSettings"), dict):
            yield name
