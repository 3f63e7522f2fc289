# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault, seen from outside. Formats: tests/emulator/README.md."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.emulator.control import Emulator, EmulatorError

from .api import APP, APPS, ENV, FLOW, FLOWS, KIM, LEE, SHARED_APP, STOPPED_FLOW, Api

PERMISSIONS = f"{APPS}/{SHARED_APP}/permissions"


def test_throttling_at_a_limit_per_service(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "throttle", "limit": 2, "window": 30}])
    statuses = [api.get("powerapps", PERMISSIONS).status_code for _unused in range(3)]
    assert statuses == [200, 200, 429]
    refused = api.get("powerapps", PERMISSIONS)
    assert refused.json()["error"]["code"] == "TooManyRequests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert api.get("flow", f"{FLOWS}/v2/flows").status_code == 200


def test_throttling_ends_with_its_window(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "throttle", "limit": 1, "window": 0.3}])
    assert [api.get("powerapps", PERMISSIONS).status_code for _unused in range(2)] == [200, 429]
    time.sleep(0.35)
    assert api.get("powerapps", PERMISSIONS).status_code == 200


def test_the_forms_of_retry_after(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "retry_after": "date", "seconds": 20}])
    when = parsedate_to_datetime(api.get("powerapps", PERMISSIONS).headers["Retry-After"])
    assert 15 < when.timestamp() - time.time() <= 20
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 60, "retry_after": None}])
    assert "Retry-After" not in api.get("powerapps", PERMISSIONS).headers


def test_the_connectors_body_and_profile(emulator: Emulator, api: Api) -> None:
    emulator.faults("connector-5")
    replies = [api.get("flow", f"{FLOWS}/v2/flows") for _unused in range(6)]
    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
    assert replies[-1].json()["statusCode"] == 429
    assert "Rate limit is exceeded." in replies[-1].json()["message"]


def test_the_two_limits_of_the_connector_of_flows(emulator: Emulator, api: Api) -> None:
    emulator.faults("flow-100")
    assert [(item["limit"], item["window"]) for item in emulator.fault_list()] == [(100, 60), (300, 3600)]
    shared = {"kind": "throttle", "per": "client", "window": 30}
    writing = {"service": "flow", "method": "!GET"}
    emulator.faults([{**shared, "limit": 4, "match": {"service": "flow"}}, {**shared, "limit": 2, "match": writing}])
    path = f"{FLOWS}/flows/{STOPPED_FLOW}"
    assert [api("flow", "POST", f"{path}/stop").status_code for _unused in range(3)] == [200, 200, 429]
    assert [api.get("flow", path).status_code for _unused in range(2)] == [200, 429]
    assert api.get("powerapps", PERMISSIONS).status_code == 200
    assert api.get("flow", path, client="graphless").status_code == 200
    emulator.faults([{**shared, "limit": 1, "window": 0.3, "match": writing}])
    assert [api("flow", "POST", f"{path}/stop").status_code for _unused in range(2)] == [200, 429]
    time.sleep(0.35)
    assert api("flow", "POST", f"{path}/stop").status_code == 200


def test_a_status_for_a_path_after_some_and_some_times(emulator: Emulator, api: Api) -> None:
    match = {"service": "powerapps", "method": "GET", "path": "/permissions$"}
    emulator.faults([{"kind": "status", "status": 503, "match": match, "after": 1, "times": 2}])
    assert [api.get("powerapps", PERMISSIONS).status_code for _unused in range(4)] == [200, 503, 503, 200]
    assert api.get("powerapps", f"{APPS}/{APP}").status_code == 200
    assert [(item["seen"], item["hits"]) for item in emulator.fault_list()] == [(4, 2)]


def test_a_status_with_code_headers_and_body(emulator: Emulator, api: Api) -> None:
    api.token("powerapps")
    emulator.faults([{"kind": "status", "status": 409, "code": "Busy", "message": "Later.", "headers": {"X-Why": "7"}}])
    reply = api.get("powerapps", PERMISSIONS)
    assert (reply.status_code, reply.json()["error"], reply.headers["X-Why"]) == (
        409,
        {"code": "Busy", "message": "Later."},
        "7",
    )
    emulator.faults([{"kind": "status", "status": 502, "body": None}])
    assert api.get("powerapps", PERMISSIONS).content == b""


def test_every_nth(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "status", "status": 500, "every": 3, "match": {"service": "powerapps"}}])
    assert [api.get("powerapps", PERMISSIONS).status_code for _unused in range(6)] == [200, 200, 500] * 2


