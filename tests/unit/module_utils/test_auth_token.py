# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that somebody else fetched."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import MissingLibraryError
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    DeadlineError,
    OptionError,
    PowerPlatformError,
    TokenError,
    TransportError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login, login
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import APPLICATION, DELEGATED
from tests.emulator.control import Emulator

from .wire import Wire, always, in_turn, reply, wire


from .logging_in import 



def test_ready_tokens_send_nothing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    token = emulator.token()
    emulator.clear_log()
    result = login({"access_tokens": {"powerapps": token}}, {})
    assert result.tokens.token(result.cloud.audiences["bap"]).text == token
    assert token in result.secrets
    assert emulator.summary()["total"] == 0
