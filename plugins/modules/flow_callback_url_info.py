#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_callback_url_info
short_description: Read the URL that starts a cloud flow over HTTP
version_added: 1.0.0
description:
  - Reads the URL of a trigger that waits for an HTTP request.
  - The URL is a secret, because whoever has it can start the flow. The module refuses to run, and asks nobody for
    anything, unless the task has C(no_log=true).
  - Only owners of a flow can read it, as users. It takes no application's token.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.maker
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  flow:
    description:
      - The flow, by id (a GUID) or by display name.
      - Anybody can make a second flow of the same name, so files in git should hold the id. A display name that fits
        several flows of the environment is an error that lists them.
    type: str
    required: true
  flow_display_name:
    description:
      - What the flow is called, for those who read the file. It is never followed; a different name is reported as
        RV(renamed).
    type: str
  trigger_name:
    description:
      - Name of the trigger in the definition of the flow.
    type: str
    default: manual
notes:
  - C(no_log=true) keeps the URL out of what Ansible shows and logs, not out of a registered variable. A task that uses
    the variable needs C(no_log=true) as well.
  - Where C(no_target_syslog) is set in the configuration of Ansible, modules are told the same as by C(no_log), so that
    this one cannot tell whether the task has it.
seealso:
  - module: powerops.powerplatform.flow_run_info
"""

EXAMPLES = r"""
- name: Read the URL of a flow
  powerops.powerplatform.flow_callback_url_info:
    environment: Finance Sandbox
    flow: Invoice intake
    access_tokens:
      bap: "{{ lookup('ansible.builtin.env', 'USER_TOKEN') }}"
      flow: "{{ lookup('ansible.builtin.env', 'USER_FLOW_TOKEN') }}"
  register: intake
  no_log: true
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 3
    write: 0
    throttled: 0
    tokens: 2
callback_url:
  description: The URL, a secret.
  returned: success
  type: str
  sample: https://prod-12.westeurope.logic.azure.com/workflows/abc123/triggers/manual/paths/invoke?sig=...
environment:
  description: Id of the environment.
  returned: success
  type: str
  sample: 5c1b0000-0000-4000-8000-000000000001
environment_display_name:
  description: What the environment is called.
  returned: success
  type: str
  sample: Finance Production
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: ConnectionAuthorizationFailed
flow:
  description: Id of the flow.
  returned: success
  type: str
  sample: 6b1f0000-0000-4000-8000-000000000001
flow_display_name:
  description: What the flow is called.
  returned: success
  type: str
  sample: Invoice intake
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
method:
  description: The HTTP method with which the URL is to be called; empty when the service does not say.
  returned: success
  type: str
  sample: POST
renamed:
  description: Names that differ from those in the task.
  returned: when O(flow_display_name) or O(environment_display_name) is not the present name
  type: dict
  sample:
    flow_display_name:
      declared: Invoices
      actual: Invoice intake
scope:
  description: Whose view of the tenant this is, always V(maker).
  returned: success
  type: str
  sample: maker
trigger_name:
  description: As O(trigger_name).
  returned: success
  type: str
  sample: manual
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_callback_url_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
