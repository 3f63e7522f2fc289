# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of names and groups, without a tenant."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import split_host_pattern
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._draft import Draft
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._hosts import (
    HOST_KINDS,
    group_name,
    host_name,
    name_hosts,
    variables,
)

Json = dict[str, Any]

FLOWS = HOST_KINDS["flows"]
CONNECTIONS = HOST_KINDS["connections"]
REPORT = HOST_KINDS["avepoint_connections"]
# Close to each other, so that they meet often.
NAMES = st.text(alphabet="aA (1)[]{},:~@-./\n\u202e", max_size=8) | st.sampled_from(["all", "flows", "x (e f1)", "x"])


def flow(number: int, name: str, state: str = "started") -> Json:
    return {"environment": "e", "flow": f"f{number}", "flow_display_name": name, "state": state, "owner": None}


def called(names: list[str]) -> list[str]:
    rows = [flow(number, name) for number, name in enumerate(names)]
    return [host.name for host in name_hosts(FLOWS, rows, lambda row: str(row["flow_display_name"]))]


@given(st.lists(NAMES, max_size=6))
def test_names_are_unique_and_mean_nothing_to_ansible(names: list[str]) -> None:
    found = called(names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert name
        assert name == name.strip()
        assert name[0] not in "~@.-"
        assert not re.search(r"[\[\]{},:!&*?/\\\n\u202e]", name)
        assert name.casefold() not in {"all", "ungrouped", "localhost", "flows", "flows_started"}
        assert os.path.normpath(name) == name
        # With a comma behind it any of them is one pattern.
        assert [part for part in split_host_pattern(f"{name},") if part] == [name]


@given(st.lists(NAMES, max_size=6), st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_order(names: list[str], random: Any) -> None:
    rows = [flow(number, name) for number, name in enumerate(names)]
    before = {host.row["flow"]: host.name for host in name_hosts(FLOWS, rows, lambda row: row["flow_display_name"])}
    random.shuffle(rows)
    after = {host.row["flow"]: host.name for host in name_hosts(FLOWS, rows, lambda row: row["flow_display_name"])}
    assert after == before


@given(st.text(max_size=20))
def test_a_name_that_was_made_is_left_as_it_is(text: str) -> None:
    assert host_name(host_name(text)) == host_name(text)


@given(st.lists(st.text(max_size=6), min_size=1, max_size=3))
def test_groups_have_names_that_ansible_takes(parts: list[str]) -> None:
    name = group_name("type", *parts)
    assert re.fullmatch(r"\w+", name)
    assert name.startswith("type")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("type", "Production"), "type_production"),
        (("connector", "shared_x-5f06.y"), "connector_shared_x_5f06_y"),
        (("region", ""), "region"),
        (("region", "Größe"), "region_grösse"),
        (("", "--"), "unnamed"),
        (("flows", "{{ 1 }}"), "flows__1"),
    ],
)
def test_names_of_groups(parts: tuple[str, ...], name: str) -> None:
    assert group_name(*parts) == name


def test_names_that_read_alike_get_their_ids() -> None:
    assert called(["Pay", "pay", "Other"]) == ["Pay (e f0)", "pay (e f1)", "Other"]
    assert called(["Pay\u200b", "Pay"]) == ["Pay (e f0)", "Pay (e f1)"]
    assert called(["", "~~"]) == ["e f0", "e f1"]


def test_who_is_told_that_a_name_is_taken_gets_the_id() -> None:
    rows = [flow(0, "a"), flow(1, "b")]
    found = name_hosts(FLOWS, rows, lambda row: row["flow_display_name"], lambda _name, row: row["flow"] == "f1")
    assert [host.name for host in found] == ["a", "b (e f1)"]


def test_groups_of_a_row_without_a_state() -> None:
    [host] = name_hosts(FLOWS, [flow(0, "a", "")], lambda _row: "a")
    assert host.groups == ("flows", "flows_unknown")


