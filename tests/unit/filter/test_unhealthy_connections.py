# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter unhealthy_connections: which rows it selects, and what it does not take."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.powerops.powerplatform.plugins.filter import unhealthy_connections as plugin
from tests.emulator.control import Emulator
from tests.unit.engine.conftest import BROKEN, ask

Json = dict[str, Any]

FILTER = plugin.FilterModule().filters()["unhealthy_connections"]


def reported(name: str, **more: Any) -> Json:
    """A row of avepoint_connection_info, of what works and is used."""
    owner = {"id": "a", "status": more.pop("owner_status", "Enabled")}
    status = more.pop("status", "Connected")
    row = {"connection": name, "status": status, "connected": status == "Connected", "owner": owner, "tier": "Standard"}
    return {**row, "power_app_count": 1, "flow_count": 0, "is_custom": False, **more}


def listed(name: str, *statuses: str, **more: Any) -> Json:
    """A row of connection_info."""
    told = statuses or ("Connected",)
    row = {"connection": name, "connected": set(told) == {"Connected"}, "statuses": [{"status": item} for item in told]}
    return {**row, "connection_display_name": name.title(), "owner": {"id": "a"}, **more}


ROWS = [
    reported("good"),
    reported("enable", owner_status="Enable"),
    reported("error", status="Error"),
    reported("disabled", owner_status="Disabled"),
    reported("untold", owner_status=""),
    reported("nobody", owner=None),
    reported("idle", power_app_count=0, tier="Premium"),
    reported("flows", power_app_count=0, flow_count=3),
    reported("custom", is_custom=True, tier="premium"),
    reported("unknown", power_app_count=None, is_custom=None, tier=""),
]


def chosen(rows: Any = None, **options: Any) -> list[str]:
    return [row["connection"] for row in FILTER(ROWS if rows is None else rows, **options)]


def test_without_options_what_is_broken_or_nobody_s() -> None:
    assert chosen() == ["error", "disabled", "untold", "nobody"]


def test_rows_of_connection_info_as_far_as_they_tell() -> None:
    rows = [
        listed("good"),
        listed("broken", "Connected", "Error"),
        listed("ownerless", owner=None),
        listed("enabled", owner={"id": "a", "state": "enabled"}),
        listed("deleted", owner={"id": "a", "state": "deleted"}),
        listed("strange", owner={"id": "a", "state": None}),
    ]
    assert chosen(rows) == ["broken", "ownerless", "deleted", "strange"]
    assert chosen(rows, statuses=["ERROR"]) == ["broken"]
    assert chosen(rows[2:], owner_statuses=["Enable"]) == ["enabled"]
    assert chosen(rows[2:], owner_statuses=["disabled", "deleted"]) == ["deleted"]
    assert chosen(rows[2:], owner_statuses=["unknown"]) == ["ownerless", "strange"]
    assert chosen([*ROWS, *rows]) == [*chosen(), *chosen(rows)]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"statuses": ["error"]}, ["error"]),
        ({"statuses": "Error"}, ["error"]),
        ({"statuses": ["nothing"]}, []),
        ({"owner_statuses": ["Enabled"]}, ["good", "enable", "error", "idle", "flows", "custom", "unknown"]),
        ({"owner_statuses": ["enable"]}, ["good", "enable", "error", "idle", "flows", "custom", "unknown"]),
        ({"owner_statuses": ["Disable"]}, ["disabled"]),
        ({"owner_statuses": ["unknown"]}, ["untold", "nobody"]),
        ({"owner_statuses": ["disabled", "unknown"]}, ["disabled", "untold", "nobody"]),
        ({"unused": True}, ["idle"]),
        ({"unused": False}, ["good", "enable", "error", "disabled", "untold", "nobody", "flows", "custom"]),
        ({"custom": True}, ["custom"]),
        ({"custom": False}, ["good", "enable", "error", "disabled", "untold", "nobody", "idle", "flows"]),
        ({"tiers": ["Premium"]}, ["idle", "custom"]),
        ({"tiers": ["premium", "standard"]}, [row["connection"] for row in ROWS[:-1]]),
        ({"unused": True, "tiers": ["Premium"]}, ["idle"]),
        ({"custom": True, "unused": True}, []),
        ({"custom": True, "unused": True, "match": "any"}, ["idle", "custom"]),
        ({"match": "any"}, ["error", "disabled", "untold", "nobody"]),
    ],
)
def test_every_option(options: Json, names: list[str]) -> None:
    assert chosen(**options) == names


