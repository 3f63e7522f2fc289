# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export says of single kinds, secrets among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources import connection
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_export import (
    exported_connector,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_references import (
    is_reference,
    references_to,
    unnameable,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import files
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import SECRET, blob, blob_id, run, things

from .exporting import answer_of, audit, converged, export, of_kind, read_by_ansible


def test_a_connection_of_the_identity_with_a_reference_to_its_secret(emulator: Emulator) -> None:
    run(emulator, blob())
    [row] = [row for row in of_kind(export(emulator, kinds=["connection"]), "connection") if "parameters" in row]
    identifier = blob_id(emulator)

    assert row == {
        "kind": "connection",
        "environment": "Finance Production",
        "connector": "shared_azureblob",
        "connection_id": identifier,
        "display_name": "Receipts archive",
        "parameters": {"accountName": "archive"},
        "secret_parameters": {"accessKey": f"{{{{ powerplatform_secrets['{identifier}']['accessKey'] }}}}"},
    }


def test_no_export_holds_a_secret(emulator: Emulator) -> None:
    run(emulator, blob())

    assert SECRET not in str(export(emulator, kinds=["connection"]))


def test_a_reference_that_nothing_resolved_is_never_written(emulator: Emulator) -> None:
    run(emulator, blob())
    resources = [row for row in export(emulator, kinds=["connection"])["resources"] if "secret_parameters" in row]
    assert audit(emulator, resources)["outcome"] == "clean"

    run(emulator, blob(state="absent"))
    emulator.clear_log()
    [outcome] = converged(emulator, resources).outcomes

    assert "desired_state_info" in str(outcome.error)
    assert emulator.log(writes=True) == []
    assert blob_id(emulator) not in things(emulator, "connections")


def test_a_resolved_reference_is_written(emulator: Emulator) -> None:
    run(emulator, blob())
    resources = [row for row in export(emulator, kinds=["connection"])["resources"] if "secret_parameters" in row]
    run(emulator, blob(state="absent"))
    [outcome] = converged(emulator, [{**resources[0], "secret_parameters": {"accessKey": SECRET}}]).outcomes

    assert outcome.status == "changed"
    assert things(emulator, "connections")[blob_id(emulator)]["name"] == "Receipts archive"


def test_a_connection_that_does_not_work_is_not_declared_to_work(emulator: Emulator) -> None:
    run(emulator, blob())
    emulator.change([{"change": "set_connection", "connection": blob_id(emulator), "status": "Error"}])
    found = export(emulator, kinds=["connection"])
    [row] = [row for row in found["resources"] if row["connection_id"] == blob_id(emulator)]

    assert row["require_connected"] is False
    assert any("not connected" in row["reason"] for row in found["left_out"] if row["id"] == blob_id(emulator))
    assert audit(emulator, found["resources"])["outcome"] == "clean"


def test_a_custom_connector_with_its_definition(emulator: Emulator) -> None:
    rows = of_kind(export(emulator, kinds=["custom_connector"]), "custom_connector")
    [row] = [row for row in rows if row["name"] == "cr736_5Fwarehouse"]

    assert row["openapi_definition"]["swagger"] == "2.0"
    assert row["display_name"] == "Warehouse"
    assert row["environment"] == "Finance Production"


def test_flows_are_for_those_who_ask(emulator: Emulator) -> None:
    assert "flow" not in {row["kind"] for row in export(emulator)["resources"]}


def test_a_flow_with_a_secret_in_its_definition_is_left_out(emulator: Emulator) -> None:
    intake = "f0000000-0000-4000-8000-000000000027"
    definition = {
        "triggers": {"manual": {"type": "Request", "kind": "Http", "inputs": {}}},
        "actions": {
            "Call": {
                "type": "Http",
                "runAfter": {},
                "inputs": {"method": "GET", "uri": "https://contoso.example", "headers": {"api-key": SECRET}},
            }
        },
    }
    emulator.change([{"change": "set_flow", "flow": intake, "definition": definition}])
    found = export(emulator, kinds=["flow"])

    [row] = [row for row in found["left_out"] if row["id"] == intake]
    assert "holds secrets: actions.Call.inputs.headers.api-key" in row["reason"]
    assert intake not in {item["flow"] for item in found["resources"]}
    assert SECRET not in str(found)


@pytest.mark.parametrize("name", ["accessKey", "a/b", "token.x", "my key", "$connection-1_2"])
def test_references_are_templates_that_ansible_reads(name: str, tmp_path: Path) -> None:
    [text] = references_to("shared_new-5fa", [name]).values()
    rows = [{"kind": "connection", "environment": "Finance", "connection_id": "c", "secret_parameters": {name: text}}]
    [file] = files(answer_of(*rows)).values()

    read = read_by_ansible(file, tmp_path, powerplatform_secrets={"shared_new-5fa": {name: "found"}})
    assert read["powerplatform_connections"][0]["secret_parameters"] == {name: "found"}
    assert is_reference(text)


ODD = ["it's", "back\\slash", "{{ x }}", "", "two\nlines", "key\n", """x'] ~ lookup("pipe","id") }}""", "x\\'] }}"]


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_could_end_a_template_has_no_reference(name: str, tmp_path: Path) -> None:
    """Releases of Ansible differ in what a backslash means in a text of a template."""
    assert references_to("c", [name, "fine"]) == {"fine": "{{ powerplatform_secrets['c']['fine'] }}"}
    assert unnameable("c", [name, "fine"]) == [name]
    assert references_to(name, ["fine"]) == {}
    found = exported_connector({"connection_parameters": {name: {"oAuthSettings": {}}}}, "c")
    assert "secret_parameters" not in found.options
    assert any("have no reference" in reason for reason in found.undeclarable)

    # Nor is a text of that form taken for a reference by what writes the files.
    forged = f"{{{{ powerplatform_secrets['c']['{name}'] }}}}"
    rows = [{"kind": "connection", "environment": "Finance", "connection_id": "c", "secret_parameters": {"k": forged}}]
    [file] = files(answer_of(*rows)).values()
    assert read_by_ansible(file, tmp_path)["powerplatform_connections"][0]["secret_parameters"] == {"k": forged}


def test_a_connection_whose_secret_has_such_a_name_is_left_out(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(emulator, blob())
    monkeypatch.setattr(connection, "secret_names", lambda *_arguments: ["it's"])
    found = export(emulator, kinds=["connection"])

    assert blob_id(emulator) not in {row["connection_id"] for row in found["resources"]}
    [row] = [row for row in found["left_out"] if row["id"] == blob_id(emulator)]
    assert "cannot stand in a template: it's" in row["reason"]


def test_a_secret_is_no_reference() -> None:
    assert not is_reference("{{ other }}")
    assert not is_reference("powerplatform_secrets")
    assert not is_reference(7)
