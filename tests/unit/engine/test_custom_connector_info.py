# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about custom connectors: an organisation by its URL, and documents, with the listing or one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    IncompleteListingError,
    OptionError,
    PowerPlatformError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import OK
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connector_columns import COLUMNS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import (
    CONNECTOR,
    EXPENSES_ROW,
    FINANCE,
    FINANCE_URL,
    RATES_ROWS,
    WAREHOUSE_ROW,
    ask,
    request,
    run,
    services_asked,
    statuses,
)

Json = dict[str, Any]

KIND = INFO_KINDS["custom_connector_info"]
API_URL = FINANCE_URL.replace(".crm4.", ".api.crm4.")
ROWS = "/api/data/v9.2/connectors"
# By display name and id.
IN_FINANCE = [EXPENSES_ROW, *RATES_ROWS, WAREHOUSE_ROW]


def listed(emulator: Emulator, **options: Any) -> Json:
    return ask(emulator, "custom_connector_info", **options)


def ids(answer: Json) -> list[str]:
    return [row["connector_id"] for row in answer["custom_connectors"]]


def asked(emulator: Emulator) -> list[Json]:
    return emulator.log(service="dataverse")


def unread(connector: str, **more: Any) -> Json:
    """The documents of one connector cannot be read."""
    match = {"service": "dataverse", "path": rf"\({connector}\)$"}
    return {"kind": "status", "status": 403, "code": "0x80040220", "message": "Its own words.", "match": match, **more}


# -- an organisation by its URL ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [FINANCE_URL, f"{FINANCE_URL}/", FINANCE_URL.replace("contosofin", "ContosoFin")])
def test_an_organisation_is_listed_without_asking_for_environments(emulator: Emulator, url: str) -> None:
    answer = listed(emulator, organization_url=url)
    assert services_asked(emulator) == {"dataverse"}
    assert ids(answer) == IN_FINANCE
    assert (answer["complete"], answer["unknown"], answer["not_applicable"]) == (True, [], [])
    for row in answer["custom_connectors"]:
        assert row["organization_url"] == FINANCE_URL
        assert not row.keys() & {"environment", "environment_display_name"}
    by_environment = listed(emulator, environments=[FINANCE])["custom_connectors"]
    places = ("organization_url", "environment", "environment_display_name")
    assert [{key: value for key, value in row.items() if key not in places} for row in answer["custom_connectors"]] == [
        {key: value for key, value in row.items() if key not in places} for row in by_environment
    ]


def test_the_host_of_its_api_is_it_as_well(emulator: Emulator) -> None:
    assert ids(listed(emulator, organization_url=API_URL)) == IN_FINANCE
    assert {entry["host"] for entry in asked(emulator)} == {API_URL.removeprefix("https://")}


def test_its_rows_are_no_change_when_they_are_declared(emulator: Emulator) -> None:
    told = json.loads(json.dumps(listed(emulator, organization_url=FINANCE_URL, include=["documents"])))
    requests = [
        request(CONNECTOR, **{name: value for name, value in row.items() if name != "facts"})
        for row in told["custom_connectors"]
    ]
    assert statuses(run(emulator, *requests)) == [OK] * 4
    assert services_asked(emulator) == {"dataverse"}
    assert emulator.log(writes=True) == []


@pytest.mark.parametrize("option", ["environments", "environment_types", "exclude"])
def test_it_stands_alone(option: str) -> None:
    exclusive = KIND.constraints["mutually_exclusive"]
    validator = ArgumentSpecValidator(dict(KIND.options), mutually_exclusive=exclusive)
    one = {option: ["Sandbox"] if option == "environment_types" else [FINANCE]}
    other = {"organization_url": FINANCE_URL}
    assert validator.validate(one).error_messages == validator.validate(other).error_messages == []
    [message] = validator.validate({**one, **other}).error_messages
    assert "mutually exclusive" in message
    assert option in message


@pytest.mark.parametrize("url", ["http://contosofin.crm4.dynamics.com", "contosofin", "", f"{FINANCE_URL}/api"])
def test_it_has_an_https_url(emulator: Emulator, url: str) -> None:
    with pytest.raises(OptionError) as caught:
        listed(emulator, organization_url=url)
    assert caught.value.option == "organization_url"
    assert emulator.log() == []


def test_one_that_refuses_never_looks_empty(emulator: Emulator) -> None:
    fault = {"kind": "status", "status": 403, "code": "0x80040220", "match": {"service": "dataverse"}}
    emulator.faults([fault])
    with pytest.raises(PowerPlatformError) as caught:
        listed(emulator, organization_url=FINANCE_URL)
    assert FINANCE_URL in str(caught.value)
    assert "Read on Connector" in caught.value.remedy
    answer = listed(emulator, organization_url=FINANCE_URL, on_error="report")
    assert (answer["complete"], answer["custom_connectors"]) == (False, [])
    [row] = answer["unknown"]
    assert (row["organization_url"], row["expected"]) == (FINANCE_URL, False)
    expected = [{"environment": FINANCE_URL, "reason": "Not ours.", "expires": "2999-12-31"}]
    [row] = listed(emulator, organization_url=FINANCE_URL, expected_unreadable=expected)["unknown"]
    assert (row["organization_url"], row["expected"], row["reason"]) == (FINANCE_URL, True, "Not ours.")


