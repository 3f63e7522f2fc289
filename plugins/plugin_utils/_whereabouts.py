# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the module of a task would run on the controller, as the controller's user, with the controller's Python."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

_COLLECTION = "powerops.powerplatform"
_PLUGIN = ("action", f"{_COLLECTION}.converge")
_SETTING = "in_controller"
_VARIABLE = "POWER_PLATFORM_IN_CONTROLLER"
# The plugin that runs commands where Ansible runs. One that is derived from it may run them elsewhere.
_LOCAL = "ansible.builtin.local"
_OWN_PYTHON = "{{ ansible_playbook_python }}"
# Others may give a module another environment, another user or limits.
_SHELLS = ("/bin/sh", "/bin/bash", "/bin/dash", "/usr/bin/sh", "/usr/bin/bash", "/usr/bin/dash")
# There a forked process must not ask the system for its proxies, which requests does, and a worker is one.
_NO_FORKS = "darwin"


def runs_here(action: ActionBase, variables: Mapping[str, Any]) -> bool:
    """Whether it would, and nobody wants it otherwise. AnsibleError for a setting that is neither true nor false."""
    task, connection = action._task, action._connection
    return (
        # A name that another collection redirects here says nothing of what is meant.
        task.action.rpartition(".")[0] in ("", _COLLECTION)
        and may_fork()
        and getattr(connection, "ansible_name", "") == _LOCAL
        and connection.become is None
        and action._play_context.executable in _SHELLS
        and not task.async_val
        # It can end a process that it waits for, and no thread in the middle of a request.
        and not task.timeout
        and not any(task.environment or ())
        # Whoever keeps the files of a module wants to look at them.
        and not constants.DEFAULT_KEEP_REMOTE_FILES
        and _same_python(_interpreter(action, variables))
        and _is_wanted()
    )


def may_fork() -> bool:
    """Whether the workers of this machine can do what modules do."""
    return sys.platform != _NO_FORKS


@functools.cache
def _is_wanted() -> bool:
    if not constants.config.has_configuration_definition(*_PLUGIN):
        places = {
            "env": [{"name": _VARIABLE}],
            "ini": [{"section": "power_platform", "key": _SETTING}],
        }
        # No plugin of this type has settings of its own that Ansible would read out of its documentation.
        constants.config.initialize_plugin_configuration_definitions(
            *_PLUGIN, {_SETTING: {"type": "str", "default": "true", **places}}
        )
    value = constants.config.get_config_value(_SETTING, plugin_type=_PLUGIN[0], plugin_name=_PLUGIN[1])
    try:
        return not value.strip() or bool(boolean(value))
    except TypeError:
        raise AnsibleError(
            f"{_VARIABLE} (in ansible.cfg: {_SETTING} in [power_platform]) is neither true nor false: {value!r}. "
            "Give true or false."
        ) from None


def _interpreter(action: ActionBase, variables: Mapping[str, Any]) -> str:
    """The Python that is configured for the module; "" where it has to be found out first, or nobody can tell."""
    if action._task.delegate_to:
        variables = variables.get("ansible_delegated_vars", {}).get(action._task.delegate_to, {})
    try:
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=dict(variables))
        if configured == _OWN_PYTHON:  # nearly always, and templates take their time
            return str(variables.get("ansible_playbook_python", ""))
        return str(action._templar.template(configured) or "")
    except AnsibleError:
        return ""


@functools.cache
def _same_python(path: str) -> bool:
    """Whether a path is the Python that runs this: the same program in the same folder, since an environment is told by
    its folder."""
    named, own = Path(path), Path(sys.executable)
    if not named.is_absolute():
        return False
    same_folder = named.parent.resolve() == own.parent.resolve()
    return same_folder and named.exists() and named.resolve() == own.resolve()
