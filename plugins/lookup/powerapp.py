# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canvas apps of an environment by name or id."""

from __future__ import annotations

DOCUMENTATION = r"""
name: powerapp
short_description: Look up canvas apps by name or id
version_added: 1.0.0
description:
  - Gives the row of P(powerops.powerplatform.powerapp_info#module) for each term.
  - Without a term, gives the rows of all canvas apps of the environment, ordered by name.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth.plugin
  - powerops.powerplatform.thing_lookup
options:
  _terms:
    description:
      - Apps, each by id (a GUID) or by display name.
      - A name that fits several of them is an error that lists them with their ids.
    type: list
    elements: str
seealso:
  - module: powerops.powerplatform.powerapp_info
"""

EXAMPLES = r"""
- name: Tell who owns an app
  ansible.builtin.debug:
    msg: "{{ expenses.owner.display_name }} owns {{ expenses.app }}"
  vars:
    expenses: "{{ lookup('powerops.powerplatform.powerapp', 'Expenses', environment='Finance Production') }}"

- name: Give a role in every app of an environment
  powerops.powerplatform.powerapp_role:
    environment: "{{ item.environment }}"
    app: "{{ item.app }}"
    app_display_name: "{{ item.app_display_name }}"
    group: Finance Readers
    role: CanView
  loop: "{{ query('powerops.powerplatform.powerapp', environment='Finance Production') }}"
  loop_control:
    label: "{{ item.app_display_name }}"
"""

RETURN = r"""
_raw:
  description: A row for each term, with the keys that P(powerops.powerplatform.powerapp_info#module) documents.
  type: list
  elements: dict
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.powerapp_info import KIND
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import ThingLookup


class LookupModule(ThingLookup):
    """The plugin."""

    kind = KIND
