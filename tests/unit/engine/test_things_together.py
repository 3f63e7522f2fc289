# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of one thing in one call: planned on each other's outlook, written in the order of their ranks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform_connections
from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    GuardError,
    OptionError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    APPROVALS,
    BOT_APPLICATION,
    CALCULATOR,
    EXPENSES,
    JOERG,
    KIM,
    LEE,
    LIMITS,
    NOTHING,
    REGISTRATION,
    TOOL_APPLICATION,
    app,
    blob,
    blob_id,
    check,
    connection_roles,
    one,
    owned,
    plan,
    request,
    roles_of,
    rows,
    run,
    services_asked,
    shared,
    statuses,
    things,
)

Json = dict[str, Any]

LEE_VIEWS = {"user": LEE, "role": "CanView"}
IN_EITHER_ORDER = pytest.mark.parametrize("order", [tuple, reversed], ids=["as ranked", "reversed"])
Order = Callable[[list[Request]], Any]


def paths(emulator: Emulator) -> list[str]:
    return [entry["path"].rpartition("/")[2] for entry in emulator.log(writes=True)]


# -- an app and its roles ----------------------------------------------------------------------------------------------


@IN_EITHER_ORDER
@pytest.mark.parametrize("kept", [{}, {"role_for_old_owner": "CanEdit"}])
def test_owner_and_roles_take_two_writes_and_end_as_the_roles_say(emulator: Emulator, order: Order, kept: Json) -> None:
    """Also of the old owner, whom the first write may give another role, or take all."""
    requests = list(order([owned(EXPENSES, JOERG, **kept), shared(EXPENSES, (ADA, "CanView"), exclusive=True)]))
    planned = plan(emulator, *requests)
    assert statuses(planned) == [PLANNED, PLANNED]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED]
    assert [outcome.drift for outcome in report.outcomes] == [outcome.drift for outcome in planned.outcomes]
    assert paths(emulator) == ["modifyAppOwner", "modifyPermissions"]
    assert roles_of(emulator, EXPENSES) == {JOERG: "Owner", ADA: "CanView"}
    assert statuses(run(emulator, *requests)) == [OK, OK]
    assert emulator.summary()["writes"] == emulator.summary()["effects"] == 2


def test_what_the_first_write_does_already_is_not_written_again(emulator: Emulator) -> None:
    requests = [owned(EXPENSES, JOERG, role_for_old_owner="CanView"), shared(EXPENSES, (ADA, "CanView"))]
    assert statuses(plan(emulator, *requests)) == [PLANNED, OK]
    assert statuses(run(emulator, *requests)) == [CHANGED, OK]
    assert paths(emulator) == ["modifyAppOwner"]


def test_the_new_owner_is_no_longer_to_be_shared_with(emulator: Emulator) -> None:
    """As it is told for any owner, and before anything is written."""
    report = run(emulator, owned(EXPENSES, KIM), shared(EXPENSES, (KIM, "CanEdit")))
    assert statuses(report) == [SKIPPED, FAILED]
    assert isinstance(report.outcomes[1].error, GuardError)
    assert "owns" in report.outcomes[1].error.message
    assert emulator.log(writes=True) == []


def test_the_old_owner_may_be_taken_off_in_the_same_call(emulator: Emulator) -> None:
    """Which without the change of owner is refused."""
    gone = app(EXPENSES, user=ADA, state="absent")
    assert statuses(plan(emulator, gone)) == [FAILED]
    for kept in ({}, {"role_for_old_owner": "CanEdit"}):
        emulator.reset()
        assert not run(emulator, owned(EXPENSES, JOERG, **kept), gone).failed
        assert ADA not in roles_of(emulator, EXPENSES)


def test_an_exclusive_list_counts_what_it_removes_after_the_owner_changed(emulator: Emulator) -> None:
    requests = [owned(EXPENSES, JOERG, role_for_old_owner="CanView"), app(EXPENSES, assignments=[], exclusive=True)]
    planned = plan(emulator, *requests).outcomes
    assert [outcome.plan.removals for outcome in planned if outcome.plan] == [0, 5]
    assert not run(emulator, *requests).failed
    assert roles_of(emulator, EXPENSES) == {JOERG: "Owner"}


