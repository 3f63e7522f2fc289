#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: login_info
short_description: Log in once for many tasks
version_added: 1.0.0
description:
  - Logs in, by whatever way the options and the environment say, and returns the options by which all tasks that follow
    use the same tokens. Without it each task logs in by itself, or finds its token in O(token_cache_path).
  - Asks the login service only. No token is sent to a service, so that nothing is said about what the identity may do;
    that is told by M(powerops.powerplatform.access_info).
  - The tokens are secrets, because whoever has them can act as the identity until they end. The module refuses to run,
    and asks nobody for anything, unless the task has C(no_log=true). Where C(no_target_syslog) is set in the
    configuration of Ansible it cannot tell, and runs without it.
  - Such tokens cannot be renewed. A play that takes longer than they last, most of the time about an hour, logs in
    again in between, or better uses O(token_cache_path). Tokens that were kept before this task (O(token_cache_path),
    V(azure_cli), V(managed_identity)) end sooner, in little more than five minutes at worst; C(expires_at) tells.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  services:
    description:
      - Services to get tokens for. V(bap) and V(powerapps) have one in common.
      - Creating connections takes one for V(power_platform) as well, which is not among the default ones, because in
        many tenants it is not known until somebody adds its enterprise application.
    type: list
    elements: str
    choices: [bap, powerapps, flow, power_platform, graph]
    default: [bap, powerapps, flow, graph]
  organization_urls:
    description:
      - Organisations of Dataverse to get tokens for, by URL, such as V(https://contoso.crm4.dynamics.com).
        M(powerops.powerplatform.environment_info) tells that of each environment as C(url). Custom connectors, and
        flows of solutions, take such a token.
    type: list
    elements: str
    default: []
notes:
  - C(no_log=true) keeps the tokens out of what Ansible shows and logs, not out of the registered variable. The tasks
    that get them in C(module_defaults) need no C(no_log), because O(access_tokens) is hidden in whatever they show. A
    task that prints or templates the variable itself does.
  - Where C(no_target_syslog) is set in the configuration of Ansible, modules are told the same as by C(no_log). A task
    without C(no_log) shows its tokens there.
  - A block gives C(module_defaults) to all of its tasks. The login itself stands outside of it, because in it there
    would be no new tokens.
  - Without C(async). Ansible would keep the result, tokens included, in a file that others may read.
  - O(proxy) is not returned, because it may hold a password. Set it for the other tasks as well, or in the environment.
seealso:
  - module: powerops.powerplatform.access_info
  - module: powerops.powerplatform.environment_info
"""

EXAMPLES = r"""
- name: Log in once
  powerops.powerplatform.login_info:
    services: [bap, powerapps, flow, graph]
    organization_urls: [https://contosofin.crm4.dynamics.com]
  register: session
  no_log: true

- name: Look at what the tokens can read
  powerops.powerplatform.access_info:
    services: [bap, graph]
  module_defaults:
    group/powerops.powerplatform.all: "{{ session.module_defaults }}"

- name: Stop here unless this is the application that it should be
  ansible.builtin.assert:
    that: session.identities | map(attribute='application_id') | unique == ['c1000000-0000-4000-8000-000000000001']
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 0
    write: 0
    throttled: 0
    tokens: 3
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: TokenError
expires_at:
  description:
    - When the first of the tokens ends, in UTC. Null when none of them says so.
  returned: success
  type: str
  sample: "2026-05-04T09:30:00Z"
identities:
  description: Whose token it is, for each service and organisation.
  returned: success
  type: list
  elements: dict
  contains:
    application_id:
      description: Application (client) id that the token was issued to.
      type: str
      sample: c1000000-0000-4000-8000-000000000001
    audience:
      description: What the token is for, as it says itself.
      type: str
      sample: https://service.flow.microsoft.com/
    expires_at:
      description: When the token ends, in UTC. Null when it does not say so.
      type: str
      sample: "2026-05-04T09:30:00Z"
    kind:
      description: V(application) or V(delegated), which is a user's.
      type: str
      sample: application
    name:
      description: What the user or application is called.
      type: str
      sample: runner
    object_id:
      description: Object id of the user or service principal.
      type: str
      sample: c0000000-0000-4000-8000-000000000001
    service:
      description: As in O(services), or V(dataverse).
      type: str
      sample: flow
    tenant_id:
      description: Id of the tenant.
      type: str
      sample: 11111111-2222-4333-8444-555555555555
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
module_defaults:
  description:
    - Options for C(group/powerops.powerplatform.all) in C(module_defaults). Secrets, because of the tokens.
    - Besides C(access_tokens) there are those of connecting that were given to this task or by its environment, such as
      C(cloud) and C(base_url). What it logged in with is not among them, nor are O(timeout) and O(deadline).
    - A task that is given a credential of its own besides fails, unless it says in O(auth_method) which one is meant.
  returned: success
  type: dict
  sample:
    access_tokens:
      flow: eyJ0eXAi...
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.login_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
