#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: access_info
short_description: Find out what the identity at hand can read, and what it lacks
version_added: 1.0.0
description:
  - Asks each service, and in each chosen environment, for the first item of a listing, and says what came of it.
  - Where the answer is a refusal, it names the registration, role or permission that is missing and how to grant it.
  - Only GET requests are sent. Nothing is ever written to find out whether it could be.
  - A refusal is a result here, not a failure of the task; RV(readable) says whether everything could be read.
  - Environments are found by listing them. Where that is refused, RV(access) holds the row of that listing; those that
    O(environments) gives by id are asked all the same.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.selection
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  services:
    description:
      - The services to ask. V(bap) lists environments, V(powerapps) apps, V(flow) flows, V(graph) users, groups and
        service principals in Microsoft Graph.
    type: list
    elements: str
    choices: [bap, powerapps, flow, graph]
    default: [bap, powerapps, flow, graph]
seealso:
  - module: powerops.powerplatform.login_info
  - module: powerops.powerplatform.environment_info
"""

EXAMPLES = r"""
- name: See what this identity can read
  powerops.powerplatform.access_info:
  register: access

- name: Stop here when something is missing
  ansible.builtin.assert:
    that: access.readable
    fail_msg: "{{ access.access | rejectattr('readable') | map(attribute='remedy') | unique | list }}"
"""

RETURN = r"""
access:
  description: One row for each service and environment that was asked.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: The service.
      type: str
      sample: powerapps
    operation:
      description: The operation that was tried.
      type: str
      sample: Get-AdminApps
    permission:
      description: What the operation needs.
      type: str
      sample: Power Platform administrator or administrator of the environment
    environment:
      description: Id of the environment that was asked; null for a question to the whole tenant.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name:
      description: Its display name.
      type: str
      sample: Finance Production
    readable:
      description: V(true) or V(false); null when another error than a refusal leaves it open.
      type: bool
      sample: true
    status:
      description: HTTP status of a refusal, else null.
      type: int
      sample: 403
    code:
      description: The service's own error code.
      type: str
      sample: Forbidden
    message:
      description: The service's own message.
      type: str
      sample: ""
    remedy:
      description: What to do about it, with the command that grants what is missing.
      type: str
      sample: ""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 8
    write: 0
    throttled: 0
    tokens: 3
error:
  description: What went wrong, as data.
  returned: failure
  type: dict
  sample:
    type: OptionError
identities:
  description: Who the identity is for each service, from its token.
  returned: success
  type: list
  elements: dict
  sample:
    - service: powerapps
      kind: application
      tenant_id: 7d1e0000-0000-4000-8000-000000000001
      object_id: b2f00000-0000-4000-8000-000000000001
      application_id: c3f00000-0000-4000-8000-000000000001
      name: powerops-runner
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
readable:
  description: Whether every row is readable.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.access_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
