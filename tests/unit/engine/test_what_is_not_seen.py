# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that a read does not show: not visible is not gone, refused is not missing, new is not there at once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    OptionError,
    PermissionDeniedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    MISSING,
    NOT_APPLICABLE,
    OK,
    PLANNED,
    SKIPPED,
    UNKNOWN,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    BOT_APPLICATION,
    CALCULATOR,
    CLAIMS,
    CONNECTION,
    CONNECTOR_ROLE,
    EXPENSES,
    FINANCE,
    KIM,
    LEE,
    LIMITS,
    NOTHING,
    REGISTRATION,
    RUNNER_APPLICATION,
    SANDBOX,
    SANDBOX_CLAIMS,
    TOOL_APPLICATION,
    UNSHARED,
    app,
    ask,
    blob,
    blob_id,
    check,
    connection_roles,
    one,
    owned,
    plan,
    request,
    rows,
    run,
    statuses,
    things,
)

Json = dict[str, Any]

LEE_VIEWS = {"user": LEE, "role": "CanView"}
LISTING = f"{FINANCE}/apps$"
LOOKS = 1 + len(LIMITS.verify_delays)
STRANGE = "aa000000-0000-4000-8000-0000000000aa"


# -- what a maker does not see -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        owned(CALCULATOR, state="absent", as_admin=False),
        owned("Größenrechner 📐 – 測試", state="absent", as_admin=False),
        blob(state="absent", as_admin=False),
        request(
            CONNECTION,
            environment=FINANCE,
            connector="shared_sharepointonline",
            connection_id=UNSHARED,
            state="absent",
            as_admin=False,
        ),
    ],
    ids=["app by id", "app by name", "connection by key", "connection by id"],
)
def test_absence_in_the_view_of_a_maker_is_a_warning(emulator: Emulator, wanted: Request) -> None:
    """Whoever runs, and whether it is there or not."""
    before = emulator.tenant()
    for report in (plan(emulator, wanted, name="maker"), check(emulator, wanted, name="maker")):
        assert statuses(report) == [OK]
        assert "only the admin view tells" in rows(report, [wanted])[0]["warnings"][0]
    report = run(emulator, wanted, name="maker")
    assert (statuses(report), report.changed) == ([OK], False)
    assert "only the admin view tells" in rows(report, [wanted])[0]["warnings"][0]
    assert emulator.log(writes=True) == []
    assert emulator.tenant() == before


def test_absence_in_the_view_of_an_administrator_is_no_warning(emulator: Emulator) -> None:
    for wanted in (owned(NOTHING, state="absent"), owned("No such app", state="absent"), blob(state="absent")):
        [row] = rows(run(emulator, wanted), [wanted])
        assert (row["status"], row["warnings"]) == (OK, [])


# -- an app that is refused --------------------------------------------------------------------------------------------


def refused(*app_ids: str) -> list[Json]:
    """Faults that refuse reads of these apps."""
    refusal = {"kind": "status", "status": 403, "code": "Forbidden"}
    return [{**refusal, "match": {"path": f"/apps/{known}$", "method": "GET"}} for known in app_ids]


BROKEN: dict[str, list[Json]] = {
    "refused": [{"kind": "status", "status": 403, "match": {"path": LISTING}}],
    "failing": [{"kind": "status", "status": 500, "match": {"path": LISTING}}],
    "half": [
        {"kind": "page_cap", "max": 2, "match": {"path": LISTING}},
        {"kind": "page", "page": 2, "status": 500, "match": {"path": LISTING}},
    ],
}
ASKED = {
    "absent": lambda known: owned(known, state="absent"),
    "owner": lambda known: owned(known, KIM),
    "roles": lambda known: app(known, user=LEE, role="CanView"),
}
EVERY_KIND = pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)


@EVERY_KIND
def test_an_app_that_is_refused_and_in_no_listing_is_missing(emulator: Emulator, asked: Any) -> None:
    """The whole listing, however many pages it has."""
    emulator.faults([*refused(STRANGE), {"kind": "page_cap", "max": 2, "match": {"path": LISTING}}])
    wanted = asked(STRANGE)
    assert statuses(check(emulator, wanted)) == [OK if wanted.options["state"] == "absent" else MISSING]
    pages = [entry for entry in emulator.log() if entry["path"].endswith(f"{FINANCE}/apps")]
    assert len(pages) > 1


