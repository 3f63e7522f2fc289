# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions of flows with secrets in them: written as they are, and shown by no result, drift, error or log."""

from __future__ import annotations

import copy
import json
import traceback
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, Report
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import MASK
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import SANDBOX, check, one, plan, rows, run, statuses, things
from tests.unit.engine.flows import (
    APPROVAL,
    DEFINITION,
    FLOW,
    INTAKE,
    RETIRED,
    STOPPED,
    cloud_flow,
    named,
)

Json = dict[str, Any]

SECRETS = (
    "b3arer-of-the-shop",
    "k3y-of-the-shop",
    "p4ssword-of-the-shop",
    "s1gnature-of-the-shop",
    "d3fault-of-the-shop",
)
# What was there before. The default of the secure parameter is the same.
OTHERS = (*(text.replace("shop", "archive") for text in SECRETS[:-1]), SECRETS[-1])


def calling(secrets: tuple[str, ...] = SECRETS, **inputs: Any) -> Json:
    """A flow that calls a service, and holds what opens it."""
    bearer, key, password, signature, default = secrets
    return {
        "triggers": DEFINITION["triggers"],
        "actions": {
            "Call": {
                "type": "Http",
                "inputs": {
                    "method": "POST",
                    "uri": f"https://shop.example/orders?sv=1.0&sig={signature}",
                    "headers": {"Authorization": f"Bearer {bearer}", "x-api-key": key},
                    "authentication": {"type": "Basic", "username": "robot", "password": password},
                    **inputs,
                },
            }
        },
        "parameters": {"apiKey": {"type": "SecureString", "defaultValue": default}},
    }


def assert_hidden(report: Report) -> str:
    """What users see, after a look for the secrets in it."""
    told = json.dumps([outcome.as_json() for outcome in report.outcomes])
    shown = [told, json.dumps(report.drift)]
    for outcome in report.outcomes:
        if outcome.error:
            shown += [repr(vars(outcome.error)), *traceback.format_exception(outcome.error)]
    for text in shown:
        for secret in (*SECRETS, *OTHERS):
            assert secret not in text
    return told


def holds(emulator: Emulator, flow_id: str, secrets: tuple[str, ...]) -> bool:
    """Whether a flow has all of these secrets now: they are written as they are."""
    found = json.dumps(things(emulator, "flows")[flow_id]["definition"])
    return MASK not in found and all(secret in found for secret in secrets)


def test_a_new_flow_shows_none(emulator: Emulator) -> None:
    for client in ("runner", "delegated"):
        emulator.reset()
        wanted = cloud_flow("Greeting", definition=calling())
        for report in (plan(emulator, wanted, name=client), check(emulator, wanted, name=client)):
            assert MASK in assert_hidden(report)
        report = run(emulator, wanted, name=client)
        assert statuses(report) == [CHANGED]
        assert_hidden(report)
        [made] = named(emulator, "Greeting")
        assert holds(emulator, made["id"], SECRETS)
        again = run(emulator, wanted, name=client)
        assert statuses(again) == [OK]
        assert_hidden(again)


@pytest.mark.parametrize(("flow_id", "client"), [(STOPPED, "delegated"), (APPROVAL, "runner")])
def test_a_changed_flow_shows_neither_the_old_ones_nor_the_new_ones(
    emulator: Emulator, flow_id: str, client: str
) -> None:
    emulator.change([{"change": "set_flow", "flow": flow_id, "definition": calling(OTHERS)}])
    wanted = cloud_flow(flow_id, definition=calling(method="PUT"))
    planned = plan(emulator, wanted, name=client)
    for report in (planned, check(emulator, wanted, name=client)):
        told = assert_hidden(report)
        assert "PUT" in told, "what is no secret is shown"
        assert MASK in told
    report = run(emulator, wanted, name=client)
    assert statuses(report) == [CHANGED]
    assert report.drift == planned.drift
    assert_hidden(report)
    assert holds(emulator, flow_id, SECRETS)


def test_a_secret_alone_that_differs_is_written(emulator: Emulator) -> None:
    """Though both look alike in a diff."""
    emulator.change([{"change": "set_flow", "flow": STOPPED, "definition": calling(OTHERS)}])
    wanted = cloud_flow(STOPPED, definition=calling())
    report = run(emulator, wanted, name="delegated")
    assert statuses(report) == [CHANGED]
    assert_hidden(report)
    assert holds(emulator, STOPPED, SECRETS)
    assert one(emulator, wanted, "delegated").status == OK


