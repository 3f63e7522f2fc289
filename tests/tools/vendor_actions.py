# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of the vendors' pages that the collection is held to: actions, their parameters, what a report tells.

    python -m tests.tools.vendor_actions FOLDER

reads the texts of the pages from a folder and writes tests/unit/completeness/vendor_actions.yml. The texts themselves
are the vendors' and are not kept here. The page of a connector lists its actions, then gives each a part of its own;
the parameters of a part stand under `Parameters`, each on two or three lines: its name, then its key, whether it is
required, its type. The page of a report begins with its name, and has tables of its parameters and of what it tells.
"""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

OUTPUT = Path(__file__).resolve().parents[1] / "unit" / "completeness" / "vendor_actions.yml"
PAGES = {
    "powerapps-for-admins": "powerapps-for-admins-connector.txt",
    "power-automate-management": "power-automate-management-connector.txt",
}
REPORTS = {"avepoint-graph": "avepoint-connections.txt"}
# The report: what it tells of a thing.
FIELDS = OUTPUT.with_name("vendor_fields.yml")
FIELDS_HEADER = """---
# Made by tests/tools/vendor_actions.py. For each report what it tells of a thing, with the type that the page gives.
"""
HEADER = """---
# Made by tests/tools/vendor_actions.py. For each connector its actions; for each action its parameters, by the name
# that the page gives them, with the key that they have in a request.
"""
_TYPES = frozenset({"string", "integer", "boolean", "list"})
_NAME = re.compile(r"[a-z]\w*")
# `environmentName | True | string |` and `environment True string`: a key, perhaps `True`, a type.
_ROW = re.compile(r"(?:(?P<key>[$\w-]+) )?(?:True )?(?:string|integer|boolean|dynamic|date-time)")


def actions(text: str) -> dict[str, dict[str, str]]:
    """The parameters (name: key) of each action of a page."""
    lines = [" ".join(line.replace("|", " ").split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    start, end = lines.index("Actions") + 1, lines.index("Definitions")
    names = _names(lines[start:end])
    parts: dict[str, list[str]] = {}
    name = ""
    # The list at the beginning names each action once more: the later mention is its own part.
    for line in lines[start:end]:
        if line in names:
            name = line
            parts[name] = []
        else:
            parts[name].append(line)
    return {name: dict(_parameters(parts[name])) for name in names}


def _names(lines: Sequence[str]) -> list[str]:
    """The actions in the order of the page: it begins with pairs of name and description, and then starts anew."""
    names: list[str] = []
    for name in lines[::2]:
        if name in names:
            break
        names.append(name)
    return names


def _parameters(part: Sequence[str]) -> Iterator[tuple[str, str]]:
    if "Parameters" not in part:
        return
    within = list(part[part.index("Parameters") + 1 :])
    if "Returns" in within:
        within = within[: within.index("Returns")]
    seen = set()
    for name, row in itertools.pairwise(within):
        match = _ROW.fullmatch(row)
        if match and not _ROW.fullmatch(name):
            if name in seen:
                raise ValueError(f"two parameters of one action are called {name}")
            seen.add(name)
            yield name, match["key"] or ""


def report(text: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """The name of a report, its parameters (each is its own key), and what it tells of a thing (name: type)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    start = lines.index("Query Parameters")
    end = lines.index("Responses", start)
    parameters = dict(_cells(lines[start:end]))
    start = lines.index("Connection details", end)
    end = lines.index("Request Sample", start)
    return lines[0], {name: name for name in parameters}, dict(_cells(lines[start:end]))


def _cells(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and type of each row of a table. Between them stands a description, in as many lines as it likes."""
    name = ""
    for cell in (cell.strip() for line in lines for cell in line.split("|")):
        if cell in _TYPES:
            yield name, cell
        elif _NAME.fullmatch(cell):
            name = cell


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.vendor_actions")
    parser.add_argument("folder", type=Path, help="where the texts of the pages lie")
    folder: Path = parser.parse_args().folder
    found = {name: actions((folder / page).read_text(encoding="utf-8")) for name, page in PAGES.items()}
    fields: dict[str, dict[str, str]] = {}
    for name, page in REPORTS.items():
        title, parameters, fields[title] = report((folder / page).read_text(encoding="utf-8"))
        found[name] = {title: parameters}
    for path, header, facts in ((OUTPUT, HEADER, found), (FIELDS, FIELDS_HEADER, fields)):
        text = yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=1000)
        path.write_text(header + text, encoding="utf-8")


if __name__ == "__main__":
    main()