@EVERY_KIND
def test_an_app_that_is_refused_and_listed_stays_refused(emulator: Emulator, asked: Any) -> None:
    emulator.faults([*refused(EXPENSES), {"kind": "page_cap", "max": 1, "match": {"path": LISTING}}])
    for known in (EXPENSES, EXPENSES.upper()):
        [outcome] = check(emulator, asked(known)).outcomes
        assert outcome.status == UNKNOWN
        assert isinstance(outcome.error, PermissionDeniedError)
        assert outcome.error.remedy
    assert one(emulator, asked(EXPENSES)).status == FAILED
    assert emulator.log(writes=True) == []


@EVERY_KIND
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_listing_that_breaks_off_leaves_it_unknown(emulator: Emulator, asked: Any, broken: list[Json]) -> None:
    emulator.faults([*refused(STRANGE), *broken])
    assert statuses(check(emulator, asked(STRANGE))) == [UNKNOWN]
    assert one(emulator, asked(STRANGE)).status == FAILED


def test_an_app_that_was_removed_may_be_refused_from_then_on(emulator: Emulator) -> None:
    emulator.faults([{**refused(EXPENSES)[0], "after": 1}])
    outcome = one(emulator, owned(EXPENSES, state="absent"))
    assert (outcome.status, outcome.changed, outcome.verified) == (CHANGED, True, True)
    assert one(emulator, owned(EXPENSES, state="absent")).status == OK


# -- what was made a moment ago ----------------------------------------------------------------------------------------


def lag(path: str, **more: Any) -> Json:
    return {"kind": "lag", "match": {"path": path, "method": "GET"}, **more}


def test_a_listing_that_is_not_there_after_the_making_is_waited_for(emulator: Emulator) -> None:
    emulator.faults([lag(f"{FINANCE}/connections$", after=1, times=LOOKS - 1)])
    outcome = one(emulator, blob())
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert len(emulator.log(writes=True)) == 1


def test_but_not_for_ever(emulator: Emulator) -> None:
    emulator.faults([lag(f"{FINANCE}/connections$", after=1)])
    outcome = one(emulator, blob())
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert isinstance(outcome.error, NotFoundError)
    assert "could not be read back" in outcome.error.message
    assert "Running again is safe" in outcome.error.remedy
    reads = [entry for entry in emulator.log() if entry["path"].endswith(f"{FINANCE}/connections")]
    assert len(reads) == 1 + LOOKS
    emulator.faults([])
    assert one(emulator, blob()).status == OK


def test_permissions_that_are_not_there_after_the_making_are_waited_for(emulator: Emulator) -> None:
    requests = [blob(), connection_roles("Receipts archive", LEE_VIEWS)]
    emulator.faults([lag("/permissions$", times=LOOKS - 1)])
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED]
    assert [outcome.verified for outcome in report.outcomes] == [True, True]
    assert emulator.summary()["effects"] == 2


def test_permissions_that_never_come_leave_it_unshared(emulator: Emulator) -> None:
    requests = [blob(), connection_roles("Receipts archive", LEE_VIEWS)]
    emulator.faults([lag("/permissions$")])
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    assert report.outcomes[1].changed is False
    assert "not visible in time" in str(report.outcomes[1].error)
    assert len([entry for entry in emulator.log() if entry["path"].endswith("/permissions")]) == LOOKS
    emulator.faults([])
    assert statuses(run(emulator, *requests)) == [OK, CHANGED]
    assert len(emulator.log(writes=True)) == 2


# -- what cannot be made -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [NOTHING, "shared-sql-1d9b2f4e-0000-4000-8000-000000000001", f"shared-{'ab' * 13}"])
def test_only_32_hexadecimal_digits_name_a_new_connection(emulator: Emulator, known: str) -> None:
    """Ids of other forms are those of connections that are there."""
    report = run(emulator, blob(), blob(connection_id=known))
    assert statuses(report) == [SKIPPED, FAILED]
    error = report.outcomes[1].error
    assert isinstance(error, OptionError)
    assert error.option == "connection_id"
    assert "32 hexadecimal digits" in error.message
    assert emulator.log(writes=True) == []


def test_it_is_made_under_the_id_in_lower_case(emulator: Emulator) -> None:
    """However it was written: two items in two spellings are one connection."""
    known = "abcdef12" * 4
    assert one(emulator, blob(connection_id=known.upper())).status == CHANGED
    assert known in things(emulator, "connections")
    report = run(emulator, blob(connection_id=known.upper()), blob(connection_id=known))
    assert statuses(report) == [OK, OK]
    assert len(emulator.log(writes=True)) == 1
    assert blob_id(emulator) == blob_id(emulator).lower()


