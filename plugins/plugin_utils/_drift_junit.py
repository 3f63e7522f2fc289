# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drift report as JUnit XML, which every CI shows as tests. Pure.

What differs failed, what could not be read is in error, what is accepted was skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CLEAN,
    DRIFT,
    NOT_APPLICABLE,
    OUTCOMES,
    UNKNOWN,
    Finding,
    Report,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_text import (
    accepted_text,
    as_lines,
    context,
    label,
    sentence,
    shown,
)

# XML 1.0, 2.2: no reference can name them either.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """A test case. verdict: failure, error, skipped, or "" where it passed; reason and type say why. text: details."""

    name: str
    verdict: str = ""
    reason: str = ""
    type: str = ""
    text: str = ""
    file: str = ""
    line: int = 0


def render_junit(report: Report) -> str:
    """The same text for the same report."""
    suites = dict(_suites(report))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites {_attributes({'name': report.title, **_counts([*chain(*suites.values())])})}>")
    for name, cases in suites.items():
        about = {"name": name, **_counts(cases), "timestamp": report.generated_at}
        lines.append(f"  <testsuite {_attributes(about)}>")
        for case in cases:
            lines += _case(name, case)
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _suites(report: Report) -> Iterator[tuple[str, list[Case]]]:
    """One for the run as a whole, and one for each kind."""
    run = [Case(f"{failure.host}: {failure.task}", "error", failure.message, "error") for failure in report.errors]
    run += [Case(f"Read {path}", text=f"entries: {count}") for path, count in report.seen.items()]
    if report.outcome == CLEAN:
        # A report without a test would count as one that was never made.
        run.append(Case("No drift", text="\n".join([OUTCOMES[CLEAN], *report.notices])))
    elif report.notices:
        run.append(Case("Notices", text="\n".join(report.notices)))
    if run:
        yield "drift report", run
    for kind in sorted({finding.kind for finding in report.findings}):
        yield kind, [_finding(finding) for finding in report.findings if finding.kind == kind]


def _finding(finding: Finding) -> Case:
    verdict, reason = "", sentence(finding)
    if finding.accepted:
        verdict, reason = "skipped", accepted_text(finding.accepted)
    elif finding.category in DRIFT:
        verdict = "failure"
    elif finding.category == UNKNOWN:
        verdict = "error"
    elif finding.category == NOT_APPLICABLE:
        verdict = "skipped"
    told = {
        "category": finding.category,
        "before": as_lines(finding.before),
        "after": as_lines(finding.after),
        "host": finding.host,
        "task": finding.task,
        "item": "" if finding.item is None else str(finding.item),
        "fingerprint": finding.fingerprint,
    }
    return Case(
        name=f"{label(finding)}, {context(finding)} ({finding.id})",
        verdict=verdict,
        reason=reason,
        type=finding.category,
        text="\n".join([f"{finding.message} {finding.remedy}".strip(), *(f"{k}: {v}" for k, v in told.items() if v)]),
        file=finding.location.path if finding.location else "",
        line=finding.location.line if finding.location else 0,
    )


def _case(suite: str, case: Case) -> Iterator[str]:
    about = {"classname": suite, "name": case.name, "time": "0"}
    if case.file:
        about |= {"file": case.file, "line": str(case.line)}
    yield f"    <testcase {_attributes(about)}>"
    text = _escaped(case.text)
    if case.verdict:
        type_ = {} if case.verdict == "skipped" else {"type": case.type}
        yield f"      <{case.verdict} {_attributes({'message': case.reason, **type_})}>{text}</{case.verdict}>"
    elif text:
        yield f"      <system-out>{text}</system-out>"
    yield "    </testcase>"


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    counts = {"tests": len(cases)}
    for plural, verdict in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[plural] = sum(case.verdict == verdict for case in cases)
    return {name: str(count) for name, count in counts.items()}


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(_legal(shown(value)))}" for name, value in values.items())


def _escaped(text: str) -> str:
    return escape(_legal("\n".join(map(shown, text.split("\n")))))


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
