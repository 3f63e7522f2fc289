# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drift report as Markdown that fits a comment on a pull request. Pure.

Nothing that somebody wrote into a name is Markdown or HTML here, and nobody is mentioned by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    OUTCOMES,
    Finding,
    Report,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_text import (
    accepted_text,
    as_text,
    clipped,
    context,
    label,
    plural,
    shown,
)

# GitHub takes 65,536 characters in a comment; whoever posts this may put something around it.
MOST = 60_000
# What is kept for the end of the report.
_RESERVE = 1_000
# Errors and notices take no more than this, so that findings are told of as well.
_ASIDE = 20_000
_LONGEST = 160

_HEAD = "| what | now | declared | where |\n| --- | --- | --- | --- |\n"
# Before the name of somebody or the number of something, they make a link of it, also when they are named by number.
_LINKING = re.compile(r"(&#(?:33|35|36|37|38|64|126);)(?=\w)")
# A dash means something only where a line begins.
_SPEAKING = re.compile(r"""[^A-Za-z0-9 ,/"'{}\-\u0080-\U0010ffff]|^-""")


def render_markdown(report: Report) -> str:
    """The same text for the same report, never longer than MOST characters."""
    parts = [_heading(report)]
    parts.append(_aside("Errors", [f"{row.host}: {row.task}: {row.message}" for row in report.errors], _ASIDE))
    parts.append(_aside("Notices", report.notices, _ASIDE))
    room = MOST - _RESERVE - sum(map(len, parts))
    left = 0
    for category in CATEGORIES:
        findings = [finding for finding in report.findings if finding.category == category]
        if findings:
            text, untold = _section(category, findings, room)
            parts.append(text)
            room -= len(text)
            left += untold
    if left:
        parts.append(
            f"\n…and {left:,} more, for which there is no room here. The other forms of this report have all.\n"
        )
    return "".join(parts)


def _heading(report: Report) -> str:
    counts = [
        (name.replace("_", " "), count)
        for name, count in report.summary.items()
        if count or name in ("drifted", "missing", "unmanaged")
    ]
    rows = "".join(f"| {name} | {count:,} |\n" for name, count in counts)
    return (
        f"## {_text(report.title)}\n\n"
        f"**{report.outcome}**: {OUTCOMES[report.outcome]}\n\n"
        f"| findings | count |\n| --- | ---: |\n{rows}\n"
        f"{_text(report.source)}, {_text(report.generated_at)}\n"
    )


def _aside(title: str, texts: Sequence[str], room: int) -> str:
    """A list, as far as there is room."""
    if not texts:
        return ""
    lines, left = _fitting((f"- {_text(text, 600)}\n" for text in texts), len(texts), room)
    more = f"- …and {left:,} more\n" if left else ""
    return f"\n### {title}\n\n{''.join(lines)}{more}"


def _section(category: str, findings: Sequence[Finding], room: int) -> tuple[str, int]:
    """A table that can be folded away, and how many findings it has no room for."""
    about = f"{category.replace('_', ' ')}: {plural(len(findings), 'finding', 'findings')}"
    start = f"\n<details>\n<summary>{about}</summary>\n\n{CATEGORIES[category]}\n\n{_HEAD}"
    end = "\n</details>\n"
    rows, left = _fitting(map(_row, findings), len(findings), room - len(start) - len(end))
    return (f"{start}{''.join(rows)}{end}" if rows else "", left)


def _fitting(texts: Iterable[str], count: int, room: int) -> tuple[list[str], int]:
    """The first of them, as long as all fit; and how many do not."""
    taken: list[str] = []
    for text in texts:
        room -= len(text)
        if room < 0:
            break
        taken.append(text)
    return taken, count - len(taken)


def _row(finding: Finding) -> str:
    what = [f"**{_text(label(finding))}** {_text(context(finding))}", _code(finding.id)]
    if finding.message != CATEGORIES[finding.category]:
        what.append(_text(finding.message, 2 * _LONGEST))
    if finding.remedy:
        what.append(_text(finding.remedy, 2 * _LONGEST))
    if finding.accepted:
        what.append(_text(accepted_text(finding.accepted), 2 * _LONGEST))
    where = _code(f"{finding.location.path}:{finding.location.line}") if finding.location else ""
    cells = ["<br>".join(what), _value(finding.before), _value(finding.after), where]
    return f"| {' | '.join(cells)} |\n"


def _value(value: Any) -> str:
    return _code(as_text(value))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>" if text else ""


def _text(text: str, most: int = _LONGEST) -> str:
    """A text as nothing but text: every sign that could mean something is named by its number."""
    escaped = _SPEAKING.sub(lambda found: f"&#{ord(found[0])};", clipped(shown(text), most))
    return _LINKING.sub("\\1\u200b", escaped)
