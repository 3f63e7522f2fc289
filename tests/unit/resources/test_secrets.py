# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When secrets are written, and that nothing shows them; how parameters are compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import OptionError
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._secrets import (
    SECRET_OPTIONS,
    Secrets,
    parse_secrets,
    read_time,
    same_value,
)

Json = dict[str, Any]

VALUE = "hunter2-and-more"
CHANGED = "2026-03-01T09:30:00Z"


def options(**given: Any) -> Json:
    """As the argument spec gives them, with its defaults."""
    return {name: given.get(name, option.get("default")) for name, option in SECRET_OPTIONS.items()}


def secrets(**given: Any) -> Secrets:
    return parse_secrets(options(**{"secret_parameters": {"password": VALUE}, **given}))


# -- when ------------------------------------------------------------------------------------------------------------


def test_by_default_a_thing_that_is_there_keeps_its_secrets() -> None:
    assert secrets().due("2020-01-01T00:00:00Z") == secrets().due("") == ""


def test_always_is_always() -> None:
    due = secrets(update_secrets="always").due("2999-01-01T00:00:00Z")
    assert "update_secrets" in due
    assert "always" in due


@pytest.mark.parametrize(
    ("modified", "due"),
    [
        ("2026-03-01T09:29:59Z", True),
        ("2026-03-01T09:30:00Z", True),  # a write of that very moment may have been the one before
        ("2026-03-01T09:30:00.0000000Z", True),
        ("2026-03-01T09:30:00.0000010Z", False),  # seven digits of a second
        ("2026-03-01T09:29:59.9999999Z", True),
        ("2026-03-01T10:29:59+01:00", True),
        ("2026-03-01T10:30:01+01:00", False),
        ("2026-03-02T00:00:00.1Z", False),
        ("", True),
        ("yesterday", True),
        ("2026-03-02T00:00:00", True),  # of no time zone: not known to be later
    ],
)
def test_a_time_of_change_is_compared_with_the_last_modification(modified: str, due: bool) -> None:
    said = secrets(secrets_changed_at=CHANGED).due(modified)
    assert bool(said) is due
    if due:
        assert "secrets_changed_at" in said
        assert (modified or "unknown") in said


@given(st.timedeltas(timedelta(), timedelta(9999)), st.timedeltas(timedelta(-9), timedelta(9)))
def test_due_exactly_until_it_is_newer(since: timedelta, later: timedelta) -> None:
    """As the services write times: UTC, seven digits."""
    changed = datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None) + since
    modified = (changed + later).isoformat(timespec="microseconds") + "0Z"
    found = secrets(secrets_changed_at=changed.isoformat() + "Z")
    assert bool(found.due(modified)) is (later <= timedelta())


def test_without_secrets_there_is_nothing_to_write() -> None:
    for empty in ({}, None):
        assert secrets(secret_parameters=empty).due("") == ""
        assert secrets(secret_parameters=empty, update_secrets="always").due("") == ""


# -- what can never be right -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [None, "", " ", "\n\t", {}, [], {"pfx": "", "password": [" "]}])
def test_a_blank_never_overwrites_a_good_secret(blank: Any) -> None:
    with pytest.raises(OptionError) as raised:
        secrets(secret_parameters={"password": VALUE, "key": blank})
    assert raised.value.option == "secret_parameters.key"
    assert VALUE not in str(raised.value)


@pytest.mark.parametrize("value", [0, False, {"private_key": "x"}, ["x"]])
def test_what_is_no_text_is_no_blank(value: Any) -> None:
    assert secrets(secret_parameters={"key": value}).values == {"key": value}


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "2026-03-01",
        "2026-03-01T09:30:00",
        "2026-13-01T09:30:00Z",
        "today",
        "1772357400",
    ],
)
def test_a_time_needs_a_day_an_hour_and_a_zone(wrong: str) -> None:
    with pytest.raises(OptionError) as raised:
        secrets(secrets_changed_at=wrong)
    assert raised.value.option == "secrets_changed_at"


def test_a_time_in_the_future_would_write_at_every_run() -> None:
    now = datetime.now(UTC)
    assert secrets(secrets_changed_at=now.isoformat()).changed_at == now
    with pytest.raises(OptionError, match="future"):
        secrets(secrets_changed_at=(now + timedelta(minutes=1)).isoformat())


@pytest.mark.parametrize(
    "given", [{"update_secrets": "always"}, {"secret_parameters": None}, {"secret_parameters": {}}]
)
def test_a_time_of_change_has_to_have_something_to_decide(given: Json) -> None:
    with pytest.raises(OptionError) as raised:
        secrets(secrets_changed_at=CHANGED, **given)
    assert raised.value.option == "secrets_changed_at"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T09:30:00.1234567Z", datetime(2026, 3, 1, 9, 30, 0, 123456, UTC)),
        ("2026-03-01T09:30:00.1Z", datetime(2026, 3, 1, 9, 30, 0, 100000, UTC)),
        (" 2026-03-01T10:30:00.25+01:00 ", datetime(2026, 3, 1, 9, 30, 0, 250000, UTC)),
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00.Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00.1234567", None),
        ("now", None),
    ],
)
def test_times_as_people_and_services_write_them(text: str, moment: datetime | None) -> None:
    assert read_time(text) == moment


# -- what is shown ---------------------------------------------------------------------------------------------------


def test_no_representation_shows_a_value() -> None:
    found = secrets(secret_parameters={"password": VALUE, "certificate": {"pfx": VALUE}})
    for shown in (repr(found), str(found), f"{found}", repr([found]), f"{found!r}", str.format("{}", found)):
        assert VALUE not in shown
        assert "password" in shown


# -- parameters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ("a", "a"),
        (1433, "1433"),
        ("1433", 1433),
        (True, "true"),
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}),
        ({"a": {"c": 1, "b": 2}}, '{"a": {"b": 2, "c": 1}}'),
        (None, None),
    ],
)
def test_values_that_mean_the_same(declared: Any, actual: Any) -> None:
    for one, other in ((declared, actual), (actual, declared)):
        assert same_value(one, other)


@pytest.mark.parametrize(
    ("declared", "actual"),
    [("a", "A"), ("a", "a "), (1, 2), ([1, 2], [2, 1]), ({"a": 1}, {}), ({"a": 1}, {"a": 1, "b": 2}), ("", None)],
)
def test_values_that_do_not(declared: Any, actual: Any) -> None:
    for one, other in ((declared, actual), (actual, declared)):
        assert not same_value(one, other)
