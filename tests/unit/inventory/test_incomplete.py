# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be read to its end: nothing is half there, whatever on_error says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleParserError

from .conftest import FINANCE, SANDBOX, Tenant, texts

Json = dict[str, Any]

REFUSED = [{"kind": "status", "status": 403, "code": "Forbidden", "match": {"path": f"/{SANDBOX}/v2/flows$"}}]
BROKEN_PAGE = [
    {"kind": "page_cap", "max": 3, "match": {"service": "bap"}},
    {"kind": "page", "page": 2, "status": 400, "code": "BadPage"},
]
FOREIGN = [
    {"kind": "page_cap", "max": 3, "match": {"service": "bap"}},
    {"kind": "next_link", "host": "evil.example"},
]
STRANGE = [{"kind": "status", "status": 200, "body": {"odd": True}, "match": {"service": "bap"}}]
ODD_ROW = {"connections": [{"id": "1", "isCustom": "yes"}], "totalCount": 1, "nextLink": ""}
GARBLED = [{"kind": "status", "status": 200, "body": ODD_ROW, "match": {"service": "avepoint"}}]
FAULTS = [
    ("flows", REFUSED),
    ("environments", BROKEN_PAGE),
    ("flows", BROKEN_PAGE),
    ("environments", FOREIGN),
    ("environments", STRANGE),
    ("avepoint_connections", GARBLED),
]
EXPECTED = {"environment": SANDBOX, "reason": "Belongs to another team", "expires": "2099-12-31"}


@pytest.mark.parametrize(("hosts", "faults"), FAULTS)
def test_what_cannot_be_read_fails(tenant: Tenant, hosts: str, faults: list[Json]) -> None:
    tenant.emulator.faults(faults)
    with pytest.raises(
        AnsibleParserError, match=r"Forbidden|BadPage|evil\.example|report it with this text|not in the form of a page"
    ):
        tenant.read(hosts)


@pytest.mark.parametrize(("hosts", "faults"), FAULTS)
def test_report_warns_and_leaves_all_of_them_out(tenant: Tenant, hosts: str, faults: list[Json]) -> None:
    tenant.emulator.faults(faults)

    inventory = tenant.read(hosts, on_error="report")

    assert inventory.hosts == {}
    assert set(inventory.groups) == {"all", "ungrouped"}
    [warning] = tenant.warnings
    assert warning.startswith(f"No hosts from {hosts}, which could not be read to the end. ")


def test_report_names_what_could_not_be_read(tenant: Tenant) -> None:
    tenant.emulator.faults(REFUSED)
    tenant.read("flows", on_error="report")
    assert "Finance Sandbox" in texts(tenant.warnings)


def test_report_touches_no_other_source(tenant: Tenant) -> None:
    inventory = tenant.read(environments=[FINANCE])
    tenant.emulator.faults(REFUSED)
    tenant.read("flows", on_error="report", into=inventory)
    assert list(inventory.hosts) == ["Finance Production"]


@pytest.mark.parametrize("on_error", ["fail", "report"])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"client_secret": "this-is-not-the-right-one"}, "AADSTS7000215"),
        ({"expected_tenant_id": "99999999-2222-4333-8444-555555555555"}, "expected_tenant_id"),
        ({"as_admin": False}, "log in as a user"),
    ],
)
def test_what_is_wrong_with_the_run_fails_in_any_case(tenant: Tenant, on_error: str, options: Json, says: str) -> None:
    with pytest.raises(AnsibleParserError, match=says) as caught:
        tenant.read(on_error=on_error, **options)
    assert "this-is-not-the-right-one" not in str(caught.value)


def test_a_refused_identity(tenant: Tenant) -> None:
    with pytest.raises(AnsibleParserError, match="New-PowerAppManagementApp"):
        tenant.read(client="unregistered")
    assert tenant.read(client="unregistered", on_error="report").hosts == {}


def test_owners_that_cannot_be_asked_about(tenant: Tenant) -> None:
    tenant.emulator.faults([{"kind": "status", "status": 403, "match": {"service": "graph"}}])
    with pytest.raises(AnsibleParserError):
        tenant.read("connections", include=["owner_state"])
    assert tenant.read("connections", include=["owner_state"], on_error="report").hosts == {}


def test_expected_environments_are_missing_and_named(tenant: Tenant) -> None:
    tenant.emulator.faults(REFUSED)

    inventory = tenant.read("flows", expected_unreadable=[EXPECTED])

    found = {host.vars["powerplatform_environment"] for host in inventory.hosts.values()}
    assert FINANCE in found
    assert SANDBOX not in found
    assert tenant.warnings == [f"expected_unreadable: what is in Finance Sandbox ({SANDBOX}) is not among the hosts."]


def test_an_expectation_that_is_over_no_longer_counts(tenant: Tenant) -> None:
    tenant.emulator.faults(REFUSED)
    with pytest.raises(AnsibleParserError, match="Finance Sandbox"):
        tenant.read("flows", expected_unreadable=[{**EXPECTED, "expires": "2001-12-31"}])


def test_an_expectation_that_is_not_needed_is_told(tenant: Tenant) -> None:
    tenant.read("flows", expected_unreadable=[EXPECTED])
    assert "Finance Sandbox" in texts(tenant.warnings)
    assert "is not among the hosts" not in texts(tenant.warnings)


def test_a_page_that_fails_once_is_read_again(tenant: Tenant) -> None:
    tenant.emulator.faults(
        [
            {"kind": "page_cap", "max": 3, "match": {"service": "bap"}},
            {"kind": "page", "page": 2, "status": 503, "times": 1},
        ]
    )
    assert len(tenant.names()) == 9
    assert [entry["status"] for entry in tenant.served()] == [200, 503, 200, 200]


def test_environments_where_the_question_does_not_arise_hold_nothing(tenant: Tenant) -> None:
    names = tenant.names("flows", environments=["Brand New", "Mothballed"])
    assert names == []
    assert not any("flows" in entry["path"] for entry in tenant.served())
