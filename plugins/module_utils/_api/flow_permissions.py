# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and run-only users of flows, which are one list (contract: flow-management.md 4.3, 5.10, 5.11, 5.16 to 5.18).

`/permissions` holds everybody. It is read in place of `/owners` and `/users`, which leave some out, and written by
`modifyPermissions` in place of `modifyOwners` and `modifyUsers`: of these the best evidence tells (contract 5.16).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._api._flow import (
    ADMIN,
    MAKER,
    admin_operation,
    maker_operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json

LIST_FLOW_PERMISSIONS_AS_ADMIN = admin_operation(
    name="AdminListFlowPermissions",
    method="GET",
    path=ADMIN + "/flows/{flow}/permissions",
    contract="flow-management.md 5.10",
)
MODIFY_FLOW_PERMISSIONS_AS_ADMIN = admin_operation(
    name="AdminModifyFlowPermissions",
    method="POST",
    path=ADMIN + "/flows/{flow}/modifyPermissions",
    repeatable=True,
    contract="flow-management.md 5.16",
)
LIST_FLOW_PERMISSIONS = maker_operation(
    name="ListFlowPermissions",
    method="GET",
    path=MAKER + "/flows/{flow}/permissions",
    contract="flow-management.md 5.10",
)
MODIFY_FLOW_PERMISSIONS = maker_operation(
    name="ModifyFlowPermissions",
    method="POST",
    path=MAKER + "/flows/{flow}/modifyPermissions",
    repeatable=True,
    contract="flow-management.md 5.16",
)


def list_flow_permissions(client: Client, environment: str, flow: str, *, as_admin: bool) -> Iterator[Json]:
    """The creator, co-owners, run-only users, and resources such as a list that a flow is shared with."""
    operation = LIST_FLOW_PERMISSIONS_AS_ADMIN if as_admin else LIST_FLOW_PERMISSIONS
    return client.items(operation, {"environment": environment, "flow": flow})


def permission(principal: str, principal_type: str, role: str) -> Json:
    """One entry of `put`: a role for a principal by its object id."""
    return {"properties": {"principal": {"id": principal, "type": principal_type}, "roleName": role}}


def modify_flow_permissions(
    client: Client, environment: str, flow: str, put: Sequence[Json], delete: Sequence[Json], *, as_admin: bool
) -> None:
    """Gives and takes roles in one call. put: entries of `permission`. delete: `{"id": object id}`.

    A role that is lower than the one that is held is refused (PermissionDowngradeNotAllowed).
    """
    operation = MODIFY_FLOW_PERMISSIONS_AS_ADMIN if as_admin else MODIFY_FLOW_PERMISSIONS
    body = {"put": list(put), "delete": list(delete)}
    client.call(operation, {"environment": environment, "flow": flow}, body=body)
