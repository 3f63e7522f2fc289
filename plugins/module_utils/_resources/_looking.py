# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The family of questions about many environments: things of one type in them, and what could not be read.

An environment that cannot be read never looks empty: it fails the task, or is listed as unknown.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._listing import Names, unknown
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, same_text
from ansible_collections.powerops.powerplatform.plugins.module_utils._parallel import each
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import error_json
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import as_thing, require_ready

FAIL = "fail"
REPORT = "report"
# How many environments a failure names.
_NAMED = 10
# What is wrong with the run, and not with one environment.
OF_THE_RUN = (DeadlineError, GuardError, OptionError, TokenError)

LOOKING_OPTIONS: dict[str, Json] = {
    **SELECTION_OPTIONS,
    "on_error": {"type": "str", "choices": [FAIL, REPORT], "default": FAIL},
    **EXPECTED_OPTIONS,
}

# Whether a row is one of those that are wanted.
Sieve = Callable[[Json], bool]


def every_row(row: Json) -> bool:
    """The sieve that keeps everything."""
    del row
    return True


class Look:
    """What came of looking at one environment: rows, and the errors that left something unknown.

    head: how rows name the environment. others: the names of things that were not asked for.
    """

    def __init__(self, environment: Thing, head: Json) -> None:
        self.environment = environment
        self.head = head
        self.rows: list[Json] = []
        self.others = Names()
        self.errors: list[tuple[Json | None, PowerPlatformError]] = []
        self.blocked: NotApplicableError | None = None


def add_part(looks: Sequence[Look], read: Callable[[Look, Json], Json], unread: Json, of: Sieve = every_row) -> None:
    """Adds to every row what takes a request of its own; where that cannot be read, `unread` and the error.

    of: which rows it is added to.
    """

    def add(item: tuple[Look, Json]) -> None:
        look, row = item
        try:
            row.update(read(look, row))
        except OF_THE_RUN:
            raise
        except PowerPlatformError as error:
            row.update(unread)
            look.errors.append((row, error))

    each(add, [(look, row) for look in looks for row in look.rows if of(row)])


