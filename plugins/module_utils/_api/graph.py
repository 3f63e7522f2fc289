# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look-ups of people, groups and applications in Microsoft Graph v1.0 (contract: graph.md). Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import GRAPH, Operation

BATCH_SIZE = 20
# The one code of a 404 by which a single object is known to be missing (contract 3).
NO_OBJECT = "Request_ResourceNotFound"
PROXY_ADDRESSES = "proxyAddresses"
IDS_A_CALL = 1000
USER_FIELDS = "id,displayName,userPrincipalName,mail,accountEnabled,userType"
GROUP_FIELDS = "id,displayName,mail,mailEnabled,securityEnabled,groupTypes"
SERVICE_PRINCIPAL_FIELDS = "id,appId,displayName,accountEnabled,servicePrincipalType"
_READERS = "User.Read.All, GroupMember.Read.All and Application.Read.All (or Directory.Read.All) with admin consent"

BATCH = Operation(
    name="Graph-Batch",
    service=GRAPH,
    method="POST",
    path="/v1.0/$batch",
    reads_only=True,
    repeatable=True,
    permission=_READERS,
    contract="graph.md 8",
)
GET_BY_IDS = Operation(
    name="Graph-GetByIds",
    service=GRAPH,
    method="POST",
    path="/v1.0/directoryObjects/getByIds",
    reads_only=True,
    repeatable=True,
    permission="Directory.Read.All with admin consent",
    contract="graph.md 5",
)
LIST_USERS = Operation(
    name="Graph-ListUsers",
    service=GRAPH,
    method="GET",
    path="/v1.0/users",
    permission="User.Read.All with admin consent",
    contract="graph.md 4.1",
)
LIST_GROUPS = Operation(
    name="Graph-ListGroups",
    service=GRAPH,
    method="GET",
    path="/v1.0/groups",
    permission="GroupMember.Read.All with admin consent",
    contract="graph.md 4.3",
)
LIST_SERVICE_PRINCIPALS = Operation(
    name="Graph-ListServicePrincipals",
    service=GRAPH,
    method="GET",
    path="/v1.0/servicePrincipals",
    permission="Application.Read.All with admin consent",
    contract="graph.md 4.4",
)


def literal(value: str) -> str:
    """A value as an OData string inside a URL: quotes doubled, then percent-encoded (contract 3)."""
    return "'" + quote(value.replace("'", "''"), safe="") + "'"


def users_in(field: str, values: Sequence[str]) -> str:
    """The relative URL that finds the users of whom `field` holds one of the values."""
    return _in("users", field, values, USER_FIELDS)


def groups_in(field: str, values: Sequence[str]) -> str:
    """The relative URL that finds the groups of which `field` holds one of the values."""
    return _in("groups", field, values, GROUP_FIELDS)


def service_principals_in(field: str, values: Sequence[str]) -> str:
    """The relative URL that finds the service principals of which `field` holds one of the values."""
    return _in("servicePrincipals", field, values, SERVICE_PRINCIPAL_FIELDS)


def _in(collection: str, field: str, values: Sequence[str], select: str) -> str:
    if field == PROXY_ADDRESSES:
        [address] = values
        condition = f"{PROXY_ADDRESSES}/any(p:p%20eq%20{literal('smtp:' + address)})"
        return f"/{collection}?$filter={condition}&$select={select},{PROXY_ADDRESSES}&$top=999"
    condition = f"{field}%20in%20({','.join(map(literal, values))})"
    return f"/{collection}?$filter={condition}&$select={select}&$top=999"


def deleted_item(object_id: str) -> str:
    """The relative URL of a soft-deleted object."""
    return f"/directory/deletedItems/{quote(object_id, safe='')}"


def directory_object(object_id: str) -> str:
    """The relative URL of any object by its id."""
    return f"/directoryObjects/{quote(object_id, safe='')}"


def account(object_id: str) -> str:
    """The relative URL of what a user's account says."""
    return f"/users/{quote(object_id, safe='')}?$select=id,accountEnabled"


def batch(client: Client, urls: Sequence[str]) -> list[Json]:
    """Answers to at most 20 GETs, in the order of `urls`; each is `{id, status, headers, body}` (contract 8).

    A body that is no object, as a gateway on the way may give one, is as good as none.
    """
    requests = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
    answer = client.call(BATCH, body={"requests": requests})
    by_id = {
        str(response.get("id")): response if isinstance(response.get("body"), dict) else {**response, "body": {}}
        for response in _listed(answer, "responses")
        if isinstance(response.get("status"), int)
    }
    answers = [by_id[str(number)] for number in range(len(urls)) if str(number) in by_id]
    if len(answers) != len(urls):
        raise UnreadableAnswerError(f"Microsoft Graph answered {len(answers)} of {len(urls)} look-ups of a batch.")
    return answers


def get_by_ids(client: Client, object_ids: Iterable[str]) -> Iterator[Json]:
    """The objects of at most 1,000 ids that exist; unknown and deleted ones are left out (contract 5)."""
    body = {"ids": list(object_ids), "types": ["user", "group", "servicePrincipal"]}
    answer = client.call(GET_BY_IDS, query={"$select": USER_FIELDS}, body=body)
    yield from principals(answer)


def principals(answer: Any) -> list[Json]:
    """The objects of a listing, each with its id. UnreadableAnswerError for an answer of another form."""
    found = _listed(answer, "value")
    if not all(isinstance(record.get("id"), str) for record in found):
        raise UnreadableAnswerError("Microsoft Graph listed an object without its id.")
    return found


def _listed(answer: Any, member: str) -> list[Json]:
    found = answer.get(member) if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise UnreadableAnswerError(f"Microsoft Graph answered without a list of objects in {member}.")
    return found
