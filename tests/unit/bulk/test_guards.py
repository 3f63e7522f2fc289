# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not happen although something else goes wrong, and plans that are not the ones that were reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator.control import Emulator
from tests.unit.engine import flows
from tests.unit.engine.conftest import FINANCE, KIM, LEE, RUNNING, SANDBOX, SUBSCRIPTION, SUSPENDED, TIMESHEETS
from tests.unit.engine.samples import SAMPLES
from tests.unit.engine.subject import Subject

from .conftest import Json, audit, converge, flow, holds, owner, roles

OLD_CONNECTION = "d0000000000000000000000000000021"
NEW_CONNECTION = "d00000000000000000000000000000aa"
POLICY = {"kind": "billing_policy", "billing_policy": "Asia", "location": "asia", "resource_group": "flows"}


def swagger(host: str) -> Json:
    return {
        "swagger": "2.0",
        "info": {"title": "Travel", "version": "1.0"},
        "host": host,
        "basePath": "/",
        "schemes": ["https"],
        "paths": {"/trips": {"get": {"operationId": "ListTrips", "responses": {"200": {"description": "Trips"}}}}},
    }


def connector(host: str) -> Json:
    definition = swagger(host)
    place = {"kind": "custom_connector", "environment": FINANCE, "name": "cr736_5Ft", "display_name": "Travel"}
    return {**place, "openapi_definition": definition}


def archive(key: str) -> Json:
    place = {"kind": "connection", "environment": FINANCE, "connector": "shared_azureblob", "key": "receipts"}
    content = {"display_name": "Archive", "parameters": {"accountName": "archive"}}
    return {**place, **content, "secret_parameters": {"accessKey": key}}


def digest(emulator: Emulator, *items: Json, **options: Any) -> str:
    found: str = converge(emulator, *items, check_mode=True, **options).result["plan"]["digest"]
    return found


# -- the plan that was reviewed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_equal_plans_have_equal_digests(emulator: Emulator, name: str) -> None:
    subject = Subject(name)
    plans = [subject.plan(emulator, subject.differs), subject.plan(emulator, subject.differs)]

    assert plans[0].digest == plans[1].digest
    assert plans[0].digest != subject.plan(emulator, subject.variation).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            connector("travel.contoso.example"), connector("elsewhere.example"), id="definition of a connector"
        ),
        pytest.param(roles(holds(LEE)), roles(holds(LEE), notify=True), id="whether somebody is told"),
        pytest.param(
            {**POLICY, "subscription_id": SUBSCRIPTION},
            {**POLICY, "subscription_id": SUBSCRIPTION.replace("5b", "5c")},
            id="who pays",
        ),
    ],
)
def test_a_plan_that_writes_something_else_is_another_plan(emulator: Emulator, one: Json, other: Json) -> None:
    reviewed = digest(emulator, one)

    ended = converge(emulator, other, expected_plan=reviewed)

    assert ended.failed
    assert ended.result["outcomes"][0]["error"]["type"] == "LimitError"
    assert emulator.log(writes=True) == []


def test_a_review_needs_no_secrets(emulator: Emulator) -> None:
    """In check mode any text does for one, so that pull requests hold none."""
    one, other = archive("placeholder-1"), archive("k3y-0f-the-archive")

    assert digest(emulator, one, client="delegated") != digest(emulator, client="delegated")
    assert digest(emulator, one, client="delegated") == digest(emulator, other, client="delegated")


# -- something else fails ---------------------------------------------------------------------------------------------


def test_an_own_limit_leaves_the_whole_thing_alone(emulator: Emulator) -> None:
    """An app is not half of what was declared."""
    items = [owner(KIM), roles(app=TIMESHEETS, exclusive=True, max_removals=0), flow()]
    ended = converge(emulator, *items, on_error="continue")

    assert ended.statuses == ["skipped", "failed", "changed"]
    assert "same thing" in ended.result["outcomes"][0]["reason"]
    assert len(emulator.log(writes=True)) == 1


def test_what_cannot_be_brought_about_holds_the_others_back(emulator: Emulator) -> None:
    items = [flow("started", SUSPENDED), roles(holds(LEE))]
    ended = converge(emulator, *items)

    assert ended.statuses == ["failed", "skipped"]
    assert emulator.log(writes=True) == []
    assert converge(emulator, *items, on_error="continue").statuses == ["failed", "changed"]


