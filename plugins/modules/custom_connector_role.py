#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: custom_connector_role
short_description: Manage who may use and edit a custom connector
version_added: 1.0.0
description:
  - Gives users, groups, service principals or everyone in the tenant a role on a custom connector, or takes it away.
  - Reads the connector's role assignments once and writes them at most once, however many principals are declared;
    then reads them back.
  - The owner of a custom connector is whoever created it, for good. This module never changes, downgrades or removes
    it.
  - Built-in connectors have no roles; data policies decide about them.
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
  connector:
    description:
      - The custom connector, by id or by display name. A text that begins with V(shared_) is an id and never a name.
      - Anybody can make a second connector of the same name, so files in git should hold the id. A display name that
        fits several custom connectors of the environment is an error that lists them.
    type: str
    required: true
  connector_display_name:
    description:
      - What the connector is called, for those who read the file. It is never followed; a different name is reported as
        RV(renamed).
    type: str
seealso:
  - module: powerops.powerplatform.connector_info
  - name: Share a custom connector
    description: What sharing a connector means.
    link: https://learn.microsoft.com/connectors/custom-connectors/share
"""

EXAMPLES = r"""
- name: Let one user use a custom connector
  powerops.powerplatform.custom_connector_role:
    environment: Finance Production
    connector: shared_expenses-5f0629412a7d1fe83e-5f6f049093c9b7a698
    connector_display_name: Expenses
    user: lee@contoso.example
    role: CanView

- name: Declare the complete list of those who may use a custom connector
  powerops.powerplatform.custom_connector_role:
    environment: Finance Production
    connector: Expenses
    exclusive: true
    assignments:
      - group: Finance Readers
        role: CanView
      - user: kim@contoso.example
        role: CanEdit

- name: Remove what deleted people left behind
  powerops.powerplatform.custom_connector_role:
    environment: Finance Production
    connector: Warehouse
    assignments: []
    remove_orphans: true
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the connector's role assignments.
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
    - Each assignment that is not as declared.
    - RV(ignore:before) is null when it is missing, RV(ignore:after) is null when it is to go.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: custom_connector_role
      id: >-
        environments/5c1b0000-0000-4000-8000-000000000001/connectors/shared_expenses-5f0629412a-5f6f049093/permissions/a1f00000-0000-4000-8000-000000000002
      name: Lee Example
      before:
      after:
        user: a1f00000-0000-4000-8000-000000000002
        principal_display_name: Lee Example
        role: CanView
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
    - What else was read of the connector.
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
  sample: custom_connector_role
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the declaration.
  returned: when O(connector_display_name) or O(environment_display_name) is not the present name
  type: dict
  sample:
    connector_display_name:
      declared: Expenses (old)
      actual: Expenses
resource:
  description:
    - The connector's assignments, named like the options and fit to be used as such. The owner is not among them.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  sample:
    environment: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name: Finance Production
    connector: shared_expenses-5f0629412a-5f6f049093
    connector_display_name: Expenses
    as_admin: true
    assignments:
      - user: a1f00000-0000-4000-8000-000000000002
        principal_display_name: Lee Example
        role: CanView
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.custom_connector_role import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
