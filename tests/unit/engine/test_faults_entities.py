# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while things are made, given away and removed: no twins, no absence out of an error."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    LostAnswerError,
    PermissionDeniedError,
    ServiceUnavailableError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    UNKNOWN,
    Outcome,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    BOT_APPLICATION,
    CLAIMS,
    CONNECTION_ROLE,
    CONNECTOR_ROLE,
    DATABASE,
    EXPENSES,
    FINANCE,
    JOERG,
    KIM,
    LEE,
    REGISTRATION,
    RUNNER_APPLICATION,
    blob,
    check,
    one,
    owned,
    plan,
    request,
    roles_of,
    run,
    statuses,
    things,
)

Json = dict[str, Any]

WRITES = {"write": True}
TIMES = ("modified", "created", "created_at", "deleted_at")
SAFE = "Running again is safe"


class Write(NamedTuple):
    """One write: what is declared, what has to be declared first, who runs, and the path by which it is read."""

    wanted: Request
    first: tuple[Request, ...]
    client: str
    read: str


_CONNECTIONS = f"{FINANCE}/connections$"
_APP = rf"/apps(/{EXPENSES})?$"  # a listing is read where the app itself is refused
_REGISTRATIONS = "/adminApplications/"
EVERY_WRITE = {
    "make a connection": Write(blob(), (), "runner", _CONNECTIONS),
    "change a connection": Write(blob(display_name="New name"), (blob(),), "runner", _CONNECTIONS),
    "remove a connection": Write(blob(state="absent"), (blob(),), "runner", _CONNECTIONS),
    "make one as a maker": Write(blob(as_admin=False), (), "maker", "/connections$"),
    "remove one as a maker": Write(
        blob(as_admin=False, state="absent"), (blob(as_admin=False),), "maker", "/connections$"
    ),
    "give an app away": Write(owned(EXPENSES, JOERG), (), "runner", _APP),
    "remove an app": Write(owned(EXPENSES, state="absent"), (), "runner", _APP),
    "remove an app as a maker": Write(owned(EXPENSES, state="absent", as_admin=False), (), "delegated", _APP),
    "register": Write(request(REGISTRATION, application_id=BOT_APPLICATION), (), "delegated", _REGISTRATIONS),
    "unregister": Write(
        request(REGISTRATION, application_id=RUNNER_APPLICATION, state="absent"), (), "delegated", _REGISTRATIONS
    ),
}


@pytest.fixture(params=EVERY_WRITE)
def write(emulator: Emulator, request: pytest.FixtureRequest) -> Write:
    found = EVERY_WRITE[request.param]
    for before in found.first:
        assert one(emulator, before, found.client).status == CHANGED
    emulator.clear_log()
    return found


def settled(outcome: Outcome) -> tuple[str, bool, bool | None]:
    return (outcome.status, outcome.changed, outcome.verified)


def everything(emulator: Emulator) -> Any:
    """The tenant now, but for the times of changes."""

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bool(item) if name in TIMES else timeless(item) for name, item in value.items()}
        return [timeless(item) for item in value] if isinstance(value, list) else value

    return timeless(emulator.tenant())


# -- answers that are lost ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 1000], ids=["one", "all"])
def test_a_write_whose_answer_is_lost_was_done_once(emulator: Emulator, write: Write, times: int) -> None:
    """Repeated or read back: the end is that of a write that was answered, without a twin."""
    assert settled(one(emulator, write.wanted, write.client)) == (CHANGED, True, True)
    straight = everything(emulator)
    emulator.reset()
    for before in write.first:
        one(emulator, before, write.client)
    emulator.faults([{"kind": "drop", "when": "after", "times": times, "match": WRITES}])
    assert settled(one(emulator, write.wanted, write.client)) == (CHANGED, True, True)
    assert everything(emulator) == straight
    emulator.faults([])
    assert one(emulator, write.wanted, write.client).status == OK


