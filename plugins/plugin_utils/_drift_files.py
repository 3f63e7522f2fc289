# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: which form goes where, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_html import render_html
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_json import render_json
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_junit import render_junit
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_markdown import render_markdown
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Report
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_sarif import render_sarif

RENDERERS: Mapping[str, Callable[[Report], str]] = {
    "json": render_json,
    "junit": render_junit,
    "sarif": render_sarif,
    "markdown": render_markdown,
    "html": render_html,
}
_SUFFIXES = {".json": "json", ".xml": "junit", ".sarif": "sarif", ".md": "markdown", ".html": "html"}


def targets(entries: Sequence[str]) -> dict[Path, str]:
    """The form of each file. An entry is a path whose suffix tells the form, or form=path. OptionError for others."""
    found: dict[Path, str] = {}
    for entry in filter(None, map(str.strip, entries)):
        form, equals, path_text = entry.partition("=")
        if not equals or form not in RENDERERS:
            path_text = entry
            form = "sarif" if entry.endswith(".sarif.json") else _SUFFIXES.get(Path(entry).suffix.lower(), "")
        if not form or not path_text:
            raise OptionError(
                "reports",
                "the form of this report is not known.",
                value=entry,
                remedy=f"Give a path that ends with {', '.join(_SUFFIXES)}, or one of {', '.join(RENDERERS)} with = "
                "and a path.",
            )
        path = Path(path_text).expanduser().absolute()
        if path in found:
            raise OptionError("reports", "two reports would be written to one file.", value=entry)
        found[path] = form
    return found


def remove_reports(paths: Sequence[Path]) -> None:
    """Takes away what an earlier run left, so that nobody takes it for what this one found."""
    for path in paths:
        path.unlink(missing_ok=True)


def write_reports(texts: Mapping[Path, str]) -> None:
    """Writes all of them or none: each beside its place, and all moved there once all are written."""
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in texts}
    finished = False
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            parts[path].write_text(text, encoding="utf-8", newline="\n")
        for path, part in parts.items():
            part.replace(path)
        finished = True
    finally:
        for path in [*parts.values(), *(() if finished else texts)]:
            # What is in the way of a report stays, and the error that it made is told.
            with suppress(OSError):
                path.unlink(missing_ok=True)
