# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and roles in questions about many environments: who they are, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    OptionError,
    UnknownPrincipalError,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    AUTOMATION,
    BROKEN,
    CALCULATOR,
    CLAIMS,
    DANA,
    DATABASE,
    FINANCE,
    FORMER,
    GONE,
    KIM,
    LEDGER,
    LOU,
    MOTHBALLED,
    RESEARCH,
    TIMESHEETS,
    WAREHOUSE,
    ask,
    services_asked,
    things,
)
from tests.unit.resources.surveys import EVERY, SURVEYS, ids

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def reads_alone(emulator: Emulator) -> Iterator[None]:
    """Whatever happens, nothing is written."""
    yield
    assert emulator.log(writes=True) == []


# -- owners ------------------------------------------------------------------------------------------------------------


def test_owners_are_found_by_name_and_by_id(emulator: Emulator) -> None:
    adas = {key for key, app in things(emulator, "apps").items() if app["owner"].endswith("0001")}
    found = set(ids(ask(emulator, "powerapp_info", owners=["ada@contoso.example"])))
    assert found == adas - set(ids_in(emulator, MOTHBALLED)) != set()
    assert ids(ask(emulator, "powerapp_info", owners=[GONE.upper()])) == [LEDGER]
    assert ids(ask(emulator, "powerapp_info", owners=[])) == []
    assert ids(ask(emulator, "connection_info", owners=[GONE]), "connection_info") == [BROKEN]
    assert ids(ask(emulator, "connector_info", owners=[GONE]), "connector_info") == [WAREHOUSE]
    # What a name means may be somebody else's.
    assert ids(ask(emulator, "powerapp_info", owners=[KIM], apps=["Old Timesheets"])) == []


def ids_in(emulator: Emulator, environment: str) -> list[str]:
    [found] = [item for item in emulator.tenant()["environments"] if item["id"] == environment]
    return [app["id"] for app in found["apps"]]


def test_an_owner_that_nobody_knows_is_an_error(emulator: Emulator) -> None:
    with pytest.raises(UnknownPrincipalError, match="nobody@"):
        ask(emulator, "powerapp_info", owners=["nobody@contoso.example"])
    with pytest.raises(OptionError) as raised:
        ask(emulator, "powerapp_info", owners=[KIM, "Kim Maker"])
    assert raised.value.option == "owners[1]"


def test_what_became_of_owners(emulator: Emulator) -> None:
    """Disabled, in the bin, and gone for good: two states, for either way nobody is left."""
    emulator.change(
        {"change": "set_app_owner", "app": app, "principal": principal}
        for app, principal in ((CALCULATOR, DANA), (TIMESHEETS, LOU))
    )
    emulator.clear_log()
    answer = ask(emulator, "powerapp_info", include=["owner_state"])
    states = {row["app"]: row["owner"]["state"] for row in answer["powerapps"]}
    expected = {CALCULATOR: "disabled", TIMESHEETS: "deleted", LEDGER: "deleted"}
    assert states == {app: expected.get(app, "enabled") for app in states}
    assert ids(ask(emulator, "powerapp_info", owner_states=["disabled"])) == [CALCULATOR]
    assert set(ids(ask(emulator, "powerapp_info", owner_states=["deleted"]))) == {TIMESHEETS, LEDGER}
    assert set(ids(ask(emulator, "powerapp_info", owner_states=["disabled", "deleted"]))) == set(expected)
    assert ids(ask(emulator, "powerapp_info", owner_states=[])) == []


def test_owners_that_are_no_people_have_states_as_well(emulator: Emulator) -> None:
    answer = ask(emulator, "connection_info", include=["owner_state"])
    states = {row["connection"]: row["owner"]["state"] for row in answer["connections"]}
    assert (states[AUTOMATION], states[DATABASE], states[BROKEN]) == ("enabled", "enabled", "deleted")
    catalogue = ask(emulator, "connector_info", connector_types=["built_in"], owner_states=["deleted"])
    assert ids(catalogue, "connector_info") == []


@EVERY
def test_nobody_is_asked_about_owners_unless_somebody_wants_to_know(emulator: Emulator, name: str) -> None:
    ask(emulator, name)
    assert "graph" not in services_asked(emulator)


def test_a_directory_that_does_not_answer_is_an_error(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "match": {"service": "graph"}}])
    with pytest.raises(Exception, match="403"):
        ask(emulator, "powerapp_info", owner_states=["deleted"], on_error="report")


# -- roles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "thing", "orphans"),
    [
        ("powerapp_info", TIMESHEETS, {GONE}),
        ("powerapp_info", LEDGER, {GONE}),  # its owner
        ("connection_info", BROKEN, {GONE, FORMER}),
        ("connector_info", WAREHOUSE, {GONE, FORMER}),
        ("connector_info", CLAIMS, set()),
    ],
)
def test_roles_are_all_there_and_say_who_is_left_without_a_name(
    emulator: Emulator, name: str, thing: str, orphans: set[str]
) -> None:
    answer = ask(emulator, name, include=["roles"])
    part, word, _path = SURVEYS[name]
    [row] = [row for row in answer[part] if row[word] == thing]
    given = things(emulator, {"powerapps": "apps"}.get(part, part))[thing]["roles"]
    assert len(row["roles"]) == len(given)
    assert sorted(role["role"] for role in row["roles"]) == sorted(entry["role"] for entry in given)
    assert {role["user"] for role in row["roles"] if role["orphaned"]} == orphans
    assert row["roles_complete"] is answer["roles_complete"] is True


def test_counts_spare_requests_and_are_never_complete(emulator: Emulator) -> None:
    whole = ask(emulator, "powerapp_info", environments=[FINANCE], include=["roles"])
    emulator.clear_log()
    answer = ask(emulator, "powerapp_info", environments=[FINANCE], include=["roles"], roles="from_counts")
    read = {entry["path"].split("/")[-2] for entry in emulator.log() if entry["path"].endswith("/permissions")}
    counted = {row["app"] for row in whole["powerapps"] if row["shared_users_count"] or row["shared_groups_count"]}
    assert read == counted
    assert set() < counted < set(ids(whole))
    assert (answer["complete"], answer["roles_complete"]) == (True, False)
    for row, full in zip(answer["powerapps"], whole["powerapps"], strict=True):
        assert row["roles_complete"] is False
        assert row["roles"] == (full["roles"] if row["app"] in counted else [])


def test_everyone_and_groups_are_told_apart(emulator: Emulator) -> None:
    [row] = ask(emulator, "powerapp_info", apps=[CALCULATOR], include=["roles"])["powerapps"]
    assert [(role["group"], role["role"]) for role in row["roles"] if "group" in role] == [(RESEARCH, "CanView")]
    [row] = ask(emulator, "powerapp_info", apps=["Lunch Menu"], include=["roles"])["powerapps"]
    assert {"everyone": True, "role": "CanView", "orphaned": False} in row["roles"]
