# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners in surveys: choosing things by their owner, or by what became of the owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

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


def owner_sieve(client: Client, owners: Sequence[str] | None) -> Callable[[Json], bool] | None:
    """Whether the owner of a row is one of these users; None for all. UnknownPrincipalError for one nobody knows."""
    if owners is None:
        return None
    references = [user_reference(f"owners[{index}]", entry) for index, entry in enumerate(owners)]
    named = [reference for reference in references if reference.fields]
    ids = {reference.value.lower() for reference in references if not reference.fields}
    if named:
        directory = _directory(client)
        directory.prefetch(named)
        ids |= {directory.principal(reference).id for reference in named}
    return lambda row: (row["owner"] or {}).get("id") in ids


def add_owner_states(client: Client, owners: Sequence[Json]) -> None:
    """Asks the directory once what became of all owners: `state`, null where it cannot tell.

    Owners whom the service of the things does not name get their names on the way.
    """
    known = {owner["id"] for owner in owners if is_guid(owner["id"])}
    names: dict[str, Json] = {}
    states = _directory(client).accounts(known, names) if known else {}
    for owner in owners:
        if not owner["display_name"] and owner["id"] in names:
            owner["display_name"] = names[owner["id"]].get("displayName") or ""
            owner["user_principal_name"] = names[owner["id"]].get("userPrincipalName") or ""
        state = states.get(owner["id"], "")
        owner["state"] = _WORDS.get(state, state) or None


def _directory(client: Client) -> Directory:
    """Only a question about owners pays for it."""
    from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory

    return Directory(client)
