# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From results of tasks to findings of a report. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._findings import category_of
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    CATEGORIES,
    MISSING,
    NOT_APPLICABLE,
    RENAMED,
    UNKNOWN,
    Accepted,
    Failure,
    Finding,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._state_files import IDENTITIES

DRIFT_INFO = "drift_info"
# Modules that do something once: they have no declared state that anything could drift from.
ACTIONS = frozenset({"flow_run", "power_platform_action"})

HIDDEN = "The task has no_log, so its result is hidden from everybody, this report included."
_MOST = 2_000
# The options that say which thing a task is about, where that is not what exports go by; the first that is given does.
_IDENTIFYING: Mapping[str, tuple[str, ...]] = {
    "connection": ("connection_id", "key"),
    "custom_connector": ("connector_id", "name"),
    "power_platform_resource": ("path",),
}


class Place(NamedTuple):
    """Whose result it is. declared: the options of the task that say which thing it is about."""

    host: str
    task: str
    item: str | int | None
    declared: Mapping[str, str]


class Told(NamedTuple):
    """What a result says."""

    findings: tuple[Finding, ...] = ()
    errors: tuple[Failure, ...] = ()
    seen: Mapping[str, int] = {}


def declares(module: str) -> bool:
    """Whether a module of this collection declares a state that can drift."""
    return not module.endswith("_info") and module not in ACTIONS


def identity(module: str, options: Any) -> dict[str, str]:
    """Those of the options that say which thing it is. No secret is ever among them."""
    given = options if isinstance(options, Mapping) else {}
    # What declares nothing, such as flow_run, is about things of a kind as well.
    own = (IDENTITIES[module],) if module in IDENTITIES else (*IDENTITIES.values(), "path")
    names = _IDENTIFYING.get(module, own)
    found = [name for name in names if isinstance(given.get(name), str) and given[name]]
    return {
        name: str(given[name])
        for name in ("environment", *found[:1])
        if isinstance(given.get(name), str) and given[name]
    }


def read_result(module: str, result: Mapping[str, Any], place: Place, *, failed: bool) -> Told:
    """What the result of a task in check mode says, or that of a module that looks for drift itself.

    ValueError for findings that are none.
    """
    about = _About(module, place)
    if "censored" in result:
        return Told(errors=(about.failure(HIDDEN),)) if failed else Told(findings=(about.unknown(HIDDEN),))
    rows = [about.given(row) for row in result.get("findings") or ()]
    rows += [*_differences(about, result), *_renamed(about, result), *_refusals(about, result)]
    findings = [row for row in rows if isinstance(row, Finding)]
    errors = [row for row in rows if isinstance(row, Failure)]
    told = any(isinstance(part.get("error"), Mapping) for part in (result, *_items(result)))
    if failed and not told:
        errors.append(about.failure(_message(result)))
    elif not told and _is_missing(module, result):
        findings.append(about.unknown("The task ended without saying whether anything drifted."))
    seen = result.get("seen")
    counts = {str(path): int(count) for path, count in seen.items()} if isinstance(seen, Mapping) else {}
    return Told(tuple(findings), tuple(errors), counts)


class _About(NamedTuple):
    module: str
    place: Place

    def row(self, category: str, **values: Any) -> Finding:
        values = {"kind": self.module, "id": self.path, "name": self.name, **values}
        return Finding(category, host=self.place.host, task=self.place.task, item=self.place.item, **values)

    def unknown(self, message: str, remedy: str = "") -> Finding:
        return self.row(UNKNOWN, message=message, remedy=remedy)

    def failure(self, message: str) -> Failure:
        item = "" if self.place.item is None else f" ({self.place.item})"
        return Failure(self.place.host, f"{self.place.task}{item}", message)

    def given(self, row: Any) -> Finding | Failure:
        """A finding of a module that looks for drift itself. Of what it could not compare, an error."""
        if isinstance(row, Mapping) and row.get("category") == "error":
            parts = (row.get(name) for name in ("kind", "id", "message", "remedy"))
            text = " ".join(str(part) for part in parts if part)
            return _About(self.module, self.place._replace(item=row.get("item"))).failure(text)
        if not isinstance(row, Mapping) or row.get("category") not in CATEGORIES:
            raise ValueError(f"{self.module} returned something that is no finding.")
        names = ("kind", "id", "name", "before", "after", "fingerprint", "message", "remedy")
        values = {name: row[name] for name in names if row.get(name) is not None}
        found = self.row(row["category"], **values, accepted=_acceptance(row))
        return found if row.get("item") is None else found._replace(item=row["item"])

    @property
    def path(self) -> str:
        """As differences name things, but in the words of the declaration: nothing was read that would know better."""
        things = [f"{option}s/{value}" for option, value in self.place.declared.items()]
        where = [f"tasks/{self.place.task}", *([] if self.place.item is None else [f"items/{self.place.item}"])]
        return "/".join(things or where)

    @property
    def name(self) -> str:
        """What the declaration calls it."""
        named = [value for option, value in self.place.declared.items() if option != "environment"]
        return named[0] if named else str(self.place.item or self.place.task)


