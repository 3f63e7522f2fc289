# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments of a tenant, as facts (contract: powerapps-admin.md 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotApplicableError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import (
    SELECTION_OPTIONS,
    check_selection,
    environment_type,
    select,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing, require_ready

PLATFORM = "platform"


class EnvironmentInfo(InfoKind):
    """All environments, or those that are named."""

    name = "environment_info"
    options: Mapping[str, Json] = {
        **SELECTION_OPTIONS,
        "include": {"type": "list", "elements": "str", "choices": [PLATFORM], "default": []},
        "as_admin": {"type": "bool", "default": True},
    }
    operations = (bap.LIST_ENVIRONMENTS, bap.LIST_MY_ENVIRONMENTS, power_platform.LIST_ENVIRONMENTS)

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        check_selection(options)
        listed = [as_thing(record) for record in bap.list_environments(client, as_admin=options["as_admin"])]
        rows = [render_environment(environment) for environment in select(listed, options)]
        if PLATFORM in options["include"]:
            # Ids come in any case.
            known = {str(row.get("id")).lower(): row for row in power_platform.list_environments(client)}
            for row in rows:
                row["platform"] = render_platform(known.get(row["id"].lower()))
        return {
            "environments": rows,
            "complete": True,
            "scope": "admin" if options["as_admin"] else "maker",
        }


def render_platform(record: Json | None) -> Json | None:
    """What the Power Platform API knows of an environment and BAP does not (power-platform-api.md 4.3), if it does."""
    if record is None:
        return None
    policies: Json = record.get("enterprisePolicies") or {}
    return {
        "state": record.get("state") or "",
        "geo": record.get("geo") or "",
        "cluster_category": record.get("clusterCategory") or "",
        "environment_group_id": record.get("environmentGroupId") or "",
        "connected_group_id": record.get("connectedGroupId") or "",
        "security_group_id": record.get("securityGroupId") or "",
        "created_for": record.get("createdFor") or "",
        "admin_mode": record.get("adminMode") or "",
        "background_operations_state": record.get("backgroundOperationsState") or "",
        "retention_period": (record.get("retentionDetails") or {}).get("retentionPeriod") or "",
        "deleted_time": record.get("deletedDateTime") or "",
        "scenario": record.get("scenarioName") or "",
        "enterprise_policies": {
            kind: {"id": policy.get("id") or "", "status": policy.get("status") or ""}
            for kind, policy in policies.items()
            if isinstance(policy, dict)
        },
    }


def render_environment(environment: Thing) -> Json:
    """An environment as users see it. `dataverse` is null where there is none."""
    content = properties(environment.record)
    not_ready = _not_ready(environment)
    return {
        "id": environment.id,
        "display_name": environment.name,
        "description": content.get("description") or "",
        "type": environment_type(environment),
        "is_default": bool(content.get("isDefault")),
        "location": environment.record.get("location") or "",
        "region": content.get("azureRegion") or content.get("azureRegionHint") or "",
        "provisioning_state": content.get("provisioningState") or "",
        "ready": not not_ready,
        "not_ready_reason": not_ready,
        "created_time": content.get("createdTime") or "",
        "created_by": (content.get("createdBy") or {}).get("id") or "",
        "protection_level": (content.get("governanceConfiguration") or {}).get("protectionLevel") or "",
        "environment_group_id": (content.get("parentEnvironmentGroup") or {}).get("id") or "",
        "billing_policy_id": (content.get("billingPolicy") or {}).get("id") or "",
        "dataverse": _dataverse(content.get("linkedEnvironmentMetadata")),
    }


def _not_ready(environment: Thing) -> str:
    """Why nothing in it can be managed now, in words; "" where it can."""
    try:
        require_ready(environment)
    except NotApplicableError as error:
        return error.message
    return ""


def _dataverse(linked: Json | None) -> Json | None:
    if not linked:
        return None
    return {
        "organization_id": linked.get("resourceId") or "",
        "unique_name": linked.get("uniqueName") or "",
        "domain_name": linked.get("domainName") or "",
        "url": (linked.get("instanceUrl") or "").rstrip("/"),
        "api_url": (linked.get("instanceApiUrl") or "").rstrip("/"),
        "version": linked.get("version") or "",
        "state": linked.get("instanceState") or "",
    }


KIND = EnvironmentInfo()
