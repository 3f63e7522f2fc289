# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and run-only users of flows, as maker and administrator (flow-management.md 4.3, 5.10, 5.11, 5.16 to 5.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .api import ADA, GONE, KIM, LEE, READERS, Api
from .flow_api import CLAIM, HANDOVER, INTAKE, INVOICE_BOT, JOERG, LEDGER, ROBOT, SALES, admin, code_of, maker

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

NEWS = "b0000000-0000-4000-8000-000000000005"  # a distribution list
SOCIAL = "b0000000-0000-4000-8000-000000000004"  # a Microsoft 365 group that is not security-enabled


def _named(principal: str, kind: str = "User", role: str | None = None) -> dict[str, Any]:
    properties: dict[str, Any] = {"principal": {"id": principal, "type": kind}}
    return {"properties": {**properties, **({"roleName": role} if role else {})}}


def _roles(api: Api, flow: str, what: str = "permissions", client: str | None = None) -> dict[str, str]:
    path = maker(flow=flow, what=what) if client else admin(flow=flow, what=what)
    found = api.get("flow", path, client=client or "runner").json()["value"]
    return {item["properties"]["principal"]["id"]: item["properties"]["roleName"] for item in found}


def _types(api: Api, flow: str, what: str) -> dict[str, str]:
    found = api.get("flow", admin(flow=flow, what=what)).json()["value"]
    return {item["name"]: item["properties"]["principal"]["type"] for item in found}


def test_owners_and_run_only_users_stand_in_one_list(api: Api) -> None:
    assert _roles(api, CLAIM) == {ADA: "Owner", LEE: "CanView", JOERG: "CanView", READERS: "CanView", SALES: "CanView"}
    assert _roles(api, CLAIM, "owners") == {ADA: "Owner"}
    assert _roles(api, CLAIM, client="delegated") == _roles(api, CLAIM)
    assert _roles(api, CLAIM, "owners", "delegated") == {ADA: "Owner"}
    assert ADA not in _roles(api, CLAIM, "users", "delegated")
    assert len(_roles(api, CLAIM, "users", "delegated")) == 4
    assert api.get("flow", admin(flow=CLAIM, what="users")).status_code == 404
    assert _types(api, CLAIM, "permissions")[READERS] == "Group"


def test_a_principal_is_bare(api: Api) -> None:
    found = api.get("flow", admin(flow=HANDOVER, what="owners")).json()["value"]
    assert [item["properties"]["principal"] for item in found] == [
        {"id": ADA, "type": "User"},
        {"id": INVOICE_BOT, "type": "ServicePrincipal"},
        {"id": JOERG, "type": "User"},
    ]
    assert found[0]["id"].endswith(f"/flows/{HANDOVER}/permissions/{ADA}")
    assert _roles(api, LEDGER) == {GONE: "Owner", LEE: "CanEdit"}
    assert _types(api, ROBOT, "owners") == {INVOICE_BOT: "ServicePrincipal"}


def test_applications_may_be_missing_from_the_owners(api: Api, emulator: Emulator) -> None:
    change = {"change": "set_environment", "environment": "e0000000-0000-4000-8000-000000000002"}
    emulator.change([{**change, "owners_without_applications": True}])
    assert INVOICE_BOT not in _roles(api, HANDOVER, "owners")
    assert _roles(api, HANDOVER)[INVOICE_BOT] == "CanEdit"


@pytest.mark.parametrize("client", [None, "delegated"])
def test_owners_are_modified_on_both_forms(api: Api, client: str | None) -> None:
    path = maker(flow=HANDOVER, what="modifyOwners") if client else admin(flow=HANDOVER, what="modifyOwners")
    body = {"put": [_named(KIM), _named(READERS, "Group")], "delete": [_named(JOERG)]}
    reply = api.post("flow", f"{path}?cascadeoperation=true", body, client=client or "runner")
    assert (reply.status_code, reply.json()) == (200, {})
    assert _roles(api, HANDOVER) == {ADA: "Owner", INVOICE_BOT: "CanEdit", KIM: "CanEdit", READERS: "CanEdit"}
    assert _types(api, HANDOVER, "owners")[READERS] == "Group"
    api.post("flow", path, {"delete": [{"id": KIM}]}, client=client or "runner")
    assert KIM not in _roles(api, HANDOVER)


@pytest.mark.parametrize("client", [None, "delegated"])
def test_permissions_are_modified_on_both_forms(api: Api, client: str | None) -> None:
    path = maker(flow=CLAIM, what="modifyPermissions") if client else admin(flow=CLAIM, what="modifyPermissions")
    body = {"put": [_named(KIM, role="CanEdit"), _named(LEE, role="CanEdit")], "delete": [{"id": JOERG}]}
    assert api.post("flow", path, body, client=client or "runner").status_code == 200
    found = _roles(api, CLAIM)
    assert (found[KIM], found[LEE], JOERG in found) == ("CanEdit", "CanEdit", False)
    assert code_of(api.post("flow", path, {"delete": [_named(KIM)]}, client=client or "runner"))[0] == 400


