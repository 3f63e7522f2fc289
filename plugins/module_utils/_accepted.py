# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences that somebody accepted for a time, so that no run undoes them and no audit reports them as drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, NamedTuple

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Difference, Json

ACCEPTED_OPTIONS: dict[str, Json] = {
    "accepted_drift": {
        "type": "list",
        "elements": "dict",
        "options": {
            "fingerprint": {"type": "str"},
            "id": {"type": "str"},
            "kind": {"type": "str"},
            "owner": {"type": "str", "required": True},
            "reason": {"type": "str", "required": True},
            "expires": {"type": "str", "required": True},
        },
        "mutually_exclusive": [["fingerprint", "id"]],
        "required_one_of": [["fingerprint", "id"]],
    },
}


class Entry(NamedTuple):
    """An entry of accepted_drift. `expires` is the last day, in UTC, on which it counts."""

    fingerprint: str
    id: str
    kind: str
    owner: str
    reason: str
    expires: date
    place: str

    def as_json(self) -> Json:
        """Who accepted what, why and until when, as reports tell it."""
        return {"owner": self.owner, "reason": self.reason, "expires": self.expires.isoformat()}


class Acceptance:
    """The entries that still count, for any number of threads, and what is to be said of the others."""

    def __init__(self, entries: Iterable[Entry], today: date) -> None:
        self._by_fingerprint: dict[str, Entry] = {}
        self._by_id: dict[tuple[str, str], Entry] = {}
        self._unused: dict[str, Entry] = {}
        self._expired: list[Entry] = []
        self._lock = Lock()
        for entry in entries:
            if entry.expires < today:
                self._expired.append(entry)
                continue
            self._unused[entry.place] = entry
            if entry.fingerprint:
                self._by_fingerprint[entry.fingerprint.lower()] = entry
            else:
                self._by_id[(entry.kind.lower(), entry.id.lower())] = entry

    def entry(self, kind: str, difference: Difference) -> Entry | None:
        """The entry that accepts a difference, None for one that nobody accepted."""
        if not self._by_fingerprint and not self._by_id:
            return None
        return self.covering(kind, difference.id, difference.as_drift(kind)["fingerprint"])

    def covering(self, kind: str, identifier: str, fingerprint: str) -> Entry | None:
        """The entry that fits what a report shows with these words."""
        identifier = identifier.lower()
        found = self._by_id.get((kind, identifier)) or self._by_id.get(("", identifier))
        found = found or self._by_fingerprint.get(fingerprint)
        if found is not None:
            with self._lock:
                self._unused.pop(found.place, None)
        return found

    def warnings(self, *, whole: bool) -> list[str]:
        """What is to be said in the end. whole: whether everything was compared, so that what fits nothing shows."""
        unused = self._unused.values() if whole else ()
        return [
            *(
                f"{entry.place} expired on {entry.expires} and counts no more: {entry.reason} ({entry.owner})"
                for entry in self._expired
            ),
            *(
                f"{entry.place} fits nothing that differs. Take it out: {entry.id or entry.fingerprint} ({entry.owner})"
                for entry in unused
            ),
        ]


NOTHING_ACCEPTED = Acceptance((), date.min)


def parse_accepted(rows: Sequence[Mapping[str, Any]] | None, today: date | None = None) -> Acceptance:
    """The option accepted_drift, or a file of the same. today: in UTC, unless it is given.

    OptionError for an entry that says nothing, or whose day cannot be read.
    """
    entries = [_entry(f"accepted_drift[{index}]", row) for index, row in enumerate(rows or ())]
    return Acceptance(entries, today or datetime.now(UTC).date())


def _entry(place: str, row: Mapping[str, Any]) -> Entry:
    texts = {name: str(row.get(name) or "").strip() for name in ("fingerprint", "id", "kind", "owner", "reason")}
    for name in ("owner", "reason"):
        if not texts[name]:
            raise OptionError(f"{place}.{name}", "it is empty.", remedy="Say who accepted it, and why.")
    if bool(texts["fingerprint"]) == bool(texts["id"]):
        raise OptionError(
            place, "it needs either fingerprint or id.", remedy="Give one of them, as the drift shows it."
        )
    texts["kind"] = texts["kind"].rpartition(".")[2]
    text = str(row.get("expires") or "").strip()
    try:
        expires = date.fromisoformat(text)
    except ValueError as error:
        raise OptionError(
            f"{place}.expires", "it is no date.", value=text, remedy="Give the last day, as 2026-12-31."
        ) from error
    return Entry(**texts, expires=expires, place=place)
