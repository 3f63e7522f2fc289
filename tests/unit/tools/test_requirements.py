# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requirement files that cannot include each other still have to agree."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def lines(name: str) -> set[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {line for line in text.splitlines() if line and not line.startswith(("#", "-r"))}


def test_unit_tests_have_what_integration_has() -> None:
    assert lines("tests/integration/requirements.txt") <= lines("tests/unit/requirements.txt")


def test_users_get_the_lower_bounds_that_tests_accept() -> None:
    tested = {line.partition(",")[0] for line in lines("tests/integration/requirements.txt")}
    assert lines("meta/ee-requirements.txt") <= tested