@pytest.mark.parametrize(
    ("owner", "groups"),
    [
        (None, set()),
        ({"id": "x"}, set()),
        ({"id": "x", "state": "enabled"}, {"owner_enabled"}),
        ({"id": "x", "state": "disabled"}, {"owner_disabled"}),
        ({"id": "x", "state": "deleted"}, {"owner_deleted"}),
        ({"id": "x", "state": None}, {"owner_unknown"}),
        ({"id": "x", "status": "Enable"}, {"owner_enabled"}),
        ({"id": "x", "status": "Disabled"}, {"owner_disabled"}),
        ({"id": "x", "status": ""}, {"owner_unknown"}),
        ({"id": "x", "status": "On leave"}, {"owner_on_leave"}),
    ],
)
def test_groups_of_owners(owner: Json | None, groups: set[str]) -> None:
    row = {"connector": "shared_sql", "statuses": [{"status": "Connected"}], "owner": owner}
    always = {"connections", "connector_shared_sql", "connections_connected"}
    assert set(CONNECTIONS.groups(row)) == always | groups
    # AvePoint has a place for it in every row.
    assert set(REPORT.groups(row)) == always | (groups or ({"owner_unknown"} if owner is None else set()))


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"statuses": [{"status": "Connected"}, {"status": "Error"}]}, "error"),
        ({"statuses": [{"status": "Connected"}]}, "connected"),
        ({"statuses": []}, "unknown"),
        ({"statuses": [{"status": ""}]}, "unknown"),
        ({"status": "Connected"}, "connected"),
        ({"status": "Token expired"}, "token_expired"),
        ({"status": ""}, "unknown"),
    ],
)
def test_the_status_of_a_connection(row: Json, status: str) -> None:
    assert f"connections_{status}" in set(CONNECTIONS.groups({"connector": "x", "owner": None, **row}))


def test_variables_are_the_keys_with_the_prefix() -> None:
    assert variables({"a": 1, "b": None}, "p_") == {"p_a": 1, "p_b": None}
    assert variables({"a": 1}, "") == {"a": 1}


def test_a_draft_keeps_hosts_and_groups_of_one_name_apart() -> None:
    draft = Draft("somewhere")
    draft.add_group("evil")
    draft.add_group("good")
    draft.add_host("evil")
    draft.set_variable("evil", "x", 1)
    draft.set_variable("good", "y", 2)
    draft.add_child("evil", "evil")
    draft.add_child("good", "evil")
    assert draft.hosts["evil"].vars["x"] == 1
    assert draft.groups["evil"].vars == {}
    assert draft.groups["good"].vars == {"y": 2}
    assert draft.hosts["evil"] in draft.groups["evil"].hosts
    assert draft.clashes() == {"evil"}


def test_a_draft_hands_over_everything() -> None:
    draft = Draft("somewhere")
    for group in ("parent", "child"):
        draft.add_group(group)
    draft.add_child("parent", "child")
    draft.add_host("host")
    draft.set_variable("host", "x", {"a": [1]})
    draft.add_child("child", "host")
    inventory = InventoryData()
    inventory.current_source = "elsewhere"
    draft.hand_over(inventory)
    inventory.reconcile_inventory()
    assert inventory.hosts["host"].vars["x"] == {"a": [1]}
    assert inventory.hosts["host"].vars["inventory_file"] == "elsewhere"
    assert {group.name for group in inventory.hosts["host"].get_groups()} == {"all", "parent", "child"}
    assert [group.name for group in inventory.groups["parent"].child_groups] == ["child"]


@pytest.mark.parametrize(
    ("hosts", "told_by"),
    [
        ("environments", ["id"]),
        ("apps", ["environment", "app"]),
        ("flows", ["environment", "flow"]),
        # The id of a connection need not be the only one of its kind.
        ("connections", ["environment", "connector", "connection"]),
        ("custom_connectors", ["environment", "connector"]),
        ("avepoint_connections", ["tenant_id", "environment", "connector", "connection"]),
    ],
)
def test_what_differs_in_one_place_alone_has_a_name_of_its_own(hosts: str, told_by: list[str]) -> None:
    about = ("type", "location", "dataverse", "ready", "app_type", "state", "connector", "owner")
    row: Json = {**dict.fromkeys(about, ""), "statuses": [], **dict.fromkeys(told_by, "same")}
    rows = [row, *({**row, key: "other"} for key in told_by)]
    found = [host.name for host in name_hosts(HOST_KINDS[hosts], rows, lambda _row: "Twin")]
    assert len(set(found)) == len(rows)
    assert all(name.startswith("Twin (") for name in found)
