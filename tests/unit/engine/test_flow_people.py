# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Co-owners and run-only users of flows: one list, two kinds, and an owner that neither of them touches."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    OptionError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, PLANNED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    BOT,
    BOT_APPLICATION,
    FINANCE,
    GONE,
    JOERG,
    KIM,
    LEE,
    LOU,
    MAKERS,
    READERS,
    RUNNER,
    SALES,
    SANDBOX,
    one,
    plan,
    rows,
    run,
    statuses,
    things,
)
from tests.unit.engine.flows import BUTTON, CLAIM, HANDOVER, INTAKE, LIST, RUNNING, owners, paths, run_only

Json = dict[str, Any]

SOCIAL = "b0000000-0000-4000-8000-000000000004"  # a Microsoft 365 group that is not security-enabled
# What Nightly stock export begins with.
HELD = {ADA: "Owner", KIM: "CanEdit", READERS: "CanView"}


def people(emulator: Emulator, flow_id: str = RUNNING) -> dict[str, str]:
    """Who holds which role now. What is no principal is left out."""
    roles = things(emulator, "flows")[flow_id]["roles"]
    return {entry["principal"]: entry["role"] for entry in roles if "principal" in entry}


def sent(emulator: Emulator) -> list[tuple[dict[str, str], set[str]]]:
    """What each write gives, by principal, and takes."""
    found = []
    for entry in emulator.log(writes=True):
        put = [item["properties"] for item in entry["body"]["put"]]
        given = {item["principal"]["id"]: item["roleName"] for item in put}
        found.append((given, {item["id"] for item in entry["body"]["delete"]}))
    return found


# -- together ---------------------------------------------------------------------------------------------------------


def test_owners_and_run_only_users_share_one_read_and_owners_go_first(emulator: Emulator) -> None:
    requests = [run_only(RUNNING, {"user": JOERG}), owners(RUNNING, {"user": LEE})]
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, CHANGED]
    assert sent(emulator) == [({LEE: "CanEdit"}, set()), ({JOERG: "CanView"}, set())]
    reads = [entry for entry in emulator.log() if entry["path"].endswith("/permissions")]
    first_write = emulator.log(writes=True)[0]["number"]
    assert len([entry for entry in reads if entry["number"] < first_write]) == 1
    assert people(emulator) == {**HELD, LEE: "CanEdit", JOERG: "CanView"}
    emulator.clear_log()
    assert statuses(run(emulator, *requests)) == [OK, OK]
    assert paths(emulator, writes=False).count("GET permissions") == 1
    assert emulator.log(writes=True) == []


def test_both_as_complete_lists(emulator: Emulator) -> None:
    """Neither takes the other's away."""
    requests = [
        owners(RUNNING, {"user": LEE}, exclusive=True),
        run_only(RUNNING, {"group": SALES}, exclusive=True),
    ]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert people(emulator) == {ADA: "Owner", LEE: "CanEdit", SALES: "CanView"}
    assert len(emulator.log(writes=True)) == 2
    assert statuses(run(emulator, *requests)) == [OK, OK]


@pytest.mark.parametrize("other", [LEE, LEE.upper(), "lee@contoso.example"])
def test_one_principal_in_both_kinds_names_both_items(emulator: Emulator, other: str) -> None:
    """However it is named: no run would ever end."""
    requests = [owners(RUNNING, {"user": LEE}), run_only("Nightly stock export", {"user": other})]
    for report in (plan(emulator, *requests), run(emulator, *requests)):
        assert statuses(report)[1] == FAILED
        error = report.outcomes[1].error
        assert isinstance(error, OptionError)
        assert "items 0 and 1" in error.message
    assert emulator.log(writes=True) == []


def test_what_one_kind_takes_the_other_may_give(emulator: Emulator) -> None:
    requests = [owners(RUNNING, {"user": KIM}, state="absent"), run_only(RUNNING, {"user": KIM})]
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert people(emulator) == {**HELD, KIM: "CanView"}
    assert sent(emulator) == [({}, {KIM}), ({KIM: "CanView"}, set())]
    assert statuses(run(emulator, *requests)) == [OK, OK]


# -- the owner --------------------------------------------------------------------------------------------------------


def test_the_owner_is_a_co_owner_anyway(emulator: Emulator) -> None:
    outcome = one(emulator, owners(RUNNING, {"user": ADA}))
    assert (outcome.status, outcome.drift) == (OK, [])
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(
    "wanted",
    [
        owners(RUNNING, {"user": ADA}, state="absent"),
        run_only(RUNNING, {"user": ADA}),
        run_only(RUNNING, {"user": LEE}, {"user": "ada@contoso.example"}),
        run_only(RUNNING, {"user": ADA}, state="absent"),
    ],
    ids=["removed", "lowered", "lowered among others", "removed as run-only user"],
)
def test_the_owner_is_neither_removed_nor_lowered(emulator: Emulator, wanted: Request) -> None:
    """Before anything is sent, in the service's own word."""
    for outcome in (plan(emulator, wanted).outcomes[0], one(emulator, wanted)):
        assert outcome.status == FAILED
        assert isinstance(outcome.error, GuardError)
        assert "PermissionDowngradeNotAllowed" in outcome.error.message
    assert emulator.log(writes=True) == []


