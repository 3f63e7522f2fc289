# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How values of a tenant are shown to people, whoever made them up. Pure."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Accepted, Finding

# They turn the order of what follows, so that a text reads as another one.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control characters, separators of lines and paragraphs, halves of characters, and what is no character at all.
_UNSHOWN = frozenset({"Cc", "Zl", "Zp", "Cs", "Cn"})
# Of a value within a sentence.
_LONGEST = 300


def shown(text: str) -> str:
    """A text as one line in which everything can be seen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_character, text))


def clipped(text: str, most: int) -> str:
    """At most so many characters; a text that was longer ends with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def as_text(value: Any) -> str:
    """A value of before or after in one line: a text as it is, everything else as JSON; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return shown(value)
    return shown(json.dumps(value, ensure_ascii=False, sort_keys=True))


def as_lines(value: Any) -> str:
    """The same with an indented document."""
    if value is None or isinstance(value, str):
        return as_text(value)
    lines = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2).split("\n")
    return "\n".join(map(shown, lines))


def label(finding: Finding) -> str:
    """What people call it: its name, or the last part of its id, which says little of a share with the whole tenant."""
    last = finding.id.rpartition("/")[2]
    document = finding.after if finding.before is None else finding.before
    if finding.name in ("", last) and isinstance(document, Mapping) and document.get("everyone") is True:
        return "everyone in the tenant"
    return shown(finding.name) or shown(last) or finding.kind


def context(finding: Finding) -> str:
    """What kind of thing it is, and of which item of a loop."""
    return shown(finding.kind if finding.item is None else f"{finding.kind}, {finding.item}")


def sentence(finding: Finding) -> str:
    """What is the matter, in one line."""
    parts = [finding.message]
    if finding.before is not None or finding.after is not None:
        parts.append(f"It is {_value(finding.before)}, and should be {_value(finding.after)}.")
    return shown(" ".join([*parts, finding.remedy]).strip())


def accepted_text(accepted: Accepted) -> str:
    """Who accepted something, until when, and why."""
    return shown(f"Accepted by {accepted.owner} until {accepted.expires}: {accepted.reason}")


def plural(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many}"


def _value(value: Any) -> str:
    return "absent" if value is None else clipped(as_text(value), _LONGEST)


def _character(character: str) -> str:
    if character in "\t\n\r":
        return " "
    if character in _TURNING or unicodedata.category(character) in _UNSHOWN:
        return "\ufffd"
    return character
