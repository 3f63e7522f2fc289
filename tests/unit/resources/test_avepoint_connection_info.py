# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AvePoint's report of connections: every row of every page, or an error; rows that join with connection_info."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import avepoint
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AuthenticationError,
    DeadlineError,
    ForeignLinkError,
    IncompleteListingError,
    OptionError,
    PermissionDeniedError,
    ServiceUnavailableError,
    ThrottledError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login_avepoint import AVEPOINT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_keys import join_key
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import ADA, DATABASE, FINANCE, RECEIPTS, ask, client

Json = dict[str, Any]

FABRIKAM = "77777777-2222-4333-8444-555555555555"
SCANNED = "d00000000000000000000000000000a1"  # a row of a connection that is no more
ORDERS = "d00000000000000000000000000000b1"  # of Fabrikam
HOST = "graph-we.avepointonlineservices.com"
PATH = "/smp/powerplatform/connections"
OF_REPORT = {"service": "avepoint"}
SECOND = {**OF_REPORT, "query": "skiptoken"}


@pytest.fixture(autouse=True)
def reads_alone(emulator: Emulator) -> Iterator[None]:
    """Whatever happens, nothing is written."""
    yield
    assert emulator.log(writes=True) == []


def report(emulator: Emulator, who: str = "avepoint", **options: Any) -> Json:
    return ask(emulator, "avepoint_connection_info", who, **options)


def by_id(answer: Json) -> dict[str, Json]:
    return {row["connection"]: row for row in answer["connections"]}


def asked(emulator: Emulator) -> list[Json]:
    return emulator.log(service="avepoint")


def answering(*bodies: Json, times: int | None = 1) -> list[Json]:
    """Faults that give one body after the other."""
    limit = {} if times is None else {"times": times}
    return [{"kind": "status", "status": 200, "body": body, "match": OF_REPORT, **limit} for body in bodies]


def page(*rows: Json, link: str | None = "") -> Json:
    return {"connections": list(rows), "totalCount": len(rows), "nextLink": link}


# -- rows --------------------------------------------------------------------------------------------------------------


def test_rows_join_with_those_of_the_power_platform(emulator: Emulator) -> None:
    reported = by_id(report(emulator, tenant=emulator.tenant_id))
    tenant = by_id(ask(emulator, "connection_info"))

    assert set(reported) == {*tenant, SCANNED}
    for name, row in tenant.items():
        other = reported[name]
        assert row["join_key"] == other["join_key"]
        for key in ("environment", "environment_display_name", "connection", "connection_display_name", "connector"):
            assert row[key] == other[key], key
        assert row["owner"]["id"] == other["owner"]["id"]
        assert row["connected"] is other["connected"]
    assert reported[SCANNED]["join_key"] not in {row["join_key"] for row in tenant.values()}


def test_rows_join_whatever_the_case_of_ids(emulator: Emulator) -> None:
    """Assumed: nobody says that AvePoint writes ids as the Power Platform does."""
    default = f"Default-{emulator.tenant_id}"
    new = {"id": "e" * 32, "connector": "shared_sql", "name": "Orders", "creator": ADA}
    emulator.change([{"change": "add_connection", "environment": default, "connection": new}])
    [row] = ask(emulator, "connection_info", environments=["~default"])["connections"]
    loud = {
        "id": "E" * 32,
        "environmentId": default.upper(),
        "connectorId": "SHARED_SQL",
        "ownerId": ADA.upper(),
        "ownerStatus": "Enable",
    }
    emulator.faults(answering(page(loud)))

    [other] = report(emulator)["connections"]

    assert [other[key] for key in ("environment", "connector", "connection", "join_key")] == [
        row[key] for key in ("environment", "connector", "connection", "join_key")
    ]
    assert other["owner"]["id"] == row["owner"]["id"] == ADA


def test_the_key_of_a_connection_has_no_case() -> None:
    assert join_key("Default-1A", "shared_SQL", "ABC") == join_key("default-1a", "shared_sql", "abc")
    assert join_key("a", "b", "c") != join_key("a", "c", "b")


