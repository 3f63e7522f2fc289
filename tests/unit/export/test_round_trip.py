# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export says is what is there: compared with it nothing differs, and nothing would be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    DEFAULT_KINDS,
    EXPORTABLE_KINDS,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import EXPENSES

from .exporting import as_yaml, audit, converged, export, of_kind, planned

ON_REQUEST = [kind for kind in EXPORTABLE_KINDS if kind not in DEFAULT_KINDS]
# Names that people do give, of things that only their ids tell apart.
_NAMES = ("Größe 測試", "größe 測試", "a/b", "..", "{{ 1 + 1 }}", " - key: [x", "No", "1e3", "Zoë\u2019s 📐", "a/b")
_TENANT = {
    "tenant": {"id": "11111111-2222-4333-8444-555555555555", "name": "Odd", "domains": ["odd.example"]},
    "users": [
        {"id": f"a0000000-0000-4000-8000-00000000000{number}", "name": name, "upn": f"user{number}@odd.example"}
        for number, name in enumerate(_NAMES)
    ],
    "groups": [
        {"id": f"b0000000-0000-4000-8000-00000000000{number}", "name": name} for number, name in enumerate(_NAMES)
    ],
    "service_principals": [
        {"id": "c0000000-0000-4000-8000-000000000001", "app_id": "c1000000-0000-4000-8000-000000000001", "name": "Run"}
    ],
    "clients": [
        {
            "name": "runner",
            "app_id": "c1000000-0000-4000-8000-000000000001",
            "secret": "runner-secret",
            "registered": True,
        }
    ],
    "environments": [
        {
            "id": f"e0000000-0000-4000-8000-00000000000{number}",
            "name": name,
            "default": number == 0,
            "apps": [
                {
                    "id": f"aa000000-0000-4000-8000-0000000000{number}{other}",
                    "name": _NAMES[other],
                    "owner": f"user{other}@odd.example",
                    "roles": [
                        {"principal": f"b0000000-0000-4000-8000-00000000000{number}", "role": "CanView"},
                        {"principal": f"user{(other + 1) % 10}@odd.example", "role": "CanEdit"},
                    ],
                }
                for other in range(3)
            ],
            "flows": [
                {
                    "id": f"f0000000-0000-4000-8000-00000000000{number}",
                    "name": name,
                    "creator": "user0@odd.example",
                    "state": "Stopped" if number % 2 else "Started",
                    "roles": [{"principal": f"b0000000-0000-4000-8000-00000000000{number}", "role": "CanView"}],
                }
            ],
        }
        for number, name in enumerate(_NAMES)
    ],
}


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Emulator]:
    """A tenant of names that are odd, and of which several mean two things."""
    path = tmp_path / "odd.yml"
    path.write_text(yaml.safe_dump(_TENANT, allow_unicode=True), encoding="utf-8")
    with Emulator.start("--tenant", str(path)) as running:
        yield running


@pytest.fixture
def generated() -> Iterator[Emulator]:
    counts = "environments=3,apps=40,flows=30,solution_flows=5,connections=6,connectors=3,users=60,groups=8"
    with Emulator.start("--generate", counts) as running:
        yield running


def _is_what_is_there(emulator: Emulator, **options: object) -> None:
    emulator.clear_log()
    answer = export(emulator, **options)

    assert answer["resources"]
    assert answer["complete"]
    found = audit(emulator, answer["resources"])
    assert (found["outcome"], found["findings"]) == ("clean", [])
    assert found["plan"]["changes"] == 0
    assert emulator.log(writes=True) == []


def _would_write_nothing(emulator: Emulator, **options: object) -> None:
    report = planned(emulator, export(emulator, **options)["resources"])

    assert not report.failed, [str(outcome.error) for outcome in report.outcomes if outcome.error]
    assert (report.changed, report.writes) == (False, 0)


def test_contoso(emulator: Emulator) -> None:
    _is_what_is_there(emulator)
    _would_write_nothing(emulator)


