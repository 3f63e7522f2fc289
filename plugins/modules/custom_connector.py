#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: custom_connector
short_description: Manage a custom connector and its definition
version_added: 1.0.0
description:
  - Creates, changes and deletes a custom connector of one environment in Dataverse, which keeps the connectors of
    solutions, the default solution included.
  - What is not declared is left as it is.
  - What is declared is compared by its meaning. In documents the order of keys does not count, nor does the order in
    lists named C(tags), C(schemes), C(consumes), C(produces) and C(required), and a secret that the service has blanked
    is no difference. The order of other lists counts. An empty document and none are the same.
  - Custom connectors that were made outside Dataverse are not found. In an environment without Dataverse the task fails
    as not applicable. M(powerops.powerplatform.connector_info) and M(powerops.powerplatform.custom_connector_role)
    reach such connectors.
  - Who may use and edit a custom connector is up to M(powerops.powerplatform.custom_connector_role). The PowerApps
    service, which keeps these roles, learns of a new connector up to two minutes after Dataverse. Until then that
    module does not find it.
  - Dataverse takes no icon. RV(manual_steps) says so when a connector is created.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.organization
  - powerops.powerplatform.secrets
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  connector_id:
    description:
      - Id of the connector in Dataverse, a GUID. It is not the id that begins with C(shared_).
      - With an id that does not exist, the connector is created under it.
      - The connector is looked for by this id, else by O(name), else by O(display_name).
    type: str
  name:
    description:
      - Unique name of the connector, which begins with the prefix of the solution's publisher, such as
        V(cr736_5Fexpenses). Dataverse writes C(_5F) for the underscore behind the prefix.
      - Needed for a connector that does not exist yet. It cannot be changed; another name for a connector that is found
        by O(connector_id) is an error.
    type: str
  display_name:
    description:
      - What the connector shall be called, in at most 200 characters. Needed for one that does not exist yet.
      - Without O(connector_id) and O(name) the connector is looked for by it. Two connectors of that display name are
        then an error that lists both.
      - A display name that another connector of the environment has is an error when a connector is created under it or
        renamed to it.
    type: str
  description:
    description:
      - Description, in at most 1000 characters. An empty text removes it.
    type: str
  openapi_definition:
    description:
      - The definition of the connector, an OpenAPI 2.0 (Swagger 2.0) document, as a mapping or as the text of one in
        JSON or YAML. Needed for a connector that does not exist yet.
      - Text in YAML takes the library PyYAML where the module runs.
      - The rules of Swagger 2.0 are checked before anything is sent. The error names the place of each fault, such as
        C(openapi_definition.paths./claims.get.operationId). Custom connectors also need C(host) and C(schemes).
      - It is compared as a whole. An operation that is not in it is removed.
    type: raw
  connection_parameters:
    description:
      - What a connection of this connector takes, by the name of the parameter, as a mapping or as the text of one.
      - A secret in it, such as C(clientSecret), is an error. O(secret_parameters) takes secrets.
    type: raw
  connection_parameter_sets:
    description:
      - What connections take, for a connector that offers several ways to log in, as a mapping or as the text of one.
      - A secret in it is an error, as in O(connection_parameters).
    type: raw
  policy_templates:
    description:
      - The policy template instances of the connector, in their order. An empty list removes them.
    type: list
    elements: dict
  script:
    description:
      - Text of the connector's script (C#), in at most 500000 characters. Kinds of line ends do not count. An empty
        text removes it.
    type: str
  script_operations:
    description:
      - Ids of the operations that O(script) handles. An empty list removes them.
    type: list
    elements: str
  icon_brand_color:
    description:
      - Colour behind the icon, such as V(#007ee5).
      - The icon itself is set in the maker portal; the Web API of Dataverse does not take it.
    type: str
  owner_user:
    description:
      - User who shall own the connector's row in Dataverse, by user principal name.
      - It is assumed that Dataverse calls it the user name (C(domainname)) of the user. Owners of the connector in the
        PowerApps service are another matter; see M(powerops.powerplatform.custom_connector_role).
    type: str
  owner_team:
    description:
      - Team of the environment that shall own the connector's row in Dataverse, by name.
    type: str
  solution:
    description:
      - Unique name of the unmanaged solution into which a new connector is put; unset means the default solution.
      - It counts on creation only. A connector that exists is neither added to a solution nor taken out of one.
      - The service is told twice, with the creation and once more after it, because it is not established that the
        first suffices. RV(manual_steps) says so when the second is refused.
    type: str
  secret_parameters:
    description:
      - Secrets of the connector's OAuth settings. A key is the name of a connection parameter, such as V(token), or
        C(set/parameter) for one of O(connection_parameter_sets). The value is written as its
        C(oAuthSettings.clientSecret).
      - Dataverse keeps no secrets of custom connectors. They are sent to the PowerApps service, which takes them from
        users only. So they take a delegated token of a user who can edit the connector, and O(environment). That this
        route leaves everything else as it is, is assumed.
      - With an application's token nothing is sent of them. When they are due, RV(manual_steps) and a warning say that
        somebody has to set them in the maker portal.
      - A key that names no connection parameter with OAuth settings is an error. It is found before anything is
        written where the parameters are declared, or where the connector is there and its secrets are due.
      - Where they could not be written after the connector was, the task fails, and RV(manual_steps) says how to make
        up for it. No later run could notice that they are missing.
      - They are never read, compared or shown. A value that is blank is an error, so that an unset variable never
        overwrites a good secret.
    type: dict
  state:
    description:
      - V(present) means that the connector is there and as declared.
      - V(absent) deletes it. That is refused while connections use it, and the error lists them. They are looked up as
        administrator, which is not possible with O(organization_url); then Dataverse alone decides.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: powerops.powerplatform.custom_connector_info
  - module: powerops.powerplatform.custom_connector_role
  - name: Manage custom connectors through Dataverse
    description: What the Web API does, and what it does not.
    link: https://learn.microsoft.com/connectors/custom-connectors/dataverseapi
"""

EXAMPLES = r"""
# In a repository the definition is a file of its own:
# openapi_definition: "{{ lookup('ansible.builtin.file', 'invoices.swagger.yml') }}"
- name: Create a custom connector in a solution
  powerops.powerplatform.custom_connector:
    environment: Finance Production
    name: cr736_5Finvoices
    display_name: Invoices
    description: The invoices of all suppliers
    solution: ContosoFinance
    openapi_definition:
      swagger: "2.0"
      info: {title: Invoices, version: "1.0"}
      host: invoices.contoso.example
      basePath: /api
      schemes: [https]
      paths:
        /invoices:
          get:
            summary: List invoices
            operationId: ListInvoices
            responses:
              "200": {description: The invoices}
    icon_brand_color: "#007ee5"

- name: Let a team own a custom connector
  powerops.powerplatform.custom_connector:
    organization_url: https://contosofin.crm4.dynamics.com
    name: cr736_5Fexpenses
    owner_team: Finance Makers

- name: Delete one of two custom connectors of one display name
  powerops.powerplatform.custom_connector:
    environment: Finance Production
    connector_id: b1000000-0000-4000-8000-000000000004
    state: absent
"""

RETURN = r"""
action:
  description: What was done or, in check mode, would be done to the connector.
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
    tokens: 2
drift:
  description:
    - What is not as declared, one entry for each option that differs. It is the connector as a whole when that is
      missing or is to go.
    - Of documents it holds the parts that differ.
    - RV(ignore:before) is null when the connector is missing, RV(ignore:after) is null when it is to go.
    - The entry of secrets says why they are to be written, and nothing else.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: custom_connector
      id: >-
        environments/5c1b0000-0000-4000-8000-000000000001/custom_connectors/b1f00000-0000-4000-8000-000000000001/openapi_definition
      name: Expenses
      before:
        host: claims.contoso.example
      after:
        host: claims-2.contoso.example
      fingerprint: 0c0f7a1c2f4e5d6b7a8990a1b2c3d4e5f60718293a4b5c6d7e8f901234567890
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: "0x80040220"
facts:
  description:
    - What else was read of the connector. Empty when it is not there.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    connector:
      description: Its id in the PowerApps service, by which M(powerops.powerplatform.custom_connector_role) names it.
      type: str
      sample: shared_cr736-5fexpenses-5f0123456789abcdef
    managed:
      description: Whether it came with a managed solution.
      type: bool
      sample: false
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: custom_connector
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
manual_steps:
  description:
    - What somebody has to do by hand, because no API takes it from this identity. Each one is a warning as well.
  returned: when something is left to do by hand
  type: list
  elements: str
  sample:
    - "Set the icon in the maker portal (https://make.powerapps.com): the Web API does not take one."
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
    - The connector, named like the options, without secrets.
    - After a change as it is now, in check mode as it is before the change.
  returned: success
  type: dict
  contains:
    environment:
      description: Id of the environment.
      returned: with O(environment)
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name:
      description: What the environment is called.
      returned: with O(environment)
      type: str
      sample: Finance Production
    connector_id:
      description: Its id in Dataverse.
      returned: when it is there or O(connector_id) was given
      type: str
      sample: b1f00000-0000-4000-8000-000000000001
    name:
      description: Its unique name.
      returned: when it is there or O(name) was given
      type: str
      sample: cr736_5Fexpenses
    display_name:
      description: What it is called.
      returned: when it is there
      type: str
      sample: Expenses
    description:
      description: Its description, empty when there is none.
      returned: when it is there
      type: str
      sample: The claims service
    openapi_definition:
      description: Its definition; null when there is none.
      returned: when it is there
      type: dict
      sample:
        swagger: "2.0"
        info: {title: Expenses, version: "1.0"}
        host: claims.contoso.example
        schemes: [https]
        paths: {}
    connection_parameters:
      description: What its connections take, without secrets; null when there is nothing.
      returned: when it is there
      type: dict
      sample:
        token:
          type: oauthSetting
          oAuthSettings: {identityProvider: aad, clientId: c1f00000-0000-4000-8000-000000000001}
    connection_parameter_sets:
      description: The ways to log in that it offers; null when there are none.
      returned: when it is there
      type: dict
      sample:
    policy_templates:
      description: Its policy template instances.
      returned: when it is there
      type: list
      elements: dict
      sample: []
    script:
      description: Its script, empty when there is none.
      returned: when it is there
      type: str
      sample: ""
    script_operations:
      description: The operations that the script handles.
      returned: when it is there
      type: list
      elements: str
      sample: []
    icon_brand_color:
      description: Colour behind its icon, empty when there is none.
      returned: when it is there
      type: str
      sample: "#007ee5"
    state:
      description: Whether it is there, as V(present) or V(absent).
      type: str
      sample: present
scope:
  description: Whose view of the tenant this is. Dataverse has one view, so that it always is V(admin).
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.custom_connector import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
