#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: power_platform_action
short_description: Send one POST to the Power Platform API
version_added: 1.0.0
description:
  - Sends one C(POST) to a path of the Power Platform API, for what has no module of its own, and waits for the end of
    the operation that it begins.
  - It is sent each time the task runs, and never a second time by the task itself. Where its answer was lost the task
    fails, is said to have changed something, and says that somebody has to look.
  - In check mode nothing is sent, and the result says what would be.
  - Something that shall be in a state belongs to M(powerops.powerplatform.power_platform_resource).
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.platform_address
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.action
  - powerops.powerplatform.attributes.actiongroup
attributes:
  idempotent:
    support: none
    details:
      - Each run sends the request.
options:
  path:
    description:
      - Path of the action, as V(/environmentmanagement/environments/{environment}/governanceSetting/enableManaged).
        C({environment}) stands for the id of O(environment). Nothing in it is percent-encoded.
    type: str
    required: true
  body:
    description:
      - What is sent with it. Unset, nothing is.
    type: dict
  wait:
    description:
      - Whether to wait for the end of an operation that goes on after the answer of the service (C(202)). The wait ends
        with O(deadline).
    type: bool
    default: true
seealso:
  - module: powerops.powerplatform.power_platform_resource
  - module: powerops.powerplatform.power_platform_resource_info
"""

EXAMPLES = r"""
- name: Make an environment a managed one, and wait until it is
  powerops.powerplatform.power_platform_action:
    environment: Finance Sandbox
    path: /environmentmanagement/environments/{environment}/governanceSetting/enableManaged

- name: Have the provisioning of a billing policy looked at again
  powerops.powerplatform.power_platform_action:
    path: /licensing/billingPolicies/bb000000-0000-4000-8000-000000000001/refreshProvisioningStatus
  register: refreshed
"""

RETURN = r"""
answer:
  description:
    - What the service answered last, of the request itself or of the operation that it began. Usually a mapping; null
      for nothing.
  returned: when nothing was wrong with the options
  type: dict
  sample:
    operationId: 475a0000-0000-4000-8000-000000000001
    status: Succeeded
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count, and so do looks at the operation.
  returned: always
  type: dict
  sample:
    read: 3
    write: 1
    throttled: 0
    tokens: 2
ended:
  description:
    - Whether the service is done with it. V(false) in check mode, with O(wait=false) where it goes on, and where it
      goes on and the service names no place to ask how.
  returned: when nothing was wrong with the options
  type: bool
  sample: true
environment:
  description: Id of the environment.
  returned: when O(environment) is given and was found
  type: str
  sample: 5c1b0000-0000-4000-8000-000000000001
environment_display_name:
  description: What the environment is called.
  returned: when O(environment) is given and was found
  type: str
  sample: Finance Production
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: InsufficientPrincipalPermissions
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
method:
  description: Always V(POST).
  returned: when nothing was wrong with the options
  type: str
  sample: POST
path:
  description: The path that it was sent to or, in check mode, would be sent to, percent-encoded.
  returned: when nothing was wrong with the options
  type: str
  sample: /environmentmanagement/environments/5c1b0000-0000-4000-8000-000000000001/governanceSetting/enableManaged
renamed:
  description: Names that differ from those in the task.
  returned: when O(environment_display_name) is not the present name
  type: dict
  sample:
    environment_display_name:
      declared: Finance
      actual: Finance Production
sent:
  description: Whether it was sent; V(false) in check mode.
  returned: when nothing was wrong with the options
  type: bool
  sample: true
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_action
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.power_platform_action import KIND


def main() -> None:
    """Run the module."""
    run_action(KIND)


if __name__ == "__main__":
    main()
