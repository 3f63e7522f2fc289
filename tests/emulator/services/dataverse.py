# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataverse Web API of every organisation: tables, solutions, metadata (dataverse-connectors.md 1 to 4 and 6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import envelopes
from ..call import Call, Reply, ServiceError
from ..clouds import dataverse_origins, organisation_of_host
from ..flow_model import Flow
from ..model import Connector
from . import dataverse_access, dataverse_metadata, dataverse_workflows, dataverse_writes
from .base import Service
from .dataverse_query import Query, etag, matches
from .dataverse_tables import CONNECTORS, TABLES, WORKFLOWS, Table
from .organisation import Organisation, Row

CONTENT_TYPE = "application/json; odata.metadata=minimal"
_VERSION = re.compile(r"v9\.[0-2]", re.IGNORECASE)
_KEYED = re.compile(r"(?P<set>\w+)\((?P<key>[^()]*)\)")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Writer:
    """How rows of one table are read from a body, made, changed and deleted."""

    table: Table
    find: Callable[[Organisation, str], Any]
    row: Callable[[Organisation, Any], Row]
    read: Callable[[Call, Organisation], dict[str, Any]]
    create: Callable[[Call, Organisation, dict[str, Any]], Any]
    update: Callable[[Call, Organisation, Any, dict[str, Any]], None]
    remove: Callable[[Organisation, Any], None]


_WRITERS = {
    CONNECTORS.set: Writer(
        CONNECTORS,
        Organisation.find,
        Organisation.connector,
        dataverse_writes.read,
        dataverse_writes.create,
        dataverse_writes.update,
        dataverse_writes.remove,
    ),
    WORKFLOWS.set: Writer(
        WORKFLOWS,
        Organisation.find_flow,
        Organisation.workflow,
        dataverse_workflows.read,
        dataverse_workflows.create,
        dataverse_workflows.update,
        dataverse_workflows.remove,
    ),
}


