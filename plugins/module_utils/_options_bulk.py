# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of bulk modules besides those of connecting and logging in, as argument specs."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import ACCEPTED_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._expected import EXPECTED_OPTIONS

STOP = "stop"
CONTINUE = "continue"
CHANGED = "changed"
ALL = "all"

_RESOURCES: dict[str, Json] = {"resources": {"type": "list", "elements": "dict", "required": True}}
_COMPARING: dict[str, Json] = {**ACCEPTED_OPTIONS, "previous_report": {"type": "path"}}
_PROGRESS: dict[str, Json] = {
    "progress_path": {"type": "path"},
    "progress_in_check_mode": {"type": "bool", "default": False},
}

AUDIT_OPTIONS: dict[str, Json] = {
    **_RESOURCES,
    **_COMPARING,
    **EXPECTED_OPTIONS,
    "orphaned": {"type": "bool", "default": True},
    **_PROGRESS,
}
CONVERGE_OPTIONS: dict[str, Json] = {
    **_RESOURCES,
    "on_error": {"type": "str", "choices": [STOP, CONTINUE], "default": STOP},
    "max_changes": {"type": "int", "default": -1},
    "max_removals": {"type": "int", "default": 20},
    "expected_plan": {"type": "str"},
    "return": {"type": "str", "choices": [CHANGED, ALL]},
    **_COMPARING,
    **_PROGRESS,
}
