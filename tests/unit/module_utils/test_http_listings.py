# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against the emulator: listings and their pages."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from tests.emulator.control import Emulator
from tests.unit.module_utils.http_calls import (
    EXPENSES,
    LIST_APPS,
    LIST_FLOWS,
    RUNNING,
    client_of,
    fault,
    raised,
    sent,
)


def names(client: Client, **more: Any) -> list[str]:
    return [app["name"] for app in client.items(LIST_APPS, EXPENSES, **more)]


def test_every_page_is_read_and_links_go_out_as_they_came(emulator: Emulator) -> None:
    client = client_of(emulator)
    whole = names(client)
    assert len(whole) == len(set(whole)) == 6
    emulator.clear_log()
    assert names(client, page_size=2) == whole
    entries = sent(emulator)
    assert len(entries) == 3
    assert entries[0]["query"] == "api-version=2016-11-01&$top=2"
    link = client.call(LIST_APPS, EXPENSES, query={"$top": 2})["nextLink"]
    assert link == f"https://api.powerapps.com{entries[1]['path']}?{entries[1]['query']}"
    assert all("skiptoken=" in entry["query"] for entry in entries[1:])
    assert client.api_calls["read"] == 5


def test_a_listing_streams(emulator: Emulator) -> None:
    stream = client_of(emulator).items(LIST_APPS, EXPENSES, page_size=2)
    assert sent(emulator) == []
    next(stream)
    next(stream)
    assert len(sent(emulator)) == 1
    next(stream)
    assert len(sent(emulator)) == 2


def test_links_to_a_region_with_a_port_come_back_to_the_base(emulator: Emulator) -> None:
    client = client_of(emulator)
    whole = [flow["name"] for flow in client.items(LIST_FLOWS, RUNNING)]
    emulator.faults([{"kind": "next_link", "host": "emea.api.flow.microsoft.com", "port": 11777}])
    assert [flow["name"] for flow in client.items(LIST_FLOWS, RUNNING, page_size=2)] == whole
    assert {entry["host"] for entry in sent(emulator)} == {"api.flow.microsoft.com"}


@pytest.mark.parametrize("host", ["evil.example", "api.flow.microsoft.com.evil.example", "api.powerapps.com"])
def test_a_link_to_a_foreign_host_is_refused_and_named(emulator: Emulator, host: str) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "next_link", "host": host}])
    error = raised(_errors.ForeignLinkError, client, lambda: list(client.items(LIST_FLOWS, RUNNING, page_size=2)))
    assert host in str(error)
    assert len(sent(emulator)) == 1


def test_empty_pages_with_a_link_are_pages(emulator: Emulator) -> None:
    client = client_of(emulator)
    whole = names(client)
    emulator.faults([{"kind": "empty_page", "page": 2}])
    assert names(client, page_size=2) == whole
    assert len(sent(emulator)) == 1 + 4


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_second_page_that_fails_breaks_the_listing(emulator: Emulator, status: int) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "page", "page": 2, "status": status, "message": "Words of the service."}])
    error = raised(_errors.IncompleteListingError, client, lambda: names(client, page_size=2))
    assert "broke off at page 2" in str(error)
    assert "Words of the service." in str(error)
    assert str(status) in str(error)
    assert len(sent(emulator)) == (2 if status < 500 else 1 + 4)


def test_a_second_page_that_fails_for_a_while_is_read_in_the_end(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "page", "page": 2, "status": 500, "times": 2}])
    assert len(names(client, page_size=2)) == 6


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, _errors.PermissionDeniedError),
        (404, _errors.NotFoundError),
        (503, _errors.ServiceUnavailableError),
        (429, _errors.ThrottledError),
    ],
)
def test_a_first_page_that_fails_is_the_plain_error(emulator: Emulator, status: int, kind: type[Exception]) -> None:
    client = client_of(emulator)
    emulator.faults([fault(status)])
    raised(kind, client, lambda: names(client, page_size=2))


def test_a_page_that_is_too_large_is_halved_until_it_comes(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([{"kind": "top_timeout", "above": 40}, {"kind": "page_cap", "max": 2}])
    assert len(names(client, page_size=100)) == 6
    tops = [entry["query"].replace("%24", "$").partition("$top=")[2].partition("&")[0] for entry in sent(emulator)]
    assert tops == ["100", "50", "25", "25", "25"]


def test_a_page_that_never_comes_ends_at_the_smallest_size(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(504)])
    raised(_errors.ServiceUnavailableError, client, lambda: names(client, page_size=25))
    tops = [entry["query"].partition("$top=")[2] for entry in sent(emulator)]
    assert tops == ["25", "12", "10", "10", "10", "10"]


def test_a_504_of_a_listing_without_a_size_is_repeated_as_it_is(emulator: Emulator) -> None:
    client = client_of(emulator)
    emulator.faults([fault(504, times=2)])
    assert len(names(client)) == 6
    assert len(sent(emulator)) == 3
