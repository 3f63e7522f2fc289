# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""modifyPermissions, which is one operation for apps, connections and connectors (contract: powerapps-admin.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import ItemsRefusedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation

# Assumed: a status is the name of an HTTP status or its number, and one that is missing is no success.
_DONE = ("created", "ok", "accepted", "nocontent")


def role_assignment(principal: str, principal_type: str, role: str, *, email: str, notify: bool) -> Json:
    """One entry of `put`: a role for a principal by its object id, the tenant's id for everyone (contract 2.5)."""
    who: Json = {"id": principal, "type": principal_type}
    if principal_type == "Tenant":
        who["tenantId"] = principal
    elif email:
        who["email"] = email
    return {
        "properties": {
            "roleName": role,
            "capabilities": [],
            "NotifyShareTargetOption": "Notify" if notify else "DoNotNotify",
            "principal": who,
        }
    }


def modify_permissions(
    client: Client,
    operation: Operation,
    path: Mapping[str, str],
    put: Sequence[Json],
    delete: Sequence[Json],
    thing: str,
    *,
    query: Mapping[str, str] | None = None,
) -> None:
    """Gives and takes roles on a thing in one call. ItemsRefusedError when the answer reports some as refused.

    put: entries of `role_assignment`. delete: `{"id": name of the assignment}`. thing: what it is, for the message.
    """
    answer = client.call(operation, path, query=query, body={"put": list(put), "delete": list(delete)})
    failures = list(_refused(answer)) if isinstance(answer, dict) else []
    if failures:
        done = len(put) + len(delete) - len(failures)
        others = ": the others were done, stay done and are not done twice" if done > 0 else ""
        raise ItemsRefusedError(
            f"The service refused some assignments of {thing}: {'; '.join(failures)}",
            done=max(done, 0),
            operation=operation.name,
            remedy=f"Correct these entries and run again{others}.",
        )


def _refused(answer: Json) -> Iterator[str]:
    """What a 200 reports as refused, principal by principal."""
    for entry in answer.get("put") or ():
        content = properties(entry)
        for response in content.get("resourceResponses") or ():
            status = str(response.get("statusCode", ""))
            if status.lower() not in _DONE and not status.startswith("2"):
                principal = (content.get("principal") or {}).get("id") or entry.get("id", "")
                yield f"{principal}: {status} {response.get('responseCode', '')}: {response.get('message', '')}"
