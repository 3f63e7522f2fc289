# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application packages as things of an environment: the catalogue, one row a package (power-platform-api.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import power_platform
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnreadableAnswerError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._long_running import reason
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, Thing, properties
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import ThingType

INSTALLED = "Installed"
_GOING_ON = frozenset(
    {
        "installrequested",
        "installing",
        "installscheduled",
        "installretrying",
        "uninstallrequested",
        "uninstalling",
    }
)
# How the services say that a package was never installed.
_NEVER = frozenset({"", "none", "notinstalled"})


class CurrentPackage(NamedTuple):
    """A package in an environment. available: the newest version of the catalogue. error: why it failed last, or ""."""

    state: str
    version: str
    available: str
    error: str

    @property
    def going_on(self) -> bool:
        """Whether an installation or a removal runs."""
        return self.state.casefold() in _GOING_ON

    @property
    def installed(self) -> bool:
        """Whether it is there and works."""
        return self.state.casefold() == INSTALLED.casefold()

    @property
    def failed(self) -> bool:
        """Whether the last attempt to install or to remove it failed."""
        return self.state.casefold().endswith("failed")

    @property
    def outdated(self) -> bool:
        """Whether the catalogue has a newer version than the one that is installed."""
        return self.installed and bool(self.version) and ordered(self.version) < ordered(self.available)


def ordered(version: str) -> tuple[tuple[int, str], ...]:
    """A version for comparison: its parts as figures, where they are some; zeros at its end do not count."""
    parts = [(int(part), "") if part.isdecimal() else (0, part) for part in version.split(".") if part]
    while parts and parts[-1] == (0, ""):
        parts.pop()
    return tuple(parts)


def catalogue(client: Client, environment: str) -> Iterator[Json]:
    """One record a package: what is installed of it, else its newest version, in the form of other services' things.

    The service may list a package once for each version (contract 4.2).
    """
    rows: dict[str, list[Json]] = {}
    for row in power_platform.list_packages(client, environment):
        name = row.get("uniqueName")
        if not isinstance(name, str) or not name:
            raise UnreadableAnswerError("The service listed an application package without its unique name.")
        rows.setdefault(name.casefold(), []).append(row)
    return map(_merged, rows.values())


def _merged(rows: Iterable[Json]) -> Json:
    by_version = sorted(rows, key=lambda row: ordered(str(row.get("version") or "")))
    touched = [row for row in by_version if str(row.get("state") or "").casefold() not in _NEVER]
    shown, newest = (touched or by_version)[-1], by_version[-1]
    title = shown.get("localizedName") or shown.get("applicationName") or ""
    return {
        "name": shown["uniqueName"],
        "properties": {"displayName": title},
        "package": shown,
        "available": str(newest.get("version") or ""),
    }


def package_of(record: Json) -> CurrentPackage:
    """The state of a package, from a record of `catalogue`."""
    row: Json = record["package"]
    state = str(row.get("state") or "")
    never = state.casefold() in _NEVER
    return CurrentPackage(
        state="" if never else state,
        version="" if never else str(row.get("version") or ""),
        available=record["available"],
        error=reason({"error": row.get("errorDetails"), "errorDetail": row.get("lastError")}),
    )


def _list(client: Client, environment: Thing, *, as_admin: bool) -> Iterator[Json]:
    del as_admin
    return catalogue(client, environment.id)


def _kept(record: Json) -> Json:
    kept = {"package": record["package"], "available": record["available"]}
    return {**kept, "properties": properties(record)}


def _never_an_id_alone(text: str) -> bool:
    """Unique names are texts like any other: each may be a title as well."""
    del text
    return False


PACKAGE = ThingType("application_package", _list, None, keep=_kept, is_id=_never_an_id_alone)