def test_run_only_users_are_modified_by_their_maker(api: Api) -> None:
    path = maker(flow=CLAIM, what="modifyUsers")
    body = {"put": [_named(KIM)], "delete": [_named(READERS, "Group")]}
    assert api.post("flow", path, body, client="delegated").status_code == 200
    found = _roles(api, CLAIM, "users", "delegated")
    assert (found[KIM], READERS in found) == ("CanView", False)
    assert api.post("flow", admin(flow=CLAIM, what="modifyUsers"), body).status_code == 404
    assert code_of(api.post("flow", path, body)) == (401, "ClientScopeAuthorizationFailed")


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("modifyPermissions", {"put": [_named(ADA, role="CanEdit")]}),
        ("modifyPermissions", {"put": [_named(ADA, role="CanView")]}),
        ("modifyPermissions", {"put": [_named(JOERG, role="CanView")]}),
        ("modifyPermissions", {"put": [_named(JOERG, role="CanView")], "delete": [{"id": JOERG}]}),
        ("modifyPermissions", {"delete": [{"id": ADA}], "put": [_named(KIM, role="CanEdit")]}),
        ("modifyOwners", {"put": [_named(ADA)]}),
        ("modifyOwners", {"delete": [_named(ADA)]}),
    ],
)
def test_nobody_is_put_lower_and_the_creator_stays(api: Api, emulator: Emulator, what: str, body: Any) -> None:
    before = _roles(api, HANDOVER)
    assert code_of(api.post("flow", admin(flow=HANDOVER, what=what), body)) == (400, "PermissionDowngradeNotAllowed")
    assert _roles(api, HANDOVER) == before
    assert emulator.summary()["effects"] == 0


def test_an_owner_who_is_gone_stays(api: Api) -> None:
    removal = api.post("flow", admin(flow=LEDGER, what="modifyPermissions"), {"delete": [{"id": GONE}]})
    assert code_of(removal) == (400, "PermissionDowngradeNotAllowed")


def test_what_changes_nothing_is_no_effect(api: Api, emulator: Emulator) -> None:
    body = {"put": [_named(JOERG)], "delete": [_named(KIM)]}
    assert api.post("flow", admin(flow=HANDOVER, what="modifyOwners"), body).status_code == 200
    assert emulator.summary()["effects"] == 0


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (_named(SOCIAL, "Group", "CanEdit"), 200),
        (_named(NEWS, "Group", "CanEdit"), 400),
        (_named(KIM, role="Owner"), 400),
        (_named(KIM, role="CanViewWithShare"), 400),
        (_named(KIM), 400),
        (_named(GONE, role="CanView"), 404),
        ({"properties": {"roleName": "CanView"}}, 404),
    ],
)
def test_who_can_be_given_a_role(api: Api, entry: Any, status: int) -> None:
    assert api.post("flow", admin(flow=CLAIM, what="modifyPermissions"), {"put": [entry]}).status_code == status


def test_a_role_may_show_late(api: Api, emulator: Emulator) -> None:
    emulator.faults([{"kind": "stale", "reads": 2, "match": {"path": "/modify"}}])
    api.post("flow", admin(flow=CLAIM, what="modifyOwners"), {"put": [_named(KIM)]})
    assert [KIM in _roles(api, CLAIM, "owners") for _read in range(3)] == [False, False, True]


def test_who_may_modify(api: Api, emulator: Emulator) -> None:
    emulator.change(
        [{"change": "put_flow_role", "flow": INTAKE, "principal": "kim@contoso.example", "role": "CanView"}]
    )
    for what in ("modifyOwners", "modifyPermissions", "modifyUsers"):
        body = {"put": [_named(JOERG, role="CanView")]}
        reply = api.post("flow", maker(flow=INTAKE, what=what), body, client="maker")
        assert code_of(reply) == (403, "ConnectionAuthorizationFailed")
    emulator.change(
        [{"change": "put_flow_role", "flow": INTAKE, "principal": "kim@contoso.example", "role": "CanEdit"}]
    )
    body = {"put": [_named(JOERG, role="CanView")]}
    assert api.post("flow", maker(flow=INTAKE, what="modifyPermissions"), body, client="maker").status_code == 200


def test_the_owner_changes_only_behind_a_row(api: Api, emulator: Emulator) -> None:
    emulator.change([{"change": "set_flow_owner", "flow": ROBOT, "principal": "kim@contoso.example"}])
    assert _roles(api, ROBOT) == {KIM: "Owner"}
    with pytest.raises(RuntimeError, match="only a flow of a solution"):
        emulator.change([{"change": "set_flow_owner", "flow": CLAIM, "principal": "kim@contoso.example"}])
