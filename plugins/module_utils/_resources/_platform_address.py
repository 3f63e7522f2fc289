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
from ansible_collections.powerops.powerplatform.plugins.module_utils._api.power_platform import GivenPath
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    NotFoundError,
    OptionError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_documents import (
    holds,
    part_at,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import (
    MASK,
    holds_mask,
    masked,
    secret_texts,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType

GLOBAL = "global"
ENVIRONMENT = "environment"
_PLACEHOLDER = "{environment}"
_VERSION = "api-version"
# What may stand in a segment besides letters and figures.
_SAFE = "-._~$!'()*+,;=:@"
_NO_PATH = frozenset("?#\\%{}")

ADDRESS_OPTIONS: Mapping[str, Json] = {
    "environment": {"type": "str"},
    "environment_display_name": {"type": "str"},
    "host": {"type": "str", "choices": [GLOBAL, ENVIRONMENT], "default": GLOBAL},
    "api_version": {"type": "str"},
    "query": {"type": "dict"},
}


class Address(NamedTuple):
    """path: of the resource, or of the listing to find it in; with `{environment}` for the environment's id.

    own_host: whether it is sent to the host of its environment. api_version: "" for that of the operation. where: what
    tells the resource from others of the listing, as JSON; "" for a path that is its own. id_key: the member that holds
    its id. read_at: where it stands in the answer, as members and numbers with dots between; "" for the whole of it.
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
        return f"{self.path} where {canonical(masked(json.loads(self.where)))}" if self.where else self.path

    def as_options(self) -> Json:
        """The options that say where it is, as they may be shown."""
        where: Json = {"path": self.path}
        if self.where:
            where = {"find": {**where, "where": masked(json.loads(self.where)), "id_key": self.id_key}}
        others = {
            "host": ENVIRONMENT if self.own_host else "",
            "api_version": self.api_version,
            "query": masked({"queries": dict(self.query)})["queries"],
            "read_at": self.read_at,
        }
        return {**where, **{name: value for name, value in others.items() if value}}

    def located(self, environment: Thing) -> str:
        """The path, percent-encoded, in that environment."""
        filled = self.path.replace(_PLACEHOLDER, environment.id)
        return "/".join(quote(segment, safe=_SAFE) for segment in filled.split("/"))

    def given(self, environment: Thing, path: str = "") -> GivenPath:
        """What to ask for in that environment: this address, or another path, percent-encoded, below it."""
        version = {_VERSION: self.api_version} if self.api_version else {}
        return GivenPath(
            path=path or self.located(environment),
            environment=environment.id if self.own_host else "",
            query={**dict(self.query), **version},
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
    _check_path(option, path)
    _check_environment(option, path, options)
    if find and not find["where"]:
        raise OptionError("find.where", "it is empty.", remedy="Name members that tell the resource from others.")
    if find:
        check_masks("find.where", find["where"])
        _check_text("find.id_key", find["id_key"], "the member that holds the id of the resource")
    _check_text("api_version", options["api_version"], "a version, or leave it out")
    _check_text("read_at", options.get("read_at"), "a place in the answer, or leave it out")
    return Address(
        path=path,
        own_host=options["host"] == ENVIRONMENT,
        api_version=options["api_version"] or "",
        query=tuple(sorted(_query(options["query"] or {}))),
        where=canonical(find["where"]) if find else "",
        id_key=find["id_key"] if find else "id",
        read_at=options.get("read_at") or "",
    )


def _check_path(option: str, path: str) -> None:
    segments = path.split("/")[1:]
    wrong = ""
    if not path.startswith("/") or not all(segments):
        wrong = "it does not begin with a slash, ends with one, or has two in a row."
    elif any(segment in (".", "..") for segment in segments):
        wrong = "it leads out of itself."
    elif any(_is_foreign(character) for character in path.replace(_PLACEHOLDER, "")):
        wrong = (
            f"it has a character that no path has: give the query in query, nothing percent-encoded, and no other "
            f"braces than those of {_PLACEHOLDER}."
        )
    if wrong:
        remedy = "Give the path as the vendor documents it, from the slash behind the host to what begins the query."
        raise OptionError(option, wrong, value=path, remedy=remedy)


def _is_foreign(character: str) -> bool:
    return character in _NO_PATH or character.isspace() or not character.isprintable()


def _check_environment(option: str, path: str, options: Mapping[str, Any]) -> None:
    environment, own_host = options["environment"], options["host"] == ENVIRONMENT
    _check_text("environment", environment, "an id or a display name")
    needs = _PLACEHOLDER in path or own_host
    if needs and environment is None:
        what = "host=environment" if own_host else f"{_PLACEHOLDER} in {option}"
        raise OptionError("environment", f"it is missing, and {what} needs it.", remedy="Give an id or a display name.")
    if environment is not None and not needs:
        raise OptionError(
            "environment",
            f"nothing says what it is for: {option} does not hold {_PLACEHOLDER}.",
            value=environment,
            remedy=f"Write {_PLACEHOLDER} where its id belongs, or set host=environment, or leave it out.",
        )


def _check_text(option: str, text: str | None, what: str) -> None:
    """OptionError for a blank, as an unset variable makes it."""
    if text is not None and not text.strip():
        raise OptionError(option, "it is empty.", value=text, remedy=f"Give {what}.")


def _query(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        if name.strip().casefold() == _VERSION:
            raise OptionError("query", "the version has an option of its own.", value=name, remedy="Use api_version.")
        if not name.strip() or not isinstance(value, (str, int, float)):
            remedy = "Give names with texts, figures, true or false."
            raise OptionError("query", "it has no plain value.", value=name, remedy=remedy)
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def check_masks(option: str, document: Any) -> None:
    """OptionError for a document that was shown, with masks in place of its secrets, and is none to be written."""
    if holds_mask(document):
        raise OptionError(
            option,
            f"it holds {MASK} in place of a secret, as results do.",
            remedy="Put the secret in, from a vault.",
        )


def address_secrets(options: Mapping[str, Any]) -> Iterator[str]:
    """Secrets that stand where a resource is named."""
    yield from secret_texts({"queries": options["query"] or {}})
    yield from secret_texts((options.get("find") or {}).get("where") or {})


def look(client: Client, address: Address, environment: Thing) -> Found | None:
    """The resource; None when it is not there. AmbiguousReferenceError where several fit."""
    path = address.located(environment)
    if address.where:
        fitting = _fitting(client, address, environment)
        if not fitting:
            return None
        path = f"{path}/{quote(fitting, safe='')}"
    try:
        answer = power_platform.get_resource(client, address.given(environment, path))
    except NotFoundError as error:
        if not address.where:
            return None
        raise _unlike_its_listing(address, path, error.status) from error
    if answer is not None:
        return Found(path, part_at(answer, address.read_at))
    if address.where:
        raise _unlike_its_listing(address, path, 204)
    return None


def _unlike_its_listing(address: Address, path: str, status: int) -> NotFoundError:
    """A listing that has something is believed: else a wrong id would make another one with each run."""
    return NotFoundError(
        f"The listing {address.path} has what is looked for, and the service does not know {path}.",
        status=status,
        operation=power_platform.GET_RESOURCE.name,
        remedy=f"If it was not made or deleted a moment ago, {address.id_key} is not its id: correct find.id_key.",
    )


def listing(client: Client, address: Address, environment: Thing) -> Iterator[Json]:
    """Every item of a listing."""
    return power_platform.list_resources(client, address.given(environment))


def _fitting(client: Client, address: Address, environment: Thing) -> str:
    """The id of the one that fits, "" for none."""
    where: Json = json.loads(address.where)
    found = [row.get(address.id_key) for row in listing(client, address, environment) if holds(where, row)]
    ids = ["" if value is None else str(value) for value in found]
    if len(ids) > 1:
        pairs = [(identifier, address.path) for identifier in ids]
        raise AmbiguousReferenceError("find.where", canonical(masked(where)), pairs, id_option="path")
    if ids and ids[0] in ("", ".", ".."):
        raise OptionError(
            "find.id_key",
            f"what was found at {address.path} has no id there.",
            value=address.id_key,
            remedy="Name the member of the listing that holds the id.",
        )
    return ids[0] if ids else ""


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
