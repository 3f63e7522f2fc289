# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of every module of this collection: runs it inside the controller where it would run there anyway.

All items of a looped task run in one process of the controller, so that they share one login and what it looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action.normal import ActionModule as ModuleAction

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._whereabouts import runs_here


class ActionModule(ModuleAction):  # type: ignore[misc]  # Ansible has no types
    """Hands everything over to the module that cannot be done here as the module would do it."""

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task."""
        variables = task_vars or {}
        if runs_here(self, variables):
            # Here, so that tasks which are handed over do not fail with what keeps it from being imported.
            from ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller import Errand

            errand = Errand.of(self, variables)
            if errand is not None:
                return errand.run()
        result: dict[str, Any] = super().run(tmp, task_vars)
        return result
