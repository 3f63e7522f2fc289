# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names stand in an export where they mean one thing, and ids where they do not."""

from __future__ import annotations

import pytest

from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    BOT,
    CALCULATOR,
    EXPENSES,
    FINANCE,
    FORMER,
    KIM,
    LEE,
    READERS,
    SALES,
    TIMESHEETS,
    client,
)

from .exporting import audit, export, of_kind

AUDITORS = "b0000000-0000-4000-8000-000000000006"  # two groups bear the name
SALES_EAST, SALES_WEST = "e0000000-0000-4000-8000-000000000003", "e0000000-0000-4000-8000-000000000004"
VISITORS = "aa000000-0000-4000-8000-000000000051"


def _roles(emulator: Emulator, app: str, name: str = "runner") -> list[dict[str, object]]:
    rows = of_kind(export(emulator, name, kinds=["powerapp_role"]), "powerapp_role")
    return next(list(row["assignments"]) for row in rows if row["app"] == app)


def test_people_and_groups_go_by_their_names_and_applications_by_their_ids(emulator: Emulator) -> None:
    assert _roles(emulator, EXPENSES) == [
        {"group": "Finance Readers", "role": "CanView"},
        {"group": "Sales Team", "role": "CanViewWithShare"},
        {"service_principal": BOT, "principal_display_name": "Invoice Bot", "role": "CanView"},
        {"user": "kim@contoso.example", "principal_display_name": "Kim Maker", "role": "CanEdit"},
    ]


def test_everyone_is_everyone(emulator: Emulator) -> None:
    assert _roles(emulator, "aa000000-0000-4000-8000-000000000001") == [{"everyone": True, "role": "CanView"}]


def test_a_group_whose_name_another_one_bears_goes_by_its_id(emulator: Emulator) -> None:
    emulator.change([{"change": "put_app_role", "app": CALCULATOR, "principal": AUDITORS, "role": "CanView"}])
    roles = _roles(emulator, CALCULATOR)

    assert {"group": AUDITORS, "principal_display_name": "Auditors", "role": "CanView"} in roles
    assert {"group": "R&D + IT für Größe", "role": "CanView"} in roles


def test_who_left_goes_by_the_id(emulator: Emulator) -> None:
    found = export(emulator, kinds=["powerapp_role"])
    [row] = [row for row in of_kind(found, "powerapp_role") if row["app"] == TIMESHEETS]

    assert [entry["user"] for entry in row["assignments"]] == [
        "lee@contoso.example",
        "a0000000-0000-4000-8000-00000000000a",
        "a0000000-0000-4000-8000-0000000000ff",
    ]
    [warning] = found["warnings"]
    assert "2 roles are held by principals that are deleted" in warning


def test_a_refusal_of_the_directory_leaves_ids(emulator: Emulator) -> None:
    """Names of the things' own service stay beside them."""
    found = export(emulator, "graphless", kinds=["powerapp", "powerapp_role"])
    [row] = [row for row in of_kind(found, "powerapp_role") if row["app"] == EXPENSES]

    assert {entry.get("user") or entry.get("group") for entry in row["assignments"]} >= {KIM, READERS, SALES}
    assert {"group": READERS, "principal_display_name": "Finance Readers", "role": "CanView"} in row["assignments"]
    [warning] = found["warnings"]
    assert "by their object ids" in warning
    assert audit(emulator, found["resources"], "graphless")["outcome"] == "clean"


def test_a_directory_that_is_down_fails_the_export(emulator: Emulator) -> None:
    """Else one day's files would have names and the next day's ids."""
    emulator.faults([{"kind": "status", "status": 503, "match": {"service": "graph"}}])

    with pytest.raises(Exception, match="503"):
        export(emulator, kinds=["powerapp"])


def test_environments_of_one_name_go_by_their_ids(emulator: Emulator) -> None:
    for environment in (SALES_EAST, SALES_WEST):
        app = {"id": f"aa000000-0000-4000-8000-0000000000{environment[-2:]}", "name": "Leads", "owner": ADA}
        emulator.change([{"change": "add_app", "environment": environment, "app": app}])
    rows = of_kind(export(emulator, environments=["Sales", "Plain Canvas"], kinds=["powerapp"]), "powerapp")

    assert [(row["environment"], row.get("environment_display_name")) for row in rows] == [
        ("Plain Canvas", None),
        (SALES_EAST, "Sales"),
        (SALES_WEST, "Sales"),
    ]


def test_policies_name_their_environments(emulator: Emulator) -> None:
    rows = of_kind(export(emulator, kinds=["billing_policy"]), "billing_policy")

    assert rows[0] == {
        "kind": "billing_policy",
        "billing_policy": "bb000000-0000-4000-8000-000000000001",
        "name": "payg-emea",
        "location": "europe",
        "subscription_id": "5b000000-0000-4000-8000-000000000001",
        "resource_group": "rg-power-platform",
        "status": "Enabled",
        "environments": [SALES_EAST, SALES_WEST],
        "exclusive": True,
    }


def test_names_are_asked_for_together(emulator: Emulator) -> None:
    emulator.clear_log()
    export(emulator)
    asked = [entry["path"] for entry in emulator.log(service="graph")]

    assert [path.rpartition("/")[2] for path in asked] == ["getByIds", "$batch", "$batch"], (
        "who they are, who of them is deleted, whose name is whose alone"
    )


def test_makers_write_down_what_they_see(emulator: Emulator) -> None:
    found = export(emulator, "maker", as_admin=False, kinds=["powerapp", "powerapp_role"], on_error="report")

    assert found["scope"] == "maker"
    assert found["resources"]
    assert all(row["as_admin"] is False for row in found["resources"])
    assert not any("owner" in row for row in found["resources"])


def test_nothing_is_asked_for_twice(emulator: Emulator) -> None:
    """Each listing once, each list of people once, however many kinds it is for."""
    emulator.clear_log()
    export(emulator, environments=["Finance Production"])
    asked = [
        (entry["path"], str(entry["query"])) for entry in emulator.log() if entry["service"] not in ("login", "graph")
    ]

    assert len(asked) == len(set(asked))
    assert any(path.endswith(f"/environments/{FINANCE}/apps") for path, _query in asked)


def test_a_person_is_named_as_the_directory_does(emulator: Emulator) -> None:
    owners = {row["app"]: row["owner"] for row in of_kind(export(emulator, kinds=["powerapp"]), "powerapp")}

    assert owners[VISITORS] == "lee@contoso.example"
    assert LEE not in owners.values()
    assert FORMER not in owners.values()
    assert client(emulator, read_only=True).read_only