# -- an environment that is closed -------------------------------------------------------------------------------------

BLOCKED = "PermissionBlockedByOfficeAI"


def answered(emulator: Emulator, code: str, message: str) -> None:
    path = f"{FINANCE}/apis"
    emulator.faults([{"kind": "status", "status": 403, "code": code, "message": message, "match": {"path": path}}])


def claims(connector: str = CLAIMS, environment: str = FINANCE) -> Request:
    return request(CONNECTOR_ROLE, environment=environment, connector=connector, **LEE_VIEWS)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Forbidden", f"The user does not have access to permission 'ManageAnyCustomApi'. Error Code: {BLOCKED}"),
        ("Forbidden", f"No access to permission 'ManageAnyCustomApi'. Error Code: '{BLOCKED}'."),
        ("Forbidden", f"No access. Code {BLOCKED.lower()}"),
        (BLOCKED, "The environment is closed."),
    ],
)
def test_a_block_that_the_service_names_is_not_applicable(emulator: Emulator, code: str, message: str) -> None:
    answered(emulator, code, message)
    assert statuses(check(emulator, claims())) == [NOT_APPLICABLE]
    assert statuses(run(emulator, claims(), claims(SANDBOX_CLAIMS, SANDBOX))) == [NOT_APPLICABLE, CHANGED]
    answer = ask(emulator, "connector_info", environments=[FINANCE])
    assert (answer["complete"], [row["environment"] for row in answer["not_applicable"]]) == (True, [FINANCE])


@pytest.mark.parametrize(
    "message",
    [
        f"The user does not have access to connector '{BLOCKED}' in environment 'Finance'.",
        f"The connector 'Error Code: {BLOCKED}' is not shared with the user.",
        f"The user does not have permission to '{BLOCKED}'",
        f"The user does not have permission to {BLOCKED}.",
        f"Error Code: {BLOCKED}Not. The user does not have permission to access this.",
    ],
)
def test_a_name_that_it_quotes_is_a_refusal_like_any_other(emulator: Emulator, message: str) -> None:
    """Makers name things as they like; a gap must not look as if there were nothing to see."""
    answered(emulator, "Forbidden", message)
    assert statuses(check(emulator, claims())) == [UNKNOWN]
    assert statuses(run(emulator, claims(), claims(SANDBOX_CLAIMS, SANDBOX))) == [FAILED, SKIPPED]
    answer = ask(emulator, "connector_info", environments=[FINANCE], on_error="report")
    assert (answer["complete"], answer["not_applicable"]) == (False, [])
    assert emulator.log(writes=True) == []


# -- registrations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelt", [str.upper, str.lower, str.swapcase])
def test_an_application_is_one_in_whatever_case(emulator: Emulator, spelt: Any) -> None:
    """In the declaration, and in what the service tells, of one and of many."""
    known = (RUNNER_APPLICATION, BOT_APPLICATION)
    wanted = [request(REGISTRATION, application_id=spelt(item)) for item in known]
    report = run(emulator, *wanted, request(REGISTRATION, application_id=BOT_APPLICATION), name="delegated")
    assert statuses(report) == [OK, CHANGED, CHANGED]
    assert len(emulator.log(writes=True)) == 1
    assert rows(report, [*wanted, wanted[1]])[1]["resource"]["application_id"] == BOT_APPLICATION
    contradiction = [wanted[0], request(REGISTRATION, application_id=RUNNER_APPLICATION, state="absent")]
    assert statuses(run(emulator, *contradiction, name="delegated")) == [SKIPPED, FAILED]


def test_registrations_that_the_service_tells_in_capitals_are_found(emulator: Emulator) -> None:
    three = (RUNNER_APPLICATION, BOT_APPLICATION, TOOL_APPLICATION)
    listed = [{"applicationId": item.upper()} for item in three]
    match = {"path": "/adminApplications/?$", "method": "GET"}
    emulator.faults([{"kind": "status", "status": 200, "body": {"value": listed}, "match": match}])
    wanted = [request(REGISTRATION, application_id=item) for item in three]
    report = check(emulator, *wanted)
    assert statuses(report) == [OK, OK, OK]
    assert [outcome.as_json()["resource"]["application_id"] for outcome in report.outcomes] == list(three)
    gone = [request(REGISTRATION, application_id=item, state="absent") for item in three]
    assert statuses(check(emulator, *gone)) == [PLANNED, PLANNED, PLANNED]
