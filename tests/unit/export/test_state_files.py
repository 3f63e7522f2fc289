# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an export: where they lie, what stands in them, and which of an earlier export are stale."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.powerops.powerplatform.plugins.filter.desired_state_files import desired_state_files
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import EXPORTABLE_KINDS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import (
    IDENTITIES,
    OF_THE_TENANT,
    files,
    folders,
    stale,
    variable_of,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import EXPENSES, FINANCE, blob, run

from .exporting import ID, Json, answer_of, audit, export, read_by_ansible

ROOT = Path(__file__).resolve().parents[3]
ROLES = "environments/Finance Production/powerapp_role.yml"


def _state(name: str = "A flow", identifier: str = "f1", environment: str = "Finance") -> Json:
    return {
        "kind": "flow_state",
        "environment": environment,
        "flow": identifier,
        "flow_display_name": name,
        "state": "started",
    }


def test_every_kind_has_its_identity_and_its_place() -> None:
    assert set(IDENTITIES) == set(EXPORTABLE_KINDS)
    assert {name for name in EXPORTABLE_KINDS if not KINDS[name].thing_type.in_environment} == OF_THE_TENANT
    for kind, option in IDENTITIES.items():
        assert option in KINDS[kind].options


@pytest.mark.parametrize(
    ("kind", "variable"),
    [
        ("powerapp_role", "powerplatform_powerapp_roles"),
        ("billing_policy", "powerplatform_billing_policies"),
        ("flow_owners", "powerplatform_flow_owners"),
        ("flow_run_only_users", "powerplatform_flow_run_only_users"),
        ("flow", "powerplatform_flows"),
        ("management_application", "powerplatform_management_applications"),
    ],
)
def test_variables_are_plurals_of_kinds(kind: str, variable: str) -> None:
    assert variable_of(kind) == variable


def test_a_file_for_each_environment_and_kind(emulator: Emulator) -> None:
    answer = export(emulator, kinds=["powerapp_role", "flow_state", "billing_policy"])

    assert sorted(files(answer)) == [
        "environments/Contoso (default)/flow_state.yml",
        "environments/Contoso (default)/powerapp_role.yml",
        "environments/Finance Production/flow_state.yml",
        ROLES,
        "environments/Finance Sandbox/flow_state.yml",
        "environments/Finance Sandbox/powerapp_role.yml",
        "tenant/billing_policy.yml",
    ]


def test_what_stands_in_a_file() -> None:
    [text] = files(answer_of(_state("B", "f2"), _state("Zoë: 📐", "f1"))).values()

    assert text == (
        "---\n"
        "powerplatform_flow_states:\n"
        "  - environment: Finance\n"
        "    flow: f1\n"
        "    flow_display_name: 'Zoë: 📐'\n"
        "    state: started\n"
        "  - environment: Finance\n"
        "    flow: f2\n"
        "    flow_display_name: B\n"
        "    state: started\n"
    )


def test_a_renamed_thing_is_one_line_wherever_its_name_sorts() -> None:
    before = files(answer_of(_state("A", "f1"), _state("B", "f2"), _state("C", "f3")))
    after = files(answer_of(_state("B", "f2"), _state("C", "f3"), _state("Z", "f1")))
    [left], [right] = before.values(), after.values()
    pairs = zip(left.splitlines(), right.splitlines(), strict=True)

    assert [pair for pair in pairs if pair[0] != pair[1]] == [("    flow_display_name: A", "    flow_display_name: Z")]


def test_texts_of_several_lines_stand_as_they_are() -> None:
    connector = {"kind": "custom_connector", "environment": "Finance", "connector_id": "c", "script": "one\n  two\n"}
    [text] = files(answer_of(connector)).values()

    assert "    script: |\n      one\n        two\n" in text


@pytest.mark.parametrize(
    "name",
    [
        "{{ 1 + 1 }}",
        "a {% if x %}",
        "{# no #}",
        "two\nlines {{ x }}",
        "{{ lookup('pipe', 'id') }}",
        "@{x}",
        "!x",
        "- y",
    ],
)
def test_no_text_of_the_tenant_is_a_template(name: str, tmp_path: Path) -> None:
    [text] = files(answer_of(_state(name))).values()
    [row] = read_by_ansible(text, tmp_path)["powerplatform_flow_states"]

    assert row["flow_display_name"] == name


def test_references_to_secrets_are_templates(emulator: Emulator, tmp_path: Path) -> None:
    run(emulator, blob())
    [text] = files(export(emulator, kinds=["connection"])).values()
    rows = yaml.safe_load(text)["powerplatform_connections"]
    [identifier] = [row["connection_id"] for row in rows if "secret_parameters" in row]
    read = read_by_ansible(text, tmp_path, powerplatform_secrets={identifier: {"accessKey": "from the vault"}})

    assert [
        row.get("secret_parameters") for row in read["powerplatform_connections"] if "secret_parameters" in row
    ] == [{"accessKey": "from the vault"}]


def test_files_declare_what_is_there(emulator: Emulator, tmp_path: Path) -> None:
    kinds = [
        "custom_connector",
        "flow",
        "flow_owners",
        "flow_run_only_users",
        "flow_state",
        "powerapp",
        "powerapp_role",
    ]
    answer = export(emulator, kinds=kinds)
    resources = [
        {"kind": path.rpartition("/")[2].removesuffix(".yml"), **row}
        for path, text in files(answer).items()
        for rows in read_by_ansible(text, tmp_path).values()
        for row in rows
    ]

    assert len(resources) == len(answer["resources"])
    assert audit(emulator, resources)["outcome"] == "clean"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Finance Production", "Finance Production"),
        ("Contoso (default)", "Contoso (default)"),
        ("Größe 測試", "Größe 測試"),
        ("R&D + IT", "R&D + IT"),
        ("a/b", f"a_b ({ID}0)"),
        ("..", f"{ID}0"),
        (".hidden", f"hidden ({ID}0)"),
        ("ends. ", f"ends ({ID}0)"),
        ("C:\\x", f"C_x ({ID}0)"),
        ("nul", f"nul_ ({ID}0)"),
        ("line\nbreak", f"line_break ({ID}0)"),
        (f"Sales ({ID}7)", f"Sales ({ID}7) ({ID}0)"),
        ("", f"{ID}0"),
        ("ü" * 100, f"{'ü' * 60} ({ID}0)"),
        ("u\u0308", f"ü ({ID}0)"),
    ],
)
def test_folders_are_safe(name: str, folder: str) -> None:
    assert folders([{"id": f"{ID}0", "name": name, "called": name or f"{ID}0"}]) == {name or f"{ID}0": folder}