def test_contoso_with_empty_lists(emulator: Emulator) -> None:
    _is_what_is_there(emulator, include_empty=True)
    _would_write_nothing(emulator, include_empty=True)


def test_contoso_with_lists_that_are_not_exclusive(emulator: Emulator) -> None:
    answer = export(emulator, exclusive=False)

    assert not any("exclusive" in row for row in answer["resources"])
    assert audit(emulator, answer["resources"])["outcome"] == "clean"


@pytest.mark.parametrize("kind", ON_REQUEST)
def test_contoso_by_kind(emulator: Emulator, kind: str) -> None:
    _is_what_is_there(emulator, kinds=[kind])


@pytest.mark.parametrize("kind", [kind for kind in ON_REQUEST if kind != "management_application"])
def test_contoso_by_kind_would_write_nothing(emulator: Emulator, kind: str) -> None:
    _would_write_nothing(emulator, kinds=[kind])


def test_names_that_are_odd(odd: Emulator) -> None:
    _is_what_is_there(odd)
    _would_write_nothing(odd)


def test_a_generated_tenant(generated: Emulator) -> None:
    _is_what_is_there(generated)
    _would_write_nothing(generated)


def test_a_converge_of_an_export_writes_nothing(emulator: Emulator) -> None:
    answer = export(emulator)
    emulator.clear_log()
    report = converged(emulator, answer["resources"])

    assert {outcome.status for outcome in report.outcomes} == {"ok"}
    assert emulator.log(writes=True) == []


def test_two_exports_are_the_same_to_the_byte(odd: Emulator, emulator: Emulator) -> None:
    for tenant in (odd, emulator):
        assert as_yaml(export(tenant)["resources"]) == as_yaml(export(tenant)["resources"])


def test_a_renamed_app_is_one_line_of_each_of_its_items(emulator: Emulator) -> None:
    before = as_yaml(export(emulator, kinds=["powerapp_role"])["resources"]).splitlines()
    emulator.change([{"change": "set_app", "app": EXPENSES, "name": "Expenses and travel"}])
    after = as_yaml(export(emulator, kinds=["powerapp_role"])["resources"]).splitlines()

    assert [(left, right) for left, right in zip(before, after, strict=True) if left != right] == [
        ("  app_display_name: Expenses", "  app_display_name: Expenses and travel")
    ]


def test_items_come_by_kind_environment_name_and_id(emulator: Emulator) -> None:
    apps = of_kind(export(emulator, kinds=["powerapp", "flow_state"]), "powerapp")
    keys = [(row["environment"].casefold(), row["app_display_name"].casefold(), row["app"]) for row in apps]

    assert len(keys) > 5
    assert keys == sorted(keys)


def test_who_left_is_found_by_an_audit_and_is_no_drift_of_the_export(emulator: Emulator) -> None:
    found = audit(emulator, export(emulator)["resources"], orphaned=True)

    assert {row["category"] for row in found["findings"]} == {"orphaned"}


def test_what_changes_afterwards_is_drift(emulator: Emulator) -> None:
    resources = export(emulator)["resources"]
    emulator.change(
        [{"change": "put_app_role", "app": EXPENSES, "principal": "lee@contoso.example", "role": "CanView"}]
    )
    [row] = audit(emulator, resources)["findings"]

    assert (row["category"], row["kind"], row["before"]["user"]) == (
        "unmanaged",
        "powerapp_role",
        "a0000000-0000-4000-8000-000000000003",
    )
    assert row["after"] is None


def test_an_export_takes_the_fewest_requests() -> None:
    """One for the environments, one a page of apps, one for the roles of each app, and two of the directory."""
    counts = "environments=1,apps=300,flows=0,connections=0,connectors=0"
    with Emulator.start("--generate", counts) as emulator:
        emulator.clear_log()
        answer = export(emulator, kinds=["powerapp", "powerapp_role"])
        served = [entry for entry in emulator.log() if entry["service"] != "login"]

    assert answer["summary"] == {"powerapp": 300, "powerapp_role": 300}
    assert len(served) == 1 + 2 + 300 + 2
