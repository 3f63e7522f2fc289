# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets leave every text; what helps to understand an error stays."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import HIDDEN, Redactor, redact

JWT = ".".join(
    base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    for part in (b'{"alg":"RS256"}', json.dumps({"oid": "7" * 30}).encode(), b"\xff" * 40)
)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"the token {JWT} was refused", JWT),
        (f"the token {JWT} was refused", JWT.split(".", maxsplit=1)[0]),
        ("Authorization: Bearer opaque-token-1", "opaque-token-1"),
        ("{'Authorization': 'Bearer opaque-token-1', 'Accept': '*/*'}", "opaque-token-1"),
        ("got Bearer AbCdEfGhIjKlMnOpQr", "AbCdEfGhIjKlMnOpQr"),
        ("Basic dXNlcjpwYXNz0=", "dXNlcjpwYXNz0="),
        ("https://x.test/triggers/manual?api-version=1&sig=s3cr3t", "s3cr3t"),
        ("https://x.test/hook?code=abc123==", "abc123"),
        ("https://x.blob.test/pkg.zip?sv=2020&se=2030-01-01&sig=a%2Fb", "a%2Fb"),
        ("/triggers/manual?api-version=1&sig=s3cr3t", "s3cr3t"),
        ("https://me:hunter2@proxy.test:8080/", "hunter2"),
        ("client_id=x&client_secret=hunter2&scope=y", "hunter2"),
        ("grant_type=password&password=hunter2", "hunter2"),
        ("client_assertion=hunter2&x=y", "hunter2"),
        ('{"client_secret": "hunter\\"2", "x": 1}', "hunter"),
        ("{'refresh_token': 'hunter2'}", "hunter2"),
        ('{"accessToken": "hunter2"}', "hunter2"),
    ],
)
def test_removed(text: str, secret: str) -> None:
    shown = redact(text)
    assert secret not in shown
    assert HIDDEN in shown or "me:" in text


@pytest.mark.parametrize(
    "text",
    [
        "error code=NotFound, try again",
        '{"error":{"code":"InvalidAppId","message":"no such app"}}',
        "https://api.flow.microsoft.com/providers/x?api-version=2016-11-01&$top=50",
        'WWW-Authenticate: Bearer error="invalid_token", realm=""',
        "Bearer authentication is needed",
        "AADSTS7000215: Invalid client secret provided.",
        "client_secret: missing. Give it in the task.",
        "Check client_certificate_password.",
        "the basic edition, password policies and the secret ballot",
    ],
)
def test_kept(text: str) -> None:
    assert redact(text) == text


def test_a_signed_url_keeps_scheme_host_and_path() -> None:
    shown = redact("see https://x.test:443/a/b?sv=1&sig=zzz for more")
    assert shown == f"see https://x.test:443/a/b?{HIDDEN} for more"
    assert redact("https://u:p@x.test/a?b=c") == "https://x.test/a?b=c"


def test_known_secrets_plain_and_encoded() -> None:
    redactor = Redactor(["p@ss word", "", "ab"])
    assert redactor("p@ss word p%40ss%20word p%40ss+word ab") == f"{HIDDEN} {HIDDEN} {HIDDEN} ab"


def test_a_secret_within_a_secret() -> None:
    assert Redactor(["abc", "abcdef"])("abcdef") == HIDDEN


@given(st.text(min_size=3), st.text(), st.text())
def test_no_known_secret_survives(secret: str, before: str, after: str) -> None:
    if secret not in HIDDEN:
        assert secret not in Redactor([secret])(f"{before}\n{secret}\n{after}").replace(
            HIDDEN, "\0" if "\0" not in secret else "\1"
        )


@given(st.text())
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)
