# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataverse: query options, pages, annotations (dataverse-connectors.md 1.3)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.control import Emulator

from .api import ADA, LEE, Api
from .dataverse_api import API_HOST, EXPENSES, HOST, RATES, TEAM, WAREHOUSE, Organisation, code_of, new_row

NAMES = ["cr736_5Fexpenses", "cr736_5Frates", "cr736_5Frates2", "cr736_5Fwarehouse"]
FORMATTED = "OData.Community.Display.V1.FormattedValue"


@pytest.fixture
def finance(api: Api) -> Organisation:
    return Organisation(api)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("displayname eq 'Expenses'", [0]),
        ("displayname eq 'EXPENSES'", [0]),
        (" displayname eq 'rates' ", [1, 2]),
        ("displayname ne 'Rates'", [0, 3]),
        ("description eq null", [1, 2, 3]),
        ("description ne null", [0]),
        ("description ne 'The claims service'", [1, 2, 3]),
        ("contains(displayname,'ATE') and name ne 'cr736_5frates'", [2]),
        ("startswith(displayname, 'r') or endswith(name,'house')", [1, 2, 3]),
        ("name eq 'cr736_5Fexpenses' or displayname eq 'Rates' and name eq 'cr736_5Frates2'", [0, 2]),
        ("(name eq 'cr736_5Fexpenses' or displayname eq 'Rates') and name ne 'cr736_5Frates2'", [0, 1]),
        ("not contains(displayname,'rates')", [0, 3]),
        (f"connectorid eq {EXPENSES}", [0]),
        (f"connectorid eq {WAREHOUSE.upper()} or connectorid eq {RATES}", [1, 3]),
        ("connectortype eq 1 and ismanaged eq false and statecode ne 1", [0, 1, 2, 3]),
        ("versionnumber gt 1000000", []),
        ("createdon le 2025-01-06T08:00:00Z and createdon gt 2025-01-05", [0, 1, 2, 3]),
        ("_owningteam_value ne null", []),
        ("displayname eq 'O''Brien'", []),
    ],
)
def test_filters(finance: Organisation, text: str, found: list[int]) -> None:
    assert finance.filtered(text) == [NAMES[number] for number in found]


def test_a_filter_by_owner_and_by_a_quoted_name(finance: Organisation) -> None:
    finance.post("connectors", new_row(displayname="O'Brien & Söhne #1 50%+"))
    assert finance.filtered("displayname eq 'o''brien & söhne #1 50%+'") == ["cr736_5Fdemo"]
    assert finance.filtered(f"_ownerid_value eq {finance.user_id(LEE)}") == ["cr736_5Frates2"]
    finance.patch(RATES, {"ownerid@odata.bind": f"/teams({TEAM})"})
    assert finance.filtered(f"_ownerid_value eq {TEAM} and _owningteam_value ne null") == ["cr736_5Frates"]


@pytest.mark.parametrize(
    "query",
    [
        "$filter=colour eq 'red'",
        "$filter=displayname eq Expenses",
        "$filter=displayname like 'x'",
        "$filter=displayname eq 'x' and",
        "$filter=(displayname eq 'x'",
        "$filter=displayname EQ 'x'",
        "$filter=Displayname eq 'x'",
        "$filter=displayname eq 'O'Brien'",
        f"$filter=connectorid eq '{EXPENSES}'",
        f"$filter=displayname eq {EXPENSES}",
        "$filter=connectortype eq '1'",
        "$filter=contains(connectortype,'1')",
        "$filter=length(name) eq 3",
        "$filter=ownerid eq null",
        "$filter=capabilities eq '118690005'",
        "$select=colour",
        "$select=ownerid",
        "$orderby=colour",
        "$orderby=name upwards",
        "$top=0",
        "$top=x",
        "$skip=1",
        "%24skip=1",
        "$search=x",
        "$expand=colour",
        "$skiptoken=what",
    ],
)
def test_queries_that_are_refused(finance: Organisation, query: str) -> None:
    assert code_of(finance.get(f"connectors?{query}")) == (400, "0x80060888")


def test_options_as_clients_write_them(finance: Organisation) -> None:
    for query in (
        "%24select=name&%24filter=displayname%20eq%20'Expenses'&api-version=9.1&tag=x",
        "$select=name,&$filter=%0Adisplayname+eq+'Expenses'%0A",
        "$SELECT= name&$Filter= displayname eq 'Expenses'",
    ):
        reply = finance.get(
            f"connectors?{query}", headers={"Content-Type": "application/json", "If-None-Match": "null"}
        )
        assert [row["name"] for row in reply.json()["value"]] == [NAMES[0]], query


def test_order_top_and_count(finance: Organisation) -> None:
    def names(query: str) -> list[str]:
        return [row["name"] for row in finance.get(f"connectors?{query}").json()["value"]]

    assert names("$orderby=name desc") == NAMES[::-1]
    assert names("$orderby=displayname desc,name asc") == [NAMES[3], NAMES[1], NAMES[2], NAMES[0]]
    assert names("$orderby=description,name")[-1] == NAMES[0]
    page = finance.get("connectors?$top=2&$count=true&$orderby=name", headers={"Prefer": "odata.maxpagesize=1"}).json()
    assert ([row["name"] for row in page["value"]], page["@odata.count"]) == (NAMES[:2], 4)
    assert "@odata.nextLink" not in page
    none = finance.get("connectors?$filter=name eq 'x'&$count=true").json()
    assert (none["value"], none["@odata.count"]) == ([], 0)


