# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `converge` in a process of its own, for whoever wants to kill it: python -m tests.unit.bulk.killed FILE

FILE holds what Ansible hands to a module.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.tools.stage import live_view


def main() -> None:
    sys.path.insert(0, str(live_view()))
    from ansible.module_utils import basic

    from ansible_collections.powerops.powerplatform.plugins.module_utils._job_bulk import ConvergeJob
    from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run

    basic._ANSIBLE_ARGS = Path(sys.argv[1]).read_bytes()
    basic._ANSIBLE_PROFILE = "legacy"
    run(ConvergeJob())


if __name__ == "__main__":
    main()
