# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Graph v1.0: routes, permissions, paging of the directory (graph.md 2, 4, 7, 10, 13)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any

from ..call import Call, Reply, ServiceError
from ..model import Principal, ServicePrincipal
from ..paging import page_of
from ..tenant_parts import GUID
from ..world import World
from . import graph_bulk, graph_filter, graph_shapes, graph_tenant
from .base import Service

CONTENT_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_COLLECTIONS = {name.lower(): name for name in graph_shapes.DEFAULTS}
_KEY = re.compile(r"(?P<name>\w+)\((?:(?P<alternate>\w+)=)?'(?P<value>(?:[^']|'')*)'\)")
_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
NEEDS: dict[str, tuple[str, ...]] = {
    "users": ("User.Read.All", "User.ReadWrite.All", *_DIRECTORY),
    "groups": ("GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY),
    "servicePrincipals": ("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY),
    "applications": ("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY),
    "deleted groups": ("Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY),
    "organization": ("Organization.Read.All", "User.Read", *_DIRECTORY),
    "me": ("User.Read", "User.Read.All", "User.ReadWrite.All", *_DIRECTORY),
    "getByIds": _DIRECTORY,
}


class Graph(Service):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        add = self.routes.add
        add("GET", "/v1.0/me", lambda call: graph_tenant.me(self, call))
        add("GET", "/v1.0/organization", lambda call: graph_tenant.organizations(self, call))
        add("GET", "/v1.0/organization/{}", lambda call, key: graph_tenant.organization(self, call, key))
        add("GET", "/v1.0/directoryObjects/{}", self._object)
        add("POST", "/v1.0/directoryObjects/getByIds", lambda call: graph_bulk.get_by_ids(self, call))
        add("POST", "/v1.0/$batch", lambda call: graph_bulk.batch(self, call))
        add("GET", "/v1.0/directory/deletedItems/{}", self._deleted)
        add("GET", "/v1.0/directory/deletedItems/{}/{}", self._deleted_typed)
        for name in graph_shapes.DEFAULTS:
            add("GET", f"/v1.0/{name}", lambda call, name=name: self._list(call, name))
            add("GET", f"/v1.0/{name}/$count", lambda call, name=name: self._count(call, name))
            add("GET", f"/v1.0/{name}/{{}}", lambda call, key, name=name: self._get(call, name, key))
        add("GET", "/v1.0/groups/{}/members", self._members)
        add("GET", "/v1.0/groups/{}/transitiveMembers", self._members)

    def headers(self, call: Call, reply: Reply) -> None:
        if reply.payload is not None:
            reply.headers.setdefault("Content-Type", CONTENT_TYPE)
        reply.headers.setdefault("request-id", str(uuid.UUID(int=0xE0000000000000000000000000000000 + call.number)))
        reply.headers.setdefault(
            "client-request-id", call.headers.get("client-request-id") or reply.headers["request-id"]
        )
        reply.headers.update({"OData-Version": "4.0", "Cache-Control": "no-cache", "x-ms-resource-unit": "1"})

    def answer(self, call: Call) -> Reply:
        self.world.authenticate(call)
        return self.routed(call)

    def routed(self, call: Call) -> Reply:
        """One request, outer or of a batch, whose token is known to be good."""
        found = self.routes.find(call.method, call.segments)
        if found is not None:
            return found[0](call, *found[1])
        if len(call.segments) == 2:
            keyed = _KEY.fullmatch(call.segments[1])
            name = _COLLECTIONS.get(keyed["name"].lower()) if keyed else None
            if keyed and name and call.method == "GET":
                return self._by_key(call, name, keyed["alternate"], keyed["value"].replace("''", "'"))
        if self.routes.knows(call.segments):
            raise ServiceError(405, "Request_BadRequest", "The HTTP method is not allowed on this resource.")
        text = f"Resource not found for the segment '{call.segments[-1] if call.segments else ''}'."
        raise ServiceError(400 if len(call.segments) == 2 else 404, "BadRequest", text)

    # -- permissions -------------------------------------------------------------------------------------------------

    def granted(self, call: Call, need: str) -> bool:
        client = self.world.client(call)
        return client is None or client.graph is None or any(item in client.graph for item in NEEDS[need])

    def need(self, call: Call, need: str) -> None:
        if not self.granted(call, need):
            raise ServiceError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")

    # -- shapes ------------------------------------------------------------------------------------------------------

    def context(self, call: Call, kind: str, entity: bool) -> str:
        select = call.query.get("$select")
        return f"{call.base}/v1.0/$metadata#{kind}{f'({select})' if select else ''}{'/$entity' if entity else ''}"

    def selected(self, call: Call, kind: str, full: dict[str, Any]) -> dict[str, Any]:
        return {name: full[name] for name in self.names(call, kind)}

    @staticmethod
    def names(call: Call, kind: str, *, lenient: bool = False) -> list[str]:
        """The properties to show: `$select` exactly, matched without case, in their normal spelling."""
        select = call.query.get("$select")
        if not select:
            return graph_shapes.DEFAULTS[kind]
        known = graph_shapes.KNOWN[kind]
        found = []
        for text in select.split(","):
            name = known.get(text.strip().lower())
            if name is None and not lenient:
                type_name = graph_shapes.TYPES[kind][1:]
                raise ServiceError(
                    400,
                    "BadRequest",
                    f"Parsing OData Select and Expand failed: Could not find a property named '{text.strip()}' "
                    f"on type '{type_name}'.",
                )
            if name is not None and name not in found:
                found.append(name)
        return found

    def entity(self, call: Call, kind: str, full: dict[str, Any]) -> Reply:
        return self.bare(call, {"@odata.context": self.context(call, kind, True), **self.selected(call, kind, full)})

    @staticmethod
    def bare(call: Call, payload: dict[str, Any]) -> Reply:
        """`odata.metadata=none` drops annotations but for the next link and the count."""
        if "odata.metadata=none" in call.headers.get("accept", "").lower().replace(" ", ""):
            payload = {
                key: value
                for key, value in payload.items()
                if not key.startswith("@odata.") or key in ("@odata.nextLink", "@odata.count")
            }
        return Reply(200, payload)

    def full(self, item: Principal) -> dict[str, Any]:
        return graph_shapes.properties(item, self.state.tenant.id)

    # -- one object --------------------------------------------------------------------------------------------------

    def _container(self, kind: str) -> dict[str, Any]:
        tenant = self.state.tenant
        containers: dict[str, dict[str, Any]] = {
            "applications": {},  # the emulator keeps no deleted applications
            "users": tenant.users,
            "groups": tenant.groups,
            "servicePrincipals": tenant.service_principals,
        }
        return containers[kind]

    def live(self, kind: str, object_id: str) -> Principal | None:
        item: Principal | None = self._container(kind).get(object_id.lower())
        return None if item is None or item.gone or item.deleted_at else item

    def _get(self, call: Call, kind: str, key: str) -> Reply:
        if not (kind == "servicePrincipals" and key.lower() == call.oid()):  # one's own needs no permission
            self.need(call, kind)
        if key.startswith("$"):  # a `$` segment is an OData segment (graph.md 3)
            raise ServiceError(400, "BadRequest", f"The path segment '{key}' is not valid.")
        return self._one(call, kind, key)

    def _one(self, call: Call, kind: str, key: str) -> Reply:
        self.names(call, kind)
        if kind == "applications":
            for item in self.state.tenant.service_principals.values():
                if item.application_object_id == key.lower() and not item.gone:
                    return self.entity(call, kind, graph_shapes.application(item))
            raise graph_shapes.not_found(key)
        if GUID.fullmatch(key):
            found = self.live(kind, key)
        elif kind == "users":
            hits = self.state.by_name("users.userprincipalname", key)
            found = hits[0] if hits else None
        else:
            raise ServiceError(400, "Request_BadRequest", f"Invalid object identifier '{key}'.")
        if found is None:
            raise graph_shapes.not_found(key)
        return self.entity(call, kind, self.full(found))

    def _by_key(self, call: Call, kind: str, alternate: str | None, value: str) -> Reply:
        """`users('{upn}')`, `servicePrincipals(appId='{id}')`"""
        own = call.caller is not None and call.caller.client_id == value.lower()
        if not (kind == "servicePrincipals" and alternate and own):
            self.need(call, kind)
        if alternate is None:
            return self._one(call, kind, value)
        if alternate.lower() != "appid" or kind not in ("servicePrincipals", "applications"):
            raise ServiceError(400, "BadRequest", f"'{alternate}' is no key of {kind}.")
        self.names(call, kind)
        hits = self.state.by_name("serviceprincipals.appid", value)
        item = hits[0] if hits else None
        if not isinstance(item, ServicePrincipal) or (kind == "applications" and not item.application_object_id):
            raise graph_shapes.not_found(value)
        return self.entity(call, kind, graph_shapes.application(item) if kind == "applications" else self.full(item))

    def _object(self, call: Call, key: str) -> Reply:
        if not GUID.fullmatch(key):
            raise ServiceError(400, "Request_BadRequest", f"Invalid object identifier '{key}'.")
        item = self.state.principal(key)
        if item is None or item.deleted_at:
            raise graph_shapes.not_found(key)
        context = f"{call.base}/v1.0/$metadata#directoryObjects/$entity"
        return self.bare(call, {"@odata.context": context, **self.typed(call, item)})

    def typed(self, call: Call, item: Principal) -> dict[str, Any]:
        """An object of a mixed answer: with its type; without permission for it only the id, the rest null."""
        kind = graph_shapes.kind_of(item)
        full = self.full(item)
        allowed = self.granted(call, kind)
        shown = {name: full[name] if allowed or name == "id" else None for name in self.names(call, kind, lenient=True)}
        return {"@odata.type": graph_shapes.TYPES[kind], **shown}

    # -- lists -------------------------------------------------------------------------------------------------------

    def _list(self, call: Call, kind: str) -> Reply:
        self.need(call, kind)
        return self._collection(call, kind, self._matches(call, kind))

    def _count(self, call: Call, kind: str) -> Reply:
        self.need(call, kind)
        if call.headers.get("consistencylevel", "").lower() != "eventual":
            raise ServiceError(400, "Request_BadRequest", "$count is not currently supported.")
        return Reply(200, len(self._matches(call, kind)), {"Content-Type": "text/plain"})

    def _matches(self, call: Call, kind: str) -> list[dict[str, Any]]:
        query = call.query
        eventual = call.headers.get("consistencylevel", "").lower() == "eventual"
        advanced = eventual and query.flag("$count")
        self.names(call, kind)
        text, order = query.get("$filter"), query.get("$orderby")
        if text and order and not advanced:
            raise graph_filter.unsupported("Sorting not supported for current query.")
        node = None
        if text:
            node = graph_filter.parse(
                text,
                graph_shapes.KNOWN[kind],
                graph_shapes.FILTERABLE[kind],
                graph_shapes.TYPES[kind][1:],
                advanced=advanced or (call.segments[-1] == "$count" and eventual),
            )
        items = [item for item in self._candidates(kind, node) if node is None or node.test(item)]
        search = query.get("$search")
        if search:
            if not eventual:
                raise graph_filter.unsupported(
                    "Request with $search query parameter only works with ConsistencyLevel eventual."
                )
            items = [item for item in items if _searched(item, search)]
        if order:
            items = _ordered(items, order, kind)
        return items

    def _candidates(self, kind: str, node: graph_filter.Node | None) -> Iterable[dict[str, Any]]:
        """What a filter has to be tried on: by index where it names values, else everything that lives."""
        if kind == "applications":
            return [
                graph_shapes.application(item)
                for item in self.state.tenant.service_principals.values()
                if item.application_object_id and not item.gone
            ]
        container = self._container(kind)
        if node is not None and node.keys is not None:
            found: dict[str, Principal] = {}
            for prop, values in node.keys:
                index = f"{kind.lower()}.{prop.lower()}"
                for value in values:
                    if prop == "id":
                        item = self.live(kind, value)
                        hits = [item] if item else []
                    elif index in _INDEXES:
                        hits = self.state.by_name(index, value)
                    else:
                        return self._every(container)
                    for item in hits:
                        found[item.id] = item
            return [self.full(item) for item in found.values()]
        return self._every(container)

    def _every(self, container: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.full(item) for item in container.values() if not item.gone and not item.deleted_at]

    def _collection(self, call: Call, kind: str, items: list[dict[str, Any]], default: int = 100) -> Reply:
        top = call.query.get("$top")
        if top is not None and not (top.isdigit() and 1 <= int(top) <= 999):
            text = f"Invalid page size specified: '{top}'. Must be between 1 and 999 inclusive."
            raise graph_filter.unsupported(text)
        chosen, link = page_of(call, self.world.faults, items, default)
        payload: dict[str, Any] = {"@odata.context": self.context(call, kind, False)}
        eventual = call.headers.get("consistencylevel", "").lower() == "eventual"
        if call.query.flag("$count") and eventual and not call.query.get("$skiptoken"):
            payload["@odata.count"] = len(items)
        if link:
            payload["@odata.nextLink"] = link
        names = self.names(call, kind)
        payload["value"] = [{name: item[name] for name in names} for item in chosen]
        return self.bare(call, payload)

    def _members(self, call: Call, key: str) -> Reply:
        self.need(call, "groups")
        group = self.state.tenant.groups.get(key.lower())
        if group is None or group.gone or group.deleted_at:
            raise graph_shapes.not_found(key)
        found = [item for member in group.members if (item := self.state.principal(member)) and not item.deleted_at]
        chosen, link = page_of(call, self.world.faults, found, 100)
        payload: dict[str, Any] = {"@odata.context": f"{call.base}/v1.0/$metadata#directoryObjects"}
        if link:
            payload["@odata.nextLink"] = link
        payload["value"] = [self.typed(call, item) for item in chosen]
        return self.bare(call, payload)

    # -- deleted objects ---------------------------------------------------------------------------------------------

    def _deleted(self, call: Call, key: str) -> Reply:
        kinds = {text[1:].lower(): kind for kind, text in graph_shapes.TYPES.items()}
        kind = kinds.get(key.lower())
        if kind is not None:
            self.need(call, "deleted groups" if kind == "groups" else kind)
            self.names(call, kind)
            container = self._container(kind)
            items = [self.full(item) for item in container.values() if graph_shapes.recoverable(item)]
            return self._collection(call, kind, items)
        return self._deleted_one(call, key)

    def _deleted_typed(self, call: Call, _unused: str, key: str) -> Reply:
        return self._deleted_one(call, key)

    def _deleted_one(self, call: Call, key: str) -> Reply:
        if not GUID.fullmatch(key):
            raise ServiceError(400, "Request_BadRequest", f"Invalid object identifier '{key}'.")
        item = self.state.principal(key)
        kind = graph_shapes.kind_of(item) if item else "users"
        self.need(call, "deleted groups" if kind == "groups" else kind)
        if item is None or not graph_shapes.recoverable(item):
            raise graph_shapes.not_found(key)
        context = f"{call.base}/v1.0/$metadata#directoryObjects/$entity"
        return self.bare(call, {"@odata.context": context, **self.typed(call, item)})


_INDEXES = frozenset(
    {
        "users.userprincipalname",
        "users.mail",
        "users.displayname",
        "groups.displayname",
        "groups.mail",
        "serviceprincipals.appid",
        "serviceprincipals.displayname",
    }
)


def _searched(item: dict[str, Any], search: str) -> bool:
    """`"property:words"`: every word begins some word of the property."""
    name, _unused, words = search.strip().strip('"').partition(":")
    text = str(next((value for key, value in item.items() if key.lower() == name.lower()), "") or "").lower()
    return all(any(part.startswith(word) for part in text.split()) for word in words.lower().split())


def _ordered(items: list[dict[str, Any]], order: str, kind: str) -> list[dict[str, Any]]:
    name, _unused, direction = order.strip().partition(" ")
    prop = graph_shapes.KNOWN[kind].get(name.lower())
    if prop is None:
        raise ServiceError(400, "BadRequest", f"Could not find a property named '{name}'.")
    return sorted(items, key=lambda item: str(item[prop] or "").lower(), reverse=direction.strip().lower() == "desc")
