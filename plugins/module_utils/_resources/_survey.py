# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The family of surveys: things of one type in many environments, with their owners and who holds which role."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import ROLES
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    as_assignment,
    is_orphan,
    render_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._looking import (
    LOOKING_OPTIONS,
    Look,
    LookingKind,
    Sieve,
    add_part,
    every_row,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._owners import (
    OWNER_OPTIONS,
    add_owner_states,
    owner_sieve,
)

ROLES_PART = "roles"
OWNER_STATE_PART = "owner_state"


def owned_options(*parts: str) -> dict[str, Json]:
    """The options of a question about things that have an owner; parts: what else it may include."""
    return {
        **LOOKING_OPTIONS,
        "as_admin": {"type": "bool", "default": True},
        **OWNER_OPTIONS,
        "include": {"type": "list", "elements": "str", "choices": [*parts, OWNER_STATE_PART], "default": []},
    }


SURVEY_OPTIONS = owned_options(ROLES_PART)


class OwnedKind(LookingKind):
    """A question about things that have an owner, in `owner` of `describe`."""

    def filters(self, options: Mapping[str, Any]) -> bool:
        return options["owners"] is not None

    def sieve(self, client: Client, options: Mapping[str, Any]) -> Sieve:
        return owner_sieve(client, options["owners"]) or every_row

    def enrich(self, client: Client, looks: Sequence[Look], options: Mapping[str, Any]) -> None:
        states = options["owner_states"]
        if states is not None or OWNER_STATE_PART in options["include"]:
            add_owner_states(client, [row["owner"] for look in looks for row in look.rows if row["owner"]])
        if states is not None:
            for look in looks:
                look.rows = [row for row in look.rows if (row["owner"] or {}).get("state") in states]


class SurveyKind(OwnedKind):
    """A question about things that have an owner and roles."""

    @abstractmethod
    def role_records(self, client: Client, row: Json, *, as_admin: bool) -> Iterator[Json]:
        """The role assignments of the thing of a row, every one."""

    def enrich(self, client: Client, looks: Sequence[Look], options: Mapping[str, Any]) -> None:
        super().enrich(client, looks, options)
        if ROLES_PART in options["include"]:
            unread = {"roles": None, "roles_complete": False}
            add_part(looks, lambda _look, row: self.roles(client, row, options), unread)

    def summary(self, rows: Sequence[Json], options: Mapping[str, Any]) -> Json:
        if ROLES_PART not in options["include"]:
            return {}
        return {"roles_complete": all(row["roles_complete"] for row in rows)}

    def roles(self, client: Client, row: Json, options: Mapping[str, Any]) -> Json:
        """The part of a row that tells who holds which role."""
        held = [as_assignment(record) for record in self.role_records(client, row, as_admin=options["as_admin"])]
        rows = [{**render_assignment(item, ROLES), "orphaned": is_orphan(item, (*ROLES, "Owner"))} for item in held]
        return {"roles": rows, "roles_complete": True}
