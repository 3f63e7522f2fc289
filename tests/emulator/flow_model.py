# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows, their roles and their runs, as typed records. Field names are the keys of the tenant file (README.md)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

EPOCH = "2025-01-06T08:00:00.0000000Z"
FIRST_VERSION = 500000  # of a row that nobody has written yet


@dataclass(slots=True)
class FlowRole:
    """`principal` is empty on a delegate (permissionType AuthorizationDelegate), whose key is its own name."""

    principal: str
    role: str
    type: str = "User"
    delegate_name: str | None = None
    resource_collection: str | None = None
    resource_id: str | None = None


@dataclass(slots=True)
class FlowRun:
    """`origin` is the run that this one repeats. After `reads` more reads the status becomes `then`."""

    id: str
    status: str = "Succeeded"
    start: str = EPOCH
    end: str | None = None
    trigger: str | None = None
    code: str | None = None
    message: str | None = None
    origin: str | None = None
    actions: dict[str, str] = field(default_factory=dict)
    then: str | None = None
    reads: int = 0


@dataclass(slots=True)
class Flow:
    """With `workflow_id` it is a flow of a solution, and a row of Dataverse as well: `owner`, `solution`, `shares`,
    `modified_by` and `version_number` are of that row. `next_id` is what its first start makes of `id`; the record of
    the old id stays behind and is `gone`. `definition` is None when one is to be made up. `outcome` is how runs end.
    """

    id: str
    name: str
    creator: str
    state: str = "Started"
    reason: str = "None"
    suspended_at: str | None = None
    created: str = EPOCH
    modified: str = EPOCH
    deleted_at: str | None = None
    workflow_id: str | None = None
    next_id: str | None = None
    owner: str = ""
    modified_by: str = ""
    solution: list[str] = field(default_factory=list)
    shares: dict[str, list[str]] = field(default_factory=dict)
    version_number: int = FIRST_VERSION
    bound: bool = True
    managed: bool = False
    trigger: str = "Recurrence"
    description: str = ""
    definition: dict[str, Any] | None = None
    connection_references: dict[str, Any] = field(default_factory=dict)
    outcome: str = "Succeeded"
    runs: dict[str, FlowRun] = field(default_factory=dict)
    roles: dict[str, FlowRole] = field(default_factory=dict)
    gone: bool = False

    @property
    def key(self) -> str:
        return self.id

    @property
    def row_owner(self) -> str:
        """Who has the role Owner: the creator, or whom the row of a solution flow was assigned to."""
        return self.owner or self.creator

    def clone(self) -> Flow:
        """Parsed JSON is replaced as a whole and never changed, so it may be shared."""
        return replace(
            self,
            solution=list(self.solution),
            shares={key: list(rights) for key, rights in self.shares.items()},
            runs={key: replace(run) for key, run in self.runs.items()},
            roles={key: replace(role) for key, role in self.roles.items()},
        )
