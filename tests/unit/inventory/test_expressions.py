# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compose, groups, keyed_groups, strict, filters and the prefix of variables."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData

from .conftest import FINANCE, Tenant, groups_of, members

Json = dict[str, Any]

EVERYTHING = ["Finance Production", "Finance Sandbox"]
PRODUCTION = "powerplatform_type == 'Production'"


def names(tenant: Tenant, **options: Any) -> list[str]:
    """Of the two environments of Finance, those that are hosts."""
    return tenant.names(environments=["Finance *"], **options)


def test_compose_groups_and_keyed_groups(tenant: Tenant) -> None:
    inventory = tenant.read(
        compose={"url": "(powerplatform_dataverse or {}).url | default('')", "ansible_connection": "'ssh'"},
        groups={"finance": "powerplatform_display_name.startswith('Finance')", "dataverse": "url | length > 0"},
        keyed_groups=[
            {"key": "powerplatform_protection_level", "prefix": "protection"},
            {"key": "powerplatform_type", "prefix": "kind", "parent_group": "kinds"},
        ],
    )
    host = inventory.hosts["Finance Production"]
    assert host.vars["url"] == "https://contosofin.crm4.dynamics.com"
    # What the file says goes before what the plugin sets by itself.
    assert host.vars["ansible_connection"] == "ssh"
    assert members(inventory, "finance") == set(EVERYTHING)
    # Groups see what was composed.
    assert members(inventory, "dataverse") == members(inventory, "with_dataverse")
    assert {"protection_Standard", "kind_Production", "kinds"} <= groups_of(inventory, "Finance Production")
    assert {group.name for group in inventory.groups["kinds"].child_groups} >= {"kind_Production", "kind_Sandbox"}
    assert members(inventory, "kinds") == set(inventory.hosts)


def test_expressions_know_the_name_and_the_file(tenant: Tenant) -> None:
    inventory = InventoryData()
    inventory.current_source = str(tenant.file())
    tenant.read(
        into=inventory,
        environments=["Finance *"],
        groups={
            "first": "inventory_hostname == 'Finance Production'",
            "placed": f"inventory_file == '{inventory.current_source}'",
        },
    )
    assert members(inventory, "first") == {"Finance Production"}
    assert members(inventory, "placed") == set(EVERYTHING)
    assert inventory.hosts["Finance Production"].vars["inventory_dir"] == str(tenant.folder)


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"x": "nothing.at.all"}},
        {"groups": {"x": "nothing.at.all"}},
        {"keyed_groups": [{"key": "nothing.at.all"}]},
        # Not wrong for the first hosts.
        {"compose": {"y": "{'Developer': 1, 'Default': 1}[powerplatform_type]"}},
    ],
)
def test_strict_leaves_nothing_half_there(tenant: Tenant, options: Json) -> None:
    untouched = InventoryData()
    untouched.add_host("other")
    before = (set(untouched.hosts), set(untouched.groups))

    with pytest.raises(AnsibleError):
        tenant.read(strict=True, into=untouched, **options)

    assert (set(untouched.hosts), set(untouched.groups)) == before
    lenient = tenant.read(**options)
    assert len(lenient.hosts) == 9
    assert [name for name, host in lenient.hosts.items() if "y" in host.vars] == (
        ["Brand New", "Contoso (default)"] if "y" in options.get("compose", {}) else []
    )


@pytest.mark.parametrize(
    ("filters", "there"),
    [
        ([], EVERYTHING),
        ([{"include": PRODUCTION}], EVERYTHING[:1]),
        ([{"exclude": PRODUCTION}], EVERYTHING[1:]),
        # What none fits is there, unless the last one includes.
        ([{"include": PRODUCTION}, {"exclude": "false"}], EVERYTHING),
        ([{"exclude": "false"}, {"include": PRODUCTION}], EVERYTHING[:1]),
        ([{"include": "false"}], []),
        ([{"exclude": "true"}], []),
        # The first that is true decides.
        ([{"include": PRODUCTION}, {"exclude": "true"}], EVERYTHING[:1]),
        ([{"exclude": "true"}, {"include": PRODUCTION}], []),
        ([{"exclude": PRODUCTION}, {"include": "true"}], EVERYTHING[1:]),
        ([{"include": True}, {"exclude": True}], EVERYTHING),
        ([{"include": "powerplatform_dataverse.domain_name == 'contosofin'"}], EVERYTHING[:1]),
    ],
)
def test_the_first_filter_that_fits_decides(tenant: Tenant, filters: list[Json], there: list[str]) -> None:
    assert names(tenant, filters=filters) == there


