# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client and organisations of Dataverse: each has a host of its own, which is its own audience."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    BAP,
    DATAVERSE,
    DELEGATED,
    ORGANIZATION_HOST,
)
from tests.emulator.control import Emulator
from tests.unit.module_utils.http_calls import client_of, operation, sent

Json = dict[str, Any]

FINANCE_URL = "https://contosofin.crm4.dynamics.com"
SANDBOX_URL = "https://contosofindev.crm4.dynamics.com"
ROWS = "/api/data/v9.2/connectors"
ROW = {"organization": FINANCE_URL, "id": "b1000000-0000-4000-8000-000000000001"}
LIST = operation("List-Rows", DATAVERSE, "GET", ROWS, host=ORGANIZATION_HOST)
GET = operation("Get-Row", DATAVERSE, "GET", ROWS + "({id})", host=ORGANIZATION_HOST)
CHANGE = operation("Change-Row", DATAVERSE, "PATCH", ROWS + "({id})", host=ORGANIZATION_HOST)
USERS_ONLY = operation(
    "Get-Mine", DATAVERSE, "GET", ROWS + "({id})", host=ORGANIZATION_HOST, tokens=frozenset({DELEGATED})
)
SELECT = {"$select": "name"}


def names(client: Client, url: str = FINANCE_URL, **more: Any) -> list[str]:
    return [row["name"] for row in client.items(LIST, {"organization": url}, query=SELECT, **more)]


def holding(emulator: Emulator, *audiences: str) -> Client:
    """A client that was given tokens for these audiences, and can fetch none."""
    tokens = {audience: emulator.token(f"{audience}/.default") for audience in audiences}
    return client_of(emulator, options={**dict.fromkeys(emulator.credentials()), "access_tokens": tokens})


# -- host and audience -------------------------------------------------------------------------------------------------


def test_each_organisation_is_asked_at_its_own_host(emulator: Emulator) -> None:
    client = client_of(emulator)
    assert set(names(client)) >= {"cr736_5Fexpenses", "cr736_5Fwarehouse"}
    assert names(client, SANDBOX_URL) == ["cr736_5Fexpenses"]
    assert [f"https://{entry['host']}" for entry in sent(emulator)] == [FINANCE_URL, SANDBOX_URL]
    assert {entry["path"] for entry in sent(emulator)} == {ROWS}
    assert {entry["query"] for entry in sent(emulator)} == {"$select=name"}


def test_a_token_is_for_one_organisation_and_goes_to_no_other(emulator: Emulator) -> None:
    client = holding(emulator, FINANCE_URL)
    assert names(client)
    with pytest.raises(_errors.TokenError) as caught:
        names(client, SANDBOX_URL)
    assert SANDBOX_URL in str(caught.value)
    assert len(sent(emulator)) == 1


def test_a_renewed_token_is_for_the_same_organisation(emulator: Emulator) -> None:
    client = client_of(emulator)
    names(client)
    emulator.faults([{"kind": "expire_tokens"}])
    assert names(client)
    assert [entry["status"] for entry in sent(emulator)] == [200, 401, 200]


def test_every_token_must_be_of_the_expected_tenant(emulator: Emulator) -> None:
    other = "99999999-2222-4333-8444-555555555555"
    with pytest.raises(_errors.GuardError, match="expected_tenant_id"):
        names(client_of(emulator, expected_tenant_id=other))
    assert sent(emulator) == []


def test_which_token_it_takes_is_known_once_its_host_is(emulator: Emulator) -> None:
    """`require` asks nobody; the request itself is checked before it is sent."""
    client = client_of(emulator)
    client.require(USERS_ONLY)
    assert emulator.log() == []
    assert client.caller(BAP).kind == "application"
    with pytest.raises(_errors.TokenError, match="Get-Mine"):
        client.call(USERS_ONLY, ROW)
    assert sent(emulator) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://contosofin.crm4.dynamics.com",
        "contosofin.crm4.dynamics.com",
        "https://user@contosofin.crm4.dynamics.com",
        "https://contosofin.crm4.dynamics.com?x=1",
        "https://contosofin.crm4.dynamics.com#x",
        "https://",
        "",
        ".",
    ],
)
def test_an_organisation_that_is_no_https_url_is_not_asked(emulator: Emulator, url: str) -> None:
    client = client_of(emulator)
    for refused in (lambda: names(client, url), lambda: client.call(GET, {**ROW, "organization": url})):
        with pytest.raises(_errors.OptionError):
            refused()
    assert emulator.log() == []


def test_a_slash_at_the_end_is_none(emulator: Emulator) -> None:
    assert names(client_of(emulator), f"{FINANCE_URL}/") == names(client_of(emulator))


