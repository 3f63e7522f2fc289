# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the catalogue as packages, versions in their order, and why an operation failed: without a service."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import delays, reason
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._packages import (
    CurrentPackage,
    catalogue,
    ordered,
    package_of,
)

Json = dict[str, Any]


class Listing:
    """In place of a client, which is asked for items alone: one listing."""

    def __init__(self, *rows: Json) -> None:
        self.rows = rows

    def items(self, *_operation: Any) -> Iterator[Json]:
        return iter(self.rows)


def row(version: str | None = "1.0.0.1", state: str | None = "None", **more: Any) -> Json:
    return {"uniqueName": "msdyn_A", "localizedName": "A", "version": version, "state": state, **more}


def merged(*rows: Json) -> CurrentPackage:
    [record] = catalogue(Listing(*rows), "x")
    return package_of(record)


# -- versions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9", "1.10"),
        ("8.8.120.3", "8.8.130.1"),
        ("1.0", "1.0.0.1"),
        ("", "0.1"),
        ("1.0.preview", "1.0.1"),
        ("9", "10"),
    ],
)
def test_versions_have_an_order(older: str, newer: str) -> None:
    assert ordered(older) < ordered(newer)


@pytest.mark.parametrize(("one", "same"), [("1.0", "1"), ("1.2.0.0", "1.2"), ("01.2", "1.2"), ("", "0.0")])
def test_versions_that_mean_the_same(one: str, same: str) -> None:
    assert ordered(one) == ordered(same)


# -- rows --------------------------------------------------------------------------------------------------------------


def test_what_is_installed_beats_what_could_be_whatever_the_order() -> None:
    rows = [row("1.2", "Installed"), row("1.10", "None")]
    for order in (rows, rows[::-1]):
        assert merged(*order) == CurrentPackage("Installed", "1.2", "1.10", "")
        assert merged(*order).outdated


def test_the_newest_row_that_was_ever_touched_counts() -> None:
    assert merged(row("1.2", "Installed"), row("1.3", "InstallFailed")).state == "InstallFailed"
    assert merged(row("1.3", "Installed"), row("1.2", "Uninstalled")).state == "Installed"


@pytest.mark.parametrize("state", ["None", "NotInstalled", "", None, "none"])
def test_a_package_that_was_never_installed_has_no_state_and_no_version(state: str | None) -> None:
    assert merged(row(state=state)) == CurrentPackage("", "", "1.0.0.1", "")


@pytest.mark.parametrize(
    ("state", "installed", "going_on", "failed"),
    [
        ("Installed", True, False, False),
        ("INSTALLED", True, False, False),
        ("Installing", False, True, False),
        ("installRetrying", False, True, False),
        ("UninstallRequested", False, True, False),
        ("InstallFailed", False, False, True),
        ("UninstallFailed", False, False, True),
        ("Uninstalled", False, False, False),
        ("TemplateInstalled", False, False, False),
    ],
)
def test_states_mean_what_they_say(state: str, installed: bool, going_on: bool, failed: bool) -> None:
    package = merged(row(state=state))
    assert (package.installed, package.going_on, package.failed) == (installed, going_on, failed)


def test_a_version_that_is_not_told_is_not_called_old() -> None:
    assert not merged(row(None, "Installed"), row("2.0")).outdated
    assert not merged(row("3.0", "Installed"), row("2.0")).outdated


@pytest.mark.parametrize("name", ["errorDetails", "lastError"])
@pytest.mark.parametrize("code", [-2147188706, "-2147188706"])
def test_a_failure_is_read_as_the_wire_and_as_the_documents_have_it(name: str, code: Any) -> None:
    error = {"errorCode": code, "message": "A solution is missing.", "statusCode": 500}
    assert merged(row(state="InstallFailed", **{name: error})).error == "-2147188706: A solution is missing."


# -- why an operation failed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, ""),
        ({"statusMessage": " ", "error": None}, ""),
        ({"statusMessage": "Stopped.", "error": {"code": "X", "message": "No space."}}, "Stopped. X: No space."),
        ({"statusMessage": "No space.", "error": "No space."}, "No space."),
        ({"error": {"message": "No space."}}, "No space."),
        (
            {
                "errorDetail": {
                    "code": "Bad",
                    "fieldErrors": {"name": {"errorMessages": ["Too long.", "Taken."]}, "x": None},
                }
            },
            "Bad name: Too long. Taken.",
        ),
    ],
)
def test_the_reason_is_all_that_the_service_says_once(told: Json, words: str) -> None:
    assert reason(told) == words


def test_looks_come_rarer_and_never_end() -> None:
    assert list(islice(delays(), 6)) == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
