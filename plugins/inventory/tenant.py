# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments of a tenant, or things in them, as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tenant
short_description: A Power Platform tenant as an inventory
version_added: 0.1.0
description:
  - Makes a host of every environment of a tenant, so that desired state lives in C(group_vars) and C(host_vars), and
    forks or job slices spread the work. O(hosts) makes hosts of apps, flows, connections or custom connectors instead.
  - The name of the file has to end in C(powerplatform.yml) or C(powerplatform.yaml).
  - A host is reached by C(connection=local) with the Python that runs Ansible, so that the modules of this collection
    just run.
  - What the tenant says is data. Ansible never evaluates it as a template.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Says that the file is for this plugin.
    type: str
    required: true
    choices: [powerops.powerplatform.tenant]
  hosts:
    description:
      - What becomes a host.
    type: str
    choices: [environments, apps, flows, connections, custom_connectors]
    default: environments
  environments:
    description: The environments to look at, each by id, display name or pattern; unset means all.
    type: list
    elements: str
  environment_types:
    description: Only environments of these types.
    type: list
    elements: str
    choices: [Default, Production, Sandbox, Trial, Developer, Teams]
  exclude:
    description: Environments to leave out, each by id, display name or pattern.
    type: list
    elements: str
  as_admin:
    description: Whether to look as administrator, or as the maker whose token it is.
    type: bool
    default: true
  on_error:
    description:
      - What happens when something cannot be read to its end.
      - V(fail) fails. V(report) warns and leaves the whole file out, so that nothing is half there.
    type: str
    choices: [fail, report]
    default: fail
  hostnames:
    description:
      - Expressions for the name of a host, the first one that gives a text decides. They see the row as the variables
        of the host do, without O(hostvars_prefix).
      - Hosts that would have one name get their id behind it.
      - Unset, a host is called by its display name, or its id where it has none.
    type: list
    elements: str
  hostvars_prefix:
    description: What the names of the variables begin with that come from the tenant.
    type: str
    default: powerplatform_
  filters:
    description:
      - Which hosts are there. Each entry has one key, V(include) or V(exclude), with a condition. The first condition
        that is true decides; a host that none fits is there.
      - Conditions see the variables of the host under their full names.
    type: list
    elements: dict
"""

EXAMPLES = r"""
# tenant.powerplatform.yml
plugin: powerops.powerplatform.tenant
environment_types: [Production, Sandbox]
keyed_groups:
  - key: powerplatform_protection_level
    prefix: protection
"""

import hashlib
import sys
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.powerops.powerplatform.plugins.module_utils._model import canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import AUTH_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._hosts import (
    HOST_KINDS,
    Host,
    name_hosts,
    variables,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._rows import read_rows
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._session import (
    as_ansible_errors,
    auth_options,
    read_only_client,
)

_ENDINGS = ("powerplatform.yml", "powerplatform.yaml")
# What decides which rows there are; the rest only says what becomes of them.
_ASKED = ("hosts", "environments", "environment_types", "exclude", "as_admin", "on_error")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """The plugin."""

    NAME = "powerops.powerplatform.tenant"

    def verify_file(self, path: str) -> bool:
        """Whether the file is for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(_ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fills the inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        with as_ansible_errors(AnsibleParserError):
            rows = self._cached_rows(cache)
            self._fill(rows)

    def _cached_rows(self, cache: bool) -> list[dict[str, Any]]:
        options = {name: self.get_option(name) for name in _ASKED}
        if not self.get_option("cache"):
            return self._rows(options)
        self.load_cache_plugin()
        key = self._key(options)
        if cache:
            try:
                found: list[dict[str, Any]] = self._cache[key]
            except KeyError:
                pass
            else:
                return found
        rows = self._rows(options)
        self._cache[key] = rows
        return rows

    def _key(self, options: dict[str, Any]) -> str:
        """Another one for every option that changes the content, whoever asks included; it holds no secret."""
        given = {name: self.get_option(name) for name in AUTH_OPTIONS}
        digest = hashlib.sha256(canonical([self.NAME, options, given]).encode()).hexdigest()
        return f"powerops_powerplatform_tenant_{digest[:32]}"

    def _rows(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        kind = HOST_KINDS[options["hosts"]]
        client = read_only_client(auth_options(self.get_option))
        return read_rows(INFO_KINDS[kind.info], kind, client, options)

    def _fill(self, rows: list[dict[str, Any]]) -> None:
        kind = HOST_KINDS[self.get_option("hosts")]
        prefix, strict = self.get_option("hostvars_prefix"), self.get_option("strict")
        names = {row[kind.identifier]: self._name(row, kind.identifier, kind.name, strict=strict) for row in rows}
        for host in name_hosts(kind, rows, names):
            own = variables(host.row, prefix)
            if self._is_wanted(own):
                self._add(host, own, strict=strict)

    def _name(self, row: dict[str, Any], identifier: str, name: str, *, strict: bool) -> str:
        for expression in self.get_option("hostnames") or ():
            try:
                found = self._compose(expression, row)
            except Exception as error:  # pylint: disable=broad-except
                if strict:
                    raise AnsibleParserError(f"hostnames: {expression!r} cannot be evaluated: {error}") from error
                continue
            if found:
                return str(found)
        return str(row.get(name) or row[identifier])

    def _is_wanted(self, own: dict[str, Any]) -> bool:
        for number, entry in enumerate(self.get_option("filters") or ()):
            if len(entry) != 1 or not set(entry) <= {"include", "exclude"}:
                raise AnsibleParserError(f"filters[{number}] needs one key, include or exclude, with a condition.")
            [(what, condition)] = entry.items()
            try:
                fits = bool(self._compose(str(condition), own))
            except Exception as error:
                raise AnsibleParserError(f"filters[{number}]: {condition!r} cannot be evaluated: {error}") from error
            if fits:
                return bool(what == "include")
        return True

    def _add(self, host: Host, own: dict[str, Any], *, strict: bool) -> None:
        self.inventory.add_host(host.name)
        self.inventory.set_variable(host.name, "ansible_connection", "local")
        self.inventory.set_variable(host.name, "ansible_python_interpreter", sys.executable)
        for name, value in own.items():
            self.inventory.set_variable(host.name, name, value)
        for group in host.groups:
            self.inventory.add_child(self.inventory.add_group(group), host.name)
        self._set_composite_vars(self.get_option("compose"), own, host.name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), own, host.name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), own, host.name, strict=strict)
