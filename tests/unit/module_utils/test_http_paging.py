# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Next links and pages without a server: what is followed, what is refused, what is kept."""

from __future__ import annotations

import gc
import re
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import resolve_cloud
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    BAP,
    DATAVERSE,
    FLOW,
    GRAPH,
    ORGANIZATION_HOST,
    POWERAPPS,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._paging import pages, rebased

FAMILY = "/providers/Microsoft.ProcessSimple"
FLOWS = Operation(
    name="List-Flows",
    service=FLOW,
    method="GET",
    path=FAMILY + "/environments/{environment}/flows",
    contract="-",
    permission="-",
)
PUBLIC = resolve_cloud("public")
BASE = "https://api.flow.microsoft.com"
REST = f"{FAMILY}/environments/e/flows?api-version=2016-11-01&%24top=50&%24skiptoken=eyJu%2F~%7e%3d%3d&a=b%20c+d'e'"


@pytest.mark.parametrize(
    "origin",
    [
        "https://api.flow.microsoft.com",
        "https://API.Flow.Microsoft.com",
        "https://emea.api.flow.microsoft.com",
        "https://emea.api.flow.microsoft.com:11777",
        "http://api.flow.microsoft.com:80",
        "https://management.azure.com",
        "",
    ],
)
def test_known_hosts_are_rewritten_and_the_rest_stays_byte_for_byte(origin: str) -> None:
    assert rebased(origin + REST, FLOWS, PUBLIC, BASE) == BASE + REST


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("https://evil.example" + REST, "evil.example"),
        ("https://api.flow.microsoft.com.evil.example" + REST, "api.flow.microsoft.com.evil.example"),
        ("https://api.flow.microsoft.com@evil.example" + REST, "evil.example"),
        ("https://evilapi.flow.microsoft.com" + REST, "evilapi.flow.microsoft.com"),
        ("//evil.example" + REST, "evil.example"),
        ("https://api.powerapps.com" + REST, "api.powerapps.com"),
        ("ftp://api.flow.microsoft.com" + REST, "api.flow.microsoft.com"),
        ("https://[::1" + REST, "unreadable"),
        ("https:///x", "https:///x"),
        ("flows?$skiptoken=x", "flows?"),
        (BASE + "/providers/Microsoft.PowerApps/apps", "Microsoft.PowerApps"),
        (BASE + "/providers", "/providers"),
        (BASE + "/", "api.flow.microsoft.com"),
        (BASE, "api.flow.microsoft.com"),
        (BASE + "?x=1", "api.flow.microsoft.com"),
        (BASE + FAMILY + "/../Microsoft.PowerApps/apps", ".."),
        (BASE + FAMILY + "/%2e%2e/Microsoft.PowerApps/apps", ".."),
        (BASE + FAMILY + "/./flows", "/./"),
        (BASE + "//evil.example" + FAMILY, "evil.example"),
    ],
)
def test_all_else_is_refused_and_named(link: str, named: str) -> None:
    with pytest.raises(_errors.ForeignLinkError) as caught:
        rebased(link, FLOWS, PUBLIC, BASE)
    assert named in str(caught.value)
    assert "List-Flows" in str(caught.value)


@given(st.text(max_size=60) | st.builds("https://{}".format, st.text(max_size=60)))
def test_no_link_leads_away(link: str) -> None:
    try:
        found = rebased(link, FLOWS, PUBLIC, BASE)
    except _errors.ForeignLinkError:
        return
    assert found.startswith(BASE + "/")


def test_a_gateway_with_a_path_keeps_its_path() -> None:
    cloud = resolve_cloud("public", {FLOW: "https://gateway.example:8443/pp/flow"})
    base = "https://gateway.example:8443/pp/flow"
    for origin in (BASE, base, "https://gateway.example", ""):
        assert rebased(origin + REST, FLOWS, cloud, base) == base + REST


def test_families_of_the_other_services() -> None:
    graph = Operation(name="U", service=GRAPH, method="GET", path="/v1.0/users", contract="-", permission="-")
    base = PUBLIC.endpoints[GRAPH]
    assert rebased(f"{base}/v1.0/users?$skiptoken=x", graph, PUBLIC, base).endswith("$skiptoken=x")
    with pytest.raises(_errors.ForeignLinkError):
        rebased(f"{base}/beta/users?$skiptoken=x", graph, PUBLIC, base)
    path = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
    bap = Operation(name="E", service=BAP, method="GET", path=path, contract="-", permission="-")
    base = PUBLIC.endpoints[BAP]
    assert rebased(f"https://europe.api.bap.microsoft.com{path.lower()}?x", bap, PUBLIC, base).startswith(
        "https://api.bap.microsoft.com/providers/microsoft.businessappplatform/"
    )
    apps = Operation(
        name="A",
        service=POWERAPPS,
        method="GET",
        path="/providers/Microsoft.PowerApps/apps",
        contract="-",
        permission="-",
    )
    with pytest.raises(_errors.ForeignLinkError):
        rebased(f"https://europe.api.powerapps.com{apps.path}", apps, PUBLIC, PUBLIC.endpoints[POWERAPPS])


