# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which environments a question is about: names, ids, patterns and types, and what to leave out. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Names, unknown
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Json,
    Thing,
    properties,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_environment_id

# Environment types as the service spells them (contract: powerapps-admin.md 4.1).
TYPES = ("Default", "Production", "Sandbox", "Trial", "Developer", "Teams")

SELECTION_OPTIONS: dict[str, Json] = {
    "environments": {"type": "list", "elements": "str"},
    "environment_types": {"type": "list", "elements": "str", "choices": list(TYPES)},
    "exclude": {"type": "list", "elements": "str"},
}


def environment_type(environment: Thing) -> str:
    """The type as the service spells it; empty when it does not say."""
    return properties(environment.record).get("environmentSku") or ""


def check_selection(options: Mapping[str, Any]) -> None:
    """OptionError for an entry that can match nothing."""
    for option in ("environments", "exclude"):
        for index, entry in enumerate(options[option] or ()):
            if not entry.strip():
                raise OptionError(f"{option}[{index}]", "it is empty.", remedy="Give a name, an id or a pattern.")


def select(environments: Iterable[Thing], options: Mapping[str, Any]) -> list[Thing]:
    """The chosen environments, ordered by name and id.

    UnknownReferenceError for an entry of `environments` that is no pattern and fits nothing.
    """
    listed = list(environments)
    wanted: Sequence[str] | None = options["environments"]
    for entry in wanted or ():
        if not is_pattern(entry) and not any(fits(entry, environment) for environment in listed):
            raise unknown("environments", entry, "the tenant", Names(environment.name for environment in listed))
    chosen = [
        environment
        for environment in listed
        if (wanted is None or any(fits(entry, environment) for entry in wanted))
        and not any(fits(entry, environment) for entry in options["exclude"] or ())
        and _has_type(environment, options["environment_types"])
    ]
    return sorted(chosen, key=lambda environment: (environment.name.casefold(), environment.id))


def _has_type(environment: Thing, types: Sequence[str] | None) -> bool:
    return types is None or any(same_text(environment_type(environment), entry) for entry in types)


def is_pattern(entry: str) -> bool:
    """Whether an entry may mean several things."""
    return any(character in entry for character in "*?[")


def fits(entry: str, environment: Thing) -> bool:
    """Whether an environment is meant by an id, `~default`, a display name or a pattern."""
    if same_text(entry, "~default"):
        return bool(properties(environment.record).get("isDefault"))
    if is_environment_id(entry):
        return same_text(entry, environment.id)
    return fits_names(entry, (environment.id, environment.name))


def fits_names(entry: str, names: Iterable[str]) -> bool:
    """Whether one of the names is the entry, or fits it as a pattern; case does not count."""
    wanted, folded = entry.casefold(), [name.casefold() for name in names]
    return wanted in folded or any(fnmatch.fnmatchcase(name, wanted) for name in folded)
