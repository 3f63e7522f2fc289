# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of any form, of which a part is declared."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._platform_documents import (
    declared_part,
    holds,
    merged,
    part_at,
)

ID = "0a1b2c3d-0000-4000-8000-00000000abcd"


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": {"c": "x"}}}, {"a": {"b": {"c": "x", "d": 1}, "e": 2}}),
        ({"a": None}, {}),
        ({"a": None}, {"a": None}),
        ({"a": {"b": None}}, {}),
        ({"a": {"b": None}}, {"a": None}),
        ({"a": {}}, {"a": {"b": 1}}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": [1, {"b": 2, "c": 3}]}, {"a": [1.0, {"c": 3, "b": 2}]}),
        ({"a": ID}, {"a": ID.upper()}),
        ({"a": [{"b": f"/tenants/{ID.upper()}/x"}]}, {"a": [{"b": f"/tenants/{ID}/x"}]}),
        ({}, None),
        (None, None),
        ("text", "text"),
    ],
)
def test_what_is_declared_is_there(declared: Any, actual: Any) -> None:
    assert holds(declared, actual)


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, None),
        ({"a": 1}, [1]),
        ({"a": {"b": 1}}, {"a": "b"}),
        ({"a": {}}, {"a": "text"}),
        ({"a": {}}, {"a": []}),
        ({"a": None}, {"a": ""}),
        ({"a": None}, {"a": False}),
        ({"a": True}, {"a": 1}),
        ({"a": "1"}, {"a": 1}),
        ({"a": "Text"}, {"a": "text"}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [1]}, {"a": [1, 2]}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}),
        ({"a": []}, {"a": None}),
        ({"a": f"/Tenants/{ID}"}, {"a": f"/tenants/{ID}"}),
        ({"A": 1}, {"a": 1}),
    ],
)
def test_what_is_declared_is_not_there(declared: Any, actual: Any) -> None:
    assert not holds(declared, actual)


def test_the_declared_part_is_taken_out_of_what_is_there() -> None:
    actual = {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": "text", "f": 3}
    assert declared_part(actual, {"a": {"c": 0, "n": None}, "d": [], "e": {"x": 1}, "g": 1}) == {
        "a": {"c": 2, "n": None},
        "d": [1, 2],
        "e": "text",
    }


def test_the_declared_part_is_put_into_what_is_there() -> None:
    actual = {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": "text", "f": 3}
    declared = {"a": {"c": None, "x": 5}, "d": [3], "e": {"x": 1}}
    assert merged(declared, actual) == {"a": {"b": 1, "c": None, "x": 5}, "d": [3], "e": {"x": 1}, "f": 3}
    assert merged(declared, None) == declared
    assert actual == {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": "text", "f": 3}


@pytest.mark.parametrize(
    ("place", "found"), [("", {"a": [{"b": 5}]}), ("a", [{"b": 5}]), ("a.0", {"b": 5}), ("a.0.b", 5)]
)
def test_a_part_of_an_answer(place: str, found: Any) -> None:
    assert part_at({"a": [{"b": 5}]}, place) == found


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("x", "the answer has nothing at x; it has a, n"),
        ("a.1", "a has nothing at 1; it has 1 entries"),
        ("a.b", "a has nothing at b; it has 1 entries"),
        ("a.0.b.c", "b has nothing at c; it has neither members nor entries"),
        ("a..b", "a has nothing at ; it has 1 entries"),
        ("n", "the answer has nothing at n; it has a, n"),
    ],
)
def test_a_place_that_is_not_there_is_said_with_what_is(place: str, said: str) -> None:
    with pytest.raises(OptionError) as raised:
        part_at({"a": [{"b": 5}], "n": None}, place)
    assert raised.value.message == f"read_at={place!r}: {said}."
    assert raised.value.remedy
