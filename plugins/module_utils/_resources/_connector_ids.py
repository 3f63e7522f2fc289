# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids of connectors, told from display names. Pure."""

from __future__ import annotations

import re

# `shared_{name}`, for custom ones with two more parts; makers choose display names only (powerapps-admin.md 3.11).
_CONNECTOR_ID = re.compile(r"shared_[^/\s]+", re.IGNORECASE)


_ADDRESSABLE = re.compile(r"[^/\s]+")


def may_be_connector_id(value: str) -> bool:
    """Whether a text can be the id of a connector: ids are opaque."""
    return _ADDRESSABLE.fullmatch(value) is not None


def is_connector_id(value: str) -> bool:
    """Whether a text can only be the id of a connector."""
    return _CONNECTOR_ID.fullmatch(value) is not None