def test_a_flow_that_cannot_run_gets_no_owners_either(emulator: Emulator) -> None:
    sharing = {"kind": "flow_owners", "environment": FINANCE, "flow": SUSPENDED, "assignments": [{"user": LEE}]}
    for way in ("stop", "continue"):
        ended = converge(emulator, sharing, flow("started", SUSPENDED), on_error=way)
        assert ended.statuses == ["skipped", "failed"], way
    assert emulator.log(writes=True) == []


def test_a_flow_is_not_stopped_for_an_update_that_no_token_can_do(emulator: Emulator) -> None:
    update = {"kind": "flow", "environment": FINANCE, "flow": RUNNING, "route": "flow_service"}
    ended = converge(emulator, {**update, "definition": flows.OTHER_DEFINITION}, flow(), on_error="continue")

    assert ended.statuses == ["failed", "skipped"]
    assert emulator.log(writes=True) == []


def test_what_a_flow_may_still_use_is_not_removed(emulator: Emulator) -> None:
    references = {
        "shared_azureblob": {"connector": "shared_azureblob", "connection": NEW_CONNECTION},
        "shared_office365": {
            "connector": "shared_office365",
            "connection": "d0000000000000000000000000000005",
            "source": "Invoker",
        },
    }
    moved = {"kind": "flow", "environment": SANDBOX, "flow": flows.INTAKE, "connection_references": references}
    gone = {"kind": "connection", "environment": SANDBOX, "connector": "shared_azureblob"}
    gone.update(connection_id=OLD_CONNECTION, state="absent")
    emulator.faults([{"kind": "status", "status": 400, "code": "Broken", "match": {"method": "PATCH"}}])
    ended = converge(emulator, moved, gone, on_error="continue", client="delegated")

    assert ended.statuses == ["failed", "skipped"]
    assert "may still be in use" in ended.result["outcomes"][1]["reason"]
    assert [entry for entry in emulator.log(writes=True) if entry["method"] == "DELETE"] == []


def test_what_refers_to_a_connection_that_failed_waits_for_it(emulator: Emulator) -> None:
    made = archive("k3y-0f-the-archive")
    planned = converge(emulator, made, check_mode=True, client="delegated")
    connection = planned.result["outcomes"][0]["resource"]["connection_id"]
    action = {
        "type": "OpenApiConnection",
        "inputs": {"host": {"connectionName": "blob", "operationId": "GetFileContent_V2"}, "parameters": {}},
    }
    using = {"kind": "flow", "environment": FINANCE, "flow": "Archive"}
    using["definition"] = {"triggers": flows.DAILY, "actions": {"Read": action}}
    using["connection_references"] = {"blob": {"connector": "shared_azureblob", "connection": connection}}
    emulator.faults([{"kind": "status", "status": 400, "code": "Broken", "match": {"method": "PUT"}}])
    ended = converge(emulator, made, using, on_error="continue", client="delegated")

    assert ended.statuses == ["failed", "skipped"]
    assert "item 0" in ended.result["outcomes"][1]["reason"]
    assert {entry["method"] for entry in emulator.log(writes=True)} == {"PUT"}


# -- what was merged, and lists that shrank ---------------------------------------------------------------------------


def test_two_items_do_not_decide_for_each_other_who_is_told(emulator: Emulator) -> None:
    ended = converge(emulator, roles(holds(LEE), notify=True), roles(holds(KIM)))

    assert "notify" in ended.result["msg"]
    assert "items 0 and 1" in ended.result["msg"]
    assert emulator.log(writes=True) == []


def test_a_list_that_is_not_believed_is_nothing_to_compare_with(emulator: Emulator, tmp_path: Path) -> None:
    """Else the next run would take it for the truth."""
    [path] = before = audit(emulator, roles()).result["seen"]
    report = tmp_path / "report.json"
    report.write_text(f'{{"seen": {{"{path}": 40, "app: of another day": 3}}}}', encoding="utf-8")

    ended = audit(emulator, roles(), previous_report=str(report))

    assert ended.result["outcome"] == "unknown"
    assert ended.result["seen"] == {path: 40, "app: of another day": 3}
    assert before[path] < 20