@pytest.mark.parametrize("as_admin", [True, False])
def test_the_two_are_one_thing_and_declared_in_one_view(emulator: Emulator, as_admin: bool) -> None:
    requests = [owned(EXPENSES, as_admin=not as_admin), app(EXPENSES, user=LEE, role="CanView", as_admin=as_admin)]
    report = run(emulator, *requests, name="delegated")
    assert statuses(report) == [SKIPPED, FAILED]
    assert "as administrator" in str(report.outcomes[1].error)


def test_reads_that_lag_behind_the_first_write_are_waited_for(emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 2}])
    report = run(emulator, owned(EXPENSES, JOERG), shared(EXPENSES, (ADA, "CanView")))
    assert statuses(report) == [CHANGED, CHANGED]
    assert roles_of(emulator, EXPENSES)[ADA] == "CanView"


def listing(*roles_: tuple[str, str]) -> Json:
    """A fault that answers a question for the roles of the app: users and what they hold."""
    rows = [
        {"name": user, "properties": {"roleName": role, "principal": {"id": user, "type": "User", "displayName": user}}}
        for user, role in roles_
    ]
    match = {"path": f"{EXPENSES}/permissions$"}
    return {"kind": "status", "status": 200, "body": {"value": rows}, "match": match}


def test_nothing_is_planned_on_roles_that_do_not_show_the_new_owner(emulator: Emulator) -> None:
    """Roles may lag behind the app. They are read before anything, to see the first write, and for the second one."""
    requests = [owned(EXPENSES, JOERG), shared(EXPENSES, (LEE, "CanView"))]
    old = listing((ADA, "Owner"), (KIM, "CanEdit"))
    emulator.faults([{**old, "after": 2}])
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    assert report.outcomes[1].changed is False
    assert "not visible in time" in str(report.outcomes[1].error)
    assert paths(emulator) == ["modifyAppOwner"]
    for more in ({"user": LEE, "role": "CanView"}, {"user": ADA, "role": "CanView"}):
        emulator.reset()
        emulator.faults([{**old, "after": 2, "times": 2}])
        assert statuses(run(emulator, requests[0], app(EXPENSES, **more))) == [CHANGED, CHANGED]


@pytest.mark.parametrize(
    ("kept", "held"), [({"role_for_old_owner": "CanView"}, []), ({}, [(ADA, "CanView")])], ids=["lost", "kept"]
)
def test_what_became_of_the_old_owner_is_read_back(emulator: Emulator, kept: Json, held: list[tuple[str, str]]) -> None:
    emulator.faults([listing((JOERG, "Owner"), *held)])
    outcome = one(emulator, owned(EXPENSES, JOERG, **kept))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible" in str(outcome.error)


# -- what is to go -----------------------------------------------------------------------------------------------------


@IN_EITHER_ORDER
def test_what_shall_not_be_there_has_no_roles(emulator: Emulator, order: Order) -> None:
    run(emulator, blob())
    emulator.clear_log()
    known = blob_id(emulator)
    for requests in (
        [owned(EXPENSES, state="absent"), app(EXPENSES, user=LEE, role="CanView")],
        [blob(state="absent"), connection_roles(known, LEE_VIEWS)],
        [blob(state="absent"), connection_roles("Receipts archive", LEE_VIEWS)],
    ):
        report = run(emulator, *order(requests))
        failed = list(order([SKIPPED, FAILED]))
        assert statuses(report) == failed
        [outcome] = [outcome for outcome in report.outcomes if outcome.error]
        assert isinstance(outcome.error, OptionError)
        assert "shall not be there" in outcome.error.message
        assert emulator.log(writes=True) == []


def test_absent_twice_is_one_removal(emulator: Emulator) -> None:
    run(emulator, blob())
    emulator.clear_log()
    requests = [
        blob(state="absent"),
        blob(state="absent"),
        owned(EXPENSES, state="absent"),
        owned("Expenses", state="absent"),
    ]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED] * 4
    assert sorted(entry["method"] for entry in emulator.log(writes=True)) == ["DELETE", "DELETE"]
    assert EXPENSES not in things(emulator, "apps")
    again = run(emulator, *requests)
    assert statuses(again) == [OK] * 4
    assert len(emulator.log(writes=True)) == 2


