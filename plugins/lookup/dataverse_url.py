# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of Dataverse."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dataverse_url
short_description: Look up the URLs of Dataverse by environment
version_added: 1.0.0
description:
  - Gives the URL of the Dataverse organisation of each environment, without a slash at its end.
  - Without a term, gives those of all environments that have one, ordered by the name of the environment.
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
      - The answer for a term that fits nothing, or an environment that has no Dataverse. Without it, such a term is an
        error.
      - A term that fits several environments, an environment that is still being provisioned, and what cannot be read
        are errors all the same.
    type: raw
notes:
  - All terms of one call are looked up with one login. A call in a loop is another call.
seealso:
  - module: powerops.powerplatform.environment_info
"""

EXAMPLES = r"""
- name: Show where an environment keeps its data
  ansible.builtin.debug:
    msg: "{{ lookup('powerops.powerplatform.dataverse_url', 'Finance Production') }}"

- name: Tell of an environment that may have no Dataverse
  ansible.builtin.debug:
    msg: "{{ lookup('powerops.powerplatform.dataverse_url', 'Plain Canvas', default='no Dataverse here') }}"
"""

RETURN = r"""
_raw:
  description: A URL for each term.
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import (
    NotApplicableError,
    UnknownReferenceError,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Json, same_text
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import EnvironmentLookup


class LookupModule(EnvironmentLookup):
    """The plugin."""

    def answer(self, row: Json) -> Any:
        dataverse, name, state = row["dataverse"] or {}, row["display_name"] or row["id"], row["provisioning_state"]
        if dataverse.get("url"):
            return dataverse["url"]
        if dataverse or not same_text(state or "Succeeded", "Succeeded"):
            return NotApplicableError(
                f"Environment {name} has no URL of Dataverse yet: its state is {dataverse.get('state') or state}.",
                remedy="Run again when it is provisioned, or leave it out.",
            )
        return UnknownReferenceError(
            "environment",
            "this environment has no Dataverse.",
            value=name,
            remedy="Name another one, or give a default.",
        )
