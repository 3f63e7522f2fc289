# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AvePoint's reports of connections and environments (avepoint.md 1, 3, 4 and 5)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.emulator.control import Emulator

from .api import ADA, CONNECTION, CONNECTOR, ENV, GONE, KIM, RP, RUNNER, SANDBOX, TENANT, Api
from .avepoint_api import CONNECTIONS, DATA, connections, every, token_of

ADMIN = f"{RP}/scopes/admin/environments"
FABRIKAM = "77777777-2222-4333-8444-555555555555"
SCANNED = "d00000000000000000000000000000a1"  # a row of a connection that is no more
MEMBERS = (
    "id tenantId tenantName containerId containerName displayName iconUri connectorId connectorDisplayName "
    "connectorIconBrandColor environmentId environmentDisplayName isCustom tier connectorOwnerDisplayName "
    "connectorCreatedTime publisher powerAppCount flowCount flowNames appNames status connectionSource ownerId "
    "ownerDisplayName ownerUserPrincipalName ownerStatus ownerCountry"
)


def rows(api: Api, query: str = "") -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in every(api, query)}


# -- rows ------------------------------------------------------------------------------------------------------------


def test_a_row_has_the_members_and_types_of_the_contract(api: Api) -> None:
    found = rows(api)
    kinds = {"isCustom": bool, "powerAppCount": int, "flowCount": int, "flowNames": list, "appNames": list}
    for row in found.values():
        assert set(row) == set(MEMBERS.split())
        for name, value in row.items():
            nullable = name in ("connectorOwnerDisplayName", "connectionSource")
            assert isinstance(value, kinds.get(name, str)) or (nullable and value is None), name
        assert row["powerAppCount"] == len(row["appNames"])
        assert row["flowCount"] == len(row["flowNames"])


def test_rows_join_with_the_connections_of_the_power_platform(api: Api) -> None:
    found = rows(api, f"?tenant={TENANT}")
    own: dict[str, tuple[str, str, str, str]] = {}
    for environment in api.get("bap", "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments").json()[
        "value"
    ]:
        reply = api.get("powerapps", f"{ADMIN}/{environment['name']}/connections")
        for item in reply.json()["value"] if reply.status_code == 200 else []:
            connector = item["properties"]["apiId"].rpartition("/")[2]
            maker = item["properties"]["createdBy"]["id"]
            own[item["name"]] = (environment["name"], connector, maker, item["properties"]["displayName"])
    assert len(own) == 7
    told = {
        key: (row["environmentId"], row["connectorId"], row["ownerId"], row["displayName"])
        for key, row in found.items()
        if key != SCANNED
    }
    assert told == own


def test_what_the_rows_of_the_tenant_say(api: Api) -> None:
    found = rows(api)
    ledger = found[CONNECTION]
    assert (ledger["tier"], ledger["publisher"], ledger["isCustom"]) == ("Premium", "Microsoft", False)
    assert (ledger["ownerId"], ledger["ownerUserPrincipalName"]) == (ADA, "ada@contoso.example")
    assert (ledger["ownerStatus"], ledger["ownerCountry"], ledger["status"]) == ("Enabled", "DE", "Connected")
    assert (ledger["powerAppCount"], ledger["connectorOwnerDisplayName"]) == (2, None)
    unused = found["d0000000000000000000000000000002"]
    assert (unused["tier"], unused["powerAppCount"], unused["flowCount"]) == ("Standard", 0, 0)
    orphan = found["d0000000000000000000000000000003"]
    assert (orphan["status"], orphan["ownerId"], orphan["ownerStatus"]) == ("Error", GONE, "Disabled")
    assert (orphan["ownerDisplayName"], orphan["ownerUserPrincipalName"], orphan["ownerCountry"]) == ("", "", "")
    robot = found["d0000000000000000000000000000006"]
    assert (robot["ownerId"], robot["ownerDisplayName"]) == (RUNNER, "Governance Runner")
    assert {row["ownerStatus"] for row in found.values()} == {"Enabled", "Enable", "Disabled"}
    receipts = found["d0000000000000000000000000000021"]
    assert receipts["flowNames"] == ["Supplier onboarding", "Invoice intake"]
    assert found["d0000000000000000000000000000005"]["flowNames"] == []  # used in another environment than its own
    assert found[SCANNED]["isCustom"] is True


