# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users get wrong: found before anything is written, and said so that they can mend it."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import (
    Request,
    audit,
    converge,
    ensure,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    GuardError,
    OptionError,
    PowerPlatformError,
    TokenError,
    UnknownPrincipalError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
    UNKNOWN,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    APP,
    APPROVALS,
    BOT,
    BOT_APPLICATION,
    EXPENSES,
    FINANCE,
    GONE,
    JOERG,
    KIM,
    LEE,
    LIMITS,
    LOU,
    NOTHING,
    NOWHERE,
    OFF,
    READERS,
    REGISTRATION,
    RUNNER,
    RUNNER_APPLICATION,
    RUNNING,
    SALES,
    SANDBOX_EXPENSES,
    TIMESHEETS,
    app,
    check,
    client,
    declared,
    flow,
    one,
    plan,
    request,
    roles_of,
    run,
    services_asked,
    shared,
    statuses,
)


def refused(emulator: Emulator, wanted: Request, name: str = "runner") -> PowerPlatformError:
    """Why one thing could not be brought to its declared state; nothing was written, nor in check mode."""
    planned = plan(emulator, wanted, name=name)
    outcome = one(emulator, wanted, name)
    assert statuses(planned) == [outcome.status] == [FAILED]
    assert emulator.log(writes=True) == []
    assert (outcome.changed, outcome.verified) == (False, None)
    assert outcome.error is not None
    assert type(planned.outcomes[0].error) is type(outcome.error)
    return outcome.error


# -- references -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "option", "value"),
    [
        (flow(OFF, "stopped", NOWHERE), "environment", NOWHERE),
        (flow(OFF, "stopped", "No Such Place"), "environment", "No Such Place"),
        (flow(NOTHING, "stopped"), "flow", NOTHING),
        (flow("No such flow", "stopped"), "flow", "No such flow"),
        (shared(NOTHING, (LEE, "CanView")), "app", NOTHING),
        (shared("No such app", (LEE, "CanView")), "app", "No such app"),
        (shared(EXPENSES, ("nobody@contoso.example", "CanView")), "assignments[0].user", "nobody@contoso.example"),
        (app(group="No such group", role="CanView"), "group", "No such group"),
        (app(service_principal="No such bot", role="CanView"), "service_principal", "No such bot"),
        (app(application_id=NOTHING, role="CanView"), "application_id", NOTHING),
        (app(user=LEE, role="CanView", protected_principals=["no@contoso.example"]), "protected_principals", "no@"),
    ],
)
def test_what_does_not_exist_is_named(emulator: Emulator, wanted: Request, option: str, value: str) -> None:
    error = refused(emulator, wanted)
    assert isinstance(error, (UnknownReferenceError, UnknownPrincipalError))
    assert error.option == option
    assert value in error.message
    assert "Check the spelling" in error.remedy


@pytest.mark.parametrize(
    ("wanted", "similar"),
    [
        (flow(OFF, "stopped", "Finance Prodution"), "Similar: 'Finance Production'."),
        (flow("Month end reports", "stopped"), "Similar: 'Month end report'."),
    ],
)
def test_a_name_that_is_nearly_right_is_found_among_all(emulator: Emulator, wanted: Request, similar: str) -> None:
    assert refused(emulator, wanted).remedy.endswith(similar)


@pytest.mark.parametrize(
    ("wanted", "candidates"),
    [
        (flow(OFF, "stopped", "Sales"), [f"e0000000-0000-4000-8000-00000000000{number}" for number in (3, 4)]),
        (shared("Approvals", (LEE, "CanView")), list(APPROVALS)),
        (app(group="Auditors", role="CanView"), [f"b0000000-0000-4000-8000-00000000000{number}" for number in (6, 7)]),
        (
            app(user="chris@contoso.example", role="CanView"),
            [f"a0000000-0000-4000-8000-00000000000{number}" for number in "bc"],
        ),
    ],
)
def test_what_is_ambiguous_lists_the_candidates(emulator: Emulator, wanted: Request, candidates: list[str]) -> None:
    error = refused(emulator, wanted)
    assert isinstance(error, AmbiguousReferenceError)
    assert sorted(identifier for identifier, _name in error.candidates) == candidates
    for identifier in candidates:
        assert identifier in error.message
    assert "id" in error.remedy


