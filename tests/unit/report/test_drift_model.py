# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report comes to, its order, and who is who in it."""

from __future__ import annotations

import hashlib
import random

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._findings import category_of
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    Failure,
    fingerprint_of,
)

from .samples import ACCEPTED, APP, finding, report

FAILED = Failure("localhost", "Share apps", "no such app")


@pytest.mark.parametrize("category", ["drifted", "missing", "unmanaged"])
def test_what_differs_is_drift_until_somebody_accepts_it(category: str) -> None:
    assert report(finding(category)).outcome == "drift"
    assert report(finding(category, accepted=ACCEPTED)).outcome == "clean"


@pytest.mark.parametrize("category", ["renamed", "not_applicable", "orphaned"])
def test_what_is_no_drift_keeps_a_report_clean(category: str) -> None:
    assert report(finding(category)).outcome == "clean"


def test_unknown_weighs_more_than_drift_and_an_error_most() -> None:
    assert report(finding("unknown"), finding("drifted")).outcome == "unknown"
    assert report(finding("unknown", accepted=ACCEPTED), finding("drifted")).outcome == "drift"
    assert report(finding("unknown", accepted=ACCEPTED)).outcome == "clean"
    assert report(finding("unknown"), errors=[FAILED]).outcome == "error"
    assert report(errors=[FAILED]).outcome == "error"
    assert report().outcome == "clean"


def test_every_category_is_counted_and_accepted_ones_twice() -> None:
    found = report(finding("drifted"), finding("drifted", id="x", accepted=ACCEPTED), finding("renamed")).summary

    assert found == {**dict.fromkeys(CATEGORIES, 0), "drifted": 2, "renamed": 1, "accepted": 1}


def test_order_does_not_depend_on_who_came_first() -> None:
    findings = [
        finding(category, kind=kind, id=identifier, host=host)
        for category in CATEGORIES
        for kind in ("flow_state", "powerapp_role")
        for identifier in ("A", "b")
        for host in ("one", "two")
    ]
    errors = [FAILED, FAILED._replace(host="another")]
    expected = report(*findings, errors=errors, seen={"b": 1, "a": 2})
    shuffled = random.Random(7).sample(findings, len(findings))

    found = report(*shuffled, errors=reversed(errors), seen={"a": 2, "b": 1})

    assert found == expected
    assert [(*row[:3], row.host) for row in found.findings] == [(*row[:3], row.host) for row in findings]
    assert list(found.seen) == ["a", "b"]


def test_a_difference_that_two_tasks_show_is_one_finding_and_the_first_is_kept() -> None:
    first = finding(fingerprint="f", task="one")

    found = report(first, first._replace(task="two"), first._replace(task="three", host="other"))

    assert [(row.host, row.task) for row in found.findings] == [("localhost", "one"), ("other", "three")]
    assert found.summary["drifted"] == 2


def test_fingerprints_last() -> None:
    """As documented: of kind, lower-cased id and category, as canonical JSON; one of the module's own stays."""
    expected = hashlib.sha256(f'["flow_state","{APP}","unknown"]'.encode()).hexdigest()
    [found] = report(finding("unknown", kind="flow_state", id=APP.upper(), name="a", message="b")).findings

    assert found.fingerprint == fingerprint_of("unknown", "flow_state", APP) == expected
    assert report(finding(fingerprint="own")).findings[0].fingerprint == "own"


@pytest.mark.parametrize(
    ("before", "after", "category"),
    [(None, {"role": "CanView"}, "missing"), ("x", None, "unmanaged"), ("x", "y", "drifted"), (False, True, "drifted")],
)
def test_what_a_difference_is_by_what_is_there(before: object, after: object, category: str) -> None:
    assert category_of(before, after) == category


def test_halves_of_characters_are_replaced_everywhere() -> None:
    bad = "\ud800"
    found = report(
        finding(name=bad, before={bad: [bad]}, message=bad, accepted=ACCEPTED._replace(reason=bad), item=bad),
        errors=[Failure(bad, bad, bad)],
        notices=[bad],
        seen={bad: 1},
        source=bad,
        title=bad,
    )

    str(found).encode("utf-8")
    assert found.findings[0].before == {"\ufffd": ["\ufffd"]}
    assert found.findings[0].accepted == ACCEPTED._replace(reason="\ufffd")