def test_rows_are_not_changed_and_come_as_they_are() -> None:
    before = copy.deepcopy(ROWS)
    found = FILTER(ROWS, custom=True)
    assert found[0] is ROWS[8]
    assert before == ROWS
    assert chosen(iter(ROWS), custom=True) == ["custom"]
    assert FILTER([]) == []


@pytest.mark.parametrize(
    ("rows", "options", "says"),
    [
        ({"connections": ROWS, "count": 10}, {}, "no list of rows, but of type dict. Give its `connections`."),
        ("rows", {}, "of type str"),
        (None, {}, "of type NoneType"),
        (7, {}, "of type int"),
        ([*ROWS, "x"], {}, "item 10 is no row of connection_info or avepoint_connection_info"),
        ([{"app": "x"}], {}, "item 0 is no row"),
        (ROWS, {"statuses": []}, r"statuses is \[\], and must be a list of texts"),
        (ROWS, {"statuses": [" "]}, "statuses is"),
        (ROWS, {"statuses": 7}, "statuses is 7"),
        (ROWS, {"owner_statuses": {"Enabled": True}}, "owner_statuses is"),
        (ROWS, {"tiers": [None]}, "tiers is"),
        (ROWS, {"unused": "yes"}, "unused is 'yes', and must be true or false"),
        (ROWS, {"custom": 1}, "custom is 1"),
        (ROWS, {"match": "some"}, "match is 'some', and can be 'all' or 'any'"),
        ([listed("x")], {"unused": True}, r"unused needs power_app_count, for which item 0 \(X\) has no place"),
        ([listed("x")], {"custom": False}, "custom needs is_custom"),
        ([listed("x")], {"tiers": ["Premium"], "match": "any"}, "Rows of avepoint_connection_info do"),
        ([ROWS[0], listed("x")], {"owner_statuses": ["disabled"]}, r"item 1 \(X\).*include to \[owner_state\]"),
    ],
)
def test_what_it_does_not_take(rows: Any, options: Json, says: str) -> None:
    with pytest.raises(AnsibleFilterError, match=says) as caught:
        FILTER(rows, **options)
    assert str(caught.value).startswith("unhealthy_connections: ")


def test_rows_as_the_modules_give_them(emulator: Emulator) -> None:
    tenant = ask(emulator, "connection_info", include=["owner_state"])["connections"]
    report = ask(emulator, "avepoint_connection_info", "avepoint")["connections"]

    assert chosen(tenant) == [BROKEN]
    assert chosen(report) == ["d00000000000000000000000000000a1", BROKEN]
    assert chosen(ask(emulator, "connection_info")["connections"]) == [BROKEN]
    assert chosen(report, custom=True) == ["d00000000000000000000000000000a1"]
    assert set(chosen(report, unused=True)) > {"d0000000000000000000000000000002"}
    assert len(chosen(report, owner_statuses=["enabled"])) == len(report) - 2


def test_the_documentation_is_that_of_the_function() -> None:
    documented = yaml.safe_load(plugin.DOCUMENTATION)
    parameters = inspect.signature(FILTER).parameters
    first, *others = parameters

    assert documented["name"] == "unhealthy_connections"
    assert first == "rows"
    assert list(documented["options"]) == ["_input", *others]
    assert {name: option.get("default") for name, option in documented["options"].items() if name != "_input"} == {
        name: parameters[name].default for name in others
    }
