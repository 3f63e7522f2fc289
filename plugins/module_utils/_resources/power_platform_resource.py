# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any resource of the Power Platform API that has no module of its own (contract: power-platform-api.md 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap, power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import NotFoundError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import Find, Kind
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import finish
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    ABSENT,
    CREATE,
    DELETE,
    NONE,
    PRESENT,
    UPDATE,
    WHOLE_TENANT,
    Caller,
    Difference,
    Json,
    Plan,
    Target,
    Thing,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import POWER_PLATFORM, Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    differing,
    pasted_secrets,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_address import (
    ADDRESS_OPTIONS,
    RESOURCE,
    Address,
    holds,
    look,
    parse_address,
    resource_type,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import masked
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType

PUT, PATCH, POST = "put", "patch", "post"
DECLARED, MERGED = "declared", "merged"
_METHODS = {
    PUT: power_platform.PUT_RESOURCE,
    PATCH: power_platform.PATCH_RESOURCE,
    POST: power_platform.POST_RESOURCE,
}
_OPTIONS: Mapping[str, Json] = {
    "path": {"type": "str"},
    "find": {
        "type": "dict",
        "options": {
            "path": {"type": "str", "required": True},
            "where": {"type": "dict", "required": True},
            "id_key": {"type": "str", "default": "id"},
        },
    },
    **ADDRESS_OPTIONS,
    "read_at": {"type": "str"},
    "body": {"type": "dict"},
    "create_body": {"type": "dict"},
    "create_method": {"type": "str", "choices": [PUT, POST]},
    "update_method": {"type": "str", "choices": [PUT, PATCH, POST], "default": PATCH},
    "update_body": {"type": "str", "choices": [DECLARED, MERGED], "default": DECLARED},
    "wait": {"type": "bool", "default": True},
    "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
}


class WantedResource(NamedTuple):
    """What the options say of a resource. find: what tells it from others, {} where its path is its own."""

    find: Json
    body: Json | None
    create_body: Json
    create_method: str
    update_method: str
    merged: bool
    wait: bool
    absent: bool


class ResourceDeclaration(NamedTuple):
    """The options of power_platform_resource. environment: "" where none is needed."""

    environment: str
    environment_display_name: str | None
    address: Address
    wanted: WantedResource
    display_name: str | None = None
    as_admin: bool = True
    max_removals: int = -1

    @property
    def thing(self) -> str:
        """What results call the resource."""
        return self.address.name


class DesiredResource(NamedTuple):
    """What is declared of one resource."""

    target: Target
    wanted: WantedResource


class CurrentResource(NamedTuple):
    """What the service says; `content` is None when there is no such resource."""

    path: str
    content: Any


class ResourceChange(NamedTuple):
    """One request. path: percent-encoded."""

    operation: Operation
    path: str
    body: Any
    wait: bool


class PowerPlatformResource(Kind[ResourceDeclaration, DesiredResource, CurrentResource, ResourceChange]):
    """A resource that is there with what is declared of it, or is gone."""

    name = "power_platform_resource"
    service = POWER_PLATFORM
    document = "resource"
    thing_type = RESOURCE
    options = _OPTIONS
    constraints: Mapping[str, Any] = {
        "mutually_exclusive": [["path", "find"]],
        "required_one_of": [["path", "find"]],
    }

    def rerun_safe(self, change: ResourceChange) -> bool:
        return change.operation.repeatable

    def pasted(self, options: Mapping[str, Any]) -> Iterable[str]:
        for option in ("body", "create_body"):
            yield from pasted_secrets(options[option] or {})

    def parse(self, options: Mapping[str, Any]) -> ResourceDeclaration:
        address = parse_address(options)
        return ResourceDeclaration(
            environment=options["environment"] or "",
            environment_display_name=options["environment_display_name"],
            address=address,
            wanted=_wanted(options),
        )

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (
            bap.GET_ENVIRONMENT,
            bap.LIST_ENVIRONMENTS,
            power_platform.GET_RESOURCE,
            power_platform.LIST_RESOURCES,
            *_METHODS.values(),
            power_platform.DELETE_RESOURCE,
        )

    def operations(self, declaration: ResourceDeclaration) -> tuple[Operation, ...]:
        wanted = declaration.wanted
        read = (power_platform.GET_RESOURCE, *((power_platform.LIST_RESOURCES,) if wanted.find else ()))
        if wanted.absent:
            return (*read, power_platform.DELETE_RESOURCE)
        return (*read, *(dict.fromkeys((_METHODS[wanted.create_method], _METHODS[wanted.update_method]))))

    def type_of(self, declaration: ResourceDeclaration) -> ThingType:
        return resource_type(declaration.address, in_environment=bool(declaration.environment))

    def given_environment(self, declaration: ResourceDeclaration) -> Thing | None:
        return None if declaration.environment else WHOLE_TENANT

    def may_be_missing(self, declaration: ResourceDeclaration) -> bool:
        return True

    def bind(self, declaration: ResourceDeclaration, target: Target, find: Find, caller: Caller) -> DesiredResource:
        del find, caller
        return DesiredResource(target, declaration.wanted)

    def merge(self, one: DesiredResource, other: DesiredResource) -> DesiredResource:
        if one.wanted != other.wanted:
            raise OptionError(
                "path",
                "another item declares this resource differently.",
                value=one.target.thing.id,
                remedy="Keep one of the two items.",
            )
        return one

    def read(self, client: Client, target: Target) -> CurrentResource:
        found = look(client, target.thing.record["address"], target.environment)
        return CurrentResource("", None) if found is None else CurrentResource(found.path, found.content)

    def plan(self, desired: DesiredResource, current: CurrentResource) -> Plan[ResourceChange]:
        wanted, head = desired.wanted, self.head(desired.target)
        if current.content is None:
            gone = {**head, "state": ABSENT}
            return Plan(NONE, gone, gone) if wanted.absent else self._plan_creation(desired, gone)
        facts = {"path": current.path}
        before = {**head, **_shown(current.content, wanted.body), "state": PRESENT}
        if wanted.absent:
            difference = Difference(
                self.path(desired.target), desired.target.thing.id, before={"path": current.path}, after=None
            )
            change = ResourceChange(power_platform.DELETE_RESOURCE, current.path, None, wanted.wait)
            return Plan(
                DELETE, before, {**head, "state": ABSENT}, (difference,), change, removals=1, writes=1, facts=facts
            )
        if wanted.body is None or holds(wanted.body, current.content):
            return Plan(NONE, before, before, facts=facts)
        body = _merged(wanted.body, current.content) if wanted.merged else wanted.body
        return Plan(
            UPDATE,
            before,
            {**before, "body": masked(wanted.body)},
            differences=tuple(self._rows(desired, current)),
            change=ResourceChange(_METHODS[wanted.update_method], current.path, body, wanted.wait),
            writes=1,
            facts=facts,
        )

    def _rows(self, desired: DesiredResource, current: CurrentResource) -> Iterable[Difference]:
        """One for each declared member that differs."""
        target, content = desired.target, current.content if isinstance(current.content, dict) else {}
        for key, value in (desired.wanted.body or {}).items():
            if not holds(value, content.get(key)):
                held = _part(content.get(key), value)
                before, after = differing({key: held}, {key: value}, holds, shown=masked)
                yield Difference(
                    f"{self.path(target)}/{key}", target.thing.id, before=before.get(key), after=after.get(key)
                )

    def _plan_creation(self, desired: DesiredResource, gone: Json) -> Plan[ResourceChange]:
        wanted, target = desired.wanted, desired.target
        if wanted.body is None:
            raise OptionError(
                "body",
                "there is no such resource, and a new one needs this.",
                remedy="Give it, or correct path or find.",
            )
        address: Address = target.thing.record["address"]
        body = {**wanted.find, **wanted.create_body, **wanted.body}
        change = ResourceChange(_METHODS[wanted.create_method], address.located(target.environment), body, wanted.wait)
        made = Difference(self.path(target), target.thing.id, before=None, after=masked(body))
        after = {**gone, "body": masked(wanted.body), "state": PRESENT}
        return Plan(CREATE, gone, after, (made,), change, writes=1, facts={"path": change.path})

    def apply(self, client: Client, target: Target, change: ResourceChange) -> None:
        address: Address = target.thing.record["address"]
        operation, values = address.operation(change.operation, target.environment, change.path)
        deletes = change.operation == power_platform.DELETE_RESOURCE
        try:
            begun = client.begin(operation, values, query=dict(address.query), body=change.body)
        except NotFoundError:
            if deletes:
                return
            raise
        if change.wait:
            what = f"{change.operation.method} {change.path}"
            finish(client, operation, values, begun, what, deletes=deletes)

    def head(self, target: Target) -> Json:
        where = {"environment": target.environment.id, "environment_display_name": target.environment.name}
        address: Address = target.thing.record["address"]
        return {**(where if target.environment.id else {}), **address.as_options()}

    def path(self, target: Target) -> str:
        home = f"environments/{target.environment.id}/" if target.environment.id else ""
        return f"{home}resources/{target.thing.id}"


def _wanted(options: Mapping[str, Any]) -> WantedResource:
    absent, find = options["state"] == ABSENT, options["find"]
    if absent:
        given = [option for option in ("body", "create_body", "create_method") if options[option] is not None]
        if given:
            raise OptionError(given[0], "a resource that is to be removed has none.", remedy="Leave it out.")
    method = options["create_method"] or (POST if find else PUT)
    if method == POST and not find:
        raise OptionError(
            "create_method",
            "a POST makes another one each time, and nothing tells the next run which one this is.",
            value=POST,
            remedy="Give find with path and where in place of path, or use power_platform_action for one POST.",
        )
    if method == PUT and find:
        raise OptionError(
            "create_method",
            "a PUT needs the path of what it makes, and find gives that of the others.",
            value=PUT,
            remedy="Give path in place of find.",
        )
    if options["body"] is not None and not options["body"]:
        raise OptionError("body", "it is empty.", remedy="Name the members to keep, or leave it out.")
    return WantedResource(
        find=find["where"] if find else {},
        body=options["body"],
        create_body=options["create_body"] or {},
        create_method=method,
        update_method=options["update_method"],
        merged=options["update_body"] == MERGED,
        wait=options["wait"],
        absent=absent,
    )


def _shown(content: Any, declared: Json | None) -> Json:
    return {} if declared is None else {"body": masked(_part(content, declared))}


def _part(actual: Any, declared: Any) -> Any:
    """Of what is there, the part that is declared."""
    if isinstance(declared, dict) and isinstance(actual, dict):
        return {key: _part(actual[key], content) for key, content in declared.items() if key in actual}
    return actual


def _merged(declared: Any, actual: Any) -> Any:
    """What is there, with the declared part put into it."""
    if isinstance(declared, dict) and isinstance(actual, dict):
        return {**actual, **{key: _merged(content, actual.get(key)) for key, content in declared.items()}}
    return declared


KIND = PowerPlatformResource()
