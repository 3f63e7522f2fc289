#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: powerapp
short_description: Manage the owner of a canvas app, or delete the app
version_added: 1.0.0
description:
  - Gives a canvas app a new owner, or deletes the app.
  - No API creates canvas apps. O(state=present) means that the app must be there; a missing one is an error.
  - An app has exactly one owner. M(powerops.powerplatform.powerapp_role) manages everybody else, and never the owner.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment
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
  owner:
    description:
      - The user who shall own the app, by object id (a GUID) or by user principal name; a mail address is tried when no
        such name exists. Names are looked up in Microsoft Graph, object ids are not.
      - Unset, the owner is left as it is. It cannot be combined with O(state=absent).
      - Only administrators can set an owner, so that this needs O(as_admin=true).
      - Where the app belongs to a solution, the service may refuse with the error C(0x80040299). It means that the new
        owner lacks the Dataverse privilege C(prvReadCanvasApp) in that environment.
    type: str
  owner_display_name:
    description:
      - What the owner is called, for those who read the file. It is never followed; where the directory says otherwise,
        a warning says so. It needs O(owner).
    type: str
  role_for_old_owner:
    description:
      - The role that the old owner keeps when O(owner) takes the app over. It needs O(owner).
      - Without it, the service takes all access to the app from the old owner. In check mode RV(drift) shows what the
        old owner loses or keeps, and so does the diff.
      - It is given at the moment of the change only. Where O(owner) owns the app already, it changes nothing; use
        M(powerops.powerplatform.powerapp_role) to declare a lasting role.
    type: str
    choices: [CanView, CanViewWithShare, CanEdit]
  protected_principals:
    description:
      - Users, groups or service principals by object id, or users by user principal name, who never lose all access to
        the app by a change of its owner. Where one of them is the old owner, O(role_for_old_owner) is needed.
      - Unset, this is the identity that runs. A list stands in its place; an empty list protects nobody.
    type: list
    elements: str
  state:
    description:
      - V(present) means that the app must be there, and that O(owner) owns it, if given.
      - V(absent) deletes the app, whoever uses it. For a while the service keeps it in its list of deleted apps, from
        which an administrator can restore it; this module does not look at that list.
      - With V(absent) an app that is not found is as declared, so that a misspelt name goes unnoticed. With
        O(as_admin=false) a warning says that an app which is not visible may be there all the same.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: powerops.powerplatform.powerapp_role
  - module: powerops.powerplatform.powerapp_info
  - name: Manage apps as an administrator
    description: What else an administrator can do with an app.
    link: https://learn.microsoft.com/power-platform/admin/admin-manage-apps
"""

EXAMPLES = r"""
- name: Give an app a new owner, and let the old one go on editing it
  powerops.powerplatform.powerapp:
    environment: Finance Production
    app: aa000000-0000-4000-8000-000000000011
    app_display_name: Expenses
    owner: kim@contoso.example
    role_for_old_owner: CanEdit

- name: Fail unless an app is there
  powerops.powerplatform.powerapp:
    environment: Finance Production
    app: Old Timesheets

- name: Delete an app
  powerops.powerplatform.powerapp:
    environment: Plain Canvas
    app: aa000000-0000-4000-8000-000000000051
    app_display_name: Visitor Book
    state: absent
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the app.
  returned: success
  type: str
  choices: [none, update, delete]
  sample: update
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 4
    write: 1
    throttled: 0
    tokens: 2
drift:
  description:
    - The owner who is not as declared, what the old owner loses or keeps, or the app that is to go.
    - RV(ignore:after) is null for what is to go.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: powerapp
      id: environments/5c1b0000-0000-4000-8000-000000000001/apps/2f6d0000-0000-4000-8000-000000000001/owner
      name: Expenses
      before:
        owner: a1f00000-0000-4000-8000-000000000001
        owner_display_name: Ada Example
      after:
        owner: a1f00000-0000-4000-8000-000000000002
        owner_display_name: Kim Example
      fingerprint: 0c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
    - kind: powerapp
      id: >-
        environments/5c1b0000-0000-4000-8000-000000000001/apps/2f6d0000-0000-4000-8000-000000000001/permissions/a1f00000-0000-4000-8000-000000000001
      name: Ada Example
      before:
        user: a1f00000-0000-4000-8000-000000000001
        principal_display_name: Ada Example
        role: Owner
      after:
        user: a1f00000-0000-4000-8000-000000000001
        principal_display_name: Ada Example
        role: CanEdit
      fingerprint: 1c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: Forbidden
facts:
  description: What else was read of the app. Empty for this kind.
  returned: success
  type: dict
  sample: {}
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: powerapp
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
    - The app, named like the options.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    environment:
      description: Id of the environment.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Finance Production
    app:
      description: Id of the app.
      type: str
      sample: 2f6d0000-0000-4000-8000-000000000001
    app_display_name:
      description: What the app is called.
      type: str
      sample: Expenses
    as_admin:
      description: As O(as_admin).
      type: bool
      sample: true
    owner:
      description: Object id of the owner.
      returned: when the app is there and O(as_admin=true)
      type: str
      sample: a1f00000-0000-4000-8000-000000000002
    owner_display_name:
      description: What the owner is called; empty for one who no longer exists.
      returned: when the app is there and O(as_admin=true)
      type: str
      sample: Kim Example
    state:
      description: Whether the app is there, as V(present) or V(absent).
      type: str
      sample: present
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.powerapp import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
