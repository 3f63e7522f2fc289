# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of retries, cell by cell, and the guard in front of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.source import AccessToken
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import TokenError, WriteRefusedError
from ansible_collections.powerops.powerplatform.plugins.module_utils._guard import (
    READING_POSTS,
    check_kind,
    check_write,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    ANY_TOKEN,
    APPLICATION,
    BAP,
    DELEGATED,
    FLOW,
    GRAPH,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._retry import (
    RetryPolicy,
    claims_of,
    repeats_lost,
    repeats_status,
)


def operation(method: str, path: str = "/x", service: str = FLOW, **more: Any) -> Operation:
    return Operation(
        name="Some-Operation", service=service, method=method, path=path, contract="-", permission="-", **more
    )


GET = operation("GET")
READING_POST = operation("POST", "/v1.0/$batch", GRAPH, reads_only=True)
REPEATABLE = operation("POST", repeatable=True)
ONCE = operation("POST")


@pytest.mark.parametrize(
    ("status", "read", "repeatable", "once"),
    [
        (429, True, True, True),
        (502, True, True, False),
        (503, True, True, False),
        (504, True, True, False),
        (500, True, False, False),
        (408, True, False, False),
        (425, True, False, False),
        *((status, False, False, False) for status in (301, 400, 401, 403, 404, 405, 409, 410, 412, 413, 501, 505)),
    ],
)
def test_statuses(status: int, read: bool, repeatable: bool, once: bool) -> None:
    assert repeats_status(GET, status) is read
    assert repeats_status(READING_POST, status) is read
    assert repeats_status(REPEATABLE, status) is repeatable
    assert repeats_status(ONCE, status) is once


def test_lost_answers() -> None:
    assert [repeats_lost(each) for each in (GET, READING_POST, REPEATABLE, ONCE)] == [True, True, True, False]


@given(st.integers(1, 50), st.sampled_from([None, 429, 503]), st.none() | st.floats(0, 1e6))
def test_delays_stay_within_their_caps(attempt: int, status: int | None, asked: float | None) -> None:
    policy = RetryPolicy()
    delay = policy.delay(attempt, status, asked)
    if asked is None:
        assert 0 < delay <= 1.25 * policy.longest
    else:
        assert delay == min(asked, policy.longest_asked)


def test_delays_grow() -> None:
    policy = RetryPolicy()
    for status, base in ((503, 1), (None, 1), (429, 10)):
        for attempt in (1, 2, 3):
            usual = base * 2 ** (attempt - 1)
            assert 0.75 * usual <= policy.delay(attempt, status, None) <= 1.25 * usual


CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("form", ['Bearer realm="", error="insufficient_claims", claims="{}"', "Bearer claims={}"])
@pytest.mark.parametrize("padded", [True, False])
def test_claims_challenge(encode: Any, form: str, padded: bool) -> None:
    text = encode(CLAIMS.encode()).decode()
    assert claims_of(form.format(text if padded else text.rstrip("="))) == CLAIMS


@pytest.mark.parametrize(
    "header",
    [
        "",
        'Bearer error="invalid_token"',
        'Bearer claims=""',
        'Bearer claims="/////w=="',
        'Bearer claims="bm8ganNvbg=="',
        'Bearer claims="W10="',
    ],
)
def test_no_claims_challenge(header: str) -> None:
    assert claims_of(header) is None


BATCH_OF_GETS = {"requests": [{"id": "1", "method": "GET", "url": "/users"}]}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE", "get"])
def test_a_read_only_client_refuses_every_unsafe_method(method: str) -> None:
    with pytest.raises(WriteRefusedError, match="Some-Operation"):
        check_write(operation(method), None, read_only=True)
    check_write(operation(method), None, read_only=False)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads_pass(method: str) -> None:
    check_write(operation(method), None, read_only=True)


def test_the_reading_posts_pass_if_declared_so() -> None:
    assert len(READING_POSTS) == 4
    for service, method, path in READING_POSTS:
        check_write(operation(method, path, service, reads_only=True), BATCH_OF_GETS, read_only=True)
        with pytest.raises(WriteRefusedError):
            check_write(operation(method, path, service), BATCH_OF_GETS, read_only=True)


def test_a_declaration_alone_opens_nothing() -> None:
    for path, service in (("/v1.0/users", GRAPH), ("/v1.0/$batch", BAP), ("/v1.0/$BATCH", GRAPH)):
        for read_only in (True, False):
            with pytest.raises(WriteRefusedError):
                check_write(operation("POST", path, service, reads_only=True), BATCH_OF_GETS, read_only=read_only)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        {"requests": None},
        {"requests": {"method": "GET"}},
        {"requests": ["GET"]},
        {"requests": [{"url": "/users"}]},
        {"requests": [{"method": "GET"}, {"method": "DELETE"}]},
        {"requests": [{"method": "POST", "url": "/directoryObjects/getByIds"}]},
        {"requests": [{"method": ["GET"]}]},
    ],
)
def test_a_batch_is_read_item_by_item(body: Any) -> None:
    with pytest.raises(WriteRefusedError):
        check_write(READING_POST, body, read_only=True)


def token(kind: str) -> AccessToken:
    claims = (
        {"idtyp": "app", "app_displayname": "Robot"} if kind == APPLICATION else {"scp": "x", "upn": "kim@c.example"}
    )
    return AccessToken("text", 0, claims)


@pytest.mark.parametrize("kind", [APPLICATION, DELEGATED])
def test_kinds_of_token(kind: str) -> None:
    other = next(iter(ANY_TOKEN - {kind}))
    check_kind(operation("GET"), token(kind))
    check_kind(operation("GET", tokens=frozenset({kind})), token(kind))
    with pytest.raises(TokenError) as caught:
        check_kind(operation("GET", tokens=frozenset({other})), token(kind))
    text = str(caught.value)
    assert "Some-Operation" in text
    assert f"the {kind} token" in text
    assert ("Robot" if kind == APPLICATION else "kim@c.example") in text
    assert ("`access_tokens`" if kind == APPLICATION else "client secret") in text
