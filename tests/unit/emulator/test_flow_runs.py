# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of flows, their actions, triggers and callback addresses (flow-management.md 5.1, 5.8, 5.19 and 6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .api import ENV, FLOW, Api
from .flow_api import CLAIM, DEFAULT, INTAKE, POLL, RUNS, admin, code_of, maker, names

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

ALL = [RUNS[name] for name in ("running", "repeat", "cancelled", "failed", "other", "good", "waiting")]
POLL_FLOW = maker(DEFAULT, POLL)


def _runs(api: Api, query: str = "", flow: str = INTAKE) -> list[str]:
    return names(api.get("flow", admin(flow=flow, what=f"runs{query}")))


def test_runs_come_newest_first_on_both_forms(api: Api) -> None:
    assert _runs(api) == ALL
    assert names(api.get("flow", maker(flow=INTAKE, what="runs"), client="delegated")) == ALL
    assert _runs(api, flow=CLAIM) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("status eq 'Failed'", ["failed", "other"]),
        ("startTime ge 2025-03-05T10:00:00Z", ["running", "repeat"]),
        ("startTime lt 2025-03-05T06:00:00Z", ["waiting"]),
        (
            "status eq 'Succeeded' and startTime ge 2025-03-05T07:00:00Z and startTime lt 2025-03-06T00:00:00Z",
            ["repeat"],
        ),
        ("startTime ge 2025-03-05T12:00:00.0000000+02:00 and status eq 'Running'", ["running"]),
        ("status eq 'failed'", []),
    ],
)
def test_runs_are_filtered(api: Api, text: str, wanted: list[str]) -> None:
    assert _runs(api, f"?$filter={text.replace('+', '%2B')}") == [RUNS[name] for name in wanted]


@pytest.mark.parametrize("text", ["name eq 'x'", "startTime ge soon", "startTime ge 2025-03-05", "status ge 'a'", "x"])
def test_other_filters_of_runs_are_refused(api: Api, text: str) -> None:
    assert api.get("flow", admin(flow=INTAKE, what=f"runs?$filter={text}")).status_code == 400


def test_runs_come_in_pages(api: Api, emulator: Emulator) -> None:
    first = api.get("flow", admin(flow=INTAKE, what="runs?$top=3&$filter=startTime ge 2025-01-01T00:00:00Z")).json()
    second = api.get("flow", first["nextLink"], version=None).json()
    third = api.get("flow", second["nextLink"], version=None).json()
    assert [item["name"] for page in (first, second, third) for item in page["value"]] == ALL
    assert "nextLink" not in third
    runs = [{"id": f"{n:032d}CU01", "start": f"2025-01-01T00:{n:02d}:00Z"} for n in range(60)]
    emulator.change([{"change": "add_run", "flow": FLOW, "run": run} for run in runs])
    assert len(api.get("flow", admin(ENV, FLOW, "runs")).json()["value"]) == 50


def test_a_run_says_how_it_went(api: Api) -> None:
    failed = api.get("flow", admin(flow=INTAKE, what=f"runs/{RUNS['failed']}")).json()
    properties = failed["properties"]
    assert failed["id"].endswith(f"/flows/{INTAKE}/runs/{RUNS['failed']}")
    assert failed["type"] == "Microsoft.ProcessSimple/environments/flows/runs"
    assert (properties["status"], properties["code"], properties["error"]["code"]) == ("Failed",) + (
        "ActionFailed",
    ) * 2
    assert properties["startTime"] == "2025-03-05T08:00:00.0000000Z"
    assert properties["endTime"] == "2025-03-05T08:00:08.0000000Z"
    assert properties["trigger"]["name"] == "manual"
    assert "sig=" in properties["trigger"]["outputsLink"]["uri"]
    assert "actions" not in properties
    going_on = api.get("flow", admin(flow=INTAKE, what=f"runs/{RUNS['running']}")).json()["properties"]
    assert not {"endTime", "code", "error"} & set(going_on)
    assert "endTime" not in going_on["trigger"]
    good = api.get("flow", admin(flow=INTAKE, what=f"runs/{RUNS['good']}")).json()["properties"]
    assert (good["endTime"], "error" in good) == ("2025-03-05T06:00:09.4000000Z", False)


