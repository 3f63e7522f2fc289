# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any resource of the Power Platform API that has no module of its own (contract: power-platform-api.md 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import power_platform
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import differing
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_address import (
    ADDRESS_OPTIONS,
    RESOURCE,
    Address,
    address_secrets,
    check_masks,
    look,
    parse_address,
    resource_type,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_documents import (
    declared_part,
    holds,
    merged,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import (
    masked,
    secret_texts,
)
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
            "id_key": {"type": "str", "default": "id", "no_log": False},
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
    """What the options say of a resource.

    body: what it shall hold; None where it shall only be there. new: what a new one is made of, {} where none can be.
    """

    body: Json | None
    new: Json
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
    secrets: tuple[str, ...]
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
    address: Address
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

    def awaited(self, change: ResourceChange) -> bool:
        return change.wait

    def pasted(self, options: Mapping[str, Any]) -> Iterable[str]:
        for option in ("body", "create_body"):
            yield from secret_texts(options[option] or {})
        yield from address_secrets(options)

    def parse(self, options: Mapping[str, Any]) -> ResourceDeclaration:
        address = parse_address(options)
        return ResourceDeclaration(
            environment=options["environment"] or "",
            environment_display_name=options["environment_display_name"],
            address=address,
            wanted=_wanted(options),
            secrets=tuple(self.pasted(options)),
        )

    def secrets(self, declaration: ResourceDeclaration) -> Iterable[str]:
        return declaration.secrets

    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        del as_admin
        return (
            power_platform.GET_RESOURCE,
            power_platform.LIST_RESOURCES,
            *_METHODS.values(),
            power_platform.DELETE_RESOURCE,
        )

    def operations(self, declaration: ResourceDeclaration) -> tuple[Operation, ...]:
        wanted, finds = declaration.wanted, bool(declaration.address.where)
        read = (power_platform.GET_RESOURCE, *((power_platform.LIST_RESOURCES,) if finds else ()))
        if wanted.absent:
            return (*read, power_platform.DELETE_RESOURCE)
        methods = [wanted.create_method] if wanted.new else []
        methods += [wanted.update_method] if wanted.body else []
        return (*read, *(_METHODS[method] for method in dict.fromkeys(methods)))

    def type_of(self, declaration: ResourceDeclaration) -> ThingType:
        return resource_type(declaration.address, in_environment=bool(declaration.environment))

    def given_environment(self, declaration: ResourceDeclaration) -> Thing | None:
        return None if declaration.environment else WHOLE_TENANT

    def may_be_missing(self, declaration: ResourceDeclaration) -> bool:
        return True

    def bind(self, declaration: ResourceDeclaration, target: Target, find: Find, caller: Caller) -> DesiredResource:
        del find, caller
        return DesiredResource(target, declaration.address, declaration.wanted)

    def merge(self, one: DesiredResource, other: DesiredResource) -> DesiredResource:
        if (one.address, one.wanted) != (other.address, other.wanted):
            raise OptionError(
                "find" if one.address.where else "path",
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
        gone = {**head, "state": ABSENT}
        if current.content is None:
            return Plan(NONE, gone, gone) if wanted.absent else self._plan_creation(desired, gone)
        before = {**head, **_shown(current.content, wanted.body), "state": PRESENT}
        if wanted.absent:
            return self._plan_removal(desired, current, before, gone)
        facts = {"path": current.path}
        if wanted.body is None or holds(wanted.body, current.content):
            return Plan(NONE, before, before, facts=facts)
        body = merged(wanted.body, current.content) if wanted.merged else wanted.body
        return Plan(
            UPDATE,
            before,
            {**before, "body": masked(wanted.body)},
            differences=tuple(self._rows(desired, current.content)),
            change=ResourceChange(_METHODS[wanted.update_method], current.path, body, wanted.wait),
            writes=1,
            facts=facts,
        )

    def _rows(self, desired: DesiredResource, content: Any) -> Iterable[Difference]:
        """One for each declared member that differs."""
        target, held = desired.target, content if isinstance(content, dict) else {}
        for key, value in (desired.wanted.body or {}).items():
            if holds(value, held.get(key)):
                continue
            before, after = differing(declared_part(held, {key: value}), {key: value}, holds, shown=masked)
            yield Difference(
                f"{self.path(target)}/{key}", target.thing.id, before=before.get(key), after=after.get(key)
            )

    def _plan_creation(self, desired: DesiredResource, gone: Json) -> Plan[ResourceChange]:
        wanted, target = desired.wanted, desired.target
        if not wanted.new:
            raise OptionError(
                "body",
                f"there is no {desired.address.name}, and a new one needs this.",
                remedy="Give it, or correct path or find.",
            )
        path = desired.address.located(target.environment)
        made = Difference(self.path(target), target.thing.id, before=None, after=masked(wanted.new))
        return Plan(
            CREATE,
            gone,
            {**gone, **_shown(wanted.body, wanted.body), "state": PRESENT},
            differences=(made,),
            change=ResourceChange(_METHODS[wanted.create_method], path, wanted.new, wanted.wait),
            writes=1,
        )

    def _plan_removal(
        self, desired: DesiredResource, current: CurrentResource, before: Json, gone: Json
    ) -> Plan[ResourceChange]:
        target, facts = desired.target, {"path": current.path}
        return Plan(
            DELETE,
            before,
            gone,
            differences=(Difference(self.path(target), target.thing.id, before=facts, after=None),),
            change=ResourceChange(power_platform.DELETE_RESOURCE, current.path, None, desired.wanted.wait),
            removals=1,
            writes=1,
            facts=facts,
        )

    def apply(self, client: Client, target: Target, change: ResourceChange) -> None:
        address: Address = target.thing.record["address"]
        given = address.given(target.environment, change.path)
        deletes = change.operation is power_platform.DELETE_RESOURCE
        try:
            begun = power_platform.send_resource(client, change.operation, given, change.body)
        except NotFoundError:
            if deletes:
                return
            raise
        if change.wait:
            what = f"{change.operation.method} {change.path}"
            finish(client, *given.of(change.operation), begun, what, deletes=deletes)

    def head(self, target: Target) -> Json:
        where = {"environment": target.environment.id, "environment_display_name": target.environment.name}
        address: Address = target.thing.record["address"]
        return {**(where if target.environment.id else {}), **address.as_options()}

    def path(self, target: Target) -> str:
        home = f"environments/{target.environment.id}/" if target.environment.id else ""
        return f"{home}resources{target.thing.id}"


def _wanted(options: Mapping[str, Any]) -> WantedResource:
    find, body, create_body = options["find"], options["body"], options["create_body"]
    absent = options["state"] == ABSENT
    if absent:
        given = [option for option in ("body", "create_body", "create_method") if options[option] is not None]
        if given:
            raise OptionError(given[0], "a resource that is to be removed has none.", remedy="Leave it out.")
    for option in ("body", "create_body"):
        check_masks(option, options[option])
        if options[option] == {}:
            raise OptionError(option, "it is empty.", remedy="Name the members that it shall have, or leave it out.")
    method = options["create_method"] or (POST if find else PUT)
    _check_method(method, finds=bool(find))
    where = find["where"] if find else {}
    own = merged(body or {}, create_body or {})
    new = merged(own, where) if own else {}
    if not holds(where, new) and new:
        raise OptionError(
            "find.where",
            "body or create_body says otherwise, so that the next run would not find it, and make another one.",
            remedy="Say the same in all of them. Where a name is to be changed, give path in place of find.",
        )
    return WantedResource(
        body=body,
        new=new,
        create_method=method,
        update_method=options["update_method"],
        merged=options["update_body"] == MERGED,
        wait=options["wait"],
        absent=absent,
    )


def _check_method(method: str, *, finds: bool) -> None:
    if method == POST and not finds:
        raise OptionError(
            "create_method",
            "a POST makes another one each time, and nothing tells the next run which one this is.",
            value=POST,
            remedy="Give find with path and where in place of path, or use power_platform_action for one POST.",
        )
    if method == PUT and finds:
        raise OptionError(
            "create_method",
            "a PUT needs the path of what it makes, and find gives that of the others.",
            value=PUT,
            remedy="Give path in place of find.",
        )


def _shown(content: Any, declared: Json | None) -> Json:
    return {} if declared is None else {"body": masked(declared_part(content, declared))}


KIND = PowerPlatformResource()
