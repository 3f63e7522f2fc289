# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SARIF report, against what the standard requires."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    Failure,
    Location,
    Report,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_sarif import render_sarif

from .samples import ACCEPTED, APP, NOW, finding, hostile_report, large_report, report
from .sarif_structure import LOG


def run_of(made: Report) -> dict[str, Any]:
    """The one run of a log that is as it has to be."""
    log = json.loads(render_sarif(made))
    jsonschema.validate(log, LOG, cls=jsonschema.Draft7Validator)
    [run] = log["runs"]
    found: dict[str, Any] = run
    return found


@pytest.mark.parametrize("made", [report(), hostile_report(), large_report(3000)])
def test_reports_are_as_the_standard_says(made: Report) -> None:
    run = run_of(made)
    rules = run["tool"]["driver"]["rules"]

    assert len(run["results"]) == len(made.findings)
    # 3.49.3, 3.27.6: an id of its own for each rule, and results that point at it.
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    # 3.14.14: every base that a location names.
    bases = {
        place["physicalLocation"]["artifactLocation"]["uriBaseId"]
        for result in run["results"]
        for place in result["locations"]
    }
    assert bases <= set(run["originalUriBaseIds"])


def test_one_rule_for_each_category_of_each_kind() -> None:
    pairs = [(category, kind) for category in CATEGORIES for kind in ("flow_state", "powerapp_role")]
    twice = [finding(category, kind=kind, id=name) for category, kind in pairs for name in ("a", "b")]

    rules = run_of(report(*twice))["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [f"{category}/{kind}" for category, kind in pairs]


def test_a_result_points_at_its_line_below_the_root() -> None:
    made = report(finding(location=Location("desired state/Größe #1.yml", 7)))
    [result] = run_of(made)["results"]
    [place] = result["locations"]
    physical = place["physicalLocation"]

    assert unquote(physical["artifactLocation"]["uri"]) == "desired state/Größe #1.yml"
    assert physical["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    assert physical["region"] == {"startLine": 7}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == f"{APP}/permissions/p1"


@pytest.mark.parametrize(
    ("about", "path"), [("", "powerapp_role"), ("/", "powerapp_role"), (f"/{APP}/a: b", f"{APP}/a: b")]
)
def test_a_result_that_nothing_declares_has_a_file_and_a_line_all_the_same(about: str, path: str) -> None:
    """GitHub's code scanning refuses a whole log for one that has none."""
    [result] = run_of(report(finding(id=about, location=None)))["results"]
    [place] = result["locations"]
    physical = place["physicalLocation"]

    assert unquote(physical["artifactLocation"]["uri"]) == path
    assert not physical["artifactLocation"]["uri"].startswith("/")
    assert physical["region"] == {"startLine": 1}


def test_fingerprints_follow_a_result_from_run_to_run() -> None:
    made = report(finding(fingerprint="f1"))

    assert run_of(made)["results"][0]["partialFingerprints"] == {"driftFingerprint/v1": "f1"}


def test_what_is_accepted_is_suppressed_with_its_reason() -> None:
    accepted, open_ = run_of(report(finding(id="a", accepted=ACCEPTED), finding(id="b")))["results"]

    [suppression] = accepted["suppressions"]
    assert suppression["status"] == "accepted"
    assert suppression["justification"] == "Accepted by ada@contoso.example until 2027-03-31: leaves in March"
    assert "suppressions" not in open_


def test_only_drift_is_an_error() -> None:
    made = report(*(finding(category) for category in CATEGORIES))
    levels = {result["ruleId"].split("/")[0]: result["level"] for result in run_of(made)["results"]}

    assert {category for category, level in levels.items() if level == "error"} == {
        "drifted",
        "missing",
        "unmanaged",
    }
    assert levels["unknown"] == levels["orphaned"] == "warning"


def test_a_message_says_what_it_is_and_should_be() -> None:
    [result] = run_of(report(finding("missing", before=None, after="started", item="Expenses")))["results"]

    text = result["message"]["text"]
    assert text.startswith("Kim Maker (powerapp_role, Expenses): ")
    assert "It is absent, and should be started." in text


def test_a_name_is_no_link_and_no_place_for_an_argument() -> None:
    """SARIF 2.1.0, 3.11.5 and 3.11.6."""
    name = "[Sign in](https://evil.example/login) {0} {x} \\"
    failed = report(finding(name=name), errors=[Failure(name, "Share", "no")], notices=[name])
    run = run_of(failed)
    texts = [run["results"][0]["message"]["text"]]
    texts += [told["message"]["text"] for told in run["invocations"][0]["toolExecutionNotifications"]]

    assert len(texts) == 3
    assert all(r"\[Sign in\](https://evil.example/login) {{0}} {x} \\" in text for text in texts)
    assert run["results"][0]["properties"]["name"] == name


def test_failures_make_a_run_that_did_not_succeed() -> None:
    failed = run_of(report(errors=[Failure("localhost", "Share apps", "no such app")], notices=["An entry expired."]))
    [invocation] = failed["invocations"]

    assert invocation["executionSuccessful"] is False
    assert invocation["endTimeUtc"] == NOW
    assert [(told["level"], told["message"]["text"]) for told in invocation["toolExecutionNotifications"]] == [
        ("error", "localhost: Share apps: no such app"),
        ("note", "An entry expired."),
    ]
    assert run_of(report(finding()))["invocations"][0]["executionSuccessful"] is True
