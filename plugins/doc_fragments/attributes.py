# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules promise: check mode, diff, where they run."""

from __future__ import annotations


class ModuleDocFragment:
    """`powerops.powerplatform.attributes` and one of its `.changes`, `.action`, `.info`; plus `.actiongroup`."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description:
      - Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
    details:
      - Where the module would run on the controller anyway, as the same user and with the same Python, the action does
        all of its work. The items of a loop then share one login and what it looked up.
      - The environment variable E(POWER_PLATFORM_IN_CONTROLLER) and C(in_controller) below C([power_platform]) in
        C(ansible.cfg) turn that off with V(false).
  async:
    description: Supports being used with the C(async) keyword.
    support: full
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
"""

    # For modules that change something.
    CHANGES = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - In check mode the client refuses every request that could write.
  diff_mode:
    support: full
  idempotent:
    support: full
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
"""

    # For modules that do something once.
    ACTION = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - In check mode the client refuses every request that could write.
  diff_mode:
    support: full
  idempotent:
    support: partial
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    details:
      - What was done already is recognised by what the service tells of it.
"""

    # For modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module never writes.
  diff_mode:
    support: N/A
    details:
      - This module does not modify state.
  idempotent:
    support: full
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    details:
      - This module does not modify state.
"""

    ACTIONGROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/powerops.powerplatform.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - powerops.powerplatform.all
"""