# -- requests ----------------------------------------------------------------------------------------------------------


def test_keys_stand_in_parentheses_and_headers_are_those_given(emulator: Emulator) -> None:
    client = client_of(emulator)
    row = client.call(GET, ROW, query=SELECT)
    headers = {"If-Match": row["@odata.etag"], "Prefer": "return=representation"}
    client.call(CHANGE, ROW, body={"description": "x"}, headers=headers)
    get, patch = sent(emulator)
    assert get["path"] == patch["path"] == f"{ROWS}({ROW['id']})"
    assert patch["headers"]["if-match"] == row["@odata.etag"]
    assert patch["headers"]["prefer"] == "return=representation"
    assert (get["status"], patch["status"]) == (200, 200)
    assert client.api_calls["write"] == 1


@pytest.mark.parametrize("key", ["x)/Other", "../x", "a?b=c", "a(b)"])
def test_no_key_leads_to_another_address(emulator: Emulator, key: str) -> None:
    with pytest.raises(_errors.ServiceError):
        client_of(emulator).call(GET, {**ROW, "id": key})
    for entry in sent(emulator):
        assert entry["query"] == ""
        assert entry["path"].startswith(f"{ROWS}(")


def test_another_version_is_a_conflict(emulator: Emulator) -> None:
    with pytest.raises(_errors.ConflictError) as caught:
        client_of(emulator).call(CHANGE, ROW, body={"description": "x"}, headers={"If-Match": 'W/"1"'})
    assert (caught.value.status, caught.value.code) == (412, "0x80060882")
    assert "run again" in caught.value.remedy
    assert len(sent(emulator)) == 1


def test_a_read_only_client_changes_no_organisation(emulator: Emulator) -> None:
    with pytest.raises(_errors.WriteRefusedError):
        client_of(emulator, read_only=True).call(CHANGE, ROW, body={"description": "x"})
    assert emulator.log() == []


@pytest.mark.parametrize("code", ["0x80040217", "0x8006088a"])
def test_only_a_row_that_is_missing_is_absent(emulator: Emulator, code: str) -> None:
    emulator.faults([{"kind": "status", "status": 404, "code": code, "match": {"service": DATAVERSE}}])
    with pytest.raises(_errors.ServiceError) as caught:
        client_of(emulator).call(GET, ROW)
    assert isinstance(caught.value, _errors.NotFoundError) == (code == "0x80040217")


# -- pages -------------------------------------------------------------------------------------------------------------


def test_pages_are_asked_for_as_the_service_links_them(emulator: Emulator) -> None:
    """With the same headers on each: a page is of the size that the first one asked for."""
    client = client_of(emulator)
    whole = names(client)
    emulator.clear_log()
    assert names(client, headers={"Prefer": "odata.maxpagesize=1"}) == whole
    entries = sent(emulator)
    assert len(entries) == len(whole) == 4
    assert {entry["headers"]["prefer"] for entry in entries} == {"odata.maxpagesize=1"}
    assert all("skiptoken=" in entry["query"] for entry in entries[1:])
    assert {f"https://{entry['host']}" for entry in entries} == {FINANCE_URL}


@pytest.mark.parametrize(
    "host",
    ["contosofindev.crm4.dynamics.com", "contosofin.crm.dynamics.com", "api.powerapps.com", "evil.example"],
)
def test_a_page_of_another_host_is_refused_and_named(emulator: Emulator, host: str) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "next_link", "host": host}])
    with pytest.raises(_errors.ForeignLinkError) as caught:
        names(client, headers={"Prefer": "odata.maxpagesize=1"})
    assert host in str(caught.value)
    assert len(sent(emulator)) == 1


def test_a_port_in_a_link_comes_back_to_the_base(emulator: Emulator) -> None:
    client = client_of(emulator)
    whole = names(client)
    emulator.faults([{"kind": "next_link", "host": "contosofin.crm4.dynamics.com", "port": 11777}])
    assert names(client, headers={"Prefer": "odata.maxpagesize=2"}) == whole


def test_tokens_of_an_organisation_are_in_no_exception(emulator: Emulator) -> None:
    client = holding(emulator, FINANCE_URL)
    token = emulator.token(f"{FINANCE_URL}/.default")
    emulator.faults([{"kind": "status", "status": 400, "message": f"The token {token} is odd."}])
    with pytest.raises(_errors.ServiceError) as caught:
        client.call(GET, ROW)
    told = str(caught.value) + repr(vars(caught.value))
    assert "is odd" in told
    assert token.rpartition(".")[2] not in told
