# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments by name or id."""

from __future__ import annotations

DOCUMENTATION = r"""
name: environment
short_description: Look up environments by name or id
version_added: 1.0.0
description:
  - Gives the row of P(powerops.powerplatform.environment_info#module) for each term.
  - Without a term, gives the rows of all environments, ordered by name.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth.plugin
options:
  _terms:
    description:
      - Environments, each by id (a GUID, C(Default-<tenant id>) or V(~default)) or by display name.
      - A display name that fits several environments is an error that lists them.
    type: list
    elements: str
  as_admin:
    description:
      - V(true) looks at what the identity administers.
      - V(false) looks at what the signed-in user may see; it needs a delegated token.
    type: bool
    default: true
  default:
    description:
      - The answer for a term that fits nothing. Without it, such a term is an error.
      - A term that fits several things and what cannot be read are errors all the same.
    type: raw
notes:
  - All terms of one call are looked up with one login. A call in a loop is another call.
seealso:
  - module: powerops.powerplatform.environment_info
"""

EXAMPLES = r"""
- name: Show the id of an environment
  ansible.builtin.debug:
    msg: "{{ lookup('powerops.powerplatform.environment', 'Finance Production').id }}"

- name: Count the environments of each type
  ansible.builtin.debug:
    msg: "{{ item[0] }}: {{ item[1] | length }}"
  loop: "{{ query('powerops.powerplatform.environment') | groupby('type') }}"
  loop_control:
    label: "{{ item[0] }}"
"""

RETURN = r"""
_raw:
  description: A row for each term, with the keys that P(powerops.powerplatform.environment_info#module) documents.
  type: list
  elements: dict
"""

from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import EnvironmentLookup


class LookupModule(EnvironmentLookup):
    """The plugin."""
