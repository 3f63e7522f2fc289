# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments of a tenant, or things in them, as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tenant
short_description: A Power Platform tenant as an inventory
version_added: 1.0.0
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
  - The options of logging in may be templates, which see extra variables. An option that this plugin does not know, or
    that O(hosts) has no use for, is an error.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.avepoint.inventory
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
        group. So does an app, a flow, a connection or a custom connector that would be called like a host which
        another source brought before and which is another thing.
      - Characters that mean something to Ansible in a name become blanks. In a pattern or in C(--limit) a name with
        blanks needs a comma behind it, as in C(ansible 'Finance Production,').
    type: list
    elements: str
  hostvars_prefix:
    description:
      - What the names of the variables begin with that come from the tenant.
      - O(compose), O(groups), O(keyed_groups) and O(filters) see them under these names.
      - It may be empty. Ansible then warns of names that it uses itself, such as C(environment). It cannot begin with
        C(ansible_), since such variables say how to connect.
    type: str
    default: powerplatform_
  filters:
    description:
      - Which hosts are there. Each entry has one key, V(include) or V(exclude), with a Jinja2 condition.
      - The first condition that is true decides. A host that none fits is there, unless the last entry is an
        V(include); then it is not.
      - A condition has to give true or false; anything else, and what cannot be evaluated, is an error.
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
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.powerops.powerplatform.plugins.module_utils._auth.azure_cli import AzureCliLogin
from ansible_collections.powerops.powerplatform.plugins.module_utils._connection import VERSION
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    ForeignLinkError,
    IncompleteListingError,
    OptionError,
    ServiceError,
    TransportError,
    UnreadableAnswerError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._kind import InfoKind
