# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in documents: blanked ones are no drift, written ones are found, pasted ones can be hidden."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._documents import (
    pasted_secrets,
    same_document,
    secret_leaf,
    without_blanks,
)

Json = dict[str, Any]
# What may stand under any name: nothing in it is called like a secret, or like the type of a parameter.
VALUES = st.recursive(
    st.text("abé ", min_size=1, max_size=4) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=5,
)

# -- secrets -----------------------------------------------------------------------------------------------------------

LEAVES_OF_SECRETS = ["clientSecret", "secret", "password", "key", "ClientSecret", "PASSWORD"]


@pytest.mark.parametrize("name", LEAVES_OF_SECRETS)
@pytest.mark.parametrize("blank", ["", None])
def test_a_blanked_secret_is_no_difference_and_is_never_written(name: str, blank: Any) -> None:
    plain = {"token": {"oAuthSettings": {"clientId": "x", "scopes": []}}, "list": [{}]}
    blanked = {"token": {"oAuthSettings": {"clientId": "x", name: blank, "scopes": []}}, "list": [{name: blank}]}
    assert same_document(plain, blanked)
    assert same_document(blanked, plain)
    assert without_blanks(blanked) == plain
    assert not same_document({"token": {"oAuthSettings": {"clientId": "y"}}}, blanked)


@pytest.mark.parametrize("name", LEAVES_OF_SECRETS)
@pytest.mark.parametrize("lenient", [True, False])
def test_only_what_the_stored_document_has_blanked_is_no_difference(name: str, lenient: bool) -> None:
    def same(declared: Any, actual: Any) -> bool:
        return same_document({"a": [{name: declared}]}, {"a": [{name: actual}]}, empty_is_missing=lenient)

    assert same("hush", "")
    assert same(7, "")
    assert not same("hush", "other")
    assert not same("", "other")
    assert not same("hush", None)
    assert not same({"type": "securestring"}, "")  # a part that is called so, and no leaf
    assert not same_document({"a": [{name: "hush"}]}, {"a": [{}]}, empty_is_missing=lenient)


# -- what is written out ----------------------------------------------------------------------------------------------

CLIENT_SECRETS = ["clientSecret", "ClientSecret", "CLIENTSECRET", "clientsecret"]
ANYTHING = ["hush", 7, 0, ["hush"], [None], {"value": "hush"}, {"value": ""}, {"type": {"a": 1}}]
CONNECTIONS = ["connection_parameters", "connection_parameter_sets"]
EVERY = [*CONNECTIONS, "policy_templates"]


@pytest.mark.parametrize("name", CLIENT_SECRETS)
@pytest.mark.parametrize("content", ANYTHING, ids=str)
@pytest.mark.parametrize("option", EVERY)
def test_a_client_secret_is_a_secret_whatever_it_is_said_to_be(name: str, content: Any, option: str) -> None:
    document = {"values": [{"name": "a"}, {"parameters": {"token": {"oAuthSettings": {name: content}}}}]}
    assert secret_leaf(document, option) == f"{option}.values[1].parameters.token.oAuthSettings.{name}"
    assert secret_leaf([{"parameters": {name: content}}], option) == f"{option}[0].parameters.{name}"


@pytest.mark.parametrize("name", CLIENT_SECRETS)
@pytest.mark.parametrize("option", EVERY)
@pytest.mark.parametrize("blank", [None, "", [], {}])
def test_a_blank_client_secret_is_none(name: str, option: str, blank: Any) -> None:
    assert secret_leaf({"token": {"oAuthSettings": {name: blank}}}, option) == ""


@pytest.mark.parametrize("name", ["clientSecret", "secret", "password", "key", "Password"])
@pytest.mark.parametrize("option", CONNECTIONS)
def test_a_connection_parameter_may_be_called_like_a_secret(name: str, option: str) -> None:
    defined = {name: {"type": "securestring", "uiDefinition": {"displayName": "Key", "constraints": {"tabIndex": 1}}}}
    assert secret_leaf(defined, option) == ""
    assert secret_leaf({"values": [{"name": "a", "parameters": defined}]}, option) == ""
    inside = {name: {"type": "securestring", "more": [{"password": "hush"}]}}
    assert secret_leaf(inside, option) == f"{option}.{name}.more[0].password"


@pytest.mark.parametrize("content", [{"type": "securestring"}, {"type": "x", "value": "hush"}])
def test_only_a_connection_parameter_may(content: Json) -> None:
    settings = {"token": {"oAuthSettings": {"customParameters": {"clientSecret": content}}}}
    for option in CONNECTIONS:
        assert secret_leaf(settings, option) == f"{option}.token.oAuthSettings.customParameters.clientSecret"
    assert secret_leaf([{"clientSecret": content}], "policy_templates") == "policy_templates[0].clientSecret"


@pytest.mark.parametrize("name", ["secret", "password", "Secret", "PASSWORD"])
def test_a_text_called_secret_or_password_is_one_where_connections_are_defined(name: str) -> None:
    for option in CONNECTIONS:
        assert secret_leaf({"a": [{name: "hush"}]}, option) == f"{option}.a[0].{name}"
        for none in ("", None, True, ["a"], {"a": "b"}):
            assert secret_leaf({"a": [{name: none}]}, option) == ""
    assert secret_leaf([{"parameters": {name: "word"}}], "policy_templates") == ""


@pytest.mark.parametrize("option", EVERY)
def test_a_leaf_called_key_can_be_declared(option: str) -> None:
    assert secret_leaf({"parameters": {"key": "X-Name", "Key": "X-Other"}}, option) == ""


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"clientSecret": "a", "b": [{"Secret": "c"}], "password": "d", "KEY": "e"}, ["a", "c", "d", "e"]),
        ({"token": {"oAuthSettings": {"clientSecret": {"value": "a", "old": ["b", {"c": "d"}]}}}}, ["a", "b", "d"]),
        ([[{"CLIENTSECRET": ["a", 12345, None, True, ""]}]], ["a", "12345"]),
        ({"clientSecret": 12345}, ["12345"]),
        ({"password": {"type": "securestring", "inner": {"password": "a"}}, "key": {"key": "b"}}, ["a", "b"]),
        ({"clientSecret": {"type": "securestring", "secret": "a"}}, ["a"]),
        ({"oAuthSettings": {"clientSecret": {"type": "plain"}}}, ["plain"]),
        ({"clientSecret": "", "secret": None, "password": [], "key": {}}, []),
        ({"clientId": "a", "keys": "b", "name": "secret", "list": ["password"]}, []),
        ("text", []),
        (None, []),
        ([], []),
    ],
    ids=str,
)
def test_every_text_under_the_name_of_a_secret_can_be_hidden(document: Any, found: list[str]) -> None:
    assert list(pasted_secrets(document)) == found


@given(VALUES, st.sampled_from(["clientSecret", "secret", "password"]), st.sampled_from(EVERY))
def test_no_text_that_is_refused_can_be_seen(value: Any, name: str, option: str) -> None:
    document = {"a": [{name: value}]}
    if secret_leaf(document, option):
        assert list(pasted_secrets(document)) == texts(value)


def texts(value: Any) -> list[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] if isinstance(value, str) else [text for item in inner for text in texts(item)]


@pytest.mark.parametrize("name", ["clientId", "keys", "secretName", "passwordless", "monkey"])
def test_what_only_sounds_like_a_secret_is_none(name: str) -> None:
    assert all(secret_leaf({name: "open"}, option) == "" for option in EVERY)
    assert without_blanks({name: ""}) == {name: ""}
    assert not same_document({name: ""}, {})
