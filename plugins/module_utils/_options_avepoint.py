# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of logging in to AvePoint, in the form of an argument spec; those of the connection are everybody's.

Described in plugins/doc_fragments/avepoint.py.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds import AUTHORITY
from ansible_collections.powerops.powerplatform.plugins.module_utils._clouds_avepoint import DATA_CENTERS
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import AVEPOINT
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import AUTH_OPTIONS, CONNECTION

AVEPOINT_OPTIONS: dict[str, dict[str, Any]] = {
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "client_certificate": {"type": "str", "no_log": True},
    "client_certificate_file_path": {"type": "path"},
    "client_certificate_password": {"type": "str", "no_log": True},
    "data_center": {"type": "str", "choices": list(DATA_CENTERS)},
    "endpoints": {"type": "dict", "options": {name: {"type": "str"} for name in (AUTHORITY, AVEPOINT)}},
    **{name: AUTH_OPTIONS[name] for name in CONNECTION},
}