def test_rows_follow_what_happens_to_connections(emulator: Emulator, api: Api) -> None:
    custom = {"id": "e" * 32, "connector": CONNECTOR, "name": "Claims", "creator": "dana@contoso.example"}
    emulator.change(
        [
            {"change": "add_connection", "environment": ENV, "connection": custom},
            {"change": "delete_connection", "connection": CONNECTION},
            {"change": "set_flow", "flow": "f0000000-0000-4000-8000-000000000027", "state": "Deleted"},
        ]
    )
    found = rows(api)
    assert CONNECTION not in found
    row = found["e" * 32]
    assert (row["isCustom"], row["connectorDisplayName"], row["tier"]) == (True, "Expenses", "Premium")
    assert (row["connectorOwnerDisplayName"], row["connectorCreatedTime"]) == ("Ada Example", "2025-01-06 08:00:00")
    assert (row["ownerStatus"], row["ownerDisplayName"]) == ("Disabled", "Dana Disabled")
    assert found["d0000000000000000000000000000021"]["flowNames"] == ["Supplier onboarding"]


def test_a_flow_that_uses_a_connection_behind_a_reference(emulator: Emulator, api: Api) -> None:
    behind = {"shared_azureblob": {"connectionReferenceLogicalName": "cr736_receipts", "source": "Embedded"}}
    flow = "f0000000-0000-4000-8000-000000000022"
    emulator.change([{"change": "set_flow", "flow": flow, "connection_references": behind}])
    receipts = rows(api)["d0000000000000000000000000000021"]
    assert (receipts["flowNames"], receipts["flowCount"]) == (["Supplier onboarding", "Invoice intake"], 2)


def test_an_app_that_uses_a_connection(emulator: Emulator, api: Api) -> None:
    path = "/providers/microsoft.powerapps/apis/shared_azureblob/connections/d0000000000000000000000000000021"
    app = {
        "id": str(uuid.uuid4()),
        "name": "Receipts",
        "owner": KIM,
        "connection_references": {"one": {"id": "x", "sharedConnectionId": path}},
    }
    emulator.change([{"change": "add_app", "environment": SANDBOX, "app": app}])
    assert rows(api)["d0000000000000000000000000000021"]["appNames"] == ["Receipts"]


# -- parameters and pages --------------------------------------------------------------------------------------------


def test_one_page_ends_with_an_empty_link(api: Api) -> None:
    body = connections(api).json()
    assert list(body) == ["connections", "totalCount", "nextLink"]
    assert (len(body["connections"]), body["totalCount"], body["nextLink"]) == (9, 9, "")


def test_pages_by_absolute_links(api: Api) -> None:
    body = connections(api, "?top=2").json()
    assert (len(body["connections"]), body["totalCount"]) == (2, 9)
    assert body["nextLink"].startswith(f"https://{DATA}{CONNECTIONS}?top=2&")
    assert [row["id"] for row in every(api, "?top=2")] == [row["id"] for row in every(api)]
    assert [row["id"] for row in every(api, f"?top=3&tenant={TENANT}")] == list(rows(api, f"?tenant={TENANT}"))


@pytest.mark.parametrize("top", ["0", "1001", "-1", "ten", "", "1.5"])
def test_a_top_out_of_its_range(api: Api, top: str) -> None:
    assert connections(api, f"?top={top}").status_code == 400


def test_the_limits_and_the_default_of_top(emulator: Emulator, api: Api) -> None:
    assert connections(api, "?top=1").status_code == connections(api, "?top=1000").status_code == 200
    for number in range(100):
        new = {"id": f"{number:032x}", "connector": "shared_sql", "name": f"c{number}", "creator": ADA}
        emulator.change([{"change": "add_connection", "environment": SANDBOX, "connection": new}])
    body = connections(api).json()
    assert (len(body["connections"]), body["totalCount"]) == (100, 109)
    assert body["nextLink"] != ""
    assert len(connections(api, "?top=1000").json()["connections"]) == 109


def test_one_tenant_of_the_customer(api: Api) -> None:
    assert set(rows(api, f"?tenant={TENANT.upper()}")) == set(rows(api)) - {"d00000000000000000000000000000b1"}
    [other] = rows(api, f"?tenant={FABRIKAM}").values()
    assert (other["tenantName"], other["containerId"], other["ownerDisplayName"]) == ("Fabrikam", "", "")
    empty = connections(api, f"?tenant={ENV}").json()
    assert empty == {"connections": [], "totalCount": 0, "nextLink": ""}


