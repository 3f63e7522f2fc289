#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow
short_description: Manage a cloud flow and its definition
version_added: 1.0.0
description:
  - Creates, changes, renames, restores and deletes a cloud flow. What is not declared is left as it is.
  - Whether a flow runs is up to M(powerops.powerplatform.flow_state). O(initial_state) counts when a flow is created,
    and never again.
  - There are two routes to the definition of a flow. Dataverse keeps the flows of solutions, and takes applications as
    well as users. The Flow service makes and changes flows outside solutions, and takes a user's token alone, namely
    that of an owner or co-owner of the flow.
  - No API lets an administrator create or change the definition of a flow as administrator. O(as_admin=true) chooses
    how flows are looked for, deleted and restored. To create or to change one takes a right of its own on either route.
  - A flow of a managed solution is neither changed nor deleted. That is up to the solution.
  - A task whose identity has no route to what it declares fails before anything is written, and says what would work.
    RV(facts) names the route of the others.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.changes
  - powerops.powerplatform.attributes.actiongroup
options:
  flow:
    description:
      - The flow, by id (a GUID) or by display name. The id of its row in Dataverse (C(workflowid)) does as well.
      - A flow that is not there is created under this display name. Its id is the service's choice, so that an id that
        does not exist is an error, unless O(restore) finds it or O(state=absent).
      - Anybody can make a second flow of the same name, so files in git should hold the id of a flow once it is there.
        A display name that fits several flows of the environment is an error that lists them.
      - The first start may give a flow of a solution another id. The id of its row in Dataverse is for good.
    type: str
    required: true
  flow_display_name:
    description:
      - What the flow is called, for those who read the file. It is never followed; a different name is reported as
        RV(renamed). O(display_name) is what renames a flow.
    type: str
  display_name:
    description:
      - What the flow shall be called. To rename a flow, O(flow) must be its id. Beside a display name in O(flow) it has
        to be the same one, for the next run would not find the flow under the old name any more.
      - Without it a new flow is called as O(flow) says.
    type: str
  definition:
    description:
      - The workflow definition, in the language of Logic Apps, as a mapping or as the text of one in JSON or YAML.
        Needed for a flow that does not exist yet.
      - It is what stands under C(properties.definition) of an exported flow. O(connection_references) takes what stands
        beside it.
      - Text in YAML takes the library PyYAML where the module runs. In YAML, a time such as that of a C(startTime)
        belongs into quotes, for without them it is read as a date and written in another form.
      - What can be checked without a service is checked before anything is sent. That is a trigger, a C(type) for each
        step, a C(runAfter) that names a step beside it, and, with O(connection_references), that each connection of a
        step is among them. The error names the place of each fault, such as C(definition.actions.Store.runAfter).
      - It is compared as a whole, steps inside of scopes, conditions, loops and switches included. A step that is not
        in it is removed. Neither the order of keys counts, nor C($schema), C(contentVersion), C(outputs) and the
        parameters C($connections) and C($authentication) where they are left out, nor the value of these two, nor a
        C(runAfter) that is empty.
      - C(metadata) of a step, which the designer adds, is ignored where the declared step has none. Where it has some,
        it is compared as well.
      - Where nobody shows the definition to the identity, the task fails rather than to write it blindly.
      - Secrets belong into a key vault, to which an expression leads. What looks like one all the same is compared, and
        shown as C(********). That is the default of a secure parameter, what stands under C(authentication), a text
        with the name of a credential, and the signature in an address. A definition with such a mask, as results hold
        it, is an error.
    type: raw
  connection_references:
    description:
      - What the connection names in the definition stand for, as a mapping. A key is a name that steps give as
        C(inputs.host.connectionName), such as V(shared_office365). It is compared as a whole.
      - A value has V(connector), the id of the connector, such as V(shared_office365), and either V(connection), the id
        of a connection, for a flow outside solutions, or V(connection_reference), the logical name of a connection
        reference, such as V(cr736_mailbox), for one in Dataverse. All entries name the same one of both.
      - It may have V(source). V(embedded), the default, is the connection of the flow itself. V(invoker) is that of
        whoever runs the flow.
      - Unset, a flow that is there keeps those that it has.
    type: dict
  initial_state:
    description:
      - Whether a flow that is created is turned on at once. It counts on creation only, and a flow that was restored is
        turned off in any case; M(powerops.powerplatform.flow_state) keeps a flow on or off.
      - A flow is made turned off, bound to its connections, and started then. Where the start is refused, the flow
        stays, the task fails, and RV(manual_steps) says what is left.
    type: str
    choices: [started, stopped]
    default: stopped
  solution:
    description:
      - Unique name of the unmanaged solution that the flow shall be in. A flow of Dataverse that is not in it is added.
        It is taken out of no other solution. Unset, a new flow in Dataverse is in the default solution alone.
      - For a flow outside solutions it is an error, and so is a solution that is not there or is managed.
      - The service is told twice, with the creation and once more after it, because it is not established that the
        first suffices.
    type: str
  owner_user:
    description:
      - User who shall own the flow, by user principal name. Only the owner of a flow in Dataverse can be changed.
        For any other flow this is an error; M(powerops.powerplatform.flow_owners) gives it co-owners.
      - It is assumed that Dataverse calls it the user name (C(domainname)) of the user.
    type: str
  owner_team:
    description:
      - Team of the environment that shall own the flow, by name. As O(owner_user), for flows in Dataverse only.
    type: str
  restore:
    description:
      - Where the flow is not there, bring back the one of this id or display name that was deleted in the last 21 days.
        Several deleted flows of one name are an error that lists them.
      - It comes back turned off. What else is declared of it is compared and written after that.
      - Deleted flows are listed and restored by administrators, so that this needs O(as_admin=true).
      - Where no deleted flow is found, a new one is made, if O(flow) is a display name.
    type: bool
    default: false
  route:
    description:
      - V(auto) takes Dataverse for a flow in a solution, and the Flow service for others. It makes a new flow in the
        Flow service with a user's token and in Dataverse with an application's, and in Dataverse for O(solution),
        O(owner_user) and O(owner_team).
      - V(flow_service) and V(dataverse) take that route and no other. A flow outside solutions is unknown to Dataverse.
        Of a flow in a solution, the Flow service writes the display name only; it would take connection references for
        connections.
      - It concerns what is written. Flows are always looked for in the Flow service.
    type: str
    choices: [auto, flow_service, dataverse]
    default: auto
  state:
    description:
      - V(present) means that the flow is there and as declared.
      - V(absent) deletes it, whoever uses it, and cancels its runs. For 21 days O(restore) can bring it back.
      - With V(absent) a flow that is not found is as declared, so that a misspelt name goes unnoticed. With
        O(as_admin=false) a warning says that a flow which is not visible may be there all the same.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: powerops.powerplatform.flow_owners
  - module: powerops.powerplatform.flow_run_only_users
  - module: powerops.powerplatform.flow_state
  - name: Work with cloud flows using code
    description: What Dataverse does with flows.
    link: https://learn.microsoft.com/power-automate/manage-flows-with-code
