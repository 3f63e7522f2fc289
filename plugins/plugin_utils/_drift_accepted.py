# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift that somebody answers for, for a time: a file beside the desired state."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Accepted, Finding, complete

_OPTION = "accepted_drift"
_KNOWN = frozenset({"fingerprint", "id", "kind", "owner", "reason", "expires"})


class Entry(NamedTuple):
    """What is accepted: the finding with a fingerprint, or those of a thing; kind: "" for any."""

    fingerprint: str
    id: str
    kind: str
    expires: datetime.date
    accepted: Accepted

    @property
    def subject(self) -> str:
        """How messages name it."""
        return f"fingerprint {self.fingerprint}" if self.fingerprint else f"{self.kind} {self.id}".strip()

    def fits(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        if self.fingerprint:
            return self.fingerprint == finding.fingerprint
        return self.id == finding.id.casefold() and self.kind in ("", finding.kind)


def read_accepted(path: Path) -> list[Entry]:
    """The entries of a file. OptionError for what is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise OptionError(_OPTION, f"it cannot be read: {error}", value=str(path)) from error
    if content is None:
        return []
    if not isinstance(content, list):
        raise OptionError(_OPTION, "it is no list of entries.", value=str(path))
    return [_entry(number, row) for number, row in enumerate(content, start=1)]


def apply_accepted(
    findings: Iterable[Finding], entries: Sequence[Entry], today: datetime.date
) -> tuple[list[Finding], list[str]]:
    """The findings, complete, each with the entry that accepts it; and what is to be said of entries that do not.

    What was accepted before stays as it is.
    """
    valid = [entry for entry in entries if today <= entry.expires]
    rows = [complete(finding) for finding in findings]
    used = {number for number, entry in enumerate(entries) if any(map(entry.fits, rows))}
    notices = []
    for number, entry in enumerate(entries):
        if number not in used:
            notices.append(
                f"Accepted drift that is not there: {entry.subject} ({entry.accepted.owner}). Remove the entry."
            )
        elif today > entry.expires:
            notices.append(
                f"Accepted drift that has expired on {entry.accepted.expires}, and counts again: {entry.subject} "
                f"({entry.accepted.owner})."
            )
    return [row if row.accepted else _accepted(row, valid) for row in rows], notices


def _accepted(finding: Finding, entries: Iterable[Entry]) -> Finding:
    return finding._replace(accepted=next((entry.accepted for entry in entries if entry.fits(finding)), None))


def _entry(number: int, row: Any) -> Entry:
    option = f"{_OPTION} entry {number}"
    if not isinstance(row, Mapping):
        raise OptionError(option, "it is no mapping.")
    unknown = sorted(str(key) for key in row.keys() - _KNOWN)
    if unknown:
        raise OptionError(option, f"it has keys that mean nothing: {', '.join(unknown)}.")
    missing = [key for key in ("owner", "reason", "expires") if not row.get(key)]
    if missing:
        raise OptionError(option, f"it lacks {', '.join(missing)}.", remedy="Somebody answers for it, for a time.")
    if bool(row.get("fingerprint")) == bool(row.get("id")):
        raise OptionError(option, "it needs either fingerprint or id.")
    expires = _date(option, row["expires"])
    return Entry(
        fingerprint=str(row.get("fingerprint") or ""),
        id=str(row.get("id") or "").casefold(),
        kind=str(row.get("kind") or "").rpartition(".")[2],
        expires=expires,
        accepted=Accepted(str(row["owner"]), str(row["reason"]), expires.isoformat()),
    )


def _date(option: str, value: Any) -> datetime.date:
    # YAML makes a date of what looks like one, and a time of what has one.
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError as error:
        raise OptionError(option, "expires is no day as in 2027-01-31.", value=str(value)) from error