def test_an_ambiguous_flow_lists_the_candidates_and_an_id_helps(emulator: Emulator) -> None:
    twin = {"id": NOTHING, "name": "month END report", "creator": KIM, "state": "Stopped"}
    emulator.change([{"change": "add_flow", "environment": FINANCE, "flow": twin}])
    # The exact spelling is one flow; another casing is either.
    assert one(emulator, flow("Month end report", "stopped")).status == OK
    error = refused(emulator, flow("MONTH END REPORT", "stopped"))
    assert isinstance(error, AmbiguousReferenceError)
    assert {OFF, NOTHING} <= {identifier for identifier, _name in error.candidates}
    assert one(emulator, flow(NOTHING, "stopped")).status == OK


def test_an_app_of_another_environment_is_not_there(emulator: Emulator) -> None:
    error = refused(emulator, shared(SANDBOX_EXPENSES, (LEE, "CanView")))
    assert isinstance(error, UnknownReferenceError)
    assert "Finance Production" in error.message


# -- principals and roles ---------------------------------------------------------------------------------------------


def test_everyone_can_only_view(emulator: Emulator) -> None:
    error = refused(emulator, app(assignments=[{"everyone": True, "role": "CanEdit"}]))
    assert isinstance(error, OptionError)
    assert error.option == "assignments[0].role"
    assert "CanView" in error.remedy
    assert emulator.log() == []


@pytest.mark.parametrize("name", ["Social Team", "All Staff News"])
def test_a_group_that_is_not_security_enabled_cannot_hold_a_role(emulator: Emulator, name: str) -> None:
    error = refused(emulator, app(group=name, role="CanView"))
    assert isinstance(error, OptionError)
    assert (error.option, "security" in error.message) == ("group", True)


@pytest.mark.parametrize(
    "options",
    [
        {"user": "no address", "role": "CanView"},
        {"user": "", "role": "CanView"},
        {"application_id": "no guid", "role": "CanView"},
        {"everyone": False, "role": "CanView"},
        {"user": LEE},
        {"user": LEE, "state": "absent", "exclusive": True},
        {"user": LEE, "role": "CanView", "protected_principals": ["no address"]},
        {"assignments": [{"user": LEE, "role": "CanView"}, {"user": LEE.upper(), "role": "CanEdit"}]},
    ],
)
def test_what_cannot_be_right(emulator: Emulator, options: dict[str, object]) -> None:
    assert isinstance(refused(emulator, app(**options)), OptionError)


@pytest.mark.parametrize("options", [{"role": "CanView"}, {"role": "CanEdit"}, {"state": "absent"}])
def test_the_owner_is_never_removed_or_downgraded(emulator: Emulator, options: dict[str, str]) -> None:
    error = refused(emulator, app(user=ADA, **options))
    assert isinstance(error, GuardError)
    assert "Ada Example" in error.message
    assert roles_of(emulator, EXPENSES)[ADA] == "Owner"


def test_exclusive_leaves_the_owner_alone(emulator: Emulator) -> None:
    assert one(emulator, app(assignments=[], exclusive=True)).status == CHANGED
    assert roles_of(emulator, EXPENSES) == {ADA: "Owner"}
    [write] = emulator.log(writes=True)
    assert ADA not in str(write["body"])


def test_who_runs_is_protected_unless_the_task_says_otherwise(emulator: Emulator) -> None:
    emulator.change([{"change": "put_app_role", "app": EXPENSES, "principal": RUNNER, "role": "CanEdit"}])
    error = refused(emulator, app(service_principal=RUNNER, role="CanView"))
    assert isinstance(error, GuardError)
    assert "protected_principals" in error.message
    assert one(emulator, app(assignments=[], exclusive=True)).status == CHANGED
    assert roles_of(emulator, EXPENSES) == {ADA: "Owner", RUNNER: "CanEdit"}
    assert one(emulator, app(assignments=[], exclusive=True, protected_principals=[])).status == CHANGED
    assert roles_of(emulator, EXPENSES) == {ADA: "Owner"}


def test_one_principal_through_two_names_is_one(emulator: Emulator) -> None:
    requests = [
        shared(EXPENSES, (LEE.upper(), "CanEdit")),
        shared(EXPENSES, ("LEE@contoso.example", "CanEdit")),
        app(application_id=BOT_APPLICATION, role="CanEdit"),
        app(service_principal="invoice bot", role="CanEdit"),
        app(service_principal=BOT, role="CanEdit"),
    ]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED] * 5
    [write] = emulator.log(writes=True)
    assert sorted(entry["properties"]["principal"]["id"] for entry in write["body"]["put"]) == [LEE, BOT]
    assert statuses(run(emulator, *requests)) == [OK] * 5


