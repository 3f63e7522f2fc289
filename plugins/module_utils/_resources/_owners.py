# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners in surveys: choosing things by their owner, or by what became of the owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    DISABLED,
    ENABLED,
    GONE,
    SOFT_DELETED,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._principals import user_reference
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory

DELETED = "deleted"
_WORDS = {GONE: DELETED, SOFT_DELETED: DELETED}

OWNER_OPTIONS: dict[str, Json] = {
    "owners": {"type": "list", "elements": "str"},
    "owner_states": {"type": "list", "elements": "str", "choices": [ENABLED, DISABLED, DELETED]},
}


def render_owner(principal: Json | None) -> Json | None:
    """An owner or creator as users see it; None where a thing has none."""
    if not principal:
        return None
    return {
        "id": str(principal.get("id") or "").lower(),
        "display_name": principal.get("displayName") or "",
        "user_principal_name": principal.get("userPrincipalName") or principal.get("email") or "",
        "type": principal.get("type") or "",
    }


class OwnerFilter:
    """The options of OWNER_OPTIONS, with names looked up. UnknownPrincipalError for an owner that nobody knows."""

    def __init__(self, client: Client, options: Mapping[str, Any]) -> None:
        self._client = client
        self._states: Sequence[str] | None = options["owner_states"]
        self._asked = self._states is not None or "owner_state" in options["include"]
        self._ids: frozenset[str] | None = None
        self._directory: Directory | None = None
        if options["owners"] is not None:
            references = [user_reference(f"owners[{i}]", entry) for i, entry in enumerate(options["owners"])]
            named = [reference for reference in references if reference.fields]
            ids = {reference.value.lower() for reference in references if not reference.fields}
            if named:
                directory = self._asked_directory()
                directory.prefetch(named)
                ids |= {directory.principal(reference).id for reference in named}
            self._ids = frozenset(ids)

    def _asked_directory(self) -> Directory:
        """Only a question about owners pays for it."""
        if self._directory is None:
            from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory

            self._directory = Directory(self._client)
        return self._directory

    def keeps(self, row: Json) -> bool:
        """Whether the owner of a row is one of those that are wanted."""
        return self._ids is None or (row["owner"] or {}).get("id") in self._ids

    def add_states(self, rows: Sequence[Json]) -> None:
        """Asks the directory once about all owners, if anybody wants to know; `owner.state` is null where it cannot."""
        owners = [row["owner"] for row in rows if row["owner"]]
        if not self._asked:
            return
        known = {owner["id"] for owner in owners if is_guid(owner["id"])}
        states = self._asked_directory().accounts(known) if known else {}
        for owner in owners:
            state = states.get(owner["id"], "")
            owner["state"] = _WORDS.get(state, state) or None

    def keeps_state(self, row: Json) -> bool:
        """Whether what became of the owner is what is wanted."""
        return self._states is None or (row["owner"] or {}).get("state") in self._states
