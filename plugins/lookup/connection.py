# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of an environment by name or id."""

from __future__ import annotations

DOCUMENTATION = r"""
name: connection
short_description: Look up connections by name or id
version_added: 1.0.0
description:
  - Gives the row of P(powerops.powerplatform.connection_info#module) for each term.
  - Without a term, gives the rows of all connections of the environment, ordered by name.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth.plugin
  - powerops.powerplatform.thing_lookup
options:
  _terms:
    description:
      - Connections, each by id, by C(join_key) or by display name.
      - A term that fits several connections is an error that lists them.
    type: list
    elements: str
seealso:
  - module: powerops.powerplatform.connection_info
"""

EXAMPLES = r"""
- name: Show which connector a connection is of
  ansible.builtin.debug:
    msg: "{{ ledger.connector }} as {{ ledger.account_name }}"
  vars:
    ledger: "{{ lookup('powerops.powerplatform.connection', 'Ledger database', environment='Finance Production') }}"
"""

RETURN = r"""
_raw:
  description: A row for each term, with the keys that P(powerops.powerplatform.connection_info#module) documents.
  type: list
  elements: dict
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connection_info import KIND
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import place
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._connections import find_connection
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import Answer, ThingLookup


class LookupModule(ThingLookup):
    """The plugin."""

    kind = KIND

    def answers(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Iterable[Answer]:
        environment, rows = self.rows(client, None, options)
        return [find_connection(rows, term, place(environment)) for term in terms]
