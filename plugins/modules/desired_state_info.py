#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: desired_state_info
short_description: Write down what a tenant is as declarations
version_added: 1.0.0
description:
  - Reads who may use and who owns what there is, which flows run, and on request more, and returns it as items that
    P(powerops.powerplatform.converge#module) and P(powerops.powerplatform.drift_info#module) take as they are. Nothing
    is ever written; the client refuses to.
  - An item declares what is there. Compared at once with the tenant it was read from, nothing of it differs.
  - What makers name is named by its id, with the display name beside it. Environments, people and groups are
    named by their names where these mean one alone in the tenant, and by ids elsewhere. Anybody may register an
    application of any name, so that these keep their ids, with the display name beside them.
  - Microsoft Graph is asked about all of these together. Where it refuses that, they keep their ids, and a warning says
    so.
  - No service tells secrets. In their place stands the text of a template, such as
    C({{ powerplatform_secrets['<id of the connection>']['accessKey'] }}), which whoever keeps the items in a file
    resolves by a variable of that name, from a vault for example. As a result of this module it is no template, and
    M(powerops.powerplatform.converge) makes nothing of a secret that is none.
  - A parameter whose name holds more than letters, digits, blanks and C(_.$/-) gets no such reference, for it could
    end the template and begin another one. It is in RV(left_out).
  - What cannot be read is never left out in silence. It fails the task, or is listed in RV(unknown) with a warning.
    What cannot be declared is listed in RV(left_out), with the reason.
  - Two runs on a tenant that has not changed return the same, in the same order.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.selection
  - powerops.powerplatform.survey.looking
  - powerops.powerplatform.bulk.progress
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.info
  - powerops.powerplatform.attributes.actiongroup
options:
  kinds:
    description:
      - What to write down, by the names of the modules that manage it.
      - O(environments) does not narrow what is of the whole tenant, which are V(billing_policy) and
        V(management_application).
      - V(connection) returns connections of the identity that runs. Nobody else's can be made or changed by it, so
        that these are in RV(left_out).
      - V(application_package) returns what is installed, whatever its version.
      - V(custom_connector) and V(flow) return definitions, with one request for each. A flow whose definition holds a
        secret is in RV(left_out).
    type: list
    elements: str
    choices:
      - application_package
      - billing_policy
      - connection
      - connection_role
      - custom_connector
      - custom_connector_role
      - flow
      - flow_owners
      - flow_run_only_users
      - flow_state
      - management_application
      - powerapp
      - powerapp_role
    default:
      - connection_role
      - custom_connector_role
      - flow_owners
      - flow_run_only_users
      - flow_state
      - powerapp
      - powerapp_role
  as_admin:
    description:
      - V(true) reads what there is in the environments that the identity administers.
      - V(false) reads what the signed-in user may see; it needs a delegated token. Items say C(as_admin) then, and no
        item says who owns an app, which makers cannot declare. The kinds that have no such option are read as
        administrator all the same.
    type: bool
    default: true
  exclusive:
    description:
      - Whether items with a list say that it is complete, so that whoever is added behind the back of the files is
        drift, and is removed by P(powerops.powerplatform.converge#module).
    type: bool
    default: true
  include_empty:
    description:
      - Whether to return the lists of things that nobody has a role on, too.
      - Without them, that such a thing is shared later is no drift of any item.
        O(powerops.powerplatform.drift_info#module:scopes) finds it all the same, and without a line for each of
        thousands of apps that nobody ever shared.
      - With them, every list that is empty is declared to be empty, as far as O(exclusive) is V(true).
    type: bool
    default: false
seealso:
  - module: powerops.powerplatform.converge
  - module: powerops.powerplatform.drift_info
"""

EXAMPLES = r"""
- name: Write down who may use and who owns what, and which flows run
  powerops.powerplatform.desired_state_info:
  register: tenant

- name: Compare it with what is there
  powerops.powerplatform.drift_info:
    resources: "{{ tenant.resources }}"
    orphaned: false
  register: audit

- name: Nothing differs from what was just written down
  ansible.builtin.assert:
    that: audit.outcome == "clean"

- name: Write down the flows of one environment, with their definitions
  powerops.powerplatform.desired_state_info:
    environments: [Finance Production]
    kinds: [flow, flow_owners, flow_state]
  register: flows

- name: Write down what can be read
  powerops.powerplatform.desired_state_info:
    on_error: report
    expected_unreadable:
      - environment: Sales
        reason: Moves to another tenant
        expires: "2099-12-31"
"""

RETURN = r"""
all_environments:
  description: Whether every environment was looked at that the identity administers; V(false) in the view of a maker.
  returned: success
  type: bool
  sample: true
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 78
    write: 0
    throttled: 0
    tokens: 3
complete:
  description: Whether everything could be read.
  returned: success
  type: bool
  sample: true
environments:
  description: The environments that were looked at, and what items call each of them, its name or its id.
  returned: success
  type: list
  elements: dict
  sample:
    - id: e0000000-0000-4000-8000-000000000001
      name: Finance Production
      called: Finance Production
    - id: e0000000-0000-4000-8000-000000000003
      name: Sales
      called: e0000000-0000-4000-8000-000000000003
error:
  description: What went wrong.
  returned: failure
  type: dict
  sample:
    type: IncompleteListingError
    message: "1 places could not be read to the end. Sales (e0000000-0000-4000-8000-000000000003): HTTP 503"
    remedy: on_error=report lists them as unknown; expected_unreadable accepts single ones.
kinds:
  description: The kinds that were asked for.
  returned: success
  type: list
  elements: str
  sample: [powerapp, powerapp_role]
left_out:
  description:
    - What is there and no item says, with the C(kind), the C(environment), the C(id), the C(name) and the C(reason).
    - It may be a thing, such as a flow that the platform has suspended, or a part of one of which an item says the
      rest, such as a list in SharePoint that a flow is shared with.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: powerapp
      environment: e0000000-0000-4000-8000-000000000001
      environment_display_name: Finance Production
      id: aa000000-0000-4000-8000-000000000016
      name: Orphaned Ledger
      reason: Its owner (a0000000-0000-4000-8000-0000000000ff) is deleted. Give it another one.
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
not_applicable:
  description: Environments in which there is nothing to read of some kinds, and why. These are not errors.
  returned: success
  type: list
  elements: dict
  sample:
    - environment: e0000000-0000-4000-8000-000000000005
      environment_display_name: Plain Canvas
      kinds: [custom_connector]
      reason: Environment Plain Canvas has no Dataverse, in which solutions keep connectors.
resources:
  description:
    - The items, by kind, environment, display name and id. Options that have their default are left out.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: powerapp_role
      environment: Finance Production
      app: aa000000-0000-4000-8000-000000000011
      app_display_name: Expenses
      assignments:
        - group: Finance Readers
          role: CanView
        - user: kim@contoso.example
          principal_display_name: Kim Maker
          role: CanEdit
      exclusive: true
scope:
  description: Whose view it is, V(admin) or V(maker).
  returned: success
  type: str
  sample: admin
summary:
  description: How many items there are of each kind.
  returned: success
  type: dict
  sample:
    flow_state: 19
    powerapp: 8
    powerapp_role: 5
unknown:
  description:
    - What could not be read, with the kinds that nothing is known of there. C(id) and C(name) are null where the things
      of an environment could not be listed, and C(environment) is null for what is of the whole tenant.
    - C(expected), C(reason) and C(expires) are those of O(expected_unreadable).
  returned: success
  type: list
  elements: dict
  sample:
    - kinds: [powerapp, powerapp_role]
      environment: e0000000-0000-4000-8000-000000000003
      environment_display_name: Sales
      id: null
      name: null
      expected: false
      reason: null
      expires: null
      error:
        type: ServiceUnavailableError
        message: "Get-AdminApps failed: HTTP 503"
        remedy: ""
        status: 503
        code: ""
        service_message: ""
        operation: Get-AdminApps
        correlation: {}
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._job_export import ExportJob
from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run


def main() -> None:
    """Run the module."""
    run(ExportJob())


if __name__ == "__main__":
    main()
