# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every envelope of the services becomes one kind of exception with the service's words and a remedy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils import _errors
from ansible_collections.powerops.powerplatform.plugins.module_utils._operation import (
    APPLICATION,
    DATAVERSE,
    DELEGATED,
    FLOW,
    GRAPH,
    POWER_PLATFORM,
    POWERAPPS,
    Operation,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._redact import redact
from ansible_collections.powerops.powerplatform.plugins.module_utils._refusal import (
    UNCERTAIN,
    Refusal,
    Setting,
    read_refusal,
    refuse,
)

NESTED = json.dumps({"error": {"code": "ConnectionNotFound", "message": "No connection 'c1'."}})
INNER = json.dumps({"error": {"code": "WorkflowRunNotFound", "message": "No run '08'."}})

ENVELOPES: list[tuple[str, Any, Refusal]] = [
    ("plain", {"error": {"code": "FlowNotFound", "message": "No flow."}}, Refusal("FlowNotFound", "No flow.")),
    (
        "details beside a code of its own",
        {"error": {"code": "Forbidden", "message": "No.", "details": [{"code": "X", "message": "Because."}]}},
        Refusal("Forbidden", "No. Because."),
    ),
    (
        "details that repeat the message",
        {"error": {"code": "Forbidden", "message": "No.", "details": [{"code": "X", "message": "No."}]}},
        Refusal("Forbidden", "No."),
    ),
    (
        "general code, real one in details",
        {
            "error": {
                "code": "BusinessAppPlatformRequestFailed",
                "message": "The request failed.",
                "details": [{"code": "EnvironmentNotFound", "message": "No environment."}],
            }
        },
        Refusal("EnvironmentNotFound", "No environment."),
    ),
    (
        "general code, whole error as text in details",
        {
            "error": {
                "code": "BusinessAppPlatformRequestFailed",
                "message": "The request failed.",
                "details": [{"code": "FullNonLocalizedError", "message": NESTED}],
            }
        },
        Refusal("ConnectionNotFound", "No connection 'c1'."),
    ),
    (
        "whole error as text beside a code of its own",
        {"error": {"code": "A", "message": "B", "details": [{"code": "FullNonLocalizedError", "message": NESTED}]}},
        Refusal("A", "B No connection 'c1'."),
    ),
    (
        "general code without details",
        {"error": {"code": "BusinessAppPlatformRequestFailed", "message": "The request failed.", "details": []}},
        Refusal("BusinessAppPlatformRequestFailed", "The request failed."),
    ),
    (
        "JSON in the message",
        {
            "error": {
                "code": "AzureResourceManagerRequestFailed",
                "message": f"Request to Azure Resource Manager failed with error: '{INNER}'.",
            }
        },
        Refusal("WorkflowRunNotFound", "No run '08'."),
    ),
    (
        "no JSON in the message",
        {
            "error": {
                "code": "AzureResourceManagerRequestFailed",
                "message": "Request to Azure Resource Manager failed.",
            }
        },
        Refusal("AzureResourceManagerRequestFailed", "Request to Azure Resource Manager failed."),
    ),
    (
        "broken JSON in the message",
        {"error": {"code": "AzureResourceManagerRequestFailed", "message": "failed: {oh"}},
        Refusal("", "failed: {oh"),
    ),
    (
        "legacy",
        {"odata.error": {"code": "Gone", "message": {"lang": "en-US", "value": "It is gone."}}},
        Refusal("Gone", "It is gone."),
    ),
    ("connector gateway", {"statusCode": 429, "message": "Rate limit."}, Refusal("", "Rate limit.")),
    (
        "platform gateway",
        {
            "code": "Forbidden",
            "message": "Not authorized.",
            "innererror": {"code": "InsufficientDelegatedPermissions", "message": "Missing: [X.Read]"},
        },
        Refusal("InsufficientDelegatedPermissions", "Not authorized. Missing: [X.Read]"),
    ),
    (
        "Graph",
        {"error": {"code": "Request_X", "message": "No.", "innerError": {"date": "2026", "request-id": "r"}}},
        Refusal("Request_X", "No."),
    ),
    (
        "problem details",
        {"type": "t", "title": "Conflict", "status": 409, "detail": "Not empty."},
        Refusal("Conflict", "Not empty."),
    ),
    (
        "lifecycle",
        {"errorDetail": {"code": "Invalid", "fieldErrors": {"name": {"errorMessages": ["too long"]}}}},
        Refusal("Invalid", '{"name": {"errorMessages": ["too long"]}}'),
    ),
    ("settings", {"objectResult": None, "errors": {"code": "Bad", "message": "No."}}, Refusal("Bad", "No.")),
    ("login", {"error": "invalid_client", "error_description": "AADSTS7"}, Refusal("invalid_client", "AADSTS7")),
    ("empty object", {}, Refusal("", "")),
    ("list", [1], Refusal("", "")),
    ("text", "Not here", Refusal("", "Not here")),
    ("empty code", {"error": {"code": "", "message": "Oops"}}, Refusal("", "Oops")),
]


@pytest.mark.parametrize(("body", "expected"), [case[1:] for case in ENVELOPES], ids=[case[0] for case in ENVELOPES])
def test_envelopes(body: Any, expected: Refusal) -> None:
    assert read_refusal(json.dumps(body).encode()) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ""),
        (b"Bad gateway\n", "Bad gateway"),
        (b"<!DOCTYPE html><html><head><title>502\n Bad Gateway</title></head><p>x</html>", "502 Bad Gateway"),
        (b"<html><body><h1>Sorry</h1></body></html>", "Sorry"),
        (b"\xff\xfe\x00", "��"),
        (b'\xef\xbb\xbf{"error":{"code":"A","message":"B"}}', "B"),
        (b"[" * 100_000, "[" * 200),
    ],
)
def test_bodies_that_are_no_json(content: bytes, message: str) -> None:
    assert read_refusal(content).message == message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "details", "innererror", "value", "odata.error", "title"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_no_json_is_too_strange(body: Any) -> None:
    code, message = read_refusal(json.dumps(body).encode())
    assert isinstance(code, str)
    assert isinstance(message, str)