@pytest.mark.parametrize(("when", "effect"), [("before", False), ("after", True)])
def test_a_dropped_connection(emulator: Emulator, api: Api, when: str, effect: bool) -> None:
    emulator.faults([{"kind": "drop", "when": when, "times": 1, "match": {"write": True}}])
    api.token("powerapps")
    with pytest.raises(requests.ConnectionError):
        api.share(KIM)
    assert (KIM in api.roles()) is effect
    entry = emulator.log(writes=True)[0]
    assert (entry["status"], entry["effect"]) == (None, effect)


def test_a_delay(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "delay", "seconds": 0.3, "times": 1, "match": {"service": "powerapps"}}])
    api.token("powerapps")
    begun = time.monotonic()
    api.get("powerapps", PERMISSIONS)
    assert time.monotonic() - begun >= 0.3


def test_what_waits_when_the_tenant_is_reset_never_happens(emulator: Emulator, api: Api) -> None:
    api.token("flow")
    emulator.faults([{"kind": "delay", "seconds": 60, "match": {"service": "flow"}}])
    with ThreadPoolExecutor() as pool:
        stop = pool.submit(api, "flow", "POST", f"{FLOWS}/flows/{FLOW}/stop")
        while not emulator.log(writes=True):
            assert not stop.done()
            time.sleep(0.01)
        emulator.reset()
        assert isinstance(stop.exception(30), requests.ConnectionError)
    assert api.flow_state(FLOW) == "Started"
    assert emulator.log(writes=True) == []


def test_what_is_not_sent_to_its_end_never_happens(emulator: Emulator, api: Api) -> None:
    def broken_off() -> Iterator[bytes]:
        yield b"{"
        raise ValueError("the caller is ended")

    with pytest.raises(ValueError, match="the caller is ended"):
        api("flow", "POST", f"{FLOWS}/flows/{FLOW}/stop", data=broken_off())
    assert api.flow_state(FLOW) == "Started"
    assert emulator.log(writes=True) == []


def test_reads_are_stale_for_some_reads(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "stale", "reads": 2}])
    api.share(KIM)
    assert [KIM in api.roles() for _unused in range(3)] == [False, False, True]
    api("flow", "POST", f"{FLOWS}/flows/{FLOW}/stop")
    listed = api.get("flow", f"{FLOWS}/v2/flows").json()["value"]
    assert next(item for item in listed if item["name"] == FLOW)["properties"]["state"] == "Started"
    assert [api.flow_state(FLOW) for _unused in range(2)] == ["Started", "Stopped"]


def test_reads_are_stale_for_some_time_and_where_they_match(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "stale", "seconds": 0.3, "match": {"service": "flow"}}])
    api.share(KIM)
    assert KIM in api.roles()
    api("flow", "POST", f"{FLOWS}/flows/{FLOW}/stop")
    assert api.flow_state(FLOW) == "Started"
    time.sleep(0.35)
    assert api.flow_state(FLOW) == "Stopped"


def test_faults_that_end_take_stale_reads_with_them(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "stale", "reads": 9}])
    api.share(KIM)
    assert KIM not in api.roles()
    emulator.faults([])
    assert KIM in api.roles()


@pytest.mark.parametrize(
    ("service", "path", "code"),
    [
        ("powerapps", APPS, "Forbidden"),
        ("flow", f"{FLOWS}/v2/flows", "EnvironmentAccessDenied"),
        ("graph", "/v1.0/users", "Authorization_RequestDenied"),
        ("bap", "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments", "Forbidden"),
    ],
)
def test_a_role_that_lapses_at_work(emulator: Emulator, api: Api, service: str, path: str, code: str) -> None:
    emulator.faults([{"kind": "lapsed_role", "after": 1, "match": {"service": service}}])
    assert api.get(service, path).status_code == 200
    for _unused in range(2):
        reply = api.get(service, path)
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, code)


def _pages(api: Api) -> list[requests.Response]:
    replies = [api.get("powerapps", f"{APPS}?$top=2")]
    while replies[-1].status_code == 200 and replies[-1].json().get("nextLink"):
        replies.append(api.get("powerapps", replies[-1].json()["nextLink"], version=None))
    return replies


def test_a_page_that_fails(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "page", "page": 2, "status": 500}])
    assert [reply.status_code for reply in _pages(api)] == [200, 500]


def test_an_empty_page_in_the_middle(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "empty_page", "page": 2}])
    assert [len(reply.json()["value"]) for reply in _pages(api)] == [2, 0, 2, 2]


