# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app that is given away: roles are planned on what shows the new owner, and nobody loses access unforeseen."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import Request
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import GuardError, TransportError
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, SKIPPED
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    ADA,
    CALCULATOR,
    EXPENSES,
    JOERG,
    KIM,
    LEE,
    LIMITS,
    app,
    one,
    owned,
    plan,
    roles_of,
    run,
    shared,
    statuses,
)

Json = dict[str, Any]

READS = rf"/apps/{EXPENSES}/permissions$"
# Reads of the roles before they are planned on fact: to observe them, and to see the new owner.
BEFORE = 2
LOOKS = 1 + len(LIMITS.verify_delays)
SAFE = "Running again is safe"


def listing(*held: tuple[str, str], **more: Any) -> Json:
    """A fault that tells of these roles of the app, whatever they are."""
    rows = [
        {"name": user, "properties": {"roleName": role, "principal": {"id": user, "type": "User", "displayName": user}}}
        for user, role in held
    ]
    return {"kind": "status", "status": 200, "body": {"value": rows}, "match": {"path": READS}, **more}


def late(**more: Any) -> Json:
    """The roles as they were before, in which Kim, who becomes the owner, is one of those who can edit."""
    return listing((ADA, "Owner"), (KIM, "CanEdit"), after=BEFORE, **more)


def written(emulator: Emulator) -> list[str]:
    return [entry["path"].rpartition("/")[2] for entry in emulator.log(writes=True)]


# -- roles that lag behind the owner -----------------------------------------------------------------------------------

# What the old view makes of them: the new owner removed; "Ada owns it"; the same for a removal of Ada.
ROLES = {
    "others are to go": shared(EXPENSES, (ADA, "CanView"), exclusive=True),
    "nobody is to stay": app(EXPENSES, assignments=[], exclusive=True),
    "the old owner is to view": shared(EXPENSES, (ADA, "CanView")),
    "the old owner is to go": app(EXPENSES, user=ADA, state="absent"),
    "another one is to view": shared(EXPENSES, (LEE, "CanView")),
}
EVERY_ROLES = pytest.mark.parametrize("wanted", ROLES.values(), ids=ROLES)
KEPT = pytest.mark.parametrize("kept", [{}, {"role_for_old_owner": "CanEdit"}], ids=["lost", "kept"])


@EVERY_ROLES
@KEPT
def test_the_new_owner_is_waited_for_and_stays(emulator: Emulator, wanted: Request, kept: Json) -> None:
    requests = [owned(EXPENSES, KIM, **kept), wanted]
    expected = run(emulator, *requests)
    straight = roles_of(emulator, EXPENSES)
    emulator.reset()
    emulator.faults([late(times=LOOKS - 1)])
    report = run(emulator, *requests)
    assert statuses(report) == statuses(expected)
    assert not report.failed
    assert roles_of(emulator, EXPENSES) == straight
    assert straight[KIM] == "Owner"


@EVERY_ROLES
def test_roles_that_never_show_the_new_owner_are_left_alone(emulator: Emulator, wanted: Request) -> None:
    """It is no matter of the declaration, and the next run ends it."""
    requests = [owned(EXPENSES, KIM, role_for_old_owner="CanEdit"), wanted]
    emulator.faults([late()])
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    outcome = report.outcomes[1]
    assert (outcome.changed, outcome.verified) == (False, None)
    assert isinstance(outcome.error, TransportError)
    assert "not visible in time" in outcome.error.message
    assert SAFE in outcome.error.remedy
    assert written(emulator) == ["modifyAppOwner"]
    assert roles_of(emulator, EXPENSES)[KIM] == "Owner"
    reads = [entry for entry in emulator.log() if entry["path"].endswith(f"{EXPENSES}/permissions")]
    assert len(reads) == BEFORE + LOOKS
    emulator.faults([])
    assert statuses(run(emulator, *requests)) == [OK, CHANGED]
    assert roles_of(emulator, EXPENSES)[KIM] == "Owner"


