# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant's own record and the caller's identity (graph.md 4.6, 4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..call import Call, Reply, ServiceError
from . import graph_shapes

if TYPE_CHECKING:
    from .graph import Graph


def me(graph: Graph, call: Call) -> Reply:
    if call.caller is None or call.caller.app_only:
        raise ServiceError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
    graph.need(call, "me")
    user = graph.state.user(call.oid())
    if user is None:
        raise graph_shapes.not_found(call.oid())
    graph.names(call, "users")
    return graph.entity(call, "users", graph.full(user))


def _tenant(graph: Graph, call: Call) -> dict[str, Any]:
    tenant = graph.state.tenant
    domains = [
        {
            "name": name,
            "isInitial": number == len(tenant.domains) - 1,
            "isDefault": number == 0,
            "type": "Managed",
            "capabilities": "Email" if number else "Email, OfficeCommunicationsOnline",
        }
        for number, name in enumerate(tenant.domains)
    ]
    full: dict[str, Any] = {
        "id": tenant.id,
        "displayName": tenant.name,
        "verifiedDomains": domains,
        "tenantType": "AAD",
        "countryLetterCode": tenant.country,
        "preferredLanguage": "en",
        "assignedPlans": [],
    }
    select = call.query.get("$select")
    if not select:
        return full
    wanted = {text.strip().lower() for text in select.split(",")}
    return {key: value for key, value in full.items() if key.lower() in wanted}


def organizations(graph: Graph, call: Call) -> Reply:
    graph.need(call, "organization")
    context = f"{call.base}/v1.0/$metadata#organization"
    return graph.bare(call, {"@odata.context": context, "value": [_tenant(graph, call)]})


def organization(graph: Graph, call: Call, key: str) -> Reply:
    graph.need(call, "organization")
    if key.lower() != graph.state.tenant.id:
        raise graph_shapes.not_found(key)
    return graph.bare(
        call, {"@odata.context": f"{call.base}/v1.0/$metadata#organization/$entity", **_tenant(graph, call)}
    )
