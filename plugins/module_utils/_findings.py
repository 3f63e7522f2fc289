# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit found, as rows of one form: for people, for reports, for pipelines. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import NOTHING_ACCEPTED, Acceptance
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    FAILED,
    MISSING,
    NOT_APPLICABLE,
    UNKNOWN,
    Outcome,
    Report,
    error_json,
)

# Categories. What is DRIFTED, ABSENT or UNMANAGED and not accepted is drift. Who left may hold what is declared.
DRIFTED = "drifted"
ABSENT = "missing"
UNMANAGED = "unmanaged"
ORPHANED = "orphaned"
UNREADABLE = "unknown"
INAPPLICABLE = "not_applicable"
RENAMED = "renamed"
REFUSED = "error"
CATEGORIES = (DRIFTED, ABSENT, UNMANAGED, UNREADABLE, INAPPLICABLE, ORPHANED, RENAMED, REFUSED)

CLEAN = "clean"
DRIFT = "drift"
_OF_DRIFT = (DRIFTED, ABSENT, UNMANAGED)
_OF_STATUS = {
    FAILED: REFUSED,
    MISSING: ABSENT,
    UNKNOWN: UNREADABLE,
    NOT_APPLICABLE: INAPPLICABLE,
}

# Options that tell things apart which have no id yet, or none that anybody chose.
_CALLED = ("connection_id", "connector_id", "key", "name", "display_name", "path")


class Expectation(Protocol):
    """Whether an environment is accepted as unreadable."""

    def __call__(self, environment: Thing, /) -> Json | None:
        """Who said so, why, until when; None where nobody did."""


def category_of(before: object, after: object) -> str:
    """What a difference is, by what is there and what should be."""
    if before is None:
        return ABSENT
    return UNMANAGED if after is None else DRIFTED


def finding(category: str, kind: str, identifier: str, name: str, **more: object) -> Json:
    """A row: category, kind, id, name, before, after, fingerprint, message, remedy, item, accepted.

    item: the index of the declaration. accepted: owner, reason and expires, None for what nobody accepted.
    """
    row: Json = {
        "category": category,
        "kind": kind,
        "id": identifier,
        "name": name,
        "before": None,
        "after": None,
        "message": "",
        "remedy": "",
        "item": None,
        "accepted": None,
        **more,
    }
    row.setdefault("fingerprint", _fingerprint(category, kind, identifier))
    return row


def _fingerprint(category: str, kind: str, identifier: str) -> str:
    return hashlib.sha256(canonical([category, kind, identifier.lower()]).encode()).hexdigest()


def findings(
    report: Report,
    requests: Sequence[Request],
    unmanaged: Iterable[Json],
    expected: Expectation,
    accepted: Acceptance = NOTHING_ACCEPTED,
) -> list[Json]:
    """Everything that an audit found, each once, in the order of the declarations.

    requests: the declarations. unmanaged: rows of what nobody declared. accepted: who may stay although gone.
    """
    rows = [
        *(row for outcome in report.outcomes for row in _of(outcome, requests[outcome.index], expected)),
        *(_orphan(row, accepted) for row in report.orphans),
        *unmanaged,
    ]
    if report.orphans_error:
        told = error_json(report.orphans_error)
        rows.append(finding(UNREADABLE, "", "principals", "principals", message=told["message"], remedy=told["remedy"]))
    return list({(row["category"], row["fingerprint"]): row for row in rows}.values())


def outcome_of(rows: Iterable[Json]) -> str:
    """`error` where something could not be compared, else `unknown`, else `drift`, else `clean`."""
    open_categories = {row["category"] for row in rows if row["accepted"] is None}
    for category in (REFUSED, UNREADABLE):
        if category in open_categories:
            return category
    return DRIFT if open_categories.intersection(_OF_DRIFT) else CLEAN


def _of(outcome: Outcome, request: Request, expected: Expectation) -> Iterator[Json]:
    index = outcome.index
    for row in (*outcome.drift, *outcome.accepted):
        category, told = category_of(row["before"], row["after"]), dict(row)
        yield finding(category, told.pop("kind"), told.pop("id"), told.pop("name"), item=index, **told)
    identifier, name = _identity(outcome, request)
    if outcome.error:
        told = error_json(outcome.error)
        category = _OF_STATUS[outcome.status]
        accepted = expected(_environment(outcome, request)) if category == UNREADABLE else None
        yield finding(
            category,
            outcome.kind,
            identifier,
            name,
            message=told["message"],
            remedy=told["remedy"],
            item=index,
            accepted=accepted,
        )
    elif outcome.plan and outcome.plan.refusal and not outcome.plan.differences:
        # Nothing differs that could be told, and converge will fail all the same.
        yield finding(REFUSED, outcome.kind, identifier, name, message=outcome.plan.refusal, item=index)
    for option, names in (outcome.renamed or {}).items():
        yield finding(
            RENAMED,
            outcome.kind,
            f"{identifier}#{option}",
            name,
            before=names["actual"],
            after=names["declared"],
            message=f"{option} is {names['actual']!r} now, not {names['declared']!r}.",
            item=index,
        )


def _identity(outcome: Outcome, request: Request) -> tuple[str, str]:
    """The path and the name of the thing; in the words of the declaration where it was not found."""
    kind, target = request.kind, outcome.target
    if target is not None:
        return kind.path(target), target.thing.name or target.thing.id
    options = request.options
    said = next((str(options[name]) for name in (kind.thing_type.option, *_CALLED) if options.get(name)), "")
    place = f"environments/{_environment(outcome, request).id}/" if options.get("environment") else ""
    return f"{place}{kind.thing_type.option}s/{said}", said


def _environment(outcome: Outcome, request: Request) -> Thing:
    """The environment of a declaration; in its own words where that was not found."""
    said = str(request.options.get("environment") or "")
    return outcome.environment or Thing(said, said, {})


def _orphan(row: Json, accepted: Acceptance) -> Json:
    who = row["principal"]
    name = who["display_name"] or who["id"]
    found = finding(
        ORPHANED,
        row["kind"],
        row["id"],
        row["name"],
        # Several kinds may tell of one role; which of them are declared makes it no other one.
        fingerprint=_fingerprint(ORPHANED, "", row["id"]),
        before={"principal": who, "role": row["role"], "state": row["state"]},
        message=f"{name} is {row['state']} and still holds {row['role']} on {row['name']}.",
        remedy="Give the thing another owner, or remove the role: exclusive or remove_orphans does.",
        item=row["item"],
    )
    entry = accepted.covering(row["kind"], row["id"], found["fingerprint"])
    return {**found, "accepted": entry.as_json()} if entry else found