def test_a_complete_list_spares_the_owner(emulator: Emulator) -> None:
    assert one(emulator, owners(RUNNING, exclusive=True)).status == CHANGED
    assert people(emulator) == {ADA: "Owner", READERS: "CanView"}


# -- from one role to the other ---------------------------------------------------------------------------------------


def test_a_run_only_user_becomes_a_co_owner_in_one_write(emulator: Emulator) -> None:
    assert one(emulator, owners(RUNNING, {"group": READERS})).status == CHANGED
    assert sent(emulator) == [({READERS: "CanEdit"}, set())]


def test_a_co_owner_becomes_a_run_only_user_in_two_writes(emulator: Emulator) -> None:
    wanted = run_only(RUNNING, {"user": KIM}, {"user": LEE})
    planned = plan(emulator, wanted).outcomes[0]
    assert planned.plan
    assert (planned.plan.writes, planned.plan.removals) == (2, 1)
    [lowered] = [row for row in planned.drift if row["id"].endswith(KIM)]
    assert lowered["before"]["role"] == "CanEdit"
    assert "role" not in lowered["after"]
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert sent(emulator) == [({LEE: "CanView"}, {KIM}), ({KIM: "CanView"}, set())]
    assert people(emulator) == {**HELD, KIM: "CanView", LEE: "CanView"}
    assert one(emulator, wanted).status == OK
    assert len(emulator.log(writes=True)) == 2


def test_a_lowered_role_counts_as_a_removal(emulator: Emulator) -> None:
    outcome = one(emulator, run_only(RUNNING, {"user": KIM}, max_removals=0))
    assert isinstance(outcome.error, GuardError)
    assert "removes 1, more than max_removals=0" in outcome.error.message
    assert emulator.log(writes=True) == []


def test_each_kind_takes_its_own_role_alone(emulator: Emulator) -> None:
    assert one(emulator, run_only(RUNNING, {"user": KIM}, state="absent")).status == OK
    assert one(emulator, owners(RUNNING, {"group": READERS}, state="absent")).status == OK
    assert one(emulator, run_only(RUNNING, exclusive=True)).status == CHANGED
    assert people(emulator) == {ADA: "Owner", KIM: "CanEdit"}


# -- who is there besides ---------------------------------------------------------------------------------------------


def test_what_is_no_principal_is_reported_and_left(emulator: Emulator) -> None:
    wanted = run_only(BUTTON, exclusive=True, protected_principals=[])
    report = run(emulator, wanted)
    assert statuses(report) == [CHANGED]
    assert rows(report, [wanted])[0]["facts"]["resources"] == [LIST]
    assert [taken for _given, taken in sent(emulator)] == [{LEE, GONE}]
    assert "sharepoint-list-requests" in str(things(emulator, "flows")[BUTTON]["roles"])
    assert people(emulator, BUTTON) == {ADA: "Owner", LOU: "CanEdit"}


def test_service_principals_are_kept_though_the_owners_list_leaves_them_out(emulator: Emulator) -> None:
    emulator.change([{"change": "set_environment", "environment": SANDBOX, "owners_without_applications": True}])
    wanted = owners(HANDOVER, {"application_id": BOT_APPLICATION}, {"user": JOERG}, environment=SANDBOX, exclusive=True)
    assert one(emulator, wanted).status == OK
    assert one(emulator, owners(HANDOVER, {"user": LEE}, environment=SANDBOX)).status == CHANGED
    assert people(emulator, HANDOVER) == {ADA: "Owner", BOT: "CanEdit", JOERG: "CanEdit", LEE: "CanEdit"}
    gone = owners(HANDOVER, {"service_principal": "Invoice Bot"}, environment=SANDBOX, state="absent")
    assert one(emulator, gone).status == CHANGED
    assert BOT not in people(emulator, HANDOVER)


def test_service_principals_are_sent_as_such(emulator: Emulator) -> None:
    assert one(emulator, owners(RUNNING, {"service_principal": "Invoice Bot"}, {"group": MAKERS})).status == CHANGED
    [entry] = emulator.log(writes=True)
    types = {
        item["properties"]["principal"]["id"]: item["properties"]["principal"]["type"] for item in entry["body"]["put"]
    }
    assert types == {BOT: "ServicePrincipal", MAKERS: "Group"}


