# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions that differ in what a connector would not count: drift, and written, once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, OK, PLANNED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import one, plan, statuses, things
from tests.unit.engine.flows import APPROVAL, DEFINITION, STOPPED, cloud_flow

Json = dict[str, Any]

HELD: Json = {"password": "", "key": "", "tags": ["a", "b"], "required": ["a", "b"], "limit": 5}


def sending(**body: Any) -> Json:
    """A flow whose only step sends this."""
    inputs = {"method": "POST", "uri": "https://shop.example/orders", "body": {**HELD, **body}}
    return {"triggers": DEFINITION["triggers"], "actions": {"Call": {"type": "Http", "inputs": inputs}}}


@pytest.mark.parametrize(
    "body",
    [
        {"password": "@parameters('word')"},
        {"key": "other"},
        {"tags": ["b", "a"]},
        {"required": ["b", "a"]},
        {"limit": "5"},
        {"limit": None},
    ],
    ids=lambda body: next(iter(body)),
)
@pytest.mark.parametrize(("flow_id", "client"), [(STOPPED, "delegated"), (APPROVAL, "runner")])
def test_what_a_step_sends_is_compared_as_it_is(emulator: Emulator, flow_id: str, client: str, body: Json) -> None:
    emulator.change([{"change": "set_flow", "flow": flow_id, "definition": sending()}])
    assert one(emulator, cloud_flow(flow_id, definition=sending(limit=5.0)), client).status == OK
    wanted = cloud_flow(flow_id, definition=sending(**body))
    planned = plan(emulator, wanted, name=client)
    assert statuses(planned) == [PLANNED]
    [row] = planned.drift
    [name] = body
    assert row["before"]["actions"]["Call"]["inputs"]["body"] == {name: HELD[name]}
    assert row["after"]["actions"]["Call"]["inputs"]["body"] == body
    assert emulator.log(writes=True) == []
    outcome = one(emulator, wanted, client)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    held = things(emulator, "flows")[flow_id]["definition"]["actions"]["Call"]["inputs"]["body"]
    assert held == {**HELD, **body}
    assert one(emulator, wanted, client).status == OK
    assert len(emulator.log(writes=True)) == 1
