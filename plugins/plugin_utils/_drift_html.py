# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drift report as one HTML file that needs nothing else: no network, no other file. Pure.

Every text of the tenant is escaped, and the policy in the head lets no script run but the one that stands there.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Container, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from html import escape
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_html_parts import SCRIPT, STYLE
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    CLEAN,
    DRIFT,
    DRIFT_FOUND,
    ORPHANED,
    OUTCOMES,
    RENAMED,
    UNKNOWN,
    Finding,
    Report,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_text import (
    accepted_text,
    as_lines,
    context,
    label,
    plural,
    shown,
)

_HEADINGS = {CLEAN: "No drift", DRIFT_FOUND: "Drift found", "unknown": "Incomplete", "error": "Failed"}


def render_html(report: Report) -> str:
    """The same text for the same report."""
    title = _text(report.title)
    policy = (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="color-scheme" content="light dark">\n',
            f"<title>{title}: {report.outcome}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
            f'<header class="{report.outcome}">\n<p class="title">{title}</p>\n',
            f"<h1>{_HEADINGS[report.outcome]}</h1>\n<p>{escape(' '.join(_meaning(report)))}</p>\n",
            f'<p class="about">{_text(report.source)}, {_text(report.generated_at)}</p>\n</header>\n<main>\n',
            *_counts(report),
            *_list("Errors", (f"{row.host}: {row.task}: {row.message}" for row in report.errors)),
            *_list("Notices", report.notices),
            *_findings(report.findings),
            *_seen(report),
            f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        ]
    )


def _meaning(report: Report) -> Iterator[str]:
    """What it means, for somebody who decides and does not read tables."""
    yield OUTCOMES[report.outcome]
    drift = sum(finding.is_drift for finding in report.findings)
    if drift:
        yield f"{plural(drift, 'difference', 'differences')} should be mended in the tenant, or declared in the files."
    unread = sum(row.category == UNKNOWN and row.accepted is None for row in report.findings)
    if unread:
        yield f"{plural(unread, 'thing', 'things')} could not be read, so nobody knows whether anything drifted there."
    if report.errors:
        yield f"{plural(len(report.errors), 'failure', 'failures')} kept the look from being complete."
    if report.summary["accepted"]:
        yield f"{plural(report.summary['accepted'], 'finding is', 'findings are')} accepted for a time."
    yield "Looking for drift changes nothing."


def _counts(report: Report) -> Iterator[str]:
    yield '<section aria-label="Counts" class="counts">\n'
    for name, count in report.summary.items():
        meaning = CATEGORIES.get(name, "Somebody answers for it, for a time. It is counted above as well.")
        tone = "none" if not count else "bad" if name in DRIFT else "odd" if name in (ORPHANED, UNKNOWN) else "calm"
        yield (
            f'<div class="{tone}"><b>{count:,}</b> <span>{name.replace("_", " ")}</span>'
            f"<small>{meaning}</small></div>\n"
        )
    yield "</section>\n"


def _list(title: str, texts: Iterable[str]) -> Iterator[str]:
    rows = "".join(f"<li>{_text(text)}</li>\n" for text in texts)
    if rows:
        yield f"<section>\n<h2>{title}</h2>\n<ul>\n{rows}</ul>\n</section>\n"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield '<section>\n<h2>Findings</h2>\n<form id="filter" hidden>\n'
    yield '<label>Search <input type="search" name="text" placeholder="name, id, value, file"></label>\n'
    yield _select("category", (row.category for row in findings), "All categories")
    yield _select("kind", (row.kind for row in findings), "All kinds")
    yield _select("host", (row.host for row in findings), "All hosts")
    yield '<output id="count"></output>\n</form>\n<div id="findings">\n'
    for finding in findings:
        yield _finding(finding)
    yield "</div>\n</section>\n"


def _select(name: str, values: Iterable[str], every: str) -> str:
    options = "".join(
        f'<option value="{_text(value)}">{_text(value.replace("_", " ") if name == "category" else value)}</option>'
        for value in sorted(set(values))
        if value
    )
    choices = f'<option value="">{every}</option>{options}'
    return f'<label>{name.capitalize()} <select name="{name}">{choices}</select></label>\n'


def _finding(finding: Finding) -> str:
    tone = (
        "calm"
        if finding.accepted
        else "bad"
        if finding.is_drift
        else "odd"
        if finding.category in (ORPHANED, UNKNOWN)
        else "calm"
    )
    about = {
        "Kind": finding.kind,
        "Id": finding.id,
        "File": f"{finding.location.path}:{finding.location.line}" if finding.location else "",
        "Host": finding.host,
        "Task": finding.task,
        "Item": "" if finding.item is None else str(finding.item),
        "Fingerprint": finding.fingerprint,
    }
    where = ", ".join(part for part in (context(finding), shown(about["File"])) if part)
    rows = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in about.items() if value)
    accepted = f'<p class="accepted">{escape(accepted_text(finding.accepted))}</p>' if finding.accepted else ""
    return (
        f'<article class="{tone}" data-category="{finding.category}" data-kind="{_text(finding.kind)}"'
        f' data-host="{_text(finding.host)}">\n'
        f'<h3><span class="tag">{finding.category.replace("_", " ")}</span> {_text(label(finding))}</h3>\n'
        f'<p class="about">{escape(where)}</p>\n'
        f"<p>{_text(finding.message)} {_text(finding.remedy)}</p>{accepted}\n{_values(finding)}"
        f"<details><summary>Where and what exactly</summary><dl>{rows}</dl></details>\n"
        "</article>\n"
    )


def _values(finding: Finding) -> str:
    if finding.before is None and finding.after is None:
        return ""
    now, declared = ("is called", "was declared as") if finding.category == RENAMED else ("now", "declared")
    before, after = _sides(finding.before, finding.after)
    return (
        f'<div class="values"><div><h4>{now}</h4><pre>{before}</pre></div>'
        f"<div><h4>{declared}</h4><pre>{after}</pre></div></div>\n"
    )


def _sides(before: Any, after: Any) -> tuple[str, str]:
    """Both values, with the lines marked that the other one has not, where both are documents of many lines."""
    lines, others = (as_lines(value).split("\n") for value in (before, after))
    if before is None or after is None or len(lines) == 1 or len(others) == 1:
        return _whole(before), _whole(after)
    # The comma tells where in its document a line stands, and not what it says.
    matcher = SequenceMatcher(None, [line.rstrip(",") for line in lines], [line.rstrip(",") for line in others])
    blocks = matcher.get_matching_blocks()
    same = {block.a + number for block in blocks for number in range(block.size)}
    same_others = {block.b + number for block in blocks for number in range(block.size)}
    return _marked(lines, same), _marked(others, same_others)


def _whole(value: Any) -> str:
    return "<i>absent</i>" if value is None else escape(as_lines(value))


def _marked(lines: Sequence[str], same: Container[int]) -> str:
    """same: the numbers of those that are not marked."""
    indented = ((line, line.lstrip(" ")) for line in lines)
    return "\n".join(
        escape(line) if number in same else f"{' ' * (len(line) - len(text))}<mark>{escape(text)}</mark>"
        for number, (line, text) in enumerate(indented)
    )


def _seen(report: Report) -> Iterator[str]:
    if report.seen:
        rows = "".join(f"<tr><td>{_text(path)}</td><td>{count:,}</td></tr>\n" for path, count in report.seen.items())
        yield f"<section>\n<details><summary>What was read</summary>\n<table>\n{rows}</table>\n</details>\n</section>\n"


def _text(text: str) -> str:
    return escape(shown(text))


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