def test_nobody_goes_whose_removal_was_not_planned(emulator: Emulator) -> None:
    """Somebody shared the app between the two writes: that was neither shown nor counted."""
    requests = [owned(EXPENSES, KIM), app(EXPENSES, assignments=[], exclusive=True)]
    emulator.faults([listing((KIM, "Owner"), (LEE, "CanView"), after=BEFORE)])
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    assert isinstance(report.outcomes[1].error, TransportError)
    assert written(emulator) == ["modifyAppOwner"]


def test_roles_that_are_not_there_yet_are_waited_for(emulator: Emulator) -> None:
    requests = [owned(EXPENSES, KIM), shared(EXPENSES, (ADA, "CanView"))]
    lag = {"kind": "lag", "after": BEFORE, "match": {"path": READS}}
    emulator.faults([{**lag, "times": LOOKS - 1}])
    assert statuses(run(emulator, *requests)) == [CHANGED, CHANGED]
    assert roles_of(emulator, EXPENSES)[ADA] == "CanView"
    emulator.reset()
    emulator.faults([lag])
    report = run(emulator, *requests)
    assert statuses(report) == [CHANGED, FAILED]
    assert "not visible in time" in str(report.outcomes[1].error)
    assert written(emulator) == ["modifyAppOwner"]


# -- what becomes of the old owner -------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [[], [(ADA, "CanView")], [(ADA, "CanViewWithShare")]])
def test_another_role_than_was_sent_is_a_failure_and_nothing_is_shared_on_it(
    emulator: Emulator, held: list[tuple[str, str]]
) -> None:
    emulator.faults([listing((KIM, "Owner"), *held, after=1)])
    report = run(emulator, owned(EXPENSES, KIM, role_for_old_owner="CanEdit"), app(EXPENSES, user=LEE, role="CanView"))
    assert statuses(report) == [FAILED, SKIPPED]
    assert (report.outcomes[0].changed, report.outcomes[0].verified) == (True, False)
    assert "not visible in time" in str(report.outcomes[0].error)
    assert written(emulator) == ["modifyAppOwner"]


def test_the_role_of_the_old_owner_is_waited_for(emulator: Emulator) -> None:
    emulator.faults([listing((KIM, "Owner"), after=0, times=LOOKS - 1)])
    outcome = one(emulator, owned(EXPENSES, KIM, role_for_old_owner="CanEdit"))
    assert (outcome.status, outcome.verified) == (CHANGED, True)


# -- who must not lose access ------------------------------------------------------------------------------------------


# Who runs, and what the task says of protection. Ada owns the app, and is the user of "delegated".
REFUSED = [
    ("delegated", {}),
    ("runner", {"protected_principals": [ADA]}),
    ("runner", {"protected_principals": [LEE, ADA.upper()]}),
    ("runner", {"protected_principals": ["ada@contoso.example"]}),
]


@pytest.mark.parametrize(("name", "said"), REFUSED)
def test_a_protected_owner_without_a_role_is_refused_before_anything_is_written(
    emulator: Emulator, name: str, said: Json
) -> None:
    requests = [owned(CALCULATOR, KIM), owned(EXPENSES, KIM, **said)]
    for report in (plan(emulator, *requests, name=name), run(emulator, *requests, name=name)):
        assert report.outcomes[1].status == FAILED
        assert isinstance(report.outcomes[1].error, GuardError)
        assert "would lose all access" in report.outcomes[1].error.message
        assert "role_for_old_owner" in report.outcomes[1].error.remedy
    assert statuses(report) == [SKIPPED, FAILED]
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize(("name", "said"), REFUSED)
def test_with_a_role_for_the_old_owner_it_goes(emulator: Emulator, name: str, said: Json) -> None:
    outcome = one(emulator, owned(EXPENSES, KIM, role_for_old_owner="CanView", **said), name)
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert {ADA: "CanView", KIM: "Owner"}.items() <= roles_of(emulator, EXPENSES).items()


@pytest.mark.parametrize("protected", [[], [LEE]])
def test_who_protects_others_or_nobody_may_lose_access(emulator: Emulator, protected: list[str]) -> None:
    outcome = one(emulator, owned(EXPENSES, JOERG, protected_principals=protected), "delegated")
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert ADA not in roles_of(emulator, EXPENSES)
