# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The measure of all modules: imports requests, and does nothing."""

from __future__ import annotations

import requests
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Answer at once."""
    AnsibleModule(argument_spec={}).exit_json(changed=False, requests=requests.__version__)


if __name__ == "__main__":
    main()
