# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types that kinds and engine share: what is declared, what is, what would change.

Values are named tuples: each module compiles all this anew, and a frozen dataclass costs seven times as much.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PowerPlatformError

Json = dict[str, Any]

# What a declaration wants of a thing (`state`).
PRESENT = "present"
ABSENT = "absent"

# What a plan does to it.
NONE = "none"
CREATE = "create"
UPDATE = "update"
DELETE = "delete"

# Seconds before each further look at something that was written and does not show it yet.
VERIFY_DELAYS = (1.0, 2.0, 4.0, 8.0)

Change = TypeVar("Change")


class Thing(NamedTuple):
    """Something of the tenant that has an id and a display name; `record` is what the service said of it."""

    id: str
    name: str
    record: Json


# In place of an environment, for things that live in none.
WHOLE_TENANT = Thing("", "the tenant", {})


class Target(NamedTuple):
    """Which thing a declaration is about, once names have become ids.

    exists: False for a thing that is not there, or not yet: it has the id or the name that was declared.
    """

    environment: Thing
    thing: Thing
    as_admin: bool
    exists: bool = True

    @property
    def key(self) -> tuple[str, str, bool]:
        """Equal for two declarations of one thing, however it was named."""
        return (self.environment.id.lower(), (self.thing.id or self.thing.name).lower(), self.as_admin)

    @property
    def scope(self) -> str:
        """Whose view of the tenant this is."""
        return "admin" if self.as_admin else "maker"


class Caller(NamedTuple):
    """The identity that runs. What its token does not say is empty."""

    tenant_id: str
    object_id: str
    application_id: str
    kind: str


class Claim(NamedTuple):
    """What a declaration says of something that only one of a call can say, in the words of a message.

    about: what it is said of. said: equal for declarations that agree. remedy: for two that do not.
    """

    about: str
    said: str
    remedy: str


class Aftermath(NamedTuple):
    """What a change makes of its thing that kinds of other documents find only once it is written.

    owner: the object id of a new owner, "" where nobody knows it yet; None where the owner stays, or is the caller.
    replaces: whether whoever owned it before does not own it any more. state: of a thing that is made, where it is not
    the one that new things have.
    """

    owner: str | None = None
    replaces: bool = False
    state: str = ""


class Difference(NamedTuple):
    """One thing that is not as declared. `before` is None when it is missing, `after` when it is to go."""

    id: str
    name: str
    before: Any
    after: Any

    def as_drift(self, kind: str) -> Json:
        """A row of `drift`. Its fingerprint lasts as long as the difference; names are left out."""
        import hashlib

        content = [kind, self.id.lower(), _nameless(self.before), _nameless(self.after)]
        fingerprint = hashlib.sha256(canonical(content).encode()).hexdigest()
        row = {"kind": kind, "id": self.id, "name": self.name, "before": self.before, "after": self.after}
        return {**row, "fingerprint": fingerprint}


class Holder(NamedTuple):
    """Somebody who holds something on a thing. id: in the directory. role: what is held, `Owner` of owners."""

    id: str
    name: str
    role: str


class Plan(NamedTuple, Generic[Change]):
    """What would be done to one document, and why.

    action: NONE, CREATE, UPDATE or DELETE.
    before, after: the thing as users see it (a kind's `render`), now and once the plan is applied.
    change: the smallest change that gets there, for the kind's `apply`; None when nothing is to be sent.
    removals: how many things the change takes away; counted against `max_removals`.
    writes: how many requests the change takes.
    facts: what else was read of the thing and is no option of it.
    aside: what a diff shows besides, before and after: effects on something that is no option.
    manual_steps: what a person has to do, because no API can.
    refusal: why this one thing cannot be brought to its declared state; it fails, the others go on.
    forbidden: why the identity cannot bring it there: fails the run before anything is written, and no audit.
    content: what else was read of it that could be declared, secrets included: for exports, and shown nowhere.
    """

    action: str
    before: Json
    after: Json
    differences: tuple[Difference, ...] = ()
    change: Change | None = None
    removals: int = 0
    writes: int = 0
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = MappingProxyType({})
    aside: tuple[Json, Json] = ({}, {})
    manual_steps: tuple[str, ...] = ()
    refusal: str = ""
    forbidden: PowerPlatformError | None = None
    content: Mapping[str, Any] = MappingProxyType({})


class Undeclarable(NamedTuple):
    """Why something that is there cannot be declared, in the words of a sentence about it."""

    reason: str


class Exported(NamedTuple):
    """What an export makes of a thing.

    options: those that declare it as it is; None where none do. empty: whether all they say is that nobody holds
    anything. undeclarable: what of it no option can say, and why.
    """

    options: Json | None
    empty: bool = False
    undeclarable: tuple[str, ...] = ()


def canonical(value: Any) -> str:
    """JSON text that is equal for equal documents, whatever their key order."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def same_text(left: str | None, right: str | None) -> bool:
    """Whether two ids, role names or names of enumerations mean the same: case does not count."""
    return (left or "").casefold() == (right or "").casefold()


def properties(record: Mapping[str, Any]) -> Json:
    """The `properties` of a resource, empty when it has none."""
    return record.get("properties") or {}


def display_name(record: Mapping[str, Any]) -> str:
    """A resource's display name; empty when the service gives none."""
    return properties(record).get("displayName") or ""


def creator(record: Mapping[str, Any]) -> Json:
    """The principal that made a resource, in the service's form; empty when the service does not say."""
    return properties(record).get("createdBy") or {}


def _nameless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: content for key, content in value.items() if not key.endswith("display_name")}
    return value
