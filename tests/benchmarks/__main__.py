# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run costs, as ratios measured in one run on one machine: `make bench`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path

from . import bulk, converge, flows, hosts, inventory, loops, task
from .row import Row

ROOT = Path(__file__).resolve().parents[2]
_PARTS = {
    "bulk": bulk.rows,
    "inventory": inventory.rows,
    "flows": flows.rows,
    "hosts": hosts.rows,
    "converge": converge.rows,
    "task": task.rows,
    "loops": loops.rows,
}


def table(rows: list[Row]) -> str:
    """The rows as text: what was measured, against what, and what it should be."""
    cells = [("measured", "value", "target", ""), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--json", type=Path, default=ROOT / ".cache" / "bench.json", help="where the figures go")
    parser.add_argument("--rounds", type=int, default=5, help="how often each measurement is repeated")
    parser.add_argument("--only", choices=list(_PARTS), help="a part of it")
    options = parser.parse_args()
    rows: list[Row] = []
    for name, part in _PARTS.items():
        if options.only in (None, name):
            rows += part(options.rounds)
    print(table(rows))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    content = {"machine": machine, "rows": [row.as_json() for row in rows]}
    options.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(f"\nFigures: {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
