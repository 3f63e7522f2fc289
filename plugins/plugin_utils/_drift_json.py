# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drift report as JSON: docs/docsite/drift_report.schema.json describes it. Pure."""

from __future__ import annotations

import json

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._drift_model import Report, as_json


def render_json(report: Report) -> str:
    """The same text for the same report."""
    return json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n"
