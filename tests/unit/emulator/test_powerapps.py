# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps and who may use them (powerapps-admin.md 2 to 4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.control import Emulator

from .api import ADA, APP, APPS, ENV, KIM, LEE, SHARED_APP, TENANT, Api

GONE = "a0000000-0000-4000-8000-0000000000ff"
LEAVER = "a0000000-0000-4000-8000-00000000000a"
READERS = "b0000000-0000-4000-8000-000000000001"
EVERYONE = f"tenant-{TENANT}"
MAKER = "/providers/Microsoft.PowerApps/apps"


def modify(api: Api, body: Any, app: str = SHARED_APP) -> Any:
    return api.post("powerapps", f"{APPS}/{app}/modifyPermissions", body, version="2022-11-01")


def test_the_admin_list_pages_by_next_link(api: Api) -> None:
    names, link, pages = [], f"{APPS}?$top=4&api-version=2016-11-01", 0
    while link:
        page = api.get("powerapps", link, version=None).json()
        names += [item["properties"]["displayName"] for item in page["value"]]
        link, pages = page.get("nextLink"), pages + 1
        assert not link or (link.startswith(api.emulator.base_url) and "%24skiptoken=" in link and "%3D%3D" in link)
    assert (len(names), pages) == (6, 2)
    assert names.count("Approvals") == 2
    assert "Größenrechner 📐 – 測試" in names


def test_an_empty_environment_has_an_empty_list(api: Api) -> None:
    path = APPS.replace(ENV, "e0000000-0000-4000-8000-000000000003")
    assert api.get("powerapps", path).json() == {"value": []}


def test_one_app_in_its_admin_form(api: Api) -> None:
    found = api.get("powerapps", f"{APPS.replace(ENV, ENV.upper())}/{APP.upper()}").json()
    assert found["id"] == f"/providers/Microsoft.PowerApps/scopes/admin/environments/{ENV}/apps/{APP}"
    assert found["type"] == "Microsoft.PowerApps/scopes/admin/apps"
    assert found["properties"]["owner"]["email"] == "ada@contoso.example"
    assert (found["properties"]["sharedUsersCount"], found["properties"]["sharedGroupsCount"]) == (1, 2)


def test_unknown_things_and_unknown_paths(api: Api) -> None:
    missing = api.get("powerapps", f"{APPS}/{APP[:-1]}f")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ApplicationNotFound")
    elsewhere = api.get("powerapps", APPS.replace(ENV, ENV[:-1] + "f"))
    assert elsewhere.status_code == 404
    assert elsewhere.json()["error"]["code"] == "BusinessAppPlatformRequestFailed"
    assert elsewhere.json()["error"]["details"][0]["code"] == "EnvironmentNotFound"
    for path in (f"{APPS}/{APP}/nothing", "/providers/Microsoft.PowerApps/nothing"):
        unrouted = api.get("powerapps", path)
        assert (unrouted.status_code, unrouted.content) == (404, b"")


def test_tokens_are_checked(api: Api) -> None:
    wrong = api.get("powerapps", APPS, token=api.token("graph"))
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    forged = api.token("powerapps")[:-3] + "abc"
    assert api.get("powerapps", APPS, token=forged).status_code == 401
    assert api.get("powerapps", APPS, headers={"Authorization": ""}).status_code == 401
    assert api.get("powerapps", APPS, client="unregistered").status_code == 403
    assert api.get("powerapps", APPS, client="maker").status_code == 403
    assert api.get("powerapps", APPS, client="delegated").status_code == 200


def test_permissions_show_every_kind_of_principal(api: Api) -> None:
    entries = {item["name"]: item for item in api.get("powerapps", f"{APPS}/{APP}/permissions").json()["value"]}
    assert entries[ADA]["properties"]["roleName"] == "Owner"
    group = entries[READERS]["properties"]["principal"]
    assert (group["type"], group["displayName"]) == ("Group", "Finance Readers")
    assert "email" not in group
    kinds = {item["properties"]["principal"]["type"] for item in entries.values()}
    assert kinds == {"User", "Group", "ServicePrincipal"}
    assert entries[KIM]["properties"]["scope"] == f"/providers/Microsoft.PowerApps/environments/{ENV}/apps/{APP}"


