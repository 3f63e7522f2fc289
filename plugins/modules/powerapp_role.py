#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: powerapp_role
short_description: Manage who may use and edit a canvas app
version_added: 1.0.0
description:
  - Gives users, groups, service principals or everyone in the tenant a role on a canvas app, or takes it away.
  - Reads the app's role assignments once and writes them at most once, however many principals are declared; then reads
    them back.
  - The owner of the app is never changed, downgraded or removed by this module;
    M(powerops.powerplatform.powerapp) gives an app another one.
  - Groups cannot hold V(CanEdit) on an app that belongs to a solution. To declare that fails before anything is
    written.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment
  - powerops.powerplatform.assignments
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  app:
    description:
      - The canvas app, by id (a GUID) or by display name.
      - Anybody can make a second app of the same name, so files in git should hold the id. A display name that fits
        several apps of the environment is an error that lists them.
    type: str
    required: true
  app_display_name:
    description:
      - What the app is called, for those who read the file. It is never followed; a different name is reported as
        RV(renamed).
    type: str
seealso:
  - module: powerops.powerplatform.powerapp
  - module: powerops.powerplatform.powerapp_info
  - name: Share a canvas app
    description: What the roles mean.
    link: https://learn.microsoft.com/power-apps/maker/canvas-apps/share-app
"""

EXAMPLES = r"""
- name: Let one user edit an app
  powerops.powerplatform.powerapp_role:
    environment: Finance Production
    app: Expenses
    user: lee@contoso.example
    role: CanEdit

- name: Declare the complete list of those who may use an app
  powerops.powerplatform.powerapp_role:
    environment: Finance Production
    app: Expenses
    exclusive: true
    assignments:
      - group: Finance Readers
        role: CanView
      - user: lee@contoso.example
        role: CanEdit

- name: Take the share with the whole tenant away
  powerops.powerplatform.powerapp_role:
    environment: Finance Production
    app: Expenses
    everyone: true
    state: absent

- name: Remove what deleted people left behind
  powerops.powerplatform.powerapp_role:
    environment: Finance Production
    app: Expenses
    assignments: []
    remove_orphans: true
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the app's role assignments.
  returned: success
  type: str
  choices: [none, update]
  sample: update
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 3
    write: 1
    throttled: 0
    tokens: 2
drift:
  description:
    - Each assignment that is not as declared.
    - RV(ignore:before) is null when it is missing, RV(ignore:after) is null when it is to go.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: powerapp_role
      id: >-
        environments/5c1b0000-0000-4000-8000-000000000001/apps/2f6d0000-0000-4000-8000-000000000001/permissions/a1f00000-0000-4000-8000-000000000002
      name: Lee Example
      before:
      after:
        user: a1f00000-0000-4000-8000-000000000002
        principal_display_name: Lee Example
        role: CanEdit
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
  description:
    - What else was read of the app.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    orphans:
      description:
        - Assignments whose principal the service gives no name for, as it does for deleted ones. Only Microsoft Graph
          can tell for certain; see O(remove_orphans).
      type: list
      elements: dict
      sample:
        - user: a1f00000-0000-4000-8000-0000000000ff
          principal_display_name: ""
          role: CanView
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: powerapp_role
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the declaration.
  returned: when O(app_display_name) or O(environment_display_name) is not the present name
  type: dict
  sample:
    app_display_name:
      declared: Expenses
      actual: Expenses 2026
resource:
  description:
    - The app's assignments, named like the options and fit to be used as such. The owner is not among them.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  sample:
    environment: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name: Finance Production
    app: 2f6d0000-0000-4000-8000-000000000001
    app_display_name: Expenses
    as_admin: true
    assignments:
      - user: a1f00000-0000-4000-8000-000000000002
        principal_display_name: Lee Example
        role: CanEdit
scope:
  description: Whose view of the tenant this is, V(admin) or V(maker).
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.powerapp_role import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
