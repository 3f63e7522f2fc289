# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a task of this collection imports inside the controller, imported before there are workers.

Ansible imports this package when it reads the first such task of a playbook. Its workers, one for each task and host,
are forks of that process: they find here what each would have to compile, as Python keeps no bytecode of collections.
"""

from __future__ import annotations

from importlib import import_module

import_module("ansible_collections.powerops.powerplatform.plugins.plugin_utils._controller")
