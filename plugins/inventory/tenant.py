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
  - A host gets C(ansible_connection=local) and the Python that runs Ansible as its interpreter, so that the modules of
    this collection just run.
  - The variables of a host are the keys of a row of P(powerops.powerplatform.environment_info#module),
    P(powerops.powerplatform.powerapp_info#module), P(powerops.powerplatform.flow_info#module),
    P(powerops.powerplatform.connection_info#module), P(powerops.powerplatform.connector_info#module) or
    P(powerops.powerplatform.avepoint_connection_info#module), with O(hostvars_prefix) before each. What the tenant says
    is data; Ansible never evaluates it as a template.
  - Environments are in the groups C(environments), C(type_<type>), C(region_<location>), C(with_dataverse) or
    C(without_dataverse), and C(ready) or C(not_ready). Only those that are C(ready) can be managed now.
  - Apps are in C(apps) and C(apps_<app type>), flows in C(flows) and C(flows_<state>), custom connectors in
    C(custom_connectors). Connections are in C(connections), C(connector_<connector>) and C(connections_<status>).
  - Things whose owner's state is known are in C(owner_enabled), C(owner_disabled), C(owner_deleted) or
    C(owner_unknown) too. AvePoint always tells it; for the others, O(include) asks for it.
  - The options of logging in may be templates.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.avepoint
  - powerops.powerplatform.environment.selection
  - powerops.powerplatform.survey.looking
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
      - V(avepoint_connections) are the connections of one or all tenants as AvePoint's inventory has them. It logs in
        to AvePoint, with O(data_center), O(client_id) and O(client_secret) or a certificate of an app registration
        there, or with the variables that begin with E(AVEPOINT_). Of the other options of logging in and of choosing
        environments it takes none.
    type: str
    choices: [environments, apps, flows, connections, custom_connectors, avepoint_connections]
    default: environments
  as_admin:
    description:
      - V(true) lists what the identity administers.
      - V(false) lists what the signed-in user may see; it needs a delegated token.
    type: bool
    default: true
  include:
    description:
      - What else to read. V(owner_state) asks Microsoft Graph once what became of the owners of apps, flows,
        connections or custom connectors, and makes groups of it. V(platform) adds to environments what the Power
        Platform API knows of them.
    type: list
    elements: str
    choices: [owner_state, platform]
    default: []
  tenant:
    description: With O(hosts=avepoint_connections), only the connections of this tenant, given by its id.
    type: str
  on_error:
    description:
      - What happens when something cannot be read to its end. Nothing is half there.
      - V(fail) fails. Ansible goes on without the hosts of an inventory that fails, unless
        E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) is set.
      - V(report) warns and leaves the hosts of this file out, all of them.
      - Wrong options, a failed login or a deadline that has passed fail in any case.
    type: str
    choices: [fail, report]
    default: fail
  expected_unreadable:
    description:
      - Environments that are accepted as unreadable for a time. What they hold is missing among the hosts, and a
        warning says so.
      - An entry that has expired no longer counts.
  hostnames:
    description:
      - Jinja2 expressions for the name of a host. The first one that gives a text decides. They see the row, without
        O(hostvars_prefix).
      - Unset, a host is called by its display name, or by its id where it has none.
      - Hosts that would have one name get their ids behind it, all of them, and so does one that would be called like a
        group. Characters that mean something to Ansible in a name become blanks.
    type: list
    elements: str
  hostvars_prefix:
    description:
      - What the names of the variables begin with that come from the tenant.
      - O(compose), O(groups), O(keyed_groups) and O(filters) see them under these names.
    type: str
    default: powerplatform_
  filters:
    description:
      - Which hosts are there. Each entry has one key, V(include) or V(exclude), with a Jinja2 condition.
      - The first condition that is true decides. A host that none fits is there, unless the last entry is an
        V(include); then it is not.
    type: list
    elements: dict
"""

EXAMPLES = r"""
# Environments as hosts: tenant.powerplatform.yml
plugin: powerops.powerplatform.tenant
environment_types: [Production, Sandbox]
exclude: ["* Training"]
keyed_groups:
  - key: powerplatform_protection_level
    prefix: protection
groups:
  finance: powerplatform_display_name.startswith("Finance")
compose:
  dataverse_url: (powerplatform_dataverse or {}).url | default("")
---
# Flows as hosts: flows.powerplatform.yml, for
# ansible flows_stopped -m powerops.powerplatform.flow_state -a "environment='{{ powerplatform_environment }}'
# flow='{{ powerplatform_flow }}' state=started" --check
plugin: powerops.powerplatform.tenant
hosts: flows
environments: ["Finance *"]
hostnames:
  - environment_display_name ~ " - " ~ flow_display_name
---
# Connections whose owner has left: orphans.powerplatform.yml
plugin: powerops.powerplatform.tenant
hosts: connections
include: [owner_state]
filters:
  - include: powerplatform_owner.state in ["disabled", "deleted"]
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/power_platform
cache_timeout: 600
"""

import hashlib
import sys
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.azure_cli import AzureCliLogin
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    IncompleteListingError,
    OptionError,
    ServiceError,
    TransportError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._hosts import (
    HOST_KINDS,
    Host,
    HostKind,
    name_hosts,
    variables,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._session import (
    as_ansible_errors,
    declared,
    read_only_client,
    settle_login,
    warn,
)

_ENDINGS = ("powerplatform.yml", "powerplatform.yaml")
# What decides which rows there are; the rest only says what becomes of them.
_ASKED = (
    "environments",
    "environment_types",
    "exclude",
    "as_admin",
    "include",
    "tenant",
    "expected_unreadable",
)
_UNREADABLE = (IncompleteListingError, ServiceError, TransportError, UnreadableAnswerError)
# Looking a digest up must not be a way to try out secrets.
_ROUNDS = 100_000
_CONDITIONS = ("include", "exclude")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """The plugin."""

    NAME = "powerops.powerplatform.tenant"

    def verify_file(self, path: str) -> bool:
        """Whether the file is for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(_ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fills the inventory. AnsibleParserError for what cannot be right or cannot be read."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        with as_ansible_errors(AnsibleParserError):
            self._check_filters()
            kind = HOST_KINDS[self.get_option("hosts")]
            info = INFO_KINDS[kind.info]
            options = self._asked(info)
            login = settle_login(info.access, self._login_option)
            self._fill(kind, self._cached(kind, login, options, cache=cache))

    def _asked(self, info: InfoKind) -> Json:
        """What is asked. OptionError for an option that these hosts do not have."""
        given = {name: self.get_option(name) for name in _ASKED}
        for name, value in given.items():
            if name not in info.options and value not in (None, [], True):
                hosts = self.get_option("hosts")
                raise OptionError(name, f"hosts={hosts} has no such choice.", value=value, remedy="Leave it out.")
        return declared(info, given)

    def _login_option(self, name: str) -> Any:
        value = self.get_option(name)
        return self.templar.template(value) if self.templar.is_template(value) else value

    def _cached(self, kind: HostKind, login: Login, options: Json, *, cache: bool) -> list[Json]:
        """The rows, from the cache where Ansible allows it and they are there."""
        if not self.get_option("cache"):
            return self._rows(kind, login, options) or []
        if login.tokens.label == AzureCliLogin.label:
            warn(["The inventory is not cached: who is logged in to the Azure CLI may be another user next time."])
            return self._rows(kind, login, options) or []
        self.load_cache_plugin()
        key = self._key(login, options)
        if cache and key in self._cache:
            found: list[Json] = self._cache[key]
            return found
        rows = self._rows(kind, login, options)
        if rows is not None:
            self._cache[key] = rows
        return rows or []

    def _key(self, login: Login, options: Json) -> str:
        """Another one for every option that changes the content, whoever asks included; no secret can be read in it."""
        asked = {**options, "hosts": self.get_option("hosts")}
        settled = canonical([asked, login.tokens.label, login.shared, login.secrets]).encode()
        return f"tenant_{hashlib.pbkdf2_hmac('sha256', settled, self.NAME.encode(), _ROUNDS, 16).hex()}"

    def _rows(self, kind: HostKind, login: Login, options: Json) -> list[Json] | None:
        """The rows; None where something could not be read and that is only to be reported."""
        client = read_only_client(login)
        try:
            answer = INFO_KINDS[kind.info].read(client, options)
        except _UNREADABLE as error:
            if self.get_option("on_error") == "fail":
                raise
            warn([f"No hosts from {self.get_option('hosts')}, which could not be read to the end. {error}"])
            return None
        accepted = sorted({row["environment_display_name"] for row in answer.get("unknown", ())})
        missing = [f"expected_unreadable: what is in {', '.join(accepted)} is not among the hosts."] if accepted else []
        warn([*login.tokens.warnings, *answer.get("warnings", ()), *missing])
        rows: list[Json] = answer[kind.rows]
        return rows

    def _fill(self, kind: HostKind, rows: list[Json]) -> None:
        prefix, strict = self.get_option("hostvars_prefix"), self.get_option("strict")
        for host in name_hosts(kind, wrap_var(rows), lambda row: self._name(row, kind.name, strict=strict)):
            own = variables(host.row, prefix)
            if self._is_wanted(own):
                self._add(host, own, strict=strict)

    def _name(self, row: Json, name: str, *, strict: bool) -> str:
        for expression in self.get_option("hostnames") or ():
            try:
                found = self._compose(expression, row)
            except Exception as error:  # pylint: disable=broad-except
                # Templates raise what the expressions of users raise.
                if strict:
                    raise AnsibleParserError(f"hostnames: {expression!r} cannot be evaluated: {error}") from error
                continue
            if found:
                return str(found)
        return str(row[name])

    def _check_filters(self) -> None:
        for number, entry in enumerate(self.get_option("filters") or ()):
            if len(entry) != 1 or next(iter(entry)) not in _CONDITIONS:
                raise OptionError(
                    f"filters[{number}]",
                    "an entry has one key, include or exclude, with a condition.",
                    value=entry,
                    remedy="Make one entry of each condition.",
                )

    def _is_wanted(self, own: Mapping[str, Any]) -> bool:
        what = "exclude"
        for number, entry in enumerate(self.get_option("filters") or ()):
            [(what, condition)] = entry.items()
            try:
                fits = bool(self._compose(str(condition), own))
            except Exception as error:
                raise AnsibleParserError(f"filters[{number}]: {condition!r} cannot be evaluated: {error}") from error
            if fits:
                return bool(what == "include")
        return bool(what == "exclude")

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
