# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control path, the tenant file, the command line."""

from __future__ import annotations

import copy
import json
import signal
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator import cli, clouds, generate, tenant_file
from tests.emulator.control import READY, ROOT, Emulator, EmulatorError

from .api import ADA, APP, APPS, BAP, ENV, FLOW, FLOWS, KIM, LEE, SHARED_APP, Api

CONTOSO = ROOT / "tests" / "emulator" / "tenants" / "contoso.yml"


# -- log and reset ---------------------------------------------------------------------------------------------------


def test_the_log_tells_reads_writes_and_tokens_apart(emulator: Emulator, api: Api) -> None:
    api.share(KIM)
    api.share(KIM)
    api.roles()
    assert emulator.summary() == {"total": 4, "writes": 2, "reads": 1, "tokens": 1, "discovery": 0, "effects": 1}
    written = emulator.log(writes=True)[0]
    assert (written["service"], written["method"], written["status"]) == ("powerapps", "POST", 200)
    assert (written["token_kind"], written["client_id"]) == ("app", emulator.credentials()["client_id"])
    assert written["path"].endswith("/modifyPermissions")
    assert written["body"]["put"][0]["properties"]["roleName"] == "CanView"
    assert [entry["number"] for entry in emulator.log(since=written["number"], writes=True)] == [written["number"] + 1]


def test_the_log_holds_no_secret(emulator: Emulator, api: Api) -> None:
    api.post("powerapps", f"{APPS}/{APP}/modifyPermissions", {"put": [], "extra": {"client_secret": "hush", "x": 1}})
    text = json.dumps(emulator.log())
    assert "hush" not in text
    assert emulator.credentials()["client_secret"] not in text
    assert api.token("powerapps") not in text
    assert '"x": 1' in text


def test_a_refused_write_is_a_write_without_effect(emulator: Emulator, api: Api) -> None:
    api.share("a0000000-0000-4000-8000-0000000000ee")
    assert [(item["status"], item["effect"]) for item in emulator.log(writes=True)] == [(404, False)]
    emulator.clear_log()
    assert emulator.log() == []


def test_reset_brings_everything_back(emulator: Emulator, api: Api) -> None:
    before = emulator.tenant()
    api.share(KIM)
    api("flow", "POST", f"{FLOWS}/flows/{FLOW}/stop")
    api("flow", "DELETE", f"{FLOWS}/flows/{FLOW}")
    api("powerapps", "DELETE", f"{APPS}/{APP}")
    api("bap", "PUT", f"{BAP}/adminApplications/{KIM}", client="delegated")
    api.post("bap", f"{BAP}/scopes/admin/updateTenantSettings", {"walkMeOptOut": True})
    emulator.change([{"change": "set_environment", "environment": ENV, "name": "Renamed"}])
    assert emulator.tenant() != before
    emulator.reset()
    assert emulator.tenant() == before
    assert emulator.log() == []
    assert LEE in api.roles()


# -- changes ---------------------------------------------------------------------------------------------------------


def test_changes_behind_the_clients_back(emulator: Emulator, api: Api) -> None:
    emulator.change(
        [
            {"change": "set_flow", "flow": FLOW, "state": "Suspended", "reason": "CompanyDlpViolation"},
            {"change": "put_app_role", "app": SHARED_APP, "principal": "everyone", "role": "CanView"},
            {"change": "delete_app_role", "app": SHARED_APP, "principal": "lee@contoso.example"},
            {"change": "set_app", "app": APP, "name": "Renamed"},
            {"change": "put_flow_role", "flow": FLOW, "principal": LEE, "role": "CanView"},
            {"change": "set_environment", "environment": ENV, "name": "Also renamed"},
            {"change": "delete_principal", "principal": "kim@contoso.example"},
            {"change": "set_client", "client": "users-only", "graph": ["GroupMember.Read.All"]},
        ]
    )
    assert api.flow_state(FLOW) == "Suspended"
    assert LEE not in api.roles()
    assert any(name.startswith("tenant-") for name in api.roles())
    assert api.get("powerapps", f"{APPS}/{APP}").json()["properties"]["displayName"] == "Renamed"
    assert api.flow_roles()[LEE] == "CanView"
    found = api.get("bap", f"{BAP}/scopes/admin/environments/{ENV}").json()
    assert found["properties"]["displayName"] == "Also renamed"
    assert api.get("graph", f"/v1.0/users/{KIM}").status_code == 404
    assert api.get("graph", f"/v1.0/directory/deletedItems/{KIM}").status_code == 200
    assert api.get("graph", "/v1.0/groups", client="users-only").status_code == 200
    assert emulator.log(writes=True) == []


