# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the documentation site that are made from others."""

from __future__ import annotations

import pytest

from tests.tools.docs_pages import Page, modules_page, permissions_page, plugins_page, sidebar, variables_page
from tests.tools.permissions import NOTHING, cells, modules

FLOW = Page("flow", "module", "Manage a cloud flow")
FLOW_INFO = Page("flow_info", "module", "List cloud flows")
LOOKUP = Page("flow", "lookup", "Look up cloud flows")
FILTER = Page("drift_report", "filter", "Make a report")
CALLBACK = Page("drift_report", "callback", "Report drift")


def test_a_page_is_known_by_its_title() -> None:
    source = ".. Title\n\npowerops.powerplatform.flow module -- Manage a flow -- or not\n+++++++\n"

    assert Page.of(source) == Page("flow", "module", "Manage a flow -- or not")
    assert Page.of(source).document == "/reference/flow_module"


def test_a_page_without_such_a_title_is_an_error() -> None:
    with pytest.raises(ValueError, match="no title"):
        Page.of("Guide\n=====\n")


def test_modules_are_listed_by_name_for_the_reader_and_for_the_sidebar() -> None:
    lines = modules_page([FLOW_INFO, LOOKUP, FLOW]).splitlines()

    assert [line for line in lines if line.startswith("* ")] == [
        "* :doc:`flow </reference/flow_module>`: Manage a cloud flow",
        "* :doc:`flow_info </reference/flow_info_module>`: List cloud flows",
    ]
    assert lines[-2:] == ["   flow </reference/flow_module>", "   flow_info </reference/flow_info_module>"]


def test_plugins_of_one_name_are_told_apart() -> None:
    lines = plugins_page([CALLBACK, FILTER, LOOKUP, FLOW]).splitlines()

    assert [line.strip() for line in lines if line.endswith(">")] == [
        "flow lookup </reference/flow_lookup>",
        "drift_report filter </reference/drift_report_filter>",
        "drift_report callback </reference/drift_report_callback>",
    ]


def test_the_index_of_variables_claims_no_more_than_it_has() -> None:
    page = variables_page(":orphan:\n\nIndex of all\n====\n\n.. envvar:: A\n\n    One.\n.. envvar:: B\n\n    Two.\n")

    assert "Index of all" not in page
    assert page.endswith("\n\n.. envvar:: A\n\n    One.\n.. envvar:: B\n\n    Two.\n")
    with pytest.raises(ValueError, match="no variable"):
        variables_page("Index of all\n====\n")


def test_every_listed_guide_is_in_the_sidebar() -> None:
    sections = [{"title": "First steps", "toctree": ["guide_a"]}, {"title": "More", "toctree": ["guide_b", "guide_c"]}]
    lines = [line.strip() for line in sidebar({"sections": sections}).splitlines()]

    captions = [line.removeprefix(":caption: ") for line in lines if line.startswith(":caption:")]
    assert captions == ["First steps", "More", "Reference", "Project"]
    assert [line for line in lines if "docsite" in line] == [f"/reference/docsite/guide_{name}" for name in "abc"]


def test_guides_under_a_heading_that_is_there_join_what_it_has() -> None:
    sections = [{"title": "Reference", "toctree": ["guide_limits"]}, {"title": "Guides", "toctree": ["guide_a"]}]
    lines = [line.strip() for line in sidebar({"sections": sections}).splitlines()]

    captions = [line.removeprefix(":caption: ") for line in lines if line.startswith(":caption:")]
    assert captions == ["Guides", "Reference", "Project"]
    assert (
        lines.index("/permissions") < lines.index("/reference/docsite/guide_limits") < lines.index(":caption: Project")
    )


def test_the_table_of_permissions_says_what_the_other_one_says() -> None:
    tables = modules()
    parts = permissions_page(tables).split("\n:doc:`")[1:]

    assert [part.partition(" ")[0] for part in parts] == list(tables)
    for part, rows in zip(parts, tables.values(), strict=True):
        table = part.replace("``", "`").replace("\\", "")
        assert table.count("   * - ") == (len(rows) + 1 if rows else 0)
        assert (NOTHING in table) == (not rows)
        for row in rows:
            for cell in cells(*row):
                assert cell.replace("both", "Both views") in table


def test_text_of_a_table_is_no_markup() -> None:
    [(view, when, operation), *_rest] = modules()["access_info"]
    page = permissions_page({"access_info": [(view, "`a_` is *one* of_ |these|", operation)]})

    assert r"``a_`` is \*one\* of\_ \|these\|" in page
    assert when not in page.partition("list-table")[2]
