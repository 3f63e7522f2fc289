# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections as the service tells of them, declarations of one, and a model of the service that keeps it."""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    Caller,
    Target,
    Thing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._connection_plan import (
    ConnectionPlan,
    CurrentConnection,
    content,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connection import KIND
from tests.unit.engine.conftest import declared
from tests.unit.resources.declaring import IDS, TENANT_ID, by_id

Json = dict[str, Any]

SELF, ADA = IDS[0], IDS[1]
ENVIRONMENT = Thing("e0000000-0000-4000-8000-000000000001", "Finance", {})
IDENTIFIER = "ab" * 16
SECRET = "hunter2-and-more"
CALLER = Caller(TENANT_ID, SELF.upper(), "", "application")
MISSING = KIND.missing(CALLER)
A_PERSON = {"id": ADA, "displayName": "Ada Example", "type": "User"}
SQL: Json = {"server": "sql.test", "database": "ledger"}
UNAUTHENTICATED = {"code": "Unauthenticated", "message": "This connection is not authenticated."}
UNAUTHORIZED = {"code": "Unauthorized", "message": "AADSTS50173: the grant has expired."}


def record(**more: Any) -> Json:
    """What the service says of a connection (contract: powerapps-admin.md 3.7)."""
    admin = f"/providers/Microsoft.PowerApps/scopes/admin/environments/{ENVIRONMENT.id}"
    properties = {
        "apiId": f"{admin}/apis/shared_sql",
        "displayName": "Ledger",
        "statuses": [{"status": "Connected"}],
        "connectionParameters": dict(SQL),
        "createdBy": {"id": SELF, "displayName": "Runner", "type": "ServicePrincipal"},
        "lastModifiedTime": "2026-01-01T00:00:00.0000000Z",
        **more,
    }
    return {"name": IDENTIFIER, "properties": {name: value for name, value in properties.items() if value is not None}}


def broken(error: Json, **more: Any) -> Json:
    return record(statuses=[{"status": "Error", "target": "Token", "error": error}], **more)


def bound(caller: Caller = CALLER, **options: Any) -> Any:
    wanted = {"environment": ENVIRONMENT.id, "connector": "shared_sql", **options}
    if "key" not in wanted:
        wanted.setdefault("connection_id", IDENTIFIER)
    declaration = KIND.parse(declared(KIND, **wanted))
    thing = Thing(KIND.locate(declaration, ENVIRONMENT, caller), "Ledger", {})
    return KIND.bind(declaration, Target(ENVIRONMENT, thing, as_admin=True), by_id, caller)


def planned(said: Json | None, /, **options: Any) -> ConnectionPlan:
    return KIND.plan(bound(**options), MISSING if said is None else CurrentConnection(said))


def served(said: Json | None, plan: ConnectionPlan) -> Json | None:
    """The service after a PUT of the whole object: it gives no secrets back, and knows when it was written."""
    assert plan.change is not None
    if plan.change.removes:
        return None
    sent = content((said or {}).get("properties", {}), plan.change)
    hidden = (plan.change.secrets or {}).keys()
    plain = {name: value for name, value in sent.get("connectionParameters", {}).items() if name not in hidden}
    chosen = sent.get("connectionParametersSet")
    if chosen:
        values = {name: row for name, row in chosen["values"].items() if name not in hidden}
        chosen, plain = {**chosen, "values": values}, {}
    return record(
        **{
            **sent,
            "connectionParameters": plain,
            "connectionParametersSet": chosen,
            "lastModifiedTime": "2026-06-01T00:00:00.0000000Z",
        }
    )
