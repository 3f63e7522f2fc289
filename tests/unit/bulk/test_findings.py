# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit finds, and as what: drift, what is missing, unknown, not applicable or renamed, people who left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import has_shrunk
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BRAND_NEW,
    DANA,
    DATABASE,
    EXPENSES,
    FINANCE,
    KIM,
    LEDGER,
    LEE,
    OFF,
    SANDBOX,
    SANDBOX_EXPENSES,
    SANDBOX_FLOW,
    TIMESHEETS,
    app,
    roles_of,
    run,
)

from .conftest import PERMISSIONS, accepting, audit, categories, converge, flow, holds, owner, roles

AS_IT_IS = flow("stopped", OFF)
BLOB = {
    "kind": "connection",
    "environment": FINANCE,
    "connector": "shared_azureblob",
    "key": "receipts",
    "display_name": "Receipts archive",
    "parameters": {"accountName": "archive"},
}
# Rows of findings have these members and no others.
MEMBERS = {
    "category", "kind", "id", "name", "before", "after", "message", "remedy", "item", "accepted", "fingerprint",
}  # fmt: skip
REFUSED = {"kind": "status", "status": 403, "match": {"path": f"environments/{SANDBOX}/"}}
UNREADABLE = [{"environment": "Finance Sandbox", "reason": "Of another team", "expires": "2999-12-31"}]