def test_a_write_that_never_arrives_is_uncertain_and_may_be_run_again(emulator: Emulator, write: Write) -> None:
    before = everything(emulator)
    emulator.faults([{"kind": "drop", "when": "before", "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, LostAnswerError)
    assert SAFE in outcome.error.remedy
    assert everything(emulator) == before
    emulator.faults([])
    assert settled(one(emulator, write.wanted, write.client)) == (CHANGED, True, True)


def test_a_500_is_not_repeated_blindly(emulator: Emulator, write: Write) -> None:
    emulator.faults([{"kind": "status", "status": 500, "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, ServiceUnavailableError)
    assert len(emulator.log(writes=True)) == 1


def test_a_refused_write_changed_nothing(emulator: Emulator, write: Write) -> None:
    before = everything(emulator)
    emulator.faults([{"kind": "status", "status": 403, "code": "Forbidden", "match": WRITES}])
    outcome = one(emulator, write.wanted, write.client)
    assert settled(outcome) == (FAILED, False, None)
    assert isinstance(outcome.error, PermissionDeniedError)
    assert everything(emulator) == before


def test_a_write_that_has_no_effect_is_a_failure(emulator: Emulator, write: Write) -> None:
    emulator.faults([{"kind": "ignore_write"}])
    outcome = one(emulator, write.wanted, write.client)
    assert settled(outcome) == (FAILED, True, False)
    assert isinstance(outcome.error, TransportError)
    assert "not visible" in outcome.error.message
    assert SAFE in outcome.error.remedy


def test_what_is_gone_already_when_it_is_removed_is_as_wanted(emulator: Emulator) -> None:
    """A 404 for the thing itself, of something that was there a moment ago."""
    run(emulator, blob())
    for wanted, client in (
        (owned(EXPENSES, state="absent"), "runner"),
        (blob(state="absent"), "runner"),
        (request(REGISTRATION, application_id=RUNNER_APPLICATION, state="absent"), "delegated"),
    ):
        emulator.faults([{"kind": "lag", "match": {"method": "DELETE"}}])
        outcome = one(emulator, wanted, client)
        assert settled(outcome) == (FAILED, True, False)  # the service says it is gone, and its reads that it is not
        emulator.faults([])
        assert one(emulator, wanted, client).status == CHANGED


# -- an error is no absence --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 500, 502])
def test_an_error_is_never_taken_for_absence(emulator: Emulator, write: Write, status: int) -> None:
    """Nothing is made again, and nothing counts as gone."""
    before = everything(emulator)
    emulator.faults([{"kind": "status", "status": status, "match": {"path": write.read, "method": "GET"}}])
    assert settled(one(emulator, write.wanted, write.client)) == (FAILED, False, None)
    assert statuses(check(emulator, write.wanted, name=write.client)) == [UNKNOWN]
    assert everything(emulator) == before
    assert emulator.log(writes=True) == []


def test_half_a_listing_tells_of_nothing_that_it_is_missing(emulator: Emulator) -> None:
    run(emulator, blob())
    emulator.clear_log()
    match = {"path": _CONNECTIONS}
    emulator.faults(
        [{"kind": "page_cap", "max": 2, "match": match}, {"kind": "page", "page": 2, "status": 500, "match": match}]
    )
    for wanted in (blob(), blob("another"), blob(state="absent")):
        assert settled(one(emulator, wanted)) == (FAILED, False, None)
    assert emulator.log(writes=True) == []


def test_an_app_that_is_refused_is_gone_where_a_whole_listing_lacks_it(emulator: Emulator) -> None:
    """A missing app may be answered with 403 (powerapps-admin.md 2.1)."""
    strange, listing = "aa000000-0000-4000-8000-0000000000aa", f"{FINANCE}/apps$"
    refusals = [
        {"kind": "status", "status": 403, "code": "Forbidden", "match": {"path": f"/apps/{known}$"}}
        for known in (strange, EXPENSES)
    ]
    emulator.faults(refusals)
    assert one(emulator, owned(strange, state="absent")).status == OK
    outcome = one(emulator, owned(EXPENSES, state="absent"))
    assert settled(outcome) == (FAILED, False, None)
    assert isinstance(outcome.error, PermissionDeniedError)
    for broken in (
        [{"kind": "status", "status": 403, "match": {"path": listing}}],
        [
            {"kind": "page_cap", "max": 2, "match": {"path": listing}},
            {"kind": "page", "page": 2, "status": 500, "match": {"path": listing}},
        ],
    ):
        emulator.faults([*refusals, *broken])
        assert one(emulator, owned(strange, state="absent")).status == FAILED
    assert emulator.log(writes=True) == []


def test_a_write_that_cannot_be_read_back_is_a_failure_that_says_so(emulator: Emulator, write: Write) -> None:
    emulator.faults([{"kind": "status", "status": 403, "after": 1, "match": {"path": write.read, "method": "GET"}}])
    outcome = one(emulator, write.wanted, write.client)
    assert settled(outcome) == (FAILED, True, False)
    assert outcome.error is not None
    assert "could not be read back" in outcome.error.message


def test_an_unknown_environment_has_nothing_to_be_absent(emulator: Emulator) -> None:
    nowhere = "eeeeeeee-0000-4000-8000-000000000001"
    for wanted in (owned(EXPENSES, state="absent", environment=nowhere), blob(environment=nowhere, state="absent")):
        assert plan(emulator, wanted).outcomes[0].status == FAILED


# -- items that fail inside an answer that says nothing ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "part", "thing"),
    [
        (
            request(
                CONNECTION_ROLE,
                environment=FINANCE,
                connection=DATABASE,
                assignments=[
                    {"user": LEE, "role": "CanView"},
                    {"user": KIM, "role": "CanEdit"},
                ],
            ),
            "connections",
            DATABASE,
        ),
        (
            request(
                CONNECTOR_ROLE,
                environment=FINANCE,
                connector=CLAIMS,
                assignments=[
                    {"user": LEE, "role": "CanView"},
                    {"user": KIM, "role": "CanView"},
                ],
            ),
            "connectors",
            CLAIMS,
        ),
    ],
    ids=["connection", "connector"],
)
def test_an_item_that_failed_silently_shows_as_not_visible(
    emulator: Emulator, wanted: Request, part: str, thing: str
) -> None:
    emulator.faults([{"kind": "item_failure", "principal": LEE}])
    outcome = one(emulator, wanted)
    assert settled(outcome) == (FAILED, True, False)
    assert "not visible" in str(outcome.error)
    held = roles_of(emulator, thing, part)
    assert LEE not in held
    assert held[KIM] == next(row["role"] for row in wanted.options["assignments"] if row["user"] == KIM)
    emulator.faults([])
    emulator.clear_log()
    assert one(emulator, wanted).status == CHANGED
    [again] = emulator.log(writes=True)
    assert [entry["properties"]["principal"]["id"] for entry in again["body"]["put"]] == [LEE]


# -- what others own ---------------------------------------------------------------------------------------------------


def test_a_connection_of_another_owner_is_never_written(emulator: Emulator) -> None:
    """By an administrator neither, who may remove it. Whoever declares it means the same connection."""
    before = things(emulator, "connections").keys()
    run(emulator, blob(), name="delegated")
    emulator.clear_log()
    outcome = one(emulator, blob(display_name="Mine now"))
    assert settled(outcome) == (FAILED, False, None)
    assert "Ada Example" in str(outcome.error)
    assert ADA in str(outcome.error)
    # As it is declared, but whoever declares one by a key wants one of its own.
    assert settled(one(emulator, blob())) == (FAILED, False, None)
    known = next(iter(things(emulator, "connections").keys() - before))
    assert one(emulator, blob(connection_id=known)).status == OK
    assert emulator.log(writes=True) == []
    assert one(emulator, blob(state="absent")).status == CHANGED


def test_a_maker_does_not_overwrite_what_others_own(emulator: Emulator) -> None:
    """Though a maker's listing does not show it: the service refuses."""
    run(emulator, blob(), name="delegated")
    known = things(emulator, "connections").keys()
    outcome = one(emulator, blob(as_admin=False, display_name="Mine now"), "maker")
    assert settled(outcome) == (FAILED, False, None)
    assert isinstance(outcome.error, PermissionDeniedError)
    assert things(emulator, "connections").keys() == known
    assert "Mine now" not in str(emulator.tenant())