ORGANIZATION = "https://contosofin.crm4.dynamics.com"
ROWS = "/api/data/v9.2/connectors?$select=name&$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E"
CONNECTORS = Operation(
    name="List-Rows",
    service=DATAVERSE,
    method="GET",
    path="/api/data/v9.2/connectors",
    contract="-",
    permission="-",
    host=ORGANIZATION_HOST,
)


def test_an_organisation_owns_its_own_host_and_no_other() -> None:
    for origin in (ORGANIZATION, "https://ContosoFin.crm4.dynamics.com", "http://contosofin.crm4.dynamics.com:80", ""):
        assert rebased(origin + ROWS, CONNECTORS, PUBLIC, ORGANIZATION) == ORGANIZATION + ROWS
    for host in (
        "contosofindev.crm4.dynamics.com",
        "contosofin.crm.dynamics.com",
        "crm4.dynamics.com",
        "contosofin.crm4.dynamics.com.evil.example",
        "contosofin.crm4.dynamics.com@evil.example",
        "contosofin.crm4.dynamics.com:x@evil.example",
        "contosofin.api.crm4.dynamics.com.evil.example",
        "contosofin.api.crm.dynamics.com",
        "api.crm4.dynamics.com",
        "api.powerapps.com",
        "evil.example",
    ):
        with pytest.raises(_errors.ForeignLinkError) as caught:
            rebased(f"https://{host}{ROWS}", CONNECTORS, PUBLIC, ORGANIZATION)
        assert host.rpartition("@")[2] in str(caught.value)
        assert "endpoints" not in str(caught.value)
        assert "URL" in caught.value.remedy


def test_an_organisation_has_two_hosts_and_is_asked_at_the_one_that_was_given() -> None:
    api = "https://contosofin.api.crm4.dynamics.com"
    for base in (ORGANIZATION, api):
        for origin in (ORGANIZATION, api, api.upper().replace("HTTPS", "https"), f"{api}:443"):
            assert rebased(origin + ROWS, CONNECTORS, PUBLIC, base) == base + ROWS


def test_elsewhere_the_remedy_is_to_name_the_host() -> None:
    with pytest.raises(_errors.ForeignLinkError, match="`endpoints`"):
        rebased("https://flows.contoso.example" + REST, FLOWS, PUBLIC, BASE)


def test_a_link_of_an_organisation_stays_within_its_api() -> None:
    for path in ("/main.aspx?x", "/api/../main.aspx", "/api/%2e%2e/main.aspx"):
        with pytest.raises(_errors.ForeignLinkError):
            rebased(ORGANIZATION + path, CONNECTORS, PUBLIC, ORGANIZATION)


def walk(
    answer: Callable[[str], Any], url: str = BASE + "/x?$top=80", *, shrink: bool = False
) -> tuple[list[dict[str, Any]], list[str]]:
    asked: list[str] = []

    def ask(page: str, _shrinks: bool) -> Any:
        asked.append(page)
        return answer(page)

    return list(pages(FLOWS, url, ask, lambda link: link, shrink=shrink)), asked


@pytest.mark.parametrize("name", ["nextLink", "@odata.nextLink", "@odata.nextlink", "NEXTLINK"])
def test_every_name_of_the_link_is_followed_and_empty_pages_are_fine(name: str) -> None:
    book = {
        "1": {"value": [{"n": 1}], name: "2"},
        "2": {"value": [], name: "3"},
        "3": {"value": [{"n": 3}], name: ""},
    }
    items, asked = walk(book.__getitem__, "1")
    assert items == [{"n": 1}, {"n": 3}]
    assert asked == ["1", "2", "3"]


@pytest.mark.parametrize("last", [{}, {"nextLink": None}, {"nextLink": ""}])
def test_every_kind_of_last_page(last: dict[str, Any]) -> None:
    assert walk(lambda _url: {"value": [{"n": 1}], **last}) == ([{"n": 1}], [BASE + "/x?$top=80"])


def test_no_content_is_an_empty_listing() -> None:
    assert walk(lambda _url: None)[0] == []


@pytest.mark.parametrize(
    "page", [{}, [], "", {"value": None}, {"value": {}}, {"value": ["x"]}, {"value": [], "nextLink": 1}]
)
def test_a_page_in_another_form_is_no_page(page: Any) -> None:
    with pytest.raises(_errors.IncompleteListingError, match=r"List-Flows broke off at page 1.*Nothing is concluded"):
        walk(lambda _url: page)


