# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""People, groups and applications by name."""

from __future__ import annotations

DOCUMENTATION = r"""
name: principal
short_description: Look up object ids of users, groups and applications
version_added: 1.0.0
description:
  - Gives the object id in Microsoft Entra ID of each term, as Microsoft Graph tells it. All terms are asked for
    together.
  - An object id is given back as it is, without a request.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth.plugin
options:
  _terms:
    description:
      - What to look up, as O(type) says. A name that fits several of them is an error that lists them with their ids.
    type: list
    elements: str
    required: true
  type:
    description:
      - What the terms are.
      - V(user) takes user principal names; a mail address is tried when no such name exists. V(group) takes display
        names of groups. V(service_principal) takes display names of applications, and V(application_id) their client
        ids, which are GUIDs but no object ids.
    type: str
    choices: [user, group, service_principal, application_id]
    default: user
  default:
    description:
      - The answer for a term that fits nothing. Without it, such a term is an error.
      - A term that fits several of them and what cannot be read are errors all the same.
    type: raw
notes:
  - All terms of one call are looked up with one login. A call in a loop is another call.
"""

EXAMPLES = r"""
- name: Show the object id of a user
  ansible.builtin.debug:
    msg: "{{ lookup('powerops.powerplatform.principal', 'ada@contoso.example') }}"

- name: Show the object ids of two groups
  ansible.builtin.debug:
    msg: "{{ query('powerops.powerplatform.principal', 'Finance Readers', 'Makers', type='group') | join(', ') }}"
"""

RETURN = r"""
_raw:
  description: An object id for each term, in lower case.
  type: list
  elements: str
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._directory import Directory
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import PowerPlatformError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._principal import PrincipalReference
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._assignment_options import (
    principal_reference,
)
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import Answer, TenantLookup


class LookupModule(TenantLookup):
    """The plugin."""

    own = ("type",)

    def answers(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Iterable[Answer]:
        directory = Directory(client)
        references = [principal_reference({options["type"]: term}, "") for term in terms]
        directory.prefetch(references)
        return [_object_id(directory, reference) for reference in references]


def _object_id(directory: Directory, reference: PrincipalReference) -> Answer:
    if not reference.fields:
        return reference.value.lower()
    try:
        return directory.principal(reference).id
    except PowerPlatformError as error:
        return error
