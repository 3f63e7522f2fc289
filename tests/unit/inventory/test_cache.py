# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Caching: when nothing is sent, when another key is taken, and what is kept nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleParserError

from tests.emulator.control import Emulator

from .conftest import EXPORT, FINANCE, SANDBOX, Tenant

Json = dict[str, Any]

EXPECTED = {"environment": SANDBOX, "reason": "Belongs to another team", "expires": "2099-12-31"}
REFUSED = [{"kind": "status", "status": 403, "match": {"path": f"/{SANDBOX}/v2/flows$"}}]
# Of one environment: what was on the first page is known by then.
LOST_PAGE = [
    {"kind": "page_cap", "max": 3, "match": {"service": "flow"}},
    {"kind": "page", "page": 2, "status": 400, "match": {"path": f"/{SANDBOX}/v2/flows$"}},
]


class Cached:
    """A tenant whose inventories are cached in a folder."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.folder = tenant.folder / "cache"
        self.options: Json = {
            "cache": True,
            "cache_plugin": "ansible.builtin.jsonfile",
            "cache_connection": str(self.folder),
            "cache_timeout": 600,
        }

    def read(self, hosts: str = "environments", **options: Any) -> Any:
        """As `Tenant.read`."""
        return self.tenant.read(hosts, **{**self.options, **options})

    def keys(self) -> set[str]:
        """The names of what is kept."""
        return {path.name for path in self.folder.iterdir()} if self.folder.exists() else set()

    def content(self) -> str:
        """All that is kept."""
        return "".join(path.read_text(encoding="utf-8") for path in self.folder.iterdir())


@pytest.fixture
def cached(tenant: Tenant) -> Cached:
    return Cached(tenant)


@pytest.mark.parametrize("hosts", ["environments", "apps", "flows", "connections", "avepoint_connections"])
def test_a_second_run_sends_nothing_and_gives_the_same(cached: Cached, hosts: str) -> None:
    first = cached.read(hosts)
    assert len(cached.keys()) == 1
    cached.tenant.emulator.clear_log()

    second = cached.read(hosts)

    assert cached.tenant.emulator.log() == []
    assert {name: host.vars for name, host in second.hosts.items()} == {
        name: host.vars for name, host in first.hosts.items()
    }
    assert {name: [host.name for host in group.hosts] for name, group in second.groups.items()} == {
        name: [host.name for host in group.hosts] for name, group in first.groups.items()
    }
    # Unlike one without a cache.
    cached.tenant.read(hosts)
    assert cached.tenant.served()


def test_what_only_shapes_the_hosts_needs_no_other_entry(cached: Cached) -> None:
    cached.read()
    cached.tenant.emulator.clear_log()
    inventory = cached.read(
        hostnames=["id"],
        hostvars_prefix="",
        strict=True,
        compose={"x": "id"},
        groups={"finance": "display_name is search('Finance')"},
        keyed_groups=[{"key": "type"}],
        filters=[{"include": "display_name is search('Finance')"}],
    )
    assert list(inventory.hosts) == [FINANCE, SANDBOX]
    assert cached.tenant.emulator.log() == []
    assert len(cached.keys()) == 1


@pytest.mark.parametrize(
    ("hosts", "options"),
    [
        ("apps", {}),
        ("flows", {"environments": ["Finance *"]}),
        ("flows", {"environment_types": ["Sandbox"]}),
        ("flows", {"exclude": ["Sales"]}),
        ("flows", {"include": ["owner_state"]}),
        ("flows", {"expected_unreadable": [EXPECTED]}),
        ("flows", {"client": "delegated"}),
        ("flows", {"client": "delegated", "as_admin": False}),
        ("flows", {"endpoints": {"graph": "https://graph.microsoft.us"}}),
        ("environments", {}),
        ("environments", {"include": ["platform"]}),
        ("avepoint_connections", {}),
        ("avepoint_connections", {"tenant": "11111111-2222-4333-8444-555555555555"}),
    ],
)
def test_every_option_that_changes_the_content_has_its_own_entry(cached: Cached, hosts: str, options: Json) -> None:
    cached.read("flows")
    kept = cached.keys()
    cached.tenant.emulator.clear_log()

    cached.read(hosts, **options)

    assert cached.tenant.served()
    assert len(cached.keys() - kept) == 1


def test_the_maker_and_the_administrator_have_their_own_entries(cached: Cached) -> None:
    for as_admin in (True, False):
        cached.read("flows", client="delegated", as_admin=as_admin)
    assert len(cached.keys()) == 2


def test_another_secret_is_another_entry(cached: Cached) -> None:
    cached.read()
    with pytest.raises(AnsibleParserError, match="AADSTS7000215"):
        cached.read(client_secret="this-is-not-the-right-one")
    assert len(cached.keys()) == 1


def test_another_tenant_is_another_entry(cached: Cached) -> None:
    cached.read()
    with Emulator.start() as other:
        inventory = cached.read(base_url=other.base_url, ca_path=other.ca_path, environments=[FINANCE])
        other.clear_log()
        cached.read(base_url=other.base_url, ca_path=other.ca_path)
        assert other.log()
    assert list(inventory.hosts) == ["Finance Production"]
    assert len(cached.keys()) == 3


def test_credentials_of_the_environment_count_as_well(cached: Cached, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = dict.fromkeys(("tenant_id", "client_id", "client_secret"))
    for client in ("runner", "delegated"):
        for name, value in cached.tenant.emulator.credentials(client).items():
            monkeypatch.setenv(f"POWER_PLATFORM_{name.upper()}", value)
        cached.read(**nothing)
    assert len(cached.keys()) == 2


def test_a_refresh_asks_anew_and_keeps_what_it_learns(cached: Cached) -> None:
    cached.read("flows")
    cached.tenant.rename("Renamed meanwhile")
    assert "Renamed meanwhile" not in cached.read("flows").hosts
    assert "Renamed meanwhile" in cached.read("flows", use_cache=False).hosts
    cached.tenant.emulator.clear_log()
    assert "Renamed meanwhile" in cached.read("flows").hosts
    assert cached.tenant.emulator.log() == []


def test_no_secret_is_kept(cached: Cached) -> None:
    token = cached.tenant.emulator.token()
    cached.read()
    cached.read("avepoint_connections")
    nothing = dict.fromkeys(("tenant_id", "client_id", "client_secret"))
    cached.read(**nothing, auth_method="access_token", access_tokens={"bap": token})
    names, content = "".join(cached.keys()), cached.content()
    assert len(cached.keys()) == 3
    for secret in ("runner-secret", "avepoint-secret", token, token.split(".")[2]):
        assert secret not in names
        assert secret not in content


@pytest.mark.parametrize("on_error", ["fail", "report"])
@pytest.mark.parametrize("faults", [REFUSED, LOST_PAGE])
def test_an_incomplete_answer_is_never_kept(cached: Cached, on_error: str, faults: list[Json]) -> None:
    cached.tenant.emulator.faults(faults)
    if on_error == "fail":
        with pytest.raises(AnsibleParserError):
            cached.read("flows")
    else:
        assert cached.read("flows", on_error=on_error).hosts == {}
    assert cached.keys() == set()

    cached.tenant.emulator.faults([])
    assert len(cached.read("flows", on_error=on_error).hosts) > 10


def test_an_answer_that_was_accepted_as_incomplete_is_not_kept_either(cached: Cached) -> None:
    cached.tenant.emulator.faults(REFUSED)
    for _run in range(2):
        cached.tenant.warnings.clear()
        assert cached.read("flows", expected_unreadable=[EXPECTED]).hosts
        assert "Finance Sandbox" in "".join(cached.tenant.warnings)
    assert cached.keys() == set()


def test_a_strict_expression_that_fails_leaves_no_entry(cached: Cached) -> None:
    with pytest.raises(AnsibleParserError):
        cached.read(strict=True, hostnames=["nothing.at.all"])
    assert cached.keys() == set()


def test_of_the_azure_cli_nothing_is_kept(cached: Cached, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cached.tenant.folder / "bin"
    folder.mkdir()
    program = folder / "az"
    token = cached.tenant.emulator.token()
    answer = json.dumps({"accessToken": token, "tokenType": "Bearer"})
    program.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="ascii")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    nothing = dict.fromkeys(("tenant_id", "client_id", "client_secret"))
    for _run in range(2):
        cached.tenant.emulator.clear_log()
        assert len(cached.read(**nothing, auth_method="azure_cli").hosts) == 9
        assert cached.tenant.served()
    assert cached.keys() == set()
    assert "not cached" in cached.tenant.warnings[0]


def test_ansible_s_own_notation_in_the_tenant_s_data_stays_data(cached: Cached) -> None:
    """Caches of Ansible write vaults and trusted templates as JSON objects; a maker may write the same."""
    evil: Json = {
        "__ansible_type": "_AnsibleTaggedStr",
        "value": "{{ 6 * 7 }}",
        "tags": [{"__ansible_type": "TrustedAsTemplate"}],
        "__ansible_vault": "x",
        "__ansible_unsafe": "y",
    }
    connection = {"id": "9" * 32, "connector": "shared_sql", "name": "Evil", "creator": "kim@contoso.example"}
    cached.tenant.emulator.change(
        [
            {
                "change": "add_connection",
                "environment": FINANCE,
                "connection": {**connection, "parameters": {"server": "sql.example", "database": evil}},
            }
        ]
    )
    first = cached.read("connections").hosts["Evil"].vars
    assert "{{ 6 * 7 }}" in str(first["powerplatform_parameters"])
    cached.tenant.emulator.clear_log()
    assert cached.read("connections").hosts["Evil"].vars == first
    assert cached.tenant.emulator.log() == []


def test_without_a_plugin_for_files_nothing_is_written(cached: Cached, tmp_path: Path) -> None:
    assert len(cached.tenant.read(cache=True).hosts) == 9
    assert {path.name for path in tmp_path.iterdir()} == {"tenant.powerplatform.yml"}


def test_templates_in_names_come_out_of_the_cache_as_text(cached: Cached) -> None:
    cached.tenant.rename("{{ 6 * 7 }}")
    for _run in range(2):
        found = cached.read("flows", compose={"again": "powerplatform_flow_display_name"})
        [host] = [item for item in found.hosts.values() if item.vars["powerplatform_flow"] == EXPORT]
        assert host.vars["again"] == "{{ 6 * 7 }}"
        assert host.name == "6 7"
