# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory of one source, which others see in full or not at all."""

from __future__ import annotations

from typing import Any

from ansible.inventory.data import InventoryData

# What `add_host` says of the source by itself.
_OF_THE_SOURCE = ("inventory_dir", "inventory_file")


class Draft(InventoryData):  # type: ignore[misc]  # Ansible has no types
    """Hosts and groups that are not in the inventory yet.

    Ansible takes what bears the name of a group for the group. Here it is the host, so that nothing goes astray until
    `clashes` are settled.
    """

    def __init__(self, source: str | None) -> None:
        super().__init__()
        self.current_source = source

    def set_variable(self, entity: str, varname: str, value: Any) -> None:
        """A variable of a host, or of a group."""
        if entity in self.hosts:
            self.hosts[entity].set_variable(varname, value)
        else:
            super().set_variable(entity, varname, value)

    def add_child(self, group: str, child: str) -> bool:
        """Puts a host or a group into a group."""
        if child in self.hosts:
            return bool(self.groups[group].add_host(self.hosts[child]))
        return bool(super().add_child(group, child))

    def clashes(self) -> set[str]:
        """Names of hosts that are names of groups as well, without case."""
        return {name.casefold() for name in self.hosts} & {name.casefold() for name in self.groups}

    def hand_over(self, inventory: InventoryData) -> None:
        """Puts everything into the inventory of all sources."""
        for name in self.groups:
            inventory.add_group(name)
        for name, host in self.hosts.items():
            inventory.add_host(name)
            for variable, value in host.vars.items():
                if variable not in _OF_THE_SOURCE:
                    inventory.set_variable(name, variable, value)
        for name, group in self.groups.items():
            for member in (*group.child_groups, *group.hosts):
                inventory.add_child(name, member.name)
