# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look-ups, filters, pages, permissions (graph.md 2 to 7, 10, 13)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import requests

from .api import ADA, KIM, TENANT, Api

GUEST, NEIL, DOLLAR, MAILLESS, DISABLED = (f"a0000000-0000-4000-8000-00000000000{n}" for n in (5, 6, 7, 8, 9))
LEAVER = "a0000000-0000-4000-8000-00000000000a"
RUNNER = "c1000000-0000-4000-8000-000000000001"
RUNNER_OBJECT = "c0000000-0000-4000-8000-000000000001"
EVENTUAL = {"ConsistencyLevel": "eventual"}


def graph(api: Api, path: str, **more: Any) -> requests.Response:
    return api.get("graph", f"/v1.0{path}", **more)


def code(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


def ids(api: Api, kind: str, text: str, **more: Any) -> set[str]:
    reply = graph(api, f"/{kind}?$filter={quote(text, safe='')}&$select=id", **more)
    assert reply.status_code == 200, reply.text
    return {item["id"] for item in reply.json()["value"]}


def test_the_default_set_of_a_user_leaves_its_state_out(api: Api) -> None:
    found = graph(api, f"/users/{ADA.upper()}").json()
    assert (found["id"], found["displayName"], found["mail"]) == (ADA, "Ada Example", "ada@contoso.example")
    assert not {"accountEnabled", "userType"} & set(found)


def test_select_is_exact_and_ignores_case(api: Api) -> None:
    found = graph(api, f"/users/{DISABLED}?$select=ID,accountenabled,userType").json()
    assert found.pop("@odata.context")
    assert found == {"id": DISABLED, "accountEnabled": False, "userType": "Member"}
    assert code(graph(api, f"/users/{ADA}?$select=shoeSize")) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/users/ADA@contoso.example", ADA),
        ("/users/kay_fabrikam.example%23EXT%23@contoso.onmicrosoft.example", GUEST),
        ("/users/o'neil@contoso.example", NEIL),
        ("/users('o''neil@contoso.example')", NEIL),
        ("/users('%24pat@contoso.example')", DOLLAR),
        (f"/servicePrincipals(appId='{RUNNER}')", RUNNER_OBJECT),
        (f"/servicePrincipals/{RUNNER_OBJECT}", RUNNER_OBJECT),
        ("/applications/ca000000-0000-4000-8000-000000000001", "ca000000-0000-4000-8000-000000000001"),
        (f"/directoryObjects/{KIM}", KIM),
        (f"/organization/{TENANT}", TENANT),
    ],
)
def test_one_object(api: Api, path: str, wanted: str) -> None:
    assert graph(api, path).json()["id"] == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/users/$pat@contoso.example", (400, "BadRequest")),
        ("/users/nobody@contoso.example", (404, "Request_ResourceNotFound")),
        ("/users/kay@fabrikam.example", (404, "Request_ResourceNotFound")),
        (f"/users/{LEAVER}", (404, "Request_ResourceNotFound")),
        ("/users/b0000000-0000-4000-8000-000000000001", (404, "Request_ResourceNotFound")),
        ("/groups/no-guid", (400, "Request_BadRequest")),
        (f"/servicePrincipals/{RUNNER}", (404, "Request_ResourceNotFound")),
        ("/me", (400, "BadRequest")),
        ("/users/$count", (400, "Request_BadRequest")),
        ("/users?$top=1000", (400, "Request_UnsupportedQuery")),
        ("/users?$top=0", (400, "Request_UnsupportedQuery")),
    ],
)
def test_errors(api: Api, path: str, wanted: tuple[int, str]) -> None:
    reply = graph(api, path, headers={"client-request-id": "7"})
    assert code(reply) == wanted
    assert reply.json()["error"]["innerError"]["client-request-id"] == "7"


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("users", "userPrincipalName eq 'O''NEIL@contoso.example'", {NEIL}),
        ("users", "UserPrincipalName eq 'kay_fabrikam.example#EXT#@contoso.onmicrosoft.example'", {GUEST}),
        ("users", "mail eq 'kay@fabrikam.example'", {GUEST}),
        ("users", "otherMails/any(m:m eq 'kay@fabrikam.example')", {GUEST}),
        ("users", "proxyAddresses/any(p:p eq 'SMTP:Kim.Maker@contoso.example')", {KIM}),
        ("users", f"id in ('{ADA}','{KIM}','{LEAVER}')", {ADA, KIM}),
        ("users", f"id eq {ADA}", {ADA}),
        ("users", "accountEnabled eq false", {DISABLED}),
        ("users", "userType eq 'Guest' or startsWith(displayName,'Ada')", {GUEST, ADA}),
        ("users", "(displayName eq 'Chris Twin') and mail eq 'nobody@contoso.example'", set()),
        ("users", "mail eq null", {MAILLESS}),
        ("groups", "displayName eq 'R&D + IT für Größe'", {"b0000000-0000-4000-8000-000000000008"}),
        (
            "groups",
            "displayName eq 'auditors'",
            {"b0000000-0000-4000-8000-000000000006", "b0000000-0000-4000-8000-000000000007"},
        ),
        (
            "groups",
            "groupTypes/any(c:c eq 'Unified') and securityEnabled eq false",
            {"b0000000-0000-4000-8000-000000000004"},
        ),
        ("groups", "mailNickname eq 'sales'", {"b0000000-0000-4000-8000-000000000003"}),
        ("servicePrincipals", f"appId eq '{RUNNER}'", {RUNNER_OBJECT}),
        ("applications", "displayName eq 'Governance Runner'", {"ca000000-0000-4000-8000-000000000001"}),
    ],
)
def test_filters(api: Api, kind: str, text: str, wanted: set[str]) -> None:
    assert ids(api, kind, text) == wanted


