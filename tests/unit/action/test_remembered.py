# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an item of a loop found is asked for again when it is out of date; then the loop says what modules say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.emulator.control import Emulator

from .looping import Json, Loop, alone, reads, told
from .playing import EXPENSES, EXPORT, FINANCE, SANDBOX

ENVIRONMENTS = "/scopes/admin/environments"
# What differs from one run to another.
UNLIKE = ("api_calls", "invocation")
ROLE = {"environment": "Finance Production", "app": "Expenses", "role": "CanView", "user": "lee@contoso.example"}
NEW_APP = {"id": "aa000000-0000-4000-8000-0000000000ee", "name": "Expenses", "owner": "ada@contoso.example"}
NEW_FLOW = {
    "id": "f0000000-0000-4000-8000-0000000000ee",
    "name": "Nightly stock export",
    "creator": "ada@contoso.example",
}

Changes = Sequence[Json]


def compare(
    emulator: Emulator, module: str, options: Json, changes: Changes, later: Json | None = None
) -> tuple[Json, Json]:
    """What a second item says after the tenant was changed behind it, and what a module says then."""
    loop = Loop(emulator, module)
    first = loop.item(**options)
    assert not first.get("failed"), first
    emulator.change(changes)
    second = loop.item(**(later or options))
    emulator.reset()
    assert not alone(emulator, module, **options).get("failed")
    emulator.change(changes)
    by_module = alone(emulator, module, **(later or options))
    return told(second, UNLIKE), told(by_module, UNLIKE)


ROLE_CASES = {
    "app deleted": [{"change": "delete_app", "app": EXPENSES}],
    "app made anew": [
        {"change": "delete_app", "app": EXPENSES},
        {"change": "add_app", "environment": FINANCE, "app": NEW_APP},
    ],
    "second of its name after it was deleted": [
        {"change": "delete_app", "app": EXPENSES},
        {"change": "set_app", "app": "aa000000-0000-4000-8000-000000000014", "name": "Expenses"},
        {"change": "set_app", "app": "aa000000-0000-4000-8000-000000000015", "name": "Expenses"},
    ],
}


@pytest.mark.parametrize("case", sorted(ROLE_CASES))
def test_roles_on_what_is_no_longer_what_it_was(emulator: Emulator, case: str) -> None:
    here, by_module = compare(emulator, "powerapp_role", ROLE, ROLE_CASES[case])
    assert here == by_module


FLOW = {"environment": "Finance Production", "flow": "Nightly stock export", "state": "stopped"}
FLOW_CASES = {
    "deleted": [{"change": "set_flow", "flow": EXPORT, "state": "Deleted", "deleted_at": "recently"}],
    "renamed": [{"change": "set_flow", "flow": EXPORT, "name": "Daily stock export"}],
    "renamed and made anew": [
        {"change": "set_flow", "flow": EXPORT, "name": "Daily stock export"},
        {"change": "add_flow", "environment": FINANCE, "flow": NEW_FLOW},
    ],
    "started by hand": [{"change": "set_flow", "flow": EXPORT, "state": "Started"}],
    "suspended": [{"change": "set_flow", "flow": EXPORT, "state": "Suspended", "reason": "CompanyDlpViolation"}],
}


@pytest.mark.parametrize("case", sorted(FLOW_CASES))
@pytest.mark.parametrize("by_id", [False, True], ids=["by name", "by id"])
def test_a_flow_that_is_no_longer_what_it_was(emulator: Emulator, case: str, by_id: bool) -> None:
    options = {**FLOW, "flow": EXPORT} if by_id else FLOW
    here, by_module = compare(emulator, "flow_state", options, FLOW_CASES[case])
    assert here == by_module