@pytest.mark.parametrize(
    "entry",
    [
        {"includes": PRODUCTION},
        {"include": PRODUCTION, "exclude": PRODUCTION},
        {},
        {"include": None},
        {"include": 1},
        {"include": [PRODUCTION]},
        "include",
        ["include"],
        7,
        None,
    ],
)
def test_an_entry_that_is_no_filter_is_named_before_anything_is_sent(tenant: Tenant, entry: Any) -> None:
    with pytest.raises(AnsibleParserError, match=r"filters\[1\]: an entry has one key, include or exclude"):
        names(tenant, filters=[{"include": PRODUCTION}, entry])
    assert tenant.emulator.log() == []


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("nothing.at.all", "cannot be evaluated"),
        ("powerplatform_type ==", "cannot be evaluated"),
        ("powerplatform_display_name", "gives neither true nor false"),
        ("powerplatform_description", "gives neither true nor false"),
        ("powerplatform_display_name | length", "gives neither true nor false"),
        ("none", "gives neither true nor false"),
        ("[]", "gives neither true nor false"),
        ("powerplatform_dataverse", "gives neither true nor false"),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_a_condition_that_is_none_is_an_error(tenant: Tenant, condition: str, says: str, strict: bool) -> None:
    expected = re.escape(f"filters[1]: {condition!r} {says}")
    with pytest.raises(AnsibleParserError, match=expected):
        names(tenant, strict=strict, filters=[{"exclude": "false"}, {"include": condition}])


def test_filters_do_not_see_rows_without_the_prefix(tenant: Tenant) -> None:
    with pytest.raises(AnsibleParserError, match="undefined"):
        names(tenant, filters=[{"include": "display_name == 'Finance Production'"}])
    assert names(tenant, hostvars_prefix="", filters=[{"include": "display_name == 'Finance Production'"}]) == [
        "Finance Production"
    ]


@pytest.mark.parametrize("prefix", ["", "pp_", "_", "P2"])
def test_the_prefix_begins_every_variable(tenant: Tenant, prefix: str) -> None:
    inventory = tenant.read(
        environments=[FINANCE],
        hostvars_prefix=prefix,
        compose={"called": f"{prefix}display_name"},
        groups={"mine": f"{prefix}ready"},
        keyed_groups=[{"key": f"{prefix}type", "prefix": "of"}],
    )
    found = inventory.hosts["Finance Production"].vars
    assert found[f"{prefix}id"] == FINANCE
    assert found["called"] == "Finance Production"
    assert not any(name.startswith("powerplatform_") for name in found)
    assert {"mine", "of_Production"} <= groups_of(inventory, "Finance Production")
    assert found["ansible_connection"] == "local"


@pytest.mark.parametrize("prefix", ["ansible_", "ansible_net_", "my-", "1st_", "a b", "ü_", "{{ x }}", "x\n"])
def test_a_prefix_that_cannot_begin_a_variable(tenant: Tenant, prefix: str) -> None:
    with pytest.raises(AnsibleParserError, match=r"hostvars_prefix=.*variables cannot begin with it"):
        tenant.names("connections", hostvars_prefix=prefix)
    assert tenant.emulator.log() == []


def test_extra_variables_only_where_the_file_says_so(tenant: Tenant) -> None:
    compose = {"seen": "stage | default('none')"}
    for used, seen in ((True, "live"), (False, "none")):
        inventory = tenant.read(environments=[FINANCE], compose=compose, use_extra_vars=used, extra={"stage": "live"})
        assert inventory.hosts["Finance Production"].vars["seen"] == seen
