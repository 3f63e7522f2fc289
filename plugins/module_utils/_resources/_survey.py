# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The family of surveys: things of one type in many environments, with owners, roles and what could not be read.

An environment that cannot be read never looks empty: it fails the task, or is listed as unknown.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    GuardError,
    IncompleteListingError,
    NotApplicableError,
    OptionError,
    PowerPlatformError,
    TokenError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import each
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import error_json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import ROLES
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_plan import (
    as_assignment,
    is_orphan,
    render_assignment,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import (
    SELECTION_OPTIONS,
    check_selection,
    fits_names,
    is_pattern,
    select,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._expected import (
    EXPECTED_OPTIONS,
    Expected,
    expectation,
    parse_expected,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._owners import (
    OWNER_OPTIONS,
    OwnerFilter,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import (
    as_thing,
    require_ready,
    unknown,
)

FAIL = "fail"
REPORT = "report"
ROLES_PART = "roles"
OWNER_STATE_PART = "owner_state"
# How many environments a failure names.
_NAMED = 10
# What is wrong with the run, and not with one environment.
_OF_THE_RUN = (DeadlineError, GuardError, OptionError, TokenError)

SURVEY_OPTIONS: dict[str, Json] = {
    **SELECTION_OPTIONS,
    "as_admin": {"type": "bool", "default": True},
    **OWNER_OPTIONS,
    "include": {"type": "list", "elements": "str", "choices": [ROLES_PART, OWNER_STATE_PART], "default": []},
    "on_error": {"type": "str", "choices": [FAIL, REPORT], "default": FAIL},
    **EXPECTED_OPTIONS,
}


class Look:
    """What came of looking at one environment: rows, and the errors that left something unknown."""

    def __init__(self, environment: Thing) -> None:
        self.environment = environment
        self.rows: list[Json] = []
        self.errors: list[tuple[Json | None, PowerPlatformError]] = []
        self.blocked: NotApplicableError | None = None

    @property
    def head(self) -> Json:
        """How rows name the environment."""
        return {"environment": self.environment.id, "environment_display_name": self.environment.name}


class SurveyKind(InfoKind):
    """A question about all things of one type.

    answer: the name of the list in the result. option: the word for one thing, and with an s the option that chooses.
    is_id: whether an entry of that option can only be an id.
    """

    answer: str
    option: str
    is_id: Callable[[str], bool]

    @abstractmethod
    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        """The service's records of one environment, every one."""

    @abstractmethod
    def describe(self, record: Json) -> Json:
        """What a row says of a thing, its `owner` in the service's form included."""

    @abstractmethod
    def role_records(self, client: Client, row: Json, *, as_admin: bool) -> Iterator[Json]:
        """The role assignments of the thing of a row, every one."""

    def keeps(self, row: Json, options: Mapping[str, Any]) -> bool:
        """Whether a row passes the filters that only this kind has."""
        del row, options
        return True

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        check_selection(options)
        self._check_chosen(options)
        expected = parse_expected(options)
        owners = OwnerFilter(client, options)
        listed = [as_thing(record) for record in bap.list_environments(client, as_admin=options["as_admin"])]
        looks = [Look(environment) for environment in select(listed, options)]
        each(lambda look: self._look(client, look, options, owners), looks)
        unseen = self._check_found(looks, options)
        owners.add_states([row for look in looks for row in look.rows])
        for look in looks:
            look.rows = [row for row in look.rows if owners.keeps_state(row)]
        if ROLES_PART in options["include"]:
            each(
                lambda item: self._read_roles(client, *item, options),
                [(look, row) for look in looks for row in look.rows],
            )
        answer = self._answer(looks, expected, options)
        answer["warnings"] += [
            f"{self.option}s: {entry} was not found in the environments that could be read." for entry in unseen
        ]
        return answer

    def _means(self, entry: str, identifier: str, name: str) -> bool:
        """Whether an entry chooses a thing. What can only be an id is never a name, which makers are free to choose."""
        return same_text(entry, identifier) if self.is_id(entry) else fits_names(entry, (identifier, name))

    def _look(self, client: Client, look: Look, options: Mapping[str, Any], owners: OwnerFilter) -> None:
        chosen: Sequence[str] | None = options[f"{self.option}s"]
        try:
            require_ready(look.environment)
            for record in self.records(client, look.environment, options):
                thing = as_thing(record)
                if chosen is not None and not any(self._means(entry, thing.id, thing.name) for entry in chosen):
                    continue
                row = {
                    **look.head,
                    self.option: thing.id,
                    f"{self.option}_display_name": thing.name,
                    **self.describe(record),
                }
                if self.keeps(row, options) and owners.keeps(row):
                    look.rows.append(row)
        except _OF_THE_RUN:
            raise
        except NotApplicableError as error:
            look.blocked = error  # what was read before stays: it is there
        except PowerPlatformError as error:
            look.rows = []
            look.errors.append((None, error))
        look.rows.sort(key=lambda row: (row[f"{self.option}_display_name"].casefold(), row[self.option]))

    def _read_roles(self, client: Client, look: Look, row: Json, options: Mapping[str, Any]) -> None:
        try:
            row.update(self.roles(client, row, options))
        except _OF_THE_RUN:
            raise
        except PowerPlatformError as error:
            row.update(roles=None, roles_complete=False)
            look.errors.append((row, error))

    def roles(self, client: Client, row: Json, options: Mapping[str, Any]) -> Json:
        """The part of a row that tells who holds which role."""
        held = [as_assignment(record) for record in self.role_records(client, row, as_admin=options["as_admin"])]
        rows = [{**render_assignment(item, ROLES), "orphaned": is_orphan(item, (*ROLES, "Owner"))} for item in held]
        return {"roles": rows, "roles_complete": True}

    def _check_chosen(self, options: Mapping[str, Any]) -> None:
        for index, entry in enumerate(options[f"{self.option}s"] or ()):
            if not entry.strip():
                option = f"{self.option}s[{index}]"
                raise OptionError(option, "it is empty.", remedy="Give an id, a display name or a pattern.")

    def _check_found(self, looks: Sequence[Look], options: Mapping[str, Any]) -> list[str]:
        """Entries that fit nothing. UnknownReferenceError for one where everything could be read."""
        if self.filters(options):
            return []
        names = [(row[self.option], row[f"{self.option}_display_name"]) for look in looks for row in look.rows]
        unseen = [
            entry
            for entry in options[f"{self.option}s"] or ()
            if not is_pattern(entry) and not any(self._means(entry, *pair) for pair in names)
        ]
        if unseen and not any(look.errors or look.blocked for look in looks):
            raise unknown(f"{self.option}s", unseen[0], "the chosen environments")
        return unseen

    def filters(self, options: Mapping[str, Any]) -> bool:
        """Whether other options than the names may have left out what a name means."""
        return options["owners"] is not None

    def _answer(self, looks: Sequence[Look], expected: Sequence[Expected], options: Mapping[str, Any]) -> Json:
        unread = [
            {
                **look.head,
                **({} if row is None else {self.option: row[self.option]}),
                **expectation(expected, look.environment),
                "error": error_json(error),
            }
            for look in looks
            for row, error in look.errors
        ]
        unexpected = [row for row in unread if not row["expected"]]
        if unexpected and options["on_error"] == FAIL:
            raise _unreadable(unexpected, len(looks), [entry.warning for entry in expected if entry.warning])
        rows = [row for look in looks for row in look.rows]
        partial = ROLES_PART in options["include"] and not all(row["roles_complete"] for row in rows)
        return {
            self.answer: rows,
            "complete": not unread,
            **({"roles_complete": not partial} if ROLES_PART in options["include"] else {}),
            "unknown": unread,
            "not_applicable": [{**look.head, "reason": look.blocked.message} for look in looks if look.blocked],
            "scope": "admin" if options["as_admin"] else "maker",
            "warnings": [
                *(entry.warning for entry in expected if entry.warning),
                *_needless(expected, looks),
            ],
        }


def _unreadable(unread: Sequence[Json], total: int, notes: Sequence[str]) -> IncompleteListingError:
    places: dict[str, str] = {}
    for row in unread:
        where = f"{row['environment_display_name']} ({row['environment']})"
        places.setdefault(where, f"{where}: {row['error']['message']}")
    told = " ".join(list(places.values())[:_NAMED])
    more = f" And {len(places) - _NAMED} more." if len(places) > _NAMED else ""
    remedy = unread[0]["error"]["remedy"]
    return IncompleteListingError(
        " ".join([f"{len(places)} of {total} environments could not be read to the end. {told}{more}", *notes]),
        remedy=f"{remedy} on_error=report lists them as unknown; expected_unreadable accepts single ones.".strip(),
    )


def _needless(expected: Sequence[Expected], looks: Sequence[Look]) -> Iterable[str]:
    readable = [look.environment for look in looks if not look.errors and not look.blocked]
    for entry in expected:
        met = [environment.name or environment.id for environment in readable if entry.covers(environment)]
        if met:
            yield f"expected_unreadable: {', '.join(met)} could be read. Take the entry {entry.environment!r} out."
