# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flows of many environments, as facts (contract: flow-management.md 4.1 to 4.5, 5.6, 5.10 to 5.12, 5.15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, flow, flow_permissions
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_facts import (
    CONTENT,
    DELETED,
    OF_DELETED,
    PEOPLE,
    STARTED,
    STOPPED,
    SUSPENDED,
    UNREAD,
    content_parts,
    flow_facts,
    people_parts,
    unread_content,
    unread_people,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flow_shares import as_people
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._looking import Look, Sieve, add_part
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._survey import (
    OwnedKind,
    owned_options,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_guid


class FlowInfo(OwnedKind):
    """All flows, or those that are chosen. Their owner is who created them, unless their permissions say otherwise."""

    name = "flow_info"
    answer = "flows"
    option = "flow"
    is_id = staticmethod(is_guid)
    options: Mapping[str, Json] = {
        **owned_options(*PEOPLE, *CONTENT),
        "flows": {"type": "list", "elements": "str"},
        "states": {"type": "list", "elements": "str", "choices": [STARTED, STOPPED, SUSPENDED, DELETED]},
    }
    operations = (
        bap.LIST_ENVIRONMENTS,
        flow.LIST_FLOWS_AS_ADMIN,
        flow.GET_FLOW_AS_ADMIN,
        flow_permissions.LIST_FLOW_PERMISSIONS_AS_ADMIN,
        bap.LIST_MY_ENVIRONMENTS,
        flow.LIST_MY_FLOWS,
        flow.GET_MY_FLOW,
        flow_permissions.LIST_FLOW_PERMISSIONS,
    )

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        if _wants_deleted(options) and not options["as_admin"]:
            raise OptionError(
                "states",
                "deleted flows are listed for administrators only.",
                value=DELETED,
                remedy="Use as_admin=true with an identity that administers the environments, or leave deleted out.",
            )
        return super().read(client, options)

    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        chosen, as_admin, deleted = options["flows"], options["as_admin"], _wants_deleted(options)
        if as_admin and not deleted and chosen is not None and len(chosen) == 1 and is_guid(chosen[0]):
            # One flow never takes more than the first page of a listing.
            with suppress(NotFoundError):
                yield flow.get_flow(client, environment.id, chosen[0], as_admin=True)
            return
        yield from _once_each(flow.list_flows(client, environment.id, as_admin=as_admin, deleted=deleted))

    def describe(self, record: Json) -> Json:
        return flow_facts(record)

    def keeps(self, row: Json, options: Mapping[str, Any]) -> bool:
        states = options["states"]
        return row["state"] != DELETED if states is None else row["state"] in states

    def filters(self, options: Mapping[str, Any]) -> bool:
        return super().filters(options) or options["states"] is not None

    def sieve(self, client: Client, options: Mapping[str, Any]) -> Sieve:
        keep = super().sieve(client, options)
        if not _asked(PEOPLE, options):
            return keep
        # Their permissions will tell the owner.
        return lambda row: row["solution_flow"] or keep(row)

    def enrich(self, client: Client, looks: Sequence[Look], options: Mapping[str, Any]) -> None:
        people = _asked(PEOPLE, options)
        # Of flows of solutions the permissions come first: whom they name as owner is who the filters are about.
        if people:
            _add_people(client, looks, options, of_solutions=True)
            if options["owners"] is not None and any(row["solution_flow"] for look in looks for row in look.rows):
                keep = super().sieve(client, options)
                for look in looks:
                    look.rows = [row for row in look.rows if keep(row)]
        super().enrich(client, looks, options)
        if people:
            _add_people(client, looks, options, of_solutions=False)
        if _asked(CONTENT, options):
            _add_content(client, looks, options)

    def summary(self, rows: Sequence[Json], options: Mapping[str, Any]) -> Json:
        living = [row for row in rows if row["state"] != DELETED]
        parts = [f"{part}_complete" for part in _asked(PEOPLE, options)]
        return {part: all(row[part] for row in living) for part in parts}


def _asked(parts: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    return [part for part in parts if part in options["include"]]


def _wants_deleted(options: Mapping[str, Any]) -> bool:
    return DELETED in (options["states"] or ())


def _once_each(records: Iterable[Json]) -> Iterator[Json]:
    """Flows of solutions may be listed twice (contract 5.15)."""
    seen: set[str] = set()
    for record in records:
        name = str(record.get("name") or "")
        if not name or name not in seen:
            seen.add(name)
            yield record


def _add_people(client: Client, looks: Sequence[Look], options: Mapping[str, Any], *, of_solutions: bool) -> None:
    """Owners and run-only users come with one request for each flow. A deleted one is not asked about."""
    asked = _asked(PEOPLE, options)

    def read(_look: Look, row: Json) -> Json:
        if row["state"] == DELETED:
            return unread_people(asked)
        records = flow_permissions.list_flow_permissions(
            client, row["environment"], row["flow"], as_admin=options["as_admin"]
        )
        return people_parts(row, as_people(records), asked)

    add_part(looks, read, unread_people(asked), lambda row: row["solution_flow"] is of_solutions)


def _add_content(client: Client, looks: Sequence[Look], options: Mapping[str, Any]) -> None:
    """Definition and connections come with one request for each flow. A deleted one is not asked about."""
    asked = _asked(CONTENT, options)

    def read(_look: Look, row: Json) -> Json:
        if row["state"] == DELETED:
            return unread_content(asked, OF_DELETED)
        record = flow.get_definition(client, row["environment"], row["flow"], as_admin=options["as_admin"])
        return content_parts(record, asked)

    add_part(looks, read, unread_content(asked, UNREAD))


KIND = FlowInfo()
