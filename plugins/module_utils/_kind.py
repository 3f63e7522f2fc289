# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind is: the declaration from which module, bulk item, audit and tests follow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import MICROSOFT_ACCESS, Access
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import (
    VERIFY_DELAYS,
    WHOLE_TENANT,
    Aftermath,
    Caller,
    Change,
    Claim,
    Difference,
    Exported,
    Holder,
    Json,
    Plan,
    Target,
    Thing,
    Undeclarable,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import Operation
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import Once
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import Principal, PrincipalReference
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType


class Locator(Protocol):
    """The part of a declaration that says which thing it is about, as it was written."""

    @property
    def environment(self) -> str:
        """By id or name; "" for a thing of the whole tenant."""

    @property
    def environment_display_name(self) -> str | None:
        """What the environment was called when the declaration was written; compared, never followed."""

    @property
    def thing(self) -> str | None:
        """By id or name; None where `Kind.locate` makes the id out of other options."""

    @property
    def display_name(self) -> str | None:
        """The same of the thing as `environment_display_name` of the environment."""

    @property
    def as_admin(self) -> bool:
        """Whether the administrators' view of the services is used."""

    @property
    def max_removals(self) -> int:
        """How many assignments may go; -1 for any number."""


# What a principal that was asked for by `principals` is. Raises what was found wrong with it.
Find = Callable[[PrincipalReference], Principal]

Declaration = TypeVar("Declaration", bound=Locator)
Desired = TypeVar("Desired")
Current = TypeVar("Current")


class Kind(ABC, Generic[Declaration, Desired, Current, Change]):
    """A kind of thing that can be declared.

    name: the module's name. service: whose token tells who runs.
    document: the remote document that it writes. Kinds of one document have one type of current state: the read of the
    highest rank holds what all of them need.
    rank: kinds of one thing are planned and applied in this order. wave: so are the things of a call, where others may
    refer to them.
    options, constraints: its part of the argument spec, in Ansible's form.
    exportable: whether what is there can be turned into declarations.
    record_is_state: whether the record by which a thing was found tells of its state, and must be as new as that.
    keeps_names: whether no write of it makes a name or an id mean another thing, or nothing.
    """

    name: str
    service: str
    document: str
    thing_type: ThingType
    options: Mapping[str, Json]
    constraints: Mapping[str, Any] = {}
    rank: int = 0
    wave: int = 2
    exportable: bool = False
    record_is_state: bool = True
    keeps_names: bool = False

    def rerun_safe(self, change: Change) -> bool:
        """Whether running again is safe when the effect of a write could not be verified."""
        del change
        return True

    @abstractmethod
    def parse(self, options: Mapping[str, Any]) -> Declaration:
        """The options as a declaration. Pure. OptionError for what can never be right."""

    def secrets(self, declaration: Declaration) -> Iterable[str]:
        """Texts of a declaration that must be seen nowhere, not even where a service repeats them."""
        del declaration
        return ()

    @abstractmethod
    def every_operation(self, *, as_admin: bool) -> tuple[Operation, ...]:
        """All operations of the kind in one view, writes included."""

    def operations(self, declaration: Declaration) -> tuple[Operation, ...]:
        """Those of them that the declaration may need."""
        return self.every_operation(as_admin=declaration.as_admin)

    def type_of(self, declaration: Declaration) -> ThingType:
        """The type by which the thing of a declaration is looked up."""
        del declaration
        return self.thing_type

    def named_by(self, declaration: Declaration) -> str:
        """The option in which the thing of a declaration was written."""
        del declaration
        return self.thing_type.option

    @property
    def id_option(self) -> str:
        """The option that takes the id of a thing."""
        return self.thing_type.option

    def given_environment(self, declaration: Declaration) -> Thing | None:
        """The environment of a declaration where no look-up is needed."""
        del declaration
        return None if self.thing_type.in_environment else WHOLE_TENANT

    def locate(self, declaration: Declaration, environment: Thing, caller: Caller) -> str:
        """The id or the display name of the thing that a declaration is about."""
        del environment, caller
        return declaration.thing or ""

    def may_be_missing(self, declaration: Declaration) -> bool:
        """Whether a thing that is not there is something to plan for, and no error."""
        del declaration
        return False

    def created(self, declaration: Declaration, wanted: str) -> Thing | None:
        """What a declaration makes where `wanted` is missing: for other declarations of the same call to refer to."""
        del declaration, wanted
        return None

    def principals(self, declaration: Declaration) -> Iterable[PrincipalReference]:
        """The principals that must be known before `bind`."""
        return ()

    @abstractmethod
    def bind(self, declaration: Declaration, target: Target, find: Find, caller: Caller) -> Desired:
        """The declaration with ids in place of names. OptionError for what the looked-up data forbids."""

    @abstractmethod
    def merge(self, one: Desired, other: Desired) -> Desired:
        """Two declarations of one thing as one. OptionError when they contradict each other."""

    def accept(self, desired: Desired, current: Current, differences: Sequence[Difference]) -> Desired:
        """The declaration without some of its differences, which were accepted. OptionError where they cannot go alone.

        differences: never all of them.
        """
        del desired, current
        names = ", ".join(item.id for item in differences)
        raise OptionError(
            "accepted_drift",
            f"it accepts a part of what {self.name} would change at once: {names}.",
            remedy="Accept the other differences of this thing too, or do not declare what stays as it is.",
        )

    def entries(self, current: Current) -> int | None:
        """How many entries the list has that was read; None where it is no list that could be cut short."""
        del current
        return None

    def holders(self, current: Current) -> Iterable[Holder]:
        """Who holds what on the thing, as far as the state tells: of those who left, an audit says so."""
        del current
        return ()

    def claims(self, desired: Desired) -> Iterable[Claim]:
        """What no other declaration of the same document may say differently, whichever thing it is about."""
        del desired
        return ()

    def pasted(self, options: Mapping[str, Any]) -> Iterable[str]:
        """Secrets in options that are none for secrets: hidden before anything is said of them."""
        del options
        return ()

    def prepare(self, client: Client, desired: Desired, once: Once) -> Desired:
        """The declaration with what only the environment can tell of it. once: for what many declarations ask."""
        del client, once
        return desired

    def listed(self, target: Target) -> Current | None:
        """The current state, when the record by which the thing was found tells it already."""
        return None

    @abstractmethod
    def read(self, client: Client, target: Target) -> Current:
        """The current state, asked for."""

    def missing(self, caller: Caller) -> Current:
        """The state of a thing that is not there, or was made a moment ago by this caller."""
        raise NotImplementedError(f"{self.name} has no state of a thing that is missing for {caller}.")

    def unsure(self, desired: Desired, current: Current) -> Iterable[str]:
        """Object ids of principals whose state in the directory the plan must know."""
        return ()

    def informed(self, current: Current, states: Mapping[str, str]) -> Current:
        """The current state with the directory's answers to `unsure`."""
        return current

    @abstractmethod
    def plan(self, desired: Desired, current: Current) -> Plan[Change]:
        """What to do. Pure. GuardError for what must not be done."""

    def outlook(self, current: Current, change: Change) -> Current:
        """The current state as the change will leave it: what the next kind of the same document is planned on."""
        del change
        return current

    def unsettles(self, change: Change) -> Aftermath | None:
        """What a change makes of what kinds of other documents of the thing find; None where it leaves that alone."""
        del change
        return None

    def guessed(self, current: Current, aftermath: Aftermath) -> Current:
        """A state that an earlier change makes a guess: what is there has to be read before anything is written."""
        del aftermath
        return current

    def agrees(self, expected: Current, current: Current) -> bool:
        """Whether a state that was read shows what an earlier kind wrote, `expected` being its outlook."""
        del expected, current
        return True

    def made(self, target: Target, current: Current) -> Target:
        """The target of a thing that was missing, once it was made."""
        del current
        return target._replace(exists=True)

    def written(self, client: Client, desired: Desired, change: Change) -> Desired:
        """What to compare with once a change was written: secrets cannot be read back, other effects can."""
        del client, change
        return desired

    @abstractmethod
    def apply(self, client: Client, target: Target, change: Change) -> None:
        """Sends the change."""

    def awaited(self, change: Change) -> bool:
        """Whether what was written has to be seen before it counts as done."""
        del change
        return True

    def head(self, target: Target) -> Json:
        """The options by which a result names its thing: ids to follow, names to read."""
        option = self.thing_type.option
        if not self.thing_type.in_environment:
            return {option: target.thing.id or target.thing.name}
        return {
            "environment": target.environment.id,
            "environment_display_name": target.environment.name,
            option: target.thing.id or target.thing.name,
            f"{option}_display_name": target.thing.name,
            "as_admin": target.as_admin,
        }

    def as_listed(self, client: Client, target: Target, once: Once) -> Json | Undeclarable | None:
        """Options of a declaration that changes nothing of a thing that a listing shows: what an export compares.

        None where nothing is there that anybody would declare. once: for what many things ask.
        """
        del client, once
        return self.head(target)

    def as_found(self, declared: Json, plan: Plan[Change], *, exclusive: bool) -> Exported:
        """The thing as options that declare it as it is.

        declared: what `as_listed` said. plan: what came of that; it changes nothing. exclusive: whether lists are
        declared to be complete.
        """
        del declared, exclusive
        return Exported(dict(plan.before))

    def path(self, target: Target) -> str:
        """Where a thing is, for the ids of differences: `environments/{id}/apps/{id}`."""
        thing = f"{self.thing_type.option}s/{target.thing.id or target.thing.name}"
        return f"environments/{target.environment.id}/{thing}" if self.thing_type.in_environment else thing


AnyKind = Kind[Any, Any, Any, Any]


class InfoKind(ABC):
    """A kind of question: a module that only reads.

    thing_type: that of the one thing that it is about, if it is about one. access: whose services it asks.
    secret: whether the answer is a secret, so that the task must keep it from being shown.
    shared: options of connecting and logging in that it is given as well, as task and environment settled them.
    """

    name: str
    options: Mapping[str, Json]
    constraints: Mapping[str, Any] = {}
    operations: tuple[Operation, ...]
    thing_type: ThingType | None = None
    access: Access = MICROSOFT_ACCESS
    secret: bool = False
    shared: tuple[str, ...] = ()

    def handed_out(self, answer: Json) -> Iterable[str]:
        """Texts of the answer that are what the user came for, although they may be secrets among the options."""
        del answer
        return ()

    @abstractmethod
    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        """The answer, as the module returns it.

        `warnings` are shown as such, and so is `renamed`: names that differ from those that were given.
        """


class ActionKind(ABC):
    """A kind of deed: a module that does something to what is there, and declares no state that lasts.

    Never part of a bulk call: a deed that is done once for each run of a file is none that a file should hold.
    thing_type: that of the thing that it is about. operations: all that it may send, look-ups and writes included.
    verify_delays: seconds before each further look at a deed that is not visible yet.
    """

    name: str
    thing_type: ThingType
    options: Mapping[str, Json]
    constraints: Mapping[str, Any] = {}
    operations: tuple[Operation, ...]
    verify_delays: Sequence[float] = VERIFY_DELAYS

    def pasted(self, options: Mapping[str, Any]) -> Iterable[str]:
        """As of `Kind`."""
        del options
        return ()

    @abstractmethod
    def act(self, client: Client, options: Mapping[str, Any]) -> Json:
        """Reads, does what is to be done and reads it back; with a read-only client it says what would be done.

        The answer is what the module returns, `changed` included. `failure` says why the task fails all the same, with
        the whole answer; `diff` is left out where nobody asked for it; `warnings` and `renamed` as in `InfoKind.read`.
        Raises only as long as nothing was written.
        """


def unseen(target: Target) -> tuple[str, ...]:
    """The warning for a thing that a maker does not see: that is no proof that it is not there."""
    if target.as_admin:
        return ()
    thing = target.thing.name or target.thing.id
    told = f"{thing} is not visible to this identity; whether it is there at all, only the admin view tells."
    return (told,)


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
