# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift that somebody answers for, for a time: a file beside the desired state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import (
    ACCEPTED_OPTIONS,
    Acceptance,
    parse_accepted,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import (
    DRIFT,
    ORPHANED,
    UNKNOWN,
    Accepted,
    Finding,
    complete,
)

_OPTION = "accepted_drift"
_ACCEPTABLE = DRIFT | {ORPHANED}
_KNOWN = frozenset(ACCEPTED_OPTIONS[_OPTION]["options"])


def read_accepted(path: Path, today: date | None = None) -> Acceptance:
    """The entries of a file. OptionError for what is wrong with it. today: in UTC, unless it is given."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise OptionError(_OPTION, f"it cannot be read: {error}", value=str(path)) from error
    if content is not None and not isinstance(content, list):
        raise OptionError(_OPTION, "it is no list of entries.", value=str(path))
    for index, row in enumerate(content or ()):
        _check(f"{_OPTION}[{index}]", row)
    return parse_accepted(content, today)


def apply_accepted(findings: Iterable[Finding], acceptance: Acceptance) -> tuple[list[Finding], list[str]]:
    """The findings, complete, each with the entry that accepts it; and what is to be said of entries that do not.

    Only what differs can be accepted, and not what could not be read, which may differ in any way. Where there is such,
    nobody can tell that an entry fits nothing. What was accepted before stays as it is.
    """
    rows = [_accepted(complete(finding), acceptance) for finding in findings]
    return rows, acceptance.warnings(whole=all(row.category != UNKNOWN for row in rows))


def _accepted(finding: Finding, acceptance: Acceptance) -> Finding:
    if finding.category not in _ACCEPTABLE:
        return finding
    entry = acceptance.covering(finding.kind, finding.id, finding.fingerprint)
    if entry is None or finding.accepted:
        return finding
    return finding._replace(accepted=Accepted(**entry.as_json()))


def _check(place: str, row: Any) -> None:
    """What Ansible checks of an option, of an entry in a file."""
    if not isinstance(row, Mapping):
        raise OptionError(place, "it is no mapping.")
    unknown = sorted(str(key) for key in row.keys() - _KNOWN)
    if unknown:
        raise OptionError(place, f"it has keys that mean nothing: {', '.join(unknown)}.")
