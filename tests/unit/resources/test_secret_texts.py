# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that people write into definitions of flows and bodies of requests are shown nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secret_texts import (
    MASK,
    holds_mask,
    masked,
    secret_texts,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow import KIND

SECRET = "k3y-of-the-archive"


def with_inputs(**inputs: Any) -> dict[str, Any]:
    return {"triggers": {"manual": {"type": "Request"}}, "actions": {"Call": {"type": "Http", "inputs": inputs}}}


@pytest.mark.parametrize(
    "definition",
    [
        with_inputs(headers={"Authorization": f"Bearer {SECRET}"}),
        with_inputs(headers={"x-api-key": SECRET}),
        with_inputs(headers={"Ocp-Apim-Subscription-Key": SECRET}),
        with_inputs(authentication={"type": "Basic", "username": "robot", "password": SECRET}),
        with_inputs(authentication={"type": "ClientCertificate", "pfx": SECRET}),
        with_inputs(uri=f"https://example.org/run?sv=1.0&sig={SECRET}"),
        with_inputs(body={"client_secret": SECRET}),
        with_inputs(body=[{"password": SECRET}]),
        with_inputs(headers={"X-Vault-Token": SECRET}),
        with_inputs(queries={"code": SECRET}),
        with_inputs(queries={"sig": SECRET, "top": "5"}),
        with_inputs(uri=f"https://example.org/api/run?code={SECRET}"),
        with_inputs(uri=f"https://robot:{SECRET}@example.org/"),
        with_inputs(body=f"grant_type=client_credentials&client_secret={SECRET}"),
        with_inputs(body={"note": f"Authorization: Bearer {SECRET}"}),
        {"name": "archive", "accessKey": SECRET},
        {"storage": {"accountKey": SECRET}},
        [{"shared-access-key": SECRET}],
        {"certificate": {"private_key": SECRET, "passphrase": SECRET}},
        {"parameters": {"login": {"type": "SecureObject", "defaultValue": {"type": SECRET}}}},
        {"parameters": {"apiKey": {"type": "SecureString", "defaultValue": SECRET}}},
        {"parameters": {"login": {"type": "secureobject", "defaultValue": {"name": "robot", "word": SECRET}}}},
    ],
)
def test_a_secret_is_masked_and_known(definition: dict[str, Any]) -> None:
    shown = masked(definition)
    assert SECRET not in json.dumps(shown)
    assert MASK in json.dumps(shown)
    assert any(SECRET in secret for secret in secret_texts(definition))
    assert holds_mask(shown)
    assert not holds_mask(definition)


@pytest.mark.parametrize(
    "definition",
    [
        with_inputs(authentication="@parameters('$authentication')"),
        with_inputs(headers={"Authorization": "@{concat('Bearer ', body('Get_token')?['value'])}"}),
        with_inputs(authentication={"type": "ManagedServiceIdentity", "audience": "https://example.org"}),
        {"keyVault": "finance", "accessKeyName": "primary", "id": "0a1b"},
        with_inputs(body={"key": "number", "code": "K9", "tokens": "three"}),
        with_inputs(schema={"properties": {"password": {"type": "string"}}}),
        {"parameters": {"$authentication": {"type": "SecureObject", "defaultValue": {}}}},
        {"parameters": {"region": {"type": "String", "defaultValue": "europe"}}},
        with_inputs(headers={"Authorization": ""}),
        with_inputs(authentication={"type": "ActiveDirectoryOAuth", "credentialType": "Secret", "resource": "sales"}),
    ],
)
def test_what_is_no_secret_is_shown(definition: dict[str, Any]) -> None:
    assert masked(definition) == definition
    assert list(secret_texts(definition)) == []


def test_figures_are_secrets_as_well() -> None:
    definition = with_inputs(body={"password": 20260101})
    assert masked(definition)["actions"]["Call"]["inputs"]["body"] == {"password": MASK}
    assert list(secret_texts(definition)) == ["20260101"]


def test_what_is_too_short_to_hide_is_masked_where_it_stands() -> None:
    definition = {"parameters": {"digit": {"type": "SecureString", "defaultValue": "0"}}}
    assert masked(definition)["parameters"]["digit"]["defaultValue"] == MASK
    assert list(secret_texts(definition)) == []


def test_the_credential_of_a_header_is_known_without_its_scheme() -> None:
    assert SECRET in secret_texts(with_inputs(headers={"Authorization": f"Bearer {SECRET}"}))


@pytest.mark.parametrize("secret", ["two\nlines", 'with "quotes"', "pässwörd"])
@pytest.mark.parametrize("ending", ["", "}"], ids=["whole", "broken"])
def test_a_definition_given_as_text_is_hidden_in_its_own_spelling(secret: str, ending: str) -> None:
    text = json.dumps(with_inputs(headers={"Authorization": secret})) + ending
    assert text in KIND.pasted({"definition": text})


def test_a_text_without_secrets_is_not_hidden() -> None:
    assert list(KIND.pasted({"definition": json.dumps(with_inputs(method="GET"))})) == []
    assert list(KIND.pasted({"definition": None})) == []