"""

EXAMPLES = r"""
# In a repository the definition is a file of its own:
# definition: "{{ lookup('ansible.builtin.file', 'receipts.flow.json') }}"
- name: Create a flow in a solution, as an application can
  powerops.powerplatform.flow:
    environment: Finance Sandbox
    flow: Collect receipts
    solution: ContosoFinance
    definition:
      triggers:
        Recurrence:
          type: Recurrence
          recurrence: {frequency: Day, interval: 1}
      actions:
        List_blobs:
          type: OpenApiConnection
          inputs:
            host:
              apiId: /providers/Microsoft.PowerApps/apis/shared_azureblob
              connectionName: shared_azureblob
              operationId: ListFolder_V4
            parameters: {id: receipts}
            authentication: "@parameters('$authentication')"
    connection_references:
      shared_azureblob:
        connector: shared_azureblob
        connection_reference: cr736_receipts

- name: Create a flow outside solutions and turn it on, as a user, with tokens of hers
  powerops.powerplatform.flow:
    access_tokens:
      bap: "{{ lookup('ansible.builtin.env', 'USER_TOKEN') }}"
      flow: "{{ lookup('ansible.builtin.env', 'USER_FLOW_TOKEN') }}"
    environment: Finance Production
    flow: Weekly greeting
    initial_state: started
    definition:
      triggers:
        Recurrence:
          type: Recurrence
          recurrence: {frequency: Week, interval: 1}
      actions:
        Greeting:
          type: Compose
          inputs: Have a good week

