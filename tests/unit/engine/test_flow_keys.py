# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every step that needs a connection finds it among the references that the flow will have."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_definition import completed
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import DATABASE, FINANCE, SANDBOX, check, one, plan, run, things
from tests.unit.engine.flows import (
    CONNECTED,
    DEFINITION,
    INTAKE,
    ONBOARDING,
    cloud_flow,
    named,
)

Json = dict[str, Any]

BY_CONNECTION = {"shared_sql": {"connector": "shared_sql", "connection": DATABASE}}
BY_REFERENCE = {"shared_sql": {"connector": "shared_sql", "connection_reference": "cr736_receipts"}}
# Of a flow outside solutions and of one in a solution: who changes it, and how its connections are named.
FLOWS = {"flow service": (INTAKE, "delegated", BY_CONNECTION), "dataverse": (ONBOARDING, "runner", BY_REFERENCE)}
EVERY_FLOW = pytest.mark.parametrize(("flow_id", "client", "references"), FLOWS.values(), ids=FLOWS)
NESTED: Json = {
    "triggers": DEFINITION["triggers"],
    "actions": {"If": {"type": "If", "actions": {}, "else": {"actions": CONNECTED["actions"]}}},
}


def assert_refused(emulator: Emulator, wanted: Any, client: str, option: str, *said: str) -> None:
    """Before anything is sent, with the steps and the keys that they ask for."""
    for report in (plan(emulator, wanted, name=client), run(emulator, wanted, name=client)):
        [outcome] = report.outcomes
        assert (outcome.status, outcome.changed) == (FAILED, False)
        assert isinstance(outcome.error, OptionError)
        assert outcome.error.option == option
        for text in said:
            assert text in outcome.error.message
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize("options", [{}, {"connection_references": {}}, {"initial_state": "started"}])
@pytest.mark.parametrize(("client", "environment"), [("delegated", FINANCE), ("runner", SANDBOX)])
@pytest.mark.parametrize(
    ("definition", "place"), [(CONNECTED, "actions.Rows"), (NESTED, "actions.If.else.actions.Rows")]
)
def test_a_new_flow_without_the_connection_of_a_step_is_not_made(
    emulator: Emulator, client: str, environment: str, definition: Json, place: str, options: Json
) -> None:
    """Whether no connections are declared, or none."""
    wanted = cloud_flow("Greeting", environment, definition=definition, **options)
    told = f"definition.{place}.inputs.host.connectionName: shared_sql is not among connection_references"
    assert_refused(emulator, wanted, client, "definition", told)
    assert named(emulator, "Greeting") == []


@pytest.mark.parametrize(("flow_id", "client"), [(INTAKE, "delegated"), (ONBOARDING, "runner")], ids=FLOWS)
def test_a_new_definition_needs_the_connections_that_the_flow_has(
    emulator: Emulator, flow_id: str, client: str
) -> None:
    before = things(emulator, "flows")[flow_id]
    wanted = cloud_flow(flow_id, SANDBOX, definition=CONNECTED)
    assert_refused(emulator, wanted, client, "definition", "shared_sql is not among connection_references")
    assert check(emulator, wanted, name=client).failed
    assert things(emulator, "flows")[flow_id] == before
    kept = copy.deepcopy(CONNECTED)
    kept["actions"]["Rows"]["inputs"]["host"]["connectionName"] = "shared_azureblob"
    assert one(emulator, cloud_flow(flow_id, SANDBOX, definition=kept), client).status == CHANGED
    assert things(emulator, "flows")[flow_id]["connection_references"] == before["connection_references"]


@EVERY_FLOW
@pytest.mark.parametrize("other", [False, True], ids=["none", "others"])
def test_connections_that_steps_need_are_not_taken_from_them(
    emulator: Emulator, flow_id: str, client: str, references: Json, other: bool
) -> None:
    before = things(emulator, "flows")[flow_id]
    wanted = cloud_flow(flow_id, SANDBOX, connection_references=references if other else {})
    missing = [f"{key} is not among connection_references" for key in before["connection_references"]]
    assert_refused(emulator, wanted, client, "connection_references", *missing)
    assert things(emulator, "flows")[flow_id] == before


@EVERY_FLOW
def test_steps_and_their_connections_are_changed_together(
    emulator: Emulator, flow_id: str, client: str, references: Json
) -> None:
    """What the old steps needed counts no longer."""
    wanted = cloud_flow(flow_id, SANDBOX, definition=CONNECTED, connection_references=references)
    assert one(emulator, wanted, client).status == CHANGED
    assert list(things(emulator, "flows")[flow_id]["connection_references"]) == ["shared_sql"]
    assert one(emulator, wanted, client).status == OK
    without = cloud_flow(flow_id, SANDBOX, definition=DEFINITION, connection_references={})
    assert one(emulator, without, client).status == CHANGED
    assert not things(emulator, "flows")[flow_id].get("connection_references")


@EVERY_FLOW
def test_a_flow_that_is_broken_already_can_be_mended_and_renamed(
    emulator: Emulator, flow_id: str, client: str, references: Json
) -> None:
    """What is not written is not found fault with."""
    broken = {"definition": completed(CONNECTED), "connection_references": {}}
    emulator.change([{"change": "set_flow", "flow": flow_id, **broken}])
    assert one(emulator, cloud_flow(flow_id, SANDBOX, display_name="Broken"), client).status == CHANGED
    assert one(emulator, cloud_flow(flow_id, SANDBOX, definition=CONNECTED), client).status == OK
    assert one(emulator, cloud_flow(flow_id, SANDBOX, connection_references=references), client).status == CHANGED
    assert list(things(emulator, "flows")[flow_id]["connection_references"]) == ["shared_sql"]
