# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of `workflow` shared: GrantAccess and its kin, and who may write a shared row (flow-management.md 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .api import ADA, KIM, LEE, TENANT, Api
from .dataverse_api import SANDBOX_HOST, Organisation, code_of
from .flow_api import JOERG, ONBOARDING, admin

if TYPE_CHECKING:
    from tests.emulator.control import Emulator

ROW = "fd000000-0000-4000-8000-000000000022"
ABSENT = "fd000000-0000-4000-8000-0000000000ee"
TEAM, MAKERS = "b2000000-0000-4000-8000-000000000002", "b0000000-0000-4000-8000-000000000002"
FULL = "ReadAccess,WriteAccess,AppendAccess,AppendToAccess,DeleteAccess,ShareAccess"
CRM = "Microsoft.Dynamics.CRM"


@pytest.fixture
def sandbox(api: Api) -> Organisation:
    return Organisation(api, host=SANDBOX_HOST)


def _target(row_id: str = ROW) -> dict[str, Any]:
    return {"@odata.type": f"{CRM}.workflow", "workflowid": row_id}


def _user(organisation: Organisation, principal: str) -> dict[str, Any]:
    return {"@odata.type": f"{CRM}.systemuser", "systemuserid": organisation.user_id(principal)}


def _act(organisation: Organisation, action: str, principal: dict[str, Any], mask: str | None, row: str = ROW) -> Any:
    if mask is None:
        return organisation.post(action, {"Target": _target(row), "Revokee": principal})
    access = {"Principal": principal, "AccessMask": mask}
    return organisation.post(action, {"Target": _target(row), "PrincipalAccess": access})


def _shares(organisation: Organisation, row: str = ROW) -> dict[str, str]:
    target = f"{{'@odata.id':'workflows({row})'}}"
    reply = organisation.get("RetrieveSharedPrincipalsAndAccess(Target=@target)", params={"@target": target})
    assert reply.status_code == 200, reply.text
    found = reply.json()["PrincipalAccesses"]
    assert all(item["Principal"]["@odata.type"].startswith(f"#{CRM}.") for item in found)
    return {item["Principal"]["ownerid"]: item["AccessMask"] for item in found}


def _roles(api: Api) -> dict[str, str]:
    return api.role_names(admin(flow=ONBOARDING), "flow")


def test_a_co_owner_is_a_share(sandbox: Organisation) -> None:
    assert _shares(sandbox) == {sandbox.user_id(ADA): FULL}
    inline = f"RetrieveSharedPrincipalsAndAccess(Target={{'@odata.id':'workflows({ROW})'}})"
    assert len(sandbox.get(inline).json()["PrincipalAccesses"]) == 1


def test_rights_are_granted_changed_and_revoked(api: Api, sandbox: Organisation) -> None:
    lee = _user(sandbox, LEE)
    granted = _act(sandbox, "GrantAccess", lee, "ReadAccess")
    assert (granted.status_code, granted.content) == (204, b"")
    assert _shares(sandbox)[lee["systemuserid"]] == "ReadAccess"
    assert LEE not in _roles(api)
    _act(sandbox, "GrantAccess", lee, "WriteAccess, ShareAccess")
    assert _shares(sandbox)[lee["systemuserid"]] == "ReadAccess,WriteAccess,ShareAccess"
    assert _roles(api)[LEE] == "CanEdit"
    _act(sandbox, "ModifyAccess", lee, "ReadAccess")
    assert _shares(sandbox)[lee["systemuserid"]] == "ReadAccess"
    assert LEE not in _roles(api)
    for _again in range(2):
        assert _act(sandbox, "RevokeAccess", lee, None).status_code == 204
        assert lee["systemuserid"] not in _shares(sandbox)