def test_what_is_not_there_may_be_declared_absent_by_any_name(emulator: Emulator) -> None:
    requests = [
        owned(NOTHING, state="absent"),
        owned("No such app", state="absent"),
        blob(state="absent"),
        blob(connection_id="ab" * 16, state="absent"),
    ]
    for report in (plan(emulator, *requests), run(emulator, *requests), check(emulator, *requests)):
        assert statuses(report) == [OK] * 4
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    "wanted", [owned(CALCULATOR, state="absent", as_admin=False), blob(state="absent", as_admin=False)]
)
def test_what_a_maker_does_not_see_may_be_there_all_the_same(emulator: Emulator, wanted: Request) -> None:
    report = run(emulator, wanted, name="maker")
    assert statuses(report) == [OK]
    [warning] = rows(report, [wanted])[0]["warnings"]
    assert "not visible" in warning
    assert rows(run(emulator, blob(state="absent")), [wanted])[0]["warnings"] == []
    assert CALCULATOR in things(emulator, "apps")


def test_a_name_of_several_is_never_taken_for_one_to_remove(emulator: Emulator) -> None:
    report = run(emulator, owned("Approvals", state="absent"))
    assert isinstance(report.outcomes[0].error, AmbiguousReferenceError)
    assert set(APPROVALS) <= things(emulator, "apps").keys()


def test_removals_of_things_count_towards_the_limit_of_the_call(emulator: Emulator) -> None:
    requests = [owned(EXPENSES, state="absent"), *(owned(known, state="absent") for known in APPROVALS)]
    report = run(emulator, *requests, limits=LIMITS._replace(max_removals=2))
    assert statuses(report) == [FAILED] * 3
    assert "removes 3, more than max_removals=2" in str(report.outcomes[0].error)
    assert emulator.log(writes=True) == []


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_an_audit_needs_no_token_that_can_write(emulator: Emulator) -> None:
    """Registering an application takes a user; looking whether it is registered does not."""
    wanted = [request(REGISTRATION, application_id=known) for known in (BOT_APPLICATION, TOOL_APPLICATION)]
    assert statuses(check(emulator, *wanted)) == [PLANNED, PLANNED]
    emulator.clear_log()
    for report in (plan(emulator, *wanted), run(emulator, *wanted)):
        assert statuses(report) == [FAILED, FAILED]
        assert isinstance(report.outcomes[0].error, TokenError)
    assert services_asked(emulator) == set()


def test_an_absence_needs_no_token_that_can_create() -> None:
    """What a declaration may need is asked for, and no more."""
    for wanted, unneeded in (
        (blob(state="absent"), power_platform_connections.PUT_CONNECTION),
        (request(REGISTRATION, application_id=BOT_APPLICATION), bap.REMOVE_MANAGEMENT_APPLICATION),
    ):
        declaration = wanted.kind.parse(wanted.options)
        assert unneeded not in wanted.kind.operations(declaration)
        assert unneeded in wanted.kind.every_operation(as_admin=True)


@pytest.mark.parametrize("requests", list(permutations([0, 1, 2])))
def test_every_order_of_items_is_reported_in_its_own(emulator: Emulator, requests: tuple[int, ...]) -> None:
    items = [owned(EXPENSES, JOERG), shared(EXPENSES, (ADA, "CanView")), owned(APPROVALS[0], ADA)]
    expected = [CHANGED, CHANGED, OK]
    report = run(emulator, *(items[number] for number in requests))
    assert statuses(report) == [expected[number] for number in requests]
    assert [outcome.kind for outcome in report.outcomes] == [items[number].kind.name for number in requests]


def test_one_alone_is_as_before(emulator: Emulator) -> None:
    """Each item by itself plans on what is there now."""
    assert one(emulator, owned(EXPENSES, JOERG)).status == CHANGED
    assert roles_of(emulator, EXPENSES).get(ADA) is None
    assert one(emulator, shared(EXPENSES, (ADA, "CanView"))).status == CHANGED
