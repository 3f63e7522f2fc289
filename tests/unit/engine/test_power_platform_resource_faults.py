# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with any resource: an error is never taken for absence, and no write is made light of."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._engine import ensure
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AuthenticationError,
    IncompleteListingError,
    LostAnswerError,
    NotFoundError,
    PermissionDeniedError,
    PowerPlatformError,
    ServiceError,
    ServiceUnavailableError,
    UnfinishedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Begun, Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._limits import Limits
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import CHANGED, FAILED, OK, Outcome
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE, GROUP, GROUPS, LIMITS, SANDBOX, ask, client, one
from tests.unit.engine.platform import FIND, POLICIES, Json, group, groups, refused, resource, wanted, writes

MISSING = "e9000000-0000-4000-8000-0000000000ff"
GONE = resource(find=FIND, state="absent")
POLLS = {"method": "GET", "path": "/operations/"}


def ensured(emulator: Emulator, declaration: Any, *, deadline: float | None = None, limits: Limits = LIMITS) -> Outcome:
    return ensure(declaration.kind, declaration.options, client(emulator, deadline=deadline), limits)


def fault(status: int, code: str = "", **match: Any) -> Json:
    return {"kind": "status", "status": status, "match": match, **({"code": code, "message": "No."} if code else {})}


# -- what is not there -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/no/such/route", "/connectivity/connections", f"/environmentmanagement/{GROUP}"])
def test_an_address_that_the_service_does_not_know_is_no_absence(emulator: Emulator, path: str) -> None:
    for options in ({"body": {"a": 1}}, {"state": "absent"}):
        error = refused(emulator, resource(path=path, **options))
        assert isinstance(error, ServiceError)
        assert not isinstance(error, NotFoundError)
        assert (error.status, error.code) == (404, "RouteNotFound")
        assert "about the address, not about the thing" in error.remedy
    with pytest.raises(ServiceError, match="RouteNotFound"):
        ask(emulator, "power_platform_resource_info", path=path)
    found = refused(emulator, resource(find={"path": path, "where": {"a": 1}}, body={"b": 1}))
    assert not isinstance(found, NotFoundError)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "about the address"),
        ("<html><title>Not here</title></html>", "about the address"),
        ({"error": {"code": "EnvironmentNotFound", "message": "No."}}, "does not know the environment"),
    ],
)
def test_a_404_that_says_nothing_of_the_thing_is_no_absence(emulator: Emulator, body: Any, said: str) -> None:
    path = f"/environmentmanagement/environments/{FINANCE}/settings"
    emulator.faults([{"kind": "status", "status": 404, "body": body, "match": {"path": path}}])
    error = refused(emulator, resource(path=path, state="absent"))
    assert not isinstance(error, NotFoundError)
    assert said in str(error)


def test_an_environment_that_is_gone_is_absent(emulator: Emulator) -> None:
    """Of the path of the environment itself, its 404 speaks of the thing."""
    path = f"/environmentmanagement/environments/{MISSING}"
    assert one(emulator, resource(path=path, state="absent")).status == OK
    assert ask(emulator, "power_platform_resource_info", path=path)["resources"] == []


@pytest.mark.parametrize("path", [f"{POLICIES}/{MISSING}", f"{GROUPS}/{MISSING}"])
def test_both_words_for_what_is_not_there(emulator: Emulator, path: str) -> None:
    """404 with a code, and 204."""
    assert one(emulator, resource(path=path, state="absent")).status == OK
    assert ask(emulator, "power_platform_resource_info", path=path)["resources"] == []
    assert writes(emulator) == []


def test_an_answer_without_words_is_no_absence(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 200, "body": None, "match": {"path": GROUP}}])
    for options in ({"state": "absent"}, {"body": {"displayName": "Personal"}}):
        assert "and nothing in it" in str(refused(emulator, resource(path=f"{GROUPS}/{GROUP}", **options)))


