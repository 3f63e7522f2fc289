# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of one thing are written as one and reported one by one; what an item cannot say is told as what it is."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import LimitError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    MISSING,
    OK,
    PLANNED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    EXPENSES,
    KIM,
    LEDGER,
    LEE,
    LIMITS,
    NOTHING,
    TIMESHEETS,
    app,
    check,
    client,
    plan,
    roles_of,
    run,
    shared,
    statuses,
)


def test_an_item_that_was_true_already_is_not_changed(emulator: Emulator) -> None:
    requests = [shared(EXPENSES, (LEE, "CanView")), shared(EXPENSES, (KIM, "CanEdit"))]
    before = plan(emulator, *requests)
    assert statuses(before) == [PLANNED, OK]
    assert [len(outcome.drift) for outcome in before.outcomes] == [1, 0]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, OK]
    assert [outcome.changed for outcome in report.outcomes] == [True, False]
    assert len(emulator.log(writes=True)) == 1


def test_a_call_removes_no_more_than_twenty_unless_it_says_so(emulator: Emulator) -> None:
    assert Limits().max_removals == 20
    people = [f"a0000000-0000-4000-8000-{number:012x}" for number in (3, 4, 6, 7, 8, 11, 12)]
    apps = [f"aa000000-0000-4000-8000-00000000001{number}" for number in (1, 2, 3)]
    run(emulator, *(shared(item, *((user, "CanView") for user in people)) for item in apps), limits=LIMITS)
    empty = [app(item, assignments=[], exclusive=True, max_removals=-1) for item in apps]
    emulator.clear_log()
    report = run(emulator, *empty)
    assert {type(outcome.error) for outcome in report.outcomes} == {LimitError}
    assert emulator.log(writes=True) == []
    assert run(emulator, *empty, limits=LIMITS._replace(max_removals=-1)).failed is False
    assert set(roles_of(emulator, apps[1]).values()) == {"Owner"}


def test_an_unknown_principal_is_a_wrong_declaration_and_not_a_missing_app(emulator: Emulator) -> None:
    unknown = shared(EXPENSES, ("nobody@contoso.example", "CanView"))
    assert statuses(check(emulator, unknown, shared(NOTHING, (LEE, "CanView")))) == [FAILED, MISSING]


def test_the_application_id_of_the_identity_that_runs_protects_it(emulator: Emulator) -> None:
    own = client(emulator).caller("powerapps")
    run(emulator, app(service_principal=own.object_id, role="CanView"))
    run(emulator, app(assignments=[], exclusive=True, protected_principals=[own.application_id]))
    assert roles_of(emulator, EXPENSES)[own.object_id] == "CanView"


def test_a_list_that_is_null_is_named(emulator: Emulator) -> None:
    [outcome] = run(emulator, app(assignments=None)).outcomes
    assert isinstance(outcome.error, OptionError)
    assert outcome.error.option == "assignments"
    assert emulator.log() == []


def test_a_write_that_is_refused_for_good_changed_nothing_even_if_nothing_can_be_read(emulator: Emulator) -> None:
    emulator.faults([{"kind": "lapsed_role", "after": 2, "match": {"service": "powerapps"}}])
    [outcome] = run(emulator, shared(EXPENSES, (LEE, "CanView"))).outcomes
    assert outcome.status == FAILED
    assert outcome.changed is False
    assert LEE not in roles_of(emulator, EXPENSES)


def test_removing_orphans_alone_is_a_declaration(emulator: Emulator) -> None:
    [outcome] = plan(emulator, app(TIMESHEETS, assignments=[], remove_orphans=True)).outcomes
    assert outcome.plan is not None
    assert outcome.plan.warnings == ()
    assert outcome.status == PLANNED


def test_an_owner_without_a_name_is_no_orphaned_assignment(emulator: Emulator) -> None:
    [outcome] = plan(emulator, shared(LEDGER, (LEE, "CanView"))).outcomes
    assert outcome.plan is not None
    assert outcome.plan.warnings == ()