@pytest.mark.parametrize("first", [True, False])
def test_one_thing_as_administrator_and_as_maker_is_refused(emulator: Emulator, first: bool) -> None:
    requests = [
        flow(OFF, "stopped"),
        app(user=LEE, role="CanView", as_admin=first),
        app("Expenses", "Finance Production", user=KIM, role="CanView", as_admin=not first),
    ]
    report = run(emulator, *requests, name="delegated")
    assert statuses(report) == [SKIPPED, SKIPPED, FAILED]
    assert "items 1 and 2" in str(report.outcomes[2].error)
    assert emulator.log(writes=True) == []
    assert statuses(run(emulator, requests[1], flow(RUNNING, "stopped", as_admin=not first), name="delegated")) == [
        CHANGED,
        CHANGED,
    ]


def test_a_wrong_name_beside_an_id_is_a_warning(emulator: Emulator) -> None:
    held = one(emulator, app(user=KIM, role="CanEdit", principal_display_name="Somebody Else"))
    looked_up = one(emulator, app(user="kim@contoso.example", role="CanEdit", principal_display_name="Somebody Else"))
    for outcome in (held, looked_up):
        assert outcome.status == OK
        assert outcome.plan is not None
        [warning] = outcome.plan.warnings
        assert "'Somebody Else'" in warning
        assert "'Kim Maker'" in warning


# -- the list and its limits ------------------------------------------------------------------------------------------


def test_an_empty_list_declares_nothing(emulator: Emulator) -> None:
    outcome = one(emulator, app(assignments=[]))
    assert (outcome.status, outcome.changed) == (OK, False)
    assert outcome.plan is not None
    assert "nothing is declared" in outcome.plan.warnings[0]
    assert emulator.log(writes=True) == []


def test_an_empty_exclusive_list_removes_all_but_the_owner(emulator: Emulator) -> None:
    outcome = one(emulator, app(assignments=[], exclusive=True))
    assert outcome.status == CHANGED
    assert outcome.plan is not None
    assert outcome.plan.removals == 4
    assert {row["after"] for row in outcome.drift} == {None}


@pytest.mark.parametrize(
    "options",
    [
        {"assignments": [], "exclusive": True},
        {"assignments": [{"user": KIM}, {"group": READERS}, {"group": SALES}, {"application_id": BOT_APPLICATION}]},
    ],
)
def test_max_removals_counts_whatever_is_taken(emulator: Emulator, options: dict[str, object]) -> None:
    if "exclusive" not in options:
        options = {**options, "state": "absent"}
    error = refused(emulator, app(**options, max_removals=3))
    assert isinstance(error, GuardError)
    assert "removes 4, more than max_removals=3" in error.message
    assert one(emulator, app(**options, max_removals=4)).status == CHANGED
    assert roles_of(emulator, EXPENSES) == {ADA: "Owner"}


def test_max_removals_of_the_call_is_a_total_before_the_first_write(emulator: Emulator) -> None:
    requests = [
        shared(APPROVALS[0], (LEE, "CanView")),
        app(assignments=[], exclusive=True),
        app(TIMESHEETS, assignments=[], exclusive=True),
    ]
    report = converge(requests, client(emulator), Limits(max_removals=6, verify_delays=LIMITS.verify_delays))
    assert statuses(report) == [SKIPPED, FAILED, FAILED]
    assert "removes 7, more than max_removals=6" in str(report.outcomes[1].error)
    assert report.outcomes[0].reason == "Not attempted, because of item 1, 2."
    assert emulator.log(writes=True) == []
    for most in (7, -1):
        emulator.reset()
        report = converge(requests, client(emulator), Limits(max_removals=most, verify_delays=LIMITS.verify_delays))
        assert statuses(report) == [CHANGED] * 3


def test_max_removals_minus_one_is_no_limit(emulator: Emulator) -> None:
    people = [f"a0000000-0000-4000-8000-00000000000{number}" for number in range(2, 9)]
    apps = [EXPENSES, TIMESHEETS]
    emulator.change(
        {"change": "put_app_role", "app": identifier, "principal": person, "role": "CanView"}
        for identifier in apps
        for person in people
    )
    requests = [app(identifier, assignments=[], exclusive=True, max_removals=0) for identifier in apps]
    assert statuses(run(emulator, *requests)) == [FAILED, FAILED]
    requests = [app(identifier, assignments=[], exclusive=True, max_removals=-1) for identifier in apps]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]


