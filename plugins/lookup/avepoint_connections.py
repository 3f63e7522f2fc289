# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections as AvePoint's inventory has them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: avepoint_connections
short_description: Look up connections in AvePoint's inventory
version_added: 1.0.0
description:
  - Gives the row of P(powerops.powerplatform.avepoint_connection_info#module) for each term.
  - Without a term, gives the rows of all connections.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.avepoint.plugin
  - powerops.powerplatform.auth.plugin_connection
options:
  _terms:
    description:
      - Connections, each by id, by C(join_key) or by display name.
      - A term that fits several connections is an error that lists them.
    type: list
    elements: str
  tenant:
    description: Look only at the connections of this tenant, given by its id.
    type: str
  default:
    description:
      - The answer for a term that fits nothing. Without it, such a term is an error.
      - A term that fits several connections and what cannot be read are errors all the same.
    type: raw
notes:
  - All terms of one call are looked up with one login and one listing.
seealso:
  - module: powerops.powerplatform.avepoint_connection_info
"""

EXAMPLES = r"""
- name: Count the connections that do not work
  ansible.builtin.debug:
    msg: "{{ query('powerops.powerplatform.avepoint_connections') | rejectattr('connected') | length }}"

- name: Tell what AvePoint knows of a connection
  ansible.builtin.debug:
    msg: "{{ lookup('powerops.powerplatform.avepoint_connections', 'Ledger database').owner.status }}"
"""

RETURN = r"""
_raw:
  description:
    - A row for each term, with the keys that P(powerops.powerplatform.avepoint_connection_info#module) documents.
  type: list
  elements: dict
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._login_avepoint import AVEPOINT_ACCESS
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.avepoint_connection_info import KIND
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._connections import find_connection
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import Answer, TenantLookup
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._session import declared, warn


class LookupModule(TenantLookup):
    """The plugin."""

    own = ("tenant",)
    access = AVEPOINT_ACCESS

    def answers(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Iterable[Answer]:
        rows = self.everything(client, options)
        return [find_connection(rows, term, "AvePoint's inventory") for term in terms]

    def everything(self, client: Client, options: Mapping[str, Any]) -> list[Json]:
        found = KIND.read(client, declared(KIND, options))
        warn(found["warnings"])
        rows: list[Json] = found["connections"]
        return rows