def test_orphans_have_no_name_and_soft_deleted_ones_an_old_one(api: Api) -> None:
    entries = {i["name"]: i for i in api.get("powerapps", f"{APPS}/{SHARED_APP}/permissions").json()["value"]}
    assert "displayName" not in entries[GONE]["properties"]["principal"]
    assert entries[LEAVER]["properties"]["principal"]["displayName"] == "Lou Leaver"


def test_a_put_adds_then_replaces_and_a_delete_takes_away(api: Api) -> None:
    first = api.share(KIM, "CanView")
    answer = first.json()["put"][0]
    assert answer["id"].endswith(f"/scopes/admin/apps/{SHARED_APP}/permissions/{KIM}")
    assert answer["properties"]["resourceResponses"][0]["statusCode"] == "Created"
    assert api.share(KIM, "CanView").json()["put"][0]["properties"]["resourceResponses"][0]["statusCode"] == "OK"
    api.share(KIM, "CanEdit")
    assert api.roles()[KIM] == "CanEdit"
    assert modify(api, {"delete": [{"id": KIM}]}).json() == {"put": []}
    assert KIM not in api.roles()
    assert modify(api, {"delete": [{"id": KIM}]}).status_code == 200


@pytest.mark.parametrize("prefix", ["", f"/providers/Microsoft.PowerApps/apps/{SHARED_APP}/permissions/"])
def test_a_delete_takes_a_bare_name_or_a_whole_id(api: Api, prefix: str) -> None:
    modify(api, {"delete": [{"id": prefix + LEE.upper()}]})
    assert LEE not in api.roles()


@pytest.mark.parametrize(
    "principal",
    [
        {"id": TENANT, "type": "Tenant"},
        {"type": "Tenant", "tenantId": TENANT},
        {"email": "", "id": "null", "type": "Tenant", "tenantId": TENANT},
        {"email": "", "id": None, "type": "Tenant", "tenantId": TENANT},
        {"id": TENANT, "tenantId": TENANT},
    ],
)
def test_everyone_in_each_of_its_spellings(api: Api, principal: dict[str, Any]) -> None:
    assert modify(api, {"put": [{"properties": {"roleName": "CanView", "principal": principal}}]}).status_code == 200
    found = api.get("powerapps", f"{APPS}/{SHARED_APP}/permissions").json()["value"]
    entry = next(item for item in found if item["name"] == EVERYONE)
    assert entry["properties"]["principal"] == {"type": "Tenant", "tenantId": TENANT}
    modify(api, {"delete": [{"id": EVERYONE}]})
    assert EVERYONE not in api.roles()


def _put(principal: str, role: str = "CanView", kind: str = "User") -> dict[str, Any]:
    return {"put": [{"properties": {"roleName": role, "principal": {"id": principal, "type": kind}}}]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_put(ADA, "CanEdit"), 400),
        ({"delete": [{"id": ADA}]}, 400),
        (_put(KIM, "Owner"), 400),
        (_put(TENANT, "CanEdit", "Tenant"), 400),
        (_put("b0000000-0000-4000-8000-000000000004"), 400),
        (_put("b0000000-0000-4000-8000-000000000005"), 400),
        (_put(GONE[:-1] + "e"), 404),
        (_put(LEAVER), 404),
        ({"put": "text"}, 400),
        ([], 400),
    ],
    ids=[
        "owner put",
        "owner delete",
        "role Owner",
        "everyone edits",
        "M365 unflagged",
        "distribution",
        "unknown",
        "soft-deleted",
        "no list",
        "no object",
    ],
)
def test_what_is_refused_changes_nothing(emulator: Emulator, api: Api, body: Any, status: int) -> None:
    before = emulator.tenant()
    reply = modify(api, body)
    assert reply.status_code == status
    assert reply.json()["error"]["code"]
    assert emulator.tenant() == before


def test_a_refused_item_keeps_the_others_out(api: Api) -> None:
    body = {"put": [*_put(KIM)["put"], *_put(GONE[:-1] + "e")["put"]]}
    assert modify(api, body).status_code == 404
    assert KIM not in api.roles()


