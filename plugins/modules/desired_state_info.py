#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: desired_state_info
short_description: x
"""
EXAMPLES = ""
RETURN = ""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module_export import run_export


def main() -> None:
    """Run the module."""
    run_export()


if __name__ == "__main__":
    main()
