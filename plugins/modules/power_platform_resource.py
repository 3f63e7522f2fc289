#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: power_platform_resource
short_description: Manage any resource of the Power Platform API
version_added: 1.0.0
description:
  - Creates, changes and deletes a resource of the Power Platform API by its path, for what has no module of its own.
  - The resource is read first. What O(body) declares is compared with it, and a request is sent only where they differ.
    Members that are not declared are left alone. Lists are compared as a whole, ids in upper and lower case are the
    same, and V(null) is as good as no member.
  - After the request the resource is read again. What does not show in time fails the task.
  - A resource that is not there is one that the service answers for with C(404) and a code of its own, or with C(204),
    or one that is missing in a complete listing. An address that the service does not know, a refusal or a page that
    cannot be read is an error, and nothing is written.
  - Whether a resource can be created by C(PUT) or C(POST), and changed by C(PUT) or C(PATCH), the vendor's
    documentation of the resource tells.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.platform_address
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  path:
    description:
      - Path of the resource, as V(/environmentmanagement/environments/{environment}/settings). C({environment}) stands
        for the id of O(environment). Nothing in it is percent-encoded.
      - Exactly one of O(path) and O(find) is needed.
    type: str
  find:
    description:
      - How to find the resource in a listing, for one whose id the service chooses.
      - Several that fit are an error that lists their ids.
    type: dict
    suboptions:
      path:
        description:
          - Path of the listing. That of the resource is this one with its id behind it.
        type: str
        required: true
      where:
        description:
          - Members, with their values, that tell the resource from others of the listing, such as a display name. They
            are compared as O(body) is.
          - A new resource gets them. What O(body) or O(create_body) says otherwise of them is an error.
        type: dict
        required: true
      id_key:
        description:
          - The member of the listing that holds the id.
        type: str
        default: id
  read_at:
    description:
      - Where in the answer of the service the resource stands, as names of members and numbers of entries with dots
        between, such as V(objectResult.0). Unset, it is the whole answer.
    type: str
  body:
    description:
      - What the resource shall hold. Unset, it only has to be there.
      - What the service does not give back, such as a password, always differs. It belongs in O(create_body).
    type: dict
  create_body:
    description:
      - What a new resource gets besides O(body). It counts on creation only and is not compared.
    type: dict
  create_method:
    description:
      - How a new resource is made. Unset, it is V(put) to O(path), or V(post) to the listing of O(find).
      - V(post) needs O(find), because it would make another resource each time. For a single one there is
        M(powerops.powerplatform.power_platform_action).
    type: str
    choices: [put, post]
  update_method:
    description:
      - How a resource is changed.
    type: str
    choices: [put, patch, post]
    default: patch
  update_body:
    description:
      - What a change sends.
      - V(declared) sends O(body) as it is.
      - V(merged) sends all that the service says of the resource, with O(body) put into it, for a V(put) that replaces
        the resource as a whole.
    type: str
    choices: [declared, merged]
    default: declared
  wait:
    description:
      - Whether to wait for the end of an operation that goes on after the answer of the service (C(202)), and to read
        the resource again. The wait ends with O(deadline).
      - With V(false) nobody looks how it goes, and RV(verified) is V(false). The next run may still find the old state
        and send the change again.
    type: bool
    default: true
  state:
    description:
      - V(present) means that the resource is there and holds O(body).
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: powerops.powerplatform.power_platform_resource_info
  - module: powerops.powerplatform.power_platform_action
"""

EXAMPLES = r"""
- name: Keep an environment group, found by its name
  powerops.powerplatform.power_platform_resource:
    find:
      path: /environmentmanagement/environmentGroups
      where:
        displayName: Sales teams
    body:
      displayName: Sales teams
      description: Environments of all sales teams
    update_method: put

- name: Set two settings of an environment
  powerops.powerplatform.power_platform_resource:
    environment: Finance Production
    path: /environmentmanagement/environments/{environment}/settings
    read_at: objectResult.0
    body:
      PowerApps_AllowCodeApps: false
      PowerApps_NLSearch: false

- name: Let a group administer the roles of an environment
  powerops.powerplatform.power_platform_resource:
    find:
      path: /authorization/roleAssignments
      where:
        principalObjectId: b0000000-0000-4000-8000-000000000002
        roleDefinitionId: 95e94555-018c-447b-8691-bdac8e12211e
        scope: /tenants/11111111-2222-4333-8444-555555555555/environments/e0000000-0000-4000-8000-000000000002
      id_key: roleAssignmentId
    create_body:
      principalType: Group

- name: Remove the environment group
  powerops.powerplatform.power_platform_resource:
    find:
      path: /environmentmanagement/environmentGroups
      where:
        displayName: Sales teams
    state: absent
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the resource.
  returned: success
  type: str
  choices: [none, create, update, delete]
  sample: update
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count, and so do looks at an operation.
  returned: always
  type: dict
  sample:
    read: 3
    write: 1
    throttled: 0
    tokens: 2
drift:
  description:
    - One row for each declared member that differs, or for a resource that is missing or is to go.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: power_platform_resource
      id: resources/licensing/billingPolicies/4f0c0000-0000-4000-8000-000000000001/status
      name: /licensing/billingPolicies/4f0c0000-0000-4000-8000-000000000001
      before: Disabled
      after: Enabled
      fingerprint: 0c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: InsufficientPrincipalPermissions
facts:
  description:
    - What else was read of the resource. C(path) is where it is, percent-encoded.
  returned: success
  type: dict
  sample:
    path: /environmentmanagement/environments/5c1b0000-0000-4000-8000-000000000001/settings
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: power_platform_resource
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the task.
  returned: when O(environment_display_name) is not the present name
  type: dict
  sample:
    environment_display_name:
      declared: Finance
      actual: Finance Production
resource:
  description:
    - Where the resource is, and the declared part of it, named like the options.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  sample:
    environment: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name: Finance Production
    path: /environmentmanagement/environments/{environment}/settings
    read_at: objectResult.0
    body:
      PowerApps_NLSearch: false
    state: present
scope:
  description: Always V(admin); there is no other view.
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
  description: Whether the effect of the write was read back; V(false) with O(wait=false).
  returned: when something was written
  type: bool
  sample: true
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_resource
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.power_platform_resource import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
