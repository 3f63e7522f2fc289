#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: management_application
short_description: Let an application administer Power Platform
version_added: 1.0.0
description:
  - Registers an application as a management application of Power Platform, or takes the registration away.
  - It is the first thing to do in a tenant. An application that is not registered is refused by the administrators'
    APIs, which all other modules use. One that is registered acts as a Power Platform administrator of the whole
    tenant.
  - Only a user with an administrator's role can register or remove an application; an application cannot register
    itself, nor another one. So this module needs a user's (delegated) token, of a user who is logged in to the Azure
    CLI (O(auth_method=azure_cli)) or for the service V(bap) in O(access_tokens), and fails before it sends anything
    with any other.
  - In check mode nothing but the reading is done, but the token has to be such a one all the same.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  application_id:
    description:
      - Application (client) id of the app registration in Microsoft Entra, a GUID. The object id of its service
        principal is another one.
    type: str
    required: true
  state:
    description:
      - V(present) means that the application is registered.
      - V(absent) takes its registration away. The app registration in Microsoft Entra stays as it is.
    type: str
    choices: [present, absent]
    default: present
notes:
  - The token is one for the audience V(https://service.powerapps.com/), in clouds other than the public one for the
    audience that O(audiences) would replace.
seealso:
  - module: powerops.powerplatform.management_application_info
  - module: powerops.powerplatform.access_info
  - name: Create a service principal application using API
    description: What the registration is for, and how to make it with PowerShell.
    link: https://learn.microsoft.com/power-platform/admin/powerplatform-api-create-service-principal
"""

EXAMPLES = r"""
- name: Register an application, with the token of a user who is Power Platform administrator
  powerops.powerplatform.management_application:
    access_tokens:
      bap: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    application_id: c1000000-0000-4000-8000-000000000006

- name: Take the registration of another one away
  powerops.powerplatform.management_application:
    access_tokens:
      bap: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    application_id: c1000000-0000-4000-8000-000000000003
    state: absent
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the registration.
  returned: success
  type: str
  choices: [none, create, delete]
  sample: create
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 2
    write: 1
    throttled: 0
    tokens: 0
drift:
  description:
    - The registration that is missing or is to go, if it is not as declared.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: management_application
      id: management_applications/c3f00000-0000-4000-8000-000000000001
      name: c3f00000-0000-4000-8000-000000000001
      before:
      after:
        application_id: c3f00000-0000-4000-8000-000000000001
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
  description: What else was read of the registration. Empty for this kind.
  returned: success
  type: dict
  sample: {}
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: management_application
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by access_token (auth_method auto, by what is given in the task): access_tokens from the task.
resource:
  description:
    - The registration, named like the options.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  sample:
    application_id: c3f00000-0000-4000-8000-000000000001
    state: present
scope:
  description: Always V(admin); there is no other view of registrations.
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.management_application import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
