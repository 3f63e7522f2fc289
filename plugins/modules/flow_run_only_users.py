#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_run_only_users
short_description: Manage who may run a cloud flow and nothing else
version_added: 1.0.0
description:
  - Lets users, groups and service principals run a cloud flow and nothing else (C(CanView)), or takes that from them.
  - Only flows that somebody starts, such as those of a button, an app or a list, have run-only users. What the service
    answers for others is not established.
  - Reads the flow's permissions once and writes them at most once, however many principals are declared; then reads
    them back.
  - A co-owner who is declared here is removed first and added as run-only user then, because the service refuses to
    lower a role (C(PermissionDowngradeNotAllowed)). These are two writes, and count as a removal. In between that
    principal has no role on the flow.
  - The owner of a flow, who is its creator as a rule, can run it anyway and can never become a run-only user. To
    declare that is an error before anything is written.
  - M(powerops.powerplatform.flow_owners) manages the co-owners. One principal cannot be declared by both modules.
  - What else a flow is shared with, such as a SharePoint list, is reported and never touched.
  - Everyone in the tenant cannot be declared; it is not established that the service knows such a share of a flow.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment
  - powerops.powerplatform.members
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  flow:
    description:
      - The flow, by id (a GUID) or by display name. The id of its row in Dataverse (C(workflowid)) does as well.
      - Anybody can make a second flow of the same name, so files in git should hold the id. A display name that fits
        several flows of the environment is an error that lists them.
    type: str
    required: true
  flow_display_name:
    description:
      - What the flow is called, for those who read the file. It is never followed; a different name is reported as
        RV(renamed).
    type: str
seealso:
  - module: powerops.powerplatform.flow
  - module: powerops.powerplatform.flow_owners
  - name: Share a cloud flow
    description: What co-owners and run-only users may do.
    link: https://learn.microsoft.com/power-automate/create-team-flows
"""

EXAMPLES = r"""
- name: Let a group run a flow
  powerops.powerplatform.flow_run_only_users:
    environment: Finance Production
    flow: f0000000-0000-4000-8000-000000000017
    flow_display_name: Request approval button
    group: Finance Readers

- name: Declare the complete list of those who may run a flow
  powerops.powerplatform.flow_run_only_users:
    environment: Finance Sandbox
    flow: Expense claim button
    exclusive: true
    assignments:
      - group: Sales Team
      - user: lee@contoso.example

- name: Take it from one user
  powerops.powerplatform.flow_run_only_users:
    environment: Finance Production
    flow: Request approval button
    user: lee@contoso.example
    state: absent

- name: Remove what deleted people left behind
  powerops.powerplatform.flow_run_only_users:
    environment: Finance Production
    flow: Request approval button
    assignments: []
    remove_orphans: true
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the flow's run-only users.
  returned: success
  type: str
  choices: [none, update]
  sample: update
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 4
    write: 1
    throttled: 0
    tokens: 3
drift:
  description:
    - Each run-only user who is not as declared.
    - RV(ignore:before) is null when somebody is missing, RV(ignore:after) is null when somebody is to go. A role that
      this module does not manage stands beside the principal as C(role).
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: flow_run_only_users
      id: >-
        environments/5c1b0000-0000-4000-8000-000000000001/flows/6b1f0000-0000-4000-8000-000000000001/permissions/a1f00000-0000-4000-8000-000000000002
      name: Lee Example
      before:
      after:
        user: a1f00000-0000-4000-8000-000000000002
        principal_display_name: Lee Example
      fingerprint: 0c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: EnvironmentAccessDenied
facts:
  description:
    - What else was read of the flow.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    orphans:
      description:
        - Those of whom Microsoft Graph says that they no longer exist. It is asked where O(remove_orphans) is true and
          O(exclusive) is not.
      type: list
      elements: dict
      sample:
        - user: a1f00000-0000-4000-8000-0000000000ff
          principal_display_name: ""
    resources:
      description:
        - What the flow is shared with besides principals, such as a SharePoint list. It is reported and never touched.
      returned: when there is any
      type: list
      elements: str
      sample: [https://contoso.example/sites/finance/6b1f0000-0000-4000-8000-000000000017]
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: flow_run_only_users
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the declaration.
  returned: when O(flow_display_name) or O(environment_display_name) is not the present name
  type: dict
  sample:
    flow_display_name:
      declared: Nightly export
      actual: Nightly stock export
resource:
  description:
    - The flow's run-only users, named like the options and fit to be used as such. Owner and co-owners are not among
      them.
    - After a change as it is now, in check mode as it is before the change.
    - C(principal_display_name) is empty as a rule, for the Flow service tells object ids and no names.
  returned: success
  type: dict
  sample:
    environment: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name: Finance Production
    flow: 6b1f0000-0000-4000-8000-000000000001
    flow_display_name: Nightly stock export
    as_admin: true
    assignments:
      - user: a1f00000-0000-4000-8000-000000000002
        principal_display_name: ""
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_run_only_users import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