def test_a_hard_deleted_user_leaves_only_its_id(emulator: Emulator, api: Api) -> None:
    emulator.change([{"change": "delete_principal", "principal": LEE, "hard": True}])
    assert api.get("graph", f"/v1.0/directory/deletedItems/{LEE}").status_code == 404
    entry = next(
        i for i in api.get("powerapps", f"{APPS}/{SHARED_APP}/permissions").json()["value"] if i["name"] == LEE
    )
    assert "displayName" not in entry["properties"]["principal"]


def test_a_lapsed_registration(emulator: Emulator, api: Api) -> None:
    assert api.get("powerapps", APPS).status_code == 200
    emulator.change([{"change": "set_client", "client": "runner", "registered": False}])
    assert api.get("powerapps", APPS).status_code == 403


def test_new_things_are_found_and_gone_after_reset(emulator: Emulator, api: Api) -> None:
    app, flow = "aa000000-0000-4000-8000-0000000000ff", "f0000000-0000-4000-8000-0000000000ff"
    emulator.change(
        [
            {
                "change": "add_app",
                "environment": ENV,
                "app": {"id": app, "name": "New", "owner": "kim@contoso.example"},
            },
            {"change": "add_flow", "environment": ENV, "flow": {"id": flow, "name": "New", "creator": KIM}},
        ]
    )
    assert api.roles(app) == {KIM: "Owner"}
    assert api.get("powerapps", f"/providers/Microsoft.PowerApps/apps/{app}", client="maker").status_code == 200
    assert api.flow_state(flow) == "Started"
    emulator.reset()
    assert api.get("powerapps", f"{APPS}/{app}").status_code == 404
    assert api.get("flow", f"{FLOWS}/flows/{flow}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"change": "magic"},
        {"change": "set_flow"},
        {"change": "set_flow", "flow": APP},
        {"change": "put_app_role", "app": APP, "principal": "Auditors", "role": "CanView"},
    ],
)
def test_a_wrong_change_is_refused_and_takes_the_others_with_it(emulator: Emulator, change: dict[str, Any]) -> None:
    before = emulator.tenant()
    with pytest.raises(EmulatorError, match="400"):
        emulator.change([{"change": "set_app", "app": APP, "name": "Renamed"}, change])
    assert emulator.tenant() == before


# -- hosts -----------------------------------------------------------------------------------------------------------


def test_a_real_host_is_served_and_stands_in_the_next_link(api: Api) -> None:
    host = {"Host": "europe.api.powerapps.com"}
    found = api.get("powerapps", f"{APPS}?$top=2", headers=host).json()["nextLink"]
    assert found.startswith("https://europe.api.powerapps.com/providers/")
    wrong_service = api.get("powerapps", APPS, headers={"Host": "graph.microsoft.com"})
    assert wrong_service.status_code == 401
    assert api.get("powerapps", APPS, headers={"Host": "evil.example"}).status_code == 421


def test_the_audience_follows_the_cloud_of_the_host(api: Api) -> None:
    gcc = {"Host": "gov.api.powerapps.us"}
    assert api.get("powerapps", APPS, headers=gcc).status_code == 401
    token = api.emulator.token("https://gov.service.powerapps.us//.default")
    assert api.get("powerapps", APPS, headers=gcc, token=token).status_code == 200
    single_slash = api.emulator.token("https://service.powerapps.com/.default")
    assert api.get("powerapps", APPS, token=single_slash).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "127.0.0.1",
        "login.microsoftonline.com",
        "login.chinacloudapi.cn",
        "dod-graph.microsoft.us",
        "emea.api.flow.microsoft.com",
        "high.api.bap.microsoft.us",
        "contoso.crm4.dynamics.com",
        "contoso.api.crm9.dynamics.com",
        "111122223333.44.environment.api.powerplatform.com",
        "111122223333.4.tenant.api.appsplatform.us",
        "graph-we.avepointonlineservices.com",
        "graphusgovapi.online15.net",
    ],
)
def test_the_certificate_is_good_for_a_real_name(emulator: Emulator, name: str) -> None:
    context = ssl.create_default_context(cafile=emulator.ca_path)
    port = int(emulator.base_url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as wrapped,
    ):
        assert wrapped.version()


