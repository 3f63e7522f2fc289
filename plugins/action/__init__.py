# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every task of this collection imports inside the controller, imported before there are workers.

Ansible imports this package before it starts the worker of the first such task. Workers, one for each task and host,
are forks of that process: they find here what each would have to compile, as Python keeps no bytecode of collections.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

_UTILS = "ansible_collections.powerops.powerplatform.plugins.plugin_utils"

# A task that needs it fails for the same reason, and can tell it: Ansible would say that there is no such action.
with suppress(Exception):
    if import_module(f"{_UTILS}._whereabouts").may_fork():
        import_module(f"{_UTILS}._controller")
