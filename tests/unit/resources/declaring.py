# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arbitrary things, arbitrary declarations of their role assignments, and a model of the service that shares them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller, Target, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    ACTIVE,
    GONE,
    Principal,
    PrincipalReference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    AssignmentChange,
    AssignmentPlan,
    CurrentAssignments,
    DesiredAssignments,
    as_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignments import AssignmentKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from tests.unit.engine.conftest import declared

Json = dict[str, Any]

# What a property holds of, it holds of every kind of the family.
# Those of several roles; flow_owners and flow_run_only_users manage one each, and everyone can hold none of them.
ROLE_KINDS = tuple(kind for kind in KINDS.values() if isinstance(kind, AssignmentKind) and kind.everyone_roles)
EVERY_KIND = st.sampled_from(ROLE_KINDS)
TENANT_ID = "11111111-2222-4333-8444-555555555555"
ROLES = ("CanView", "CanViewWithShare", "CanEdit")
EVERYONE = "tenant"
# Few enough that declarations and assignments meet often.
IDS = tuple(f"abcdef00-0000-4000-8000-00000000000{number}" for number in range(7))
SELF = IDS[0]
SELF_APPLICATION = "c1000000-0000-4000-8000-000000000099"
CALLER = Caller(TENANT_ID, SELF.upper(), SELF_APPLICATION, "application")
TARGET = Target(Thing("env", "Environment", {}), Thing("thing-id", "Thing", {}), as_admin=True)
_TYPES = {"User": "user", "Group": "group", "ServicePrincipal": "service_principal", "NotSpecified": "user"}
_TYPE_OF = {object_id: tuple(_TYPES)[number % len(_TYPES)] for number, object_id in enumerate(IDS)}


def cased(text: str) -> st.SearchStrategy[str]:
    """The text, sometimes in another casing."""
    return st.sampled_from((text, text.upper(), text.lower(), text.swapcase()))


@st.composite
def records(draw: st.DrawFn) -> list[Json]:
    """A listing of permissions as the service gives it: one for each principal, some without a name."""
    found = []
    for object_id in draw(st.lists(st.sampled_from(IDS), unique=True)):
        role = draw(st.sampled_from(("Owner", *ROLES, *ROLES, "CanDoSomethingNew")))
        principal = {
            "id": draw(cased(object_id)),
            "type": _TYPE_OF[object_id],
            "displayName": draw(st.sampled_from(("", f"Name of {object_id[-1]}"))),
            "email": draw(st.sampled_from(("", "a@contoso.example"))),
        }
        if not principal["displayName"] and draw(st.booleans()):
            del principal["displayName"]
        found.append(record(principal["id"], draw(cased(role)), principal))
    if draw(st.booleans()):
        found.append(record(f"tenant-{TENANT_ID}", draw(cased("CanView")), {"type": "Tenant", "tenantId": TENANT_ID}))
    return found


def record(name: str, role: str, principal: Json) -> Json:
    return {"name": name, "properties": {"roleName": role, "principal": principal}}


@st.composite
def entries(draw: st.DrawFn, *, absent: bool) -> list[Json]:
    """Entries of `assignments`, at most one for each principal."""
    found: list[Json] = [
        {_TYPES[_TYPE_OF[object_id]]: draw(cased(object_id)), "role": draw(st.sampled_from(ROLES))}
        for object_id in draw(st.lists(st.sampled_from(IDS), unique=True))
    ]
    if draw(st.booleans()):
        found.append({"everyone": True, "role": "CanView"})
    if absent:
        for entry in found:
            if draw(st.booleans()):
                del entry["role"]
    return found


@st.composite
def declarations(draw: st.DrawFn, **fixed: Any) -> Json:
    """Options of a kind but for the thing: everything that can be declared by ids. fixed: options as given."""
    absent = not fixed.get("exclusive") and draw(st.booleans())
    found = {
        "assignments": draw(entries(absent=absent)),
        "state": "absent" if absent else "present",
        "exclusive": not absent and draw(st.booleans()),
        "remove_orphans": draw(st.booleans()),
        "protected_principals": draw(st.none() | st.lists(st.sampled_from(IDS).flatmap(cased), max_size=2)),
    }
    return {**found, **fixed}


