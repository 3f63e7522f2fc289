# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users get wrong of paths and bodies: found before anything is sent, with option, value and remedy."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    AmbiguousReferenceError,
    OptionError,
    PermissionDeniedError,
    UnknownReferenceError,
)
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import FINANCE, GROUPS, NOWHERE, ask, deed, one, plan
from tests.unit.engine.platform import FIND, GROUP_BODY, POLICIES, SETTINGS, group, refused, resource

Json = dict[str, Any]

PATH = {"path": GROUPS}
# Of all three modules: options, and what has to be in the message.
OF_ADDRESSES: list[tuple[Json, tuple[str, ...]]] = [
    ({"path": "licensing/x"}, ("path='licensing/x'", "does not begin with a slash", "as the vendor documents it")),
    ({"path": "https://api.powerplatform.com/x"}, ("path='https:", "does not begin with a slash")),
    ({"path": "/licensing/"}, ("path='/licensing/'", "ends with one")),
    ({"path": "/licensing//x"}, ("path='/licensing//x'", "two in a row")),
    ({"path": "/"}, ("path='/'", "ends with one")),
    ({"path": ""}, ("path=''", "does not begin with a slash")),
    ({"path": "/licensing/../x"}, ("path='/licensing/../x'", "leads out of itself")),
    ({"path": "/licensing/./x"}, ("path='/licensing/./x'", "leads out of itself")),
    ({"path": "/licensing/x?api-version=1"}, ("path='/licensing/x?", "give the query in query")),
    ({"path": "/licensing/x#y"}, ("path='/licensing/x#y'", "a character that no path has")),
    ({"path": "/licensing/a%20b"}, ("path='/licensing/a%20b'", "nothing percent-encoded")),
    ({"path": "/licensing/a b"}, ("path='/licensing/a b'", "a character that no path has")),
    ({"path": "/licensing/a\\b"}, ("a character that no path has",)),
    ({"path": "/licensing/x\n"}, ("a character that no path has",)),
    ({"path": "/x/{enviroment}"}, ("path='/x/{enviroment}'", "no other braces than those of {environment}")),
    ({"path": "/x/{environment}"}, ("environment: it is missing", "{environment} in path needs it", "Give an id")),
    ({**PATH, "host": "environment"}, ("environment: it is missing", "host=environment needs it")),
    ({**PATH, "environment": "Sales"}, ("environment='Sales'", "nothing says what it is for", "leave it out")),
    ({**PATH, "environment": ""}, ("environment=''", "it is empty", "Give an id or a display name")),
    ({"path": "/x/{environment}", "environment": " "}, ("environment=' '", "it is empty")),
    ({**PATH, "api_version": " "}, ("api_version=' '", "it is empty", "leave it out")),
    ({**PATH, "query": {"Api-Version": "1"}}, ("query='Api-Version'", "an option of its own", "Use api_version")),
    ({**PATH, "query": {"$filter": ["x"]}}, ("query='$filter'", "no plain value", "Give names with texts")),
    ({**PATH, "query": {"$filter": None}}, ("query='$filter'", "no plain value")),
    ({**PATH, "query": {" ": "x"}}, ("query=' '", "no plain value")),
]
OF_RESOURCES: list[tuple[Json, tuple[str, ...]]] = [
    ({"find": {"path": "x", "where": {"a": 1}}}, ("find.path='x'", "does not begin with a slash")),
    (
        {"find": {"path": "/x/{environment}", "where": {"a": 1}}},
        ("environment: it is missing", "in find.path"),
    ),
    ({"find": {"path": "/x", "where": {}}}, ("find.where: it is empty", "Name members")),
    ({"find": {**FIND, "id_key": ""}}, ("find.id_key=''", "it is empty")),
    ({"find": {"path": "/x", "where": {"a": "********"}}}, ("find.where: it holds ********", "from a vault")),
    ({**PATH, "read_at": " "}, ("read_at=' '", "it is empty")),
    ({**PATH, "body": {}}, ("body: it is empty", "leave it out")),
    ({**PATH, "create_body": {}}, ("create_body: it is empty", "leave it out")),
    ({**PATH, "body": {"a": [{"b": "Bearer ********"}]}}, ("body: it holds ********", "as results do")),
    ({**PATH, "create_body": {"password": "********"}}, ("create_body: it holds ********",)),
    (
        {**PATH, "create_method": "post", "body": {"a": 1}},
        ("create_method='post'", "each time", "find with"),
    ),
    ({"find": FIND, "create_method": "put", "body": {"a": 1}}, ("create_method='put'", "Give path in place of find")),
    ({"find": FIND, "body": {"displayName": "Others"}}, ("find.where", "make another one", "give path in place")),
    ({"find": FIND, "create_body": {"displayName": None}}, ("find.where", "make another one")),
    (
        {**PATH, "state": "absent", "body": {"a": 1}},
        ("body: a resource that is to be removed", "Leave"),
    ),
    ({**PATH, "state": "absent", "create_body": {"a": 1}}, ("create_body: a resource that is to be removed",)),
    ({"find": FIND, "state": "absent", "create_method": "post"}, ("create_method: a resource that is to be removed",)),
]