# -- documents ---------------------------------------------------------------------------------------------------------


def test_documents_of_all_come_with_the_listing_in_pages_of_their_own(emulator: Emulator) -> None:
    answer = listed(emulator, environments=[FINANCE], include=["documents"])
    assert ids(answer) == IN_FINANCE
    [entry] = asked(emulator)
    assert entry["path"] == ROWS
    assert "openapidefinition" in entry["query"]
    page = int(entry["headers"]["prefer"].removeprefix("odata.maxpagesize="))
    assert 0 < page <= 100


def test_a_listing_without_documents_is_of_pages_as_the_service_makes_them(emulator: Emulator) -> None:
    listed(emulator, environments=[FINANCE])
    [entry] = asked(emulator)
    assert "prefer" not in entry["headers"]
    assert "openapidefinition" not in entry["query"]


@pytest.mark.parametrize("chosen", [["Expenses", "Warehouse"], [EXPENSES_ROW, "ware*"]])
@pytest.mark.parametrize("place", [{"environments": [FINANCE]}, {"organization_url": FINANCE_URL}])
def test_documents_of_chosen_ones_are_read_one_by_one(emulator: Emulator, chosen: list[str], place: Json) -> None:
    answer = listed(emulator, **place, connectors=chosen, include=["documents"])
    assert ids(answer) == [EXPENSES_ROW, WAREHOUSE_ROW]
    listing, *single = asked(emulator)
    assert listing["path"] == ROWS
    assert "openapidefinition" not in listing["query"]
    assert {entry["path"] for entry in single} == {f"{ROWS}({EXPENSES_ROW})", f"{ROWS}({WAREHOUSE_ROW})"}
    assert len(single) == 2
    whole = listed(emulator, **place, include=["documents"])["custom_connectors"]
    assert answer["custom_connectors"] == [row for row in whole if row["connector_id"] in (EXPENSES_ROW, WAREHOUSE_ROW)]


def test_nothing_chosen_is_nothing_read(emulator: Emulator) -> None:
    assert ids(listed(emulator, environments=[FINANCE], connectors=[], include=["documents"])) == []
    assert len(asked(emulator)) == 1


def test_documents_that_cannot_be_read_are_an_error_of_their_row(emulator: Emulator) -> None:
    emulator.faults([unread(EXPENSES_ROW)])
    chosen: Json = {"environments": [FINANCE], "connectors": ["Expenses", "Warehouse"], "include": ["documents"]}
    with pytest.raises(IncompleteListingError, match="Its own words") as caught:
        listed(emulator, **chosen)
    assert "Finance Production" in str(caught.value)
    answer = listed(emulator, **chosen, on_error="report")
    assert answer["complete"] is False
    [row] = answer["unknown"]
    assert (row["environment"], row["connector"], row["expected"]) == (FINANCE, EXPENSES_ROW, False)
    assert row["error"]["status"] == 403
    unknown, known = answer["custom_connectors"]
    assert (unknown["connector_id"], unknown["name"]) == (EXPENSES_ROW, "cr736_5Fexpenses")
    assert {unknown[option] for option in COLUMNS if option != "display_name"} == {None}
    assert unknown["display_name"] == "Expenses"
    assert known["openapi_definition"]["swagger"] == "2.0"


def test_in_an_organisation_by_its_url_the_row_is_named_as_well(emulator: Emulator) -> None:
    emulator.faults([unread(EXPENSES_ROW)])
    chosen: Json = {"organization_url": FINANCE_URL, "connectors": ["Expenses"], "include": ["documents"]}
    with pytest.raises(IncompleteListingError, match=FINANCE_URL):
        listed(emulator, **chosen)
    [row] = listed(emulator, **chosen, on_error="report")["unknown"]
    assert (row["organization_url"], row["connector"]) == (FINANCE_URL, EXPENSES_ROW)


def test_one_that_goes_meanwhile_is_unknown(emulator: Emulator) -> None:
    """It was listed, and is not found a moment later: nobody can tell what it is."""
    emulator.faults([unread(EXPENSES_ROW, status=404, code="0x80040217")])
    answer = listed(emulator, environments=[FINANCE], connectors=["Expenses"], include=["documents"], on_error="report")
    assert [row["connector"] for row in answer["unknown"]] == [EXPENSES_ROW]


def test_a_name_of_nothing_in_the_organisation_is_an_error(emulator: Emulator) -> None:
    with pytest.raises(UnknownReferenceError, match="Fabrikam"):
        listed(emulator, organization_url=FINANCE_URL, connectors=["Fabrikam"])
