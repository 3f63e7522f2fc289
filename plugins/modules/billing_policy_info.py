#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: billing_policy_info
short_description: List billing policies and the environments that they pay for
version_added: 1.0.0
description:
  - Lists the billing policies of the tenant, all of them or those that are chosen.
  - Rows are named like the options of M(powerops.powerplatform.billing_policy). A row without RV(ignore:facts) can be
    given to that module, and is no change there.
  - Follows every page of each listing; what cannot be read fails the task, so an answer is always complete.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  billing_policies:
    description:
      - Billing policies to list, each by id, by name or by a pattern with C(*), C(?) and C([]); unset means all. A name
        chooses every policy that bears it.
      - Upper and lower case do not count. An entry that is no pattern and fits nothing is an error.
    type: list
    elements: str
  include:
    description:
      - What else to read.
      - V(environments) adds the environments that each policy pays for, with one request or more for each policy.
    type: list
    elements: str
    choices: [environments]
    default: []
seealso:
  - module: powerops.powerplatform.billing_policy
  - module: powerops.powerplatform.environment_info
"""

EXAMPLES = r"""
- name: List all billing policies
  powerops.powerplatform.billing_policy_info:

- name: Read which environments the policies of one team pay for
  powerops.powerplatform.billing_policy_info:
    billing_policies: ["payg-*"]
    include: [environments]
  register: payg
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 4
    write: 0
    throttled: 0
    tokens: 1
billing_policies:
  description: The billing policies, ordered by name and id.
  returned: success
  type: list
  elements: dict
  contains:
    billing_policy:
      description: Its id.
      type: str
      sample: 4f0c2b11-6f57-4a1e-8a51-0d1e6f7a9b10
    name:
      description: What it is called.
      type: str
      sample: payg-finance
    status:
      description: Whether it pays, V(Enabled) or V(Disabled); V(Provisioning) while the service is at work on it.
      type: str
      sample: Enabled
    location:
      description: Geography in which it was made.
      type: str
      sample: europe
    subscription_id:
      description: Id of the Azure subscription that is billed.
      type: str
      sample: 0a1b0000-0000-4000-8000-000000000001
    resource_group:
      description: Resource group of its billing account.
      type: str
      sample: rg-power-platform
    environments:
      description: Ids, in lower case, of the environments that it pays for.
      returned: when O(include) holds V(environments)
      type: list
      elements: str
      sample:
        - 5c1b0000-0000-4000-8000-000000000001
        - 5c1b0000-0000-4000-8000-000000000002
    facts:
      description: What is no option of M(powerops.powerplatform.billing_policy).
      type: dict
      contains:
        billing_account:
          description: Id of its billing account in Azure.
          type: str
          sample: >-
            /subscriptions/0a1b0000-0000-4000-8000-000000000001/resourceGroups/rg-power-platform/providers/Microsoft.PowerPlatform/accounts/payg-finance
        created_time:
          description: When it was created, in UTC.
          type: str
          sample: "2024-05-02T09:59:23Z"
        created_by:
          description: Object id of its creator.
          type: str
          sample: a1f00000-0000-4000-8000-000000000001
        last_modified_time:
          description: When it was last modified, in UTC.
          type: str
          sample: "2024-05-02T09:59:23Z"
complete:
  description: Always V(true); a listing that is not complete fails the task.
  returned: success
  type: bool
  sample: true
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: Forbidden
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.billing_policy_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
