# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells the role kinds apart: what is sent where, and what services are known to refuse, told before they do."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import (
    CHANGED,
    FAILED,
    OK,
    PLANNED,
    SKIPPED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    APP,
    BOT,
    BROKEN,
    CLAIMS,
    CONNECTION_ROLE,
    CONNECTOR_ROLE,
    DATABASE,
    EXPENSES,
    FINANCE,
    FORMER,
    GONE,
    KIM,
    LEDGER,
    LEE,
    MAKERS,
    RESEARCH,
    TIMESHEETS,
    UNSHARED,
    WAREHOUSE,
    check,
    one,
    plan,
    request,
    roles_of,
    run,
    statuses,
)

Json = dict[str, Any]

SOCIAL = "b0000000-0000-4000-8000-000000000004"  # not security-enabled
RP = "/providers/Microsoft.PowerApps"
ADMIN = f"{RP}/scopes/admin/environments/{FINANCE}"
FILTER = f"$filter=environment%20eq%20%27{FINANCE}%27"


class Shared(NamedTuple):
    """A thing of Ada's in Finance Production, and where its roles are changed."""

    kind: AnyKind
    thing: str
    part: str
    admin: str
    maker: str
    version: str


EVERY = {
    shared.kind.name: shared
    for shared in (
        Shared(APP, EXPENSES, "apps", f"{ADMIN}/apps/{EXPENSES}", f"{RP}/apps/{EXPENSES}", "2022-11-01"),
        Shared(
            CONNECTION_ROLE,
            DATABASE,
            "connections",
            f"{ADMIN}/apis/shared_sql/connections/{DATABASE}",
            f"{RP}/apis/shared_sql/connections/{DATABASE}",
            "2017-06-01",
        ),
        Shared(CONNECTOR_ROLE, CLAIMS, "connectors", f"{ADMIN}/apis/{CLAIMS}", f"{RP}/apis/{CLAIMS}", "2017-06-01"),
    )
}


@pytest.fixture(params=EVERY)
def shared(request: pytest.FixtureRequest) -> Shared:
    return EVERY[request.param]


def roles(kind: AnyKind, thing: str, **options: Any) -> Request:
    return request(kind, environment=FINANCE, **{kind.thing_type.option: thing}, **options)


# -- what is sent ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_admin", [True, False])
def test_one_request_gives_and_takes(emulator: Emulator, shared: Shared, as_admin: bool) -> None:
    """With the body of the contract (2.5), whatever is shared; some makers' routes name the environment in a filter."""
    wanted = roles(
        shared.kind,
        shared.thing,
        as_admin=as_admin,
        exclusive=True,
        notify=not as_admin,
        assignments=[{"group": MAKERS, "role": "CanEdit"}, {"everyone": True, "role": "CanView"}],
    )
    before = roles_of(emulator, shared.thing, shared.part)
    assert one(emulator, wanted, "delegated").status == CHANGED
    [write] = emulator.log(writes=True)
    assert (write["method"], write["path"]) == (
        "POST",
        f"{shared.admin if as_admin else shared.maker}/modifyPermissions",
    )
    asked = [f"api-version={shared.version}", *([] if as_admin or shared.kind is APP else [FILTER])]
    assert write["query"].lower() == "&".join(asked).lower()
    tenant = {"id": emulator.tenant_id, "type": "Tenant", "tenantId": emulator.tenant_id}
    assert write["body"] == {
        "put": [
            {
                "properties": {
                    "roleName": role,
                    "capabilities": [],
                    "NotifyShareTargetOption": "DoNotNotify" if as_admin else "Notify",
                    "principal": principal,
                }
            }
            for role, principal in (("CanEdit", {"id": MAKERS, "type": "Group"}), ("CanView", tenant))
        ],
        "delete": [{"id": principal} for principal, role in before.items() if role != "Owner"],
    }
    now = roles_of(emulator, shared.thing, shared.part)
    assert {key: role for key, role in now.items() if role != "Owner"} == {MAKERS: "CanEdit", "everyone": "CanView"}


def test_a_role_is_replaced_in_place(emulator: Emulator, shared: Shared) -> None:
    assert one(emulator, roles(shared.kind, shared.thing, user=KIM, role="CanViewWithShare")).status == CHANGED
    [write] = emulator.log(writes=True)
    assert write["body"]["delete"] == []
    assert roles_of(emulator, shared.thing, shared.part)[KIM] == "CanViewWithShare"


def test_roles_are_read_to_the_last_page(emulator: Emulator, shared: Shared) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1, "match": {"path": "/permissions"}}])
    assert one(emulator, roles(shared.kind, shared.thing, assignments=[], exclusive=True)).status == CHANGED
    assert list(roles_of(emulator, shared.thing, shared.part).values()) == ["Owner"]


# -- what a service is known to refuse ---------------------------------------------------------------------------------


def refused(emulator: Emulator, wanted: Request) -> OptionError:
    """In every mode, with nothing sent that writes; other items of the call do not go on either."""
    for report in (plan(emulator, wanted), check(emulator, wanted), run(emulator, wanted)):
        assert statuses(report) == [FAILED]
        error = report.outcomes[0].error
        assert isinstance(error, OptionError)
        assert error.remedy
    other = roles(CONNECTOR_ROLE, CLAIMS, user=LEE, role="CanView")
    assert statuses(run(emulator, other, wanted)) == [SKIPPED, FAILED]
    assert emulator.log(writes=True) == []
    return error