def test_a_secret_of_a_flow_is_not_shown_to_whoever_declares_another(emulator: Emulator) -> None:
    """What the service holds is hidden too, where nothing of it is declared."""
    emulator.change([{"change": "set_flow", "flow": STOPPED, "definition": calling(OTHERS)}])
    for report in (
        plan(emulator, cloud_flow(STOPPED, definition=DEFINITION), name="delegated"),
        run(emulator, cloud_flow(STOPPED, display_name="Month end"), name="delegated"),
        run(emulator, cloud_flow(STOPPED, state="absent"), name="delegated"),
    ):
        assert_hidden(report)


def test_a_flow_that_is_brought_back_shows_none(emulator: Emulator) -> None:
    emulator.change([{"change": "set_flow", "flow": STOPPED, "definition": calling(OTHERS)}])
    assert one(emulator, cloud_flow(STOPPED, state="absent")).status == CHANGED
    wanted = cloud_flow(STOPPED, restore=True, definition=calling())
    assert_hidden(plan(emulator, wanted, name="delegated"))
    report = run(emulator, wanted, name="delegated")
    assert statuses(report) == [CHANGED]
    assert_hidden(report)
    assert holds(emulator, STOPPED, SECRETS)
    assert RETIRED not in things(emulator, "flows")


def test_a_secure_default_that_differs_is_not_shown(emulator: Emulator) -> None:
    """What makes a secret of it is the type beside it, which does not differ."""
    before = (*SECRETS[:-1], "d3fault-of-the-archive")
    emulator.change([{"change": "set_flow", "flow": STOPPED, "definition": calling(before)}])
    wanted = cloud_flow(STOPPED, definition=calling())
    for report in (
        plan(emulator, wanted, name="delegated"),
        check(emulator, wanted, name="delegated"),
        run(emulator, wanted, name="delegated"),
    ):
        assert before[-1] not in assert_hidden(report) + json.dumps(report.drift)
    assert holds(emulator, STOPPED, SECRETS)


@pytest.mark.parametrize("secret", [f"Bearer {SECRETS[0]}", *SECRETS[1:]])
@pytest.mark.parametrize("flow", ["Greeting", STOPPED])
def test_a_service_that_quotes_a_secret_is_not_repeated(emulator: Emulator, flow: str, secret: str) -> None:
    echo = {"kind": "status", "status": 400, "message": f"The value '{secret}' is not valid."}
    emulator.faults([{**echo, "match": {"write": True}}])
    report = run(emulator, cloud_flow(flow, definition=calling()), name="delegated")
    assert statuses(report) == [FAILED]
    assert "is not valid" in assert_hidden(report)


def test_a_secret_in_a_definition_that_is_refused_is_not_told(emulator: Emulator) -> None:
    broken = calling()
    broken["actions"]["Call"]["runAfter"] = {"Nothing": ["Succeeded"]}
    report = run(
        emulator, cloud_flow("Greeting", definition=broken), cloud_flow("Wrapped", definition={"definition": broken})
    )
    for outcome in report.outcomes:
        assert isinstance(outcome.error, OptionError)
    assert_hidden(report)
    assert emulator.log() == []


def test_what_a_result_showed_is_not_written(emulator: Emulator) -> None:
    """Masks in place of the secrets would be what opens the service from then on."""
    emulator.change([{"change": "set_flow", "flow": INTAKE, "definition": calling(OTHERS)}])
    wanted = cloud_flow(INTAKE, SANDBOX, definition=calling())
    [row] = rows(plan(emulator, wanted, name="delegated"), [wanted])
    shown = copy.deepcopy(row["resource"]["definition"])
    outcome = one(emulator, cloud_flow(INTAKE, SANDBOX, definition=shown), "delegated")
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "definition"
    assert MASK in outcome.error.message
    assert emulator.log(writes=True) == []
    assert holds(emulator, INTAKE, OTHERS)


def test_a_task_hides_what_was_pasted_into_a_definition() -> None:
    """Also where Ansible tells the options of the task."""
    found = set(FLOW.pasted({"definition": calling()}))
    assert all(any(secret in text for text in found) for secret in SECRETS)
    assert set(FLOW.pasted({"definition": None})) == set(FLOW.pasted({"definition": DEFINITION})) == set()
