# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that declares what a finding is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.plugin_utils import _drift_locations
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_locations import Locations
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Location

from .samples import finding

E1, E2 = "e0000000-0000-4000-8000-000000000001", "e0000000-0000-4000-8000-000000000002"
A1 = "aa000000-0000-4000-8000-000000000011"
F1 = "f0000000-0000-4000-8000-000000000011"
KIM = "a0000000-0000-4000-8000-000000000002"
APPS = f"""\
---
desired_apps:
  - environment: Finance Production
    app: {A1.upper()}
    app_display_name: Expenses
    assignments:
      - group: Finance Readers
        role: CanView
      - {{user: {KIM}, role: CanEdit}}
      - everyone: true
        role: CanView
  - environment: Finance Production
    app: another
    app_display_name: Expenses
  - environment: Finance Sandbox
    app: Expenses
  - environment: Finance Production
    app: Expenses
"""
FLOWS = f"""\
desired_flows:
  - flow: {F1}
    flow_display_name: Nightly
    note: of {A1}
    state: started
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "apps.yml").write_text(APPS, encoding="utf-8")
    (tmp_path / "desired" / "flows.yaml").write_text(FLOWS, encoding="utf-8")
    return tmp_path


def line(root: Path, identifier: str, declared: dict[str, str] | None = None, **values: Any) -> str:
    """Where a finding is said to be declared: file, a colon, and the line as it stands there."""
    found = Locations(root).find(finding(id=identifier, **values), declared or {}, None)
    if found is None:
        return ""
    return f"{found.path}: {(root / found.path).read_text(encoding='utf-8').splitlines()[found.line - 1].strip()}"


def role(principal: str, name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A finding about a role on the app."""
    return {"identifier": f"environments/{E1}/apps/{A1}/permissions/{principal}", "name": name, "after": row}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (role(KIM, "Kim Maker", {"user": KIM}), f"- {{user: {KIM}, role: CanEdit}}"),
        (role("b1", "Finance Readers", {"group": "b1"}), "- group: Finance Readers"),
        (role("tenant", "tenant", {"everyone": True, "role": "CanView"}), "- everyone: true"),
        # Nobody declares this one: what declares the app is the next best.
        (role("b2", "Sales Team", {"group": "b2", "role": "CanView"}), "- environment: Finance Production"),
    ],
)
def test_a_role_is_where_its_principal_stands_below_its_app(root: Path, values: dict[str, Any], expected: str) -> None:
    assert line(root, **values) == f"desired/apps.yml: {expected}"


def test_a_property_is_where_its_key_stands(root: Path) -> None:
    assert line(root, f"environments/{E1}/flows/{F1}/state") == "desired/flows.yaml: state: started"
    assert line(root, f"environments/{E1}/flows/{F1}/definition") == f"desired/flows.yaml: - flow: {F1}"


def test_a_display_name_is_followed_only_in_its_environment(root: Path) -> None:
    """It is never followed beside an id."""
    identifier = f"environments/{E1}/apps/unseen/owner"
    found = Locations(root).find(finding(id=identifier), {"environment": "Finance Production", "app": "Expenses"}, None)

    assert found == Location("desired/apps.yml", 17)
    assert line(root, identifier, {"environment": "Elsewhere", "app": "Expenses"}) == ""


def test_an_item_that_names_the_thing_by_its_option_beats_a_mention(root: Path) -> None:
    (root / "a.yml").write_text(f"inventory:\n  - id: {F1}\n    state: started\n", encoding="utf-8")

    assert line(root, f"environments/{E1}/flows/{F1}/state") == "desired/flows.yaml: state: started"


def test_another_environment_is_another_thing(root: Path) -> None:
    text = "".join(f"- environment: {name}\n  connection: c1\n" for name in (E2, E1))
    (root / "connections.yml").write_text(text, encoding="utf-8")

    found = Locations(root).find(finding(id=f"environments/{E1}/connections/c1/status"), {}, None)

    assert found == Location("connections.yml", 3)


def test_things_of_the_whole_tenant_are_found(root: Path) -> None:
    (root / "billing.yml").write_text("- billing_policy: p1\n  status: Enabled\n", encoding="utf-8")

    assert line(root, "billing_policies/p1/status") == "billing.yml: status: Enabled"


def test_what_no_file_declares_is_where_its_task_is(root: Path) -> None:
    playbook = root / "audit.yml"
    places = Locations(root)
    unknown = finding(id=f"environments/{E1}/apps/nowhere")

    assert places.find(unknown, {}, f"{playbook}:12") == Location("audit.yml", 12)
    # A path outside says nothing to a reader of the repository, and more than it should of the machine.
    assert places.find(unknown, {}, "/elsewhere/roles/audit/tasks/main.yml:3") is None
    assert places.find(unknown, {}, None) is None
    assert places.find(unknown, {}, "no line") is None


def test_thousands_of_principals_are_each_found(root: Path) -> None:
    people = "".join(f"      - user: person-{number}\n        role: CanView\n" for number in range(3000))
    (root / "large.yml").write_text(f"- environment: {E1}\n  app: many\n  assignments:\n{people}", encoding="utf-8")
    places = Locations(root)

    for number in range(3000):
        identifier = f"environments/{E1}/apps/many/permissions/person-{number}"
        found = places.find(finding(id=identifier, name="Somebody"), {}, None)
        assert found == Location("large.yml", 4 + 2 * number)


def test_files_that_cannot_be_read_are_passed_over(root: Path) -> None:
    app = f"- app: {A1}\n"
    for name, content in {
        "0-vault.yml": f"$ANSIBLE_VAULT;1.1;AES256\n{app}",
        "0-broken.yml": f"{app}  bad: [\n",
        "0-binary.yml": b"\xff\xfe\x00" + app.encode(),
        "0-deep.yml": f"{app}  x: {'[' * 900_000}",
        "0-text.txt": app,
        "0-template.yml": f'- app: "{{{{ lookup({A1!r}) }}}}"\n',
        "0-dashes.yml": f"{app}- {'- ' * 400_000}x\n",
        ".hidden/0.yml": app,
        "0-inline.yml": f"- key: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    {A1}\n",
        "0-cycle.yml": f"&a\n- app: &b {A1[:-1]}\n  again: *a\n",
    }.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (root / "0-link.yml").symlink_to("nowhere")
    (root / "0-linked.yml").symlink_to(root / "0-text.txt")

    assert line(root, **role(KIM, "Kim Maker", {})) == f"desired/apps.yml: - {{user: {KIM}, role: CanEdit}}"


def test_a_root_without_files_finds_nothing(tmp_path: Path) -> None:
    assert Locations(None).find(finding(), {}, None) is None
    assert Locations(tmp_path / "nowhere").find(finding(), {}, None) is None


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES", "MOST_BYTES_TOGETHER"])
def test_what_is_too_much_is_not_read_and_told(root: Path, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Locations(root).complete

    monkeypatch.setattr(_drift_locations, limit, 1)

    assert not Locations(root).complete
