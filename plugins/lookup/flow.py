# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud flows of an environment by name or id."""

from __future__ import annotations

DOCUMENTATION = r"""
name: flow
short_description: Look up cloud flows by name or id
version_added: 1.0.0
description:
  - Gives the row of P(powerops.powerplatform.flow_info#module) for each term.
  - Without a term, gives the rows of all cloud flows of the environment, ordered by name.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth.plugin
  - powerops.powerplatform.thing_lookup
options:
  _terms:
    description:
      - Flows, each by id (a GUID) or by display name.
      - A name that fits several of them is an error that lists them with their ids.
    type: list
    elements: str
seealso:
  - module: powerops.powerplatform.flow_info
"""

EXAMPLES = r"""
- name: Stop a flow if it is there
  powerops.powerplatform.flow_state:
    environment: "{{ item.environment }}"
    flow: "{{ item.flow }}"
    state: stopped
  loop: >-
    {{ query('powerops.powerplatform.flow', 'Nightly stock export', environment='Finance Production', default=none)
       | select }}
  loop_control:
    label: "{{ item.flow_display_name }}"
"""

RETURN = r"""
_raw:
  description: A row for each term, with the keys that P(powerops.powerplatform.flow_info#module) documents.
  type: list
  elements: dict
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_info import KIND
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import ThingLookup


class LookupModule(ThingLookup):
    """The plugin."""

    kind = KIND