def test_a_page_cap_and_a_top_that_takes_too_long(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "page_cap", "max": 1}])
    assert [len(reply.json()["value"]) for reply in _pages(api)] == [1] * 6
    emulator.faults([{"kind": "top_timeout", "above": 100}])
    assert api.get("powerapps", f"{APPS}?$top=250").status_code == 504
    assert api.get("powerapps", f"{APPS}?$top=100").status_code == 200


@pytest.mark.parametrize(
    ("fault", "begin"),
    [
        (
            {"host": "europe.api.flow.microsoft.com", "port": 11777},
            "https://europe.api.flow.microsoft.com:11777/providers/",
        ),
        ({"host": "evil.example"}, "https://evil.example/providers/"),
    ],
)
def test_next_links_to_other_hosts(emulator: Emulator, api: Api, fault: dict[str, Any], begin: str) -> None:
    emulator.faults([{"kind": "next_link", **fault}])
    assert api.get("flow", f"{FLOWS}/v2/flows?$top=2").json()["nextLink"].startswith(begin)


def test_tokens_expire(emulator: Emulator, api: Api) -> None:
    old = api.token("flow")
    emulator.faults([{"kind": "expire_tokens"}])
    refused = api.get("flow", f"{FLOWS}/v2/flows", token=old)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "ExpiredAuthenticationToken")
    assert api.get("flow", f"{FLOWS}/v2/flows", token=emulator.token("https://service.flow.microsoft.com//.default")).ok
    emulator.faults([{"kind": "token_lifetime", "seconds": 1}])
    short = emulator.token("https://service.flow.microsoft.com//.default")
    time.sleep(1.1)
    assert api.get("flow", f"{FLOWS}/v2/flows", token=short).status_code == 401


def test_one_principal_fails_inside_a_good_answer(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "item_failure", "principal": KIM, "response_code": "ShareRefused"}])
    reply = api.share(KIM)
    assert reply.status_code == 200
    answer = reply.json()["put"][0]["properties"]["resourceResponses"][0]
    assert (answer["statusCode"], answer["responseCode"]) == ("BadRequest", "ShareRefused")
    assert KIM not in api.roles()
    assert (
        api.share(LEE, "CanEdit").json()["put"][0]["properties"]["resourceResponses"][0]["responseCode"]
        == "ResourceShared"
    )
    assert api.roles()[LEE] == "CanEdit"


def test_a_write_that_is_ignored(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "ignore_write", "match": {"path": "/start$"}}])
    assert api("flow", "POST", f"{FLOWS}/flows/{STOPPED_FLOW}/start").status_code == 200
    assert api.flow_state(STOPPED_FLOW) == "Stopped"
    assert emulator.log(writes=True)[0]["effect"] is False


def test_something_new_is_not_replicated_yet(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "lag", "times": 1, "match": {"service": "graph"}}])
    assert [api.get("graph", "/v1.0/organization").status_code for _unused in range(2)] == [404, 200]


def test_faults_are_matched_by_client_and_query(emulator: Emulator, api: Api) -> None:
    runner = emulator.credentials("runner")["client_id"]
    emulator.faults([{"kind": "status", "status": 500, "match": {"client": runner, "query": "^\\$top=7$"}}])
    assert api.get("powerapps", f"{APPS}?$top=7").status_code == 500
    assert api.get("powerapps", f"{APPS}?$top=8").status_code == 200
    assert api.get("powerapps", f"{APPS}?$top=7", client="delegated").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [{"kind": "magic"}, {"kind": "status", "colour": 1}, {"kind": "throttle"}, {"kind": "drop", "match": {"x": 1}}],
)
def test_a_wrong_fault_is_refused_and_the_old_ones_stay(emulator: Emulator, fault: dict[str, Any]) -> None:
    emulator.faults([{"kind": "delay", "seconds": 0}])
    with pytest.raises(EmulatorError, match="400"):
        emulator.faults([fault])
    assert [item["kind"] for item in emulator.fault_list()] == ["delay"]


def test_faults_leave_the_environment_of_other_tests_alone(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "status", "status": 500}])
    emulator.reset()
    assert emulator.fault_list() == []
    assert api.get("powerapps", APPS.replace(ENV, "~default")).status_code == 200


def test_the_token_endpoint_is_hit_unless_a_match_says_otherwise(emulator: Emulator) -> None:
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 9}, {"kind": "drop", "match": {"service": "flow"}}])
    assert emulator.token()
    for match in ({}, {"service": "login"}):
        emulator.faults([{"kind": "status", "status": 503, "match": match}])
        with pytest.raises(EmulatorError, match="503"):
            emulator.token()
