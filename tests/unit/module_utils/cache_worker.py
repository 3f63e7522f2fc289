# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process of several that log in through one folder: python cache_worker.py COLLECTIONS OPTIONS AUDIENCE..."""

from __future__ import annotations

import json
import sys

if __name__ == "__main__":
    collections, options, *audiences = sys.argv[1:]
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([collections])
    from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login

    tokens = login(json.loads(options), {}).tokens
    print("ready", flush=True)
    sys.stdin.readline()
    found = {audience: tokens.token(audience).text for audience in audiences}
    print(json.dumps({"tokens": found, "requests": tokens.requests, "warnings": tokens.warnings}))