- name: Rename a flow of a solution, and let a team own it
  powerops.powerplatform.flow:
    environment: Finance Production
    flow: f0000000-0000-4000-8000-000000000015
    flow_display_name: Solution approval
    display_name: Approval of solutions
    owner_team: Finance Makers

- name: Bring back a flow that was deleted last week
  powerops.powerplatform.flow:
    environment: Finance Production
    flow: Retired digest
    restore: true

- name: Delete a flow
  powerops.powerplatform.flow:
    environment: Finance Production
    flow: f0000000-0000-4000-8000-000000000012
    flow_display_name: Month end report
    state: absent
"""

RETURN = r"""
action:
  description:
    - What was done or, in check mode, would be done to the flow. A flow that is restored counts as created.
  returned: success
  type: str
  choices: [none, create, update, delete]
  sample: update
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 5
    write: 1
    throttled: 0
    tokens: 3
drift:
  description:
    - What is not as declared, one entry for each option that differs. It is the flow as a whole when that is missing or
      is to go.
    - Of a definition it holds the parts that differ.
    - RV(ignore:before) is null when the flow is missing, RV(ignore:after) is null when it is to go.
    - Null when it could not be determined, because the task failed before it had a plan.
  returned: in check mode
  type: list
  elements: dict
  sample:
    - kind: flow
      id: environments/5c1b0000-0000-4000-8000-000000000001/flows/6b1f0000-0000-4000-8000-000000000001/definition
      name: Nightly stock export
      before:
        triggers:
          Recurrence:
            recurrence:
              interval: 1
      after:
        triggers:
          Recurrence:
            recurrence:
              interval: 2
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
  description: What else was read or decided of the flow. Empty when it is not there and shall not be.
  returned: success
  type: dict
  contains:
    route:
      description: By which route the flow is written, V(dataverse) or V(flow_service), whether or not a change is due.
      type: str
      sample: dataverse
    solution_flow:
      description: Whether it is in a solution, and so in Dataverse.
      returned: when it is there
      type: bool
      sample: true
kind:
  description: The kind of thing, which is the name of the module.
  returned: success
  type: str
  sample: flow
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
manual_steps:
  description:
    - What is left to do when a new flow could not be brought to its end. No later run makes up for it, for
      O(initial_state) counts on creation only.
  returned: when a flow was created, or may have been, and what follows was not done
  type: list
  elements: str
  sample:
    - Turn the flow on with flow_state, once its connections work.
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
    - The flow, named like the options. Of its content it holds what was declared.
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
    flow:
      description: Id of the flow; of one that is not there, what O(flow) says.
      type: str
      sample: 6b1f0000-0000-4000-8000-000000000001
    as_admin:
      description: As O(as_admin).
      type: bool
      sample: true
    display_name:
      description: What the flow is called.
      returned: when it is there
      type: str
      sample: Nightly stock export
    definition:
      description: Its definition.
      returned: when it is there and O(definition) was given
      type: dict
      sample:
        $schema: https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#
        contentVersion: 1.0.0.0
        triggers:
          Recurrence:
            type: Recurrence
            recurrence: {frequency: Day, interval: 1}
        actions: {}
        outputs: {}
    connection_references:
      description: What its connection names stand for.
      returned: when it is there and O(connection_references) was given
      type: dict
      sample:
        shared_azureblob:
          connector: shared_azureblob
          connection_reference: cr736_receipts
          source: embedded
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
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow import KIND


def main() -> None:
    """Run the module."""
    run_resource(KIND)


if __name__ == "__main__":
    main()
