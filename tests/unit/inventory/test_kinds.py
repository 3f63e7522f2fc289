# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes a host, in which groups it is without anybody asking, and what its variables say."""

from __future__ import annotations

import sys

import pytest
from ansible.errors import AnsibleParserError
from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var

from ansible_collections.powerops.powerplatform.plugins.module_utils._api.flow import stop_flow
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_info import FlowInfo
from tests.unit.engine.conftest import ask

from .conftest import EXPORT, FINANCE, SALES, SANDBOX, Tenant, groups_of, members

KINDS = ("environments", "apps", "flows", "connections", "custom_connectors", "avepoint_connections")
LEDGER = "Old ledger database"


def test_environments_are_hosts_by_default(tenant: Tenant) -> None:
    inventory = tenant.read()

    assert list(inventory.hosts) == [
        "Brand New",
        "Contoso (default)",
        "Copilot",
        "Finance Production",
        "Finance Sandbox",
        "Mothballed",
        "Plain Canvas",
        *(f"Sales ({environment})" for environment in SALES),
    ]
    assert groups_of(inventory, "Finance Production") == {
        "environments",
        "type_production",
        "region_europe",
        "with_dataverse",
        "ready",
    }
    assert groups_of(inventory, "Brand New") == {
        "environments",
        "type_developer",
        "region_europe",
        "without_dataverse",
        "not_ready",
    }
    assert members(inventory, "region_unitedstates") == {f"Sales ({SALES[1]})"}
    assert members(inventory, "type_default") == {"Contoso (default)"}


def test_apps_are_grouped_by_type(tenant: Tenant) -> None:
    inventory = tenant.read("apps")
    assert groups_of(inventory, "Old Timesheets") == {"apps", "apps_classiccanvasapp"}


def test_flows_are_grouped_by_state(tenant: Tenant) -> None:
    inventory = tenant.read("flows", environments=[FINANCE])
    assert groups_of(inventory, "Nightly stock export") == {"flows", "flows_started"}
    assert members(inventory, "flows_suspended") == {"Tweet every invoice"}
    assert members(inventory, "flows_stopped") == {"Month end report", "Solution approval", "Unbound import"}


def test_connections_are_grouped_by_connector_and_status(tenant: Tenant) -> None:
    inventory = tenant.read("connections")
    assert groups_of(inventory, LEDGER) == {"connections", "connector_shared_sql", "connections_error"}
    assert groups_of(inventory, "Receipts") == {
        "connections",
        "connector_shared_azureblob",
        "connections_connected",
    }


def test_custom_connectors_have_a_group(tenant: Tenant) -> None:
    inventory = tenant.read("custom_connectors", environments=[FINANCE])
    assert len(inventory.hosts) == 4
    assert groups_of(inventory, "Warehouse") == {"custom_connectors"}


def test_avepoint_tells_the_state_of_owners_by_itself(tenant: Tenant) -> None:
    inventory = tenant.read("avepoint_connections")
    assert groups_of(inventory, LEDGER) == {
        "connections",
        "connector_shared_sql",
        "connections_error",
        "owner_disabled",
    }
    assert "owner_enabled" in groups_of(inventory, "Orders")
    asked = {group for name in inventory.hosts for group in groups_of(inventory, name) if group.startswith("owner_")}
    assert asked == {"owner_enabled", "owner_disabled"}


def test_owner_state_makes_groups_of_owners(tenant: Tenant) -> None:
    inventory = tenant.read("connections", include=["owner_state"])
    assert members(inventory, "owner_deleted") == {LEDGER}
    assert "owner_enabled" in groups_of(inventory, "Receipts")
    # About all of them at once, and once more about those that it did not know.
    assert [entry["service"] for entry in tenant.served()].count("graph") == 2 < len(inventory.hosts)


@pytest.mark.parametrize("hosts", KINDS)
def test_variables_are_the_rows_of_the_module(tenant: Tenant, hosts: str) -> None:
    module, answer, who = {
        "environments": ("environment_info", "environments", "runner"),
        "apps": ("powerapp_info", "powerapps", "runner"),
        "flows": ("flow_info", "flows", "runner"),
        "connections": ("connection_info", "connections", "runner"),
        "custom_connectors": ("connector_info", "connectors", "runner"),
        "avepoint_connections": ("avepoint_connection_info", "connections", "avepoint"),
    }[hosts]
    expected = [
        {f"powerplatform_{key}": value for key, value in row.items()}
        for row in ask(tenant.emulator, module, who)[answer]
    ]
    assert len(expected) > 3

    found = tenant.read(hosts).hosts.values()

    assert [
        {key: host.vars[key] for key in host.vars if key.startswith("powerplatform_")} for host in found
    ] == expected


