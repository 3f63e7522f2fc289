# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of hosts: unique, the same in every run, and never anything that Ansible would follow."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData

from .conftest import EXPORT, FINANCE, REPORT, SALES, Tenant, groups_of, members

FLOWS = {"hosts": "flows", "environments": [FINANCE]}


def test_equal_names_get_their_ids_all_of_them_and_in_every_run(tenant: Tenant) -> None:
    expected = [f"Sales ({environment})" for environment in SALES]
    for _run in range(3):
        assert [name for name in tenant.names() if name.startswith("Sales")] == expected


def test_names_that_differ_by_case_alone_are_equal(tenant: Tenant) -> None:
    tenant.rename("month END report")
    found = tenant.names(**FLOWS)
    assert f"month END report ({FINANCE} {EXPORT})" in found
    assert f"Month end report ({FINANCE} {REPORT})" in found


@pytest.mark.parametrize(
    "name",
    ["all", "ALL", "ungrouped", "localhost", "LocalHost", "127.0.0.1", "flows", "Flows_Started", "flows_stopped"],
)
def test_what_ansible_knows_already_is_nobody_s_name(tenant: Tenant, name: str) -> None:
    tenant.rename(name)
    inventory = tenant.read(**FLOWS)
    own = f"{name} ({FINANCE} {EXPORT})"
    assert own in inventory.hosts
    assert name not in inventory.hosts
    assert inventory.hosts[own].vars["powerplatform_flow"] == EXPORT
    assert all(not group.vars for group in inventory.groups.values())


def test_nobody_can_take_the_unique_name_of_another(tenant: Tenant) -> None:
    twin, liar = f"Month end report ({FINANCE} {REPORT})", "f0000000-0000-4000-8000-000000000013"
    tenant.rename("Month end report")
    tenant.rename(twin, liar)
    inventory = tenant.read(**FLOWS)
    assert inventory.hosts[twin].vars["powerplatform_flow"] == REPORT
    assert inventory.hosts[f"{twin} ({FINANCE} {liar})"].vars["powerplatform_flow"] == liar


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("web[1:3].example", "web 1 3 .example"),
        ("a,b", "a b"),
        ("a:b", "a b"),
        ("../../etc/passwd", "etc passwd"),
        ("x/../y", "x .. y"),
        ("x\\y", "x y"),
        ("{{ 7 * 7 }}", "7 7"),
        ("{% raw %}", "% raw %"),
        ("one\r\ntwo\tthree", "one two three"),
        ("~.*", "Nothing"),
        ("@/etc/hosts", "etc hosts"),
        ("--become", "become"),
        ("-i evil", "i evil"),
        ("!all", "all!"),
        ("&all", "all&"),
        ("  many   blanks  ", "many blanks"),
        ("a\u2028b\u00a0c", "a b c"),
        ("bell\x07 \x9b31m red", "bell 31m red"),
        ("evil\u202etxt\u200b", "evil txt"),
        ("Größe 📐 – 測試", "Größe 📐 – 測試"),
        ("100 % 'sure' \"$(id)\" `id` ; #", "100 % 'sure' \"$(id)\" `id` ; #"),
        ("x" * 300, "x" * 300),
        ("", None),
        ("  ", None),
        ("[]", None),
        ("...", None),
    ],
)
def test_a_name_says_nothing_to_ansible(tenant: Tenant, name: str, host: str | None) -> None:
    # What is left of these is a name of Ansible's own, or nothing.
    expected = {"Nothing": None, "all!": f"all ({FINANCE} {EXPORT})", "all&": f"all ({FINANCE} {EXPORT})"}.get(
        str(host), host
    )
    tenant.rename(name)
    [found] = [item for item in tenant.read(**FLOWS).hosts.values() if item.vars["powerplatform_flow"] == EXPORT]
    assert found.name == (expected or f"{FINANCE} {EXPORT}")
    assert found.vars["powerplatform_flow_display_name"] == name


def test_the_first_expression_that_gives_a_text_decides(tenant: Tenant) -> None:
    tenant.rename("")
    names = tenant.names(
        **FLOWS, hostnames=["nothing.at.all", "flow_display_name", "none", "managed", "'Flow ' ~ flow"]
    )
    assert f"Flow {EXPORT}" in names
    assert "Month end report" in names
    assert "Month end report" in tenant.names(**FLOWS, hostnames=["':::'", "flow_display_name"])