class Dataverse(Service):
    def answer(self, call: Call) -> Reply:
        """The host's organisation, the bearer, its rights there, then the path (ASSUMED order)."""
        organisation = self._organisation(call)
        where = organisation.environment
        self.world.authenticate(call, dataverse_origins(str(where.dataverse), where.dataverse_host))
        if not self._enters(call, organisation):
            text = f"Principal user (Id={organisation.user_id(call.oid())}) is missing privilege prvReadConnector."
            raise ServiceError(403, envelopes.NO_PRIVILEGE, text)
        segments = call.segments
        if len(segments) < 4 or [part.lower() for part in segments[:2]] != ["api", "data"]:
            raise _no_segment(call.path)
        if not _VERSION.fullmatch(segments[2]):
            raise _no_segment(segments[2])
        return self._routed(call, organisation, segments[3:])

    def headers(self, call: Call, reply: Reply) -> None:
        super().headers(call, reply)
        reply.headers.setdefault("x-ms-service-request-id", reply.headers["x-ms-request-id"])
        reply.headers.setdefault("REQ_ID", reply.headers["x-ms-request-id"])
        reply.headers.setdefault("OData-Version", "4.0")
        if reply.payload is not None:
            reply.headers.setdefault("Content-Type", CONTENT_TYPE)
        if reply.status < 400:
            reply.headers.setdefault("x-ms-ratelimit-burst-remaining-xrm-requests", "5999")
            reply.headers.setdefault("x-ms-ratelimit-time-remaining-xrm-requests", "1,200.00")

    def _organisation(self, call: Call) -> Organisation:
        named = organisation_of_host(call.host)
        for environment in self.state.tenant.environments.values():
            if environment.dataverse and (environment.dataverse.lower(), environment.dataverse_host.lower()) == named:
                return Organisation(self.world, environment)
        raise ServiceError(421, "MisdirectedRequest", "No organisation has this host.")

    # -- rights ----------------------------------------------------------------------------------------------------

    def _administers(self, call: Call, organisation: Organisation) -> bool:
        return self.world.is_admin(call) or call.oid() in organisation.environment.admins

    def _enters(self, call: Call, organisation: Organisation) -> bool:
        """Who has a role: administrators, registered applications, makers; in the default one every user is a maker."""
        where = organisation.environment
        person = call.caller is not None and not call.caller.app_only
        return self._administers(call, organisation) or call.oid() in where.makers or (where.default and person)

    def _need_own(self, call: Call, organisation: Organisation, item: Connector | Flow, right: str) -> None:
        """A row of a flow can be shared, so another than its owner may have the right."""
        if self._administers(call, organisation) or organisation.holds(item.row_owner, call.oid()):
            return
        row_id, table = item.workflow_id if isinstance(item, Flow) else item.dataverse_id, "connector"
        if isinstance(item, Flow):
            if right in dataverse_access.rights_of(organisation, item, call.oid()):
                return
            table = "workflow"
        text = (
            f"Principal user (Id={organisation.user_id(call.oid())}) does not have {right} right(s) "
            f"for record with id {row_id} of entity {table}"
        )
        raise ServiceError(403, envelopes.NO_PRIVILEGE, text)

    # -- routes ----------------------------------------------------------------------------------------------------

    def _routed(self, call: Call, organisation: Organisation, rest: list[str]) -> Reply:
        low = rest[0].lower()
        metadata = dataverse_metadata.answer(call, organisation, rest) if call.method == "GET" else None
        if metadata is not None:
            return metadata
        if len(rest) == 1 and low in ("whoami", "whoami()") and call.method == "GET":
            return self._who_am_i(call, organisation)
        if len(rest) == 1 and low == "addsolutioncomponent" and call.method == "POST":
            return self._add_component(call, organisation)
        if len(rest) == 1:
            shared = dataverse_access.answer(
                call, organisation, rest[0], lambda item, right: self._need_own(call, organisation, item, right)
            )
            if shared is not None:
                return shared
        keyed = _KEYED.fullmatch(rest[0])
        table = TABLES.get(keyed["set"] if keyed else rest[0])
        if table is None or len(rest) > 1:
            raise _no_segment(rest[-1])
        writer = _WRITERS.get(table.set)
        if keyed is None:
            if call.method == "GET":
                rows = organisation.rows(table.set)
                return Query(call, table, organisation, listing=True).listing(rows, self.world.faults)
            if call.method == "POST" and writer is not None:
                return self._create(call, organisation, writer)
            raise _not_allowed(call)
        key = keyed["key"].strip()
        named, _unused, value = key.partition("=")
        row_id = (value if named == table.key else key).strip().lower()
        if not _GUID.fullmatch(row_id):
            raise ServiceError(400, envelopes.BAD_QUERY, f"Bad Request - Error in query syntax: '{key}' is no key.")
        if call.method == "GET":
            return self._get(call, organisation, table, row_id)
        if writer is not None and call.method == "PATCH":
            return self._patch(call, organisation, writer, row_id)
        if writer is not None and call.method == "DELETE":
            return self._delete(call, organisation, writer, row_id)
        raise _not_allowed(call)

    def _who_am_i(self, call: Call, organisation: Organisation) -> Reply:
        context = f"{call.base}/api/data/{call.segments[2]}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
        ids = {"BusinessUnitId": organisation.business_unit, "UserId": organisation.user_id(call.oid())}
        return Reply(200, {"@odata.context": context, **ids, "OrganizationId": organisation.id})

    def _add_component(self, call: Call, organisation: Organisation) -> Reply:
        made = dataverse_writes.add_component(
            call, organisation, lambda item: self._need_own(call, organisation, item, "WriteAccess")
        )
        context = (
            f"{call.base}/api/data/{call.segments[2]}/$metadata#Microsoft.Dynamics.CRM.AddSolutionComponentResponse"
        )
        return Reply(200, {"@odata.context": context, "id": made})

    # -- rows ------------------------------------------------------------------------------------------------------

    def _get(self, call: Call, organisation: Organisation, table: Table, row_id: str) -> Reply:
        query = Query(call, table, organisation, listing=False)
        row = organisation.row(table, row_id)
        if row is None:
            raise dataverse_writes.no_row(table.logical, row_id)
        known = _etags(call, "if-none-match")
        if known and matches([item for item in known if item != "*"], row):
            return Reply(304, None, {"ETag": etag(row)})
        return Reply(200, query.single(row), query.preferences.applied())

    def _create(self, call: Call, organisation: Organisation, writer: Writer) -> Reply:
        query = Query(call, writer.table, organisation, listing=False)
        item = writer.create(call, organisation, writer.read(call, organisation))
        return self._written(call, organisation, writer, query, item, made=True)

    def _patch(self, call: Call, organisation: Organisation, writer: Writer, row_id: str) -> Reply:
        """Without If-Match a missing row is made: an upsert."""
        table = writer.table
        query = Query(call, table, organisation, listing=False)
        item = writer.find(organisation, row_id)
        if item is None:
            if _etags(call, "if-match"):
                raise dataverse_writes.no_row(table.logical, row_id)
            values = writer.read(call, organisation)
            if values.setdefault(table.key, row_id) != row_id:
                raise ServiceError(400, envelopes.BAD_ARGUMENT, "The key of the body is not that of the address.")
            made = writer.create(call, organisation, values)
            return self._written(call, organisation, writer, query, made, made=True)
        row = writer.row(organisation, item)
        if matches(_etags(call, "if-none-match"), row):
            raise ServiceError(412, envelopes.DUPLICATE_KEY, "A record with matching key values already exists.")
        self._need_version(call, row)
        self._need_own(call, organisation, item, "WriteAccess")
        values = writer.read(call, organisation)
        if "owner" in values and isinstance(item, Flow):
            self._need_own(call, organisation, item, "AssignAccess")
        writer.update(call, organisation, item, values)
        # the first start of a flow leaves its record for another one
        return self._written(call, organisation, writer, query, writer.find(organisation, row_id), made=False)

    def _delete(self, call: Call, organisation: Organisation, writer: Writer, row_id: str) -> Reply:
        item = writer.find(organisation, row_id)
        if item is None:
            raise dataverse_writes.no_row(writer.table.logical, row_id)
        self._need_version(call, writer.row(organisation, item))
        self._need_own(call, organisation, item, "DeleteAccess")
        writer.remove(organisation, item)
        return Reply(204)

    @staticmethod
    def _need_version(call: Call, row: Row) -> None:
        wanted = _etags(call, "if-match")
        if wanted and not matches(wanted, row):
            text = "The version of the existing record doesn't match the RowVersion property provided."
            raise ServiceError(412, envelopes.VERSION_MISMATCH, text)

    @staticmethod
    def _written(
        call: Call, organisation: Organisation, writer: Writer, query: Query, item: Any, *, made: bool
    ) -> Reply:
        row = writer.row(organisation, item)
        url = f"{call.base}/api/data/{call.segments[2]}/{writer.table.set}({row[writer.table.key]})"
        applied = query.preferences.applied(writing=True)
        if not query.preferences.representation:
            return Reply(204, None, {"OData-EntityId": url, **applied})
        location = {"OData-EntityId": url, "Location": url} if made else {}
        return Reply(201 if made else 200, query.single(row), {**location, "ETag": etag(row), **applied})


def _etags(call: Call, header: str) -> list[str]:
    """`null` is what clients send to say that they have none."""
    text = (call.headers.get(header) or "").strip()
    return [] if text in ("", "null") else text.split(",")


def _no_segment(name: str) -> ServiceError:
    return ServiceError(404, envelopes.NO_SEGMENT, f"Resource not found for the segment '{name}'.")


def _not_allowed(call: Call) -> ServiceError:
    return ServiceError(
        405, envelopes.BAD_QUERY, f"The requested resource does not support http method '{call.method}'."
    )
