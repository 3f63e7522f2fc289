# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`scopes` of drift_info: what is there and nobody declares."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import OF_THE_TENANT
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import EXPENSES, FINANCE, LEDGER, READERS

from .exporting import Json, audit, export

EVERYWHERE = [{"environments": ["*"]}]
ROLES = [{"environments": ["Finance Production"], "kinds": ["powerapp_role"]}]


def _unmanaged(found: Json) -> list[tuple[str, str]]:
    return [(row["kind"], row["id"]) for row in found["findings"] if row["category"] == "unmanaged"]


def test_an_export_leaves_nothing_unmanaged(emulator: Emulator) -> None:
    found = audit(emulator, export(emulator)["resources"], scopes=EVERYWHERE)

    assert found["outcome"] == "clean"
    assert {row["category"] for row in found["findings"]} == {"not_applicable"}


def test_what_no_item_declares_is_unmanaged(emulator: Emulator) -> None:
    resources = export(emulator, kinds=["powerapp_role"])["resources"]
    known = [row for row in resources if row["app"] != EXPENSES]
    found = audit(emulator, known, scopes=ROLES)

    assert found["outcome"] == "drift"
    [row] = found["findings"]
    assert (row["category"], row["kind"]) == ("unmanaged", "powerapp_role")
    assert (row["id"], row["name"]) == (f"environments/{FINANCE}/apps/{EXPENSES}", "Expenses")
    assert {"group": READERS, "principal_display_name": "Finance Readers", "role": "CanView"} in (
        row["before"]["assignments"]
    )
    assert (row["item"], row["accepted"], found["summary"]["unmanaged"]) == (None, None, 1)


def test_an_item_of_another_kind_declares_nothing_of_it(emulator: Emulator) -> None:
    owners = export(emulator, kinds=["powerapp"])["resources"]

    assert ("powerapp_role", f"environments/{FINANCE}/apps/{EXPENSES}") in _unmanaged(
        audit(emulator, owners, scopes=ROLES)
    )


def test_what_is_shared_with_nobody_is_not_missed_until_it_is_shared(emulator: Emulator) -> None:
    resources = export(emulator, kinds=["powerapp_role"])["resources"]
    assert audit(emulator, resources, scopes=ROLES)["outcome"] == "clean"

    change = {"change": "put_app_role", "app": LEDGER, "principal": "lee@contoso.example", "role": "CanView"}
    emulator.change([change])

    assert _unmanaged(audit(emulator, resources, scopes=ROLES)) == [
        ("powerapp_role", f"environments/{FINANCE}/apps/{LEDGER}")
    ]


def test_an_item_by_display_name_declares_the_thing(emulator: Emulator) -> None:
    resources = [row for row in export(emulator, kinds=["powerapp_role"])["resources"] if row["app"] != EXPENSES]
    by_name = {"kind": "powerapp_role", "environment": FINANCE, "app": "Expenses", "everyone": True, "state": "absent"}

    assert _unmanaged(audit(emulator, [*resources, by_name], scopes=ROLES)) == []


def test_things_of_the_tenant(emulator: Emulator) -> None:
    found = audit(emulator, [], scopes=[{}])

    assert {kind for kind, _id in _unmanaged(found)} == OF_THE_TENANT
    resources = export(emulator, kinds=sorted(OF_THE_TENANT))["resources"]
    assert audit(emulator, resources, scopes=[{}])["outcome"] == "clean"


def test_scopes_that_overlap_find_each_thing_once(emulator: Emulator) -> None:
    emulator.clear_log()
    scopes = [*ROLES, {"environments": ["Finance*"], "kinds": ["powerapp_role", "powerapp"]}]
    found = _unmanaged(audit(emulator, [], scopes=scopes))

    assert len(found) == len(set(found))
    assert len([entry for entry in emulator.log() if entry["path"].endswith(f"{FINANCE}/apps")]) == 1


def test_what_cannot_be_read_is_unknown(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 503, "match": {"path": f"/environments/{FINANCE}/apps$"}}])
    found = audit(emulator, [], scopes=ROLES)

    assert found["outcome"] == "unknown"
    [row] = found["findings"]
    assert (row["category"], row["kind"], row["id"]) == ("unknown", "powerapp_role", f"environments/{FINANCE}")


def test_what_is_expected_to_be_unreadable_is_accepted(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 503, "match": {"path": f"/environments/{FINANCE}/apps$"}}])
    expected = [{"environment": FINANCE, "reason": "Moves", "expires": "2999-12-31"}]
    found = audit(emulator, [], scopes=ROLES, expected_unreadable=expected)

    assert found["outcome"] == "clean"
    assert found["findings"][0]["accepted"]["reason"] == "Moves"


@pytest.mark.parametrize("by", ["id", "fingerprint"])
def test_what_nobody_declares_can_be_accepted(emulator: Emulator, by: str) -> None:
    resources = [row for row in export(emulator, kinds=["powerapp_role"])["resources"] if row["app"] != EXPENSES]
    [row] = audit(emulator, resources, scopes=ROLES)["findings"]
    entry = {by: row[by], "owner": "ada", "reason": "Goes in May", "expires": "2999-12-31"}
    found = audit(emulator, resources, scopes=ROLES, accepted_drift=[entry])

    assert found["outcome"] == "clean"
    assert found["findings"][0]["accepted"]["reason"] == "Goes in May"
    assert not any("accepted_drift" in warning for warning in found["warnings"]), "the entry fits something"


def test_what_is_declared_is_not_read_twice(emulator: Emulator) -> None:
    resources = export(emulator, kinds=["powerapp_role"], include_empty=True)["resources"]
    emulator.clear_log()
    audit(emulator, resources, scopes=[{"environments": ["*"], "kinds": ["powerapp_role"]}])
    asked = [entry["path"] for entry in emulator.log() if entry["service"] in ("bap", "powerapps")]

    assert len(asked) == len(set(asked))
    assert emulator.log(writes=True) == []


def test_without_scopes_nothing_is_looked_for(emulator: Emulator) -> None:
    emulator.clear_log()
    found = audit(emulator, [])

    assert (found["outcome"], found["findings"], emulator.log()) == ("clean", [], [])


@pytest.mark.parametrize(
    "scope",
    [
        {"kinds": ["powerapp_role"]},
        {"environments": ["Finance*"], "kinds": ["billing_policy"]},
        {"environments": []},
        {"environments": ["*"], "kinds": []},
        {"environments": ["  "]},
        {"environments": ["No such environment"]},
    ],
)
def test_scopes_that_cannot_be_right(emulator: Emulator, scope: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        audit(emulator, [], scopes=[scope])
