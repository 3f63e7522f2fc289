# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker of Ansible finds when it begins."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import (
    ACTION_KINDS,
    INFO_KINDS,
    KINDS,
)

from .playing import EXPORT, FINANCE, Runner, module

# Beside a playbook: the names of what has been imported where it is looked up.
LOOKUP = """
import sys
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        return [list(sys.modules)]
"""
MODULE_UTILS = "ansible_collections.powerops.powerplatform.plugins.module_utils"
# Prints whether what does the work is imported with the actions, on a machine of the platform that is given.
LOADING = f"""
import sys
from importlib import import_module
from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
sys.platform = sys.argv[1]
import_module("ansible_collections.powerops.powerplatform.plugins.action")
print("requests" in sys.modules, "{MODULE_UTILS}._job_bulk" in sys.modules)
"""


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_they_need_not_import_what_does_the_work(runner: Runner, strategy: str) -> None:
    """Not even the first of them, in which no task of this collection runs."""
    folder = runner.folder / "lookup_plugins"
    folder.mkdir()
    (folder / "imported.py").write_text(LOOKUP, encoding="utf-8")
    look = {"ansible.builtin.debug": {"msg": "{{ lookup('imported') }}"}, "register": "imported"}

    played = runner.tasks(look, module("flow_info", environments=[FINANCE], flows=[EXPORT]), strategy=strategy)

    assert played.status == 0, played.printed
    jobs = {f"{MODULE_UTILS}.{name}" for name in ("_http", "_job", "_job_bulk", "_job_export")}
    kinds = {f"{MODULE_UTILS}._resources.{name}" for name in (*KINDS, *INFO_KINDS, *ACTION_KINDS)}
    assert {"requests", *jobs, *kinds} - set(played["imported"]["msg"]) == set()


def test_what_cannot_be_imported_is_told_by_the_task_that_needs_it(runner: Runner) -> None:
    """And by no other."""
    needed = "ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller"
    # Python reads this file whenever it starts, and takes what is None there for what cannot be imported.
    (runner.folder / "sitecustomize.py").write_text(f"import sys\nsys.modules[{needed!r}] = None\n", encoding="utf-8")
    asked = {"environments": [FINANCE], "flows": [EXPORT]}

    played = runner.tasks(
        module("flow_info", "inside", ignore_errors_task=True, **asked),
        module("flow_info", "handed_over", environment_task={"ANY": "thing"}, **asked),
        PYTHONPATH=str(runner.folder),
    )

    assert played.status == 0, played.printed
    assert played["inside"]["failed"]
    assert needed in str(played["inside"])
    assert played["handed_over"]["flows"]


@pytest.mark.parametrize(("platform", "imported"), [("linux", "True True"), ("darwin", "False False")])
def test_nothing_is_imported_where_workers_may_not_do_it(runner: Runner, platform: str, imported: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING, platform], env=runner.variables, check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == imported
