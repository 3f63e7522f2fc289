# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request to the control path of the emulator, see tests/emulator/README.md, without starting a module for it.

It is sent in check mode, too: it is about the test, not about what is tested.
"""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.urls import open_url
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """method, path below the control path, and body, as JSON."""

    _requires_connection = False
    _VALID_ARGS = frozenset({"method", "path", "body"})

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """An answer that is an error fails the task, with the exception of open_url."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        connection = self._templar.template((task_vars or {})["powerplatform_connection"])
        open_url(
            f"{connection['base_url']}/__emulator__/{self._task.args['path']}",
            method=self._task.args["method"],
            data=json.dumps(self._task.args.get("body")),
            headers={"Content-Type": "application/json"},
            ca_path=connection["ca_path"],
            use_proxy=False,
        ).close()
        return result
