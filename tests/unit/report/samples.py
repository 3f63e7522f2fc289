# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports for tests of what is made of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    Accepted,
    Failure,
    Finding,
    Location,
    Report,
    make_report,
)

NOW = "2026-11-22T12:00:00Z"
APP = "environments/e1/apps/a1"
ACCEPTED = Accepted("ada@contoso.example", "leaves in March", "2027-03-31")

# What somebody may call an app, so that it does something in a report.
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</script></pre></details><!--",
    "a | b \\| c",
    "`code` ``` <br>",
    "one\ntwo\r\n| three |",
    "@octocat and @contoso/admins, see #1, !2, ~label, %milestone, $snippet and &epic",
    "[link](https://evil.example) ![image](https://evil.example/x.png) https://evil.example www.evil.example",
    "**bold** _italic_ ~~gone~~ # heading",
    "- item",
    "\x00\x01\x1b[31mred\x7f\x85",
    "\ufffe\uffff",
    "\u202egnp.exe \u2066x\u2069\u2028next",
    "half \ud800 of a character",
    "]]> &amp; &#60; %0A ::error::x",
    "{{ 7 * 7 }} ${{ secrets.X }} <%= 1 %>",
    "Größe 漢字 😀",
    "x" * 5_000,
)


def finding(category: str = "drifted", **values: Any) -> Finding:
    """A difference of an app's role, unless told otherwise."""
    known: dict[str, Any] = {
        "kind": "powerapp_role",
        "id": f"{APP}/permissions/p1",
        "name": "Kim Maker",
        "before": {"role": "CanView"},
        "after": {"role": "CanEdit"},
        "host": "localhost",
        "task": "Share apps",
    }
    return Finding(category, **{**known, **values})


def report(*findings: Finding, **values: Any) -> Report:
    """A report of these findings."""
    return make_report(findings, **{"generated_at": NOW, "source": "audit.yml", **values})


def hostile_report() -> Report:
    """One in which every text that comes from elsewhere is out for something."""
    findings = [
        finding(
            list(CATEGORIES)[number % len(CATEGORIES)],
            id=f"{APP}/permissions/{number}/{text}",
            name=text,
            before={text: [text]},
            after=text,
            message=text,
            remedy=text,
            host=text,
            task=text,
            item=text,
            location=Location(f"desired/{text}.yml", 1 + number),
            accepted=Accepted(text, text, text) if number % 5 == 0 else None,
        )
        for number, text in enumerate(HOSTILE)
    ]
    return report(
        *findings,
        source="".join(HOSTILE[:4]),
        errors=[Failure(text, text, text) for text in HOSTILE],
        notices=HOSTILE,
        seen={text: number for number, text in enumerate(HOSTILE)},
        title=HOSTILE[0],
    )


def large_report(count: int) -> Report:
    """One with many findings."""
    return report(*(finding(id=f"{APP}/permissions/{number:05}", name=f"Person {number}") for number in range(count)))