class LookingKind(InfoKind):
    """A question about all things of one type.

    answer: the name of the list in the result. option: the word for one thing, and with an s the option that chooses.
    is_id: whether an entry of that option can only be an id.
    """

    answer: str
    option: str
    is_id: Callable[[str], bool]

    @property
    def id_key(self) -> str:
        """The key of a row that holds the id."""
        return self.option

    @property
    def name_key(self) -> str:
        """The key of a row that holds the display name."""
        return f"{self.option}_display_name"

    def places(self, client: Client, options: Mapping[str, Any]) -> Sequence[Thing]:
        """The environments to look at."""
        records = bap.list_environments(client, as_admin=options.get("as_admin", True))
        return select(map(as_thing, records), options)

    def head(self, environment: Thing) -> Json:
        """How rows name their environment."""
        return {"environment": environment.id, "environment_display_name": environment.name}

    @abstractmethod
    def records(self, client: Client, environment: Thing, options: Mapping[str, Any]) -> Iterable[Json]:
        """The service's records of one environment, every one."""

    @abstractmethod
    def describe(self, record: Json) -> Json:
        """What a row says of a thing."""

    def keeps(self, row: Json, options: Mapping[str, Any]) -> bool:
        """Whether a row passes the filters that only this kind has."""
        del row, options
        return True

    def filters(self, options: Mapping[str, Any]) -> bool:
        """Whether other options than the names may have left out what a name means."""
        del options
        return False

    def sieve(self, client: Client, options: Mapping[str, Any]) -> Sieve:
        """A filter that has to ask somebody first."""
        del client, options
        return every_row

    def enrich(self, client: Client, looks: Sequence[Look], options: Mapping[str, Any]) -> None:
        """Adds to the rows what takes requests of its own."""

    def summary(self, rows: Sequence[Json], options: Mapping[str, Any]) -> Json:
        """What else the answer says of all rows."""
        del rows, options
        return {}

    def read(self, client: Client, options: Mapping[str, Any]) -> Json:
        check_selection(options)
        self._check_chosen(options)
        expected = parse_expected(options)
        sieve = self.sieve(client, options)
        looks = [Look(environment, self.head(environment)) for environment in self.places(client, options)]
        each(lambda look: self._look(client, look, options, sieve), looks)
        unseen = self._check_found(looks, options)
        self.enrich(client, looks, options)
        answer = self._answer(looks, expected, options)
        answer["warnings"] += [
            f"{self.option}s: {entry} was not found in the environments that could be read." for entry in unseen
        ]
        return answer

    def rows(
        self, client: Client, environment: Thing, options: Mapping[str, Any], others: Names | None = None
    ) -> list[Json]:
        """What there is in one environment. Raises why it cannot be read, or why the question does not arise there.

        others: takes the names of things that were not asked for.
        """
        look = Look(environment, self.head(environment))
        if others is not None:
            look.others = others
        self._look(client, look, options, self.sieve(client, options))
        self.enrich(client, [look], options)
        problems = [*([look.blocked] if look.blocked else ()), *(error for _row, error in look.errors)]
        if problems:
            raise problems[0]
        return look.rows

    def _means(self, entry: str, identifier: str, name: str) -> bool:
        """Whether an entry chooses a thing. What can only be an id is never a name, which makers are free to choose."""
        return same_text(entry, identifier) if self.is_id(entry) else fits_names(entry, (identifier, name))

    def _look(self, client: Client, look: Look, options: Mapping[str, Any], sieve: Sieve) -> None:
        chosen: Sequence[str] | None = options[f"{self.option}s"]
        try:
            require_ready(look.environment)
            for record in self.records(client, look.environment, options):
                thing = as_thing(record)
                if chosen is not None and not any(self._means(entry, thing.id, thing.name) for entry in chosen):
                    look.others.add(thing.name)
                    continue
                row = {
                    **look.head,
                    self.id_key: thing.id,
                    self.name_key: thing.name,
                    **self.describe(record),
                }
                if self.keeps(row, options) and sieve(row):
                    look.rows.append(row)
        except OF_THE_RUN:
            raise
        except NotApplicableError as error:
            look.blocked = error  # what was read before stays: it is there
        except PowerPlatformError as error:
            look.rows = []
            look.errors.append((None, error))
        look.rows.sort(key=lambda row: (row[self.name_key].casefold(), row[self.id_key]))

    def _check_chosen(self, options: Mapping[str, Any]) -> None:
        for index, entry in enumerate(options[f"{self.option}s"] or ()):
            if not entry.strip():
                option = f"{self.option}s[{index}]"
                raise OptionError(option, "it is empty.", remedy="Give an id, a display name or a pattern.")

    def _check_found(self, looks: Sequence[Look], options: Mapping[str, Any]) -> list[str]:
        """Entries that fit nothing. UnknownReferenceError for one where everything could be read."""
        if self.filters(options):
            return []
        names = [(row[self.id_key], row[self.name_key]) for look in looks for row in look.rows]
        unseen = [
            entry
            for entry in options[f"{self.option}s"] or ()
            if not is_pattern(entry) and not any(self._means(entry, *pair) for pair in names)
        ]
        if unseen and not any(look.errors or look.blocked for look in looks):
            others = Names([name for look in looks for name in look.others.names] + [name for _id, name in names])
            raise unknown(f"{self.option}s", unseen[0], "the chosen environments", others)
        return unseen

    def _answer(self, looks: Sequence[Look], expected: Sequence[Expected], options: Mapping[str, Any]) -> Json:
        unread = [
            {
                **look.head,
                **({} if row is None else {self.option: row[self.id_key]}),
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
        return {
            self.answer: rows,
            "complete": not unread,
            **self.summary(rows, options),
            "unknown": unread,
            "not_applicable": [{**look.head, "reason": look.blocked.message} for look in looks if look.blocked],
            "scope": "admin" if options.get("as_admin", True) else "maker",
            "warnings": [
                *(entry.warning for entry in expected if entry.warning),
                *_needless(expected, looks),
            ],
        }


def _unreadable(unread: Sequence[Json], total: int, notes: Sequence[str]) -> IncompleteListingError:
    places: dict[str, str] = {}
    for row in unread:
        where = (
            f"{row['environment_display_name']} ({row['environment']})"
            if "environment" in row
            else row["organization_url"]
        )
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
