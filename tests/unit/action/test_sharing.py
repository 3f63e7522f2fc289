# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of one loop share a login and what it looked up; two logins, and two tasks, share nothing."""

from __future__ import annotations

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._sessions import Sessions
from tests.emulator.control import Emulator

from .looping import Json, Loop, alone, reach, reads, tokens, told
from .playing import EXPENSES, FINANCE

ENVIRONMENTS = "/scopes/admin/environments"
APPS = f"{FINANCE}/apps"
ROLE = {"environment": "Finance Production", "app": "Expenses", "role": "CanView"}


def test_one_token_and_one_look_up_for_a_whole_loop(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    results = [loop.item(**ROLE, user=f"{name}@contoso.example") for name in ("lee", "joerg", "chris1", "lee")]
    assert [result["changed"] for result in results] == [True, True, True, False]
    # Of PowerApps and of the directory.
    assert tokens(emulator) == 2
    assert [result["api_calls"]["tokens"] for result in results] == [2, 0, 0, 0]
    assert reads(emulator, ENVIRONMENTS) == 1
    assert reads(emulator, APPS) == 1
    # A name that was found is not asked for again.
    asked = [entry for entry in emulator.log(service="graph") if "lee" in str(entry.get("body"))]
    assert len(asked) == 1


def test_two_tasks_share_nothing(emulator: Emulator) -> None:
    for name in ("lee", "joerg"):
        Loop(emulator, "powerapp_role").item(**ROLE, user=f"{name}@contoso.example")
    assert tokens(emulator) == 4
    assert reads(emulator, ENVIRONMENTS) == 2


def test_two_identities_of_one_loop_never_mix(emulator: Emulator) -> None:
    clients = ["runner", "delegated", "runner", "delegated", "graphless", "runner"]
    loop = Loop(emulator, "environment_info")
    for client in clients:
        loop.item(client=client)
    sent = [entry["client_id"] for entry in emulator.log(service="bap")]
    assert sent == [emulator.credentials(client)["client_id"] for client in clients]
    assert tokens(emulator) == 3


def test_what_one_identity_found_is_not_told_to_another(emulator: Emulator) -> None:
    """A client that is no administrator finds no environment that one found before."""
    loop = Loop(emulator, "powerapp_role")
    asked = {**ROLE, "user": "lee@contoso.example"}
    assert not loop.item(**asked).get("failed")
    refused = loop.item(**asked, client="unregistered")
    expected = alone(emulator, "powerapp_role", client="unregistered", **asked)
    assert refused["failed"]
    assert refused["error"]["type"] == expected["error"]["type"]
    assert not loop.item(**asked).get("failed")


def test_two_tenants_of_one_loop_never_mix(emulator: Emulator) -> None:
    """Of the same ids and names, with the same credentials: only their addresses differ."""
    with Emulator.start() as other:
        other.change([{"change": "delete_app", "app": EXPENSES}])
        other.change([{"change": "add_app", "environment": FINANCE, "app": _app()}])
        other.clear_log()
        loop = Loop(emulator, "powerapp_role")
        found = [
            loop.item(**ROLE, user="joerg@contoso.example", **({} if tenant is emulator else reach(other)))
            for tenant in (emulator, other, emulator, other)
        ]
        assert [result["resource"]["app"] for result in found] == [EXPENSES, _app()["id"]] * 2
        assert [result["changed"] for result in found] == [True, True, False, False]
        assert tokens(emulator) == tokens(other) == 2
        assert reads(other, ENVIRONMENTS) == reads(emulator, ENVIRONMENTS) == 1


def _app() -> Json:
    return {"id": "aa000000-0000-4000-8000-0000000000ee", "name": "Expenses", "owner": "ada@contoso.example"}


@pytest.mark.parametrize("option", [{"pace": "100/10"}, {"deadline": 100}, {"validate_certs": False}, {"timeout": 50}])
def test_another_way_to_talk_is_another_login(emulator: Emulator, option: Json) -> None:
    loop = Loop(emulator, "environment_info")
    for given in ({}, option, {}, option):
        assert not loop.item(**given).get("failed")
    assert tokens(emulator) == 2


def test_each_item_has_a_deadline_of_its_own(emulator: Emulator) -> None:
    emulator.faults([{"kind": "delay", "seconds": 0.7, "match": {"service": "bap"}}])
    loop = Loop(emulator, "environment_info")
    assert not any(loop.item(deadline=2).get("failed") for _number in range(4))


def test_another_view_is_looked_up_by_itself(emulator: Emulator) -> None:
    loop = Loop(emulator, "powerapp_role")
    options = {**ROLE, "user": "joerg@contoso.example", "client": "delegated"}
    assert loop.item(**options)["scope"] == "admin"
    maker = loop.item(**options, as_admin=False)
    assert maker["scope"] != "admin"
    assert reads(emulator, ENVIRONMENTS) == 1
    assert reads(emulator, "/providers/Microsoft.BusinessAppPlatform/environments") == 1


def test_variables_of_the_environment_are_a_part_of_a_login(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = Loop(emulator, "environment_info")
    nobody = {"client_id": None, "client_secret": None}
    for client in ("runner", "delegated", "runner"):
        given = emulator.credentials(client)
        monkeypatch.setenv("POWER_PLATFORM_CLIENT_ID", given["client_id"])
        monkeypatch.setenv("POWER_PLATFORM_CLIENT_SECRET", given["client_secret"])
        loop.item(**nobody)
    used = [entry["client_id"] for entry in emulator.log(service="bap")]
    assert used == [emulator.credentials(client)["client_id"] for client in ("runner", "delegated", "runner")]


def test_a_token_that_expires_on_the_way_is_renewed(emulator: Emulator) -> None:
    loop = Loop(emulator, "environment_info")
    first = loop.item()
    emulator.faults([{"kind": "expire_tokens"}])
    assert told(loop.item()) == told(first)


def test_logins_are_kept_for_few_tenants_only() -> None:
    """The one that was not used for longest goes first, and a login of another loop at once."""
    sessions = Sessions()

    def login(number: int, loop: str = "loop") -> object:
        given = {"tenant_id": "a", "client_id": str(number), "client_secret": "the-secret"}
        return sessions.login(loop, MICROSOFT_ACCESS, given, {})

    logins = [login(number) for number in range(8)]
    assert login(0) is logins[0]
    login(8)
    assert login(0) is logins[0]
    assert login(2) is logins[2]
    assert login(1) is not logins[1]
    assert login(0, "another loop") is not logins[0]
    last = login(0, "another loop")
    sessions.drop()
    assert login(0, "another loop") is not last


def test_connections_that_nobody_used_for_long_are_made_anew() -> None:
    now = [1000.0]
    sessions = Sessions(lambda: now[0])
    given = {"tenant_id": "a", "client_id": "b", "client_secret": "the-secret"}
    connection = sessions.login("loop", MICROSOFT_ACCESS, given, {}).connection
    first = connection.session()
    now[0] += 59
    assert sessions.login("loop", MICROSOFT_ACCESS, given, {}).connection.session() is first
    now[0] += 61
    assert sessions.login("loop", MICROSOFT_ACCESS, given, {}).connection is connection
    assert connection.session() is not first
