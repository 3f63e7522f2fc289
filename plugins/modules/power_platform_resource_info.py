#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: power_platform_resource_info
short_description: Read any resource of the Power Platform API
version_added: 1.0.0
description:
  - Reads a resource of the Power Platform API by its path, or everything that a listing of it has, for what has no
    module of its own.
  - Follows every page of a listing; a page that cannot be read fails the task, so an answer is always complete.
  - It sends C(GET) alone. What the API answers to a C(POST), such as a query over all resources, takes
    M(powerops.powerplatform.power_platform_action).
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.platform_address
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  path:
    description:
      - Path of the resource or of the listing, as V(/licensing/tenantCapacity). C({environment}) stands for the id of
        O(environment). Nothing in it is percent-encoded.
    type: str
    required: true
  listing:
    description:
      - Whether the path is that of a listing, of which RV(resources) shall hold every item.
    type: bool
    default: false
  read_at:
    description:
      - Where in the answer of the service the resource stands, as names of members and numbers of entries with dots
        between, such as V(objectResult.0). Unset, it is the whole answer.
      - Not with O(listing=true).
    type: str
seealso:
  - module: powerops.powerplatform.power_platform_resource
  - module: powerops.powerplatform.power_platform_action
"""

EXAMPLES = r"""
- name: Read how much storage the tenant has left
  powerops.powerplatform.power_platform_resource_info:
    path: /licensing/tenantCapacity
  register: capacity

- name: List the environment groups
  powerops.powerplatform.power_platform_resource_info:
    path: /environmentmanagement/environmentGroups
    listing: true
  register: groups

- name: Read the settings of an environment
  powerops.powerplatform.power_platform_resource_info:
    environment: Finance Production
    path: /environmentmanagement/environments/{environment}/settings
    read_at: objectResult.0
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 1
    write: 0
    throttled: 0
    tokens: 1
complete:
  description: Always V(true); a listing that is not complete fails the task.
  returned: success
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
path:
  description: The path that was asked for, percent-encoded.
  returned: success
  type: str
  sample: /environmentmanagement/environments/5c1b0000-0000-4000-8000-000000000001/settings
renamed:
  description: Names that differ from those in the task.
  returned: when O(environment_display_name) is not the present name
  type: dict
  sample:
    environment_display_name:
      declared: Finance
      actual: Finance Production
resources:
  description:
    - The resource as the service says it, as the only item; no item when there is no such resource.
    - With O(listing=true) every item of the listing.
    - Items are mappings, but for what stands at O(read_at), which may be anything.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5c1b0000-0000-4000-8000-000000000001
      tenantId: 7d1e0000-0000-4000-8000-000000000001
      PowerApps_NLSearch: true
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.power_platform_resource_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
