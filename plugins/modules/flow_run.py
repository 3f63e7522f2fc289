#!/usr/bin/python
# Copyright (c) 2026, powerops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_run
short_description: Cancel or resubmit runs of a cloud flow
version_added: 1.0.0
description:
  - Cancels runs of a cloud flow that are going on, or starts runs that went wrong once more, with the same data.
  - The runs are read first. A run that has ended is not cancelled, and one that was resubmitted already is not
    resubmitted.
  - Neither is sent a second time when its answer was lost. The runs are read back instead.
  - Only owners of a flow can do this, as users. It takes no application's token.
  - It does something once and declares no state that lasts, so that it belongs in a playbook for an occasion.
author:
  - powerops contributors (@powerops)
extends_documentation_fragment:
  - powerops.powerplatform.auth
  - powerops.powerplatform.environment.maker
  - powerops.powerplatform.attributes
  - powerops.powerplatform.attributes.action
  - powerops.powerplatform.attributes.actiongroup
options:
  flow:
    description:
      - The flow, by id (a GUID) or by display name.
      - Anybody can make a second flow of the same name, so files in git should hold the id. A display name that fits
        several flows of the environment is an error that lists them.
    type: str
    required: true
  flow_display_name:
    description:
      - What the flow is called, for those who read the file. It is never followed; a different name is reported as
        RV(renamed).
    type: str
  state:
    description:
      - What to do with the runs.
      - V(cancelled) ends runs that are going on, and waits a while until they have ended.
      - V(resubmitted) starts a new run for each of them.
    type: str
    choices: [cancelled, resubmitted]
    required: true
  run:
    description:
      - Id of a single run.
      - With O(state=resubmitted) it must have ended.
    type: str
  status:
    description:
      - Take runs of these statuses, as the service spells them.
      - With O(state=cancelled) those of runs that have not ended. Unset means V(Running), V(Waiting), V(Paused) and
        V(Suspended) where O(started_after) or O(started_before) is given; without a time it is required.
      - With O(state=resubmitted) those of runs that have ended. Unset means V(Failed), V(TimedOut) and V(Aborted).
    type: list
    elements: str
    choices:
      - NotSpecified
      - Paused
      - Running
      - Waiting
      - Suspended
      - Cancelling
      - Succeeded
      - Skipped
      - Cancelled
      - Failed
      - Faulted
      - TimedOut
      - Aborted
      - Ignored
  started_after:
    description:
      - Take runs that began at this time or later. A time with its zone as in RFC 3339, such as
        V(2026-03-01T09:30:00Z).
      - Required with O(state=resubmitted), unless O(run) is given.
    type: str
  started_before:
    description:
      - Take runs that began before this time. A time with its zone as in RFC 3339.
      - Required with O(state=resubmitted), unless O(run) is given, and it must have passed. So a second run of the task
        does not resubmit what failed meanwhile.
    type: str
  max_runs:
    description:
      - How many runs may be changed. Where more of them match, the task fails and changes nothing; V(-1) lifts the
        limit.
    type: int
    default: 20
  trigger_name:
    description:
      - Name of the trigger that started the runs, for O(state=resubmitted). Unset means the only one that the flow has.
      - Runs that another trigger started are left as they are.
    type: str
seealso:
  - module: powerops.powerplatform.flow_run_info
"""

EXAMPLES = r"""
- name: Cancel what hangs since the first week of March
  powerops.powerplatform.flow_run:
    environment: Finance Sandbox
    flow: Invoice intake
    state: cancelled
    started_before: "2025-03-08T00:00:00Z"
    access_tokens: &user
      bap: "{{ lookup('ansible.builtin.env', 'USER_TOKEN') }}"
      flow: "{{ lookup('ansible.builtin.env', 'USER_FLOW_TOKEN') }}"

- name: Start once more what failed while the database was away
  powerops.powerplatform.flow_run:
    environment: Finance Sandbox
    flow: Invoice intake
    state: resubmitted
    started_after: "2025-03-05T06:30:00Z"
    started_before: "2025-03-05T08:30:00Z"
    access_tokens: *user

- name: Cancel a single run
  powerops.powerplatform.flow_run:
    environment: Finance Sandbox
    flow: Invoice intake
    state: cancelled
    run: 08585000000000000101000000000000CU01
    access_tokens: *user
"""

RETURN = r"""
api_calls:
  description: Requests that the task sent, by what they did; repeated ones count.
  returned: always
  type: dict
  sample:
    read: 3
    write: 2
    throttled: 0
    tokens: 2
environment:
  description: Id of the environment.
  returned: when the flow was found
  type: str
  sample: 5c1b0000-0000-4000-8000-000000000001
environment_display_name:
  description: What the environment is called.
  returned: when the flow was found
  type: str
  sample: Finance Production
error:
  description: What went wrong, as data. Of a refusal by a service it holds status, code and correlation ids.
  returned: failure
  type: dict
  sample:
    type: PermissionDeniedError
    status: 403
    code: ConnectionAuthorizationFailed
flow:
  description: Id of the flow.
  returned: when the flow was found
  type: str
  sample: 6b1f0000-0000-4000-8000-000000000001
flow_display_name:
  description: What the flow is called.
  returned: when the flow was found
  type: str
  sample: Invoice intake
login:
  description: How the way to log in was chosen. It names the options and environment variables, never their values.
  returned: with C(-vvv)
  type: str
  sample: >-
    Logging in by client_secret (auth_method auto, by what is given in the task): client_secret from the task, tenant_id
    from the task, client_id from the task.
renamed:
  description: Names that differ from those in the task.
  returned: when O(flow_display_name) or O(environment_display_name) is not the present name
  type: dict
  sample:
    flow_display_name:
      declared: Invoices
      actual: Invoice intake
runs:
  description:
    - The runs that match, newest first, and what came of each.
    - After a failure the others were not attempted, and their RV(ignore:reason) says so.
  returned: when the runs could be read
  type: list
  elements: dict
  contains:
    run:
      description: Id of the run.
      type: str
      sample: 08585000000000000105000000000000CU01
    start_time:
      description: When it began, in UTC; null when the service does not say.
      type: str
      sample: "2025-03-05T07:00:00.0000000Z"
    status:
      description: Its status before, as the service spells it.
      type: str
      sample: Failed
    action:
      description: What was done or, in check mode, would be done to it; V(none) when nothing.
      type: str
      sample: resubmit
    new_run:
      description: Id of the run that repeats it; null when none was made, or none was to be seen.
      type: str
      sample: 08585000000000000100000000000000CU01
    new_status:
      description:
        - The last status that was read afterwards, of the run itself or, once resubmitted, of the new one; null when it
          was not read.
      type: str
      sample: Running
    verified:
      description: Whether the effect was read back; null when nothing was sent.
      type: bool
      sample: true
    reason:
      description: Why nothing was done to it, or what went wrong; empty otherwise.
      type: str
      sample: ""
scope:
  description: Whose view of the tenant this is, always V(maker).
  returned: when the flow was found
  type: str
  sample: maker
"""

from ansible_collections.powerops.powerplatform.plugins.module_utils._module import run_action
from ansible_collections.powerops.powerplatform.plugins.module_utils._resources.flow_run import KIND


def main() -> None:
    """Run the module."""
    run_action(KIND)


if __name__ == "__main__":
    main()