@dataclass
class Case:
    """A thing, what is declared of it, and which of its principals the directory has lost for good."""

    kind: AssignmentKind
    records: Sequence[Json]
    options: Json
    gone: frozenset[str]

    @cached_property
    def current(self) -> CurrentAssignments:
        return observed(self.kind, self.records, self.gone)

    @cached_property
    def desired(self) -> DesiredAssignments:
        return bound(self.kind, self.options)

    @cached_property
    def plan(self) -> AssignmentPlan:
        return self.kind.plan(self.desired, self.current)

    @property
    def protected(self) -> set[str]:
        """Keys of the protected principals, read from the options."""
        given = self.options["protected_principals"]
        return {SELF} if given is None else {item.lower() for item in given}

    @property
    def declared(self) -> dict[str, str]:
        """Role by principal key, read from the options; "" where absence is declared."""
        absent = self.options["state"] == "absent"
        return {key_of(entry): "" if absent else entry["role"] for entry in self.options["assignments"]}

    @property
    def held(self) -> dict[str, str]:
        """Role by principal key, read from the records."""
        return {key_of_record(item): item["properties"]["roleName"] for item in self.records}

    def then(self, records: Sequence[Json]) -> Case:
        return Case(self.kind, records, self.options, self.gone)


@st.composite
def cases(draw: st.DrawFn, **fixed: Any) -> Case:
    gone = frozenset(draw(st.lists(st.sampled_from(IDS), unique=True)))
    return Case(draw(EVERY_KIND), draw(records()), draw(declarations(**fixed)), gone)


def key_of(entry: Json) -> str:
    return EVERYONE if entry.get("everyone") else next(entry[name] for name in _TYPES.values() if name in entry).lower()


def key_of_record(item: Json) -> str:
    principal = item["properties"]["principal"]
    return EVERYONE if principal["type"] == "Tenant" else principal["id"].lower()


def bound(kind: AssignmentKind, options: Json, caller: Caller = CALLER) -> DesiredAssignments:
    """Options as what is compared: through argument spec, `parse` and `bind`. Everybody is given by id."""
    thing = {"environment": "env", kind.thing_type.option: "thing-id"}
    return kind.bind(kind.parse(declared(kind, **thing, **options)), TARGET, by_id, caller)


def by_id(reference: PrincipalReference) -> Principal:
    """What a principal is that was given by its id: nobody is asked."""
    assert not reference.fields
    return Principal(reference.type, reference.value)


def observed(kind: AssignmentKind, records: Sequence[Json], gone: frozenset[str] = frozenset()) -> CurrentAssignments:
    """Records as what they are compared with, with the directory's word on every principal."""
    current = CurrentAssignments(tuple(map(as_assignment, records)))
    states = {item.key: GONE if item.key in gone else ACTIVE for item in current.assignments}
    return kind.informed(current, states)


def served(records: Sequence[Json], change: AssignmentChange | None) -> list[Json]:
    """The service after modifyPermissions: an upsert by principal, and a delete by the last segment of the id."""
    found = {item["name"].lower(): item for item in records}
    if change is None:
        return list(records)
    for item in change.delete:
        assert item.name.lower() in found, "the service is asked to delete what it does not know"
        del found[item.name.lower()]
    for item in change.put:
        everyone = item.principal.type == "Tenant"
        name = f"tenant-{TENANT_ID}" if everyone else item.principal.id
        known = found.get(name.lower())
        principal = {"id": item.principal.id, "type": item.principal.type, "displayName": item.principal.name}
        if everyone:
            principal = {"type": "Tenant", "tenantId": TENANT_ID}
        elif known:
            principal = known["properties"]["principal"]
        found[name.lower()] = record(known["name"] if known else name, item.role, principal)
    return list(found.values())
