# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""getByIds and $batch (graph.md 5, 8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.control import Emulator

from .api import ADA, KIM, Api

GROUP = "b0000000-0000-4000-8000-000000000001"
LEAVER = "a0000000-0000-4000-8000-00000000000a"
RUNNER_OBJECT = "c0000000-0000-4000-8000-000000000001"


def by_ids(api: Api, body: Any, query: str = "", **more: Any) -> Any:
    return api.post("graph", f"/v1.0/directoryObjects/getByIds{query}", body, **more)


def batch(api: Api, items: Any) -> Any:
    return api.post("graph", "/v1.0/$batch", {"requests": items})


def users(*numbers: int) -> list[dict[str, Any]]:
    return [
        {"id": str(n), "method": "GET", "url": f"/users/a0000000-0000-4000-8000-{n:012d}?$select=id"} for n in numbers
    ]


def test_get_by_ids_turns_the_order_and_leaves_the_unknown_out(emulator: Emulator, api: Api) -> None:
    found = by_ids(api, {"ids": [ADA.upper(), GROUP, LEAVER, RUNNER_OBJECT, ADA, ADA[:-1] + "e"]}).json()["value"]
    assert [item["id"] for item in found] == [RUNNER_OBJECT, GROUP, ADA]
    assert [item["@odata.type"].rpartition(".")[2] for item in found] == ["servicePrincipal", "group", "user"]
    assert "accountEnabled" not in found[2]
    assert emulator.log(writes=True) == []


def test_get_by_ids_with_types_and_select(api: Api) -> None:
    body = {"ids": [ADA, GROUP], "types": ["User"]}
    found = by_ids(api, body, "?$select=id,accountEnabled,appId").json()["value"]
    assert found == [{"@odata.type": "#microsoft.graph.user", "id": ADA, "accountEnabled": True}]


@pytest.mark.parametrize("ids", [[], ["no-guid"], [ADA] * 1001, None])
def test_get_by_ids_refuses_whole_requests(api: Api, ids: Any) -> None:
    reply = by_ids(api, {"ids": ids})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "Request_BadRequest")


def test_get_by_ids_wants_its_permission(api: Api) -> None:
    assert by_ids(api, {"ids": [ADA]}, client="users-only").status_code == 403


def test_a_batch_answers_every_item_in_another_order(api: Api) -> None:
    items = [
        *users(1, 2, 3),
        {"id": 4, "method": "GET", "url": "users('kay_fabrikam.example%23EXT%23@contoso.onmicrosoft.example')"},
        {"id": "5", "method": "GET", "url": "/users/nobody@contoso.example"},
        {
            "id": "6",
            "method": "POST",
            "url": "/directoryObjects/getByIds",
            "body": {"ids": [KIM]},
            "headers": {"Content-Type": "application/json"},
        },
        {
            "id": "7",
            "method": "GET",
            "url": "/users?$filter=userType%20ne%20'Member'&$count=true",
            "headers": {"ConsistencyLevel": "eventual"},
        },
        {"id": "8", "method": "GET", "url": "https://graph.microsoft.com/v1.0/users"},
        {"id": "9", "method": "POST", "url": "/$batch", "body": {"requests": []}},
    ]
    reply = batch(api, items)
    assert reply.status_code == 200
    answers = {str(item["id"]): item for item in reply.json()["responses"]}
    assert [item["id"] for item in reply.json()["responses"]] != [item["id"] for item in items]
    statuses = {key: item["status"] for key, item in answers.items()}
    assert statuses == {"1": 200, "2": 200, "3": 200, "4": 200, "5": 404, "6": 200, "7": 200, "8": 400, "9": 400}
    assert answers["1"]["body"]["id"] == ADA
    assert answers["6"]["body"]["value"][0]["id"] == KIM
    assert answers["7"]["body"]["@odata.count"] == 1
    assert answers["5"]["body"]["error"]["code"] == "Request_ResourceNotFound"


def test_a_batch_of_reads_is_no_write(emulator: Emulator, api: Api) -> None:
    batch(api, users(1, 2))
    assert emulator.summary()["writes"] == 0
    batch(api, [{"id": "1", "method": "DELETE", "url": f"/users/{ADA}"}])
    assert emulator.summary()["writes"] == 1


@pytest.mark.parametrize(
    "items",
    [[], users(*range(1, 22)), [*users(1), *users(1)], [{"id": "1"}], "text", [{"method": "GET", "url": "/me"}]],
)
def test_a_malformed_batch_is_refused_as_one(api: Api, items: Any) -> None:
    assert batch(api, items).status_code == 400


def test_twenty_items_are_allowed(api: Api) -> None:
    assert len(batch(api, users(*range(1, 21))).json()["responses"]) == 20


def test_one_item_is_throttled_while_the_batch_is_not(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "batch_item", "after": 1, "times": 1, "retry_after": 7}])
    reply = batch(api, users(1, 2, 3))
    answers = {item["id"]: item for item in reply.json()["responses"]}
    assert (reply.status_code, answers["1"]["status"], answers["3"]["status"]) == (200, 200, 200)
    assert (answers["2"]["status"], answers["2"]["headers"]["Retry-After"]) == (429, "7")
    assert answers["2"]["body"]["error"]["code"] == "TooManyRequests"
