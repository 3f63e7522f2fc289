# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of every task of this collection, for `tests.integration.both` to compare."""

from __future__ import annotations

DOCUMENTATION = r"""
name: recorder
type: aggregate
short_description: Writes down what came of every task of this collection
description:
  - One line of JSON for every task, with the results of all its items.
  - It is for tests alone, since it shows what C(no_log) hides.
options:
  path:
    description: The file that lines are added to.
    type: path
    required: true
    env:
      - name: RECORDER_PATH
author:
  - powerops contributors (@powerops)
"""

import functools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.executor.task_executor import TaskExecutor
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

from ansible_collections.powerops.powerplatform.plugins.action.converge import ActionModule

_COLLECTION = "powerops.powerplatform."


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """Looks on in the workers, which Ansible forks off later: a callback is told nothing of a task with no_log, and
    nothing of where a module ran."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def set_options(self, *args: Any, **kwargs: Any) -> None:
        """Begins to look on."""
        super().set_options(*args, **kwargs)
        _look_on(Path(self.get_option("path")).absolute())


def _look_on(path: Path) -> None:
    counts = {"runs": 0, "shipped": 0}
    ActionModule.run = _counted(ActionModule.run, counts, "runs")  # type: ignore[method-assign]  # as Ansible has no hook
    ActionBase._execute_module = _counted(ActionBase._execute_module, counts, "shipped")
    execute = TaskExecutor.run

    @functools.wraps(execute)
    def run(executor: Any) -> Any:
        counts.update(runs=0, shipped=0)
        result = execute(executor)
        # A skipped task runs nothing; one whose action is a template has no name before it runs.
        if counts["runs"] or str(executor._task.action).startswith(_COLLECTION):
            _write(path, {**_told(executor), **counts, "result": _plain(result)})
        return result

    TaskExecutor.run = run


def _counted(function: Callable[..., Any], counts: dict[str, int], name: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def count(*args: Any, **kwargs: Any) -> Any:
        counts[name] += 1
        return function(*args, **kwargs)

    return count


def _told(executor: Any) -> dict[str, Any]:
    """Which task it was, and whether it says of itself that its module has to run in a process of its own."""
    task = executor._task
    # Without one, the task got nowhere.
    transport = getattr(getattr(executor, "_connection", None), "transport", "local")
    return {
        "host": executor._host.get_name(),
        "task": task.get_name(),
        "action": task.action,
        "needs_process": bool(any(task.environment or ()) or task.async_val or task.become or transport != "local"),
        "time": time.time(),
    }


def _plain(result: Any) -> Any:
    """A result as callbacks see it, with what no_log hides from them."""
    try:
        from ansible.utils.vars import transform_to_native_types
    except ImportError:  # ansible-core 2.18: it is that already
        return result
    return transform_to_native_types(result if isinstance(result, dict) else result.as_result_dict())


def _write(path: Path, record: dict[str, Any]) -> None:
    """In one call, since the workers of several hosts write at the same time."""
    line = json.dumps(record, default=str, sort_keys=True) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