def test_what_a_row_says(emulator: Emulator) -> None:
    row = by_id(report(emulator))[DATABASE]
    assert row["app_names"] == ["Expenses", "Approvals"]
    assert (row["power_app_count"], row["flow_count"], row["flow_names"]) == (2, 0, [])
    assert (row["tier"], row["publisher"], row["is_custom"]) == ("Premium", "Microsoft", False)
    assert (row["status"], row["connected"], row["connection_source"]) == ("Connected", True, "")
    assert row["owner"] == {
        "id": ADA,
        "display_name": "Ada Example",
        "user_principal_name": "ada@contoso.example",
        "status": "Enabled",
        "country": "DE",
    }
    assert (row["tenant_id"], row["tenant_name"]) == (emulator.tenant_id, "Contoso")
    receipts = by_id(report(emulator))[RECEIPTS]
    assert receipts["flow_names"] == ["Supplier onboarding", "Invoice intake"]


def test_what_a_report_does_not_say(emulator: Emulator) -> None:
    """The published sample leaves most of it empty; a member may be null or missing."""
    emulator.faults(answering(page({"id": "a" * 32, "ownerId": "", "isCustom": None, "status": None})))
    [row] = report(emulator)["connections"]
    assert row["owner"] is None
    assert (row["is_custom"], row["power_app_count"], row["flow_names"]) == (None, None, [])
    assert (row["status"], row["connected"], row["tier"]) == ("", False, "")
    assert row["join_key"] == "//" + "a" * 32


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"id": ""}, "without its id"),
        ({"id": None}, "without its id"),
        ({"id": 7}, "its id is of another type"),
        ({"powerAppCount": "2"}, "powerAppCount"),
        ({"flowCount": True}, "flowCount"),
        ({"isCustom": "false"}, "isCustom"),
        ({"flowNames": "Sync"}, "flowNames"),
        ({"appNames": [7]}, "appNames"),
        ({"ownerStatus": 1}, "ownerStatus"),
    ],
)
def test_a_row_that_is_not_as_documented_is_an_error(emulator: Emulator, wrong: Json, says: str) -> None:
    emulator.faults(answering(page({"id": "a" * 32, **wrong})))
    with pytest.raises(UnreadableAnswerError, match=says):
        report(emulator)


def test_rows_are_in_order(emulator: Emulator) -> None:
    rows = report(emulator)["connections"]
    keys = [
        (row["tenant_name"], row["environment_display_name"], row["connection_display_name"].casefold()) for row in rows
    ]
    assert keys == sorted(keys)
    emulator.faults(
        answering(page(*({"id": f"{number}", "displayName": name} for number, name in enumerate(["b", "A", "a"]))))
    )
    assert [row["connection"] for row in report(emulator)["connections"]] == ["1", "2", "0"]


# -- options -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("top", [0, -1, 1001])
def test_a_page_size_out_of_its_range_is_refused_before_anything_is_sent(emulator: Emulator, top: int) -> None:
    with pytest.raises(OptionError, match=rf"top={top}: must be a number of connections from 1 to 1000"):
        report(emulator, top=top)
    assert emulator.log() == []


@pytest.mark.parametrize(("top", "pages"), [(1, 9), (4, 3), (9, 1), (1000, 1), (None, 1)])
def test_every_page_is_read_whatever_its_size(emulator: Emulator, top: int | None, pages: int) -> None:
    answer = report(emulator, **({} if top is None else {"top": top}))
    assert (len(answer["connections"]), answer["count"], answer["complete"]) == (9, 9, True)
    assert len(by_id(answer)) == 9
    assert len(asked(emulator)) == pages
    assert all(f"top={top or 100}" in entry["query"] for entry in asked(emulator))
    assert answer["warnings"] == []


