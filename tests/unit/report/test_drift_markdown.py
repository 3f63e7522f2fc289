# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Markdown report: it fits a comment, and nobody's text does anything in it."""

from __future__ import annotations

import html
import re

import pytest

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_markdown import render_markdown
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Failure, Location

from .samples import ACCEPTED, HOSTILE, finding, hostile_report, large_report, report

MOST = 60_000
# All that this report is made of, besides texts.
TAGS = {"<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", "<br>"}
MORE = re.compile(r"…and ([\d,]+) more")


def rows(text: str) -> list[str]:
    """The lines of tables that hold a finding: they have four cells."""
    return [line for line in text.splitlines() if line.startswith("| ") and line.count("|") == 5 and "<code>" in line]


def test_a_clean_report_says_so() -> None:
    text = render_markdown(report())

    assert "**clean**" in text
    assert "<details>" not in text


def test_a_finding_says_what_where_and_who_accepts_it() -> None:
    text = render_markdown(
        report(finding(item="Expenses", location=Location("desired/apps.yml", 3), accepted=ACCEPTED))
    )
    [row] = rows(text)
    shown = html.unescape(row)

    for part in (
        "Kim Maker",
        "powerapp_role, Expenses",
        '{"role": "CanView"}',
        '{"role": "CanEdit"}',
        "desired/apps.yml:3",
        "leaves in March",
    ):
        assert part in shown
    assert "<summary>drifted: 1 finding</summary>" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_hostile_texts_do_nothing() -> None:
    text = render_markdown(hostile_report())

    assert set(re.findall(r"<[^>]*>?", text)) <= TAGS
    assert text.count("<details>") == text.count("</details>")
    assert text.count("<code>") == text.count("</code>")
    # Of what begins a mention, a link, code or emphasis, nothing is left but what this report sets itself.
    assert not re.search(r"[@`~\[\]\\$\x00-\x09\x0b-\x1f\x7f\u202e\u2028]", text)
    assert "http:" not in text
    assert "https:" not in text
    assert "www." not in text
    assert text.count("*") == 4 * len(rows(text)) + 4
    for line in text.splitlines():
        if line.startswith("|"):
            # Two columns in the table of counts, four in those of findings; no name makes another one.
            assert line.count("|") in (3, 5)
        else:
            assert re.match(r"(## |### |- |\*\*|<|$|[A-Za-z&…])", line), line


@pytest.mark.parametrize("name", ["@octocat", "#12", "!12", "~label", "$12", "&12", "%12"])
def test_a_name_is_no_mention_once_it_is_shown(name: str) -> None:
    """GitHub and GitLab look for mentions in what is shown, where an entity has become its sign."""
    shown = html.unescape(render_markdown(report(finding(name=name, message=name), notices=[name])))

    assert name not in shown
    assert f"{name[0]}\u200b{name[1:]}" in shown


@pytest.mark.parametrize("count", [1, 50, 5_000])
def test_it_fits_and_tells_how_many_are_left_out(count: int) -> None:
    text = render_markdown(large_report(count))

    more = MORE.search(text)
    left = int(more[1].replace(",", "")) if more else 0
    assert len(text) <= MOST
    assert len(rows(text)) + left == count
    assert f"drifted: {count:,} finding" in text
    assert (left > 0) is (count == 5_000)


def test_it_fits_whatever_is_in_it() -> None:
    long = "|" * 10_000
    made = report(
        *(
            finding(category, id=f"{number}{long}", name=long, before=long, after=[long], message=long, remedy=long)
            for number, category in enumerate(["drifted", "missing", "unknown"] * 300)
        ),
        errors=[Failure(long, long, f"{number}{long}") for number in range(2_000)],
        notices=[f"{number}{long}" for number in range(2_000)],
        title=long,
        source=long,
    )

    text = render_markdown(made)

    assert len(text) <= MOST
    # Errors, notices and findings are each told of, and each says how many are not shown.
    assert len(MORE.findall(text)) == 3
    listed = sum(line.startswith(("- &#", "- 1")) for line in text.splitlines())
    assert listed > 0
    assert len(rows(text)) > 0


def test_the_same_report_is_the_same_text() -> None:
    assert render_markdown(hostile_report()) == render_markdown(hostile_report())
    assert HOSTILE[0] not in render_markdown(hostile_report())
