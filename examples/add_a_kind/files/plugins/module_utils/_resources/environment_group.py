# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment group and what it is for (contract: power-platform-api.md 4.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import power_platform_groups
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotFoundError,
    OptionError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    CREATE,
    DELETE,
    NONE,
    PRESENT,
    UPDATE,
    Caller,
    Difference,
    Json,
    Plan,
    Target,
    Thing,
    same_text,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWER_PLATFORM, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType, nothing

_OPTION = "environment_group"
_NAME = "environment_group_display_name"


class GroupDeclaration(NamedTuple):
    """The options of environment_group. A description that is None is not declared."""

    thing: str
    display_name: str | None
    description: str | None
    absent: bool
    environment: str = ""
    environment_display_name: str | None = None
    as_admin: bool = True
    max_removals: int = -1


class DesiredGroup(NamedTuple):
    """What is declared of one group, once it is known which one that is."""

    target: Target
    description: str | None
    absent: bool


class GroupChange(NamedTuple):
    """What to write: `content` is the whole of a group, {} for one that is to go."""

    action: str
    content: Json


# How a group is found: by its id, or by its name in the listing of all of them.


def _as_record(group: Json) -> Json:
    """A group in the form of the things of other services."""
    identifier = group.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise UnreadableAnswerError("The service described an environment group without its id.")
    return {"name": identifier, "properties": {"displayName": group.get("displayName") or ""}}


def _list(client: Client, _environment: Thing, *, as_admin: bool) -> Iterator[Json]:
    del as_admin
    return map(_as_record, power_platform_groups.list_groups(client))


def _get(client: Client, _environment: Thing, group: str, *, as_admin: bool) -> Json:
    del as_admin
    return _as_record(power_platform_groups.get_group(client, group))


ENVIRONMENT_GROUP = ThingType(_OPTION, _list, _get, keep=nothing, in_environment=False)


class EnvironmentGroup(Kind[GroupDeclaration, DesiredGroup, Json, GroupChange]):
    """A group that is there as declared, or is gone. Its current state is the service's record, {} if it has none."""

    name = "environment_group"
    service = POWER_PLATFORM
    wave = 0
    document = "environment group"
    thing_type = ENVIRONMENT_GROUP
    exportable = True
    options: Mapping[str, Json] = {
        _OPTION: {"type": "str", "required": True},
        _NAME: {"type": "str"},
        "description": {"type": "str"},
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
    }

    # What is asked for.

    def parse(self, options: Mapping[str, Any]) -> GroupDeclaration:
        absent = options["state"] == ABSENT
        if absent and options["description"] is not None:
            raise OptionError("description", "a group that is to be removed has none.", remedy="Leave it out.")
        return GroupDeclaration(options[_OPTION], options[_NAME], options["description"], absent)

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (
            power_platform_groups.LIST_GROUPS,
            power_platform_groups.GET_GROUP,
            power_platform_groups.CREATE_GROUP,
            power_platform_groups.UPDATE_GROUP,
            power_platform_groups.DELETE_GROUP,
        )

    def operations(self, declaration: GroupDeclaration) -> tuple[Operation, ...]:
        find, get, create, update, delete = self.every_operation(as_admin=True)
        return (find, get, delete) if declaration.absent else (find, get, create, update)

    def may_be_missing(self, declaration: GroupDeclaration) -> bool:
        return True

    def bind(self, declaration: GroupDeclaration, target: Target, find: Find, caller: Caller) -> DesiredGroup:
        del find, caller
        return DesiredGroup(target, declaration.description, declaration.absent)

    def merge(self, one: DesiredGroup, other: DesiredGroup) -> DesiredGroup:
        if (one.description, one.absent) != (other.description, other.absent):
            raise OptionError(
                _OPTION,
                "another item declares this group differently.",
                value=one.target.thing.name or one.target.thing.id,
                remedy="Keep one of the two items.",
            )
        return one

    # What is there.

    def missing(self, caller: Caller) -> Json:
        del caller
        return {}

    def read(self, client: Client, target: Target) -> Json:
        group = target.thing
        if group.id:
            try:
                return power_platform_groups.get_group(client, group.id)
            except NotFoundError:
                return {}
        # It was just made: nothing but its name tells which one it is.
        every = power_platform_groups.list_groups(client)
        return next((found for found in every if same_text(found.get("displayName"), group.name)), {})

    # What is to be done.

    def plan(self, desired: DesiredGroup, current: Json) -> Plan[GroupChange]:
        target, declared = desired.target, desired.description
        gone = {**self.head(target), "state": ABSENT}
        if not current:
            return Plan(NONE, gone, gone) if desired.absent else self._creation(target, gone, declared or "")
        name, description = target.thing.name, current.get("description") or ""
        # The target of a group that was just made knows its name alone.
        before = {**self.head(target), _OPTION: current["id"], "description": description, "state": PRESENT}
        if desired.absent:
            return Plan(
                DELETE,
                before,
                gone,
                differences=(Difference(self.path(target), name, before={"name": name}, after=None),),
                change=GroupChange(DELETE, {}),
                removals=1,
                writes=1,
            )
        if declared in (None, description):
            return Plan(NONE, before, before)
        # A PUT replaces all of it: what is not declared goes along as it is.
        kept = {key: current.get(key) for key in ("displayName", "parentGroupId", "childrenGroupIds")}
        difference = Difference(f"{self.path(target)}/description", name, before=description, after=declared)
        return Plan(
            UPDATE,
            before,
            {**before, "description": declared},
            differences=(difference,),
            change=GroupChange(UPDATE, {**kept, "description": declared}),
            writes=1,
        )

    def _creation(self, target: Target, gone: Json, description: str) -> Plan[GroupChange]:
        if target.thing.id:
            raise OptionError(
                _OPTION,
                "there is no such group, and a new one gets its id from the service.",
                value=target.thing.id,
                remedy="Check the id, or give the name of the group to be made.",
            )
        name = target.thing.name
        return Plan(
            CREATE,
            gone,
            {**gone, "description": description, "state": PRESENT},
            differences=(Difference(self.path(target), name, before=None, after={"name": name}),),
            change=GroupChange(CREATE, {"displayName": name, "description": description}),
            writes=1,
        )

    def apply(self, client: Client, target: Target, change: GroupChange) -> None:
        if change.action == CREATE:
            power_platform_groups.create_group(client, change.content)
        elif change.action == UPDATE:
            power_platform_groups.update_group(client, target.thing.id, change.content)
        else:
            power_platform_groups.delete_group(client, target.thing.id)

    def rerun_safe(self, change: GroupChange) -> bool:
        # A create that cannot be seen yet would be done again, and there would be two.
        return change.action != CREATE

    # How it is shown.

    def head(self, target: Target) -> Json:
        return {**super().head(target), _NAME: target.thing.name}


KIND = EnvironmentGroup()
