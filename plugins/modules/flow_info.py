#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_info
short_description: List cloud flows, their states, owners, users and definitions
version_added: 1.0.0
description:
  - Lists the cloud flows of all environments that the identity administers, or of those that are chosen. Flows of
    solutions are among them.
  - Follows every page of each listing. An environment that cannot be read never looks empty; it fails the task, or is
    listed in RV(unknown).
  - Listings name as owner who created a flow. A flow outside solutions stays with them for good; that of a solution may
    have been assigned to somebody else. Where O(include) holds V(owners) or V(run_only_users), the permissions of the
    flow say who owns it, and O(owners) and O(owner_states) go by that.
  - Addresses by which anybody may start a flow are never shown. What is shown has the form in which flows are declared,
    so that it can be fed back; V(owners) and V(run_only_users) hold entries of C(assignments).
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
  flows:
    description:
      - Flows to list, each by id, by display name or by a pattern with C(*), C(?) and C([]); unset means all. A display
        name chooses every flow that bears it. The id of its row in Dataverse is none; RV(flows[].workflow_id) shows it.
      - Upper and lower case do not count. An entry that is no pattern and fits no flow is an error. Where an
        environment could not be read or is not applicable it is a warning, and nothing where O(owners) or O(states) is
        set.
    type: list
    elements: str
  states:
    description:
      - Keep only flows in one of these states; unset means all but V(deleted).
      - V(suspended) flows were turned off by the platform, which says why in RV(ignore:suspension_reason).
      - V(deleted) flows were deleted in the last 21 days, so that they can still be restored. They are listed for
        administrators only, and nobody tells their users or definition before they are restored.
    type: list
    elements: str
    choices: [started, stopped, suspended, deleted]
  include:
    description:
      - What else to read.
      - V(owners) adds the co-owners, V(run_only_users) those who may run the flow and nothing else. One request for
        each flow answers both, or more where its list has several pages.
      - V(definition) adds the definition, V(connections) the connections that it uses. One request for each flow
        answers both.
      - V(owner_state) adds to each owner what became of it, in the words of O(owner_states), and the names by which the
        directory knows it. That option adds them too.
    type: list
    elements: str
    choices: [owners, run_only_users, definition, connections, owner_state]
    default: []
seealso:
  - module: powerops.powerplatform.flow_state
"""

EXAMPLES = r"""
- name: List the flows that the platform has suspended, and why
  powerops.powerplatform.flow_info:
    states: [suspended]
  register: suspended

- name: List the flows whose owner has left, with those who could take over
  powerops.powerplatform.flow_info:
    owner_states: [disabled, deleted]
    include: [owners]

- name: List the flows that are turned off in the environments of finance, with what they do
  powerops.powerplatform.flow_info:
    environments: ["Finance*"]
    states: [stopped]
    include: [definition, connections]