def test_the_flow_services_roles_are_shares(api: Api, sandbox: Organisation) -> None:
    put = {"put": [{"properties": {"principal": {"id": JOERG, "type": "User"}}}], "delete": [{"id": ADA}]}
    assert api.post("flow", admin(flow=ONBOARDING, what="modifyOwners"), put).status_code == 200
    assert _shares(sandbox) == {sandbox.user_id(JOERG): FULL}
    _act(sandbox, "RevokeAccess", _user(sandbox, JOERG), None)
    assert _roles(api) == {KIM: "Owner"}


def test_a_team_stands_for_its_group(api: Api, sandbox: Organisation) -> None:
    team = {"@odata.type": f"{CRM}.team", "teamid": TEAM}
    assert _act(sandbox, "GrantAccess", team, "ReadAccess,WriteAccess").status_code == 204
    assert _shares(sandbox)[TEAM] == "ReadAccess,WriteAccess"
    assert _roles(api)[MAKERS] == "CanEdit"


def test_the_owner_is_no_share(api: Api, emulator: Emulator, sandbox: Organisation) -> None:
    assert _act(sandbox, "GrantAccess", _user(sandbox, KIM), "ReadAccess").status_code == 204
    assert _act(sandbox, "RevokeAccess", _user(sandbox, KIM), None).status_code == 204
    assert _roles(api)[KIM] == "Owner"
    assert emulator.summary()["effects"] == 0


def test_shares_that_are_refused(emulator: Emulator, sandbox: Organisation) -> None:
    lee = _user(sandbox, LEE)
    assert _act(sandbox, "GrantAccess", lee, "EveryAccess").status_code == 400
    assert _act(sandbox, "GrantAccess", lee, "").status_code == 400
    assert code_of(_act(sandbox, "GrantAccess", lee, "ReadAccess", ABSENT)) == (404, "0x80040217")
    nobody = {"@odata.type": f"{CRM}.systemuser", "systemuserid": ABSENT}
    assert code_of(_act(sandbox, "GrantAccess", nobody, "ReadAccess")) == (404, "0x80040217")
    assert sandbox.post("GrantAccess", {"Target": {"@odata.type": f"{CRM}.account"}}).status_code == 400
    assert sandbox.post("GrantAccess", {"Target": _target()}).status_code == 400
    gone = {"@target": f"{{'@odata.id':'workflows({ABSENT})'}}"}
    assert sandbox.get("RetrieveSharedPrincipalsAndAccess(Target=@target)", params=gone).status_code == 404
    assert sandbox.get("RetrieveSharedPrincipalsAndAccess(Target=@target)").status_code == 400
    assert emulator.summary()["effects"] == 0


def test_what_a_maker_may_do_with_a_shared_row(api: Api, emulator: Emulator) -> None:
    host = "contoso.crm4.dynamics.com"
    mine, theirs = Organisation(api, "maker", host), Organisation(api, host=host)
    row, default = "fd000000-0000-4000-8000-0000000000bb", f"Default-{TENANT}"
    flow = {"id": row, "name": "Shared", "creator": "lee@contoso.example", "workflow_id": row, "state": "Stopped"}
    emulator.change([{"change": "add_flow", "environment": default, "flow": flow}])

    def rename() -> Any:
        return mine("PATCH", f"workflows({row})", headers={"If-Match": "*"}, json={"name": "Mine now"})

    kim = _user(theirs, KIM)
    assert code_of(rename()) == (403, "0x80040220")
    assert code_of(_act(mine, "GrantAccess", kim, "WriteAccess", row)) == (403, "0x80040220")
    _act(theirs, "GrantAccess", kim, "ReadAccess,WriteAccess", row)
    assert rename().status_code == 204
    taken = {"ownerid@odata.bind": f"/systemusers({kim['systemuserid']})"}
    assert code_of(mine("PATCH", f"workflows({row})", json=taken)) == (403, "0x80040220")
    assert code_of(mine("DELETE", f"workflows({row})")) == (403, "0x80040220")
    _act(theirs, "GrantAccess", kim, "AssignAccess,DeleteAccess", row)
    assert mine("PATCH", f"workflows({row})", json=taken).status_code == 204
    assert mine("DELETE", f"workflows({row})").status_code == 204
