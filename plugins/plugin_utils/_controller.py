# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge to Ansible inside the controller: what `_module.py` is to a process of its own.

Options are checked, secrets are hidden and results are shaped as AnsibleModule does it, by the same functions of
Ansible's.
"""

from __future__ import annotations

import functools
import inspect
import json
import logging
import os
import traceback
from collections.abc import Mapping
from contextlib import chdir
from datetime import date
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase

from ansible_collections.powerops.powerplatform.plugins.module_utils._job import (
    ActionJob,
    InfoJob,
    Job,
    ResourceJob,
    Task,
    perform,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import AuditJob, ConvergeJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._job_export import ExportJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Access, Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._live import lines
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._sessions import Sessions

Json = dict[str, Any]

# What is for many kinds at once, by its module.
_BULK: dict[str, type[Job]] = {"converge": ConvergeJob, "desired_state_info": ExportJob, "drift_info": AuditJob}
_LOGGERS = ("msal", "urllib3")
# A worker of Ansible runs all items of one task, and nothing else.
_sessions = Sessions()


def job_of(module: str) -> Job:
    """What a module of this collection is for, by its name without the collection. KeyError if there is none."""
    if module in _BULK:
        return _BULK[module]()
    if module in INFO_KINDS:
        return InfoJob(INFO_KINDS[module])
    return ActionJob(ACTION_KINDS[module]) if module in ACTION_KINDS else ResourceJob(KINDS[module])


class Errand:
    """One task, or one item of a loop.

    host: where it runs, in words. flags: what Ansible tells a module beside its options, under its own names.
    """

    def __init__(self, action: ActionBase, host: str, options: Json, flags: Mapping[str, Any]) -> None:
        self._job = job_of(action._task.action.rpartition(".")[2])
        self._loop = (os.getpid(), action._task._uuid)
        self._action = action
        self._folder = action._loader.get_basedir()
        self._flags = flags
        self._params = options
        self._task = Task(
            params=options,
            hidden=set(),
            check_mode=flags["_ansible_check_mode"],
            diff=flags["_ansible_diff"],
            no_log=flags["_ansible_no_log"],
            verbosity=flags["_ansible_verbosity"],
            watch=lines(f"[{host}] {action._task.get_name()}"),
        )
        self._deprecations: list[Json] = []
        # Before that, nobody can tell which of the options are secrets.
        self._secrets_are_known = False

    @classmethod
    def of(cls, action: ActionBase, variables: Mapping[str, Any]) -> Errand | None:
        """The errand of a task; None for options that only Ansible knows how to hand to a module."""
        flags: Json = {}
        action._update_module_args(action._task.action, flags, dict(variables))
        try:
            options = json.loads(json.dumps(_plain(action._task.args)))
        except (TypeError, ValueError):
            return None
        told = (variables.get("inventory_hostname"), action._task.delegate_to)
        return cls(action, " -> ".join(name for name in told if name), options, flags)  # as Ansible tells of hosts

    def run(self) -> Json:
        """The result of the task, whatever happens."""
        _keep_quiet()
        try:
            with chdir(self._folder):  # as modules on the controller do: relative paths lead from the playbook
                result, failure = self._perform()
        except (Exception, SystemExit) as error:  # noqa: BLE001  # else a worker would end, and the whole run with it
            _sessions.drop()
            result, failure = self._unforeseen(error)
        except BaseException:  # an interruption: what was under way is in no known state
            _sessions.drop()
            raise
        return self._shaped(result, failure)

    def _perform(self) -> tuple[Json, str]:
        hidden = self._task.hidden
        hidden.update(self._job.open(self._params))
        checked = ArgumentSpecValidator(self._job.spec, **self._job.constraints).validate(self._params)
        self._params.update(checked.validated_parameters)
        hidden.update(checked._no_log_values)
        self._secrets_are_known = True
        self._deprecations = checked._deprecations
        for both in checked._warnings:
            self._task.warnings.append(f"Both option {both['option']} and its alias {both['alias']} are set.")
        if checked.error_messages:
            told = checked.errors.msg
            if isinstance(checked.errors[0], UnsupportedError):
                told = f"Unsupported parameters for ({self._flags['_ansible_module_name']}) module: {told}"
            return {}, told
        return perform(self._job, self._task, self._log_in)

    def _unforeseen(self, error: BaseException) -> tuple[Json, str]:
        """What a mistake of ours says: of its words only those from which secrets can be taken out."""
        name = type(error).__name__
        if not self._secrets_are_known:
            return {"exception": "".join(traceback.format_tb(error.__traceback__))}, name
        return {"exception": traceback.format_exc()}, f"{name}: {error}"

    def _log_in(self, access: Access, params: Mapping[str, Any]) -> Login:
        return _sessions.login(self._loop, access, params, os.environ)

    def _shaped(self, result: Json, failure: str) -> Json:
        """The result as that of a module, without secrets."""
        if failure:
            result = {**result, "failed": True, "msg": failure}
            # Since ansible-core 2.19 a setting says whether tracebacks are told; before, they always were.
            if "error" not in self._flags.get("_ansible_tracebacks_for", ["error"]):
                result.pop("exception", None)
        if self._secrets_are_known and self._flags.get("_ansible_inject_invocation", True):
            result["invocation"] = {"module_args": self._params}
        if self._task.warnings:
            result["warnings"] = self._task.warnings
        if self._deprecations:
            result["deprecations"] = self._deprecations
        preserved = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
        cleaned = {**remove_values(result, self._task.hidden), **preserved}
        return _received(self._action, json.dumps(cleaned, default=str))


def _received(action: ActionBase, printed: str) -> Json:
    """What Ansible makes of what a module printed: since ansible-core 2.19 every failure has an `exception`, which says
    that it was a module that failed."""
    output = {"rc": 0, "stdout": printed, "stderr": ""}
    received = action._parse_returned_data(output, *_dialect())
    # Since ansible-core 2.21 it is an object.
    result: Json = received if isinstance(received, dict) else received.as_result_dict(for_round_trip=True)
    return result


@functools.cache
def _dialect() -> tuple[str, ...]:
    """That of the modules of collections. Before ansible-core 2.19, all modules spoke one."""
    parameters = inspect.signature(ActionBase._parse_returned_data).parameters
    return ("legacy",) if "profile" in parameters else ()


def _keep_quiet() -> None:
    """What libraries log would reach the log of Ansible, and terminals; nobody sees it of a process of their own."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if logger.propagate:
            logger.propagate = False
            logger.addHandler(logging.NullHandler())


def _plain(value: Any) -> Any:
    """An option as JSON can hold it. TypeError for what is neither that, nor a date, nor encrypted by Ansible Vault."""
    if isinstance(value, Mapping):
        return {key: _plain(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(content) for content in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) or getattr(value, "__ENCRYPTED__", False):
        return str(value)
    raise TypeError(type(value).__name__)