def test_a_group_cannot_co_own_an_app_of_a_solution(api: Api) -> None:
    app = "aa000000-0000-4000-8000-000000000016"
    assert api.get("powerapps", f"{APPS}/{app}").json()["logicalName"] == "con_ledger_1a2b3"
    body = {"put": [*_put(READERS, "CanEdit", "Group")["put"], *_put(KIM, "CanEdit")["put"]]}
    reply = modify(api, body, app)
    assert reply.status_code == 200
    refused, done = (item["properties"]["resourceResponses"][0] for item in reply.json()["put"])
    assert (refused["statusCode"], refused["responseCode"]) == ("BadRequest", "GroupCannotCoOwnSolutionApp")
    assert done["statusCode"] == "Created"
    assert api.roles(app) == {GONE: "Owner", KIM: "CanEdit"}
    assert modify(api, _put(READERS, "CanView", "Group"), app).status_code == 200
    assert api.roles(app)[READERS] == "CanView"


def test_the_owner_hands_over(api: Api) -> None:
    path = f"{APPS}/{SHARED_APP}/modifyAppOwner"
    assert api.post("powerapps", path, {"newAppOwner": LEE, "roleForOldAppOwner": "CanEdit"}).status_code == 200
    assert (api.roles()[LEE], api.roles()[ADA]) == ("Owner", "CanEdit")
    found = api.get("powerapps", f"{APPS}/{SHARED_APP}").json()["properties"]
    assert (found["owner"]["id"], found["createdBy"]["id"]) == (LEE, ADA)
    api.post("powerapps", path, {"newAppOwner": KIM})
    assert LEE not in api.roles()
    unknown = api.post("powerapps", path, {"newAppOwner": READERS})
    assert unknown.status_code == 404
    assert "does not exist" in unknown.json()["error"]["message"]


def test_a_deleted_app_can_come_back(api: Api) -> None:
    gone = api("powerapps", "DELETE", f"{APPS}/{APP}")
    assert (gone.status_code, gone.content) == (200, b"")
    assert api("powerapps", "DELETE", f"{APPS}/{APP}").status_code == 404
    root = APPS.replace("/apps", "/deletedApps")
    assert [item["name"] for item in api.get("powerapps", root).json()["value"]] == [APP]
    assert api("powerapps", "POST", f"{root}/{APP}/restore").status_code == 200
    assert api.get("powerapps", f"{APPS}/{APP}").status_code == 200


def test_the_maker_routes(api: Api) -> None:
    mine = {item["name"] for item in api.get("powerapps", MAKER, client="maker").json()["value"]}
    assert APP in mine
    assert SHARED_APP not in mine
    found = api.get("powerapps", f"{MAKER}/{APP}", client="maker").json()
    assert found["id"] == f"/providers/Microsoft.PowerApps/apps/{APP}"
    assert api.get("powerapps", f"{MAKER}/{APP}/permissions", client="maker").status_code == 200
    hidden = api.get("powerapps", f"{MAKER}/{SHARED_APP}/permissions", client="maker")
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (403, "Forbidden")
    assert api.get("powerapps", f"{MAKER}/{SHARED_APP}", client="maker").status_code == 404
    put = _put(LEE)
    assert api.post("powerapps", f"{MAKER}/{APP}/modifyPermissions", put, client="maker").status_code == 200
    assert api.roles(APP)[LEE] == "CanView"
    assert api("powerapps", "DELETE", f"{MAKER}/{APP}", client="maker").status_code == 403
    assert api.get("powerapps", MAKER, client="runner").status_code in (401, 403)


def test_the_projection_of_environments(api: Api) -> None:
    root = "/providers/Microsoft.PowerApps/environments"
    found = api.get("powerapps", f"{root}/~Default").json()
    assert found["id"] == f"{root}/Default-{TENANT}"
    assert found["properties"]["azureRegionHint"] == "westeurope"
    missing = api.get("powerapps", f"{root}/{ENV[:-1]}f")
    assert missing.json()["error"]["code"] == "ServiceToServiceEnvironmentNotFound"
