# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors of an environment by name or id."""

from __future__ import annotations

DOCUMENTATION = r"""
name: connector
short_description: Look up connectors by name or id
version_added: 1.0.0
description:
  - Gives the row of P(powerops.powerplatform.connector_info#module) for each term.
  - Without a term, gives the rows of all connectors of the environment, ordered by name.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth.plugin
  - powerops.powerplatform.thing_lookup
options:
  _terms:
    description:
      - Custom and built-in connectors, each by id (such as V(shared_sql)) or by display name.
      - A name that fits several of them is an error that lists them with their ids.
    type: list
    elements: str
seealso:
  - module: powerops.powerplatform.connector_info
"""

EXAMPLES = r"""
- name: Show the ids of a built-in and of a custom connector
  ansible.builtin.debug:
    msg: "{{ found | map(attribute='connector') | join(', ') }}"
  vars:
    found: "{{ query('powerops.powerplatform.connector', 'SQL Server', 'Expenses', environment='Finance Production') }}"
"""

RETURN = r"""
_raw:
  description: A row for each term, with the keys that P(powerops.powerplatform.connector_info#module) documents.
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connector_info import KIND
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import ThingLookup


class LookupModule(ThingLookup):
    """The plugin."""

    kind = KIND

    def asked(self) -> Mapping[str, Any]:
        return {"connector_types": list(KIND.options["connector_types"]["choices"])}