- name: List what can still be restored
  powerops.powerplatform.flow_info:
    states: [deleted]
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
    - Whether every chosen environment, and all that was asked for of its flows, could be read. V(false) only with
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
flows:
  description: The flows, ordered by environment, name and id.
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
    flow:
      description: Id of the flow.
      type: str
      sample: 3e7d0000-0000-4000-8000-000000000001
    flow_display_name:
      description: What the flow is called.
      type: str
      sample: Nightly stock export
    state:
      description: Its state, in the words of O(states).
      type: str
      sample: suspended
    suspension_reason:
      description: Why the platform suspended it, as the service spells it; null when it did not, or does not say.
      type: str
      sample: CompanyDlpViolation
    suspended_time:
      description: When the platform suspended it, in UTC; null when it did not, or does not say.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    owner:
      description: Its owner, who is its creator unless the permissions were read and say otherwise; null when unknown.
      type: dict
      contains:
        id:
          description: Object id, in lower case.
          type: str
          sample: a1f00000-0000-4000-8000-000000000001
        display_name:
          description: Display name; empty where only the directory knows it, which is asked with V(owner_state).
          type: str
          sample: Ada Example
        user_principal_name:
          description: User principal name; empty where only the directory knows it.
          type: str
          sample: ada@contoso.example
        type:
          description: Type of the principal, as the permissions spell it; empty where these were not read.
          type: str
          sample: User
        state:
          description:
            - What became of the owner, in the words of O(owner_states); null where the directory knows no such id.
          returned: when O(include) holds V(owner_state) or O(owner_states) is set
          type: str
          sample: enabled
    solution_flow:
      description: Whether it belongs to a solution.
      type: bool
      sample: false
    workflow_id:
      description: Id of its row in Dataverse; null for a flow outside solutions.
      type: str
      sample: 8a2c0000-0000-4000-8000-000000000001
    managed:
      description: Whether it came with a managed solution; null when the service does not say.
      type: bool
      sample: false
    shared:
      description:
        - That it is shared, as the service spells it; null when the service does not say, which is no proof that it is
          shared with nobody.
      type: str
      sample: Coauthor
    created_time:
      description: When it was created, in UTC.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    modified_time:
      description: When it was last modified, in UTC. Turning a flow outside solutions on or off does not count.
      type: str
      sample: "2026-01-31T09:15:02.7654321Z"
    owners:
      description:
        - The co-owners, as entries of C(assignments). RV(ignore:owner) is not among them. Null when they could not be
          read.
        - The service seldom tells display names.
      returned: when O(include) holds V(owners)
      type: list
      elements: dict
      sample:
        - user: a1f00000-0000-4000-8000-000000000002
          principal_display_name: ""
    owners_complete:
      description: Whether RV(ignore:owners) is the complete list.
      returned: when O(include) holds V(owners)
      type: bool
      sample: true
    run_only_users:
      description:
        - Those who may run it and nothing else, as entries of C(assignments). Null when they could not be read.
      returned: when O(include) holds V(run_only_users)
      type: list
      elements: dict
      sample:
        - group: b1f00000-0000-4000-8000-000000000001
          principal_display_name: ""
    run_only_users_complete:
      description: Whether RV(ignore:run_only_users) is the complete list.
      returned: when O(include) holds V(run_only_users)
      type: bool
      sample: true
    resources:
      description:
        - What it is shared with that is no principal, such as a SharePoint list, whose users can run it. Null when it
          could not be read.
      returned: when O(include) holds V(owners) or V(run_only_users)
      type: list
      elements: str
      sample: [https://contoso.example/sites/finance/9d1e0000-0000-4000-8000-000000000001]
    definition:
      description:
        - The definition, without what the service fills in when the flow runs. Null when nobody shows it to the
          identity.
        - Makers may have written secrets into it. Signed addresses, tokens and passwords are hidden where they can be
          told by their form; a key in a header of a request cannot.
      returned: when O(include) holds V(definition)
      type: dict
      sample:
        $schema: https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#
        contentVersion: 1.0.0.0
        parameters: {}
        triggers:
          Recurrence:
            type: Recurrence
        actions: {}
        outputs: {}
    definition_reason:
      description: Why there is no definition; null when there is one.
      returned: when O(include) holds V(definition)
      type: str
      sample: null
    definition_hidden:
      description: Places in the definition in which something was hidden. It cannot be declared as it is, then.
      returned: when O(include) holds V(definition)
      type: list
      elements: str
      sample: [actions.Call.inputs.uri]
    connections:
      description:
        - The connections that it uses, by their keys in the definition; null when the service does not tell them. They
          name a C(connection), or in a solution a C(connection_reference).
      returned: when O(include) holds V(connections)
      type: dict
      sample:
        shared_sql:
          connector: shared_sql
          connection: 4d0c0000000040008000000000000001
          source: embedded
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
owners_complete:
  description: Whether the co-owners of every row are complete. Deleted flows do not count against it.
  returned: when O(include) holds V(owners)
  type: bool
  sample: true
run_only_users_complete:
  description: Whether the run-only users of every row are complete. Deleted flows do not count against it.
  returned: when O(include) holds V(run_only_users)
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
    flow:
      description: Id of the flow of which something could not be read.
      returned: when it is not the whole environment that is unknown
      type: str
      sample: 3e7d0000-0000-4000-8000-000000000001
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_info import KIND


def main() -> None:
    """Run the module."""
    run_info(KIND)


if __name__ == "__main__":
    main()
