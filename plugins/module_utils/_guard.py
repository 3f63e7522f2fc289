# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may send what: reads from a read-only client, tokens of one tenant, of a kind that the operation takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    GuardError,
    TokenError,
    WriteRefusedError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    APPLICATION,
    BAP,
    FLOW,
    GRAPH,
    Operation,
)

if TYPE_CHECKING:
    from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import AccessToken

_BATCH = "/v1.0/$batch"
_FLOW = "/providers/Microsoft.ProcessSimple/environments/{environment}/flows/{flow}"
# All POSTs that a read-only client lets pass; an operation must also declare itself `reads_only`.
READING_POSTS = frozenset(
    {
        (GRAPH, "POST", _BATCH),
        (GRAPH, "POST", "/v1.0/directoryObjects/getByIds"),
        (BAP, "POST", "/providers/Microsoft.BusinessAppPlatform/listtenantsettings"),
        (FLOW, "POST", f"{_FLOW}/triggers/{{trigger}}/listCallbackUrl"),
    }
)


def check_write(operation: Operation, body: Any, *, read_only: bool) -> None:
    """Raise WriteRefusedError for what a read-only client must not send, or an operation wrongly calls a read."""
    if operation.safe:
        return
    if operation.reads_only:
        listed = (operation.service, operation.method, operation.path) in READING_POSTS
        refused = not listed or (operation.path == _BATCH and not _only_gets(body))
    else:
        refused = read_only
    if refused:
        raise WriteRefusedError(f"{operation.name} ({operation.method}) was refused, because it may write.")


def check_kind(operation: Operation, token: AccessToken) -> None:
    """Raise TokenError when the operation does not take tokens of this kind; the text names a kind that can."""
    if token.kind in operation.tokens:
        return
    if token.kind == APPLICATION:
        other = "a user's: log in as a user, or give a user's token in `access_tokens`"
    else:
        other = "an application's: log in with a client secret, a certificate or a federated token"
    raise TokenError(
        f"{operation.name} does not take the {token.kind} token at hand"
        f"{f' (of {token.name})' if token.name else ''}; nothing was sent.",
        remedy=f"It takes {other}.",
    )


def check_tenant(service: str, token: AccessToken, tenant_id: str, whose: str) -> None:
    """Raise GuardError when a token belongs to another tenant than it should: ids of one mean nobody in another.

    whose: what says so: `expected_tenant_id=` or the service whose token was asked for first.
    """
    if token.tenant_id.lower() == tenant_id.lower():
        return
    raise GuardError(
        f"The token for {service} belongs to tenant {token.tenant_id or '(not stated)'}, not to {whose}{tenant_id}. "
        f"Nothing was sent to {service}.",
        remedy="Correct tenant_id or the credentials, or expected_tenant_id.",
    )


def _only_gets(body: Any) -> bool:
    items = body.get("requests") if isinstance(body, dict) else None
    return isinstance(items, list) and all(isinstance(item, dict) and item.get("method") == "GET" for item in items)