def test_one_tenant(emulator: Emulator) -> None:
    assert set(by_id(report(emulator))) - set(by_id(report(emulator, tenant=f" {emulator.tenant_id.upper()} "))) == {
        ORDERS
    }
    [row] = report(emulator, tenant=FABRIKAM)["connections"]
    assert (row["connection"], row["tenant_id"], row["container_id"]) == (ORDERS, FABRIKAM, "")


def test_a_tenant_of_which_nothing_is_reported(emulator: Emulator) -> None:
    answer = report(emulator, tenant=FINANCE)
    assert (answer["connections"], answer["count"], answer["complete"]) == ([], 0, True)
    [warning] = answer["warnings"]
    assert FINANCE in warning
    assert "may not know a tenant" in warning
    emulator.faults(answering(page()))
    assert report(emulator)["warnings"] == [], "nobody asked for one tenant"


def test_an_empty_tenant(emulator: Emulator) -> None:
    with pytest.raises(OptionError, match="tenant: it is empty"):
        report(emulator, tenant=" ")
    assert emulator.log() == []


def test_rows_of_other_tenants_than_the_one_asked_for_are_left_out(emulator: Emulator) -> None:
    """Should AvePoint want a domain and not heed an id."""
    other = "abcdefab-2222-4333-8444-555555555555"
    rows = [{"id": "1", "tenantId": other.upper()}, {"id": "2", "tenantId": FABRIKAM}, {"id": "3", "tenantId": ""}]
    emulator.faults(answering(page(*rows), times=None))
    assert set(by_id(report(emulator, tenant=other))) == {"1", "3"}
    assert by_id(report(emulator))["1"]["tenant_id"] == other
    assert set(by_id(report(emulator, tenant="fabrikam.example"))) == {"1", "2", "3"}
    assert "tenant=fabrikam.example" in asked(emulator)[-1]["query"]


# -- pages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [{}, {"last": "null"}, {"last": "absent"}, {"link": "relative"}, {"total": "page"}])
def test_every_form_of_links(emulator: Emulator, form: Json) -> None:
    emulator.faults([{"kind": "report", **form}])
    assert report(emulator, top=2)["count"] == 9
    assert len(asked(emulator)) == 5


def test_the_total_says_nothing_about_the_end(emulator: Emulator) -> None:
    first = {**page({"id": "1"}, link=PATH + "?top=1&$skiptoken=x"), "totalCount": 1}
    emulator.faults(answering(first, {**page({"id": "2"}), "totalCount": 0}))
    assert set(by_id(report(emulator))) == {"1", "2"}
    emulator.faults(answering({**page({"id": "1"}), "totalCount": 500}))
    assert set(by_id(report(emulator))) == {"1"}


