#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connector_info
short_description: List connectors, and who may use the custom ones
version_added: 1.0.0
description:
  - Lists the custom connectors of all environments that the identity administers, or of those that are chosen, and the
    catalogue of built-in ones where asked for.
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
  connectors:
    description:
      - Connectors to list, each by id, by display name or by a pattern with C(*), C(?) and C([]); unset means all. A
        display name chooses every connector that bears it.
      - Upper and lower case do not count. An entry that is no pattern and fits no connector of O(connector_types) is an
        error. Where an environment could not be read or is not applicable it is a warning, and nothing where O(owners)
        is set.
    type: list
    elements: str
  connector_types:
    description:
      - Which connectors to list.
      - V(custom) are those that somebody made in the environment.
      - V(built_in) are those that the service brings, more than a thousand in each environment. They have no owner and
        no roles; everybody in the environment may use them, as far as data policies allow it.
    type: list
    elements: str
    choices: [custom, built_in]
    default: [custom]
seealso:
  - module: powerops.powerplatform.custom_connector_role
  - module: powerops.powerplatform.connection
"""

EXAMPLES = r"""
- name: List all custom connectors and who may use them
  powerops.powerplatform.connector_info:
    include: [roles]

- name: Look up the ids of two built-in connectors
  powerops.powerplatform.connector_info:
    environments: [~default]
    connector_types: [built_in]
    connectors: [SQL Server, Azure Blob Storage]
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
    tokens: 1
complete:
  description:
    - Whether every chosen environment, and all roles that were asked for, could be read. V(false) only with
      O(on_error=report) or O(expected_unreadable).
    - Environments in RV(not_applicable) do not count against it.
  returned: success
  type: bool
  sample: true
connectors:
  description: The connectors, ordered by environment, name and id.
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
    connector:
      description: Id of the connector.
      type: str
      sample: shared_expenses-5f0629412a-5f6f049093
    connector_display_name:
      description: What the connector is called.
      type: str
      sample: Expenses
    connector_type:
      description: V(custom) or V(built_in).
      type: str
      sample: custom
    description:
      description: Its description, empty when there is none.
      type: str
      sample: The claims service
    owner:
      description: Who created it, and owns it for good; null for built-in ones.
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
    publisher:
      description: Its publisher; of a custom one, who made it.
      type: str
      sample: Ada Example
    tier:
      description: What licence it takes, V(Standard) or V(Premium).
      type: str
      sample: Premium
    release_tag:
      description: V(Production) or V(Preview); empty for custom ones.
      type: str
      sample: ""
    created_time:
      description: When it was created, in UTC.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    changed_time:
      description: When it was last changed, in UTC.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    roles:
      description:
        - Who holds which role, the owner included. Null when it could not be read.
        - The entries name principals like the options of M(powerops.powerplatform.custom_connector_role) do.
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
      description: Whether RV(ignore:roles) is the complete list.
      returned: when O(include) holds V(roles)
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
roles_complete:
  description:
    - Whether the roles of every row are complete.
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
    connector:
      description: Id of the connector whose roles could not be read.
      returned: when it is not the whole environment that is unknown
      type: str
      sample: shared_expenses-5f0629412a-5f6f049093
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connector_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
