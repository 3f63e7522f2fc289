# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes of every kind need: the error, and the environment or principal that they name."""

from __future__ import annotations

from typing import Any

from .model import Environment
from .state import State
from .tenant_file import names_of

Change = dict[str, Any]


class ChangeError(ValueError):
    """A change that cannot be made."""


def environment_of(state: State, item: Change) -> Environment:
    found = state.environment(str(item["environment"]))
    if found is None:
        raise ChangeError(f"no environment {item['environment']!r}")
    return found


def principal_of(state: State, reference: str) -> str:
    return names_of(state.tenant).id(reference, "change")