def test_what_is_missing_is_asked_for_each_time(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    asked = {**ROLE, "app": "Receipts"}
    assert loop.item(**asked)["error"]["type"] == "UnknownReferenceError"
    emulator.change([{"change": "add_app", "environment": FINANCE, "app": {**NEW_APP, "name": "Receipts"}}])
    assert loop.item(**asked)["changed"]
    emulator.change([{"change": "set_environment", "environment": SANDBOX, "name": "Somewhere"}])
    assert loop.item(**{**asked, "environment": "Somewhere"})["error"]["type"] == "UnknownReferenceError"


def test_a_principal_that_is_missing_is_asked_for_each_time(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    lou = {**ROLE, "user": "lou@contoso.example"}
    assert loop.item(**lou)["error"]["type"] == "UnknownPrincipalError"
    emulator.change([{"change": "restore_principal", "principal": "a0000000-0000-4000-8000-00000000000a"}])
    assert "error" not in loop.item(**lou)


def test_a_name_that_fits_several_is_asked_for_each_time(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    approvals = {**ROLE, "app": "Approvals"}
    assert loop.item(**approvals)["error"]["type"] == "AmbiguousReferenceError"
    emulator.change([{"change": "delete_app", "app": "aa000000-0000-4000-8000-000000000013"}])
    assert loop.item(**approvals)["resource"]["app"] == "aa000000-0000-4000-8000-000000000012"


def test_what_is_out_of_date_is_asked_for_once_more(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    loop.item(**ROLE)
    emulator.change([{"change": "delete_app", "app": EXPENSES}])
    emulator.clear_log()
    assert loop.item(**ROLE)["error"]["type"] == "UnknownReferenceError"
    assert reads(emulator, ENVIRONMENTS) == 1
    emulator.clear_log()
    # Nothing was remembered that could be out of date now but the environment, and of that another look tells.
    assert loop.item(**ROLE)["error"]["type"] == "UnknownReferenceError"
    assert reads(emulator, ENVIRONMENTS) <= 1


def test_a_refusal_of_what_was_asked_just_now_is_not_asked_for_again(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "code": "Forbidden", "match": {"path": "/permissions$"}}])
    result = Loop(emulator, "powerapp_role").item(**ROLE)
    assert result["failed"]
    assert reads(emulator, "/permissions") == 1


def test_an_item_that_fails_does_not_spoil_the_next(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    good = loop.item(**ROLE)
    assert loop.item(**{**ROLE, "role": "CanFly"})["failed"]
    assert loop.item(**{**ROLE, "app": "Nothing"})["failed"]
    assert loop.item(**ROLE, colour="red")["failed"]
    assert loop.item(**ROLE, client="unregistered")["failed"]
    again = loop.item(**ROLE)
    assert again["resource"] == good["resource"]
    assert not again["changed"]


# -- items that make, rename and delete things ---------------------------------------------------------------------

CONNECTION = {
    "environment": "Finance Production",
    "connector": "shared_azureblob",
    "key": "receipts",
    "display_name": "Receipts archive",
    "parameters": {"accountName": "archive"},
    "secret_parameters": {"accessKey": "k3y-0f-the-archive-9d1f"},
}
APPLICATION = {"application_id": "c1000000-0000-4000-8000-000000000002"}
APP = {"environment": "Finance Production", "app": "Old Timesheets"}
UPS_AND_DOWNS: dict[str, tuple[str, list[Json]]] = {
    "flow_state": ("flow_state", [{**FLOW, "state": state} for state in ("stopped", "started", "stopped", "stopped")]),
    "flow_state by id": (
        "flow_state",
        [{**FLOW, "flow": EXPORT, "state": state} for state in ("stopped", "started", "stopped", "stopped")],
    ),
    "connection": (
        "connection",
        [{**CONNECTION, "state": state} for state in ("present", "absent", "present", "present", "absent", "absent")],
    ),
    "management_application": (
        "management_application",
        [
            {**APPLICATION, "client": "delegated", "state": state}
            for state in ("present", "absent", "present", "present", "absent")
        ],
    ),
    "powerapp": (
        "powerapp",
        [{**APP, "owner": who} for who in ("kim@contoso.example", "ada@contoso.example", "kim@contoso.example")]
        + [{**APP, "state": "absent"}, {**APP, "state": "absent"}, {**APP, "owner": "kim@contoso.example"}],
    ),
    "powerapp_role": (
        "powerapp_role",
        [{**ROLE, "state": state} for state in ("present", "absent", "present", "present", "absent")],
    ),
    "connection_role": (
        "connection_role",
        [
            {
                "environment": "Finance Production",
                "connection": "Ledger database",
                "user": "lee@contoso.example",
                "role": "CanView",
                "state": state,
            }
            for state in ("present", "absent", "present", "present")
        ],
    ),
    "converge": (
        "converge",
        [
            {"resources": [{"kind": "connection", **CONNECTION, "state": state}, {"kind": "flow_state", **FLOW}]}
            for state in ("present", "absent", "present", "present")
        ],
    ),
}


def _timeless(value: object) -> object:
    """Without what is new each time that a thing is made."""
    if isinstance(value, dict):
        gone = ("created", "created_at", "modified", "modified_at", "created_time", "last_modified_time")
        return {key: _timeless(item) for key, item in value.items() if key not in gone}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", sorted(UPS_AND_DOWNS))
@pytest.mark.parametrize("check_mode", [False, True], ids=["", "check mode"])
def test_items_plan_on_what_earlier_items_left(emulator: Emulator, case: str, check_mode: bool) -> None:
    module, items = UPS_AND_DOWNS[case]
    loop = Loop(emulator, module, check_mode=check_mode, diff=True)
    here = [told(loop.item(**item), UNLIKE) for item in items]
    written = [(entry["method"], entry["path"]) for entry in emulator.log(writes=True)]
    emulator.reset()
    by_module = [told(alone(emulator, module, check_mode=check_mode, diff=True, **item), UNLIKE) for item in items]
    assert [_timeless(result) for result in here] == [_timeless(result) for result in by_module]
    assert written == [(entry["method"], entry["path"]) for entry in emulator.log(writes=True)]
    assert bool(written) is not check_mode


@pytest.mark.parametrize("case", sorted(ROLE_CASES))
@pytest.mark.parametrize("module", ["converge", "drift_info"])
def test_bulk_calls_about_what_is_no_longer_what_it_was(emulator: Emulator, module: str, case: str) -> None:
    """An audit never fails on one item, and looks once more all the same."""
    options = {"resources": [{"kind": "powerapp_role", **ROLE, "user": "kim@contoso.example", "role": "CanEdit"}]}
    here, by_module = compare(emulator, module, options, ROLE_CASES[case])
    assert here == by_module


def holding(app: str, user: str, role: str = "CanView") -> Json:
    """An item of a bulk call."""
    return {"kind": "powerapp_role", "environment": "Finance Production", "app": app, "user": user, "role": role}


def test_a_bulk_call_looks_for_itself(emulator: Emulator) -> None:
    loop = Loop(emulator, "converge")
    looked = []
    for _number in range(3):
        loop.item(resources=[holding("Expenses", "lee@contoso.example")])
        looked.append(reads(emulator, ENVIRONMENTS))
    assert looked == [1, 2, 3]


def test_nothing_is_remembered_after_a_write_that_may_rename_things(emulator: Emulator) -> None:
    options = {"environment": "Finance Production", "app": "Expenses", "role_for_old_owner": "CanEdit"}
    loop = Loop(emulator, "powerapp")
    looked = []
    for owner in ("kim@contoso.example", "kim@contoso.example", "lee@contoso.example", "lee@contoso.example"):
        assert not loop.item(**options, owner=owner).get("failed")
        looked.append(reads(emulator, ENVIRONMENTS))
    # The first and the third one write; what the second found is told to the third, and what that found to nobody.
    assert looked == [1, 2, 2, 3]


def test_what_was_written_is_not_done_once_more(emulator: Emulator) -> None:
    """A call that fails on one thing still says what it changed."""
    loop = Loop(emulator, "converge")
    kept = [holding("Expenses", "kim@contoso.example", "CanEdit"), holding("Old Timesheets", "lee@contoso.example")]
    assert not loop.item(resources=kept)["changed"]
    emulator.change([{"change": "delete_app", "app": "aa000000-0000-4000-8000-000000000015"}])
    asked = [holding("Expenses", "lee@contoso.example"), holding("Old Timesheets", "lee@contoso.example")]
    result = loop.item(resources=asked, on_error="continue")
    assert result["failed"]
    assert result["changed"]
    assert [row["status"] for row in result["outcomes"]] == ["changed", "failed"]


def test_names_and_ids_that_a_listing_told_are_not_asked_for(emulator: Emulator) -> None:
    """All of them, although an item asked for one."""
    loop = Loop(emulator, "powerapp_role")
    loop.item(**ROLE)
    emulator.clear_log()
    for app in ("Old Timesheets", EXPENSES, "expenses"):
        assert not loop.item(**{**ROLE, "app": app}).get("failed")
    assert not loop.item(**{**ROLE, "environment": FINANCE}).get("failed")
    assert reads(emulator, ENVIRONMENTS) == 0
    assert reads(emulator, "/apps") == 0
    assert reads(emulator, EXPENSES) == 0
    assert reads(emulator, FINANCE) == 0


def test_whether_something_was_remembered_is_asked_of_each_item(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    for _number in range(2):
        loop.item(**ROLE)
    emulator.clear_log()
    unknown = {**ROLE, "environment": "Nowhere", "user": "joerg@contoso.example"}
    assert loop.item(**unknown)["error"]["type"] == "UnknownReferenceError"
    assert reads(emulator, ENVIRONMENTS) == 1


def test_an_environment_that_is_named_by_its_id_is_asked_for_once(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    for _number in range(3):
        assert not loop.item(**{**ROLE, "environment": FINANCE}).get("failed")
    assert reads(emulator, FINANCE) == 1


def test_what_one_login_changes_every_login_forgets(emulator: Emulator) -> None:
    """Else a role would be granted on the connector that had the name before."""
    place = {"environment": "Finance Production", "as_admin": True}
    role = {"kind": "custom_connector_role", **place, "connector": "Expenses", "user": "lee@contoso.example"}
    connector = {"kind": "custom_connector", "environment": "Finance Production"}
    loop = Loop(emulator, "converge")
    before = loop.item(resources=[{**role, "role": "CanView", "state": "absent"}], deadline=600)
    loop.item(resources=[{**connector, "name": "cr736_5Fexpenses", "display_name": "Expenses old"}], deadline=601)
    other = {**connector, "connector_id": "b1000000-0000-4000-8000-000000000002", "display_name": "Expenses"}
    assert loop.item(resources=[other], deadline=601)["changed"]
    after = loop.item(resources=[{**role, "role": "CanView"}], deadline=600)
    assert before["outcomes"][0]["resource"]["connector"].startswith("shared_expenses")
    assert after["outcomes"][0]["resource"]["connector"].startswith("shared_warehouse")


def test_a_group_that_could_not_be_used_is_looked_at_again(emulator: Emulator) -> None:
    """What was found is remembered although the item failed, and its failure is looked into."""
    options = {"environment": "Finance Production", "app": "Expenses", "role": "CanView", "group": "Finance Readers"}
    readers = {"change": "set_principal", "principal": "Finance Readers"}
    loop = Loop(emulator, "powerapp_role")
    emulator.change([{**readers, "security_enabled": False}])
    assert loop.item(**options)["failed"]
    emulator.change([{**readers, "security_enabled": True}])
    assert not loop.item(**options).get("failed")


def test_a_connector_by_its_unique_name_is_asked_for_once(emulator: Emulator) -> None:
    loop = Loop(emulator, "custom_connector")
    options = {"environment": "Finance Production", "name": "cr736_5Fexpenses", "display_name": "Expenses"}
    first, second = loop.item(**options), loop.item(**options)
    assert told(second) == told(first)
    assert second["api_calls"]["read"] == 1