def test_a_run_with_its_actions(api: Api) -> None:
    def statuses(name: str) -> dict[str, str]:
        path = admin(flow=INTAKE, what=f"runs/{RUNS[name]}?$expand=properties%2Factions")
        found = api.get("flow", path).json()["properties"]["actions"]
        return {key: action["status"] for key, action in found.items()}

    assert statuses("failed") == {"Store": "Succeeded", "Tell": "Failed"}
    assert statuses("other") == {"Store": "Failed", "Tell": "Skipped"}
    assert statuses("good") == {"Store": "Succeeded", "Tell": "Succeeded"}
    listed = api.get("flow", admin(flow=INTAKE, what=f"runs/{RUNS['failed']}/actions")).json()["value"]
    assert [(item["name"], item["properties"]["code"]) for item in listed] == [("Store", "OK"), ("Tell", "BadRequest")]
    assert "outputsLink" in listed[0]["properties"]


def _nested(reply: Any) -> tuple[int, str, str]:
    error = reply.json()["error"]
    inner = json.loads(error["message"].partition("error: '")[2].removesuffix("'."))
    return reply.status_code, error["code"], inner["error"]["code"]


def test_an_unknown_run_is_nested_in_the_error(api: Api) -> None:
    wanted = (404, "AzureResourceManagerRequestFailed", "WorkflowRunNotFound")
    unknown = f"{POLL_FLOW}/runs/0000"
    assert _nested(api.get("flow", unknown, client="maker")) == wanted
    assert _nested(api("flow", "POST", f"{unknown}/cancel", client="maker")) == wanted
    resubmit = f"{POLL_FLOW}/triggers/manual/histories/0000/resubmit"
    assert _nested(api("flow", "POST", resubmit, client="maker")) == wanted


def test_a_cancelled_run_takes_a_moment(api: Api, emulator: Emulator) -> None:
    path = f"{POLL_FLOW}/runs/{RUNS['poll running']}"
    reply = api("flow", "POST", f"{path}/cancel", client="maker")
    assert (reply.status_code, reply.content) == (200, b"")

    def status() -> str:
        return str(api.get("flow", path, client="maker").json()["properties"]["status"])

    assert [status(), status()] == ["Cancelling", "Cancelled"]
    assert "endTime" in api.get("flow", path, client="maker").json()["properties"]
    again = api("flow", "POST", f"{path}/cancel", client="maker")
    assert code_of(again) == (400, "WorkflowRunAlreadyCompleted")
    emulator.reset()
    assert status() == "Running"


@pytest.mark.parametrize("name", ["poll failed", "poll good"])
def test_what_has_ended_cannot_be_cancelled(api: Api, name: str) -> None:
    assert api("flow", "POST", f"{POLL_FLOW}/runs/{RUNS[name]}/cancel", client="maker").status_code == 400


def test_each_resubmit_is_another_run(api: Api) -> None:
    path = f"{POLL_FLOW}/triggers/manual/histories/{RUNS['poll failed']}/resubmit"
    for number in (1, 2):
        reply = api("flow", "POST", path, client="maker")
        assert (reply.status_code, reply.content) == (202, b"")
        found = api.get("flow", f"{POLL_FLOW}/runs", client="maker").json()["value"]
        assert len(found) == 3 + number
        newest = found[0]
        assert newest["properties"]["status"] == "Running"
        assert newest["name"] < found[1]["name"]
        assert newest["properties"]["trigger"]["originHistoryName"] == RUNS["poll failed"]
        assert newest["properties"]["correlation"]["clientTrackingId"] == RUNS["poll failed"]
    later = api.get("flow", f"{POLL_FLOW}/runs/{newest['name']}", client="maker").json()["properties"]
    assert (later["status"], later["code"]) == ("Failed", "ActionFailed")


def test_a_failed_run_was_already_started_again(api: Api) -> None:
    found = {
        item["name"]: item["properties"] for item in api.get("flow", admin(flow=INTAKE, what="runs")).json()["value"]
    }
    origin = {name: run["trigger"]["originHistoryName"] for name, run in found.items()}
    assert origin[RUNS["repeat"]] == RUNS["failed"]
    assert {name for name in origin if origin[name] != name} == {RUNS["repeat"]}


