# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that somebody else made: never taken for one's own, never shared, never changed; an audit only tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import AmbiguousReferenceError, GuardError
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
    CONNECTION,
    FINANCE,
    KIM,
    LEE,
    MAILBOX,
    blob,
    blob_id,
    check,
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
NAME = "Receipts archive"
IN_EITHER_ORDER = pytest.mark.parametrize("order", [tuple, reversed], ids=["as ranked", "reversed"])
Order = Callable[[list[Request]], Any]


@pytest.fixture
def of_ada(emulator: Emulator) -> str:
    """The connection that `blob()` means, made by Ada: the id hangs on the key, not on who runs."""
    assert not run(emulator, blob(), name="delegated").failed
    emulator.clear_log()
    known = blob_id(emulator)
    assert roles_of(emulator, known, "connections") == {ADA: "Owner"}
    return known


def of_kim(**options: Any) -> Request:
    """A declaration of Kim's mailbox."""
    return request(CONNECTION, environment=FINANCE, connector="shared_office365", connection_id=MAILBOX, **options)


# -- one with the id that was derived ----------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"display_name": "Mine now"}, {"update_secrets": "always"}])
def test_whoever_declares_it_by_its_key_fails_and_is_told_whose_it_is(
    emulator: Emulator, of_ada: str, options: Json
) -> None:
    """Also where nothing differs: it is there, and cannot be used."""
    for report in (plan(emulator, blob(**options)), run(emulator, blob(**options))):
        [outcome] = report.outcomes
        assert (outcome.status, outcome.changed) == (FAILED, False)
        assert isinstance(outcome.error, GuardError)
        for part in ("Ada Example", ADA, of_ada, "another key"):
            assert part in outcome.error.message
    assert emulator.log(writes=True) == []


@IN_EITHER_ORDER
@pytest.mark.parametrize("named", ["by id", "by name"])
def test_it_is_not_shared_in_the_same_call(emulator: Emulator, of_ada: str, order: Order, named: str) -> None:
    """An administrator could: but it is not the one that the call means."""
    requests = [blob(), connection_roles(of_ada if named == "by id" else NAME, LEE_VIEWS)]
    report = run(emulator, *order(requests))
    assert statuses(report) == list(order([FAILED, SKIPPED]))
    assert emulator.log(writes=True) == []
    assert roles_of(emulator, of_ada, "connections") == {ADA: "Owner"}


@pytest.mark.usefixtures("of_ada")
def test_other_things_of_the_call_go_on(emulator: Emulator) -> None:
    report = run(emulator, blob(), blob("another", display_name="Another"), of_kim())
    assert statuses(report) == [FAILED, CHANGED, OK]
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PUT"]


@pytest.mark.usefixtures("of_ada")
def test_its_own_maker_finds_it_as_declared(emulator: Emulator) -> None:
    assert statuses(run(emulator, blob(), name="delegated")) == [OK]


def test_an_audit_by_somebody_else_warns_and_fails_nothing(emulator: Emulator, of_ada: str) -> None:
    """Who looks is seldom who made it."""
    requests = [blob(), connection_roles(of_ada, LEE_VIEWS)]
    report = check(emulator, *requests)
    assert statuses(report) == [OK, PLANNED]
    assert not report.failed
    row = rows(report, requests)[0]
    [warning] = row["warnings"]
    assert "Ada Example" in warning
    assert (row["changed"], row["resource"]["state"]) == (False, "present")
    assert report.outcomes[0].drift == []
    # Who made it is warned of nothing.
    assert rows(check(emulator, blob(), name="delegated"), [blob()])[0]["warnings"] == []


# -- what differs of one that somebody else owns -----------------------------------------------------------------------

CHANGES: dict[str, Json] = {
    "name": {"display_name": "Mine now"},
    "parameters": {"parameters": {"accountName": "other"}},
    "secrets": {"update_secrets": "always"},
}


@pytest.mark.parametrize("options", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("by", ["key", "id"])
def test_an_audit_keeps_what_differs(emulator: Emulator, of_ada: str, options: Json, by: str) -> None:
    """As drift, with the fingerprint that its owner's audit tells."""
    wanted = blob(**options) if by == "key" else blob(connection_id=of_ada, **options)
    report = check(emulator, wanted)
    assert statuses(report) == [PLANNED]
    assert not report.failed
    assert report.drift == check(emulator, wanted, name="delegated").drift != []
    [warning] = rows(report, [wanted])[0]["warnings"]
    assert "Ada Example" in warning
    assert "only its owner can change it" in warning


@IN_EITHER_ORDER
def test_a_converge_fails_for_it_alone(emulator: Emulator, order: Order) -> None:
    requests = list(order([of_kim(display_name="Mine now"), blob()]))
    planned = plan(emulator, *requests)
    assert statuses(planned) == list(order([FAILED, PLANNED]))
    report = run(emulator, *requests)
    assert statuses(report) == list(order([FAILED, CHANGED]))
    [outcome] = [outcome for outcome in report.outcomes if outcome.error]
    assert "Kim Maker" in outcome.error.message
    assert KIM in outcome.error.message
    assert outcome.drift == planned.outcomes[outcome.index].drift != []
    assert things(emulator, "connections")[MAILBOX]["name"] == "Approvals mailbox"
    assert [entry["method"] for entry in emulator.log(writes=True)] == ["PUT"]


# -- a name that a stranger gave as well -------------------------------------------------------------------------------


@IN_EITHER_ORDER
@pytest.mark.parametrize("case", [str, str.upper], ids=["same", "other case"])
def test_a_name_of_a_stranger_s_and_of_one_to_be_made_is_ambiguous_at_once(
    emulator: Emulator, order: Order, case: Callable[[str], str]
) -> None:
    """The first run would share the stranger's, the second one could not tell them apart."""
    theirs = {
        "id": "feedface" * 4,
        "connector": "shared_azureblob",
        "name": NAME,
        "creator": KIM,
        "parameters": {"accountName": "archive"},
    }
    emulator.change([{"change": "add_connection", "environment": FINANCE, "connection": theirs}])
    requests = [blob(), connection_roles(case(NAME), LEE_VIEWS)]
    for report in (plan(emulator, *order(requests)), run(emulator, *order(requests))):
        [outcome] = [outcome for outcome in report.outcomes if outcome.error]
        assert isinstance(outcome.error, AmbiguousReferenceError)
        assert theirs["id"] in outcome.error.message
    assert statuses(report) == list(order([SKIPPED, FAILED]))
    assert emulator.log(writes=True) == []
    assert roles_of(emulator, theirs["id"], "connections") == {KIM: "Owner"}
    # The id tells which one is meant.
    assert statuses(run(emulator, blob(), connection_roles(blob_id(emulator), LEE_VIEWS))) == [CHANGED, CHANGED]
    assert roles_of(emulator, theirs["id"], "connections") == {KIM: "Owner"}