def _differences(about: _About, result: Mapping[str, Any]) -> Iterator[Finding]:
    rows: Sequence[Json] = [*(result.get("drift") or ()), *(result.get("accepted") or ())]
    for row in rows:
        before, after = row.get("before"), row.get("after")
        yield about.row(
            category_of(before, after),
            kind=row.get("kind") or about.module,
            id=str(row["id"]),
            name=str(row.get("name") or ""),
            before=before,
            after=after,
            fingerprint=str(row.get("fingerprint") or ""),
            accepted=_acceptance(row),
        )


def _renamed(about: _About, result: Mapping[str, Any]) -> Iterator[Finding]:
    names = result.get("renamed")
    if not isinstance(names, Mapping):
        return
    # What was read knows the ids; the declaration may hold names.
    known = identity(about.module, result.get("resource")) or about.place.declared
    path = _About(about.module, about.place._replace(declared=known)).path
    for option, name in names.items():
        yield about.row(
            RENAMED,
            id=f"{path}/{option}",
            name=str(name["actual"]),
            before=name["actual"],
            after=name["declared"],
            message=f"{option} is {name['actual']!r} now, not {name['declared']!r}.",
        )


def _acceptance(row: Mapping[str, Any]) -> Accepted | None:
    accepted = row.get("accepted")
    if not isinstance(accepted, Mapping):
        return None
    return Accepted(*(str(accepted.get(name) or "") for name in Accepted._fields))


def _items(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What came of each declaration of a bulk call."""
    items = result.get("outcomes")
    return [row for row in items if isinstance(row, Mapping)] if isinstance(items, Sequence) else []


def _refusals(about: _About, result: Mapping[str, Any]) -> Iterator[Finding | Failure]:
    """Of the task, and of each item of a bulk call."""
    if isinstance(result.get("error"), Mapping):
        yield from _refused(about, result["error"])
    for row in _items(result):
        if isinstance(row.get("error"), Mapping):
            place = about.place._replace(
                item=row.get("item"), declared=identity(row.get("kind", ""), row.get("resource"))
            )
            yield from _refused(_About(str(row.get("kind") or about.module), place), row["error"])


def _refused(about: _About, error: Mapping[str, Any]) -> Iterator[Finding | Failure]:
    """As an audit sees it: what cannot be read is unknown, and input that cannot be right is an error."""
    message, remedy = str(error.get("message") or ""), str(error.get("remedy") or "")
    found = getattr(_errors, str(error.get("type")), None)
    kind: type = found if isinstance(found, type) else Exception
    if issubclass(kind, _errors.NotApplicableError):
        yield about.row(NOT_APPLICABLE, message=message, remedy=remedy)
    elif issubclass(kind, (_errors.OptionError, _errors.GuardError)) or not issubclass(
        kind, _errors.PowerPlatformError
    ):
        if issubclass(kind, _errors.UnknownReferenceError):
            yield about.row(MISSING, message=message, remedy=remedy)
        yield about.failure(f"{message} {remedy}".strip())
    else:
        yield about.unknown(message, remedy)


def _is_missing(module: str, result: Mapping[str, Any]) -> bool:
    """Whether a module that should have said whether anything drifted did not."""
    if module == DRIFT_INFO:
        return result.get("findings") is None
    return declares(module) and result.get("drift") is None and result.get("findings") is None


def _message(result: Mapping[str, Any]) -> str:
    text = str(result.get("msg") or "").strip()
    return text[:_MOST] or "The task failed without a message."
