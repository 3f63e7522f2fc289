# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drift report says, whatever form it is written in. Pure.

Findings come free of secrets. Nothing here takes any out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, canonical

VERSION = 1

# What a finding can be.
DRIFTED = "drifted"
MISSING = "missing"
UNMANAGED = "unmanaged"
ORPHANED = "orphaned"
UNKNOWN = "unknown"
RENAMED = "renamed"
NOT_APPLICABLE = "not_applicable"

# In the order in which a reader needs them, with what each means to somebody who reads the word for the first time.
CATEGORIES: dict[str, str] = {
    DRIFTED: "It is there, and differs from what is declared.",
    MISSING: "It is declared, and is not there.",
    UNMANAGED: "It is there, and is not to be there.",
    ORPHANED: "Somebody holds it who left, or whose account is disabled. This is no drift by itself.",
    UNKNOWN: "It could not be read, so nobody knows whether it drifted.",
    RENAMED: "It has another name by now. This is no drift: names are not followed.",
    NOT_APPLICABLE: "The question does not arise there. This is no drift.",
}
# Who left may hold what a declaration says: that is no drift, and somebody has to know of it.
DRIFT = frozenset({DRIFTED, MISSING, UNMANAGED})

# What a report as a whole comes to.
CLEAN = "clean"
DRIFT_FOUND = "drift"
UNDETERMINED = "unknown"
FAILED = "error"

OUTCOMES: dict[str, str] = {
    CLEAN: "What was looked at is as declared.",
    DRIFT_FOUND: "The tenant differs from what is declared.",
    UNDETERMINED: "Something could not be read, so this report is incomplete.",
    FAILED: "Something failed, so this report is incomplete.",
}

_SURROGATES = re.compile("[\ud800-\udfff]")


class Accepted(NamedTuple):
    """Who answers for a finding that is left as it is, why, and until which day (YYYY-MM-DD)."""

    owner: str
    reason: str
    expires: str


class Location(NamedTuple):
    """A line of a file: its path below the source root, with slashes."""

    path: str
    line: int


class Finding(NamedTuple):
    """One thing that a reviewer should know of.

    kind: the name of the module. id: a path, such as environments/{id}/apps/{id}/permissions/{principal}.
    before, after: what is and what should be, any JSON. item: the label of a loop's item, or its number.
    """

    category: str
    kind: str
    id: str
    name: str = ""
    before: Any = None
    after: Any = None
    fingerprint: str = ""
    message: str = ""
    remedy: str = ""
    host: str = ""
    task: str = ""
    item: str | int | None = None
    location: Location | None = None
    accepted: Accepted | None = None

    @property
    def is_drift(self) -> bool:
        """Whether it is a difference that nobody accepted."""
        return self.category in DRIFT and self.accepted is None


class Failure(NamedTuple):
    """Something that kept the report from being complete."""

    host: str
    task: str
    message: str


class Report(NamedTuple):
    """Everything that is told, in a stable order.

    source: the playbook, or the module that looked. summary: how many findings there are of each category, accepted
    ones included, and how many are accepted. seen: how many entries of the tenant were read below each path. notices:
    what a reader should know besides.
    """

    outcome: str
    generated_at: str
    source: str
    findings: tuple[Finding, ...]
    summary: Mapping[str, int]
    errors: tuple[Failure, ...]
    seen: Mapping[str, int]
    notices: tuple[str, ...] = ()
    title: str = "Power Platform drift"
    version: int = VERSION


def make_report(
    findings: Iterable[Finding],
    *,
    generated_at: str,
    source: str,
    errors: Iterable[Failure] = (),
    seen: Mapping[str, int] | None = None,
    notices: Iterable[str] = (),
    title: str = "Power Platform drift",
) -> Report:
    """A report, sorted, with each finding once for each host, and what it comes to."""
    once = {_identity(finding): finding for finding in reversed([complete(finding) for finding in findings])}
    rows = tuple(sorted(once.values(), key=_order))
    failures = tuple(sorted({Failure(*map(writable, failure)) for failure in errors}))
    return Report(
        outcome=_outcome(rows, failures),
        generated_at=generated_at,
        source=writable(source),
        findings=rows,
        summary=_summary(rows),
        errors=failures,
        seen={writable(path): count for path, count in sorted((seen or {}).items())},
        notices=tuple(dict.fromkeys(map(writable, notices))),
        title=writable(title),
    )


def fingerprint_of(category: str, kind: str, identifier: str) -> str:
    """Of a finding that is no difference, and has none of its own: it lasts while the thing is in that category."""
    return hashlib.sha256(canonical([kind, identifier.lower(), category]).encode()).hexdigest()


def complete(finding: Finding) -> Finding:
    """A finding with a fingerprint and a message, and of nothing but what can be written."""
    texts = ("kind", "id", "name", "before", "after", "fingerprint", "message", "remedy", "host", "task", "item")
    cleaned: Json = {name: writable(getattr(finding, name)) for name in texts}
    if finding.accepted:
        cleaned["accepted"] = Accepted(*map(writable, finding.accepted))
    if finding.location:
        cleaned["location"] = Location(writable(finding.location.path), finding.location.line)
    found = finding._replace(**cleaned)
    return found._replace(
        fingerprint=found.fingerprint or fingerprint_of(found.category, found.kind, found.id),
        message=found.message or CATEGORIES[found.category],
    )


def writable(value: Any) -> Any:
    """JSON without halves of characters, which no file in UTF-8 can hold."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {writable(str(key)): writable(content) for key, content in value.items()}
    if isinstance(value, Sequence):
        return [writable(content) for content in value]
    return value


def as_json(report: Report) -> Json:
    """A report as plain data."""
    return {
        "version": report.version,
        "title": report.title,
        "outcome": report.outcome,
        "generated_at": report.generated_at,
        "source": report.source,
        "summary": dict(report.summary),
        "findings": [_row(finding) for finding in report.findings],
        "errors": [failure._asdict() for failure in report.errors],
        "notices": list(report.notices),
        "seen": dict(report.seen),
    }


def _row(finding: Finding) -> Json:
    return {
        **finding._asdict(),
        "location": finding.location._asdict() if finding.location else None,
        "accepted": finding.accepted._asdict() if finding.accepted else None,
    }


def _identity(finding: Finding) -> tuple[str, ...]:
    return (finding.category, finding.kind, finding.id.lower(), finding.fingerprint, finding.host)


def _order(finding: Finding) -> tuple[Any, ...]:
    rank = list(CATEGORIES).index(finding.category)
    return (rank, finding.kind, finding.id.lower(), finding.fingerprint, finding.host)


def _summary(findings: Sequence[Finding]) -> dict[str, int]:
    counts = dict.fromkeys(CATEGORIES, 0)
    for finding in findings:
        counts[finding.category] += 1
    return {**counts, "accepted": sum(finding.accepted is not None for finding in findings)}


def _outcome(findings: Sequence[Finding], errors: Sequence[Failure]) -> str:
    if errors:
        return FAILED
    if any(finding.category == UNKNOWN and finding.accepted is None for finding in findings):
        return UNDETERMINED
    return DRIFT_FOUND if any(finding.is_drift for finding in findings) else CLEAN
