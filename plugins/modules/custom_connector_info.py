#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: custom_connector_info
short_description: List the custom connectors of solutions with their definitions
version_added: 1.0.0
description:
  - Lists the custom connectors that Dataverse keeps, in all environments that the identity administers, in those that
    are chosen, or in the one organisation that is given by its URL. These are the connectors of solutions, the default
    solution included.
  - Rows are named like the options of M(powerops.powerplatform.custom_connector). With O(include=documents) a row
    without RV(ignore:facts) can be given to that module, and is no change there.
  - Follows every page of each listing. An environment that cannot be read never looks empty; it fails the task, or is
    listed in RV(unknown).
  - Custom connectors that were made outside Dataverse are listed by M(powerops.powerplatform.connector_info) only.
  - Dataverse keeps no secrets of custom connectors, so that none can be listed.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.selection
  - powerops.powerplatform.survey.looking
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  organization_url:
    description:
      - URL of an organisation in Dataverse, such as V(https://contosofin.crm4.dynamics.com), to look at it alone.
      - The Business Application Platform is then not asked for anything, so that an identity suffices that only
        Dataverse knows. Rows have C(organization_url) in place of C(environment) and C(environment_display_name).
      - Mutually exclusive with O(environments), O(environment_types) and O(exclude).
    type: str
  connectors:
    description:
      - Custom connectors to list, each by id in Dataverse, by display name or by a pattern with C(*), C(?) and C([]);
        unset means all. A display name chooses every connector that bears it.
      - Upper and lower case do not count. An entry that is no pattern and fits no connector is an error, unless
        something could not be read.
    type: list
    elements: str
  include:
    description:
      - What else to read.
      - V(documents) adds the description, the definition and everything else that can be declared. They come with the
        listing, which they make much larger; for O(connectors) they are read one by one.
    type: list
    elements: str
    choices: [documents]
    default: []
seealso:
  - module: powerops.powerplatform.custom_connector
  - module: powerops.powerplatform.connector_info
"""

EXAMPLES = r"""
- name: List the custom connectors of all solutions
  powerops.powerplatform.custom_connector_info:

- name: Read the definition of a custom connector
  powerops.powerplatform.custom_connector_info:
    environments: [Finance Production]
    connectors: [Expenses]
    include: [documents]
  register: expenses
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 5
    write: 0
    throttled: 0
    tokens: 5
complete:
  description:
    - Whether every chosen environment, or the organisation of O(organization_url), could be read, and with it the
      documents that were asked for. V(false) only with O(on_error=report) or O(expected_unreadable).
    - Environments in RV(not_applicable) do not count against it.
  returned: success
  type: bool
  sample: true
custom_connectors:
  description: The custom connectors, ordered by environment, display name and id.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment. With O(organization_url), C(organization_url) stands in its place.
      returned: without O(organization_url)
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000001
    environment_display_name:
      description: What the environment is called.
      returned: without O(organization_url)
      type: str
      sample: Finance Production
    connector_id:
      description: Id of the connector in Dataverse.
      type: str
      sample: b1f00000-0000-4000-8000-000000000001
    name:
      description: Its unique name.
      type: str
      sample: cr736_5Fexpenses
    display_name:
      description: What it is called.
      type: str
      sample: Expenses
    description:
      description: Its description, empty when there is none.
      returned: when O(include) holds V(documents)
      type: str
      sample: The claims service
    openapi_definition:
      description: Its definition; null when there is none.
      returned: when O(include) holds V(documents)
      type: dict
      sample:
        swagger: "2.0"
        info: {title: Expenses, version: "1.0"}
        host: claims.contoso.example
        schemes: [https]
        paths: {}
    connection_parameters:
      description: What its connections take; null when there is nothing.
      returned: when O(include) holds V(documents)
      type: dict
      sample:
        token:
          type: oauthSetting
          oAuthSettings: {identityProvider: aad, clientId: c1f00000-0000-4000-8000-000000000001, clientSecret: ""}
    connection_parameter_sets:
      description: The ways to log in that it offers; null when there are none.
      returned: when O(include) holds V(documents)
      type: dict
      sample:
    policy_templates:
      description: Its policy template instances.
      returned: when O(include) holds V(documents)
      type: list
      elements: dict
      sample: []
    script:
      description: Its script, empty when there is none.
      returned: when O(include) holds V(documents)
      type: str
      sample: ""
    script_operations:
      description: The operations that the script handles.
      returned: when O(include) holds V(documents)
      type: list
      elements: str
      sample: []
    icon_brand_color:
      description: Colour behind its icon, empty when there is none.
      returned: when O(include) holds V(documents)
      type: str
      sample: "#007ee5"
    facts:
      description: What is no option of M(powerops.powerplatform.custom_connector).
      type: dict
      contains:
        connector:
          description:
            - Its id in the PowerApps service, by which M(powerops.powerplatform.custom_connector_role) names it. Empty
              while that service does not know it.
          type: str
          sample: shared_cr736-5fexpenses-5f0123456789abcdef
        managed:
          description: Whether it came with a managed solution.
          type: bool
          sample: false
        owner_id:
          description: Id in Dataverse of the user or team who owns its row.
          type: str
          sample: 7a7a7a7a-0000-4000-8000-000000000005
        modified_time:
          description: When it was last modified, in UTC.
          type: str
          sample: "2026-01-31T09:15:02Z"
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: "0x80040220"
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
not_applicable:
  description:
    - Environments in which there is nothing to read, because they have no Dataverse, are being provisioned or are
      disabled.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment.
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000005
    environment_display_name:
      description: What the environment is called.
      type: str
      sample: Plain Canvas
    reason:
      description: Why.
      type: str
      sample: Environment Plain Canvas has no Dataverse, in which solutions keep connectors.
scope:
  description: Whose view of the tenant this is. Environments are listed as administrator, so that it is V(admin).
  returned: success
  type: str
  sample: admin
unknown:
  description:
    - What could not be read, and is therefore not known to be empty. One entry for each error, with C(connector) where
      it is about one.
  returned: success
  type: list
  elements: dict
  contains:
    environment:
      description: Id of the environment. With O(organization_url), C(organization_url) stands in its place.
      returned: without O(organization_url)
      type: str
      sample: 5c1b0000-0000-4000-8000-000000000009
    environment_display_name:
      description: What the environment is called.
      returned: without O(organization_url)
      type: str
      sample: Legacy
    connector:
      description: Id in Dataverse of the connector whose documents could not be read.
      returned: when its row could be read, and its documents could not
      type: str
      sample: b1f00000-0000-4000-8000-000000000001
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
        code: "0x80040220"
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_info
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.custom_connector_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