def test_a_mail_and_a_name_may_fit_several(api: Api) -> None:
    assert len(ids(api, "users", "mail eq 'chris@contoso.example'")) == 2
    assert len(ids(api, "users", "displayName eq 'Chris Twin'")) == 2


@pytest.mark.parametrize(
    "text", ["endsWith(mail,'@fabrikam.example')", "userType ne 'Member'", "not(userType eq 'Member')"]
)
def test_advanced_operators_want_their_header(api: Api, text: str) -> None:
    assert code(graph(api, f"/users?$filter={quote(text)}")) == (400, "Request_UnsupportedQuery")
    assert code(graph(api, f"/users?$filter={quote(text)}&$count=true")) == (400, "Request_UnsupportedQuery")
    reply = graph(api, f"/users?$filter={quote(text)}&$count=true", headers=EVENTUAL).json()
    assert ([item["id"] for item in reply["value"]], reply["@odata.count"]) == ([GUEST], 1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("displayName gt 'A'", "Request_UnsupportedQuery"),
        ("shoeSize eq '1'", "BadRequest"),
        ("mail eq", "BadRequest"),
        ("mail eq 'a' mail", "BadRequest"),
        ("groupTypes eq 'Unified'", "BadRequest"),
        ("(mail eq 'a'", "BadRequest"),
        ("mail eq 'o'neil'", "BadRequest"),
        ("businessPhones/any(p:p eq '1')", "Request_UnsupportedQuery"),
    ],
)
def test_filters_that_are_refused(api: Api, text: str, wanted: str) -> None:
    kind = "groups" if text.startswith("groupTypes") else "users"
    assert code(graph(api, f"/{kind}?$filter={quote(text)}")) == (400, wanted)


def test_fifteen_alternatives_and_no_more(api: Api) -> None:
    def text(many: int) -> str:
        return f"id in ({','.join(repr(f'a0000000-0000-4000-8000-{n:012d}') for n in range(many))})"

    assert graph(api, f"/users?$filter={quote(text(15))}").status_code == 200
    refused = graph(api, f"/users?$filter={quote(text(16))}")
    assert code(refused) == (400, "Request_UnsupportedQuery")
    assert "16. Max allowed: 15" in refused.json()["error"]["message"]
    assert graph(api, f"/users?$filter={quote(text(16))}&$count=true", headers=EVENTUAL).status_code == 200
    ored = " or ".join(["mail eq 'a'"] * 16)
    assert code(graph(api, f"/users?$filter={quote(ored)}")) == (400, "Request_UnsupportedQuery")


