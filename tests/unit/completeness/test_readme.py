# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README.md leads to what there is, and to all of it. Galaxy shows it, so that its links are whole addresses."""

from __future__ import annotations

import re

from tests.tools.docs_pages import REPOSITORY

from .collection import ROOT

_RAW = "https://raw.githubusercontent.com/powerops/powerplatform/main"
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\]\(([^)]*)\)", README)


def _leads_to(folder: str) -> set[str]:
    found = (re.match(rf"{REPOSITORY}/(?:blob|tree)/main/{folder}/([\w.]+)", link) for link in LINKS)
    return {match[1] for match in found if match}


def test_links_lead_somewhere() -> None:
    assert [link for link in LINKS if not link.startswith("https://")] == []
    places = [re.match(rf"(?:{REPOSITORY}/(?:blob|tree)/main|{_RAW})/(.*)", link) for link in LINKS]
    inside = [match[1] for match in places if match]
    assert inside
    assert [place for place in inside if not (ROOT / place).exists()] == []


def test_every_guide_is_linked() -> None:
    assert _leads_to("docs/docsite/rst") == {path.name for path in (ROOT / "docs/docsite/rst").glob("guide_*.rst")}


def test_guides_are_listed_by_their_titles() -> None:
    listed = re.findall(r"^\| \[([^]]+)\]\([^)]*/(guide_\w+\.rst)\)", README, re.MULTILINE)
    titles = {
        path.name: re.findall(r"^(\S.*)\n=+$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in (ROOT / "docs/docsite/rst").glob("guide_*.rst")
    }
    assert {name: [title] for title, name in listed} == titles


def test_every_example_is_linked() -> None:
    assert _leads_to("examples") == {path.name for path in (ROOT / "examples").iterdir()}


def test_every_role_is_linked() -> None:
    assert _leads_to("roles") == {path.name for path in (ROOT / "roles").iterdir()}