from ansible_collections.powerops.powerplatform.plugins.module_utils._login import Login
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, canonical
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_auth import AUTH_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._options_avepoint import AVEPOINT_OPTIONS
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.catalog import INFO_KINDS
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._draft import Draft
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._hosts import (
    HOST_KINDS,
    Host,
    HostKind,
    host_name,
    name_hosts,
    variables,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._session import (
    as_ansible_errors,
    check_boolean,
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
_LOGIN = {*AUTH_OPTIONS, *AVEPOINT_OPTIONS}
_UNREADABLE = (ForeignLinkError, IncompleteListingError, ServiceError, TransportError, UnreadableAnswerError)
# Looking a digest up must not be a way to try out secrets.
_ROUNDS = 100_000
_CONDITIONS = ("include", "exclude")
_PREFIX = re.compile(r"(?!ansible_)[A-Za-z_][A-Za-z0-9_]*|")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    """The plugin."""

    NAME = "powerops.powerplatform.tenant"
    inventory: InventoryData

    def verify_file(self, path: str) -> bool:
        """Whether the file is for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(_ENDINGS)

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Takes what the file says. OptionError for an option that is not known, or that cannot be evaluated."""
        given = dict(direct or {})
        for name in given:
            if name not in self.option_definitions:
                raise OptionError(str(name), "there is no such option.", remedy="Check its spelling.")
        # Ansible would make paths and numbers of the templates themselves.
        evaluated = {name: self._evaluated(name, given[name]) for name in _LOGIN & given.keys()}
        for name, value in {**given, **evaluated}.items():
            if self.option_definitions[name].get("type") == "bool" and value is not None:
                check_boolean(name, value)
        super().set_options(task_keys=task_keys, var_options=var_options, direct={**given, **evaluated})

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fills the inventory. AnsibleParserError for what cannot be right or cannot be read; it is then as it was."""
        super().parse(inventory, loader, path, cache)
        with as_ansible_errors(AnsibleParserError):
            given = self._read_config_data(path)
            filters = self._filters()
            self._check_prefix()
            kind = HOST_KINDS[self.get_option("hosts")]
            info = INFO_KINDS[kind.info]
            options = self._asked(info, given)
            login = settle_login(info.access, self.get_option)
            self._fill(kind, self._cached(kind, login, options, cache=cache), filters)

    def _evaluated(self, name: str, value: Any) -> Any:
        if not self.templar.is_template(value):
            return value
        self.templar.available_variables = self._vars
        try:
            return self.templar.template(value)
        except AnsibleError as error:
            # Without its cause, of which Ansible would show the lines around: a secret may stand there.
            raise OptionError(name, f"it cannot be evaluated: {error.message}") from None

    def _asked(self, info: InfoKind, given: Mapping[str, Any]) -> Json:
        """What is asked. OptionError for an option that these hosts do not have."""
        hosts = self.get_option("hosts")
        for name in sorted({*_ASKED, *_LOGIN} - {*info.options, *info.access.options}):
            if given.get(name) not in (None, []):
                raise OptionError(name, f"hosts={hosts} has no such choice.", remedy="Leave it out.")
        return declared(info, {name: self.get_option(name) for name in _ASKED})

    def _cached(self, kind: HostKind, login: Login, options: Json, *, cache: bool) -> list[Json]:
        """The rows, from the cache where Ansible allows it and they are there."""
        if not self.get_option("cache"):
            return self._rows(kind, login, options)[0]
        if login.tokens.label == AzureCliLogin.label:
            warn(["The inventory is not cached: who is logged in to the Azure CLI may be another user next time."])
            return self._rows(kind, login, options)[0]
        key = self._key(login, options)
        if cache and key in self._cache:
            found: list[Json] = json.loads(self._cache[key])
            return found
        rows, complete = self._rows(kind, login, options)
        if complete:
            # As a text: what the tenant says must not look like Ansible's own notation of vaults and templates.
            self._cache[key] = canonical(rows)
        return rows

    def _key(self, login: Login, options: Json) -> str:
        """Another one for every option that changes the content, whoever asks included; no secret can be read in it."""
        asked = {**options, "hosts": self.get_option("hosts")}
        settled = canonical([VERSION, asked, login.tokens.label, login.shared, login.secrets]).encode()
        return f"tenant_{hashlib.pbkdf2_hmac('sha256', settled, self.NAME.encode(), _ROUNDS, 16).hex()}"

    def _rows(self, kind: HostKind, login: Login, options: Json) -> tuple[list[Json], bool]:
        """The rows, and whether they are all that there is; none where something could not be read to its end."""
        client = read_only_client(login)
        try:
            answer = INFO_KINDS[kind.info].read(client, options)
        except _UNREADABLE as error:
            if self.get_option("on_error") == "fail":
                raise
            warn([f"No hosts from {self.get_option('hosts')}, which could not be read to the end. {error}"])
            return [], False
        places = [(row["environment_display_name"], row["environment"]) for row in answer.get("unknown", ())]
        accepted = [f"{name} ({identifier})" for name, identifier in sorted(set(places))]
        missing = [f"expected_unreadable: what is in {', '.join(accepted)} is not among the hosts."] if accepted else []
        warn([*login.tokens.warnings, *answer.get("warnings", ()), *missing])
        return answer[kind.rows], answer["complete"]

    def _fill(self, kind: HostKind, rows: list[Json], filters: Sequence[tuple[str, Any]]) -> None:
        prefix, strict, inventory = self.get_option("hostvars_prefix"), self.get_option("strict"), self.inventory
        wanted = [row for row in wrap_var(rows) if self._is_wanted(variables(row, prefix), filters)]
        preferred = {id(row): self._name(row, kind.name, strict=strict) for row in wanted}
        groups = {name.casefold() for name in inventory.groups}

        def is_taken(name: str, row: Json) -> bool:
            if name.casefold() in groups:
                return True
            known = inventory.hosts.get(name) if kind.of_makers else None
            return known is not None and any(known.vars.get(f"{prefix}{key}") != row[key] for key in kind.identifiers)

        def filled() -> Draft:
            draft = Draft(inventory.current_source)
            self.inventory = draft
            for host in name_hosts(kind, wanted, lambda row: preferred[id(row)], is_taken):
                self._add(host, variables(host.row, prefix), strict=strict)
            return draft

        try:
            draft = filled()
            # Only now it is known which groups the expressions make.
            while clashes := draft.clashes():
                groups |= clashes
                draft = filled()
        finally:
            self.inventory = inventory
        draft.hand_over(inventory)

    def _name(self, row: Json, name: str, *, strict: bool) -> str:
        """What a row would be called."""
        for expression in self.get_option("hostnames") or ():
            try:
                found = self._compose(expression, row)
            except Exception as error:  # noqa: BLE001 - templates raise what the expressions of users raise
                if strict:
                    raise AnsibleParserError(f"hostnames: {expression!r} cannot be evaluated: {_text(error)}") from None
                continue
            # A number is a text as well: older versions of Ansible give no other.
            text = host_name(str(found)) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""
            if text:
                return text
        return str(row[name])

    def _check_prefix(self) -> None:
        prefix = self.get_option("hostvars_prefix")
        if not _PREFIX.fullmatch(prefix):
            raise OptionError(
                "hostvars_prefix",
                "variables cannot begin with it.",
                value=str(prefix),
                remedy="Use letters, digits and underscores, no digit first and not ansible_.",
            )

    def _filters(self) -> list[tuple[str, Any]]:
        """Each entry as its word and its condition. OptionError for one that is none."""
        found = []
        for number, entry in enumerate(self.get_option("filters") or ()):
            [(what, condition), *more] = entry.items() if isinstance(entry, Mapping) and entry else [("", None)]
            if more or what not in _CONDITIONS or not isinstance(condition, (str, bool)):
                raise OptionError(
                    f"filters[{number}]",
                    "an entry has one key, include or exclude, with a condition.",
                    remedy="Make one entry of each condition.",
                )
            found.append((str(what), condition))
        return found

    def _is_wanted(self, own: Mapping[str, Any], filters: Sequence[tuple[str, Any]]) -> bool:
        what = "exclude"
        for number, (what, condition) in enumerate(filters):
            try:
                # Made a text anew, a condition would no longer be one that Ansible trusts.
                fits = condition if isinstance(condition, bool) else self._compose(condition, own)
            except Exception as error:  # noqa: BLE001 - templates raise what users write
                raise AnsibleParserError(
                    f"filters[{number}]: {condition!r} cannot be evaluated: {_text(error)}"
                ) from None
            if not isinstance(fits, bool):
                raise AnsibleParserError(f"filters[{number}]: {condition!r} gives neither true nor false.")
            if fits:
                return what == "include"
        return what == "exclude"

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


def _text(error: Exception) -> str:
    """What an error says, without the lines of the file that Ansible shows beside it: a secret may stand there."""
    return str(error.message) if isinstance(error, AnsibleError) else str(error)
