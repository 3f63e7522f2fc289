# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a resource of the Power Platform API is, as users say it: path, host, version, or how to find it.

Contract: power-platform-api.md 1. The one place above the API layer where a path comes from: its user gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    NotFoundError,
    OptionError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import same_json
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType

GLOBAL = "global"
ENVIRONMENT = "environment"
_PLACEHOLDER = "{environment}"
# What may stand in a segment besides letters and figures.
_SAFE = "-._~$!'()*+,;=:@"

ADDRESS_OPTIONS: Mapping[str, Json] = {
    "environment": {"type": "str"},
    "environment_display_name": {"type": "str"},
    "host": {"type": "str", "choices": [GLOBAL, ENVIRONMENT], "default": GLOBAL},
    "api_version": {"type": "str", "default": power_platform.VERSION},
    "query": {"type": "dict"},
}


class Address(NamedTuple):
    """path: of the resource, or of the listing to find it in; with `{environment}` for the environment's id.

    own_host: whether it is sent to the host of its environment. where: what tells the resource from others of the
    listing, as JSON; "" for a path that is its own. id_key: the member that holds its id. read_at: where it stands in
    the answer, as members and numbers with dots between; "" for the whole of it.
    """

    path: str
    own_host: bool
    api_version: str
    query: tuple[tuple[str, str], ...]
    where: str = ""
    id_key: str = "id"
    read_at: str = ""

    @property
    def name(self) -> str:
        """How messages name the resource."""
        return f"{self.path} where {self.where}" if self.where else self.path

    def as_options(self) -> Json:
        """The options that say where it is."""
        if not self.where:
            return {"path": self.path}
        return {"find": {"path": self.path, "where": json.loads(self.where), "id_key": self.id_key}}

    def located(self, environment: Thing) -> str:
        """The path, percent-encoded, in that environment."""
        filled = self.path.replace(_PLACEHOLDER, environment.id)
        return "/".join(quote(segment, safe=_SAFE) for segment in filled.split("/"))

    def host_of(self, environment: Thing) -> str:
        """The id of the environment to whose host it is sent, "" for the host of the API."""
        return environment.id if self.own_host else ""

    def operation(self, operation: Operation, environment: Thing, path: str = "") -> tuple[Operation, dict[str, str]]:
        """An operation on this address, or on another path beside it."""
        return power_platform.resource(
            operation, path or self.located(environment), self.host_of(environment), self.api_version
        )


class Found(NamedTuple):
    """A resource that is there: its path, percent-encoded, and what the service says of it."""

    path: str
    content: Any


def parse_address(options: Mapping[str, Any]) -> Address:
    """OptionError for what can be no path of this API."""
    find: Mapping[str, Any] | None = options.get("find")
    option = "find.path" if find else "path"
    path = find["path"] if find else options["path"]
    _check_path(option, path, options)
    if find and not find["where"]:
        raise OptionError("find.where", "it is empty.", remedy="Name members that tell the resource from others.")
    query = options["query"] or {}
    for name in query:
        if name.casefold() == "api-version":
            raise OptionError("query", "the version has an option of its own.", value=name, remedy="Use api_version.")
    return Address(
        path=path,
        own_host=options["host"] == ENVIRONMENT,
        api_version=options["api_version"],
        query=tuple(sorted((name, str(value)) for name, value in query.items())),
        where=canonical(find["where"]) if find else "",
        id_key=find["id_key"] if find else "id",
        read_at=options.get("read_at") or "",
    )


