# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings for which somebody answers, for a time."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_accepted import (
    apply_accepted,
    read_accepted,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    Accepted,
    Finding,
    fingerprint_of,
)

from .samples import ACCEPTED, APP, finding

DAY = datetime.date(2027, 1, 31)
WHO = "owner: ada@contoso.example\n  reason: leaves in March\n"


def applied(tmp_path: Path, text: str, *findings: Finding, day: datetime.date = DAY) -> tuple[list[bool], list[str]]:
    """Which findings are accepted by a file, and what is told of it."""
    path = tmp_path / "accepted.yml"
    path.write_text(text, encoding="utf-8")
    found, notices = apply_accepted(findings, read_accepted(path, day))
    return [row.accepted is not None for row in found], notices


def test_an_entry_fits_by_fingerprint(tmp_path: Path) -> None:
    text = f"- fingerprint: f1\n  expires: 2027-03-31\n  {WHO}"

    assert applied(tmp_path, text, finding(fingerprint="f1"), finding(fingerprint="f2")) == ([True, False], [])


def test_an_entry_fits_a_finding_whose_fingerprint_is_made(tmp_path: Path) -> None:
    made = fingerprint_of("orphaned", "powerapp_role", APP)

    assert applied(tmp_path, f"- fingerprint: {made}\n  expires: 2027-03-31\n  {WHO}", finding("orphaned", id=APP)) == (
        [True],
        [],
    )


@pytest.mark.parametrize("category", sorted(set(CATEGORIES)))
def test_only_what_differs_can_be_accepted(category: str, tmp_path: Path) -> None:
    """What could not be read may be anything. Nor does an entry fit nothing, as long as something was not read."""
    entry = f"- id: {APP}\n  expires: 2027-03-31\n  {WHO}"
    acceptable = category in ("drifted", "missing", "unmanaged", "orphaned")

    accepted, notices = applied(tmp_path, entry, finding(category, id=APP))

    assert accepted == [acceptable]
    assert bool(notices) is (not acceptable and category != "unknown")


def test_an_entry_fits_by_id_whatever_its_case_and_by_kind(tmp_path: Path) -> None:
    rows = [finding(id=APP, kind=kind) for kind in ("powerapp", "powerapp_role")]
    entry = f"- id: {APP.upper()}\n  expires: '2027-03-31'\n  {WHO}"

    assert applied(tmp_path, entry, *rows, finding(id=f"{APP}/owner")) == ([True, True, False], [])
    assert applied(tmp_path, f"{entry}  kind: powerops.powerplatform.powerapp\n", *rows) == ([True, False], [])


def test_who_accepted_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yml"
    path.write_text(f"- id: {APP}\n  expires: 2027-03-31\n  {WHO}", encoding="utf-8")
    already = Accepted("kim", "known", "2028-01-01")

    found, _notices = apply_accepted([finding(id=APP), finding(id=APP, accepted=already)], read_accepted(path, DAY))

    assert [row.accepted for row in found] == [ACCEPTED, already]


def test_the_last_day_counts_and_the_next_does_not(tmp_path: Path) -> None:
    text = f"- fingerprint: f1\n  expires: {DAY}\n  {WHO}"

    assert applied(tmp_path, text, finding(fingerprint="f1")) == ([True], [])
    accepted, [notice] = applied(tmp_path, text, finding(fingerprint="f1"), day=DAY + datetime.timedelta(days=1))
    assert accepted == [False]
    for part in ("expired", "2027-01-31", "leaves in March", "ada@contoso.example"):
        assert part in notice


def test_an_entry_that_fits_nothing_is_told(tmp_path: Path) -> None:
    accepted, [notice] = applied(tmp_path, f"- id: {APP}\n  kind: flow\n  expires: 2027-03-31\n  {WHO}", finding())

    assert accepted == [False]
    assert APP in notice
    assert "Take it out" in notice


def test_an_empty_file_accepts_nothing(tmp_path: Path) -> None:
    assert applied(tmp_path, "---\n", finding()) == ([False], [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: x", "list"),
        ("- x", "mapping"),
        (f"- id: x\n  {WHO}", r"\[0\]\.expires.*no date"),
        ("- id: x\n  expires: 2027-03-31", r"\[0\]\.owner"),
        (f"- expires: 2027-03-31\n  {WHO}", "either fingerprint or id"),
        (f"- id: x\n  fingerprint: y\n  expires: 2027-03-31\n  {WHO}", "either fingerprint or id"),
        (f"- id: x\n  until: 2027-03-31\n  {WHO}", "until"),
        (f"- id: x\n  expires: soon\n  {WHO}", "soon"),
        (f"- id: x\n  expires: 2027-03-31T00:00:00Z\n  {WHO}", "no date"),
        (f"- id: x\n  expires: 2027-02-30\n  {WHO}", "2027-02-30|cannot be read"),
        ("- [", "cannot be read"),
        ("- !!python/object/apply:os.system [id]", "cannot be read"),
    ],
)
def test_what_cannot_be_right_is_an_error(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        applied(tmp_path, text)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        read_accepted(tmp_path / "nowhere.yml")
