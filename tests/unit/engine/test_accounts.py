# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the directory says of accounts: enabled, disabled, or gone; never guessed where it does not answer."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import graph
from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    PermissionDeniedError,
    PowerPlatformError,
    ServiceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    DISABLED,
    ENABLED,
    GONE,
    SOFT_DELETED,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import ADA, BOT, DANA, LOU, READERS, client
from tests.unit.engine.conftest import GONE as NOBODY

Json = dict[str, Any]

EVERYBODY = {ADA: ENABLED, DANA: DISABLED, LOU: SOFT_DELETED, NOBODY: GONE, READERS: ENABLED, BOT: ENABLED}


def accounts(emulator: Emulator, *object_ids: str, name: str = "runner") -> dict[str, str]:
    return Directory(client(emulator, name, read_only=True)).accounts(object_ids or EVERYBODY)


def asked(emulator: Emulator) -> list[str]:
    return [entry["path"].rpartition("/")[2] for entry in emulator.log(service="graph")]


def by_ids(*records: Json) -> Json:
    """A fault that answers about many as Microsoft Graph may."""
    match = {"path": "getByIds"}
    return {"kind": "status", "status": 200, "body": {"value": list(records)}, "match": match}


def record(object_id: str, kind: str = "user", **more: Any) -> Json:
    return {"@odata.type": f"#microsoft.graph.{kind}", "id": object_id, **more}


def test_people_groups_and_applications(emulator: Emulator) -> None:
    """A group has no account, and is as good as enabled."""
    assert accounts(emulator) == EVERYBODY
    assert accounts(emulator, ADA.upper()) == {ADA: ENABLED}


def test_a_disabled_application_is_told(emulator: Emulator) -> None:
    emulator.change([{"change": "set_principal", "principal": BOT, "enabled": False}])
    assert accounts(emulator, BOT, ADA) == {BOT: DISABLED, ADA: ENABLED}


def test_nobody_is_asked_about_nobody(emulator: Emulator) -> None:
    assert Directory(client(emulator)).accounts([]) == {}
    assert asked(emulator) == []


def test_an_answer_that_says_nothing_of_accounts_is_asked_again_of_those_it_left_open(emulator: Emulator) -> None:
    """Microsoft Graph may leave the field out of an answer about many."""
    emulator.faults([by_ids(record(ADA, accountEnabled=True), record(DANA), record(READERS, "group"))])
    assert accounts(emulator, ADA, DANA, READERS) == {ADA: ENABLED, DANA: DISABLED, READERS: ENABLED}
    [batch] = [entry for entry in emulator.log(service="graph") if entry["path"].endswith("$batch")]
    urls = [item["url"] for item in batch["body"]["requests"]]
    assert [url.partition("?")[0] for url in urls] == [f"/users/{DANA}", f"/users/{READERS}"]
    assert all("accountEnabled" in url for url in urls)


@pytest.mark.parametrize("said", [None, "yes", 1])
def test_only_yes_and_no_are_answers(emulator: Emulator, said: Any) -> None:
    emulator.faults([by_ids(record(DANA, accountEnabled=said))])
    assert accounts(emulator, DANA) == {DANA: DISABLED}


def test_an_account_that_is_hidden_is_not_taken_for_enabled(emulator: Emulator) -> None:
    answer = {"responses": [{"id": "0", "status": 200, "body": {"id": DANA}}]}
    batch = {"kind": "status", "status": 200, "body": answer, "match": {"path": "batch$"}}
    emulator.faults([by_ids(record(DANA)), batch])
    with pytest.raises(PermissionDeniedError) as raised:
        accounts(emulator, DANA)
    assert DANA in raised.value.message
    assert "User.Read.All" in raised.value.remedy


def test_a_refused_question_about_one_is_an_error_and_no_state(emulator: Emulator) -> None:
    emulator.faults([by_ids(record(DANA)), {"kind": "batch_item", "status": 403, "match": {"path": f"/users/{DANA}"}}])
    with pytest.raises(PermissionDeniedError) as raised:
        accounts(emulator, DANA)
    assert raised.value.remedy


def test_where_asking_about_many_is_refused_each_is_asked_about(emulator: Emulator) -> None:
    match = {"path": "getByIds"}
    emulator.faults([{"kind": "status", "status": 403, "code": "Authorization_RequestDenied", "match": match}])
    assert accounts(emulator) == EVERYBODY


@pytest.mark.parametrize("status", [401, 403, 500])
def test_an_error_is_no_state(emulator: Emulator, status: int) -> None:
    emulator.faults([{"kind": "status", "status": status, "match": {"service": "graph"}}])
    with pytest.raises((ServiceError, PowerPlatformError)):
        accounts(emulator)


@pytest.mark.parametrize(
    "item",
    [
        {"status": 404},
        {"status": 404, "body": "PGh0bWw+"},
        {"status": 404, "body": {"error": {"code": "Directory_ObjectNotFound", "message": "No such company."}}},
        {"status": 200},
    ],
    ids=str,
)
@pytest.mark.parametrize("many", [[], [record(DANA)]], ids=["unknown", "without an account"])
def test_what_the_directory_did_not_say_is_no_state(emulator: Emulator, many: list[Json], item: Json) -> None:
    """Neither a gateway's 404 nor the directory's own for another reason makes somebody disappear."""
    answer = {"responses": [{"id": "0", **item}]}
    batch = {"kind": "status", "status": 200, "body": answer, "match": {"path": "batch$"}}
    emulator.faults([by_ids(*many), batch])
    with pytest.raises(PowerPlatformError):
        accounts(emulator, DANA)


def test_an_application_without_permission_is_told_which_one(emulator: Emulator) -> None:
    with pytest.raises(PermissionDeniedError) as raised:
        accounts(emulator, name="graphless")
    assert "User.Read.All" in str(raised.value)


def test_hundreds_take_few_requests(emulator: Emulator) -> None:
    strangers = [f"a0000000-0000-4000-8000-{number:012x}" for number in range(4096, 4096 + graph.IDS_A_CALL)]
    found = accounts(emulator, ADA, *strangers)
    assert found.pop(ADA) == ENABLED
    assert set(found.values()) == {GONE}
    assert asked(emulator).count("getByIds") == 2
