# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JUnit report, as a CI reads it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_junit import render_junit
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Failure, Location, Report

from .samples import ACCEPTED, APP, HOSTILE, NOW, finding, hostile_report, large_report, report

VERDICTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def parsed(made: Report) -> ET.Element:
    """The document, once its counts are those of what it holds."""
    root = ET.fromstring(render_junit(made).encode("utf-8"))
    for element in (root, *root.findall("testsuite")):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for counted, verdict in VERDICTS.items():
            assert element.get(counted) == str(sum(case.find(verdict) is not None for case in cases))
    return root


def verdict(made: Report) -> tuple[str, str]:
    """Of the one case of a report: its verdict, and the message of it."""
    [case] = parsed(made).iter("testcase")
    found = [child for child in case if child.tag in VERDICTS.values()]
    return (found[0].tag, found[0].get("message", "")) if found else ("", "")


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("drifted", "failure"),
        ("missing", "failure"),
        ("unmanaged", "failure"),
        ("unknown", "error"),
    ],
)
def test_verdicts(category: str, expected: str) -> None:
    assert verdict(report(finding(category, message="It is so.")))[0] == expected
    accepted = report(finding(category, accepted=ACCEPTED), errors=[])
    [skipped] = parsed(accepted).findall("testsuite[@name='powerapp_role']/testcase/*")
    assert (skipped.tag, skipped.get("message")) == (
        "skipped",
        "Accepted by ada@contoso.example until 2027-03-31: leaves in March",
    )


def test_what_is_no_drift_fails_nothing() -> None:
    root = parsed(report(finding("renamed"), finding("not_applicable")))

    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("3", "0", "0", "1")


def test_a_clean_report_has_a_case_that_passes() -> None:
    [case] = parsed(report()).iter("testcase")

    assert [child.tag for child in case] == ["system-out"]


def test_errors_and_what_was_read_are_cases_of_their_own() -> None:
    root = parsed(report(errors=[Failure("localhost", "Share apps", "no such app")], seen={"environments/e1": 4}))
    [failed, read] = root.iter("testcase")

    assert failed.get("name") == "localhost: Share apps"
    assert [(child.tag, child.get("message")) for child in failed] == [("error", "no such app")]
    assert read.get("name") == "Read environments/e1"
    assert [child.text for child in read] == ["entries: 4"]


def test_a_case_says_what_and_where() -> None:
    made = report(finding(item="Expenses", location=Location("desired/apps.yml", 3)))
    [case] = parsed(made).iter("testcase")
    [failure] = case

    assert case.get("classname") == "powerapp_role"
    assert case.get("name") == f"Kim Maker, powerapp_role, Expenses ({APP}/permissions/p1)"
    assert (case.get("file"), case.get("line")) == ("desired/apps.yml", "3")
    assert failure.get("type") == "drifted"
    assert 'should be {"role": "CanEdit"}' in failure.get("message", "")
    assert made.findings[0].fingerprint in (failure.text or "")
    assert parsed(made)[0].get("timestamp") == NOW


def test_hostile_texts_stay_texts() -> None:
    made = hostile_report()
    root = parsed(made)

    assert {element.tag for element in root.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "skipped",
        "system-out",
    }
    names = [case.get("name", "") for case in root.iter("testcase")]
    assert any(HOSTILE[0] in name for name in names)
    # 18 findings, as many errors and paths, and the notices.
    assert len(names) == 3 * len(HOSTILE) + 1
    assert not any(control in render_junit(made) for control in "\x00\x01\x1b\ufffe\uffff\u202e")


def test_thousands_of_findings_are_all_there() -> None:
    assert parsed(large_report(3000)).get("failures") == "3000"
