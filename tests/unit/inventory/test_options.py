# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options: what the chosen hosts do not have, what is misspelt, what may be a template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

from .conftest import FINANCE, PLUGIN, Tenant

EXPECTED = [{"environment": FINANCE, "reason": "Belongs to another team", "expires": "2099-12-31"}]


@pytest.mark.parametrize(
    ("hosts", "options", "named"),
    [
        ("environments", {"expected_unreadable": EXPECTED}, "expected_unreadable"),
        ("environments", {"tenant": "x"}, "tenant"),
        ("environments", {"data_center": "we"}, "data_center"),
        ("flows", {"tenant": "x"}, "tenant"),
        ("avepoint_connections", {"environments": ["x"]}, "environments"),
        ("avepoint_connections", {"environment_types": ["Sandbox"]}, "environment_types"),
        ("avepoint_connections", {"exclude": ["x"]}, "exclude"),
        ("avepoint_connections", {"include": ["owner_state"]}, "include"),
        ("avepoint_connections", {"as_admin": False}, "as_admin"),
        ("avepoint_connections", {"expected_unreadable": EXPECTED}, "expected_unreadable"),
        ("avepoint_connections", {"tenant_id": "x"}, "tenant_id"),
        ("avepoint_connections", {"auth_method": "azure_cli"}, "auth_method"),
        ("avepoint_connections", {"cloud": "gcc"}, "cloud"),
    ],
)
def test_an_option_that_the_hosts_do_not_have_is_an_error(
    tenant: Tenant, hosts: str, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(AnsibleParserError, match=f"^{named}: hosts={hosts} has no such choice. Leave it out"):
        tenant.names(hosts, **options)
    assert tenant.emulator.log() == []


@pytest.mark.parametrize(
    ("hosts", "options", "says"),
    [
        ("environments", {"include": ["owner_state"]}, "include.*platform"),
        ("flows", {"include": ["platform"]}, "include.*owner_state"),
        ("environments", {"environments": ["Finance Production", " "]}, r"environments\[1\]"),
        ("flows", {"expected_unreadable": [{"environment": FINANCE}]}, "reason"),
        ("environments", {"enviroments": ["Finance *"]}, "^enviroments: there is no such option"),
        ("environments", {"filter": [{"include": "true"}]}, "^filter: there is no such option"),
        ("environments", {"client_secret": " "}, "client_secret"),
        ("environments", {"base_url": "http://127.0.0.1"}, "base_url"),
        ("environments", {"validate_certs": "certainly"}, "validate_certs.*neither true nor false"),
        ("environments", {"as_admin": ""}, "as_admin.*neither true nor false"),
        ("environments", {"deadline": 0}, "deadline"),
        ("avepoint_connections", {"tenant": " "}, "tenant"),
    ],
)
def test_a_wrong_option_is_named_before_anything_is_sent(
    tenant: Tenant, hosts: str, options: dict[str, Any], says: str
) -> None:
    for on_error in ("fail", "report"):
        with pytest.raises(AnsibleParserError, match=says):
            tenant.names(hosts, on_error=on_error, **options)
    assert tenant.emulator.log() == []


@pytest.mark.parametrize(
    "options",
    [{"hosts": "solutions"}, {"on_error": "ignore"}, {"environment_types": ["Staging"]}, {"timeout": "often"}],
)
def test_ansible_refuses_what_is_no_choice(tenant: Tenant, options: dict[str, Any]) -> None:
    with pytest.raises(AnsibleError, match=f"{next(iter(options))}|{next(iter(options.values()))}"):
        tenant.names(**options)
    assert tenant.emulator.log() == []


def test_a_name_that_no_environment_bears_is_an_error(tenant: Tenant) -> None:
    with pytest.raises(AnsibleParserError, match="environments='Fabrikam': there is no such environment"):
        tenant.names(environments=["Fabrikam"], on_error="report")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("powerplatform.yml", True),
        ("powerplatform.yaml", True),
        ("a.powerplatform.yml", True),
        ("a_powerplatform.yaml", True),
        ("powerplatform.json", False),
        ("powerplatform.yml.bak", False),
        ("tenant.yml", False),
    ],
)
def test_the_name_of_the_file_says_whose_it_is(tmp_path: Path, name: str, ours: bool) -> None:
    path = tmp_path / name
    path.write_text(f"plugin: {PLUGIN}\n", encoding="utf-8")
    assert inventory_loader.get(PLUGIN).verify_file(str(path)) is ours
    path.unlink()
    assert inventory_loader.get(PLUGIN).verify_file(str(path)) is False


@pytest.mark.parametrize("content", ["", "plugin: ansible.builtin.constructed\n", "hosts: flows\n", "plugin: [\n"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.powerplatform.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AnsibleError):
        inventory_loader.get(PLUGIN).parse(InventoryData(), DataLoader(), str(path))


def test_what_logs_in_may_be_a_template(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tenant.options()
    monkeypatch.setenv("EXAMPLE_SECRET", given["client_secret"])
    monkeypatch.setenv("EXAMPLE_CA", given["ca_path"])

    names = tenant.names(
        environments=[FINANCE],
        client_secret="{{ lookup('ansible.builtin.env', 'EXAMPLE_SECRET') }}",
        ca_path="{{ lookup('ansible.builtin.env', 'EXAMPLE_CA') }}",
        validate_certs="{{ true }}",
        timeout="{{ 10 + 5 }}",
        tenant_id="{{ whose }}",
        extra={"whose": given["tenant_id"]},
    )

    assert names == ["Finance Production"]


def test_a_template_in_a_dictionary_of_tokens(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_TOKEN", tenant.emulator.token())
    tokens = {"bap": "{{ lookup('ansible.builtin.env', 'EXAMPLE_TOKEN') }}"}
    names = tenant.names(
        environments=[FINANCE], auth_method="access_token", access_tokens=tokens, client_id=None, client_secret=None
    )
    assert names == ["Finance Production"]


@pytest.mark.parametrize("template", ["{{ nothing_here }}", "{{ 'a' | no_such_filter }}", "{{ 1 + }}"])
def test_a_template_that_cannot_be_evaluated_is_named(tenant: Tenant, template: str) -> None:
    with pytest.raises(AnsibleParserError, match=r"^client_secret: it cannot be evaluated"):
        tenant.names(client_secret=template)
    assert tenant.emulator.log() == []


def test_other_options_are_no_templates(tenant: Tenant) -> None:
    assert tenant.names(environments=["{{ 'Finance' }}*"]) == []


def test_credentials_of_the_environment(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in tenant.emulator.credentials().items():
        monkeypatch.setenv(f"POWER_PLATFORM_{name.upper()}", value)
    nothing = dict.fromkeys(("tenant_id", "client_id", "client_secret"))
    assert tenant.names(environments=[FINANCE], **nothing) == ["Finance Production"]