@given(st.binary(max_size=300))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    assert len(read_refusal(content).message) <= 1000


def operation(service: str = POWERAPPS, **more: Any) -> Operation:
    values: dict[str, Any] = {
        "name": "Edit-AdminAppRoleAssignment",
        "service": service,
        "method": "POST",
        "path": "/x",
        "contract": "-",
        "permission": "the role Power Platform administrator",
    }
    return Operation(**{**values, **more})


def refusal(status: int, body: Any = None, *, service: str = POWERAPPS, kind: str = APPLICATION, **more: Any) -> Any:
    values: dict[str, Any] = {
        "sent_ids": {"x-ms-client-request-id": "sent-1", "x-ms-correlation-id": "task-1"},
        "setting": Setting(kind, "client-1", "https://api.bap.microsoft.com"),
        "redact": redact,
        "attempts": 1,
        "uncertain": False,
    }
    headers = more.pop("headers", {})
    content = b"" if body is None else json.dumps(body).encode()
    wanted = more.pop("operation", operation(service))
    return refuse(wanted, status, headers, content, **{**values, **more})


BODY = {"error": {"code": "Code", "message": "The service's own words."}}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, _errors.ServiceError),
        (401, _errors.AuthenticationError),
        (403, _errors.PermissionDeniedError),
        (404, _errors.NotFoundError),
        (408, _errors.ServiceUnavailableError),
        (409, _errors.ServiceError),
        (412, _errors.ConflictError),
        (425, _errors.ServiceUnavailableError),
        (429, _errors.ThrottledError),
        (500, _errors.ServiceUnavailableError),
        (501, _errors.ServiceError),
        (502, _errors.ServiceUnavailableError),
        (503, _errors.ServiceUnavailableError),
        (504, _errors.ServiceUnavailableError),
        (507, _errors.ServiceUnavailableError),
        (302, _errors.ServiceError),
    ],
)
def test_kinds_and_words(status: int, kind: type[_errors.ServiceError]) -> None:
    error = refusal(status, BODY, headers={"x-ms-request-id": "reply-1"}, attempts=3)
    assert error.__class__ is kind
    assert (error.status, error.code, error.service_message) == (status, "Code", "The service's own words.")
    assert error.operation == "Edit-AdminAppRoleAssignment"
    for part in (str(status), "Code", "The service's own words.", "Edit-AdminAppRoleAssignment", "3 attempts"):
        assert part in str(error)
    for identifier in ("sent-1", "task-1", "reply-1"):
        assert identifier in str(error)
        assert identifier in error.correlation.values()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><title>Not Found</title></html>",
        b'{"code":"RouteNotFound","message":"No route."}',
        b'{"statusCode":404,"message":"Resource not found"}',
    ],
)
def test_a_404_for_the_address_is_not_absence(content: bytes) -> None:
    error = refuse(
        operation(),
        404,
        {},
        content,
        sent_ids={},
        setting=Setting(APPLICATION, "c", "https://b"),
        redact=redact,
        attempts=1,
        uncertain=False,
    )
    assert error.__class__ is _errors.ServiceError
    assert "about the address, not about the thing" in str(error)


