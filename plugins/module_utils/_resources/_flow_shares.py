# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions of a flow as assignments, for those who write them and those who only read. Pure.

Contract: flow-management.md 4.3.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    OWNER,
    CurrentAssignments,
    as_assignment,
)

RUN_ONLY = "CanView"
CO_OWNER = "CanEdit"
# Every role, weakest first. A put never lowers one (contract 5.16).
LADDER = (RUN_ONLY, CO_OWNER, OWNER)
_DELEGATE = "AuthorizationDelegate"


def as_people(records: Iterable[Json]) -> CurrentAssignments:
    """The permissions of a flow, without those that are no principals, which are told by what they are."""
    people, resources = [], []
    for record in records:
        content = properties(record)
        if same_text(content.get("permissionType"), _DELEGATE):
            resources.append(_resource(content))
        else:
            people.append(as_assignment(record))
    return CurrentAssignments(tuple(people), resources=tuple(sorted(resources)))


def _resource(content: Json) -> str:
    found: Json = (content.get("authorizationDelegate") or {}).get("delegatedAuthResource") or {}
    parts = [str(found.get(name) or "") for name in ("resourceCollection", "resourceId")]
    return "/".join(part for part in parts if part) or "a resource that the service does not name"
