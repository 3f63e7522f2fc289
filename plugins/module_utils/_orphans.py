# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those who hold something and are gone, or whose account is disabled: what an audit finds beside what is declared."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import DISABLED, GONE, SOFT_DELETED
from ansible_collections.powerops.powerplatform.plugins.module_utils._unit import Unit

_OWNER = "owner"
_WORDS = {GONE: "deleted", SOFT_DELETED: "deleted", DISABLED: "disabled"}


def orphans(units: Iterable[Unit], directory: Directory) -> list[Json]:
    """Roles of principals that are deleted, and owners that are deleted or disabled, each once.

    One row: kind, id (of the assignment, as in differences), name (of the thing), principal, role, state. Asks the
    directory once, about all of them. Raises what it raises.
    """
    held: dict[tuple[str, str], Json] = {}
    # By name: whichever item comes first, the row is the same.
    for unit in sorted(units, key=lambda unit: unit.kind.name):
        if unit.current is None:
            continue
        for holder in unit.kind.holders(unit.current):
            path = f"{unit.kind.path(unit.target)}/permissions/{holder.id.lower()}"
            held.setdefault(
                (unit.kind.document, path),
                {
                    "kind": unit.kind.name,
                    "id": path,
                    "name": unit.target.thing.name,
                    "principal": {"id": holder.id.lower(), "display_name": holder.name},
                    "role": holder.role,
                    "item": unit.outcomes[0].index,
                },
            )
    states = directory.accounts({row["principal"]["id"] for row in held.values()}) if held else {}
    found = []
    for row in held.values():
        state = _WORDS.get(states[row["principal"]["id"]])
        if state == "deleted" or (state and row["role"].casefold() == _OWNER):
            found.append({**row, "state": state})
    return found