@pytest.mark.parametrize(
    ("service", "kind", "parts"),
    [
        (
            POWERAPPS,
            APPLICATION,
            [
                "New-PowerAppManagementApp -ApplicationId client-1",
                "PUT https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/adminApplications/client-1?",
                "by an admin who is a user",
            ],
        ),
        (FLOW, APPLICATION, ["New-PowerAppManagementApp -ApplicationId client-1"]),
        (POWER_PLATFORM, APPLICATION, ["New-PowerAppManagementApp", "or given a Power Platform role"]),
        (POWERAPPS, DELEGATED, ["the role Power Platform administrator."]),
        (GRAPH, APPLICATION, ["application permission", "admin consent", "or give object ids instead of names"]),
        (GRAPH, DELEGATED, ["Grant it to the user", "or give object ids instead of names"]),
        (DATAVERSE, APPLICATION, ["client-1 must be an application user of the environment"]),
    ],
)
def test_remedies_of_a_403(service: str, kind: str, parts: list[str]) -> None:
    text = str(refusal(403, BODY, service=service, kind=kind))
    for part in ["The identity needs: the role Power Platform administrator.", *parts]:
        assert part in text
    assert ("New-PowerAppManagementApp" in text) == (kind == APPLICATION and service not in (GRAPH, DATAVERSE))


def test_a_403_that_may_mean_absence_says_so() -> None:
    error = refusal(403, {"error": {"code": "EnvironmentAccessDenied", "message": "No."}}, service=FLOW)
    assert "an environment that does not exist" in str(error)


def test_remedies_of_a_401() -> None:
    scope = {"error": {"code": "ClientScopeAuthorizationFailed", "message": "x-ms-client-scope is empty"}}
    assert "takes a user's token" in str(refusal(401, scope, service=FLOW))
    assert "`audiences` fit this service" in str(refusal(401, BODY))


def test_remedies_of_429_5xx_3xx() -> None:
    assert "`pace`" in str(refusal(429, BODY))
    assert "Run again later" in str(refusal(503, BODY))
    assert "`endpoints`" in str(refusal(302))
    assert UNCERTAIN in str(refusal(504, uncertain=True))


def test_an_empty_body_has_words_too() -> None:
    assert "HTTP 409: no message" in str(refusal(409))


def test_nothing_secret_in_text_or_members() -> None:
    token = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"
    url = "https://prod-12.logic.azure.com/workflows/a?sp=x&sig=SECRETSECRET"
    error = refusal(400, {"error": {"code": "C", "message": f"token {token} at {url}"}}, headers={"REQ_ID": token})
    for text in (str(error), repr(vars(error))):
        assert token not in text
        assert "SECRETSECRET" not in text
    assert "prod-12.logic.azure.com/workflows/a" in str(error)
