# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of surveys share."""

from __future__ import annotations

from typing import Any

import pytest

Json = dict[str, Any]

# Each kind of survey: its answer, the word for a thing, and the end of the path of its listing.
SURVEYS = {
    "connection_info": ("connections", "connection", "/connections"),
    "connector_info": ("connectors", "connector", "/apis"),
    "flow_info": ("flows", "flow", "/v2/flows"),
    "powerapp_info": ("powerapps", "app", "/apps"),
}
EVERY = pytest.mark.parametrize("name", SURVEYS)


def ids(answer: Json, name: str = "powerapp_info") -> list[str]:
    part, word, _path = SURVEYS[name]
    return [row[word] for row in answer[part]]
