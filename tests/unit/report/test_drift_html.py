# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report: one file, and texts that are nothing but texts."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html.parser import HTMLParser

import pytest

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_html import render_html
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Failure, Location, Report

from .samples import ACCEPTED, APP, HOSTILE, finding, hostile_report, large_report, report

VOID = {"meta", "input"}


class Page(HTMLParser):
    """What a browser makes of a page: elements with their attributes, and texts by the element that they are in."""

    def __init__(self, made: Report) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(render_html(made))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return "".join(text for name, text in self.texts if name == tag)

    @property
    def closed(self) -> bool:
        return not self._open


@pytest.mark.parametrize("made", [report(), hostile_report(), large_report(2000)])
def test_it_is_one_closed_page_that_asks_for_nothing(made: Report) -> None:
    page = Page(made)

    assert page.closed
    for tag, attributes in page.elements:
        assert not {"src", "href", "style", "action", "srcdoc"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert not {"a", "img", "link", "iframe", "object", "base"} & {tag for tag, _attributes in page.elements}
    assert len(page.of("article")) == len(made.findings)
    assert len(page.of("script")) == len(page.of("style")) == 1


def test_its_policy_lets_its_own_script_run_and_no_other() -> None:
    page = Page(hostile_report())
    [policy] = [meta["content"] or "" for meta in page.of("meta") if "http-equiv" in meta]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

    assert rules["default-src"] == "'none'"
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        digest = hashlib.sha256(page.text(tag).encode()).digest()
        assert rules[directive] == f"'sha256-{b64encode(digest).decode()}'"
    assert "unsafe" not in policy


def test_hostile_texts_are_shown_as_they_are() -> None:
    page = Page(hostile_report())
    shown = "".join(text for _tag, text in page.texts)

    for text in HOSTILE:
        if text.isprintable():
            assert text in shown
    assert not any(control in render_html(hostile_report()) for control in "\x00\x1b\u202e\u2028")


@pytest.mark.parametrize(
    ("made", "heading", "meaning"),
    [
        (report(), "No drift", "What was looked at is as declared."),
        (report(finding(), finding(id="x", accepted=ACCEPTED)), "Drift found", "1 difference should be mended"),
        (report(finding("unknown")), "Incomplete", "1 thing could not be read"),
        (report(errors=[Failure("h", "t", "m")]), "Failed", "1 failure kept the look from being complete."),
    ],
)
def test_a_manager_reads_what_it_means(made: Report, heading: str, meaning: str) -> None:
    page = Page(made)

    assert page.text("h1") == heading
    assert meaning in page.text("p")
    assert page.text("title") == f"Power Platform drift: {made.outcome}"


def test_an_engineer_can_filter() -> None:
    rows = [finding(kind=kind, host=host) for kind in ("flow_state", "powerapp_role") for host in ("one", "two")]
    page = Page(report(*rows, finding("missing", kind="flow_state", host="one")))

    assert {select["name"] for select in page.of("select")} == {"category", "kind", "host"}
    chosen = {option["value"] for option in page.of("option")}
    assert chosen == {"", "drifted", "missing", "flow_state", "powerapp_role", "one", "two"}
    assert [(row["data-category"], row["data-kind"], row["data-host"]) for row in page.of("article")] == [
        ("drifted", "flow_state", "one"),
        ("drifted", "flow_state", "two"),
        ("drifted", "powerapp_role", "one"),
        ("drifted", "powerapp_role", "two"),
        ("missing", "flow_state", "one"),
    ]


def test_a_finding_shows_values_place_and_acceptance() -> None:
    page = Page(report(finding("missing", before=None, location=Location("desired/apps.yml", 3), accepted=ACCEPTED)))

    assert page.text("i") == "absent"
    assert '"role": "CanEdit"' in page.text("pre")
    assert "desired/apps.yml:3" in page.text("dd")
    assert "Accepted by ada@contoso.example until 2027-03-31: leaves in March" in page.text("p")


def test_the_lines_are_marked_that_differ() -> None:
    """Of two documents, that is: where one side is absent, or both are a word, everything differs."""
    before = {"a": 1, "role": "<CanView>", "z": 2}
    page = Page(report(finding(before=before, after={"a": 1, "role": "CanEdit"})))

    assert [text for tag, text in page.texts if tag == "mark"] == [
        '"role": "<CanView>",',
        '"z": 2',
        '"role": "CanEdit"',
    ]
    for one, other in ((before, None), (None, before), ("started", "stopped"), (before, "stopped")):
        assert not Page(report(finding(before=one, after=other))).of("mark")


def test_a_line_that_stands_elsewhere_as_well_is_marked_where_it_differs() -> None:
    before = {"one": {"type": "string"}, "two": {"type": "integer"}}
    after = {"one": {"type": "string"}, "two": {"type": "string"}}
    page = Page(report(finding(before=before, after=after)))

    assert [text for tag, text in page.texts if tag == "mark"] == ['"type": "integer"', '"type": "string"']


def test_a_place_is_told_without_opening_anything() -> None:
    page = Page(report(finding(item="Expenses", location=Location("desired/apps.yml", 3))))

    assert "powerapp_role, Expenses, desired/apps.yml:3" in [text for tag, text in page.texts if tag == "p"]


def test_a_share_with_the_whole_tenant_is_called_so() -> None:
    share = {"everyone": True, "role": "CanView"}
    whole = finding("unmanaged", id=f"{APP}/permissions/tenant", name="tenant", before=share, after=None)
    group = finding("missing", id=f"{APP}/permissions/tenant", name="tenant", before=None, after={"group": "g"})

    assert Page(report(whole)).text("h3") == " everyone in the tenant"
    assert Page(report(group)).text("h3") == " tenant"


def test_errors_notices_and_what_was_read_are_there() -> None:
    page = Page(report(errors=[Failure("h", "t", "m")], notices=["An entry expired."], seen={"environments/e1": 4}))

    assert page.text("li") == "h: t: mAn entry expired."
    assert page.text("td") == "environments/e14"


def test_the_same_report_is_the_same_text() -> None:
    assert render_html(hostile_report()) == render_html(hostile_report())