def test_environments_that_some_file_system_takes_for_one_get_their_ids() -> None:
    rows = [
        {"id": f"{ID}{number}", "name": name, "called": name} for number, name in enumerate(["Sales", "SALES", "x"])
    ]

    assert list(folders(rows).values()) == [f"Sales ({ID}0)", f"SALES ({ID}1)", "x"]


def test_an_environment_that_goes_by_its_id_has_it_in_its_folder() -> None:
    row = {"id": f"{ID}0", "name": "Sales", "called": f"{ID}0"}

    assert folders([row]) == {f"{ID}0": f"Sales ({ID}0)"}


PRESENT = [
    "environments/Finance/flow_state.yml",
    "environments/Finance/powerapp_role.yml",
    "environments/Gone/flow_state.yml",
    "environments/Gone/notes.yml",
    "environments/Finance/powerapp.yml",
    "environments/Finance/sub/flow_state.yml",
    "other/flow_state.yml",
    "site.yml",
    "tenant/flow_state.yml",
]


def test_what_an_export_has_no_more_is_stale() -> None:
    """Files of other kinds, of other names and in other places stay."""
    assert stale(answer_of(_state()), PRESENT) == [
        "environments/Finance/powerapp_role.yml",
        "environments/Gone/flow_state.yml",
        "tenant/flow_state.yml",
    ]


