#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connection
short_description: Manage a connection of the identity that runs
version_added: 1.0.0
description:
  - Creates, changes and deletes a connection of one connector in one environment.
  - A connection belongs to the identity that creates it, for good. Nobody can create one for somebody else, not even an
    administrator.
  - The connection of another owner is never changed. To declare something else of it is an error that says whose it is.
    So is one that has the id which O(key) stands for and belongs to somebody else, whatever is declared of it.
    Administrators can delete both all the same.
  - Creating and changing goes through the Power Platform API, on the host that the environment has of its own there;
    see O(environment_label_length).
  - A connection that needs a person's consent (OAuth) cannot be made to work unattended. It is created, stays
    C(Unauthenticated), and the task fails and says who has to sign in to it, unless O(require_connected=false). Check
    mode cannot foresee that. Connections that take a key, a password or a certificate need no consent.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment
  - powerops.powerplatform.secrets
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  as_admin:
    description:
      - V(true) reads and deletes as administrator, which reaches the connections of everybody in the environment.
      - V(false) reads and deletes in the maker's view, which reaches what the signed-in user may reach; it needs a
        delegated token.
      - Creating and changing is in the name of the identity that runs, either way.
    type: bool
    default: true
  connector:
    description:
      - Id of the connector, such as V(shared_sql), that of a custom one included.
        M(powerops.powerplatform.connector_info) lists them. The connector of a connection cannot be changed.
    type: str
    required: true
  connection_id:
    description:
      - Id of the connection, for one that exists, or 32 hexadecimal digits for a new one.
      - Unset, the id is derived from the tenant, the environment, O(connector) and O(key), as a UUID of version 5. So
        whoever runs the task again, also after an answer was lost, means the same connection and makes no second one.
    type: str
  key:
    description:
      - Tells several connections of one connector in one environment apart. Any text, which nobody but this module
        sees; another text means another connection.
      - Unset, it is empty, which is a key like any other. It cannot be combined with O(connection_id).
    type: str
  display_name:
    description:
      - What the connection shall be called. Needed for one that does not exist yet.
      - Unset, the name of one that exists is left as it is.
    type: str
  parameters:
    description:
      - Parameters of the connection that are no secret, by name, such as V(server) and V(database). Which ones there
        are is up to the connector.
      - Those that are not declared are left as they are. The service does not return all of them. One that it does not
        return is no drift; it is written on creation, and sent along with every later change.
    type: dict
  parameter_set:
    description:
      - Name of the connector's parameter set, for connectors that offer several ways to log in, such as V(CertOauth)
        for the certificate of a service principal. O(parameters) and O(secret_parameters) are then the values of that
        set.
    type: str
  secret_parameters:
    description:
      - Parameters of the connection that are secret, by name. They are sent, and never read, compared or shown.
      - They are written when the connection is created, and later as O(update_secrets) and O(secrets_changed_at) say.
        A change of something else is sent without them, on the assumption that the service keeps those that it has.
      - A value that is blank is an error, so that an unset variable never overwrites a good secret.
    type: dict
  require_connected:
    description:
      - V(true) fails the task when the connection is not C(Connected), with the service's own code and message.
      - V(false) accepts it, with a warning.
    type: bool
    default: true
  state:
    description:
      - V(present) means that the connection is there and as declared.
      - V(absent) deletes it. Apps and flows that use it stop working. With O(as_admin=false) a warning says that a
        connection which is not visible may be there all the same.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: powerops.powerplatform.connection_role
  - module: powerops.powerplatform.connection_info
  - module: powerops.powerplatform.connector_info
"""

EXAMPLES = r"""
- name: Create a connection with an access key
  powerops.powerplatform.connection:
    environment: Finance Sandbox
    connector: shared_azureblob
    key: invoices
    display_name: Invoices
    parameters:
      accountName: invoices
    secret_parameters:
      accessKey: "{{ lookup('ansible.builtin.env', 'INVOICES_ACCESS_KEY') }}"

- name: Write a password again after it was changed
  powerops.powerplatform.connection:
    environment: Finance Production
    connector: shared_sql
    display_name: Ledger of this year
    parameters:
      server: sql.contoso.example
      database: ledger-2026
      username: powerops
    secret_parameters:
      password: "{{ lookup('ansible.builtin.env', 'LEDGER_PASSWORD') }}"
    secrets_changed_at: "2025-06-01T09:30:00Z"

- name: Delete a connection of somebody who left
  powerops.powerplatform.connection:
    environment: Finance Production
    connector: shared_sql
    connection_id: d0000000000000000000000000000003
    state: absent
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the connection.
  returned: success
  type: str
  choices: [none, create, update, delete]
  sample: create
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 3
    write: 1
    throttled: 0
    tokens: 3
drift:
  description:
    - What is not as declared, one entry for each thing that differs. It is the connection as a whole when that is
      missing or is to go.
    - RV(ignore:before) is null when the connection is missing, RV(ignore:after) is null when it is to go.
    - The entry of secrets says why they are to be written, and nothing else.
    - A connection that does not work is an entry as well, unless O(require_connected=false).
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: connection
      id: environments/5c1b0000-0000-4000-8000-000000000001/connections/8d2f0b3c4e5a5f10a9b8c7d6e5f40312
      name: Invoices
      before:
      after:
        display_name: Invoices
        parameters:
          accountName: invoices
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
    - What else was read of the connection. Empty when the connection is not there.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    statuses:
      description: What the connection says of itself, normally one entry.
      type: list
      elements: dict
      sample:
        - status: Connected
          target: ""
          code: ""
          message: ""
    owner:
      description: Who created the connection, with RV(ignore:id) and RV(ignore:display_name).
      type: dict
      sample:
        id: b2f00000-0000-4000-8000-000000000001
        display_name: powerops-runner
    last_modified_time:
      description: When it was last modified, in UTC. O(secrets_changed_at) is compared with it.
      type: str
      sample: "2026-02-01T10:00:00Z"
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: connection
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the declaration.
  returned: when O(environment_display_name) is not the present name
  type: dict
  sample:
    environment_display_name:
      declared: Finance
      actual: Finance Production
resource:
  description:
    - The connection, named like the options, without secrets.
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
    connection_id:
      description: Id of the connection, the derived one included.
      type: str
      sample: 8d2f0b3c4e5a5f10a9b8c7d6e5f40312
    as_admin:
      description: As O(as_admin).
      type: bool
      sample: true
    connector:
      description: Id of its connector.
      type: str
      sample: shared_keyvault
    display_name:
      description: What it is called.
      returned: when it is there
      type: str
      sample: Invoices
    parameters:
      description: The parameters that the service returns, without those that O(secret_parameters) names.
      returned: when it is there
      type: dict
      sample:
        vaultName: invoices
    parameter_set:
      description: Name of its parameter set.
      returned: when it has one
      type: str
      sample: CertOauth
    state:
      description: Whether it is there, as V(present) or V(absent).
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.connection import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