def test_the_certificate_is_for_no_other_name(emulator: Emulator) -> None:
    assert "evil.example" not in clouds.certificate_names()
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(emulator.base_url, verify=True, timeout=10)


def test_a_connection_is_kept(emulator: Emulator, api: Api) -> None:
    api.roles()
    pool = api.session.get_adapter(emulator.base_url).poolmanager.connection_from_url(
        emulator.base_url, pool_kwargs={"ca_certs": emulator.ca_path, "cert_reqs": "CERT_REQUIRED"}
    )
    api.roles()
    assert pool.num_connections <= 1


# -- tenant file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".yml", ".json"])
def test_a_saved_tenant_loads_as_the_same(tmp_path: Path, suffix: str) -> None:
    tenant = tenant_file.load(CONTOSO)
    path = tmp_path / f"saved{suffix}"
    tenant_file.save(tenant, path)
    assert tenant_file.load(path) == tenant
    assert len(tenant.environments) == 9


def test_a_generated_tenant_is_the_same_each_time_and_survives_a_file(tmp_path: Path) -> None:
    wanted = generate.counts("environments=3,apps=7,flows=5,roles=4,users=30")
    tenant = generate.make(wanted)
    assert tenant == generate.make(wanted)
    assert [len(item.apps) for item in tenant.environments.values()] == [7, 7, 7]
    assert all(len(app.roles) == 5 for item in tenant.environments.values() for app in item.apps.values())
    tenant_file.save(tenant, tmp_path / "big.json")
    assert tenant_file.load(tmp_path / "big.json") == tenant


def test_more_connections_leave_apps_and_flows_as_they_were() -> None:
    few, many = (
        generate.make(generate.counts(f"environments=2,apps=4,flows=4,connections={count},connectors={count}"))
        for count in (1, 9)
    )
    for one, other in zip(few.environments.values(), many.environments.values(), strict=True):
        assert (one.apps, one.flows) == (other.apps, other.flows)
        assert (len(one.connections), len(other.connections), len(other.connectors)) == (1, 9, 9)
    default = generate.make(generate.counts("environments=2,apps=1")).environments.values()
    assert [(len(item.connections), len(item.connectors)) for item in default] == [(5, 2), (5, 2)]


def test_generated_flows_have_owners_runs_and_rows_when_asked_for(tmp_path: Path) -> None:
    counted = "environments=2,apps=1,flows=30,users=40"
    plain = generate.make(generate.counts(counted))
    rich = generate.make(generate.counts(f"{counted},solution_flows=3,flow_owners=4,runs=5"))
    for one, other in zip(plain.environments.values(), rich.environments.values(), strict=True):
        assert (one.apps, one.connections, one.connectors) == (other.apps, other.connections, other.connectors)
        assert len(other.flows) == 33
        for flow_id, flow in one.flows.items():
            same = other.flows[flow_id]
            assert (same.name, same.creator, same.state) == (flow.name, flow.creator, flow.state)
            assert flow.roles.items() <= same.roles.items()
            assert (len(flow.runs), len(same.runs)) == (0, 5)
        assert sum(1 for flow in other.flows.values() if flow.workflow_id) == 3
        assert max(sum(role.role == "CanEdit" for role in flow.roles.values()) for flow in other.flows.values()) == 4
    tenant_file.save(rich, tmp_path / "big.json")
    assert tenant_file.load(tmp_path / "big.json") == rich


def test_ninety_thousand_flows_of_one_environment() -> None:
    tenant = generate.make(generate.counts("environments=1,apps=0,flows=90000,connections=0,connectors=0"))
    [environment] = list(tenant.environments.values())
    assert len(environment.flows) == 90_000


def test_fifty_environments_of_two_hundred_apps_in_seconds() -> None:
    begun = time.monotonic()
    tenant = generate.make(generate.counts("environments=50,apps=200,flows=200"))
    assert sum(len(item.apps) for item in tenant.environments.values()) == 10_000
    assert time.monotonic() - begun < 5


