#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: billing_policy
short_description: Manage a billing policy and the environments that it pays for
version_added: 1.0.0
description:
  - Creates, changes and deletes a billing policy of the tenant, by which environments are paid for as they go, and says
    which environments those are.
  - What is not declared is left as it is. Environments are only ever added, unless O(exclusive=true).
  - Location, subscription and resource group are fixed when a policy is made. A declaration of others is an error.
  - Names are those of administrators, so that policies and environments may be declared by name. Two policies of one
    name are an error that lists both, and neither a new policy nor O(name) makes a second one.
  - While the service is provisioning a policy, its status is not known yet. The module waits until that is over, at
    most until O(deadline) and in check mode as well.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  billing_policy:
    description:
      - The billing policy, by id (a GUID) or by name. Upper and lower case do not count.
      - A policy is created under a name that does not exist yet. Its id is the choice of the service, so that an id
        that does not exist is an error.
    type: str
    required: true
  name:
    description:
      - What the policy shall be called. To rename one, give its id in O(billing_policy).
      - A name that another policy bears is an error.
    type: str
  location:
    description:
      - Geography in which the policy is made, and from which its environments have to be, such as V(europe).
      - Needed for a policy that does not exist yet. It cannot be changed.
    type: str
  subscription_id:
    description:
      - Id of the Azure subscription that is billed, a GUID.
      - Needed for a policy that does not exist yet. It cannot be changed.
    type: str
  resource_group:
    description:
      - Resource group of that subscription in which the billing account is made.
      - Needed for a policy that does not exist yet. It cannot be changed.
    type: str
  status:
    description:
      - Whether the policy pays. Unset, a new policy is V(Enabled), and the status of one that exists is left as it is.
    type: str
    choices: [Enabled, Disabled]
  environments:
    description:
      - Environments that the policy pays for, each by id (a GUID or C(Default-<tenant id>)), by V(~default) or by
        display name. A display name that fits several environments is an error that lists them.
      - They are added to those that it pays for already. Ids are not looked up; one that does not exist is refused by
        the service when it is to be added.
      - An environment has one policy at most. One that another policy pays for is an error, unless O(move=true), and so
        is one that several items of a call declare for different policies.
    type: list
    elements: str
  exclusive:
    description:
      - V(true) removes the environments that are not declared. Nobody pays for these any more. It needs
        O(environments), which may be empty.
    type: bool
    default: false
  move:
    description:
      - V(true) takes declared environments from the policies that pay for them by now. Each counts as a removal.
      - Where the service does not move an environment by itself, which is not established, it is taken from its policy
        and then added. If adding fails, it is given back.
    type: bool
    default: false
  max_removals:
    description:
      - Fail, before anything is written, when more environments and policies than this would be taken away. V(-1)
        lifts the limit.
      - A policy that is deleted counts, and so does each environment that it pays for.
    type: int
    default: 20
  state:
    description:
      - V(present) means that the policy is there and as declared.
      - V(absent) deletes it. Nobody pays for its environments as they go any more, and a warning says so.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: powerops.powerplatform.billing_policy_info
  - module: powerops.powerplatform.environment_info
  - name: Set up a pay-as-you-go plan
    description: What billing policies are for, and what the subscription needs.
    link: https://learn.microsoft.com/power-platform/admin/pay-as-you-go-set-up
"""

EXAMPLES = r"""
- name: Have a billing policy that pays for two environments
  powerops.powerplatform.billing_policy:
    billing_policy: payg-finance
    location: europe
    subscription_id: 5b000000-0000-4000-8000-000000000001
    resource_group: rg-power-platform
    environments: [Finance Production, Finance Sandbox]

- name: Let it pay for these and no others, whoever paid for them before
  powerops.powerplatform.billing_policy:
    billing_policy: payg-finance
    environments:
      - Finance Production
      - e0000000-0000-4000-8000-000000000003
    exclusive: true
    move: true

- name: Rename a billing policy, and let it pay again
  powerops.powerplatform.billing_policy:
    billing_policy: bb000000-0000-4000-8000-000000000002
    name: payg-americas
    status: Enabled

- name: Delete a billing policy
  powerops.powerplatform.billing_policy:
    billing_policy: payg-trial
    state: absent
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the policy.
  returned: success
  type: str
  choices: [none, create, update, delete]
  sample: create
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 6
    write: 2
    throttled: 0
    tokens: 2
drift:
  description:
    - What is not as declared, one entry for the name, the status and each environment that differs. It is the policy as
      a whole when that is missing or is to go.
    - RV(ignore:before) is null when something is missing, RV(ignore:after) is null when it is to go. Of an environment
      that another policy pays for, RV(ignore:before) names that one.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: billing_policy
      id: billing_policies/4f0c2b11-6f57-4a1e-8a51-0d1e6f7a9b10/environments/5c1b0000-0000-4000-8000-000000000001
      name: Finance Production
      before:
      after:
        environment: 5c1b0000-0000-4000-8000-000000000001
        environment_display_name: Finance Production
      fingerprint: 0c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: Forbidden
facts:
  description: What else was read of the policy. Empty for this kind.
  returned: success
  type: dict
  sample: {}
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: billing_policy
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
resource:
  description:
    - The policy, named like the options.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    billing_policy:
      description: Its id; of a policy that is not there, what was given.
      type: str
      sample: 4f0c2b11-6f57-4a1e-8a51-0d1e6f7a9b10
    name:
      description: What it is called.
      returned: when it is there
      type: str
      sample: payg-finance
    location:
      description: Geography in which it was made.
      returned: when it is there
      type: str
      sample: europe
    subscription_id:
      description: Id of the Azure subscription that is billed.
      returned: when it is there
      type: str
      sample: 0a1b0000-0000-4000-8000-000000000001
    resource_group:
      description: Resource group of its billing account.
      returned: when it is there
      type: str
      sample: rg-power-platform
    status:
      description: Whether it pays, V(Enabled) or V(Disabled).
      returned: when it is there
      type: str
      sample: Enabled
    environments:
      description: Ids, in lower case, of all environments that it pays for.
      returned: when it is there and O(environments) was given
      type: list
      elements: str
      sample:
        - 5c1b0000-0000-4000-8000-000000000001
        - 5c1b0000-0000-4000-8000-000000000002
    state:
      description: Whether it is there, as V(present) or V(absent).
      type: str
      sample: present
scope:
  description: Always V(admin); there is no other view of billing policies.
  returned: success
  type: str
  sample: admin
status:
  description: What came of the declaration.
  returned: success
  type: str
  choices: [ok, planned, changed, failed, not_applicable]
  sample: changed
verified:
  description: Whether the effect of the write was read back.
  returned: when something was written
  type: bool
  sample: true
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_resource
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.billing_policy import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
