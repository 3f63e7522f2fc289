#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_info
short_description: List the environments of a tenant
version_added: 1.0.0
description:
  - Lists all environments that the identity administers, or those that are chosen.
  - Follows every page of the listing; a page that cannot be read fails the task, so an answer is always complete.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.selection
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  include:
    description:
      - V(platform) adds what the Power Platform API knows of each environment and the Business Application Platform
        does not, as RV(environments[].platform). It takes one more listing, and another permission.
    type: list
    elements: str
    choices: [platform]
    default: []
  as_admin:
    description:
      - V(true) lists what the identity administers.
      - V(false) lists what the signed-in user may see; it needs a delegated token.
    type: bool
    default: true
seealso:
  - module: powerops.powerplatform.access_info
  - plugin: powerops.powerplatform.environment
    plugin_type: lookup
  - plugin: powerops.powerplatform.tenant
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: List all environments
  powerops.powerplatform.environment_info:
  register: all_environments

- name: List production environments that are not of the finance department
  powerops.powerplatform.environment_info:
    environment_types: [Production]
    exclude: ["Finance*"]

- name: List environments with what the Power Platform API knows of them
  powerops.powerplatform.environment_info:
    include: [platform]
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
environments:
  description: The environments, ordered by name and id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The environment's id, a GUID or C(Default-<tenant id>).
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001
    display_name:
      description: Its display name.
      type: str
      sample: Finance Production
    description:
      description: Its description, empty when there is none.
      type: str
      sample: ""
    type:
      description: Its type, as the service spells it.
      type: str
      sample: Production
    is_default:
      description: Whether it is the tenant's default environment.
      type: bool
      sample: false
    location:
      description: Its geography.
      type: str
      sample: europe
    region:
      description: Its Azure region.
      type: str
      sample: westeurope
    provisioning_state:
      description: What the service says of its provisioning.
      type: str
      sample: Succeeded
    ready:
      description: Whether things in it can be managed now.
      type: bool
      sample: true
    not_ready_reason:
      description: Why they cannot, empty when they can.
      type: str
      sample: ""
    created_time:
      description: When it was created, in UTC.
      type: str
      sample: "2024-01-30T08:00:00Z"
    created_by:
      description: Object id of its creator, or V(SYSTEM).
      type: str
      sample: a1f00000-0000-4000-8000-000000000001
    protection_level:
      description: V(Standard) for a managed environment, else V(Basic).
      type: str
      sample: Basic
    environment_group_id:
      description: Id of its environment group, empty when it is in none.
      type: str
      sample: ""
    billing_policy_id:
      description: Id of its billing policy, empty when it has none.
      type: str
      sample: ""
    dataverse:
      description: Its Dataverse organisation; null when it has none.
      type: dict
      sample:
        organization_id: 7f000000-0000-4000-8000-000000000001
        unique_name: unq7f
        domain_name: contosofin
        url: https://contosofin.crm4.dynamics.com
        api_url: https://contosofin.api.crm4.dynamics.com
        version: 9.2.24011.00190
        state: Ready
    platform:
      description:
        - What the Power Platform API knows of it, as the service spells it; empty texts for what it does not say. Null
          when that API does not list the environment for this identity.
        - Only where O(include) holds V(platform).
      type: dict
      contains:
        state:
          description: What it can be used for now.
          type: str
          sample: Ready
        geo:
          description: Its geography.
          type: str
          sample: europe
        cluster_category:
          description: The kind of cluster that it is on.
          type: str
          sample: Prod
        environment_group_id:
          description: Id of its environment group, empty when it is in none.
          type: str
          sample: ""
        connected_group_id:
          description: Id of the group that it is connected to.
          type: str
          sample: ""
        security_group_id:
          description: Id of the security group whose members may enter it; empty when everybody may.
          type: str
          sample: ""
        created_for:
          description: Whom it was created for.
          type: str
          sample: ""
        admin_mode:
          description: Whether only administrators may enter it.
          type: str
          sample: Disabled
        background_operations_state:
          description: Whether background operations run in it.
          type: str
          sample: Enabled
        retention_period:
          description: How long its backups are kept.
          type: str
          sample: P7D
        deleted_time:
          description: When it was deleted, in UTC; empty when it was not.
          type: str
          sample: ""
        scenario:
          description: Name of the scenario that it was made for.
          type: str
          sample: ""
        enterprise_policies:
          description: Its enterprise policies by their kind, each with C(id) and C(status).
          type: dict
          sample: {}
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
scope:
  description: Whose view of the tenant this is, V(admin) or V(maker).
  returned: success
  type: str
  sample: admin
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.environment_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