def test_pages_repeat_the_query_and_count_once(api: Api) -> None:
    path, seen, counts = "/users?$select=id&$top=4&$count=true", [], []
    url = f"/v1.0{path}"
    while url:
        page = api.get("graph", url, headers=EVENTUAL).json()
        seen += page["value"]
        counts.append(page.get("@odata.count"))
        url = page.get("@odata.nextLink")
        assert not url or "%24select=id" in url
    assert len({item["id"] for item in seen}) == len(seen) == 11
    assert counts == [11, None, None]


def test_metadata_none_drops_annotations_but_for_the_link(api: Api) -> None:
    accept = {"Accept": "application/json;odata.metadata=none"}
    found = graph(api, "/users?$top=1&$select=Id", headers=accept).json()
    assert set(found) == {"value", "@odata.nextLink"}
    assert list(found["value"][0]) == ["id"]


def test_order_and_search(api: Api) -> None:
    found = graph(api, "/groups?$orderby=displayName desc&$select=displayName").json()["value"]
    names = [item["displayName"] for item in found]
    assert names == sorted(names, key=str.lower, reverse=True)
    assert code(graph(api, '/groups?$search="displayName:team"')) == (400, "Request_UnsupportedQuery")
    assert len(graph(api, '/groups?$search="displayName:team"', headers=EVENTUAL).json()["value"]) == 2
    assert graph(api, "/users/$count", headers=EVENTUAL).text == "11"


def test_deleted_users_are_found_in_the_bin_only(api: Api) -> None:
    found = graph(
        api, "/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,deletedDateTime"
    ).json()
    assert [item["id"] for item in found["value"]] == [LEAVER]
    assert found["value"][0]["userPrincipalName"] == LEAVER.replace("-", "") + "lou@contoso.example"
    assert found["value"][0]["deletedDateTime"]
    assert graph(api, f"/directory/deleteditems/{LEAVER}").json()["@odata.type"] == "#microsoft.graph.user"
    assert code(graph(api, f"/directory/deletedItems/{ADA}")) == (404, "Request_ResourceNotFound")


def test_the_tenant_and_the_caller(api: Api) -> None:
    found = graph(api, "/organization?$select=id,verifiedDomains").json()["value"]
    assert [item["id"] for item in found] == [TENANT]
    assert sum(item["isDefault"] for item in found[0]["verifiedDomains"]) == 1
    assert sum(item["isInitial"] for item in found[0]["verifiedDomains"]) == 1
    assert graph(api, "/me?$select=id", client="maker").json()["id"] == KIM


def test_permissions_are_those_of_the_client(api: Api) -> None:
    denied = (403, "Authorization_RequestDenied")
    assert code(graph(api, f"/users/{ADA}", client="graphless")) == denied
    assert graph(api, "/servicePrincipals/c0000000-0000-4000-8000-000000000003", client="graphless").status_code == 200
    own = "/servicePrincipals(appId='c1000000-0000-4000-8000-000000000003')"
    assert graph(api, own, client="graphless").status_code == 200
    assert graph(api, f"/users/{ADA}", client="users-only").status_code == 200
    assert code(graph(api, "/groups", client="users-only")) == denied
    assert code(graph(api, f"/directory/deletedItems/{LEAVER}", client="graphless")) == denied
    hidden = graph(api, "/directoryObjects/b0000000-0000-4000-8000-000000000001", client="users-only").json()
    assert (hidden["@odata.type"], hidden["displayName"]) == ("#microsoft.graph.group", None)


def test_tokens_are_checked(api: Api) -> None:
    assert code(graph(api, "/users", token=api.token("flow"))) == (401, "InvalidAuthenticationToken")
    assert api("graph", "PATCH", f"/v1.0/users/{ADA}", json={}).status_code == 405
