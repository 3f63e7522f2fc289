# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An export as people read it: names where they mean one thing, ids where they do not, no option that goes without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    OptionError,
    PermissionDeniedError,
    PowerPlatformError,
    TokenError,
    UnknownPrincipalError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._export import Item, Left, filled
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import (
    ACTIVE,
    GROUP,
    SERVICE_PRINCIPAL,
    USER,
    PrincipalReference,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import is_environment_id, is_guid

_KEPT_IDS = "The export names people, groups and applications by their object ids"
# Options that name a principal, with their type; and the options beside which it is called by its display name.
_TYPES = {"user": USER, "group": GROUP, "service_principal": SERVICE_PRINCIPAL, "owner": USER}


class Mention(NamedTuple):
    """A principal in the options of an item: where it stands, under which option, and under which its display name."""

    row: Json
    option: str
    name_option: str

    @property
    def id(self) -> str:
        """Its object id, in lower case."""
        return str(self.row[self.option]).lower()


def mentions(options: Json) -> Iterator[Mention]:
    """The principals in the options of an item, which are called alike by all kinds."""
    if is_guid(str(options.get("owner") or "")):
        yield Mention(options, "owner", "owner_display_name")
    for row in options.get("assignments") or ():
        for option in ("user", "group", "service_principal"):
            if is_guid(str(row.get(option) or "")):
                yield Mention(row, option, "principal_display_name")


class People:
    """What the directory says of the principals of an export.

    states: of each one, empty where the directory was refused. warnings: that it was, and why.
    """

    def __init__(self, directory: Directory, items: Iterable[Item]) -> None:
        self.warnings: list[str] = []
        self.states: Mapping[str, str] = {}
        self._records: dict[str, Json] = {}
        self._confirmed: set[tuple[str, str]] = set()
        found = {(_TYPES[item.option], item.id) for entry in items for item in mentions(entry.options)}
        if not found:
            return
        try:
            self.states = directory.states({key for _type, key in found}, self._records)
            self._confirm(directory, found)
        except (PermissionDeniedError, TokenError) as error:
            self.states, self._records, self._confirmed = {}, {}, set()
            self.warnings.append(f"{_KEPT_IDS}: {error}")

    def _confirm(self, directory: Directory, found: Iterable[tuple[str, str]]) -> None:
        """Which names of groups mean one alone.

        A user principal name always does. That of an application may mean another one tomorrow: anybody registers any.
        """
        references = {
            (kind, key): PrincipalReference("", kind, self._name(key), ("displayName",))
            for kind, key in found
            if kind == GROUP and self._name(key).strip() and not is_guid(self._name(key))
        }
        directory.prefetch(references.values())
        refused: PowerPlatformError | None = None
        for (kind, key), reference in sorted(references.items()):
            try:
                principal = directory.principal(reference)
            except (AmbiguousReferenceError, UnknownPrincipalError):
                continue
            except PermissionDeniedError as error:
                refused = error
                continue
            # Of a group that is not security-enabled a declaration by name would be refused.
            if principal.id == key and principal.security_enabled is not False:
                self._confirmed.add((kind, key))
        if refused:
            self.warnings.append(f"Some groups are named by their object ids: {refused}")

    def _name(self, key: str) -> str:
        return str(self._records.get(key, {}).get("displayName") or "")

    def gone(self, key: str) -> bool:
        """Whether somebody is deleted, as far as the directory was asked."""
        return bool(self.states) and self.states.get(key) != ACTIVE

    def name(self, mention: Mention) -> None:
        """Puts names in place of an id where they mean the same."""
        key, row, record = mention.id, mention.row, self._records.get(mention.id, {})
        if self._name(key):
            row[mention.name_option] = self._name(key)
        upn = str(record.get("userPrincipalName") or "")
        if _TYPES[mention.option] == USER:
            if "@" in upn and not is_guid(upn):
                row[mention.option] = upn
        elif (_TYPES[mention.option], key) in self._confirmed:
            row[mention.option] = self._name(key)
            del row[mention.name_option]
        if not row.get(mention.name_option):
            row.pop(mention.name_option, None)


def without_deleted_owners(items: Sequence[Item], people: People) -> tuple[list[Item], list[Left]]:
    """The items that can be declared, and those whose owner is deleted: nobody could bring that about."""
    kept, left = [], []
    for item in items:
        owners = [mention for mention in mentions(item.options) if mention.option == "owner"]
        gone = [mention for mention in owners if people.gone(mention.id)]
        if gone:
            left.append(Left(item.kind.name, item.target, f"Its owner ({gone[0].id}) is deleted. Give it another one."))
        else:
            kept.append(item)
    return kept, left


def held_by_deleted(items: Iterable[Item], people: People) -> list[str]:
    """What is to be said of roles that outlived those who hold them."""
    gone = [item.id for entry in items for item in mentions(entry.options) if people.gone(item.id)]
    if not gone:
        return []
    who = sorted(set(gone))
    named = f"{', '.join(who[:5])}{' and more' if len(who) > 5 else ''}"
    told = f"{len(gone)} roles are held by principals that are deleted: {named}."
    return [f"{told} They are exported by their ids, so that no list takes them away."]


def environment_names(environments: Iterable[Thing]) -> dict[str, str]:
    """The display names by which environments can be found, by id in lower case. All of the tenant have to be given."""
    listed = list(environments)
    counts = Counter(environment.name.casefold() for environment in listed)
    ids = {environment.id.casefold() for environment in listed}
    return {
        environment.id.lower(): environment.name
        for environment in listed
        if counts[environment.name.casefold()] == 1
        and environment.name.strip()
        and not is_environment_id(environment.name)
        and environment.name.casefold() not in ids
    }


def as_row(item: Item, environments: Mapping[str, str]) -> Json:
    """An item as `converge` takes it, its options in the order of the module. OptionError for one that it refuses."""
    kind, options = item.kind, dict(item.options)
    name = environments.get(item.target.environment.id.lower())
    if "environment" in options and name:
        options["environment"] = name
        options.pop("environment_display_name", None)
    if isinstance(options.get("environments"), list):
        options["environments"] = sorted(environments.get(entry.lower(), entry) for entry in options["environments"])
    told = {option: options[option] for option in kind.options if option in options}
    row = {
        option: value
        for option, value in told.items()
        if value is not None
        and value != kind.options[option].get("default")
        and not (value == "" and option.endswith("_display_name"))
    }
    kind.parse(filled(kind, row))
    return {"kind": kind.name, **row}


def rows(items: Iterable[Item], environments: Mapping[str, str]) -> tuple[list[Json], list[Left]]:
    """All items as `converge` takes them, and what it would not take."""
    taken, left = [], []
    for item in items:
        try:
            taken.append(as_row(item, environments))
        except OptionError as error:
            left.append(Left(item.kind.name, item.target, str(error)))
    return taken, left