def said(error: Exception, words: tuple[str, ...]) -> None:
    assert isinstance(error, OptionError)
    assert error.remedy
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(("options", "words"), [*OF_ADDRESSES, *OF_RESOURCES])
def test_a_declaration_that_cannot_be_right(emulator: Emulator, options: Json, words: tuple[str, ...]) -> None:
    said(refused(emulator, resource(**options)), words)
    assert emulator.log() == []


@pytest.mark.parametrize(
    ("options", "words"), [*OF_ADDRESSES, ({**PATH, "read_at": ""}, ("read_at=''", "it is empty"))]
)
def test_a_question_that_cannot_be_right(emulator: Emulator, options: Json, words: tuple[str, ...]) -> None:
    with pytest.raises(OptionError) as raised:
        ask(emulator, "power_platform_resource_info", **options)
    said(raised.value, words)
    assert emulator.log() == []


def test_a_place_in_a_listing_is_no_question(emulator: Emulator) -> None:
    with pytest.raises(OptionError, match=r"read_at='value'.*listing=true"):
        ask(emulator, "power_platform_resource_info", **PATH, read_at="value", listing=True)
    assert emulator.log() == []


@pytest.mark.parametrize(
    ("options", "words"), [*OF_ADDRESSES, ({**PATH, "body": {"key": "x ********"}}, ("body: it holds ********",))]
)
def test_an_action_that_cannot_be_right(emulator: Emulator, options: Json, words: tuple[str, ...]) -> None:
    for read_only in (True, False):
        with pytest.raises(OptionError) as raised:
            deed(emulator, "power_platform_action", read_only=read_only, **options)
        said(raised.value, words)
    assert emulator.log() == []


# -- what only the tenant tells --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [NOWHERE, "No Such Place"])
def test_an_environment_that_is_not_there(emulator: Emulator, name: str) -> None:
    there = {"environment": name, "path": SETTINGS["path"]}
    error = refused(emulator, resource(**there, body={"a": 1}))
    assert isinstance(error, UnknownReferenceError)
    for asking in (
        lambda: ask(emulator, "power_platform_resource_info", **there),
        lambda: deed(emulator, "power_platform_action", **there),
    ):
        with pytest.raises(UnknownReferenceError, match=f"environment='{name}'"):
            asking()
    assert emulator.log(service="power_platform") == []


def test_an_environment_name_of_several(emulator: Emulator) -> None:
    error = refused(emulator, resource(environment="Sales", path=SETTINGS["path"], body={"a": 1}))
    assert isinstance(error, AmbiguousReferenceError)


def test_several_that_fit_are_listed(emulator: Emulator) -> None:
    find = {
        "path": "/appmanagement/environments/{environment}/applicationPackages",
        "where": {"localizedName": "Field Service"},
    }
    for options in ({"body": {"state": "Installed"}}, {"state": "absent"}):
        error = refused(emulator, resource(environment=FINANCE, find=find, **options))
        assert isinstance(error, AmbiguousReferenceError)
        assert len(error.candidates) == 3
        assert all(identifier in str(error) for identifier, _where in error.candidates)
        assert error.remedy == "Give the id of the one you mean in path."


@pytest.mark.parametrize("key", ["nothing", "parentGroupId"])
def test_what_is_found_needs_an_id(emulator: Emulator, key: str) -> None:
    find = {"path": GROUPS, "where": {"displayName": "Personal"}, "id_key": key}
    error = refused(emulator, resource(find=find, body={"description": "x"}))
    assert isinstance(error, OptionError)
    assert error.message == f"find.id_key='{key}': what was found at {GROUPS} has no id there."


@pytest.mark.parametrize("options", [{"body": {"displayName": "Personal"}}, {"state": "absent"}])
def test_a_wrong_id_makes_nothing_new_and_removes_nothing(emulator: Emulator, options: Json) -> None:
    """The listing has it, and the service does not know what is called its id; it says so with 204, or with 404."""
    for path, key, name in ((GROUPS, "displayName", "Personal"), (POLICIES, "name", "payg-emea")):
        body = {"body": {key: name}} if "body" in options else options
        error = refused(emulator, resource(find={"path": path, "where": {key: name}, "id_key": key}, **body))
        assert f"The listing {path} has what is looked for, and the service does not know {path}/{name}" in str(error)
        assert "correct find.id_key" in error.remedy


def test_a_token_that_may_not_is_told_what_it_needs(emulator: Emulator) -> None:
    error = refused(emulator, group(), "platform-reader")
    assert isinstance(error, PermissionDeniedError)
    assert "as the vendor documents it" in error.remedy


def test_an_environment_that_is_not_needed_is_not_looked_up(emulator: Emulator) -> None:
    plan(emulator, group())
    assert emulator.log(service="bap") == []
    assert one(emulator, group(body=GROUP_BODY)).changed
    assert emulator.log(service="bap") == []