def test_columns_and_the_absence_of_metadata(finance: Organisation) -> None:
    row = finance.get("connectors?$select=name,description&$filter=name eq 'cr736_5Frates'").json()["value"][0]
    assert set(row) == {"@odata.etag", "name", "description", "connectorid"}
    assert row["description"] is None
    assert "openapidefinition" in finance.get("connectors").json()["value"][0]
    bare = finance.get(
        "connectors?$select=name",
        headers={"Accept": "application/json;odata.metadata=none", "Prefer": "odata.maxpagesize=1"},
    ).json()
    assert set(bare) == {"value", "@odata.nextLink"}
    assert set(bare["value"][0]) == {"name", "connectorid"}


def _pages(organisation: Organisation, size: int, path: str = "connectors?$select=name") -> list[requests.Response]:
    prefer = {"Prefer": f"odata.maxpagesize={size}"}
    replies = [organisation.get(path, headers=prefer)]
    while "@odata.nextLink" in replies[-1].json():
        link = replies[-1].json()["@odata.nextLink"]
        path = link.partition("/api/")[2]
        replies.append(organisation.get(f"{organisation.api.emulator.base_url}/api/{path}", headers=prefer))
    return replies


@pytest.mark.parametrize("host", [f"{HOST}:8443", API_HOST])
def test_pages_and_links_on_the_host_that_was_asked(api: Api, host: str) -> None:
    organisation = Organisation(api, host=host)
    organisation.token = api.emulator.token(f"https://{HOST}/.default")
    replies = _pages(organisation, 3, "connectors?$select=name&$filter=contains(name,'cr')&$orderby=name")
    assert [len(reply.json()["value"]) for reply in replies] == [3, 1]
    assert [row["name"] for reply in replies for row in reply.json()["value"]] == NAMES
    assert replies[0].json()["@odata.nextLink"].startswith(f"https://{host}/api/data/v9.2/connectors?")
    assert replies[0].headers["Preference-Applied"] == "odata.maxpagesize=3"
    spoiled = replies[0].json()["@odata.nextLink"].replace("%3D", "%253D").partition("/api/")[2]
    assert organisation.get(f"{api.emulator.base_url}/api/{spoiled}").status_code == 400


def test_faults_of_pages(emulator: Emulator, finance: Organisation) -> None:
    emulator.faults([{"kind": "empty_page", "page": 2}])
    assert [len(reply.json()["value"]) for reply in _pages(finance, 2)] == [2, 0, 2]
    emulator.faults([{"kind": "page_cap", "max": 1}])
    assert len(_pages(finance, 4)) == 4
    emulator.faults([{"kind": "page", "page": 2, "status": 502}])
    link = finance.get("connectors", headers={"Prefer": "odata.maxpagesize=2"}).json()["@odata.nextLink"]
    path = link.partition("/api/")[2]
    assert code_of(finance.get(f"{emulator.base_url}/api/{path}")) == (502, "0x80040216")
    emulator.faults([{"kind": "next_link", "host": "evil.example"}])
    found = finance.get("connectors", headers={"Prefer": "odata.maxpagesize=2"}).json()
    assert found["@odata.nextLink"].startswith("https://evil.example/api/data/")


@pytest.mark.parametrize(
    ("asked", "lookups"), [('"*"', True), (f'"{FORMATTED}"', False), ('"Microsoft.Dynamics.CRM.*"', None)]
)
def test_annotations(finance: Organisation, asked: str, lookups: Any) -> None:
    prefer = {"Prefer": f"odata.include-annotations={asked},odata.maxpagesize=9"}
    reply = finance.get(f"connectors?$filter=connectorid eq {EXPENSES}", headers=prefer)
    assert reply.headers["Preference-Applied"] == f"odata.maxpagesize=9, odata.include-annotations={asked}"
    row = reply.json()["value"][0]
    formatted = {
        f"_ownerid_value@{FORMATTED}": "Ada Example",
        f"connectortype@{FORMATTED}": "CustomConnector",
        f"statecode@{FORMATTED}": "Active",
        f"ismanaged@{FORMATTED}": "Unmanaged",
    }
    table = {"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "systemuser"}
    assert (formatted.items() <= row.items()) is (lookups is not None)
    assert (table.items() <= row.items()) is (lookups is not False)
    assert not [key for key in finance.row() if "@" in key[1:]]


def test_expand(finance: Organisation) -> None:
    row = finance.get(f"connectors({EXPENSES})?$select=name&$expand=owninguser($select=domainname),owningteam").json()
    assert row["owninguser"] == {"domainname": "ada@contoso.example", "systemuserid": finance.user_id(ADA)}
    assert row["owningteam"] is None
    solutions = finance.get("solutions?$select=uniquename&$expand=publisherid($select=friendlyname)").json()["value"]
    assert [row["publisherid"]["friendlyname"] for row in solutions][1] == "Contoso"
