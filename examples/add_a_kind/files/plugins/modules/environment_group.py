#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_group
short_description: Manage an environment group
version_added: NEXT_VERSION
description:
  - Creates, describes and deletes an environment group of the tenant.
  - Which environments belong to a group, and which group is above it, is left as it is.
  - Names are those of administrators, so that a group may be declared by name. Two groups of one name are an error that
    lists both.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  environment_group:
    description:
      - The environment group, by id (a GUID) or by name. Upper and lower case do not count.
      - A group is created under a name that does not exist yet. Its id is the choice of the service, so that an id that
        does not exist is an error.
    type: str
    required: true
  environment_group_display_name:
    description:
      - What the group was called when this was written. It is compared, and never followed; where it is not right any
        more, RV(renamed) says so.
    type: str
  description:
    description:
      - What the group is for. Unset, that of a group that exists is left as it is.
    type: str
  state:
    description:
      - V(present) means that the group is there and as declared.
      - V(absent) deletes it. The service refuses that as long as environments belong to it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: powerops.powerplatform.power_platform_resource
"""

EXAMPLES = r"""
- name: Have an environment group
  powerops.powerplatform.environment_group:
    environment_group: Field teams
    description: Those who travel

- name: Say what another one is for, whatever it is called
  powerops.powerplatform.environment_group:
    environment_group: e9000000-0000-4000-8000-000000000003
    environment_group_display_name: Personal
    description: One environment for each maker

- name: Delete an environment group
  powerops.powerplatform.environment_group:
    environment_group: Field teams
    state: absent
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the group.
  returned: success
  type: str
  choices: [none, create, update, delete]
  sample: create
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 2
    write: 1
    throttled: 0
    tokens: 1
drift:
  description:
    - What is not as declared, the description or, when it is missing or is to go, the group as a whole.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: environment_group
      id: environment_groups/4f0c2b11-6f57-4a1e-8a51-0d1e6f7a9b10/description
      name: Field teams
      before: ""
      after: Those who travel
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
  description: What else was read of the group. Empty for this kind.
  returned: success
  type: dict
  sample: {}
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: environment_group
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: The name that differs from the declared one, with both.
  returned: when it does
  type: dict
  sample:
    environment_group_display_name:
      declared: Personal
      actual: Personal productivity
resource:
  description:
    - The group, named like the options.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    environment_group:
      description: Its id; of a group that is not there, what was given.
      type: str
      sample: 4f0c2b11-6f57-4a1e-8a51-0d1e6f7a9b10
    environment_group_display_name:
      description: What it is called.
      type: str
      sample: Field teams
    description:
      description: What it is for.
      returned: when it is there
      type: str
      sample: Those who travel
    state:
      description: Whether it is there, as V(present) or V(absent).
      type: str
      sample: present
scope:
  description: Always V(admin); there is no other view of environment groups.
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.environment_group import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
