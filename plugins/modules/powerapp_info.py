#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: powerapp_info
short_description: List canvas apps, their owners and who may use them
version_added: 1.0.0
description:
  - Lists the canvas apps of all environments that the identity administers, or of those that are chosen.
  - Follows every page of each listing. An environment that cannot be read never looks empty; it fails the task, or is
    listed in RV(unknown).
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.selection
  - powerops.powerplatform.survey
  - powerops.powerplatform.survey.looking
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  apps:
    description:
      - Apps to list, each by id, by display name or by a pattern with C(*), C(?) and C([]); unset means all. A display
        name chooses every app that bears it.
      - Upper and lower case do not count. An entry that is no pattern and fits no app is an error. Where an environment
        could not be read or is not applicable it is a warning, and nothing where O(owners) is set.
    type: list
    elements: str
  roles:
    description:
      - How to find out who holds which role, where O(include) asks for it.
      - V(read) asks for the roles of every app.
      - V(from_counts) does not ask about apps that are shared with nobody, as the service counts it, and leaves their
        roles empty. That can save most of the requests. The counts lag behind, so that every row, and
        RV(roles_complete), then says that the roles are not complete. It is good for an overview. Nothing that removes
        roles, or audits them, may rely on it.
    type: str
    choices: [read, from_counts]
    default: read
seealso:
  - module: powerops.powerplatform.powerapp
  - module: powerops.powerplatform.powerapp_role
"""

EXAMPLES = r"""
- name: List the apps whose owner has left
  powerops.powerplatform.powerapp_info:
    owner_states: [disabled, deleted]
  register: abandoned

- name: List who may use the apps of the finance department
  powerops.powerplatform.powerapp_info:
    environments: ["Finance*"]
    include: [roles]

- name: List all apps of one owner, also when an environment cannot be read
  powerops.powerplatform.powerapp_info:
    owners: [kim@contoso.example]
    on_error: report
    expected_unreadable:
      - environment: Sales
        reason: Moves to another tenant
        expires: "2099-12-31"
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 9
    write: 0
    throttled: 0
    tokens: 2
complete:
  description:
    - Whether every chosen environment, and all roles that were asked for, could be read. V(false) only with
      O(on_error=report) or O(expected_unreadable).
    - Environments in RV(not_applicable) do not count against it.
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
not_applicable:
  description:
    - Environments in which there is nothing to read now, because they are being provisioned, are disabled, or belong to
      Microsoft 365 Copilot, which closes them to administrators.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000006
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Brand New
    reason:
      description: Why.
      type: str
      sample: "Environment Brand New is not ready: its provisioning state is Provisioning."
powerapps:
  description: The apps, ordered by environment, name and id.
  returned: success
  type: list
  elements: dict
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
    description:
      description: Its description, empty when there is none.
      type: str
      sample: ""
    owner:
      description: Its owner; null when the service names none.
      type: dict
      contains:
        id:
          description: Object id, in lower case.
          type: str
          sample: a1f00000-0000-4000-8000-000000000001
        display_name:
          description: Display name; empty for one who no longer exists.
          type: str
          sample: Ada Example
        user_principal_name:
          description: User principal name, or the mail address where the service gives no such name; may be empty.
          type: str
          sample: ada@contoso.example
        type:
          description: Type of the principal, as the service spells it.
          type: str
          sample: User
        state:
          description:
            - What became of the owner, in the words of O(owner_states); null where the directory knows no such id.
          returned: when O(include) holds V(owner_state) or O(owner_states) is set
          type: str
          sample: enabled
    app_type:
      description: What sort of app it is, as the service spells it.
      type: str
      sample: ClassicCanvasApp
    in_solution:
      description: Whether it belongs to a solution.
      type: bool
      sample: false
    status:
      description: What the service says of it.
      type: str
      sample: Ready
    created_time:
      description: When it was created, in UTC.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    last_modified_time:
      description: When it was last modified, in UTC.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    last_published_time:
      description: When it was last published, in UTC; empty when it never was.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    shared_users_count:
      description: With how many users it is shared, as the service counts. The count lags behind.
      type: int
      sample: 2
    shared_groups_count:
      description: With how many groups it is shared, as the service counts. The count lags behind.
      type: int
      sample: 1
    connectors:
      description: Ids of the connectors that it uses, in lower case.
      type: list
      elements: str
      sample: [shared_sharepointonline]
    roles:
      description:
        - Who holds which role, the owner included. Null when it could not be read.
        - The entries name principals like the options of M(powerops.powerplatform.powerapp_role) do.
        - RV(ignore:orphaned) means that the service gives no name for the principal, as it does for deleted ones.
      returned: when O(include) holds V(roles)
      type: list
      elements: dict
      sample:
        - user: a1f00000-0000-4000-8000-000000000001
          principal_display_name: Ada Example
          role: Owner
          orphaned: false
        - user: a1f00000-0000-4000-8000-0000000000ff
          principal_display_name: ""
          role: CanView
          orphaned: true
    roles_complete:
      description: Whether RV(ignore:roles) is the complete list. Never so with O(roles=from_counts).
      returned: when O(include) holds V(roles)
      type: bool
      sample: true
roles_complete:
  description:
    - Whether the roles of every row are complete.
    - Never so with O(roles=from_counts), unless there is no app.
  returned: when O(include) holds V(roles)
  type: bool
  sample: true
scope:
  description: Whose view of the tenant this is, V(admin) or V(maker).
  returned: success
  type: str
  sample: admin
unknown:
  description: What could not be read, and is therefore not known to be empty. One entry for each error.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000009
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Legacy
    app:
      description: Id of the app whose roles could not be read.
      returned: when it is not the whole environment that is unknown
      type: str
      sample: 2f6d0000-0000-4000-8000-000000000001
    expected:
      description: Whether O(expected_unreadable) covers it.
      type: bool
      sample: true
    reason:
      description: The reason that is given there, else null.
      type: str
      sample: Belongs to another team
    expires:
      description: The last day on which that entry counts, else null.
      type: str
      sample: "2026-12-31"
    error:
      description: What went wrong, as type, message and remedy. Of a refusal it holds status, code and correlation ids.
      type: dict
      sample:
        type: PermissionDeniedError
        status: 403
        code: Forbidden
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.powerapp_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
