# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection and its roles in one call: it is made, and then shared as what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    MISSING,
    OK,
    PLANNED,
    SKIPPED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BROKEN,
    CONNECTION,
    FINANCE,
    LEE,
    READERS,
    SANDBOX,
    blob,
    blob_id,
    check,
    client,
    connection_roles,
    plan,
    request,
    roles_of,
    rows,
    run,
    statuses,
    things,
)

Json = dict[str, Any]

LEE_VIEWS = {"user": LEE, "role": "CanView"}
SAME_THING = "Not attempted, because of item 0, which is about the same thing."
IN_EITHER_ORDER = pytest.mark.parametrize("order", [tuple, reversed], ids=["as ranked", "reversed"])
Order = Callable[[list[Request]], Any]


@IN_EITHER_ORDER
@pytest.mark.parametrize("named", ["by id", "by name"])
def test_a_connection_is_made_and_shared_in_one_call(emulator: Emulator, order: Order, named: str) -> None:
    connection = blob_id(emulator) if named == "by id" else "Receipts archive"
    requests = list(order([blob(), connection_roles(connection, LEE_VIEWS, {"group": READERS, "role": "CanEdit"})]))
    assert statuses(plan(emulator, *requests)) == [PLANNED, PLANNED]
    assert emulator.log(writes=True) == []
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED]
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PUT", "POST"]
    made = roles_of(emulator, blob_id(emulator), "connections")
    own = client(emulator).caller("powerapps").object_id
    assert made == {own: "Owner", LEE: "CanView", READERS: "CanEdit"}
    assert statuses(run(emulator, *requests)) == [OK, OK]
    assert len(things(emulator, "connections")) == 8


def test_roles_of_what_nobody_makes_are_an_error(emulator: Emulator) -> None:
    report = run(emulator, blob("other", display_name="Other"), connection_roles("Receipts archive", LEE_VIEWS))
    assert statuses(report) == [SKIPPED, FAILED]
    assert isinstance(report.outcomes[1].error, UnknownReferenceError)
    elsewhere = connection_roles(blob_id(emulator), LEE_VIEWS, environment=SANDBOX)
    assert statuses(run(emulator, blob(), elsewhere)) == [SKIPPED, FAILED]
    assert statuses(check(emulator, blob(), elsewhere)) == [PLANNED, MISSING]
    assert emulator.log(writes=True) == []


def test_a_name_that_two_of_the_call_will_have_is_ambiguous(emulator: Emulator) -> None:
    report = run(emulator, blob("one"), blob("two"), connection_roles("Receipts archive", LEE_VIEWS))
    assert statuses(report) == [SKIPPED, SKIPPED, FAILED]
    assert isinstance(report.outcomes[2].error, AmbiguousReferenceError)
    assert emulator.log(writes=True) == []


def test_a_name_of_one_that_is_there_and_one_to_come_is_ambiguous(emulator: Emulator) -> None:
    report = run(emulator, blob(display_name="Ledger database"), connection_roles("Ledger database", LEE_VIEWS))
    assert statuses(report) == [SKIPPED, FAILED]
    assert isinstance(report.outcomes[1].error, AmbiguousReferenceError)
    assert emulator.log(writes=True) == []


def test_what_is_not_as_declared_is_not_shared(emulator: Emulator) -> None:
    broken = request(CONNECTION, environment=FINANCE, connector="shared_sql", connection_id=BROKEN)
    report = run(emulator, broken, connection_roles(BROKEN, LEE_VIEWS))
    assert statuses(report) == [FAILED, SKIPPED]
    assert emulator.log(writes=True) == []


def test_the_maker_of_a_connection_owns_it_and_is_told_so_beforehand(emulator: Emulator) -> None:
    own = client(emulator).caller("powerapps").object_id
    wanted = connection_roles("Receipts archive", {"service_principal": own, "role": "CanView"})
    report = plan(emulator, blob(), wanted)
    assert statuses(report) == [PLANNED, FAILED]
    assert "owns" in str(report.outcomes[1].error)


def test_a_connection_that_cannot_be_made_is_not_shared(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 400, "code": "Broken", "match": {"method": "PUT"}}])
    requests = [blob(), connection_roles("Receipts archive", LEE_VIEWS)]
    report = run(emulator, *requests)
    assert statuses(report) == [FAILED, SKIPPED]
    assert "Broken" in str(report.outcomes[0].error)
    assert rows(report, requests)[1]["reason"] == SAME_THING
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PUT"]


def test_what_was_made_is_shared_as_what_it_is(emulator: Emulator) -> None:
    """Whether it is to be shared, only the service can tell, and only then."""
    mailbox = request(
        CONNECTION,
        environment=FINANCE,
        connector="shared_office365",
        display_name="Team mailbox",
        require_connected=False,
    )
    report = run(emulator, mailbox, connection_roles("Team mailbox", LEE_VIEWS))
    assert statuses(report) == [CHANGED, FAILED]
    assert "allowSharing" in str(report.outcomes[1].error)
    assert len(emulator.log(writes=True)) == 1


def test_a_connection_that_does_not_show_is_not_shared(emulator: Emulator) -> None:
    """It was made a moment ago, says the service; reads have not heard of it."""
    run(emulator, blob())
    run(emulator, blob(state="absent"))
    emulator.clear_log()
    emulator.faults([{"kind": "stale", "reads": 1000}])
    requests = [blob(), connection_roles("Receipts archive", LEE_VIEWS)]
    report = run(emulator, *requests)
    assert statuses(report) == [FAILED, SKIPPED]
    assert (report.outcomes[0].changed, report.outcomes[0].verified) == (True, False)
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PUT"]
    emulator.faults([])
    assert statuses(run(emulator, *requests)) == [OK, CHANGED]


def test_reads_that_lag_behind_the_making_are_waited_for(emulator: Emulator) -> None:
    run(emulator, blob())
    run(emulator, blob(state="absent"))
    emulator.clear_log()
    emulator.faults([{"kind": "stale", "reads": 2}])
    report = run(emulator, blob(), connection_roles("Receipts archive", LEE_VIEWS))
    assert statuses(report) == [CHANGED, CHANGED]
    assert emulator.summary()["effects"] == 2


def test_a_connection_is_changed_and_shared_in_one_call(emulator: Emulator) -> None:
    run(emulator, blob())
    emulator.clear_log()
    requests = [blob(display_name="New name"), connection_roles(blob_id(emulator), LEE_VIEWS)]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert len(emulator.log(writes=True)) == 2