def test_a_parent_that_is_missing_is_an_error_of_the_listing(emulator: Emulator) -> None:
    find = {"path": f"{POLICIES}/{MISSING}/environments", "where": {"environmentId": FINANCE}}
    error = refused(emulator, resource(find=find, create_body={"x": 1}))
    assert isinstance(error, ServiceError)
    assert error.status == 404


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (fault(401, path=GROUPS), AuthenticationError),
        (fault(403, "Forbidden", path=GROUPS), PermissionDeniedError),
        (fault(500, path=GROUPS), ServiceUnavailableError),
        (fault(503, path=GROUPS), ServiceUnavailableError),
        ({"kind": "drop", "match": {"path": GROUPS}}, PowerPlatformError),
        (fault(400, "Bad", path=GROUPS), ServiceError),
    ],
)
def test_an_error_of_reading_is_no_absence(
    emulator: Emulator, trouble: Json, expected: type[PowerPlatformError]
) -> None:
    for declaration in (group(), GONE, resource(path=f"{GROUPS}/{GROUP}", state="absent")):
        emulator.reset()
        emulator.faults([trouble])
        assert isinstance(refused(emulator, declaration), expected)
    with pytest.raises(expected):
        ask(emulator, "power_platform_resource_info", path=GROUPS, listing=True)


@pytest.mark.parametrize(
    "page", [{"kind": "page", "page": 2, "status": 500}, {"kind": "page", "page": 2, "status": 403}]
)
def test_a_page_that_fails_is_no_absence(emulator: Emulator, page: Json) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}, page])
    for declaration in (group(), GONE):
        assert isinstance(refused(emulator, declaration), IncompleteListingError)


def test_what_is_on_a_later_page_is_found(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}, {"kind": "empty_page", "page": 2}])
    find = {"path": GROUPS, "where": {"displayName": "Personal"}}
    assert one(emulator, resource(find=find, body={"id": GROUP.upper()})).status == OK
    assert len(ask(emulator, "power_platform_resource_info", path=GROUPS, listing=True)["resources"]) == 3


# -- writes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refused_write_has_changed_nothing(emulator: Emulator, status: int) -> None:
    emulator.faults([fault(status, "Refused", write=True)])
    for declaration in (group(), wanted(PowerApps_NLSearch=False)):
        outcome = one(emulator, declaration)
        assert (outcome.status, outcome.changed) == (FAILED, False)
        assert isinstance(outcome.error, ServiceError)
        assert outcome.error.status == status


def test_what_somebody_else_removed_meanwhile_is_removed(emulator: Emulator) -> None:
    emulator.faults([fault(404, "GroupNotFound", method="DELETE")])
    outcome = ensured(emulator, resource(path=f"{GROUPS}/{GROUP}", state="absent"))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)  # for it is there still
    emulator.change([{"change": "delete_environment_group", "environment_group": GROUP}])
    assert one(emulator, resource(path=f"{GROUPS}/{GROUP}", state="absent")).status == OK


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_to_a_creation_is_read_back_and_not_repeated(emulator: Emulator, when: str) -> None:
    emulator.faults([{"kind": "drop", "when": when, "match": {"method": "POST", "path": GROUPS}}])
    outcome = one(emulator, group())
    assert len(writes(emulator)) == 1
    assert outcome.changed
    assert outcome.status == (CHANGED if when == "after" else FAILED)
    if when == "before":
        assert isinstance(outcome.error, LostAnswerError)
        assert "may do it twice" in outcome.error.remedy
    assert groups(emulator).count("Field teams") == (1 if when == "after" else 0)


def test_a_lost_answer_to_a_change_is_repeated(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "times": 1, "match": {"method": "PATCH"}}])
    outcome = one(emulator, wanted(PowerApps_NLSearch=False))
    assert (outcome.status, outcome.verified) == (CHANGED, True)
    assert len(writes(emulator)) == 2


def test_a_change_that_does_not_show_fails(emulator: Emulator) -> None:
    emulator.faults([{"kind": "ignore_write"}])
    outcome = one(emulator, wanted(PowerApps_NLSearch=False))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible in time" in str(outcome.error)
    assert "Running again is safe" in str(outcome.error)


def test_reads_that_lag_are_waited_for(emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 2}])
    assert one(emulator, group()).status == CHANGED
    assert one(emulator, GONE).status == CHANGED
    assert [entry["method"] for entry in writes(emulator)] == ["POST", "DELETE"]


# -- operations that go on -------------------------------------------------------------------------------------------


def accepted(emulator: Emulator, *faults: Json, method: str = "POST") -> None:
    """Writes are answered with 202 and a place to ask, and not done."""
    link = {"Operation-Location": "https://api.powerplatform.com/environmentmanagement/operations/1?api-version=1"}
    begun = {"kind": "status", "status": 202, "headers": {**link, "Retry-After": "0"}, "match": {"method": method}}
    emulator.faults([begun, *faults])


def says(status: str, **more: Any) -> Json:
    """What polls are answered with."""
    return {"kind": "status", "status": 200, "body": {"status": status, **more}, "match": POLLS}