def _check_path(option: str, path: str, options: Mapping[str, Any]) -> None:
    segments = path.split("/")[1:]
    wrong = ""
    if not path.startswith("/") or not all(segments):
        wrong = "it does not begin with a slash, ends with one, or has two in a row."
    elif any(segment in (".", "..") for segment in segments):
        wrong = "it leads out of itself."
    elif any(character in "?#\\%" or ord(character) < 33 for character in path):
        wrong = "it has a character that no path has: give the query in query, and nothing percent-encoded."
    if wrong:
        remedy = "Give the path as the vendor documents it, such as /licensing/billingPolicies."
        raise OptionError(option, wrong, value=path, remedy=remedy)
    needs = _PLACEHOLDER in path or options["host"] == ENVIRONMENT
    if needs and not options["environment"]:
        what = "host=environment" if options["host"] == ENVIRONMENT else f"{_PLACEHOLDER} in {option}"
        raise OptionError("environment", f"it is missing, and {what} needs it.", remedy="Give an id or a display name.")
    if options["environment"] and not needs:
        raise OptionError(
            "environment",
            f"nothing says what it is for: {option} does not hold {_PLACEHOLDER}.",
            value=options["environment"],
            remedy=f"Write {_PLACEHOLDER} where its id belongs, or set host=environment, or leave it out.",
        )


def look(client: Client, address: Address, environment: Thing) -> Found | None:
    """The resource; None when it is not there. AmbiguousReferenceError where several fit."""
    path = address.located(environment)
    if address.where:
        fitting = _fitting(client, address, environment)
        if not fitting:
            return None
        path = f"{path}/{quote(fitting, safe='')}"
    operation, values = address.operation(power_platform.GET_RESOURCE, environment, path)
    try:
        answer = client.call(operation, values, query=dict(address.query))
    except NotFoundError:
        return None
    return None if answer is None else Found(path, part_at(answer, address.read_at))


def listing(client: Client, address: Address, environment: Thing) -> Iterator[Json]:
    """Every item of a listing."""
    operation, values = address.operation(power_platform.LIST_RESOURCES, environment)
    return client.items(operation, values, query=dict(address.query))


def _fitting(client: Client, address: Address, environment: Thing) -> str:
    where: Json = json.loads(address.where)
    rows = [row for row in listing(client, address, environment) if holds(where, row)]
    ids = [str(row.get(address.id_key) or "") for row in rows]
    if len(ids) > 1:
        pairs = [(identifier, address.where) for identifier in ids]
        raise AmbiguousReferenceError("find", address.where, pairs, id_option="path")
    if ids and not ids[0]:
        raise UnreadableAnswerError(f"What was found at {address.path} has no {address.id_key}.")
    return ids[0] if ids else ""


def holds(declared: Any, actual: Any) -> bool:
    """Whether a document has what is declared: members that are not declared do not count, lists count as a whole."""
    if isinstance(declared, dict):
        held = actual if isinstance(actual, dict) else {}
        return all(holds(content, held.get(key)) for key, content in declared.items())
    return same_json(declared, actual)


def part_at(answer: Any, place: str) -> Any:
    """The part of an answer that stands at `a.0.b`. UnreadableAnswerError where it has no such place."""
    part = answer
    for name in place.split(".") if place else ():
        if isinstance(part, dict) and name in part:
            part = part[name]
        elif isinstance(part, list) and name.isdecimal() and int(name) < len(part):
            part = part[int(name)]
        else:
            raise UnreadableAnswerError(f"The answer has nothing at {place}.")
    return part


def _nothing(_client: Client, _environment: Thing, *, as_admin: bool) -> Iterator[Json]:
    del as_admin
    return iter(())


def _always(text: str) -> bool:
    del text
    return True


def _whole(record: Json) -> Json:
    return record


@cache
def resource_type(address: Address, *, in_environment: bool) -> ThingType:
    """Resources at an address: whoever declares one has named it whole, so that nobody is asked where it is."""

    def get(_client: Client, _environment: Thing, identifier: str, *, as_admin: bool) -> Json:
        del as_admin
        return {"name": identifier, "properties": {}, "address": address}

    return ThingType("path", _nothing, get, keep=_whole, is_id=_always, in_environment=in_environment)


# What stands for all of them where no address is known.
RESOURCE = resource_type(Address("/", own_host=False, api_version="", query=()), in_environment=True)
