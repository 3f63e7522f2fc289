# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of bulk modules besides those of connecting and logging in, as argument specs."""

from __future__ import annotations

from ansible_collections.powerops.powerplatform.plugins.module_utils._accepted import ACCEPTED_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._environments import SELECTION_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._expected import EXPECTED_OPTIONS

STOP = "stop"
CONTINUE = "continue"
FAIL = "fail"
REPORT = "report"
CHANGED = "changed"
ALL = "all"

_RESOURCES: dict[str, Json] = {"resources": {"type": "list", "elements": "dict", "required": True}}
_COMPARING: dict[str, Json] = {**ACCEPTED_OPTIONS, "previous_report": {"type": "path"}}
_PROGRESS: dict[str, Json] = {
    "progress_path": {"type": "path"},
    "progress_in_check_mode": {"type": "bool", "default": False},
}

# What desired_state_info can read, and what it reads where nobody says: who may use and who owns what, and what runs.
EXPORTABLE_KINDS = (
    "application_package",
    "billing_policy",
    "connection",
    "connection_role",
    "custom_connector",
    "custom_connector_role",
    "flow",
    "flow_owners",
    "flow_run_only_users",
    "flow_state",
    "management_application",
    "powerapp",
    "powerapp_role",
)
DEFAULT_KINDS = (
    "connection_role",
    "custom_connector_role",
    "flow_owners",
    "flow_run_only_users",
    "flow_state",
    "powerapp",
    "powerapp_role",
)

EXPORT_OPTIONS: dict[str, Json] = {
    **SELECTION_OPTIONS,
    "kinds": {"type": "list", "elements": "str", "choices": list(EXPORTABLE_KINDS), "default": list(DEFAULT_KINDS)},
    "as_admin": {"type": "bool", "default": True},
    "exclusive": {"type": "bool", "default": True},
    "include_empty": {"type": "bool", "default": False},
    "on_error": {"type": "str", "choices": [FAIL, REPORT], "default": FAIL},
    **EXPECTED_OPTIONS,
    **_PROGRESS,
}
AUDIT_OPTIONS: dict[str, Json] = {
    **_RESOURCES,
    **_COMPARING,
    **EXPECTED_OPTIONS,
    "orphaned": {"type": "bool", "default": True},
    "scopes": {
        "type": "list",
        "elements": "dict",
        "options": {
            "environments": {"type": "list", "elements": "str"},
            "kinds": {"type": "list", "elements": "str", "choices": list(EXPORTABLE_KINDS)},
        },
    },
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