@pytest.mark.parametrize("group", [SOCIAL, "Social Team"])
def test_microsoft_365_groups_need_not_be_security_enabled(emulator: Emulator, group: str) -> None:
    assert one(emulator, owners(RUNNING, {"group": group})).status == CHANGED
    assert people(emulator)[SOCIAL] == "CanEdit"


# -- guards -----------------------------------------------------------------------------------------------------------


def test_removals_are_limited(emulator: Emulator) -> None:
    for limit, status in ((3, FAILED), (4, CHANGED)):
        outcome = one(emulator, run_only(CLAIM, environment=SANDBOX, exclusive=True, max_removals=limit))
        assert outcome.status == status
        assert len(emulator.log(writes=True)) == (0 if status == FAILED else 1)


def test_protected_principals_stay(emulator: Emulator) -> None:
    emulator.change([{"change": "put_flow_role", "flow": RUNNING, "principal": RUNNER, "role": "CanEdit"}])
    wanted = owners(RUNNING, exclusive=True)
    assert one(emulator, wanted).status == CHANGED
    assert people(emulator) == {ADA: "Owner", RUNNER: "CanEdit", READERS: "CanView"}, "whoever runs is protected"
    for bad in (
        owners(RUNNING, {"service_principal": RUNNER}, state="absent"),
        run_only(RUNNING, {"service_principal": RUNNER}),
    ):
        outcome = one(emulator, bad)
        assert isinstance(outcome.error, GuardError)
        assert "protected_principals" in outcome.error.message
    assert one(emulator, owners(RUNNING, exclusive=True, protected_principals=[])).status == CHANGED
    assert people(emulator) == {ADA: "Owner", READERS: "CanView"}


def test_orphans_go_when_the_directory_confirms_it(emulator: Emulator) -> None:
    """Who is in the bin may come back, and keeps the role."""
    wanted = run_only(BUTTON, remove_orphans=True)
    report = run(emulator, wanted)
    assert statuses(report) == [CHANGED]
    assert [taken for _given, taken in sent(emulator)] == [{GONE}]
    [held] = plan_facts(emulator, owners(BUTTON, remove_orphans=True))
    assert held == []
    assert people(emulator, BUTTON)[LOU] == "CanEdit"
    assert statuses(run(emulator, wanted)) == [OK]


def plan_facts(emulator: Emulator, wanted: Request) -> list[Any]:
    report = plan(emulator, wanted)
    assert statuses(report) == [OK]
    return [rows(report, [wanted])[0]["facts"]["orphans"]]


def test_people_without_names_are_no_orphans(emulator: Emulator) -> None:
    """The Flow service tells nobody's name."""
    wanted = owners(INTAKE, environment=SANDBOX, remove_orphans=True)
    report = run(emulator, wanted)
    assert statuses(report) == [OK]
    row = rows(report, [wanted])[0]
    assert row["facts"] == {"orphans": []}
    assert {item["principal_display_name"] for item in row["resource"]["assignments"]} == {""}
    assert all("role" not in item for item in row["resource"]["assignments"])


# -- views ------------------------------------------------------------------------------------------------------------


def test_a_co_owner_manages_people_in_the_maker_s_view(emulator: Emulator) -> None:
    wanted = owners(RUNNING, {"user": LEE}, as_admin=False)
    outcome = one(emulator, wanted, "maker")
    assert (outcome.status, outcome.verified, outcome.error) == (CHANGED, True, None)
    assert {entry["path"].count("/scopes/admin/") for entry in emulator.log() if entry["service"] == "flow"} == {0}
    assert one(emulator, wanted, "maker").status == OK


@pytest.mark.parametrize("kind", [owners, run_only])
def test_applications_are_refused_the_maker_s_view_before_anything_is_sent(emulator: Emulator, kind: Any) -> None:
    outcome = one(emulator, kind(RUNNING, {"user": LEE}, as_admin=False))
    assert isinstance(outcome.error, TokenError)
    assert [entry for entry in emulator.log() if entry["service"] != "login"] == []


def test_one_flow_in_two_views_is_an_error(emulator: Emulator) -> None:
    requests = [owners(RUNNING, {"user": LEE}), run_only(RUNNING, {"user": JOERG}, as_admin=False)]
    report = run(emulator, *requests, name="delegated")
    assert isinstance(report.outcomes[1].error, OptionError)
    assert emulator.log(writes=True) == []


def test_check_mode_writes_nothing(emulator: Emulator) -> None:
    requests = [owners(RUNNING, {"user": LEE}, exclusive=True), run_only(RUNNING, {"user": KIM}, environment=FINANCE)]
    report = plan(emulator, *requests)
    assert PLANNED in statuses(report)
    assert emulator.log(writes=True) == []
