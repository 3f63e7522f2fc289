# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge to Ansible of a process of its own: the only code that knows AnsibleModule, and where a module fails."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

# Imported for its effect: every import that follows is cheaper.
import ansible_collections.powerops.powerplatform.plugins.module_utils._archive  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.powerops.powerplatform.plugins.module_utils._job import (
    ActionJob,
    InfoJob,
    Job,
    ResourceJob,
    Task,
    perform,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import ActionKind, AnyKind, InfoKind


def run_resource(kind: AnyKind) -> None:
    """The whole of a module that brings one thing to its declared state."""
    run(ResourceJob(kind))


def run_info(kind: InfoKind) -> None:
    """The whole of a module that only reads."""
    run(InfoJob(kind))


def run_action(kind: ActionKind) -> None:
    """The whole of a module that does something once."""
    run(ActionJob(kind))


class _Module(AnsibleModule):  # type: ignore[misc]  # Ansible has no types
    """A module that knows secrets before its options are checked: what comes next may be the failure that shows all."""

    params: dict[str, Any]

    def __init__(self, job: Job) -> None:
        self._job = job
        super().__init__(argument_spec=job.spec, supports_check_mode=True, **job.constraints)

    def _load_params(self) -> None:
        super()._load_params()
        self.no_log_values.update(self._job.open(self.params))

    def _log_invocation(self) -> None:
        whole = self.params
        self.params = self._job.loggable(whole)
        try:
            super()._log_invocation()
        finally:
            self.params = whole


def run(job: Job) -> None:
    """The whole of a module: does the work and ends the process with what came of it."""
    module = _Module(job)
    task = Task(
        params=module.params,
        hidden=module.no_log_values,
        check_mode=module.check_mode,
        diff=module._diff,
        no_log=module.no_log,
        verbosity=module._verbosity,
    )
    result, failure = perform(job, task, lambda access, params: access.login(params, os.environ))
    for warning in task.warnings:
        module.warn(warning)
    if failure:
        module.fail_json(msg=failure, **result)
    module.exit_json(**result)