def test_environments_that_were_not_looked_at_keep_their_files() -> None:
    assert "environments/Gone/flow_state.yml" not in stale(answer_of(_state(), all_environments=False), PRESENT)


@pytest.mark.parametrize("part", ["unknown", "not_applicable"])
def test_what_nobody_could_read_keeps_its_files(part: str) -> None:
    row = {"environment": f"{ID}0", "kinds": ["powerapp_role"]}

    assert "environments/Finance/powerapp_role.yml" not in stale(answer_of(_state(), **{part: [row]}), PRESENT)


def test_what_is_there_and_cannot_be_declared_keeps_its_file() -> None:
    left = [{"environment": f"{ID}0", "kind": "powerapp_role"}, {"environment": None, "kind": "flow_state"}]

    assert stale(answer_of(_state(), left_out=left), PRESENT) == ["environments/Gone/flow_state.yml"]


def test_who_sees_a_part_proves_nothing(emulator: Emulator) -> None:
    assert stale(answer_of(_state(), scope="maker"), PRESENT) == []

    answer = export(emulator, "maker", kinds=["flow_state"], as_admin=False, on_error="report")
    assert (answer["scope"], answer["all_environments"]) == ("maker", False)
    assert export(emulator, kinds=["flow_state"])["all_environments"]


def test_a_file_is_not_written_of_a_part_of_what_it_declares(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "match": {"path": f"/apps/{EXPENSES}/permissions$"}}])
    answer = export(emulator, kinds=["powerapp_role"], on_error="report")

    assert any(row["environment"] == "Finance Production" for row in answer["resources"])
    assert ROLES not in files(answer)
    assert stale(answer, [ROLES]) == []
    assert answer["unknown"][0]["environment"] == FINANCE
    [warning] = [text for text in answer["warnings"] if "could not be read to the end" in text]
    assert "Finance Production" in warning


def test_files_that_hold_what_they_should_are_not_written_again() -> None:
    answer = answer_of(_state(), _state(environment="Other"), names=("Finance", "Other"))
    [first, _second] = files(answer).values()
    found = [
        {
            "path": "/export/environments/Finance/flow_state.yml",
            "checksum": hashlib.sha1(first.encode(), usedforsecurity=False).hexdigest(),
        },
        {"path": "/export/environments/Other/flow_state.yml", "checksum": "another"},
    ]
    result = desired_state_files(answer, found, "/export")

    assert [row["path"] for row in result["changed"]] == ["environments/Other/flow_state.yml"]
    assert result["files"] == ["environments/Finance/flow_state.yml", "environments/Other/flow_state.yml"]
    assert result["stale"] == []


@pytest.mark.parametrize("answer", [None, [], {}, {"resources": []}])
def test_what_is_no_export_is_refused(answer: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="no result of desired_state_info"):
        desired_state_files(answer)


def test_files_that_are_there_need_their_folder() -> None:
    with pytest.raises(AnsibleFilterError, match="path"):
        desired_state_files(answer_of(), [{"path": "/x", "checksum": ""}])


def test_the_role_has_every_option_of_the_module() -> None:
    spec = yaml.safe_load((ROOT / "roles/export/meta/argument_specs.yml").read_text(encoding="utf-8"))
    tasks = yaml.safe_load((ROOT / "roles/export/tasks/main.yml").read_text(encoding="utf-8"))
    # What stands in the task itself beats module_defaults, also where it is omitted.
    assert not tasks[0]["powerops.powerplatform.desired_state_info"]
    [(group, template)] = tasks[0]["module_defaults"].items()
    assert group == "group/powerops.powerplatform.role_export"
    assert "__export_options" in template
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"]["role_export"] == ["desired_state_info"]
    options = set(tasks[0]["vars"]["__export_options"])
    variables = {name.removeprefix("export_") for name in spec["argument_specs"]["main"]["options"]}

    assert variables - {"path", "prune"} == options
