# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of a looped task in this process, each as a worker of Ansible runs it; and modules beside them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import action_loader, connection_loader
from ansible.template import Templar

from ansible_collections.powerops.powerplatform.plugins.module_utils import _module
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller import job_of
from tests.emulator.control import Emulator
from tests.unit.given import give

Json = dict[str, Any]

COLLECTION = "powerops.powerplatform"
# Ansible's own names for what it tells a module beside its options.
_FLAGS = {"check_mode": "_ansible_check_mode", "diff": "_ansible_diff", "no_log": "_ansible_no_log"}


def reach(emulator: Emulator, client: str = "runner") -> Json:
    """The options that lead to a tenant, as one of its clients."""
    return {"base_url": emulator.base_url, "ca_path": emulator.ca_path, **emulator.credentials(client)}


def tokens(emulator: Emulator) -> int:
    """How many tokens were asked for since the log was cleared."""
    return emulator.summary()["tokens"]


def reads(emulator: Emulator, ending: str) -> int:
    """How many requests read a path with this ending."""
    return sum(entry["method"] == "GET" and entry["path"].endswith(ending) for entry in emulator.log())


class Loop:
    """One looped task in the controller. keywords: of the task."""

    def __init__(self, emulator: Emulator, module: str, **keywords: Any) -> None:
        self._emulator = emulator
        self._loader = DataLoader()
        given = {"name": "Loop", f"{COLLECTION}.{module}": {}, **keywords}
        self._task = Task.load(given, loader=self._loader)

    def item(self, *, client: str = "runner", **options: Any) -> Json:
        """The result of an item with these options."""
        task = self._task.copy()
        task.args = {**reach(self._emulator, client), **options}
        context = PlayContext()
        context.remote_addr = "localhost"
        connection = connection_loader.get("ansible.builtin.local", context)
        connection.set_options()
        connection._shell.set_options()
        action = action_loader.get(
            f"{COLLECTION}.converge",
            task=task,
            connection=connection,
            play_context=context,
            loader=self._loader,
            templar=Templar(loader=self._loader),
            shared_loader_obj=None,
        )
        # From ansible-core 2.21 on, only who asks for the invocation is told.
        variables = {"ansible_inject_invocation": True, "ansible_python_interpreter": sys.executable}
        result: Json = action.run(task_vars=variables)
        return result


def alone(emulator: Emulator, module: str, *, client: str = "runner", **options: Any) -> Json:
    """The result of the module with these options, and with keywords of the task among them."""
    flags: Json = {flag: options.pop(keyword, False) for keyword, flag in _FLAGS.items()}
    flags["_ansible_module_name"] = f"{COLLECTION}.{module}"
    warned: list[str] = []
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        give(patch, {**reach(emulator, client), **options, **flags})
        # Where Ansible itself is imported, as here, warnings go to its display and not into the result.
        patch.setattr(basic.AnsibleModule, "warn", lambda _self, warning, **_more: warned.append(str(warning)))
        patch.setattr(basic.AnsibleModule, "log", lambda *_all, **_more: None)
        with redirect_stdout(printed), pytest.raises(SystemExit):
            _module.run(job_of(module))
    result: Json = json.loads(printed.getvalue())
    return {**result, "warnings": warned} if warned else result


def said(message: Any) -> str:
    """The words of a warning or deprecation: a text, a mapping, or, from ansible-core 2.21 on, an object of its own."""
    if isinstance(message, Mapping):
        return str(message["msg"])
    return message if isinstance(message, str) else str(message.event.msg)


def told(result: Mapping[str, Any], left_out: Iterable[str] = ("api_calls",)) -> Json:
    """What of a result has to be the same wherever a task runs: not how many requests it took. What Ansible itself adds
    to what a module printed is not there without Ansible."""
    left_out = (*left_out, "exception")
    kept = {key: value for key, value in result.items() if key not in left_out and not key.startswith("_ansible_")}
    if "warnings" in kept:
        kept["warnings"] = [said(warning) for warning in kept["warnings"]]
    # Of a task that did not fail, or changed nothing, some edges say so, and Ansible says it for the others.
    return {key: value for key, value in kept.items() if (key, value) not in (("changed", False), ("failed", False))}