def test_an_operation_is_followed_to_its_end_and_then_read_back(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second poll sees the end; what it did is there from then on."""
    follow, polls = Client.follow, []

    def ends_with_the_second(self: Client, *place: Any) -> Begun:
        polls.append(follow(self, *place))
        if len(polls) == 2:
            done = {"change": "set_environment", "environment": FINANCE, "settings": {"PowerApps_NLSearch": False}}
            emulator.change([done])
            return polls[-1]._replace(body={"status": "Succeeded"})
        return polls[-1]

    monkeypatch.setattr(Client, "follow", ends_with_the_second)
    accepted(emulator, {**says("Running"), "headers": {"Retry-After": "0"}}, method="PATCH")
    outcome = one(emulator, wanted(PowerApps_NLSearch=False))
    assert (outcome.status, outcome.changed, outcome.verified) == (CHANGED, True, True)
    assert [entry["query"] for entry in emulator.log() if "/operations/" in entry["path"]] == ["api-version=1"] * 2
    assert len(writes(emulator)) == 1


def test_an_operation_that_ended_well_has_to_show(emulator: Emulator) -> None:
    accepted(emulator, says("Succeeded"), method="PATCH")
    outcome = one(emulator, wanted(PowerApps_NLSearch=False))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
    assert "not visible in time" in str(outcome.error)


@pytest.mark.parametrize("status", ["Failed", "Canceled", "ValidationFailed"])
def test_an_operation_that_failed_fails_the_task(emulator: Emulator, status: str) -> None:
    accepted(emulator, says(status, statusMessage="No space."), method="PATCH")
    outcome = one(emulator, wanted(PowerApps_NLSearch=False))
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert isinstance(outcome.error, UnfinishedError)
    assert f"settings ended as {status}: No space." in outcome.error.message
    assert outcome.error.message.startswith(f"PATCH /environmentmanagement/environments/{FINANCE}/settings")


def test_a_removal_whose_record_is_gone_has_to_show_as_well(emulator: Emulator) -> None:
    gone = {"kind": "status", "status": 404, "code": "Gone", "message": "", "match": POLLS}
    accepted(emulator, gone, method="DELETE")
    here = resource(path=f"{GROUPS}/{GROUP}", state="absent")
    outcome = one(emulator, here)
    assert (outcome.status, outcome.verified) == (FAILED, False)
    accepted(emulator, gone, method="PATCH")
    lost = one(emulator, wanted(PowerApps_NLSearch=False))
    assert isinstance(lost.error, UnfinishedError)
    assert "the service does not know it any more" in lost.error.message


def test_an_operation_that_never_ends_says_what_to_do(emulator: Emulator) -> None:
    going = {**says("Running"), "headers": {"Retry-After": "600"}}
    accepted(emulator, going, method="PATCH")
    outcome = ensured(emulator, wanted(PowerApps_NLSearch=False), deadline=60)
    assert (outcome.status, outcome.changed) == (FAILED, True)
    assert "last seen as Running" in str(outcome.error)
    assert "Raise `deadline`. The service goes on with it; running again looks at how it went." in str(outcome.error)


def test_what_is_not_waited_for_is_not_said_to_be_verified(emulator: Emulator) -> None:
    accepted(emulator, says("Running"), method="PATCH")
    path = f"/environmentmanagement/environments/{SANDBOX}"
    outcome = one(emulator, resource(path=path, body={"adminMode": "Enabled"}, wait=False))
    assert (outcome.status, outcome.changed, outcome.verified, outcome.error) == (CHANGED, True, False, None)
    assert [entry for entry in emulator.log() if "/operations/" in entry["path"]] == []
    # One read, before the write.
    assert [entry["method"] for entry in emulator.log(service="power_platform")] == ["GET", "PATCH"]


def test_a_lost_answer_is_read_back_even_where_nobody_waits(emulator: Emulator) -> None:
    emulator.faults([{"kind": "drop", "when": "after", "match": {"method": "POST", "path": GROUPS}}])
    outcome = one(emulator, group(wait=False))
    assert (outcome.status, outcome.verified) == (CHANGED, True)


def test_a_202_without_a_place_to_ask_is_read_back(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 202, "body": {}, "match": {"method": "PATCH"}}])
    outcome = one(emulator, wanted(PowerApps_NLSearch=False))
    assert (outcome.status, outcome.changed, outcome.verified) == (FAILED, True, False)