def test_links_in_a_circle() -> None:
    book = {
        "1": {"value": [], "nextLink": "2"},
        "2": {"value": [], "nextLink": "3"},
        "3": {"value": [], "nextLink": "2"},
    }
    with pytest.raises(_errors.IncompleteListingError, match="page 4: its link leads back"):
        walk(book.__getitem__, "1")


def service_error(status: int) -> _errors.ServiceError:
    return _errors.ServiceError("The service's own words.", status=status, remedy="Do this.")


def failing(error: Exception, on: str) -> Callable[[str], Any]:
    def answer(url: str) -> Any:
        if url == on:
            raise error
        return {"value": [{"n": 1}], "nextLink": "2"}

    return answer


@pytest.mark.parametrize(
    "error", [service_error(403), _errors.TransportError("The service's own words.", remedy="Do this.")]
)
def test_a_failure_of_the_first_page_is_itself_of_a_later_one_a_broken_listing(error: Exception) -> None:
    with pytest.raises(type(error)) as plain:
        walk(failing(error, "1"), "1")
    assert plain.value is error
    with pytest.raises(_errors.IncompleteListingError, match=r"page 2: The service's own words\..*Do this\.") as caught:
        walk(failing(error, "2"), "1")
    assert caught.value.__cause__ is error


def test_the_deadline_stays_the_deadline() -> None:
    with pytest.raises(_errors.DeadlineError):
        walk(failing(_errors.DeadlineError("late"), "2"), "1")


@pytest.mark.parametrize("key", ["$top", "%24top", "%24Top"])
def test_a_page_that_times_out_is_asked_for_in_halves(key: str) -> None:
    def answer(url: str) -> Any:
        if f"{key}=80" in url or f"{key}=40" in url:
            raise service_error(504)
        link = {"nextLink": f"{BASE}/x?a=1&{key}=80&%24skiptoken=%3d"} if "skiptoken" not in url else {}
        return {"value": [{"n": 1}], **link}

    items, asked = walk(answer, f"{BASE}/x?{key}=80", shrink=True)
    assert len(items) == 2
    assert asked == [
        f"{BASE}/x?{key}=80",
        f"{BASE}/x?{key}=40",
        f"{BASE}/x?{key}=20",
        f"{BASE}/x?a=1&{key}=20&%24skiptoken=%3d",  # goes on with the size that worked
    ]


@pytest.mark.parametrize("echoes", [True, False], ids=["links repeat the size", "links have their own"])
def test_pages_grow_again_once_they_come_in_time(echoes: bool) -> None:
    """One bad moment in a listing of hundreds of pages is none for the rest of them."""
    slow = iter([True])

    def answer(url: str) -> Any:
        top, page = (int(text) for text in re.findall(r"\d+", url)[-2:])
        if page == 2 and next(slow, False):
            raise service_error(504)
        link = {"nextLink": f"{BASE}/x?$top={top if echoes else 80}&page={page + 1}"} if page < 12 else {}
        return {"value": [{"n": page}], **link}

    items, asked = walk(answer, f"{BASE}/x?$top=80&page=1", shrink=True)
    assert len(items) == 12
    sizes = [int(re.findall(r"top=(\d+)", url)[0]) for url in asked]
    assert sizes[:3] == [80, 80, 40]
    assert sizes[-1] == 80
    assert sizes.count(40) < 6


def test_no_page_becomes_smaller_than_ten() -> None:
    def answer(_url: str) -> Any:
        raise service_error(504)

    asked: list[tuple[str, bool]] = []

    def ask(url: str, shrinks: bool) -> Any:
        asked.append((url, shrinks))
        return answer(url)

    with pytest.raises(_errors.ServiceError):
        list(pages(FLOWS, "/x?$top=35", ask, lambda link: link, shrink=True))
    assert asked == [("/x?$top=35", True), ("/x?$top=17", True), ("/x?$top=10", False)]


@pytest.mark.parametrize(
    ("status", "url", "shrink"), [(503, "/x?$top=80", True), (504, "/x?$top=80", False), (504, "/x", True)]
)
def test_all_else_is_not_halved(status: int, url: str, shrink: bool) -> None:
    with pytest.raises(_errors.ServiceError):
        walk(failing(service_error(status), url), url, shrink=shrink)


def test_nothing_of_earlier_pages_is_kept() -> None:
    class Item(dict[str, int]):
        pass

    kept: list[weakref.ref[Item]] = []

    def ask(url: str, _shrinks: bool) -> Any:
        gc.collect()
        assert [ref for ref in kept[:-1] if ref() is not None] == []
        item = Item(n=int(url))
        kept.append(weakref.ref(item))
        return {"value": [item], "nextLink": str(int(url) + 1) if int(url) < 9 else None}

    count = 0
    for found in pages(FLOWS, "1", ask, lambda link: link, shrink=False):
        count += found["n"]
        del found
    assert count == 45
