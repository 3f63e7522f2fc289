# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind is: the declaration from which module, bulk item, audit and tests follow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Caller, Change, Json, Plan, Target
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import Principal, PrincipalReference
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType


class Locator(Protocol):
    """The part of a declaration that says which thing it is about, as it was written.

    display_name: what the thing was called when the declaration was written; compared, never followed.
    """

    @property
    def environment(self) -> str: ...
    @property
    def environment_display_name(self) -> str | None: ...
    @property
    def thing(self) -> str: ...
    @property
    def display_name(self) -> str | None: ...
    @property
    def as_admin(self) -> bool: ...
    @property
    def max_removals(self) -> int: ...


# What a principal that was asked for by `principals` is. Raises what was found wrong with it.
Find = Callable[[PrincipalReference], Principal]

Declaration = TypeVar("Declaration", bound=Locator)
Desired = TypeVar("Desired")
Current = TypeVar("Current")


class Kind(ABC, Generic[Declaration, Desired, Current, Change]):
    """A kind of thing that can be declared.

    name: the module's name. service: whose token it needs.
    document: the remote document that it writes. Kinds of one document share its read and are applied by `rank`.
    options, constraints: its part of the argument spec, in Ansible's form.
    rerun_safe: whether running again is safe when the effect of a write could not be verified.
    """

    name: str
    service: str
    document: str
    thing_type: ThingType
    options: Mapping[str, Json]
    constraints: Mapping[str, Any] = {}
    rank: int = 0
    rerun_safe: bool = True

    @abstractmethod
    def parse(self, options: Mapping[str, Any]) -> Declaration:
        """The options as a declaration. Pure. OptionError for what can never be right."""

    @abstractmethod
    def operations(self, declaration: Declaration) -> tuple[Operation, ...]:
        """The operations that the declaration may need, writes included."""

    def principals(self, declaration: Declaration) -> Iterable[PrincipalReference]:
        """The principals that must be known before `bind`."""
        return ()

    @abstractmethod
    def bind(self, declaration: Declaration, target: Target, find: Find, caller: Caller) -> Desired:
        """The declaration with ids in place of names. OptionError for what the looked-up data forbids."""

    @abstractmethod
    def merge(self, one: Desired, other: Desired) -> Desired:
        """Two declarations of one thing as one. OptionError when they contradict each other."""

    def listed(self, target: Target) -> Current | None:
        """The current state, when the record by which the thing was found tells it already."""
        return None

    @abstractmethod
    def read(self, client: Client, target: Target) -> Current:
        """The current state, asked for."""

    def unsure(self, desired: Desired, current: Current) -> Iterable[str]:
        """Object ids of principals whose state in the directory the plan must know."""
        return ()

    def informed(self, current: Current, states: Mapping[str, str]) -> Current:
        """The current state with the directory's answers to `unsure`."""
        return current

    @abstractmethod
    def plan(self, desired: Desired, current: Current) -> Plan[Change]:
        """What to do. Pure. GuardError for what must not be done."""

    @abstractmethod
    def apply(self, client: Client, target: Target, change: Change) -> None:
        """Sends the change."""

    def head(self, target: Target) -> Json:
        """The options by which a result names its thing: ids to follow, names to read."""
        option = self.thing_type.option
        return {
            "environment": target.environment.id,
            "environment_display_name": target.environment.name,
            option: target.thing.id,
            f"{option}_display_name": target.thing.name,
            "as_admin": target.as_admin,
        }


AnyKind = Kind[Any, Any, Any, Any]


class InfoKind(ABC):
    """A kind of question: a module that only reads."""

    name: str
    options: Mapping[str, Json]
    constraints: Mapping[str, Any] = {}
    operations: tuple[Operation, ...]

    @abstractmethod
    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        """The answer, as the module returns it."""


def thing_options(thing_type: ThingType) -> dict[str, Json]:
    """The options by which every kind names a thing in an environment."""
    option = thing_type.option
    return {
        "environment": {"type": "str", "required": True},
        "environment_display_name": {"type": "str"},
        option: {"type": "str", "required": True},
        f"{option}_display_name": {"type": "str"},
        "as_admin": {"type": "bool", "default": True},
    }