@pytest.mark.parametrize("role", ["CanViewWithShare", "CanEdit"])
def test_everyone_views_and_no_more(emulator: Emulator, shared: Shared, role: str) -> None:
    error = refused(emulator, roles(shared.kind, shared.thing, everyone=True, role=role))
    assert error.option == "role"
    assert role in error.message
    refused(emulator, roles(shared.kind, shared.thing, assignments=[{"everyone": True, "role": role}]))


def test_groups_without_the_security_flag_hold_no_role(emulator: Emulator, shared: Shared) -> None:
    error = refused(emulator, roles(shared.kind, shared.thing, group="Social Team", role="CanView"))
    assert error.option == "group"
    # By its id it is not looked up, so that it is the service that says so.
    outcome = one(emulator, roles(shared.kind, shared.thing, group=SOCIAL, role="CanView"))
    assert (outcome.status, outcome.changed) == (FAILED, False)


@pytest.mark.parametrize("named", [RESEARCH, "R&D + IT für Größe"])
def test_a_group_cannot_edit_an_app_of_a_solution(emulator: Emulator, named: str) -> None:
    """The entry is named as it was written."""
    rows = [{"user": LEE, "role": "CanView"}, {"group": named, "role": "CanEdit"}]
    error = refused(emulator, roles(APP, LEDGER, assignments=rows))
    assert error.option == "assignments[1].group"
    assert named in error.message
    assert "solution" in error.message
    assert "Orphaned Ledger" in error.message


def test_what_else_an_app_of_a_solution_may_have(emulator: Emulator) -> None:
    for options in (
        {"group": RESEARCH, "role": "CanViewWithShare"},
        {"user": LEE, "role": "CanEdit"},
        {"service_principal": BOT, "role": "CanEdit"},
    ):
        assert one(emulator, roles(APP, LEDGER, **options)).status == CHANGED
    assert one(emulator, roles(APP, EXPENSES, group=RESEARCH, role="CanEdit")).status == CHANGED


def test_what_is_there_already_is_nobody_s_to_refuse(emulator: Emulator) -> None:
    """Nor is taking it away."""
    held = {"change": "put_app_role", "app": LEDGER, "principal": RESEARCH, "role": "CanEdit"}
    shared = {"change": "put_connection_role", "connection": UNSHARED, "principal": LEE, "role": "CanView"}
    emulator.change([held, {**shared, "principal": KIM}])
    for kind, thing, principal in (
        (APP, LEDGER, {"group": RESEARCH, "role": "CanEdit"}),
        (CONNECTION_ROLE, UNSHARED, {"user": KIM, "role": "CanView"}),
    ):
        assert one(emulator, roles(kind, thing, **principal)).status == OK
        assert one(emulator, roles(kind, thing, **principal, state="absent")).status == CHANGED


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"user": KIM, "role": "CanView"}, "user"),
        ({"assignments": [{"group": RESEARCH, "role": "CanEdit"}]}, "assignments[0].group"),
        ({"everyone": True, "role": "CanView"}, "everyone"),
    ],
)
def test_a_connection_that_is_not_to_be_shared_is_not(emulator: Emulator, options: Json, option: str) -> None:
    error = refused(emulator, roles(CONNECTION_ROLE, UNSHARED, **options))
    assert error.option == option
    assert "allowSharing" in error.message


def test_but_with_applications_it_is(emulator: Emulator) -> None:
    """For those of desktop flows are (contract 3.7)."""
    wanted = roles(CONNECTION_ROLE, UNSHARED, service_principal=BOT, role="CanView")
    assert one(emulator, wanted).status == CHANGED
    assert roles_of(emulator, UNSHARED, "connections")[BOT] == "CanView"


# -- who no longer exists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "thing", "gone"),
    [(APP, TIMESHEETS, GONE), (CONNECTION_ROLE, BROKEN, FORMER), (CONNECTOR_ROLE, WAREHOUSE, FORMER)],
    ids=["app", "connection", "connector"],
)
def test_orphans_are_told_and_removed_where_that_is_declared(
    emulator: Emulator, kind: AnyKind, thing: str, gone: str
) -> None:
    """The owner who is gone is none of them: its role is no other's to take."""
    part = {APP: "apps", CONNECTION_ROLE: "connections", CONNECTOR_ROLE: "connectors"}[kind]
    untouched = plan(emulator, roles(kind, thing, assignments=[])).outcomes[0].as_json()
    assert [(row["user"], row["principal_display_name"]) for row in untouched["facts"]["orphans"]] == [(gone, "")]
    assert any(gone in warning for warning in untouched["warnings"])
    wanted = roles(kind, thing, assignments=[], remove_orphans=True)
    assert statuses(plan(emulator, wanted)) == [PLANNED]
    before = roles_of(emulator, thing, part)
    outcome = one(emulator, wanted)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert roles_of(emulator, thing, part) == {key: role for key, role in before.items() if key != gone}
    after = one(emulator, wanted)
    assert after.status == OK
    assert after.as_json()["facts"]["orphans"] == []


def test_whoever_has_a_name_is_no_orphan(emulator: Emulator, shared: Shared) -> None:
    row = plan(emulator, roles(shared.kind, shared.thing, user=LEE, role="CanView")).outcomes[0].as_json()
    assert row["facts"]["orphans"] == []
    assert row["warnings"] == []
