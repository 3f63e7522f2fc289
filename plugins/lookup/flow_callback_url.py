# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs that start flows over HTTP."""

from __future__ import annotations

DOCUMENTATION = r"""
name: flow_callback_url
short_description: Look up the URLs that start flows over HTTP
version_added: 1.0.0
description:
  - Gives the URL of each flow that begins with an HTTP request. Whoever has it can start the flow.
  - A lookup cannot know where its answer goes. Put C(no_log=true) on every task that uses it, as on one that uses
    P(powerops.powerplatform.flow_callback_url_info#module), which insists on it. It does not belong into the message of
    M(ansible.builtin.fail) or M(ansible.builtin.assert), which ansible-core 2.19 shows all the same.
  - The service gives such URLs to signed-in users alone, so that it needs a delegated token.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth.plugin
options:
  _terms:
    description:
      - Flows, each by id (a GUID) or by display name. A name that fits several flows is an error that lists them.
    type: list
    elements: str
    required: true
  environment:
    description:
      - The environment, by id (a GUID, C(Default-<tenant id>) or V(~default)) or by display name.
      - A display name that fits several environments is an error that lists them.
    type: str
    required: true
  trigger_name:
    description: The trigger, as the definition of the flows names it.
    type: str
    default: manual
  default:
    description:
      - The answer for a flow that is not there, or has no such trigger. Without it, that is an error.
      - A term that fits several flows, an environment that is not there, and what cannot be read are errors all the
        same.
    type: raw
notes:
  - All terms of one call are looked up with one login. A call in a loop is another call.
seealso:
  - module: powerops.powerplatform.flow_callback_url_info
"""

EXAMPLES = r"""
- name: Keep the URL of a flow where its caller finds it
  ansible.builtin.copy:
    content: "{{ lookup('powerops.powerplatform.flow_callback_url', 'Invoice intake', environment='Finance Sandbox') }}"
    dest: "{{ playbook_dir }}/intake.url"
    mode: "0600"
  vars:
    ansible_power_platform_access_tokens:
      bap: "{{ lookup('ansible.builtin.env', 'USER_TOKEN') }}"
      flow: "{{ lookup('ansible.builtin.env', 'USER_FLOW_TOKEN') }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description: A URL for each term, which is a secret.
  type: list
  elements: str
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.powerops.powerplatform.plugins.module_utils._api import flow_runs
from ansible_collections.powerops.powerplatform.plugins.module_utils._errors import UnknownReferenceError
from ansible_collections.powerops.powerplatform.plugins.module_utils._http import Client
from ansible_collections.powerops.powerplatform.plugins.module_utils._model import Target
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources._flows import FLOW
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_callback_url_info import (
    KIND,
    check_trigger,
)
from ansible_collections.powerops.powerplatform.plugins.module_utils._tenant import Tenant
from ansible_collections.powerops.powerplatform.plugins.plugin_utils._lookup import Answer, TenantLookup, environment_of


class LookupModule(TenantLookup):
    """The plugin."""

    own = ("environment", "trigger_name")

    def answers(self, client: Client, terms: Sequence[str], options: Mapping[str, Any]) -> Iterable[Answer]:
        trigger = options["trigger_name"]
        check_trigger(trigger)
        client.require(flow_runs.LIST_CALLBACK_URL)
        environment = environment_of(client, options["environment"], as_admin=False)
        tenant = Tenant(client)
        tenant.prefetch_things(FLOW, environment, terms, as_admin=False)
        urls: dict[str, Answer] = {}
        for term in terms:
            try:
                flow = tenant.thing(FLOW, environment, term, as_admin=False)
                if flow.id not in urls:
                    asked = KIND.url(client, Target(environment, flow, as_admin=False), trigger)
                    urls[flow.id] = asked["callback_url"]
                yield urls[flow.id]
            except UnknownReferenceError as error:
                yield error
