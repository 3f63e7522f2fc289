# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter drift_report: results of many hosts become one report, and no host is missing in it."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.powerops.powerplatform.plugins.filter import drift_report as plugin
from ansible_collections.powerops.powerplatform.plugins.module_utils._findings import CATEGORIES, finding

FILTER = plugin.FilterModule().filters()["drift_report"]
NOW = "2026-11-22T02:00:00Z"
FLOW = "f0000000-0000-4000-8000-000000000011"
PATH = f"environments/e0000000-0000-4000-8000-000000000001/flows/{FLOW}"


def row(category: str = "drifted", **more: Any) -> dict[str, Any]:
    return finding(category, "flow_state", f"{PATH}/state", "Nightly stock export", **more)


def result(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A registered result of drift_info."""
    return {"failed": False, "changed": False, "findings": list(rows), "seen": {}, "warnings": [], **more}


def told(results: Any, **options: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(FILTER(results, "json", NOW, **options))
    return content


def test_findings_of_all_hosts_stand_in_one_report() -> None:
    accepted = {"owner": "ada@contoso.example", "reason": "Until the year is closed", "expires": "2999-12-31"}
    report = told(
        {
            "one": result(row(before="stopped", after="started", item=3), seen={"app: a": 4}, warnings=["Beware."]),
            "two": result(row("orphaned", accepted=accepted), seen={"app: b": 2}),
        },
        title="Nightly",
    )

    assert report["outcome"] == "drift"
    assert (report["title"], report["generated_at"]) == ("Nightly", NOW)
    assert [(entry["host"], entry["category"], entry["item"]) for entry in report["findings"]] == [
        ("one", "drifted", 3),
        ("two", "orphaned", None),
    ]
    assert report["findings"][0]["before"] == "stopped"
    assert report["findings"][0]["fingerprint"] == row()["fingerprint"]
    assert report["findings"][1]["accepted"] == accepted
    assert report["seen"] == {"app: a": 4, "app: b": 2}
    assert report["notices"] == ["one: Beware."]
    assert report["errors"] == []


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_of_the_module_has_its_place(category: str) -> None:
    report = told({"one": result(row(category, message="So it is."))})

    by_outcome = {
        "unknown": "unknown",
        "error": "error",
        "renamed": "clean",
        "not_applicable": "clean",
        "orphaned": "clean",
    }
    assert report["outcome"] == by_outcome.get(category, "drift")
    if category == "error":
        assert report["errors"] == [
            {"host": "one", "task": "drift_info", "message": "flow_state Nightly stock export: So it is."}
        ]
    else:
        assert [entry["category"] for entry in report["findings"]] == [category]


@pytest.mark.parametrize(
    ("failed", "says"),
    [
        ({}, "could not be reached, or failed before"),
        (None, "could not be reached, or failed before"),
        ({"unreachable": True, "msg": "No route"}, "could not be reached"),
        ({"failed": True, "msg": "Login failed.", "outcome": "error"}, "Login failed."),
        ({"failed": True}, "without a message"),
        ({"failed": False, "skipped": True}, "ended without findings"),
    ],
)
def test_a_host_without_findings_is_an_error_and_hides_no_other(failed: Any, says: str) -> None:
    report = told({"good": result(row()), "bad": failed})

    assert report["outcome"] == "error"
    [error] = report["errors"]
    assert error["host"] == "bad"
    assert says in error["message"]
    assert [entry["host"] for entry in report["findings"]] == ["good"]


def test_hosts_that_are_as_declared() -> None:
    assert told({"one": result(), "two": result()})["outcome"] == "clean"


def test_a_host_for_which_nothing_is_declared_is_named() -> None:
    report = told({"one": result(summary={"total": 0}), "two": result(summary={"total": 1})})

    assert report["notices"] == ["one: Nothing is declared for this host."]


def test_an_audit_of_nothing_is_no_clean_one() -> None:
    nothing = {"one": result(summary={"total": 0}), "two": result(summary={"total": 0})}
    report = told(nothing)

    assert report["outcome"] == "error"
    assert [error["host"] for error in report["errors"]] == ["all hosts"]
    assert report["errors"][0]["message"].startswith("Nothing is declared for any host")
    meant = told(nothing, may_declare_nothing=True)
    assert (meant["outcome"], meant["errors"]) == ("clean", [])


def test_the_file_and_line_that_declare_it(tmp_path: Path) -> None:
    folder = tmp_path / "host_vars"
    folder.mkdir()
    folder.joinpath("one.yml").write_text(
        f"---\npowerplatform_flow_states:\n  - flow: {FLOW}\n    state: started\n", encoding="utf-8"
    )

    found = told({"one": result(row())}, source_root=str(tmp_path))["findings"][0]["location"]
    assert found == {"path": "host_vars/one.yml", "line": 4}
    assert told({"one": result(row())})["findings"][0]["location"] is None


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("json", "{"),
        ("junit", "<?xml"),
        ("sarif", '{\n  "$schema"'),
        ("markdown", "## Power Platform drift"),
        ("html", "<!DOCTYPE html>"),
    ],
)
def test_the_forms(form: str, begins: str) -> None:
    text = FILTER({"one": result(row())}, form, NOW)

    assert text.startswith(begins)
    assert text.endswith("\n")
    assert "Nightly stock export" in text
    assert text == FILTER({"one": result(row())}, form, NOW), "the same text for the same results"


@pytest.mark.parametrize(
    ("results", "form", "says"),
    [
        ([], "json", "no dictionary of results by host"),
        ({}, "json", "there is no host"),
        ({"one": {}}, "pdf", "format is 'pdf', and can be json, junit, sarif, markdown, html."),
        ({"one": ["x"]}, "json", "what one has is no result"),
        ({"one": result({"category": "drifted"})}, "json", "entry 0 is no finding"),
        ({"one": result({"category": "odd", "kind": "flow", "id": "x"})}, "json", "no category that is known, odd"),
    ],
)
def test_what_it_does_not_take(results: Any, form: str, says: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        FILTER(results, form, NOW)

    assert str(refused.value).startswith("drift_report: ")
    assert says in str(refused.value)


def test_the_documentation_has_the_options_that_the_filter_takes() -> None:
    documented = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    signature = inspect.signature(FILTER).parameters

    assert list(documented) == ["_input", *list(signature)[1:]]
    for name, parameter in signature.items():
        if parameter.default not in (inspect.Parameter.empty, None):
            assert documented[name]["default"] == parameter.default
