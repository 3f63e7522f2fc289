# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which form goes where, and reports that are all there or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_files import (
    remove_reports,
    targets,
    write_reports,
)


@pytest.mark.parametrize(
    ("entry", "name", "form"),
    [
        ("a/r.json", "r.json", "json"),
        ("r.xml", "r.xml", "junit"),
        ("r.sarif", "r.sarif", "sarif"),
        ("r.sarif.json", "r.sarif.json", "sarif"),
        ("r.MD", "r.MD", "markdown"),
        (" r.html ", "r.html", "html"),
        ("junit=r.txt", "r.txt", "junit"),
        ("markdown=r.html", "r.html", "markdown"),
        ("a=b.json", "a=b.json", "json"),
    ],
)
def test_the_form_of_a_path(entry: str, name: str, form: str) -> None:
    [(path, found)] = list(targets([entry]).items())

    assert (path.name, found) == (name, form)
    assert path.is_absolute()


@pytest.mark.parametrize("entries", [["r.txt"], ["r"], ["pdf=r.pdf"], ["json="], ["r.json", "./r.json"]])
def test_what_is_no_form_or_comes_twice_is_refused(entries: list[str]) -> None:
    with pytest.raises(OptionError, match="reports"):
        targets(entries)


def test_empty_entries_are_no_reports() -> None:
    assert targets(["", " "]) == {}


def test_reports_replace_earlier_ones_and_leave_nothing_else(tmp_path: Path) -> None:
    paths = [tmp_path / "one.json", tmp_path / "deep" / "er" / "two.md"]
    paths[0].write_text("old", encoding="utf-8")

    write_reports(dict.fromkeys(paths, "Größe\n"))

    assert [path.read_bytes() for path in paths] == ["Größe\n".encode()] * 2
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["one.json", "two.md"]


@pytest.mark.parametrize("number", [0, 1])
def test_if_one_cannot_be_written_none_is_there(number: int, tmp_path: Path) -> None:
    """A folder stands where the report should go."""
    paths = [tmp_path / "one.json", tmp_path / "two.md"]
    paths[number].mkdir()

    with pytest.raises(OSError, match="directory"):
        write_reports(dict.fromkeys(paths, "text"))

    assert [path.name for path in tmp_path.iterdir()] == [paths[number].name]


def test_removing_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    there = tmp_path / "there.json"
    there.write_text("old", encoding="utf-8")

    remove_reports([tmp_path / "not there.json", there])

    assert list(tmp_path.iterdir()) == []
