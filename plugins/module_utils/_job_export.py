# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks do that read a tenant as declarations: `desired_state_info`, and `scopes` of `drift_info`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import Acceptance
from ansible_collections.powerops.powerplatform.plugins.module_utils._api import bap
from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import IncompleteListingError, OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._export import (
    Export,
    Gap,
    Item,
    Left,
    Wanted,
    key_of,
    undeclared,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._export_names import (
    People,
    environment_names,
    held_by_deleted,
    mentions,
    rows,
    without_deleted_owners,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._findings import (
    INAPPLICABLE,
    UNMANAGED,
    UNREADABLE,
    Expectation,
    finding,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._job import Answer, Job, Task
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import AnyKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Difference, Json, Thing
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_bulk import (
    DEFAULT_KINDS,
    EXPORT_OPTIONS,
    FAIL,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress import Watch
from ansible_collections.powerops.powerplatform.plugins.module_utils._progress_file import ProgressFile
from ansible_collections.powerops.powerplatform.plugins.module_utils._report import Outcome, error_json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import (
    check_selection,
    select,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._expected import (
    Expected,
    expectation,
    parse_expected,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import KINDS
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant, as_thing

# How many places a failure names.
_NAMED = 10


class ExportJob(Job):
    """The module `desired_state_info`."""

    options = EXPORT_OPTIONS
    # It says what is unknown and goes on, so that nothing would be looked into once more.
    remembers = False

    def do(self, task: Task, client: Client, login: Login) -> Answer:
        """As `desired_state`."""
        with watching(task, client) as watch:
            return desired_state(client, task.params, watch), ""


def desired_state(client: Client, params: Mapping[str, Any], watch: Watch | None = None) -> Json:
    """What `desired_state_info` answers. IncompleteListingError for what could not be read and was not expected."""
    check_selection(params)
    expected = parse_expected(params)
    kinds = kinds_of("kinds", params["kinds"])
    tenant, listed = Tenant(client), known_environments(client, as_admin=params["as_admin"])
    # What only administrators manage is looked up in their view, whichever view the rest is in.
    for as_admin in sorted({True, params["as_admin"]}):
        tenant.know_environments(listed, as_admin=as_admin)
    chosen = select(listed, params)
    export = Export(client, tenant, Wanted(kinds, chosen, params["as_admin"], params["exclusive"]))
    export.look()
    export.read(watch=watch)
    unknown = [_unknown(gap, expected) for gap in export.gaps if gap.applies]
    unexpected = [row for row in unknown if not row["expected"]]
    notes = [entry.warning for entry in expected if entry.warning]
    if unexpected and params["on_error"] == FAIL:
        raise _unreadable(unexpected, notes)
    if unexpected:
        notes.append(f"{_places_text(unexpected)} What is returned says nothing of them.")
    items = [item for item in export.items if params["include_empty"] or not item.empty]
    people = People(Directory(client), items)
    kept, orphaned = without_deleted_owners(items, people)
    warnings = [*notes, *_needless(expected, chosen, export.gaps), *people.warnings, *held_by_deleted(kept, people)]
    for item in kept:
        for mention in list(mentions(item.options)):
            people.name(mention)
    names = environment_names(listed)
    resources, refused = rows(kept, names)
    return {
        "changed": False,
        "resources": resources,
        "kinds": [kind.name for kind in kinds],
        "environments": [
            {"id": place.id, "name": place.name, "called": names.get(place.id.lower(), place.id)} for place in chosen
        ],
        # A maker sees a part of them.
        "all_environments": params["as_admin"] and len(chosen) == len(listed),
        "complete": not unknown,
        "unknown": unknown,
        "not_applicable": _not_applicable(export.gaps),
        "left_out": sorted(map(_left_out, [*export.left, *orphaned, *refused]), key=_order),
        "summary": dict(sorted(Counter(row["kind"] for row in resources).items())),
        "scope": "admin" if params["as_admin"] else "maker",
        "warnings": warnings,
    }


@contextmanager
def watching(task: Task, client: Client) -> Iterator[Watch | None]:
    """Whoever is told how far a long task is: the file that was asked for, and whom the edge knows."""

    def requests() -> int:
        return _sent(client.api_calls)

    path, file = task.params["progress_path"], None
    if path is not None and (task.params["progress_in_check_mode"] or not task.check_mode):
        file = ProgressFile(path, requests)
    live = task.watch(requests) if task.watch else None
    watches = [watch for watch in (file, live) if watch]

    def tell(step: str, done: int, total: int) -> None:
        for watch in watches:
            watch(step, done, total)

    try:
        yield tell if watches else None
    finally:
        if file:
            file.close()


def _sent(calls: Mapping[str, int]) -> int:
    """Requests; those that were throttled are among them."""
    return sum(count for name, count in calls.items() if name != "throttled")


def kinds_of(option: str, names: Sequence[str]) -> list[AnyKind]:
    """The kinds of these names, each once. OptionError for none."""
    if not names:
        raise OptionError(option, "it is empty.", value=[], remedy="Name a kind, or leave it out.")
    return [KINDS[name] for name in sorted(set(names))]


def known_environments(client: Client, *, as_admin: bool) -> list[Thing]:
    """Every environment that the identity sees."""
    return [as_thing(record) for record in bap.list_environments(client, as_admin=as_admin)]


class Surroundings:
    """What is there in the scopes of an audit, for what nobody declares. Lists at once, reads when that is known."""

    def __init__(self, client: Client, tenant: Tenant, scopes: Sequence[Mapping[str, Any]]) -> None:
        self._client = client
        self._exports: list[Export] = []
        if not scopes:
            return
        wanted = [_Scope(number, scope) for number, scope in enumerate(scopes)]
        listed: list[Thing] = []
        if any(scope.entries for scope in wanted):
            listed = known_environments(client, as_admin=True)
            tenant.know_environments(listed, as_admin=True)
        # Scopes may overlap: of each environment the kinds together, and environments that want the same as one.
        kinds: dict[str, set[str]] = {}
        for scope in wanted:
            for environment in scope.environments(listed) if scope.entries else [""]:
                kinds.setdefault(environment, set()).update(scope.kinds)
        groups: dict[tuple[str, ...], list[Thing]] = {}
        for environment, names in kinds.items():
            places = [thing for thing in listed if thing.id == environment]
            groups.setdefault(tuple(sorted(names)), []).extend(places)
        for names_together, places in groups.items():
            export = Export(client, tenant, Wanted([KINDS[name] for name in names_together], places))
            export.look()
            self._exports.append(export)

    def findings(self, outcomes: Iterable[Outcome], accepted: Acceptance, expected: Expectation) -> list[Json]:
        """What is there and nobody declares, and where nobody can tell. outcomes: of the declarations."""
        declared = {key_of(KINDS[outcome.kind], outcome.target) for outcome in outcomes if outcome.target is not None}
        found: list[Json] = []
        for export in self._exports:
            export.read(declared)
            missed = undeclared(export.items, declared)
            # What has an owner who is deleted is left out of exports, so that nobody can have declared it.
            people = People(Directory(self._client), (item for item in missed if item.options.get("owner")))
            missed, _orphaned = without_deleted_owners(missed, people)
            found.extend(_unmanaged(item, accepted) for item in missed)
            found.extend(row for gap in export.gaps for row in _unread(gap, expected))
        return found


class _Scope:
    """An entry of `scopes`. OptionError for kinds that are not there where it looks."""

    def __init__(self, number: int, scope: Mapping[str, Any]) -> None:
        self._place = f"scopes[{number}]"
        self.entries: Sequence[str] = scope["environments"] or ()
        if scope["environments"] is not None and not scope["environments"]:
            raise OptionError(f"{self._place}.environments", "it is empty.", remedy="Name some, or leave it out.")
        inside = bool(self.entries)
        known = [name for name, kind in KINDS.items() if kind.exportable and kind.thing_type.in_environment is inside]
        defaults = [name for name in known if name in DEFAULT_KINDS or not inside]
        names = defaults if scope["kinds"] is None else scope["kinds"]
        self.kinds = {kind.name for kind in kinds_of(f"{self._place}.kinds", names)}
        for name in sorted(self.kinds - set(known)):
            where = "things of the tenant, and not of environments" if inside else "things of environments"
            raise OptionError(
                f"{self._place}.kinds",
                f"these are {where}.",
                value=name,
                remedy="Leave environments out for things of the tenant, and name some (* for all) for others.",
            )

    def environments(self, listed: Sequence[Thing]) -> list[str]:
        """The ids of those that are meant."""
        options = {"environments": self.entries, "environment_types": None, "exclude": None}
        check_selection(options)
        return [thing.id for thing in select(listed, options)]


def _unmanaged(item: Item, accepted: Acceptance) -> Json:
    kind, target = item.kind, item.target
    difference = Difference(kind.path(target), target.thing.name or target.thing.id, before=item.options, after=None)
    entry, row = accepted.entry(kind.name, difference), difference.as_drift(kind.name)
    return finding(
        UNMANAGED,
        row.pop("kind"),
        row.pop("id"),
        row.pop("name"),
        **row,
        message="It is there, and nobody declares it.",
        remedy="Declare it, as desired_state_info shows it, or remove it.",
        accepted=entry.as_json() if entry else None,
    )


def _unread(gap: Gap, expected: Expectation) -> Iterable[Json]:
    category = UNREADABLE if gap.applies else INAPPLICABLE
    told = error_json(gap.error)
    place = f"environments/{gap.environment.id}" if gap.environment.id else "tenant"
    for name in gap.kinds:
        yield finding(
            category,
            name,
            f"{place}/{gap.thing.id}" if gap.thing else place,
            gap.thing.name if gap.thing else gap.environment.name,
            message=told["message"],
            remedy=told["remedy"],
            accepted=expected(gap.environment) if gap.applies else None,
        )


class _Where(NamedTuple):
    environment: Thing

    def as_json(self) -> Json:
        """Where something is, null for what is in no environment."""
        environment = self.environment
        return {
            "environment": environment.id or None,
            "environment_display_name": environment.name if environment.id else None,
        }


def _unknown(gap: Gap, expected: Sequence[Expected]) -> Json:
    return {
        "kinds": list(gap.kinds),
        **_Where(gap.environment).as_json(),
        "id": gap.thing.id if gap.thing else None,
        "name": gap.thing.name if gap.thing else None,
        **expectation(expected, gap.environment),
        "error": error_json(gap.error),
    }


def _not_applicable(gaps: Iterable[Gap]) -> list[Json]:
    """Once for each environment and reason, with the kinds that do not apply there."""
    found: dict[tuple[str, str], Json] = {}
    for gap in gaps:
        if not gap.applies:
            row = {**_Where(gap.environment).as_json(), "kinds": [], "reason": gap.error.message}
            kinds = found.setdefault((gap.environment.id, gap.error.message), row)["kinds"]
            kinds.extend(name for name in gap.kinds if name not in kinds)
    for row in found.values():
        row["kinds"].sort()
    return list(found.values())


def _left_out(left: Left) -> Json:
    thing = left.target.thing
    where = _Where(left.target.environment).as_json()
    return {"kind": left.kind, **where, "id": thing.id, "name": thing.name, "reason": left.reason}


def _order(row: Json) -> tuple[str, ...]:
    name = row["environment_display_name"] or ""
    return (row["kind"], name.casefold(), row["environment"] or "", row["name"].casefold(), row["id"], row["reason"])


def _needless(expected: Sequence[Expected], chosen: Sequence[Thing], gaps: Sequence[Gap]) -> Iterable[str]:
    unread = {gap.environment.id for gap in gaps}
    readable = [environment for environment in chosen if environment.id not in unread]
    for entry in expected:
        met = [environment.name or environment.id for environment in readable if entry.covers(environment)]
        if met:
            yield f"expected_unreadable: {', '.join(met)} could be read. Take the entry {entry.environment!r} out."


def _places_text(unknown: Sequence[Json]) -> str:
    places: dict[str, str] = {}
    for row in unknown:
        where = f"{row['environment_display_name']} ({row['environment']})" if row["environment"] else "The tenant"
        thing = f", {row['name'] or row['id']}" if row["id"] else ""
        places.setdefault(where, f"{where}{thing}: {row['error']['message']}")
    told = " ".join(list(places.values())[:_NAMED])
    more = f" And {len(places) - _NAMED} more." if len(places) > _NAMED else ""
    return f"{len(places)} places could not be read to the end. {told}{more}"


def _unreadable(unknown: Sequence[Json], notes: Sequence[str]) -> IncompleteListingError:
    remedy = unknown[0]["error"]["remedy"]
    return IncompleteListingError(
        " ".join([_places_text(unknown), *notes]),
        remedy=f"{remedy} on_error=report lists them as unknown; expected_unreadable accepts single ones.".strip(),
    )
