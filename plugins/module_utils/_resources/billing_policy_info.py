# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billing policies of a tenant, as facts (contract: power-platform-api.md 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Names, unknown
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import each
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._billing import CurrentPolicy, as_policy
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import (
    fits_names,
    is_pattern,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing, is_guid

ENVIRONMENTS = "environments"


class BillingPolicyInfo(InfoKind):
    """All policies, or those that are chosen."""

    name = "billing_policy_info"
    options: Mapping[str, Json] = {
        "billing_policies": {"type": "list", "elements": "str"},
        "include": {"type": "list", "elements": "str", "choices": [ENVIRONMENTS], "default": []},
    }
    operations = (power_platform.LIST_BILLING_POLICIES, power_platform.LIST_POLICY_ENVIRONMENTS)

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        chosen = options["billing_policies"]
        for number, entry in enumerate(chosen or ()):
            if not entry.strip():
                option = f"billing_policies[{number}]"
                raise OptionError(option, "it is empty.", remedy="Give an id, a name or a pattern.")
        listed = [as_thing(as_policy(record)) for record in power_platform.list_billing_policies(client)]
        for entry in chosen or ():
            if not is_pattern(entry) and not any(_means(entry, policy) for policy in listed):
                raise unknown("billing_policies", entry, "the tenant", Names(policy.name for policy in listed))
        policies = [item for item in listed if chosen is None or any(_means(entry, item) for entry in chosen)]
        rows = [_row(item) for item in sorted(policies, key=lambda item: (item.name.casefold(), item.id))]
        if ENVIRONMENTS in options["include"]:

            def add(row: Json) -> None:
                row["environments"] = sorted(power_platform.list_policy_environments(client, row["billing_policy"]))

            each(add, rows)
        return {"billing_policies": rows, "complete": True}


def _means(entry: str, policy: Thing) -> bool:
    return same_text(entry, policy.id) if is_guid(entry) else fits_names(entry, (policy.id, policy.name))


def _row(policy: Thing) -> Json:
    """Named like the options of billing_policy; what is none of them stands under `facts`."""
    record: Json = policy.record["policy"]
    return {
        "billing_policy": policy.id,
        "name": policy.name,
        "status": record.get("status") or "",
        **CurrentPolicy(record).fixed,
        "facts": {
            "billing_account": (record.get("billingInstrument") or {}).get("id") or "",
            "created_time": record.get("createdOn") or "",
            "created_by": (record.get("createdBy") or {}).get("id") or "",
            "last_modified_time": record.get("lastModifiedOn") or "",
        },
    }


KIND = BillingPolicyInfo()