def test_the_forms_that_the_contract_leaves_open(emulator: Emulator, api: Api) -> None:
    emulator.faults([{"kind": "report", "link": "relative", "total": "page", "last": "null"}])
    first = connections(api, "?top=5").json()
    assert first["nextLink"].startswith(f"{CONNECTIONS}?top=5")
    assert first["totalCount"] == 5
    last = connections(api, path=first["nextLink"]).json()
    assert (len(last["connections"]), last["totalCount"], last["nextLink"]) == (4, 4, None)
    emulator.faults([{"kind": "report", "last": "absent"}])
    assert "nextLink" not in connections(api).json()


def test_faults_of_pages(emulator: Emulator, api: Api) -> None:
    whole = list(rows(api))
    emulator.faults([{"kind": "page_cap", "max": 4}, {"kind": "empty_page", "page": 2}])
    assert [row["id"] for row in every(api)] == whole
    emulator.faults([{"kind": "page", "page": 2, "status": 500}])
    link = connections(api, "?top=2").json()["nextLink"].removeprefix(f"https://{DATA}")
    assert connections(api, path=link).status_code == 500


# -- refusals --------------------------------------------------------------------------------------------------------


def test_errors_have_their_envelope(emulator: Emulator, api: Api) -> None:
    other = token_of(emulator, "avepoint-other", scope="records.data.read.all")
    replies = {
        400: connections(api, "?top=0"),
        401: connections(api, token="no.token.at-all"),
        403: connections(api, token=other),
        404: connections(api, path="/smp/powerplatform/connectors"),
    }
    emulator.faults([{"kind": "throttle", "limit": 0, "window": 30, "match": {"service": "avepoint"}}])
    replies[429] = connections(api)
    emulator.faults([{"kind": "status", "status": 500, "match": {"service": "avepoint"}}])
    replies[500] = connections(api)
    for status, reply in replies.items():
        body = reply.json()
        assert (reply.status_code, body["statusCode"]) == (status, status)
        assert set(body) == {"statusCode", "message", "requestId", "timestamp", "traceId"}
        assert body["message"]
        assert uuid.UUID(reply.headers["request-id"])
    assert int(replies[429].headers["Retry-After"]) <= 30


def test_a_good_answer_has_a_request_id(api: Api) -> None:
    first, second = (connections(api).headers["request-id"] for _unused in range(2))
    assert first != second


def test_a_permission_is_looked_at_before_parameters(emulator: Emulator, api: Api) -> None:
    other = token_of(emulator, "avepoint-other", scope="records.data.read.all")
    assert connections(api, "?top=0", token=other).status_code == 403


@pytest.mark.parametrize(
    "path", ["/smp/powerplatform/apps", "/smp/powerplatform/flows", f"{CONNECTIONS}/{CONNECTION}", "/smp"]
)
def test_there_is_no_such_report(api: Api, path: str) -> None:
    assert connections(api, path=path).status_code == 404


@pytest.mark.parametrize("host", ["graph-gcp-we.avepointonlineservices.com", "graph.avepointonlineservices.com"])
def test_hosts_without_these_reports(api: Api, host: str) -> None:
    assert connections(api, host=host).status_code == 404


def test_hosts_that_are_none(api: Api) -> None:
    assert connections(api, host="graph-xx.avepointonlineservices.com").status_code == 421


def test_nothing_can_be_written(emulator: Emulator, api: Api) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert connections(api, method=method).status_code == 404
    assert [entry["effect"] for entry in emulator.log(writes=True)] == [False] * 4


def test_environments(api: Api) -> None:
    body = connections(api, "?top=3", path="/smp/powerplatform/environments").json()
    assert (len(body["environments"]), body["totalCount"]) == (3, 9)
    by_id = {item["id"]: item for item in body["environments"]}
    finance = by_id[ENV]
    assert (finance["displayName"], finance["hasDataverse"], finance["hasManaged"]) == (
        "Finance Production",
        True,
        True,
    )
    assert finance["dataverseInstanceUrl"] == "https://contosofin.crm4.dynamics.com/"
    assert (finance["numberOfConnections"], finance["hasPremiumConnection"]) == (6, True)
    assert finance["createdTime"] == "2025-01-06 08:00:00"


def test_a_generated_tenant_has_its_rows() -> None:
    with Emulator.start("--generate", "environments=3,apps=0,flows=5,connections=500,users=50") as emulator:
        api = Api(emulator)
        body = connections(api, "?top=1000").json()
        assert (len(body["connections"]), body["totalCount"]) == (1000, 1500)
        api.session.close()