def test_the_default_limit_is_twenty() -> None:
    assert declared(APP, environment="e", app="a", assignments=[])["max_removals"] == 20


# -- tokens -----------------------------------------------------------------------------------------------------------


def test_the_wrong_tenant_is_noticed_before_anything_is_asked(emulator: Emulator) -> None:
    wanted = shared(EXPENSES, (LEE, "CanView"))
    for read_only in (False, True):
        with pytest.raises(GuardError) as raised:
            ensure(
                wanted.kind, wanted.options, client(emulator, read_only=read_only, expected_tenant_id=NOTHING), LIMITS
            )
        assert NOTHING in str(raised.value)
        assert emulator.tenant_id in str(raised.value)
    assert services_asked(emulator) == set()
    right = client(emulator, expected_tenant_id=emulator.tenant_id.upper())
    assert ensure(wanted.kind, wanted.options, right, LIMITS).status == CHANGED


@pytest.mark.parametrize(
    "wanted", [flow(RUNNING, "stopped", as_admin=False), app(user=LEE, role="CanView", as_admin=False)]
)
def test_an_application_cannot_act_as_a_maker(emulator: Emulator, wanted: Request) -> None:
    error = refused(emulator, wanted)
    assert isinstance(error, TokenError)
    assert "application" in error.message
    assert "user" in error.remedy
    assert services_asked(emulator) == set()


def test_an_audit_goes_on_where_an_application_cannot_act_as_a_maker(emulator: Emulator) -> None:
    """Also where the rest of the item would have to be looked up."""
    report = check(
        emulator,
        app("Expenses", "Finance Production", user="lee@contoso.example", role="CanView", as_admin=False),
        flow(OFF, "stopped"),
    )
    assert statuses(report) == [UNKNOWN, OK]
    assert services_asked(emulator) == {"bap", "flow"}


def test_an_audit_needs_no_token_that_can_write(emulator: Emulator) -> None:
    """An application may read management applications, but not make one."""
    missing, there = (request(REGISTRATION, application_id=which) for which in (BOT_APPLICATION, RUNNER_APPLICATION))
    assert statuses(check(emulator, missing, there)) == [PLANNED, OK]
    error = refused(emulator, missing)
    assert isinstance(error, TokenError)
    assert "user" in error.remedy


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (flow(RUNNING, "stopped", as_admin=False), "maker"),
        (app(SANDBOX_EXPENSES, "Finance Sandbox", user=LEE, role="CanView", as_admin=False), "delegated"),
    ],
)
def test_a_user_acts_as_a_maker(emulator: Emulator, wanted: Request, name: str) -> None:
    if name == "delegated":
        emulator.change([{"change": "put_app_role", "app": SANDBOX_EXPENSES, "principal": ADA, "role": "CanEdit"}])
    outcome = one(emulator, wanted, name)
    assert (outcome.status, outcome.as_json()["scope"]) == (CHANGED, "maker")
    assert one(emulator, wanted, name).status == OK


def test_an_unregistered_application_is_told_how_to_register(emulator: Emulator) -> None:
    error = refused(emulator, shared(EXPENSES, (LEE, "CanView")), "unregistered")
    assert "New-PowerAppManagementApp" in error.remedy
    assert emulator.credentials("unregistered")["client_id"] in error.remedy
    assert len([entry for entry in emulator.log() if entry["service"] != "login"]) == 2  # once in check mode, once not


def test_a_service_that_does_not_know_a_principal(emulator: Emulator) -> None:
    """Ids are not looked up, so it is the service that says so."""
    outcome = one(emulator, shared(EXPENSES, (JOERG, "CanView"), (GONE, "CanView")))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, False, None)
    assert GONE in str(outcome.error)
    assert JOERG not in roles_of(emulator, EXPENSES)
    assert LOU not in roles_of(emulator, EXPENSES)


def test_an_audit_of_bad_input_fails_for_that_item_alone(emulator: Emulator) -> None:
    report = audit(
        [app(user=ADA, role="CanView"), app(assignments=[{"everyone": True, "role": "CanEdit"}]), flow(OFF, "stopped")],
        client(emulator, read_only=True),
        LIMITS,
    )
    assert statuses(report) == [FAILED, FAILED, OK]
