# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How assignment modules let people write principals and roles, and what is read out of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import thing_options
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import ABSENT, PRESENT, Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    GROUP,
    SERVICE_PRINCIPAL,
    TENANT,
    PrincipalReference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._principals import (
    protected_references,
    user_reference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType, is_guid

# The roles of apps, connections and custom connectors that can be given (powerapps-admin.md 2.3), weakest first.
ROLES = ("CanView", "CanViewWithShare", "CanEdit")

_PRINCIPAL_OPTIONS = ("user", "group", "service_principal", "application_id", "everyone")


class Entry(NamedTuple):
    """One declared assignment. `role` is empty where only its absence is declared; `place` is where it was written."""

    reference: PrincipalReference
    role: str
    display_name: str | None
    place: str


class AssignmentDeclaration(NamedTuple):
    """The options of an assignment module, checked as far as they can be without the tenant."""

    environment: str
    environment_display_name: str | None
    thing: str
    display_name: str | None
    as_admin: bool
    max_removals: int
    entries: tuple[Entry, ...]
    protected: tuple[PrincipalReference, ...] | None
    absent: bool
    exclusive: bool
    remove_orphans: bool
    notify: bool


def assignment_options(thing_type: ThingType, roles: Sequence[str]) -> dict[str, Json]:
    """The options of a module of this family, whose things can be shared with everyone, and in several roles."""
    return {
        **_options(thing_type, {"everyone": {"type": "bool"}, "role": {"type": "str", "choices": list(roles)}}),
        "notify": {"type": "bool", "default": False},
    }


def membership_options(thing_type: ThingType) -> dict[str, Json]:
    """The options of a module that manages one role, which everyone cannot hold and nobody is told of."""
    return _options(thing_type, {})


def _options(thing_type: ThingType, more: Mapping[str, Json]) -> dict[str, Json]:
    principal: dict[str, Json] = {
        "user": {"type": "str"},
        "group": {"type": "str"},
        "service_principal": {"type": "str"},
        "application_id": {"type": "str"},
        "principal_display_name": {"type": "str"},
        **more,
    }
    named = [option for option in _PRINCIPAL_OPTIONS if option in principal]
    return {
        **thing_options(thing_type),
        **principal,
        "assignments": {
            "type": "list",
            "elements": "dict",
            "options": principal,
            "mutually_exclusive": [named],
            "required_one_of": [named],
        },
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
        "exclusive": {"type": "bool", "default": False},
        "max_removals": {"type": "int", "default": 20},
        "protected_principals": {"type": "list", "elements": "str"},
        "remove_orphans": {"type": "bool", "default": False},
    }


def assignment_constraints(options: Mapping[str, Json]) -> Json:
    """What Ansible checks of these options before the module runs."""
    named = [option for option in _PRINCIPAL_OPTIONS if option in options]
    short = [*named, *(option for option in ("role", "principal_display_name") if option in options)]
    return {
        "mutually_exclusive": [named, *(["assignments", option] for option in short)],
        "required_one_of": [["assignments", *named]],
    }


def parse_declaration(
    options: Mapping[str, Any], thing_type: ThingType, roles: Sequence[str], everyone_roles: Sequence[str]
) -> AssignmentDeclaration:
    """The options of an assignment module as a declaration. OptionError for what can never be right."""
    absent = options["state"] == ABSENT
    if absent and options["exclusive"]:
        raise OptionError(
            "exclusive",
            "it cannot be combined with state=absent.",
            value=True,
            remedy="To remove everything, declare state=present, exclusive=true and assignments=[].",
        )
    if options["max_removals"] < -1:
        raise OptionError(
            "max_removals",
            "it is a number of removals.",
            value=options["max_removals"],
            remedy="Give 0 or more, or -1 for no limit.",
        )
    option = thing_type.option
    return AssignmentDeclaration(
        environment=options["environment"],
        environment_display_name=options["environment_display_name"],
        thing=options[option],
        display_name=options[f"{option}_display_name"],
        as_admin=options["as_admin"],
        max_removals=options["max_removals"],
        entries=tuple(_entries(options, roles, everyone_roles, absent=absent)),
        protected=protected_references(options["protected_principals"]),
        absent=absent,
        exclusive=options["exclusive"],
        remove_orphans=options["remove_orphans"],
        notify=options.get("notify", False),
    )


def _entries(
    options: Mapping[str, Any], roles: Sequence[str], everyone_roles: Sequence[str], *, absent: bool
) -> Iterable[Entry]:
    listed = options["assignments"]
    if listed is None:
        yield _entry(options, "", roles, everyone_roles, absent=absent)
        return
    for index, row in enumerate(listed):
        yield _entry(row, f"assignments[{index}].", roles, everyone_roles, absent=absent)


def _entry(
    row: Mapping[str, Any], place: str, roles: Sequence[str], everyone_roles: Sequence[str], *, absent: bool
) -> Entry:
    reference = principal_reference(row, place)
    role = row.get("role") or (roles[0] if len(roles) == 1 else "")
    if not absent and not role:
        raise OptionError(f"{place}role", "it is missing.", remedy=f"Give one of {', '.join(roles)}.")
    if role and reference.type == TENANT and role not in everyone_roles:
        raise OptionError(
            f"{place}role",
            "everyone in the tenant cannot hold this role.",
            value=role,
            remedy=f"Use {' or '.join(everyone_roles)}, or give the role to a group.",
        )
    return Entry(reference, role, row.get("principal_display_name"), place)


def principal_reference(row: Mapping[str, Any], place: str) -> PrincipalReference:
    """The principal that an entry names, one of its options. OptionError for none and for what cannot be right."""
    if row.get("everyone") is False:
        raise OptionError(
            f"{place}everyone", "it can only be true.", value=False, remedy="To take the share away, use state=absent."
        )
    if row.get("everyone"):
        return PrincipalReference(f"{place}everyone", TENANT, "")
    if row.get("user"):
        return user_reference(f"{place}user", row["user"])
    if row.get("group"):
        fields = () if is_guid(row["group"]) else ("displayName",)
        return PrincipalReference(f"{place}group", GROUP, row["group"], fields)
    if row.get("service_principal"):
        fields = () if is_guid(row["service_principal"]) else ("displayName",)
        return PrincipalReference(f"{place}service_principal", SERVICE_PRINCIPAL, row["service_principal"], fields)
    if not place and all(row.get(option) is None for option in _PRINCIPAL_OPTIONS):
        raise OptionError(
            "assignments",
            "it is null, and no principal is given.",
            remedy="Give a list, [] for nobody, or a principal.",
        )
    application_id = row.get("application_id") or ""
    if not is_guid(application_id):
        option = next((name for name in _PRINCIPAL_OPTIONS if row.get(name) is not None), "user")
        raise OptionError(
            f"{place}{option}",
            "it does not name a principal.",
            value=row.get(option),
            remedy="application_id takes a GUID; the other options must not be empty.",
        )
    return PrincipalReference(f"{place}application_id", SERVICE_PRINCIPAL, application_id, ("appId",))