def _tenant_data() -> dict[str, Any]:
    return tenant_file.to_dict(tenant_file.load(CONTOSO))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data["users"][0].update(shoe=1), "unknown key shoe"),
        (lambda data: data["users"].append(copy.deepcopy(data["users"][0])), "given twice"),
        (lambda data: data["users"][0].pop("upn"), "upn is missing"),
        (lambda data: data["environments"][0].pop("default"), "exactly one environment"),
        (lambda data: data["environments"][1]["apps"][0].update(owner="Auditors"), "names 2 principals"),
        (lambda data: data["environments"][1]["connections"][0].pop("connector"), "connector is missing"),
        (lambda data: data["environments"][1]["connectors"][0].update(creator="Auditors"), "names 2 principals"),
        (lambda data: data["environments"][1].update(blocked="mood"), "blocked can be office_ai"),
        (lambda data: data["billing_policies"][1].update(environments=["e1"]), "no environment 'e1'"),
        (
            lambda data: data["billing_policies"][1].update(environments=["e0000000-0000-4000-8000-000000000003"]),
            "has another policy already",
        ),
        (lambda data: data["environments"][1]["packages"][0].update(state="Broken"), "state must be one of"),
        (lambda data: data["application_packages"].pop(0), "no application package 'msdyn_ApprovalsAnchor'"),
        (lambda data: data["role_assignments"][0].update(role="king"), "role must be one of owner"),
        (lambda data: data["avepoint"].update(tokens=[]), "avepoint: unknown key tokens"),
        (lambda data: data["avepoint"]["clients"][0].update(environment="moon"), "environment must be one of"),
    ],
)
def test_a_wrong_tenant_file_says_what_is_wrong(spoil: Any, says: str) -> None:
    data = _tenant_data()
    spoil(data)
    with pytest.raises(tenant_file.TenantFileError, match=says):
        tenant_file.from_dict(data)


# -- command line ----------------------------------------------------------------------------------------------------


def test_a_process_saves_on_sigterm_and_the_file_is_the_tenant_again(tmp_path: Path) -> None:
    saved = tmp_path / "after.yml"
    with Emulator.start("--save", str(saved), "--delegated") as first:
        api = Api(first)
        assert api.get("graph", "/v1.0/me").json()["id"] == ADA
        assert api.share(KIM).status_code == 200
        tenant = first.tenant()
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(10) == 0
    assert tenant_file.to_dict(tenant_file.load(saved)) == tenant


def test_latency_and_a_ca_file_of_ones_choice(tmp_path: Path) -> None:
    ca_path = tmp_path / "ca.pem"
    with Emulator.start(
        "--generate", "environments=2,apps=3", "--latency", "80ms", "--ca-out", str(ca_path)
    ) as running:
        assert running.ca_path == str(ca_path)
        begun = time.monotonic()
        running.token()
        assert time.monotonic() - begun >= 0.08
        found = Api(running).get("bap", f"{BAP}/scopes/admin/environments").json()["value"]
        assert len(found) == 2


@pytest.mark.parametrize(("text", "seconds"), [("20ms", 0.02), ("1.5s", 1.5), ("2", 2.0)])
def test_durations(text: str, seconds: float) -> None:
    assert cli.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "arguments", [["--generate", "worlds=1"], ["--tenant", "/nowhere.yml"], ["--faults", "/nowhere.json"]]
)
def test_wrong_arguments_end_with_a_word(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--port", "0", *arguments]) == 2
    assert capsys.readouterr().err.startswith("emulator: ")


def test_a_port_that_cannot_be_had_is_named_in_one_line(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    taken = emulator.base_url.rpartition(":")[2]
    for port, words in (
        ("99999", "0 to 65535"),
        ("-1", "0 to 65535"),
        (taken, 'in use; --port 0 takes a free one (make emulator ARGS="--port 0")'),
    ):
        assert cli.main(["--port", port]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"emulator: --port {port}: ")
        assert words in line


@pytest.mark.parametrize("terminal", [True, False])
def test_what_programs_read_is_not_shown_on_a_terminal(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    cli._announce(tenant_file.load(CONTOSO), "https://127.0.0.1:1", Path("/ca.pem"), {})
    *shown, last = capsys.readouterr().out.splitlines()
    assert all(line.startswith("export POWER_PLATFORM_") for line in shown)
    assert (last == "Ready. Ctrl-C ends it.", last.startswith(READY)) == (terminal, not terminal)


def test_the_exports_for_a_shell(emulator: Emulator) -> None:
    text = " ".join(cli.exports(tenant_file.load(CONTOSO), emulator.base_url, Path("/a b/ca.pem")))
    assert f"export POWER_PLATFORM_BASE_URL={emulator.base_url}" in text
    assert "export POWER_PLATFORM_CA_PATH='/a b/ca.pem'" in text
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        assert f"POWER_PLATFORM_{name}=" in text
