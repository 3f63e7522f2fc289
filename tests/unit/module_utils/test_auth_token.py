# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that somebody else fetched."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from tests.emulator.control import Emulator


def test_ready_tokens_send_nothing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    token = emulator.token()
    emulator.clear_log()
    result = login({"access_tokens": {"powerapps": token}}, {})
    assert result.tokens.token(result.cloud.audiences["bap"]).text == token
    assert token in result.secrets
    assert emulator.summary()["total"] == 0
