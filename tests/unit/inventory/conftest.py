# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the inventory plugin share: inventories of an emulated tenant, read in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.utils.display import Display

from tests.emulator.control import Emulator

Json = dict[str, Any]

PLUGIN = "powerops.powerplatform.tenant"
FINANCE = "e0000000-0000-4000-8000-000000000001"
SANDBOX = "e0000000-0000-4000-8000-000000000002"
SALES = ("e0000000-0000-4000-8000-000000000003", "e0000000-0000-4000-8000-000000000004")
# Flows of Finance Production: one that is on, one that is off.
EXPORT, REPORT = "f0000000-0000-4000-8000-000000000011", "f0000000-0000-4000-8000-000000000012"
_ASTRAY = ("ANSIBLE_INVENTORY", "AVEPOINT_", "AZURE_", "ARM_", "POWER_PLATFORM_")


class Tenant:
    """Inventories of an emulated tenant. warnings: what the user was shown."""

    def __init__(self, emulator: Emulator, folder: Path, warnings: list[str]) -> None:
        self.emulator = emulator
        self.folder = folder
        self.warnings = warnings

    def options(self, hosts: str = "environments", client: str = "runner") -> Json:
        """What leads the plugin to the tenant."""
        reach = {"plugin": PLUGIN, "hosts": hosts, "base_url": self.emulator.base_url, "ca_path": self.emulator.ca_path}
        if hosts != "avepoint_connections":
            return reach | self.emulator.credentials(client)
        own = self.emulator.avepoint()
        return reach | {"data_center": "we", "client_id": own["client_id"], "client_secret": own["client_secret"]}

    def file(self, hosts: str = "environments", *, client: str = "runner", **options: Any) -> Path:
        """A file of the plugin."""
        path = self.folder / "tenant.powerplatform.yml"
        path.write_text(json.dumps(self.options(hosts, client) | options), encoding="utf-8")
        return path

    def read(
        self,
        hosts: str = "environments",
        *,
        use_cache: bool = True,
        client: str = "runner",
        into: InventoryData | None = None,
        extra: Json | None = None,
        **options: Any,
    ) -> InventoryData:
        """The inventory that the plugin makes, or that it adds to. use_cache: as Ansible says where it may be used.

        extra: variables of the command line.
        """
        path = self.file(hosts, client=client, **options)
        inventory = InventoryData() if into is None else into
        plugin = inventory_loader.get(PLUGIN)
        assert plugin.verify_file(str(path))
        loader = DataLoader()
        with pytest.MonkeyPatch.context() as patch:
            if extra is not None:
                patch.setattr("ansible.plugins.inventory.load_extra_vars", lambda _loader: extra)
            plugin.parse(inventory, loader, str(path), cache=use_cache)
        if hasattr(plugin, "_cache"):
            plugin.update_cache_if_changed()
        inventory.reconcile_inventory()
        return inventory

    def names(self, hosts: str = "environments", **options: Any) -> list[str]:
        """How the hosts are called."""
        return list(self.read(hosts, **options).hosts)

    def rename(self, name: str, flow: str = EXPORT) -> None:
        """As a maker does who may choose any name."""
        self.emulator.change([{"change": "set_flow", "flow": flow, "name": name}])

    def served(self) -> list[Json]:
        """What the services were asked, logging in not counted."""
        return [entry for entry in self.emulator.log() if entry["service"] not in ("login", "avepoint_login")]


def members(inventory: InventoryData, group: str) -> set[str]:
    """The hosts of a group."""
    return {host.name for host in inventory.groups[group].get_hosts()}


def groups_of(inventory: InventoryData, name: str) -> set[str]:
    """The groups of a host, all and ungrouped not counted."""
    return {group.name for group in inventory.hosts[name].get_groups()} - {"all", "ungrouped"}


@pytest.fixture
def tenant(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    for name in list(os.environ):
        if name.startswith(_ASTRAY):
            monkeypatch.delenv(name)
    shown: list[str] = []

    def show(_display: Display, text: str, *_more: Any, **_others: Any) -> None:
        shown.append(text)

    # Ansible shows a text once in the life of a process.
    monkeypatch.setattr(Display, "warning", show)
    return Tenant(emulator, tmp_path, shown)


def texts(found: Iterable[str]) -> str:
    """Several texts as one, to look for words in."""
    return "\n".join(found)