@pytest.mark.parametrize("hosts", KINDS)
def test_every_host_is_the_machine_itself_and_nothing_is_written(tenant: Tenant, hosts: str) -> None:
    inventory = tenant.read(hosts)

    assert inventory.hosts
    for host in inventory.hosts.values():
        assert host.vars["ansible_connection"] == "local"
        assert host.vars["ansible_python_interpreter"] == sys.executable
        # Everything else is the tenant's, or Ansible's own word on the file.
        others = {key for key in host.vars if not key.startswith("powerplatform_")}
        assert others == {"ansible_connection", "ansible_python_interpreter", "inventory_file", "inventory_dir"}
    assert tenant.served()
    assert tenant.emulator.log(writes=True) == []


def test_platform_adds_what_the_other_api_knows(tenant: Tenant) -> None:
    inventory = tenant.read(include=["platform"])
    assert inventory.hosts["Finance Production"].vars["powerplatform_platform"]["state"] == "Ready"
    assert [entry["service"] for entry in tenant.served()] == ["bap", "power_platform"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"environments": ["finance *"]}, ["Finance Production", "Finance Sandbox"]),
        ({"environments": [SANDBOX]}, ["Finance Sandbox"]),
        ({"environments": []}, []),
        ({"environment_types": ["Developer"]}, ["Brand New"]),
        ({"environments": ["Finance*"], "exclude": [FINANCE]}, ["Finance Sandbox"]),
        # One of a name alone needs no id.
        ({"environments": [SALES[0]]}, ["Sales"]),
    ],
)
def test_environments_can_be_chosen(tenant: Tenant, options: dict[str, list[str]], names: list[str]) -> None:
    assert tenant.names(**options) == names


def test_things_of_chosen_environments(tenant: Tenant) -> None:
    inventory = tenant.read("apps", environment_types=["Sandbox"], exclude=["Mothballed"])
    assert {host.vars["powerplatform_environment"] for host in inventory.hosts.values()} == {SANDBOX}
    assert len([entry for entry in tenant.served() if entry["path"].endswith("/apps")]) == 1


def test_the_view_of_a_maker(tenant: Tenant) -> None:
    assert tenant.names(as_admin=False, client="maker") == ["Contoso (default)", "Finance Production"]


def test_one_tenant_of_those_that_avepoint_knows(tenant: Tenant) -> None:
    everything = tenant.read("avepoint_connections")
    tenants = {host.vars["powerplatform_tenant_id"] for host in everything.hosts.values()}
    assert len(tenants) == 2
    ours = tenant.read("avepoint_connections", tenant=tenant.emulator.tenant_id)
    assert {host.vars["powerplatform_tenant_id"] for host in ours.hosts.values()} == {tenant.emulator.tenant_id}


def test_a_connection_that_belongs_to_nobody_has_an_owner_that_is_unknown(tenant: Tenant) -> None:
    row = {"id": "1" * 32, "environmentId": FINANCE, "connectorId": "shared_sql", "displayName": "Nobody's"}
    body = {"connections": [row], "totalCount": 1, "nextLink": ""}
    tenant.emulator.faults([{"kind": "status", "status": 200, "body": body, "match": {"service": "avepoint"}}])
    inventory = tenant.read("avepoint_connections")
    assert groups_of(inventory, "Nobody's") == {
        "connections",
        "connector_shared_sql",
        "connections_unknown",
        "owner_unknown",
    }


def test_texts_of_the_tenant_are_none_that_ansible_evaluates(tenant: Tenant) -> None:
    """Older versions of Ansible mark what is not to be evaluated, newer ones what is."""
    inventory = tenant.read("connections", compose={"again": "powerplatform_connection_display_name ~ '!'"})
    found = inventory.hosts[LEDGER].vars
    texts = [
        found["powerplatform_connection_display_name"],
        found["powerplatform_owner"]["id"],
        found["powerplatform_statuses"][0]["status"],
        found["again"],
    ]
    if isinstance(wrap_var("text"), AnsibleUnsafe):
        assert all(isinstance(text, AnsibleUnsafe) for text in texts)
    else:
        from ansible.template import is_trusted_as_template, trust_as_template

        assert is_trusted_as_template(trust_as_template("text"))
        assert not any(is_trusted_as_template(text) for text in texts)


def test_a_question_that_would_write_is_refused(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A promise is not enough: whatever a question may come to do, the client that it is given cannot write."""

    def read(_kind: object, client: Client, _options: object) -> None:
        stop_flow(client, FINANCE, EXPORT, as_admin=True)

    monkeypatch.setattr(FlowInfo, "read", read)
    with pytest.raises(AnsibleParserError, match="was refused, because it may write"):
        tenant.read("flows")
    assert tenant.served() == []
