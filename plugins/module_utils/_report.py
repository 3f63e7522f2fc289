# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of each declaration: one shape for one thing or a thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    NotApplicableError,
    OptionError,
    PowerPlatformError,
    ServiceError,
    UnfinishedError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    CREATE,
    DELETE,
    NONE,
    Json,
    Plan,
    Target,
    Thing,
)

SKIPPED = "skipped"
OK = "ok"
PLANNED = "planned"
CHANGED = "changed"
FAILED = "failed"
MISSING = "missing"
UNKNOWN = "unknown"
NOT_APPLICABLE = "not_applicable"

# How many items a message names.
_NUMBERED = 20


@dataclass
class Outcome:
    """What came of one declaration.

    status: SKIPPED (not attempted; `reason` says why), OK (as declared), PLANNED (differs; the run was read-only),
    CHANGED, FAILED, NOT_APPLICABLE; in an audit also MISSING (no such thing) and UNKNOWN (it could not be read).
    environment: also of a thing that could not be found.
    verified: whether the effect of a write was read back; None when nothing was sent.
    seen: the plan by the last read after a write: what the thing is now.
    renamed: where names differ from those in the declaration. accepted: differences that somebody accepted.
    """

    index: int
    kind: str
    status: str = SKIPPED
    changed: bool = False
    environment: Thing | None = None
    target: Target | None = None
    plan: Plan[Any] | None = None
    verified: bool | None = None
    seen: Plan[Any] | None = None
    error: PowerPlatformError | None = None
    reason: str = ""
    renamed: Json | None = None
    accepted: Sequence[Json] = ()

    @property
    def blocking(self) -> bool:
        """Whether nothing of the call may be written because of it."""
        return self.error is not None and self.status != NOT_APPLICABLE

    def fail(self, error: PowerPlatformError, *, auditing: bool) -> None:
        """Notes an error as what it means. What an audit cannot read is unknown; bad input is a failure anywhere."""
        self.error = error
        if isinstance(error, NotApplicableError):
            self.status = NOT_APPLICABLE
        elif auditing and isinstance(error, UnknownReferenceError):
            self.status = MISSING
        elif auditing and not isinstance(error, (OptionError, GuardError)):
            self.status = UNKNOWN
        else:
            self.status = FAILED

    @property
    def drift(self) -> list[Json]:
        """The differences that were found."""
        return [] if self.plan is None else [item.as_drift(self.kind) for item in self.plan.differences]

    def as_json(self) -> Json:
        """What users see of it."""
        plan = self.plan
        row: Json = {
            "kind": self.kind,
            "status": self.status,
            "changed": self.changed,
            "action": plan.action if plan else NONE,
        }
        if self.target:
            row["scope"] = self.target.scope
        if plan:
            shown = plan.after if self.status in (OK, CHANGED) else plan.before
            said = self.seen or plan
            # Where a refusal fails nothing, as in an audit, it is to be seen all the same.
            refusal = said.refusal or str(said.forbidden or "")
            refused = [refusal] if refusal and not self.error else []
            unfinished = self.error.manual_steps if isinstance(self.error, UnfinishedError) else ()
            steps = [*plan.manual_steps, *unfinished]
            row.update(facts=dict(said.facts), warnings=[*_warnings(plan, said), *steps, *refused])
            if steps:
                row["manual_steps"] = steps
            # What was written and could not be read back is not what it was before.
            if self.seen or not (self.changed and self.status == FAILED):
                row["resource"] = self.seen.before if self.seen else shown
        if self.renamed:
            row["renamed"] = self.renamed
        if self.accepted:
            row["accepted"] = list(self.accepted)
        if self.verified is not None:
            row["verified"] = self.verified
        if self.reason:
            row["reason"] = self.reason
        if self.error:
            row["error"] = error_json(self.error)
        if plan and plan.differences and self.target:
            title = f"{self.kind} {self.target.thing.name} ({self.target.thing.id})"
            row["diff"] = {
                "before_header": title,
                "after_header": title,
                "before": {**plan.before, **plan.aside[0]},
                "after": {**plan.after, **plan.aside[1]},
            }
        return row


def _warnings(plan: Plan[Any], said: Plan[Any]) -> Sequence[str]:
    """Of a thing that was made, also what its creation had to tell; of one that was removed, that alone."""
    if plan.action == DELETE:
        return plan.warnings
    return [*dict.fromkeys([*plan.warnings, *said.warnings])] if plan.action == CREATE else said.warnings


@dataclass
class Report:
    """What came of a call, in the order of its declarations.

    digest: equal for plans that do the same. changes, removals, writes: how many things the plan changes, how much it
    takes away, and requests that it takes.
    seen: how many entries each list had that was read, by its path.
    orphans: roles of those who left, where that was asked for. orphans_error: why nobody can tell.
    """

    outcomes: Sequence[Outcome]
    digest: str = ""
    changes: int = 0
    removals: int = 0
    writes: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)
    orphans: Sequence[Json] = ()
    orphans_error: PowerPlatformError | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was written, or would be."""
        return any(outcome.changed for outcome in self.outcomes)

    @property
    def failed(self) -> bool:
        """Whether any declaration failed, could not be read or found, or was not attempted."""
        return any(outcome.status in (FAILED, UNKNOWN, MISSING, SKIPPED) for outcome in self.outcomes)

    @property
    def drift(self) -> list[Json]:
        """Every difference that was found, once for each thing."""
        rows = {row["fingerprint"]: row for outcome in self.outcomes for row in outcome.drift}
        return list(rows.values())


def numbered(indexes: Sequence[int]) -> str:
    """Items by their numbers, as far as a message has room for them."""
    more = f" and {len(indexes) - _NUMBERED} more" if len(indexes) > _NUMBERED else ""
    return f"item {', '.join(map(str, indexes[:_NUMBERED]))}{more}"


def error_json(error: PowerPlatformError) -> Json:
    """An error as data: its type, its texts and, of a service, status, code and correlation ids."""
    row: Json = {"type": type(error).__name__, "message": error.message, "remedy": error.remedy}
    if isinstance(error, ServiceError):
        row.update(
            status=error.status,
            code=error.code,
            service_message=error.service_message,
            operation=error.operation,
            correlation=error.correlation,
        )
    return row