def test_short_and_empty_pages_are_not_the_end(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page_cap", "max": 3}, {"kind": "empty_page", "page": 2}])
    assert report(emulator, top=5)["count"] == 9


def test_a_page_that_times_out_is_asked_for_in_smaller_ones(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 504, "match": {**OF_REPORT, "query": "^top=(1000|500)$"}}])
    assert report(emulator, top=1000)["count"] == 9
    assert [entry["query"] for entry in asked(emulator)] == ["top=1000", "top=500", "top=250"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_passes_is_waited_for(emulator: Emulator, status: int) -> None:
    fault = {"kind": "status", "status": status, "times": 2, "match": SECOND}
    emulator.faults([{**fault, "headers": {"Retry-After": "0"}} if status == 429 else fault])
    assert report(emulator, top=5)["count"] == 9
    assert [entry["status"] for entry in asked(emulator)] == [200, status, status, 200]


@pytest.mark.parametrize(("status", "kind"), [(500, ServiceUnavailableError), (429, ThrottledError)])
def test_a_first_page_that_never_comes(emulator: Emulator, status: int, kind: type[Exception]) -> None:
    emulator.faults([{"kind": "status", "status": status, "message": "Not now.", "match": OF_REPORT}])
    with pytest.raises(kind, match="Not now") as caught:
        report(emulator)
    assert "request-id" in str(caught.value)
    assert len(asked(emulator)) == 4


def test_a_later_page_that_never_comes_is_no_end(emulator: Emulator) -> None:
    emulator.faults([{"kind": "page", "page": 2, "status": 500, "message": "Out of order."}])
    with pytest.raises(IncompleteListingError, match=r"broke off at page 2: .*Out of order"):
        report(emulator, top=4)


@pytest.mark.parametrize(
    "link", [f"https://{HOST}{PATH}?top=100", f"{PATH}?top=100", f"https://{HOST}:443{PATH}?top=100"]
)
def test_a_page_that_is_repeated_is_an_error(emulator: Emulator, link: str) -> None:
    emulator.faults(answering(page({"id": "1"}, link=link), times=None))
    with pytest.raises(IncompleteListingError, match="leads back to a page that was read already"):
        report(emulator)
    assert len(asked(emulator)) == 1


@pytest.mark.parametrize(
    "link",
    [
        f"https://evil.example{PATH}?x",
        f"https://graph-us.avepointonlineservices.com{PATH}?x",
        f"https://graph.microsoft.com{PATH}?x",
        f"https://{HOST}@evil.example{PATH}",
        f"https://{HOST}/backup{PATH}",
        "connections?x",
    ],
)
def test_a_link_that_leads_away_is_not_followed(emulator: Emulator, link: str) -> None:
    emulator.faults(answering(page({"id": "1"}, link=link)))
    with pytest.raises(ForeignLinkError, match="not followed"):
        report(emulator)
    assert {entry["host"] for entry in emulator.log()} == {HOST, "identity.avepointonlineservices.com"}
    assert len(asked(emulator)) == 1


@pytest.mark.parametrize(
    "body", [{}, {"value": []}, {"connections": None}, {"connections": {}}, {"connections": ["x"]}, []]
)
def test_what_is_no_page_is_an_error(emulator: Emulator, body: Any) -> None:
    emulator.faults(answering(body))
    with pytest.raises(IncompleteListingError, match="not in the form of a page"):
        report(emulator)


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_a_token_that_ends_between_pages_is_renewed_once(emulator: Emulator) -> None:
    reading = client(emulator, "avepoint", read_only=True, access=AVEPOINT_ACCESS)
    rows = avepoint.list_connections(reading, tenant="", page_size=4)
    first = next(rows)
    emulator.faults([{"kind": "expire_tokens"}])
    assert len({first["id"], *(row["id"] for row in rows)}) == 9
    assert [entry["status"] for entry in asked(emulator)] == [200, 401, 200, 200]
    assert reading.api_calls["tokens"] == 2


def test_a_token_that_is_refused_again_is_the_end(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 401, "match": OF_REPORT}])
    with pytest.raises(AuthenticationError, match="`data_center` is that of the app registration") as caught:
        report(emulator)
    assert "enpower.data.read.all" in str(caught.value)
    assert [entry["status"] for entry in asked(emulator)] == [401, 401]


def test_a_permission_that_is_missing(emulator: Emulator) -> None:
    emulator.faults([{"kind": "status", "status": 403, "message": "No.", "match": OF_REPORT}])
    with pytest.raises(PermissionDeniedError, match=r"service EnPower and its permission enpower\.data\.read\.all"):
        report(emulator)
    assert len(asked(emulator)) == 1


def test_the_deadline_holds(emulator: Emulator) -> None:
    fault = {"kind": "status", "status": 503, "headers": {"Retry-After": "60"}, "match": SECOND}
    emulator.faults([fault])
    with pytest.raises((DeadlineError, IncompleteListingError), match="deadline"):
        ask(emulator, "avepoint_connection_info", "avepoint", deadline=5, top=4)


def test_requests_carry_the_token_of_avepoint_and_nothing_of_microsoft(emulator: Emulator) -> None:
    report(emulator)
    [entry] = asked(emulator)
    names = {name.lower() for name in entry["headers"]}
    assert not {name for name in names if name.startswith("x-ms-")}
    assert {item["service"] for item in emulator.log()} == {"avepoint", "avepoint_login"}