def only(emulator: Emulator, *items: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The one finding of an audit."""
    ended = audit(emulator, *items, **{"orphaned": False, **options})
    [row] = ended.result["findings"]
    assert set(row) == MEMBERS
    assert ended.result["summary"]["total"] == len(items)
    if row["accepted"] is None:
        assert ended.result["summary"][row["category"]] == 1
    return {**row, "outcome": ended.result["outcome"]}


def test_drift_is_found_with_its_item(emulator: Emulator) -> None:
    row = only(emulator, AS_IT_IS, flow())
    assert (row["category"], row["outcome"], row["item"]) == ("drifted", "drift", 1)
    assert (row["before"], row["after"]) == ("started", "stopped")


def test_what_is_missing_is_missing_whether_it_would_be_made_or_not(emulator: Emulator) -> None:
    made = only(emulator, BLOB)
    assert (made["category"], made["outcome"], made["before"]) == ("missing", "drift", None)
    absent = only(emulator, flow(flow_id="Nothing of the kind"))
    assert (absent["category"], absent["outcome"]) == ("missing", "drift")
    assert absent["name"] == "Nothing of the kind"
    assert absent["id"] == f"environments/{FINANCE}/flows/Nothing of the kind"


def test_what_cannot_be_read_is_unknown_and_hides_nothing(emulator: Emulator) -> None:
    emulator.faults([REFUSED])
    ended = audit(emulator, flow(), flow("stopped", SANDBOX_FLOW, SANDBOX), orphaned=False)
    assert sorted(categories(ended)) == [("drifted", False), ("unknown", False)]
    assert ended.result["outcome"] == "unknown"
    assert not ended.failed
    [row] = [row for row in ended.result["findings"] if row["category"] == "unknown"]
    assert row["message"]
    assert row["remedy"]


@pytest.mark.parametrize("named", ["Finance Sandbox", SANDBOX, "Finance S*"])
def test_an_environment_may_be_accepted_as_unreadable(emulator: Emulator, named: str) -> None:
    """Whether it is the listing of the things or a thing that is refused."""
    things = [roles(holds(LEE), app=SANDBOX_EXPENSES, environment=SANDBOX), flow("stopped", "A name", SANDBOX)]
    emulator.faults([REFUSED])
    accepted = [{**UNREADABLE[0], "environment": named}]
    ended = audit(emulator, *things, expected_unreadable=accepted)
    assert categories(ended) == [("unknown", True), ("unknown", True)]
    assert ended.result["findings"][0]["accepted"] == {
        "owner": "",
        "reason": "Of another team",
        "expires": "2999-12-31",
    }
    assert ended.result["outcome"] == "clean"
    assert ended.result["summary"]["accepted"] == 2
    elsewhere = audit(emulator, *things, expected_unreadable=[{**accepted[0], "environment": FINANCE}])
    assert elsewhere.result["outcome"] == "unknown"
    expired = audit(emulator, *things, expected_unreadable=[{**accepted[0], "expires": "2020-01-01"}])
    assert expired.result["outcome"] == "unknown"
    assert any("expired on 2020-01-01" in text for text in expired.result["warnings"])


def test_drift_in_an_environment_that_may_be_unreadable_is_drift(emulator: Emulator) -> None:
    row = only(emulator, flow("started", SANDBOX_FLOW, SANDBOX), expected_unreadable=UNREADABLE)
    assert (row["category"], row["accepted"], row["outcome"]) == ("drifted", None, "drift")


def test_what_does_not_apply_is_no_drift(emulator: Emulator) -> None:
    row = only(emulator, roles(holds(LEE), environment=BRAND_NEW))
    assert (row["category"], row["outcome"]) == ("not_applicable", "clean")


def test_another_name_is_told_and_is_no_drift(emulator: Emulator) -> None:
    row = only(emulator, flow("started", flow_display_name="Old name"))
    assert (row["category"], row["after"], row["outcome"]) == ("renamed", "Old name", "clean")
    assert row["before"] != "Old name"


def test_what_cannot_be_compared_is_an_error(emulator: Emulator) -> None:
    row = only(emulator, roles(holds("nobody@contoso.example")))
    assert (row["category"], row["outcome"], row["item"]) == ("error", "error", 0)


def test_two_things_that_cannot_be_found_are_two_findings(emulator: Emulator) -> None:
    """Connections have no id before they are there: their keys tell them apart."""
    other = {**BLOB, "key": "invoices", "environment": "Nowhere"}
    ended = audit(emulator, {**BLOB, "environment": "Nowhere"}, other, orphaned=False)
    assert len(categories(ended)) == 2
    assert len({row["id"] for row in ended.result["findings"]}) == 2


def test_the_worst_of_all_findings_is_the_outcome(emulator: Emulator) -> None:
    emulator.faults([REFUSED])
    wrong, unknown = roles(holds("nobody@contoso.example")), flow("stopped", SANDBOX_FLOW, SANDBOX)
    found = [
        audit(emulator, *items, orphaned=False).result["outcome"]
        for items in ([AS_IT_IS, flow(), unknown, wrong][:end] for end in (1, 1, 3, 4))
    ]
    assert found == ["clean", "clean", "unknown", "error"]
    assert audit(emulator, roles(holds(LEE)), AS_IT_IS, orphaned=False).result["outcome"] == "drift"


def test_an_audit_needs_no_token_that_can_write(emulator: Emulator) -> None:
    registration = {"kind": "management_application", "application_id": "c1000000-0000-4000-8000-000000000006"}
    assert audit(emulator, registration).result["outcome"] in ("drift", "clean")
    assert converge(emulator, registration).failed


# -- those who left ---------------------------------------------------------------------------------------------------


def test_an_orphan_is_the_same_whoever_tells_of_it(emulator: Emulator) -> None:
    told: dict[str, list[str]] = {}
    for items in (
        [owner(KIM, app=LEDGER), roles(app=LEDGER)],
        [roles(app=LEDGER), owner(KIM, app=LEDGER)],
        [roles(app=LEDGER)],
    ):
        [row] = [row for row in audit(emulator, *items).result["findings"] if row["category"] == "orphaned"]
        told.setdefault(row["fingerprint"], []).append(row["kind"])

    assert list(told.values()) == [["powerapp", "powerapp", "powerapp_role"]]


def test_those_who_left_are_found_once_each(emulator: Emulator) -> None:
    """Deleted, deleted softly, and an owner who is gone; of disabled ones only owners."""
    items = [roles(app=TIMESHEETS), roles(app=LEDGER), roles(app=TIMESHEETS), roles()]
    ended = audit(emulator, *items)
    found = [row for row in ended.result["findings"] if row["category"] == "orphaned"]
    assert {row["before"]["state"] for row in found} == {"deleted"}
    assert len({row["id"] for row in found}) == len(found)
    assert {row["before"]["role"] for row in found} >= {"Owner", "CanEdit", "CanView"}
    assert ended.result["summary"]["orphaned"] == len(found)
    assert ended.result["outcome"] == "clean"  # nothing is declared that they could differ from
    # What the plans are unsure of, all accounts, and which of those that are gone lie in the bin.
    assert len(emulator.log(service="graph")) == 3
    assert audit(emulator, *items, orphaned=False).result["summary"]["orphaned"] == 0


def test_a_disabled_owner_is_found_and_a_disabled_user_is_not(emulator: Emulator) -> None:
    run(emulator, app(EXPENSES, user=DANA, role="CanView"))
    assert audit(emulator, roles()).result["summary"]["orphaned"] == 0
    emulator.change([{"change": "set_principal", "principal": KIM, "enabled": False}])
    run_owner = converge(emulator, {"kind": "powerapp", "environment": FINANCE, "app": EXPENSES, "owner": KIM})
    assert run_owner.statuses == ["changed"]
    [row] = [row for row in audit(emulator, roles()).result["findings"] if row["category"] == "orphaned"]
    assert (row["before"]["role"], row["before"]["state"]) == ("Owner", "disabled")
    assert row["before"]["principal"]["id"] == KIM


def test_owners_of_connections_are_looked_at_too(emulator: Emulator) -> None:
    emulator.change(
        [{"change": "set_principal", "principal": "a0000000-0000-4000-8000-000000000001", "enabled": False}]
    )
    item = {"kind": "connection", "environment": FINANCE, "connector": "shared_sql", "connection_id": DATABASE}
    row = only(emulator, item, orphaned=True)
    assert (row["category"], row["kind"]) == ("orphaned", "connection")


def test_a_directory_that_refuses_is_one_unknown_finding(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "match": {"service": "graph"}}])
    ended = audit(emulator, AS_IT_IS, roles(app=TIMESHEETS), roles(app=LEDGER))
    assert categories(ended) == [("unknown", False)]
    assert ended.result["outcome"] == "unknown"
    assert audit(emulator, AS_IT_IS).result["outcome"] == "clean"


def test_those_who_left_may_be_accepted(emulator: Emulator) -> None:
    found = audit(emulator, roles(app=LEDGER)).result["findings"]
    for word in ("id", "fingerprint"):
        entries = [accepting(**{word: row[word]}) for row in found]
        ended = audit(emulator, roles(app=LEDGER), accepted_drift=entries)
        assert categories(ended) == [("orphaned", True)] * len(found)
        assert ended.result["outcome"] == "clean"
        assert "warnings" not in ended.result or not any("fits nothing" in text for text in ended.result["warnings"])


# -- the report of last time ------------------------------------------------------------------------------------------


def report(folder: Path, **seen: int) -> str:
    path = folder / "report.json"
    path.write_text(json.dumps({"seen": seen, "findings": []}), encoding="utf-8")
    return str(path)


LIST = f"app: {PERMISSIONS.rpartition('/')[0]}"


def test_a_list_that_shrunk_is_unknown_and_nothing_is_taken_from_it(emulator: Emulator, tmp_path: Path) -> None:
    entries = len(roles_of(emulator, EXPENSES))
    exclusive = roles(holds(LEE), exclusive=True)
    first = audit(emulator, exclusive)
    assert first.result["seen"] == {LIST: entries}
    path = report(tmp_path, **{LIST: 2 * entries})
    found = audit(emulator, exclusive, flow("started"), previous_report=path, orphaned=False)
    assert categories(found) == [("unknown", False)]
    assert "may not be whole" in found.result["findings"][0]["message"]
    ended = converge(emulator, exclusive, flow(), previous_report=path, on_error="continue")
    assert ended.statuses == ["failed", "changed"]
    assert len(roles_of(emulator, EXPENSES)) == entries
    nearly = report(tmp_path, **{LIST: 2 * entries - 1})
    assert converge(emulator, exclusive, previous_report=nearly).statuses == ["changed"]


@pytest.mark.parametrize(
    ("before", "now", "shrunk"),
    [
        (0, 0, False),
        (0, 9, False),
        (3, 1, False),
        (3, 0, False),
        (4, 3, False),
        (4, 2, True),
        (5, 3, False),
        (5, 2, True),
    ],
)
def test_half_of_a_list_may_not_be_all_of_it_unless_it_is_short(before: int, now: int, shrunk: bool) -> None:
    assert has_shrunk(before, now) is shrunk


def test_lists_of_other_things_say_nothing(emulator: Emulator, tmp_path: Path) -> None:
    path = report(tmp_path, **{"app: environments/x/apps/y": 1000})
    assert audit(emulator, roles(), previous_report=path, orphaned=False).result["outcome"] == "clean"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"seen": []}', '{"seen": {"a": "b"}}', "{", '"seen"'])
def test_what_is_no_report_is_refused(emulator: Emulator, tmp_path: Path, content: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    for ended in (converge(emulator, flow(), previous_report=str(path)), _audited(emulator, path)):
        assert ended.failed
        assert "it is no report" in ended.result["msg"]
    assert emulator.log() == []


def _audited(emulator: Emulator, path: Path) -> Any:
    ended = audit(emulator, flow(), previous_report=str(path))
    assert ended.result["outcome"] == "error"
    return ended