def test_expressions_see_the_row_without_the_prefix(tenant: Tenant) -> None:
    names = tenant.names(**FLOWS, hostnames=["environment_display_name ~ ' - ' ~ flow_display_name"])
    assert "Finance Production - Month end report" in names
    assert tenant.names(environments=[FINANCE], hostnames=["powerplatform_id"]) == ["Finance Production"]


def test_equal_texts_of_expressions_get_their_ids(tenant: Tenant) -> None:
    assert tenant.names(environments=["Finance*"], hostnames=["location", "id"]) == [
        f"europe ({FINANCE})",
        "europe (e0000000-0000-4000-8000-000000000002)",
    ]


def test_a_number_is_a_name(tenant: Tenant) -> None:
    assert tenant.names(environments=[FINANCE], hostnames=["display_name | length"]) == ["18"]


def test_strict_fails_where_an_expression_cannot_be_evaluated(tenant: Tenant) -> None:
    with pytest.raises(AnsibleParserError, match=r"hostnames: 'nothing\.at\.all' cannot be evaluated: .*undefined"):
        tenant.names(strict=True, hostnames=["display_name", "nothing.at.all"][::-1])
    assert tenant.names(environments=[FINANCE], strict=True, hostnames=["display_name"]) == ["Finance Production"]


@pytest.mark.parametrize(
    "options",
    [
        {"groups": {"evil": "true"}},
        {"keyed_groups": [{"key": "'evil'", "prefix": "", "separator": ""}]},
        {"keyed_groups": [{"key": "inventory_hostname", "prefix": "", "separator": ""}]},
        {"keyed_groups": [{"key": "powerplatform_state", "prefix": "state", "parent_group": "evil"}]},
    ],
)
def test_nobody_is_called_like_a_group_that_an_expression_makes(tenant: Tenant, options: dict[str, object]) -> None:
    tenant.rename("evil")
    inventory = tenant.read(**FLOWS, **options)

    own = f"evil ({FINANCE} {EXPORT})"
    assert inventory.hosts[own].vars["powerplatform_flow"] == EXPORT
    assert "evil" not in inventory.hosts
    assert not set(inventory.hosts) & set(inventory.groups)
    assert all(not group.vars for group in inventory.groups.values())
    assert not [text for text in tenant.warnings if "same name" in text]
    assert members(inventory, "flows") == set(inventory.hosts)


def test_what_is_filtered_out_has_no_say_in_names(tenant: Tenant) -> None:
    filters = [{"exclude": "powerplatform_location == 'unitedstates'"}]
    assert "Sales" in tenant.names(filters=filters)
    assert tenant.names(filters=filters, hostnames=["display_name"], strict=True)[-1] == "Sales"


def other_source(*names: str) -> InventoryData:
    """An inventory in which another source brought hosts and a group."""
    inventory = InventoryData()
    inventory.add_group("web")
    for name in names:
        inventory.add_host(name, group="web")
        inventory.set_variable(name, "ansible_connection", "ssh")
    return inventory


def test_a_maker_cannot_take_over_a_host_of_another_source(tenant: Tenant) -> None:
    tenant.rename("db01.example.com")
    inventory = tenant.read(**FLOWS, into=other_source("db01.example.com"))
    assert inventory.hosts["db01.example.com"].vars["ansible_connection"] == "ssh"
    assert groups_of(inventory, "db01.example.com") == {"web"}
    assert inventory.hosts[f"db01.example.com ({FINANCE} {EXPORT})"].vars["powerplatform_flow"] == EXPORT


def test_a_maker_cannot_take_over_a_group_of_another_source(tenant: Tenant) -> None:
    tenant.rename("WEB")
    inventory = tenant.read(**FLOWS, into=other_source("db01"))
    assert members(inventory, "web") == {"db01"}
    assert f"WEB ({FINANCE} {EXPORT})" in inventory.hosts


def test_two_files_may_have_one_thing(tenant: Tenant) -> None:
    inventory = tenant.read(**FLOWS)
    before = list(inventory.hosts)
    tenant.read(
        "flows",
        environments=["Finance*"],
        into=inventory,
        filters=[{"include": "powerplatform_flow == '" + REPORT + "'"}],
    )
    assert list(inventory.hosts) == before


def test_an_environment_may_be_known_already(tenant: Tenant) -> None:
    inventory = tenant.read(environments=[FINANCE], into=other_source("Finance Production"))
    assert list(inventory.hosts) == ["Finance Production"]
    assert {"web", "environments"} <= groups_of(inventory, "Finance Production")
    assert inventory.hosts["Finance Production"].vars["powerplatform_id"] == FINANCE
