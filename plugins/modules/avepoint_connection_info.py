#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: avepoint_connection_info
short_description: List connections as AvePoint EnPower reports them, with the apps and flows that use them
version_added: 1.0.0
description:
  - Reads the report of connections of AvePoint's Graph API. It says of each connection which apps and flows use it, the
    tier and publisher of its connector, and the status and country of its owner.
  - Follows every page of the report; a page that cannot be read fails the task, so an answer is always complete.
  - The report is AvePoint's own inventory and is behind the Power Platform by the time since its last scan, which
    AvePoint does not tell. It may list connections that are gone, and lack new ones. Do not verify changes with it.
  - Rows name environment, connection, connector and owner as those of M(powerops.powerplatform.connection_info) do, and
    both have the same RV(connections[].join_key) for one connection.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.avepoint
  - powerops.powerplatform.auth.connection
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
options:
  tenant:
    description:
      - Id of the Microsoft tenant whose connections are listed. Unset, those of all tenants that your organisation has
        in AvePoint Online Services are.
      - AvePoint does not document whether it is the id or a domain. What is given is sent as it is; of an id, rows that
        name another tenant are left out.
      - A tenant without any connection in the report is no error, and a warning, since it may be one that AvePoint does
        not know.
    type: str
  top:
    description:
      - How many connections are asked for at a time, from 1 to 1000. All of them are listed in any case. A page that
        times out is asked for again at half the size.
    type: int
    default: 100
seealso:
  - module: powerops.powerplatform.connection_info
  - plugin: powerops.powerplatform.unhealthy_connections
    plugin_type: filter
  - name: AvePoint Graph API
    description: How to register an app in AvePoint Online Services, and the reference of the report.
    link: https://learn.avepoint.com
"""

EXAMPLES = r"""
- name: List the connections of all tenants
  powerops.powerplatform.avepoint_connection_info:
    data_center: we
    client_id: ac000000-0000-4000-8000-000000000001
    client_secret: "{{ lookup('ansible.builtin.env', 'AVEPOINT_CLIENT_SECRET') }}"

# What logs in, and the data centre, from AVEPOINT_CLIENT_ID, AVEPOINT_CLIENT_SECRET and AVEPOINT_DATA_CENTER.
- name: List the connections of one tenant
  powerops.powerplatform.avepoint_connection_info:
    tenant: 11111111-2222-4333-8444-555555555555
    top: 1000
  register: reported

- name: Show the connections that do not work or whose owner is not enabled
  ansible.builtin.debug:
    msg: "{{ item.connection_display_name }} in {{ item.environment_display_name }}, used by {{ item.flow_names }}"
  loop: "{{ reported.connections | powerops.powerplatform.unhealthy_connections }}"
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 3
    write: 0
    throttled: 0
    tokens: 1
complete:
  description: Always V(true); a report of which a page cannot be read fails the task.
  returned: success
  type: bool
  sample: true
connections:
  description:
    - The connections, ordered by tenant, environment, name and id.
    - Texts are empty where AvePoint says nothing, counts and booleans are null.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment, as the Power Platform writes it.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Finance Production
    connection:
      description: Id of the connection, in lower case.
      type: str
      sample: 8d2f0b3c4e5a4f10a9b8c7d6e5f40312
    connection_display_name:
      description: What the connection is called.
      type: str
      sample: Ledger database
    connector:
      description: Id of its connector, in lower case.
      type: str
      sample: shared_sql
    join_key:
      description: The same as in the row of M(powerops.powerplatform.connection_info) that is about this connection.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001/shared_sql/8d2f0b3c4e5a4f10a9b8c7d6e5f40312
    status:
      description: Its status, as AvePoint spells it.
      type: str
      sample: Connected
    connected:
      description: Whether RV(ignore:status) says that it works. V(false) also where it says nothing.
      type: bool
      sample: true
    power_app_count:
      description: How many apps use it.
      type: int
      sample: 1
    app_names:
      description: What these apps are called.
      type: list
      elements: str
      sample: [Expenses]
    flow_count:
      description: How many flows use it.
      type: int
      sample: 2
    flow_names:
      description: What these flows are called.
      type: list
      elements: str
      sample: [Nightly import, Archive]
    connector_display_name:
      description: What the connector is called.
      type: str
      sample: SQL Server
    is_custom:
      description: Whether it is a custom connector.
      type: bool
      sample: false
    tier:
      description: Tier of the connector.
      type: str
      sample: Premium
    publisher:
      description: Who publishes the connector.
      type: str
      sample: Microsoft
    connector_owner_display_name:
      description: Who owns a custom connector.
      type: str
      sample: Ada Example
    connector_created_time:
      description: When a custom connector was created, without a time zone, which AvePoint does not tell.
      type: str
      sample: "2025-01-06 08:00:00"
    connector_icon_brand_color:
      description: Colour of the connector's icon.
      type: str
      sample: "#ba141a"
    icon_uri:
      description: Address of the icon.
      type: str
      sample: https://contoso.example/icons/shared_sql.png
    connection_source:
      description: The source of the connection, of which AvePoint documents nothing else.
      type: str
      sample: ""
    owner:
      description: Who owns it; null where AvePoint says nothing of an owner.
      type: dict
      contains:
        id:
          description: Object id, in lower case; empty where AvePoint does not tell.
          type: str
          sample: a1f00000-0000-4000-8000-000000000001
        display_name:
          description: Display name; empty for one who no longer exists.
          type: str
          sample: Ada Example
        user_principal_name:
          description: User principal name.
          type: str
          sample: ada@contoso.example
        status:
          description: Status of the owner. AvePoint spells it in several ways, V(Enabled) and V(Enable) among them.
          type: str
          sample: Enabled
        country:
          description: Country of the owner.
          type: str
          sample: DE
    tenant_id:
      description: Id of the Microsoft tenant, in lower case.
      type: str
      sample: 7d9c0000-0000-4000-8000-000000000001
    tenant_name:
      description: What the tenant is called.
      type: str
      sample: Contoso
    container_id:
      description: Id of the container that it belongs to in AvePoint.
      type: str
      sample: 0f3e0000-0000-4000-8000-000000000001
    container_name:
      description: What that container is called.
      type: str
      sample: Contoso-Connections
count:
  description: How many connections there are in RV(connections).
  returned: success
  type: int
  sample: 42
error:
  description: What went wrong, as data. Of a refusal by AvePoint it holds the status and the ids of the request.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: "Logging in to AvePoint: client_secret from AVEPOINT_CLIENT_SECRET, client_id from AVEPOINT_CLIENT_ID."
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.avepoint_connection_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
