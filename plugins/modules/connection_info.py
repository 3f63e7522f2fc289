#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_info
short_description: List connections, whether they work, and who may use them
version_added: 1.0.0
description:
  - Lists the connections of all environments that the identity administers, or of those that are chosen.
  - Follows every page of each listing. An environment that cannot be read never looks empty; it fails the task, or is
    listed in RV(unknown).
  - The service returns no secrets of connections.
  - A row names its connection in the options of M(powerops.powerplatform.connection_role). For
    M(powerops.powerplatform.connection), RV(connections[].connection) is
    O(powerops.powerplatform.connection#module:connection_id) and RV(connections[].connection_display_name) is
    O(powerops.powerplatform.connection#module:display_name). M(powerops.powerplatform.desired_state_info) writes
    connections of the identity that runs as declarations of it.
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
  connections:
    description:
      - Connections to list, each by id, by display name or by a pattern with C(*), C(?) and C([]); unset means all. A
        display name chooses every connection that bears it.
      - Upper and lower case do not count. An entry that is no pattern and fits no connection is an error. Where an
        environment could not be read or is not applicable it is a warning, and nothing where O(owners), O(connectors)
        or O(connected) is set.
    type: list
    elements: str
  connectors:
    description:
      - Keep only connections of these connectors, each given by id, such as V(shared_sql).
    type: list
    elements: str
  connected:
    description:
      - V(true) keeps only connections that work, V(false) only those that do not.
    type: bool
seealso:
  - module: powerops.powerplatform.connection
  - module: powerops.powerplatform.connection_role
  - module: powerops.powerplatform.avepoint_connection_info
  - plugin: powerops.powerplatform.unhealthy_connections
    plugin_type: filter
"""

EXAMPLES = r"""
- name: List the connections that no longer work
  powerops.powerplatform.connection_info:
    connected: false
  register: broken

- name: List who may use the database connections of the finance department
  powerops.powerplatform.connection_info:
    environments: ["Finance*"]
    connectors: [shared_sql]
    include: [roles, owner_state]
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
connections:
  description: The connections, ordered by environment, name and id.
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
    connection:
      description: Id of the connection.
      type: str
      sample: 8d2f0b3c4e5a4f10a9b8c7d6e5f40312
    connection_display_name:
      description: What the connection is called.
      type: str
      sample: Ledger database
    connector:
      description: Id of its connector.
      type: str
      sample: shared_sql
    join_key:
      description:
        - The ids of environment, connector and connection in lower case. The same as in the row of
          M(powerops.powerplatform.avepoint_connection_info) that is about this connection.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001/shared_sql/8d2f0b3c4e5a4f10a9b8c7d6e5f40312
    owner:
      description: Who created it, and owns it for good; null when the service does not say.
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
    account_name:
      description: The account that it uses, where the service says so, else empty.
      type: str
      sample: ada@contoso.example
    connected:
      description: Whether every one of RV(ignore:statuses) says that it works.
      type: bool
      sample: false
    statuses:
      description: What the connection says of itself, normally one entry.
      type: list
      elements: dict
      contains:
        status:
          description: The status, as the service spells it.
          type: str
          sample: Error
        target:
          description: What the status is about, in lower case; may be empty.
          type: str
          sample: token
        code:
          description: The service's error code, empty when it works.
          type: str
          sample: Unauthenticated
        message:
          description: The service's error message, empty when it works.
          type: str
          sample: This connection is not authenticated.
    parameter_set:
      description: Name of its parameter set; null when it has none.
      type: str
      sample: CertOauth
    parameters:
      description: Its parameters, as far as the service returns them.
      type: dict
      sample:
        server: sql.contoso.example
        database: ledger
    allow_sharing:
      description: Whether the service lets it be shared; null when it does not say.
      type: bool
      sample: true
    created_time:
      description: When it was created, in UTC.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    last_modified_time:
      description: When it was last modified, in UTC.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    expiration_time:
      description: When its access expires, in UTC, where the service says so, else empty.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    roles:
      description:
        - Who holds which role, the owner included. Null when it could not be read.
        - The entries name principals like the options of M(powerops.powerplatform.connection_role) do.
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
    connection:
      description: Id of the connection whose roles could not be read.
      returned: when it is not the whole environment that is unknown
      type: str
      sample: 8d2f0b3c4e5a4f10a9b8c7d6e5f40312
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connection_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
