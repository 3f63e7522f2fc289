# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link that leads nowhere fails `make docs`, and so does a page that fetches something from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.docs_links import problems


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two pages, one of them in a folder, and a stylesheet."""
    (tmp_path / "guides").mkdir()
    (tmp_path / "site.css").touch()
    (tmp_path / "guides" / "loops.html").write_text('<h1 id="over-apps">Loops</h1>', encoding="utf-8")
    return tmp_path


def found(site: Path, html: str) -> list[str]:
    (site / "index.html").write_text(f'<h1 id="top">Front page</h1>{html}', encoding="utf-8")
    return problems(site)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="guides/loops.html">',
        '<a href="guides/loops.html#over-apps">',
        '<a href="guides/loops.html?highlight=apps#over%2Dapps">',
        '<a href="#top">',
        '<a href="#">',
        '<a href="https://docs.example/nowhere#x">',
        '<a href="mailto:ada@contoso.example">',
        '<link rel="stylesheet" href="site.css?v=1">',
        '<link rel="canonical" href="https://docs.example/">',
        '<img src="data:image/png;base64,AAAA">',
    ],
)
def test_what_is_there_may_be_linked(site: Path, html: str) -> None:
    assert found(site, html) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="guides/errors.html">', "guides/errors.html leads nowhere"),
        ('<a href="guides/loops.html#over-flows">', "guides/loops.html#over-flows has no such place on its page"),
        ('<a href="#over-apps">', "#over-apps has no such place on its page"),
        ('<link rel="stylesheet" href="other.css">', "other.css is not there"),
        ('<img src="images/report.png">', "images/report.png is not there"),
        ('<script src="https://cdn.example/x.js"></script>', "https://cdn.example/x.js is fetched from elsewhere"),
        ('<link rel="stylesheet" href="//fonts.example/x">', "//fonts.example/x is fetched from elsewhere"),
    ],
)
def test_what_is_wrong_is_told(site: Path, html: str, problem: str) -> None:
    assert found(site, html) == [f"index.html: {problem}"]


def test_each_page_is_looked_at(site: Path) -> None:
    (site / "guides" / "loops.html").write_text('<a href="../nowhere.html">', encoding="utf-8")

    assert problems(site) == ["guides/loops.html: ../nowhere.html leads nowhere"]
