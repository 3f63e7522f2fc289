# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that somebody else fetched."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError, TokenError
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import login
from tests.emulator.control import Emulator

from .logging_in import federated


@pytest.mark.parametrize("text", ["a.b.\u2013c", "a.b\n.c", "Bearer a.b.c", "a.b.\u00e9"])
def test_what_can_be_no_token(text: str) -> None:
    with pytest.raises(OptionError, match=r"access_tokens\.flow: it is no access token.*in one line") as caught:
        login({"access_tokens": {"flow": text}}, {})
    assert text not in str(caught.value)
    pipeline = {"oidc_request_url": "https://x.test", "oidc_request_token": text, "tenant_id": "t", "client_id": "c"}
    with pytest.raises(OptionError, match="oidc_request_token: it is no token") as caught:
        login(pipeline, {})
    assert text not in str(caught.value)


def test_where_the_missing_ones_come_from() -> None:
    far, past = federated(exp=4e9), federated(exp=1)
    tokens = login({"access_tokens": {"flow": past, "graph": far}}, {}).tokens
    with pytest.raises(TokenError, match=r"Replace access_tokens\.flow: log in again \(login_info\)"):
        tokens.token("https://service.flow.microsoft.com/")
    with pytest.raises(TokenError, match=r"login_info fetches where services or organization_urls name it"):
        tokens.token("https://contoso.crm4.dynamics.com")


def test_ready_tokens_send_nothing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    token = emulator.token()
    emulator.clear_log()
    result = login({"access_tokens": {"powerapps": token}}, {})
    assert result.tokens.token(result.cloud.audiences["bap"]).text == token
    assert token in result.secrets
    assert emulator.summary()["total"] == 0