def test_the_trigger_has_to_be_the_flows_own(api: Api) -> None:
    wanted = (404, "AzureResourceManagerRequestFailed", "WorkflowTriggerNotFound")
    triggers = api.get("flow", f"{POLL_FLOW}/triggers", client="maker").json()["value"]
    assert [item["name"] for item in triggers] == ["manual"]
    path = f"{POLL_FLOW}/triggers/Recurrence/histories/{RUNS['poll failed']}/resubmit"
    assert _nested(api("flow", "POST", path, client="maker")) == wanted
    assert _nested(api("flow", "POST", f"{POLL_FLOW}/triggers/other/listCallbackUrl", client="maker")) == wanted
    timed = maker(ENV, FLOW, "triggers/Recurrence/listCallbackUrl")
    assert _nested(api("flow", "POST", timed, client="maker")) == wanted
    button = maker(flow=CLAIM, what="triggers/manual/listCallbackUrl")
    assert _nested(api("flow", "POST", button, client="delegated")) == wanted


def test_a_callback_address_is_read_and_never_logged(api: Api, emulator: Emulator) -> None:
    reply = api.post("flow", f"{POLL_FLOW}/triggers/manual/listCallbackUrl", {}, client="maker")
    response = reply.json()["response"]
    secret = response["queries"]["sig"]
    assert reply.status_code == 200
    assert response["value"].startswith("https://prod-12.westeurope.logic.azure.com:443/workflows/")
    assert response["value"].endswith(f"&sig={secret}")
    assert response["method"] == "POST"
    emulator.reset()
    again = api("flow", "POST", f"{POLL_FLOW}/triggers/manual/listCallbackUrl", client="maker").json()
    assert again["response"] == response
    (entry,) = [item for item in emulator.log(service="flow") if item["path"].endswith("/listCallbackUrl")]
    assert (entry["write"], entry["effect"]) == (False, False)
    api.post("flow", f"{maker(ENV)}?address={secret}", {"properties": {"note": response["value"]}}, client="maker")
    host = {"Host": "prod-12.westeurope.logic.azure.com"}
    path = response["value"].partition(":443")[2]
    lost = api.session.get(emulator.base_url + path, headers=host, verify=emulator.ca_path, timeout=30)
    assert lost.status_code == 421
    logged = json.dumps([{**item, "query": item["query"].replace(f"address={secret}", "")} for item in emulator.log()])
    assert secret not in logged
    assert "sig=(removed)" in logged


def test_runs_are_their_owners(api: Api, emulator: Emulator) -> None:
    emulator.change(
        [{"change": "put_flow_role", "flow": INTAKE, "principal": "kim@contoso.example", "role": "CanView"}]
    )
    for method, what in (
        ("GET", "runs"),
        ("GET", f"runs/{RUNS['good']}"),
        ("POST", f"runs/{RUNS['running']}/cancel"),
        ("POST", f"triggers/manual/histories/{RUNS['failed']}/resubmit"),
        ("POST", "triggers/manual/listCallbackUrl"),
    ):
        path = maker(flow=INTAKE, what=what)
        assert code_of(api("flow", method, path, client="maker")) == (403, "ConnectionAuthorizationFailed")
        assert code_of(api("flow", method, path)) == (401, "ClientScopeAuthorizationFailed")
    for what in ("runs/x/cancel", "triggers/manual/histories/x/resubmit", "triggers/manual/listCallbackUrl"):
        assert api("flow", "POST", admin(flow=INTAKE, what=what)).status_code == 404
    assert emulator.summary()["effects"] == 0


def test_runs_change_behind_the_back(api: Api, emulator: Emulator) -> None:
    run = RUNS["running"]
    emulator.change([{"change": "set_run", "flow": INTAKE, "run": run, "status": "TimedOut", "code": "ActionTimedOut"}])
    found = api.get("flow", admin(flow=INTAKE, what=f"runs/{run}")).json()["properties"]
    assert (found["status"], found["error"]["code"]) == ("TimedOut", "ActionTimedOut")
    emulator.change(
        [{"change": "set_run", "flow": INTAKE, "run": run, "status": "Running", "then": "Failed", "reads": 2}]
    )
    seen = [api.get("flow", admin(flow=INTAKE, what=f"runs/{run}")).json()["properties"]["status"] for _n in range(3)]
    assert seen == ["Running", "Running", "Failed"]


def test_no_read_follows_a_deleted_flow(api: Api) -> None:
    assert api("flow", "DELETE", POLL_FLOW, client="maker").status_code == 200
    assert code_of(api.get("flow", admin(DEFAULT, POLL, "runs"))) == (404, "FlowNotFound")
    api("flow", "POST", admin(DEFAULT, POLL, "restore"))
    found = api.get("flow", admin(DEFAULT, POLL, "runs")).json()["value"]
    assert [item["properties"]["status"] for item in found] == ["Cancelled", "Failed", "Succeeded"]
