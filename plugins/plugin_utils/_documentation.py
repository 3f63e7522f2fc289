# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of options, made out of other documentation of the same options. Pure."""

from __future__ import annotations

import re
from collections.abc import Container


def options_of(documentation: str, names: Container[str] | None = None) -> dict[str, str]:
    """The options of a fragment, or those of these names: what stands under each, word by word."""
    # Every option is a line with its name, and what is indented below.
    found = re.findall(r"^  (\w+):\n((?:    .*\n)+)", documentation, re.MULTILINE)
    return {name: text for name, text in found if names is None or name in names}


def as_options(options: dict[str, str]) -> str:
    """Options as a fragment."""
    return "options:\n" + "".join(f"  {name}:\n{text}" for name, text in options.items())


def with_variables(documentation: str, prefix: str) -> str:
    """The options of a fragment, each of which a variable may hold as well, and its requirements."""
    options = options_of(documentation)
    requirements = re.search(r"^requirements:\n(?:  .*\n)+", documentation, re.MULTILINE)
    shown = as_options({name: f"{text}    vars:\n      - name: {prefix}{name}\n" for name, text in options.items()})
    return shown + (requirements[0] if requirements else "")
